import { type Options, progress, type Row, round } from '../support/report.ts';
import { type ItemHistory, retailDaily, retailWeekly } from './data.ts';
import { movingAverage, type Outcome, seasonalNaive, type Trial, tryItem } from './rolling.ts';

/** Origins of the hold-out; nothing was chosen by what comes after the first of them. */
const WEEKLY_ORIGINS = [41, 42, 43, 44, 45, 46, 47, 48, 49] as const;
const DAILY_ORIGINS = [318, 325, 332, 339, 346, 353, 360] as const;

/** Weeks (of 53 known) and days (of 374) with what our forecast is held against. */
const TRIALS: readonly {
  readonly id: string;
  readonly unit: string;
  readonly items: () => ItemHistory[];
  readonly trial: Omit<Trial, 'tier'>;
}[] = [
  {
    id: 'retail.weekly',
    unit: 'weeks',
    items: retailWeekly,
    trial: {
      season: 52,
      horizon: 4,
      origins: WEEKLY_ORIGINS,
      baselines: [seasonalNaive(52), movingAverage(4)],
    },
  },
  {
    id: 'retail.daily',
    unit: 'days',
    items: retailDaily,
    trial: {
      season: 7,
      horizon: 14,
      origins: DAILY_ORIGINS,
      baselines: [seasonalNaive(7), movingAverage(28)],
    },
  },
];

/** Share of volume whose item was forecast better than by the better of the baselines. */
export function valueAdded(outcomes: readonly Outcome[]): number {
  let [units, won] = [0, 0];
  for (const { units: of, ours, baselines } of outcomes) {
    units += of;
    if (ours < Math.min(...baselines)) won += of;
  }
  return (100 * won) / units;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Forecast value added on the year of a real web shop: by rolling origin over the last twelve weeks
 * (eight for days), each item's scaled pinball loss against the better of two plain methods whose
 * quantiles are those of their own past errors.
 */
export async function retailRows(options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { id, unit, items, trial } of TRIALS) {
    const all = items();
    const sample = options.quick ? all.filter((_, i) => i % 10 === 0) : all;
    progress(`${id}: ${sample.length} items, ${trial.origins.length} origins`);
    const run = (tier: Trial['tier']) =>
      sample.flatMap((item) => tryItem(item, { ...trial, tier }) ?? []);
    const slow = run('slow');
    const fast = run('fast');
    const losses = trial.baselines.map((_, i) =>
      mean(slow.map((outcome) => outcome.baselines[i]!)),
    );
    const baseline = Math.min(...losses);
    const loss = mean(slow.map(({ ours }) => ours));
    const note =
      `${slow.length} items, ${trial.origins.length} origins of ${trial.horizon} ${unit}; ` +
      `against seasonal naive ${round(losses[0]!)} and moving average ${round(losses[1]!)}`;
    const added = valueAdded(slow);
    rows.push(
      {
        id: `${id}.value_added`,
        value: round(added),
        unit: '% of volume',
        baseline: null,
        ratio: null,
        reach: '>= 80',
        pass: added >= 80,
        note: `share of units whose item beats the better baseline; ${note}`,
      },
      informing(`${id}.pinball`, loss, baseline, `mean over items; ${note}`),
      {
        ...informing(
          `${id}.pinball_fast`,
          mean(fast.map(({ ours }) => ours)),
          baseline,
          `the fast tier alone: value added on ${round(valueAdded(fast))} % of volume`,
        ),
      },
    );
  }
  return rows;
}

function informing(id: string, value: number, baseline: number, note: string): Row {
  return {
    id,
    value: round(value),
    unit: 'scaled pinball loss',
    baseline: round(baseline),
    ratio: round(value / baseline),
    reach: 'to inform',
    pass: null,
    note,
  };
}
