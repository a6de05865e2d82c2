import type { Tx } from '../platform/database.ts';
import { changeClaimed, lockClaims, termsOf } from './claims.queries.ts';
import { clawBack } from './claw-back.ts';
import { expiryOf, refuseLate } from './create.commands.ts';
import { changeHeader, changeLine, type HeaderChange, lockRma, readLines } from './rma.queries.ts';
import { claimKey, type Rma, type RmaLine, refundableUnits } from './rma.ts';
import { type By, checkVersion, missing, type Returns } from './service.ts';
import { canLine, type Deed, recordDeeds, requireLineAction, wrongState } from './trail.ts';

/** A return, locked, with its lines. */
export interface LockedReturn {
  readonly rma: Rma;
  readonly lines: readonly RmaLine[];
}

/** Loads and locks a return. @throws Problem not-found, precondition-failed. */
export async function lockReturn(
  tx: Tx,
  number: string,
  version?: number | undefined,
): Promise<LockedReturn> {
  const rma = await lockRma(tx, number);
  if (!rma) throw missing('return', number);
  checkVersion(rma, version);
  return { rma, lines: await readLines(tx, rma.rmaId) };
}

/** Gives back what a line claims of what was sold, beyond what it keeps. */
export async function releaseClaim(tx: Tx, rma: Rma, line: RmaLine, kept: bigint): Promise<void> {
  const key = claimKey(rma, line);
  const claimed = line.expected > line.received ? line.expected : line.received;
  await changeClaimed(tx, key.document, key.line, kept - claimed);
}

/**
 * Agrees to a return that was asked for.
 * @throws Problem return-state, return-window-over.
 */
export async function authorise(
  tx: Tx,
  { rma, lines }: LockedReturn,
  asked: {
    readonly override?: { readonly note: string } | undefined;
    readonly note?: string | undefined;
  },
  by: By,
): Promise<void> {
  const own = lines.filter((line) => canLine(line, 'authorise'));
  if (own.length === 0) throw wrongState(rma, rma.state);
  if (!asked.override && rma.overrideNote === null) refuseLate(rma.windowEndsAt, by.at);
  const deeds: Deed[] = [];
  for (const line of own) {
    const state = requireLineAction(rma, line, 'authorise');
    await changeLine(tx, rma.rmaId, { line: line.line, state });
    const note = asked.override?.note ?? asked.note;
    deeds.push({
      line: line.line,
      action: 'authorised',
      fromState: line.state,
      toState: state,
      note,
      ...(asked.override ? { details: { override: true } } : {}),
    });
  }
  if (asked.override) {
    await tx.query(
      'UPDATE returns.rma SET override_note = $2, override_by = $3 WHERE rma_id = $1',
      [rma.rmaId, asked.override.note, by.actorId],
    );
  }
  await changeHeader(tx, rma.rmaId, { expiresAt: expiryOf(rma.terms, by.at) });
  await recordDeeds(tx, rma, deeds, by);
}

/** Refuses a return that was asked for, with a reason. @throws Problem return-state. */
export async function reject(
  tx: Tx,
  { rma, lines }: LockedReturn,
  note: string,
  by: By,
): Promise<void> {
  const own = lines.filter((line) => canLine(line, 'reject'));
  if (own.length === 0) throw wrongState(rma, rma.state);
  await lockClaims(tx, rma.salesOrder ?? rma.number);
  const deeds: Deed[] = [];
  for (const line of own) {
    const state = requireLineAction(rma, line, 'reject');
    await changeLine(tx, rma.rmaId, { line: line.line, state });
    await releaseClaim(tx, rma, line, 0n);
    const { line: number } = line;
    deeds.push({ line: number, action: 'rejected', fromState: line.state, toState: state, note });
  }
  await recordDeeds(tx, rma, deeds, by);
}

/** The customer has sent it off. @throws Problem return-state. */
export async function dispatch(
  tx: Tx,
  { rma, lines }: LockedReturn,
  header: HeaderChange,
  by: By,
): Promise<void> {
  const own = lines.filter((line) => canLine(line, 'dispatch'));
  if (own.length === 0) throw wrongState(rma, rma.state);
  await changeHeader(tx, rma.rmaId, header);
  const deeds: Deed[] = [];
  for (const line of own) {
    const state = requireLineAction(rma, line, 'dispatch');
    await changeLine(tx, rma.rmaId, { line: line.line, state });
    const { line: number } = line;
    deeds.push({ line: number, action: 'dispatched', fromState: line.state, toState: state });
  }
  await recordDeeds(tx, rma, deeds, by);
}

/**
 * Ends lines that nothing arrived on, by `cancel` or `expire`: what they claim is free again, and
 * money that was given back for them in advance is taken back.
 * @throws Problem return-state.
 */
export async function endLines(
  returns: Returns,
  tx: Tx,
  { rma, lines }: LockedReturn,
  action: 'cancel' | 'expire',
  note: string | undefined,
  by: By,
): Promise<void> {
  const own = lines.filter((line) => canLine(line, action));
  const busy = own.find((line) => line.arriving > 0n || line.pendingRefund > 0n);
  if (busy) throw wrongState(rma, busy.state, busy.line, `${rma.number} is being worked on.`);
  if (own.length === 0) throw wrongState(rma, rma.state);
  await clawBack(returns, tx, rma, own, by, note);
  await lockClaims(tx, rma.salesOrder ?? rma.number);
  const deeds: Deed[] = [];
  for (const line of own) {
    const state = requireLineAction(rma, line, action);
    await changeLine(tx, rma.rmaId, { line: line.line, state });
    await releaseClaim(tx, rma, line, 0n);
    const done = action === 'cancel' ? 'cancelled' : 'expired';
    const { line: number } = line;
    deeds.push({ line: number, action: done, fromState: line.state, toState: state, note });
  }
  await recordDeeds(tx, rma, deeds, by);
}

/**
 * Closes a return: what was inspected is completed, what never came is cancelled, and money given
 * back for what never came is taken back.
 * @throws Problem return-state when something waits for inspection or for a decision on money.
 */
export async function complete(
  returns: Returns,
  tx: Tx,
  { rma, lines }: LockedReturn,
  note: string | undefined,
  by: By,
): Promise<void> {
  const own = lines.filter((line) => canLine(line, 'complete') || canLine(line, 'cancel'));
  const document = rma.salesOrder ?? rma.number;
  const claims = [
    ...(await lockClaims(tx, document)),
    ...(document === rma.number ? [] : await lockClaims(tx, rma.number)),
  ];
  for (const line of lines) {
    const key = claimKey(rma, line);
    const claim = claims.find((one) => one.document === key.document && one.line === key.line);
    const isPriced = claim !== undefined && termsOf(claim, line.scale) !== undefined;
    refuseUnfinished(rma, line, isPriced);
  }
  if (!own.some((line) => canLine(line, 'complete'))) throw wrongState(rma, rma.state);
  await clawBack(returns, tx, rma, own, by, note);
  const deeds: Deed[] = [];
  for (const line of own) {
    const action = canLine(line, 'complete') ? 'complete' : 'cancel';
    const state = requireLineAction(rma, line, action);
    await changeLine(tx, rma.rmaId, { line: line.line, state });
    await releaseClaim(tx, rma, line, line.received);
    const done = action === 'complete' ? 'completed' : 'cancelled';
    const { line: number } = line;
    deeds.push({ line: number, action: done, fromState: line.state, toState: state, note });
  }
  await recordDeeds(tx, rma, deeds, by);
}

function refuseUnfinished(rma: Rma, line: RmaLine, isPriced: boolean): void {
  const name = `Line ${line.line} of ${rma.number}`;
  if (line.arriving > 0n || line.pendingRefund > 0n) {
    throw wrongState(rma, line.state, line.line, `${name} is being worked on.`);
  }
  if (line.state === 'received') {
    throw wrongState(rma, line.state, line.line, `${name} waits for inspection.`);
  }
  const due = line.state === 'inspected' ? refundableUnits(line, 'on_receipt') : 0n;
  if (due > 0n && isPriced && rma.isHouse) {
    const detail = `${name} waits for a refund, or for its refusal.`;
    throw wrongState(rma, line.state, line.line, detail);
  }
}
