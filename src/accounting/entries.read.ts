import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { findPeriod, periodOf } from './calendar.ts';
import { type StoredEntry, selectEntries } from './entries.queries.ts';
import type { EntriesQuery, EntryAnswer } from './entries.schemas.ts';

/** Names of everything that entries hold ids of. */
interface Names {
  readonly accounts: ReadonlyMap<number, { code: string; name: string }>;
  readonly sites: ReadonlyMap<number, string>;
  readonly items: ReadonlyMap<number, string>;
  readonly actors: ReadonlyMap<number, string>;
  readonly reversedBy: ReadonlyMap<bigint, bigint>;
}

async function readNames(tx: Tx, entries: readonly StoredEntry[]): Promise<Names> {
  const lines = entries.flatMap(({ lines: own }) => own);
  const codes = async (table: string, id: string, code: string, ids: readonly number[]) => {
    const { rows } = await tx.query<{ id: number; code: string }>(
      `SELECT ${id} AS id, ${code} AS code FROM ${table} WHERE ${id} = ANY($1)`,
      [[...new Set(ids)]],
    );
    return new Map(rows.map((row) => [row.id, row.code]));
  };
  const accounts = await tx.query<{ id: number; code: string; name: string }>(
    'SELECT account_id AS id, code, name FROM accounting.account WHERE account_id = ANY($1)',
    [[...new Set(lines.map(({ accountId }) => accountId))]],
  );
  const reversed = await tx.query<{ by: bigint; of: bigint }>(
    `SELECT entry_seq AS by, reverses_seq AS of FROM accounting.entry
     WHERE reverses_seq = ANY($1)`,
    [entries.map(({ entrySeq }) => entrySeq)],
  );
  const siteIds = lines.map(({ siteId }) => siteId);
  const itemIds = lines.flatMap(({ itemId }) => (itemId === null ? [] : [itemId]));
  const actorIds = entries.map(({ actorId }) => actorId);
  return {
    accounts: new Map(accounts.rows.map(({ id, ...row }) => [id, row])),
    sites: await codes('network.site', 'site_id', 'code', siteIds),
    items: await codes('catalog.item', 'item_id', 'sku', itemIds),
    actors: await codes('platform.principal', 'principal_id', 'name', actorIds),
    reversedBy: new Map(reversed.rows.map((row) => [row.of, row.by])),
  };
}

function toAnswer(entry: StoredEntry, names: Names, houseDigits: number): EntryAnswer {
  const digits = currencyDigits(entry.currency);
  const { entrySeq, actorId, version: _, reversesSeq, lines, hash, ...rest } = entry;
  const reversedBy = names.reversedBy.get(entrySeq);
  return {
    ...rest,
    entry: `${entrySeq}`,
    period: periodOf(entry.bookedOn).code,
    occurredAt: entry.occurredAt.toISOString(),
    recordedAt: entry.recordedAt.toISOString(),
    actor: names.actors.get(actorId) ?? null,
    reverses: reversesSeq === null ? null : `${reversesSeq}`,
    reversedBy: reversedBy === undefined ? null : `${reversedBy}`,
    hash: hash.toString('hex'),
    lines: lines.map((line) => ({
      account: names.accounts.get(line.accountId)?.code ?? '',
      accountName: names.accounts.get(line.accountId)?.name ?? '',
      debit: line.amount >= 0n ? formatMoney(line.amount, houseDigits) : null,
      credit: line.amount < 0n ? formatMoney(-line.amount, houseDigits) : null,
      documentAmount: formatMoney(line.documentAmount, digits),
      role: line.role,
      site: names.sites.get(line.siteId) ?? null,
      item: line.itemId === null ? null : (names.items.get(line.itemId) ?? null),
      channel: line.channel,
      description: line.description,
    })),
  };
}

/** Entries as the API shows them. */
async function answersOf(
  tx: Tx,
  entries: readonly StoredEntry[],
  houseDigits: number,
): Promise<Map<bigint, EntryAnswer>> {
  const names = await readNames(tx, entries);
  return new Map(
    entries.map((entry) => [entry.entrySeq, toAnswer(entry, names, houseDigits)] as const),
  );
}

/** One entry by its number; undefined when there is none. */
export async function readEntry(
  tx: Tx,
  entrySeq: bigint,
  houseDigits: number,
): Promise<EntryAnswer | undefined> {
  const entries = await selectEntries(tx, 'WHERE e.entry_seq = $1', [entrySeq]);
  return (await answersOf(tx, entries, houseDigits)).get(entrySeq);
}

/** A page of entries, newest first. */
export async function listEntries(
  tx: Tx,
  query: EntriesQuery,
  houseDigits: number,
): Promise<{ items: EntryAnswer[]; nextCursor: string | null }> {
  const after = decodeCursor(query.cursor, z.tuple([z.bigint()]));
  const period = query.period === undefined ? undefined : findPeriod(query.period);
  if (query.period !== undefined && !period) return { items: [], nextCursor: null };
  const entries = await selectEntries(
    tx,
    `WHERE ($1::bigint IS NULL OR e.entry_seq < $1)
       AND ($2::text IS NULL OR EXISTS (SELECT FROM accounting.entry_line l
         JOIN accounting.account a ON a.account_id = l.account_id
         WHERE l.entry_seq = e.entry_seq AND a.code = $2))
       AND ($3::text IS NULL OR e.document_type = $3)
       AND ($4::text IS NULL OR e.document_number = $4)
       AND ($5::text IS NULL OR e.party = $5)
       AND ($6::date IS NULL OR e.booked_on BETWEEN $6 AND $7)
       AND ($8::text IS NULL OR e.kind = $8)
       AND ($9::text IS NULL OR e.source = $9)
     ORDER BY e.entry_seq DESC LIMIT $10`,
    [
      after?.[0] ?? null,
      query.account ?? null,
      query.documentType ?? null,
      query.documentNumber ?? null,
      query.party ?? null,
      period?.startsOn ?? null,
      period?.endsOn ?? null,
      query.kind ?? null,
      query.source ?? null,
      query.limit + 1,
    ],
  );
  const answers = await answersOf(tx, entries, houseDigits);
  return toPage(
    entries,
    query.limit,
    ({ entrySeq }) => [entrySeq],
    ({ entrySeq }) => answers.get(entrySeq)!,
  );
}
