import { demandOfPmf, quantileOf } from './demand.ts';
import { requirePositive } from './eoq.ts';
import { negativeBinomialPmf, normalPdf, normalQuantile, poissonPmf } from './numeric.ts';
import { lossCurve } from './shortfall.ts';
import type { Demand } from './types.ts';

/** A level and its expected cost per period. */
export interface LevelCost {
  readonly level: number;
  readonly cost: number;
}

/**
 * The newsvendor with normal demand (Arrow, Harris & Marschak 1951; Snyder & Shen 2019, section
 * 4.3): level = mean + z deviation with Phi(z) = p / (h + p), cost = (h + p) phi(z) deviation.
 * `overage` is the cost of a unit left over, `underage` that of a unit short.
 * @throws RangeError unless costs and deviation are above 0.
 */
export function newsvendorNormal(
  overage: number,
  underage: number,
  mean: number,
  deviation: number,
): LevelCost {
  requirePositive({ overage, underage, deviation });
  const z = normalQuantile(underage / (overage + underage));
  return {
    level: mean + z * deviation,
    cost: (overage + underage) * normalPdf(z) * deviation,
  };
}

/**
 * The newsvendor with any demand on a lattice: the least lattice quantity whose distribution
 * function reaches p / (h + p). @throws RangeError unless both costs are above 0.
 */
export function newsvendorOf(overage: number, underage: number, demand: Demand): LevelCost {
  requirePositive({ overage, underage });
  const level = quantileOf(demand, underage / (overage + underage));
  const short = lossCurve(demand).at(level);
  return { level, cost: overage * (level - demand.mean + short) + underage * short };
}

/** The newsvendor with Poisson demand. */
export function newsvendorPoisson(overage: number, underage: number, mean: number): LevelCost {
  requirePositive({ mean });
  return newsvendorOf(overage, underage, demandOfPmf(poissonPmf(mean)));
}

/** The newsvendor with negative binomial demand of this mean and variance. */
export function newsvendorNegativeBinomial(
  overage: number,
  underage: number,
  mean: number,
  variance: number,
): LevelCost {
  requirePositive({ mean, variance });
  return newsvendorOf(overage, underage, demandOfPmf(negativeBinomialPmf(mean, variance)));
}

/**
 * Base stock with normal demand, reviewed every period, lead time in periods: the newsvendor
 * over lead time and one period (Snyder & Shen 2019, section 4.3.4).
 */
export function baseStockNormal(
  overage: number,
  underage: number,
  mean: number,
  deviation: number,
  leadTime: number,
): LevelCost {
  const periods = leadTime + 1;
  return newsvendorNormal(overage, underage, mean * periods, deviation * Math.sqrt(periods));
}
