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

/** Share of volume whose item was forecast better than `rival` says of it. */
function addedOver(outcomes: readonly Outcome[], rival: (outcome: Outcome) => number): number {
  let [units, won] = [0, 0];
  for (const outcome of outcomes) {
    units += outcome.units;
    if (outcome.ours < rival(outcome)) won += outcome.units;
  }
  return (100 * won) / units;
}

/** The strict reading: an item counts when its forecast beats both baselines. */
const valueAdded = (outcomes: readonly Outcome[]) =>
  addedOver(outcomes, ({ baselines }) => Math.min(...baselines));

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Forecast value added on the year of a real web shop: by rolling origin over the last twelve weeks
 * (eight for days), each item's scaled pinball loss against two plain methods whose quantiles are
 * those of their own past errors. An item counts when it beats both, which is what the better of
 * them after the fact asks; the milder readings stand beside it to inform.
 */
export async function retailRows(options: Options): Promise<Row[]> {
  return TRIALS.flatMap(({ id, unit, items, trial }) => {
    const all = items();
    const sample = options.quick ? all.filter((_, i) => i % 10 === 0) : all;
    progress(`${id}: ${sample.length} items, ${trial.origins.length} origins`);
    const run = (tier: Trial['tier']) =>
      sample.flatMap((item) => tryItem(item, { ...trial, tier }) ?? []);
    const [slow, fast] = [run('slow'), run('fast')];
    const losses = trial.baselines.map((_, i) => mean(slow.map(({ baselines }) => baselines[i]!)));
    const note =
      `${slow.length} items, ${trial.origins.length} origins of ${trial.horizon} ${unit}; ` +
      `against seasonal naive ${round(losses[0]!)} and moving average ${round(losses[1]!)}`;
    return [...addedRows(id, slow, note), ...lossRows(id, { slow, fast }, losses, note)].concat(
      coverageOf(id, slow),
    );
  });
}

function addedRows(id: string, outcomes: readonly Outcome[], note: string): Row[] {
  const added = valueAdded(outcomes);
  const unit = '% of volume';
  const over = (rival: (outcome: Outcome) => number) => round(addedOver(outcomes, rival));
  return [
    {
      id: `${id}.value_added`,
      value: round(added),
      unit,
      baseline: null,
      ratio: null,
      reach: '>= 80',
      pass: added >= 80,
      note: `share of units whose item beats both baselines; ${note}`,
    },
    {
      ...informing(
        `${id}.value_added_naive`,
        unit,
        'share of units whose item beats seasonal naive',
      ),
      value: over(({ baselines }) => baselines[0]!),
    },
    {
      ...informing(`${id}.value_added_average`, unit, 'the same against the moving average'),
      value: over(({ baselines }) => baselines[1]!),
    },
    {
      ...informing(
        `${id}.value_added_ahead`,
        unit,
        'the same against the baseline that did better on the item before the first origin',
      ),
      value: over(({ baselines, taken }) => baselines[taken]!),
    },
  ];
}

function lossRows(
  id: string,
  { slow, fast }: { slow: readonly Outcome[]; fast: readonly Outcome[] },
  losses: readonly number[],
  note: string,
): Row[] {
  const baseline = Math.min(...losses);
  const row = (name: string, outcomes: readonly Outcome[], text: string): Row => {
    const loss = mean(outcomes.map(({ ours }) => ours));
    const against = {
      value: round(loss),
      baseline: round(baseline),
      ratio: round(loss / baseline),
    };
    return { ...informing(`${id}.${name}`, 'scaled pinball loss', text), ...against };
  };
  const alone = `the fast tier alone: value added on ${round(valueAdded(fast))} % of volume`;
  return [row('pinball', slow, `mean over items; ${note}`), row('pinball_fast', fast, alone)];
}

const SHARES = [80, 90, 95] as const;

/** How many of the periods lay inside the intervals, over all items and origins. */
function coverageOf(id: string, outcomes: readonly Outcome[]): Row[] {
  const total = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  const periods = total((outcome) => outcome.periods);
  return SHARES.map((share, i) => {
    const value = round((100 * total(({ inside }) => inside[i]!)) / periods);
    const plain = round((100 * total((outcome) => outcome.plain[i]!)) / periods);
    const note = `of ${periods} periods; a demand on a lump counts in part (plain: ${plain} %)`;
    const row = informing(`${id}.coverage_${share}`, '%', note);
    return { ...row, value, baseline: share, ratio: round(value / share) };
  });
}

function informing(id: string, unit: string, note: string): Row {
  return {
    id,
    value: null,
    unit,
    baseline: null,
    ratio: null,
    reach: 'to inform',
    pass: null,
    note,
  };
}
