/**
 * The ledger's value movements as the books see them: where value goes is the debit, where it
 * comes from the credit, and the amount is the fact's own.
 */

/**
 * Facts that carry value, with the two sides as posting rules match them. A reversal is matched
 * as what it reverses, so that it takes out of an account what that brought in. A side without a
 * pool belongs to the cost site of the other side, or of the movement whose cost it corrects.
 * Columns: journal, seq, amount, item_id, occurred_at, owner_id, kind, reason_id (0: none),
 * and side, location_id (0: a pool), pool_id, site_id (0: none) of debit and credit.
 * @param range SQL over the alias `f` of the fact: `f.journal = $1 AND f.seq > $2`.
 */
export function valuedFacts(range: string): string {
  return `SELECT f.journal, f.seq, f.amount, f.item_id, f.occurred_at, f.owner_id, f.kind,
      f.reason_id,
      CASE WHEN f.to_pool IS NULL THEN coalesce(dl.type, '') ELSE 'pool' END AS debit_side,
      CASE WHEN f.to_pool IS NULL THEN coalesce(f.to_location, 0) ELSE 0 END AS debit_location_id,
      f.to_pool AS debit_pool_id,
      coalesce(dp.cost_site_id, cp.cost_site_id, f.cause_site, 0) AS debit_site_id,
      CASE WHEN f.from_pool IS NULL THEN coalesce(cl.type, '') ELSE 'pool' END AS credit_side,
      CASE WHEN f.from_pool IS NULL THEN coalesce(f.from_location, 0) ELSE 0 END
        AS credit_location_id,
      f.from_pool AS credit_pool_id,
      coalesce(cp.cost_site_id, dp.cost_site_id, f.cause_site, 0) AS credit_site_id
    FROM (${movementFacts(range)} UNION ALL ${valueFacts(range)}) f
    LEFT JOIN ledger.cost_pool dp ON dp.journal = f.journal AND dp.cost_pool_id = f.to_pool
    LEFT JOIN ledger.cost_pool cp ON cp.journal = f.journal AND cp.cost_pool_id = f.from_pool
    LEFT JOIN network.location dl ON dl.location_id = f.to_location
    LEFT JOIN network.location cl ON cl.location_id = f.from_location`;
}

function movementFacts(range: string): string {
  return `SELECT f.journal, f.seq, f.value AS amount, f.item_id, f.occurred_at, f.owner_id,
      coalesce(o.kind, f.kind)::integer AS kind,
      CASE WHEN o.seq IS NULL THEN coalesce(f.reason_id, 0) ELSE coalesce(o.reason_id, 0)
        END::integer AS reason_id,
      pt.cost_pool_id AS to_pool, pt.location_id AS to_location,
      pf.cost_pool_id AS from_pool, pf.location_id AS from_location, NULL::integer AS cause_site
    FROM ledger.movement f
    JOIN ledger.position pf ON pf.journal = f.journal AND pf.position_id = f.from_position
    JOIN ledger.position pt ON pt.journal = f.journal AND pt.position_id = f.to_position
    LEFT JOIN ledger.movement o ON o.journal = f.journal AND o.seq = f.reverses_seq
    WHERE f.value > 0 AND ${range}`;
}

function valueFacts(range: string): string {
  return `SELECT f.journal, f.seq, f.amount, f.item_id, f.occurred_at, f.owner_id, 0 AS kind,
      coalesce(f.reason_id, 0)::integer AS reason_id,
      f.to_pool_id, f.to_location_id, f.from_pool_id, f.from_location_id,
      (SELECT coalesce(ct.cost_site_id, cf.cost_site_id) FROM ledger.movement c
        JOIN ledger.position t ON t.journal = c.journal AND t.position_id = c.to_position
        JOIN ledger.position s ON s.journal = c.journal AND s.position_id = c.from_position
        LEFT JOIN ledger.cost_pool ct
          ON ct.journal = c.journal AND ct.cost_pool_id = t.cost_pool_id
        LEFT JOIN ledger.cost_pool cf
          ON cf.journal = c.journal AND cf.cost_pool_id = s.cost_pool_id
        WHERE c.journal = f.journal AND c.seq = f.cause_seq
          AND f.from_pool_id IS NULL AND f.to_pool_id IS NULL) AS cause_site
    FROM ledger.value_entry f
    WHERE ${range}`;
}

/** Seqs in a bucket of the totals, as a shift: 2^11 = 2048. Migration 0050 says so too. */
export const BUCKET_SHIFT = 11;

const KEY = ['side', 'location_id', 'kind', 'reason_id', 'owner_id', 'site_id'] as const;

/** The columns that posting rules match, as they are named of one side of a fact. */
function sideColumns(side: 'debit' | 'credit'): string[] {
  const own = new Set<string>(['side', 'location_id', 'site_id']);
  return KEY.map((name) => (own.has(name) ? `${side}_${name}` : name));
}

function keyOf(side: 'debit' | 'credit'): string {
  return `concat_ws('|', ${sideColumns(side).join(', ')})`;
}

function sidesOf(side: 'debit' | 'credit'): string {
  const columns = sideColumns(side).map((column, i) => `${column} AS ${KEY[i]}`);
  return `SELECT ${side}_key AS key, ${columns.join(', ')} FROM fact`;
}

/**
 * Books the facts of a journal in a range of seqs: one statement, whatever the number of facts.
 * Accounts are looked up once for each kind of side that occurs, not for each fact; they are kept
 * in one object by key, because a join would be planned by statistics that a young ledger lacks.
 * $1 journal, $2 after, $3 up to, $4 version of the policy, $5 time zone, $6 closed through or
 * null, $7 suspense account.
 */
export const BOOK_RANGE = `
  WITH fact AS MATERIALIZED (
    SELECT v.*, ${keyOf('debit')} AS debit_key, ${keyOf('credit')} AS credit_key
    FROM (${valuedFacts('f.journal = $1 AND f.seq > $2 AND f.seq <= $3')}) v
  ), side AS (
    ${sidesOf('debit')} UNION ${sidesOf('credit')}
  ), chosen AS MATERIALIZED (
    SELECT jsonb_object_agg(s.key, coalesce((SELECT r.account_id
      FROM accounting.posting_rule_version r
      WHERE r.since_version <= $4 AND (r.until_version IS NULL OR r.until_version > $4)
        AND r.side = s.side
        AND (r.location_id IS NULL OR r.location_id = s.location_id)
        AND (r.movement_kind IS NULL OR r.movement_kind = s.kind)
        AND (r.reason_id IS NULL OR r.reason_id = s.reason_id)
        AND (r.owner_id IS NULL OR r.owner_id = s.owner_id)
        AND (r.site_id IS NULL OR r.site_id = s.site_id)
      ORDER BY num_nonnulls(r.location_id, r.movement_kind, r.reason_id, r.owner_id, r.site_id)
        DESC, r.rule_id LIMIT 1), $7::integer)) AS accounts
    FROM side s
  ), booked AS MATERIALIZED (
    SELECT f.journal, f.seq, f.amount,
      (c.accounts ->> f.debit_key)::integer AS debit_account_id,
      (c.accounts ->> f.credit_key)::integer AS credit_account_id, f.debit_site_id,
      f.credit_site_id,
      greatest((f.occurred_at AT TIME ZONE $5)::date, $6::date + 1) AS booked_on
    FROM fact f CROSS JOIN chosen c
  ), entered AS (
    INSERT INTO accounting.stock_entry (journal, seq, debit_account_id, credit_account_id,
      debit_site_id, credit_site_id, booked_on)
    SELECT journal, seq, debit_account_id, credit_account_id, debit_site_id, credit_site_id,
      booked_on FROM booked
  )
  INSERT INTO accounting.stock_total AS t
    (journal, bucket, booked_on, account_id, site_id, debit, credit)
  SELECT b.journal, b.seq >> ${BUCKET_SHIFT}, b.booked_on, s.account_id, s.site_id, sum(s.debit),
    sum(s.credit)
  FROM booked b
  CROSS JOIN LATERAL (VALUES (b.debit_account_id, b.debit_site_id, b.amount, 0),
    (b.credit_account_id, b.credit_site_id, 0, b.amount)) s(account_id, site_id, debit, credit)
  GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (journal, bucket, booked_on, account_id, site_id)
    DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit`;
