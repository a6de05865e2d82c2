/**
 * What a price does to demand and margin, from an elasticity that is known with an uncertainty.
 * Money is in units of the house currency, demand in base units over the days that are asked for.
 */

/** An elasticity: the change of log demand with log price, and its standard error. */
export interface Elasticity {
  readonly value: number;
  readonly standardError: number;
}

/** What is asked. */
export interface PriceQuestion {
  readonly elasticity: Elasticity;
  /** Units expected at the present price. */
  readonly demand: number;
  readonly price: number;
  readonly newPrice: number;
  readonly unitCost: number;
  /** A further lift of demand while it is promoted (a feature, a place at the front), as 1.2. */
  readonly extraUplift?: number;
}

/** A figure with the interval in which it lies 90 times of 100. */
export interface Interval {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

/** What is to be expected. */
export interface PriceEffect {
  /** Demand at the new price over demand at the present one. */
  readonly uplift: Interval;
  readonly demand: Interval;
  readonly revenue: Interval;
  readonly margin: Interval;
  /** Margin at the new price less margin at the present one. */
  readonly marginChange: Interval;
  readonly marginBefore: number;
  readonly revenueBefore: number;
  /** The uplift at which the margin stays what it is; null: no uplift is enough. */
  readonly breakEvenUplift: number | null;
  /** The elasticity at which the margin stays what it is; null as above, or at the same price. */
  readonly breakEvenElasticity: number | null;
  /** Probability that the margin becomes greater. */
  readonly chanceOfGain: number;
}

/** Beyond these, figures are no estimates any more; they keep everything finite. */
const [STEP_MAX, SPREAD_MAX, ELASTICITY_MAX] = [10, 5, 20];

/** The normal quantile of 95 %: an interval of 90 %. */
const NORMAL_95 = 1.6448536269514722;

/**
 * The effect of a price with constant elasticity: demand goes with (new price / price) to the
 * power of the elasticity, whose estimate is normal; so the uplift is log-normal and its mean
 * lies above its median (Aitchison and Brown 1957). Break-even after Nagle and Holden (2002).
 * Input that is no number, or not above zero, counts as nothing; never throws.
 */
export function effectOfPrice(question: PriceQuestion): PriceEffect {
  const price = positive(question.price);
  const newPrice = positive(question.newPrice);
  const demand = positive(question.demand);
  const unitCost = positive(question.unitCost);
  const extra = positive(question.extraUplift ?? 1);
  const isKnown = price > 0 && newPrice > 0;
  const step = isKnown ? clamped(Math.log(newPrice / price), STEP_MAX) : 0;
  const { value, standardError } = soundElasticity(question.elasticity);
  const [centre, spread] = [value * step, clamped(Math.abs(standardError * step), SPREAD_MAX)];
  const uplift = {
    expected: extra * Math.exp(centre + spread ** 2 / 2),
    low: extra * Math.exp(centre - NORMAL_95 * spread),
    high: extra * Math.exp(centre + NORMAL_95 * spread),
  };
  const unitMargin = newPrice - unitCost;
  const marginBefore = demand * (price - unitCost);
  const margin = scaled(uplift, demand * unitMargin);
  const breakEvenUplift = unitMargin > 0 ? Math.max(0, (price - unitCost) / unitMargin) : null;
  return {
    uplift,
    demand: scaled(uplift, demand),
    revenue: scaled(uplift, demand * newPrice),
    margin,
    marginChange: shifted(margin, -marginBefore),
    marginBefore,
    revenueBefore: demand * price,
    breakEvenUplift,
    breakEvenElasticity:
      breakEvenUplift !== null && breakEvenUplift > 0 && step !== 0
        ? Math.log(breakEvenUplift / extra) / step
        : null,
    chanceOfGain: chanceOfGain({ breakEvenUplift, centre, spread, extra, demand }),
  };
}

function positive(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function clamped(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}

function soundElasticity({ value, standardError }: Elasticity): Elasticity {
  return {
    value: Number.isFinite(value) ? clamped(value, ELASTICITY_MAX) : 0,
    standardError: Number.isFinite(standardError) ? Math.abs(standardError) : 0,
  };
}

/** An interval times a factor, which turns it round when it is below zero. */
function scaled({ expected, low, high }: Interval, factor: number): Interval {
  const [a, b] = [low * factor, high * factor];
  return { expected: expected * factor, low: Math.min(a, b), high: Math.max(a, b) };
}

function shifted({ expected, low, high }: Interval, by: number): Interval {
  return { expected: expected + by, low: low + by, high: high + by };
}

interface Chance {
  readonly breakEvenUplift: number | null;
  readonly centre: number;
  readonly spread: number;
  readonly extra: number;
  readonly demand: number;
}

function chanceOfGain({ breakEvenUplift, centre, spread, extra, demand }: Chance): number {
  if (breakEvenUplift === null || demand === 0 || extra === 0) return 0;
  if (breakEvenUplift === 0) return 1;
  const needed = Math.log(breakEvenUplift / extra);
  if (spread === 0) return centre > needed ? 1 : 0;
  return normalCdf((centre - needed) / spread);
}

/** P(X <= x) of the standard normal, to 1e-7 (Abramowitz and Stegun, 1964, 26.2.17). */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = series * Math.exp((-x * x) / 2) * 0.3989422804014327;
  return x >= 0 ? 1 - tail : tail;
}
