/**
 * What the inventory policies of planning work on and what they give. All quantities are floats
 * in the item's base unit, all money floats in one currency (any unit, as long as it is the same
 * everywhere), all times days. A proposal turns them into exact quantities again.
 */

/**
 * A distribution of demand on a lattice: `probabilities[k]` is the probability that `k * step`
 * base units are asked for; it sums to 1. `mean` and `variance` are those of the lattice.
 */
export interface Demand {
  readonly step: number;
  readonly probabilities: Float64Array;
  readonly mean: number;
  readonly variance: number;
}

/**
 * Demand of an item at a site as a function of how many days ahead one looks: the demand of the
 * next `days` days together. Made by `dailyDemand`, `weekdayDemand`, `forecastDemand`,
 * `cumulativeDemand` or `fixedDemand`; the same days give the same distribution.
 */
export interface DemandAhead {
  overDays(days: number): Demand;
  /** Expected demand a day in the long run, in base units. */
  readonly meanPerDay: number;
}

/** A lead time in whole days with its weights; days ascend, weights sum to 1. */
export interface LeadTime {
  readonly days: readonly number[];
  readonly weights: readonly number[];
  readonly mean: number;
  readonly deviation: number;
}

/** From `quantity` base units on, a unit costs `unitCost`; the first entry has quantity 0. */
export interface PriceBreak {
  readonly quantity: number;
  readonly unitCost: number;
}

/** What can be ordered of an item, in base units. */
export interface QuantityRules {
  /** Smallest quantity of a purchase order line; 0 or 1: none. */
  readonly minimum?: number;
  /** Quantities are multiples of this; 1 is the rule unless said. */
  readonly multiple?: number;
  /** Largest quantity of one line. */
  readonly maximum?: number;
}

/** What the service target is: share of units served at once, or of cycles without a shortage. */
export type ServiceTarget =
  | { readonly kind: 'fill_rate' | 'cycle_service'; readonly target: number }
  /** Whatever makes holding, ordering and penalties together least; needs `costs.penalty`. */
  | { readonly kind: 'least_cost' };

/** Costs that a stock target weighs. */
export interface PolicyCosts {
  /** Fixed cost of one purchase order line or transfer. */
  readonly order: number;
  readonly unit: number;
  /** Cost of holding one unit of money in stock for a year, as 0.25. */
  readonly holdingRate: number;
  /** Cost of a unit that is asked for and not there (lost margin, goodwill). */
  readonly penalty?: number;
  /** What a unit brings when it is left over or outdated; may be negative (disposal). */
  readonly salvage?: number;
}

/** The policies and what each is used for; `stockTarget` says which it chose and why. */
export type PolicyName =
  /** Review, order up to a level: no fixed cost worth batching for. */
  | 'base_stock'
  /** At or below the reorder point, order a fixed quantity (or a multiple of it). */
  | 'r_Q'
  /** At or below the reorder point, order up to a level: lumpy demand with a fixed cost. */
  | 's_S'
  /** One season or one chance to buy. */
  | 'newsvendor'
  /** Known, dated demand. */
  | 'wagner_whitin'
  /** Shelf life shorter than what the stock would cover. */
  | 'perishable'
  /** Nothing is asked for: hold nothing. */
  | 'none';

/** What `stockTarget` needs. */
export interface StockTargetInput {
  readonly demand: DemandAhead;
  readonly leadTime: LeadTime;
  /** Days between two reviews; 1: reviewed every night. */
  readonly reviewDays: number;
  readonly service: ServiceTarget;
  readonly costs: PolicyCosts;
  readonly quantities?: QuantityRules;
  readonly priceBreaks?: readonly PriceBreak[];
  /** Days from receipt until a unit may no longer be sold. */
  readonly shelfLifeDays?: number;
  /** Forces a policy; otherwise it is chosen by the rules in docs/concepts/stock-targets.md. */
  readonly policy?: Exclude<PolicyName, 'none'>;
  /** Least quantity that is ever asked for, as 0.001 kg; 1 unless said. */
  readonly granularity?: number;
  /** Days that a season or the item's life still lasts: newsvendor where it ends soon. */
  readonly seasonDays?: number;
  /**
   * An order covers at most this many days of demand; 365 unless said. Where it is said, so does
   * the reorder point, unless three deviations of demand over the protection interval are more.
   */
  readonly coverDaysMax?: number;
}

/** How a stock target came about: named figures, ready to be stored and shown. */
export interface StockTargetExplanation {
  /** Why this policy, in a sentence. */
  readonly reason: string;
  readonly demandPerDay: number;
  readonly leadTimeMean: number;
  readonly leadTimeDeviation: number;
  readonly reviewDays: number;
  /** Mean lead time and review together: the days that stock on hand and on order must cover. */
  readonly protectionDays: number;
  readonly protectionDemandMean: number;
  readonly protectionDemandDeviation: number;
  /** Probability with which demand over the protection interval stays within the target. */
  readonly quantile: number;
  /** What the order quantity would be without rounding, minimum and breaks. */
  readonly economicQuantity: number;
  readonly economicCostPerYear: number;
  /** The service that was asked for; null where cost decided. */
  readonly serviceTarget: number | null;
  readonly roundedTo: number;
  /** What kept the result from the ideal: `minimum`, `multiple`, `cover`, `cover_level`, ... */
  readonly limits: readonly string[];
  /** Bad input that was met and what was done about it. */
  readonly warnings: readonly string[];
}

/** A stock target of an item at a site, in base units. */
export interface StockTarget {
  readonly policy: PolicyName;
  /** Order when the inventory position (on hand + on order - backorders) is at or below this. */
  readonly reorderPoint: number;
  /** After an order the position should be about this; for `s_S` and `base_stock` exactly. */
  readonly orderUpTo: number;
  /** Usual quantity of an order, a multiple of the pack and at least the minimum. */
  readonly orderQuantity: number;
  /** Expected stock on hand less backorders at the moment before an order arrives. */
  readonly safetyStock: number;
  /** Expected probability of no shortage in an order cycle. */
  readonly cycleService: number;
  /** Expected share of units served at once. */
  readonly fillRate: number;
  /** Expected stock on hand, averaged over time. */
  readonly expectedOnHand: number;
  /** Expected units on backorder, averaged over time. */
  readonly expectedBackorders: number;
  /** Expected units a year that outdate (perishable only). */
  readonly expectedOutdatedPerYear: number;
  readonly ordersPerYear: number;
  /** Holding, ordering, penalty and outdating a year; purchases at price breaks not included. */
  readonly costPerYear: number;
  readonly explanation: StockTargetExplanation;
}
