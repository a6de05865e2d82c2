import type { LedgerService } from '../ledger/index.ts';
import type { Context, Principal } from '../platform/context.ts';
import { readAs, type Tx, writeAs } from '../platform/database.ts';
import { Problem } from '../platform/problems.ts';
import { completions } from './completions.ts';
import { type By, createInbound, type Inbound, listNewest, missing } from './inbound.ts';
import { approveInvoice, showInvoice } from './invoice.commands.ts';
import type { InvoiceAnswer } from './invoice.view.ts';
import { SUPPLIER_INVOICE } from './invoice-matching.ts';
import { findSupplier } from './lookup.queries.ts';
import type { DiscrepancyCode } from './match.ts';
import { finishDocument } from './operations.ts';
import { wrongState } from './problems.ts';
import {
  approveOrder,
  endOrder,
  type LockedOrder,
  lockOrder,
  sendOrder,
  showOrder,
  submitOrder,
} from './purchase-order.commands.ts';
import {
  type PurchaseOrder,
  type PurchaseOrderAnswer,
  purchaseOrderList,
  showHead,
} from './purchase-order.queries.ts';
import { createReceipt, RECEIPT, showReceipt } from './receipt.commands.ts';
import type { ReceiptAnswer } from './receipt.view.ts';
import { readDueLines, readObservations, readReturnedUnits } from './scorecard.queries.ts';
import {
  type RankedBottleneck,
  rankBottlenecks,
  type Scorecard,
  scorecardOf,
} from './scorecard.ts';

/** What the command line does with purchasing documents: the commands of the API, in process. */

const LIST_MAX = 1000;

/** A purchase order without its lines. */
export type PurchaseOrderHead = ReturnType<typeof showHead>;

/** The newest purchase orders, by state and supplier where they are given. */
export async function listPurchaseOrders(
  context: Context,
  principal: Principal,
  filter: {
    readonly state?: string | undefined;
    readonly supplier?: string | undefined;
    readonly limit: number;
  },
): Promise<PurchaseOrderHead[]> {
  const filters = [
    [filter.state, 'o.state = ?'],
    [filter.supplier, 'o.supplier_code = ?'],
  ] as const;
  const page = { limit: Math.min(filter.limit, LIST_MAX) };
  const { items } = await readAs(context.database, principal.scope, (tx) =>
    listNewest<PurchaseOrder, PurchaseOrderHead>(
      tx,
      { ...purchaseOrderList, filters },
      page,
      showHead,
    ),
  );
  return items;
}

/** One purchase order. @throws Problem not-found */
export function readPurchaseOrder(
  context: Context,
  principal: Principal,
  number: string,
): Promise<PurchaseOrderAnswer> {
  return readAs(context.database, principal.scope, (tx) => showOrder(tx, number));
}

type Work = (tx: Tx, locked: LockedOrder, note: string | undefined, by: By) => Promise<void>;

const WORK = {
  submit: (tx, locked, note, by) => submitOrder(tx, locked, { note }, by),
  approve: (tx, locked, note, by) => approveOrder(tx, locked, { note }, by),
  reject: (tx, locked, note, by) => endOrder(tx, locked, 'reject', { note }, by),
  send: (tx, locked, note, by) => sendOrder(tx, locked, { note }, by),
  cancel: (tx, locked, note, by) => endOrder(tx, locked, 'cancel', { note }, by),
  close: (tx, locked, note, by) => endOrder(tx, locked, 'close', { note }, by),
} satisfies Record<string, Work>;
export type PurchaseOrderVerb = keyof typeof WORK;

/** Moves a purchase order along. @throws Problem not-found, wrong-state, and those of the verb. */
export async function movePurchaseOrder(
  context: Context,
  principal: Principal,
  number: string,
  verb: PurchaseOrderVerb,
  note?: string | undefined,
): Promise<PurchaseOrderAnswer> {
  const by = { actorId: principal.principalId, at: context.clock() };
  return writeAs(context.database, 'house', async (tx) => {
    await WORK[verb](tx, await lockOrder(tx, number, undefined), note, by);
    return showOrder(tx, number);
  });
}

/** Receives lines of a purchase order; without lines, all that is open, to one place. */
export async function receivePurchaseOrder(
  context: Context,
  ledger: LedgerService,
  principal: Principal,
  number: string,
  request: {
    readonly location: string;
    readonly lines?: readonly { readonly line: number; readonly quantity: string }[] | undefined;
    readonly reference?: string | undefined;
  },
): Promise<ReceiptAnswer> {
  const inbound = createInbound(context, ledger);
  const by = { actorId: principal.principalId, at: context.clock() };
  const { location, reference } = request;
  const made = await writeAs(context.database, 'house', async (tx) => {
    const lines = request.lines ?? (await openLines(tx, number));
    if (lines.length === 0) {
      throw new Problem(wrongState, `Nothing of ${number} is open.`, { number });
    }
    const located = lines.map((line) => ({ ...line, location }));
    const written = { purchaseOrder: number, reference, lines: located };
    return createReceipt(inbound, tx, written, by);
  });
  await finish(inbound, { type: RECEIPT, number: made });
  return readAs(context.database, 'house', (tx) => showReceipt(inbound, tx, made));
}

async function openLines(
  tx: Tx,
  number: string,
): Promise<{ readonly line: number; readonly quantity: string }[]> {
  const { lines } = await showOrder(tx, number);
  const { rows } = await tx.query<{ line: number; open: string }>(
    `SELECT l.line, trim_scale(
         (l.quantity - l.received) / power(10::numeric, i.quantity_scale))::text AS open
     FROM inbound.purchase_order_line l
     JOIN inbound.purchase_order o ON o.purchase_order_id = l.purchase_order_id
     JOIN catalog.item i ON i.item_id = l.item_id
     WHERE o.number = $1 AND l.quantity > l.received AND l.line = ANY($2)
       AND l.state IN ('approved', 'sent', 'confirmed', 'partly_received') ORDER BY l.line`,
    [number, lines.map(({ line }) => line)],
  );
  return rows.map(({ line, open }) => ({ line, quantity: open }));
}

async function finish(
  inbound: Inbound,
  document: { readonly type: string; readonly number: string },
): Promise<void> {
  const refused = await finishDocument(inbound, completions, document);
  if (refused) throw refused;
}

/** Approves a supplier invoice. @throws Problem not-found, wrong-state, invoice-held */
export async function approveSupplierInvoice(
  context: Context,
  ledger: LedgerService,
  principal: Principal,
  number: string,
  accept: readonly DiscrepancyCode[],
): Promise<InvoiceAnswer> {
  const inbound = createInbound(context, ledger);
  const by = { actorId: principal.principalId, at: context.clock() };
  await writeAs(context.database, 'house', (tx) =>
    approveInvoice(inbound, tx, number, { accept }, by),
  );
  await finish(inbound, { type: SUPPLIER_INVOICE, number });
  return readAs(context.database, 'house', (tx) => showInvoice(inbound, tx, number));
}

/** What a supplier achieved in a period of days. @throws Problem not-found */
export function readScorecard(
  context: Context,
  supplier: string,
  period: { readonly from: string; readonly to: string },
): Promise<Scorecard & { readonly supplier: string }> {
  return readAs(context.database, 'house', async (tx) => {
    if (!(await findSupplier(tx, supplier))) throw missing('supplier', supplier);
    const asked = { ...period, supplier };
    const observations = await readObservations(tx, asked);
    const due = await readDueLines(tx, asked);
    const returned = await readReturnedUnits(tx, asked);
    return { supplier, ...scorecardOf(observations, due, returned) };
  });
}

/** Suppliers and lanes that goods wait for, the worst first. */
export function readBottlenecks(
  context: Context,
  period: { readonly from: string; readonly to: string },
): Promise<RankedBottleneck[]> {
  return readAs(context.database, 'house', async (tx) =>
    rankBottlenecks(await readObservations(tx, period)),
  );
}
