import { clean, forecastFast, forecastFull } from '../../src/planning/engine/index.ts';
import { type Options, progress, type Row, round } from '../support/report.ts';
import { carparts, m3Monthly, retailDaily, retailWeekly } from './data.ts';
import { FINE_LEVELS, insideOf } from './rolling.ts';

/** One forecast to be judged: what was known, and what came. */
interface Case {
  readonly known: Float64Array;
  readonly actual: Float64Array;
}

const SETS: readonly {
  readonly name: string;
  readonly season: number;
  /** Every how many series a full run takes, so that it ends in minutes. */
  readonly every: number;
  readonly cases: () => Case[];
}[] = [
  {
    name: 'M3 monthly',
    season: 12,
    every: 3,
    cases: () => m3Monthly().map(({ values, actual }) => ({ known: values, actual })),
  },
  {
    name: 'retail weekly',
    season: 52,
    every: 2,
    cases: () => retailWeekly().flatMap(({ values }) => split(values, [41, 45, 49], 4)),
  },
  {
    name: 'retail daily',
    season: 7,
    every: 2,
    cases: () => retailDaily().flatMap(({ values }) => split(values, [318, 332, 346, 360], 14)),
  },
  {
    name: 'carparts',
    season: 12,
    every: 2,
    cases: () =>
      carparts()
        // Those that end earlier are too short to hold a year out.
        .filter(({ values }) => values.length >= 51)
        .flatMap(({ values }) => split(values, [values.length - 12], 12)),
  },
];

/** Cases of a history at some origins, where there was any demand before. */
function split(values: Float64Array, origins: readonly number[], horizon: number): Case[] {
  return origins
    .filter((origin) => origin > 1 && values.subarray(0, origin).some((value) => value > 0))
    .map((origin) => ({
      known: values.slice(0, origin),
      actual: values.slice(origin, origin + horizon),
    }));
}

const SHARES = [80, 90, 95] as const;

/** How far a coverage may lie from its name, in points. */
const POINTS = 1.5;

/**
 * Coverage of the 80, 90 and 95 % intervals by the whole engine (slow tier, then its choice) on
 * periods it has not seen; overall is the mean of the four sets. Demand in whole units is judged
 * by countCoverage; the plain share of periods inside stands in the note.
 */
export async function coverageRows(options: Options): Promise<Row[]> {
  const bySet = SETS.map(({ name, season, every, cases }) => {
    const all = cases();
    const step = every * (options.quick ? 10 : 1);
    const sample = all.filter((_, i) => i % step === 0);
    progress(`coverage: ${name}, ${sample.length} forecasts`);
    return { name, count: sample.length, ...measure(sample, season) };
  });
  return SHARES.map((share, i) => {
    const average = bySet.reduce((sum, set) => sum + set.counted[i]!, 0) / bySet.length;
    const each = bySet.map(
      ({ name, count, counted, plain }) =>
        `${name} ${round(counted[i]!)} (plain ${round(plain[i]!)}, ${count} forecasts)`,
    );
    return {
      id: `coverage.${share}`,
      value: round(average),
      unit: '%',
      baseline: share,
      ratio: round(average / share),
      reach: `within ${POINTS} points`,
      pass: Math.abs(average - share) <= POINTS,
      note: `mean of: ${each.join('; ')}`,
    };
  });
}

function measure(cases: readonly Case[], season: number) {
  const counted = [0, 0, 0];
  const plain = [0, 0, 0];
  let periods = 0;
  for (const { known, actual } of cases) {
    const { series } = clean(known, { season });
    const { state } = forecastFull(series, actual.length);
    const fine = forecastFast(series, actual.length, state, FINE_LEVELS).quantiles;
    for (const [i, hits] of insideOf(actual, fine).entries()) {
      counted[i]! += 100 * hits.counted;
      plain[i]! += 100 * hits.plain;
    }
    periods += actual.length;
  }
  return {
    counted: counted.map((sum) => sum / periods),
    plain: plain.map((sum) => sum / periods),
  };
}
