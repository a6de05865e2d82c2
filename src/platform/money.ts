import { divideRounded, formatDecimal, parseDecimal } from './quantity.ts';

/**
 * Money is a bigint of minor units (cents) beside a currency. A unit cost is finer: minor units
 * times 10^UNIT_COST_EXTRA_DIGITS, so that 0.00125 EUR a screw stays exact.
 */
export const UNIT_COST_EXTRA_DIGITS = 4;

const UNIT_COST_FACTOR = 10n ** BigInt(UNIT_COST_EXTRA_DIGITS);

/** Digits after the point of an ISO 4217 currency, as the runtime's own tables give them. */
export function currencyDigits(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** Reads '12.34' as minor units. @throws DecimalError */
export function parseMoney(text: string, digits: number): bigint {
  return parseDecimal(text, digits);
}

/** Writes minor units as '12.34'. */
export function formatMoney(minor: bigint, digits: number): string {
  return formatDecimal(minor, digits);
}

/** Reads a unit cost with up to `digits + 4` places. @throws DecimalError */
export function parseUnitCost(text: string, digits: number): bigint {
  return parseDecimal(text, digits + UNIT_COST_EXTRA_DIGITS);
}

/** Writes a unit cost with `digits + 4` places. */
export function formatUnitCost(unitCost: bigint, digits: number): string {
  return formatDecimal(unitCost, digits + UNIT_COST_EXTRA_DIGITS);
}

/** Minor units of `quantity` (an integer at `quantityScale`) at `unitCost` per whole base unit. */
export function extendedCost(quantity: bigint, quantityScale: number, unitCost: bigint): bigint {
  return divideRounded(quantity * unitCost, UNIT_COST_FACTOR * 10n ** BigInt(quantityScale));
}
