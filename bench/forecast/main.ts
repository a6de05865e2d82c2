import { type Part, runBenchmark } from '../support/parts.ts';
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
const PARTS: readonly Part[] = [
  { ids: ['m3', 'tourism'], run: smoothRows },
  { ids: ['carparts'], run: intermittentRows },
  { ids: ['oj'], run: regressionRows },
  { ids: ['retail.weekly', 'retail.daily'], run: retailRows },
  { ids: ['coverage'], run: coverageRows },
  { ids: ['speed'], run: speedRows },
  { ids: ['nightly'], run: nightlyRows },
];

await runBenchmark('forecast', PARTS);
