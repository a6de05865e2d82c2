import { MARK } from '../demand/index.ts';
import {
  chooseEffects,
  type DrivenForecast,
  type Effect,
  forecastDriven,
  type ItemEffects,
  itemEffects,
  type Member,
  showEffects,
} from '../effects/index.ts';
import {
  clean,
  type EngineForecast,
  type EngineState,
  type FullForecast,
} from '../engine/index.ts';
import type { Series } from '../series.ts';
import type { BatchInput } from './batch.ts';
import type { ShortExplanation } from './explain.ts';
import { WEEK_DAYS, WEEKS_AHEAD } from './types.ts';

/** What is stored of a selection: the engine's choice, and the effects of drivers that help. */
export interface NightState extends EngineState {
  readonly effects?: readonly Effect[];
}

/** A selection whose forecast is moved by effects. */
export interface FullDriven extends DrivenForecast<FullForecast> {
  readonly state: NightState;
  readonly explained: Required<ShortExplanation>['drivers'];
}

/** Uses what moves demand, where it helps; undefined stands for a forecast without. */
export interface DriverLayer {
  /** Whether a series is forecast with effects until its next selection. */
  isDriven(index: number): boolean;
  full(index: number, forecaster: (usual: Series) => FullForecast): FullDriven | undefined;
  fast(
    index: number,
    state: NightState | null,
    forecaster: (usual: Series) => EngineForecast,
  ): DrivenForecast<EngineForecast> | undefined;
}

/** Days on which demand was not what customers wanted, or was that of another item. */
const NOT_USUAL = MARK.unavailable | MARK.excluded | MARK.oneOff | MARK.inherited;
const DAYS_AHEAD_MOVED = WEEKS_AHEAD * WEEK_DAYS;
const DIGITS = 3;

/**
 * The drivers of a batch. Effects are estimated once for each item, from its series at all sites,
 * which are always in one batch: so they are the same however a run is cut into parts.
 */
export function driverLayer(input: BatchInput): DriverLayer {
  const { origin, drivers, count, keys } = input;
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + (input.lengths[i] as number);
  const valuesOf = (index: number) =>
    input.demand.subarray(offsets[index] as number, offsets[index + 1] as number);
  const memberOf = (index: number): Member => {
    const raw = valuesOf(index);
    const marks = input.marks.subarray(offsets[index] as number);
    const { series, offset } = clean(raw, { season: WEEK_DAYS });
    const values = new Float64Array(raw.length);
    values.set(series.values, offset);
    const isUsable = Uint8Array.from(raw, (value, t) =>
      t < offset || Number.isNaN(value) || ((marks[t] as number) & NOT_USUAL) !== 0 ? 0 : 1,
    );
    const firstDay = input.firstDays[index] as number;
    return { firstDay, values, isUsable, drivers: drivers[index]! };
  };
  let last: { itemId: number; effects: ItemEffects } | undefined;
  const effectsOf = (index: number): ItemEffects => {
    const itemId = keys[index * 3] as number;
    if (last?.itemId === itemId) return last.effects;
    const members: Member[] = [];
    for (let i = 0; i < count; i++) {
      if (keys[i * 3] === itemId && drivers[i]) members.push(memberOf(i));
    }
    last = { itemId, effects: itemEffects(members, origin) };
    return last.effects;
  };
  const drivenOf = (index: number) => {
    const firstDay = input.firstDays[index] as number;
    return { firstDay, values: valuesOf(index), drivers: drivers[index]! };
  };
  return {
    isDriven: (index) =>
      Boolean(drivers[index]) && (input.states[index]?.includes('"effects"') ?? false),
    full: (index, forecaster) => {
      if (!drivers[index]) return undefined;
      const { effects, gain, origins } = chooseEffects(drivenOf(index), effectsOf(index));
      if (effects.length === 0) return undefined;
      const driven = forecastDriven(
        ...([drivenOf(index), effects, origin, DAYS_AHEAD_MOVED, forecaster] as const),
      );
      const { state } = driven.chosen;
      // Without a choice of methods there is nothing for the next nights to go on with.
      if (state === null) return undefined;
      const explained = {
        gain: Number(gain.toPrecision(DIGITS)),
        origins,
        effects: showEffects(effects, drivers[index]!),
      };
      return { ...driven, state: { ...state, effects }, explained };
    },
    fast: (index, state, forecaster) => {
      if (!drivers[index] || !state?.effects) return undefined;
      const { effects } = state;
      return forecastDriven(drivenOf(index), effects, origin, DAYS_AHEAD_MOVED, forecaster);
    },
  };
}
