import type { Design } from './design.ts';
import {
  addPeriods,
  EXACT,
  type Fit,
  fitHierarchy,
  noSums,
  predict,
  ROUGH,
  type Shrinkage,
  type Sums,
} from './hierarchy.ts';
import type { Timeline } from './timeline.ts';

/** A fit to the whole history, with what predicting its last part has taught. */
export interface Validated {
  readonly fit: Fit;
  readonly sums: Sums;
  /** Weight of the newest residual in the level of a series. */
  readonly memory: number;
  /** Errors of predictions over their series' deviation, ascending, centred. */
  readonly errors: Float64Array;
  /** Deviation of a prediction's error in logs, of each series. */
  readonly deviations: Float64Array;
}

/** Penalties tried: those of items and of sites count for each series that shares them. */
const ITEM_STRENGTHS = [4, 40, 400] as const;
const SITE_STRENGTH = 20;
const SERIES_STRENGTHS = [100, 1000] as const;
const MEMORIES = [0.05, 0.12, 0.3] as const;
const MEMORY_USUAL = 0.12;
/** The last quarter of the history, in three parts, is predicted from what was before each. */
const ORIGINS = 3;
const VALIDATED_SHARE = 0.25;
/** With fewer periods or errors than this, there is nothing to choose by. */
const PERIODS_MIN = 16;
const ERRORS_MIN = 40;
/** As many observations as the pooled variance counts for beside a series' own. */
const PRIOR_OBSERVATIONS = 8;
/** Without validation, errors are taken to exceed residuals by this factor. */
const OPTIMISM = 1.25;

/** One setting that competes, with the errors of its predictions. */
interface Candidate {
  readonly shrinkage: Shrinkage;
  readonly memory: number;
  readonly errors: number[];
  readonly series: number[];
}

function shrinkages(line: Timeline): Shrinkage[] {
  const perItem = line.keys.length / Math.max(1, line.items.length);
  const perSite = line.keys.length / Math.max(1, line.sites.length);
  return ITEM_STRENGTHS.flatMap((item) =>
    SERIES_STRENGTHS.map((series) => ({
      // Series of one item share the shocks of a week, so each of them tells less.
      item: item * perItem,
      site: SITE_STRENGTH * perSite,
      series,
    })),
  );
}

/** Residuals of the periods before `end`, NaN where demand is unknown; one row a series. */
export function residuals(line: Timeline, design: Design, fit: Fit, end: number): Float64Array {
  const rows = new Float64Array(line.logs.length).fill(Number.NaN);
  for (let i = 0; i < line.keys.length; i += 1) {
    for (let t = 0; t < end; t += 1) {
      const cell = i * line.periods + t;
      const target = line.logs[cell]!;
      if (!Number.isNaN(target)) rows[cell] = target - predict(design, fit.coefficients, i, cell);
    }
  }
  return rows;
}

/**
 * How far each series has moved from what the regression says of it: the mean of its residuals
 * before `end`, newer ones weighing more, drawn to 0 as by one residual of 0.
 */
export function levels(
  line: Timeline,
  rows: Float64Array,
  end: number,
  memory: number,
): Float64Array {
  return Float64Array.from(line.keys, (_, i) => {
    let sum = 0;
    let weight = 1;
    let gain = 1;
    for (let t = end - 1; t >= 0 && gain > 1e-4; t -= 1) {
      const residual = rows[i * line.periods + t]!;
      if (!Number.isNaN(residual)) {
        sum += gain * residual;
        weight += gain;
      }
      gain *= 1 - memory;
    }
    return sum / weight;
  });
}

/**
 * Chooses the shrinkage and the memory of levels by predicting the last quarter of the history
 * from what was before it, and fits the whole history with them. Errors of those predictions, and
 * not residuals, tell how far forecasts will be off.
 */
export function validate(line: Timeline, design: Design): Validated {
  const sums = noSums(line, design);
  const candidates: Candidate[] = shrinkages(line).flatMap((shrinkage) =>
    MEMORIES.map((memory) => ({ shrinkage, memory, errors: [], series: [] })),
  );
  let end = 0;
  if (line.known >= PERIODS_MIN) {
    const length = Math.max(1, Math.floor((line.known * VALIDATED_SHARE) / ORIGINS));
    for (let origin = ORIGINS; origin >= 1; origin -= 1) {
      const until = line.known - origin * length;
      addPeriods(sums, line, design, end, until);
      end = until;
      tryAll(line, design, sums, candidates, until, length);
    }
  }
  addPeriods(sums, line, design, end, line.known);
  const usual = candidates.find(
    ({ memory, shrinkage }) => memory === MEMORY_USUAL && isMiddle(shrinkage, line),
  )!;
  const meanSquare = ({ errors }: Candidate) =>
    errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
  const isTold = usual.errors.length >= ERRORS_MIN;
  const best = isTold
    ? candidates.reduce((least, one) => (meanSquare(one) < meanSquare(least) ? one : least))
    : usual;
  const fit = fitHierarchy(line, design.width, sums, best.shrinkage, EXACT);
  const rows = residuals(line, design, fit, line.known);
  return { fit, sums, memory: best.memory, ...spread(line, rows, best, isTold) };
}

function isMiddle(shrinkage: Shrinkage, line: Timeline): boolean {
  const perItem = line.keys.length / Math.max(1, line.items.length);
  return shrinkage.item === ITEM_STRENGTHS[1] * perItem && shrinkage.series === SERIES_STRENGTHS[0];
}

/** Predicts `length` periods from `origin` on with every candidate. */
function tryAll(
  line: Timeline,
  design: Design,
  sums: Sums,
  candidates: readonly Candidate[],
  origin: number,
  length: number,
): void {
  let last: Shrinkage | null = null;
  let fit: Fit | null = null;
  let rows: Float64Array = new Float64Array();
  for (const { shrinkage, memory, errors, series } of candidates) {
    // Candidates of the same shrinkage stand together and share a fit.
    if (fit === null || shrinkage !== last) {
      fit = fitHierarchy(line, design.width, sums, shrinkage, ROUGH);
      rows = residuals(line, design, fit, origin);
      last = shrinkage;
    }
    const level = levels(line, rows, origin, memory);
    for (let i = 0; i < line.keys.length; i += 1) {
      for (let t = origin; t < origin + length; t += 1) {
        const cell = i * line.periods + t;
        const target = line.logs[cell]!;
        if (Number.isNaN(target)) continue;
        errors.push(target - predict(design, fit.coefficients, i, cell) - level[i]!);
        series.push(i);
      }
    }
  }
}

/** Deviations of each series' errors, and the shape all series share. */
function spread(line: Timeline, rows: Float64Array, best: Candidate, isTold: boolean) {
  const count = line.keys.length;
  const sums = new Float64Array(count);
  const counts = new Int32Array(count);
  for (let cell = 0; cell < rows.length; cell += 1) {
    const residual = rows[cell]!;
    if (Number.isNaN(residual)) continue;
    const i = Math.floor(cell / line.periods);
    sums[i]! += residual * residual;
    counts[i]! += 1;
  }
  const known = counts.reduce((sum, n) => sum + n, 0);
  const pooled = known > 0 ? sums.reduce((sum, s) => sum + s, 0) / known : 0;
  const own = sums.map(
    (sum, i) => (sum + PRIOR_OBSERVATIONS * pooled) / (counts[i]! + PRIOR_OBSERVATIONS),
  );
  if (!isTold) {
    const errors = Float64Array.from(NORMAL_ERRORS);
    return { errors, deviations: own.map((variance) => Math.sqrt(variance) * OPTIMISM) };
  }
  const { errors: raw, series } = best;
  const ratio = raw.map((error, k) => error / Math.sqrt(own[series[k]!]! || 1));
  const center = ratio.reduce((sum, value) => sum + value, 0) / ratio.length;
  const square = ratio.reduce((sum, value) => sum + (value - center) ** 2, 0) / ratio.length;
  const scale = Math.sqrt(square) || 1;
  const errors = Float64Array.from(ratio, (value) => (value - center) / scale).sort();
  return { errors, deviations: own.map((variance) => Math.sqrt(variance) * scale) };
}

/** Standard normal quantiles at the odd fortieths, for want of errors. */
const NORMAL_ERRORS = [
  -2.24, -1.78, -1.53, -1.36, -1.21, -1.09, -0.98, -0.89, -0.8, -0.71, -0.63, -0.56, -0.49, -0.42,
  -0.35, -0.29, -0.22, -0.16, -0.09, -0.03, 0.03, 0.09, 0.16, 0.22, 0.29, 0.35, 0.42, 0.49, 0.56,
  0.63, 0.71, 0.8, 0.89, 0.98, 1.09, 1.21, 1.36, 1.53, 1.78, 2.24,
];
