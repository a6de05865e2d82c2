import { z } from 'zod';
import { declareProblem } from '../../platform/problems.ts';
import type { Tier } from './batch.ts';

/** A run of forecasts over all items at all sites, and the parts it is made of. */

export const RUN_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** What happens to a run. */
export const RUN_MACHINE: readonly { from: RunState; event: string; to: RunState }[] = [
  { from: 'queued', event: 'first part claimed', to: 'running' },
  { from: 'running', event: 'part done', to: 'running' },
  { from: 'running', event: 'last part done', to: 'done' },
  { from: 'running', event: 'part failed too often', to: 'failed' },
  { from: 'queued', event: 'cancel', to: 'cancelled' },
  { from: 'running', event: 'cancel', to: 'cancelled' },
];

/** What a run is asked for. */
export const runRequest = z.object({
  tier: z.enum(['auto', 'fast', 'full']),
  /** Decided when the run begins: see {@link NEW_AT_ONCE_MAX}. */
  newAtOnce: z.boolean().optional(),
});
export type RunRequest = z.output<typeof runRequest>;

/**
 * Up to so many series without a forecast have their methods selected in the night they appear in.
 * A system that begins with more of them takes its turns, so that the first night is no longer.
 */
export const NEW_AT_ONCE_MAX = 20_000;

export const STAGES = ['history', 'series', 'sums'] as const;

/** Series of a part: many enough to be written in bulk, few enough to be lost without pain. */
export const PART_SERIES_MAX = 1_000;
const PART_SERIES_MIN = 20;
/** A small run is cut into so many parts, so that several workers have something to do. */
const PARTS_WANTED = 16;

/** One item, and how many series it has. */
export interface ItemSeries {
  readonly itemId: number;
  readonly series: number;
}

/** Items of a part of the second stage: from the first, and below the second. */
export interface ItemRange {
  readonly from: number;
  readonly before: number;
  readonly series: number;
}

/**
 * Cuts items, in order of id, into ranges of about equally many series. It depends on the items
 * alone, not on who works: the same items are the same parts on any number of workers. All sites
 * of an item are in one part.
 */
export function cutItems(items: readonly ItemSeries[]): ItemRange[] {
  const total = items.reduce((sum, { series }) => sum + series, 0);
  const wanted = Math.ceil(total / PARTS_WANTED);
  const size = Math.min(PART_SERIES_MAX, Math.max(PART_SERIES_MIN, wanted));
  const ranges: ItemRange[] = [];
  let from: number | undefined;
  let series = 0;
  items.forEach((item, i) => {
    from ??= item.itemId;
    series += item.series;
    const next = items[i + 1];
    if (next && series + next.series <= size) return;
    ranges.push({ from, before: item.itemId + 1, series });
    from = undefined;
    series = 0;
  });
  return ranges;
}

/** What a run did. */
export interface RunResult {
  readonly series: number;
  readonly tiers: Readonly<Record<Tier, number>>;
  readonly classes: Readonly<Record<string, number>>;
  readonly drifting: number;
  readonly overridden: number;
  readonly scoredDays: number;
}

export const forecastRunOpen = declareProblem({
  name: 'forecast-run-open',
  status: 409,
  title: 'A forecast run is under way',
  remedy: 'Wait for it, or cancel it.',
});
export const forecastRunEnded = declareProblem({
  name: 'forecast-run-ended',
  status: 409,
  title: 'The forecast run has ended',
  remedy: 'Start another one.',
});
