import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import {
  addAccuracy,
  addOverrideValues,
  type LevelSums,
  type OverrideSums,
} from './accuracy.queries.ts';
import { type BatchOutput, type CellSums, TIERS, type Tier } from './batch.ts';
import { packCells } from './cell-sums.ts';
import { type CellRow, selectCells } from './cells.queries.ts';
import { cellFinder, type Gathered, gather, type RunFacts } from './gather.ts';
import { indexOverrides, type OverrideIndex, overrideMeans, overrideOn } from './override.ts';
import { selectActiveOverrides } from './overrides.queries.ts';
import { dateOf, dayOf, packFloats } from './pack.ts';
import type { Pool } from './pool.ts';
import { prepareRun } from './prepare.ts';
import {
  type Claimed,
  claimPart,
  countPart,
  finishPart,
  finishRun,
  keepPart,
  openStage,
  releasePart,
} from './runs.queries.ts';
import { addSums, noSums } from './score.ts';
import { deleteStale, upsertForecasts } from './store.queries.ts';
import { sumRun } from './sum-run.ts';
import { QUANTILE_DAYS, WEEKS_AHEAD } from './types.ts';

/** Works on parts of runs, in any number of processes. */
export interface Worker {
  readonly context: Context;
  readonly pool: Pool;
  /** Who works, for people who look into the queue. */
  readonly name: string;
  /** Brings demand history up to date through a day; done once a run. */
  readonly rollUp: (throughDay: number) => Promise<void>;
}

/** A part that nobody was heard of for this long is taken over. */
const SILENT_MS = 60_000;
const HEARD_EVERY_MS = 10_000;
const TRIES_MAX = 4;

/**
 * Claims the next part and does it. What it writes commits together with the part being done, so
 * a part is done once, whoever dies when.
 * @returns whether there was a part.
 */
export async function workOnce(worker: Worker): Promise<boolean> {
  const { database, clock, log } = worker.context;
  const now = clock();
  const silentSince = new Date(now.getTime() - SILENT_MS);
  const part = await claimPart(database.poster, worker.name, now, silentSince);
  if (!part) return false;
  if (part.tries > TRIES_MAX) {
    await failRun(worker, part, `part ${part.part} was given up after ${TRIES_MAX} tries`);
    return true;
  }
  const beat = setInterval(() => {
    keepPart(database.poster, part, clock()).catch((err: Error) => log.debug({ err }, 'not heard'));
  }, HEARD_EVERY_MS);
  try {
    await doPart(worker, part);
  } catch (error) {
    log.error({ err: error, part: part.part }, 'a part of a forecast run broke off');
    if (part.tries >= TRIES_MAX) await failRun(worker, part, (error as Error).message);
    else await giveBack(worker, part);
  } finally {
    clearInterval(beat);
  }
  return true;
}

async function giveBack({ context }: Worker, part: Claimed): Promise<void> {
  const { poster } = context.database;
  await releasePart(poster, part).catch((err: Error) =>
    context.log.warn({ err }, 'part not freed'),
  );
}

async function failRun({ context }: Worker, part: Claimed, reason: string): Promise<void> {
  const end = { state: 'failed' as const, result: null, reason, at: context.clock() };
  await inTransaction(context.database.poster, (tx) => finishRun(tx, part.runId, end));
}

async function doPart(worker: Worker, part: Claimed): Promise<void> {
  if (part.stage === 0) return doHistory(worker, part);
  if (part.stage === 2) return doSums(worker, part);
  return doSeries(worker, part);
}

/** What a part does once it knows what to write; false where the part was lost meanwhile. */
async function commit(
  { context }: Worker,
  part: Claimed,
  done: { readonly result: object; readonly sums: Buffer | null; readonly series: number },
  write: (tx: Tx, isLast: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  await inTransaction(context.database.poster, async (tx) => {
    const { result, sums } = done;
    const isMine = await finishPart(tx, part, { result, sums, at: context.clock() });
    if (!isMine) throw new LostPart();
    await write(tx, async () => {
      const counted = await countPart(tx, part.runId, done.series);
      if (!counted) throw new LostPart();
      return counted.isLast;
    });
  }).catch((error: unknown) => {
    if (!(error instanceof LostPart)) throw error;
    context.log.debug({ part: part.part }, 'a part went to another worker, or the run was ended');
  });
}

class LostPart extends Error {}

/** Stage 0: history through the origin, cells, and the parts of the next stage. */
async function doHistory(worker: Worker, part: Claimed): Promise<void> {
  await worker.rollUp(dayOf(part.origin));
  const nothing = { result: {}, sums: null, series: 0 };
  await commit(worker, part, nothing, async (tx, isLast) => {
    const ranges = await prepareRun(tx, part);
    await isLast();
    if (ranges.length > 0) await openStage(tx, part.runId, 1, ranges);
    else await openStage(tx, part.runId, 2, [null]);
  });
}

/** Stage 1: the series of a range of items. */
async function doSeries(worker: Worker, part: Claimed): Promise<void> {
  const { context, pool } = worker;
  const range = { from: part.itemFrom ?? 0, before: part.itemBefore ?? 0 };
  const run = factsOf(part);
  const read = await inTransaction(
    context.database.poster,
    async (tx) => {
      const cells = await selectCells(tx);
      const overrides = indexOverrides(await selectActiveOverrides(tx, part.origin));
      return { cells, overrides, gathered: await gather(tx, run, range, cellFinder(cells)) };
    },
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  );
  const { gathered, cells } = read;
  const output = await pool.compute(gathered.input);
  const overridden = freezeOverrides(run.originDay, gathered, output, read.overrides);
  const levels = levelSums(output.sums, gathered.batchCells, cells);
  const done = {
    result: countsOf(output, overridden.count),
    sums: packCells(gathered.batchCells, gathered.cellIds, output),
    series: output.count,
  };
  await commit(worker, part, done, async (tx, isLast) => {
    const { runId, origin } = part;
    const { keys, cellIds } = gathered;
    await upsertForecasts(tx, { runId, origin, keys, cellIds, output, ...overridden });
    await deleteStale(tx, runId, range);
    await addAccuracy(tx, levels);
    await addOverrideValues(tx, valuesOf(gathered, output));
    if (await isLast()) await openStage(tx, runId, 2, [null]);
  });
}

/** Stage 2: sums over items and sites, reconciled. */
async function doSums(worker: Worker, part: Claimed): Promise<void> {
  const { pool } = worker;
  const { database, clock } = worker.context;
  const summed = await sumRun(database.poster, part, pool);
  const nothing = { result: {}, sums: null, series: 0 };
  await commit(worker, part, nothing, async (tx, isLast) => {
    const result = await summed.write(tx);
    await isLast();
    await finishRun(tx, part.runId, { state: 'done', result, reason: null, at: clock() });
  });
}

function factsOf({ runId, origin, seed, request }: Claimed): RunFacts {
  const { tier, newAtOnce = true } = request;
  return { runId, origin, originDay: dayOf(origin), seed, rule: { tier, newAtOnce } };
}

/** What planners say of the next days, as of now: judged by what comes, and not changed again. */
function freezeOverrides(
  originDay: number,
  { keys, groups }: Gathered,
  output: BatchOutput,
  index: OverrideIndex,
) {
  const overriddenMeans: (Buffer | null)[] = [];
  const overriddenBy: (string[] | null)[] = [];
  let count = 0;
  for (let i = 0; i < output.count; i++) {
    const place = {
      itemId: keys[i * 3] as number,
      siteId: keys[i * 3 + 1] as number,
      group: groups[i] as string,
    };
    const overrides = index.size === 0 ? [] : index.of(place);
    const days = Array.from({ length: QUANTILE_DAYS }, (_, ahead) =>
      overrideOn(overrides, originDay + 1 + ahead),
    );
    if (days.every((override) => override === undefined)) {
      overriddenMeans.push(null);
      overriddenBy.push(null);
      continue;
    }
    const { dayMeans } = overrideMeans(overrides, originDay, meansAt(output, i));
    const changed = days.map((override, ahead) => (override ? dayMeans[ahead]! : Number.NaN));
    overriddenMeans.push(packFloats(changed));
    overriddenBy.push(days.map((override) => override?.overrideId ?? NO_OVERRIDE));
    count += 1;
  }
  return { overriddenMeans, overriddenBy, count };
}

/** Stands for a day without an override. */
const NO_OVERRIDE = '00000000-0000-0000-0000-000000000000';

function meansAt({ dayMeans, weekMeans }: BatchOutput, index: number) {
  const days = dayMeans.length / Math.max(1, weekMeans.length / WEEKS_AHEAD);
  return {
    dayMeans: Float64Array.from(dayMeans.subarray(index * days, (index + 1) * days)),
    weekMeans: Float64Array.from(
      weekMeans.subarray(index * WEEKS_AHEAD, (index + 1) * WEEKS_AHEAD),
    ),
  };
}

/** What the overrides of the last forecast were worth on the days that came since. */
function valuesOf({ previous }: Gathered, output: BatchOutput): OverrideSums[] {
  const sums = new Map<string, OverrideSums>();
  for (const { index, day, actual, without, with: changed } of output.overridden) {
    const row = previous[index];
    const overrideId = row?.overriddenBy?.[day - row.origin - 1] ?? NO_OVERRIDE;
    if (overrideId === NO_OVERRIDE) continue;
    const sum = sums.get(overrideId) ?? {
      ...{ overrideId, days: 0, actual: 0, absoluteWith: 0, absoluteWithout: 0 },
      ...{ errorWith: 0, errorWithout: 0 },
    };
    sum.days += 1;
    sum.actual += actual;
    sum.absoluteWith += Math.abs(changed - actual);
    sum.absoluteWithout += Math.abs(without - actual);
    sum.errorWith += changed - actual;
    sum.errorWithout += without - actual;
    sums.set(overrideId, sum);
  }
  return [...sums.values()];
}

function countsOf(output: BatchOutput, overridden: number): object {
  const classes: Record<string, number> = {};
  for (const name of output.classes) classes[name] = (classes[name] ?? 0) + 1;
  const tiers: Record<Tier, number> = { rolled: 0, fast: 0, full: 0 };
  for (const tier of output.tiers) tiers[TIERS[tier] as Tier] += 1;
  return {
    series: output.count,
    tiers,
    classes,
    drifting: output.isDrifting.reduce((sum, flag) => sum + flag, 0),
    overridden,
    scoredDays: output.sums.reduce((sum, { sums }) => sum + sums.days, 0),
  };
}

/** Sums of cells as sums of the levels above them. */
function levelSums(
  sums: readonly CellSums[],
  batchCells: readonly number[],
  cells: readonly CellRow[],
): LevelSums[] {
  const byId = new Map(cells.map((cell) => [cell.cellId, cell]));
  const levels = new Map<string, LevelSums>();
  for (const { cell, day, demandClass, sums: more } of sums) {
    const row = byId.get(batchCells[cell] ?? 0);
    const codes = [
      ['total', ''],
      ['class', demandClass],
      ['group', row?.group ?? ''],
      ['site', row?.site ?? ''],
      ['region', row?.region ?? ''],
    ] as const;
    for (const [level, code] of codes) {
      const key = `${day} ${level} ${code}`;
      const known = levels.get(key) ?? { day: dateOf(day), level, code, sums: noSums() };
      addSums(known.sums, more);
      levels.set(key, known);
    }
  }
  return [...levels.values()];
}
