/**
 * Days of one year of one series as bytes: only days on which something happened, in order, each
 * as the gap to the day before it and its numbers, all as variable-length integers (7 bits a byte,
 * lowest first; signed ones folded as zigzag). The same days always make the same bytes, so two
 * histories can be compared by comparing bytes.
 */

/** What happened on one day, from one source. */
export interface DayFact {
  /** From 0 on January 1st. */
  readonly dayOfYear: number;
  /** Units at the item's scale. */
  readonly quantity: number;
  /** Order lines that it was made of. */
  readonly lines: number;
  /** Net value in minor units of the house currency; 0 where no price is known. */
  readonly amount: number;
}

/** The change of what was available on one day. */
export interface DayChange {
  readonly dayOfYear: number;
  readonly quantity: number;
}

const BITS = 128;
const YEAR_DAYS_MAX = 366;
/** Bytes that one varint of a safe integer takes at most. */
const VARINT_BYTES_MAX = 8;
const NUMBERS_A_DAY_MAX = 4;

const scratch = Buffer.alloc(YEAR_DAYS_MAX * VARINT_BYTES_MAX * NUMBERS_A_DAY_MAX);

function fold(value: number): number {
  if (!Number.isSafeInteger(value * 2)) throw new Error(`${value} is too large for a day's sum`);
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function unfold(value: number): number {
  // Half of it, as `>>` would cut it to 32 bits.
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function write(at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest >= BITS) {
    scratch[end] = (rest % BITS) | BITS;
    rest = Math.floor(rest / BITS);
    end += 1;
  }
  scratch[end] = rest;
  return end + 1;
}

/** Where a walk over packed bytes stands; kept by the caller, so that nothing is allocated. */
interface Cursor {
  at: number;
}

function read(bytes: Uint8Array, cursor: Cursor): number {
  let byte = bytes[cursor.at]!;
  cursor.at += 1;
  if (byte < BITS) return byte;
  let value = byte - BITS;
  let unit = BITS;
  do {
    byte = bytes[cursor.at]!;
    cursor.at += 1;
    value += (byte & (BITS - 1)) * unit;
    unit *= BITS;
  } while (byte >= BITS);
  return value;
}

function isEmpty({ quantity, lines, amount }: DayFact): boolean {
  return quantity === 0 && lines === 0 && amount === 0;
}

/** Packs facts, one a day and in order of days; null when nothing happened. */
export function packFacts(facts: readonly DayFact[]): Buffer | null {
  let end = 0;
  let next = 0;
  for (const fact of facts) {
    if (isEmpty(fact)) continue;
    end = write(end, fact.dayOfYear - next);
    end = write(end, fold(fact.quantity));
    end = write(end, fold(fact.lines));
    end = write(end, fold(fact.amount));
    next = fact.dayOfYear + 1;
  }
  return end === 0 ? null : Buffer.from(scratch.subarray(0, end));
}

/** The facts that {@link packFacts} packed. */
export function unpackFacts(bytes: Uint8Array | null): DayFact[] {
  const facts: DayFact[] = [];
  if (!bytes) return facts;
  const cursor = { at: 0 };
  let next = 0;
  while (cursor.at < bytes.length) {
    const dayOfYear = next + read(bytes, cursor);
    const quantity = unfold(read(bytes, cursor));
    const lines = unfold(read(bytes, cursor));
    facts.push({ dayOfYear, quantity, lines, amount: unfold(read(bytes, cursor)) });
    next = dayOfYear + 1;
  }
  return facts;
}

/** Packs changes, one a day and in order of days; null when nothing changed. */
export function packChanges(changes: readonly DayChange[]): Buffer | null {
  let end = 0;
  let next = 0;
  for (const { dayOfYear, quantity } of changes) {
    if (quantity === 0) continue;
    end = write(end, dayOfYear - next);
    end = write(end, fold(quantity));
    next = dayOfYear + 1;
  }
  return end === 0 ? null : Buffer.from(scratch.subarray(0, end));
}

/** The changes that {@link packChanges} packed. */
export function unpackChanges(bytes: Uint8Array | null): DayChange[] {
  const changes: DayChange[] = [];
  if (!bytes) return changes;
  const cursor = { at: 0 };
  let next = 0;
  while (cursor.at < bytes.length) {
    const dayOfYear = next + read(bytes, cursor);
    changes.push({ dayOfYear, quantity: unfold(read(bytes, cursor)) });
    next = dayOfYear + 1;
  }
  return changes;
}

/** Sums by day that packed facts are added to; index 0 is some first day. */
export interface DaySums {
  readonly quantity: Float64Array;
  readonly lines: Float64Array;
  readonly amount: Float64Array;
}

/**
 * Adds packed facts to sums, days outside of them left out.
 * @param offset index of January 1st in the sums; may be negative.
 * @param sign -1 to take the quantities off instead; lines and amounts are then left alone.
 */
export function addFacts(
  sums: DaySums,
  bytes: Uint8Array | null,
  offset: number,
  sign: 1 | -1,
): void {
  if (!bytes) return;
  const { length } = sums.quantity;
  const cursor = { at: 0 };
  let index = offset;
  while (cursor.at < bytes.length) {
    index += read(bytes, cursor);
    const quantity = unfold(read(bytes, cursor));
    const lines = unfold(read(bytes, cursor));
    const amount = unfold(read(bytes, cursor));
    if (index >= length) return;
    if (index >= 0) {
      sums.quantity[index]! += sign * quantity;
      if (sign === 1) {
        sums.lines[index]! += lines;
        sums.amount[index]! += amount;
      }
    }
    index += 1;
  }
}

/** Adds packed changes to `changes` in the same way. @returns the sum of those before index 0. */
export function addChanges(
  changes: Float64Array,
  bytes: Uint8Array | null,
  offset: number,
): number {
  if (!bytes) return 0;
  const cursor = { at: 0 };
  let index = offset;
  let before = 0;
  while (cursor.at < bytes.length) {
    index += read(bytes, cursor);
    const quantity = unfold(read(bytes, cursor));
    if (index >= changes.length) return before;
    if (index < 0) before += quantity;
    else changes[index]! += quantity;
    index += 1;
  }
  return before;
}

/** The first day of packed bytes; undefined of none. */
export function firstDayOf(bytes: Uint8Array | null): number | undefined {
  return bytes ? read(bytes, { at: 0 }) : undefined;
}

const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of January 1st of a year. */
export function yearStart(year: number): number {
  return Date.UTC(year, 0, 1) / DAY_MS;
}

/** The year of a day that counts from 1970-01-01. */
export function yearOf(day: number): number {
  return new Date(day * DAY_MS).getUTCFullYear();
}
