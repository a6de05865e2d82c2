import { divideRounded } from '../../platform/quantity.ts';
import { shareByWeight } from './share.ts';

/** What a valuation can be broken down by. */
export const VALUATION_DIMENSIONS = ['item', 'owner', 'costSite', 'site', 'lot', 'layer'] as const;
export type ValuationDimension = (typeof VALUATION_DIMENSIONS)[number];

/** A part of a cost pool: all of it, the units of one place and lot, or one FIFO layer. */
export interface ValuationPart {
  readonly item: string;
  readonly owner: string;
  readonly costSite: string;
  readonly method: number;
  /** Of the item's quantity. */
  readonly scale: number;
  readonly site?: string | null | undefined;
  readonly inTransit?: boolean | undefined;
  readonly lot?: string | null | undefined;
  /** FIFO: `<journal>-<seq>` of the movement that brought the layer in. */
  readonly layer?: string | null | undefined;
  readonly quantity: bigint;
  readonly value: bigint;
}

/** One line of a valuation: the dimensions asked for, and what is there. */
export interface ValuationRow extends ValuationPart {
  /** Unique in the report, and its order where sums are equal. */
  readonly key: string;
  /** Items that are in it. */
  readonly items: number;
}

interface Pool {
  readonly journal: number;
  readonly costPoolId: bigint;
  readonly value: bigint;
}
interface Cell {
  readonly journal: number;
  readonly costPoolId: bigint;
  readonly quantity: bigint;
}

/**
 * Gives each cell its share of the value of its pool, by quantity. A pool has one cost for all
 * its units, so that is what a lot or a place is worth; whole minor units, and together exactly
 * the pool ({@link shareByWeight}).
 * @returns the parts, in the order of the cells within each pool, and the pools without cells.
 */
export function shareAmongCells<P extends Pool, C extends Cell>(
  pools: readonly P[],
  cells: readonly C[],
): { pool: P; cell: C | null; value: bigint }[] {
  const byPool = new Map<string, C[]>();
  for (const cell of cells) {
    const key = `${cell.journal}:${cell.costPoolId}`;
    const list = byPool.get(key);
    if (list) list.push(cell);
    else byPool.set(key, [cell]);
  }
  return pools.flatMap((pool): { pool: P; cell: C | null; value: bigint }[] => {
    const own = byPool.get(`${pool.journal}:${pool.costPoolId}`) ?? [];
    // By occurred time a pool may hold value and no units.
    if (own.length === 0) return [{ pool, cell: null, value: pool.value }];
    const shares = shareByWeight(
      pool.value,
      own.map(({ quantity }) => quantity),
    );
    return own.map((cell, i) => ({ pool, cell, value: shares[i] ?? 0n }));
  });
}

function keyOf(part: ValuationPart, by: readonly ValuationDimension[]): string {
  let key = '';
  for (const [i, dimension] of by.entries()) {
    if (i > 0) key += '\u0001';
    if (dimension === 'layer') key += layerKey(part.layer);
    else if (dimension === 'site') key += `${part.site ?? ''}${part.inTransit ? '\u0002' : ''}`;
    else key += part[dimension] ?? '';
  }
  return key;
}

/** Journal and seq as text that sorts as they do. */
function layerKey(receipt: string | null | undefined): string {
  if (!receipt) return '';
  const dash = receipt.indexOf('-');
  return receipt.slice(0, dash).padStart(4, '0') + receipt.slice(dash + 1).padStart(16, '0');
}

/** Sums parts up by the dimensions asked for; members of other dimensions are left out. */
export function groupParts(
  parts: readonly ValuationPart[],
  by: readonly ValuationDimension[],
): ValuationRow[] {
  const groups = new Map<string, Group>();
  const rows: ValuationRow[] = [];
  const byLayer = by.includes('layer');
  for (const part of parts) {
    const key = keyOf(part, by);
    if (byLayer && part.layer) {
      // A layer is one part: of a hundred thousand there is nothing to sum up.
      rows.push(rowOf(key, part, 1, part.quantity, part.value));
      continue;
    }
    const group = groups.get(key);
    if (!group) {
      const { quantity, value } = part;
      groups.set(key, { part, items: null, quantity, value });
      continue;
    }
    // Most groups are of one item.
    if (group.items) group.items.add(part.item);
    else if (group.part.item !== part.item) group.items = new Set([group.part.item, part.item]);
    group.quantity += part.quantity;
    group.value += part.value;
  }
  for (const [key, { part, items, quantity, value }] of groups) {
    rows.push(rowOf(key, part, items?.size ?? 1, quantity, value));
  }
  return rows;
}

function rowOf(
  key: string,
  part: ValuationPart,
  items: number,
  quantity: bigint,
  value: bigint,
): ValuationRow {
  const { item, owner, costSite, method, scale, site, inTransit, lot, layer } = part;
  // biome-ignore format: one literal, so that a hundred thousand rows share one shape.
  return { key, item, owner, costSite, method, scale, site, inTransit, lot, layer, items, quantity,
    value };
}

interface Group {
  readonly part: ValuationPart;
  /** Null while it is one item. */
  items: Set<string> | null;
  quantity: bigint;
  value: bigint;
}

/** Digits of a share of the total. */
export const SHARE_DIGITS = 6;

/** What part of `total` a value is, at {@link SHARE_DIGITS} digits; zero of nothing. */
export function shareOf(value: bigint, total: bigint): bigint {
  if (total === 0n) return 0n;
  const sign = total < 0n ? -1n : 1n;
  return divideRounded(sign * value * 10n ** BigInt(SHARE_DIGITS), sign * total);
}
