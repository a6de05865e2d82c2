import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { readBooks } from '../books.ts';
import { advanceValuation } from './buckets.queries.ts';
import { type SoldUnits, soldUnits } from './margin.queries.ts';
import {
  type LateEntry,
  lateEntries,
  latestReceipts,
  type PoolBefore,
  type PoolReceipt,
  poolsBefore,
  rootLayers,
  type SaleMovement,
  saleBookings,
  saleMovements,
  type TakenLayer,
  takenLayers,
} from './sale-cost.queries.ts';
import { shareByWeight } from './share.ts';

/** A late cost's share of one movement of the sale. Minor units. */
export interface LateShare {
  readonly entry: LateEntry;
  readonly amount: bigint;
}

/** One movement of a sale, and where its cost came from. */
export interface ExplainedMovement {
  readonly movement: SaleMovement;
  readonly layers: readonly TakenLayer[];
  readonly before: PoolBefore | null;
  readonly receipts: readonly PoolReceipt[];
  readonly late: readonly LateShare[];
}

export interface SaleCost {
  readonly movements: readonly ExplainedMovement[];
  readonly bookings: Awaited<ReturnType<typeof saleBookings>>;
}

/** Pools whose receipts are looked up: a look may go far back. */
const POOLS_MAX = 10;
const FIFO = 2;
const AVERAGE = 1;

/**
 * What a sale cost and why: document, movements, pool or layers, receipts, and what became known
 * after the sale.
 * @throws Problem not-found where nothing was booked under the document.
 */
export async function readSaleCost(
  context: Context,
  type: string,
  number: string,
): Promise<SaleCost> {
  await advanceValuation(context.database);
  return readBooks(context, async (tx) => {
    const movements = await saleMovements(tx, type, number);
    const bookings = await saleBookings(tx, type, number);
    if (movements.length === 0 && bookings.length === 0) {
      const advice = 'Name a document as movements or entries do, such as sales_order.';
      throw new Problem(notFound, `Nothing was sold under ${type} ${number}. ${advice}`);
    }
    return { movements: await explain(tx, movements), bookings };
  });
}

async function explain(tx: Tx, movements: readonly SaleMovement[]): Promise<ExplainedMovement[]> {
  const layered = movements.filter(({ method, sign }) => method === FIFO && sign > 0);
  const pooled = movements.filter(({ method, sign }) => method === AVERAGE && sign > 0);
  const layers = await takenLayers(tx, layered);
  const before = await poolsBefore(tx, pooled);
  const newest = new Map(pooled.map((movement) => [`${movement.costPoolId}`, movement]));
  const receipts = await latestReceipts(tx, [...newest.values()].slice(0, POOLS_MAX));
  const late = await lateShares(tx, layers);
  const isOf =
    ({ journal, seq }: SaleMovement) =>
    (row: { journal: number; seq: bigint }) =>
      row.journal === journal && row.seq === seq;
  return movements.map((movement) => ({
    movement,
    layers: layers.filter(isOf(movement)),
    before: before.find(isOf(movement)) ?? null,
    receipts: receipts.filter(({ costPoolId }) => costPoolId === movement.costPoolId),
    late: late.get(`${movement.journal}-${movement.seq}`) ?? [],
  }));
}

/**
 * Late costs by movement: each is shared by units among all sales that had taken units of its
 * receipt by then, as the margin report shares it.
 */
async function lateShares(
  tx: Tx,
  layers: readonly TakenLayer[],
): Promise<Map<string, LateShare[]>> {
  const shares = new Map<string, LateShare[]>();
  if (layers.length === 0) return shares;
  const keys = layers.map(({ journal, layerSeq }) => ({ journal, seq: layerSeq }));
  const roots = await rootLayers(tx, keys);
  const causes = [...roots].flatMap(([key, seqs]) =>
    seqs.map((seq) => ({ journal: Number(key.split('-')[0]), seq })),
  );
  const entries = await lateEntries(tx, distinct(causes));
  const sold = await soldUnits(
    tx,
    distinct(entries.map(({ journal, causeSeq }) => ({ journal, seq: causeSeq }))),
  );
  for (const entry of entries) addShares(shares, entry, sold);
  return shares;
}

function addShares(
  shares: Map<string, LateShare[]>,
  entry: LateEntry,
  sold: readonly SoldUnits[],
): void {
  const units = sold.filter(
    ({ journal, causeSeq, seq }) =>
      journal === entry.journal && causeSeq === entry.causeSeq && seq < entry.seq,
  );
  const amounts = shareByWeight(
    entry.amount,
    units.map(({ quantity }) => quantity),
  );
  for (const [i, { journal, seq }] of units.entries()) {
    const key = `${journal}-${seq}`;
    const list = shares.get(key) ?? [];
    list.push({ entry, amount: amounts[i] ?? 0n });
    shares.set(key, list);
  }
}

function distinct<Key extends { journal: number; seq: bigint }>(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((key) => [`${key.journal}-${key.seq}`, key])).values()];
}
