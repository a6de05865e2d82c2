import type { SeriesDrivers } from '../effects/index.ts';
import { LEVELS } from '../series.ts';
import { SCORE_LENGTH, type Sums } from './score.ts';
import { DAYS_AHEAD, QUANTILE_DAYS, WEEKS_AHEAD } from './types.ts';

/**
 * What a worker thread gets and gives: plain typed arrays of many series, which change hands
 * without being copied. Days count from 1970-01-01.
 */

/** History that a forecast looks at. */
export const HISTORY_DAYS = 730;
/** Whole weeks of it, ending at the origin. */
export const HISTORY_WEEKS = 104;

/** Floats of each part of a forecast. */
export const LENGTHS = {
  dayMeans: DAYS_AHEAD,
  dayQuantiles: LEVELS.length * QUANTILE_DAYS,
  weekMeans: WEEKS_AHEAD,
  weekQuantiles: LEVELS.length * WEEKS_AHEAD,
  score: SCORE_LENGTH,
} as const;

/** Floats that are carried over from the last forecast: means, quantiles, overridden means. */
export const PREVIOUS_LENGTH = QUANTILE_DAYS * (LEVELS.length + 2) + SCORE_LENGTH;

export const TIERS = ['rolled', 'fast', 'full'] as const;
export type Tier = (typeof TIERS)[number];

/** Floats of a whole forecast, to be moved on where nothing was demanded: see rollForward. */
export const WHOLE_LENGTH =
  LENGTHS.dayMeans + LENGTHS.dayQuantiles + LENGTHS.weekMeans + LENGTHS.weekQuantiles + 3;

/** How a run chooses between rolling a series forward and selecting its method anew. */
export interface TierRule {
  /** `auto`: full for what is new, drifting, or due and changed; else fast. */
  readonly tier: 'auto' | 'fast' | 'full';
  /** Whether series without a forecast are selected at once, or when it is their turn. */
  readonly newAtOnce: boolean;
}

/** Some series with what is known of them through the origin, and of their last forecasts. */
export interface BatchInput {
  readonly origin: number;
  readonly seed: number;
  readonly rule: TierRule;
  readonly count: number;
  /** Item, site, owner of each. */
  readonly keys: Int32Array;
  /** Day of the first value, and how many values, of each. */
  readonly firstDays: Int32Array;
  readonly lengths: Int32Array;
  /** Demand of one series after another; NaN where it is not known. */
  readonly demand: Float64Array;
  /** Bits of MARK for each value. */
  readonly marks: Uint8Array;
  /** For each series, which of the batch's cells (group x site x owner kind) it belongs to. */
  readonly cells: Int32Array;
  readonly cellCount: number;
  /** Origin of the last forecast of each, 0 where there is none that may be used. */
  readonly previousOrigins: Int32Array;
  readonly previous: Float32Array;
  /** Day of the last full selection of each; 0: never. */
  readonly selectedDays: Int32Array;
  /** Day of the last origin at which each was not only rolled forward; 0: none. */
  readonly computedDays: Int32Array;
  /** Tier of the last forecast, as its place in TIERS. */
  readonly previousTiers: Uint8Array;
  /** The last forecasts as a whole: day means, day quantiles, weeks, their quantiles, spreads. */
  readonly whole: Float32Array;
  readonly previousMethods: readonly string[];
  readonly previousClasses: readonly string[];
  readonly previousMarks: readonly string[];
  /** What the engine learned, and which effects are used, as JSON. */
  readonly states: readonly (string | null)[];
  /** What moves the demand of each; null where nothing does. */
  readonly drivers: readonly (SeriesDrivers | null)[];
}

/** A day of a series that a planner had overridden, with what came. */
export interface OverriddenDay {
  readonly index: number;
  readonly day: number;
  readonly actual: number;
  readonly without: number;
  readonly with: number;
}

/** Sums of the days that were scored in a cell. */
export interface CellSums {
  readonly cell: number;
  readonly day: number;
  readonly demandClass: string;
  readonly sums: Sums;
}

/** Forecasts of a batch, in its order. */
export interface BatchOutput {
  readonly count: number;
  readonly dayMeans: Float32Array;
  readonly dayQuantiles: Float32Array;
  readonly weekMeans: Float32Array;
  readonly weekQuantiles: Float32Array;
  readonly scores: Float32Array;
  /** Variance of a day, its growth, correlation of each. */
  readonly spreads: Float32Array;
  readonly methods: string[];
  readonly classes: string[];
  /** Kinds of marks, with commas between them. */
  readonly marks: string[];
  readonly tiers: Uint8Array;
  readonly selectedDays: Int32Array;
  readonly computedDays: Int32Array;
  readonly isDrifting: Uint8Array;
  /** JSON of a selection; null where none was made and the last one still holds. */
  readonly explanations: (string | null)[];
  readonly states: (string | null)[];
  readonly overridden: OverriddenDay[];
  readonly sums: CellSums[];
  /** By cell: weekly demand of the past; weekly means ahead; sums of their deviations, squared. */
  readonly cellHistory: Float64Array;
  readonly cellMeans: Float64Array;
  /** The weekly means without effects of drivers. */
  readonly cellUsual: Float64Array;
  readonly cellDeviation: Float64Array;
  readonly cellVariance: Float64Array;
}

/** The buffers of a message that change hands. */
export function buffersOf(message: object): ArrayBuffer[] {
  return Object.values(message)
    .filter((value) => ArrayBuffer.isView(value))
    .map((view) => view.buffer as ArrayBuffer);
}
