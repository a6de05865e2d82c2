import { divideRounded, parseDecimal } from '../../platform/quantity.ts';
import type { RetailFile } from './file.ts';
import { type RetailLine, TIME_ZONE } from './line.ts';
import { parseWallClock, wallClockOf } from './local-time.ts';

/**
 * What a register's file means for the ledger, as a pure function of the file and the cost share:
 *
 * 1. Lines are replayed in time order (InvoiceDate, then line number).
 * 2. Opening stock of an item is its largest deficit on the way: the fewest units with which
 *    every sale can be met. It is received at midnight of the day of the earliest line.
 * 3. Opening stock costs a fixed share of the median unit price of the item's lines (of an even
 *    number of prices the lower middle one). Units that leave cost the moving average.
 * 4. A return brings back the cost of the latest earlier sale of the same item to the same
 *    customer, if that many of its units have not come back; else the pool's cost. An item that
 *    needs no opening stock has no pool before its first return, so there a return without its
 *    sale is costed like opening stock.
 */
export interface RetailPlan {
  readonly openingAt: number;
  readonly items: readonly PlannedItem[];
  /** In time order. */
  readonly movements: readonly PlannedMovement[];
}

export interface PlannedItem {
  readonly sku: string;
  /** Units received before the first line; may be zero. */
  readonly opening: bigint;
  /** Minor units times 10^4. */
  readonly unitCost: bigint;
}

export interface PlannedMovement {
  readonly line: RetailLine;
  /** The sale whose cost a return brings back. */
  readonly returnOf: RetailLine | undefined;
  /** Cost of a unit where neither a sale nor a pool tells; minor units times 10^4. */
  readonly unitCost: bigint | undefined;
}

/** Digits after the point that a cost share may have. */
const SHARE_DIGITS = 4;

/** Reads a share from above 0 to 1, such as `0.6`. @throws DecimalError, RangeError */
export function parseShare(text: string): bigint {
  const share = parseDecimal(text, SHARE_DIGITS);
  if (share > 0n && share <= 10n ** BigInt(SHARE_DIGITS)) return share;
  throw new RangeError('a share is more than 0 and at most 1');
}

function costAtShare(price: bigint, share: bigint): bigint {
  return divideRounded(price * share, 10n ** BigInt(SHARE_DIGITS));
}

/** The middle price; of an even number the lower of the two, so that it is one that was asked. */
export function lowerMedian(prices: readonly bigint[]): bigint {
  const sorted = [...prices].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('there is no median of nothing');
  return middle;
}

interface Tally {
  readonly prices: bigint[];
  balance: bigint;
  lowest: bigint;
}

function planItems(inOrder: readonly RetailLine[], share: bigint): Map<string, PlannedItem> {
  const tallies = new Map<string, Tally>();
  for (const { sku, kind, quantity, unitPrice } of inOrder) {
    const tally = tallies.get(sku) ?? { prices: [], balance: 0n, lowest: 0n };
    tallies.set(sku, tally);
    tally.prices.push(unitPrice);
    tally.balance += kind === 'sale' ? -quantity : quantity;
    if (tally.balance < tally.lowest) tally.lowest = tally.balance;
  }
  const items = new Map<string, PlannedItem>();
  for (const sku of [...tallies.keys()].sort()) {
    const { prices, lowest } = tallies.get(sku)!;
    items.set(sku, { sku, opening: -lowest, unitCost: costAtShare(lowerMedian(prices), share) });
  }
  return items;
}

function openingInstant(inOrder: readonly RetailLine[]): number {
  const earliest = inOrder[0]?.occurredAt ?? 0;
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: TIME_ZONE, dateStyle: 'short' });
  const midnight = parseWallClock(`${day.format(earliest)} 00:00:00`);
  return midnight === undefined ? earliest : wallClockOf(TIME_ZONE)(midnight);
}

/** Plans a file. @param share as {@link parseShare} answers it. */
export function planRetail(file: Pick<RetailFile, 'lines'>, share: bigint): RetailPlan {
  const inOrder = [...file.lines].sort((a, b) => a.occurredAt - b.occurredAt || a.line - b.line);
  const items = planItems(inOrder, share);
  const latestSale = new Map<string, { line: RetailLine; left: bigint }>();
  const movements = inOrder.map((line): PlannedMovement => {
    const key = `${line.customer}\u0000${line.sku}`;
    if (line.kind === 'sale') {
      // A sale to somebody unknown is nobody's, so no return can be of it.
      if (line.customer !== '') latestSale.set(key, { line, left: line.quantity });
      return { line, returnOf: undefined, unitCost: undefined };
    }
    const sale = latestSale.get(key);
    const fits = sale !== undefined && sale.left >= line.quantity;
    if (fits) sale.left -= line.quantity;
    const returnOf = fits ? sale.line : undefined;
    const item = items.get(line.sku)!;
    const hasNoCost = returnOf === undefined && item.opening === 0n;
    return { line, returnOf, unitCost: hasNoCost ? item.unitCost : undefined };
  });
  return { openingAt: openingInstant(inOrder), items: [...items.values()], movements };
}
