import { createHash } from 'node:crypto';
import {
  type CommandAnswer,
  derivedUuid,
  revalueMovement,
  reverseMovement,
} from '../ledger/index.ts';
import { readAs, type Tx, writeAs } from '../platform/database.ts';
import {
  canonicalJson,
  type IdempotentRequest,
  idempotencyKeyReused,
} from '../platform/idempotency.ts';
import { Problem, problemBody, problemTypes } from '../platform/problems.ts';
import { returnPosting } from './problems.ts';
import { lockRma } from './rma.queries.ts';
import type { Rma } from './rma.ts';
import { type By, forLedger, missing, type Returns } from './service.ts';
import type { NewStep, Step, StepCommand, StepKind } from './steps.queries.ts';
import * as queries from './steps.queries.ts';

/**
 * Whatever a return asks the ledger for is done in three parts, because the ledger commits by
 * itself: the step is written down, its commands are posted, and the return is completed with the
 * answers. The ids of the commands follow from the return, so a step that is repeated posts nothing
 * twice; what a process leaves behind when it dies is finished by the next one.
 */

/** What became of one command of a step. */
export interface StepOutcome {
  readonly command: StepCommand;
  /** Id of the movement; null where none was posted. */
  readonly movement: string | null;
  /** House money that moved with it, as the ledger wrote it. */
  readonly value: string | null;
  /** Number of the document that it was handed to, and what that document says. */
  readonly document: string | null;
  readonly answer: unknown;
  readonly problem: Record<string, unknown> | undefined;
}

/** How a step ends: with an answer, or refused. */
export type Completed = { readonly answer: unknown } | { readonly problem: Problem };

/** Completes the return in the transaction that closes the step. The return is locked. */
export type Completion = (work: {
  readonly returns: Returns;
  readonly tx: Tx;
  readonly rma: Rma;
  readonly step: Step;
  readonly outcomes: readonly StepOutcome[];
  readonly by: By;
}) => Promise<Completed>;

/** Hands a command to another module; answers its document. */
export type HandOver = (
  step: Step,
  command: StepCommand & { readonly kind: 'hand_over' | 'capture' },
) => Promise<Pick<StepOutcome, 'movement' | 'value' | 'answer'> & { readonly document: string }>;

/** What completes which kind of step, and what other modules do of it. */
export interface StepWork {
  readonly completions: Readonly<Record<StepKind, Completion>>;
  readonly handOver: HandOver;
}

/** What a step will do, decided with the return locked. */
export type PlanStep = (
  tx: Tx,
  rma: Rma,
  by: By,
) => Promise<Pick<NewStep, 'subject' | 'details' | 'commands'>>;

/** A UUID that follows from the caller and its Idempotency-Key. */
function stepIdOf(request: IdempotentRequest): string {
  const key = String(request.headers['idempotency-key']);
  return derivedUuid(`returns\u0000${request.principal.principalId}\u0000${key}`);
}

function hashOf(request: IdempotentRequest): Buffer {
  const body = canonicalJson(request.body ?? null);
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest();
}

/**
 * Takes a step of the return `number` for a request, at most once for its Idempotency-Key.
 * @throws Problem not-found, idempotency-key-reused, return-posting, what `plan` throws, and what
 * the ledger refuses.
 */
export async function takeStep(
  returns: Returns,
  work: StepWork,
  request: IdempotentRequest,
  asked: { readonly number: string; readonly kind: StepKind; readonly plan: PlanStep },
): Promise<{ readonly answer: unknown; readonly replayed: boolean }> {
  const stepId = stepIdOf(request);
  const requestHash = hashOf(request);
  const { database, clock } = returns.context;
  const by = { actorId: request.principal.principalId, at: clock() };
  const begun = await writeAs(database, request.principal.scope, async (tx) => {
    const rma = await lockRma(tx, asked.number);
    if (!rma) throw missing('return', asked.number);
    const existing = await queries.readStep(tx, stepId);
    if (existing && !existing.requestHash.equals(requestHash)) {
      const key = String(request.headers['idempotency-key']);
      throw new Problem(idempotencyKeyReused, `The key '${key}' belongs to another request.`, {
        idempotencyKey: key,
      });
    }
    if (existing && existing.state !== 'refused') return existing.state;
    const planned = await asked.plan(tx, rma, by);
    const { ownerId, rmaId } = rma;
    const { actorId, at } = by;
    await queries.insertStep(tx, {
      ...planned,
      kind: asked.kind,
      stepId,
      requestHash,
      ownerId,
      rmaId,
      actorId,
      createdAt: at,
    });
    return undefined;
  });
  if (begun !== 'done') await finishStep(returns, work, stepId);
  const step = await readAs(database, 'house', (tx) => queries.readStep(tx, stepId));
  if (!step) throw new Error(`the step ${stepId} is gone`);
  if (step.problem) throw toProblem(step.problem);
  return { answer: step.answer, replayed: begun === 'done' };
}

/**
 * Does what a step asks for and completes it; any number of callers may do it at once.
 * @throws Problem return-posting when the ledger's answer is not known yet.
 */
export async function finishStep(returns: Returns, work: StepWork, stepId: string): Promise<void> {
  const { database, clock } = returns.context;
  const step = await readAs(database, 'house', (tx) => queries.readStep(tx, stepId));
  if (step?.state !== 'posting') return;
  const outcomes = await runCommands(returns, work, step);
  await writeAs(database, 'house', async (tx) => {
    const rma = await lockRma(tx, step.rmaNumber);
    const locked = await queries.lockStep(tx, stepId);
    if (!rma || locked?.state !== 'posting') return;
    const by = { actorId: step.actorId, at: clock() };
    const completed = await work.completions[step.kind]({
      returns,
      tx,
      rma,
      step: locked,
      outcomes,
      by,
    });
    const problem = 'problem' in completed ? problemBody(completed.problem) : undefined;
    const answer = 'answer' in completed ? completed.answer : undefined;
    await queries.closeStep(tx, stepId, { answer, problem }, by.at);
  });
}

/** Movements that stand each on their own go out together; others one after another. */
async function runCommands(returns: Returns, work: StepWork, step: Step): Promise<StepOutcome[]> {
  const posts = step.commands.filter((command) => command.kind === 'post');
  if (step.kind === 'receipt' && posts.length === step.commands.length) {
    const requests = posts.map(({ id, line }) => ({ id, lines: [line] }));
    const answers = await returns.ledger.post(forLedger(step.actorId), requests);
    return answers.map((answer, i) => toOutcome(posts[i]!, answer));
  }
  const outcomes: StepOutcome[] = [];
  for (const command of step.commands) {
    const outcome = await runCommand(returns, work, step, command);
    outcomes.push(outcome);
    // What comes after a refusal builds on what was refused.
    if (outcome.problem) break;
  }
  return outcomes;
}

async function runCommand(
  returns: Returns,
  work: StepWork,
  step: Step,
  command: StepCommand,
): Promise<StepOutcome> {
  const principal = forLedger(step.actorId);
  const { ledger } = returns;
  const { id: key } = command;
  try {
    if (command.kind === 'hand_over' || command.kind === 'capture') {
      const handed = await work.handOver(step, command);
      return { command, ...handed, problem: undefined };
    }
    if (command.kind === 'post') {
      const [answer] = await ledger.post(principal, [{ id: key, lines: [command.line] }]);
      return toOutcome(command, answer!);
    }
    const { movement, occurredAt } = command;
    if (command.kind === 'reverse') {
      const answer = await reverseMovement(ledger, principal, movement, { key, occurredAt });
      return toOutcome(command, answer);
    }
    const { amount, document } = command;
    const revaluation = { key, amount, document, occurredAt, reason: 'other' } as const;
    const answer = await revalueMovement(ledger, principal, movement, revaluation);
    return toOutcome(command, answer);
  } catch (error) {
    if (!(error instanceof Problem) || isUndecided(error.type.status, error.extras)) throw error;
    const problem = problemBody(error);
    return { command, movement: null, value: null, document: null, answer: null, problem };
  }
}

function isUndecided(status: number, extras: Readonly<Record<string, unknown>>): boolean {
  return status >= 500 || status === 429 || extras.outcome === 'unknown';
}

function toOutcome(command: StepCommand, answer: CommandAnswer): StepOutcome {
  const { status, problem } = answer;
  if (status === 'unknown' || (problem && isUndecided(problem.status, problem))) {
    throw new Problem(returnPosting, 'The ledger did not answer in time; ask again.');
  }
  const [line] = answer.lines;
  const movement = status === 'committed' ? (line?.id ?? null) : null;
  return { command, movement, value: line?.value ?? null, document: null, answer: null, problem };
}

/** A problem as it was kept, to be thrown again. */
export function toProblem(body: Record<string, unknown>): Problem {
  const { type, title: _title, status: _status, detail, ...extras } = body;
  const name = String(type).replace('/problems/', '');
  const declared = problemTypes().find((each) => each.name === name);
  if (!declared) throw new Error(`no problem is called ${name}`);
  return new Problem(declared, String(detail ?? declared.title), extras);
}

const STALLED_MAX = 200;

/** Finishes what stands open since before an instant; answers how many steps it met. */
export async function finishStalled(
  returns: Returns,
  work: StepWork,
  before: Date,
): Promise<number> {
  const { database, log } = returns.context;
  const stalled = await readAs(database, 'house', (tx) =>
    queries.stalledSteps(tx, before, STALLED_MAX),
  );
  for (const { stepId, rmaNumber } of stalled) {
    // One that cannot be finished now must not keep the others waiting.
    await finishStep(returns, work, stepId).catch((error: Error) =>
      log.warn({ err: error, stepId, rmaNumber }, 'a step of a return could not be finished'),
    );
  }
  return stalled.length;
}
