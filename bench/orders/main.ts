import { type Part, runBenchmark } from '../support/parts.ts';
import { atpRows } from './atp.ts';
import { booksRows } from './books.ts';
import { captureRows } from './capture.ts';
import { flashSaleRow } from './flash-sale.ts';
import { sourcingRows } from './sourcing.ts';

/** Each part measures its rows on a database of its own. */
const PARTS: readonly Part[] = [
  { ids: ['orders.capture', 'orders.capture_http'], run: captureRows },
  { ids: ['orders.flash_sale'], run: flashSaleRow },
  { ids: ['orders.atp'], run: atpRows },
  { ids: ['sourcing.batch', 'sourcing.greedy'], run: sourcingRows },
  { ids: ['books.valuation_as_of', 'books.trial_balance'], run: booksRows },
];

await runBenchmark('orders', PARTS);
