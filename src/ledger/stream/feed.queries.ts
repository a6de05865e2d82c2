import type { Queryable, Tx } from '../../platform/database.ts';
import { formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { ENTRY } from '../posting/commands.ts';
import { type MovementAnswer, showMovements } from '../reads/index.ts';
import type { SeqVector } from './vector.ts';

/** One event of the feed: what was posted to one journal between two seqs, as one owner sees it. */
export interface FeedEvent {
  readonly journal: number;
  readonly movements: readonly MovementAnswer[];
  readonly entries: readonly FeedEntry[];
  readonly valueEntries: readonly FeedValueEntry[];
}

/** A fact that moves no unit: a reservation, an allocation, a count that found no variance. */
export interface FeedEntry {
  readonly id: string;
  readonly kind: string;
  readonly item: string;
  readonly owner: string;
  readonly quantity: string;
  readonly after: string;
  readonly reservation: string | null;
  readonly allocation: string | null;
  readonly recordedAt: string;
}

/** Money without units. */
export interface FeedValueEntry {
  readonly id: string;
  readonly item: string;
  readonly owner: string;
  readonly amount: string;
  readonly cause: string | null;
  readonly recordedAt: string;
}

/** The newest seq of each journal. */
export async function readHeads(db: Queryable): Promise<SeqVector> {
  const { rows } = await db.query<{ journal: number; seq: bigint }>(
    'SELECT journal, seq FROM ledger.journal_head ORDER BY journal',
  );
  return new Map(rows.map((row) => [row.journal, Number(row.seq)]));
}

const KINDS = new Map<number, string>(
  Object.entries(ENTRY).map(([name, id]) => [
    id,
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ]),
);

/** Facts that one event holds at most. */
const EVENT_MAX = 500;

/**
 * What was posted to a journal after `after` up to `head`, at most {@link EVENT_MAX} facts, under
 * the transaction's row-level security; with it the seq that the reader has come to.
 */
export async function readEvent(
  tx: Tx,
  journal: number,
  after: number,
  head: number,
  currencyDigits: number,
): Promise<{ event: FeedEvent; upTo: number }> {
  const range = [journal, after, Math.min(head, after + EVENT_MAX)];
  const keys = await tx.query<{ journal: number; seq: bigint }>(
    `SELECT journal, seq FROM ledger.movement
     WHERE journal = $1 AND seq > $2 AND seq <= $3 ORDER BY seq`,
    range,
  );
  const movements = await showMovements(
    tx,
    keys.rows.map((row) => ({ journal, seq: Number(row.seq) })),
    currencyDigits,
  );
  const entries = await readEntries(tx, range);
  const valueEntries = await readValueEntries(tx, range, currencyDigits);
  return { event: { journal, movements, entries, valueEntries }, upTo: range[2]! };
}

async function readEntries(tx: Tx, range: readonly number[]): Promise<FeedEntry[]> {
  const { rows } = await tx.query<{
    journal: number;
    seq: bigint;
    kind: number;
    sku: string;
    quantity_scale: number;
    owner: string;
    quantity: bigint;
    after: bigint;
    reservation_seq: bigint | null;
    allocation_seq: bigint | null;
    recorded_at: Date;
  }>(
    `SELECT e.journal, e.seq, e.kind, i.sku, i.quantity_scale, o.code AS owner, e.quantity, e.after,
       e.reservation_seq, e.allocation_seq, e.recorded_at
     FROM ledger.entry e
     JOIN catalog.item i ON i.item_id = e.item_id
     JOIN sellers.owner o ON o.owner_id = e.owner_id
     WHERE e.journal = $1 AND e.seq > $2 AND e.seq <= $3 ORDER BY e.seq`,
    [...range],
  );
  return rows.map((row) => ({
    id: `${row.journal}-${row.seq}`,
    kind: KINDS.get(row.kind) ?? String(row.kind),
    item: row.sku,
    owner: row.owner,
    quantity: formatDecimal(row.quantity, row.quantity_scale),
    after: formatDecimal(row.after, row.quantity_scale),
    reservation: row.reservation_seq === null ? null : `${row.journal}-${row.reservation_seq}`,
    allocation: row.allocation_seq === null ? null : `${row.journal}-${row.allocation_seq}`,
    recordedAt: row.recorded_at.toISOString(),
  }));
}

async function readValueEntries(
  tx: Tx,
  range: readonly number[],
  currencyDigits: number,
): Promise<FeedValueEntry[]> {
  const { rows } = await tx.query<{
    journal: number;
    seq: bigint;
    sku: string;
    owner: string;
    amount: bigint;
    cause_seq: bigint | null;
    recorded_at: Date;
  }>(
    `SELECT v.journal, v.seq, i.sku, o.code AS owner, v.amount, v.cause_seq, v.recorded_at
     FROM ledger.value_entry v
     JOIN catalog.item i ON i.item_id = v.item_id
     JOIN sellers.owner o ON o.owner_id = v.owner_id
     WHERE v.journal = $1 AND v.seq > $2 AND v.seq <= $3 ORDER BY v.seq`,
    [...range],
  );
  return rows.map((row) => ({
    id: `${row.journal}-${row.seq}`,
    item: row.sku,
    owner: row.owner,
    amount: formatMoney(row.amount, currencyDigits),
    cause: row.cause_seq === null ? null : `${row.journal}-${row.cause_seq}`,
    recordedAt: row.recorded_at.toISOString(),
  }));
}
