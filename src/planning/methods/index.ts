import type { Method } from '../series.ts';
import { drift, movingAverage, naive, seasonalNaive } from './baselines.ts';
import { ets } from './ets.ts';
import { mstl } from './mstl.ts';
import { dotm, otm, theta } from './theta.ts';

export { combine, type Weights } from './combine.ts';

/** The smooth methods, cheapest first. */
export const METHODS: readonly Method[] = [
  naive,
  seasonalNaive,
  drift,
  movingAverage,
  theta,
  otm,
  dotm,
  ets,
  mstl,
];

/**
 * The method of this id.
 * @throws RangeError when there is none.
 */
export function methodOf(id: string): Method {
  const found = METHODS.find((method) => method.id === id);
  if (found === undefined) throw new RangeError(`no forecasting method ${id}`);
  return found;
}
