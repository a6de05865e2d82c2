import type { Queryable } from '../../platform/database.ts';
import { type DemandSeries, loadDrivers, readSeries } from '../demand/index.ts';
import { driversOf, LAG_MAX, type SeriesDrivers } from '../effects/index.ts';
import { LEVELS } from '../series.ts';
import {
  type BatchInput,
  HISTORY_DAYS,
  LENGTHS,
  PREVIOUS_LENGTH,
  TIERS,
  type Tier,
  type TierRule,
  WHOLE_LENGTH,
} from './batch.ts';
import { type CellRow, selectGroups } from './cells.queries.ts';
import { copyFloats, widenInto } from './pack.ts';
import { type PreviousRow, selectPrevious } from './store.queries.ts';
import { QUANTILE_DAYS, WEEK_DAYS, WEEKS_AHEAD } from './types.ts';

/** What a run is about, as its parts need it. */
export interface RunFacts {
  readonly runId: string;
  /** The same day twice: as a date, and counted from 1970-01-01. */
  readonly origin: string;
  readonly originDay: number;
  readonly seed: number;
  readonly rule: TierRule;
}

/** A part's input with what the process keeps of it, in the same order. */
export interface Gathered {
  readonly input: BatchInput;
  readonly keys: Int32Array;
  /** Id of the cell of each series, and of each of the batch's cells. */
  readonly cellIds: readonly number[];
  readonly batchCells: readonly number[];
  readonly groups: readonly string[];
  readonly previous: readonly (PreviousRow | undefined)[];
}

const keyOf = (item: number, site: number, owner: number): string => `${item} ${site} ${owner}`;

/** The cells of a database by group and site. */
export function cellFinder(cells: readonly CellRow[]): (group: string, siteId: number) => number {
  const ids = new Map(cells.map(({ group, siteId, cellId }) => [`${siteId} ${group}`, cellId]));
  return (group, siteId) => {
    const id = ids.get(`${siteId} ${group}`) ?? ids.get(`${siteId} `);
    // A group that came while the run was under way is taken in by the next one.
    return id ?? 0;
  };
}

/** Reads the history and the last forecasts of a range of items. */
export async function gather(
  db: Queryable,
  run: RunFacts,
  range: { readonly from: number; readonly before: number },
  cellOf: (group: string, siteId: number) => number,
): Promise<Gathered> {
  const groups = await selectGroups(db, range);
  const rows = await selectPrevious(db, range, run.origin);
  const previous = new Map(
    rows.map((row) => [keyOf(row.itemId, row.siteId, row.ownerId), row] as const),
  );
  const series: DemandSeries[] = [];
  const read = readSeries(db, {
    ...{ throughDay: run.originDay, daysMax: HISTORY_DAYS },
    ...{ itemIdFrom: range.from, itemIdBefore: range.before },
  });
  for await (const batch of read) {
    for (const one of batch) if (one.demand.length > 0) series.push(one);
  }
  const window = {
    fromDay: run.originDay - HISTORY_DAYS - LAG_MAX,
    toDay: run.originDay + WEEKS_AHEAD * WEEK_DAYS,
  };
  const drivers = await loadDrivers(db, window, range);
  return pack(run, series, {
    driversOf: (one) => driversOf(one, drivers),
    groupOf: (itemId) => groups.get(itemId) ?? '',
    previousOf: ({ itemId, siteId, ownerId }) => previous.get(keyOf(itemId, siteId, ownerId)),
    cellOf,
  });
}

interface Lookups {
  groupOf(itemId: number): string;
  previousOf(series: DemandSeries): PreviousRow | undefined;
  cellOf(group: string, siteId: number): number;
  driversOf(series: DemandSeries): SeriesDrivers | null;
}

function pack(run: RunFacts, series: readonly DemandSeries[], lookups: Lookups): Gathered {
  const { length: count } = series;
  const values = series.reduce((sum, { demand }) => sum + demand.length, 0);
  const groups = series.map(({ itemId }) => lookups.groupOf(itemId));
  const previous = series.map((one) => lookups.previousOf(one));
  const cellIds = series.map(({ siteId }, i) => lookups.cellOf(groups[i] as string, siteId));
  const batchCells = [...new Set(cellIds)].sort((a, b) => a - b);
  const places = new Map(batchCells.map((cellId, i) => [cellId, i]));
  const input: BatchInput = {
    ...{ origin: run.originDay, seed: run.seed, rule: run.rule, count },
    keys: Int32Array.from(series.flatMap((one) => [one.itemId, one.siteId, one.ownerId])),
    firstDays: Int32Array.from(series, ({ firstDay }) => firstDay),
    lengths: Int32Array.from(series, ({ demand }) => demand.length),
    demand: new Float64Array(values),
    marks: new Uint8Array(values),
    cells: Int32Array.from(cellIds, (cellId) => places.get(cellId) ?? 0),
    cellCount: batchCells.length,
    previousOrigins: Int32Array.from(previous, (row) => row?.origin ?? 0),
    previous: new Float32Array(count * PREVIOUS_LENGTH),
    selectedDays: Int32Array.from(previous, (row) => row?.selectedDay ?? 0),
    computedDays: Int32Array.from(previous, (row) => row?.computedDay ?? 0),
    previousTiers: Uint8Array.from(previous, (row) =>
      row ? Math.max(0, TIERS.indexOf(row.tier as Tier)) : 0,
    ),
    whole: new Float32Array(count * WHOLE_LENGTH),
    previousMethods: previous.map((row) => row?.method ?? ''),
    previousClasses: previous.map((row) => row?.demandClass ?? ''),
    previousMarks: previous.map((row) => row?.marks ?? ''),
    states: previous.map((row) => row?.state ?? null),
    drivers: series.map((one) => lookups.driversOf(one)),
  };
  let offset = 0;
  series.forEach((one, i) => {
    input.demand.set(one.demand, offset);
    input.marks.set(one.marks, offset);
    offset += one.demand.length;
    const row = previous[i];
    if (!row) return;
    copyPrevious(input.previous, i * PREVIOUS_LENGTH, row);
    copyWhole(input.whole, i * WHOLE_LENGTH, row);
  });
  // The input's buffers go to the thread, so what stays here is a copy.
  return { input, keys: input.keys.slice(), cellIds, batchCells, groups, previous };
}

/** What is judged of a forecast, one after another: means, quantiles, overridden means, score. */
function copyPrevious(into: Float32Array, from: number, row: PreviousRow): void {
  copyFloats(into, from, row.dayMeans, QUANTILE_DAYS);
  copyFloats(into, from + QUANTILE_DAYS, row.dayQuantiles, LENGTHS.dayQuantiles);
  const changed = from + QUANTILE_DAYS + LENGTHS.dayQuantiles;
  into.fill(Number.NaN, changed, changed + QUANTILE_DAYS);
  copyFloats(into, changed, row.overriddenMeans, QUANTILE_DAYS);
  copyFloats(into, changed + QUANTILE_DAYS, row.score, LENGTHS.score);
}

/** A forecast as a whole: day means, day quantiles, week means, week quantiles, spreads. */
function copyWhole(into: Float32Array, from: number, row: PreviousRow): void {
  let at = from;
  at += copyFloats(into, at, row.dayMeans, LENGTHS.dayMeans);
  at += copyFloats(into, at, row.dayQuantiles, LENGTHS.dayQuantiles);
  widenInto(into, at, row.weekMeans, { rows: 1, width: WEEKS_AHEAD });
  at += LENGTHS.weekMeans;
  widenInto(into, at, row.weekQuantiles, { rows: LEVELS.length, width: WEEKS_AHEAD });
  at += LENGTHS.weekQuantiles;
  into[at] = row.dayVariance;
  into[at + 1] = row.growth;
  into[at + 2] = row.correlation;
}
