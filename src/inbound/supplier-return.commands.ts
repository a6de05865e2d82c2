import type { MovementLine } from '../ledger/index.ts';
import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { currencyDigits, parseMoney } from '../platform/money.ts';
import type { FieldError } from '../platform/problems.ts';
import { DecimalError, divideRounded, formatDecimal } from '../platform/quantity.ts';
import { loadOwners } from '../sellers/index.ts';
import { amountOf } from './amounts.ts';
import { type By, type Inbound, missing, refuseFields } from './inbound.ts';
import { loadBuyable, requireSupplier, type SupplierTerms } from './lookup.queries.ts';
import { type Finished, openOperation } from './operations.ts';
import { readPrice, readQuantity } from './purchase-order.ts';
import { findReceipt, type ReceiptLine, readReceiptLines } from './receipt.queries.ts';
import type {
  NewReturnLine,
  SupplierReturn,
  SupplierReturnAnswer,
} from './supplier-return.queries.ts';
import * as queries from './supplier-return.queries.ts';

export const SUPPLIER_RETURN = 'supplier_return';

interface WrittenReturnLine {
  readonly item: string;
  readonly quantity: string;
  readonly level?: string | undefined;
  readonly location: string;
  readonly lpn?: string | undefined;
  readonly disposition?: string | undefined;
  readonly lot?: string | undefined;
  readonly serials?: readonly string[] | undefined;
  readonly receipt?: string | undefined;
  readonly receiptLine?: number | undefined;
  readonly unitPrice?: string | undefined;
}

/** A return as a request writes it. */
export interface WrittenReturn {
  readonly supplier: string;
  readonly owner?: string | undefined;
  readonly reason: SupplierReturn['reason'];
  readonly reference?: string | undefined;
  readonly currency?: string | undefined;
  readonly note?: string | undefined;
  readonly lines: readonly WrittenReturnLine[];
}

interface Knowledge {
  readonly supplier: SupplierTerms;
  readonly ownerId: number;
  readonly currency: string;
}

/** The receipt line that goods are said to have come with. */
async function receiptOf(
  tx: Tx,
  written: WrittenReturnLine,
  known: Knowledge,
  path: string,
  errors: FieldError[],
): Promise<ReceiptLine | undefined> {
  if (written.receipt === undefined) return undefined;
  const receipt = await findReceipt(tx, written.receipt);
  const lines = receipt ? await readReceiptLines(tx, receipt.id) : [];
  const own = lines.find(
    (line) =>
      line.item === written.item &&
      line.ownerId === known.ownerId &&
      line.supplierId === known.supplier.supplierId &&
      (written.receiptLine === undefined || line.line === written.receiptLine),
  );
  if (own) return own;
  const expected = 'a receipt of the item from the supplier';
  errors.push({
    path: `${path}.receipt`,
    message: 'does not fit',
    expected,
    found: written.receipt,
  });
  return undefined;
}

async function planLine(
  tx: Tx,
  written: WrittenReturnLine,
  known: Knowledge,
  path: string,
  errors: FieldError[],
): Promise<{ row: NewReturnLine; quantity: string } | undefined> {
  const item = (await loadBuyable(tx, [written.item])).get(written.item);
  if (!item || (item.ownerId !== null && item.ownerId !== known.ownerId)) {
    const expected = 'the SKU of an item of the owner';
    const found = written.item;
    errors.push({ path: `${path}.item`, message: 'does not exist', expected, found });
    return undefined;
  }
  const quantity = readQuantity(written, item, path, errors);
  if (quantity === undefined) return undefined;
  const receipt = await receiptOf(tx, written, known, path, errors);
  let expectedAmount = 0n;
  try {
    if (written.unitPrice !== undefined) {
      const digits = currencyDigits(known.currency);
      const price = readPrice(written.unitPrice, item, written.level, digits);
      expectedAmount = amountOf(price, quantity, item.quantityScale);
    } else {
      const { currency, ownerId, supplier } = known;
      const where = { supplierId: supplier.supplierId, itemId: item.itemId, currency, ownerId };
      const same = receipt?.currency === currency ? receipt : undefined;
      const paid = same
        ? { amount: same.documentAmount, quantity: same.quantity }
        : await queries.lastPrice(tx, where);
      if (paid) expectedAmount = divideRounded(paid.amount * quantity, paid.quantity);
    }
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    errors.push({ path: `${path}.unitPrice`, message: error.message });
  }
  const row = {
    itemId: item.itemId,
    quantity,
    location: written.location,
    disposition: written.disposition ?? 'sellable',
    lot: written.lot ?? null,
    lpn: written.lpn ?? null,
    receiptId: receipt?.receiptId ?? null,
    receiptLine: receipt?.line ?? null,
    expectedAmount,
  };
  return { row, quantity: formatDecimal(quantity, item.quantityScale) };
}

/**
 * Writes down that goods go back; finishSupplierReturn posts it. The ledger takes them out of
 * stock at what they cost, and the supplier is expected to credit what it was paid.
 * @returns the number of the return.
 * @throws Problem invalid-request.
 */
export async function createSupplierReturn(
  tx: Tx,
  written: WrittenReturn,
  by: By,
): Promise<string> {
  const errors: FieldError[] = [];
  const supplier = await requireSupplier(tx, written.supplier, errors);
  const [owner] = await loadOwners(tx, [written.owner ?? 'HOUSE']);
  if (!owner) {
    const found = written.owner ?? '';
    errors.push({ path: 'body.owner', message: 'does not exist', expected: 'an owner', found });
  }
  refuseFields(errors);
  if (!supplier || !owner) throw new Error('a refusal was passed over');
  const currency = written.currency ?? supplier.currency;
  const known = { supplier, ownerId: owner.ownerId, currency };
  const planned: { row: NewReturnLine; quantity: string; written: WrittenReturnLine }[] = [];
  for (const [index, line] of written.lines.entries()) {
    const plan = await planLine(tx, line, known, `body.lines.${index}`, errors);
    if (plan) planned.push({ ...plan, written: line });
  }
  refuseFields(errors);
  const head = {
    ownerId: owner.ownerId,
    supplierId: supplier.supplierId,
    supplier: supplier.code,
    reason: written.reason,
    reference: written.reference ?? null,
    currency,
    carriesValue: owner.isHouse,
    occurredAt: by.at,
  };
  const rows = planned.map(({ row }) => row);
  const number = await queries.insertReturn(tx, head, rows, by);
  const document = { type: SUPPLIER_RETURN, number };
  const lines = planned.map(({ row, quantity, written: line }): MovementLine => {
    const { location, disposition, lpn, lot } = row;
    return {
      kind: 'supplier_return',
      item: line.item,
      quantity,
      from: {
        location,
        ...(lpn === null ? {} : { lpn }),
        disposition: disposition as 'sellable',
      },
      to: supplier.location,
      owner: owner.code,
      ...(lot === null ? {} : { lot }),
      ...(line.serials === undefined ? {} : { serials: [...line.serials] }),
      document,
      occurredAt: by.at.toISOString(),
    };
  });
  await openOperation(tx, { ...document, operation: 'return' }, [{ kind: 'post', lines }], by);
  const entry = { ownerId: owner.ownerId, document, action: 'created', toState: 'posting' };
  await recordHistory(tx, [{ ...entry, note: written.note }], by);
  return number;
}

/** The whole return. @throws Problem not-found */
export async function showReturn(
  inbound: Inbound,
  tx: Tx,
  number: string,
): Promise<SupplierReturnAnswer> {
  const head = await queries.findReturn(tx, number);
  if (!head) throw missing('supplier return', number);
  const lines = await queries.readReturnLines(tx, head.id);
  return queries.showReturn(head, lines, inbound.houseDigits);
}

/** Completes a return with what its movements carried. */
export async function completeReturn(inbound: Inbound, tx: Tx, finished: Finished): Promise<void> {
  const { ref, outcomes, problem } = finished;
  const head = await queries.findReturn(tx, ref.number, true);
  if (!head) throw new Error(`supplier return ${ref.number} is gone`);
  const posted = (outcomes[0]?.lines ?? []).flatMap(({ line, id, value }) =>
    id === undefined
      ? []
      : [{ line, movement: id, value: parseMoney(value ?? '0', inbound.houseDigits) }],
  );
  const state = posted.length > 0 ? 'posted' : 'refused';
  await queries.setReturnValues(tx, head.id, posted);
  await queries.setReturnState(tx, head.id, state, problem);
  const document = { type: SUPPLIER_RETURN, number: head.number };
  const entry = { ownerId: head.ownerId, document, action: state, toState: state };
  await recordHistory(tx, [{ ...entry, fromState: head.state }], finished);
}
