import {
  type CommandAnswer,
  createHandlingUnit,
  type MovementLine,
  type NewHandlingUnit,
  revalueMovement,
  reverseMovement,
} from '../ledger/index.ts';
import { SYSTEM } from '../platform/auth/index.ts';
import type { Principal } from '../platform/context.ts';
import { readAs, type Tx, writeAs } from '../platform/database.ts';
import { formatMoney, parseMoney } from '../platform/money.ts';
import { Problem, problemBody, problemTypes } from '../platform/problems.ts';
import type { By, Inbound } from './inbound.ts';
import * as queries from './operations.queries.ts';
import { stillPosting } from './problems.ts';

/**
 * A document that changes stock does it in three steps, because the ledger commits by itself: it
 * writes down what it will ask the ledger for, asks, and completes itself with the answer. The
 * ids of the commands follow from the document, so a step that is repeated posts nothing twice;
 * whatever a process leaves behind when it dies is finished by the next one.
 */
export interface OperationRef {
  readonly type: string;
  readonly number: string;
  /** A verb, perhaps with a line: 'receive', 'reverse 2'. */
  readonly operation: string;
}

/** One command for the ledger; `occurredAt` is fixed, so that a repetition is the same command. */
export type StepRequest =
  | {
      readonly kind: 'post';
      readonly lines: readonly MovementLine[];
      /** Containers that are made first where they do not exist. */
      readonly units?: readonly NewHandlingUnit[];
    }
  | { readonly kind: 'reverse'; readonly movement: string; readonly occurredAt: string }
  | {
      readonly kind: 'revalue';
      readonly movement: string;
      /** House currency, signed. */
      readonly amount: string;
      readonly reason: 'invoice' | 'landed_cost';
      readonly document: { readonly type: string; readonly number: string };
      readonly occurredAt: string;
    };

/** What became of a step. */
export interface StepOutcome {
  readonly step: number;
  readonly request: StepRequest;
  readonly state: 'done' | 'refused';
  readonly lines: CommandAnswer['lines'];
  readonly problem?: Record<string, unknown> | undefined;
}

/** What asking the ledger for a step came to, with the money it moved. */
interface Answered extends StepOutcome {
  /**
   * Of a revaluation: house minor units that left the suppliers' locations and did not come back
   * to one, because the units had been returned meanwhile.
   */
  readonly effect: bigint;
}

/** An operation whose commands have all been answered. */
export interface Finished extends By {
  readonly ref: OperationRef;
  readonly outcomes: readonly Answered[];
  /** The first refusal; undefined when all was posted. */
  readonly problem: Record<string, unknown> | undefined;
}

/** Completes a document in the transaction that closes the operation. */
export type Completion = (inbound: Inbound, tx: Tx, finished: Finished) => Promise<void>;

/** What completes what: by type of document and verb. */
export type Completions = Readonly<Record<string, Completion>>;

/** A command that posts the difference an invoice makes to a receipt's movement. */
export function revalueStep(
  inbound: Inbound,
  movement: string,
  amount: bigint,
  document: { readonly type: string; readonly number: string },
  at: Date,
  reason: 'invoice' | 'landed_cost' = 'invoice',
): StepRequest {
  return {
    kind: 'revalue',
    movement,
    amount: formatMoney(amount, inbound.houseDigits),
    reason,
    document,
    occurredAt: at.toISOString(),
  };
}

const PENDING_OPERATIONS_MAX = 200;

/** Writes an operation down with the change of the document that starts it. */
export async function openOperation(
  tx: Tx,
  ref: OperationRef,
  steps: readonly StepRequest[],
  by: By,
): Promise<void> {
  await queries.insertOperation(tx, ref, steps, by);
}

/**
 * Does what is open of a document, one operation after another, until there is none. Any number
 * of callers may do it at once.
 * @returns the refusal of an operation, where there was one.
 * @throws Problem still-posting when the ledger's answer is not known yet.
 */
export async function finishDocument(
  inbound: Inbound,
  completions: Completions,
  document: { readonly type: string; readonly number: string },
): Promise<Problem | undefined> {
  let refused: Problem | undefined;
  for (;;) {
    const next = await readAs(inbound.context.database, 'house', (tx) =>
      queries.nextOperation(tx, document),
    );
    if (!next) return refused;
    refused ??= await finishOperation(inbound, completions, next.ref, next.actorId);
  }
}

async function finishOperation(
  inbound: Inbound,
  completions: Completions,
  ref: OperationRef,
  actorId: number,
): Promise<Problem | undefined> {
  const { database, clock } = inbound.context;
  const complete = completions[`${ref.type} ${ref.operation.split(' ')[0]}`];
  if (!complete) throw new Error(`nothing completes '${ref.operation}' of a ${ref.type}`);
  const principal: Principal = { ...SYSTEM, principalId: actorId };
  const steps = await readAs(database, 'house', (tx) => queries.readSteps(tx, ref));
  const outcomes: StepOutcome[] = [];
  for (const { step, request } of steps) {
    outcomes.push(await runStep(inbound, principal, ref, step, request));
  }
  const problem = outcomes.find((outcome) => outcome.state === 'refused')?.problem;
  const effects = await readAs(database, 'house', (tx) => queries.supplierEffects(tx, outcomes));
  const answered = outcomes.map((each) => ({ ...each, effect: effects.get(each.step) ?? 0n }));
  await writeAs(database, 'house', async (tx) => {
    if (!(await queries.lockOpen(tx, ref))) return;
    await complete(inbound, tx, { ref, outcomes: answered, problem, actorId, at: clock() });
    await queries.closeOperation(tx, ref, outcomes, problem);
  });
  return problem === undefined ? undefined : toProblem(problem);
}

async function runStep(
  inbound: Inbound,
  principal: Principal,
  ref: OperationRef,
  step: number,
  request: StepRequest,
): Promise<StepOutcome> {
  const { ledger } = inbound;
  const key = commandKey(ref, step);
  try {
    if (request.kind === 'post') {
      await ensureUnits(inbound, principal, request.units ?? []);
      const [answer] = await ledger.post(principal, [{ id: key, lines: request.lines }]);
      return toOutcome(step, request, answer!);
    }
    const { kind, movement, ...rest } = request;
    const answer =
      kind === 'reverse'
        ? await reverseMovement(ledger, principal, movement, { key, ...rest })
        : await revalueMovement(ledger, principal, movement, {
            key,
            ...(rest as Omit<StepRequest & { kind: 'revalue' }, 'kind' | 'movement'>),
          });
    return toOutcome(step, request, answer);
  } catch (error) {
    if (!(error instanceof Problem) || isUndecided(error.type.status, error.extras)) throw error;
    return { step, request, state: 'refused', lines: [], problem: problemBody(error) };
  }
}

async function ensureUnits(
  inbound: Inbound,
  principal: Principal,
  units: readonly NewHandlingUnit[],
): Promise<void> {
  if (units.length === 0) return;
  const known = await readAs(inbound.context.database, 'house', (tx) =>
    queries.knownUnits(
      tx,
      units.map(({ lpn }) => lpn),
    ),
  );
  for (const unit of units) {
    if (!known.has(unit.lpn)) await createHandlingUnit(inbound.ledger, principal, unit);
  }
}

/** The id of a command: the same for every attempt at a step. */
export function commandKey(ref: OperationRef, step: number): string {
  return `inbound/${ref.type}/${ref.number}/${ref.operation.replaceAll(' ', '-')}/${step}`;
}

function isUndecided(status: number, extras: Readonly<Record<string, unknown>>): boolean {
  return status >= 500 || status === 429 || extras.outcome === 'unknown';
}

function toOutcome(step: number, request: StepRequest, answer: CommandAnswer): StepOutcome {
  const { status, lines, problem } = answer;
  const isOpen = status === 'unknown' || lines.some((line) => line.status === 'unknown');
  if (isOpen || (problem && isUndecided(problem.status, problem))) {
    throw new Problem(stillPosting, 'The ledger did not answer in time; ask again.');
  }
  const state = status === 'rejected' ? 'refused' : 'done';
  return { step, request, state, lines, problem };
}

/** A problem as it was kept, to be thrown again. */
export function toProblem(body: Record<string, unknown>): Problem {
  const { type, title: _, status: __, detail, ...extras } = body;
  const name = String(type).replace('/problems/', '');
  const declared = problemTypes().find((each) => each.name === name);
  if (!declared) throw new Error(`no problem is called ${name}`);
  return new Problem(declared, String(detail ?? declared.title), extras);
}

/**
 * What revaluations were meant to take out of the suppliers' locations and did not: the part that
 * followed units back to a supplier. It is a price variance, in house minor units.
 */
export function returnedPart(inbound: Inbound, finished: Finished): bigint {
  return finished.outcomes.reduce((sum, { request, effect, state }) => {
    if (request.kind !== 'revalue' || state !== 'done') return sum;
    return sum + parseMoney(request.amount, inbound.houseDigits) - effect;
  }, 0n);
}

/** Finishes what stood still for a while, or all of it at start. */
export async function finishStalled(
  inbound: Inbound,
  completions: Completions,
  before: Date,
): Promise<number> {
  const stalled = await readAs(inbound.context.database, 'house', (tx) =>
    queries.stalledDocuments(tx, before, PENDING_OPERATIONS_MAX),
  );
  for (const document of stalled) {
    // One that cannot be finished now must not keep the others waiting.
    await finishDocument(inbound, completions, document).catch((error: Error) =>
      inbound.context.log.warn({ err: error, document }, 'a document could not be finished'),
    );
  }
  return stalled.length;
}
