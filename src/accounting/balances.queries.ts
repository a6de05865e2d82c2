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
 * Whole buckets are added up, and facts only of the bucket that `to` cuts: O(buckets + 8192).
 * @param accountIds only these accounts.
 */
export async function accountBalances(
  tx: Tx,
  to: BookVector,
  days: DayRange = {},
  accountIds?: readonly number[],
): Promise<AccountBalance[]> {
  const journals = [...to.journals];
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
      to.entrySeq,
      to.recordedAt,
    ],
  );
  return rows;
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

/**
 * $6: the last entry, $7: recorded by then or null. A bucket counts as a whole when all of it is
 * below both; of the others each line is looked at.
 */
function entryTurnover(): string {
  const isWhole = `b.bucket < ($6::bigint + 1) >> ${BUCKET_SHIFT}
    AND ($7::timestamptz IS NULL OR b.last_recorded_at <= $7)`;
  return `SELECT t.account_id, t.site_id, t.debit, t.credit
    FROM accounting.entry_bucket b JOIN accounting.entry_total t ON t.bucket = b.bucket
    WHERE ${isWhole} AND ${daysOf('t')}
    UNION ALL
    SELECT l.account_id, l.site_id, greatest(l.amount, 0), greatest(-l.amount, 0)
    FROM accounting.entry_bucket b
    JOIN accounting.entry e ON e.entry_seq >= b.bucket << ${BUCKET_SHIFT}
      AND e.entry_seq < (b.bucket + 1) << ${BUCKET_SHIFT} AND e.entry_seq <= $6
    JOIN accounting.entry_line l ON l.entry_seq = e.entry_seq
    WHERE NOT (${isWhole}) AND ($7 IS NULL OR b.first_recorded_at <= $7)
      AND ($7 IS NULL OR e.recorded_at <= $7) AND ${daysOf('l')}`;
}
