import type { Tx } from '../platform/database.ts';
import { currencyDigits, formatUnitCost, parseUnitCost } from '../platform/money.ts';
import { type FieldError, Problem } from '../platform/problems.ts';
import { DecimalError, formatDecimal } from '../platform/quantity.ts';
import { amountOf, isReceivedInFull } from './amounts.ts';
import * as queries from './change.queries.ts';
import { type By, dayAt, refuseFields } from './inbound.ts';
import { type BuyableItem, loadBuyable, supplierById } from './lookup.queries.ts';
import { wrongState } from './problems.ts';
import {
  type LockedOrder,
  needsApproval,
  note,
  planLines,
  requireMove,
  saveOrder,
} from './purchase-order.commands.ts';
import type { OrderLine } from './purchase-order.queries.ts';
import * as orders from './purchase-order.queries.ts';
import { readQuantity, totalOf, type WrittenLine } from './purchase-order.ts';
import { EXPECTING, nextState, PURCHASE_ORDER_TRANSITIONS } from './states.ts';

/** A change of one line: what is not given stays. Quantities are in base units. */
export interface LineChange {
  readonly line: number;
  readonly quantity?: string | undefined;
  readonly unitPrice?: string | undefined;
  readonly expectedOn?: string | undefined;
  readonly cancel?: boolean | undefined;
}

/** A change order, or the edit of a draft. */
export interface OrderChange {
  readonly reference?: string | undefined;
  readonly notes?: string | undefined;
  readonly note?: string | undefined;
  readonly lines?: readonly LineChange[] | undefined;
  readonly addLines?: readonly WrittenLine[] | undefined;
}

const UNSENT: readonly string[] = ['draft', 'awaiting_approval', 'cancelled'];
const OPEN_TO_CHANGE: readonly string[] = ['draft', 'awaiting_approval', ...EXPECTING];

function changeLine(
  line: OrderLine,
  change: LineChange,
  item: BuyableItem,
  digits: number,
  path: string,
  errors: FieldError[],
): OrderLine {
  const fail = (field: string, message: string, found: string) => {
    errors.push({ path: `${path}.${field}`, message, found });
  };
  if (!OPEN_TO_CHANGE.includes(line.state)) {
    fail('line', `is ${line.state.replaceAll('_', ' ')} and cannot change`, String(line.line));
    return line;
  }
  if (change.cancel) {
    const state = nextState(PURCHASE_ORDER_TRANSITIONS, 'cancel', line.state);
    if (state !== undefined) return { ...line, state };
    fail('cancel', 'is too late: something was received; close the line instead', 'true');
    return line;
  }
  const written = { quantity: change.quantity ?? formatDecimal(line.quantity, line.scale) };
  const quantity = readQuantity(written, item, path, errors) ?? line.quantity;
  if (quantity < line.received) {
    fail('quantity', 'is less than what was received', written.quantity);
  }
  let { unitPrice } = line;
  try {
    if (change.unitPrice !== undefined) unitPrice = parseUnitCost(change.unitPrice, digits);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    fail('unitPrice', error.message, change.unitPrice ?? '');
  }
  const changed = {
    ...line,
    quantity,
    unitPrice,
    expectedOn: change.expectedOn ?? line.expectedOn,
  };
  return { ...changed, amount: amountOf(changed, quantity, line.scale) };
}

function isSame(a: OrderLine, b: OrderLine): boolean {
  return (
    a.quantity === b.quantity &&
    a.unitPrice === b.unitPrice &&
    a.expectedOn === b.expectedOn &&
    a.state === b.state
  );
}

/** Applies changes to lines; all wrong fields at once. @throws Problem invalid-request */
async function changedLines(
  tx: Tx,
  { order, lines }: LockedOrder,
  changes: readonly LineChange[],
  path: string,
): Promise<OrderLine[]> {
  const errors: FieldError[] = [];
  const items = await loadBuyable(
    tx,
    lines.map(({ item }) => item),
  );
  const digits = currencyDigits(order.currency);
  const after = [...lines];
  for (const [index, change] of changes.entries()) {
    const at = after.findIndex(({ line }) => line === change.line);
    const line = after[at];
    const where = `${path}.${index}`;
    if (!line) {
      const found = String(change.line);
      errors.push({ path: `${where}.line`, message: 'does not exist', found });
      continue;
    }
    after[at] = changeLine(line, change, items.get(line.item)!, digits, where, errors);
  }
  refuseFields(errors);
  return after;
}

/**
 * Changes a purchase order. A draft is simply edited. Later on the former revision is kept, and
 * lines that changed are to be sent again, or approved first where the total rises above both the
 * limit and what was approved.
 * @throws Problem invalid-request, wrong-state.
 */
export async function changeOrder(
  tx: Tx,
  locked: LockedOrder,
  change: OrderChange,
  by: By,
): Promise<void> {
  const { order, lines } = locked;
  if (!OPEN_TO_CHANGE.includes(order.state)) {
    const detail = `${order.number} is ${order.state} and cannot change.`;
    throw new Problem(wrongState, detail, { number: order.number, state: order.state });
  }
  const after = await changedLines(tx, locked, change.lines ?? [], 'body.lines');
  const patch = { reference: change.reference, notes: change.notes };
  const errors: FieldError[] = [];
  const supplier = await supplierById(tx, order.supplierId);
  const today = dayAt(by.at, order.timeZone);
  const where = { ownerId: order.ownerId, supplier, currency: order.currency, today };
  const added = await planLines(tx, where, change.addLines ?? [], 'body.addLines', errors);
  refuseFields(errors);
  const first = Math.max(0, ...lines.map(({ line }) => line)) + 1;
  const isDraft = lines.every((line) => ['draft', 'cancelled'].includes(line.state));
  const state = isDraft ? 'draft' : 'awaiting_approval';
  await orders.insertLines(tx, order, first, added, state);
  const all = [...after, ...(await orders.readLines(tx, [order.id])).slice(lines.length)];
  await settleChange(tx, locked, all, by, { action: 'changed', note: change.note, patch });
}

/** Writes changed lines in the states that the change leaves them in. */
async function settleChange(
  tx: Tx,
  locked: LockedOrder,
  lines: readonly OrderLine[],
  by: By,
  change: { readonly action: string; readonly note?: string | undefined; readonly patch: object },
): Promise<void> {
  const { order, lines: before } = locked;
  const old = new Map(before.map((line) => [line.line, line]));
  const changed = lines.filter((line) => {
    const was = old.get(line.line);
    return !was || !isSame(was, line);
  });
  const isDraft = before.every(({ state }) => UNSENT.includes(state));
  if (isDraft || changed.length === 0) {
    const submittedBy = isDraft && changed.length > 0 ? by.actorId : undefined;
    const patch = { ...change.patch, submittedBy };
    return saveOrder(tx, locked, lines, by, { ...change, patch });
  }
  const { net } = totalOf(lines);
  const isAbove = needsApproval(order, net);
  const touched = new Set(changed.map(({ line }) => line));
  const settled = lines.map((line): OrderLine => {
    if (!touched.has(line.line)) return line;
    if (!old.has(line.line)) return { ...line, state: isAbove ? 'awaiting_approval' : 'approved' };
    return { ...line, state: stateAfterChange(order.number, line, isAbove) };
  });
  await queries.insertRevision(tx, order, orders.showOrder(order, before), by);
  const approvedTotal = isAbove ? undefined : net;
  const submittedBy = isAbove ? by.actorId : undefined;
  const patch = { ...change.patch, revision: order.revision + 1, approvedTotal, submittedBy };
  await saveOrder(tx, locked, settled, by, { ...change, patch });
}

function stateAfterChange(number: string, line: OrderLine, isAbove: boolean): OrderLine['state'] {
  const { state } = line;
  if (line.received > 0n) {
    if (isAbove && state !== 'cancelled') {
      const detail = 'Above the limit a line with receipts cannot grow: add another line.';
      throw new Problem(wrongState, detail, { number, line: line.line, state });
    }
    const { quantity, received, underReceiptBasisPoints } = line;
    return isReceivedInFull(quantity, received, underReceiptBasisPoints)
      ? 'received'
      : 'partly_received';
  }
  const action = isAbove ? 'change_above_limit' : 'change';
  return nextState(PURCHASE_ORDER_TRANSITIONS, action, state) ?? state;
}

/** What a supplier answered. Lines that are not listed are confirmed as they are. */
export interface WrittenConfirmation {
  readonly reference?: string | undefined;
  readonly lines?: readonly LineChange[] | undefined;
}

/**
 * Records a supplier's confirmation. Without a difference the lines are confirmed at once;
 * otherwise it waits until somebody accepts or rejects what the supplier wants.
 * @returns the id of the confirmation.
 * @throws Problem invalid-request, wrong-state.
 */
export async function confirmOrder(
  tx: Tx,
  locked: LockedOrder,
  written: WrittenConfirmation,
  by: By,
): Promise<number> {
  const { order, lines } = locked;
  const moved = requireMove(locked, 'confirm');
  const wanted = await changedLines(tx, locked, written.lines ?? [], 'body.lines');
  const digits = currencyDigits(order.currency);
  const changes = wanted.flatMap((line, index): LineChange[] => {
    const was = lines[index];
    if (!was || isSame(was, line)) return [];
    if (line.state === 'cancelled') return [{ line: line.line, cancel: true }];
    const quantity = formatDecimal(line.quantity, line.scale);
    const unitPrice = formatUnitCost(line.unitPrice, digits);
    const expectedOn = line.expectedOn ?? undefined;
    return [{ line: line.line, quantity, unitPrice, expectedOn }];
  });
  const open = lines.filter((line, index) => moved[index]?.state !== line.state);
  const confirmation = {
    reference: written.reference ?? null,
    changes,
    lines: open.map(({ line }) => line),
    state: changes.length === 0 ? ('accepted' as const) : ('pending' as const),
  };
  const id = await queries.insertConfirmation(tx, order, confirmation, by);
  if (changes.length === 0) await confirmLines(tx, locked, moved, by);
  else await note(tx, order, by, [{ action: 'confirmation_differs', details: { id, changes } }]);
  return id;
}

async function confirmLines(
  tx: Tx,
  locked: LockedOrder,
  moved: readonly OrderLine[],
  by: By,
): Promise<void> {
  const dated = moved.map((line): OrderLine => {
    if (line.state !== 'confirmed') return line;
    return { ...line, confirmedOn: line.confirmedOn ?? line.expectedOn };
  });
  await saveOrder(tx, locked, dated, by, { action: 'confirmed' });
}

/**
 * Accepts or rejects what a supplier confirmed otherwise. Accepted dates become the confirmed
 * ones; the wanted dates stay, so that lateness is measured against what we asked for.
 * @throws Problem not-found, wrong-state.
 */
export async function decideConfirmation(
  tx: Tx,
  locked: LockedOrder,
  id: number,
  isAccepted: boolean,
  by: By,
): Promise<void> {
  const { order, lines } = locked;
  const confirmation = await queries.decide(tx, order, id, isAccepted, by);
  if (!isAccepted) {
    await note(tx, order, by, [{ action: 'confirmation_rejected', details: { id } }]);
    return;
  }
  const wanted = await changedLines(tx, locked, confirmation.changes, 'changes');
  const dated = wanted.map((line, index): OrderLine => {
    const expectedOn = lines[index]?.expectedOn ?? null;
    const confirmed = confirmation.lines.includes(line.line);
    return { ...line, expectedOn, confirmedOn: confirmed ? line.expectedOn : line.confirmedOn };
  });
  const { net } = totalOf(dated);
  if (needsApproval(order, net)) {
    const change = { action: 'confirmation_accepted', patch: {} };
    return settleChange(tx, locked, dated, by, change);
  }
  const settled = dated.map((line): OrderLine => {
    if (!confirmation.lines.includes(line.line)) return line;
    const state = nextState(PURCHASE_ORDER_TRANSITIONS, 'confirm', line.state);
    return { ...line, state: state ?? line.state };
  });
  await queries.insertRevision(tx, order, orders.showOrder(order, lines), by);
  const patch = { revision: order.revision + 1, approvedTotal: net };
  await saveOrder(tx, locked, settled, by, { action: 'confirmation_accepted', patch });
}
