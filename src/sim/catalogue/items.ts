import { formatDecimal } from '../../platform/quantity.ts';
import { hashText } from '../../platform/random.ts';
import { gtin13, gtin14, pad } from '../codes.ts';
import { createRandom, type Random } from '../random.ts';
import type { DemoScale } from '../scale.ts';
import { type Article, FAMILIES, type Family, type StorageKind } from './products.ts';
import { type DemoSupplier, supplierOf } from './suppliers.ts';

/** How fast an item sells: A the few that sell most, C the many that sell now and then. */
export const VELOCITIES = ['A', 'B', 'C'] as const;
export type Velocity = (typeof VELOCITIES)[number];

/** An item as the generator knows it. `body` is what the API is told. */
export interface DemoItem {
  readonly index: number;
  readonly sku: string;
  /** Code of the seller whose own item it is; null for the shared catalogue. */
  readonly owner: string | null;
  /** The virtual location that its supplies come from. */
  readonly supplier: string;
  readonly velocity: Velocity;
  /** Share of all demand, before it is spread over sites. */
  readonly weight: number;
  readonly storage: StorageKind;
  readonly tracksLot: boolean;
  readonly tracksSerial: boolean;
  /** Days from receipt to expiry; null where it does not expire. */
  readonly shelfLifeDays: number | null;
  readonly minLifeShipmentDays: number;
  readonly quantityScale: number;
  /** The smallest quantity a customer buys, and the multiples they buy: an integer at the scale. */
  readonly saleStep: bigint;
  /** What a supplier's case holds: an integer at the scale. */
  readonly caseQuantity: bigint;
  /** Of one base unit. */
  readonly unitVolumeMm3: number;
  /** Cents for one base unit. */
  readonly unitCostCents: bigint;
  readonly returnPercent: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Demand of the item at a rank, by Zipf's law with a flattened head (Mandelbrot, 1953). */
function demandAtRank(rank: number): number {
  return 1 / (rank + 8) ** 0.85;
}

const A_SHARE = 0.15;
const B_SHARE = 0.45;

/** What sellers send in comes from wherever they have it. */
const DEFAULT_SUPPLIER = 'SUPPLIER';

/** Every so many-th article of a family with a seller is that seller's own. */
const SELLERS_ITEM_EVERY = 3;

const CASE_SIZES = [6, 8, 10, 12, 20, 24] as const;
const CASE_WEIGHT_G_MAX = 16_000;
const CASE_VOLUME_MM3_MAX = 90_000_000;

/** Units a case: a usual number that a person can lift. */
function casePack(article: Article, random: Random): number {
  const [length, width, height] = article.sizeMm;
  const fitting = CASE_SIZES.filter(
    (units) =>
      units * article.weightG <= CASE_WEIGHT_G_MAX &&
      units * length * width * height <= CASE_VOLUME_MM3_MAX,
  );
  if (fitting.length > 0) return random.pick(fitting);
  return article.isLarge || article.weightG > CASE_WEIGHT_G_MAX / 2 ? 1 : 2;
}

/** Integer at the scale that base units make: kg and m are kept to the gram and centimetre. */
const SCALES = { each: 0, kg: 3, m: 2 } as const;
const SALE_STEPS = { each: 1n, kg: 250n, m: 50n } as const;

function storageOf(family: Family, article: Article): StorageKind {
  if (article.hazardClass !== null) return 'hazard';
  if (family.isChilled) return 'chilled';
  return article.isHighValue ? 'secure' : 'ambient';
}

interface Pack {
  readonly level: string;
  readonly units: number;
  readonly gtin: string;
  readonly sizeMm: readonly [number, number, number];
  readonly weightG: number;
}

const CASES_A_PALLET = 24;

/** The pack sizes of an article: one, a case, and a pallet of cases where it is not sold loose. */
function packsOf(article: Article, gtin: string, units: number): Pack[] {
  const [length, width, height] = article.sizeMm;
  const one = { level: 'each', units: 1, gtin, sizeMm: article.sizeMm, weightG: article.weightG };
  if (units === 1) return [one];
  const side = Math.cbrt(units * length * width * height * 1.1);
  const cube: Pack['sizeMm'] = [
    Math.round(side * 1.3),
    Math.round(side),
    Math.round((side * 10) / 13),
  ];
  const packed = units * article.weightG + 400;
  return [
    one,
    { level: 'case', units, gtin: gtin14(3, gtin), sizeMm: cube, weightG: packed },
    {
      level: 'pallet',
      units: units * CASES_A_PALLET,
      gtin: gtin14(5, gtin),
      sizeMm: [1200, 800, 1500],
      weightG: packed * CASES_A_PALLET + 22_000,
    },
  ];
}

function packBody({ level, units, gtin, sizeMm, weightG }: Pack) {
  const [lengthMm, widthMm, heightMm] = sizeMm;
  return { level, gtin, baseQuantity: String(units), lengthMm, widthMm, heightMm, weightG };
}

interface Entry {
  readonly family: Family;
  readonly article: Article;
}

/** Draws the articles of each family in its share; a family that has fewer gives all it has. */
function chooseArticles(scale: DemoScale, random: Random): Entry[] {
  const chosen = FAMILIES.flatMap((family) => {
    const wanted = Math.ceil((family.share * scale.items) / 1000);
    return random
      .shuffled(family.articles)
      .slice(0, wanted)
      .map((article) => ({ family, article }));
  });
  return random.shuffled(chosen).slice(0, scale.items);
}

/** Ranks entries by how much they sell: luck, and what the family sells. */
function rankByDemand(entries: readonly Entry[], random: Random): Entry[] {
  return entries
    .map((entry) => ({ entry, score: random.next() ** (1 / entry.family.demand) }))
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

function shelfLifeOf(family: Family, random: Random): number | null {
  return family.shelfLifeDays ? random.integer(...family.shelfLifeDays) : null;
}

/** Where an item stands among all by demand, from 0, and within its family, from 1. */
interface Place {
  readonly rank: number;
  readonly inFamily: number;
  readonly total: number;
}

/** Whom items belong to and come from. */
interface Parties {
  readonly sellers: readonly string[];
  readonly suppliers: readonly DemoSupplier[];
}

function makeItem(
  { family, article }: Entry,
  { rank, inFamily, total }: Place,
  parties: Parties,
  random: Random,
): DemoItem {
  const sku = `${family.code}-${pad(inFamily, 5)}`;
  const hasSeller = family.seller !== undefined && rank % SELLERS_ITEM_EVERY === 0;
  const owner = hasSeller ? (parties.sellers[family.seller ?? 0] ?? null) : null;
  const supplier = owner === null ? supplierOf(family.code, rank, parties.suppliers) : undefined;
  const units = casePack(article, random);
  const quantityScale = SCALES[article.soldBy];
  const one = 10n ** BigInt(quantityScale);
  const shelfLifeDays = shelfLifeOf(family, random);
  const [length, width, height] = article.sizeMm;
  const share = rank / total;
  const velocity = share < A_SHARE ? 'A' : share < B_SHARE ? 'B' : 'C';
  const unitCostCents = BigInt(Math.max(5, Math.round(article.priceCents * costShare(random))));
  const minLifeShipmentDays =
    shelfLifeDays === null ? 0 : Math.min(30, Math.floor(shelfLifeDays / 5));
  const item = {
    index: rank,
    sku,
    owner,
    supplier: supplier?.location ?? DEFAULT_SUPPLIER,
    velocity,
    weight: demandAtRank(rank),
    storage: storageOf(family, article),
    tracksLot: family.tracksLot,
    tracksSerial: article.hasSerial,
    shelfLifeDays,
    minLifeShipmentDays,
    quantityScale,
    saleStep: SALE_STEPS[article.soldBy],
    caseQuantity: BigInt(units) * one,
    unitVolumeMm3: length * width * height,
    unitCostCents,
    returnPercent: family.returnPercent,
  } as const;
  return { ...item, body: bodyOf(item, { family, article }, units, supplier) };
}

/** The item as the API is told it. */
function bodyOf(
  item: Omit<DemoItem, 'body'>,
  { family, article }: Entry,
  units: number,
  supplier: DemoSupplier | undefined,
) {
  const { sku, owner, tracksLot, tracksSerial, quantityScale, shelfLifeDays } = item;
  const gtin = gtin13(hashText(article.brand) % 10_000, item.index);
  const unitCost = formatDecimal(item.unitCostCents, 2);
  const expires = shelfLifeDays !== null;
  return {
    ...{ sku, owner, tracksLot, tracksSerial, quantityScale, shelfLifeDays },
    name: article.name,
    baseUnit: article.soldBy,
    tracksExpiry: expires,
    minLifeReceiptDays: expires ? Math.floor(shelfLifeDays / 2) : null,
    minLifeShipmentDays: expires ? item.minLifeShipmentDays : null,
    hazardClass: article.hazardClass,
    temperatureClass: family.isChilled ? 'chilled' : 'ambient',
    fragile: family.isFragile,
    highValue: article.isHighValue,
    orientation: article.name.includes('cleaner') ? 'upright' : 'any',
    costMethod: family.costMethod,
    standardUnitCost: family.costMethod === 'standard' ? unitCost : undefined,
    commodityCode: article.commodityCode,
    packaging: packsOf(article, gtin, units).map(packBody),
    attributes: {
      brand: article.brand,
      family: family.name,
      velocity: item.velocity,
      listPrice: formatDecimal(BigInt(article.priceCents), 2),
      unitCost,
      ...(supplier ? { supplier: supplier.code } : {}),
    },
  };
}

/** What a unit costs the shop as a share of its price. */
function costShare(random: Random): number {
  return 0.42 + random.next() * 0.28;
}

/** The items of the demo, best seller first. */
export function makeItems(seed: string, scale: DemoScale, parties: Parties): readonly DemoItem[] {
  const random = createRandom(seed, 'items');
  const ranked = rankByDemand(chooseArticles(scale, random), random);
  const counts = new Map<Family, number>();
  return ranked.map((entry, rank) => {
    const inFamily = (counts.get(entry.family) ?? 0) + 1;
    counts.set(entry.family, inFamily);
    return makeItem(entry, { rank, inFamily, total: ranked.length }, parties, random);
  });
}

/**
 * Which of the sites keep an item: all of them what sells fast, one or two what sells slowly. It
 * follows from the SKU alone, so that live traffic finds it again.
 */
export function sitesOf(sku: string, velocity: Velocity, siteCount: number): number[] {
  const hash = hashText(sku);
  const first = hash % siteCount;
  const wanted = { A: siteCount, B: 2 + ((hash >>> 8) & 1), C: 1 + ((hash >>> 8) & 1) }[velocity];
  return Array.from(
    { length: Math.min(siteCount, wanted) },
    (_, nth) => (first + nth) % siteCount,
  ).sort((a, b) => a - b);
}
