import { z } from 'zod';
import { PACKAGING_LEVELS } from '../catalog/index.ts';
import { instant } from '../platform/http.ts';
import { currencyCode } from '../platform/rates.ts';
import { text } from '../platform/text.ts';
import type { Trend } from './lead-time.ts';

export { text };

/** What requests and answers of purchasing have in common. */

/** Lines of one document at most. */
export const LINES_MAX = 500;

export const note = text(1000);
export const code = text(64);
export const number = z
  .string()
  .max(40)
  .regex(/^[!-~]+$/)
  .describe('such as PO-000001');
export const numberParams = z.object({ number });
export const lineNumber = z.number().int().min(1).max(10_000);

const CALENDAR_BEGINS = '1900-01-01';
const CALENDAR_ENDS = '2200-01-01';
const isSane = (value: string) => value >= CALENDAR_BEGINS && value < CALENDAR_ENDS;
export const day = z.iso.date().refine(isSane, `is not between 1900 and 2200`);
export const moment = instant.refine(
  // Asked also of text that is no instant, whose year is not a number.
  (value) => Date.parse(value) >= Date.parse(CALENDAR_BEGINS) && isSane(value.slice(0, 10)),
  'is not between 1900 and 2200',
);

export const quantity = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,6})?$/)
  .describe('a decimal in base units, or in packs of `level`');
export const level = z.enum(PACKAGING_LEVELS);
export const price = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,8})?$/)
  .describe('for one base unit, or for one pack of `level`; without tax');
export const money = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,4})?$/)
  .describe('a decimal in the currency of the document');
export const currency = currencyCode;
export const basisPoints = z.number().int().min(0).max(10_000);

export const amountAnswer = z.string().regex(/^-?\d+(\.\d+)?$/);

export const etagHeader = z.looseObject({
  'if-match': z.string().optional().describe('the ETag of the document as it was read'),
});
export const keyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .describe('the same key with the same body gives the first answer again'),
});

export const distributionAnswer = z.object({
  count: z.number(),
  mean: z.number(),
  standardDeviation: z.number(),
  minimum: z.number(),
  maximum: z.number(),
  quantiles: z.object({
    p10: z.number(),
    p50: z.number(),
    p80: z.number(),
    p90: z.number(),
    p95: z.number(),
  }),
});
export const trendAnswer = z.object({
  slope: z.number().describe('change a day'),
  uncertainty: z.number().describe('half the width of its 95% confidence interval'),
  direction: z.enum(['rising', 'falling', 'unclear']),
}) satisfies z.ZodType<Trend>;
