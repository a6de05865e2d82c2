import type { Tx } from './database.ts';
import { newId } from './ids.ts';

/**
 * What a sum of a document is, as far as the books are concerned. The books' posting rules turn a
 * role (with channel and site) into an account.
 */
export const BOOKING_ROLES = [
  'receivable',
  'revenue',
  'shipping_revenue',
  'discount',
  'sales_tax',
  'refunds',
  'payable',
  'purchase_tax',
  'grni',
  'landed_cost_clearing',
  'purchase_price_variance',
  'exchange_difference',
  'rounding',
] as const;
export type BookingRole = (typeof BOOKING_ROLES)[number];

/** One side of a booking. */
export interface BookingLine {
  readonly role: BookingRole;
  /** House minor units: positive is a debit, negative a credit. */
  readonly amount: bigint;
  /** The same in minor units of the document's currency. */
  readonly documentAmount: bigint;
  readonly item?: string | undefined;
  readonly site?: string | undefined;
  readonly channel?: string | undefined;
  readonly description?: string | undefined;
}

/** Money that a document of the house moves and that no stock movement carries. */
export interface Booking {
  /** Time-ordered UUID; the same id is booked once. */
  readonly id?: string | undefined;
  /** Such as `sale`, `refund`, `supplier_invoice`, `supplier_credit`, `landed_cost`. */
  readonly kind: string;
  readonly document: { readonly type: string; readonly number: string };
  /** Code of the customer or supplier. */
  readonly party?: string | undefined;
  readonly currency: string;
  /** House currency for one unit of `currency`, as a decimal; '1' for the house currency. */
  readonly rate: string;
  readonly description: string;
  readonly occurredAt: Date;
  readonly lines: readonly BookingLine[];
}

/** A booking as the books read it. */
export interface StoredBooking extends Booking {
  readonly id: string;
  readonly actorId: number;
  readonly recordedAt: Date;
  readonly transactionId: bigint;
}

/**
 * Hands bookings to the books with the transaction that changes the document. A booking whose id
 * is there already is left out. `tx` is a writer's (or poster's) transaction of the house.
 * @throws Error when the lines do not add up to zero: a mistake of ours.
 */
export async function emitBookings(
  tx: Tx,
  bookings: readonly Booking[],
  by: { readonly actorId: number; readonly at: Date },
): Promise<void> {
  if (bookings.length === 0) return;
  for (const booking of bookings) assertBalanced(booking);
  await tx.query(
    `INSERT INTO platform.booking (booking_id, kind, document_type, document_number, party,
       currency, rate, description, lines, actor_id, occurred_at, recorded_at)
     SELECT b.id, b.kind, b.type, b.number, b.party, b.currency, b.rate, b.description, b.lines,
       $11, b.occurred_at, $12
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::numeric[], $8::text[], $9::jsonb[], $10::timestamptz[])
       b(id, kind, type, number, party, currency, rate, description, lines, occurred_at)
     ON CONFLICT (booking_id) DO NOTHING`,
    [
      bookings.map(({ id }) => id ?? newId()),
      bookings.map(({ kind }) => kind),
      bookings.map(({ document }) => document.type),
      bookings.map(({ document }) => document.number),
      bookings.map(({ party }) => party ?? null),
      bookings.map(({ currency }) => currency),
      bookings.map(({ rate }) => rate),
      bookings.map(({ description }) => description),
      bookings.map(({ lines }) => JSON.stringify(lines.map(toJson))),
      bookings.map(({ occurredAt }) => occurredAt),
      by.actorId,
      by.at,
    ],
  );
}

function assertBalanced(booking: Booking): void {
  const sum = booking.lines.reduce((total, line) => total + line.amount, 0n);
  if (sum === 0n && booking.lines.length > 0) return;
  const { type, number } = booking.document;
  throw new Error(`the booking '${booking.kind}' of ${type} ${number} is off by ${sum}`);
}

function toJson(line: BookingLine): Record<string, unknown> {
  return { ...line, amount: `${line.amount}`, documentAmount: `${line.documentAmount}` };
}

interface BookingRow extends Omit<StoredBooking, 'lines' | 'document' | 'transactionId'> {
  readonly documentType: string;
  readonly documentNumber: string;
  readonly transactionId: string;
  readonly lines: readonly (BookingLine & { amount: string; documentAmount: string })[];
}

/**
 * Bookings of transactions from `since` on (a transaction id), oldest first. A reader keeps its
 * checkpoint at {@link bookingHorizon}, taken in the same transaction before reading: nothing can
 * appear below that any more. What is above may come again, so it is left out by id.
 * @param isTaken SQL that is true of a booking `b` that the reader has already.
 */
export async function readBookings(
  tx: Tx,
  since: bigint,
  limit: number,
  isTaken: string,
): Promise<StoredBooking[]> {
  const { rows } = await tx.query<BookingRow>(
    `${SELECT} WHERE transaction_id >= $1::text::xid8 AND NOT ${isTaken}
     ORDER BY transaction_id, booking_id LIMIT $2`,
    [`${since}`, limit],
  );
  return rows.map(toBooking);
}

/** The bookings with these ids, for whoever checks what became of them. */
export async function readBookingsById(
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, StoredBooking>> {
  const { rows } = await tx.query<BookingRow>(`${SELECT} WHERE booking_id = ANY($1)`, [ids]);
  return new Map(rows.map((row) => [row.id, toBooking(row)]));
}

const SELECT = `SELECT booking_id AS id, kind, document_type AS "documentType",
    document_number AS "documentNumber", party, currency, trim_scale(rate)::text AS rate,
    description, lines, actor_id AS "actorId", occurred_at AS "occurredAt",
    recorded_at AS "recordedAt", transaction_id::text AS "transactionId"
  FROM platform.booking b`;

function toBooking(stored: BookingRow): StoredBooking {
  const { documentType, documentNumber, transactionId, lines, ...row } = stored;
  return {
    ...row,
    document: { type: documentType, number: documentNumber },
    transactionId: BigInt(transactionId),
    lines: lines.map((line) => ({
      ...line,
      amount: BigInt(line.amount),
      documentAmount: BigInt(line.documentAmount),
    })),
  };
}

/** The oldest transaction that is still running, or the next one: nothing appears below it. */
export async function bookingHorizon(tx: Tx): Promise<bigint> {
  const { rows } = await tx.query<{ horizon: string }>(
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon',
  );
  return BigInt(rows[0]!.horizon);
}
