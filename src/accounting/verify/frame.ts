import type { Tx } from '../../platform/database.ts';
import { accountBalances } from '../balances.queries.ts';
import { type BookVector, bookTo } from '../books.ts';
import { valuedFacts } from '../stock.sql.ts';
import type { BooksFindings } from './findings.ts';
import type { TakenJournal } from './stock.ts';

/** What spans journals and entries: ranges taken in, balance, inventory, closed periods. */

interface Range {
  readonly journal: number;
  readonly version: number;
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
}

/** Each journal up to where it is taken in; the ranges must follow one another from seq 1. */
export async function verifyTaken(tx: Tx, findings: BooksFindings): Promise<TakenJournal[]> {
  const { rows } = await tx.query<Range>(
    `SELECT journal, version, first_seq AS "firstSeq", last_seq AS "lastSeq"
     FROM accounting.taken ORDER BY journal, version`,
  );
  const heads = await tx.query<{ journal: number; seq: bigint }>(
    'SELECT journal, seq FROM ledger.journal_head ORDER BY journal',
  );
  return heads.rows.map(({ journal, seq }) => {
    let upTo = 0n;
    for (const range of rows.filter((row) => row.journal === journal)) {
      const id = `journal ${journal} version ${range.version}`;
      if (range.firstSeq !== upTo + 1n || range.lastSeq > seq) {
        findings.add({
          kind: 'taken',
          id,
          expected: `from ${upTo + 1n}, at most to ${seq}`,
          found: `${range.firstSeq} to ${range.lastSeq}`,
          message: 'the books were not taken in without a gap',
        });
      }
      upTo = range.lastSeq;
    }
    return { journal, upTo };
  });
}

/** Debits are credits, and accounts of stock are what the cost pools and ways hold. */
export async function verifyBalances(
  tx: Tx,
  taken: readonly TakenJournal[],
  inTransit: ReadonlyMap<number, bigint>,
  findings: BooksFindings,
): Promise<void> {
  const balances = await accountBalances(tx, await bookTo(tx));
  const total = balances.reduce((sum, { debit, credit }) => sum + debit - credit, 0n);
  if (total !== 0n) {
    const message = 'all debits are not all credits';
    findings.add({ kind: 'balance', id: 'books', expected: '0', found: `${total}`, message });
  }
  const stock = await tx.query<{ id: number }>(
    "SELECT account_id AS id FROM accounting.account WHERE purpose IN ('inventory', 'in_transit')",
  );
  const accounts = new Set(stock.rows.map(({ id }) => id));
  const booked = new Map<number, bigint>();
  for (const { accountId, siteId, debit, credit } of balances) {
    if (accounts.has(accountId)) add(booked, siteId, debit - credit);
  }
  const held = await poolsAt(tx, taken);
  for (const [siteId, value] of inTransit) add(held, siteId, value);
  for (const siteId of new Set([...booked.keys(), ...held.keys()])) {
    const [expected, found] = [held.get(siteId) ?? 0n, booked.get(siteId) ?? 0n];
    if (expected === found) continue;
    findings.add({
      kind: 'inventory',
      id: `accounts of stock at site ${siteId}`,
      expected: `${expected}`,
      found: `${found}`,
      message: 'the accounts of stock are not what the cost pools hold',
    });
  }
}

function add(sums: Map<number, bigint>, key: number, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

/** Value of the cost pools by site, less what the ledger posted after the books looked. */
async function poolsAt(tx: Tx, taken: readonly TakenJournal[]): Promise<Map<number, bigint>> {
  const pools = await tx.query<{ siteId: number; value: bigint }>(
    `SELECT cost_site_id AS "siteId", sum(value)::bigint AS value FROM ledger.cost_pool
     GROUP BY cost_site_id`,
  );
  const held = new Map(pools.rows.map(({ siteId, value }) => [siteId, value]));
  for (const { journal, upTo } of taken) {
    const later = await tx.query<{ siteId: number; value: bigint }>(
      `SELECT s.site_id AS "siteId", sum(s.value)::bigint AS value
       FROM (${valuedFacts('f.journal = $1 AND f.seq > $2')}) f
       CROSS JOIN LATERAL (VALUES (f.debit_side, f.debit_site_id, f.amount),
         (f.credit_side, f.credit_site_id, -f.amount)) s(side, site_id, value)
       WHERE s.side = 'pool' GROUP BY s.site_id`,
      [journal, upTo],
    );
    for (const { siteId, value } of later.rows) add(held, siteId, -value);
  }
  return held;
}

/** Debit and credit of each account up to a day, as a closing keeps them: text by account id. */
export type Totals = Readonly<Record<string, readonly [string, string]>>;

/** What every account has turned over up to the end of a day. */
export async function totalsThrough(tx: Tx, to: BookVector, day: string): Promise<Totals> {
  const sums = new Map<number, [bigint, bigint]>();
  for (const { accountId, debit, credit } of await accountBalances(tx, to, { through: day })) {
    const [debits, credits] = sums.get(accountId) ?? [0n, 0n];
    sums.set(accountId, [debits + debit, credits + credit]);
  }
  return Object.fromEntries(
    [...sums].map(([id, [debits, credits]]) => [`${id}`, [`${debits}`, `${credits}`] as const]),
  );
}

/** What was closed still says what it said when it was. */
export async function verifyClosed(tx: Tx, findings: BooksFindings): Promise<void> {
  const { rows } = await tx.query<{ period: string; endsOn: string; totals: Totals }>(
    `SELECT DISTINCT ON (c.period) c.period, c.ends_on::text AS "endsOn", c.totals
     FROM accounting.period_change c, accounting.head h
     JOIN accounting.policy p ON p.version = h.version
     WHERE c.ends_on <= p.closed_through ORDER BY c.period, c.version DESC`,
  );
  const to = await bookTo(tx);
  for (const { period, endsOn, totals } of rows) {
    const now = await totalsThrough(tx, to, endsOn);
    for (const id of new Set([...Object.keys(totals), ...Object.keys(now)])) {
      const [expected, found] = [totals[id] ?? ['0', '0'], now[id] ?? ['0', '0']];
      if (expected.join() === found.join()) continue;
      findings.add({
        kind: 'closed-period',
        id: `period ${period} account ${id}`,
        expected: expected.join(' less '),
        found: found.join(' less '),
        message: 'a closed period is not what it was when it was closed',
      });
    }
  }
}

const RULE_COLUMNS = `side, account_id, location_id, movement_kind, reason_id, owner_id, site_id,
  role, booking_kind, channel`;

/** The rules that people read are those that facts are booked by. */
export async function verifyRules(tx: Tx, findings: BooksFindings): Promise<void> {
  const { rows } = await tx.query<{ id: number; expected: string; found: string }>(
    `SELECT rule_id AS id, coalesce(r.said::text, 'none') AS expected,
       coalesce(v.said::text, 'none') AS found
     FROM (SELECT p.rule_id, (p.side, p.account_id, p.location_id, k.movement_kind_id,
         r.reason_id, p.owner_id, p.site_id, p.role, p.booking_kind, p.channel) AS said
       FROM accounting.posting_rule p
       LEFT JOIN ledger.movement_kind k ON k.code = p.movement_kind
       LEFT JOIN ledger.reason r ON r.code = p.reason WHERE p.active) r
     FULL JOIN (SELECT rule_id, (${RULE_COLUMNS}) AS said FROM accounting.posting_rule_version
       WHERE until_version IS NULL) v USING (rule_id)
     WHERE r.said::text IS DISTINCT FROM v.said::text ORDER BY rule_id`,
  );
  for (const { id, expected, found } of rows) {
    const message = 'a posting rule is not what facts are booked by';
    findings.add({ kind: 'rule', id: `posting rule ${id}`, expected, found, message });
  }
}
