/** State machines of returns as tables: the documentation draws them, nothing else moves. */
export interface Transition<State extends string> {
  readonly action: string;
  readonly from: readonly State[];
  readonly to: State;
}

/** States of a return and of each of its lines. */
export const RETURN_STATES = [
  'requested',
  'authorised',
  'in_transit',
  'received',
  'inspected',
  'completed',
  'rejected',
  'cancelled',
  'expired',
] as const;
export type ReturnState = (typeof RETURN_STATES)[number];

/** States in which goods of a line may arrive. */
export const RECEIVABLE = [
  'requested',
  'authorised',
  'in_transit',
  'received',
  'inspected',
] as const satisfies readonly ReturnState[];

/** What can happen to a line; the state of the return follows, see {@link stateOfLines}. */
export const LINE_TRANSITIONS = [
  { action: 'authorise', from: ['requested'], to: 'authorised' },
  { action: 'reject', from: ['requested'], to: 'rejected' },
  { action: 'dispatch', from: ['authorised', 'in_transit'], to: 'in_transit' },
  { action: 'receive', from: RECEIVABLE, to: 'received' },
  { action: 'inspect', from: ['received'], to: 'inspected' },
  { action: 'reverse_inspection', from: ['inspected', 'completed'], to: 'received' },
  { action: 'complete', from: ['inspected'], to: 'completed' },
  { action: 'cancel', from: ['requested', 'authorised', 'in_transit'], to: 'cancelled' },
  { action: 'expire', from: ['authorised', 'in_transit'], to: 'expired' },
  // Late goods arrive after all.
  { action: 'revive', from: ['expired'], to: 'authorised' },
] as const satisfies readonly Transition<ReturnState>[];
export type LineAction = (typeof LINE_TRANSITIONS)[number]['action'];

/** What those steps of lines do to the whole return. Only what changes its state is listed. */
export const RETURN_TRANSITIONS = [
  { action: 'authorise', from: ['requested'], to: 'authorised' },
  { action: 'reject', from: ['requested'], to: 'rejected' },
  { action: 'dispatch', from: ['authorised'], to: 'in_transit' },
  {
    action: 'receive',
    from: ['requested', 'authorised', 'in_transit', 'inspected'],
    to: 'received',
  },
  { action: 'inspect', from: ['received'], to: 'inspected' },
  { action: 'reverse_inspection', from: ['inspected', 'completed'], to: 'received' },
  { action: 'complete', from: ['received', 'inspected'], to: 'completed' },
  { action: 'cancel', from: ['requested', 'authorised', 'in_transit'], to: 'cancelled' },
  { action: 'expire', from: ['authorised', 'in_transit'], to: 'expired' },
  { action: 'revive', from: ['expired'], to: 'authorised' },
] as const satisfies readonly Transition<ReturnState>[];

/** The state that an action leads to; undefined where the table has no such row. */
export function nextState<State extends string>(
  table: readonly Transition<State>[],
  action: string,
  from: State,
): State | undefined {
  return table.find((row) => row.action === action && row.from.includes(from))?.to;
}

const OVER: readonly ReturnState[] = ['rejected', 'cancelled', 'expired'];
const ARRIVED: readonly ReturnState[] = ['received', 'inspected', 'completed'];
const BEFORE_ARRIVAL: readonly ReturnState[] = ['requested', 'authorised', 'in_transit'];

/**
 * The state of a return: that of its line which is least advanced, except that goods show at once
 * when they arrive; lines that are over count only when there are no others.
 */
export function stateOfLines(lines: readonly ReturnState[]): ReturnState {
  const live = lines.filter((state) => !OVER.includes(state));
  if (live.length === 0) {
    const last = (['expired', 'rejected', 'cancelled'] as const).find((state) =>
      lines.includes(state),
    );
    return last ?? 'cancelled';
  }
  if (live.every((state) => state === 'completed')) return 'completed';
  if (live.every((state) => state === 'inspected' || state === 'completed')) return 'inspected';
  if (live.some((state) => ARRIVED.includes(state))) return 'received';
  return BEFORE_ARRIVAL.find((state) => live.includes(state)) ?? 'requested';
}

export const STEP_TRANSITIONS = [
  { action: 'post', from: ['posting'], to: 'posted' },
  { action: 'refuse', from: ['posting'], to: 'refused' },
  { action: 'reverse', from: ['posted'], to: 'reversing' },
  { action: 'reversal_posted', from: ['reversing'], to: 'reversed' },
  { action: 'reversal_refused', from: ['reversing'], to: 'posted' },
] as const satisfies readonly Transition<InspectionState>[];
export type InspectionState = 'posting' | 'posted' | 'refused' | 'reversing' | 'reversed';

export const REFURBISHMENT_TRANSITIONS = [
  { action: 'finish_part', from: ['open'], to: 'open' },
  { action: 'finish', from: ['open'], to: 'finished' },
  { action: 'cancel', from: ['open'], to: 'cancelled' },
] as const satisfies readonly Transition<RefurbishmentState>[];
export type RefurbishmentState = 'open' | 'finished' | 'cancelled';

/** The mermaid picture of a table, as docs/concepts/returns.md shows it. */
export function pictureOf(table: readonly Transition<string>[]): string {
  const rows = table.flatMap(({ action, from, to }) =>
    from.map((state) => `  ${state} --> ${to}: ${action}`),
  );
  return ['stateDiagram-v2', ...rows].join('\n');
}
