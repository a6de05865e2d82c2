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
const GROWTH_MAX = 1.1;
/** Enough for a figure that informs. */
const DRIVEN_ITEMS_MAX = 2_000;

/** Measures an ordinary night in a process of its own. */
async function measure(items: number, ...more: string[]): Promise<NightlyMeasured> {
  const started = performance.now();
  const file = join(dirname(fileURLToPath(import.meta.url)), 'nightly-process.mjs');
  const args = [file, `${items}`, `${SITES}`, `${THREADS}`, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the nightly process ended with code ${code}`);
  const measured = JSON.parse(text) as NightlyMeasured;
  const whole = ((performance.now() - started) / 1000).toFixed(0);
  const { series, seconds, nodeSeconds, databaseSeconds } = measured;
  progress(
    `nightly ${series}${more.length > 0 ? ` with ${more.join()}` : ''}: ${seconds.toFixed(1)} s, ` +
      `${millisOf(measured, nodeSeconds)} ms of processor each, ` +
      `${millisOf(measured, databaseSeconds ?? 0)} in the database (${whole} s with its history)`,
  );
  return measured;
}

/** Milliseconds for each series. */
function millisOf({ series }: NightlyMeasured, seconds: number): number {
  return round((seconds * 1000) / series);
}

function workOf(measured: NightlyMeasured): string {
  const { nodeSeconds, databaseSeconds } = measured;
  const database =
    databaseSeconds === null ? 'not known' : `${millisOf(measured, databaseSeconds)} ms`;
  return `${millisOf(measured, nodeSeconds)} ms of processor each, and in the database ${database}`;
}

/** Why a night took longer than it may: its own work, or that of others on the machine. */
function reasonOf(measured: NightlyMeasured, minutes: number): string {
  if (minutes <= MINUTES_MAX) return '';
  const { nodeSeconds, databaseSeconds, series, loadAtEnd } = measured;
  const busy = nodeSeconds + (databaseSeconds ?? 0);
  const alone = ((busy / THREADS) * MILLION) / series / 60;
  return alone <= MINUTES_MAX
    ? `; SHORT because the processors had other work (load ${loadAtEnd.toFixed(1)}): what it ` +
        `used of them would be ${alone.toFixed(1)} minutes`
    : `; SHORT because what it used of the processors alone is ${alone.toFixed(1)} minutes`;
}

function millionRow(second: NightlyMeasured, quick: boolean): Row {
  const minutes = ((second.seconds / second.series) * MILLION) / 60;
  const { full = 0, fast = 0, rolled = 0 } = second.tiers;
  const seconds = second.seconds.toFixed(1);
  return {
    id: 'nightly.million',
    value: round(minutes),
    unit: 'minutes',
    baseline: MINUTES_MAX,
    ratio: round(minutes / MINUTES_MAX),
    reach: `<= ${MINUTES_MAX} minutes for a million`,
    pass: quick ? null : minutes <= MINUTES_MAX,
    note:
      `${second.series} item x site of 730 days in ${seconds} s with ${THREADS} ` +
      `threads and the database on the same machine (${workOf(second)}): ${full} selected anew, ` +
      `${fast} computed, ${rolled} without demand rolled on; selecting takes ` +
      `${second.selectionMs.toFixed(1)} ms each; a million is that time in proportion` +
      reasonOf(second, minutes),
  };
}

function linearRow(first: NightlyMeasured, second: NightlyMeasured, quick: boolean): Row {
  const perSeries = second.seconds / second.series;
  const growth = perSeries / (first.seconds / first.series);
  const isShort = growth > GROWTH_MAX;
  return {
    id: 'nightly.linear',
    value: round(perSeries * 1000),
    unit: 'ms an item x site',
    baseline: round((first.seconds / first.series) * 1000),
    ratio: round(growth),
    reach: `<= ${GROWTH_MAX}x the time per series of a quarter of the size`,
    pass: quick ? null : !isShort,
    note:
      `${first.series} against ${second.series} item x site` +
      (isShort
        ? `; SHORT: ${workOf(first)} at the smaller size, ${workOf(second)} at the larger`
        : ''),
  };
}

function memoryRow(first: NightlyMeasured, second: NightlyMeasured): Row {
  const bytesOf = ({ togetherBytesMax, memoryBytesMax }: NightlyMeasured) =>
    togetherBytesMax ?? memoryBytesMax;
  const [before, memory] = [bytesOf(first), bytesOf(second)];
  const counted =
    second.togetherBytesMax === null
      ? 'of the process with its threads alone (the system does not say that of the database)'
      : 'of the process with its threads and of all processes of the database together, shared ' +
        'memory counted once, four times a second during the night';
  return {
    id: 'nightly.memory',
    value: round(memory / GIGABYTE),
    unit: 'GB',
    baseline: round(before / GIGABYTE),
    ratio: round(memory / before),
    reach: `<= ${MEMORY_MAX} GB; it does not grow with the number of series`,
    pass: memory <= MEMORY_MAX * GIGABYTE,
    note:
      `peak memory ${counted}; the process alone had ` +
      `${round(second.memoryBytesMax / GIGABYTE)} GB resident at most, seeding included; the ` +
      `forecasts take ${round(second.diskBytes / second.series / 1024)} kB of disk each`,
  };
}

function driversRow(plain: NightlyMeasured, driven: NightlyMeasured): Row {
  const value = (driven.seconds * 1000) / driven.series;
  const baseline = (plain.seconds * 1000) / plain.series;
  return {
    id: 'nightly.drivers',
    value: round(value),
    unit: 'ms an item x site',
    baseline: round(baseline),
    ratio: round(value / baseline),
    reach: 'informs: what closed days, promotions and prices add to a night',
    pass: null,
    note:
      `${driven.series} item x site, each with closed days and prices, a quarter with promotions ` +
      `too; ${driven.driven} are forecast with drivers, which are never only rolled on ` +
      `(${workOf(driven)}); selecting takes ${driven.selectionMs.toFixed(1)} ms each`,
  };
}

/**
 * The nightly run over all item x site with database I/O, at two sizes: the larger one says what a
 * million take, both together that the time grows no faster than the work. A third night at the
 * smaller size says what drivers cost.
 */
export async function nightlyRows({ quick }: Options): Promise<Row[]> {
  const [small, large] = quick ? [400, 1_600] : [5_000, 20_000];
  const first = await measure(small);
  const second = await measure(large);
  const driven = await measure(Math.min(small, DRIVEN_ITEMS_MAX), 'drivers');
  return [
    millionRow(second, quick),
    linearRow(first, second, quick),
    memoryRow(first, second),
    driversRow(first, driven),
  ];
}
