import { formatDecimal } from '../../platform/quantity.ts';
import type { DemoCatalogue, DemoItem, DemoSupplier } from '../catalogue/index.ts';
import { createRandom, type Random } from '../random.ts';
import type { Desk } from './client.ts';

/** How far a purchase order of the demo has come. */
type Stage = 'draft' | 'sent' | 'notified' | 'partly received' | 'invoiced' | 'held' | 'landed';

/** Every stage is there, the finished ones more often. */
const STAGES: readonly Stage[] = [
  ...(['invoiced', 'landed', 'sent', 'held', 'invoiced', 'notified'] as const),
  ...(['partly received', 'invoiced', 'draft', 'invoiced'] as const),
];
const LINES_A_ORDER = 4;
/** Countries whose suppliers are paid in another currency. */
const CURRENCIES: Readonly<Record<string, string>> = {
  GB: 'GBP',
  CN: 'USD',
  TW: 'USD',
  MY: 'USD',
  KR: 'USD',
  BD: 'USD',
};
/** House currency for one unit. */
const RATES: Readonly<Record<string, number>> = { EUR: 1, USD: 0.9, GBP: 1.15 };
const TAX_BASIS_POINTS = 1900;

interface Buying {
  readonly desk: Desk;
  readonly random: Random;
  readonly catalogue: DemoCatalogue;
  /** Today, YYYY-MM-DD. */
  readonly today: string;
}

function currencyOf(supplier: DemoSupplier): string {
  const { country } = supplier.body.address as { country: string };
  return CURRENCIES[country] ?? 'EUR';
}

function dayAfter(today: string, days: number): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Items of the house that a supplier sells. */
function soldBy({ catalogue }: Buying, supplier: DemoSupplier): DemoItem[] {
  const { location } = supplier;
  return catalogue.items.filter((item) => item.supplier === location && item.owner === null);
}

/** Plain ones of them: nothing to scan but the item. */
function itemsOf(buying: Buying, supplier: DemoSupplier): DemoItem[] {
  return soldBy(buying, supplier).filter(
    (item) =>
      item.storage === 'ambient' &&
      !item.tracksLot &&
      !item.tracksSerial &&
      item.shelfLifeDays === null &&
      item.quantityScale === 0,
  );
}

/** The price in the supplier's currency, with two digits. */
function priceOf(item: DemoItem, currency: string, factor = 1): string {
  const price = (Number(item.unitCostCents) / 100 / (RATES[currency] ?? 1)) * factor;
  return `${Math.max(1, Math.floor(price * 100 + 0.5)) / 100}`;
}

async function makeSuppliers(buying: Buying): Promise<void> {
  const { desk, catalogue, random } = buying;
  const { suppliers } = catalogue;
  await desk.made(
    '/v1/suppliers',
    'suppliers',
    suppliers.map((supplier) => ({
      code: supplier.code,
      name: supplier.body.name,
      site: supplier.code,
      currency: currencyOf(supplier),
      paymentTermsDays: 30,
      incoterm: currencyOf(supplier) === 'EUR' ? 'DAP' : 'FOB',
      approvalLimit: '25000',
      priceToleranceBasisPoints: 100,
      overReceiptBasisPoints: 200,
    })),
  );
  const pairs = suppliers.flatMap((supplier) =>
    soldBy(buying, supplier).map((item) => ({ supplier, item })),
  );
  await desk.made(
    '/v1/supplier-items',
    'supplierItems',
    pairs.map(({ supplier, item }) => ({
      ...{ supplier: supplier.code, item: item.sku, supplierSku: `${supplier.index}-${item.sku}` },
      minimumQuantity: formatDecimal(item.caseQuantity, item.quantityScale),
      packMultiple: formatDecimal(item.caseQuantity, item.quantityScale),
      leadTimeDays: random.integer(4, 35),
    })),
  );
  const validFrom = dayAfter(buying.today, -365);
  await desk.made(
    '/v1/supplier-prices',
    'supplierPrices',
    pairs.flatMap(({ supplier, item }) => {
      const currency = currencyOf(supplier);
      const base = { supplier: supplier.code, item: item.sku, currency, validFrom };
      const many = formatDecimal(item.caseQuantity * 20n, item.quantityScale);
      return [
        { ...base, minimumQuantity: '0', unitPrice: priceOf(item, currency) },
        { ...base, minimumQuantity: many, unitPrice: priceOf(item, currency, 0.95) },
      ];
    }),
  );
}

interface Bought {
  readonly number: string;
  readonly currency: string;
  readonly lines: readonly { line: number; item: string; quantity: string; unitPrice: string }[];
  readonly site: DemoCatalogue['sites'][number];
  readonly key: string;
}

async function order(buying: Buying, supplier: DemoSupplier, key: string): Promise<Bought> {
  const { desk, random, catalogue, today } = buying;
  const site = random.pick(catalogue.sites);
  const items = random.shuffled(itemsOf(buying, supplier)).slice(0, LINES_A_ORDER);
  const body = {
    supplier: supplier.code,
    site: site.code,
    reference: `Week ${random.integer(40, 47)}`,
    lines: items.map((item) => ({
      item: item.sku,
      quantity: `${item.caseQuantity * BigInt(random.integer(2, 8))}`,
      expectedOn: dayAfter(today, random.integer(2, 21)),
      taxBasisPoints: TAX_BASIS_POINTS,
    })),
  };
  const made = await desk.done('/v1/purchase-orders', body, key);
  return { number: made.number, currency: made.currency, lines: made.lines, site, key };
}

async function receive({ desk, random }: Buying, bought: Bought, share: number): Promise<string> {
  const { number, lines, site, key } = bought;
  const location = random.pick(site.docks);
  const body = {
    purchaseOrder: number,
    reference: `DN-${number}`,
    lines: lines.map(({ line, quantity }) => ({
      ...{ line, location },
      quantity: `${Math.max(1, Math.floor(Number(quantity) * share))}`,
    })),
  };
  return (await desk.done('/v1/receipts', body, `${key}-receipt`)).number;
}

/** The supplier's bill for everything; `factor` makes it dearer than was agreed. */
async function bill(buying: Buying, supplier: string, bought: Bought, factor: number) {
  const { desk, today } = buying;
  const { number, currency, lines, key } = bought;
  const cents = lines.map(({ quantity, unitPrice }) =>
    Math.floor(Number(quantity) * Number(unitPrice) * factor * 100 + 0.5),
  );
  const tax = cents.reduce((sum, each) => sum + Math.floor((each * 19) / 100 + 0.5), 0);
  const body = {
    ...{ supplier, reference: `RE-${number}`, currency, invoicedOn: today },
    taxAmount: (tax / 100).toFixed(2),
    lines: lines.map(({ line, quantity }, i) => ({
      ...{ purchaseOrder: number, line, quantity },
      amount: ((cents[i] ?? 0) / 100).toFixed(2),
    })),
  };
  return desk.done('/v1/supplier-invoices', body, `${key}-invoice`);
}

async function goOn(
  buying: Buying,
  supplier: DemoSupplier,
  bought: Bought,
  stage: Stage,
): Promise<Bought | undefined> {
  const { desk, today } = buying;
  const { number, lines, key } = bought;
  const path = `/v1/purchase-orders/${number}`;
  if (stage === 'draft') return undefined;
  const { state } = await desk.done(`${path}/submit`, {}, `${key}-submit`);
  // What needs a second pair of eyes stays until somebody approves it.
  if (state === 'awaiting_approval') return undefined;
  await desk.done(`${path}/send`, {}, `${key}-send`);
  if (stage === 'sent') return bought;
  if (stage === 'notified') {
    const notice = {
      ...{ purchaseOrder: number, reference: `ASN-${number}`, carrier: 'Kestrel Freight' },
      expectedOn: dayAfter(today, 3),
      lines: lines.map(({ line, quantity }) => ({ line, quantity })),
    };
    await desk.done('/v1/asns', notice, `${key}-asn`);
    return bought;
  }
  const receipt = await receive(buying, bought, stage === 'partly received' ? 0.5 : 1);
  if (stage === 'partly received') return undefined;
  const invoice = await bill(buying, supplier.code, bought, stage === 'held' ? 1.12 : 1);
  if (invoice.state === 'held') return undefined;
  await desk.done(`/v1/supplier-invoices/${invoice.number}/approve`, {}, `${key}-approve`);
  if (stage === 'landed') await landed(buying, supplier, receipt, key);
  return undefined;
}

/** Freight that is billed later: it follows the goods, those that are sold already too. */
async function landed(
  { desk, today }: Buying,
  supplier: DemoSupplier,
  receipt: string,
  key: string,
) {
  const body = {
    ...{ supplier: supplier.code, reference: `FR-${receipt}`, kind: 'freight', basis: 'value' },
    ...{ amount: '86.40', incurredOn: today, receipts: [{ receipt }] },
  };
  const made = await desk.done('/v1/landed-costs', body, `${key}-freight`);
  await desk.done(`/v1/landed-costs/${made.number}/post`, {}, `${key}-freight-post`);
}

/** Suppliers with prices, and purchase orders in every stage of their lives. */
export async function seedBuying(
  desk: Desk,
  catalogue: DemoCatalogue,
  options: { readonly seed: string; readonly today: string; readonly orders: number },
  onDone: () => void,
): Promise<void> {
  const random = createRandom(options.seed, 'buying');
  const buying: Buying = { desk, random, catalogue, today: options.today };
  for (const [currency, rate] of Object.entries(RATES)) {
    if (currency === 'EUR') continue;
    const validOn = dayAfter(options.today, -120);
    await desk.tried(
      '/v1/exchange-rates',
      { currency, validOn, rate: `${rate}` },
      `rate-${currency}`,
    );
  }
  await makeSuppliers(buying);
  const buyer = createBuyer(desk, catalogue, { random, today: () => options.today });
  for (let n = 0; n < options.orders && buyer; n += 1) {
    await buyer.buy(n);
    onDone();
  }
}

export interface Buyer {
  /**
   * Buys the `n`th purchase order and takes it as far as its turn says.
   * @returns what receives it, when it has not arrived yet.
   */
  buy(n: number): Promise<(() => Promise<void>) | undefined>;
}

/** Buys from suppliers that deliver enough kinds of items; undefined where there are none. */
export function createBuyer(
  desk: Desk,
  catalogue: DemoCatalogue,
  { random, today }: { readonly random: Random; readonly today: () => string },
): Buyer | undefined {
  const buying: Buying = {
    ...{ desk, random, catalogue },
    get today() {
      return today();
    },
  };
  const able = catalogue.suppliers.filter(
    (supplier) => itemsOf(buying, supplier).length >= LINES_A_ORDER,
  );
  if (able.length === 0) return undefined;
  return {
    async buy(n) {
      const supplier = able[n % able.length]!;
      const bought = await order(buying, supplier, `po-${n}`);
      const waits = await goOn(buying, supplier, bought, STAGES[n % STAGES.length]!);
      if (!waits) return undefined;
      return async () => {
        await receive(buying, waits, 1);
        const invoice = await bill(buying, supplier.code, waits, 1);
        if (invoice.state === 'held') return;
        const path = `/v1/supplier-invoices/${invoice.number}/approve`;
        await desk.done(path, {}, `${waits.key}-approve`);
      };
    },
  };
}
