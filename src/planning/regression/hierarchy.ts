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
  /** Where its coefficients begin in a vector of all unknowns. */
  readonly at: number;
  readonly ridge: Float64Array;
  /** Factor of the penalised sums of each group. */
  readonly factors: Float64Array;
}

/** A fit of the regression. */
export interface Fit {
  /** Of each series: the sum of the panel's, its item's, its site's and its own. */
  readonly coefficients: Float64Array;
}

/** The constant is drawn less: series differ in level more than in how they respond. */
const LEVEL_SHARE = 0.01;
const PANEL_RIDGE = 1;
const STEPS_MAX = 200;
/** The solution is found when what is left is this share of what was there at first. */
export const EXACT = 1e-6;
export const ROUGH = 5e-3;

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

function groupOf(sums: Sums, of: Int32Array, count: number, at: number, ridge: Float64Array) {
  const width = ridge.length;
  const size = width * width;
  const factors = new Float64Array(count * size);
  for (let i = 0; i < of.length; i += 1) {
    const to = of[i]! * size;
    for (let k = 0; k < size; k += 1) factors[to + k]! += sums.products[i * size + k]!;
  }
  for (let group = 0; group < count; group += 1) factorise(factors, group * size, width, ridge);
  return { of, count, at, ridge, factors };
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
 * 1975; Robinson, 1991, "That BLUP is a good thing").
 *
 * The normal equations are solved by conjugate gradients from sums over the series, so the rows
 * are gone through only once; each group's own equations, solved exactly, are the preconditioner
 * (Golub and Van Loan, 2013, Matrix Computations, 11.5).
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
  let at = 0;
  const group = (of: Int32Array, groups: number, strength: number): Group => {
    const made = groupOf(sums, of, groups, at, ridgeOf(width, strength));
    at += groups * width;
    return made;
  };
  const groups = [
    group(new Int32Array(count), 1, PANEL_RIDGE),
    group(line.itemOf, line.items.length, shrinkage.item),
    group(line.siteOf, line.sites.length, shrinkage.site),
    group(alone, count, shrinkage.series),
  ];
  const unknowns = conjugateGradients(groups, sums, at, width, precision);
  const coefficients = new Float64Array(count * width);
  addUp(groups, unknowns, coefficients, width);
  return { coefficients };
}

/** Adds to each series' coefficients those of the groups it belongs to. */
function addUp(groups: readonly Group[], unknowns: Float64Array, to: Float64Array, width: number) {
  for (const { of, at } of groups) {
    for (let i = 0; i < of.length; i += 1) {
      const from = at + of[i]! * width;
      for (let j = 0; j < width; j += 1) to[i * width + j]! += unknowns[from + j]!;
    }
  }
}

/** The transpose of addUp: adds what each series has to all groups it belongs to. */
function spreadOut(groups: readonly Group[], rows: Float64Array, to: Float64Array, width: number) {
  for (const { of, at } of groups) {
    for (let i = 0; i < of.length; i += 1) {
      const into = at + of[i]! * width;
      for (let j = 0; j < width; j += 1) to[into + j]! += rows[i * width + j]!;
    }
  }
}

function conjugateGradients(
  groups: readonly Group[],
  sums: Sums,
  size: number,
  width: number,
  precision: number,
): Float64Array {
  const solution = new Float64Array(size);
  const left = new Float64Array(size);
  spreadOut(groups, sums.targets, left, width);
  // From the mean on, so that the precision is relative to how demand varies, in any unit.
  solution[0] = meanTarget(sums, width);
  const image = applied(groups, sums, solution, width);
  for (let k = 0; k < size; k += 1) left[k]! -= image[k]!;
  let towards = preconditioned(groups, left, width);
  let direction = towards.slice();
  let length = dot(left, towards);
  const enough = length * precision * precision;
  for (let step = 0; step < STEPS_MAX && length > enough; step += 1) {
    const ahead = applied(groups, sums, direction, width);
    const curvature = dot(direction, ahead);
    if (!(curvature > 0)) break;
    const stride = length / curvature;
    for (let k = 0; k < size; k += 1) {
      solution[k]! += stride * direction[k]!;
      left[k]! -= stride * ahead[k]!;
    }
    towards = preconditioned(groups, left, width);
    const next = dot(left, towards);
    const share = next / length;
    direction = direction.map((value, k) => towards[k]! + share * value);
    length = next;
  }
  return solution;
}

/** The mean of all targets: the first regressor is the constant. */
function meanTarget({ targets, counts }: Sums, width: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < counts.length; i += 1) {
    sum += targets[i * width]!;
    count += counts[i]!;
  }
  return count > 0 ? sum / count : 0;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += a[k]! * b[k]!;
  return sum;
}

/** The penalised normal equations' left side, applied to a vector of all unknowns. */
function applied(groups: readonly Group[], sums: Sums, vector: Float64Array, width: number) {
  const series = sums.counts.length;
  const totals = new Float64Array(series * width);
  addUp(groups, vector, totals, width);
  const rows = new Float64Array(series * width);
  for (let i = 0; i < series; i += 1) {
    const products = sums.products.subarray(i * width * width, (i + 1) * width * width);
    for (let j = 0; j < width; j += 1) {
      let sum = 0;
      for (let k = 0; k < width; k += 1) sum += products[j * width + k]! * totals[i * width + k]!;
      rows[i * width + j] = sum;
    }
  }
  const result = new Float64Array(vector.length);
  spreadOut(groups, rows, result, width);
  for (const { at, count, ridge } of groups) {
    for (let k = 0; k < count * width; k += 1) {
      result[at + k]! += ridge[k % width]! * vector[at + k]!;
    }
  }
  return result;
}

function preconditioned(groups: readonly Group[], vector: Float64Array, width: number) {
  const result = vector.slice();
  for (const { at, count, factors } of groups) {
    for (let group = 0; group < count; group += 1) {
      solve(factors, group * width * width, width, result, at + group * width);
    }
  }
  return result;
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
