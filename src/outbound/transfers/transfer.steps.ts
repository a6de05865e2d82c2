import { createHash } from 'node:crypto';
import { v5 } from 'uuid';
import {
  type CommandAnswer,
  type LedgerService,
  type RequestedCommand,
  type RequestedReservation,
  reserve,
  settleReservation,
} from '../../ledger/index.ts';
import type { Principal } from '../../platform/context.ts';
import { type Tx, writeAs } from '../../platform/database.ts';
import { recordHistory } from '../../platform/history.ts';
import { canonicalJson, idempotencyKeyReused } from '../../platform/idempotency.ts';
import { newId } from '../../platform/ids.ts';
import {
  conflict,
  notFound,
  Problem,
  type ProblemType,
  problemTypes,
} from '../../platform/problems.ts';
import { loadPromiseNetwork } from '../promise/network.queries.ts';
import { expectedAfterRelease, expectedAfterShipment } from './arrival.ts';
import * as changes from './transfer.changes.ts';
import { planIntent, type StepBody } from './transfer.intent.ts';
import {
  endStep,
  lockTransfer,
  type Step,
  selectLines,
  selectParcels,
  selectPosting,
  selectStalled,
  selectStep,
  type TransferHead,
  writeStep,
} from './transfer.queries.ts';
import { type StepKind, stateOfLines } from './transfer.ts';

/** Ids of steps are made from the request, in a name space of their own (RFC 9562, version 5). */
const STEPS = '6f8e4a5e-0f4c-4c39-9d4a-5b1d1c6f2a77';
/** Another step may be under way when one begins; it is finished first, a few times at most. */
const ATTEMPTS_MAX = 4;

export interface StepRequest {
  readonly kind: StepKind;
  readonly body: StepBody;
  /** The Idempotency-Key, if any. */
  readonly key: string | undefined;
}

/**
 * Does one step of a transfer order: writes the intent, posts it to the ledger under the step's
 * id, then writes what became of it. The same request again does nothing more; one that broke off
 * is carried on by its repetition, by the next step, or by {@link finishSteps}.
 * @throws Problem not-found, conflict, invalid-request, idempotency-key-reused, and what the
 * ledger refuses.
 */
export async function runStep(
  ledger: LedgerService,
  principal: Principal,
  number: string,
  request: StepRequest,
): Promise<void> {
  const key = request.key ?? newId();
  const name = `${principal.principalId} ${number} ${request.kind} ${key}`;
  const stepId = v5(name, STEPS);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const { step, isOwn } = await begin(ledger, principal, number, stepId, request);
    if (step && isOwn) await carryOut(ledger, step);
    if (isOwn) return;
    // Whatever becomes of the other step is the answer to the other request.
    if (step) await carryOut(ledger, step).catch(() => undefined);
  }
  throw new Problem(conflict, `${number} is being worked on; try again in a moment.`);
}

interface Begun {
  /** What is to be carried out; undefined where it is done already. */
  readonly step: Step | undefined;
  /** False where another step has to be finished first. */
  readonly isOwn: boolean;
}

function begin(
  ledger: LedgerService,
  principal: Principal,
  number: string,
  stepId: string,
  request: StepRequest,
): Promise<Begun> {
  const requestHash = createHash('sha256').update(canonicalJson(request.body)).digest();
  return writeAs(ledger.database, 'house', async (tx) => {
    const head = await lockTransfer(tx, number);
    if (!head) throw new Problem(notFound, `There is no transfer order ${number}.`);
    const known = await selectStep(tx, stepId);
    if (known && !known.requestHash.equals(requestHash)) {
      const detail = 'The Idempotency-Key belongs to another request.';
      throw new Problem(idempotencyKeyReused, detail, { idempotencyKey: request.key });
    }
    if (known?.state === 'done') return { step: undefined, isOwn: true };
    if (known?.state === 'posting') return { step: known, isOwn: true };
    const posting = await selectPosting(tx, head.transferOrderId);
    if (posting) return { step: posting, isOwn: false };
    const lines = await selectLines(tx, [head.transferOrderId]);
    const parcels = await selectParcels(tx, head.transferOrderId);
    const intent = planIntent({ head, lines, parcels }, request.kind, request.body);
    const { kind } = request;
    const step = { stepId, kind, requestHash, intent, actorId: principal.principalId };
    await writeStep(tx, head, step, ledger.clock());
    // What is posted is what was written, so that a repetition sends the very same.
    return { step: await selectStep(tx, stepId), isOwn: true };
  });
}

/** What the ledger made of a step. */
interface Posted {
  /** Indexes of the moves that were posted. */
  readonly moves: readonly number[];
  readonly reservations: readonly { readonly line: number; readonly reservation: string }[];
  /** Why some of it was not; everything else was. */
  readonly problem: Problem | undefined;
}

async function carryOut(ledger: LedgerService, step: Step): Promise<void> {
  const principal: Principal = {
    ...{ principalId: step.actorId, name: '', scope: 'house', scopes: new Set<string>() },
  };
  const posted = await post(ledger, principal, step);
  const isRefused = posted.problem && posted.moves.length === 0 && posted.reservations.length === 0;
  if (isRefused) {
    const at = ledger.clock();
    await writeAs(ledger.database, 'house', (tx) => endStep(tx, step.stepId, 'refused', at));
    throw posted.problem;
  }
  if (!posted.problem) await giveBack(ledger, principal, step);
  await complete(ledger, step, posted);
  if (posted.problem) throw posted.problem;
}

const NOTHING: Posted = { moves: [], reservations: [], problem: undefined };

async function post(ledger: LedgerService, principal: Principal, step: Step): Promise<Posted> {
  const { lines, origins } = step.intent;
  if (lines.length === 0) return NOTHING;
  if (step.kind === 'release') {
    const document = { type: 'transfer_order', number: step.number };
    const group = { id: step.stepId, lines, document } as RequestedReservation;
    const [answer] = await reserve(ledger, principal, [group]);
    if (answer?.status !== 'committed') {
      return { ...NOTHING, problem: asProblem(answer?.status, answer?.problem) };
    }
    const reservations = answer.lines.map(({ line, id }) => ({
      ...{ line: origins[line - 1] ?? 0, reservation: id },
    }));
    return { ...NOTHING, reservations };
  }
  const command = { id: step.stepId, lines } as unknown as RequestedCommand;
  const [answer] = await ledger.post(principal, [command]);
  const done = new Set<number>();
  for (const { line, status } of answer?.lines ?? []) {
    if (status === 'committed') done.add(origins[line - 1] ?? 0);
  }
  const problem =
    answer?.status === 'committed' ? undefined : asProblem(answer?.status, answer?.problem);
  return { moves: [...done], reservations: [], problem };
}

/**
 * A refusal of the ledger as a problem of this request.
 * @throws Problem where the outcome is not known: then the step stays, to be asked again.
 */
function asProblem(
  status: CommandAnswer['status'] | undefined,
  member: CommandAnswer['problem'],
): Problem {
  const { type = '', title: _, status: __, detail = '', ...extras } = member ?? {};
  const name = type.slice('/problems/'.length);
  const declared: ProblemType = problemTypes().find((each) => each.name === name) ?? conflict;
  const problem = new Problem(declared, detail, extras);
  if (status === 'unknown') throw problem;
  return problem;
}

const SETTLED = new Set(['reservation-closed', 'reservation-expired', 'not-found']);

/** Gives back what is still reserved for units that will not be shipped. */
async function giveBack(ledger: LedgerService, principal: Principal, step: Step): Promise<void> {
  for (const { line, reservation } of step.intent.releases) {
    try {
      const key = v5(`release ${line}`, step.stepId);
      await settleReservation(ledger, principal, 'release', reservation, { key });
    } catch (error) {
      // Whoever gave it back before has done what was to be done.
      if (!(error instanceof Problem) || !SETTLED.has(error.type.name)) throw error;
    }
  }
}

const ACTIONS: Readonly<Record<StepKind, string>> = {
  release: 'released',
  ship: 'shipped',
  receive: 'received',
  close: 'closed',
  cancel: 'cancelled',
};

async function complete(ledger: LedgerService, step: Step, posted: Posted): Promise<void> {
  const at = ledger.clock();
  await writeAs(ledger.database, 'house', async (tx) => {
    const head = await lockTransfer(tx, step.number);
    if (!head || !(await endStep(tx, step.stepId, 'done', at))) return;
    const moves = posted.moves.map((i) => step.intent.moves[i]!);
    await applyStep(tx, head, { ...step, moves, posted }, at);
    const after = await lockTransfer(tx, step.number);
    const { note } = step.intent;
    await recordHistory(
      tx,
      [
        {
          ownerId: head.ownerId,
          document: { type: 'transfer_order', number: step.number },
          action: ACTIONS[step.kind],
          fromState: head.state,
          toState: after?.state,
          note,
          ...(moves.length === 0 ? {} : { details: { lines: moves.map(toDetail) } }),
        },
      ],
      { actorId: step.actorId, at },
    );
  });
}

function toDetail(move: Step['intent']['moves'][number]) {
  const { line, quantity, lot, place } = move;
  return { line, quantity, ...(lot === null ? {} : { lot }), place };
}

interface Applied extends Step {
  readonly moves: Step['intent']['moves'];
  readonly posted: Posted;
}

async function applyStep(tx: Tx, head: TransferHead, step: Applied, at: Date): Promise<void> {
  const { transferOrderId: id, fromSiteId, toSiteId } = head;
  const lines = await selectLines(tx, [id]);
  const { moves } = step;
  const isFinal = step.intent.final && !step.posted.problem;
  const happenedAt = step.intent.occurredAt ? new Date(step.intent.occurredAt) : at;
  switch (step.kind) {
    case 'release': {
      await changes.noteReservations(tx, id, step.posted.reservations);
      const network = await loadPromiseNetwork(tx, 'house');
      const times = expectedAfterRelease(network, fromSiteId, toSiteId, at.getTime());
      return changes.noteState(tx, id, 'released', { ...times, releasedAt: at }, at);
    }
    case 'cancel':
      await changes.endUnshipped(tx, id);
      return changes.noteState(tx, id, 'cancelled', {}, at);
    case 'ship': {
      const network = await loadPromiseNetwork(tx, 'house');
      const shippedMs = happenedAt.getTime();
      const expectedArrivalAt = expectedAfterShipment(network, fromSiteId, toSiteId, shippedMs);
      const times = { shippedAt: happenedAt, expectedArrivalAt };
      if (moves.length > 0) await changes.noteShipment(tx, head, lines, moves, times);
      if (isFinal) await changes.endUnshipped(tx, id);
      const state = stateOfLines(await selectLines(tx, [id]));
      return changes.noteState(tx, id, state, moves.length > 0 ? times : {}, at);
    }
    case 'receive':
    case 'close': {
      const as = step.kind === 'close' ? 'lost' : 'received';
      await changes.noteArrival(tx, head, lines, moves, as);
      const state = stateOfLines(await selectLines(tx, [id]));
      const times = state === 'received' ? { receivedAt: happenedAt } : {};
      return changes.noteState(tx, id, state, times, at);
    }
  }
}

const STALLED_MS = 30_000;

/** Finishes steps that a process left half-way; run now and then. Answers how many. */
export async function finishSteps(
  ledger: LedgerService,
  stalledMs: number = STALLED_MS,
): Promise<number> {
  const before = new Date(ledger.clock().getTime() - stalledMs);
  // Steps are the writer's own, since they hold what was asked before it is true.
  const stalled = await writeAs(ledger.database, 'house', (tx) => selectStalled(tx, before));
  let finished = 0;
  for (const step of stalled) {
    const isDone = await carryOut(ledger, step).then(
      () => true,
      () => false,
    );
    if (isDone) finished += 1;
  }
  return finished;
}
