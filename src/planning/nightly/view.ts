import type { z } from 'zod';
import type { OverrideRow } from './overrides.queries.ts';
import { STAGES } from './run.ts';
import type { RunRow } from './runs.queries.ts';
import type { figuresAnswer, overrideAnswer, RunAnswer } from './schemas.ts';
import type { Figures } from './score.ts';

const DIGITS = 6;

/** A number as it is shown: six digits that count. */
export function shown(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : 0;
}

export function shownOrNull(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : shown(value);
}

export function shownAll(values: ArrayLike<number>): number[] {
  return Array.from(values, shown);
}

/** Figures in JSON. */
export function showFigures(figures: Figures): z.output<typeof figuresAnswer> {
  const entries = Object.entries(figures).map(([name, value]) => [name, shownOrNull(value)]);
  return Object.fromEntries(entries) as z.output<typeof figuresAnswer>;
}

/** How far a run has come, 0 to 1: by its series, with a little for what comes before and after. */
export function progressOf({ state, stage, series, seriesDone }: RunRow): number {
  if (state === 'done') return 1;
  if (stage === 0) return 0;
  if (stage === 2) return series === 0 ? 0 : 0.99;
  return shown(0.01 + (0.98 * seriesDone) / Math.max(1, series));
}

/** Whether anybody may be at work on a run. */
function isOpen({ state }: RunRow): boolean {
  return state === 'queued' || state === 'running';
}

/**
 * A run in JSON.
 * @param heard who was heard of lately; of a run that has ended nobody is at work on it, though
 *   the parts that they held are still theirs by name.
 */
export function showRun(run: RunRow, heard: readonly string[]): RunAnswer {
  const { number, state, origin, seed, parts, partsDone, series, seriesDone } = run;
  return {
    ...{ number, state, origin, seed, parts, partsDone, series, seriesDone },
    stage: STAGES[run.stage] ?? 'sums',
    tier: run.request.tier,
    progress: progressOf(run),
    workers: isOpen(run) ? [...heard] : [],
    result: run.result ? { ...run.result } : null,
    reason: run.reason,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

/** An override in JSON, with what it was worth once days of it were judged. */
export function showOverride(row: OverrideRow): z.output<typeof overrideAnswer> {
  const { number, item, group, site, from, to, kind, value, reason, expiresOn, actor } = row;
  return {
    ...{ number, item, group, site, from, to, kind, value, reason, expiresOn, actor },
    timesForecast: row.timesForecast === null ? null : shown(row.timesForecast),
    isLarge: row.isLarge,
    createdAt: row.createdAt.toISOString(),
    undoneAt: row.undoneAt?.toISOString() ?? null,
    undoneReason: row.undoneReason,
    valueAdded: valueAddedOf(row),
  };
}

/**
 * Forecast value added (Gilliland, 2010): the error with a step of the process against the error
 * without it.
 */
function valueAddedOf(row: OverrideRow) {
  const { days, actual, absoluteWith, absoluteWithout, errorWith, errorWithout } = row;
  if (days === null || actual === null || days === 0) return null;
  const share = (sum: number | null, of: number) => (of > 0 ? shown((sum ?? 0) / of) : null);
  const without = absoluteWithout ?? 0;
  return {
    days,
    demand: shown(actual),
    wapeWith: share(absoluteWith, actual),
    wapeWithout: share(absoluteWithout, actual),
    biasWith: share(errorWith, actual),
    biasWithout: share(errorWithout, actual),
    addedValue: share(without - (absoluteWith ?? 0), without),
  };
}
