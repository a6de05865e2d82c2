import { extendedCost } from '../platform/money.ts';
import { divideRounded } from '../platform/quantity.ts';
import { convertMoney } from '../platform/rates.ts';

/** Arithmetic of refunds: exact integers, rounded once, half to even. */

const BASIS_POINTS = 10_000n;

/** What a line of a sale was worth to the customer: minor units without and of tax. */
export interface Amount {
  readonly net: bigint;
  readonly tax: bigint;
}

export const NOTHING: Amount = { net: 0n, tax: 0n };

/** What the customer agreed to pay for a line. */
export interface PriceTerms {
  /** Base units at `scale` that the price terms are for: the whole line. */
  readonly quantity: bigint;
  readonly scale: number;
  /** Minor units x 10^4 for one whole base unit, before tax. */
  readonly unitPrice: bigint;
  /** Minor units for the whole line. */
  readonly discount: bigint;
  readonly tax: bigint;
}

export function add(left: Amount, right: Amount): Amount {
  return { net: left.net + right.net, tax: left.tax + right.tax };
}

export function subtract(left: Amount, right: Amount): Amount {
  return { net: left.net - right.net, tax: left.tax - right.tax };
}

export function totalOf(amount: Amount): bigint {
  return amount.net + amount.tax;
}

/**
 * What the first `units` of a line cost the customer: unit price less discount, and tax, as the
 * sale was billed. Parts taken one after another add up to the whole to the cent.
 */
export function paidFor(terms: PriceTerms, units: bigint): Amount {
  const share = (total: bigint) => divideRounded(total * units, terms.quantity);
  const net = extendedCost(units, terms.scale, terms.unitPrice) - share(terms.discount);
  return { net: net > 0n ? net : 0n, tax: share(terms.tax) };
}

/** How much of a line is settled already, by all returns together. */
export interface Settled extends Amount {
  readonly units: bigint;
}

/**
 * The worth of the next `units` of a line, after what is settled: never below zero, and never
 * beyond what the whole line cost, where a discount's rounding would lead there.
 */
export function worthOfNext(terms: PriceTerms, settled: Settled, units: bigint): Amount {
  const upTo = paidFor(terms, settled.units + units);
  const whole = paidFor(terms, terms.quantity);
  const next = (to: bigint, most: bigint, before: bigint) => {
    const end = to < most ? to : most;
    return end > before ? end - before : 0n;
  };
  return {
    net: next(upTo.net, whole.net, settled.net),
    tax: next(upTo.tax, whole.tax, settled.tax),
  };
}

/** What becomes of the worth of some units: the three parts add up to it. */
export interface Split {
  readonly refund: Amount;
  readonly fee: Amount;
  readonly withheld: Amount;
}

/**
 * Splits the worth of units into what is given back, the restocking fee, and what is withheld.
 * @param feeBasisPoints of the worth.
 * @param shareBasisPoints how much of what is left after the fee is given back.
 */
export function splitWorth(worth: Amount, feeBasisPoints: number, shareBasisPoints: number): Split {
  const fee = partOf(worth, feeBasisPoints);
  const left = subtract(worth, fee);
  const refund = partOf(left, shareBasisPoints);
  return { refund, fee, withheld: subtract(left, refund) };
}

function partOf(amount: Amount, basisPoints: number): Amount {
  const factor = BigInt(basisPoints);
  return {
    net: divideRounded(amount.net * factor, BASIS_POINTS),
    tax: divideRounded(amount.tax * factor, BASIS_POINTS),
  };
}

/** The part of an amount that falls to `part` of `whole` units; all of it with all units. */
export function shareOf(amount: Amount, part: bigint, whole: bigint): Amount {
  if (part === whole) return amount;
  return {
    net: divideRounded(amount.net * part, whole),
    tax: divideRounded(amount.tax * part, whole),
  };
}

/** Takes `total` out of `from`, tax in proportion; all of it when that is all there is. */
export function takeOut(from: Amount, total: bigint): Amount {
  const whole = totalOf(from);
  if (total > whole) throw new RangeError(`${total} is more than the ${whole} there is`);
  if (whole === 0n) return NOTHING;
  const tax = divideRounded(from.tax * total, whole);
  return { net: total - tax, tax };
}

/** How an amount in the currency of a sale becomes house money. */
export interface Conversion {
  readonly rate: string;
  readonly fromDigits: number;
  readonly toDigits: number;
}

/**
 * House money of the next part of a sum: converted together with what was before it, so that
 * parts cost the books no more than the whole.
 * @param before the sum so far in both currencies; @param next its growth, or its fall.
 */
export function houseOfNext(
  before: { readonly document: bigint; readonly house: bigint },
  next: bigint,
  { rate, fromDigits, toDigits }: Conversion,
): bigint {
  return convertMoney(before.document + next, rate, fromDigits, toDigits) - before.house;
}

export const SHIPPING_REFUNDS = ['never', 'at_fault', 'all_returned'] as const;
export type ShippingRefund = (typeof SHIPPING_REFUNDS)[number];

/**
 * What of the shipping charge is given back now: all that is left of it, or nothing.
 * @param at_fault means that a line of this refund has a reason that is our fault, all_returned
 * that nothing of the sales order stays with the customer.
 */
export function shippingRefund(
  policy: ShippingRefund,
  shipping: { readonly charge: bigint; readonly refunded: bigint },
  facts: { readonly atFault: boolean; readonly allReturned: boolean },
): bigint {
  const left = shipping.charge - shipping.refunded;
  if (policy === 'at_fault') return facts.atFault ? left : 0n;
  return policy === 'all_returned' && facts.allReturned ? left : 0n;
}

/** The difference between what is given in exchange and what is given back for. */
export interface PriceDifference {
  readonly credit: bigint;
  readonly charge: bigint;
  /** Positive: the customer owes it; negative: we owe it to the customer. */
  readonly difference: bigint;
  readonly owedBy: 'customer' | 'house' | 'nobody';
}

export function priceDifference(credit: bigint, charge: bigint): PriceDifference {
  const difference = charge - credit;
  const owedBy = difference > 0n ? 'customer' : difference < 0n ? 'house' : 'nobody';
  return { credit, charge, difference, owedBy };
}

/**
 * The value that comes back with `units` of a shipment: its share of what left, the rest with the
 * last unit, so that a shipment that comes back whole leaves no cent behind.
 */
export function valueBack(
  shipment: {
    readonly quantity: bigint;
    readonly value: bigint;
    readonly returned: bigint;
    readonly valueReturned: bigint;
  },
  units: bigint,
): bigint {
  const { quantity, value, returned, valueReturned } = shipment;
  const left = value - valueReturned;
  if (returned + units === quantity) return left;
  const share = divideRounded(value * (returned + units), quantity) - valueReturned;
  if (share < 0n) return 0n;
  return share < left ? share : left;
}
