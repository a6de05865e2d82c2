import type { Method } from '../series.ts';
import { drift, movingAverage, naive, seasonalNaive } from './baselines.ts';
import { combination } from './combination.ts';
import { ets } from './ets.ts';
import { mstl } from './mstl.ts';
import { dotm, growthTheta, otm, theta } from './theta.ts';

export { combine } from './combine.ts';

/**
 * The smooth methods that compete, cheapest first; their combination is no rival of its members.
 */
export const METHODS: readonly Method[] = [
  naive,
  seasonalNaive,
  drift,
  movingAverage,
  theta,
  growthTheta,
  otm,
  dotm,
  ets,
  mstl,
];

/**
 * The method of this id, the combination included.
 * @throws RangeError when there is none.
 */
export function methodOf(id: string): Method {
  const found = [...METHODS, combination].find((method) => method.id === id);
  if (found === undefined) throw new RangeError(`no forecasting method ${id}`);
  return found;
}
