/** State machines as tables: the documentation draws them, and nothing moves but by a row. */
export interface Transition<State extends string> {
  readonly action: string;
  readonly from: readonly State[];
  readonly to: State;
}

export const PROPOSAL_STATES = [
  'draft',
  'edited',
  'approved',
  'rejected',
  'expired',
  'superseded',
] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** States in which somebody may still decide. */
export const OPEN_PROPOSALS: readonly ProposalState[] = ['draft', 'edited'];

/** The life of a proposal. What a planner edited is no longer the run's to replace. */
export const PROPOSAL_TRANSITIONS = [
  { action: 'edit', from: OPEN_PROPOSALS, to: 'edited' },
  { action: 'approve', from: OPEN_PROPOSALS, to: 'approved' },
  { action: 'reject', from: OPEN_PROPOSALS, to: 'rejected' },
  { action: 'expire', from: OPEN_PROPOSALS, to: 'expired' },
  { action: 'supersede', from: ['draft'], to: 'superseded' },
] as const satisfies readonly Transition<ProposalState>[];

export const EXCEPTION_STATES = ['open', 'acknowledged', 'snoozed', 'resolved'] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

const UNRESOLVED: readonly ExceptionState[] = ['open', 'acknowledged', 'snoozed'];

/** The life of an exception; a run resolves what is gone and wakes what slept long enough. */
export const EXCEPTION_TRANSITIONS = [
  { action: 'acknowledge', from: UNRESOLVED, to: 'acknowledged' },
  { action: 'snooze', from: UNRESOLVED, to: 'snoozed' },
  { action: 'reopen', from: ['acknowledged', 'snoozed'], to: 'open' },
  { action: 'wake', from: ['snoozed'], to: 'open' },
  { action: 'resolve', from: UNRESOLVED, to: 'resolved' },
] as const satisfies readonly Transition<ExceptionState>[];

/** The state that an action leads to; undefined where the table has no such row. */
export function nextState<State extends string>(
  table: readonly Transition<State>[],
  action: string,
  from: State,
): State | undefined {
  return table.find((row) => row.action === action && row.from.includes(from))?.to;
}

/** The mermaid picture of a table, as docs/guides/planner.md shows it. */
export function pictureOf(table: readonly Transition<string>[]): string {
  const rows = table.flatMap(({ action, from, to }) =>
    from.map((state) => `  ${state} --> ${to}: ${action}`),
  );
  return ['stateDiagram-v2', ...rows].join('\n');
}
