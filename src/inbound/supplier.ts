import {
  choiceField,
  codeField,
  countField,
  type Field,
  field,
  flagField,
  integerField,
  optional,
  patternField,
  textField,
  type ValuesOf,
  withDefault,
} from '../platform/documents/index.ts';
import { currencyDigits, UNIT_COST_EXTRA_DIGITS } from '../platform/money.ts';
import type { FieldError } from '../platform/problems.ts';
import { formatDecimal, parseDecimal } from '../platform/quantity.ts';
import { day } from './schemas.ts';

/** Suppliers, the items they sell and their price breaks: reference data of the house. */

/** Incoterms 2020 of the International Chamber of Commerce. */
export const INCOTERMS = [
  ...(['EXW', 'FCA', 'FAS', 'FOB', 'CFR', 'CIF'] as const),
  ...(['CPT', 'CIP', 'DAP', 'DPU', 'DDP'] as const),
] as const;

const DECIMAL_FORM = /^\d+(\.\d+)?$/;

/** A decimal of the least digits that say the same: '12.50' is '12.5'. */
function canonicalDecimal(text: string, places: number): string {
  const plain = formatDecimal(parseDecimal(text, places), places);
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}

/** A decimal that is not negative, in a `numeric` column. */
function decimalField(whole: number, places: number, example: string): Field<string> {
  const pattern = new RegExp(`^\\d{1,${whole}}(\\.\\d{1,${places}})?$`);
  const canonical = (value: string) => canonicalDecimal(value, places);
  return field<string>({
    schema: patternField(pattern, '', '').schema,
    sqlType: 'numeric',
    expected: `a decimal number with up to ${places} digits after the point`,
    example,
    normalise: (value) => (DECIMAL_FORM.test(value) ? canonical(value) : value),
    fromDatabase: (value) => canonical(String(value)),
  });
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

const currencyField: Field<string> = field<string>({
  ...patternField(/^[A-Z]{3}$/, 'an ISO 4217 currency code such as EUR', 'EUR'),
});

function checkCurrency(currency: string): FieldError[] {
  if (CURRENCIES.has(currency)) return [];
  const expected = currencyField.expected;
  return [{ path: 'currency', message: 'is no currency', expected, found: currency }];
}

const basisPoints = (fallback: number, example: number): Field<number> =>
  withDefault(integerField(0, 10_000, example), fallback);

const OVER = 'overReceiptBasisPoints';
const UNDER = 'underReceiptBasisPoints';

export const supplierFields = {
  code: codeField(40, 'SUP-GLAZE'),
  name: textField(200, 'Glaze Ceramics'),
  site: optional(codeField(40, 'SUP-GLAZE')),
  currency: currencyField,
  paymentTermsDays: withDefault(integerField(0, 3650, 30), 30),
  incoterm: optional({ ...choiceField(INCOTERMS), example: 'FOB' }),
  calendar: optional(codeField(40, 'CN-WORKDAYS')),
  minimumOrderValue: optional(decimalField(15, 4, '500')),
  approvalLimit: optional(decimalField(15, 4, '10000')),
  [OVER]: basisPoints(0, 500),
  [UNDER]: basisPoints(0, 0),
  priceToleranceBasisPoints: basisPoints(0, 100),
  priceToleranceAmount: withDefault(decimalField(15, 4, '1'), '0'),
  quantityToleranceBasisPoints: basisPoints(0, 0),
  taxToleranceAmount: withDefault(decimalField(15, 4, '0.05'), '0'),
  active: flagField(true),
};

const AMOUNTS = [
  'minimumOrderValue',
  'approvalLimit',
  'priceToleranceAmount',
  'taxToleranceAmount',
] as const;

/** Amounts must fit the currency: no tenths of a cent. */
export function checkSupplier(supplier: ValuesOf<typeof supplierFields>): FieldError[] {
  const errors = checkCurrency(supplier.currency);
  if (errors.length > 0) return errors;
  const digits = currencyDigits(supplier.currency);
  return AMOUNTS.flatMap((path) => checkPlaces(path, supplier[path], digits));
}

function checkPlaces(path: string, value: string | null, places: number): FieldError[] {
  if ((value?.split('.')[1]?.length ?? 0) <= places) return [];
  const expected = `at most ${places} digits after the point`;
  return [{ path, message: 'is too fine', expected, found: value ?? '' }];
}

export const supplierItemFields = {
  supplier: codeField(40, 'SUP-GLAZE'),
  item: codeField(64, 'MUG-0001'),
  supplierSku: optional(textField(80, 'GZ-4711')),
  minimumQuantity: optional(decimalField(13, 6, '120')),
  packMultiple: optional(decimalField(13, 6, '12')),
  leadTimeDays: optional({ ...countField(0, 21), expected: 'a whole number of days' }),
  [OVER]: optional(integerField(0, 10_000, 500)),
  [UNDER]: optional(integerField(0, 10_000, 0)),
  active: flagField(true),
};

/** Rules over one supplier item. */
export function checkSupplierItem(item: ValuesOf<typeof supplierItemFields>): FieldError[] {
  if (item.packMultiple === null || /[1-9]/.test(item.packMultiple)) return [];
  const expected = 'more than zero';
  return [{ path: 'packMultiple', message: 'is zero', expected, found: item.packMultiple }];
}

/** A day of the calendar, in JSON and CSV as YYYY-MM-DD. */
const dayField: Field<string> = field<string>({
  // Judged before anything is looked up, because a day is part of the key of a price.
  schema: day,
  sqlType: 'date',
  expected: 'a day such as 2026-01-31',
  example: '2026-01-01',
  // The driver makes a day a moment at midnight of this machine's own time zone.
  fromDatabase: (value) => {
    if (!(value instanceof Date)) return String(value);
    const parts = [value.getFullYear(), value.getMonth() + 1, value.getDate()];
    return parts.map((part) => String(part).padStart(2, '0')).join('-');
  },
});

export const supplierPriceFields = {
  supplier: codeField(40, 'SUP-GLAZE'),
  item: codeField(64, 'MUG-0001'),
  currency: currencyField,
  minimumQuantity: withDefault(decimalField(13, 6, '100'), '0'),
  validFrom: dayField,
  validTo: optional({ ...dayField, example: '2026-12-31' }),
  unitPrice: decimalField(13, 8, '1.85'),
  active: flagField(true),
};

/** Rules over one price break. */
export function checkSupplierPrice(price: ValuesOf<typeof supplierPriceFields>): FieldError[] {
  const errors = checkCurrency(price.currency);
  if (errors.length > 0) return errors;
  if (price.validTo !== null && price.validTo < price.validFrom) {
    const expected = `a day from ${price.validFrom} on`;
    errors.push({ path: 'validTo', message: 'is too early', expected, found: price.validTo });
  }
  const places = currencyDigits(price.currency) + UNIT_COST_EXTRA_DIGITS;
  return [...errors, ...checkPlaces('unitPrice', price.unitPrice, places)];
}
