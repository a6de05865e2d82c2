import type { Poster } from '../../src/ledger/posting/poster.ts';
import { journalOf } from '../../src/ledger/posting/poster.ts';
import { percentile, progress, type Row, round, wanted } from '../support/report.ts';
import type { Bench } from './bench-database.ts';
import { unitsOnly, type Workload, warmUp } from './workload.ts';

const ID = 'posting.open_loop';

interface Latencies {
  readonly offered: number;
  readonly achieved: number;
  readonly p50: number;
  readonly p99: number;
}

/** Posts at a fixed rate whether or not answers come, as many independent callers do. */
async function offer(
  poster: Poster,
  workload: Workload,
  offered: number,
  seconds: number,
): Promise<Latencies> {
  const latencies: number[] = [];
  const total = offered * seconds;
  const started = performance.now();
  let sent = 0;
  const answers: Promise<void>[] = [];
  while (sent < total) {
    const now = performance.now();
    const due = Math.min(total, Math.floor(((now - started) / 1000) * offered));
    for (; sent < due; sent += 1) {
      const { item, command } = workload(sent);
      // When it was due, not when we got round to it: a late generator hides nothing.
      const at = started + (sent / offered) * 1000;
      const answered = poster.post(journalOf(item, poster.journals), command).then(() => {
        latencies.push(performance.now() - at);
      });
      answers.push(answered);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(answers);
  const achieved = (total / (performance.now() - started)) * 1000;
  const steady = latencies.slice(Math.floor(latencies.length / 5));
  return { offered, achieved, p50: percentile(steady, 0.5), p99: percentile(steady, 0.99) };
}

/** Latency at 50,000 a second, and at lower rates for comparison. */
export async function openLoopRow(bench: Bench): Promise<Row[]> {
  const { options } = bench;
  if (!wanted(options, ID)) return [];
  const workload = unitsOnly(bench.items);
  const poster = await bench.openPoster();
  await warmUp(bench, poster, workload);
  const seconds = options.quick ? 2 : 8;
  const results: Latencies[] = [];
  for (const offered of [5_000, 20_000, 50_000]) {
    const result = await offer(poster, workload, offered, seconds);
    results.push(result);
    progress(`  offered ${offered}: p50 ${round(result.p50)} ms, p99 ${round(result.p99)} ms`);
  }
  await poster.drain();
  const at50k = results.at(-1)!;
  const shown = results.map(
    ({ offered, achieved, p50, p99 }) =>
      `${offered}/s offered, ${round(achieved)}/s done: p50 ${round(p50)} ms, p99 ${round(p99)} ms`,
  );
  return [
    {
      id: ID,
      value: round(at50k.p99),
      unit: 'ms p99 at 50000/s',
      baseline: null,
      ratio: null,
      reach: 'p50 <= 5 ms, p99 <= 50 ms',
      pass: at50k.p50 <= 5 && at50k.p99 <= 50,
      note: `counted from when each was due; the generator is in process. ${shown.join('; ')}`,
    },
  ];
}
