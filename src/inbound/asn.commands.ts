import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import type { FieldError } from '../platform/problems.ts';
import type { AsnAnswer, NewAsnLine } from './asn.queries.ts';
import * as queries from './asn.queries.ts';
import { type AsnUnit, isSscc } from './asn.ts';
import { type By, checkVersion, missing, refuseFields, requireTransition } from './inbound.ts';
import { loadBuyable } from './lookup.queries.ts';
import {
  lockOrders,
  type OrderLine,
  type PurchaseOrder,
  readLines,
} from './purchase-order.queries.ts';
import { readQuantity } from './purchase-order.ts';
import { ASN_TRANSITIONS, EXPECTING } from './states.ts';

export const ASN = 'asn';

/** A notice as a request writes it. */
export interface WrittenAsn {
  readonly purchaseOrder: string;
  readonly reference?: string | undefined;
  readonly carrier?: string | undefined;
  readonly trackingNumber?: string | undefined;
  readonly expectedOn: string;
  readonly units?:
    | readonly {
        readonly type: 'pallet' | 'parcel';
        readonly sscc?: string | undefined;
        readonly lpn?: string | undefined;
      }[]
    | undefined;
  readonly lines: readonly {
    readonly purchaseOrder?: string | undefined;
    readonly line: number;
    readonly quantity: string;
    readonly level?: string | undefined;
    readonly lot?: string | undefined;
    readonly expiresOn?: string | undefined;
    readonly manufacturedOn?: string | undefined;
    readonly serials?: readonly string[] | undefined;
    readonly unit?: number | undefined;
  }[];
}

/**
 * Locks the purchase orders with these numbers, sorted by id; unknown ones become field errors,
 * and so do those of another supplier, site or owner than the first.
 */
export async function lockTogether(
  tx: Tx,
  numbers: ReadonlyMap<string, string>,
  errors: FieldError[],
): Promise<{ orders: Map<string, PurchaseOrder>; lines: OrderLine[] }> {
  const { rows } = await tx.query<{ id: number }>(
    'SELECT purchase_order_id AS id FROM inbound.purchase_order WHERE number = ANY($1)',
    [[...numbers.keys()]],
  );
  const ids = rows.map(({ id }) => id);
  const found = await lockOrders(tx, ids);
  const orders = new Map(found.map((order) => [order.number, order]));
  const [first] = found;
  for (const [number, path] of numbers) {
    const order = orders.get(number);
    const expected = 'a purchase order of the same supplier, site and owner';
    if (!order) errors.push({ path, message: 'does not exist', expected, found: number });
    else if (
      order.supplierId !== first?.supplierId ||
      order.siteId !== first.siteId ||
      order.ownerId !== first.ownerId
    ) {
      errors.push({ path, message: 'does not fit the others', expected, found: number });
    }
  }
  return { orders, lines: await readLines(tx, ids) };
}

function readUnits(written: WrittenAsn, errors: FieldError[]): AsnUnit[] {
  return (written.units ?? []).map(({ type, sscc, lpn }, index) => {
    if (sscc !== undefined && !isSscc(sscc)) {
      const expected = '18 digits with a right check digit';
      const path = `body.units.${index}.sscc`;
      errors.push({ path, message: 'is no SSCC', expected, found: sscc });
    }
    return { unit: index + 1, type, sscc: sscc ?? null, lpn: lpn ?? null };
  });
}

/**
 * Records a notice of purchase order lines that still wait for goods.
 * @throws Problem invalid-request.
 */
export async function createAsn(tx: Tx, written: WrittenAsn, by: By): Promise<AsnAnswer> {
  const errors: FieldError[] = [];
  const numbers = new Map([[written.purchaseOrder, 'body.purchaseOrder']]);
  for (const [index, { purchaseOrder }] of written.lines.entries()) {
    if (purchaseOrder === undefined || numbers.has(purchaseOrder)) continue;
    numbers.set(purchaseOrder, `body.lines.${index}.purchaseOrder`);
  }
  const { orders, lines: ordered } = await lockTogether(tx, numbers, errors);
  refuseFields(errors);
  const order = orders.get(written.purchaseOrder)!;
  const units = readUnits(written, errors);
  const items = await loadBuyable(
    tx,
    ordered.map(({ item }) => item),
  );
  const lines = written.lines.flatMap((line, index): NewAsnLine[] => {
    const path = `body.lines.${index}`;
    const { id } = orders.get(line.purchaseOrder ?? written.purchaseOrder)!;
    const own = ordered.find((each) => each.orderId === id && each.line === line.line);
    if (!own || !EXPECTING.includes(own.state)) {
      const message = own ? `is ${own.state.replaceAll('_', ' ')}` : 'does not exist';
      const expected = 'a line that waits for goods';
      errors.push({ path: `${path}.line`, message, expected, found: String(line.line) });
      return [];
    }
    if (line.unit !== undefined && line.unit > units.length) {
      const expected = 'the number of one of `units`';
      const found = String(line.unit);
      errors.push({ path: `${path}.unit`, message: 'does not exist', expected, found });
    }
    const quantity = readQuantity(line, items.get(own.item)!, path, errors);
    if (quantity === undefined) return [];
    return [
      {
        orderId: id,
        orderLine: own.line,
        itemId: own.itemId,
        quantity,
        lot: line.lot ?? null,
        expiresOn: line.expiresOn ?? null,
        manufacturedOn: line.manufacturedOn ?? null,
        serials: line.serials ? [...line.serials] : null,
        unit: line.unit ?? null,
      },
    ];
  });
  refuseFields(errors);
  const { ownerId, supplierId, supplier, siteId } = order;
  const { expectedOn, reference = null, carrier = null, trackingNumber = null } = written;
  const head = { ownerId, supplierId, supplier, siteId, expectedOn, reference, carrier, units };
  const { number } = await queries.insertAsn(tx, { ...head, trackingNumber }, lines, by);
  const document = { type: ASN, number };
  const entry = { ownerId, document, action: 'announced', toState: 'announced' };
  await recordHistory(tx, [entry], by);
  return showAsn(tx, number);
}

/** The whole notice. @throws Problem not-found */
export async function showAsn(tx: Tx, number: string): Promise<AsnAnswer> {
  const asn = await queries.findAsn(tx, number);
  if (!asn) throw missing('advance shipping notice', number);
  return queries.showAsn(asn, await queries.readAsnLines(tx, asn.id));
}

/** Nothing more of it will come. @throws Problem not-found, wrong-state */
export async function closeAsn(
  tx: Tx,
  number: string,
  version: number | undefined,
  by: By,
): Promise<AsnAnswer> {
  const asn = await queries.findAsn(tx, number, true);
  if (!asn) throw missing('advance shipping notice', number);
  checkVersion(asn, version);
  const state = requireTransition(ASN_TRANSITIONS, 'close', asn);
  await queries.updateAsn(tx, asn, new Map(), state, by);
  const document = { type: ASN, number };
  const entry = { ownerId: asn.ownerId, document, action: 'closed' };
  await recordHistory(tx, [{ ...entry, fromState: asn.state, toState: state }], by);
  return showAsn(tx, number);
}
