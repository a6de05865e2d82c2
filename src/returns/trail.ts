import type { Tx } from '../platform/database.ts';
import { type HistoryEntry, recordHistory } from '../platform/history.ts';
import { Problem } from '../platform/problems.ts';
import { returnState } from './problems.ts';
import { refreshRma } from './rma.queries.ts';
import { documentOf, type Rma, type RmaLine } from './rma.ts';
import type { By } from './service.ts';
import { LINE_TRANSITIONS, type LineAction, nextState, type ReturnState } from './states.ts';

/** Where an action leads a line. @throws Problem return-state where the table has no such row. */
export function requireLineAction(rma: Rma, line: RmaLine, action: LineAction): ReturnState {
  const next = nextState(LINE_TRANSITIONS, action, line.state);
  if (next !== undefined) return next;
  throw wrongState(rma, line.state, line.line);
}

export function canLine(line: Pick<RmaLine, 'state'>, action: LineAction): boolean {
  return nextState(LINE_TRANSITIONS, action, line.state) !== undefined;
}

/** The problem of something that a return, or one line of it, is not ready for. */
export function wrongState(rma: Rma, state: string, line?: number, detail?: string): Problem {
  const what = line === undefined ? rma.number : `Line ${line} of ${rma.number}`;
  return new Problem(returnState, detail ?? `${what} is ${state.replaceAll('_', ' ')}.`, {
    number: rma.number,
    state,
    ...(line === undefined ? {} : { line }),
  });
}

/** What is done, without the document and owner, which are the return's. */
export type Deed = Omit<HistoryEntry, 'ownerId' | 'document'>;

/**
 * Brings the state of a return in line with its lines, after they were changed, and writes the
 * trail of both.
 */
export async function recordDeeds(
  tx: Tx,
  rma: Rma,
  deeds: readonly Deed[],
  by: By,
): Promise<ReturnState> {
  const state = await refreshRma(tx, rma.rmaId, by.at);
  const [first] = deeds;
  const change: Deed[] =
    state === rma.state
      ? []
      : [{ action: first?.action ?? 'changed', fromState: rma.state, toState: state }];
  const entries = [...deeds, ...change].map((deed) => ({
    ...deed,
    ownerId: rma.ownerId,
    document: documentOf(rma),
  }));
  await recordHistory(tx, entries, by);
  return state;
}
