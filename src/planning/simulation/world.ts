import { createRandom, type Random } from '../random.ts';

/** How large the simulated business is, and for how long it is watched. */
export interface WorldSize {
  readonly seed: string;
  readonly items: number;
  readonly sites: number;
  readonly years: number;
}

/** Days of history that both ways of planning may look at before the first simulated day. */
export const HISTORY_DAYS = 365;
const DAYS_PER_YEAR = 365;

/** A supplier as it will behave; day 0 is the first day of history. */
export interface SimulatedSupplier {
  readonly code: string;
  readonly statedLeadDays: number;
  /** Days from an order placed on a day to its arrival. */
  readonly leadDays: Uint16Array;
  /** Stretches in which nothing of the supplier arrives. */
  readonly failures: readonly { readonly from: number; readonly to: number }[];
}

/** How an item sells; it decides how its demand is made. */
export type SimulatedKind = 'steady' | 'seasonal' | 'trending' | 'intermittent';

/** An item that is simulated at one or several sites. */
export interface SimulatedItem {
  readonly sku: string;
  readonly kind: SimulatedKind;
  readonly supplier: SimulatedSupplier;
  readonly unitCost: number;
  readonly price: number;
  /** Order quantities are multiples of this. */
  readonly pack: number;
  /** Days (from the first of history) on which it is promoted; planned long before. */
  readonly promoted: Uint8Array;
  readonly places: readonly SimulatedPlace[];
}

/** The item at one site: units that customers want, each day. */
export interface SimulatedPlace {
  readonly site: string;
  readonly demand: Float64Array;
}

/** The whole business. */
export interface SimulatedWorld {
  readonly size: WorldSize;
  /** Days in all, history included. */
  readonly days: number;
  readonly items: readonly SimulatedItem[];
}

/** Fixed costs and rates that both ways of planning are charged. */
export const COSTS = {
  /** Of placing and receiving one purchase order line, in units of the currency. */
  order: 6,
  /** Of keeping one unit of currency in stock for a year. */
  holdingRate: 0.25,
} as const;

const SUPPLIERS = 12;

/** Makes a business; the same size and seed make the same one on every machine. */
export function makeWorld(size: WorldSize): SimulatedWorld {
  const days = HISTORY_DAYS + size.years * DAYS_PER_YEAR;
  const suppliers = Array.from({ length: SUPPLIERS }, (_, i) =>
    makeSupplier(createRandom(size.seed, `supplier-${i}`), i, days),
  );
  const items = Array.from({ length: size.items }, (_, i) =>
    makeItem(createRandom(size.seed, `item-${i}`), i, { size, suppliers, days }),
  );
  return { size, days, items };
}

function makeSupplier(random: Random, index: number, days: number): SimulatedSupplier {
  const stated = random.integer(5, 35);
  const spread = random.uniform(0.12, 0.35);
  const failures: { from: number; to: number }[] = [];
  for (let year = 1; year * DAYS_PER_YEAR < days; year += 1) {
    if (random.next() > 0.5) continue;
    const from = year * DAYS_PER_YEAR + random.integer(0, 300);
    failures.push({ from, to: from + random.integer(14, 35) });
  }
  // Suppliers are a little later than they say, and some much.
  const mean = stated * random.uniform(0.95, 1.25);
  const leadDays = Uint16Array.from({ length: days }, (_, day) => {
    const shape = 1 / spread ** 2;
    const arrival = day + Math.max(1, Math.round(random.gamma(shape, mean / shape)));
    const failure = failures.find(({ from, to }) => arrival >= from && arrival <= to);
    const late = random.integer(1, 7);
    return (failure ? failure.to + late : arrival) - day;
  });
  return { code: `SUPPLIER-${index}`, statedLeadDays: stated, leadDays, failures };
}

interface ItemFacts {
  readonly size: WorldSize;
  readonly suppliers: readonly SimulatedSupplier[];
  readonly days: number;
}

const PACKS = [1, 1, 6, 12] as const;

function makeItem(random: Random, index: number, facts: ItemFacts): SimulatedItem {
  const { size, suppliers, days } = facts;
  const draw = random.next();
  const kind: SimulatedKind =
    draw < 0.35 ? 'steady' : draw < 0.6 ? 'seasonal' : draw < 0.75 ? 'trending' : 'intermittent';
  const isSlow = kind === 'intermittent';
  const unitCost = Math.round(100 * Math.exp(random.normal(2.2, 0.9))) / 100 + 0.5;
  const level = isSlow ? random.uniform(0.04, 0.35) : Math.exp(random.normal(1.3, 0.9));
  const promoted = makePromotions(random, days, !isSlow && random.next() < 0.6);
  const course = courseOf(random, kind, days, promoted);
  const pack = isSlow ? 1 : PACKS[random.integer(0, PACKS.length - 1)]!;
  const dispersion = random.uniform(1.2, 2.5);
  const places = Array.from({ length: size.sites }, (_, site): SimulatedPlace => {
    const share = random.uniform(0.4, 1.6);
    const own = createRandom(size.seed, `item-${index}-site-${site}`);
    const demand = course.map((factor) => {
      const mean = level * share * factor;
      // A slow item is asked for seldom, but then often for several.
      if (isSlow) return own.next() < mean / 2.2 ? 1 + own.poisson(1.2) : 0;
      return own.negativeBinomial(mean, mean * dispersion);
    });
    return { site: `SITE-${site}`, demand };
  });
  return {
    ...{ sku: `ITEM-${index}`, kind, unitCost, pack, promoted, places },
    supplier: suppliers[random.integer(0, suppliers.length - 1)]!,
    price: Math.round(100 * unitCost * random.uniform(1.35, 2)) / 100,
  };
}

/** Three or four promotions a year, one or two weeks each. */
function makePromotions(random: Random, days: number, some: boolean): Uint8Array {
  const promoted = new Uint8Array(days);
  if (!some) return promoted;
  for (let day = random.integer(10, 90); day < days; day += random.integer(75, 130)) {
    const length = random.next() < 0.5 ? 7 : 14;
    promoted.fill(1, day, Math.min(days, day + length));
  }
  return promoted;
}

const WEEKDAYS = [1.15, 1.05, 1, 1, 1.1, 1.0, 0.7] as const;

/** Factors of demand by day: weekdays, year, trend, promotions. */
function courseOf(
  random: Random,
  kind: SimulatedKind,
  days: number,
  promoted: Uint8Array,
): Float64Array {
  const uplift = random.uniform(1.6, 2.8);
  const height = kind === 'seasonal' ? random.uniform(0.35, 0.75) : random.uniform(0, 0.12);
  const phase = random.next();
  const yearly = kind === 'trending' ? random.uniform(-0.45, 0.6) : random.uniform(-0.08, 0.08);
  return Float64Array.from({ length: days }, (_, day) => {
    const season = 1 + height * Math.sin(2 * Math.PI * (day / DAYS_PER_YEAR + phase));
    const trend = (1 + yearly) ** (day / DAYS_PER_YEAR);
    const weekday = kind === 'intermittent' ? 1 : WEEKDAYS[day % 7]!;
    return season * trend * weekday * (promoted[day] === 1 ? uplift : 1);
  });
}
