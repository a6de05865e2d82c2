import {
  type Options,
  progress,
  type Row,
  readOptions,
  report,
  wanted,
} from '../support/report.ts';
import { coverageRows } from './coverage.ts';
import { intermittentRows } from './intermittent.ts';
import { nightlyRows } from './nightly.ts';
import { regressionRows } from './regression.ts';
import { retailRows } from './retail.ts';
import { smoothRows } from './smooth.ts';
import { speedRows } from './speed.ts';

/**
 * The parts of the benchmark. Each is a file of this folder that exports a function from the
 * options (quick: a sample) to its rows.
 */
const PARTS: readonly {
  readonly ids: readonly string[];
  readonly run: (options: Options) => Promise<Row[]>;
}[] = [
  { ids: ['m3', 'tourism'], run: smoothRows },
  { ids: ['carparts'], run: intermittentRows },
  { ids: ['oj'], run: regressionRows },
  { ids: ['retail.weekly', 'retail.daily'], run: retailRows },
  { ids: ['coverage'], run: coverageRows },
  { ids: ['speed'], run: speedRows },
  { ids: ['nightly'], run: nightlyRows },
];

const options = readOptions(process.argv.slice(2));
const startedAt = new Date();
const rows: Row[] = [];

for (const { ids, run } of PARTS) {
  if (!wanted(options, ...ids)) continue;
  progress(ids.join(', '));
  try {
    rows.push(...(await run(options)));
  } catch (error) {
    // A part that breaks off fails its own rows; the others are still worth having.
    const note = `it broke off: ${(error as Error).message}`;
    const nothing = { value: null, unit: '', baseline: null, ratio: null, reach: 'to finish' };
    for (const id of ids) rows.push({ id, ...nothing, pass: false, note });
    progress((error as Error).stack ?? note);
  }
}
report('forecast', options, startedAt, rows);
process.exit(0);
