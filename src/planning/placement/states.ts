import type { Transition } from '../proposals/states.ts';

export const PLACEMENT_STATES = ['draft', 'accepted', 'rejected'] as const;
export type PlacementState = (typeof PLACEMENT_STATES)[number];

/** The life of a placement: decided once. */
export const PLACEMENT_TRANSITIONS = [
  { action: 'accept', from: ['draft'], to: 'accepted' },
  { action: 'reject', from: ['draft'], to: 'rejected' },
] as const satisfies readonly Transition<PlacementState>[];
