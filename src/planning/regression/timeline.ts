import type { Panel } from './panel.ts';

/** A panel on one time line: every series and driver in every period, known or filled. */
export interface Timeline {
  /** Periods of history, and with those to be forecast. */
  readonly known: number;
  readonly periods: number;
  readonly season: number;
  readonly drivers: Panel['drivers'];
  readonly itemOf: Int32Array;
  readonly siteOf: Int32Array;
  readonly items: readonly string[];
  readonly sites: readonly string[];
  readonly keys: readonly string[];
  /** Logarithm of demand + `shift`, one row a series; NaN where unknown. */
  readonly logs: Float64Array;
  /** What is added to demand before its logarithm is taken; 0 where none of it is zero. */
  readonly shift: number;
  /**
   * For each driver one row a series: flags and amounts as they are, prices as the logarithm of
   * price over the series' usual price.
   */
  readonly values: readonly Float64Array[];
}

/** Cells (series x periods) that are looked at; of a larger panel, only the newest periods. */
const CELLS_MAX = 400_000;
/** However many series or few, so many periods of history are looked at. */
const PERIODS_MIN = 30;
const PERIODS_MAX = 2_500;

/** Demand beyond these is no demand; without them logarithms would leave all measure. */
const DEMAND_MIN = 1e-9;
const DEMAND_MAX = 1e15;
const DRIVER_MAX = 1e12;

function indexOf(names: readonly string[]): { indices: Int32Array; distinct: string[] } {
  const places = new Map<string, number>();
  const indices = Int32Array.from(names, (name) => {
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    return place;
  });
  return { indices, distinct: [...places.keys()] };
}

/** Puts the series of a panel on one time line and fills what is missing of the drivers. */
export function timelineOf(panel: Panel, horizon: number): Timeline {
  const { series } = panel;
  const starts = series.map(({ start }) => (Number.isFinite(start) ? Math.floor(start) : 0));
  const end = series.reduce((last, one, i) => Math.max(last, starts[i]! + one.values.length), 0);
  const first = series.reduce((least, _, i) => Math.min(least, starts[i]!), end);
  const affordable = Math.floor(CELLS_MAX / Math.max(1, series.length));
  const kept = Math.min(PERIODS_MAX, Math.max(PERIODS_MIN, affordable));
  const from = Math.max(first, end - kept);
  const known = end - from;
  const periods = known + horizon;
  const items = indexOf(series.map(({ item }) => item));
  const sites = indexOf(series.map(({ site }) => site));
  const { logs, shift } = logarithms(panel, starts, from, periods);
  return {
    known,
    periods,
    season: panel.season,
    drivers: panel.drivers,
    itemOf: items.indices,
    siteOf: sites.indices,
    items: items.distinct,
    sites: sites.distinct,
    keys: series.map(({ key }) => key),
    logs,
    shift,
    values: panel.drivers.map(({ kind }, driver) => {
      const rows = new Float64Array(series.length * periods);
      for (const [i, one] of series.entries()) {
        const row = rows.subarray(i * periods, (i + 1) * periods);
        fill(row, one.drivers[driver] ?? new Float64Array(), starts[i]! - from, kind);
        if (kind === 'price') relate(row, known);
      }
      return rows;
    }),
  };
}

/**
 * Negative demand (returns) counts as none. Where there is demand of zero, a little is added
 * before the logarithm: one unit, or the smallest demand seen if that is less.
 */
function logarithms(panel: Panel, starts: readonly number[], from: number, periods: number) {
  let smallest = Number.POSITIVE_INFINITY;
  let hasZero = false;
  for (const { values } of panel.series) {
    for (const value of values) {
      if (value > 0) smallest = Math.min(smallest, Math.max(DEMAND_MIN, value));
      else if (value <= 0) hasZero = true;
    }
  }
  const shift = hasZero || smallest <= DEMAND_MIN ? Math.min(1, smallest) : 0;
  const logs = new Float64Array(panel.series.length * periods).fill(Number.NaN);
  for (const [i, { values }] of panel.series.entries()) {
    for (let k = 0; k < values.length; k += 1) {
      const t = starts[i]! - from + k;
      const value = values[k]!;
      if (t >= 0 && Number.isFinite(value)) {
        const demand = Math.min(DEMAND_MAX, Math.max(shift > 0 ? 0 : DEMAND_MIN, value));
        logs[i * periods + t] = Math.log(demand + shift);
      }
    }
  }
  return { logs, shift };
}

/** Copies a driver to its place; what is missing repeats the last known, then the first. */
function fill(row: Float64Array, given: Float64Array, at: number, kind: string): void {
  const isUsable = (value: number) => Number.isFinite(value) && (kind !== 'price' || value > 0);
  const first = given.find(isUsable);
  // Of a price that is never told, nothing is lost by taking 1; a flag is then not raised.
  const bounded = (value: number) => Math.min(DRIVER_MAX, Math.max(-DRIVER_MAX, value));
  let last = bounded(first ?? (kind === 'price' ? 1 : 0));
  // What is known from before the time line begins still tells where it begins.
  const before = given.subarray(0, Math.max(0, -at)).findLast(isUsable);
  if (before !== undefined) last = bounded(before);
  for (let t = 0; t < row.length; t += 1) {
    const value = given[t - at] ?? Number.NaN;
    if (isUsable(value)) last = bounded(value);
    row[t] = kind === 'price' ? Math.log(last) : last;
  }
}

/** Takes the mean of the known periods off, so that 0 is the usual price. */
function relate(row: Float64Array, known: number): void {
  let sum = 0;
  const count = known > 0 ? known : row.length;
  for (let t = 0; t < count; t += 1) sum += row[t]!;
  for (let t = 0; t < row.length; t += 1) row[t]! -= sum / Math.max(1, count);
}
