import { declareProblem, Problem } from '../../platform/problems.ts';

export const unknownOutcome = declareProblem({
  name: 'outcome-unknown',
  status: 503,
  title: 'The outcome is not known',
  remedy: 'Ask `/v1/commands/{id}`, or send the same command with the same id again.',
});

/** The database was lost while the command was on its way: it may or may not be committed. */
export class UnknownOutcome extends Problem {
  constructor(commandId: string) {
    super(unknownOutcome, 'The database did not answer; the command may or may not be posted.', {
      commandId,
      outcome: 'unknown',
    });
  }
}

/** The database no longer is what the decision was made on: reload and decide again. */
export class StaleDecision extends Error {}

export type Fault = 'stale' | 'duplicate' | 'connection' | 'fatal';

const RETRIED = new Set([
  '22012', // division by zero: how a guard says that the rows are not as decided (write.sql.ts)
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available
  '57014', // statement timeout
]);

/**
 * What a database error means for a batch, by SQLSTATE only: decide again, look up what is
 * durable, wait for the server, or give up.
 * @param locked whether it was decided on rows that were read behind the head's lock.
 */
export function classify(error: Error, locked = false): Fault {
  if (error instanceof StaleDecision) return 'stale';
  const code = (error as { code?: unknown }).code;
  if (error instanceof RangeError) return 'fatal';
  if (typeof code !== 'string') return isConnectionError(error) ? 'connection' : 'fatal';
  if (code === '23505') return 'duplicate';
  if (RETRIED.has(code)) return 'stale';
  // A guard of the table refused what memory allowed: memory was wrong, or the command is.
  if (code === '23514') return locked ? 'fatal' : 'stale';
  return UNREACHABLE.test(code) || !SQLSTATE.test(code) ? 'connection' : 'fatal';
}

/** Connection exceptions, too many connections, a server that stops or starts. */
const UNREACHABLE = /^(08|53300|57P)/;
/** No class starts with E; the system's own codes do, and EPIPE is as long as a SQLSTATE. */
const SQLSTATE = /^[0-9A-DF-Z][0-9A-Z]{4}$/;

function isConnectionError(error: Error): boolean {
  return /connection|terminated|timeout|queryable|ECONN|EPIPE|socket/i.test(error.message);
}
