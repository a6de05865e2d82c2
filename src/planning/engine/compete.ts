import { INTERMITTENT_METHODS } from '../intermittent/index.ts';
import { METHODS } from '../methods/index.ts';
import type { Method, Series } from '../series.ts';
import { pinball } from './accuracy.ts';
import { conformalRounds, knownAt, type PointRound, pointRound, type Round } from './backtest.ts';
import { oracleOf, sound, USUAL } from './fast.ts';
import { PARTS, type Predictive } from './parts.ts';
import type { Shape } from './shape.ts';
import type { DemandClass } from './types.ts';

/** The season of days: their histories are the longest, and a million of them wait at night. */
export const DAYS_SEASON = 7;

/**
 * Point methods are the dear ones. One of days that loses this much more than the best cheap
 * method on the oldest rounds, of so many periods, is not tried on the others: its share would be
 * next to none.
 */
const TRIAL_MARGIN = 1.25;
const TRIAL_PERIODS = 28;

/** Smooth methods are for demand without many zeros, and the other way round. */
export function competitors(demandClass: DemandClass, more: readonly Method[]): readonly Method[] {
  const isSparse = demandClass === 'intermittent' || demandClass === 'lumpy';
  const methods = isSparse ? INTERMITTENT_METHODS : METHODS;
  // Forecasting nothing is no way to plan; it is there to show what MAE would choose.
  return [...methods.filter(({ id }) => id !== 'zero'), ...more];
}

/** One who competed: what it said at each round, and its score. */
export interface Entry {
  readonly method: string;
  readonly said: readonly Predictive[];
  /** What a point method said at each round. */
  readonly points: readonly PointRound[] | null;
  readonly point: Method | null;
  readonly score: number;
}

/** Pinball loss over all rounds; longer rounds count more. */
function scoreOf(rounds: readonly Round[], said: readonly Predictive[], levels: readonly number[]) {
  let [sum, count] = [0, 0];
  for (const [i, { actual }] of rounds.entries()) {
    sum += pinball(actual, said[i]!.quantiles, levels) * actual.length;
    count += actual.length;
  }
  return sum / count;
}

/** What the usual mix, the cheap methods and point methods would have said, with their scores. */
export function compete(
  series: Series,
  rounds: readonly Round[],
  shapes: readonly Shape[],
  demandClass: DemandClass,
  methods: readonly Method[],
  levels: readonly number[],
): Entry[] {
  const oracles = rounds.map(({ actual }, i) =>
    oracleOf(shapes[i]!, demandClass, actual.length, levels),
  );
  const direct = (method: string) => {
    const said = oracles.map((ask) => sound(ask(method)!));
    return { method, said, points: null, point: null, score: scoreOf(rounds, said, levels) };
  };
  // Counts are for few units; of many they know no more than the others, and take longer.
  const isSparse = demandClass === 'intermittent' || demandClass === 'lumpy';
  const entries: Entry[] = [
    direct(USUAL),
    ...PARTS.filter(({ id }) => isSparse || id !== 'counts').map(({ id }) => direct(id)),
  ];
  const [first] = rounds;
  const trial = series.season === DAYS_SEASON ? rounds.slice(0, trialOf(rounds)) : [];
  const leastOnTrial = Math.min(...entries.map(({ said }) => scoreOf(trial, said, levels)));
  for (const point of methods) {
    if (first!.origin < point.periodsMin(series.season)) continue;
    const points: PointRound[] = [];
    const calibrated = (count: number) => {
      const some = rounds.slice(0, count);
      for (const { origin, actual } of some.slice(points.length)) {
        points.push(pointRound(point, knownAt(series, origin), actual.length));
      }
      return conformalRounds(some, points, shapes, levels, series.values.length).map(sound);
    };
    if (trial.length > 0) {
      const tried = scoreOf(trial, calibrated(trial.length), levels);
      if (!(tried <= TRIAL_MARGIN * leastOnTrial)) continue;
    }
    const said = calibrated(rounds.length);
    const score = scoreOf(rounds, said, levels);
    if (Number.isFinite(score)) entries.push({ method: point.id, said, points, point, score });
  }
  return entries;
}

/** How many of the oldest rounds a trial is held on: enough periods, at most half of them. */
function trialOf(rounds: readonly Round[]): number {
  let [count, periods] = [0, 0];
  while (count < rounds.length / 2 && periods < TRIAL_PERIODS) {
    periods += rounds[count]!.actual.length;
    count += 1;
  }
  return count;
}
