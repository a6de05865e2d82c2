/** Types and pure rules of sales orders: no I/O, no clock, no randomness. */

export const SHIPMENT_POLICIES = ['partial', 'complete'] as const;
export type ShipmentPolicy = (typeof SHIPMENT_POLICIES)[number];
export const BACKORDER_POLICIES = ['allow', 'refuse'] as const;
export type BackorderPolicy = (typeof BACKORDER_POLICIES)[number];
export const HOLD_KINDS = ['payment', 'fraud', 'address', 'manual'] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];
export const SERVICE_LEVEL_DEFAULT = 'standard';
export const PRIORITY_MAX = 100;

/** Where the goods go. */
export interface ShipTo {
  readonly name: string;
  readonly lines: readonly string[];
  readonly city: string;
  readonly region?: string | undefined;
  readonly postalCode?: string | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
}

/** A state, what happens, and the state after it. */
export interface Transition<State extends string = string> {
  readonly from: State;
  readonly event: string;
  readonly to: State;
}

export const PART_STATES = [
  'backordered',
  'reserved',
  'released',
  'accepted',
  'shipping',
  'shipped',
  'cancelled',
] as const;
export type PartState = (typeof PART_STATES)[number];

/** The life of a part of a line: units that share one site, one reservation and one fate. */
export const PART_MACHINE = [
  { from: 'backordered', event: 'reserve', to: 'reserved' },
  { from: 'reserved', event: 'lose', to: 'backordered' },
  { from: 'reserved', event: 'release', to: 'released' },
  { from: 'released', event: 'withdraw', to: 'reserved' },
  { from: 'accepted', event: 'withdraw', to: 'reserved' },
  { from: 'released', event: 'accept', to: 'accepted' },
  { from: 'released', event: 'short', to: 'backordered' },
  { from: 'accepted', event: 'short', to: 'backordered' },
  { from: 'accepted', event: 'ship', to: 'shipping' },
  { from: 'shipping', event: 'refuse', to: 'accepted' },
  { from: 'shipping', event: 'complete', to: 'shipped' },
  { from: 'backordered', event: 'cancel', to: 'cancelled' },
  { from: 'reserved', event: 'cancel', to: 'cancelled' },
  { from: 'released', event: 'cancel', to: 'cancelled' },
  { from: 'accepted', event: 'cancel', to: 'cancelled' },
] as const satisfies readonly Transition<PartState>[];
export type PartEvent = (typeof PART_MACHINE)[number]['event'];

/** The state of a part after an event; undefined where the event cannot happen to it. */
export function nextPartState(from: PartState, event: PartEvent): PartState | undefined {
  return PART_MACHINE.find((row) => row.from === from && row.event === event)?.to;
}

export const LINE_STATES = [
  'backordered',
  'reserved',
  'in_fulfilment',
  'partly_shipped',
  'shipped',
  'cancelled',
] as const;
export type LineState = (typeof LINE_STATES)[number];

export const ORDER_STATES = [
  'backordered',
  'open',
  'in_fulfilment',
  'partly_shipped',
  'shipped',
  'cancelled',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** Orders to which nothing more can happen. */
export const CLOSED_STATES: ReadonlySet<string> = new Set(['shipped', 'cancelled']);

/** The furthest thing that is true of parts, as the state of what they make up. */
function stateOfParts(parts: readonly { readonly state: PartState }[]): LineState {
  const has = (...states: PartState[]) => parts.some(({ state }) => states.includes(state));
  const isOpen = has('backordered', 'reserved', 'released', 'accepted', 'shipping');
  if (!isOpen) return has('shipped') ? 'shipped' : 'cancelled';
  if (has('shipped')) return 'partly_shipped';
  if (has('released', 'accepted', 'shipping')) return 'in_fulfilment';
  return has('backordered') ? 'backordered' : 'reserved';
}

/** The state of a line, which follows from its parts. */
export function lineStateOf(parts: readonly { readonly state: PartState }[]): LineState {
  return stateOfParts(parts);
}

/** The state of a sales order, which follows from the parts of all its lines. */
export function orderStateOf(parts: readonly { readonly state: PartState }[]): OrderState {
  const state = stateOfParts(parts);
  return state === 'reserved' ? 'open' : state;
}

/**
 * The life of a line, as it follows from its parts: what one event on one part can do. A property
 * test walks random parts and finds every step in here.
 */
export const LINE_MACHINE: readonly Transition<LineState>[] = [
  { from: 'backordered', event: 'reserve', to: 'reserved' },
  { from: 'reserved', event: 'lose', to: 'backordered' },
  { from: 'reserved', event: 'release', to: 'in_fulfilment' },
  { from: 'backordered', event: 'release', to: 'in_fulfilment' },
  { from: 'in_fulfilment', event: 'withdraw', to: 'reserved' },
  { from: 'in_fulfilment', event: 'withdraw', to: 'backordered' },
  { from: 'in_fulfilment', event: 'short', to: 'backordered' },
  { from: 'in_fulfilment', event: 'complete', to: 'partly_shipped' },
  { from: 'in_fulfilment', event: 'complete', to: 'shipped' },
  { from: 'partly_shipped', event: 'complete', to: 'shipped' },
  { from: 'partly_shipped', event: 'cancel', to: 'shipped' },
  { from: 'backordered', event: 'cancel', to: 'reserved' },
  { from: 'in_fulfilment', event: 'cancel', to: 'reserved' },
  { from: 'in_fulfilment', event: 'cancel', to: 'backordered' },
  { from: 'backordered', event: 'cancel', to: 'cancelled' },
  { from: 'reserved', event: 'cancel', to: 'cancelled' },
  { from: 'in_fulfilment', event: 'cancel', to: 'cancelled' },
];

/** The same of a sales order: its lines' states with `open` for what is reserved. */
export const ORDER_MACHINE: readonly Transition<OrderState>[] = LINE_MACHINE.map((row) => ({
  from: row.from === 'reserved' ? 'open' : row.from,
  event: row.event,
  to: row.to === 'reserved' ? 'open' : row.to,
}));

/** A machine as a mermaid state diagram, events that lead the same way on one arrow. */
export function drawMachine(machine: readonly Transition[]): string {
  const arrows = new Map<string, string[]>();
  for (const { from, event, to } of machine) {
    const arrow = `${from} --> ${to}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
  }
  const lines = [...arrows].map(([arrow, events]) => `    ${arrow}: ${events.join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n');
}
