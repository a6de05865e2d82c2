import { runPart } from '../support/parts.ts';
import { type Row, readOptions, report } from '../support/report.ts';
import { openBench } from './bench-database.ts';
import { growthRow } from './growth.ts';
import { httpRows } from './http.ts';
import { openLoopRow } from './open-loop.ts';
import { postingRows } from './posting.ts';
import { readsRow } from './reads.ts';
import { verifyRow } from './verify.ts';

const options = readOptions(process.argv.slice(2));
const startedAt = new Date();
const rows: Row[] = [];

async function part(ids: readonly string[], run: () => Promise<Row[]>): Promise<void> {
  rows.push(...(await runPart(options, { ids, run })));
}

const bench = await openBench(options, options.quick ? 8_000 : 20_000);
const posting = ['posting.units', 'posting.hot', 'posting.ceiling', 'posting.full'];
await part(posting, () => postingRows(bench));
await part(['posting.open_loop'], () => openLoopRow(bench));
await part(['http.bulk', 'http.single'], () => httpRows(bench));
await part(['reads.availability'], () => readsRow(bench));
await part(['posting.growth'], () => growthRow(bench));
await bench.close();
await part(['verify.rate'], () => verifyRow(options));
report('ledger', options, startedAt, rows);
// A part that broke off may have left connections and lanes behind.
process.exit(0);
