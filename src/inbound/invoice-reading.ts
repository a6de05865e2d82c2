import type { Tx } from '../platform/database.ts';
import { currencyDigits, parseMoney } from '../platform/money.ts';
import type { FieldError } from '../platform/problems.ts';
import { DecimalError, parseDecimal } from '../platform/quantity.ts';
import { rateOn } from '../platform/rates.ts';
import { loadOwners } from '../sellers/index.ts';
import { amountOf } from './amounts.ts';
import type { Inbound } from './inbound.ts';
import type { NewInvoice, NewInvoiceLine } from './invoice.queries.ts';
import { type BuyableItem, loadBuyable, type SupplierTerms } from './lookup.queries.ts';
import { type OrderLine, readLines } from './purchase-order.queries.ts';
import { addDays, readPrice, readQuantity } from './purchase-order.ts';

/** How a request's invoice is read: its codes looked up, its figures checked. */

const FINEST_SCALE = 6;
const AMOUNT_MAX = 10n ** 15n;

/** An invoice as a request writes it. */
export interface WrittenInvoice {
  readonly supplier: string;
  readonly reference: string;
  readonly currency?: string | undefined;
  readonly invoicedOn: string;
  readonly dueOn?: string | undefined;
  readonly taxAmount?: string | undefined;
  readonly note?: string | undefined;
  readonly lines: readonly WrittenInvoiceLine[];
}

interface WrittenInvoiceLine {
  readonly purchaseOrder?: string | undefined;
  readonly line?: number | undefined;
  readonly item?: string | undefined;
  readonly description?: string | undefined;
  readonly quantity: string;
  readonly level?: string | undefined;
  readonly unitPrice?: string | undefined;
  readonly amount?: string | undefined;
}

/** Reads an amount of a request; on failure an error, and zero. */
export function readAmount(
  written: string,
  digits: number,
  path: string,
  errors: FieldError[],
): bigint {
  try {
    return parseMoney(written, digits);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    errors.push({ path, message: error.message, found: written });
    return 0n;
  }
}

/** Reads the head of an invoice. */
export async function readHead(
  inbound: Inbound,
  tx: Tx,
  written: WrittenInvoice,
  supplier: SupplierTerms,
  errors: FieldError[],
): Promise<NewInvoice> {
  const currency = written.currency ?? supplier.currency;
  const digits = currencyDigits(currency);
  const dueOn = written.dueOn ?? addDays(written.invoicedOn, supplier.paymentTermsDays);
  return {
    supplierId: supplier.supplierId,
    reference: written.reference,
    currency,
    rate: await rateOn(tx, inbound.currency, currency, written.invoicedOn),
    invoicedOn: written.invoicedOn,
    dueOn,
    taxAmount: readAmount(written.taxAmount ?? '0', digits, 'body.taxAmount', errors),
    note: written.note ?? null,
  };
}

/** Purchase order lines of this supplier that an invoice may name, by number and line. */
async function orderedLines(
  tx: Tx,
  supplierId: number,
  numbers: readonly string[],
  currency: string,
): Promise<{ lines: Map<string, OrderLine>; wrong: Map<string, string> }> {
  const [house] = await loadOwners(tx, ['HOUSE']);
  const { rows } = await tx.query<{ id: number; number: string; currency: string; owner: number }>(
    `SELECT purchase_order_id AS id, number, currency, owner_id AS owner
     FROM inbound.purchase_order WHERE number = ANY($1) AND supplier_id = $2`,
    [numbers, supplierId],
  );
  const wrong = new Map<string, string>();
  for (const order of rows) {
    if (order.owner !== house?.ownerId) wrong.set(order.number, 'is for goods of another owner');
    else if (order.currency !== currency) wrong.set(order.number, `is in ${order.currency}`);
  }
  const byId = new Map(rows.map(({ id, number }) => [id, number]));
  const lines = await readLines(tx, [...byId.keys()]);
  return {
    lines: new Map(lines.map((line) => [`${byId.get(line.orderId)}/${line.line}`, line])),
    wrong,
  };
}

/** The purchase order line that an invoice line means: named, or the only one of the item. */
function orderLineOf(
  written: WrittenInvoiceLine,
  lines: ReadonlyMap<string, OrderLine>,
): OrderLine | undefined {
  const { purchaseOrder, line, item } = written;
  if (line !== undefined) return lines.get(`${purchaseOrder}/${line}`);
  const own = [...lines].filter(
    ([key, each]) => key.startsWith(`${purchaseOrder}/`) && each.item === item,
  );
  return own.length === 1 ? own[0]?.[1] : undefined;
}

/** Reads the lines of an invoice; a line that names nothing we ordered keeps no reference. */
export async function readWritten(
  tx: Tx,
  written: WrittenInvoice,
  head: NewInvoice,
  errors: FieldError[],
): Promise<NewInvoiceLine[]> {
  const numbers = written.lines.flatMap(({ purchaseOrder }) => purchaseOrder ?? []);
  const { lines, wrong } = await orderedLines(tx, head.supplierId, numbers, head.currency);
  const skus = [...lines.values()].map(({ item }) => item);
  const named = written.lines.flatMap(({ item }) => item ?? []);
  const items = await loadBuyable(tx, [...skus, ...named]);
  const digits = currencyDigits(head.currency);
  return written.lines.flatMap((line, index) => {
    const path = `body.lines.${index}`;
    const mismatch = wrong.get(line.purchaseOrder ?? '');
    if (mismatch !== undefined) {
      const found = line.purchaseOrder ?? '';
      errors.push({ path: `${path}.purchaseOrder`, message: mismatch, found });
    }
    const order = orderLineOf(line, lines);
    const item = items.get(order?.item ?? line.item ?? '');
    return readLine(line, order, item, digits, path, errors) ?? [];
  });
}

function readLine(
  line: WrittenInvoiceLine,
  order: OrderLine | undefined,
  item: BuyableItem | undefined,
  digits: number,
  path: string,
  errors: FieldError[],
): NewInvoiceLine | undefined {
  const scale = item?.quantityScale ?? FINEST_SCALE;
  const quantity = item
    ? readQuantity(line, item, path, errors)
    : parseDecimal(line.quantity, FINEST_SCALE);
  if (quantity === undefined) return undefined;
  if (quantity === 0n) {
    errors.push({ path: `${path}.quantity`, message: 'is zero', found: line.quantity });
  }
  const fail = (message: string) => {
    const expected = 'one of unitPrice and amount';
    errors.push({ path: `${path}.amount`, message, expected });
    return undefined;
  };
  if (line.amount !== undefined && line.unitPrice !== undefined) return fail('is given twice');
  let amount = 0n;
  if (line.amount !== undefined) {
    amount = readAmount(line.amount, digits, `${path}.amount`, errors);
  } else if (line.unitPrice === undefined) return fail('is missing');
  else if (!item) return fail('is needed where the item is not known');
  else {
    try {
      amount = amountOf(readPrice(line.unitPrice, item, line.level, digits), quantity, scale);
    } catch (error) {
      if (!(error instanceof DecimalError)) throw error;
      return fail(error.message);
    }
  }
  if (amount > AMOUNT_MAX) return fail('is too large');
  return {
    purchaseOrder: line.purchaseOrder ?? null,
    orderId: order?.orderId ?? null,
    orderLine: order?.line ?? null,
    itemId: item?.itemId ?? null,
    description: line.description ?? null,
    quantity,
    scale,
    amount,
  };
}
