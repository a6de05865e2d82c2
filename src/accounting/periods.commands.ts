import type { Principal } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import { Problem } from '../platform/problems.ts';
import { bookTo } from './books.ts';
import { type Period, periodBeside, periodOf } from './calendar.ts';
import { type ChecklistTools, readChecklist } from './checklist.queries.ts';
import { type ChecklistItem, openItems } from './checklist.ts';
import { lockBooks } from './intake.ts';
import { type PERIOD_TRANSITIONS, periodState } from './period-states.ts';
import { nextPolicy } from './policy.queries.ts';
import { closeRefused, periodClosed, periodOutOfOrder } from './problems.ts';
import { type Totals, totalsThrough } from './verify/frame.ts';

/** What a closing or reopening did. */
export interface PeriodChange {
  readonly period: string;
  readonly action: (typeof PERIOD_TRANSITIONS)[number]['recorded'];
  readonly checklist: readonly ChecklistItem[];
}

async function recordChange(
  tx: Tx,
  period: Period,
  change: PeriodChange & {
    readonly version: number;
    readonly totals: Totals;
    readonly reason?: string | undefined;
    readonly actorId: number;
    readonly at: Date;
  },
): Promise<void> {
  await tx.query(
    `INSERT INTO accounting.period_change (version, period, starts_on, ends_on, action, totals,
       checklist, reason, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      change.version,
      period.code,
      period.startsOn,
      period.endsOn,
      change.action,
      JSON.stringify(change.totals),
      JSON.stringify(change.checklist),
      change.reason ?? null,
      change.actorId,
      change.at,
    ],
  );
}

/**
 * Closes a period: everything is taken in under the head's lock, the checklist is gone through,
 * and from then on nothing is booked up to its last day. `tx` is a writer's of the house.
 * @param acknowledged codes of warnings that somebody has seen.
 * @throws Problem period-closed, period-out-of-order, close-refused with the checklist.
 */
export async function closePeriod(
  tx: Tx,
  principal: Principal,
  period: Period,
  request: { readonly acknowledged: readonly string[]; readonly note?: string | undefined },
  tools: ChecklistTools,
): Promise<PeriodChange> {
  const at = tools.context.clock();
  const head = await lockBooks(tx);
  if (periodState(period.endsOn, head.closedThrough) === 'closed') {
    throw new Problem(periodClosed, `The period ${period.code} is closed already.`, {
      period: period.code,
    });
  }
  const checklist = await readChecklist(tx, head, period, tools);
  const first = checklist.find(({ code }) => code === 'in_order');
  if (first?.status === 'blocking') {
    throw new Problem(periodOutOfOrder, `${first.detail} Close it before ${period.code}.`, {
      first: first.figures.first,
    });
  }
  const open = openItems(checklist, request.acknowledged);
  if (open.length > 0) {
    const detail = `The period ${period.code} is held open by ${open.join(', ')}.`;
    throw new Problem(closeRefused, detail, { open, checklist });
  }
  const actorId = principal.principalId;
  const version = await nextPolicy(tx, head, {
    closedThrough: period.endsOn,
    action: 'period_closed',
    note: period.code,
    actorId,
    at,
  });
  const totals = await totalsThrough(tx, await bookTo(tx), period.endsOn);
  const change: PeriodChange = { period: period.code, action: 'closed', checklist };
  const more = { version, totals, reason: request.note, actorId, at };
  await recordChange(tx, period, { ...change, ...more });
  return change;
}

/**
 * Opens the period that was closed last; earlier ones follow one by one. What was booked later
 * because it was closed stays where it is.
 * @throws Problem period-out-of-order.
 */
export async function reopenPeriod(
  tx: Tx,
  principal: Principal,
  period: Period,
  request: { readonly reason: string; readonly at: Date },
): Promise<PeriodChange> {
  const { reason, at } = request;
  const head = await lockBooks(tx);
  const last = head.closedThrough === null ? null : periodOf(head.closedThrough).code;
  if (last !== period.code) {
    const detail = last === null ? 'No period is closed.' : `The period closed last is ${last}.`;
    throw new Problem(periodOutOfOrder, detail, { first: last });
  }
  const actorId = principal.principalId;
  const version = await nextPolicy(tx, head, {
    closedThrough: await closedBefore(tx, period),
    action: 'period_reopened',
    note: `${period.code}: ${reason}`,
    actorId,
    at,
  });
  const totals = await totalsThrough(tx, await bookTo(tx), period.endsOn);
  const change: PeriodChange = { period: period.code, action: 'reopened', checklist: [] };
  await recordChange(tx, period, { ...change, version, totals, reason, actorId, at });
  return change;
}

/** The end of the period before, where that was ever closed; else nothing is closed any more. */
async function closedBefore(tx: Tx, period: Period): Promise<string | null> {
  const before = periodBeside(period, -1).endsOn;
  const { rows } = await tx.query<{ endsOn: string | null }>(
    `SELECT max(ends_on)::text AS "endsOn" FROM accounting.period_change
     WHERE action = 'closed' AND ends_on <= $1`,
    [before],
  );
  return rows[0]?.endsOn === undefined || rows[0].endsOn === null ? null : before;
}
