/**
 * Local linear regression over equally spaced points (Cleveland, 1979, Robust locally weighted
 * regression): at `x` (0 is the first point; half a point or more outside is allowed) over the
 * `window` nearest of the `count` points that `read` gives from `offset` in steps of `stride`,
 * weighted by distance (tricube).
 */
export function loessAt(
  values: Float64Array,
  offset: number,
  stride: number,
  count: number,
  window: number,
  x: number,
): number {
  const span = Math.min(window, count);
  const left = Math.min(count - span, Math.max(0, Math.round(x - (span - 1) / 2)));
  const right = left + span - 1;
  // A window wider than the history flattens the weights, as in the published procedure.
  const reach = Math.max(x - left, right - x) + Math.max(0, (window - count) / 2);
  let weightSum = 0;
  let weightedX = 0;
  let weightedY = 0;
  let weightedXX = 0;
  let weightedXY = 0;
  for (let i = left; i <= right; i += 1) {
    const distance = Math.abs(i - x) / reach;
    if (!(distance < 1)) {
      if (reach > 0) continue;
    }
    const cut = 1 - distance * distance * distance;
    const weight = reach > 0 ? cut * cut * cut : 1;
    const y = values[offset + i * stride]!;
    const dx = i - x;
    weightSum += weight;
    weightedX += weight * dx;
    weightedY += weight * y;
    weightedXX += weight * dx * dx;
    weightedXY += weight * dx * y;
  }
  const determinant = weightSum * weightedXX - weightedX * weightedX;
  // Points (almost) at one place have no slope; their mean is all there is to say.
  if (!(determinant > 1e-9 * weightSum * weightSum)) return weightedY / weightSum;
  return (weightedXX * weightedY - weightedX * weightedXY) / determinant;
}
