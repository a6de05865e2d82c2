import type { MovementLine, NewHandlingUnit } from '../ledger/index.ts';
import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { type FieldError, Problem } from '../platform/problems.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { convertMoney, rateOn } from '../platform/rates.ts';
import { amountOf } from './amounts.ts';
import { lockTogether } from './asn.commands.ts';
import { type Asn, type AsnLine, findAsn, readAsnLines } from './asn.queries.ts';
import { type By, dayAt, type Inbound, missing, refuseFields } from './inbound.ts';
import { type BuyableItem, loadBuyable, supplierById } from './lookup.queries.ts';
import { openOperation } from './operations.ts';
import { overReceipt, shelfLifeTooShort, wrongState } from './problems.ts';
import type { OrderLine, PurchaseOrder } from './purchase-order.queries.ts';
import { readQuantity } from './purchase-order.ts';
import type { NewReceiptLine } from './receipt.queries.ts';
import * as queries from './receipt.queries.ts';
import {
  acceptable,
  daysBetween,
  isReceivable,
  type Target,
  targetOf,
  type WrittenReceiptLine,
} from './receipt.ts';
import type { ReceiptAnswer } from './receipt.view.ts';
import * as view from './receipt.view.ts';

export const RECEIPT = 'receipt';

/** A receipt as a request writes it. */
export interface WrittenReceipt {
  readonly purchaseOrder?: string | undefined;
  readonly asn?: string | undefined;
  readonly reference?: string | undefined;
  readonly occurredAt?: string | undefined;
  readonly lines: readonly WrittenReceiptLine[];
}

/** Everything that lines are planned against. */
interface Dock {
  readonly orders: ReadonlyMap<string, PurchaseOrder>;
  readonly order: PurchaseOrder;
  readonly lines: readonly OrderLine[];
  readonly asn: Asn | undefined;
  readonly announced: readonly AsnLine[];
  readonly items: ReadonlyMap<string, BuyableItem>;
  readonly occurredAt: Date;
  readonly day: string;
  readonly rates: ReadonlyMap<string, string>;
  readonly supplierLocation: string;
}

/** A planned line with the movement that will post it. */
interface Planned {
  readonly row: NewReceiptLine;
  readonly order: OrderLine;
  readonly expiresOn: string | null;
  readonly manufacturedOn: string | null;
  readonly serials: readonly string[] | null;
  readonly lpnType: string;
  readonly isForced: boolean;
}

const FUTURE_TOLERANCE_MS = 60_000;

/** Finds and locks what a receipt is against. */
async function openDock(inbound: Inbound, tx: Tx, written: WrittenReceipt, by: By): Promise<Dock> {
  const errors: FieldError[] = [];
  const asn = written.asn === undefined ? undefined : await findAsn(tx, written.asn);
  if (written.asn !== undefined && !asn) {
    errors.push({ path: 'body.asn', message: 'does not exist', found: written.asn });
  }
  const announced = asn ? await readAsnLines(tx, asn.id) : [];
  const numbers = new Map<string, string>();
  const add = (number: string | undefined, path: string) => {
    if (number !== undefined && !numbers.has(number)) numbers.set(number, path);
  };
  add(written.purchaseOrder, 'body.purchaseOrder');
  for (const { purchaseOrder } of announced) add(purchaseOrder, 'body.asn');
  for (const [index, line] of written.lines.entries()) {
    add(line.purchaseOrder, `body.lines.${index}.purchaseOrder`);
  }
  if (numbers.size === 0 && errors.length === 0) {
    const expected = 'purchaseOrder, asn, or a purchaseOrder in each line';
    errors.push({ path: 'body.purchaseOrder', message: 'is missing', expected });
  }
  const occurredAt = written.occurredAt ? new Date(Date.parse(written.occurredAt)) : by.at;
  if (occurredAt.getTime() > by.at.getTime() + FUTURE_TOLERANCE_MS) {
    errors.push({ path: 'body.occurredAt', message: 'is in the future' });
  }
  refuseFields(errors);
  const { orders, lines } = await lockTogether(tx, numbers, errors);
  refuseFields(errors);
  const order = [...orders.values()][0]!;
  const items = await loadBuyable(
    tx,
    lines.map(({ item }) => item),
  );
  const day = dayAt(occurredAt, order.timeZone);
  const rates = new Map<string, string>();
  for (const { currency } of order.isHouse ? orders.values() : []) {
    rates.set(currency, await rateOn(tx, inbound.currency, currency, day));
  }
  const { location: supplierLocation } = await supplierById(tx, order.supplierId);
  const found = { orders, order, lines, asn, announced, items, occurredAt, day, rates };
  // What the notice has received may have changed while the purchase orders were waited for.
  const fresh = asn ? await readAsnLines(tx, asn.id) : [];
  return { ...found, announced: fresh, supplierLocation };
}

function planLine(
  inbound: Inbound,
  dock: Dock,
  written: WrittenReceiptLine,
  defaultOrder: string | undefined,
  path: string,
  errors: FieldError[],
): Planned | undefined {
  const orderId = dock.orders.get(written.purchaseOrder ?? defaultOrder ?? '')?.id;
  const target = targetOf(written, orderId, dock.lines, dock.announced, path, errors);
  if (!target) return undefined;
  const item = dock.items.get(target.order.item)!;
  const quantity = readQuantity(written, item, path, errors);
  if (quantity === undefined) return undefined;
  const tracked = trackingOf(written, target, quantity, item, path, errors);
  const order = [...dock.orders.values()].find(({ id }) => id === target.order.orderId)!;
  const documentAmount = amountOf(target.order, quantity, item.quantityScale);
  const { houseDigits } = inbound;
  const rate = dock.rates.get(order.currency) ?? order.rate;
  const digits = currencyDigits(order.currency);
  const value = order.isHouse ? convertMoney(documentAmount, rate, digits, houseDigits) : 0n;
  return {
    order: target.order,
    ...tracked,
    lpnType: written.lpnType ?? 'pallet',
    isForced: written.disposition !== undefined && written.disposition !== 'sellable',
    row: {
      orderId: target.order.orderId,
      orderLine: target.order.line,
      asnId: target.asn?.asnId ?? null,
      asnLine: target.asn?.line ?? null,
      itemId: item.itemId,
      quantity,
      location: written.location,
      disposition: written.disposition ?? 'sellable',
      lot: tracked.lot,
      lpn: written.lpn ?? null,
      receivedOn: dock.day,
      carriesValue: order.isHouse,
      currency: order.currency,
      rate,
      documentAmount,
      value,
    },
  };
}

/** Lot, dates and serials as they are scanned, or else as the notice announced them. */
function trackingOf(
  written: WrittenReceiptLine,
  { asn }: Target,
  quantity: bigint,
  item: BuyableItem,
  path: string,
  errors: FieldError[],
) {
  const lot = written.lot ?? (item.tracksLot ? (asn?.lot ?? null) : null);
  const announced = lot !== null && lot === asn?.lot ? asn : undefined;
  const all = asn?.quantity === quantity && asn.received === 0n ? asn.serials : null;
  const serials = written.serials ?? (item.tracksSerial ? all : null);
  if (item.tracksLot && lot === null) {
    errors.push({ path: `${path}.lot`, message: 'is missing', expected: 'the lot' });
  }
  if (!item.tracksLot && written.lot !== undefined) {
    const expected = 'no lot';
    const message = 'is given for an item without lots';
    errors.push({ path: `${path}.lot`, message, expected, found: written.lot });
  }
  if (item.tracksSerial && BigInt(serials?.length ?? 0) !== quantity) {
    const expected = `${quantity} serials`;
    const found = `${serials?.length ?? 0} serials`;
    errors.push({ path: `${path}.serials`, message: 'must be one a unit', expected, found });
  }
  return {
    lot,
    expiresOn: written.expiresOn ?? announced?.expiresOn ?? null,
    manufacturedOn: written.manufacturedOn ?? announced?.manufacturedOn ?? null,
    serials: serials === null ? null : [...serials],
  };
}

/** @throws Problem over-receipt, wrong-state */
async function checkQuantities(tx: Tx, dock: Dock, planned: readonly Planned[]): Promise<void> {
  const posting = await queries.postingQuantities(
    tx,
    [...dock.orders.values()].map(({ id }) => id),
  );
  const taken = new Map(posting.map((row) => [`${row.orderId}/${row.line}`, row.quantity]));
  for (const { order: line, row } of planned) {
    const number = [...dock.orders.values()].find(({ id }) => id === line.orderId)!.number;
    if (!isReceivable(line)) {
      const detail = `Line ${line.line} of ${number} is ${line.state.replaceAll('_', ' ')}.`;
      throw new Problem(wrongState, detail, { number, line: line.line, state: line.state });
    }
    const key = `${line.orderId}/${line.line}`;
    const before = taken.get(key) ?? 0n;
    const most = acceptable(line, before);
    taken.set(key, before + row.quantity);
    if (row.quantity <= most) continue;
    const shown = (quantity: bigint) => formatDecimal(quantity, line.scale);
    const detail = `Line ${line.line} of ${number} takes ${shown(most)} more of ${line.item}.`;
    throw new Problem(overReceipt, detail, {
      purchaseOrder: number,
      line: line.line,
      item: line.item,
      ordered: shown(line.quantity),
      received: shown(line.received),
      toleranceBasisPoints: line.overReceiptBasisPoints,
      acceptable: shown(most),
      requested: shown(row.quantity),
    });
  }
}

/** Goods for sale must keep as long as their item says. @throws Problem shelf-life-too-short */
async function checkShelfLife(tx: Tx, dock: Dock, planned: readonly Planned[]): Promise<void> {
  for (const { order, row, expiresOn, isForced } of planned) {
    const item = dock.items.get(order.item)!;
    if (!item.tracksExpiry || isForced) continue;
    const known = expiresOn ?? (await queries.expiryOfLot(tx, item.itemId, row.lot ?? ''));
    if (known === null) continue;
    const required = item.minLifeReceiptDays ?? 0;
    const left = daysBetween(dock.day, known);
    if (left >= required) continue;
    const detail = `${order.item} lot ${row.lot} keeps ${left} days of the ${required} required.`;
    const extras = { item: order.item, lot: row.lot, expiresOn: known, days: left, required };
    throw new Problem(shelfLifeTooShort, detail, extras);
  }
}

function movementOf(inbound: Inbound, dock: Dock, planned: Planned, number: string): MovementLine {
  const { row, order, expiresOn, manufacturedOn, serials } = planned;
  return {
    kind: 'receipt',
    item: order.item,
    quantity: formatDecimal(row.quantity, order.scale),
    from: dock.supplierLocation,
    to: {
      location: row.location,
      ...(row.lpn === null ? {} : { lpn: row.lpn }),
      disposition: row.disposition as 'sellable',
    },
    owner: dock.order.owner,
    ...(row.lot === null ? {} : { lot: row.lot }),
    ...(expiresOn === null ? {} : { expiresOn }),
    ...(manufacturedOn === null ? {} : { manufacturedOn }),
    ...(serials === null ? {} : { serials: [...serials] }),
    ...(row.carriesValue ? { value: formatMoney(row.value, inbound.houseDigits) } : {}),
    document: { type: RECEIPT, number },
    occurredAt: dock.occurredAt.toISOString(),
  };
}

/** Locations must be places of the site that the goods were ordered for. */
async function checkLocations(
  tx: Tx,
  dock: Dock,
  written: WrittenReceipt,
  errors: FieldError[],
): Promise<void> {
  const places = await queries.placesOf(
    tx,
    dock.order.siteId,
    written.lines.map(({ location }) => location),
  );
  for (const [index, { location }] of written.lines.entries()) {
    if (places.has(location)) continue;
    const path = `body.lines.${index}.location`;
    const expected = `the code of an active place in ${dock.order.site}`;
    errors.push({ path, message: 'does not fit', expected, found: location });
  }
}

/**
 * Takes goods in: checks them against what was ordered, and writes down what the ledger is to
 * post. {@link completeReceipt} does the rest when it has.
 * @returns the number of the receipt.
 * @throws Problem invalid-request, over-receipt, shelf-life-too-short, wrong-state,
 * exchange-rate-missing.
 */
export async function createReceipt(
  inbound: Inbound,
  tx: Tx,
  written: WrittenReceipt,
  by: By,
): Promise<string> {
  const errors: FieldError[] = [];
  const dock = await openDock(inbound, tx, written, by);
  await checkLocations(tx, dock, written, errors);
  const planned = written.lines.flatMap((line, index) => {
    const path = `body.lines.${index}`;
    return planLine(inbound, dock, line, written.purchaseOrder, path, errors) ?? [];
  });
  refuseFields(errors);
  await checkQuantities(tx, dock, planned);
  await checkShelfLife(tx, dock, planned);
  const { ownerId, supplierId, supplier, siteId, owner } = dock.order;
  const { number } = await queries.insertReceipt(
    tx,
    {
      ...{ ownerId, supplierId, supplier, siteId },
      asnId: dock.asn?.id ?? null,
      reference: written.reference ?? null,
      occurredAt: dock.occurredAt,
    },
    planned.map(({ row }) => row),
    by,
  );
  const units = planned.flatMap(({ row, lpnType }): NewHandlingUnit[] =>
    row.lpn === null ? [] : [{ lpn: row.lpn, type: lpnType, location: row.location, owner }],
  );
  const lines = planned.map((each) => movementOf(inbound, dock, each, number));
  const steps = [{ kind: 'post' as const, lines, units }];
  const ref = { type: RECEIPT, number, operation: 'receive' };
  await openOperation(tx, ref, steps, by);
  const document = { type: RECEIPT, number };
  await recordHistory(tx, [{ ownerId, document, action: 'created', toState: 'posting' }], by);
  return number;
}

/** The whole receipt. @throws Problem not-found */
export async function showReceipt(
  inbound: Inbound,
  tx: Tx,
  number: string,
): Promise<ReceiptAnswer> {
  const receipt = await queries.findReceipt(tx, number);
  if (!receipt) throw missing('receipt', number);
  const lines = await queries.readReceiptLines(tx, receipt.id);
  return view.showReceipt(receipt, lines, inbound.houseDigits);
}
