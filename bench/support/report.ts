import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

/** One figure of a benchmark; `pass` is null where the row only informs. */
export interface Row {
  readonly id: string;
  readonly value: number | null;
  readonly unit: string;
  /** What it is measured against, in the same unit and the same run. */
  readonly baseline: number | null;
  readonly ratio: number | null;
  /** What it must reach, in words. */
  readonly reach: string;
  readonly pass: boolean | null;
  readonly note: string;
}

/** What a benchmark was asked for. */
export interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  /** Ids of rows, or prefixes such as `posting`; empty: all. */
  readonly only: readonly string[];
  readonly journals: number;
}

/** Reads the command line: --quick --json --only <id> --journals <n>. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      journals: { type: 'string', default: '1' },
    },
  });
  return { ...values, journals: Number(values.journals) };
}

/** Whether a row (or any of a group's rows) was asked for. */
export function wanted(options: Options, ...ids: readonly string[]): boolean {
  if (options.only.length === 0) return true;
  return ids.some((id) => options.only.some((only) => id === only || id.startsWith(`${only}.`)));
}

/** The middle value; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

/** The value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Rounds to three digits, or to whole numbers when it is large. */
export function round(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** Tells a person who waits what goes on; never on standard output. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints the rows as a table (unless --json) and as one JSON object; keeps a full run's. */
export function report(name: string, options: Options, startedAt: Date, rows: Row[]): void {
  const [cpu] = cpus();
  const result = {
    name,
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      loadAtEnd: loadavg().map((load) => Number(load.toFixed(1))),
    },
    startedAt: startedAt.toISOString(),
    rows,
  };
  if (!options.json) for (const row of rows) printRow(row);
  const full = !options.quick && options.only.length === 0;
  if (full) {
    const path = join('bench/results', `${name}.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function printRow(row: Row): void {
  const verdict = row.pass === null ? '-' : row.pass ? 'pass' : 'FAIL';
  const against = row.baseline === null ? '' : ` against ${row.baseline} = ${row.ratio}x`;
  process.stdout.write(`${row.id}: ${row.value} ${row.unit}${against} (${row.reach}) ${verdict}\n`);
  process.stdout.write(`    ${row.note}\n`);
}
