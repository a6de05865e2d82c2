import type { Context, Principal } from '../platform/context.ts';
import { readSnapshotAs, writeAs } from '../platform/database.ts';
import { currencyDigits } from '../platform/money.ts';
import { notFound, Problem } from '../platform/problems.ts';
import { readBooks } from './books.ts';
import { findPeriod, type Period } from './calendar.ts';
import { readChecklist } from './checklist.queries.ts';
import type { ChecklistItem } from './checklist.ts';
import { listEntries } from './entries.read.ts';
import type { EntriesQuery, EntryAnswer } from './entries.schemas.ts';
import { type PeriodState, periodState } from './period-states.ts';
import { closePeriod, type PeriodChange, reopenPeriod } from './periods.commands.ts';
import { readHead } from './policy.queries.ts';
import { verifyBooks } from './verify/verify.ts';

/** What the command line does with the books, each in a transaction of its own. */

/** The period with a code. @throws Problem not-found. */
export function periodAt(code: string): Period {
  const period = findPeriod(code);
  if (!period) throw new Problem(notFound, `There is no period ${code}; give one as 2026-11.`);
  return period;
}

/** The checklist of a period as it stands; the books are verified for it. */
export async function checkPeriod(
  context: Context,
  code: string,
): Promise<{ period: string; state: PeriodState; items: ChecklistItem[] }> {
  const period = periodAt(code);
  const report = await verifyBooks(context);
  return readSnapshotAs(context.database, 'house', async (tx) => {
    const head = await readHead(tx);
    const items = await readChecklist(tx, head, period, { context, report });
    return { period: period.code, state: periodState(period.endsOn, head.closedThrough), items };
  });
}

/** Closes a period; see {@link closePeriod}. */
export async function closeBooks(
  context: Context,
  principal: Principal,
  code: string,
  request: { readonly acknowledged: readonly string[]; readonly note?: string | undefined },
): Promise<PeriodChange> {
  const period = periodAt(code);
  const tools = { context, report: await verifyBooks(context) };
  return writeAs(context.database, 'house', (tx) =>
    closePeriod(tx, principal, period, request, tools),
  );
}

/** Reopens the period that was closed last; see {@link reopenPeriod}. */
export function reopenBooks(
  context: Context,
  principal: Principal,
  code: string,
  reason: string,
): Promise<PeriodChange> {
  const period = periodAt(code);
  const request = { reason, at: context.clock() };
  return writeAs(context.database, 'house', (tx) => reopenPeriod(tx, principal, period, request));
}

/** A page of entries, newest first. */
export function readEntries(
  context: Context,
  query: EntriesQuery,
): Promise<{ items: EntryAnswer[]; nextCursor: string | null }> {
  const digits = currencyDigits(context.config.currency);
  return readBooks(context, (tx) => listEntries(tx, query, digits));
}
