import type { CalendarRules } from '../../network/index.ts';

/**
 * What planning looks at: facts of other modules, read once for a whole run. Statistics and money
 * that is only compared are floats, in base units and minor units of the house currency;
 * quantities that a proposal names stay exact.
 */

export interface ItemFacts {
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  /** Whose item it is; null: the shared catalogue. */
  readonly ownerId: number | null;
  readonly active: boolean;
  readonly shelfLifeDays: number | null;
  /** Of one base unit; null where no pack says. */
  readonly volumeMm3: number | null;
  readonly weightG: number | null;
  /** Base units on one pallet; null where there is no such pack. */
  readonly palletUnits: number | null;
}

export interface SiteFacts {
  readonly siteId: number;
  readonly code: string;
  readonly active: boolean;
  readonly timeZone: string;
}

/** How much there is, at the item's scale. */
export interface StockRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly onHand: bigint;
  readonly reserved: bigint;
}

/** Units that are on their way or ordered. */
export interface IncomingRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly quantity: bigint;
  /** Days since 1970; null where nobody said when. */
  readonly day: number | null;
  readonly documentType: string;
  readonly documentNumber: string;
  readonly supplierId: number | null;
}

/** Units that wait for goods; a site of null may be served by any of the channel's sites. */
export interface BackorderRow {
  readonly itemId: number;
  readonly ownerId: number;
  readonly siteId: number | null;
  readonly channelSites: readonly string[];
  readonly quantity: bigint;
}

/** Units that will leave a site by a transfer that has reserved nothing yet. */
export interface OutgoingRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly quantity: bigint;
}

export interface SupplierFacts {
  readonly supplierId: number;
  readonly code: string;
  readonly currency: string;
  /** House currency for one unit of its currency, as a decimal; null where no rate is known. */
  readonly rate: string | null;
  /** A decimal of its currency. */
  readonly minimumOrderValue: string | null;
  readonly calendar: CalendarRules | null;
  readonly timeZone: string;
  readonly orderDays: readonly string[];
  readonly containerVolumeMm3: number | null;
  readonly containerWeightG: number | null;
  readonly fillShare: number;
  /** What it pays back of unsold goods, as a share of their cost, and for how long. */
  readonly returnCreditShare: number | null;
  readonly returnWithinDays: number | null;
}

/** An item that a supplier sells. Quantities as decimals in base units. */
export interface SupplyRow {
  readonly supplierId: number;
  readonly itemId: number;
  readonly minimumQuantity: string | null;
  readonly packMultiple: string | null;
  readonly leadTimeDays: number | null;
}

/** A price that holds on the day of the run, in the supplier's currency, for one base unit. */
export interface PriceRow {
  readonly supplierId: number;
  readonly itemId: number;
  readonly minimumQuantity: string;
  readonly validFrom: string;
  readonly unitPrice: string;
}

/** Lead times that receipts showed, in days, oldest first. */
export interface LeadTimeRow {
  readonly supplierId: number;
  readonly itemId: number;
  readonly days: readonly number[];
}

export interface CostRow {
  readonly itemId: number;
  readonly siteId: number;
  /** House minor units for one base unit. */
  readonly unitCost: number;
}

export interface LotRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly lot: string;
  readonly expiresOn: number | null;
  readonly quantity: bigint;
}

/** When what lies at a site was received, newest first. */
export interface ReceivedRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly day: number;
  readonly quantity: bigint;
}

export interface LaneRow {
  readonly fromSiteId: number;
  readonly toSiteId: number;
  readonly transitHoursTypical: number;
  readonly transitHoursMax: number;
}

/** What the planners decided that this run must leave alone. */
export interface StandingRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly fromSiteId: number | null;
  readonly state: string;
  readonly quantity: bigint;
  readonly expectedDay: number;
}
