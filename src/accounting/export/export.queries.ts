import type { Database, Tx } from '../../platform/database.ts';
import type { BookVector } from '../books.ts';

/** Rows fetched at a time. */
const FETCH_ROWS = 2_000;

/**
 * Rows of a query of the house, a few thousand at a time, from a cursor: never all in memory. The
 * connection goes back when the last row was taken, or when whoever takes them stops.
 */
export async function* streamRows<Row extends object>(
  database: Database,
  text: string,
  values: readonly unknown[],
): AsyncGenerator<Row[]> {
  const client: Tx = await database.reader.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN READ ONLY');
    await client.query("SELECT set_config('onhand.owner', '*', true)");
    await client.query(`DECLARE rows NO SCROLL CURSOR FOR ${text}`, [...values]);
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${FETCH_ROWS} FROM rows`);
      if (rows.length > 0) yield rows;
      if (rows.length < FETCH_ROWS) return;
    }
  } finally {
    await client.query('ROLLBACK').catch((error: Error) => {
      broken = error;
    });
    client.release(broken);
  }
}

/** Days between two (inclusive) on which anything is booked, in order. */
export async function bookedDays(
  tx: Tx,
  from: string | undefined,
  through: string | undefined,
): Promise<string[]> {
  const { rows } = await tx.query<{ day: string }>(
    `SELECT DISTINCT booked_on::text AS day FROM (
       SELECT booked_on FROM accounting.stock_total
       UNION ALL SELECT booked_on FROM accounting.entry_total) k
     WHERE booked_on >= coalesce($1::date, '-infinity')
       AND booked_on <= coalesce($2::date, 'infinity') ORDER BY 1`,
    [from ?? null, through ?? null],
  );
  return rows.map(({ day }) => day);
}

/** Stock entries between the same accounts: of one document and day, or of one fact. */
export interface StockRow {
  readonly documentType: string | null;
  readonly documentNumber: string | null;
  /** `<journal>-<seq>` of the first and the last fact in it. */
  readonly first: string;
  readonly last: string;
  readonly facts: bigint;
  /** Where it is one fact. */
  readonly kind: string | null;
  readonly item: string | null;
  readonly debitAccountId: number;
  readonly creditAccountId: number;
  readonly debitSiteId: number;
  readonly creditSiteId: number;
  readonly amount: bigint;
  /** Rows with the same one belong together. */
  readonly groupKey: string;
}

/** What is booked of stock on a day, in order of what belongs together. */
export function stockOfDay(
  database: Database,
  to: BookVector,
  day: string,
  accountIds: readonly number[],
  each: boolean,
): AsyncGenerator<StockRow[]> {
  const fact = `lpad(e.journal::text, 4, '0') || '-' || lpad(e.seq::text, 15, '0')`;
  const id = (text: string) =>
    `ltrim(split_part(${text}, '-', 1), '0') || '-' || ltrim(split_part(${text}, '-', 2), '0')`;
  const shown = (text: string) => `regexp_replace(${id(text)}, '^-', '0-')`;
  const group = each ? fact : `coalesce(d.type || ' ' || d.number, '')`;
  return streamRows<StockRow>(
    database,
    `SELECT ${group} AS "groupKey", d.type AS "documentType", d.number AS "documentNumber",
       ${shown(`min(${fact})`)} AS first, ${shown(`max(${fact})`)} AS last, count(*) AS facts,
       ${each ? 'min(k.code)' : 'NULL'} AS kind, ${each ? 'min(i.sku)' : 'NULL'} AS item,
       e.debit_account_id AS "debitAccountId", e.credit_account_id AS "creditAccountId",
       e.debit_site_id AS "debitSiteId", e.credit_site_id AS "creditSiteId",
       sum(coalesce(m.value, v.amount))::bigint AS amount
     FROM unnest($2::integer[], $3::bigint[]) AS u(journal, seq)
     JOIN accounting.stock_entry e ON e.journal = u.journal AND e.seq <= u.seq
     LEFT JOIN ledger.movement m ON m.journal = e.journal AND m.seq = e.seq
     LEFT JOIN ledger.value_entry v ON v.journal = e.journal AND v.seq = e.seq
     LEFT JOIN ledger.document d ON d.document_id = coalesce(m.document_id, v.document_id)
     LEFT JOIN ledger.movement_kind k ON k.movement_kind_id = m.kind
     LEFT JOIN catalog.item i ON i.item_id = coalesce(m.item_id, v.item_id)
     WHERE e.booked_on = $1::date AND e.debit_account_id = ANY($4)
     GROUP BY 1, 2, 3, e.debit_account_id, e.credit_account_id, e.debit_site_id, e.credit_site_id
     ORDER BY 1, e.debit_account_id, e.credit_account_id, e.debit_site_id, e.credit_site_id`,
    [day, [...to.journals.keys()], [...to.journals.values()], accountIds],
  );
}

/** A line of an entry, with what it shares with the others of its entry. */
export interface EntryLineRow {
  readonly entrySeq: bigint;
  readonly kind: string;
  readonly documentType: string;
  readonly documentNumber: string;
  readonly party: string | null;
  readonly currency: string;
  readonly rate: string;
  readonly description: string;
  readonly accountId: number;
  readonly siteId: number;
  readonly amount: bigint;
  readonly documentAmount: bigint;
  readonly item: string | null;
  readonly lineDescription: string | null;
}

/** What documents and people booked on a day, line by line. */
export function entriesOfDay(
  database: Database,
  to: BookVector,
  day: string,
): AsyncGenerator<EntryLineRow[]> {
  return streamRows<EntryLineRow>(
    database,
    `SELECT e.entry_seq AS "entrySeq", e.kind, e.document_type AS "documentType",
       e.document_number AS "documentNumber", e.party, e.currency,
       trim_scale(e.rate)::text AS rate, e.description, l.account_id AS "accountId",
       l.site_id AS "siteId", l.amount, l.document_amount AS "documentAmount", i.sku AS item,
       l.description AS "lineDescription"
     FROM accounting.entry e
     JOIN accounting.entry_line l ON l.entry_seq = e.entry_seq
     LEFT JOIN catalog.item i ON i.item_id = l.item_id
     WHERE e.booked_on = $1::date AND e.entry_seq <= $2 ORDER BY e.entry_seq, l.line`,
    [day, to.entrySeq],
  );
}
