import type {
  PlacementItem,
  PlacementProblem,
  PlacementSite,
} from '../../src/planning/placement/problem.ts';
import { createRandom, type Random } from '../../src/planning/random.ts';

/** The size of an instance. */
export interface PrepositionSize {
  readonly seed: number;
  readonly items: number;
  readonly sites: number;
  readonly weeks: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const distance = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);

/** Demand of the whole rises to this much of its usual level, and back, within the weeks. */
const PEAK = 3;

/**
 * A season before and through its peak: sites spread over a square of 1,000 km, a region around
 * each, suppliers at the edges, demand by item and region that is a high quantile of a peaked
 * season. Docks take in a little less than an average week, so the peak must be built up before;
 * rooms hold about two average weeks, so it cannot be built up anywhere and at any time.
 */
export function makePreposition({ seed, items, sites, weeks }: PrepositionSize): PlacementProblem {
  const random = createRandom(`preposition-${seed}`, 'instance');
  const point = (): Place => ({ x: random.next() * 1000, y: random.next() * 1000 });
  const places = Array.from({ length: sites }, point);
  const regions = places.map(({ x, y }) => ({
    x: x + 60 * random.normal(),
    y: y + 60 * random.normal(),
  }));
  const suppliers = Array.from({ length: 40 }, point);
  const weights = regions.map(() => 0.3 + 1.2 * random.next());
  const made = Array.from({ length: items }, (_, i) =>
    makeItem(`ITEM-${i}`, { random, places, suppliers, weights, weeks }),
  );
  const weekly =
    made.reduce((sum, { volume, demand }) => {
      return sum + volume * demand.reduce((all, units) => all + units, 0);
    }, 0) / weeks;
  return {
    weeks,
    sites: places.map((_, site) => makeSite(site, { random, weekly, sites, weeks })),
    regions: regions.map((_, region) => `REGION-${region}`),
    deliverUnit: table(places, regions, (km) => 2.5 + 0.006 * km),
    deliverVolume: table(places, regions, (km) => 20 + 0.25 * km),
    transferVolume: table(places, places, (km) => 8 + 0.05 * km),
    items: made,
  };
}

function table(from: readonly Place[], to: readonly Place[], cost: (km: number) => number) {
  return Float64Array.from(from.flatMap((a) => to.map((b) => cost(distance(a, b)))));
}

interface SiteFacts {
  readonly random: Random;
  readonly weekly: number;
  readonly sites: number;
  readonly weeks: number;
}

function makeSite(site: number, { random, weekly, sites, weeks }: SiteFacts): PlacementSite {
  const share = (0.6 + 0.8 * random.next()) / sites;
  return {
    code: `SITE-${site}`,
    room: new Float64Array(weeks).fill(weekly * 2.2 * share),
    inbound: new Float64Array(weeks).fill(weekly * 0.95 * share),
    overflowPrice: 25,
  };
}

interface ItemFacts {
  readonly random: Random;
  readonly places: readonly Place[];
  readonly suppliers: readonly Place[];
  readonly weights: readonly number[];
  readonly weeks: number;
}

function makeItem(sku: string, facts: ItemFacts): PlacementItem {
  const { random, places, suppliers, weights, weeks } = facts;
  const price = Math.exp(2.7 + 0.8 * random.normal());
  const volume = Math.exp(-5.5 + 0.9 * random.normal());
  const supplier = suppliers[random.integer(0, suppliers.length - 1)]!;
  const level = Math.exp(2.2 + 1.1 * random.normal());
  const peakWeek = weeks * (0.62 + 0.1 * random.normal());
  const height = Math.max(0, PEAK - 1 + 0.5 * random.normal());
  const taste = weights.map((weight) => weight * Math.exp(0.4 * random.normal()));
  const demand = new Float64Array(weeks * weights.length);
  for (let week = 0; week < weeks; week += 1) {
    const season = 1 + height * Math.exp(-(((week - peakWeek) / (weeks * 0.13)) ** 2));
    for (const [region, share] of taste.entries()) {
      const mean = (level * season * share) / weights.length;
      demand[week * weights.length + region] = Math.round(mean + 1.28 * Math.sqrt(1.5 * mean));
    }
  }
  return {
    sku,
    volume,
    holding: price * 0.6 * 0.005,
    missing: price * (0.3 + 0.3 * random.next()),
    inbound: Float64Array.from(places, (at) => volume * (12 + 0.08 * distance(at, supplier))),
    leadWeeks: random.integer(1, 4),
    demand,
    supplies: places.flatMap((_, site) => {
      const quantity = random.next() < 0.6 ? Math.round(level * (0.2 + random.next()) * 0.6) : 0;
      return quantity > 0 ? [{ site, week: 0, quantity }] : [];
    }),
  };
}
