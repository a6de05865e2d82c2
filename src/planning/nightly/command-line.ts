import { SYSTEM } from '../../platform/auth/index.ts';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { selectKnown } from './forecasts.queries.ts';
import { type ForecastAnswer, type ForecastName, readForecast } from './forecasts.ts';
import { type ItemForecastAnswer, readItemForecast } from './item-forecasts.ts';
import { createOverride, type OverrideWish, undoOverride } from './overrides.commands.ts';
import { selectOverrides } from './overrides.queries.ts';
import { forecastRunEnded } from './run.ts';
import {
  cancelRun,
  type RunRow,
  selectNewestRun,
  selectRun,
  selectWorkers,
} from './runs.queries.ts';
import {
  finishOpenRun,
  openWorker,
  type RunWish,
  runForecasts,
  type WorkOptions,
  workAll,
} from './runs.ts';
import { showOverride, showRun } from './view.ts';

/** What the commands of `onhand planning` do, whether or not a server runs. */

const HEARD_MS = 60_000;
const IDLE_MS = 2_000;

async function shownRun(context: Context, run: RunRow) {
  const since = new Date(context.clock().getTime() - HEARD_MS);
  const workers = await readAs(context.database, 'house', (tx) =>
    selectWorkers(tx, run.runId, since),
  );
  return showRun(run, workers);
}
export type ShownRun = Awaited<ReturnType<typeof shownRun>>;

/** Options of a command that works on a run. */
export interface RunOptions extends WorkOptions {
  readonly onProgress?: (run: ShownRun) => void;
}

function shownProgress({ onProgress, ...work }: RunOptions) {
  return { ...work, onProgress: (run: RunRow) => onProgress?.(showRun(run, [])) };
}

/** Forecasts everything, and answers the run when it has ended. */
export async function runPlanning(context: Context, wish: RunWish, options: RunOptions) {
  return shownRun(context, await runForecasts(context, wish, shownProgress(options)));
}

/** Finishes the run that is open, such as one whose process was killed; undefined: none is. */
export async function resumePlanning(context: Context, options: RunOptions) {
  const open = await readAs(context.database, 'house', (tx) => selectNewestRun(tx));
  if (!open || (open.state !== 'queued' && open.state !== 'running')) return undefined;
  return shownRun(context, await finishOpenRun(context, open.number, shownProgress(options)));
}

/**
 * Works on runs as they come, until told to stop.
 * @param isStopped is asked between parts.
 * @returns how many parts were done.
 */
export async function workPlanning(
  context: Context,
  options: WorkOptions,
  isStopped: () => boolean,
): Promise<number> {
  const worker = openWorker(context, options);
  let parts = 0;
  try {
    while (!isStopped()) {
      parts += await workAll(worker, isStopped);
      if (!isStopped()) await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    }
    return parts;
  } finally {
    await worker.pool.close();
  }
}

/** The run of a number, or the newest one. @throws Problem not-found */
export async function planningStatus(context: Context, number: string | undefined) {
  const run = await readAs(context.database, 'house', (tx) =>
    number === undefined ? selectNewestRun(tx) : selectRun(tx, number),
  );
  if (!run) throw new Problem(notFound, `There is no forecast run ${number ?? 'yet'}.`);
  return shownRun(context, run);
}

/** Cancels a run. @throws Problem not-found, or forecast-run-ended */
export async function cancelPlanning(context: Context, number: string) {
  const { database, clock } = context;
  const run = await writeAs(database, 'house', (tx) => cancelRun(tx, number, clock()));
  if (run) return showRun(run, []);
  const found = await planningStatus(context, number);
  throw new Problem(forecastRunEnded, `Forecast run ${number} is ${found.state}.`);
}

/** All that is known of one forecast. @throws Problem not-found */
export async function showForecastOf(
  context: Context,
  name: ForecastName,
): Promise<ForecastAnswer> {
  const found = await readAs(context.database, 'house', (tx) => readForecast(tx, name));
  if (!found) throw await missingForecast(context, name.item, name.site);
  return found;
}

/** An item over all its sites. @throws Problem not-found */
export async function showItemForecastOf(
  context: Context,
  item: string,
  owner: string | undefined,
): Promise<ItemForecastAnswer> {
  const found = await readAs(context.database, 'house', (tx) => readItemForecast(tx, item, owner));
  if (!found) throw await missingForecast(context, item, undefined);
  return found;
}

/** Why there is no forecast, for whoever may see all of the house. */
async function missingForecast(
  context: Context,
  item: string,
  site: string | undefined,
): Promise<Problem> {
  const known = await readAs(context.database, 'house', async (tx) => ({
    ...(await selectKnown(tx, item, site)),
    run: await selectNewestRun(tx, 'done'),
  }));
  const what = site === undefined ? item : `${item} at ${site}`;
  if (!known.item) return new Problem(notFound, `There is no item ${item}.`);
  if (!known.site) return new Problem(notFound, `There is no site ${site}.`);
  if (!known.run) return new Problem(notFound, 'Nothing was forecast yet: onhand planning run.');
  const { origin } = known.run;
  return new Problem(
    notFound,
    `There is no forecast of ${what}: no demand for it was known through ${origin}.`,
  );
}

/** Stores an override as the machine's own key. */
export async function overridePlanning(context: Context, wish: OverrideWish) {
  const by = { actorId: SYSTEM.principalId, at: context.clock() };
  return showOverride(
    await writeAs(context.database, 'house', (tx) => createOverride(tx, wish, by)),
  );
}

/** Takes an override back. */
export async function undoPlanning(context: Context, number: string, reason: string) {
  const by = { actorId: SYSTEM.principalId, at: context.clock() };
  return showOverride(
    await writeAs(context.database, 'house', (tx) => undoOverride(tx, number, reason, by)),
  );
}

/** The newest overrides with what they were worth. */
export async function listOverrides(context: Context, limit: number) {
  const anything = { itemId: null, siteId: null, activeFrom: null, before: undefined };
  const rows = await readAs(context.database, 'house', (tx) =>
    selectOverrides(tx, { ...anything, limit }),
  );
  return rows.map(showOverride);
}
