import { methodOf } from '../../src/planning/methods/index.ts';
import { type Options, type Row, round } from '../support/report.ts';
import { referenceRows } from './reference.ts';

/** One series of a competition: what the entrants saw and what came after. */
interface Entry {
  readonly train: Float64Array;
  readonly test: Float64Array;
}

interface Errors {
  /** Mean over series of 200 |y - f| / (|y| + |f|). */
  readonly smape: number;
  /** Mean over series of the mean absolute error over that of seasonal naive in the past. */
  readonly mase: number;
}

interface Round {
  readonly name: 'm3' | 'tourism';
  readonly period: 'monthly' | 'quarterly' | 'yearly';
  readonly season: number;
  readonly reach: { readonly smape?: number; readonly mase: number };
  /** What else is worth a look beside the combination. */
  readonly others: readonly string[];
}

const ROUNDS: readonly Round[] = [
  {
    name: 'm3',
    period: 'monthly',
    season: 12,
    reach: { smape: 13.6, mase: 0.84 },
    others: ['ets', 'dotm', 'theta'],
  },
  {
    name: 'm3',
    period: 'quarterly',
    season: 4,
    reach: { smape: 9.05, mase: 1.08 },
    others: ['ets', 'dotm', 'theta'],
  },
  {
    name: 'm3',
    period: 'yearly',
    season: 1,
    reach: { smape: 15.9, mase: 2.6 },
    others: ['ets', 'theta', 'drift'],
  },
  {
    name: 'tourism',
    period: 'monthly',
    season: 12,
    reach: { mase: 1.51 },
    others: ['ets', 'dotm', 'theta'],
  },
];

/** In a quick run, each of so many series is left out but one. */
const QUICK_SHARE = 10;

function numbers(text: string): Float64Array {
  return Float64Array.from(text.trim().split(' '), Number);
}

function entries(name: string, period: string, quick: boolean): Entry[] {
  return referenceRows(`forecast/${name}.csv`)
    .filter((row) => row[1]?.toLowerCase() === period)
    .filter((_, i) => !quick || i % QUICK_SHARE === 0)
    .map((row) => ({ train: numbers(row.at(-2)!), test: numbers(row.at(-1)!) }));
}

/** The errors of a method over all series; it sees the training parts only. */
function errorsOf(id: string, among: readonly Entry[], season: number): Errors {
  const method = methodOf(id);
  let smape = 0;
  let mase = 0;
  for (const { train, test } of among) {
    const { mean } = method.forecast({ values: train, season }, test.length);
    let symmetric = 0;
    let absolute = 0;
    for (const [h, actual] of test.entries()) {
      const error = Math.abs(actual - mean[h]!);
      absolute += error;
      const size = Math.abs(actual) + Math.abs(mean[h]!);
      if (size > 0) symmetric += (200 * error) / size;
    }
    let scale = 0;
    for (let t = season; t < train.length; t += 1) {
      scale += Math.abs(train[t]! - train[t - season]!);
    }
    smape += symmetric / test.length;
    mase += absolute / test.length / (scale / (train.length - season));
  }
  return { smape: smape / among.length, mase: mase / among.length };
}

/** What the winner of M3 reached, as recomputed from its published forecasts. */
function published(period: string): Errors {
  const row = referenceRows('forecast/m3_published_errors.csv').find(
    ([method, of]) => method === 'THETA' && of?.toLowerCase() === period,
  );
  if (!row) throw new Error(`the published errors hold no THETA for ${period}`);
  return { smape: Number(row[3]), mase: Number(row[4]) };
}

function rowsOf({ name, period, season, reach, others }: Round, quick: boolean): Row[] {
  const among = entries(name, period, quick);
  const ours = errorsOf('combination', among, season);
  const isM3 = name === 'm3';
  const baseline = isM3 ? published(period) : errorsOf('seasonal_naive', among, season);
  const beside = others.map((id) => ({ id, errors: errorsOf(id, among, season) }));
  const chosen =
    season > 1
      ? 'median of six methods that were chosen on training parts'
      : 'no season: dotm alone, for its published results; alpha bounded by training parts';
  return (['smape', 'mase'] as const).flatMap((measure) => {
    const limit = reach[measure];
    if (limit === undefined) return [];
    const value = ours[measure];
    const list = beside.map(({ id, errors }) => `${id} ${round(errors[measure])}`).join(', ');
    const against = isM3 ? 'THETA of the competition (published)' : 'seasonal naive';
    return {
      id: `${name}.${period}.${measure}`,
      value: Number(value.toFixed(4)),
      unit: measure === 'smape' ? '%' : 'MASE',
      baseline: Number(baseline[measure].toFixed(4)),
      ratio: round(value / baseline[measure]),
      reach: `<= ${limit}`,
      // A sample says little of the whole.
      pass: quick ? null : value <= limit,
      note: `${among.length} series; ${chosen}; baseline: ${against}; beside: ${list}`,
    };
  });
}

/** Accuracy on the M3 and Tourism competitions, beside published errors. */
export async function smoothRows({ quick }: Options): Promise<Row[]> {
  return ROUNDS.flatMap((each) => rowsOf(each, quick));
}
