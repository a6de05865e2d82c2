import { readBookingsById, type StoredBooking } from '../../platform/bookings.ts';
import type { Tx } from '../../platform/database.ts';
import { type BookingPolicy, type Codes, entryOf, readCodes } from '../bookings.queries.ts';
import { type StoredEntry, selectEntries } from '../entries.queries.ts';
import { type Entry, entryHash, imbalanceOf } from '../entry.ts';
import { readHead, readRules } from '../policy.queries.ts';
import { BUCKET_SHIFT } from '../stock.sql.ts';
import type { BooksFindings } from './findings.ts';

const PAGE_ENTRIES = 2_000;

interface Chain {
  hash: Buffer;
  seq: bigint;
}

interface Tools {
  readonly tx: Tx;
  readonly suspense: number;
  readonly genesis: Buffer;
  readonly findings: BooksFindings;
  readonly policies: Map<number, BookingPolicy>;
}

/** Re-derives every entry: the chain, gapless seqs, balance, and what its booking says. */
export async function verifyEntries(
  tx: Tx,
  genesis: Buffer,
  suspense: number,
  findings: BooksFindings,
): Promise<number> {
  const tools: Tools = { tx, suspense, genesis, findings, policies: new Map() };
  const chain: Chain = { hash: genesis, seq: 0n };
  let count = 0;
  for (;;) {
    const entries = await selectEntries(
      tx,
      `WHERE e.entry_seq > $1 ORDER BY e.entry_seq LIMIT ${PAGE_ENTRIES}`,
      [chain.seq],
    );
    const bookings = await readBookingsById(
      tx,
      entries.map(({ id }) => id),
    );
    const codes = await readCodes(
      tx,
      [...bookings.values()].flatMap(({ lines }) => lines),
    );
    for (const entry of entries) {
      await verifyEntry(tools, chain, entry, bookings.get(entry.id), codes);
    }
    count += entries.length;
    if (entries.length < PAGE_ENTRIES) break;
  }
  await verifyHead(tools, chain);
  await verifyTables(tools);
  return count;
}

async function verifyEntry(
  tools: Tools,
  chain: Chain,
  entry: StoredEntry,
  booking: StoredBooking | undefined,
  codes: Codes,
): Promise<void> {
  const { findings } = tools;
  const { entrySeq, hash, ...plain } = entry;
  const id = `entry ${entrySeq}`;
  const add = (kind: 'entry-chain' | 'entry', expected: string, found: string, message: string) =>
    findings.add({ kind, id, expected, found, message });
  if (entrySeq !== chain.seq + 1n) {
    add('entry-chain', `${chain.seq + 1n}`, `${entrySeq}`, 'entries are missing before it');
  }
  const own = entryHash(chain.hash, entrySeq, plain);
  if (!own.equals(hash)) {
    const message = 'the entry, or one before it, is not what was written';
    add('entry-chain', own.toString('hex'), hash.toString('hex'), message);
  }
  const off = imbalanceOf(entry.lines);
  if (off !== 0n) add('entry', '0', `${off}`, 'its debits and credits differ');
  if (entry.source === 'booking') {
    const expected = booking && entryOf(booking, await policyOf(tools, entry.version), codes);
    for (const [what, wanted, found] of expected ? changesOf(expected, plain) : []) {
      add('entry', wanted, found, `its ${what} is not what the booking and the rules say`);
    }
    if (!expected) add('entry', 'a booking', 'none', 'what it takes in does not exist');
  }
  // The next one is held against what is stored, so that only the row at fault is named.
  chain.hash = hash;
  chain.seq = entrySeq;
}

/** Members in which two entries differ: name, expected, found. */
function changesOf(expected: Entry, found: Entry): [string, string, string][] {
  const text = (value: unknown) =>
    JSON.stringify(value, (_name, each: unknown) =>
      typeof each === 'bigint' ? each.toString() : each,
    );
  return (Object.keys(expected) as (keyof Entry)[]).flatMap((name) => {
    const [a, b] = [text(expected[name]), text(found[name])];
    return a === b ? [] : [[name, a, b] as [string, string, string]];
  });
}

async function policyOf(tools: Tools, version: number): Promise<BookingPolicy> {
  const known = tools.policies.get(version);
  if (known) return known;
  const { rows } = await tools.tx.query<{ timeZone: string; closedThrough: string | null }>(
    `SELECT time_zone AS "timeZone", closed_through::text AS "closedThrough"
     FROM accounting.policy WHERE version = $1`,
    [version],
  );
  const rules = await readRules(tools.tx, version);
  const policy = { rules, version, suspense: tools.suspense, ...rows[0]! };
  tools.policies.set(version, policy);
  return policy;
}

async function verifyHead({ tx, findings }: Tools, chain: Chain): Promise<void> {
  const head = await readHead(tx);
  if (head.entrySeq === chain.seq && head.hash.equals(chain.hash)) return;
  findings.add({
    kind: 'head',
    id: 'head',
    expected: `entry ${chain.seq}, hash ${chain.hash.toString('hex')}`,
    found: `entry ${head.entrySeq}, hash ${head.hash.toString('hex')}`,
    message: 'the entries do not end where the head says they do',
  });
}

const CHECKS = [
  {
    kind: 'entry-line',
    message: 'a line does not belong to an entry, or is on another day',
    sql: `SELECT 'entry ' || l.entry_seq || ' line ' || l.line AS id,
        coalesce(e.booked_on::text, 'an entry') AS expected, l.booked_on::text AS found
      FROM accounting.entry_line l LEFT JOIN accounting.entry e ON e.entry_seq = l.entry_seq
      WHERE e.booked_on IS DISTINCT FROM l.booked_on`,
  },
  {
    kind: 'entry-total',
    message: 'a sum is not that of its entry lines',
    sql: `SELECT 'bucket ' || bucket || ' on ' || booked_on || ' account ' || account_id
          || ' site ' || site_id AS id,
        coalesce(e.debit, 0) || ' less ' || coalesce(e.credit, 0) AS expected,
        coalesce(t.debit, 0) || ' less ' || coalesce(t.credit, 0) AS found
      FROM (SELECT entry_seq >> ${BUCKET_SHIFT} AS bucket, booked_on, account_id, site_id,
          sum(greatest(amount, 0))::bigint AS debit, sum(greatest(-amount, 0))::bigint AS credit
        FROM accounting.entry_line GROUP BY 1, 2, 3, 4) e
      FULL JOIN accounting.entry_total t USING (bucket, booked_on, account_id, site_id)
      WHERE (e.debit, e.credit) IS DISTINCT FROM (t.debit, t.credit)`,
  },
  {
    kind: 'entry-total',
    message: 'a bucket does not span the instants of its entries',
    sql: `SELECT 'bucket ' || bucket AS id, e.low || ' to ' || e.high AS expected,
        b.first_recorded_at || ' to ' || b.last_recorded_at AS found
      FROM (SELECT entry_seq >> ${BUCKET_SHIFT} AS bucket, min(recorded_at) AS low,
          max(recorded_at) AS high FROM accounting.entry GROUP BY 1) e
      FULL JOIN accounting.entry_bucket b USING (bucket)
      WHERE (e.low, e.high) IS DISTINCT FROM (b.first_recorded_at, b.last_recorded_at)`,
  },
  {
    kind: 'booking',
    message: 'a booking of a document is not in the books',
    sql: `SELECT 'booking ' || b.booking_id AS id, 'an entry' AS expected, 'none' AS found
      FROM platform.booking b, accounting.head h
      WHERE b.transaction_id < h.booking_horizon::text::xid8
        AND NOT EXISTS (SELECT FROM accounting.entry e WHERE e.entry_id = b.booking_id)`,
  },
] as const;

async function verifyTables({ tx, findings }: Tools): Promise<void> {
  for (const { kind, message, sql } of CHECKS) {
    const { rows } = await tx.query<{ id: string; expected: string; found: string }>(
      `SELECT id, coalesce(expected, 'none') AS expected, coalesce(found, 'none') AS found
       FROM (${sql}) d ORDER BY id LIMIT 1000`,
    );
    for (const row of rows) findings.add({ kind, message, ...row });
  }
}
