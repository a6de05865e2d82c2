import type { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import { readSeries } from '../demand/index.ts';
import { LEVELS } from '../series.ts';
import {
  type LevelRow,
  type NamedForecast,
  selectNamed,
  selectOverrideNumbers,
} from './forecasts.queries.ts';
import { dateOf, rowsOf, unpackFloats } from './pack.ts';
import { finishForecast, finishForecasts } from './read.ts';
import type { ForecastLine, forecastAnswer, levelAnswer } from './schemas.ts';
import { figuresOf, scoreOf } from './score.ts';
import { type StoredForecast, WEEKS_AHEAD } from './types.ts';
import { showFigures, shown, shownAll, shownOrNull } from './view.ts';

const LEVEL_90 = LEVELS.indexOf(0.9);
/** Days of history that one forecast is shown with. */
export const HISTORY_SHOWN_DAYS = 182;

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function lineOf(row: NamedForecast, forecast: StoredForecast): ForecastLine {
  const { item, site, owner } = row;
  const { origin, method, demandClass, marks, isDrifting, driftedOn } = forecast;
  return {
    ...{ item, site, owner, origin, method, isDrifting, driftedOn },
    class: demandClass,
    marks: [...marks],
    meanPerDay: shown(mean(forecast.dayMeans)),
    weeks: shownAll(forecast.weekMeans),
    weeks90: shownAll(forecast.weekQuantiles[LEVEL_90]!),
    overridden: forecast.overrides.length > 0,
    wape: shownOrNull(row.wape),
    bias: shownOrNull(row.bias),
    rmsse: shownOrNull(row.rmsse),
    pinball: shownOrNull(row.pinball),
  };
}

/** Forecasts in a list, with overrides applied where the reader may know of them. */
export async function showForecasts(
  tx: Tx,
  rows: readonly NamedForecast[],
): Promise<ForecastLine[]> {
  const finished = await finishForecasts(tx, rows, false);
  return rows.map((row, i) => lineOf(row, finished[i]!));
}

export type ForecastAnswer = z.output<typeof forecastAnswer>;

/** Whose forecast of what, by code. */
export interface ForecastName {
  readonly item: string;
  readonly site: string;
  /** By default the first owner that the reader may see. */
  readonly owner?: string | undefined;
}

/** All that is known of one forecast; undefined where there is none. `tx` is a reader's. */
export async function readForecast(
  tx: Tx,
  { item, site, owner }: ForecastName,
): Promise<ForecastAnswer | undefined> {
  const anything = { group: null, demandClass: null, method: null, drifting: null };
  const named = { item, site, owner: owner ?? null };
  const [row] = await selectNamed(tx, { ...anything, ...named, after: undefined, limit: 1 });
  if (!row) return undefined;
  const [forecast] = await finishForecasts(tx, [row], false);
  const { weeks90: _, ...line } = lineOf(row, forecast!);
  const { dayVariance, growth, correlation } = forecast!;
  const figures = figuresOf(scoreOf(unpackFloats(row.score)).sums);
  return {
    ...line,
    run: forecast!.run,
    tier: row.tier,
    selectedOn: row.selectedOn,
    days: shownAll(forecast!.dayMeans),
    levels: [...LEVELS],
    dayQuantiles: forecast!.dayQuantiles.map(shownAll),
    weekQuantiles: forecast!.weekQuantiles.map(shownAll),
    statisticalWeeks: shownAll(finishForecast(row).weekMeans),
    leadTime: {
      ...{ dayVariance: shown(dayVariance), growth: shown(growth) },
      correlation: shown(correlation),
    },
    accuracy: showFigures(figures),
    overrides: await selectOverrideNumbers(tx, forecast!.overrides),
    explanation: row.explanation,
    history: await historyOf(tx, row),
  };
}

async function historyOf(tx: Tx, row: NamedForecast): Promise<ForecastAnswer['history']> {
  const read = readSeries(tx, {
    ...{ throughDay: row.originDay, daysMax: HISTORY_SHOWN_DAYS },
    ...{ itemIdFrom: row.itemId, itemIdBefore: row.itemId + 1 },
    ...{ siteIds: [row.siteId], ownerIds: [row.ownerId] },
  });
  for await (const batch of read) {
    const [series] = batch;
    if (!series) continue;
    const days = Array.from(series.demand, (value) => (Number.isNaN(value) ? null : shown(value)));
    return { from: dateOf(series.firstDay), days };
  }
  return { from: row.origin, days: [] };
}

/** The forecast of a level in JSON. */
export function showLevel(row: LevelRow): z.output<typeof levelAnswer> {
  const { level, code, origin, series, method } = row;
  return {
    ...{ level, code, origin, series, method },
    weeks: shownAll(unpackFloats(row.weekMeans)),
    weekQuantiles: rowsOf(unpackFloats(row.weekQuantiles), WEEKS_AHEAD).map(shownAll),
    summedWeeks: shownAll(unpackFloats(row.summedMeans)),
    ownWeeks: shownAll(unpackFloats(row.ownMeans)),
    history: shownAll(unpackFloats(row.weekHistory)),
  };
}
