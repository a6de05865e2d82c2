import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/idempotency.ts';

/** An entry of the books: what a document or a person booked, in house minor units. */
export interface Entry {
  /** Id of the booking it takes in, or one of its own. */
  readonly id: string;
  readonly source: 'booking' | 'manual';
  readonly kind: string;
  readonly document: { readonly type: string; readonly number: string };
  readonly party: string | null;
  readonly currency: string;
  /** House currency for one unit of `currency`, as a decimal without trailing zeros. */
  readonly rate: string;
  readonly description: string;
  /** The day it counts for, ISO. */
  readonly bookedOn: string;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly actorId: number;
  readonly version: number;
  readonly reversesSeq: bigint | null;
  readonly lines: readonly EntryLine[];
}

export interface EntryLine {
  readonly accountId: number;
  /** House minor units: positive is a debit, negative a credit. */
  readonly amount: bigint;
  /** The same in minor units of the entry's currency. */
  readonly documentAmount: bigint;
  /** 0 for none. */
  readonly siteId: number;
  readonly itemId: number | null;
  readonly role: string | null;
  readonly channel: string | null;
  readonly description: string | null;
}

/** What the lines are off by; an entry of the books is off by zero. */
export function imbalanceOf(lines: readonly Pick<EntryLine, 'amount'>[]): bigint {
  return lines.reduce((sum, { amount }) => sum + amount, 0n);
}

/**
 * The link of an entry in the chain: SHA-256 of the hash before it and of every column of the
 * entry and its lines as JSON with sorted members, so that changing, removing, adding or swapping
 * any of them breaks the chain from there on.
 */
export function entryHash(previous: Buffer, entrySeq: bigint, entry: Entry): Buffer {
  const text = canonicalJson({
    ...entry,
    entrySeq: `${entrySeq}`,
    occurredAt: entry.occurredAt.toISOString(),
    recordedAt: entry.recordedAt.toISOString(),
    reversesSeq: entry.reversesSeq === null ? null : `${entry.reversesSeq}`,
    lines: entry.lines.map((line) => ({
      ...line,
      amount: `${line.amount}`,
      documentAmount: `${line.documentAmount}`,
    })),
  });
  return createHash('sha256').update(previous).update(text).digest();
}
