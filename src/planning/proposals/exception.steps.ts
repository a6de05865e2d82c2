import type { Tx } from '../../platform/database.ts';
import { recordHistory } from '../../platform/history.ts';
import { declareProblem, notFound, Problem, preconditionFailed } from '../../platform/problems.ts';
import { EXCEPTION } from './exception.commands.ts';
import { type ExceptionRow, findException, updateException } from './exception.queries.ts';
import { readHouse } from './facts.queries.ts';
import { EXCEPTION_TRANSITIONS, type ExceptionState, nextState } from './states.ts';

/** What people do to an exception. */

const exceptionResolved = declareProblem({
  name: 'planning-exception-resolved',
  status: 409,
  title: 'The exception cannot be moved there',
  remedy: 'See `state`: what is resolved stays so; when it comes back it is a new exception.',
});

/** What somebody does to an exception. */
export interface ExceptionStep {
  readonly action: 'acknowledge' | 'snooze' | 'reopen' | 'assign';
  readonly done: string;
  readonly note?: string | undefined;
  readonly until?: string | undefined;
  readonly assignedTo?: string | null | undefined;
}

export function missingException(id: number): Problem {
  return new Problem(notFound, `There is no exception ${id}.`);
}

function nextOf({ id, state }: ExceptionRow, { action }: ExceptionStep): ExceptionState {
  const next =
    action === 'assign' && state !== 'resolved'
      ? state
      : nextState(EXCEPTION_TRANSITIONS, action, state);
  if (next !== undefined) return next;
  throw new Problem(exceptionResolved, `Exception ${id} is ${state}.`, { exception: id, state });
}

/** Moves an exception; with its trail. @throws Problem not-found, precondition-failed. */
export async function takeException(
  tx: Tx,
  id: number,
  step: ExceptionStep,
  version: number | undefined,
  by: { readonly actorId: number; readonly at: Date },
): Promise<ExceptionRow> {
  const row = await findException(tx, id, true);
  if (!row) throw missingException(id);
  if (version !== undefined && version !== row.version) {
    const detail = `Exception ${id} is at version ${row.version}, not ${version}.`;
    throw new Problem(preconditionFailed, detail, { version: row.version });
  }
  const state = nextOf(row, step);
  const assignedTo = step.assignedTo === undefined ? row.assignedTo : step.assignedTo;
  const snoozedUntil = state === 'snoozed' ? (step.until ?? row.snoozedUntil) : null;
  await updateException(tx, id, { state, snoozedUntil, assignedTo });
  const { ownerId } = await readHouse(tx);
  const document = { type: EXCEPTION, number: String(id) };
  const details = { assignedTo, snoozedUntil };
  const entry = { ownerId, document, action: step.done, note: step.note, details };
  await recordHistory(tx, [{ ...entry, fromState: row.state, toState: state }], by);
  const after = await findException(tx, id);
  return after!;
}
