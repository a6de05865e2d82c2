import { SYSTEM } from '../../platform/auth/index.ts';
import type { Principal } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { formatMoney } from '../../platform/money.ts';
import type { Transition } from '../orders/order.ts';
import type { OrderService } from '../orders/service.ts';
import type { BatchFilter } from './batch.queries.ts';
import { type BatchResult, sourceBatch } from './batch.ts';
import { POLICY_DEFAULT, selectPolicy } from './facts.queries.ts';
import type { SourcingFacts } from './facts.ts';
import {
  claimRun,
  finishRun,
  insertDueRun,
  insertRun,
  type RunRow,
  reportStep,
  selectRun,
} from './runs.queries.ts';

/** The life of a run. */
export const RUN_MACHINE: readonly Transition<RunRow['state']>[] = [
  { from: 'queued', event: 'claim', to: 'running' },
  { from: 'running', event: 'take over', to: 'running' },
  { from: 'running', event: 'finish', to: 'done' },
  { from: 'running', event: 'break off', to: 'failed' },
];

/** Sales orders of a run, unless it is told otherwise; and at most. */
export const RUN_ORDERS_DEFAULT = 1_000;
export const RUN_ORDERS_MAX = 5_000;

/** A run that nobody was heard of for this long is taken over. */
const SILENT_MS = 120_000;
const TRIES_MAX = 3;

/** What runs need. */
export interface Runner {
  readonly service: OrderService;
  readonly facts: SourcingFacts;
}

/**
 * Does the run that has waited longest, if any does. A run begins with what is true when it is
 * done, so one that is taken over after a crash simply starts again: what was moved stays moved.
 * @returns how many runs were done.
 */
export async function doNextRun(runner: Runner): Promise<number> {
  const { database, clock } = runner.service.context;
  const now = clock();
  const silentSince = new Date(now.getTime() - SILENT_MS);
  const run = await claimRun(database.poster, now, silentSince);
  if (!run) return 0;
  await doRun(runner, run);
  return 1;
}

async function doRun(runner: Runner, run: RunRow): Promise<void> {
  const { context } = runner.service;
  const { poster } = context.database;
  try {
    if (run.tries > TRIES_MAX) throw new Error(`given up after ${TRIES_MAX} tries`);
    const table = await runner.facts.table(run.policy);
    const principal: Principal = { ...SYSTEM, principalId: run.actorId };
    const result = await sourceBatch({
      ...runner,
      ...{ table, filter: run.request, principal, run },
      report: (step) => reportStep(poster, run, step, context.clock()),
    });
    const end = { state: 'done' as const, step: summaryOf(result), result: shown(runner, result) };
    await finishRun(poster, run, end, context.clock());
  } catch (error) {
    context.log.error({ err: error, run: run.number }, 'a sourcing run failed');
    const reason = (error as Error).message;
    const end = { state: 'failed' as const, step: 'failed', result: { reason } };
    await finishRun(poster, run, end, context.clock());
  }
}

function summaryOf({ moved, stayedCount, salesOrders }: BatchResult): string {
  if (salesOrders === 0) return 'there was nothing to source';
  const stayed = stayedCount === 0 ? '' : `, ${stayedCount} could not move`;
  return `looked at ${salesOrders} sales orders, moved ${moved}${stayed}`;
}

/** A result in JSON: money as decimals. */
function shown({ service }: Runner, result: BatchResult): Record<string, unknown> {
  const money = (minor: bigint) => formatMoney(minor, service.houseDigits);
  const { costBefore, costPlanned, costAfter, costGreedy, bound, ...rest } = result;
  const planned = Number(costPlanned);
  const open = planned - Number(bound);
  return {
    ...rest,
    costBefore: money(costBefore),
    costPlanned: money(costPlanned),
    costAfter: money(costAfter),
    costGreedy: money(costGreedy),
    bound: money(bound),
    // Pieces may make a plan cheaper than any of whole lines, which is what the bound is about.
    gap: planned <= 0 || result.fallback ? 0 : Math.max(0, open / planned),
  };
}

/** Queues runs of policies that ask for one every so often; only the default one may. */
export async function queueDueRun({ service }: Runner): Promise<number> {
  const { database, clock } = service.context;
  const policy = await selectPolicy(database.poster, POLICY_DEFAULT);
  if (!policy || policy.everyMinutes === 0) return 0;
  const now = clock();
  const since = new Date(now.getTime() - policy.everyMinutes * 60_000);
  const filter: BatchFilter = { channel: null, site: null, ordersMax: RUN_ORDERS_DEFAULT };
  const run = { runId: newId(), policy: policy.code, request: filter, actorId: 1 };
  const isQueued = await inTransaction(database.poster, (tx) => insertDueRun(tx, run, now, since));
  return isQueued ? 1 : 0;
}

/** Does a run at once, in this process, and answers it when it has ended. */
export async function runNow(
  runner: Runner,
  request: { readonly policy: string; readonly filter: BatchFilter },
): Promise<RunRow> {
  const { database, clock } = runner.service.context;
  await runner.facts.table(request.policy);
  const made = { runId: newId(), policy: request.policy, request: request.filter, actorId: 1 };
  const run = await inTransaction(database.poster, (tx) => insertRun(tx, made, clock()));
  // A server may be quicker to take it; either way it is done when its state says so.
  while ((await doNextRun(runner)) > 0) {
    const now = await selectRun(database.poster, run.number);
    if (now?.state !== 'queued') break;
  }
  return waitFor(runner, run.number);
}

const LOOK_EVERY_MS = 200;

async function waitFor({ service }: Runner, number: string): Promise<RunRow> {
  for (;;) {
    const run = await selectRun(service.context.database.poster, number);
    if (!run) throw new Error(`run ${number} is not there any more`);
    if (run.state === 'done' || run.state === 'failed') return run;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
