import { type DemoCatalogue, SELLERS } from '../catalogue/index.ts';
import { createRandom, type Random } from '../random.ts';
import type { Desk } from './client.ts';

/** How far a sales order of the demo has come. */
type Stage = 'shipped' | 'returned' | 'refunded' | 'released' | 'open' | 'held' | 'cancelled';

const STAGES: readonly Stage[] = [
  ...(['shipped', 'open', 'shipped', 'refunded', 'released', 'shipped', 'held'] as const),
  ...(['shipped', 'returned', 'open', 'shipped', 'cancelled'] as const),
];

export const CHANNELS = [
  { code: 'WEB', name: 'Web shop', priority: 50 },
  { code: 'MARKET', name: 'Marketplace', priority: 60, serviceLevel: 'standard' },
  { code: 'B2B', name: 'Sales desk', priority: 70, backorder: 'allow', shipmentPolicy: 'complete' },
] as const;

type City = readonly [city: string, country: string, postalCode: string, at: string];
const CITIES: readonly City[] = [
  ['Berlin', 'DE', '10115', '52.53 13.38'],
  ['Munich', 'DE', '80331', '48.14 11.57'],
  ['Vienna', 'AT', '1010', '48.21 16.37'],
  ['Lyon', 'FR', '69001', '45.77 4.83'],
  ['Milan', 'IT', '20121', '45.47 9.19'],
  ['Utrecht', 'NL', '3511', '52.09 5.12'],
  ['Madrid', 'ES', '28001', '40.42 -3.69'],
  ['Gdansk', 'PL', '80-001', '54.35 18.65'],
];
const NAMES = ['A. Winter', 'M. Sorel', 'J. Okafor', 'L. Brandt', 'C. Ferro', 'P. Lindqvist'];
const MARKUP = 1.6;
const TAX = 0.19;
const CENTS = 100;

/** An item of the house that is for sale, with its price in cents. */
interface Offer {
  readonly item: string;
  readonly priceCents: number;
}

interface Selling {
  readonly desk: Desk;
  readonly random: Random;
  readonly offers: readonly Offer[];
  readonly catalogue: DemoCatalogue;
}

interface StockRow {
  readonly item: string;
  readonly owner: string;
  readonly onHand: string;
}

const PLENTY = 20;

/** Items that are there in plenty: what the demo sells it also has. */
async function findOffers(desk: Desk, catalogue: DemoCatalogue): Promise<Offer[]> {
  const sellers = new Set<string>(SELLERS.map(({ code }) => code));
  const plain = new Map(
    catalogue.items
      .filter((item) => !item.tracksSerial && !item.tracksLot && item.quantityScale === 0)
      .map((item) => [item.sku, item]),
  );
  const offers = new Map<string, Offer>();
  for (const { code } of catalogue.sites) {
    const query = `site=${code}&disposition=sellable&groupBy=item,owner&limit=1000`;
    const { items } = await desk.get(`/v1/stock?${query}`);
    for (const { item: sku, owner, onHand } of items as StockRow[]) {
      const item = plain.get(sku);
      if (!item || sellers.has(owner) || Number(onHand) < PLENTY) continue;
      const priceCents = Math.max(1, Math.floor(Number(item.unitCostCents) * MARKUP + 0.5));
      offers.set(sku, { item: sku, priceCents });
    }
  }
  return [...offers.values()].sort((a, b) => (a.item < b.item ? -1 : 1));
}

function money(cents: number): string {
  return (cents / CENTS).toFixed(2);
}

function bodyOf({ random, offers }: Selling, n: number): Record<string, unknown> {
  const [city, country, postalCode, at] = random.pick(CITIES);
  const [latitude, longitude] = at.split(' ').map(Number);
  const chosen = random.shuffled(offers).slice(0, random.integer(1, 3));
  const channel = n % 6 === 5 ? 'B2B' : n % 4 === 3 ? 'MARKET' : 'WEB';
  const name = random.pick(NAMES);
  return {
    channel,
    customer: `C-${1000 + (n % 60)}`,
    ...(channel === 'WEB' ? {} : { channelReference: `${channel}-${70_000 + n}` }),
    shipTo: { name, lines: ['12 Market Street'], city, country, postalCode, latitude, longitude },
    shippingCharge: channel === 'B2B' ? '0' : '4.90',
    lines: chosen.map(({ item, priceCents }) => {
      const quantity = random.integer(1, 3);
      const tax = Math.floor(quantity * priceCents * TAX + 0.5);
      return { item, quantity: `${quantity}`, unitPrice: money(priceCents), tax: money(tax) };
    }),
  };
}

async function ship({ desk, random }: Selling, number: string, key: string): Promise<void> {
  const query = `salesOrder=${encodeURIComponent(number)}`;
  const { items } = await desk.get(`/v1/fulfilment-requests?${query}`);
  for (const [i, request] of (items as { number: string }[]).entries()) {
    const path = `/v1/fulfilment-requests/${encodeURIComponent(request.number)}/ship`;
    const trackingNumber = `KP${random.integer(10_000_000, 99_999_999)}`;
    await desk.tried(path, { carrier: 'Kestrel Parcel', trackingNumber }, `${key}-ship-${i}`);
  }
}

async function takeBack(selling: Selling, number: string, stage: Stage, key: string) {
  const { desk, random, catalogue } = selling;
  const sold = await desk.get(`/v1/sales-orders/${encodeURIComponent(number)}`);
  const [line] = sold.lines as { line: number; item: string; site: string | null }[];
  if (!line || sold.state !== 'shipped') return;
  const home = catalogue.sites.find(({ code }) => code === line.site) ?? catalogue.sites[0]!;
  const reason = random.pick(['changed_mind', 'damaged', 'not_as_described'] as const);
  const body = {
    ...{ salesOrder: number, site: home.code },
    lines: [{ orderLine: line.line, quantity: '1', reason }],
  };
  const made = await desk.tried('/v1/returns', body, `${key}-return`);
  if (!made || stage === 'returned') return;
  const path = `/v1/returns/${encodeURIComponent(made.number)}`;
  const scans = [{ item: line.item, quantity: '1', location: home.returns }];
  if (!(await desk.tried(`${path}/receipts`, { scans }, `${key}-arrive`))) return;
  const inspection = {
    ...{ receipt: 1, receiptLine: 1, grade: reason === 'damaged' ? 'poor' : 'as_new' },
    outcome: reason === 'damaged' ? { kind: 'dispose', reason: 'damage' } : { kind: 'restock' },
  };
  await desk.tried(`${path}/inspections`, inspection, `${key}-inspect`);
  await desk.tried(`${path}/refunds`, {}, `${key}-refund`);
}

export interface Seller {
  /**
   * Sells the `n`th sales order and takes it as far as its turn says.
   * @returns its number when it still has to be shipped.
   */
  sell(n: number): Promise<string | undefined>;
  /** Releases and ships what has waited. @param key of the requests. */
  finish(number: string, key: string): Promise<void>;
}

async function sell(selling: Selling, n: number): Promise<string | undefined> {
  const { desk } = selling;
  const stage = STAGES[n % STAGES.length]!;
  const key = `so-${n}`;
  const body = bodyOf(selling, n);
  const holds = stage === 'held' ? ['payment'] : [];
  const captured = await desk.tried('/v1/sales-orders', { ...body, holds }, key);
  if (!captured || stage === 'held') return undefined;
  if (stage === 'open') return captured.number;
  const path = `/v1/sales-orders/${encodeURIComponent(captured.number)}`;
  if (stage === 'cancelled') {
    await desk.tried(`${path}/cancel`, { reason: 'Ordered twice' }, `${key}-cancel`);
    return undefined;
  }
  const released = await desk.tried(`${path}/release`, {}, `${key}-release`);
  if (!released) return undefined;
  if (stage === 'released') return captured.number;
  await ship(selling, captured.number, key);
  if (stage !== 'shipped') await takeBack(selling, captured.number, stage, key);
  return undefined;
}

/** Sells what the demo has in plenty; undefined where there is nothing like that. */
export async function createSeller(
  desk: Desk,
  catalogue: DemoCatalogue,
  random: Random,
): Promise<Seller | undefined> {
  const offers = await findOffers(desk, catalogue);
  if (offers.length === 0) return undefined;
  const selling: Selling = { desk, random, offers, catalogue };
  return {
    sell: (n) => sell(selling, n),
    async finish(number, key) {
      const path = `/v1/sales-orders/${encodeURIComponent(number)}`;
      await desk.tried(`${path}/release`, {}, `${key}-release`);
      await ship(selling, number, key);
    },
  };
}

/** Channels, and sales orders in every stage of their lives, some of which came back. */
export async function seedSelling(
  desk: Desk,
  catalogue: DemoCatalogue,
  options: { readonly seed: string; readonly orders: number },
  onDone: () => void,
): Promise<void> {
  await desk.made('/v1/channels', 'channels', CHANNELS);
  const seller = await createSeller(desk, catalogue, createRandom(options.seed, 'selling'));
  for (let n = 0; n < options.orders && seller; n += 1) {
    await seller.sell(n);
    onDone();
  }
}
