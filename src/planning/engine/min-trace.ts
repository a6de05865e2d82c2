/**
 * Minimum trace reconciliation of a small hierarchy of any shape (Wickramasuriya, Athanasopoulos
 * and Hyndman, 2019, "Optimal forecast reconciliation for hierarchical and grouped time series
 * through trace minimization"): leaves = (S' W⁻¹ S)⁻¹ S' W⁻¹ × node forecasts. W is the covariance
 * of one-step errors, shrunk towards its diagonal (Schäfer and Strimmer, 2005); without errors, the
 * number of leaves of each node (structural scaling). Leaves that come out negative become zero
 * and the others of the period are scaled to the same total. Cost: nodes³, so use reconcileTree
 * beyond a few hundred nodes.
 *
 * @param summing row i says which leaves node i sums: 0 or 1 for each leaf.
 * @param mean forecast of each node for each period: `mean[node][period]`.
 * @param errors past one-step errors: `errors[node][origin]`; may be empty.
 * @returns coherent means, `[node][period]`, none negative.
 * @throws RangeError when rows differ in length.
 */
export function reconcileMinTrace(
  summing: readonly ArrayLike<number>[],
  mean: readonly Float64Array[],
  errors: readonly Float64Array[],
): Float64Array[] {
  const nodes = summing.length;
  const leaves = summing[0]?.length ?? 0;
  if (mean.length !== nodes || summing.some((row) => row.length !== leaves)) {
    throw new RangeError('every node needs a forecast and a row over all leaves');
  }
  const hasErrors = errors.length === nodes && (errors[0]?.length ?? 0) >= 3;
  const covariance = hasErrors ? shrunkCovariance(errors) : structural(summing);
  const factor = cholesky(covariance);
  // W⁻¹ S, a column for each leaf.
  const weighted = Array.from({ length: leaves }, (_, leaf) =>
    solve(
      factor,
      Float64Array.from(summing, (row) => row[leaf]!),
    ),
  );
  const normal = weighted.map((column) =>
    Float64Array.from({ length: leaves }, (_, other) => {
      let sum = 0;
      for (let i = 0; i < nodes; i += 1) sum += summing[i]![other]! * column[i]!;
      return sum;
    }),
  );
  const normalFactor = cholesky(normal);
  const result = mean.map((row) => new Float64Array(row.length));
  for (let period = 0; period < (mean[0]?.length ?? 0); period += 1) {
    const right = Float64Array.from(weighted, (column) => {
      let sum = 0;
      for (let i = 0; i < nodes; i += 1) sum += column[i]! * mean[i]![period]!;
      return sum;
    });
    const bottom = withoutNegatives(solve(normalFactor, right));
    for (const [i, row] of summing.entries()) {
      let sum = 0;
      for (let leaf = 0; leaf < leaves; leaf += 1) sum += row[leaf]! * bottom[leaf]!;
      result[i]![period] = sum;
    }
  }
  return result;
}

function withoutNegatives(leaves: Float64Array): Float64Array {
  let [sum, positive] = [0, 0];
  for (const value of leaves) {
    sum += value;
    if (value > 0) positive += value;
  }
  if (sum === positive) return leaves;
  const factor = positive > 0 ? Math.max(0, sum) / positive : 0;
  return leaves.map((value) => (value > 0 ? value * factor : 0));
}

function structural(summing: readonly ArrayLike<number>[]): Float64Array[] {
  return summing.map((row, i) => {
    const line = new Float64Array(summing.length);
    for (let leaf = 0; leaf < row.length; leaf += 1) line[i]! += row[leaf]!;
    if (!(line[i]! > 0)) line[i] = 1;
    return line;
  });
}

/**
 * Covariance with its correlations shrunk by the share that minimises their expected squared
 * error: the sum of the variances of the correlations over the sum of their squares.
 */
function shrunkCovariance(errors: readonly Float64Array[]): Float64Array[] {
  const count = errors[0]!.length;
  const scales = errors.map((row) => {
    let squares = 0;
    for (const error of row) squares += error * error;
    return Math.sqrt(squares / count);
  });
  // A node that was never wrong would make W singular: it gets a small part of the usual error.
  const usual = scales.reduce((sum, scale) => sum + scale, 0) / scales.length || 1;
  const deviations = scales.map((scale) => Math.max(scale, 1e-4 * usual));
  let [variances, squares] = [0, 0];
  const correlations = errors.map((row, i) =>
    Float64Array.from(errors, (other, j) => {
      let [sum, sumOfSquares] = [0, 0];
      for (let t = 0; t < count; t += 1) {
        const product = (row[t]! / deviations[i]!) * (other[t]! / deviations[j]!);
        sum += product;
        sumOfSquares += product * product;
      }
      const correlation = sum / count;
      if (i !== j) {
        variances += (sumOfSquares / count - correlation * correlation) / (count - 1);
        squares += correlation * correlation;
      }
      return correlation;
    }),
  );
  // Some shrinkage is needed always: with fewer errors than nodes the covariance is singular.
  const shrinkage = squares > 0 ? Math.min(1, Math.max(0.01, variances / squares)) : 1;
  return correlations.map((row, i) =>
    row.map((correlation, j) => {
      const shrunk = i === j ? 1 : (1 - shrinkage) * correlation;
      return shrunk * deviations[i]! * deviations[j]!;
    }),
  );
}

/** The lower triangular L with L L' = matrix, for a positive definite matrix. */
function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const lower = matrix.map((row) => new Float64Array(row.length));
  for (let i = 0; i < matrix.length; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let rest = matrix[i]![j]!;
      for (let k = 0; k < j; k += 1) rest -= lower[i]![k]! * lower[j]![k]!;
      if (i !== j) lower[i]![j] = rest / lower[j]![j]!;
      else lower[i]![i] = Math.sqrt(Math.max(rest, 1e-12 * Math.abs(matrix[i]![i]!)));
    }
  }
  return lower;
}

/** The x with L L' x = right. */
function solve(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const x = right.slice();
  for (let i = 0; i < x.length; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= lower[i]![k]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < x.length; k += 1) x[i]! -= lower[k]![i]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  return x;
}
