import { z } from 'zod';
import { instant } from '../../platform/http.ts';
import { ALL_KIND_NAMES, DISPOSITION_NAMES } from '../service/vocabulary.ts';

/** Members that the query strings and answers of the read side share. */

/** Text that PostgreSQL can hold: a NUL character would be an error of the server there. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\u0000'), 'must not hold a NUL character');

export const codeText = text(64);
export const serialText = text(64);
export const documentText = text(130);

/** An instant within what PostgreSQL and JavaScript both can hold. */
export const instantText = instant.refine(
  (value) => !Number.isNaN(Date.parse(value)),
  'is not an instant',
);

/** `<journal>-<seq>` */
export const ledgerIdText = z
  .string()
  .regex(/^\d{1,4}-\d{1,15}$/)
  .describe('`<journal>-<seq>`');

/** Filters on where units are. */
export const placeQuery = {
  item: codeText.optional().describe('SKU'),
  site: codeText.optional(),
  location: codeText.optional(),
  lot: codeText.optional(),
  owner: codeText.optional(),
  disposition: z.enum(DISPOSITION_NAMES).optional(),
  lpn: codeText.optional().describe('handling unit'),
};

/** As of when, and by which clock. */
export const instantQuery = {
  at: instantText.optional().describe('as of this instant; now when it is left out'),
  by: z
    .enum(['recorded', 'occurred'])
    .default('recorded')
    .describe('what the ledger knew then, or what had happened by then as it is known now'),
};

export const formatQuery = {
  format: z.enum(['json', 'csv']).optional().describe('or say it in Accept'),
};

const place = z.object({
  location: z.string(),
  site: z.string().nullable(),
  disposition: z.enum(DISPOSITION_NAMES),
  lpn: z.string().nullable(),
});

/** A movement as every read shows it. */
export const movementAnswer = z.object({
  id: ledgerIdText,
  journal: z.number(),
  seq: z.number(),
  kind: z.enum(ALL_KIND_NAMES),
  item: z.string(),
  owner: z.string(),
  quantity: z.string(),
  value: z.string(),
  lot: z.string().nullable(),
  expiresOn: z.string().nullable(),
  from: place,
  to: place,
  fromOnHand: z.string(),
  toOnHand: z.string(),
  reason: z.string().nullable(),
  document: z.object({ type: z.string(), number: z.string() }).nullable(),
  actor: z.string().nullable().describe('null where it is not for the caller to know'),
  device: z.string().nullable(),
  serials: z.array(z.string()),
  reservation: ledgerIdText.nullable(),
  allocation: ledgerIdText.nullable(),
  reverses: ledgerIdText.nullable(),
  reversedBy: ledgerIdText.nullable(),
  commandId: z.string(),
  line: z.number(),
  occurredAt: instant,
  recordedAt: instant,
});
export type MovementAnswer = z.output<typeof movementAnswer>;
