import { declareProblem } from '../../platform/problems.ts';
import type { LargeOverride } from './types.ts';
import { DAYS_AHEAD, WEEK_DAYS, WEEKS_AHEAD } from './types.ts';

/** What planners say instead of a forecast, for some days. Pure rules. */

export interface Override {
  readonly overrideId: string;
  readonly itemId: number | null;
  readonly group: string | null;
  /** Null: at every site. */
  readonly siteId: number | null;
  /** First and last day, counted from 1970-01-01. */
  readonly fromDay: number;
  readonly toDay: number;
  /** absolute: units a day; percent: so much more (or, below 0, less) than the forecast. */
  readonly kind: 'absolute' | 'percent';
  readonly value: number;
  readonly number: string;
  /** Demand with it over that without it, as known when it was made; null: nothing was forecast. */
  readonly timesForecast: number | null;
  /** Further above the forecast than usual: who decides on what rests on it is told. */
  readonly isLarge: boolean;
}

/** The item x site that overrides are looked up for. */
export interface Place {
  readonly itemId: number;
  readonly siteId: number;
  readonly group: string;
}

/** The narrower wins: an item before a group, one site before all of them. */
function narrowness({ itemId, siteId }: Override): number {
  return (itemId === null ? 0 : 2) + (siteId === null ? 0 : 1);
}

function concerns(override: Override, { itemId, siteId, group }: Place): boolean {
  const isItem = override.itemId === null ? override.group === group : override.itemId === itemId;
  return isItem && (override.siteId === null || override.siteId === siteId);
}

/** Overrides ready to be looked up by item and by group. */
export interface OverrideIndex {
  /** Those that concern a place, the one that wins first; of equals the newer one. */
  of(place: Place): Override[];
  readonly size: number;
}

/** Makes an index of overrides, given oldest first. */
export function indexOverrides(overrides: readonly Override[]): OverrideIndex {
  const byKey = new Map<string, { override: Override; age: number }[]>();
  overrides.forEach((override, age) => {
    const key = override.itemId === null ? `g${override.group}` : `i${override.itemId}`;
    byKey.set(key, [...(byKey.get(key) ?? []), { override, age }]);
  });
  return {
    size: overrides.length,
    of: (place) =>
      [...(byKey.get(`i${place.itemId}`) ?? []), ...(byKey.get(`g${place.group}`) ?? [])]
        .filter(({ override }) => concerns(override, place))
        .sort((a, b) => narrowness(b.override) - narrowness(a.override) || b.age - a.age)
        .map(({ override }) => override),
  };
}

/** The override that holds on a day: the first of those in order that covers it. */
export function overrideOn(overrides: readonly Override[], day: number): Override | undefined {
  return overrides.find(({ fromDay, toDay }) => fromDay <= day && day <= toDay);
}

function applied(override: Override | undefined, mean: number): number {
  if (!override) return mean;
  if (override.kind === 'absolute') return override.value;
  return Math.max(0, mean * (1 + override.value / 100));
}

/** Means of days and weeks ahead with overrides in them. */
export interface OverriddenMeans {
  readonly dayMeans: Float64Array;
  readonly weekMeans: Float64Array;
  /** Ids of the overrides that hold on any of the days, in order of days. */
  readonly overrides: readonly string[];
}

/**
 * Applies overrides to means of the days and weeks after `origin`. Where days have no mean of
 * their own, a seventh of the week's stands for them.
 */
export function overrideMeans(
  overrides: readonly Override[],
  origin: number,
  means: { readonly dayMeans: Float64Array; readonly weekMeans: Float64Array },
): OverriddenMeans {
  const dayMeans = means.dayMeans.slice();
  const weekMeans = new Float64Array(WEEKS_AHEAD);
  const used = new Set<string>();
  for (let day = 0; day < WEEKS_AHEAD * WEEK_DAYS; day++) {
    const week = Math.floor(day / WEEK_DAYS);
    const before =
      day < DAYS_AHEAD
        ? (means.dayMeans[day] as number)
        : (means.weekMeans[week] as number) / WEEK_DAYS;
    const override = overrideOn(overrides, origin + 1 + day);
    const after = applied(override, before);
    if (override) used.add(override.overrideId);
    if (day < DAYS_AHEAD) dayMeans[day] = after;
    weekMeans[week]! += after;
  }
  return { dayMeans, weekMeans, overrides: [...used] };
}

/** From so many times the forecast on, an override must be confirmed. */
export const LARGE_TIMES = 5;

/** What an override says of the places it is for, beside what was expected of them. */
export interface OverrideSize {
  /** Units of its days as forecast, of all of them with a forecast; null where there is none. */
  readonly forecast: number | null;
  /** The same with the override. */
  readonly overridden: number;
  /** The highest demand that any day ever saw. */
  readonly highestDay: number;
}

/**
 * How many times the forecast an override is, and whether that is large: at least
 * {@link LARGE_TIMES} of it, and more beyond it than the highest day ever, so that a second unit of
 * what sells once a quarter is no matter. Less than the forecast is not large: it buys nothing.
 */
export function judgeSize({ forecast, overridden, highestDay }: OverrideSize): {
  readonly timesForecast: number | null;
  readonly isLarge: boolean;
} {
  const timesForecast = forecast !== null && forecast > 0 ? overridden / forecast : null;
  const beyond = overridden - (forecast ?? 0);
  const isMuch = timesForecast === null ? beyond > 0 : timesForecast >= LARGE_TIMES;
  return { timesForecast, isLarge: isMuch && beyond > highestDay };
}

/** The large ones of the overrides in use. */
export function largeOnes(
  overrides: readonly Override[],
  used: readonly string[],
): LargeOverride[] {
  return overrides.flatMap(({ overrideId, number, timesForecast, isLarge, fromDay }) =>
    isLarge && used.includes(overrideId) ? [{ number, timesForecast, fromDay }] : [],
  );
}

export const overrideLarge = declareProblem({
  name: 'forecast-override-large',
  status: 422,
  title: 'The override is many times the forecast',
  remedy: 'If it is meant, send it again with `confirmLarge`: proposals that rest on it say so.',
});

export const overrideUndone = declareProblem({
  name: 'forecast-override-undone',
  status: 409,
  title: 'The override has been undone already',
  remedy: 'Make another one.',
});
