import { z } from 'zod';
import { type Field, field } from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';
import { isGtin, normaliseGtin } from './gtin.ts';
import { compareRational, formatRational, parseRational, RATIONAL_FORM } from './rational.ts';

/** Levels of packing, from the one in the hand to the one on the fork. */
export const PACKAGING_LEVELS = ['each', 'inner', 'case', 'pallet'] as const;
export type PackagingLevel = (typeof PACKAGING_LEVELS)[number];

const millimetres = z.number().int().min(1).max(2_147_483_647).nullable().default(null);

const packSchema = z.strictObject({
  level: z.enum(PACKAGING_LEVELS),
  gtin: z
    .string()
    .regex(/^(\d{8}|\d{12}|\d{13}|\d{14})$/)
    .nullable()
    .default(null)
    .describe('GTIN-8, -12, -13 or -14; answered with 14 digits'),
  baseQuantity: z
    .string()
    .regex(RATIONAL_FORM)
    .describe('base units in one pack, exact: "12", "0.75" or "1/3"'),
  lengthMm: millimetres,
  widthMm: millimetres,
  heightMm: millimetres,
  weightG: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable().default(null),
});

/** One pack of an item; `gtin` has 14 digits and `baseQuantity` is in lowest terms. */
export type Pack = z.output<typeof packSchema>;

function isZero(baseQuantity: string): boolean {
  return /^[0.]+(\/\d+)?$/.test(baseQuantity) || /\/0+$/.test(baseQuantity);
}

/** A pack in its canonical form; what is not valid stays for {@link checkPacks} to refuse. */
export function normalisePack(pack: Pack): Pack {
  const { baseQuantity } = pack;
  return {
    ...pack,
    gtin: pack.gtin === null ? null : normaliseGtin(pack.gtin),
    baseQuantity: isZero(baseQuantity) ? baseQuantity : formatRational(parseRational(baseQuantity)),
  };
}

/** The packs of an item as one field of it: all levels, in order; an edit replaces them all. */
export const packsField: Field<readonly Pack[]> = field<readonly Pack[]>({
  schema: z.array(packSchema).max(PACKAGING_LEVELS.length) as unknown as z.ZodType<readonly Pack[]>,
  sqlType: 'jsonb',
  expected: 'the packs the item comes in, one a level',
  example: '',
  fallback: [],
  normalise: (packs) =>
    packs
      .map(normalisePack)
      .sort((a, b) => PACKAGING_LEVELS.indexOf(a.level) - PACKAGING_LEVELS.indexOf(b.level)),
});

/** Rules over one pack. Paths are names of its fields. */
export function checkPack(pack: Pack): FieldError[] {
  const errors: FieldError[] = [];
  if (pack.gtin !== null && !isGtin(pack.gtin)) {
    errors.push({
      path: 'gtin',
      message: 'has a wrong check digit',
      expected: 'a GTIN with a right check digit',
      found: pack.gtin,
    });
  }
  if (isZero(pack.baseQuantity)) {
    errors.push({
      path: 'baseQuantity',
      message: 'must be more than zero',
      expected: 'a number of base units such as 12, 0.75 or 1/3',
      found: pack.baseQuantity,
    });
  }
  return errors;
}

/** Rules over all packs of an item, in canonical order. Paths are such as `packaging.0.gtin`. */
export function checkPacks(packs: readonly Pack[]): FieldError[] {
  const errors = packs.flatMap((pack, index) =>
    checkPack(pack).map((error) => ({ ...error, path: `packaging.${index}.${error.path}` })),
  );
  if (errors.length > 0) return errors;
  for (const [index, pack] of packs.entries()) {
    const smaller = packs[index - 1];
    if (!smaller) continue;
    if (smaller.level === pack.level) {
      errors.push({ path: `packaging.${index}.level`, message: `says ${pack.level} twice` });
    } else if (
      compareRational(parseRational(smaller.baseQuantity), parseRational(pack.baseQuantity)) > 0
    ) {
      errors.push({
        path: `packaging.${index}.baseQuantity`,
        message: `is less than that of ${smaller.level}`,
        expected: `at least ${smaller.baseQuantity}`,
        found: pack.baseQuantity,
      });
    }
  }
  return errors;
}
