import type { PointForecast } from '../series.ts';

/** How forecasts become one: a mean, a median, or a mean with these weights. */
type Weights = readonly number[] | 'mean' | 'median';

/**
 * One forecast out of several of the same series and horizon. Weights need not sum to one; a
 * method that says nothing of a past period (NaN) does not count there. Combining beats choosing
 * more often than not. Source: Bates and Granger (1969), The combination of forecasts.
 * @throws RangeError without forecasts, when lengths differ or when no weight is above zero.
 */
export function combine(forecasts: readonly PointForecast[], weights: Weights): PointForecast {
  const [first] = forecasts;
  if (first === undefined) throw new RangeError('there is nothing to combine');
  const isAlike = ({ mean, fitted }: PointForecast) =>
    mean.length === first.mean.length && fitted.length === first.fitted.length;
  if (!forecasts.every(isAlike)) throw new RangeError('forecasts of different lengths');
  const shares = typeof weights === 'string' ? forecasts.map(() => 1) : weights;
  if (shares.length !== forecasts.length || !shares.every((share) => share >= 0)) {
    throw new RangeError('one weight of at least zero for each forecast');
  }
  if (!shares.some((share) => share > 0)) throw new RangeError('no weight is above zero');
  const centre = weights === 'median' ? medianOf : meanOf;
  return {
    mean: centre(
      forecasts.map(({ mean }) => mean),
      shares,
    ),
    fitted: centre(
      forecasts.map(({ fitted }) => fitted),
      shares,
    ),
  };
}

function meanOf(rows: readonly Float64Array[], shares: readonly number[]): Float64Array {
  const length = rows[0]!.length;
  const result = new Float64Array(length);
  for (let t = 0; t < length; t += 1) {
    let sum = 0;
    let weight = 0;
    for (let i = 0; i < rows.length; i += 1) {
      const value = rows[i]![t]!;
      if (Number.isNaN(value) || shares[i] === 0) continue;
      sum += shares[i]! * value;
      weight += shares[i]!;
    }
    result[t] = weight > 0 ? sum / weight : Number.NaN;
  }
  return result;
}

function medianOf(rows: readonly Float64Array[]): Float64Array {
  const length = rows[0]!.length;
  const result = new Float64Array(length);
  const buffer = new Float64Array(rows.length);
  for (let t = 0; t < length; t += 1) {
    let count = 0;
    for (const row of rows) {
      const value = row[t]!;
      if (Number.isNaN(value)) continue;
      // A handful of values: inserted where they belong, without allocating.
      let place = count;
      for (; place > 0 && buffer[place - 1]! > value; place -= 1)
        buffer[place] = buffer[place - 1]!;
      buffer[place] = value;
      count += 1;
    }
    const middle = count >> 1;
    result[t] = count === 0 ? Number.NaN : buffer[middle]!;
    if (count > 0 && count % 2 === 0) result[t] = (buffer[middle - 1]! + buffer[middle]!) / 2;
  }
  return result;
}
