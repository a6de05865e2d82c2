import { bookingHorizon, readBookings, type StoredBooking } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import { bookingDay, localDay } from './calendar.ts';
import { appendEntries } from './entries.commands.ts';
import type { Entry, EntryLine } from './entry.ts';
import type { Head } from './policy.queries.ts';
import { chooseRule, type Rule, sideKey } from './rules.ts';

const BOOKINGS_MAX = 500;

/** Codes of sites and items to ids. */
export interface Codes {
  readonly sites: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, number>;
}

/** Ids of the sites and items that lines name; what does not exist is left out. */
export async function readCodes(
  tx: Tx,
  lines: readonly { site?: string | undefined; item?: string | undefined }[],
): Promise<Codes> {
  const given = (name: 'site' | 'item') => [
    ...new Set(lines.flatMap((line) => (line[name] === undefined ? [] : [line[name]]))),
  ];
  const sites = await tx.query<{ code: string; id: number }>(
    'SELECT code, site_id AS id FROM network.site WHERE code = ANY($1)',
    [given('site')],
  );
  const items = await tx.query<{ code: string; id: number }>(
    'SELECT sku AS code, item_id AS id FROM catalog.item WHERE sku = ANY($1)',
    [given('item')],
  );
  const toMap = (rows: { code: string; id: number }[]) =>
    new Map(rows.map(({ code, id }) => [code, id]));
  return { sites: toMap(sites.rows), items: toMap(items.rows) };
}

/** How a booking becomes an entry: by which rules, and on which days the books are open. */
export interface BookingPolicy {
  readonly rules: readonly Rule[];
  readonly suspense: number;
  readonly version: number;
  readonly timeZone: string;
  readonly closedThrough: string | null;
}

/** The entry that a booking makes: a pure function of it, the policy and the codes it names. */
export function entryOf(booking: StoredBooking, policy: BookingPolicy, codes: Codes): Entry {
  const { rules, suspense, version, timeZone, closedThrough } = policy;
  const lines = booking.lines.map((line): EntryLine => {
    const siteId = codes.sites.get(line.site ?? '') ?? 0;
    const rule = chooseRule(
      rules,
      sideKey('booking', {
        role: line.role,
        siteId: siteId || null,
        bookingKind: booking.kind,
        channel: line.channel ?? null,
      }),
    );
    return {
      accountId: rule?.accountId ?? suspense,
      amount: line.amount,
      documentAmount: line.documentAmount,
      siteId,
      itemId: codes.items.get(line.item ?? '') ?? null,
      role: line.role,
      channel: line.channel ?? null,
      description: line.description ?? null,
    };
  });
  return {
    id: booking.id,
    source: 'booking',
    kind: booking.kind,
    document: booking.document,
    party: booking.party ?? null,
    currency: booking.currency,
    rate: booking.rate,
    description: booking.description,
    bookedOn: bookingDay(localDay(booking.occurredAt, timeZone), closedThrough),
    occurredAt: booking.occurredAt,
    recordedAt: booking.recordedAt,
    actorId: booking.actorId,
    version,
    reversesSeq: null,
    lines,
  };
}

/** True of a booking `b` that is in the books. */
const IS_TAKEN = 'EXISTS (SELECT FROM accounting.entry e WHERE e.entry_id = b.booking_id)';

/**
 * Takes bookings of documents into the books, each exactly once; the head must be locked. Answers
 * whether there may be more.
 */
export async function takeInBookings(tx: Tx, head: Head, policy: BookingPolicy): Promise<boolean> {
  // Taken first: whatever is below it is visible to the statements that follow.
  const horizon = await bookingHorizon(tx);
  const bookings = await readBookings(tx, head.bookingHorizon, BOOKINGS_MAX, IS_TAKEN);
  const codes = await readCodes(
    tx,
    bookings.flatMap(({ lines }) => lines),
  );
  await appendEntries(
    tx,
    head,
    bookings.map((booking) => entryOf(booking, policy, codes)),
  );
  const isMore = bookings.length === BOOKINGS_MAX;
  if (!isMore && bookings.length > 0) {
    await tx.query('UPDATE accounting.head SET booking_horizon = $1 WHERE head_id = 1', [horizon]);
  }
  return isMore;
}

/** How many bookings are not in the books yet, up to some hundreds. */
export async function countWaiting(tx: Pick<Tx, 'query'>): Promise<number> {
  const { rows } = await tx.query<{ waiting: bigint }>(
    `SELECT count(*) AS waiting FROM (SELECT FROM platform.booking b, accounting.head h
       WHERE b.transaction_id >= h.booking_horizon::text::xid8 AND NOT ${IS_TAKEN}
       LIMIT ${BOOKINGS_MAX}) w`,
  );
  return Number(rows[0]?.waiting ?? 0n);
}
