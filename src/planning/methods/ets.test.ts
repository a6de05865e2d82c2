import { describe, expect, it } from 'vitest';
import { fitForm } from './ets-fit.ts';
import { type EtsForm, type EtsState, pass, project } from './ets-recursion.ts';
import { methodOf } from './index.ts';

const form = (
  error: EtsForm['error'],
  trend: EtsForm['trend'],
  season: EtsForm['season'],
  isDamped = false,
): EtsForm => ({ error, trend, season, isDamped });

function state(start: Partial<EtsState>): EtsState {
  return {
    alpha: 0.5,
    beta: 0,
    gamma: 0,
    phi: 1,
    level: 0,
    slope: 0,
    seasons: new Float64Array(1),
    squares: 0,
    logarithms: 0,
    ...start,
  };
}

/** What was said of each period, with the states after the last. */
function said(of: EtsForm, values: number[], from: EtsState) {
  const fitted = new Float64Array(values.length);
  expect(pass(of, Float64Array.from(values), from, fitted)).toBe(true);
  return [...fitted];
}

describe('a pass of exponential smoothing', () => {
  it('smooths a level, by hand', () => {
    const after = state({ level: 10 });
    expect(said(form('A', 'N', 'N'), [12, 8, 11], after)).toEqual([10, 11, 9.5]);
    expect(after.level).toBe(10.25);
    expect(after.squares).toBe(4 + 9 + 2.25);
  });

  it('smooths level and slope, by hand', () => {
    const after = state({ beta: 0.25, level: 10, slope: 2 });
    expect(said(form('A', 'A', 'N'), [14, 14], after)).toEqual([12, 15.5]);
    expect([after.level, after.slope]).toEqual([14.75, 2.125]);
    expect([...project(form('A', 'A', 'N'), after, 2, 2)]).toEqual([16.875, 19]);
  });

  it('damps a slope more with each period', () => {
    const damped = form('A', 'A', 'N', true);
    const mean = project(damped, state({ phi: 0.5, level: 8, slope: 8 }), 0, 3);
    expect([...mean]).toEqual([12, 14, 15]);
  });

  it('adds a season, by hand', () => {
    const after = state({ gamma: 0.5, level: 10, seasons: Float64Array.from([2, -2]) });
    expect(said(form('A', 'N', 'A'), [14, 9, 13], after)).toEqual([12, 9, 14]);
    expect([...after.seasons]).toEqual([2.5, -2]);
    expect([...project(form('A', 'N', 'A'), after, 3, 3)]).toEqual([8.5, 13, 8.5]);
  });

  it('multiplies by a season, by hand', () => {
    const after = state({ gamma: 0.5, level: 10, seasons: Float64Array.from([2, 0.5]) });
    expect(said(form('M', 'N', 'M'), [30, 7.5], after)).toEqual([20, 6.25]);
    expect(after.level).toBeCloseTo(13.75, 12);
    expect([...after.seasons]).toEqual([2.5, 0.55]);
    expect(after.squares).toBeCloseTo(0.25 + 0.04, 12);
    expect(after.logarithms).toBeCloseTo(Math.log(20 * 6.25), 12);
  });

  it('says the same under either error, which only the likelihood tells apart', () => {
    const values = [12, 15, 11, 14, 18, 13];
    const start = () =>
      state({ beta: 0.1, gamma: 0.2, level: 12, slope: 1, seasons: Float64Array.from([1, -1]) });
    const additive = said(form('A', 'A', 'A'), values, start());
    expect(said(form('M', 'A', 'A'), values, start())).toEqual(additive);
  });

  it('refuses states out of their range', () => {
    const from = state({ level: -5 });
    expect(pass(form('M', 'N', 'N'), Float64Array.from([1]), from, null)).toBe(false);
  });

  it('keeps a likelihood that a product of floats could not hold', () => {
    const after = state({ level: 1e80 });
    said(form('M', 'N', 'N'), new Array(20).fill(1e80), after);
    expect(after.logarithms).toBeCloseTo(20 * Math.log(1e80), 6);
  });
});

describe('the fit of a form', () => {
  // A wave with a wobble: any fixed numbers would do.
  const short = Float64Array.from({ length: 40 }, (_, t) => 50 + 10 * Math.sin(t) + ((t * 7) % 5));

  it('is no worse than any point of a fine grid', () => {
    const found = fitForm(form('A', 'N', 'N'), short, 1).start;
    pass(form('A', 'N', 'N'), short, found, null);
    for (let alpha = 0.01; alpha < 1; alpha += 0.01) {
      for (let level = 40; level <= 65; level += 0.25) {
        const other = state({ alpha, level });
        pass(form('A', 'N', 'N'), short, other, null);
        expect(found.squares).toBeLessThanOrEqual(other.squares * (1 + 1e-4));
      }
    }
  });

  it('moves with the history when it is shifted', () => {
    const shifted = short.map((value) => value + 1000);
    const [one, two] = [short, shifted].map((values) => {
      const { start } = fitForm(form('A', 'A', 'N'), values, 1);
      pass(form('A', 'A', 'N'), values, start, null);
      return project(form('A', 'A', 'N'), start, values.length, 5);
    });
    for (const [h, value] of one!.entries()) expect(two![h]! - 1000).toBeCloseTo(value, 1);
  });

  it('finds by backcasting what a long history began with', () => {
    const long = Float64Array.from(
      { length: 400 },
      (_, t) => 100 + 0.5 * t + [9, 0, -4, -5][t % 4]!,
    );
    const { start } = fitForm(form('A', 'A', 'A'), long, 4);
    expect(start.level).toBeCloseTo(99.5, 0);
    expect(start.slope).toBeCloseTo(0.5, 1);
    expect(start.seasons[0]!).toBeCloseTo(9, 0);
  });
});

describe('ETS', () => {
  it('follows a line, a season and a season that grows', () => {
    const week = [0.7, 0.9, 1, 1, 1.1, 1.5, 0.8];
    const grown = (t: number) => (100 + t) * week[t % 7]! * (1 + 0.02 * Math.sin(t * t));
    for (const periods of [60, 400]) {
      const values = Float64Array.from({ length: periods }, (_, t) => grown(t));
      const { mean } = methodOf('ets').forecast({ values, season: 7 }, 7);
      for (const [h, value] of mean.entries()) {
        const expected = (100 + periods + h) * week[(periods + h) % 7]!;
        expect(Math.abs(value / expected - 1)).toBeLessThan(0.05);
      }
    }
  });

  it('takes a season of 52 weeks out by decomposition', () => {
    const values = Float64Array.from(
      { length: 208 },
      (_, t) => 100 + 40 * Math.sin((2 * Math.PI * t) / 52) + ((t * 7) % 5),
    );
    const { mean } = methodOf('ets').forecast({ values, season: 52 }, 52);
    for (const [h, value] of mean.entries()) {
      expect(Math.abs(value - 102 - 40 * Math.sin((2 * Math.PI * h) / 52))).toBeLessThan(10);
    }
  });
});

describe('what a fit found', () => {
  const week = [0.7, 0.9, 1, 1, 1.1, 1.5, 0.8];
  const history = (periods: number) =>
    Float64Array.from(
      { length: periods },
      (_, t) => (100 + 20 * Math.sin(t / 40)) * week[t % 7]! * (1 + 0.1 * Math.sin(t * t)),
    );
  const methods = ['ets', 'theta', 'otm', 'dotm'].map((id) => [id, methodOf(id)] as const);

  it.each(methods)('of %s is not searched for again and says nearly the same', (_, method) => {
    const found = method.forecast({ values: history(364), season: 7 }, 14).tuning!;
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    const series = { values: history(374).slice(-364), season: 7 };
    const anew = method.forecast(series, 14);
    const given = method.forecast(series, 14, found);
    expect(given.tuning).toEqual(found);
    for (const [h, value] of given.mean.entries()) {
      expect(Math.abs(value / anew.mean[h]! - 1)).toBeLessThan(0.03);
    }
    // A tuning that is not the best one is used all the same, or nothing would have been saved.
    const numbers = found.numbers.map((value, i) => (i === 0 ? 0.95 : value));
    expect(method.forecast(series, 14, { ...found, numbers }).mean).not.toEqual(anew.mean);
  });

  it.each(methods)('of %s is fitted anew where it does not suit', (_, method) => {
    const values = history(364).map((value, t) => (t % 5 === 0 ? 0 : value));
    const series = { values, season: 7 };
    const anew = method.forecast(series, 14);
    // Ratios say nothing of a history with zeros, and these are no numbers of the method.
    for (const form of ['M,N,M', 'nonsense']) {
      const numbers = form === 'M,N,M' && method.id === 'ets' ? [0.1, 0, 0.1, 1] : [];
      expect(method.forecast(series, 14, { form, numbers })).toEqual(anew);
    }
  });
});
