/**
 * Cholesky's factorisation of symmetric positive definite matrices, stored row by row. Source:
 * Golub and Van Loan (2013), Matrix Computations, 4.2.
 */

/** Pivots below this share of the diagonal are raised to it: a column that adds nothing. */
const PIVOT_MIN = 1e-10;

/**
 * The lower triangle L with L Lᵀ = matrix + diag(ridge), in place of the matrix.
 * @param size rows of the matrix, which starts at `offset`
 */
export function factorise(
  matrix: Float64Array,
  offset: number,
  size: number,
  ridge: Float64Array,
): void {
  for (let j = 0; j < size; j += 1) {
    const row = offset + j * size;
    const diagonal = matrix[row + j]! + ridge[j]!;
    let pivot = diagonal;
    for (let k = 0; k < j; k += 1) pivot -= matrix[row + k]! ** 2;
    const root = Math.sqrt(Math.max(pivot, PIVOT_MIN * Math.abs(diagonal), Number.MIN_VALUE));
    matrix[row + j] = root;
    for (let i = j + 1; i < size; i += 1) {
      const below = offset + i * size;
      let sum = matrix[below + j]!;
      for (let k = 0; k < j; k += 1) sum -= matrix[below + k]! * matrix[row + k]!;
      matrix[below + j] = sum / root;
    }
  }
}

/** Solves L x = right in place. */
function solveLower(
  factor: Float64Array,
  offset: number,
  size: number,
  right: Float64Array,
  at: number,
): void {
  for (let i = 0; i < size; i += 1) {
    const row = offset + i * size;
    let sum = right[at + i]!;
    for (let k = 0; k < i; k += 1) sum -= factor[row + k]! * right[at + k]!;
    right[at + i] = sum / factor[row + i]!;
  }
}

/** Solves L Lᵀ x = right in place. */
export function solve(
  factor: Float64Array,
  offset: number,
  size: number,
  right: Float64Array,
  at: number,
): void {
  solveLower(factor, offset, size, right, at);
  for (let i = size - 1; i >= 0; i -= 1) {
    let sum = right[at + i]!;
    for (let k = i + 1; k < size; k += 1) {
      sum -= factor[offset + k * size + i]! * right[at + k]!;
    }
    right[at + i] = sum / factor[offset + i * size + i]!;
  }
}
