import { type Options, progress, type Row, readOptions, report, wanted } from './report.ts';

/** A part of a benchmark: the ids of its rows, or what they begin with, and how they are made. */
export interface Part {
  readonly ids: readonly string[];
  readonly run: (options: Options) => Promise<Row[]>;
}

/** Rows of a part, as far as they are wanted; one that breaks off fails its own rows only. */
export async function runPart(options: Options, { ids, run }: Part): Promise<Row[]> {
  if (!wanted(options, ...ids)) return [];
  progress(ids.join(', '));
  try {
    return (await run(options)).filter(({ id }) => wanted(options, id));
  } catch (error) {
    const note = `it broke off: ${(error as Error).message}`;
    const nothing = { value: null, unit: '', baseline: null, ratio: null, reach: 'to finish' };
    progress((error as Error).stack ?? note);
    return ids.map((id) => ({ id, ...nothing, pass: false, note }));
  }
}

/** Runs the parts one after another as the command line asks, reports, and ends the process. */
export async function runBenchmark(name: string, parts: readonly Part[]): Promise<never> {
  const options = readOptions(process.argv.slice(2));
  const startedAt = new Date();
  const rows: Row[] = [];
  for (const part of parts) rows.push(...(await runPart(options, part)));
  report(name, options, startedAt, rows);
  // A part that broke off may have left connections and lanes behind.
  process.exit(0);
}
