/** States of a period as a table: the documentation draws it. */
export const PERIOD_STATES = ['open', 'closed'] as const;
export type PeriodState = (typeof PERIOD_STATES)[number];

/** How a period changes, and what each change is called in its history. */
export const PERIOD_TRANSITIONS = [
  { action: 'close', from: 'open', to: 'closed', recorded: 'closed' },
  { action: 'reopen', from: 'closed', to: 'open', recorded: 'reopened' },
] as const satisfies readonly {
  action: string;
  from: PeriodState;
  to: PeriodState;
  recorded: string;
}[];

/** The state of the period that ends on a day, where days up to `closedThrough` are closed. */
export function periodState(endsOn: string, closedThrough: string | null): PeriodState {
  return closedThrough !== null && endsOn <= closedThrough ? 'closed' : 'open';
}
