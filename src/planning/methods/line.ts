/** A straight line: what it says of period t (0 is the first) is intercept + slope * (t + 1). */
interface Line {
  readonly mean: number;
  readonly intercept: number;
  readonly slope: number;
}

/** The line by least squares through the first `count` values, at least two. */
export function lineThrough(values: Float64Array, count: number): Line {
  let mean = 0;
  for (let t = 0; t < count; t += 1) mean += values[t]! / count;
  let covariance = 0;
  for (let t = 0; t < count; t += 1) covariance += (t - (count - 1) / 2) * (values[t]! - mean);
  const slope = covariance / ((count * (count * count - 1)) / 12);
  return { mean, intercept: mean - (slope * (count + 1)) / 2, slope };
}
