import type { Transition } from '../orders/order.ts';

/** Types and pure rules of fulfilment requests. */

export const REQUEST_STATES = ['released', 'accepted', 'shipped', 'withdrawn'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** The life of what a warehouse is asked to send. A shipment of a part leaves it as it is. */
export const REQUEST_MACHINE: readonly Transition<RequestState>[] = [
  { from: 'released', event: 'accept', to: 'accepted' },
  { from: 'accepted', event: 'ship', to: 'shipped' },
  { from: 'released', event: 'withdraw', to: 'withdrawn' },
  { from: 'accepted', event: 'withdraw', to: 'withdrawn' },
  { from: 'released', event: 'short', to: 'withdrawn' },
  { from: 'accepted', event: 'short', to: 'withdrawn' },
];
