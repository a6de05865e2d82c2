import type { StorageKind, Velocity } from '../catalogue/index.ts';

/** What the simulation must know of an item, whether it was made here or read from the API. */
export interface StockedItem {
  readonly index: number;
  readonly sku: string;
  /** Code of the seller whose own item it is; null for the shared catalogue. */
  readonly owner: string | null;
  readonly velocity: Velocity;
  /** Share of all demand, before it is spread over sites. */
  readonly weight: number;
  readonly storage: StorageKind;
  readonly tracksLot: boolean;
  readonly tracksSerial: boolean;
  /** Days from making to expiry; null where it does not expire. */
  readonly shelfLifeDays: number | null;
  readonly minLifeShipmentDays: number;
  readonly quantityScale: number;
  /** The smallest quantity that customers buy: an integer at the scale. */
  readonly saleStep: bigint;
  /** What a supplier's case holds: an integer at the scale. */
  readonly caseQuantity: bigint;
  /** Of one base unit. */
  readonly unitVolumeMm3: number;
  /** Cents for one base unit. */
  readonly unitCostCents: bigint;
  readonly returnPercent: number;
  /** The virtual location that the house's supplies come from. */
  readonly supplier: string;
}

/** Volume of a quantity: a measurement, so a float will do. */
export function volumeOf(item: StockedItem, quantity: bigint): number {
  return (item.unitVolumeMm3 * Number(quantity)) / 10 ** item.quantityScale;
}

/** The least of two quantities. */
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The greatest of two quantities. */
export function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The smallest multiple of `step` that is at least `quantity`. */
export function roundUp(quantity: bigint, step: bigint): bigint {
  return ((quantity + step - 1n) / step) * step;
}
