import type {
  SourcingLine,
  SourcingOrder,
  SourcingProblem,
} from '../../src/outbound/sourcing/problem.ts';

/**
 * A morning's sales orders of a shop with six sites on a continent, seeded and made up, but with
 * the features that make sourcing hard: parcels are priced by zone and weight, items sell by Zipf's
 * law, a site keeps most of what sells and little of the tail, and some of what sells is short
 * where it sells most, or everywhere. docs/concepts/sourcing.md states the figures.
 */
export interface InstanceOptions {
  readonly seed: number;
  readonly orders: number;
  readonly items: number;
}

/** Mulberry32: 32 bits of state are enough to make an instance the same everywhere. */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Site {
  readonly code: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly lineCost: bigint;
  readonly unitCost: bigint;
}

const SITES: readonly Site[] = [
  { code: 'SEA', latitude: 47.3, longitude: -122.2, lineCost: 46n, unitCost: 24n },
  { code: 'ONT', latitude: 34.1, longitude: -117.6, lineCost: 44n, unitCost: 23n },
  { code: 'DFW', latitude: 32.8, longitude: -97.0, lineCost: 36n, unitCost: 18n },
  { code: 'JOT', latitude: 41.5, longitude: -88.1, lineCost: 39n, unitCost: 20n },
  { code: 'ATL', latitude: 33.7, longitude: -84.4, lineCost: 37n, unitCost: 19n },
  { code: 'EWR', latitude: 40.5, longitude: -74.4, lineCost: 48n, unitCost: 25n },
];

/** Where customers live: latitude, longitude, share in thousandths. */
const REGIONS: readonly (readonly [number, number, number])[] = [
  [47.6, -122.3, 38],
  [45.5, -122.7, 24],
  [37.8, -122.3, 62],
  [34.0, -118.2, 118],
  [33.4, -112.1, 40],
  [39.7, -105.0, 34],
  [40.8, -111.9, 18],
  [32.8, -96.8, 62],
  [29.8, -95.4, 58],
  [39.1, -94.6, 26],
  [45.0, -93.3, 34],
  [41.9, -87.6, 74],
  [42.3, -83.0, 44],
  [38.6, -90.2, 28],
  [36.2, -86.8, 32],
  [33.7, -84.4, 58],
  [27.9, -82.5, 62],
  [35.2, -80.8, 44],
  [38.9, -77.0, 54],
  [40.7, -74.0, 90],
];

const ZONE_KILOMETRES = [240, 480, 960, 1600, 2250, 2900];
const TRANSIT_DAYS = [1, 2, 3, 4, 5, 5, 6];
const LATE_DAY = 150n;
const SPLIT = 150n;
const UNASSIGNED = 3_000n;
const EARTH_KM = 6371;

function kilometres(a: Site, [latitude, longitude]: readonly [number, number, number]): number {
  const radians = Math.PI / 180;
  const [north, east] = [(latitude - a.latitude) * radians, (longitude - a.longitude) * radians];
  const chord =
    Math.sin(north / 2) ** 2 +
    Math.cos(latitude * radians) * Math.cos(a.latitude * radians) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(chord));
}

/** Parcel zones 0 to 6 by distance, as carriers price them. */
function zoneOf(site: Site, region: (typeof REGIONS)[number]): number {
  const distance = kilometres(site, region);
  const zone = ZONE_KILOMETRES.findIndex((most) => distance <= most);
  return zone < 0 ? ZONE_KILOMETRES.length : zone;
}

/** Draws a place from weights. */
function picker(weights: readonly number[], random: () => number): () => number {
  let sum = 0;
  const upTo = weights.map((weight) => (sum += weight));
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

interface Item {
  readonly sku: string;
  readonly grams: bigint;
  readonly share: number;
}

function makeItems(count: number, random: () => number): Item[] {
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 3) ** 0.8);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight, rank) => {
    const bell = random() + random() + random() - 1.5;
    return {
      sku: `SKU-${String(rank + 1).padStart(4, '0')}`,
      grams: BigInt(Math.round(650 * Math.exp(1.3 * bell))),
      share: weight / sum,
    };
  });
}

const LINES = [45, 25, 15, 9, 6];
const QUANTITIES = [80, 14, 4, 2];

function makeOrders(
  options: InstanceOptions,
  items: readonly Item[],
  random: () => number,
): SourcingOrder[] {
  const pickRegion = picker(
    REGIONS.map(([, , share]) => share),
    random,
  );
  const pickItem = picker(
    items.map(({ share }) => share),
    random,
  );
  const pickLines = picker(LINES, random);
  const pickQuantity = picker(QUANTITIES, random);
  return Array.from({ length: options.orders }, (_, index): SourcingOrder => {
    const region = REGIONS[pickRegion()]!;
    const zones = SITES.map((site) => zoneOf(site, region));
    const dueDays = random() < 0.3 ? 3 : 5;
    const chosen = new Set<Item>();
    for (let lines = pickLines() + 1; lines > 0; lines -= 1) chosen.add(items[pickItem()]!);
    const lines = [...chosen].map((item, i): SourcingLine => {
      const quantity = BigInt(pickQuantity() + 1);
      const costs = SITES.map(({ unitCost }, site) => {
        const perKilogram = BigInt(30 + 22 * zones[site]!);
        return unitCost * quantity + (perKilogram * item.grams * quantity + 500n) / 1000n;
      });
      const touches = SITES.map(({ lineCost }) => lineCost);
      return { line: i + 1, item: item.sku, quantity, touches, costs, unassigned: UNASSIGNED };
    });
    const parcels = zones.map((zone) => {
      const late = Math.max(0, 1 + TRANSIT_DAYS[zone]! - dueDays);
      return BigInt(480 + 38 * zone) + LATE_DAY * BigInt(late);
    });
    const policy = random() < 0.1 ? 'complete' : 'partial';
    return { number: `SO-${index + 1}`, policy, parcels, lines };
  });
}

/** Share of demand that is nearest to each site: what its stock is planned for. */
function homeShares(): number[] {
  const shares = SITES.map(() => 0);
  for (const region of REGIONS) {
    const distances = SITES.map((site) => kilometres(site, region));
    shares[distances.indexOf(Math.min(...distances))]! += region[2] / 1000;
  }
  return shares;
}

/** How much there is of an item against what was ordered of it. */
function coverOf(random: () => number): number {
  const draw = random();
  if (draw < 0.5) return 3 + 2 * random();
  if (draw < 0.85) return 1.1 + 0.4 * random();
  return draw < 0.98 ? 1 + 0.1 * random() : 0.8;
}

function makeStock(
  orders: readonly SourcingOrder[],
  items: readonly Item[],
  random: () => number,
): Map<string, bigint[]> {
  const shares = homeShares();
  const ordered = new Map<string, number>();
  for (const { item, quantity } of orders.flatMap(({ lines }) => lines)) {
    ordered.set(item, (ordered.get(item) ?? 0) + Number(quantity));
  }
  return new Map(
    items.map(({ sku }, rank) => {
      const keeps = SITES.map(() => random() < Math.max(0.35, 1 - rank / items.length));
      if (!keeps.some(Boolean)) keeps[Math.floor(random() * SITES.length)] = true;
      const planned = SITES.map((_, site) => (keeps[site] ? shares[site]! * (0.5 + random()) : 0));
      const total = Math.round(coverOf(random) * (ordered.get(sku) ?? 1));
      const sum = planned.reduce((all, share) => all + share, 0);
      const units = planned.map((share) => Math.floor((total * share) / sum));
      // What rounding leaves over goes to the site that has most of it.
      const rest = total - units.reduce((all, count) => all + count, 0);
      units[planned.indexOf(Math.max(...planned))]! += rest;
      return [sku, units.map(BigInt)] as const;
    }),
  );
}

/** Makes the instance of a seed. */
export function makeInstance(options: InstanceOptions): SourcingProblem {
  const random = randomSource(options.seed);
  const items = makeItems(options.items, random);
  const orders = makeOrders(options, items, random);
  return {
    sites: SITES.map(({ code }) => code),
    stock: makeStock(orders, items, random),
    parcelsMax: SITES.map(() => null),
    splitPenalty: SPLIT,
    orders,
  };
}
