import { forecastFast } from '../../src/planning/engine/index.ts';
import { methodOf } from '../../src/planning/methods/index.ts';
import { createRandom } from '../../src/planning/random.ts';
import { LEVELS, type Series } from '../../src/planning/series.ts';
import { median, type Options, type Row, round } from '../support/report.ts';

/** Two years of days, forecast four weeks ahead. */
const PERIODS = 730;
const SEASON = 7;
const HORIZON = 28;

/** Share of each weekday in a week's demand. */
const WEEK = [0.8, 0.85, 0.9, 1, 1.3, 1.45, 0.7];

/** Daily demand with a weekly season, a slow trend and more than Poisson noise. */
function daily(seed: string, count: number): Series[] {
  return Array.from({ length: count }, (_, i) => {
    const random = createRandom(seed, `series ${i}`);
    const level = random.uniform(20, 200);
    const growth = random.uniform(-0.3, 0.5);
    const values = new Float64Array(PERIODS);
    for (let t = 0; t < PERIODS; t += 1) {
      const mean = level * (1 + (growth * t) / PERIODS) * WEEK[t % SEASON]!;
      values[t] = random.negativeBinomial(mean, 1.5 * mean);
    }
    return { values, season: SEASON };
  });
}

/** What one would write in a minute: last week again, with the quantiles of its past errors. */
function straightforward({ values }: Series): Float64Array[] {
  const errors = values.slice(SEASON).map((value, t) => value - values[t]!);
  errors.sort();
  const last = values.subarray(values.length - SEASON);
  return LEVELS.map((level) => {
    const error = errors[Math.floor(level * (errors.length - 1))]!;
    return Float64Array.from({ length: HORIZON }, (_, h) => Math.max(0, last[h % SEASON]! + error));
  });
}

interface Contest {
  readonly id: string;
  readonly reach: number;
  readonly note: string;
  /** Series of one round: about a tenth of a second of work. */
  readonly batch: number;
  readonly work: (series: Series) => unknown;
}

const CONTESTS: readonly Contest[] = [
  {
    id: 'speed.fast_tier',
    reach: 2000,
    batch: 300,
    work: (series) => forecastFast(series, HORIZON),
    note: 'the cheapest tier end to end: class, forecast and ten quantiles',
  },
  {
    id: 'speed.dotm',
    reach: 1000,
    batch: 300,
    work: (series) => methodOf('dotm').forecast(series, HORIZON),
    note: 'season test, deseasonalising, search of alpha with level and weight solved exactly',
  },
  {
    id: 'speed.seasonal_ets',
    reach: 150,
    batch: 30,
    work: (series) => methodOf('ets').forecast(series, HORIZON),
    note: 'error and season of five forms, then the trend, by AICc',
  },
];

/** Series a second of one pass over a batch. */
function rate(batch: readonly Series[], work: (series: Series) => unknown): number {
  const start = performance.now();
  for (const series of batch) work(series);
  return (1000 * batch.length) / (performance.now() - start);
}

/**
 * Series a second on one core, against seasonal naive with empirical quantiles. Rounds of the two
 * take turns, so that both see the same machine; the figure is the median round.
 */
export async function speedRows({ quick }: Options): Promise<Row[]> {
  const rounds = quick ? 3 : 9;
  return CONTESTS.map(({ id, reach, note, batch, work }) => {
    const all = daily(id, batch * 3);
    const ours: number[] = [];
    const theirs: number[] = [];
    // The first round warms up and does not count.
    for (let i = 0; i <= rounds; i += 1) {
      const part = all.slice((i % 3) * batch, ((i % 3) + 1) * batch);
      const [a, b] = [rate(part, work), rate(part, straightforward)];
      if (i === 0) continue;
      ours.push(a);
      theirs.push(b);
    }
    const [value, baseline] = [median(ours), median(theirs)];
    return {
      id,
      value: round(value),
      unit: 'series/s',
      baseline: round(baseline),
      ratio: round(value / baseline),
      reach: `>= ${reach.toLocaleString('en')} series/s`,
      pass: value >= reach,
      note: `${note}; one core, ${PERIODS} days; baseline: seasonal naive, empirical quantiles`,
    };
  });
}
