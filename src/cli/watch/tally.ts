import { formatDecimal, parseDecimal } from '../../platform/quantity.ts';

/**
 * What `onhand watch` knows, as a pure function of what it has seen. Times are milliseconds since
 * the epoch and are passed in.
 */

/** A movement, as far as the screen shows it. */
export interface WatchedMovement {
  readonly id: string;
  readonly kind: string;
  readonly item: string;
  readonly quantity: string;
  /** A site is null where the place is outside the house: a supplier, a customer, a loss. */
  readonly from: { readonly location: string; readonly site: string | null };
  readonly to: { readonly location: string; readonly site: string | null };
  readonly document: { readonly type: string; readonly number: string } | null;
  readonly recordedAt: string;
}

/** An exception as the ledger raised it: stock that was promised and is gone, or is back again. */
export interface WatchedException {
  readonly id: string;
  readonly kind: string;
  readonly item: string;
  readonly owner: string;
  readonly site: string | null;
  readonly location: string | null;
  readonly short: string;
  readonly recordedAt: string;
}

const SCALE_MAX = 6;
/** Movements that are kept to be shown. */
const LAST_MAX = 200;
/** Kinds of items and the like are few; exceptions that are open may be many. */
const OPEN_MAX = 1_000;
export const RATE_SECONDS = 60;

export interface Tally {
  readonly startedAt: number;
  movements: number;
  /** At six digits after the point, as items of several scales meet here. */
  unitsIn: bigint;
  unitsOut: bigint;
  readonly byKind: Map<string, number>;
  /** Newest last. */
  readonly last: WatchedMovement[];
  /** Movements seen in each second of the last minute, by second since the epoch. */
  readonly perSecond: Map<number, number>;
  /** Open exceptions by what they are about, oldest first. */
  readonly open: Map<string, WatchedException>;
}

export function emptyTally(startedAt: number): Tally {
  return {
    startedAt,
    movements: 0,
    unitsIn: 0n,
    unitsOut: 0n,
    byKind: new Map(),
    last: [],
    perSecond: new Map(),
    open: new Map(),
  };
}

/** Whether units came into the house (1), left it (-1) or stayed on their side (0). */
export function directionOf({ from, to }: Pick<WatchedMovement, 'from' | 'to'>): -1 | 0 | 1 {
  if ((from.site === null) === (to.site === null)) return 0;
  return from.site === null ? 1 : -1;
}

/** Keeps movements to be shown, oldest first, without counting them. */
export function showPast(tally: Tally, movements: readonly WatchedMovement[]): void {
  tally.last.push(...movements.slice(-LAST_MAX));
  tally.last.splice(0, Math.max(0, tally.last.length - LAST_MAX));
}

/** Counts movements, oldest first. */
export function countMovements(
  tally: Tally,
  movements: readonly WatchedMovement[],
  now: number,
): void {
  for (const movement of movements) {
    const direction = directionOf(movement);
    const units = direction === 0 ? 0n : parseDecimal(movement.quantity, SCALE_MAX);
    if (direction === 1) tally.unitsIn += units;
    if (direction === -1) tally.unitsOut += units;
    tally.byKind.set(movement.kind, (tally.byKind.get(movement.kind) ?? 0) + 1);
  }
  tally.movements += movements.length;
  showPast(tally, movements);
  const second = Math.floor(now / 1000);
  tally.perSecond.set(second, (tally.perSecond.get(second) ?? 0) + movements.length);
  for (const known of tally.perSecond.keys()) {
    if (known <= second - RATE_SECONDS) tally.perSecond.delete(known);
  }
}

/** Takes exceptions up, oldest first: a later one about the same place replaces an earlier one. */
export function noteExceptions(tally: Tally, exceptions: readonly WatchedException[]): void {
  for (const exception of exceptions) {
    const { item, owner, site, location } = exception;
    const key = JSON.stringify([item, owner, site, location]);
    tally.open.delete(key);
    if (exception.kind !== 'cleared') tally.open.set(key, exception);
  }
  for (const key of tally.open.keys()) {
    if (tally.open.size <= OPEN_MAX) break;
    tally.open.delete(key);
  }
}

/** Movements in each of the last 60 seconds, oldest first; the running second is the last. */
export function seconds(tally: Tally, now: number): number[] {
  const second = Math.floor(now / 1000);
  return Array.from(
    { length: RATE_SECONDS },
    (_, i) => tally.perSecond.get(second - RATE_SECONDS + 1 + i) ?? 0,
  );
}

/** Movements a minute: of the last minute, or of the time since the start where that is shorter. */
export function perMinute(tally: Tally, now: number): number {
  const counted = seconds(tally, now).reduce((sum, count) => sum + count, 0);
  const elapsed = Math.min(RATE_SECONDS * 1000, Math.max(1000, now - tally.startedAt));
  return Math.round((counted * 60_000) / elapsed);
}

/** Units with as many digits after the point as they need. */
export function unitsText(units: bigint): string {
  const [whole = '', fraction = ''] = formatDecimal(units, SCALE_MAX).split('.');
  const digits = fraction.replace(/0+$/, '');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return digits === '' ? grouped : `${grouped}.${digits}`;
}
