import { progress, readOptions, report } from '../support/report.ts';
import { openBench } from './bench-database.ts';
import { growthRow } from './growth.ts';
import { httpRows } from './http.ts';
import { openLoopRow } from './open-loop.ts';
import { postingRows } from './posting.ts';
import { readsRow } from './reads.ts';

const options = readOptions(process.argv.slice(2));
const startedAt = new Date();
const bench = await openBench(options, options.quick ? 8_000 : 20_000);
const rows = [];
for (const step of [postingRows, openLoopRow, httpRows, readsRow, growthRow]) {
  progress(step.name);
  rows.push(...(await step(bench)));
}
await bench.close();
report('ledger', options, startedAt, rows);
