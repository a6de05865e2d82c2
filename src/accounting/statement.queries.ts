import type { Tx } from '../platform/database.ts';
import type { BookVector } from './books.ts';

/** Which part of an account is asked for. */
export interface StatementFilter {
  readonly accountId: number;
  readonly siteId: number | null;
  readonly from: string | null;
  readonly through: string | null;
}

/** Where a row stands: by day, value movements before entries, by journal, seq and side. */
export type StatementKey = readonly [
  bookedOn: string,
  source: number,
  journal: number,
  seq: bigint,
  line: number,
];

/** One side of a fact on the account. */
export interface StatementRow {
  readonly bookedOn: string;
  /** 0: a value movement of the ledger, 1: an entry. */
  readonly source: number;
  readonly journal: number;
  readonly seq: bigint;
  readonly line: number;
  readonly siteId: number;
  /** House minor units; a credit is negative. */
  readonly amount: bigint;
}

/**
 * The next rows of an account in order of days, as the books stood at `to`: each branch reads its
 * own index from the cursor on, so a page costs what it shows.
 */
export async function selectStatement(
  tx: Tx,
  to: BookVector,
  filter: StatementFilter,
  after: StatementKey | undefined,
  limit: number,
): Promise<StatementRow[]> {
  const journals = [...to.journals];
  const { rows } = await tx.query<StatementRow>(
    `SELECT k.booked_on::text AS "bookedOn", k.source, k.journal, k.seq, k.line,
       k.site_id AS "siteId", k.amount
     FROM ((${stockSide('debit')}) UNION ALL (${stockSide('credit')})
       UNION ALL (${entrySide()})) k
     ORDER BY k.booked_on, k.source, k.journal, k.seq, k.line LIMIT $12`,
    [
      filter.accountId,
      filter.siteId,
      filter.from ?? '-infinity',
      filter.through ?? 'infinity',
      journals.map(([journal]) => journal),
      journals.map(([, seq]) => seq),
      to.entrySeq,
      to.recordedAt,
      after?.[0] ?? '-infinity',
      after ? after.slice(1, 4) : [-1, -1, -1],
      after?.[4] ?? -1,
      limit,
    ],
  );
  return rows;
}

/** $10: source, journal and seq of the cursor; $11: its line. */
function afterCursor(source: string, journal: string, seq: string, line: string): string {
  return `(booked_on, ${source}, ${journal}, ${seq}, ${line})
    > ($9::date, ($10::bigint[])[1], ($10::bigint[])[2], ($10::bigint[])[3], $11::bigint)`;
}

const DAYS = 'booked_on BETWEEN $3::date AND $4::date AND booked_on >= $9::date';

function stockSide(side: 'debit' | 'credit'): string {
  const line = side === 'debit' ? 1 : 2;
  const amount = 'coalesce(m.value, v.amount)';
  return `SELECT e.booked_on, 0 AS source, e.journal, e.seq, ${line} AS line,
      e.${side}_site_id AS site_id, ${side === 'debit' ? amount : `-${amount}`} AS amount
    FROM (SELECT * FROM accounting.stock_entry
      WHERE ${side}_account_id = $1 AND ($2::integer IS NULL OR ${side}_site_id = $2)
        AND ${DAYS} AND ${afterCursor('0::bigint', 'journal::bigint', 'seq', `${line}::bigint`)}
        AND seq <= coalesce((SELECT u.seq FROM unnest($5::integer[], $6::bigint[])
          AS u(journal, seq) WHERE u.journal = stock_entry.journal), 0)
      ORDER BY booked_on, journal, seq LIMIT $12) e
    LEFT JOIN ledger.movement m ON m.journal = e.journal AND m.seq = e.seq
    LEFT JOIN ledger.value_entry v ON v.journal = e.journal AND v.seq = e.seq`;
}

function entrySide(): string {
  return `SELECT l.booked_on, 1, 0, l.entry_seq, l.line::integer, l.site_id, l.amount
    FROM accounting.entry_line l
    WHERE l.account_id = $1 AND ($2 IS NULL OR l.site_id = $2) AND l.${DAYS}
      AND ${afterCursor('1::bigint', '0::bigint', 'entry_seq', 'line::bigint')}
      AND l.entry_seq <= $7
      AND ($8::timestamptz IS NULL OR (SELECT e.recorded_at FROM accounting.entry e
        WHERE e.entry_seq = l.entry_seq) <= $8)
    ORDER BY l.booked_on, l.entry_seq, l.line LIMIT $12`;
}

/** What a row of a statement comes from. */
export interface StatementOrigin {
  readonly kind: string;
  readonly documentType: string | null;
  readonly documentNumber: string | null;
  readonly item: string | null;
  readonly counterAccount: string | null;
  readonly description: string | null;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
}

/** Origins of value movements by `journal-seq-line`. */
export async function selectStockOrigins(
  tx: Tx,
  rows: readonly StatementRow[],
): Promise<Map<string, StatementOrigin>> {
  const found = await tx.query<StatementOrigin & { key: string }>(
    `SELECT u.journal || '-' || u.seq || '-' || u.line AS key,
       coalesce(k.code, 'value_entry') AS kind, d.type AS "documentType",
       d.number AS "documentNumber", i.sku AS item, a.code AS "counterAccount",
       r.name AS description, coalesce(m.occurred_at, v.occurred_at) AS "occurredAt",
       coalesce(m.recorded_at, v.recorded_at) AS "recordedAt"
     FROM unnest($1::integer[], $2::bigint[], $3::integer[]) AS u(journal, seq, line)
     JOIN accounting.stock_entry e ON e.journal = u.journal AND e.seq = u.seq
     JOIN accounting.account a ON a.account_id =
       CASE u.line WHEN 1 THEN e.credit_account_id ELSE e.debit_account_id END
     LEFT JOIN ledger.movement m ON m.journal = u.journal AND m.seq = u.seq
     LEFT JOIN ledger.value_entry v ON v.journal = u.journal AND v.seq = u.seq
     LEFT JOIN ledger.movement_kind k ON k.movement_kind_id = m.kind
     LEFT JOIN ledger.document d ON d.document_id = coalesce(m.document_id, v.document_id)
     LEFT JOIN ledger.reason r ON r.reason_id = coalesce(m.reason_id, v.reason_id)
     LEFT JOIN catalog.item i ON i.item_id = coalesce(m.item_id, v.item_id)`,
    [rows.map(({ journal }) => journal), rows.map(({ seq }) => seq), rows.map(({ line }) => line)],
  );
  return new Map(found.rows.map(({ key, ...origin }) => [key, origin]));
}

/** Origins of entry lines by `seq-line`; the counter account only where there is one alone. */
export async function selectEntryOrigins(
  tx: Tx,
  rows: readonly StatementRow[],
): Promise<Map<string, StatementOrigin>> {
  const found = await tx.query<StatementOrigin & { key: string }>(
    `SELECT u.seq || '-' || u.line AS key, e.kind, e.document_type AS "documentType",
       e.document_number AS "documentNumber", i.sku AS item,
       (SELECT min(a.code) FROM accounting.entry_line o
         JOIN accounting.account a ON a.account_id = o.account_id
         WHERE o.entry_seq = u.seq AND o.line <> u.line HAVING count(*) = 1) AS "counterAccount",
       coalesce(l.description, e.description) AS description, e.occurred_at AS "occurredAt",
       e.recorded_at AS "recordedAt"
     FROM unnest($1::bigint[], $2::integer[]) AS u(seq, line)
     JOIN accounting.entry e ON e.entry_seq = u.seq
     JOIN accounting.entry_line l ON l.entry_seq = u.seq AND l.line = u.line
     LEFT JOIN catalog.item i ON i.item_id = l.item_id`,
    [rows.map(({ seq }) => seq), rows.map(({ line }) => line)],
  );
  return new Map(found.rows.map(({ key, ...origin }) => [key, origin]));
}
