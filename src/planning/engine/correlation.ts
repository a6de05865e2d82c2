import { levelsOf, type Shape } from './shape.ts';

const ALPHA = 0.05;
const CORRELATION_MAX = 0.9;

/**
 * What an estimate from a few blocks of so many periods can be trusted for: one standard error
 * less (the squared sum of independent errors has a relative variance of 2), drawn towards none.
 * Without that, what three blocks of a month's history happen to show would multiply targets.
 */
export function trustedCorrelation(estimate: number, blocks: number, periods: number): number {
  const error = Math.sqrt(2 / blocks) / Math.max(1, periods - 1);
  const trusted = ((estimate - error) * blocks) / (blocks + 2);
  return Math.min(CORRELATION_MAX, Math.max(0, trusted));
}

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
  return trustedCorrelation((ofSums / ofPeriods - 1) / (block - 1), blocks, block);
}
