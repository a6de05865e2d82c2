import type { Transition } from '../proposals/states.ts';

export const PLACEMENT_STATES = ['draft', 'accepted', 'rejected', 'expired'] as const;
export type PlacementState = (typeof PLACEMENT_STATES)[number];

/** The life of a placement: decided once, while what it was reckoned from still holds. */
export const PLACEMENT_TRANSITIONS = [
  { action: 'accept', from: ['draft'], to: 'accepted' },
  { action: 'reject', from: ['draft'], to: 'rejected' },
  { action: 'expire', from: ['draft'], to: 'expired' },
] as const satisfies readonly Transition<PlacementState>[];

/** A placement is good for its first week: then what it wanted in that week has not come. */
const GOOD_DAYS = 7;

/**
 * The day from which a placement is history: when its first week is over, or its peak begins; not
 * the day on which it was made, so that one in a peak can be accepted. All as day numbers.
 */
export function placementExpiry(madeOn: number, peakFrom: number): number {
  return Math.max(madeOn + 1, Math.min(madeOn + GOOD_DAYS, peakFrom));
}
