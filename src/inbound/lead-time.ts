/**
 * Statistics of suppliers: measurements in days, so floating point will do. Quantities and money
 * never pass through here except as ratios.
 */

/** What is known of a number of observations. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 for a single observation. */
  readonly standardDeviation: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Quantiles of the empirical distribution. */
  readonly quantiles: Readonly<Record<'p10' | 'p50' | 'p80' | 'p90' | 'p95', number>>;
}

/** The smallest observation that at least the share `p` does not exceed (inverse of the ECDF). */
export function quantileOf(sorted: readonly number[], p: number): number {
  const index = Math.max(0, Math.ceil(p * sorted.length) - 1);
  return sorted[index] ?? Number.NaN;
}

/** Describes observations; undefined when there are none. */
export function distributionOf(values: readonly number[]): Distribution | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardDeviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  const at = (p: number) => quantileOf(sorted, p);
  return {
    count,
    mean,
    standardDeviation,
    minimum: at(0),
    maximum: at(1),
    quantiles: { p10: at(0.1), p50: at(0.5), p80: at(0.8), p90: at(0.9), p95: at(0.95) },
  };
}

/** How a measurement changes with time. */
export interface Trend {
  /** Change of the measurement in a day. */
  readonly slope: number;
  /** Half the width of the 95% confidence interval of the slope. */
  readonly uncertainty: number;
  readonly direction: 'rising' | 'falling' | 'unclear';
}

/** Two-sided 95% quantiles of Student's t by degrees of freedom; beyond the table about 1.96. */
const STUDENT_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];
const NORMAL_95 = 1.96;

/**
 * The ordinary least squares line through (day, value): its slope, and how sure it is (standard
 * error of the slope times Student's t). Undefined with fewer than three points or on one day.
 */
export function trendOf(
  points: readonly { readonly day: number; readonly value: number }[],
): Trend | undefined {
  const count = points.length;
  if (count < 3) return undefined;
  const meanDay = points.reduce((sum, { day }) => sum + day, 0) / count;
  const meanValue = points.reduce((sum, { value }) => sum + value, 0) / count;
  let days = 0;
  let products = 0;
  for (const { day, value } of points) {
    days += (day - meanDay) ** 2;
    products += (day - meanDay) * (value - meanValue);
  }
  if (days === 0) return undefined;
  const slope = products / days;
  const residuals = points.reduce(
    (sum, { day, value }) => sum + (value - meanValue - slope * (day - meanDay)) ** 2,
    0,
  );
  const error = Math.sqrt(residuals / (count - 2) / days);
  const uncertainty = error * (STUDENT_95[count - 3] ?? NORMAL_95);
  const clear = Math.abs(slope) > uncertainty && Math.abs(slope) > 1e-9;
  return { slope, uncertainty, direction: clear ? (slope > 0 ? 'rising' : 'falling') : 'unclear' };
}

/** What makes somebody a bottleneck. */
export interface Delays {
  /** Days late (negative: early) of each received line that had a date. */
  readonly lateness: readonly number[];
  readonly leadTimes: readonly number[];
}

/** A ranking figure with the words for it. */
export interface Bottleneck {
  /** Days that receipts came late, summed: what waiting for them cost in all. */
  readonly daysLate: number;
  readonly lateShare: number;
  readonly meanDaysLate: number;
  readonly leadTimeDeviation: number;
  readonly reason: string;
}

const shown = (value: number): string => value.toFixed(1);

/** Judges the delays of a supplier or a lane; undefined where nothing is known. */
export function bottleneckOf({ lateness, leadTimes }: Delays): Bottleneck | undefined {
  if (lateness.length === 0) return undefined;
  const late = lateness.filter((days) => days > 0);
  const daysLate = late.reduce((sum, days) => sum + days, 0);
  const lateShare = late.length / lateness.length;
  const meanDaysLate = late.length === 0 ? 0 : daysLate / late.length;
  const leadTimeDeviation = distributionOf(leadTimes)?.standardDeviation ?? 0;
  const reason =
    late.length === 0
      ? `all ${lateness.length} receipts came in time`
      : `${late.length} of ${lateness.length} receipts came late, by ${shown(meanDaysLate)} days ` +
        `in the mean; the lead time varies by ${shown(leadTimeDeviation)} days`;
  return { daysLate, lateShare, meanDaysLate, leadTimeDeviation, reason };
}
