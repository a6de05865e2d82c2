import { loadSites } from '../network/index.ts';
import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { currencyDigits, formatMoney, parseMoney } from '../platform/money.ts';
import { type FieldError, Problem } from '../platform/problems.ts';
import { DecimalError } from '../platform/quantity.ts';
import { rateOn } from '../platform/rates.ts';
import { loadOwners } from '../sellers/index.ts';
import { type By, checkVersion, dayAt, type Inbound, missing, refuseFields } from './inbound.ts';
import {
  loadBuyable,
  loadPriceBreaks,
  loadSupplierItems,
  requireSupplier,
  type SupplierTerms,
  supplierById,
} from './lookup.queries.ts';
import { approverIsSubmitter, supplierTerms, wrongState } from './problems.ts';
import type { OrderLine, PurchaseOrder, PurchaseOrderAnswer } from './purchase-order.queries.ts';
import * as queries from './purchase-order.queries.ts';
import {
  brokenTerms,
  type NewLine,
  planLine,
  totalOf,
  type WrittenLine,
} from './purchase-order.ts';
import {
  nextState,
  PURCHASE_ORDER_TRANSITIONS,
  type PurchaseOrderAction,
  stateOfLines,
} from './states.ts';

export const PURCHASE_ORDER = 'purchase_order';

/** A purchase order as a request writes it. */
export interface WrittenOrder {
  readonly supplier: string;
  readonly site: string;
  readonly owner?: string | undefined;
  readonly currency?: string | undefined;
  readonly reference?: string | undefined;
  readonly notes?: string | undefined;
  readonly incoterm?: string | undefined;
  readonly paymentTermsDays?: number | undefined;
  readonly approvalLimit?: string | undefined;
  readonly lines: readonly WrittenLine[];
}

/** The lower of what the supplier and the request allow without somebody else's approval. */
function approvalLimitOf(
  supplier: SupplierTerms,
  currency: string,
  given: string | undefined,
  errors: FieldError[],
): bigint | null {
  const digits = currencyDigits(currency);
  const limits: bigint[] = [];
  if (supplier.approvalLimit !== null) {
    // What a limit means in another currency changes by the day: there it allows nothing.
    const same = supplier.currency === currency;
    limits.push(same ? parseMoney(supplier.approvalLimit, digits) : 0n);
  }
  try {
    if (given !== undefined) limits.push(parseMoney(given, digits));
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    errors.push({ path: 'body.approvalLimit', message: error.message, found: given ?? '' });
  }
  return limits.reduce<bigint | null>((low, one) => (low === null || one < low ? one : low), null);
}

/** Plans lines against items, terms and price breaks; all wrong fields go to `errors`. */
export async function planLines(
  tx: Tx,
  order: {
    readonly ownerId: number;
    readonly supplier: SupplierTerms;
    readonly currency: string;
    readonly today: string;
  },
  written: readonly WrittenLine[],
  path: string,
  errors: FieldError[],
): Promise<NewLine[]> {
  const { supplier, currency, today, ownerId } = order;
  const items = await loadBuyable(
    tx,
    written.map(({ item }) => item),
  );
  const itemIds = [...items.values()].map(({ itemId }) => itemId);
  const known = {
    items,
    terms: await loadSupplierItems(tx, supplier.supplierId, itemIds),
    breaks: await loadPriceBreaks(tx, supplier.supplierId, itemIds, currency, today),
    ownerId,
    digits: currencyDigits(currency),
    today,
    overReceiptBasisPoints: supplier.overReceiptBasisPoints,
    underReceiptBasisPoints: supplier.underReceiptBasisPoints,
  };
  return written.flatMap((line, index) => planLine(known, line, `${path}.${index}`, errors) ?? []);
}

/**
 * Records a purchase order as a draft.
 * @throws Problem invalid-request, exchange-rate-missing.
 */
export async function createOrder(
  inbound: Pick<Inbound, 'currency'>,
  tx: Tx,
  written: WrittenOrder,
  by: By,
): Promise<PurchaseOrderAnswer> {
  const errors: FieldError[] = [];
  const supplier = await requireSupplier(tx, written.supplier, errors);
  const [site] = await loadSites(tx, [written.site]);
  if (!site?.active || !['fulfilment_centre', 'store'].includes(site.type)) {
    const expected = 'the code of an active site that receives goods';
    errors.push({ path: 'body.site', message: 'does not fit', expected, found: written.site });
  }
  const [owner] = await loadOwners(tx, [written.owner ?? 'HOUSE']);
  if (!owner?.active) {
    const found = written.owner ?? '';
    errors.push({ path: 'body.owner', message: 'does not exist', expected: 'an owner', found });
  }
  refuseFields(errors);
  if (!supplier || !site || !owner) throw new Error('a refusal was passed over');
  const currency = written.currency ?? supplier.currency;
  const today = dayAt(by.at, site.timeZone);
  const approvalLimit = approvalLimitOf(supplier, currency, written.approvalLimit, errors);
  const where = { ownerId: owner.ownerId, supplier, currency, today };
  const lines = await planLines(tx, where, written.lines, 'body.lines', errors);
  refuseFields(errors);
  const head = {
    ownerId: owner.ownerId,
    supplierId: supplier.supplierId,
    supplier: supplier.code,
    siteId: site.siteId,
    currency,
    rate: await rateOn(tx, inbound.currency, currency, today),
    reference: written.reference ?? null,
    notes: written.notes ?? null,
    incoterm: written.incoterm ?? supplier.incoterm,
    paymentTermsDays: written.paymentTermsDays ?? supplier.paymentTermsDays,
    approvalLimit,
  };
  const made = await queries.insertOrder(tx, head, by);
  const order = { ...made, ownerId: owner.ownerId };
  await queries.insertLines(tx, order, 1, lines, 'draft');
  await note(tx, order, by, [{ action: 'created', toState: 'draft' }]);
  return showOrder(tx, made.number);
}

/** The whole document. @throws Problem not-found */
export async function showOrder(tx: Tx, number: string): Promise<PurchaseOrderAnswer> {
  const order = await queries.findOrder(tx, number);
  if (!order) throw missing('purchase order', number);
  return queries.showOrder(order, await queries.readLines(tx, [order.id]));
}

/** A purchase order with its lines, locked. */
export interface LockedOrder {
  readonly order: PurchaseOrder;
  readonly lines: OrderLine[];
}

/** Locks a purchase order. @throws Problem not-found, precondition-failed */
export async function lockOrder(
  tx: Tx,
  number: string,
  version: number | undefined,
): Promise<LockedOrder> {
  const order = await queries.findOrder(tx, number, true);
  if (!order) throw missing('purchase order', number);
  checkVersion(order, version);
  return { order, lines: await queries.readLines(tx, [order.id]) };
}

interface Note {
  readonly action: string;
  readonly line?: number | undefined;
  readonly fromState?: string | undefined;
  readonly toState?: string | undefined;
  readonly note?: string | undefined;
  readonly details?: Record<string, unknown> | undefined;
}

/** Writes the trail of a purchase order. */
export async function note(
  tx: Tx,
  order: { readonly number: string; readonly ownerId: number },
  by: By,
  notes: readonly Note[],
): Promise<void> {
  const document = { type: PURCHASE_ORDER, number: order.number };
  const entries = notes.map((entry) => ({ ...entry, ownerId: order.ownerId, document }));
  await recordHistory(tx, entries, by);
}

/**
 * Moves the lines for which the table has that row; the state of the whole follows.
 * @returns undefined when there is no such line.
 */
export function moveLines(
  lines: readonly OrderLine[],
  action: PurchaseOrderAction,
  only: (line: OrderLine) => boolean = () => true,
): OrderLine[] | undefined {
  let moved = false;
  const after = lines.map((line): OrderLine => {
    const state = only(line)
      ? nextState(PURCHASE_ORDER_TRANSITIONS, action, line.state)
      : undefined;
    if (state === undefined) return line;
    moved = true;
    return { ...line, state };
  });
  return moved ? after : undefined;
}

/** The same. @throws Problem wrong-state when there is no such line. */
export function requireMove(
  { order, lines }: LockedOrder,
  action: PurchaseOrderAction,
  only?: (line: OrderLine) => boolean,
): OrderLine[] {
  const moved = moveLines(lines, action, only);
  if (moved) return moved;
  const detail = `No line of ${order.number} can ${action.replaceAll('_', ' ')} now.`;
  throw new Problem(wrongState, detail, { number: order.number, state: order.state });
}

/** Writes lines and head after a change, with its trail. */
export async function saveOrder(
  tx: Tx,
  { order, lines: before }: LockedOrder,
  lines: readonly OrderLine[],
  by: By,
  change: { readonly action: string; readonly note?: string | undefined; patch?: object },
): Promise<void> {
  await queries.updateLines(tx, lines);
  const state = stateOfLines(lines.map((line) => line.state));
  await queries.updateOrder(tx, order.id, { ...change.patch, state }, by);
  const { action } = change;
  const states = new Map(before.map((line) => [line.line, line.state]));
  const moved = lines.flatMap((line): Note[] => {
    const fromState = states.get(line.line);
    if (fromState === line.state) return [];
    return [{ action, line: line.line, fromState, toState: line.state }];
  });
  const whole = { action, fromState: order.state, toState: state, note: change.note };
  await note(tx, order, by, [whole, ...moved]);
}

/** Whether a net total needs somebody's approval. */
export function needsApproval(order: PurchaseOrder, net: bigint): boolean {
  const { approvalLimit, approvedTotal } = order;
  if (approvalLimit === null || net <= approvalLimit) return false;
  return approvedTotal === null || net > approvedTotal;
}

/**
 * Submits a draft: it is approved at once unless its total is above the limit.
 * @throws Problem supplier-terms, wrong-state.
 */
export async function submitOrder(
  tx: Tx,
  locked: LockedOrder,
  request: { readonly overrideTerms?: boolean | undefined; readonly note?: string | undefined },
  by: By,
): Promise<void> {
  const { order, lines } = locked;
  const moved = requireMove(locked, 'submit');
  const { net } = totalOf(lines);
  if (!request.overrideTerms) await checkTerms(tx, order, lines, net);
  if (needsApproval(order, net)) {
    const patch = { submittedBy: by.actorId };
    await saveOrder(tx, locked, moved, by, { action: 'submitted', note: request.note, patch });
    return;
  }
  const approved = requireMove(locked, 'approve', ({ state }) => state === 'draft');
  const patch = { approvedTotal: net, submittedBy: by.actorId };
  await saveOrder(tx, locked, approved, by, { action: 'submitted', note: request.note, patch });
}

async function checkTerms(
  tx: Tx,
  order: PurchaseOrder,
  lines: readonly OrderLine[],
  net: bigint,
): Promise<void> {
  const supplier = await supplierById(tx, order.supplierId);
  const itemIds = lines.map(({ itemId }) => itemId);
  const terms = await loadSupplierItems(tx, order.supplierId, itemIds);
  const violations: Record<string, unknown>[] = lines.flatMap((line) => {
    if (line.state === 'cancelled') return [];
    const broken = brokenTerms(terms.get(line.itemId), line.quantity, line.scale);
    return broken.map((each) => ({ line: line.line, item: line.item, ...each }));
  });
  const { minimumOrderValue, currency } = supplier;
  const digits = currencyDigits(order.currency);
  const comparable = minimumOrderValue !== null && currency === order.currency;
  if (comparable && net < parseMoney(minimumOrderValue, digits)) {
    const found = formatMoney(net, digits);
    violations.push({ term: 'minimumOrderValue', expected: minimumOrderValue, found });
  }
  if (violations.length === 0) return;
  const detail = `${order.number} breaks ${violations.length} of the supplier's terms.`;
  throw new Problem(supplierTerms, detail, { violations });
}

/**
 * Approves what waits for it; the approver is another person than who submitted it.
 * @throws Problem approver-is-submitter, wrong-state.
 */
export async function approveOrder(
  tx: Tx,
  locked: LockedOrder,
  request: { readonly note?: string | undefined },
  by: By,
): Promise<void> {
  const { order, lines } = locked;
  const moved = requireMove(locked, 'approve', ({ state }) => state === 'awaiting_approval');
  if (order.submittedBy === by.actorId) {
    const detail = `${order.number} was submitted by the same key's owner.`;
    throw new Problem(approverIsSubmitter, detail, { number: order.number });
  }
  const { net } = totalOf(lines);
  const patch = { approvedTotal: net, approvedById: by.actorId, approvedAt: by.at };
  await saveOrder(tx, locked, moved, by, { action: 'approved', note: request.note, patch });
}

/** Marks it as sent to the supplier: the lead time begins. */
export async function sendOrder(
  tx: Tx,
  locked: LockedOrder,
  request: { readonly note?: string | undefined },
  by: By,
): Promise<void> {
  const before = new Map(locked.lines.map((line) => [line.line, line.state]));
  const moved = requireMove(locked, 'send').map((line) =>
    line.state === before.get(line.line) ? line : { ...line, sentAt: line.sentAt ?? by.at },
  );
  await saveOrder(tx, locked, moved, by, { action: 'sent', note: request.note });
}

/** Rejects, cancels or closes short; with `only`, some lines. */
export async function endOrder(
  tx: Tx,
  locked: LockedOrder,
  action: 'reject' | 'cancel' | 'close',
  request: {
    readonly note?: string | undefined;
    readonly lines?: readonly number[] | undefined;
  },
  by: By,
): Promise<void> {
  const { order, lines } = locked;
  const named = request.lines;
  const unknown = named?.find((line) => !lines.some((each) => each.line === line));
  if (unknown !== undefined) throw missing(`line of ${order.number}`, String(unknown));
  const only = (line: OrderLine) => named === undefined || named.includes(line.line);
  const past = { reject: 'rejected', cancel: 'cancelled', close: 'closed' }[action];
  if (action === 'cancel' && named === undefined && lines.some(({ received }) => received > 0n)) {
    const detail = `Of ${order.number} something was received: close it instead.`;
    throw new Problem(wrongState, detail, { number: order.number, state: order.state });
  }
  const moved = requireMove(locked, action, only);
  await saveOrder(tx, locked, moved, by, { action: past, note: request.note });
}
