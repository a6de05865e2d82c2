import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import {
  convolve,
  cumulativeDemand,
  dailyDemand,
  demandOfMoments,
  demandOfPmf,
  demandOfQuantiles,
  mixture,
  onLattice,
  pmfDemand,
  quantileOf,
  weekdayDemand,
} from './demand.ts';
import {
  coarseLeadTime,
  demandOverLeadTime,
  fixedLeadTime,
  leadTimeOf,
  simulateLeadTimeDemand,
} from './lead-time.ts';
import { binomialPmf, normalCdf, normalQuantile, normalTail } from './numeric.ts';
import { lossCurve } from './shortfall.ts';

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
const pmf = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 12 })
  .filter((weights) => sum(weights.slice(1)) > 0.01);

describe('the normal distribution', () => {
  it('has its known values', () => {
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 14);
    expect(normalTail(8)).toBeCloseTo(6.220960574271785e-16, 28);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
  });

  it('is inverted by its quantile', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        const back = normalCdf(normalQuantile(p));
        expect(Math.abs(back - p)).toBeLessThanOrEqual(1e-13);
      }),
    );
  });
});

describe('a distribution of demand', () => {
  it('of moments has these moments, whatever they are', () => {
    const moments = fc.record({
      mean: fc.double({ min: 0.02, max: 50_000, noNaN: true }),
      ratio: fc.double({ min: 0.05, max: 40, noNaN: true }),
    });
    fc.assert(
      fc.property(moments, ({ mean, ratio }) => {
        const least = (mean % 1) * (1 - (mean % 1));
        const variance = Math.max(ratio * mean, least);
        const demand = demandOfMoments(mean, variance);
        expect(sum(demand.probabilities)).toBeCloseTo(1, 9);
        expect(demand.mean / mean).toBeCloseTo(1, 3);
        // A coarser lattice cannot be narrower than its own step allows.
        const floor = 0.25 * demand.step ** 2;
        expect(demand.variance).toBeGreaterThan(0.97 * variance - floor);
        expect(demand.variance).toBeLessThan(1.03 * variance + floor);
        expect(demand.probabilities.length).toBeLessThan(2_000);
      }),
    );
  });

  it('of no demand, or of what is no number, is always 0', () => {
    for (const mean of [0, -3, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(demandOfMoments(mean, 4)).toMatchObject({ mean: 0, variance: 0 });
    }
    expect(demandOfMoments(3, Number.NaN).variance).toBeCloseTo(3, 1);
    expect(demandOfMoments(7, 0)).toMatchObject({ mean: 7, variance: 0 });
  });

  it('a hair narrower than a Poisson one is no longer than that', () => {
    // A mixture of binomials with ten million trials: 12 deviations are enough of it.
    expect(binomialPmf(10_000_000, 2.4e-5).length).toBeLessThan(500);
    const demand = demandOfMoments(240, 240 - 1e-5);
    expect(demand.mean).toBeCloseTo(240, 6);
    expect(demand.variance).toBeCloseTo(240, 2);
  });

  it('of quantiles gives them back', () => {
    const levels = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
    const values = [20, 35, 50, 70, 95, 110, 140];
    const demand = demandOfQuantiles(levels, values);
    for (const [index, level] of levels.entries()) {
      expect(Math.abs(quantileOf(demand, level) - values[index]!)).toBeLessThanOrEqual(2);
    }
    expect(demandOfQuantiles(levels, values, 55).mean).toBeCloseTo(55, 0);
    expect(demandOfQuantiles([0.5], [4], 4).mean).toBeCloseTo(4, 6);
    const crossed = demandOfQuantiles([0.5, 0.9], [10, 3]);
    expect(Number.isFinite(crossed.mean)).toBe(true);
  });

  it('keeps its mean on a coarser lattice, in mixtures and in sums', () => {
    fc.assert(
      fc.property(pmf, pmf, fc.integer({ min: 1, max: 5 }), (a, b, step) => {
        const [first, second] = [demandOfPmf(a), demandOfPmf(b, step)];
        expect(onLattice(first, 7).mean).toBeCloseTo(first.mean, 9);
        expect(mixture([first, second], [0.3, 0.7]).mean).toBeCloseTo(
          0.3 * first.mean + 0.7 * second.mean,
          9,
        );
        const both = convolve(first, demandOfPmf(b));
        expect(both.mean).toBeCloseTo(first.mean + demandOfPmf(b).mean, 9);
        expect(both.variance).toBeCloseTo(first.variance + demandOfPmf(b).variance, 8);
      }),
    );
  });

  it('over days is the convolution of its days', () => {
    const ahead = pmfDemand(demandOfPmf([0.5, 0.3, 0.2]));
    const three = ahead.overDays(3);
    expect(three.mean).toBeCloseTo(2.1, 12);
    expect(three.probabilities[0]).toBeCloseTo(0.125, 12);
    expect(three.probabilities[6]).toBeCloseTo(0.008, 12);
  });

  it('follows the weekdays that are ahead', () => {
    const ahead = weekdayDemand([10, 10, 10, 10, 10, 0, 0], [10, 10, 10, 10, 10, 0, 0]);
    expect(ahead.overDays(5).mean).toBeCloseTo(50, 6);
    expect(ahead.overDays(7).mean).toBeCloseTo(50, 6);
    expect(ahead.meanPerDay).toBeCloseTo(50 / 7, 9);
  });

  it('of cumulative quantiles goes on beyond its last row', () => {
    const levels = [0.1, 0.5, 0.9];
    const rows = [1, 2, 3, 4].map((days) => [5 * days, 10 * days, 16 * days]);
    const ahead = cumulativeDemand(levels, rows, [10, 20, 30, 40]);
    expect(ahead.overDays(2).mean).toBeCloseTo(20, -1);
    expect(ahead.overDays(8).mean / ahead.overDays(4).mean).toBeCloseTo(2, 6);
  });
});

describe('expected shortage', () => {
  it('is the sum over all greater demands', () => {
    fc.assert(
      fc.property(pmf, fc.double({ min: -3, max: 14, noNaN: true }), (weights, level) => {
        const demand = demandOfPmf(weights);
        const direct = demand.probabilities.reduce(
          (total, chance, k) => total + chance * Math.max(0, k - level),
          0,
        );
        expect(lossCurve(demand).at(level)).toBeCloseTo(direct, 9);
      }),
    );
  });

  it('has the integral of its straight pieces', () => {
    const curve = lossCurve(demandOfPmf([0.2, 0.5, 0.3]));
    let area = 0;
    for (let x = 0.0005; x < 1.5; x += 0.001) area += 0.001 * curve.at(x);
    expect(curve.integral(1.5)).toBeCloseTo(area, 6);
    expect(curve.integral(-1)).toBeCloseTo(-(1.1 + 0.5), 9);
  });
});

describe('a lead time', () => {
  it('is a distribution that keeps its mean when it is made coarse', () => {
    const days = fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 60 });
    fc.assert(
      fc.property(days, fc.option(fc.integer({ min: 1, max: 60 })), (observed, stated) => {
        const leadTime = leadTimeOf(observed, stated);
        expect(sum(leadTime.weights)).toBeCloseTo(1, 9);
        expect(leadTime.days.every((day, i) => i === 0 || day > leadTime.days[i - 1]!)).toBe(true);
        const coarse = coarseLeadTime(leadTime);
        expect(coarse.mean).toBeCloseTo(leadTime.mean, 6);
        expect(coarse.days.length).toBeLessThanOrEqual(26);
      }),
    );
  });

  it('leans on what is stated until it was seen often', () => {
    expect(leadTimeOf([], 10).mean).toBeCloseTo(10.5, 0);
    const few = leadTimeOf([20, 20], 10).mean;
    const many = leadTimeOf(Array(60).fill(20), 10).mean;
    expect(few).toBeGreaterThan(10);
    expect(few).toBeLessThan(17);
    expect(many).toBeGreaterThan(19);
  });

  it('forgets old receipts where it is told to', () => {
    const observed = [...Array(20).fill(5), ...Array(20).fill(15)];
    expect(leadTimeOf(observed, null, { halfLife: 5 }).mean).toBeGreaterThan(13.5);
    expect(leadTimeOf(observed, null).mean).toBeCloseTo(10, 0);
  });

  it('of nothing known, or of nonsense, is still one', () => {
    expect(leadTimeOf([Number.NaN, -4], null)).toMatchObject({ days: [7], weights: [1] });
    expect(fixedLeadTime(Number.NaN)).toMatchObject({ days: [0] });
    expect(fixedLeadTime(1e9).mean).toBe(730);
  });

  it('gives the same demand by mixing and by simulation', () => {
    const leadTime = leadTimeOf([3, 5, 6, 9], 6);
    const random = createRandom('lead', 'time');
    const history = Float64Array.from({ length: 20_000 }, () => random.negativeBinomial(4, 9));
    const simulated = simulateLeadTimeDemand(history, leadTime, 1, random, 20_000);
    const mixed = demandOverLeadTime(dailyDemand(4, 9), leadTime, 1);
    expect(simulated.mean / mixed.mean).toBeCloseTo(1, 1);
    expect(Math.sqrt(simulated.variance / mixed.variance)).toBeCloseTo(1, 1);
    expect(simulateLeadTimeDemand([], leadTime, 1, random, 10).mean).toBe(0);
  });
});
