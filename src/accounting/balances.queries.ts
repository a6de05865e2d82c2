import type { Tx } from '../platform/database.ts';
import type { BookVector } from './books.ts';
import { BUCKET_SHIFT } from './stock.sql.ts';

/** Turnover of one account at one site (0: none), in house minor units. */
export interface AccountBalance {
  readonly accountId: number;
  readonly siteId: number;
  readonly debit: bigint;
  readonly credit: bigint;
}

/** Days that count, by when they are booked, both inclusive; what is left out does not bound. */
export interface DayRange {
  readonly from?: string | undefined;
  readonly through?: string | undefined;
}

function daysOf(alias: string): string {
  return `${alias}.booked_on >= coalesce($1::date, '-infinity')
    AND ${alias}.booked_on <= coalesce($2::date, 'infinity')`;
}

/**
 * Debits and credits of every account and site in a range of days, as the books stood at `to`.
 * Whole buckets are added up, and facts only of the bucket that `to` cuts: O(buckets + 2048).
 * @param accountIds only these accounts.
 */
export async function accountBalances(
  tx: Tx,
  to: BookVector,
  days: DayRange = {},
  accountIds?: readonly number[],
): Promise<AccountBalance[]> {
  const journals = [...to.journals];
  const { whole, parts } = await readBuckets(tx, to);
  const { rows } = await tx.query<AccountBalance>(
    `SELECT account_id AS "accountId", site_id AS "siteId", sum(debit)::bigint AS debit,
       sum(credit)::bigint AS credit
     FROM (${stockTurnover()} UNION ALL ${entryTurnover()}) k
     WHERE $5::integer[] IS NULL OR account_id = ANY($5)
     GROUP BY account_id, site_id ORDER BY account_id, site_id`,
    [
      days.from ?? null,
      days.through ?? null,
      journals.map(([journal]) => journal),
      journals.map(([, seq]) => seq),
      accountIds ?? null,
      whole,
      parts,
      to.entrySeq,
      to.recordedAt,
    ],
  );
  return rows;
}

/**
 * Buckets of entries: those that count as a whole because all of them is below `to`, and those of
 * which each line must be looked at. The latter are few: order by seq is nearly that of time.
 */
async function readBuckets(tx: Tx, to: BookVector): Promise<{ whole: bigint[]; parts: bigint[] }> {
  const { rows } = await tx.query<{ bucket: bigint; isWhole: boolean }>(
    `SELECT bucket, bucket < ($1::bigint + 1) >> ${BUCKET_SHIFT}
       AND ($2::timestamptz IS NULL OR last_recorded_at <= $2) AS "isWhole"
     FROM accounting.entry_bucket
     WHERE bucket <= $1::bigint >> ${BUCKET_SHIFT}
       AND ($2::timestamptz IS NULL OR first_recorded_at <= $2) ORDER BY bucket`,
    [to.entrySeq, to.recordedAt],
  );
  const of = (isWhole: boolean) =>
    rows.filter((row) => row.isWhole === isWhole).map(({ bucket }) => bucket);
  return { whole: of(true), parts: of(false) };
}

const WHOLE = `(u.seq + 1) >> ${BUCKET_SHIFT}`;
/** A fence: the planner, which cannot know how short the range is, would read the whole table. */
const AS_WRITTEN = 'OFFSET 0';

/** $3 and $4: journals and their seqs. */
function stockTurnover(): string {
  const upTo = 'unnest($3::integer[], $4::bigint[]) AS u(journal, seq)';
  return `SELECT t.account_id, t.site_id, t.debit, t.credit
    FROM ${upTo} JOIN accounting.stock_total t ON t.journal = u.journal AND t.bucket < ${WHOLE}
    WHERE ${daysOf('t')}
    UNION ALL
    SELECT s.account_id, s.site_id, s.debit, s.credit
    FROM ${upTo}
    CROSS JOIN LATERAL (SELECT e.* FROM accounting.stock_entry e WHERE e.journal = u.journal
      AND e.seq <= u.seq AND e.seq >= (${WHOLE}) << ${BUCKET_SHIFT} ${AS_WRITTEN}) e
    LEFT JOIN ledger.movement m ON m.journal = e.journal AND m.seq = e.seq
    LEFT JOIN ledger.value_entry v ON v.journal = e.journal AND v.seq = e.seq
    CROSS JOIN LATERAL (VALUES
      (e.debit_account_id, e.debit_site_id, coalesce(m.value, v.amount), 0),
      (e.credit_account_id, e.credit_site_id, 0, coalesce(m.value, v.amount)))
      s(account_id, site_id, debit, credit)
    WHERE ${daysOf('e')}`;
}

/** $6: whole buckets, $7: others, of which lines count up to $8 and recorded by $9 or null. */
function entryTurnover(): string {
  return `SELECT t.account_id, t.site_id, t.debit, t.credit
    FROM unnest($6::bigint[]) AS b(bucket)
    JOIN accounting.entry_total t ON t.bucket = b.bucket
    WHERE ${daysOf('t')}
    UNION ALL
    SELECT l.account_id, l.site_id, greatest(l.amount, 0), greatest(-l.amount, 0)
    FROM unnest($7::bigint[]) AS b(bucket)
    CROSS JOIN LATERAL (SELECT t.* FROM accounting.entry_line t
      WHERE t.entry_seq >= b.bucket << ${BUCKET_SHIFT}
        AND t.entry_seq < (b.bucket + 1) << ${BUCKET_SHIFT} AND t.entry_seq <= $8 ${AS_WRITTEN}) l
    WHERE ${daysOf('l')} AND ($9::timestamptz IS NULL OR (SELECT e.recorded_at
      FROM accounting.entry e WHERE e.entry_seq = l.entry_seq) <= $9)`;
}
