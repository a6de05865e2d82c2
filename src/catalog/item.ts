import { z } from 'zod';
import {
  choiceField,
  codeField,
  countField,
  flagField,
  integerField,
  jsonField,
  optional,
  patternField,
  textField,
  unitCostField,
  type ValuesOf,
  withDefault,
} from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';
import { checkPacks, packsField } from './packaging.ts';
import { BASE_UNITS } from './units.ts';

/** Classes and divisions of dangerous goods in the UN Model Regulations. */
export const HAZARD_CLASSES = [
  ...(['1', '1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '2.1', '2.2', '2.3', '3'] as const),
  ...(['4.1', '4.2', '4.3', '5.1', '5.2', '6.1', '6.2', '7', '8', '9'] as const),
] as const;

export const TEMPERATURE_CLASSES = ['ambient', 'chilled', 'frozen'] as const;

const ATTRIBUTES_MAX = 100;
const PLAIN_TEXT = /^[^\p{Cc}\p{Cs}]*$/u;
const attributes = z
  .record(
    z.string().min(1).max(100).regex(PLAIN_TEXT),
    z.union([z.string().max(1000).regex(PLAIN_TEXT), z.number(), z.boolean(), z.null()]),
  )
  .refine((given) => Object.keys(given).length <= ATTRIBUTES_MAX);

/**
 * The fields of an item.
 * @param currencyDigits places of the house currency, in which standard costs are given.
 */
export function itemFields(currencyDigits: number) {
  return {
    sku: codeField(64, 'SPRAY-0001'),
    name: textField(300, 'Surface cleaner, spray, 750 ml'),
    owner: optional(codeField(40, 'ACME')),
    baseUnit: withDefault(choiceField(BASE_UNITS), 'each'),
    quantityScale: withDefault({ ...integerField(0, 6, 0), sqlType: 'smallint' }, 0),
    tracksLot: { ...flagField(false), example: 'true' },
    tracksSerial: flagField(false),
    tracksExpiry: { ...flagField(false), example: 'true' },
    shelfLifeDays: optional(countField(1, 365)),
    minLifeReceiptDays: optional(countField(0, 180)),
    minLifeShipmentDays: optional(countField(0, 30)),
    hazardClass: optional({ ...choiceField(HAZARD_CLASSES), example: '3' }),
    temperatureClass: withDefault(choiceField(TEMPERATURE_CLASSES), 'ambient'),
    fragile: flagField(false),
    highValue: flagField(false),
    orientation: withDefault({ ...choiceField(['any', 'upright']), example: 'upright' }, 'any'),
    costMethod: withDefault(choiceField(['moving_average', 'fifo', 'standard']), 'moving_average'),
    standardUnitCost: optional(unitCostField(currencyDigits, '4.25')),
    commodityCode: optional(
      patternField(/^\d{6,10}$/, 'a Harmonized System code of 6 to 10 digits', '340250'),
    ),
    taxCode: optional(codeField(40, 'STANDARD')),
    attributes: withDefault(
      jsonField(attributes, 'a JSON object of texts, numbers and flags', '{"scent":"lemon"}'),
      {},
    ),
    packaging: packsField,
    active: flagField(true),
  };
}

export type ItemFields = ReturnType<typeof itemFields>;
export type ItemValues = ValuesOf<ItemFields>;

/** Rules over one item. */
export function checkItem(item: ItemValues): FieldError[] {
  const errors: FieldError[] = [];
  const require = (holds: boolean, path: keyof ItemValues & string, message: string) => {
    if (!holds) errors.push({ path, message, found: JSON.stringify(item[path]) });
  };
  require(!item.tracksSerial ||
    item.quantityScale ===
      0, 'quantityScale', 'must be 0 where serials are tracked: one serial is one unit');
  require(!item.tracksExpiry ||
    item.tracksLot, 'tracksLot', 'must be true where expiry is tracked: the lot carries the date');
  require(item.costMethod !== 'standard' ||
    item.standardUnitCost !==
      null, 'standardUnitCost', 'must be given where the cost method is standard');
  require(item.tracksExpiry ||
    item.minLifeReceiptDays === null, 'minLifeReceiptDays', 'needs tracksExpiry');
  require(item.tracksExpiry ||
    item.minLifeShipmentDays === null, 'minLifeShipmentDays', 'needs tracksExpiry');
  require((item.minLifeReceiptDays ?? 0) <=
    (item.shelfLifeDays ??
      Number.POSITIVE_INFINITY), 'minLifeReceiptDays', 'is longer than the shelf life');
  require((item.minLifeShipmentDays ?? 0) <=
    (item.shelfLifeDays ??
      Number.POSITIVE_INFINITY), 'minLifeShipmentDays', 'is longer than the shelf life');
  return [...errors, ...checkPacks(item.packaging)];
}
