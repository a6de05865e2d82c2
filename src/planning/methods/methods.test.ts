import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Method } from '../series.ts';
import { METHODS, methodOf } from './index.ts';

const ALL: readonly Method[] = [...METHODS, methodOf('combination')];
const HORIZON = 9;

/** Weekly demand with a trend and noise of its own, the same each time. */
function usual(periods: number): Float64Array {
  const week = [0.7, 0.9, 1, 1, 1.1, 1.5, 0.8];
  return Float64Array.from({ length: periods }, (_, t) =>
    Math.round((60 + 0.1 * t) * week[t % 7]! * (1 + 0.2 * Math.sin(t * t))),
  );
}

function isSound({ mean, fitted }: ReturnType<Method['forecast']>, periods: number): boolean {
  const isSaid = (value: number) => Number.isNaN(value) || Number.isFinite(value);
  return (
    mean.length === HORIZON &&
    mean.every(Number.isFinite) &&
    fitted.length === periods &&
    fitted.every(isSaid)
  );
}

describe.each(ALL.map((method) => [method.id, method] as const))('%s', (_, method) => {
  const forecast = (values: Float64Array, season = 7) =>
    method.forecast({ values, season }, HORIZON);

  it('answers any history with finite numbers', () => {
    const wild = fc.oneof(
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.integer({ min: 0, max: 5 }),
      fc.double(),
      fc.constantFrom(0, 1e300, -1e300, 1e-300, Number.MAX_VALUE, Number.NaN),
    );
    const history = fc.array(wild, { maxLength: 60 });
    const seasons = fc.constantFrom(0, 1, 2, 7, 12, 12.5, 52, -3, Number.NaN);
    const check = fc.property(history, seasons, (numbers, season) => {
      const values = Float64Array.from(numbers);
      expect(isSound(forecast(values, season), values.length)).toBe(true);
    });
    fc.assert(check, { numRuns: 60 });
  });

  it('goes on with what is empty, one point or constant', () => {
    const means = (numbers: number[]) => [...forecast(Float64Array.from(numbers)).mean];
    expect(means([])).toEqual(new Array(HORIZON).fill(0));
    expect(means([4])).toEqual(new Array(HORIZON).fill(4));
    expect(means(new Array(40).fill(0))).toEqual(new Array(HORIZON).fill(0));
    expect(means(new Array(40).fill(5))).toEqual(new Array(HORIZON).fill(5));
  });

  it('stays within reason after an absurd spike', () => {
    const values = usual(100);
    values[60] = 1e12;
    expect(isSound(forecast(values), 100)).toBe(true);
  });

  it('looks at the newest of a million periods', () => {
    const values = usual(1_000_000);
    const long = forecast(values);
    expect(isSound(long, 1_000_000)).toBe(true);
    expect([...long.mean]).toEqual([...forecast(values.subarray(-2000)).mean]);
  });

  it('sees nothing after its origin and leaves the history as it was', () => {
    const whole = usual(140);
    const other = whole.slice();
    other.subarray(100).reverse();
    const copy = whole.slice(0, 100);
    const said = forecast(copy);
    expect(copy).toEqual(whole.slice(0, 100));
    // The same periods as a window on longer arrays with different futures.
    expect(forecast(whole.subarray(0, 100))).toEqual(said);
    expect(forecast(other.subarray(0, 100))).toEqual(said);
  });

  it('says the same again, whatever it did in between', () => {
    const said = forecast(usual(90));
    forecast(usual(33).reverse());
    expect(forecast(usual(90))).toEqual(said);
  });

  it('scales with the history: units or halves give the same forecast', () => {
    const { mean } = forecast(usual(90));
    expect([...forecast(usual(90).map((value) => value * 1024)).mean]).toEqual(
      [...mean].map((value) => value * 1024),
    );
    const thirds = forecast(usual(90).map((value) => value / 3)).mean;
    for (const [h, value] of mean.entries()) {
      expect(Math.abs((3 * thirds[h]!) / value - 1)).toBeLessThan(0.01);
    }
  });

  it('says the nearer periods of a longer horizon alike', () => {
    const series = { values: usual(90), season: 7 };
    const near = method.forecast(series, 3).mean;
    expect([...method.forecast(series, HORIZON).mean.subarray(0, 3)]).toEqual([...near]);
    expect(method.forecast(series, 0).mean).toHaveLength(0);
  });
});

it('methods that only add move with a history that is shifted', () => {
  const values = usual(90).map((value, t) => value + 10 * Math.sin(t / 9));
  const shifted = values.map((value) => value + 500);
  for (const id of ['naive', 'seasonal_naive', 'drift', 'moving_average', 'theta', 'otm', 'dotm']) {
    // Without a season: to divide one out is no matter of adding.
    const [one, two] = [values, shifted].map(
      (history) => methodOf(id).forecast({ values: history, season: 1 }, 5).mean,
    );
    for (const [h, value] of one!.entries()) expect(two![h]! - 500).toBeCloseTo(value, 1);
  }
});

it('a method that nobody knows is refused', () => {
  expect(() => methodOf('crystal_ball')).toThrow(RangeError);
});
