import { newId } from '../../src/platform/ids.ts';
import type { Bench } from '../ledger/bench-database.ts';
import { median, type Options, progress, type Row, round, wanted } from '../support/report.ts';
import { type NaiveShop, naiveCapture, openNaiveShop } from './naive.ts';
import { openCounter, openOrdersBench } from './orders-bench.ts';

const ID = 'orders.flash_sale';
const UNITS = 10_000;
const CLIENTS = 64;
/** Sales orders that one client (a shop's server) has under way at a time. */
const IN_FLIGHT = 16;

interface Sale {
  readonly granted: number;
  readonly refused: number;
  readonly perSecond: number;
}

/** Callers ask for one unit each until they are told that there is none. */
async function sell(callers: number, take: () => Promise<boolean>): Promise<Sale> {
  const started = performance.now();
  let [granted, refused, finished] = [0, 0, started];
  const caller = async (): Promise<void> => {
    while (await take()) {
      granted += 1;
      finished = performance.now();
    }
    refused += 1;
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { granted, refused, perSecond: (granted / (finished - started)) * 1000 };
}

/** Leaves exactly so many units of an item available. */
async function restock(bench: Bench, item: number): Promise<void> {
  await bench.admin.query(
    `UPDATE ledger.availability SET reserved = on_hand - $2 WHERE item_id = $1 AND owner_id = 1`,
    [item, UNITS],
  );
}

async function naiveSale(shop: NaiveShop): Promise<Sale> {
  await shop.refill(1, UNITS);
  return sell(CLIENTS, () => shop.take(newId(), 1, 1));
}

/** A flash sale: one item, 10,000 units, 64 clients. */
export async function flashSaleRow(options: Options): Promise<Row[]> {
  if (!wanted(options, ID)) return [];
  const bench = await openOrdersBench(options, 'bench_flash_sale');
  const shop = await openNaiveShop(bench);
  const rounds = options.quick ? 1 : 3;
  const results = { ours: [] as number[], naive: [] as number[] };
  const wrong: string[] = [];
  await naiveCapture(shop, [2]);
  for (let n = 1; n <= rounds; n += 1) {
    const item = 100 + n;
    await restock(bench, item);
    const counter = await openCounter(bench);
    await counter.capture([item + 1000]);
    const sale = await sell(CLIENTS * IN_FLIGHT, () => counter.capture([item]));
    await counter.close();
    if (sale.granted !== UNITS) wrong.push(`round ${n} granted ${sale.granted}`);
    const naive = await naiveSale(shop);
    results.ours.push(sale.perSecond);
    results.naive.push(naive.perSecond);
    const figures = `${round(sale.perSecond)} against ${round(naive.perSecond)}`;
    progress(`  round ${n}: ${figures} sales orders/s, ${sale.granted} of ${UNITS} granted`);
  }
  await shop.end();
  await bench.close();
  const [value, baseline] = [median(results.ours), median(results.naive)];
  return [
    {
      id: ID,
      value: round(value),
      unit: 'sales orders/s',
      baseline: round(baseline),
      ratio: round(value / baseline),
      reach: `exactly ${UNITS} granted, >= 20x naive`,
      pass: wrong.length === 0 && value >= 20 * baseline,
      note:
        `one item, ${UNITS} units, ${CLIENTS} clients with ${IN_FLIGHT} sales orders under way ` +
        `each; naive: ${CLIENTS} clients over 16 connections. ` +
        (wrong.length === 0 ? `Exactly ${UNITS} granted in each round` : wrong.join(', ')),
    },
  ];
}
