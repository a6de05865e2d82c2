import { convertToBase, UnevenConversionError } from '../catalog/index.ts';
import { parseUnitCost } from '../platform/money.ts';
import type { FieldError } from '../platform/problems.ts';
import { DecimalError, parseDecimal } from '../platform/quantity.ts';
import { amountOf, basisPointsOf, type Price } from './amounts.ts';
import type { BuyableItem, PriceBreak, SupplierItemTerms } from './lookup.queries.ts';
import type { PurchaseOrderState } from './states.ts';

/** Rules of purchase orders: no I/O, no clock. */

const FINEST_SCALE = 6;
/** Beyond these a sum could leave 64 bits. */
const QUANTITY_MAX = 10n ** 15n;
const AMOUNT_MAX = 10n ** 15n;

/** A quantity as a request writes it. */
export interface WrittenQuantity {
  readonly quantity: string;
  readonly level?: string | undefined;
}

/** Reads a quantity in base units at the item's scale; on failure an error, and undefined. */
export function readQuantity(
  written: WrittenQuantity,
  item: Pick<BuyableItem, 'quantityScale' | 'packs'>,
  path: string,
  errors: FieldError[],
): bigint | undefined {
  const { quantity: found, level } = written;
  const fail = (field: string, message: string, expected: string, value: string) => {
    errors.push({ path: `${path}.${field}`, message, expected, found: value });
    return undefined;
  };
  const pack = level === undefined ? undefined : item.packs.get(level);
  if (level !== undefined && !pack) {
    const known = [...item.packs.keys()].join(', ') || 'base units only';
    return fail('level', 'is not a packaging level of the item', known, level);
  }
  try {
    const quantity = pack
      ? convertToBase(parseDecimal(found, FINEST_SCALE), FINEST_SCALE, pack, item.quantityScale)
      : parseDecimal(found, item.quantityScale);
    if (quantity > 0n && quantity <= QUANTITY_MAX) return quantity;
    return fail('quantity', 'is out of range', 'more than 0 and at most 10^15 in all', found);
  } catch (error) {
    if (!(error instanceof DecimalError) && !(error instanceof UnevenConversionError)) throw error;
    const expected = `at most ${item.quantityScale} digits after the point`;
    return fail('quantity', error.message, expected, found);
  }
}

/** Reads a price for one base unit, or one pack of the level it is given in. */
export function readPrice(
  written: string,
  item: BuyableItem,
  level: string | undefined,
  digits: number,
): Price {
  const pack = level === undefined ? undefined : item.packs.get(level);
  return {
    unitPrice: parseUnitCost(written, digits),
    packNumerator: pack?.numerator ?? 1n,
    packDenominator: pack?.denominator ?? 1n,
  };
}

/**
 * The price of the break that holds for a quantity: the highest one reached, and of equals the
 * newest.
 * @param quantity base units at the item's scale.
 */
export function priceFromBreaks(
  breaks: readonly PriceBreak[],
  item: Pick<BuyableItem, 'itemId' | 'quantityScale'>,
  quantity: bigint,
): string | undefined {
  const finest = quantity * 10n ** BigInt(FINEST_SCALE - item.quantityScale);
  let best: { from: bigint; row: PriceBreak } | undefined;
  for (const row of breaks) {
    const from = parseDecimal(row.minimumQuantity, FINEST_SCALE);
    if (row.itemId !== item.itemId || from > finest) continue;
    const newer = best && from === best.from && row.validFrom > best.row.validFrom;
    if (!best || from > best.from || newer) best = { from, row };
  }
  return best?.row.unitPrice;
}

/** Terms of the supplier that a quantity breaks, in words; empty when it keeps them. */
export function brokenTerms(
  terms: SupplierItemTerms | undefined,
  quantity: bigint,
  scale: number,
): { readonly term: 'minimumQuantity' | 'packMultiple'; readonly expected: string }[] {
  const finest = quantity * 10n ** BigInt(FINEST_SCALE - scale);
  const { minimumQuantity = null, packMultiple = null } = terms ?? {};
  const broken: { term: 'minimumQuantity' | 'packMultiple'; expected: string }[] = [];
  if (minimumQuantity !== null && finest < parseDecimal(minimumQuantity, FINEST_SCALE)) {
    broken.push({ term: 'minimumQuantity', expected: `at least ${minimumQuantity}` });
  }
  if (packMultiple !== null && finest % parseDecimal(packMultiple, FINEST_SCALE) !== 0n) {
    broken.push({ term: 'packMultiple', expected: `a multiple of ${packMultiple}` });
  }
  return broken;
}

/** A line as it is about to be written. */
export interface NewLine extends Price {
  readonly itemId: number;
  readonly quantity: bigint;
  readonly level: string | null;
  readonly amount: bigint;
  readonly taxBasisPoints: number;
  readonly expectedOn: string | null;
  readonly overReceiptBasisPoints: number;
  readonly underReceiptBasisPoints: number;
  readonly supplierSku: string | null;
}

/** A line as a request writes it. */
export interface WrittenLine extends WrittenQuantity {
  readonly item: string;
  readonly unitPrice?: string | undefined;
  readonly expectedOn?: string | undefined;
  readonly taxBasisPoints?: number | undefined;
  readonly overReceiptBasisPoints?: number | undefined;
  readonly underReceiptBasisPoints?: number | undefined;
}

/** What planning lines needs to know. */
export interface LineKnowledge {
  readonly items: ReadonlyMap<string, BuyableItem>;
  readonly terms: ReadonlyMap<number, SupplierItemTerms>;
  readonly breaks: readonly PriceBreak[];
  readonly ownerId: number;
  readonly digits: number;
  readonly today: string;
  readonly overReceiptBasisPoints: number;
  readonly underReceiptBasisPoints: number;
}

/** The day `days` after a day. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Plans a line; on failure errors, and undefined. */
export function planLine(
  known: LineKnowledge,
  written: WrittenLine,
  path: string,
  errors: FieldError[],
): NewLine | undefined {
  const item = known.items.get(written.item);
  const isForeign = item && item.ownerId !== null && item.ownerId !== known.ownerId;
  if (!item?.active || isForeign) {
    const message = item && !item.active ? 'is not active' : 'does not exist';
    const expected = 'the SKU of an active item of the owner or of the shared catalogue';
    errors.push({ path: `${path}.item`, message, expected, found: written.item });
    return undefined;
  }
  const quantity = readQuantity(written, item, path, errors);
  if (quantity === undefined) return undefined;
  const price = planPrice(known, written, item, quantity, path, errors);
  if (!price) return undefined;
  const amount = amountOf(price, quantity, item.quantityScale);
  if (amount > AMOUNT_MAX) {
    const expected = 'an amount of at most 10^15 minor units';
    errors.push({ path: `${path}.unitPrice`, message: 'makes too much', expected });
    return undefined;
  }
  const terms = known.terms.get(item.itemId);
  const { leadTimeDays = null, supplierSku = null } = terms ?? {};
  const usual = leadTimeDays === null ? null : addDays(known.today, leadTimeDays);
  return {
    ...price,
    itemId: item.itemId,
    quantity,
    level: written.unitPrice === undefined ? null : (written.level ?? null),
    amount,
    taxBasisPoints: written.taxBasisPoints ?? 0,
    expectedOn: written.expectedOn ?? usual,
    overReceiptBasisPoints:
      written.overReceiptBasisPoints ??
      terms?.overReceiptBasisPoints ??
      known.overReceiptBasisPoints,
    underReceiptBasisPoints:
      written.underReceiptBasisPoints ??
      terms?.underReceiptBasisPoints ??
      known.underReceiptBasisPoints,
    supplierSku,
  };
}

function planPrice(
  known: LineKnowledge,
  written: WrittenLine,
  item: BuyableItem,
  quantity: bigint,
  path: string,
  errors: FieldError[],
): Price | undefined {
  const given = written.unitPrice ?? priceFromBreaks(known.breaks, item, quantity);
  if (given === undefined) {
    const expected = 'a price; the supplier has no price break for that quantity today';
    errors.push({ path: `${path}.unitPrice`, message: 'is missing', expected });
    return undefined;
  }
  const level = written.unitPrice === undefined ? undefined : written.level;
  try {
    return readPrice(given, item, level, known.digits);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    errors.push({ path: `${path}.unitPrice`, message: error.message, found: given });
    return undefined;
  }
}

/** The total of the lines that are not cancelled, in minor units. */
export function totalOf(
  lines: readonly {
    readonly state: PurchaseOrderState;
    readonly amount: bigint;
    readonly taxBasisPoints: number;
  }[],
): { readonly net: bigint; readonly tax: bigint } {
  let net = 0n;
  let tax = 0n;
  for (const { state, amount, taxBasisPoints } of lines) {
    if (state === 'cancelled') continue;
    net += amount;
    tax += basisPointsOf(amount, taxBasisPoints);
  }
  return { net, tax };
}
