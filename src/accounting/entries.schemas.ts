import { z } from 'zod';
import { instant, pageQuery } from '../platform/http.ts';
import { currencyCode } from '../platform/rates.ts';

/** The wire form of entries of the books. */

const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const code = plainText(64);
const CALENDAR_BEGINS = '1900-01-01';
export const day = z.iso
  .date()
  .refine((value) => value >= CALENDAR_BEGINS, `is before ${CALENDAR_BEGINS}`);
export const amount = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,8})?$/)
  .describe('a decimal of the entry currency, more than zero');
export const entryNumber = z
  .string()
  .regex(/^\d{1,15}$/)
  .describe('the gapless number of the entry');
export const periodCode = z
  .string()
  .regex(/^\d{4}-\d{2}$/)
  .describe('such as 2026-11');

export const entryParams = z.object({ entry: entryNumber });
export const idempotencyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[!-~]{1,200}$/)
    .describe('new for each entry; the same again for a repetition'),
});

export const entriesQuery = z.object({
  ...pageQuery,
  account: code.optional().describe('entries with a line on this account'),
  documentType: code.optional(),
  documentNumber: plainText(80).optional(),
  party: plainText(80).optional(),
  period: periodCode.optional(),
  kind: code.optional(),
  source: z.enum(['booking', 'manual']).optional(),
});

export type EntriesQuery = z.output<typeof entriesQuery>;

export const manualBody = z.strictObject({
  description: plainText(500),
  bookedOn: day.optional().describe('a day of an open period; today when left out'),
  currency: currencyCode.optional().describe('the house currency when left out'),
  document: z.strictObject({ type: plainText(40), number: plainText(80) }).optional(),
  party: plainText(80).optional(),
  lines: z
    .array(
      z.strictObject({
        account: code,
        debit: amount.optional(),
        credit: amount.optional(),
        site: code.optional(),
        item: code.optional(),
        channel: code.optional(),
        description: plainText(200).optional(),
      }),
    )
    .min(2)
    .max(500),
});
export type ManualBody = z.output<typeof manualBody>;

export const reverseBody = z.strictObject({
  reason: plainText(500).optional(),
  bookedOn: day.optional(),
});

export const entryAnswer = z.object({
  entry: entryNumber,
  id: z.string(),
  source: z.enum(['booking', 'manual']),
  kind: z.string(),
  document: z.object({ type: z.string(), number: z.string() }),
  party: z.string().nullable(),
  currency: z.string(),
  rate: z.string().describe('house currency for one unit of the currency'),
  description: z.string(),
  bookedOn: z.string(),
  period: z.string(),
  occurredAt: instant,
  recordedAt: instant,
  actor: z.string().nullable(),
  reverses: entryNumber.nullable(),
  reversedBy: entryNumber.nullable(),
  hash: z.string().describe('its link in the chain of entries, SHA-256'),
  lines: z.array(
    z.object({
      account: z.string(),
      accountName: z.string(),
      debit: z.string().nullable(),
      credit: z.string().nullable(),
      documentAmount: z.string().describe('in the entry currency, negative for a credit'),
      role: z.string().nullable(),
      site: z.string().nullable(),
      item: z.string().nullable(),
      channel: z.string().nullable(),
      description: z.string().nullable(),
    }),
  ),
});
export type EntryAnswer = z.output<typeof entryAnswer>;
