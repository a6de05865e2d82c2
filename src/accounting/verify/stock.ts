import type { Tx } from '../../platform/database.ts';
import { readRules } from '../policy.queries.ts';
import { chooseRule, type Rule, type SideKey } from '../rules.ts';
import { BUCKET_SHIFT, valuedFacts } from '../stock.sql.ts';
import type { BooksFindings } from './findings.ts';

/** One journal up to the seq that the books have taken in. */
export interface TakenJournal {
  readonly journal: number;
  readonly upTo: bigint;
}

/** What the verification of stock entries learned besides. */
export interface StockChecked {
  readonly entries: number;
  /** Value that lies in transit outside every pool, by site. */
  readonly inTransit: Map<number, bigint>;
}

interface Difference {
  readonly id: string;
  readonly expected: string;
  readonly found: string;
}

const DIFFERENCES_MAX = 1_000;
const RANGE = 'f.journal = $1 AND f.seq <= $2';

/** Facts and entries side by side, with the day that follows from the policy of their time. */
const PAIRS = `(SELECT k.*, t.version, greatest(
      (k.occurred_at AT TIME ZONE p.time_zone)::date, p.closed_through + 1) AS booked_on
    FROM (${valuedFacts(RANGE)}) k
    LEFT JOIN accounting.taken t
      ON t.journal = $1 AND k.seq BETWEEN t.first_seq AND t.last_seq
    LEFT JOIN accounting.policy p ON p.version = t.version) f
  FULL JOIN (SELECT * FROM accounting.stock_entry WHERE journal = $1) e ON e.seq = f.seq`;
const FITS = `(f.debit_site_id, f.credit_site_id, f.booked_on)
  IS NOT DISTINCT FROM (e.debit_site_id, e.credit_site_id, e.booked_on)`;

/** Each valued fact has one entry, on the day and at the sites that follow from it. */
const MISFITS = `SELECT 'stock entry ' || $1 || '-' || coalesce(f.seq, e.seq) AS id,
    CASE WHEN f.seq IS NULL THEN 'none' ELSE concat_ws(' ', 'sites', f.debit_site_id,
      f.credit_site_id, 'on', f.booked_on) END AS expected,
    CASE WHEN e.seq IS NULL THEN 'none' ELSE concat_ws(' ', 'sites', e.debit_site_id,
      e.credit_site_id, 'on', e.booked_on) END AS found
  FROM ${PAIRS} WHERE NOT (${FITS})
  ORDER BY coalesce(f.seq, e.seq) LIMIT ${DIFFERENCES_MAX}`;

const TOTALS = `SELECT 'total of journal ' || $1 || ' bucket ' || bucket || ' on ' || booked_on
      || ' account ' || account_id || ' site ' || site_id AS id,
    coalesce(e.debit, 0) || ' less ' || coalesce(e.credit, 0) AS expected,
    coalesce(t.debit, 0) || ' less ' || coalesce(t.credit, 0) AS found
  FROM (SELECT e.seq >> ${BUCKET_SHIFT} AS bucket, e.booked_on, s.account_id, s.site_id,
      sum(s.debit)::bigint AS debit, sum(s.credit)::bigint AS credit
    FROM accounting.stock_entry e
    LEFT JOIN ledger.movement m ON m.journal = e.journal AND m.seq = e.seq
    LEFT JOIN ledger.value_entry v ON v.journal = e.journal AND v.seq = e.seq
    CROSS JOIN LATERAL (VALUES
      (e.debit_account_id, e.debit_site_id, coalesce(m.value, v.amount), 0),
      (e.credit_account_id, e.credit_site_id, 0, coalesce(m.value, v.amount)))
      s(account_id, site_id, debit, credit)
    WHERE e.journal = $1 GROUP BY 1, 2, 3, 4) e
  FULL JOIN (SELECT bucket, booked_on, account_id, site_id, debit, credit
    FROM accounting.stock_total WHERE journal = $1) t
    USING (bucket, booked_on, account_id, site_id)
  WHERE (e.debit, e.credit) IS DISTINCT FROM (t.debit, t.credit)
  ORDER BY 1 LIMIT ${DIFFERENCES_MAX}`;

/** A row for each side of each fact, as rules match it. */
const SIDES = `SELECT e.seq, f.version, s.side, s.location_id, f.kind, f.reason_id, f.owner_id,
    s.site_id, s.account_id, s.amount, ${FITS} AS fits
  FROM ${PAIRS}
  CROSS JOIN LATERAL (VALUES
    (f.debit_side, f.debit_location_id, f.debit_site_id, e.debit_account_id, f.amount),
    (f.credit_side, f.credit_location_id, f.credit_site_id, e.credit_account_id, -f.amount))
    s(side, location_id, site_id, account_id, amount)`;

interface SideRow {
  /** False where the fact or the entry is missing, or they do not say the same. */
  readonly fits: boolean;
  readonly version: number;
  readonly side: string | null;
  readonly locationId: number;
  readonly movementKind: number;
  readonly reasonId: number;
  readonly ownerId: number;
  readonly siteId: number;
  readonly accountId: number | null;
  readonly amount: bigint;
  readonly facts: bigint;
}

const COMBINATIONS = `SELECT version, side, location_id AS "locationId", kind AS "movementKind",
    reason_id AS "reasonId", owner_id AS "ownerId", site_id AS "siteId",
    account_id AS "accountId", fits, sum(amount)::bigint AS amount, count(*) AS facts
  FROM (${SIDES}) s GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9`;

const WHERE_IT_IS = `SELECT seq FROM (${SIDES}) s
  WHERE version = $3 AND side = $4 AND location_id = $5 AND kind = $6 AND reason_id = $7
    AND owner_id = $8 AND site_id = $9 AND account_id = $10
  ORDER BY seq LIMIT ${DIFFERENCES_MAX}`;

/** Re-derives the stock entries of a journal and their sums from the ledger's facts. */
export async function verifyStock(
  tx: Tx,
  { journal, upTo }: TakenJournal,
  suspense: number,
  findings: BooksFindings,
): Promise<StockChecked> {
  for (const difference of await differences(tx, TOTALS, [journal])) {
    const message = 'a sum is not that of its stock entries';
    findings.add({ kind: 'stock-total', message, ...difference });
  }
  const { rows } = await tx.query<SideRow>(COMBINATIONS, [journal, upTo]);
  const rules = new Map<number, readonly Rule[]>();
  const inTransit = new Map<number, bigint>();
  let sides = 0n;
  if (rows.some(({ fits }) => !fits)) {
    for (const difference of await differences(tx, MISFITS, [journal, upTo])) {
      const message = 'a value movement of the ledger and its entry do not agree';
      findings.add({ kind: 'stock-entry', message, ...difference });
    }
  }
  for (const row of rows) {
    // One that is missing has been named; what is left of it has no account to judge.
    if (row.side === null || row.accountId === null) continue;
    sides += row.facts;
    if (row.side === 'in_transit') {
      inTransit.set(row.siteId, (inTransit.get(row.siteId) ?? 0n) + row.amount);
    }
    if (!rules.has(row.version)) rules.set(row.version, await readRules(tx, row.version));
    const expected = chooseRule(rules.get(row.version)!, keyOf(row))?.accountId ?? suspense;
    if (expected !== row.accountId) await name(tx, { journal, upTo }, row, expected, findings);
  }
  return { entries: Number(sides / 2n), inTransit };
}

async function differences(tx: Tx, sql: string, values: unknown[]): Promise<Difference[]> {
  return (await tx.query<Difference>(sql, values)).rows;
}

function keyOf(row: SideRow): SideKey {
  const { side, locationId, movementKind, reasonId, ownerId, siteId } = row;
  const booking = { role: null, bookingKind: null, channel: null };
  return { side: side ?? '', locationId, movementKind, reasonId, ownerId, siteId, ...booking };
}

/** Names every entry whose side is on another account than the rules of its time say. */
async function name(
  tx: Tx,
  { journal, upTo }: TakenJournal,
  row: SideRow,
  expected: number,
  findings: BooksFindings,
): Promise<void> {
  const { version, side, locationId, movementKind, reasonId, ownerId, siteId, accountId } = row;
  const { rows } = await tx.query<{ seq: bigint }>(WHERE_IT_IS, [
    ...[journal, upTo, version, side, locationId, movementKind, reasonId, ownerId, siteId],
    accountId,
  ]);
  for (const { seq } of rows) {
    findings.add({
      kind: 'stock-account',
      id: `stock entry ${journal}-${seq}`,
      expected: `account ${expected}`,
      found: `account ${accountId}`,
      message: `the ${side} side is not where the posting rules of its time send it`,
    });
  }
}
