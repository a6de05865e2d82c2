import {
  type Options,
  progress,
  type Row,
  readOptions,
  report,
  wanted,
} from '../support/report.ts';
import { atpRows } from './atp.ts';
import { booksRows } from './books.ts';
import { captureRows } from './capture.ts';
import { flashSaleRow } from './flash-sale.ts';
import { sourcingRows } from './sourcing.ts';

/** Each part measures its rows on a database of its own. */
const PARTS: readonly {
  readonly ids: readonly string[];
  readonly run: (options: Options) => Promise<Row[]>;
}[] = [
  { ids: ['orders.capture', 'orders.capture_http'], run: captureRows },
  { ids: ['orders.flash_sale'], run: flashSaleRow },
  { ids: ['orders.atp'], run: atpRows },
  { ids: ['sourcing.batch', 'sourcing.greedy'], run: sourcingRows },
  { ids: ['books.valuation_as_of', 'books.trial_balance'], run: booksRows },
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
report('orders', options, startedAt, rows);
// A part that broke off may have left connections and lanes behind.
process.exit(0);
