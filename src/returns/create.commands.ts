import type { Principal } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { Problem } from '../platform/problems.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { rateOn } from '../platform/rates.ts';
import { type Claim, changeClaimed, type NewClaim, openClaims } from './claims.queries.ts';
import type { ReturnTerms } from './policy.ts';
import { returnBeyondShipped, returnWindowOver } from './problems.ts';
import {
  type Collector,
  channelExists,
  createCollector,
  findItems,
  findOwner,
  findReturnSite,
  readMoney,
  readUnitPrice,
  readUnits,
} from './resolve.ts';
import { insertLines, insertRma, type NewRmaLine, readTerms } from './rma.queries.ts';
import { daysAfter, documentOf, windowEnd } from './rma.ts';
import { readSale, type Sale, type SoldLine } from './sales.queries.ts';
import type { CreateBody } from './schemas.ts';
import { type By, type Returns, refuseFields } from './service.ts';
import type { ReturnState } from './states.ts';

/** What a return is made of, whether a sales order stands behind it or not. */
interface Origin {
  readonly ownerId: number;
  readonly channel: string | null;
  readonly customer: string | null;
  readonly currency: string;
  readonly rate: string | null;
  readonly shippedAt: Date | null;
}

interface DraftLine {
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  readonly orderLine: number | null;
  readonly units: bigint;
  readonly price: Pick<NewClaim, 'unitPrice' | 'discount' | 'tax'>;
}

const NO_PRICE = { unitPrice: null, discount: 0n, tax: 0n } as const;
const LINE_IS_NOT_THERE: DraftLine = {
  itemId: 0,
  sku: '',
  scale: 0,
  orderLine: null,
  units: 0n,
  price: NO_PRICE,
};

/**
 * Makes a return: of a sales order, or a blind one.
 * @returns its number.
 * @throws Problem invalid-request, return-window-over, return-beyond-shipped,
 * exchange-rate-missing.
 */
export async function createReturn(
  returns: Returns,
  tx: Tx,
  principal: Principal,
  body: CreateBody,
  by: By,
): Promise<string> {
  const collector = createCollector();
  const site = await findReturnSite(tx, collector, body.site);
  const sale = body.salesOrder === undefined ? undefined : await readSale(tx, body.salesOrder);
  if (body.salesOrder !== undefined && !sale) {
    collector.fail('salesOrder', 'does not exist', 'the number of a sales order', body.salesOrder);
  }
  const isBlind = body.salesOrder === undefined;
  const origin = isBlind
    ? await blindOrigin(returns, tx, collector, principal, body, by.at)
    : saleOrigin(collector, body, sale);
  refuseFields(collector.errors);
  if (!origin || !site) throw new Error('a field that is missing was not refused');
  const lines = sale
    ? linesOfSale(collector, sale, body)
    : await blindLines(tx, collector, body, origin);
  refuseFields(collector.errors);
  const terms = await readTerms(tx, origin.channel);
  if (!terms) throw new Error('the return policy of every channel is missing');
  const windowEndsAt = origin.shippedAt && windowEnd(origin.shippedAt, terms.windowDays);
  if (!body.override) refuseLate(windowEndsAt, by.at);
  const isAuthorised = terms.autoAuthorise || body.override !== undefined;
  const state: ReturnState = isAuthorised ? 'authorised' : 'requested';
  const rma = await insertRma(tx, {
    ...origin,
    customer: body.customer ?? origin.customer,
    salesOrder: sale?.number ?? null,
    siteId: site.siteId,
    state,
    terms,
    overrideNote: body.override?.note ?? null,
    overrideBy: body.override ? by.actorId : null,
    carrier: body.carrier ?? null,
    trackingNumber: body.trackingNumber ?? null,
    labelUrl: body.labelUrl ?? null,
    expectedOn: body.expectedOn ?? null,
    notes: body.notes ?? null,
    windowEndsAt,
    expiresAt: isAuthorised ? expiryOf(terms, by.at) : null,
    createdBy: by.actorId,
    createdAt: by.at,
  });
  await writeLines(tx, { ...rma, ownerId: origin.ownerId, sale }, lines, body, state);
  const entry = {
    ownerId: origin.ownerId,
    document: documentOf(rma),
    action: 'created',
    toState: state,
    ...(body.override ? { note: body.override.note, details: { override: true } } : {}),
  };
  await recordHistory(tx, [entry], by);
  return rma.number;
}

/** When an authorisation of now ends. */
export function expiryOf(terms: ReturnTerms, at: Date): Date {
  return daysAfter(at, terms.expiresAfterDays);
}

/** @throws Problem return-window-over. */
export function refuseLate(windowEndsAt: Date | null, at: Date): void {
  if (windowEndsAt === null || at <= windowEndsAt) return;
  const ended = windowEndsAt.toISOString();
  throw new Problem(returnWindowOver, `It could be returned until ${ended}.`, {
    windowEndsAt: ended,
  });
}

function saleOrigin(
  collector: Collector,
  body: CreateBody,
  sale: Sale | undefined,
): Origin | undefined {
  for (const name of ['owner', 'channel', 'currency'] as const) {
    if (body[name] === undefined) continue;
    collector.fail(name, 'is said by the sales order', 'nothing', body[name]);
  }
  return sale;
}

async function blindOrigin(
  returns: Returns,
  tx: Tx,
  collector: Collector,
  principal: Principal,
  body: CreateBody,
  at: Date,
): Promise<Origin | undefined> {
  const owner = await findOwner(tx, collector, principal, body.owner);
  const { channel = null } = body;
  if (channel !== null && !(await channelExists(tx, channel))) {
    collector.fail('channel', 'does not exist', 'the code of a channel', channel);
  }
  if (!owner) return undefined;
  const currency = body.currency ?? returns.currency;
  const day = at.toISOString().slice(0, 'YYYY-MM-DD'.length);
  const rate = owner.isHouse ? await rateOn(tx, returns.currency, currency, day) : null;
  const { ownerId } = owner;
  return { ownerId, channel, customer: null, currency, rate, shippedAt: null };
}

function linesOfSale(collector: Collector, sale: Sale, body: CreateBody): DraftLine[] {
  return body.lines.map((asked, i) => {
    const path = `lines.${i}`;
    const sold = soldLineOf(sale, asked);
    if (!sold) {
      const field = asked.orderLine === undefined ? 'item' : 'orderLine';
      const found = String(asked[field] ?? '');
      collector.fail(`${path}.${field}`, 'is not on the sales order', 'a line of it', found);
      return LINE_IS_NOT_THERE;
    }
    if (asked.paid) collector.fail(`${path}.paid`, 'is said by the sales order', 'nothing');
    const units = readUnits(collector, `${path}.quantity`, asked.quantity, sold.scale);
    return {
      itemId: sold.itemId,
      sku: sold.sku,
      scale: sold.scale,
      orderLine: sold.line,
      units,
      price: sold,
    };
  });
}

function soldLineOf(
  sale: Sale,
  asked: { readonly orderLine?: number | undefined; readonly item?: string | undefined },
): SoldLine | undefined {
  const fits = sale.lines.filter(
    ({ line, sku }) =>
      (asked.orderLine === undefined || line === asked.orderLine) &&
      (asked.item === undefined || sku === asked.item),
  );
  if (asked.orderLine === undefined && asked.item === undefined) return undefined;
  return fits.find(({ shipped }) => shipped > 0n) ?? fits[0];
}

async function blindLines(
  tx: Tx,
  collector: Collector,
  body: CreateBody,
  { ownerId, currency }: Origin,
): Promise<DraftLine[]> {
  const skus = body.lines.flatMap(({ item }) => (item === undefined ? [] : [item]));
  const items = await findItems(tx, skus, ownerId);
  return body.lines.map((asked, i) => {
    const path = `lines.${i}`;
    if (asked.orderLine !== undefined) {
      collector.fail(`${path}.orderLine`, 'needs a sales order', 'nothing', `${asked.orderLine}`);
    }
    const item = items.get(asked.item ?? '');
    if (!item) {
      collector.fail(`${path}.item`, 'does not exist', 'the SKU of an item', asked.item ?? '');
      return LINE_IS_NOT_THERE;
    }
    const units = readUnits(collector, `${path}.quantity`, asked.quantity, item.quantityScale);
    const price = readPaid(collector, `${path}.paid`, asked.paid, currency);
    const { itemId, sku, quantityScale: scale } = item;
    return { itemId, sku, scale, orderLine: null, units, price };
  });
}

/** What a customer says that was paid for a line. */
export function readPaid(
  collector: Collector,
  path: string,
  paid: CreateBody['lines'][number]['paid'],
  currency: string,
): Pick<NewClaim, 'unitPrice' | 'discount' | 'tax'> {
  if (!paid) return NO_PRICE;
  return {
    unitPrice: readUnitPrice(collector, `${path}.unitPrice`, paid.unitPrice, currency),
    discount: readMoney(collector, `${path}.discount`, paid.discount, currency),
    tax: readMoney(collector, `${path}.tax`, paid.tax, currency),
  };
}

/** Claims what the lines ask for, and writes them. */
async function writeLines(
  tx: Tx,
  rma: { rmaId: number; number: string; ownerId: number; sale: Sale | undefined },
  lines: readonly DraftLine[],
  body: CreateBody,
  state: ReturnState,
): Promise<void> {
  const { sale, ownerId } = rma;
  const opened = sale
    ? claimsOfSale(sale, new Set(lines.map(({ orderLine }) => orderLine)))
    : lines.map((line, i): NewClaim => blindClaim(rma, i + 1, line));
  const claims = await openClaims(tx, opened);
  const document = sale?.number ?? rma.number;
  for (const [i, line] of lines.entries()) {
    const claim = claims.find((one) => one.line === (line.orderLine ?? i + 1))!;
    const own = lines.filter(({ orderLine }) => sale && orderLine === line.orderLine);
    const asked = own.length > 0 ? own.reduce((sum, { units }) => sum + units, 0n) : line.units;
    refuseBeyondShipped(claim, asked, line);
    await changeClaimed(tx, document, claim.line, line.units);
  }
  const rows = lines.map((line, i): NewRmaLine => {
    const asked = body.lines[i]!;
    return {
      line: i + 1,
      itemId: line.itemId,
      orderLine: line.orderLine,
      reason: asked.reason,
      comment: asked.comment ?? null,
      isUnexpected: false,
      state,
      expected: line.units,
    };
  });
  await insertLines(tx, { rmaId: rma.rmaId, ownerId }, rows);
}

/** The claims of lines of a sale, as they are when nothing is claimed. */
export function claimsOfSale(sale: Sale, wanted: ReadonlySet<number | null>): NewClaim[] {
  return sale.lines
    .filter(({ line }) => wanted.has(line))
    .map((line) => ({
      document: sale.number,
      line: line.line,
      ownerId: sale.ownerId,
      itemId: line.itemId,
      sold: line.shipped,
      pricedQuantity: line.ordered,
      unitPrice: line.unitPrice,
      discount: line.discount,
      tax: line.tax,
    }));
}

/** The claim of a line without a sales order: what is said to come is what was sold. */
export function blindClaim(
  rma: { readonly number: string; readonly ownerId: number },
  line: number,
  draft: Pick<DraftLine, 'itemId' | 'units' | 'price'>,
): NewClaim {
  const { unitPrice, discount, tax } = draft.price;
  return {
    document: rma.number,
    line,
    ownerId: rma.ownerId,
    itemId: draft.itemId,
    sold: draft.units,
    pricedQuantity: unitPrice === null ? null : draft.units,
    unitPrice,
    discount,
    tax,
  };
}

/** @throws Problem return-beyond-shipped with the figures. */
export function refuseBeyondShipped(
  claim: Pick<Claim, 'sold' | 'claimed' | 'line'>,
  units: bigint,
  item: { readonly sku: string; readonly scale: number },
): void {
  const open = claim.sold - claim.claimed;
  if (units <= open) return;
  const figure = (amount: bigint) => formatDecimal(amount, item.scale);
  const detail = `${figure(units)} of ${item.sku} asked for, ${figure(open)} can be returned.`;
  throw new Problem(returnBeyondShipped, detail, {
    orderLine: claim.line,
    item: item.sku,
    requested: figure(units),
    shipped: figure(claim.sold),
    claimed: figure(claim.claimed),
    open: figure(open),
  });
}
