import { setImmediate } from 'node:timers/promises';
import { formatDay, localClock, parseDay } from '../../network/index.ts';
import type { Context } from '../../platform/context.ts';
import { readSnapshotAs, type Tx, writeAs } from '../../platform/database.ts';
import { inChunks } from '../../platform/documents/index.ts';
import { type HistoryEntry, recordHistory } from '../../platform/history.ts';
import { declareProblem, Problem } from '../../platform/problems.ts';
import { readForecasts } from '../nightly/index.ts';
import { type Draft, fingerprintOf } from './draft.ts';
import { settleExceptions } from './exception.commands.ts';
import * as queries from './facts.queries.ts';
import { newestOf, staleWarning } from './freshness.ts';
import { readPast } from './past.ts';
import type { Facts } from './place.ts';
import { makePlan, type Plan } from './plan.ts';
import * as runs from './run.queries.ts';

/** What a run is asked for. */
export interface RunRequest {
  /** The day that is planned from, YYYY-MM-DD; by default today where planning lives. */
  readonly day?: string | undefined;
  /** platform.principal.principal_id of who asked. */
  readonly actorId: number;
  /** Told now and then how far it is. */
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** How far a run is. */
export interface RunProgress {
  readonly phase: 'reading' | 'targets' | 'proposals' | 'writing';
  readonly done: number;
  readonly total: number;
}

/** What a run made of what it found. */
export interface RunFigures {
  readonly runId: number;
  readonly day: string;
  readonly targets: number;
  readonly purchaseProposals: number;
  readonly transferProposals: number;
  /** Drafts of former runs that still say what this one says. */
  readonly kept: number;
  readonly superseded: number;
  readonly expired: number;
  readonly exceptionsOpen: number;
  readonly exceptionsResolved: number;
  /** Places of the house that need goods and have nowhere to get them from. */
  readonly withoutSupplier: number;
  /** Places that are short of what can only be bought in lots that do not pay. */
  readonly lotsTooLarge: number;
  /** Places that have no forecast, so that nothing is known of what they should hold. */
  readonly withoutForecast: number;
  /** Up to when the newest forecasts know demand, and how many days before `day` that is. */
  readonly forecastOrigin: string | null;
  readonly forecastAgeDays: number | null;
  /** What to do where the forecasts are too old to plan from without a word; also the message. */
  readonly warning: string | null;
}

export const PROPOSAL = 'planning_proposal';

export const runUnderWay = declareProblem({
  name: 'planning-run-under-way',
  status: 409,
  title: 'Another planning run is under way',
  remedy: 'Wait until `GET /v1/planning/proposal-runs` shows it as finished.',
});

/** A run that has not said for so long that it lives is taken for dead. */
const DEAD_AFTER_MS = 120_000;
const PROGRESS_EVERY_MS = 1_000;
/** How often a run begins anew because somebody decided a proposal meanwhile. */
const ATTEMPTS_MAX = 3;

/** A run that has been written down and is to be carried out. */
export interface OpenedRun {
  readonly runId: number;
  readonly day: string;
}

/**
 * Makes targets, proposals and exceptions from the current forecasts: after the nightly run, or
 * when somebody asks. The same state of the database and the same day give the same result.
 * @throws Problem planning-run-under-way.
 */
export async function planProposals(context: Context, request: RunRequest): Promise<RunFigures> {
  const at = context.clock();
  const opened = await writeAs(context.database, 'house', (tx) =>
    openRun(tx, context, request, at),
  );
  return carryOut(context, request, opened);
}

/** The day on the calendar that planning goes by. */
export function dayAt(timeZone: string, at: Date): string {
  return formatDay(localClock(timeZone).dayOf(at.getTime()));
}

/** Writes a run down, so that it can be followed. @throws Problem planning-run-under-way. */
export async function openRun(
  tx: Tx,
  { config }: Pick<Context, 'config'>,
  request: RunRequest,
  at: Date,
): Promise<OpenedRun> {
  const day = request.day ?? dayAt(config.planningTimeZone, at);
  await runs.failDeadRuns(tx, new Date(at.getTime() - DEAD_AFTER_MS), at);
  const run = { day, actorId: request.actorId, at };
  const runId = await runs.insertRun(tx, run).catch((error: { code?: string }) => {
    if (error.code !== '23505') throw error;
    throw new Problem(runUnderWay, 'A planning run is under way; it has to end first.');
  });
  return { runId, day };
}

/** Carries out a run; what goes wrong is told to the caller and written down with the run. */
export async function carryOut(
  context: Context,
  request: RunRequest,
  { runId, day }: OpenedRun,
): Promise<RunFigures> {
  try {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const figures = await attemptRun(context, request, runId, day);
      if (figures) return figures;
    }
    throw new Error('proposals were decided again and again while it ran');
  } catch (error) {
    const { message } = error as Error;
    await writeAs(context.database, 'house', (tx) =>
      runs.endRun(tx, runId, { state: 'failed', message, at: context.clock() }),
    ).catch(() => undefined);
    throw error;
  }
}

/** One attempt; undefined where people decided meanwhile what the plan took for open. */
async function attemptRun(
  context: Context,
  request: RunRequest,
  runId: number,
  day: string,
): Promise<RunFigures | undefined> {
  const tell = progressTeller(context, request, runId);
  await tell({ phase: 'reading', done: 0, total: 1 });
  const { mark, known } = await readSnapshotAs(context.database, 'house', async (tx) => ({
    mark: await runs.readDecisionMark(tx),
    known: await readFacts(tx, context, day),
  }));
  const plan = await makePlan(known, async (phase, done, total) => {
    await tell({ phase, done, total });
    await setImmediate();
  });
  await tell({ phase: 'writing', done: 0, total: plan.targeted.length });
  const by = { actorId: request.actorId, at: context.clock() };
  return writeAs(context.database, 'house', async (tx) => {
    const open = await runs.lockOpen(tx, day);
    if ((await runs.readDecisionMark(tx)) !== mark) return undefined;
    const figures = await writePlan(tx, { runId, day, known, plan, open }, by);
    const message = figures.warning ?? undefined;
    const end = { state: 'finished', figures, message, at: by.at } as const;
    if (await runs.endRun(tx, runId, end)) return figures;
    throw new Error('it was taken for dead, and another run took its place');
  });
}

/** Tells the caller at once, and the table once a second. */
function progressTeller(context: Context, request: RunRequest, runId: number) {
  let toldAt = 0;
  return async (progress: RunProgress): Promise<void> => {
    request.onProgress?.(progress);
    const at = context.clock();
    if (at.getTime() - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = at.getTime();
    await writeAs(context.database, 'house', (tx) => runs.noteProgress(tx, runId, progress, at));
  };
}

async function readFacts(tx: Tx, context: Context, day: string): Promise<Facts> {
  const { ownerId: houseId } = await queries.readHouse(tx);
  const { currency } = context.config;
  const today = parseDay(day);
  return {
    ...{ houseId, today, currency },
    items: await queries.readItems(tx),
    sites: await queries.readSites(tx),
    stock: await queries.readStock(tx),
    incoming: await queries.readIncoming(tx),
    outgoing: await queries.readOutgoing(tx),
    backorders: await queries.readBackorders(tx),
    suppliers: await queries.readSuppliers(tx, day),
    supply: await queries.readSupply(tx),
    prices: await queries.readPrices(tx, day),
    leadTimes: await queries.readLeadTimes(tx, day),
    costs: await queries.readCosts(tx, houseId),
    lots: await queries.readLots(tx, houseId),
    received: await queries.readReceived(tx, houseId, day),
    lanes: await queries.readLanes(tx),
    standing: await queries.readStanding(tx, day),
    settings: await queries.readSettings(tx),
    forecasts: await readForecasts(tx, {}),
    past: await readPast(tx, today, currency),
  };
}

interface Writing {
  readonly runId: number;
  readonly day: string;
  readonly known: Facts;
  readonly plan: Plan;
  readonly open: readonly runs.OpenProposal[];
}

/** Replaces drafts, targets and exceptions by those of the plan. */
async function writePlan(
  tx: Tx,
  { runId, day, known, plan, open }: Writing,
  by: { readonly actorId: number; readonly at: Date },
): Promise<RunFigures> {
  const expired = open.filter(({ isOld }) => isOld);
  const prints = new Map(plan.drafts.map((draft) => [fingerprintOf(draft).toString('hex'), draft]));
  const drafts = open.filter(({ state, isOld }) => state === 'draft' && !isOld);
  const kept = drafts.filter(({ fingerprint }) => prints.has(fingerprint));
  const superseded = drafts.filter(({ fingerprint }) => !prints.has(fingerprint));
  const standing = new Set(kept.map(({ fingerprint }) => fingerprint));
  const fresh = [...prints].flatMap(([print, draft]) => (standing.has(print) ? [] : [draft]));
  const idsOf = (some: readonly runs.OpenProposal[]) => some.map(({ id }) => id);
  await runs.closeProposals(tx, idsOf(expired), 'expired', runId, by.at);
  await runs.closeProposals(tx, idsOf(superseded), 'superseded', runId, by.at);
  const numbers = await runs.insertDrafts(tx, runId, fresh, by.at);
  const entry = (number: string, action: string, fromState?: string, toState?: string) => ({
    ...{ ownerId: known.houseId, document: { type: PROPOSAL, number } },
    ...{ action, fromState, toState, details: { run: runId } },
  });
  const entries: HistoryEntry[] = [
    ...expired.map(({ number, state }) => entry(number, 'expired', state, 'expired')),
    ...superseded.map(({ number, state }) => entry(number, 'superseded', state, 'superseded')),
    ...numbers.map((number) => entry(number, 'proposed', undefined, 'draft')),
  ];
  for (const chunk of inChunks(entries)) await recordHistory(tx, chunk, by);
  await runs.replaceTargets(tx, runId, plan.targeted, known.currency, by.at);
  const settled = await settleExceptions(tx, known.houseId, day, plan.found, by);
  const newest = newestOf(known.forecasts, known.today);
  const count = (kind: Draft['kind']) => plan.drafts.filter((each) => each.kind === kind).length;
  return {
    runId,
    day: formatDay(known.today),
    targets: plan.targeted.length,
    purchaseProposals: count('purchase'),
    transferProposals: count('transfer'),
    kept: kept.length,
    superseded: superseded.length,
    expired: expired.length,
    exceptionsOpen: settled.open,
    exceptionsResolved: settled.resolved,
    withoutSupplier: plan.withoutSupplier,
    lotsTooLarge: plan.lotsTooLarge,
    withoutForecast: plan.withoutForecast,
    forecastOrigin: newest.origin,
    forecastAgeDays: newest.ageDays,
    warning: staleWarning(newest, day),
  };
}
