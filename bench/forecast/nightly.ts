import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Options, progress, type Row, round } from '../support/report.ts';
import type { NightlyMeasured } from './nightly-process.ts';

const SITES = 5;
const THREADS = 2;
const MILLION = 1_000_000;
const MINUTES_MAX = 15;
const MEMORY_MAX = 2;
const GIGABYTE = 2 ** 30;

/** Measures an ordinary night in a process of its own. */
async function measure(items: number): Promise<NightlyMeasured> {
  const file = join(dirname(fileURLToPath(import.meta.url)), 'nightly-process.mjs');
  const args = [file, `${items}`, `${SITES}`, `${THREADS}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the nightly process ended with code ${code}`);
  return JSON.parse(text) as NightlyMeasured;
}

/**
 * The nightly run over all item x site with database I/O, at two sizes: the larger one says what a
 * million take, both together that the time grows no faster than the work.
 */
export async function nightlyRows({ quick }: Options): Promise<Row[]> {
  const [small, large] = quick ? [400, 1_600] : [5_000, 20_000];
  const first = await measure(small);
  progress(`nightly ${first.series}: ${first.seconds.toFixed(1)} s`);
  const second = await measure(large);
  progress(`nightly ${second.series}: ${second.seconds.toFixed(1)} s`);
  const perSeries = second.seconds / second.series;
  const minutes = (perSeries * MILLION) / 60;
  const growth = perSeries / (first.seconds / first.series);
  const memory = second.memoryBytesMax / GIGABYTE;
  const { full = 0, fast = 0, rolled = 0 } = second.tiers;
  const what =
    `${second.series} item x site of 730 days in ${second.seconds.toFixed(1)} s with ${THREADS} ` +
    `threads and the database on the same machine: ${full} selected anew, ${fast} computed, ` +
    `${rolled} without demand rolled on; selecting takes ${second.selectionMs.toFixed(1)} ms each`;
  return [
    {
      id: 'nightly.million',
      value: round(minutes),
      unit: 'minutes',
      baseline: MINUTES_MAX,
      ratio: round(minutes / MINUTES_MAX),
      reach: `<= ${MINUTES_MAX} minutes for a million`,
      pass: quick ? null : minutes <= MINUTES_MAX,
      note: `${what}; a million is that time in proportion`,
    },
    {
      id: 'nightly.linear',
      value: round(perSeries * 1000),
      unit: 'ms an item x site',
      baseline: round((first.seconds / first.series) * 1000),
      ratio: round(growth),
      reach: '<= 1.1x the time per series of a quarter of the size',
      pass: quick ? null : growth <= 1.1,
      note: `${first.series} against ${second.series} item x site`,
    },
    {
      id: 'nightly.memory',
      value: round(memory),
      unit: 'GB',
      baseline: round(first.memoryBytesMax / GIGABYTE),
      ratio: round(second.memoryBytesMax / first.memoryBytesMax),
      reach: `<= ${MEMORY_MAX} GB; it does not grow with the number of series`,
      pass: memory <= MEMORY_MAX,
      note:
        'peak resident memory of the process with its threads, seeding included; the ' +
        `forecasts take ${round(second.diskBytes / second.series / 1024)} kB of disk each`,
    },
  ];
}
