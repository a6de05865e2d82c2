import { emitBookings } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import { type HistoryEntry, recordHistory } from '../platform/history.ts';
import { Problem } from '../platform/problems.ts';
import { isReceivedInFull } from './amounts.ts';
import { ASN } from './asn.commands.ts';
import { findAsnById, readAsnLines, updateAsn } from './asn.queries.ts';
import { type By, type Inbound, missing } from './inbound.ts';
import * as invoices from './invoice.queries.ts';
import { rematchWaiting } from './invoice-matching.ts';
import { settleAhead } from './match.ts';
import { countOperations } from './operations.queries.ts';
import {
  type Finished,
  openOperation,
  returnedPart,
  revalueStep,
  type StepRequest,
} from './operations.ts';
import { receiptInvoiced, wrongState } from './problems.ts';
import { moveLines, saveOrder } from './purchase-order.commands.ts';
import { lockOrders, type OrderLine, readLines } from './purchase-order.queries.ts';
import { RECEIPT } from './receipt.commands.ts';
import type { ReceiptLine } from './receipt.queries.ts';
import * as queries from './receipt.queries.ts';
import { ASN_TRANSITIONS, nextState } from './states.ts';

type Signed = Pick<ReceiptLine, 'orderId' | 'orderLine' | 'asnId' | 'asnLine' | 'quantity'>;

/**
 * Adds received quantities to purchase orders and notices, or takes them back, and moves their
 * states along. The purchase orders are locked in sorted order.
 * @param sign 1n for a receipt, -1n for its reversal.
 */
async function applyToOrders(
  tx: Tx,
  received: readonly Signed[],
  sign: 1n | -1n,
  by: By,
): Promise<void> {
  const orders = await lockOrders(tx, [...new Set(received.map(({ orderId }) => orderId))]);
  for (const order of orders) {
    const lines = await readLines(tx, [order.id]);
    const changed = lines.map((line): OrderLine => {
      const own = received.filter(
        ({ orderId, orderLine }) => orderId === order.id && orderLine === line.line,
      );
      if (own.length === 0) return line;
      const quantity = own.reduce((sum, each) => sum + each.quantity, 0n);
      return moveReceived({ ...line, received: line.received + sign * quantity }, sign);
    });
    const action = sign > 0n ? 'received' : 'receipt_reversed';
    await saveOrder(tx, { order, lines }, changed, by, { action });
  }
  await applyToNotices(tx, received, sign, by);
}

/** The line in the state that its new received quantity means. */
function moveReceived(line: OrderLine, sign: 1n | -1n): OrderLine {
  const { quantity, received, underReceiptBasisPoints, confirmedOn, sentAt } = line;
  const isFull = isReceivedInFull(quantity, received, underReceiptBasisPoints);
  const part = sign > 0n ? 'receive_part' : 'reverse_part';
  if (received === 0n) {
    const [moved = line] = moveLines([line], 'reverse_all') ?? [];
    if (moved.state !== 'sent' || confirmedOn === null) {
      return sentAt === null && moved.state === 'sent' ? { ...moved, state: 'approved' } : moved;
    }
    return { ...moved, state: 'confirmed' };
  }
  if (sign < 0n && isFull) return line;
  const [moved = line] = moveLines([line], isFull ? 'receive_all' : part) ?? [];
  return moved;
}

async function applyToNotices(
  tx: Tx,
  received: readonly Signed[],
  sign: 1n | -1n,
  by: By,
): Promise<void> {
  const ids = received.flatMap(({ asnId }) => (asnId === null ? [] : [asnId]));
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const asn = await findAsnById(tx, id);
    const quantities = new Map<number, bigint>();
    for (const { asnId, asnLine, quantity } of received) {
      if (asnId !== id || asnLine === null) continue;
      quantities.set(asnLine, (quantities.get(asnLine) ?? 0n) + sign * quantity);
    }
    const lines = (await readAsnLines(tx, id)).map((line) => ({
      quantity: line.quantity,
      received: line.received + (quantities.get(line.line) ?? 0n),
    }));
    const all = lines.every((line) => line.received >= line.quantity);
    const none = lines.every((line) => line.received <= 0n);
    const verb = sign > 0n ? 'receive' : 'reverse';
    const action =
      sign > 0n ? `${verb}_${all ? 'all' : 'part'}` : `${verb}_${none ? 'all' : 'part'}`;
    const state = nextState(ASN_TRANSITIONS, action, asn.state) ?? asn.state;
    await updateAsn(tx, asn, quantities, state, by);
    const document = { type: ASN, number: asn.number };
    const entry = { ownerId: asn.ownerId, document, action: sign > 0n ? 'received' : 'reversed' };
    await recordHistory(tx, [{ ...entry, fromState: asn.state, toState: state }], by);
  }
}

/** Completes a receipt with what the ledger answered, line by line. */
export async function completeReceive(inbound: Inbound, tx: Tx, finished: Finished): Promise<void> {
  const { ref, outcomes, problem } = finished;
  const receipt = await queries.findReceipt(tx, ref.number);
  const lines = receipt ? await queries.readReceiptLines(tx, receipt.id) : [];
  if (!receipt) throw new Error(`receipt ${ref.number} is gone`);
  const answers = new Map(outcomes[0]?.lines.map((line) => [line.line, line]));
  const states = lines.map(({ line }) => {
    const answer = answers.get(line);
    const isPosted = answer?.status === 'committed' && answer.id !== undefined;
    const state = isPosted ? ('posted' as const) : ('refused' as const);
    return { line, state, movement: answer?.id };
  });
  const isPosted = (line: ReceiptLine) =>
    states.some((each) => each.line === line.line && each.state === 'posted');
  const posted = lines.filter(isPosted);
  await applyToOrders(tx, posted, 1n, finished);
  await queries.setLineStates(tx, receipt.id, states);
  const state = posted.length > 0 ? 'posted' : 'refused';
  await queries.setReceiptState(tx, receipt.id, state, problem);
  await trail(tx, receipt, finished, { action: state, fromState: receipt.state, toState: state });
  await settlePaidAhead(inbound, tx, receipt, finished);
  const orderIds = [...new Set(posted.map(({ orderId }) => orderId))];
  await rematchWaiting(tx, orderIds, finished);
}

async function trail(
  tx: Tx,
  receipt: { readonly ownerId: number; readonly number: string },
  by: By,
  entry: Omit<HistoryEntry, 'ownerId' | 'document'>,
): Promise<void> {
  const document = { type: RECEIPT, number: receipt.number };
  await recordHistory(tx, [{ ...entry, ownerId: receipt.ownerId, document }], by);
}

/**
 * Goods that were paid for before they came are worth what was paid: the difference is posted to
 * their movements, and they count as invoiced.
 */
async function settlePaidAhead(
  inbound: Inbound,
  tx: Tx,
  receipt: { readonly id: number; readonly number: string },
  by: By,
): Promise<void> {
  const lines = (await queries.readReceiptLines(tx, receipt.id)).filter(
    (line) => line.state === 'posted' && line.carriesValue,
  );
  const steps: StepRequest[] = [];
  for (const line of lines) {
    const paid = await invoices.paidAhead(tx, line.orderId, line.orderLine);
    const matches = settleAhead({ ...line, receiptLine: line.line }, paid);
    await invoices.useAhead(tx, matches, by.at);
    for (const { revaluation } of matches) {
      if (revaluation === 0n) continue;
      const document = { type: RECEIPT, number: receipt.number };
      steps.push(revalueStep(inbound, line.movement ?? '', revaluation, document, by.at));
    }
  }
  if (steps.length === 0) return;
  await openOperation(
    tx,
    { type: RECEIPT, number: receipt.number, operation: 'settle' },
    steps,
    by,
  );
}

/**
 * Completes the match with what was paid ahead. Figures were written when the steps were; only
 * what followed goods that went back in that moment is left to book.
 */
export async function completeSettle(inbound: Inbound, tx: Tx, finished: Finished): Promise<void> {
  const { ref, problem } = finished;
  if (problem) throw new Error(`the ledger refused '${ref.operation}' of ${ref.number}`);
  const amount = returnedPart(inbound, finished);
  if (amount === 0n) return;
  const booking = {
    kind: 'supplier_invoice',
    document: { type: RECEIPT, number: ref.number },
    currency: inbound.currency,
    rate: '1',
    description: 'Price difference of goods that were sent back',
    occurredAt: finished.at,
    lines: [
      { role: 'grni', amount: -amount, documentAmount: -amount },
      { role: 'purchase_price_variance', amount, documentAmount: amount },
    ] as const,
  };
  await emitBookings(tx, [booking], finished);
}

/**
 * Takes a receipt back, or some of its lines, by reversing their movements.
 * @throws Problem not-found, wrong-state, receipt-invoiced.
 */
export async function reverseReceipt(
  tx: Tx,
  number: string,
  request: {
    readonly lines?: readonly number[] | undefined;
    readonly note?: string | undefined;
  },
  by: By,
): Promise<void> {
  const receipt = await queries.findReceipt(tx, number);
  if (!receipt) throw missing('receipt', number);
  const all = await queries.readReceiptLines(tx, receipt.id);
  const unknown = request.lines?.find((line) => !all.some((each) => each.line === line));
  if (unknown !== undefined) throw missing(`line of ${number}`, String(unknown));
  await lockOrders(
    tx,
    all.map(({ orderId }) => orderId),
  );
  await queries.findReceipt(tx, number, true);
  const locked = await queries.lockReceiptLines(tx, all);
  const named = locked.filter(({ line }) => request.lines?.includes(line) ?? true);
  const chosen = request.lines ? named : named.filter(({ state }) => state === 'posted');
  checkReversible(number, receipt.state, chosen);
  const states = chosen.map(({ line }) => ({ line, state: 'reversing' as const }));
  await queries.setLineStates(tx, receipt.id, states);
  await queries.setReceiptState(tx, receipt.id, 'reversing');
  const occurredAt = by.at.toISOString();
  const steps = chosen.map(({ movement }) => {
    return { kind: 'reverse' as const, movement: movement ?? '', occurredAt };
  });
  const document = { type: RECEIPT, number };
  const attempt = (await countOperations(tx, document, 'reverse')) + 1;
  const ref = { ...document, operation: `reverse ${attempt}` };
  await openOperation(tx, ref, steps, by);
  const details = { lines: chosen.map(({ line }) => line) };
  const entry = { action: 'reversal_asked', toState: 'reversing', details, note: request.note };
  await trail(tx, receipt, by, { ...entry, fromState: receipt.state });
}

function checkReversible(number: string, state: string, lines: readonly ReceiptLine[]): void {
  const other = lines.find((line) => line.state !== 'posted');
  if (other || lines.length === 0) {
    const detail = `${number} has no posted line to reverse there.`;
    throw new Problem(wrongState, detail, { number, state: other?.state ?? state });
  }
  const used = lines.find((line) => line.invoiced > 0n || line.landedCost !== 0n);
  if (!used) return;
  const detail = `Line ${used.line} of ${number} is part of an invoice or a landed cost.`;
  throw new Problem(receiptInvoiced, detail, { receipt: number, line: used.line });
}

/** Completes a reversal: what was reversed reopens its purchase order line. */
export async function completeReverse(_: Inbound, tx: Tx, finished: Finished): Promise<void> {
  const { ref, outcomes } = finished;
  const receipt = await queries.findReceipt(tx, ref.number);
  if (!receipt) throw new Error(`receipt ${ref.number} is gone`);
  const lines = await queries.readReceiptLines(tx, receipt.id);
  const states = outcomes.map((outcome) => {
    const { movement } = outcome.request as StepRequest & { kind: 'reverse' };
    const line = lines.find((each) => each.movement === movement)!;
    const isDone = outcome.state === 'done';
    return {
      line: line.line,
      state: isDone ? ('reversed' as const) : ('posted' as const),
      reversal: isDone ? outcome.lines[0]?.id : undefined,
    };
  });
  const reversed = lines.filter((line) =>
    states.some((each) => each.line === line.line && each.state === 'reversed'),
  );
  await applyToOrders(tx, reversed, -1n, finished);
  await queries.setLineStates(tx, receipt.id, states);
  const after = (await queries.readReceiptLines(tx, receipt.id)).map(({ state }) => state);
  const state = after.includes('posted') ? 'posted' : 'reversed';
  await queries.setReceiptState(tx, receipt.id, state);
  const details = { lines: reversed.map(({ line }) => line) };
  const entry = { action: 'reversed', fromState: 'reversing', toState: state, details };
  await trail(tx, receipt, finished, entry);
}
