import { extendedCost } from '../../platform/money.ts';
import { divideRounded } from '../../platform/quantity.ts';

/** Prices of a line, in the currency of the sales order. */
export interface LinePrices {
  /** Item's base unit at `quantityScale`. */
  readonly quantity: bigint;
  readonly quantityScale: number;
  /** Minor units x 10^4 for one whole base unit. */
  readonly unitPrice: bigint;
  /** Minor units for the whole line. */
  readonly discount: bigint;
  readonly tax: bigint;
}

/** What some units of a line come to, in minor units; `net` and `tax` are what is owed. */
export interface Amounts {
  readonly gross: bigint;
  readonly discount: bigint;
  readonly tax: bigint;
}

/** What the first `units` of a line come to. */
function amountsUpTo(line: LinePrices, units: bigint): Amounts {
  const share = (total: bigint) =>
    line.quantity === 0n ? 0n : divideRounded(total * units, line.quantity);
  return {
    gross: extendedCost(units, line.quantityScale, line.unitPrice),
    discount: share(line.discount),
    tax: share(line.tax),
  };
}

/**
 * What `units` of a line come to after `before` units were billed. Each bill is the difference of
 * two totals, so that the bills of all units add up to the line exactly, however it is split.
 */
export function amountsOf(line: LinePrices, before: bigint, units: bigint): Amounts {
  const from = amountsUpTo(line, before);
  const to = amountsUpTo(line, before + units);
  return {
    gross: to.gross - from.gross,
    discount: to.discount - from.discount,
    tax: to.tax - from.tax,
  };
}

/** What somebody owes for these amounts. */
export function owed({ gross, discount, tax }: Amounts): bigint {
  return gross - discount + tax;
}
