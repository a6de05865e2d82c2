import { divideRounded, parseDecimal } from '../../platform/quantity.ts';
import type { PriceRow, SupplyRow } from './facts.ts';

/** How much of an item a purchase order line may name, and what it then costs. */

/** Decimals of suppliers' terms have up to so many digits after the point. */
const FINEST_SCALE = 6;

/** Digits that the database keeps of money, and those of a unit cost beyond the currency's. */
const MONEY_PLACES = 8;
const UNIT_PRICE_PLACES = 4;

/** A decimal at so many places; what is finer is rounded. */
function atPlaces(text: string, places: number): bigint {
  return divideRounded(parseDecimal(text, MONEY_PLACES), 10n ** BigInt(MONEY_PLACES - places));
}

/** An amount of a currency in its minor units; what is finer than those is rounded up. */
export function minorUp(text: string, digits: number): bigint {
  const unit = 10n ** BigInt(MONEY_PLACES - digits);
  return ceilDivide(parseDecimal(text, MONEY_PLACES), unit);
}

/** Terms of a line at the item's scale. */
export interface LineTerms {
  readonly scale: number;
  /** Quantities are multiples of it; at least 1. */
  readonly multiple: bigint;
  readonly minimum: bigint;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestDivisor(b, a % b);
}

/** A multiple that the item's scale can say: three packs of 1/3 make one. */
function multipleAtScale(text: string, scale: number): bigint {
  const pack = parseDecimal(text, FINEST_SCALE);
  const unit = 10n ** BigInt(FINEST_SCALE - scale);
  return pack / greatestDivisor(pack, unit);
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/** What a supplier asks of the quantity of a line; without a supplier, whole units. */
export function termsOf(
  supply: Pick<SupplyRow, 'minimumQuantity' | 'packMultiple'> | undefined,
  scale: number,
): LineTerms {
  const { minimumQuantity = null, packMultiple = null } = supply ?? {};
  const multiple = packMultiple === null ? 1n : multipleAtScale(packMultiple, scale);
  const least = minimumQuantity === null ? 0n : parseDecimal(minimumQuantity, FINEST_SCALE);
  const minimum = ceilDivide(least, 10n ** BigInt(FINEST_SCALE - scale));
  return { scale, multiple, minimum: ceilDivide(minimum, multiple) * multiple };
}

/** A float of base units as an exact quantity at the scale, rounded up. */
export function unitsUp(units: number, scale: number): bigint {
  if (!(units > 0) || !Number.isFinite(units)) return 0n;
  // What floats add beyond the twelfth digit is noise, not demand.
  const scaled = Number((units * 10 ** scale).toPrecision(12));
  return BigInt(Math.ceil(scaled));
}

/** An exact quantity as a float of base units. */
export function toUnits(quantity: bigint, scale: number): number {
  return Number(quantity) / 10 ** scale;
}

/** The smallest quantity that covers what is needed and keeps the terms; 0 where nothing is. */
export function roundToTerms(needed: bigint, { multiple, minimum }: LineTerms): bigint {
  if (needed <= 0n) return 0n;
  const rounded = ceilDivide(needed, multiple) * multiple;
  return rounded < minimum ? minimum : rounded;
}

/**
 * As many packs as fit under what is needed, but at least one and the minimum: for levels that
 * must not be exceeded for a part of a pack, see quantityToOrder.
 */
export function roundDownToTerms(needed: bigint, { multiple, minimum }: LineTerms): bigint {
  if (needed <= 0n) return 0n;
  const rounded = needed < multiple ? multiple : needed - (needed % multiple);
  return rounded < minimum ? minimum : rounded;
}

/** A price that holds from a quantity on, at the item's scale; unit price in minor units x 10^4. */
export interface Price {
  readonly from: bigint;
  readonly unitPrice: bigint;
}

/**
 * The price breaks of one item by quantity; of two from the same quantity on, the newer holds.
 * @param digits places of the currency.
 */
export function pricesOf(rows: readonly PriceRow[], scale: number, digits: number): Price[] {
  const byFrom = new Map<bigint, PriceRow>();
  const unit = 10n ** BigInt(FINEST_SCALE - scale);
  for (const row of rows) {
    const from = ceilDivide(parseDecimal(row.minimumQuantity, FINEST_SCALE), unit);
    const known = byFrom.get(from);
    if (!known || known.validFrom < row.validFrom) byFrom.set(from, row);
  }
  return [...byFrom]
    .map(([from, row]) => ({
      from,
      unitPrice: atPlaces(row.unitPrice, digits + UNIT_PRICE_PLACES),
    }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
}

/** The price of the highest break reached; undefined where there is none. */
export function priceAt(prices: readonly Price[], quantity: bigint): bigint | undefined {
  return prices.findLast(({ from }) => from <= quantity)?.unitPrice;
}

/**
 * The least quantity that has a price: where the first price is for more than is wanted, the
 * supplier does not sell less. The quantity itself where nothing has a price.
 */
export function pricedQuantity(quantity: bigint, prices: readonly Price[], terms: LineTerms) {
  const first = prices[0];
  if (quantity <= 0n || !first || first.from <= quantity) return quantity;
  return roundToTerms(first.from, terms);
}

/** What raising a line to a price break rests on. */
export interface BreakQuestion {
  readonly quantity: bigint;
  readonly terms: LineTerms;
  readonly prices: readonly Price[];
  readonly demandPerDay: number;
  /** Cost of holding one unit of money for a year, as 0.25. */
  readonly holdingRate: number;
  /** The line may cover so many days of demand, what is there already included. */
  readonly quantityMax: bigint;
}

const DAYS_A_YEAR = 365;

/**
 * The quantity with which buying now is cheapest in all: at a further break everything bought is
 * cheaper, and what is bought too early is held from when the smaller quantity would have been
 * used up. With unit prices p and p', quantities Q < Q', yearly demand D and holding rate h the
 * larger one is taken when Q' (p - p') > h p' (Q' - Q) (Q + (Q' - Q) / 2) / D.
 * All-units discounts: Silver, Pyke and Thomas, Inventory and Production Management in Supply
 * Chains (4th ed., 2017), chapter 4.5.
 */
export function chooseBreak(question: BreakQuestion): bigint {
  const { quantity, terms, prices, demandPerDay, holdingRate, quantityMax } = question;
  const price = priceAt(prices, quantity);
  if (price === undefined || !(demandPerDay > 0)) return quantity;
  const yearly = demandPerDay * DAYS_A_YEAR;
  let best = { quantity, gain: 0 };
  for (const further of prices) {
    const raised = roundToTerms(further.from, terms);
    if (raised <= quantity || raised > quantityMax || further.unitPrice >= price) continue;
    const now = toUnits(quantity, terms.scale);
    const then = toUnits(raised, terms.scale);
    const saved = then * Number(price - further.unitPrice);
    const years = (now + (then - now) / 2) / yearly;
    const gain = saved - holdingRate * Number(further.unitPrice) * (then - now) * years;
    if (gain > best.gain) best = { quantity: raised, gain };
  }
  return best.quantity;
}
