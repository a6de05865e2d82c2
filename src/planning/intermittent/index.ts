import type { Method } from '../series.ts';
import { croston, sba, tsb, zero } from './croston.ts';
import { imapa } from './imapa.ts';

export {
  type CountDistribution,
  type CountModel,
  meanOf,
  quantileOf,
  varianceOf,
} from './counts.ts';
export {
  negativeBinomialCdf,
  negativeBinomialPmf,
  negativeBinomialQuantile,
  poissonPmf,
} from './distributions.ts';
export { fitCounts } from './fit.ts';
export { forecastCounts } from './forecast.ts';

/** Methods for demand with many zeros, cheapest first; `zero` is for items that ended. */
export const INTERMITTENT_METHODS: readonly Method[] = [zero, croston, sba, tsb, imapa];
