import type { DrivenForecast, SeriesDrivers } from '../effects/index.ts';
import { movedBy, pricesKnown } from '../effects/index.ts';
import type { EngineForecast, FullForecast } from '../engine/index.ts';
import type { Series } from '../series.ts';
import { type DriverLayer, driverLayer } from './driver-layer.ts';
import type { EvaluateInput } from './evaluate.ts';

/** Forecasts a series of a batch from an origin of the past, moved by what was known there. */
export interface PastDrivers {
  full(index: number, forecaster: (usual: Series) => FullForecast): Driven | undefined;
  fast(index: number, forecaster: (usual: Series) => EngineForecast): Driven | undefined;
}
type Driven = DrivenForecast<EngineForecast>;

/**
 * What moves a series as it was known at an origin of the past: plans by the day from which they
 * were known (see knownFrom), signals as far ahead of that day as they are of the last one, prices
 * through it.
 * @param known days of the series' history through the origin.
 * @param back days from the origin to the last day that is judged by.
 */
export function driversAt(
  drivers: SeriesDrivers,
  origin: number,
  known: number,
  back: number,
): SeriesDrivers {
  const { price } = drivers;
  return {
    named: drivers.named.flatMap((one) => {
      const isKnown = (_: number, i: number) => (one.knownFrom[i] as number) <= origin;
      const days = one.days.filter(isKnown);
      if (days.length === 0) return [];
      return [{ ...one, days, knownFrom: one.knownFrom.filter(isKnown) }];
    }),
    promotions: drivers.promotions.filter(({ knownFrom }) => knownFrom <= origin),
    signals: drivers.signals.map((signal) => ({ ...signal, lastDay: signal.lastDay - back })),
    signalsFrom: drivers.signalsFrom,
    price: price !== null && movedBy(price, known) ? price.slice(0, known) : null,
    plannedPrices: pricesKnown(drivers, origin),
  };
}

/**
 * The drivers of a batch at an origin `back` days before the last one. Effects are estimated and
 * tested there as the nightly run of that day would have done, from copies that end with it.
 */
export function pastDrivers(input: EvaluateInput, back: number): PastDrivers | undefined {
  if (input.drivers.every((one) => one === null)) return undefined;
  const lengths = input.lengths.map((length) => Math.max(0, length - back));
  const demand = new Float64Array(lengths.reduce((sum, length) => sum + length, 0));
  const marks = new Uint8Array(demand.length);
  let [from, to] = [0, 0];
  for (const [i, length] of lengths.entries()) {
    demand.set(input.demand.subarray(from, from + length), to);
    marks.set(input.marks.subarray(from, from + length), to);
    from += input.lengths[i] as number;
    to += length;
  }
  const origin = input.through - back;
  const drivers = input.drivers.map((one, i) =>
    one === null || lengths[i] === 0 ? null : driversAt(one, origin, lengths[i] as number, back),
  );
  const { keys, firstDays } = input;
  const count = lengths.length;
  const states = drivers.map(() => null);
  const layer: DriverLayer = driverLayer({
    ...{ origin, count, keys, firstDays, lengths, demand, marks, drivers, states },
  });
  return { full: layer.full, fast: layer.usual };
}
