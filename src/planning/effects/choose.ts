import { forecastFast, pinball } from '../engine/index.ts';
import { LEVELS } from '../series.ts';
import { type Estimated, estimateEffects } from './estimate.ts';
import { DAYS_MIN } from './fit.ts';
import { type Driven, forecastDriven } from './forecast.ts';
import type { Effect, Member } from './types.ts';
import { pricesKnown } from './values.ts';

/** Origins of the test whether effects help, as days before the run's, the newest first. */
const ORIGINS = [28, 56, 112, 168, 224, 280];
const HORIZON = 56;
/** With fewer origins than this, nothing is proven. */
const ORIGINS_MIN = 2;
/** Effects must take away this share of the loss. */
const GAIN_MIN = 0.01;
/** Effects at the origin and at those of the test, for all series of an item. */
export interface ItemEffects {
  readonly origin: number;
  readonly now: Estimated;
  readonly past: readonly { readonly through: number; readonly estimated: Estimated }[];
}

/** Estimates the effects of an item at the origin and, as they were known, at those of the test. */
export function itemEffects(members: readonly Member[], origin: number): ItemEffects {
  const now = estimateEffects(members, { through: origin, origin });
  if (now.all.length === 0) return { origin, now, past: [] };
  const past = ORIGINS.map((back) => {
    const through = origin - back;
    return { through, estimated: estimateEffects(members, { through, origin }) };
  });
  return { origin, now, past };
}

/** What was chosen, and what it rests on. */
export interface Chosen {
  readonly effects: readonly Effect[];
  /** Share of the pinball loss of the test that the effects take away. */
  readonly gain: number;
  readonly origins: number;
}

const NOTHING: Chosen = { effects: [], gain: 0, origins: 0 };

/**
 * Whether effects help a series: the usual forecasts from origins of the past, with effects as
 * they were known there and without, against what came. Plans (calendars, promotions, prices) and
 * signals compete with plans alone and with nothing; what is not better is not used.
 */
export function chooseEffects(series: Driven, item: ItemEffects): Chosen {
  const { now, past, origin } = item;
  if (now.all.length === 0) return NOTHING;
  const losses = { none: 0, planned: 0, all: 0 };
  let origins = 0;
  for (const { through, estimated } of past) {
    const days = through - series.firstDay + 1;
    if (days < DAYS_MIN) continue;
    origins += 1;
    const { planned, all } = estimated;
    const none = lossOf(series, [], days, origin);
    const ofPlanned = planned.length > 0 ? lossOf(series, planned, days, origin) : none;
    losses.none += none;
    losses.planned += ofPlanned;
    losses.all += all === planned ? ofPlanned : lossOf(series, all, days, origin);
  }
  if (origins < ORIGINS_MIN) {
    return { ...NOTHING, effects: forPlannedPrice(series, now, origin) };
  }
  const isAll = losses.all < losses.planned * (1 - GAIN_MIN);
  const effects = isAll ? now.all : now.planned;
  const gain = 1 - (isAll ? losses.all : losses.planned) / losses.none;
  if (gain >= GAIN_MIN && effects.length > 0) return { effects, gain, origins };
  return { ...NOTHING, effects: forPlannedPrice(series, now, origin), gain, origins };
}

/**
 * A price that is planned is news that no backtest has: prices of the past were held to be the
 * last one. An effect of prices that history tells surely is used for it, and nothing else.
 */
function forPlannedPrice({ drivers }: Driven, { planned }: Estimated, origin: number): Effect[] {
  const isAhead = pricesKnown(drivers, origin).some(({ to }) => to === null || to > origin);
  return isAhead ? planned.filter(({ kind }) => kind === 'price') : [];
}

function lossOf(series: Driven, effects: readonly Effect[], days: number, origin: number): number {
  const known = { ...series, values: series.values.slice(0, days) };
  const forecast = forecastDriven(known, effects, origin, HORIZON, (usual) =>
    forecastFast(usual, HORIZON, null),
  ).moved;
  const at: number[] = [];
  for (let ahead = 0; ahead < HORIZON; ahead += 1) {
    if (series.values[days + ahead]! >= 0) at.push(ahead);
  }
  const actual = Float64Array.from(at, (ahead) => series.values[days + ahead]!);
  const quantiles = forecast.quantiles.map((row) => Float64Array.from(at, (ahead) => row[ahead]!));
  return at.length > 0 ? pinball(actual, quantiles, LEVELS) * at.length : 0;
}
