import { MARK } from '../demand/index.ts';
import type { DrivenForecast } from '../effects/index.ts';
import {
  absoluteScale,
  aggregate,
  clean,
  type EngineForecast,
  forecastFast,
  forecastFull,
  squaredScale,
  varianceOfSums,
} from '../engine/index.ts';
import { LEVELS, type Series } from '../series.ts';
import {
  type BatchInput,
  type BatchOutput,
  type CellSums,
  HISTORY_WEEKS,
  LENGTHS,
  type OverriddenDay,
  PREVIOUS_LENGTH,
  TIERS,
  type Tier,
} from './batch.ts';
import { type DriverLayer, driverLayer, type NightState } from './driver-layer.ts';
import { explainInShort } from './explain.ts';
import { rollForward } from './roll.ts';
import {
  addSums,
  type DayFacts,
  isAlarmed,
  isDrifting,
  newScore,
  noSums,
  restartWatch,
  type Score,
  scoreNumbers,
  scoreOf,
  watchDay,
} from './score.ts';
import { tierOf } from './tier.ts';
import { DAYS_AHEAD, QUANTILE_DAYS, WEEK_DAYS, WEEKS_AHEAD } from './types.ts';

/** Origins of the backtest that selects methods: half as many as the engine's own default. */
const ORIGINS_MAX = 4;
/** History that the fast tier looks at: whole weeks, and a year of them. */
const FAST_DAYS = 52 * WEEK_DAYS;
/** Weeks that are forecast day by day; those after them go on as the last four of these do. */
const WEEKS_OWN = DAYS_AHEAD / WEEK_DAYS;
const WEEKS_REPEATED = 4;
const { length: LEVEL_COUNT } = LEVELS;

/** One series of a batch. */
interface One {
  readonly index: number;
  readonly values: Float64Array;
  readonly marks: Uint8Array;
  readonly firstDay: number;
  readonly previousOrigin: number;
  readonly previous: Float32Array;
}

function emptyOutput({ count, cellCount }: BatchInput): BatchOutput {
  return {
    count,
    dayMeans: new Float32Array(count * LENGTHS.dayMeans),
    dayQuantiles: new Float32Array(count * LENGTHS.dayQuantiles),
    weekMeans: new Float32Array(count * LENGTHS.weekMeans),
    weekQuantiles: new Float32Array(count * LENGTHS.weekQuantiles),
    scores: new Float32Array(count * LENGTHS.score),
    spreads: new Float32Array(count * 3),
    ...{ methods: [], classes: [], marks: [], explanations: [], states: [] },
    tiers: new Uint8Array(count),
    selectedDays: new Int32Array(count),
    computedDays: new Int32Array(count),
    isDrifting: new Uint8Array(count),
    ...{ overridden: [], sums: [] },
    cellHistory: new Float64Array(cellCount * HISTORY_WEEKS),
    cellMeans: new Float64Array(cellCount * WEEKS_AHEAD),
    cellUsual: new Float64Array(cellCount * WEEKS_AHEAD),
    cellDeviation: new Float64Array(cellCount * WEEKS_AHEAD),
    cellVariance: new Float64Array(cellCount * WEEKS_AHEAD),
  };
}

/**
 * Forecasts the series of a batch and judges their last forecasts by what came since. Pure: the
 * same batch gives the same numbers, in whatever thread; nothing after the origin is in it.
 */
export function computeBatch(input: BatchInput): BatchOutput {
  const output = emptyOutput(input);
  const sums = new Map<string, CellSums>();
  const layer = driverLayer(input);
  let offset = 0;
  for (let index = 0; index < input.count; index++) {
    const length = input.lengths[index] as number;
    const one: One = {
      index,
      values: input.demand.subarray(offset, offset + length),
      marks: input.marks.subarray(offset, offset + length),
      firstDay: input.firstDays[index] as number,
      previousOrigin: input.previousOrigins[index] as number,
      previous: input.previous.subarray(index * PREVIOUS_LENGTH, (index + 1) * PREVIOUS_LENGTH),
    };
    offset += length;
    computeOne(input, output, one, sums, layer);
  }
  output.sums.push(...sums.values());
  return output;
}

function computeOne(
  input: BatchInput,
  output: BatchOutput,
  one: One,
  sums: Map<string, CellSums>,
  layer: DriverLayer,
): void {
  const { index } = one;
  const { origin, seed, rule } = input;
  const previousScore = one.previous.subarray(PREVIOUS_LENGTH - LENGTHS.score);
  const score = one.previousOrigin > 0 ? scoreOf(previousScore) : newScore();
  const scored = scoreDays(input, output, one, score);
  const selectedDay = input.selectedDays[index] as number;
  const alarmed = isAlarmed(score);
  const due = tierOf(rule, seed, {
    ...{ origin, selectedDay, previousOrigin: one.previousOrigin, isAlarmed: alarmed },
    itemId: input.keys[index * 3] as number,
    siteId: input.keys[index * 3 + 1] as number,
    previousTier: input.previousTiers[index] as number,
    computedDay: input.computedDays[index] as number,
    hasNews: hasDemandAfter(one, selectedDay),
    hasDemand: hasDemandAfter(one, one.previousOrigin),
  });
  // What moves demand is on other days ahead each night.
  const driven = due === 'rolled' && layer.isDriven(index) ? 'fast' : due;
  const tier = layer.hasNewPrice(index, selectedDay) ? 'full' : driven;
  if (tier === 'rolled') rollForward(input, output, index);
  const usual = tier === 'rolled' ? undefined : forecastOne(input, output, one, tier, layer);
  addToCell(input, output, one, usual);
  const demandClass = output.classes[index] as string;
  if (alarmed) restartWatch(score, origin);
  output.tiers[index] = TIERS.indexOf(tier);
  output.selectedDays[index] = tier === 'full' ? origin : selectedDay;
  const computedDay = input.computedDays[index] as number;
  output.computedDays[index] = tier === 'rolled' ? computedDay : origin;
  output.isDrifting[index] = isDrifting(score, origin) ? 1 : 0;
  output.scores.set(scoreNumbers(score), index * LENGTHS.score);
  const cell = input.cells[index] as number;
  for (const { day, sums: more } of scored) {
    const key = `${cell} ${day} ${demandClass}`;
    const known = sums.get(key) ?? { cell, day, demandClass, sums: noSums() };
    addSums(known.sums, more);
    sums.set(key, known);
  }
}

function hasDemandAfter({ values, firstDay }: One, day: number): boolean {
  for (let i = values.length - 1; i >= 0 && firstDay + i > day; i--) {
    if ((values[i] as number) > 0) return true;
  }
  return false;
}

/** What was not ordinary demand says nothing about a forecast. */
const NOT_JUDGED = MARK.unavailable | MARK.excluded | MARK.oneOff | MARK.inherited;

/** Judges the last forecast by the days that came since, as far as it has quantiles. */
function scoreDays(input: BatchInput, output: BatchOutput, one: One, score: Score) {
  const { index, values, marks, firstDay, previousOrigin, previous } = one;
  const scored: { day: number; sums: ReturnType<typeof watchDay> }[] = [];
  if (previousOrigin === 0 || previousOrigin >= input.origin) return scored;
  const known = values.subarray(0, Math.max(0, previousOrigin - firstDay + 1));
  const scales = scalesOf(known);
  const last = Math.min(input.origin, previousOrigin + QUANTILE_DAYS);
  for (let day = previousOrigin + 1; day <= last; day++) {
    const at = day - firstDay;
    const actual = values[at];
    if (actual === undefined || Number.isNaN(actual)) continue;
    if (((marks[at] as number) & NOT_JUDGED) !== 0) continue;
    const ahead = day - previousOrigin - 1;
    const mean = previous[ahead] as number;
    const quantiles = LEVELS.map(
      (_, level) => previous[QUANTILE_DAYS * (level + 1) + ahead] as number,
    );
    const before = values[at - WEEK_DAYS];
    const naive = before === undefined || Number.isNaN(before) ? mean : before;
    const facts: DayFacts = { actual, mean, quantiles, naive, ...scales };
    scored.push({ day, sums: watchDay(score, facts) });
    const changed = previous[QUANTILE_DAYS * (LEVEL_COUNT + 1) + ahead] as number;
    if (Number.isNaN(changed)) continue;
    const overridden: OverriddenDay = { index, day, actual, without: mean, with: changed };
    output.overridden.push(overridden);
  }
  return scored;
}

function scalesOf(known: Float64Array): { scaleAbsolute: number; scaleSquared: number } {
  const orZero = (scale: number) => (Number.isFinite(scale) ? scale : 0);
  return {
    scaleAbsolute: orZero(absoluteScale(known, 1)),
    scaleSquared: orZero(squaredScale(known)),
  };
}

function stateOf(json: string | null): NightState | null {
  return json === null ? null : (JSON.parse(json) as NightState);
}

/**
 * Runs the engine over one series and writes what it gives into the output.
 * @returns weekly means without effects of drivers, where there are any.
 */
function forecastOne(
  input: BatchInput,
  output: BatchOutput,
  { index, values, firstDay }: One,
  tier: Tier,
  layer: DriverLayer,
): Float64Array | undefined {
  const { series, marks } = clean(values, { season: WEEK_DAYS });
  const json = input.states[index] ?? null;
  output.marks[index] = marks.map(({ kind }) => kind).join(',');
  if (tier === 'full') {
    const fullOf = (usual: Series) =>
      forecastFull(usual, DAYS_AHEAD, { marks, originsMax: ORIGINS_MAX });
    const driven = layer.full(index, fullOf);
    const full = driven?.chosen ?? fullOf(series);
    output.explanations[index] = JSON.stringify(explainInShort(full, firstDay, driven?.explained));
    const state = driven?.state ?? full.state;
    output.states[index] = state === null ? null : JSON.stringify(state);
    return settle(output, index, full, driven);
  }
  const state = stateOf(json);
  const fastOf = (usual: Series) => {
    const recent = { ...usual, values: usual.values.subarray(-FAST_DAYS) };
    return forecastFast(recent, DAYS_AHEAD, state);
  };
  const driven = layer.fast(index, state, fastOf);
  output.explanations[index] = null;
  output.states[index] = null;
  return settle(output, index, driven?.chosen ?? fastOf(series), driven);
}

/** Writes a forecast, moved by effects where there are any; answers its usual weeks then. */
function settle(
  output: BatchOutput,
  index: number,
  forecast: EngineForecast,
  driven: DrivenForecast<EngineForecast> | undefined,
): Float64Array | undefined {
  output.methods[index] = driven ? `${forecast.method}+drivers` : forecast.method;
  output.classes[index] = forecast.class;
  if (!driven) {
    write(output, index, forecast, extended);
    return undefined;
  }
  const ratios = weekRatios(driven);
  const usual = extended(aggregate(driven.usual, WEEK_DAYS).mean);
  write(output, index, driven.moved, (weeks) => {
    // Weeks that are repeated must not repeat what moved the last ones.
    const plain = weeks.map((week, i) => (ratios[i]! > 0 ? week / ratios[i]! : 0));
    return extended(plain).map((week, i) => (i < WEEKS_OWN ? weeks[i]! : week * ratios[i]!));
  });
  return usual;
}

/** What effects multiply each week by, days weighing as much as is usual for their weekday. */
function weekRatios({ usual, factors }: DrivenForecast<EngineForecast>): Float64Array {
  return Float64Array.from({ length: WEEKS_AHEAD }, (_, week) => {
    let [moved, plain] = [0, 0];
    for (let day = 0; day < WEEK_DAYS; day++) {
      const mean = usual.mean[Math.min(week, WEEKS_OWN - 1) * WEEK_DAYS + day] as number;
      moved += mean * (factors[week * WEEK_DAYS + day] as number);
      plain += mean;
    }
    return plain > 0 ? moved / plain : 1;
  });
}

/**
 * Weeks on to the end of the horizon, each as the mean of the last four that were forecast. A week
 * of the year is seen better in sums over items, and comes into a forecast from there.
 */
function extended(weeks: Float64Array): Float64Array {
  const all = new Float64Array(WEEKS_AHEAD);
  all.set(weeks.subarray(0, WEEKS_OWN));
  const last = weeks.subarray(WEEKS_OWN - WEEKS_REPEATED, WEEKS_OWN);
  all.fill(last.reduce((sum, week) => sum + week, 0) / WEEKS_REPEATED, WEEKS_OWN);
  return all;
}

function write(
  output: BatchOutput,
  index: number,
  forecast: EngineForecast,
  extend: (weeks: Float64Array) => Float64Array,
): void {
  const weeks = aggregate(forecast, WEEK_DAYS);
  output.dayMeans.set(forecast.mean.subarray(0, DAYS_AHEAD), index * LENGTHS.dayMeans);
  output.weekMeans.set(extend(weeks.mean), index * LENGTHS.weekMeans);
  for (let level = 0; level < LEVEL_COUNT; level++) {
    const days = forecast.quantiles[level] as Float64Array;
    const atDays = index * LENGTHS.dayQuantiles + level * QUANTILE_DAYS;
    output.dayQuantiles.set(days.subarray(0, QUANTILE_DAYS), atDays);
    const atWeeks = index * LENGTHS.weekQuantiles + level * WEEKS_AHEAD;
    output.weekQuantiles.set(extend(weeks.quantiles[level] as Float64Array), atWeeks);
  }
  const { variance, growth } = varianceOfSums(forecast);
  output.spreads.set([variance, growth, forecast.correlation], index * 3);
}

/** Where the 80 % interval is, and how many standard deviations a normal one is wide. */
const LOW = LEVELS.indexOf(0.1);
const HIGH = LEVELS.indexOf(0.9);
const DEVIATIONS_80 = 2.563;

/**
 * Adds a series to the sums of its cell, which the levels above are forecast from. What is new
 * comes on top of what their history tells, as the effect of a driver does: else the others would
 * have to make room for it, and one first sale that was absurdly large would halve them all.
 */
function addToCell(
  input: BatchInput,
  output: BatchOutput,
  { index, values }: One,
  usual: Float64Array | undefined,
): void {
  const cell = input.cells[index] as number;
  const isNew = output.classes[index] === 'new';
  // The newest value is the origin's, so weeks are counted back from it.
  const history = cell * HISTORY_WEEKS;
  for (let back = 0; back < Math.min(values.length, HISTORY_WEEKS * WEEK_DAYS); back++) {
    const week = HISTORY_WEEKS - 1 - Math.floor(back / WEEK_DAYS);
    const value = values[values.length - 1 - back] as number;
    if (value > 0 && !isNew) output.cellHistory[history + week]! += value;
  }
  const quantiles = index * LENGTHS.weekQuantiles;
  for (let week = 0; week < WEEKS_AHEAD; week++) {
    const mean = output.weekMeans[index * WEEKS_AHEAD + week] as number;
    output.cellMeans[cell * WEEKS_AHEAD + week]! += mean;
    if (!isNew) output.cellUsual[cell * WEEKS_AHEAD + week]! += usual?.[week] ?? mean;
    const low = output.weekQuantiles[quantiles + LOW * WEEKS_AHEAD + week] as number;
    const high = output.weekQuantiles[quantiles + HIGH * WEEKS_AHEAD + week] as number;
    const deviation = (high - low) / DEVIATIONS_80;
    output.cellDeviation[cell * WEEKS_AHEAD + week]! += deviation;
    output.cellVariance[cell * WEEKS_AHEAD + week]! += deviation * deviation;
  }
}
