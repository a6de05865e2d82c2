import { effectText, type ShownEffect } from '../effects/index.ts';
import type { FullForecast } from '../engine/index.ts';
import { dateOf } from './pack.ts';

const CANDIDATES_SHOWN = 5;
const PERIODS_SHOWN = 5;
const DIGITS = 4;

/** Why a forecast is what it is, as it is stored beside it and shown. */
export interface ShortExplanation {
  readonly summary: string;
  /** Days between demands, squared variation of their sizes, days with demand, days without. */
  readonly interval: number | null;
  readonly variation: number;
  readonly demands: number;
  readonly quietDays: number;
  readonly marks: readonly { kind: string; count: number; days: readonly string[] }[];
  /** Origins of the backtest. */
  readonly origins: number;
  /** What moves demand, where using it was better than not; see `effects`. */
  readonly drivers?: {
    /** By how much less the pinball loss was with them, over so many origins of the past. */
    readonly gain: number;
    readonly origins: number;
    readonly effects: readonly ShownEffect[];
  };
  readonly candidates: readonly {
    readonly method: string;
    readonly weight: number;
    readonly pinball: number | null;
    readonly rmsse: number | null;
    readonly bias: number | null;
  }[];
}

function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null;
}

/**
 * Cuts an explanation to what is worth storing a million times.
 * @param firstDay of the history as it was given, counted from 1970-01-01.
 */
export function explainInShort(
  forecast: FullForecast,
  firstDay: number,
  drivers?: Required<ShortExplanation>['drivers'],
): ShortExplanation {
  const { classification, marks, origins, candidates, summary } = forecast.explanation;
  return {
    summary: drivers ? `${summary} ${driversText(drivers)}` : summary,
    ...(drivers && { drivers }),
    interval: rounded(classification.interval),
    variation: rounded(classification.variation) ?? 0,
    demands: classification.demands,
    quietDays: classification.quiet,
    marks: marks.map(({ kind, count, periods }) => ({
      ...{ kind, count },
      days: periods.slice(0, PERIODS_SHOWN).map((period) => dateOf(firstDay + period)),
    })),
    origins: origins.length,
    candidates: candidates.slice(0, CANDIDATES_SHOWN).map(({ method, weight, accuracy }) => ({
      ...{ method, weight: rounded(weight) ?? 0 },
      pinball: rounded(accuracy.pinball),
      rmsse: rounded(accuracy.rmsse),
      bias: rounded(accuracy.bias),
    })),
  };
}

function driversText({ gain, origins, effects }: Required<ShortExplanation>['drivers']): string {
  const used = effects.map(effectText).join(', ');
  const percent = Math.round(100 * gain);
  // Used for a price that is planned, although the past was told as well without it.
  if (percent < 1) return `Used for a planned price (${used}).`;
  return (
    `Drivers are used (${used}): over ${origins} origins of the past the loss was ${percent} % ` +
    `less with them.`
  );
}
