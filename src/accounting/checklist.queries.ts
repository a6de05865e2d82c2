import type { Context } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { accountBalances } from './balances.queries.ts';
import { bookTo } from './books.ts';
import { localDay, type Period } from './calendar.ts';
import { type ChecklistItem, type CheckResult, toItem } from './checklist.ts';
import type { Head } from './policy.queries.ts';
import type { BooksReport } from './verify/verify.ts';

const EXAMPLES_MAX = 20;
/** What has waited for this long should have been taken in. */
const LATE_MS = 60_000;

/** Everything a checklist is made of. */
export interface ChecklistTools {
  readonly context: Context;
  readonly report: BooksReport;
}

/** The checklist of a period; `tx` is a transaction of the house. */
export async function readChecklist(
  tx: Tx,
  head: Head,
  period: Period,
  { context, report }: ChecklistTools,
): Promise<ChecklistItem[]> {
  const digits = currencyDigits(context.config.currency);
  const now = context.clock();
  const today = localDay(now, head.timeZone);
  return [
    toItem('ended', 'The period is over', 'blocking', {
      isClear: period.endsOn < today,
      detail: period.endsOn < today ? `It ended on ${period.endsOn}.` : `Today is ${today}.`,
    }),
    toItem('in_order', 'Every period before is closed', 'blocking', await checkOrder(tx, period)),
    toItem('taken_in', 'Everything is in the books', 'blocking', await checkTaken(tx, now)),
    toItem('verified', 'The books verify', 'blocking', checkVerified(report)),
    await checkAccounts(tx, period, digits, 'suspense', 'Suspense is empty', 'blocking'),
    await checkAccounts(tx, period, digits, 'grni', 'Goods not invoiced are reviewed', 'warning'),
    await checkAccounts(tx, period, digits, 'landed_cost', 'Landed cost is spread', 'warning'),
    toItem('oversold', 'Nothing is promised beyond stock', 'warning', await checkOversold(tx)),
    toItem('steps', 'Every step of a document is posted', 'warning', await checkSteps(tx, now)),
  ];
}

/** The first open period before this one in which something is booked. */
async function checkOrder(tx: Tx, period: Period): Promise<CheckResult> {
  const first = await firstOpenDay(tx);
  if (first === null || first >= period.startsOn) return { isClear: true, detail: 'It is next.' };
  const code = first.slice(0, 7);
  return { isClear: false, detail: `${code} is open.`, figures: { first: code } };
}

/** The first day that is open and has bookings; null when there is none. */
export async function firstOpenDay(tx: Tx): Promise<string | null> {
  const { rows } = await tx.query<{ day: string | null }>(
    `SELECT min(k.booked_on)::text AS day FROM (
       SELECT booked_on FROM accounting.stock_total UNION ALL
       SELECT booked_on FROM accounting.entry_total) k, accounting.head h
     JOIN accounting.policy p ON p.version = h.version
     WHERE k.booked_on > coalesce(p.closed_through, '-infinity')`,
  );
  return rows[0]?.day ?? null;
}

/** What was recorded a while ago and is not in the books: something keeps them from following. */
async function checkTaken(tx: Tx, now: Date): Promise<CheckResult> {
  const before = new Date(now.getTime() - LATE_MS);
  const { rows } = await tx.query<{ facts: bigint; bookings: bigint }>(
    `SELECT (SELECT count(*) FROM ledger.batch b
         WHERE b.recorded_at < $1 AND b.last_seq > (SELECT coalesce(max(t.last_seq), 0)
           FROM accounting.taken t WHERE t.journal = b.journal)) AS facts,
       (SELECT count(*) FROM platform.booking b, accounting.head h
         WHERE b.transaction_id >= h.booking_horizon::text::xid8 AND b.recorded_at < $1
           AND NOT EXISTS (SELECT FROM accounting.entry e WHERE e.entry_id = b.booking_id))
         AS bookings`,
    [before],
  );
  const [facts, bookings] = [Number(rows[0]?.facts ?? 0n), Number(rows[0]?.bookings ?? 0n)];
  return {
    isClear: bookings === 0 && facts === 0,
    detail: `${bookings} bookings and ${facts} batches of the ledger wait.`,
    figures: { bookings, batches: facts },
  };
}

function checkVerified({ total, findings, checked }: BooksReport): CheckResult {
  return {
    isClear: total === 0,
    detail: total === 0 ? 'Derived again without a difference.' : `${total} differences.`,
    figures: { differences: total, ...checked },
    examples: findings.slice(0, EXAMPLES_MAX).map(({ kind, id }) => `${kind}: ${id}`),
  };
}

/** Accounts of a purpose that are not zero at the end of the period. */
async function checkAccounts(
  tx: Tx,
  period: Period,
  digits: number,
  purpose: string,
  title: string,
  severity: 'warning' | 'blocking',
): Promise<ChecklistItem> {
  const { rows } = await tx.query<{ id: number; code: string }>(
    'SELECT account_id AS id, code FROM accounting.account WHERE purpose = $1 ORDER BY code',
    [purpose],
  );
  const days = { through: period.endsOn };
  const ids = rows.map(({ id }) => id);
  const balances = await accountBalances(tx, await bookTo(tx), days, ids);
  const figures: Record<string, string> = {};
  for (const { id, code } of rows) {
    const balance = balances
      .filter(({ accountId }) => accountId === id)
      .reduce((sum, { debit, credit }) => sum + debit - credit, 0n);
    if (balance !== 0n) figures[code] = formatMoney(balance, digits);
  }
  const isClear = Object.keys(figures).length === 0;
  const open = Object.entries(figures).map(([code, balance]) => `${code}: ${balance}`);
  const detail = isClear ? 'Zero.' : `Debits less credits: ${open.join(', ')}.`;
  return toItem(purpose, title, severity, { isClear, detail, figures });
}

async function checkOversold(tx: Tx): Promise<CheckResult> {
  const { rows } = await tx.query<{ sku: string; site: string; total: bigint }>(
    `SELECT i.sku, s.code AS site, count(*) OVER () AS total
     FROM ledger.availability a JOIN catalog.item i ON i.item_id = a.item_id
     JOIN network.site s ON s.site_id = a.site_id
     JOIN sellers.owner o ON o.owner_id = a.owner_id AND o.is_house
     WHERE a.reserved > a.on_hand ORDER BY i.sku, s.code LIMIT ${EXAMPLES_MAX}`,
  );
  const total = Number(rows[0]?.total ?? 0n);
  return {
    isClear: total === 0,
    detail: total === 0 ? 'None.' : `${total} items are short of what was promised.`,
    figures: { items: total },
    examples: rows.map(({ sku, site }) => `${sku} at ${site}`),
  };
}

/** Steps that documents wrote down and that nobody has finished, though they had the time. */
const OPEN_STEPS = `SELECT document_type || ' ' || document_number AS of, created_at
    FROM inbound.operation WHERE state = 'open'
  UNION ALL SELECT 'sales_order ' || document_number, created_at
    FROM outbound.ledger_step WHERE state = 'open'
  UNION ALL SELECT 'shipment ' || number, created_at
    FROM outbound.shipment WHERE state = 'posting'
  UNION ALL SELECT 'transfer_order ' || o.number, s.created_at
    FROM outbound.transfer_step s
    JOIN outbound.transfer_order o ON o.transfer_order_id = s.transfer_order_id
    WHERE s.state = 'posting'
  UNION ALL SELECT 'return ' || r.number, s.created_at
    FROM returns.step s JOIN returns.rma r ON r.rma_id = s.rma_id WHERE s.state = 'posting'`;

async function checkSteps(tx: Tx, now: Date): Promise<CheckResult> {
  const { rows } = await tx.query<{ of: string; total: bigint }>(
    `SELECT of, count(*) OVER () AS total FROM (${OPEN_STEPS}) s WHERE created_at < $1
     ORDER BY created_at, of LIMIT ${EXAMPLES_MAX}`,
    [new Date(now.getTime() - LATE_MS)],
  );
  const total = Number(rows[0]?.total ?? 0n);
  return {
    isClear: total === 0,
    detail: total === 0 ? 'None waits.' : `${total} steps wait to be posted or completed.`,
    figures: { steps: total },
    examples: rows.map(({ of }) => of),
  };
}
