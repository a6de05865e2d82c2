import type { Design } from './design.ts';
import { factorise, solve } from './linear.ts';
import type { Timeline } from './timeline.ts';

/**
 * How strongly coefficients of an item, a site and a series are drawn to those above them: the
 * ridge penalty of each, which is the variance of the noise over that of the coefficients.
 */
export interface Shrinkage {
  readonly item: number;
  readonly site: number;
  readonly series: number;
}

/** Sums over the known periods of each series: X'X and X'y, to which periods can be added. */
export interface Sums {
  readonly products: Float64Array;
  readonly targets: Float64Array;
  readonly counts: Int32Array;
}

/** Groups of series whose coefficients deviate together. */
interface Group {
  readonly of: Int32Array;
  readonly count: number;
  /** Factor of the penalised sums of each group. */
  readonly factors: Float64Array;
  readonly coefficients: Float64Array;
}

/** A fit of the regression. */
export interface Fit {
  /** Of each series: the sum of the panel's, its item's, its site's and its own. */
  readonly coefficients: Float64Array;
}

/** The constant is drawn less: series differ in level more than in how they respond. */
const LEVEL_SHARE = 0.01;
const PANEL_RIDGE = 1;
const SWEEPS_MAX = 40;
/** Sweeps end when no coefficient of a standardised regressor moves by more than this. */
export const EXACT = 1e-5;
export const ROUGH = 2e-3;

/** Sums of nothing. */
export function noSums(line: Timeline, { width }: Design): Sums {
  const series = line.keys.length;
  return {
    products: new Float64Array(series * width * width),
    targets: new Float64Array(series * width),
    counts: new Int32Array(series),
  };
}

/** Adds the known cells of periods `from` to `to` − 1. */
export function addPeriods(sums: Sums, line: Timeline, design: Design, from: number, to: number) {
  const { width, matrix } = design;
  for (let i = 0; i < line.keys.length; i += 1) {
    const base = i * width * width;
    for (let t = from; t < to; t += 1) {
      const cell = i * line.periods + t;
      const target = line.logs[cell]!;
      if (Number.isNaN(target)) continue;
      sums.counts[i]! += 1;
      const row = cell * width;
      for (let j = 0; j < width; j += 1) {
        const x = matrix[row + j]!;
        sums.targets[i * width + j]! += x * target;
        const at = base + j * width;
        for (let k = 0; k <= j; k += 1) sums.products[at + k]! += x * matrix[row + k]!;
      }
    }
    for (let j = 0; j < width; j += 1) {
      for (let k = 0; k < j; k += 1) {
        sums.products[base + k * width + j] = sums.products[base + j * width + k]!;
      }
    }
  }
}

function groupOf(sums: Sums, of: Int32Array, count: number, width: number, ridge: Float64Array) {
  const factors = new Float64Array(count * width * width);
  const size = width * width;
  for (let i = 0; i < of.length; i += 1) {
    const to = of[i]! * size;
    for (let k = 0; k < size; k += 1) factors[to + k]! += sums.products[i * size + k]!;
  }
  for (let group = 0; group < count; group += 1) factorise(factors, group * size, width, ridge);
  return { of, count, factors, coefficients: new Float64Array(count * width) };
}

function ridgeOf(width: number, strength: number): Float64Array {
  const ridge = new Float64Array(width).fill(strength);
  ridge[0] = strength * LEVEL_SHARE;
  return ridge;
}

/**
 * Fits log demand = x · (panel + item + site + series coefficients) by ridge regression, in which
 * each level is drawn to 0 and so to the level above: partial pooling. It is the best linear
 * unbiased prediction of a mixed model with the variances that the penalties stand for (Henderson,
 * 1975; Robinson, 1991, "That BLUP is a good thing"). The normal equations are solved level by
 * level (Gauss and Seidel) from sums over the series, so the rows are gone through only once.
 */
export function fitHierarchy(
  line: Timeline,
  width: number,
  sums: Sums,
  shrinkage: Shrinkage,
  precision: number,
): Fit {
  const count = line.keys.length;
  const alone = Int32Array.from({ length: count }, (_, i) => i);
  const group = (of: Int32Array, groups: number, strength: number) =>
    groupOf(sums, of, groups, width, ridgeOf(width, strength));
  const levels = [
    group(new Int32Array(count), 1, PANEL_RIDGE),
    group(line.itemOf, line.items.length, shrinkage.item),
    group(line.siteOf, line.sites.length, shrinkage.site),
    group(alone, count, shrinkage.series),
  ] as const;
  // What of X'y the coefficients so far leave unexplained, kept up to date all along.
  const left = sums.targets.slice();
  const total = new Float64Array(count * width);
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep += 1) {
    let change = 0;
    for (const [depth, level] of levels.entries()) {
      const strength = [PANEL_RIDGE, shrinkage.item, shrinkage.site, shrinkage.series][depth]!;
      change = Math.max(change, improve(level, ridgeOf(width, strength), sums, left, total));
    }
    if (change < precision) break;
  }
  return { coefficients: total };
}

/** Solves one level for what the others leave; gives the largest change of a coefficient. */
function improve(
  { of, count, factors, coefficients }: Group,
  ridge: Float64Array,
  sums: Sums,
  left: Float64Array,
  total: Float64Array,
): number {
  const width = ridge.length;
  const size = width * width;
  const step = new Float64Array(count * width);
  for (let i = 0; i < of.length; i += 1) {
    const to = of[i]! * width;
    for (let j = 0; j < width; j += 1) step[to + j]! += left[i * width + j]!;
  }
  let change = 0;
  for (let group = 0; group < count; group += 1) {
    const at = group * width;
    for (let j = 0; j < width; j += 1) step[at + j]! -= ridge[j]! * coefficients[at + j]!;
    solve(factors, group * size, width, step, at);
    for (let j = 0; j < width; j += 1) {
      coefficients[at + j]! += step[at + j]!;
      change = Math.max(change, Math.abs(step[at + j]!));
    }
  }
  for (let i = 0; i < of.length; i += 1) {
    const from = of[i]! * width;
    for (let j = 0; j < width; j += 1) total[i * width + j]! += step[from + j]!;
    for (let j = 0; j < width; j += 1) {
      const row = i * size + j * width;
      let product = 0;
      for (let k = 0; k < width; k += 1) product += sums.products[row + k]! * step[from + k]!;
      left[i * width + j]! -= product;
    }
  }
  return change;
}

/** What the regression says of one cell, in logs. */
export function predict(
  { width, matrix }: Design,
  coefficients: Float64Array,
  series: number,
  cell: number,
): number {
  let sum = 0;
  const row = cell * width;
  const at = series * width;
  for (let j = 0; j < width; j += 1) sum += matrix[row + j]! * coefficients[at + j]!;
  return sum;
}
