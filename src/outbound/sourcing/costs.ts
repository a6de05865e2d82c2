import { divideRounded } from '../../platform/quantity.ts';
import type { Piece, SourcingLine, SourcingOrder, SourcingProblem } from './problem.ts';
import { missingOf, shareOf, sitesOf } from './problem.ts';

/** What sourcing costs, as the house has set it. Money is minor units of the house currency. */
export interface CostTable {
  readonly policy: CostPolicy;
  /** By code of the site. */
  readonly sites: ReadonlyMap<string, SiteCosts>;
  /** By {@link rateKey}. */
  readonly rates: ReadonlyMap<string, ShippingRate>;
}

export interface CostPolicy {
  readonly code: string;
  /** For each shipment of a sales order beyond the first. */
  readonly splitPenalty: bigint;
  /** For each day that a shipment arrives after the customer wants it. */
  readonly lateDayPenalty: bigint;
  /** For a line left without a site, and more for each point of priority. */
  readonly unassignedPenalty: bigint;
  readonly priorityPenalty: bigint;
  /** Where a site or a rate says nothing. */
  readonly lineCost: bigint;
  readonly unitCost: bigint;
  readonly parcelCost: bigint;
  readonly kilogramCost: bigint;
  readonly distanceCost: bigint;
  /** Scarce stock: what a unit is worth where nothing is left, and the days that are plenty. */
  readonly balanceCost: bigint;
  readonly balanceDays: number;
}

/** What handling costs at a site. */
export interface SiteCosts {
  readonly lineCost: bigint;
  readonly unitCost: bigint;
  /** Parcels that one run may give it; null: any number. */
  readonly parcelsMax: bigint | null;
}

/** What a parcel costs from a site to a region. */
export interface ShippingRate {
  readonly parcelCost: bigint;
  readonly kilogramCost: bigint;
}

/** Stands for every country or region that has no rate of its own. */
export const ANYWHERE = '*';

/** The key of a rate. */
export function rateKey(site: string, country: string, region: string): string {
  return JSON.stringify([site, country, region]);
}

/** A site as far as costs to one destination are concerned. */
export interface Origin {
  readonly site: string;
  /** Whole kilometres to the destination; 0 where unknown. */
  readonly kilometres: bigint;
  /** Whole days after the customer wants it that a parcel from here arrives. */
  readonly daysLate: bigint;
}

export interface CostedLine {
  readonly line: number;
  readonly item: string;
  readonly quantity: bigint;
  readonly quantityScale: number;
  /** Grams of one whole base unit; 0 where unknown. */
  readonly grams: bigint;
  /** By site, in the order of the origins: what a whole base unit is worth to others there. */
  readonly balance: readonly bigint[];
  readonly allowed?: readonly boolean[] | undefined;
}

export interface CostedOrder {
  readonly number: string;
  readonly policy: 'partial' | 'complete';
  readonly priority: number;
  readonly country: string;
  readonly region: string | undefined;
  readonly origins: readonly Origin[];
  readonly lines: readonly CostedLine[];
}

/** The rate of a site: of the region, else of the country, else of anywhere, else the policy's. */
export function rateOf(
  table: CostTable,
  order: Pick<CostedOrder, 'country' | 'region'>,
  origin: Origin,
): ShippingRate {
  const { country, region } = order;
  const found =
    (region === undefined ? undefined : table.rates.get(rateKey(origin.site, country, region))) ??
    table.rates.get(rateKey(origin.site, country, ANYWHERE)) ??
    table.rates.get(rateKey(origin.site, ANYWHERE, ANYWHERE));
  if (found) return found;
  const { parcelCost, kilogramCost, distanceCost } = table.policy;
  const distance = divideRounded(distanceCost * origin.kilometres, 100n);
  return { parcelCost: parcelCost + distance, kilogramCost };
}

/** What a site's handling costs, else the policy's. */
export function handlingOf(table: CostTable, site: string): SiteCosts {
  const { lineCost, unitCost } = table.policy;
  return table.sites.get(site) ?? { lineCost, unitCost, parcelsMax: null };
}

/**
 * How much a whole base unit is worth to others where it is: nothing while there is enough for
 * `balanceDays` of what the site was asked for lately, all of `balanceCost` where none is left,
 * and in between in proportion.
 * @param available units at the item's scale. @param asked the same, of the last `days` days.
 */
export function balanceOf(
  policy: CostPolicy,
  available: bigint,
  asked: bigint,
  days: number,
): bigint {
  const plenty = divideRounded(asked * BigInt(policy.balanceDays), BigInt(days));
  if (plenty <= 0n || available >= plenty) return 0n;
  const there = available > 0n ? available : 0n;
  return divideRounded(policy.balanceCost * (plenty - there), plenty);
}

/** The cost of a line's quantity at a site, in its parts. */
interface LineCost {
  readonly freight: bigint;
  readonly handling: bigint;
  readonly balance: bigint;
}

function lineCostOf(
  table: CostTable,
  order: CostedOrder,
  line: CostedLine,
  place: number,
): LineCost {
  const origin = order.origins[place]!;
  const one = 10n ** BigInt(line.quantityScale);
  const of = (cost: bigint, per: bigint) => divideRounded(line.quantity * cost, one * per);
  return {
    freight: of(rateOf(table, order, origin).kilogramCost * line.grams, 1000n),
    handling: of(handlingOf(table, origin.site).unitCost, 1n),
    balance: of(line.balance[place]!, 1n),
  };
}

function unassignedCost(table: CostTable, order: CostedOrder): bigint {
  const { unassignedPenalty, priorityPenalty } = table.policy;
  return unassignedPenalty + priorityPenalty * BigInt(order.priority);
}

/** A sales order with everything it could cost, for the algorithms. */
export function toSourcingOrder(table: CostTable, order: CostedOrder): SourcingOrder {
  return {
    number: order.number,
    policy: order.policy,
    parcels: order.origins.map(
      (origin) =>
        rateOf(table, order, origin).parcelCost + table.policy.lateDayPenalty * origin.daysLate,
    ),
    lines: order.lines.map((line): SourcingLine => {
      const costs = order.origins.map((_, place) => {
        const { freight, handling, balance } = lineCostOf(table, order, line, place);
        return freight + handling + balance;
      });
      const touches = order.origins.map(({ site }) => handlingOf(table, site).lineCost);
      const { line: number, item, quantity, allowed } = line;
      const unassigned = unassignedCost(table, order);
      return { line: number, item, quantity, touches, costs, allowed, unassigned };
    }),
  };
}

/** The cost of a sales order by what it is for, in minor units. */
export interface CostParts {
  readonly shipping: bigint;
  readonly handling: bigint;
  readonly split: bigint;
  readonly lateness: bigint;
  readonly balance: bigint;
  readonly unassigned: bigint;
}

/** Takes the cost of pieces apart. The parts add up to the cost that the algorithms minimise. */
export function costParts(
  table: CostTable,
  order: CostedOrder,
  pieces: readonly Piece[],
): CostParts {
  const sites = sitesOf(pieces);
  const costed = toSourcingOrder(table, order);
  let [shipping, handling, lateness, balance, unassigned] = [0n, 0n, 0n, 0n, 0n];
  for (const site of sites) {
    const origin = order.origins[site]!;
    shipping += rateOf(table, order, origin).parcelCost;
    lateness += table.policy.lateDayPenalty * origin.daysLate;
  }
  for (const [i, line] of order.lines.entries()) {
    const model = costed.lines[i]!;
    unassigned += shareOf(model.unassigned, missingOf(model, pieces), line.quantity);
    for (const { line: number, site, quantity } of pieces) {
      if (number !== line.line) continue;
      const whole = lineCostOf(table, order, line, site);
      const share = shareOf(model.costs[site]!, quantity, line.quantity);
      const own = shareOf(whole.handling, quantity, line.quantity);
      const kept = shareOf(whole.balance, quantity, line.quantity);
      handling += model.touches[site]! + own;
      balance += kept;
      // The share is rounded once for all, so freight takes what the others leave.
      shipping += share - own - kept;
    }
  }
  const split = sites.length > 1 ? table.policy.splitPenalty * BigInt(sites.length - 1) : 0n;
  return { shipping, handling, split, lateness, balance, unassigned };
}

/** The sum of the parts. */
export function totalOf(parts: CostParts): bigint {
  const { shipping, handling, split, lateness, balance, unassigned } = parts;
  return shipping + handling + split + lateness + balance + unassigned;
}

/** A problem of these sales orders, which all have the same origins. */
export function toProblem(
  table: CostTable,
  orders: readonly CostedOrder[],
  stock: SourcingProblem['stock'],
): SourcingProblem {
  const sites = orders[0]?.origins.map(({ site }) => site) ?? [];
  return {
    sites,
    stock,
    parcelsMax: sites.map((site) => handlingOf(table, site).parcelsMax),
    splitPenalty: table.policy.splitPenalty,
    orders: orders.map((order) => toSourcingOrder(table, order)),
  };
}
