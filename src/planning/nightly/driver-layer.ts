import { MARK } from '../demand/index.ts';
import {
  chooseEffects,
  type DrivenForecast,
  type Effect,
  forecastDriven,
  type ItemEffects,
  itemEffects,
  type Member,
  pricesKnown,
  type SeriesDrivers,
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
  /** Whether a price was planned since the origin of a series' last selection, which to repeat. */
  hasNewPrice(index: number, selectedDay: number): boolean;
  full(index: number, forecaster: (usual: Series) => FullForecast): FullDriven | undefined;
  /** By effects that are chosen now, around a forecast that chooses nothing. */
  usual(
    index: number,
    forecaster: (usual: Series) => EngineForecast,
  ): DrivenForecast<EngineForecast> | undefined;
  fast(
    index: number,
    state: NightState | null,
    forecaster: (usual: Series) => EngineForecast,
  ): DrivenForecast<EngineForecast> | undefined;
}

/** What of a batch drivers are about. */
type DrivenBatch = Pick<
  BatchInput,
  | ('origin' | 'count' | 'keys' | 'firstDays' | 'lengths' | 'demand' | 'marks' | 'states')
  | 'drivers'
>;

/** Days on which demand was not what customers wanted, or was that of another item. */
const NOT_USUAL = MARK.unavailable | MARK.excluded | MARK.oneOff | MARK.inherited;
const DAYS_AHEAD_MOVED = WEEKS_AHEAD * WEEK_DAYS;
const DIGITS = 3;

/** A series as effects are estimated from it. */
function toMember(
  raw: Float64Array,
  { marks, ...of }: Pick<Member, 'firstDay' | 'drivers'> & { readonly marks: Uint8Array },
): Member {
  const { series, offset } = clean(raw, { season: WEEK_DAYS });
  const values = new Float64Array(raw.length);
  values.set(series.values, offset);
  const isUsable = Uint8Array.from(raw, (value, t) =>
    t < offset || Number.isNaN(value) || ((marks[t] as number) & NOT_USUAL) !== 0 ? 0 : 1,
  );
  return { ...of, values, isUsable };
}

function hasNewPrice(
  drivers: SeriesDrivers | null | undefined,
  origin: number,
  selectedDay: number,
): boolean {
  return (drivers ? pricesKnown(drivers, origin) : []).some(
    ({ to, recordedDay }) => (to === null || to > origin) && recordedDay > selectedDay,
  );
}

/**
 * The drivers of a batch. Effects are estimated once for each item, from its series at all sites,
 * which are always in one batch: so they are the same however a run is cut into parts.
 */
export function driverLayer(input: DrivenBatch): DriverLayer {
  const { origin, drivers, count, keys } = input;
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + (input.lengths[i] as number);
  const valuesOf = (index: number) =>
    input.demand.subarray(offsets[index] as number, offsets[index + 1] as number);
  const memberOf = (index: number): Member =>
    toMember(valuesOf(index), {
      marks: input.marks.subarray(offsets[index] as number),
      firstDay: input.firstDays[index] as number,
      drivers: drivers[index]!,
    });
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
  const chosenFor = (index: number) => {
    const chosen = chooseEffects(drivenOf(index), effectsOf(index));
    return chosen.effects.length > 0 ? chosen : undefined;
  };
  const forecastOf = <F extends EngineForecast>(
    index: number,
    effects: readonly Effect[],
    forecaster: (usual: Series) => F,
  ) => forecastDriven(drivenOf(index), effects, origin, DAYS_AHEAD_MOVED, forecaster);
  return {
    isDriven: (index) =>
      Boolean(drivers[index]) && (input.states[index]?.includes('"effects"') ?? false),
    hasNewPrice: (index, selectedDay) => hasNewPrice(drivers[index], origin, selectedDay),
    full: (index, forecaster) => {
      if (!drivers[index]) return undefined;
      const chosen = chosenFor(index);
      if (!chosen) return undefined;
      const { effects, gain, origins } = chosen;
      const driven = forecastOf(index, effects, forecaster);
      const { state } = driven.chosen;
      // Without a choice of methods there is nothing for the next nights to go on with.
      if (state === null) return undefined;
      const explained = {
        gain: Number(gain.toPrecision(DIGITS)),
        origins,
        effects: showEffects(effects, drivers[index]!, origin),
      };
      return { ...driven, state: { ...state, effects }, explained };
    },
    fast: (index, state, forecaster) => {
      if (!drivers[index] || !state?.effects) return undefined;
      return forecastOf(index, state.effects, forecaster);
    },
    usual: (index, forecaster) => {
      const chosen = drivers[index] ? chosenFor(index) : undefined;
      return chosen && forecastOf(index, chosen.effects, forecaster);
    },
  };
}
