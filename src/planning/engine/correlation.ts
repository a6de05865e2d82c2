import { levelsOf, type Shape } from './shape.ts';

const ALPHA = 0.05;
const CORRELATION_MAX = 0.9;

/**
 * How much the errors of one forecast have in common, from blocks of the history: the squared sum
 * of a block's errors against the sum of its squared errors, the forecast being the level known at
 * the block's start. For errors of equal variance v with correlation r the sum over B periods has
 * the variance v × B × (1 + (B − 1) × r).
 */
export function errorCorrelation(shape: Shape): number {
  const { values, season, profile, closed } = shape;
  const periods = values.length;
  const block = Math.min(season === 7 ? 28 : 6, Math.floor(periods / 6));
  if (block < 2) return 0;
  const levels = levelsOf(shape, ALPHA);
  let [ofSums, ofPeriods, blocks] = [0, 0, 0];
  for (let start = periods - block; start >= Math.max(block, 2 * season); start -= block) {
    let [sum, squares] = [0, 0];
    for (let t = start; t < start + block; t += 1) {
      const phase = t % season;
      const expected = closed[phase] ? 0 : levels[start]! * profile[phase]!;
      const error = values[t]! - expected;
      sum += error;
      squares += error * error;
    }
    ofSums += sum * sum;
    ofPeriods += squares;
    blocks += 1;
  }
  if (blocks < 3 || !(ofPeriods > 0)) return 0;
  const correlation = (ofSums / ofPeriods - 1) / (block - 1);
  return Math.min(CORRELATION_MAX, Math.max(0, correlation));
}
