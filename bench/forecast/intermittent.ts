import { bias, rmsse, scaledPinball } from '../../src/planning/engine/accuracy.ts';
import { clean, forecastFull } from '../../src/planning/engine/index.ts';
import { forecastCounts, INTERMITTENT_METHODS } from '../../src/planning/intermittent/index.ts';
import { LEVELS } from '../../src/planning/series.ts';
import { type Options, type Row, round } from '../support/report.ts';
import { referenceRows } from './reference.ts';

/** Months held out at the end of each series. */
const HORIZON = 12;
/** The upper half of what is stored: those that a service level could ask for. */
const UPPER = LEVELS.filter((level) => level >= 0.5);

/** One part's history and the year that followed. */
interface Split {
  readonly history: Float64Array;
  readonly actual: Float64Array;
}

/** What forecasts one series: a mean for each month and, where it can, upper quantiles. */
type Forecaster = (history: Float64Array) => {
  readonly mean: Float64Array;
  readonly quantiles: readonly Float64Array[] | null;
};

interface Scores {
  readonly rmsse: number;
  readonly pinball: number | null;
  readonly bias: number;
}

const methodOf = (id: string) => INTERMITTENT_METHODS.find((method) => method.id === id)!;

const point =
  (id: string): Forecaster =>
  (history) => ({
    mean: methodOf(id).forecast({ values: history, season: 12 }, HORIZON).mean,
    quantiles: null,
  });

const counts: Forecaster = (history) => {
  const forecast = forecastCounts({ values: history, season: 12 }, HORIZON);
  const quantiles = UPPER.map((level) => forecast.quantiles[LEVELS.indexOf(level)]!);
  return { mean: forecast.mean, quantiles };
};

/** What a plan rests on: the slow tier of the engine, of which the counts are one part. */
const engine: Forecaster = (history) => {
  const forecast = forecastFull(clean(history, { season: 12 }).series, HORIZON);
  const quantiles = UPPER.map((level) => forecast.quantiles[LEVELS.indexOf(level)]!);
  return { mean: forecast.mean, quantiles };
};

/** Seasonal naive; its quantiles are those of the whole history, every month alike. */
const naive: Forecaster = (history) => {
  const sorted = history.slice().sort();
  const rank = (level: number) => Math.max(0, Math.ceil(level * sorted.length) - 1);
  return {
    mean: history.slice(history.length - HORIZON),
    quantiles: UPPER.map((level) => new Float64Array(HORIZON).fill(sorted[rank(level)]!)),
  };
};

/** Series as they are known: months before the first and after the last known one are dropped. */
function carparts(): Float64Array[] {
  return referenceRows('forecast/carparts.csv').map(([, , , values = '']) => {
    const known = values.split(' ').map((value) => (value === 'NA' ? Number.NaN : Number(value)));
    while (known.length > 0 && Number.isNaN(known[0])) known.shift();
    while (known.length > 0 && Number.isNaN(known[known.length - 1])) known.pop();
    return Float64Array.from(known);
  });
}

function scores(splits: readonly Split[], forecaster: Forecaster): Scores {
  let errors = 0;
  let losses: number | null = 0;
  const forecasts: number[] = [];
  const actuals: number[] = [];
  for (const { history, actual } of splits) {
    const { mean, quantiles } = forecaster(history);
    // Scales begin with the first demand, as in M5: before it the part may not have existed.
    const since = history.subarray(history.findIndex((value) => value > 0));
    errors += rmsse(actual, mean, since);
    if (quantiles === null) losses = null;
    else if (losses !== null) losses += scaledPinball(actual, quantiles, since, UPPER);
    forecasts.push(...mean);
    actuals.push(...actual);
  }
  return {
    rmsse: errors / splits.length,
    pinball: losses === null ? null : losses / splits.length,
    bias: 100 * bias(actuals, forecasts),
  };
}

/** Series of all 51 months whose first 39 change at least once: only those have a scale. */
function splitsOf(all: readonly Float64Array[]): Split[] {
  return all
    .filter((values) => values.length === 51 && values.every(Number.isFinite))
    .map((values) => ({ history: values.slice(0, 39), actual: values.slice(39) }))
    .filter(({ history }) => {
      const first = history.findIndex((value) => value > 0);
      return first >= 0 && history.subarray(first).some((value) => value !== history[first]);
    });
}

function row(id: string, value: number, baseline: number, reach: string, pass: boolean) {
  const ratio = round(value / baseline);
  return { id, value: round(value), baseline: round(baseline), ratio, reach, pass };
}

/**
 * Forecasts of a year of car parts: 2,674 monthly series, most months without a sale. All of them
 * take a second or two, so a quick run leaves none out.
 */
export async function intermittentRows(_options: Options): Promise<Row[]> {
  const all = carparts();
  const splits = splitsOf(all);
  const ours = scores(splits, counts);
  const base = scores(splits, naive);
  const whole = scores(splits, engine);
  const others = INTERMITTENT_METHODS.map(({ id }) => {
    const { rmsse: error, bias: off } = scores(splits, point(id));
    return `${id} ${round(error)} (bias ${round(off)}%)`;
  }).join(', ');
  const who =
    `${splits.length} of ${all.length} series: those known in all 51 months ` +
    `(${all.filter((values) => values.length < 51).length} end after at most 14, too short to ` +
    'hold a year out) whose 39 months of history vary; the last 12 are held out';
  return [
    {
      ...row('carparts.rmsse', ours.rmsse, base.rmsse, '<= 0.67', ours.rmsse <= 0.67),
      unit: 'RMSSE',
      note: `mean over ${who}. Baseline: seasonal naive. In the same run: ${others}`,
    },
    {
      ...row(
        'carparts.scaled_pinball',
        ours.pinball!,
        base.pinball!,
        '<= 0.41',
        ours.pinball! <= 0.41,
      ),
      unit: 'scaled pinball loss',
      note:
        `levels ${UPPER.join(', ')}; loss over the mean absolute change of the history from its ` +
        'first demand on, as in M5 Uncertainty; mean over series. Baseline: quantiles of the ' +
        `history. All zeros would have ${round(scores(splits, zeros).pinball!)}`,
    },
    {
      ...row('carparts.bias', ours.bias, base.bias, 'between -10% and 10%', isLow(ours.bias)),
      unit: '% of demand',
      note: 'sum of forecasts less sum of demand, over all parts; demand falls by 12% a year',
    },
    {
      ...row('carparts.engine_pinball', whole.pinball!, base.pinball!, 'to inform', true),
      unit: 'scaled pinball loss',
      pass: null,
      note:
        'the whole engine, which cleans first and mixes the counts with others: ' +
        `RMSSE ${round(whole.rmsse)}, bias ${round(whole.bias)}%`,
    },
  ];
}

const isLow = (percent: number) => Math.abs(percent) <= 10;

const zeros: Forecaster = () => ({
  mean: new Float64Array(HORIZON),
  quantiles: UPPER.map(() => new Float64Array(HORIZON)),
});
