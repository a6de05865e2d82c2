import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { modules, type RunningServer, startServer } from '../../src/api/index.ts';
import { createKey, SYSTEM } from '../../src/platform/auth/index.ts';
import { loadConfig } from '../../src/platform/config.ts';
import type { App } from '../../src/platform/http.ts';
import { median, progress, type Row, round, wanted } from '../support/report.ts';
import type { Bench } from './bench-database.ts';
import type { Load, LoadResult } from './http-process.ts';
import { drive, everything, WINDOW, warmUp } from './workload.ts';

const PER_REQUEST = 500;
const BULK_CONNECTIONS = 16;
const SINGLE_CONNECTIONS = 64;

/** The least a route can do: check who asks and that the body is what it should be. */
function emptyRoute(app: App): void {
  app.post(
    '/v1/bench/empty',
    {
      config: { scope: 'ledger:post' },
      schema: { body: z.object({}), response: { 200: z.object({ ok: z.boolean() }) } },
    },
    async () => ({ ok: true }),
  );
}

async function openServer(bench: Bench): Promise<{ server: RunningServer; key: string }> {
  const config = loadConfig({
    DATABASE_URL: bench.connectionString,
    PORT: '0',
    LOG_LEVEL: 'silent',
    LANE_QUEUE_MAX: '100000',
  });
  const server = await startServer(config, () => {}, [...modules, emptyRoute]);
  const asked = { name: 'bench', scopes: ['ledger:post' as const] };
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

type Results = Record<'inProcess' | 'bulk' | 'empty' | 'single', number[]>;

async function measure(bench: Bench): Promise<Results & { latency: string }> {
  const { options, items } = bench;
  const [rounds, seconds] = options.quick ? [1, 3] : [3, 6];
  const { server, key } = await openServer(bench);
  const results: Results = { inProcess: [], bulk: [], empty: [], single: [] };
  const base = { port: Number(new URL(server.url).port), key, items, perRequest: PER_REQUEST };
  const bulk = { ...base, kind: 'bulk' as const, connections: BULK_CONNECTIONS };
  const single = { ...base, kind: 'single' as const, connections: SINGLE_CONNECTIONS };
  let latency = '';
  await load({ ...bulk, seconds: seconds * 2 });
  await load({ ...single, seconds: 1 });
  for (let n = 1; n <= rounds; n += 1) {
    const poster = await bench.openPoster();
    await warmUp(bench, poster, everything(items));
    results.inProcess.push(await drive(poster, everything(items), { window: WINDOW, seconds }));
    await poster.drain();
    await load({ ...bulk, seconds: 1 });
    const many = await load({ ...bulk, seconds });
    results.bulk.push(many.requestsPerSecond * PER_REQUEST);
    const empty = await load({ ...single, kind: 'empty', seconds });
    results.empty.push(empty.requestsPerSecond);
    const one = await load({ ...single, seconds });
    results.single.push(one.requestsPerSecond);
    latency = `p50 ${round(one.p50)} ms, p99 ${round(one.p99)} ms`;
    const figures = Object.entries(results).map(([name, list]) => `${name} ${round(list.at(-1)!)}`);
    progress(`  round ${n}: ${figures.join(', ')}`);
  }
  await server.close();
  return { ...results, latency };
}

/** Posting over HTTP: bulks against in process, and single commands against an empty POST. */
export async function httpRows(bench: Bench): Promise<Row[]> {
  const { options } = bench;
  if (!wanted(options, 'http.bulk', 'http.single')) return [];
  const results = await measure(bench);
  const [inProcess, bulk] = [median(results.inProcess), median(results.bulk)];
  const [empty, single] = [median(results.empty), median(results.single)];
  const same = 'the load generator is a process of its own on the same machine';
  const rows: Row[] = [
    {
      id: 'http.bulk',
      value: round(bulk),
      unit: 'movements/s',
      baseline: round(inProcess),
      ratio: round(bulk / inProcess),
      reach: '>= 0.6x in process',
      pass: bulk >= 0.6 * inProcess,
      note:
        `POST /v1/movements/bulk with ${PER_REQUEST} commands by code, ${BULK_CONNECTIONS} ` +
        `connections; the house's goods in lots, everything on, in both; ${same}`,
    },
    {
      id: 'http.single',
      value: round(single),
      unit: 'requests/s',
      baseline: round(empty),
      ratio: round(single / empty),
      reach: '>= 0.5x an empty validated POST',
      pass: single >= 0.5 * empty,
      note: `POST /v1/movements, ${SINGLE_CONNECTIONS} connections, ${results.latency}; ${same}`,
    },
  ];
  return rows.filter((row) => wanted(options, row.id));
}
