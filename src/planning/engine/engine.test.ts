import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTERMITTENT_METHODS } from '../intermittent/index.ts';
import { METHODS } from '../methods/index.ts';
import { createRandom } from '../random.ts';
import { LEVELS, type Series } from '../series.ts';
import { knownAt, originsOf, roundsOf } from './backtest.ts';
import { clean, dense, forecastFast, forecastFull } from './index.ts';

type Kind = 'smooth' | 'lumpy' | 'intermittent' | 'trend';

/** Demand of a kind, the same for the same seed. */
function demand(kind: Kind, periods: number, seed: string): Float64Array {
  const random = createRandom(seed, kind);
  return Float64Array.from({ length: periods }, (_, t) => {
    const week = [0.8, 0.9, 1, 1, 1.2, 1.4, 0.7][t % 7]!;
    if (kind === 'smooth') return random.poisson(40 * week);
    if (kind === 'trend') return random.poisson((20 + 0.2 * t) * week);
    if (random.next() > 0.3) return 0;
    return kind === 'lumpy' ? Math.ceil(random.gamma(0.6, 30)) : random.integer(1, 2);
  });
}

const KINDS: readonly Kind[] = ['smooth', 'trend', 'lumpy', 'intermittent'];
const daily = (values: Float64Array): Series => ({ values, season: 7 });
const HORIZON = 10;

/** Every way to a number: both tiers, and the fast tier with what the slow one learned. */
const TIERS: readonly (readonly [string, (series: Series) => unknown])[] = [
  ['fast', (series) => forecastFast(series, HORIZON)],
  ['full', (series) => forecastFull(series, HORIZON)],
  [
    'fast after full',
    (series) => forecastFast(series, HORIZON, forecastFull(series, HORIZON).state),
  ],
];

describe.each(TIERS)('the %s tier', (_, forecast) => {
  it.each(KINDS)('says the same of the same history: %s', (kind) => {
    const first = forecast(daily(demand(kind, 150, 'a')));
    // Other work in between must leave nothing behind.
    forecast(daily(demand('lumpy', 90, 'b')));
    expect(forecast(daily(demand(kind, 150, 'a')))).toEqual(first);
  });

  it.each(KINDS)('does not change what it was given: %s', (kind) => {
    const values = demand(kind, 150, 'a');
    const before = values.slice();
    forecast(daily(values));
    expect(values).toEqual(before);
  });

  it.each(KINDS)('never sees what comes after its origin: %s', (kind) => {
    const origin = 140;
    const known = demand(kind, 200, 'leak').slice(0, origin);
    const expected = forecast(daily(known));
    for (const seed of ['one', 'two']) {
      // The same buffer goes on with another future, which a view's end must hide.
      const whole = new Float64Array(200);
      whole.set(known);
      whole.set(demand('trend', 60, seed), origin);
      expect(forecast(daily(whole.subarray(0, origin)))).toEqual(expected);
    }
  });
});

describe('a backtest', () => {
  it('shows no method what comes after an origin: shuffled future, truncated history', () => {
    const series = daily(demand('trend', 160, 'shuffle'));
    const rounds = roundsOf(series, HORIZON, originsOf(160, HORIZON, 28, 4));
    expect(rounds.length).toBe(4);
    for (const { origin } of rounds) {
      const shuffled = series.values.slice();
      const random = createRandom('shuffle', String(origin));
      for (let t = shuffled.length - 1; t > origin; t -= 1) {
        const other = random.integer(origin, t);
        [shuffled[t], shuffled[other]] = [shuffled[other]!, shuffled[t]!];
      }
      for (const method of [...METHODS, ...INTERMITTENT_METHODS]) {
        const truncated = method.forecast(daily(series.values.slice(0, origin)), HORIZON);
        const seen = method.forecast(knownAt(daily(shuffled), origin), HORIZON);
        expect([method.id, seen]).toEqual([method.id, truncated]);
      }
    }
  });

  it('judges the same with another future', () => {
    const base = demand('smooth', 160, 'future');
    const origins = forecastFull(daily(base), HORIZON).explanation.origins;
    const last = origins.at(-1)!;
    expect(last).toBeLessThan(160);
    const { actual } = roundsOf(daily(base), HORIZON, [last])[0]!;
    expect(actual).toEqual(base.slice(last, last + HORIZON));
  });

  it('gives a method that peeks nothing to peek at', () => {
    const lengths = new Set<number>();
    const peeking = {
      id: 'peeking',
      periodsMin: () => 1,
      forecast({ values }: Series, horizon: number) {
        // A view's buffer would hold the future beyond its end.
        lengths.add(values.buffer.byteLength / 8 - values.length);
        return { mean: new Float64Array(horizon), fitted: new Float64Array(values.length) };
      },
    };
    const series = daily(demand('smooth', 160, 'peek'));
    forecastFull(series, HORIZON, { methods: [peeking] });
    expect([...lengths]).toEqual([0]);
  });

  it('leaves out origins of which too little is known', () => {
    expect(originsOf(3, 10, 28, 8)).toEqual([]);
    expect(originsOf(1, 10, 1, 8)).toEqual([]);
    const origins = originsOf(100, 10, 28, 8);
    expect(origins).toEqual([...origins].sort((a, b) => a - b));
    expect(origins[0]).toBeGreaterThanOrEqual(50);
    expect(origins.at(-1)).toBeLessThan(100);
  });
});

describe('choosing', () => {
  it('never forecasts nothing for demand with many zeros', () => {
    const { mean, quantiles, explanation } = forecastFull(
      daily(demand('intermittent', 300, 'zeros')),
      HORIZON,
    );
    expect(mean[0]).toBeGreaterThan(0.2);
    expect(mean[0]).toBeLessThan(0.7);
    expect(quantiles[8]![0]).toBeGreaterThanOrEqual(1);
    expect(explanation.candidates.map(({ method }) => method)).not.toContain('zero');
  });

  it('follows a trend', () => {
    const { mean } = forecastFull(daily(demand('trend', 300, 'up')), 14);
    const average = mean.reduce((sum, value) => sum + value, 0) / 14;
    // The truth is 20 + 0.2 × 307.
    expect(average).toBeGreaterThan(74);
    expect(average).toBeLessThan(90);
  });

  it('says why: class, origins, candidates with their scores, weights that sum to one', () => {
    const { explanation, accuracy } = forecastFull(daily(demand('smooth', 200, 'why')), HORIZON, {
      marks: [{ kind: 'spike', count: 1, periods: [3] }],
    });
    expect(explanation.classification.class).toBe('smooth');
    expect(explanation.marks).toHaveLength(1);
    expect(explanation.origins.length).toBeGreaterThan(3);
    const weights = explanation.candidates.reduce((sum, { weight }) => sum + weight, 0);
    expect(weights).toBeCloseTo(1, 9);
    expect(explanation.summary).toContain('smooth');
    expect(accuracy!.wape).toBeLessThan(0.25);
    expect(accuracy!.count).toBeGreaterThan(30);
  });

  it('knows of a closed weekday', () => {
    const values = demand('smooth', 200, 'closed').map((value, t) => (t % 7 === 6 ? 0 : value));
    const { mean, quantiles } = forecastFast(daily(values), 14);
    for (const h of [6, 13]) {
      const at = h - (200 % 7);
      expect(mean[at]).toBe(0);
      expect(quantiles[9]![at]).toBe(0);
    }
  });
});

describe('bad history', () => {
  const million = function* () {
    for (let i = 0; i < 1_000_000; i += 1) yield { period: i % 300, quantity: 1 };
  };
  const cases: readonly (readonly [string, Float64Array, string | null])[] = [
    ['nothing', new Float64Array(0), 'empty'],
    ['one point', Float64Array.of(4), 'one_point'],
    ['all zeros', new Float64Array(300), 'all_zero'],
    ['gaps', demand('smooth', 200, 'g').map((v, t) => (t % 3 ? v : Number.NaN)), 'gaps'],
    ['all unknown', new Float64Array(50).fill(Number.NaN), 'empty'],
    ['negatives', demand('smooth', 200, 'n').map((v, t) => (t % 20 ? v : -v)), 'negatives'],
    ['a spike', demand('smooth', 200, 's').map((v, t) => (t === 99 ? 1e9 : v)), 'spike'],
    ['infinities', demand('smooth', 200, 'i').map((v, t) => (t % 50 ? v : 1 / 0)), 'not_finite'],
    ['a million days', new Float64Array(1_000_000).fill(3), 'too_long'],
    ['a million rows', dense(million(), 0, 299).values, null],
    ['the same always', new Float64Array(100).fill(7), null],
  ];

  it.each(cases)('%s gives a marked, sensible forecast', (_, history, kind) => {
    const { series, marks } = clean(history, { season: 7 });
    if (kind) expect(marks.map((mark) => mark.kind)).toContain(kind);
    const largest = series.values.reduce((a, b) => Math.max(a, b), 0);
    for (const forecast of [forecastFast(series, 14), forecastFull(series, 14, { marks })]) {
      expectSound(forecast, 14);
      expect(Math.max(...forecast.mean)).toBeLessThanOrEqual(1.5 * largest);
    }
  });

  it('of any sort gives quantiles that are finite, in order and not negative', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double(), fc.constant(0));
    const history = fc.array(value, { maxLength: 60 });
    fc.assert(
      fc.property(history, fc.constantFrom(1, 7, 12, 52), fc.nat(9), (values, season, horizon) => {
        const { series } = clean(Float64Array.from(values), { season });
        expectSound(forecastFast(series, horizon), horizon);
        const full = forecastFull(series, horizon, { originsMax: 3 });
        expectSound(full, horizon);
        expectSound(forecastFast(series, horizon, full.state), horizon);
      }),
      { numRuns: 40 },
    );
  });
});

function expectSound(
  forecast: { mean: Float64Array; quantiles: readonly Float64Array[]; correlation: number },
  horizon: number,
): void {
  expect(forecast.mean.length).toBe(horizon);
  expect(forecast.quantiles.length).toBe(LEVELS.length);
  expect(forecast.correlation).toBeGreaterThanOrEqual(0);
  expect(forecast.correlation).toBeLessThanOrEqual(1);
  for (let h = 0; h < horizon; h += 1) {
    const row = [0, ...forecast.quantiles.map((quantile) => quantile[h]!)];
    expect(row.every(Number.isFinite)).toBe(true);
    expect(row).toEqual([...row].sort((a, b) => a - b));
    expect(forecast.mean[h]).toBeGreaterThanOrEqual(0);
  }
}
