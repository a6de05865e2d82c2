import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { modules, type RunningServer, startServer } from '../../src/api/index.ts';
import { createKey, SYSTEM } from '../../src/platform/auth/index.ts';
import { loadConfig } from '../../src/platform/config.ts';
import type { App } from '../../src/platform/http.ts';
import type { Bench } from '../ledger/bench-database.ts';
import type { LoadResult } from '../support/http-load.ts';
import { median, type Options, progress, type Row, round, wanted } from '../support/report.ts';
import type { Load } from './http-process.ts';
import { naiveCapture, openNaiveShop } from './naive.ts';
import { LINES, openCounter, openOrdersBench, randomItems } from './orders-bench.ts';

const CAPTURE = 'orders.capture';
const HTTP = 'orders.capture_http';
const WINDOW = 1000;
const NAIVE_WINDOW = 16;
const CONNECTIONS = 64;

/** A closed loop of callers that each wait for their answer; answers sales orders a second. */
async function loop(
  callers: number,
  seconds: number,
  one: () => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  let done = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) {
      await one();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (done / (performance.now() - started)) * 1000;
}

/** The least a route can do: check who asks and that the body is what it should be. */
function emptyRoute(app: App): void {
  app.post(
    '/v1/bench/empty',
    {
      config: { scope: 'orders:write' },
      schema: { body: z.object({}), response: { 200: z.object({ ok: z.boolean() }) } },
    },
    async () => ({ ok: true }),
  );
}

async function openServer(bench: Bench): Promise<{ server: RunningServer; key: string }> {
  const config = loadConfig({
    DATABASE_URL: bench.connectionString,
    ...{ PORT: '0', LOG_LEVEL: 'silent', LANE_QUEUE_MAX: '100000' },
  });
  const server = await startServer(config, () => {}, [...modules, emptyRoute]);
  const asked = { name: 'bench', scopes: ['orders:write' as const] };
  const { key } = await createKey(server.context, asked, SYSTEM);
  return { server, key };
}

const run = promisify(execFile);

async function load(asked: Load): Promise<LoadResult> {
  const program = fileURLToPath(new URL('./http-process.mjs', import.meta.url));
  const { stdout } = await run(process.execPath, [program, JSON.stringify(asked)]);
  const result: LoadResult = JSON.parse(stdout);
  if (result.refused > 0) throw new Error(`${result.refused} requests were refused`);
  return result;
}

async function captureRow(bench: Bench): Promise<Row> {
  const [rounds, seconds] = bench.options.quick ? [1, 3] : [3, 8];
  const shop = await openNaiveShop(bench);
  const counter = await openCounter(bench);
  const results = { ours: [] as number[], naive: [] as number[] };
  const capture = () => counter.capture(randomItems(bench.items));
  await loop(WINDOW, seconds, capture);
  for (let n = 1; n <= rounds; n += 1) {
    results.ours.push(await loop(WINDOW, seconds, capture));
    const naive = () => naiveCapture(shop, randomItems(bench.items));
    results.naive.push(await loop(NAIVE_WINDOW, seconds, naive));
    const [ours, theirs] = [results.ours.at(-1)!, results.naive.at(-1)!];
    progress(`  round ${n}: ${round(ours)} against ${round(theirs)} sales orders/s`);
  }
  await counter.close();
  await shop.end();
  const [value, baseline] = [median(results.ours), median(results.naive)];
  return {
    id: CAPTURE,
    value: round(value),
    unit: 'sales orders/s',
    baseline: round(baseline),
    ratio: round(value / baseline),
    reach: '>= 10x one transaction a line with row locks',
    pass: value >= 10 * baseline,
    note:
      `${LINES} lines each, reserved in the ledger and written with lines, parts and history, in ` +
      `process, ${WINDOW} callers; naive: the same facts, a transaction a line, 16 connections`,
  };
}

async function httpRow(bench: Bench): Promise<Row> {
  const [rounds, seconds] = bench.options.quick ? [1, 3] : [3, 8];
  const { server, key } = await openServer(bench);
  const port = Number(new URL(server.url).port);
  const base = { port, key, items: bench.items, connections: CONNECTIONS };
  const results = { capture: [] as number[], empty: [] as number[] };
  let latency = '';
  await load({ ...base, kind: 'capture', seconds });
  for (let n = 1; n <= rounds; n += 1) {
    const empty = await load({ ...base, kind: 'empty', seconds });
    const capture = await load({ ...base, kind: 'capture', seconds });
    results.empty.push(empty.requestsPerSecond);
    results.capture.push(capture.requestsPerSecond);
    latency = `p50 ${round(capture.p50)} ms, p99 ${round(capture.p99)} ms`;
    const [ours, least] = [capture.requestsPerSecond, empty.requestsPerSecond];
    progress(`  round ${n}: ${round(ours)} of ${round(least)} requests/s, ${latency}`);
  }
  await server.close();
  const [value, baseline] = [median(results.capture), median(results.empty)];
  return {
    id: HTTP,
    value: round(value),
    unit: 'requests/s',
    baseline: round(baseline),
    ratio: round(value / baseline),
    reach: '>= 0.5x an empty validated POST',
    pass: value >= 0.5 * baseline,
    note:
      `POST /v1/sales-orders with ${LINES} lines, ${CONNECTIONS} connections, ${latency}; the ` +
      'load generator is a process of its own on the same machine',
  };
}

/** Capturing sales orders, in process and over HTTP. */
export async function captureRows(options: Options): Promise<Row[]> {
  if (!wanted(options, CAPTURE, HTTP)) return [];
  const bench = await openOrdersBench(options, 'bench_orders');
  try {
    const rows: Row[] = [];
    if (wanted(options, CAPTURE)) rows.push(await captureRow(bench));
    if (wanted(options, HTTP)) rows.push(await httpRow(bench));
    return rows;
  } finally {
    await bench.close();
  }
}
