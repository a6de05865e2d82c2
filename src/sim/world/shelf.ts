import { greatest, least, type StockedItem } from './item.ts';
import type { Position } from './world.ts';

/** The stock of one item of one owner at one site, and what is promised of it. */
export interface Shelf {
  readonly item: StockedItem;
  readonly owner: string;
  /** Index of the site. */
  readonly site: number;
  /** Sellable units in bins, oldest first; what pickers see. */
  readonly positions: Position[];
  /** Sellable units on pallets in reserve. */
  readonly pallets: Position[];
  /** Sellable units at the site, wherever they stand. */
  onHand: bigint;
  /** Units in open reservations. */
  reserved: bigint;
  /** Units promised to orders that nobody has picked yet. */
  promised: bigint;
  /** Units picked for orders without a reservation, waiting to be shipped. */
  staged: bigint;
  /** Units on their way here or not yet put away. */
  incoming: bigint;
  /** Order lines expected a day. */
  linesADay: number;
  /** Replenish when what is here and incoming falls to this. */
  reorderPoint: bigint;
  orderUpTo: bigint;
  /** See {@link canReserve}. */
  chunk: number;
  floor: bigint;
}

/** A shelf with nothing on it. */
export function createShelf(item: StockedItem, owner: string, site: number): Shelf {
  return {
    item,
    owner,
    site,
    positions: [],
    pallets: [],
    onHand: 0n,
    reserved: 0n,
    promised: 0n,
    staged: 0n,
    incoming: 0n,
    linesADay: 0,
    reorderPoint: 0n,
    orderUpTo: 0n,
    chunk: -1,
    floor: 0n,
  };
}

/** Units of the average order line, in multiples of the sale step. */
export const UNITS_A_LINE = 1.45;
const COVER_DAYS = { A: 24, B: 35, C: 60 } as const;
const REVIEW_AND_LEAD_DAYS = 11;

/** Sets demand, and from it when to order and how much. */
export function planShelf(shelf: Shelf, linesADay: number): void {
  const { item } = shelf;
  const stepsADay = linesADay * UNITS_A_LINE;
  const steps = (days: number) => item.saleStep * BigInt(Math.ceil(stepsADay * days));
  const cover = COVER_DAYS[item.velocity];
  // What expires soon is not stocked for longer than a third of its life.
  const days = Math.min(cover, (item.shelfLifeDays ?? Number.POSITIVE_INFINITY) / 3);
  shelf.linesADay = linesADay;
  shelf.orderUpTo = greatest(steps(days), least(item.caseQuantity, item.saleStep * 12n));
  shelf.reorderPoint = greatest(steps(Math.min(days / 2, REVIEW_AND_LEAD_DAYS)), item.saleStep);
}

/** Sellable units in bins that nobody was promised. */
export function pickable(shelf: Shelf, at: number): bigint {
  const lying = shelf.positions.reduce(
    (sum, position) => (livesLongEnough(position, at) ? sum + position.quantity : sum),
    0n,
  );
  return lying - shelf.promised;
}

const DAY_MS = 86_400_000;

/** Days that may pass between the look at a lot and its way to the customer. */
const SHIPPING_DAYS = 2;

/** Whether a customer would still get the life the item promises. */
export function livesLongEnough({ item, lot }: Position, at: number): boolean {
  if (lot?.expiresAt == null) return true;
  return lot.expiresAt - at >= (item.minLifeShipmentDays + SHIPPING_DAYS) * DAY_MS;
}

/** What the ledger would call available, less what has been picked without a reservation. */
export function available(shelf: Shelf): bigint {
  return shelf.onHand - shelf.reserved - shelf.staged;
}

function openChunk(shelf: Shelf, chunk: number): void {
  if (shelf.chunk === chunk) return;
  shelf.chunk = chunk;
  shelf.floor = available(shelf);
}

/**
 * Keeps the sums of a shelf when its sellable stock changes by `delta`.
 * @param isReserved whether the units leave for a reservation, which shrinks with them.
 */
export function keepInMind(shelf: Shelf, delta: bigint, isReserved: boolean, chunk: number): void {
  openChunk(shelf, chunk);
  shelf.onHand += delta;
  if (isReserved) shelf.reserved += delta;
  else if (delta < 0n) shelf.floor += delta;
}

/**
 * Whether a reservation would be granted. Reservations of a chunk are posted before its
 * movements, so they must do with what was there when the chunk began: later arrivals do not
 * count, and what is taken out later must still be there.
 */
export function canReserve(shelf: Shelf, quantity: bigint, chunk: number): boolean {
  openChunk(shelf, chunk);
  return least(shelf.floor, available(shelf)) >= quantity;
}

/** Notes a granted reservation. */
export function reserve(shelf: Shelf, quantity: bigint, chunk: number): void {
  openChunk(shelf, chunk);
  shelf.reserved += quantity;
  shelf.floor -= quantity;
}

/** In which order positions are picked: first expired, first out; else oldest first. */
export function firstExpiredFirst(positions: readonly Position[]): Position[] {
  return [...positions].sort((a, b) => (a.lot?.expiresAt ?? 0) - (b.lot?.expiresAt ?? 0));
}
