import type { Context } from '../../platform/context.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import {
  type DemandSeries,
  type Drivers,
  loadDrivers,
  readSeries,
  type SeriesKey,
} from '../demand/index.ts';
import { driversOf, LAG_MAX } from '../effects/index.ts';
import { HISTORY_DAYS } from './batch.ts';
import {
  addClass,
  type ClassSums,
  type EvaluateInput,
  type EvaluateOptions,
  noClass,
  RIVALS,
  type Rival,
} from './evaluate.ts';
import { dateOf, dayOf } from './pack.ts';
import { openPool } from './pool.ts';
import { lastWholeDay, type WorkOptions } from './runs.ts';
import { WEEK_DAYS, WEEKS_AHEAD } from './types.ts';

/** What a report is about. */
export interface ReportWish extends EvaluateOptions {
  /** The last day that is judged by; by default yesterday, or the last day with demand. */
  readonly through?: string;
  /** About so many series, those of items that are spread evenly over all. */
  readonly seriesMax?: number;
}

/** Figures of one method. */
export interface RivalFigures {
  readonly wape: number | null;
  readonly bias: number | null;
  readonly rmsse: number | null;
  readonly pinball: number | null;
  readonly coverage80: number | null;
  readonly coverage90: number | null;
  readonly coverage95: number | null;
}

/** One line of the report: a class of demand, or all of them. */
export interface ReportLine {
  readonly demandClass: string;
  readonly series: number;
  readonly periods: number;
  readonly demand: number;
  readonly rivals: Readonly<Record<Rival, RivalFigures>>;
  /** Share of demand in series that were forecast better than by the method, and than by both. */
  readonly valueAdded: {
    readonly seasonalNaive: number | null;
    readonly movingAverage: number | null;
    readonly both: number | null;
  };
}

export interface Report {
  readonly through: string;
  readonly options: EvaluateOptions;
  /** All series that were read; those too short to be judged are in no line. */
  readonly series: number;
  readonly total: ReportLine;
  readonly classes: readonly ReportLine[];
}

const BATCH_SERIES = 200;
const DIGITS = 4;

function share(sum: number, of: number): number | null {
  return of > 0 ? Number((sum / of).toPrecision(DIGITS)) : null;
}

function lineOf(sums: ClassSums): ReportLine {
  const { demandClass, series, periods, scaledPeriods, demand } = sums;
  const figures = (rival: Rival): RivalFigures => {
    const own = sums.rivals[rival];
    const squared = share(own.squared, scaledPeriods);
    return {
      wape: share(own.absolute, demand),
      bias: share(own.error, demand),
      rmsse: squared === null ? null : Number(Math.sqrt(squared).toPrecision(DIGITS)),
      pinball: share(own.scaledPinball, scaledPeriods),
      coverage80: share(own.inside80, periods),
      coverage90: share(own.inside90, periods),
      coverage95: share(own.inside95, periods),
    };
  };
  return {
    ...{ demandClass, series, periods },
    demand: Number(demand.toPrecision(DIGITS * 3)),
    rivals: Object.fromEntries(RIVALS.map((rival) => [rival, figures(rival)])) as Record<
      Rival,
      RivalFigures
    >,
    valueAdded: {
      seasonalNaive: share(sums.betterThanNaive, demand),
      movingAverage: share(sums.betterThanAverage, demand),
      both: share(sums.betterThanBoth, demand),
    },
  };
}

/** The last day on which anything was demanded, so that past years can be judged as well. */
async function lastDayOfDemand(context: Context): Promise<string> {
  return readSnapshotAs(context.database, 'house', async (tx) => {
    const whole = await lastWholeDay(tx, context);
    const { rows } = await tx.query<{ year: number | null }>(
      'SELECT max(year)::integer AS year FROM planning.demand WHERE year <= $1',
      [Number(whole.slice(0, 4))],
    );
    const year = rows[0]?.year;
    if (year === null || year === undefined) return whole;
    const end = Math.min(dayOf(whole), dayOf(`${year}-12-31`));
    let day: number | undefined;
    for await (const batch of readSeries(tx, { throughDay: end, daysMax: 366 })) {
      for (const { demand, firstDay } of batch) {
        for (let i = demand.length - 1; i >= 0; i--) {
          if (!((demand[i] as number) > 0)) continue;
          day = Math.max(day ?? 0, firstDay + i);
          break;
        }
      }
    }
    return day === undefined ? whole : dateOf(day);
  });
}

/**
 * The accuracy report: forecasts from rolling origins over all stored history, judged by what
 * came, beside the seasonal naive method and a moving average. It writes nothing.
 */
export async function reportAccuracy(
  context: Context,
  wish: ReportWish,
  options: WorkOptions & { readonly onProgress?: (done: number) => void },
): Promise<Report> {
  const through = wish.through ?? (await lastDayOfDemand(context));
  const { periodDays, ahead, origins, tier } = wish;
  const evaluate: EvaluateOptions = { periodDays, ahead, origins, tier };
  const pool = openPool(options.threads, options.threadFile);
  const judged: ClassSums[][] = [];
  let read = 0;
  let done = 0;
  try {
    const pending = new Set<Promise<void>>();
    for await (const { series, drivers } of readItems(context, through, wish.seriesMax)) {
      const at = judged.push([]) - 1;
      read += series.length;
      const sent = pool
        .evaluate(inputOf(series, drivers, evaluate, dayOf(through)))
        .then((sums) => {
          judged[at] = sums;
          done += series.length;
          options.onProgress?.(done);
        })
        .finally(() => pending.delete(sent));
      pending.add(sent);
      if (pending.size > pool.size) await Promise.race(pending);
    }
    await Promise.all(pending);
  } finally {
    await pool.close();
  }
  return { through, options: evaluate, series: read, ...linesOf(judged.flat()) };
}

function inputOf(
  series: readonly DemandSeries[],
  drivers: Drivers,
  options: EvaluateOptions,
  through: number,
): EvaluateInput {
  const lengths = Int32Array.from(series, ({ demand }) => demand.length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const [demand, marks] = [new Float64Array(total), new Uint8Array(total)];
  let offset = 0;
  for (const one of series) {
    demand.set(one.demand, offset);
    marks.set(one.marks, offset);
    offset += one.demand.length;
  }
  return {
    ...{ options, through, lengths, demand, marks },
    keys: Int32Array.from(series.flatMap((one) => [one.itemId, one.siteId, one.ownerId])),
    firstDays: Int32Array.from(series, ({ firstDay }) => firstDay),
    drivers: series.map((one) => driversOf(one, drivers)),
  };
}

/** Adds sums in the order in which series were read, so that threads change no digit. */
function linesOf(judged: readonly ClassSums[]): Pick<Report, 'total' | 'classes'> {
  const classes = new Map<string, ClassSums>();
  const total = noClass('all');
  for (const sums of judged) {
    const known = classes.get(sums.demandClass) ?? noClass(sums.demandClass);
    addClass(known, sums);
    classes.set(sums.demandClass, known);
    addClass(total, sums);
  }
  const sorted = [...classes.values()].sort((a, b) => (a.demandClass < b.demandClass ? -1 : 1));
  return { total: lineOf(total), classes: sorted.map(lineOf) };
}

/** Series of whole items, with what moves their demand. */
interface ItemBatch {
  readonly series: readonly DemandSeries[];
  readonly drivers: Drivers;
}

/**
 * Series of all items, or of every n-th, some at a time. All sites of an item come together, since
 * effects of drivers are estimated from all of them.
 */
async function* readItems(
  context: Context,
  through: string,
  seriesMax: number | undefined,
): AsyncGenerator<ItemBatch> {
  const { database } = context;
  const count = await readSnapshotAs(database, 'house', async (tx) => {
    const { rows } = await tx.query<{ count: number }>(
      'SELECT count(DISTINCT (item_id, site_id, owner_id))::integer AS count FROM planning.demand',
    );
    return rows[0]?.count ?? 0;
  });
  const step = seriesMax === undefined ? 1 : Math.max(1, Math.ceil(count / seriesMax));
  let after = { itemId: 0, siteId: MAX_ID, ownerId: MAX_ID };
  let seen = 0;
  for (;;) {
    // A transaction a batch, so that none is open for as long as a report takes.
    const read = await readSnapshotAs(database, 'house', async (tx) => {
      const series = await readWhole(tx, dayOf(through), after);
      return series.length > 0 ? { series, drivers: await driversFor(tx, series, through) } : null;
    });
    if (read === null) return;
    const { series, drivers } = read;
    after = { ...after, itemId: series.at(-1)!.itemId };
    const items = [...new Set(series.map(({ itemId }) => itemId))];
    const wanted = new Set(items.filter((_, i) => (seen + i) % step === 0));
    seen += items.length;
    const chosen = series.filter(({ itemId }) => wanted.has(itemId));
    if (chosen.length > 0) yield { series: chosen, drivers };
  }
}

const MAX_ID = 2_147_483_647;

/** The next series of whole items. */
async function readWhole(
  tx: Tx,
  throughDay: number,
  after: SeriesKey,
): Promise<readonly DemandSeries[]> {
  const range = { throughDay, daysMax: HISTORY_DAYS, batch: BATCH_SERIES };
  const found: DemandSeries[] = [];
  for await (const batch of readSeries(tx, { ...range, after })) {
    found.push(...batch);
    const last = found.at(-1)!.itemId;
    // A batch may end in the middle of an item, which the next one then begins with.
    if (found[0]!.itemId !== last) return found.filter(({ itemId }) => itemId !== last);
  }
  return found;
}

async function driversFor(
  tx: Tx,
  series: readonly DemandSeries[],
  through: string,
): Promise<Drivers> {
  const day = dayOf(through);
  const window = { fromDay: day - HISTORY_DAYS - LAG_MAX, toDay: day + WEEKS_AHEAD * WEEK_DAYS };
  const items = { from: series[0]!.itemId, before: series.at(-1)!.itemId + 1 };
  return loadDrivers(tx, window, items);
}
