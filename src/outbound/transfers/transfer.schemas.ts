import { z } from 'zod';
import { DISPOSITION_NAMES } from '../../ledger/index.ts';
import { instant, pageQuery } from '../../platform/http.ts';
import { LOSS_REASONS, TRANSFER_STATES } from './transfer.ts';

/** The wire form of transfer orders. */

export const TRANSFER_LINES_MAX = 1_000;
const SERIALS_MAX = 1_000;

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const code = text(64);
const quantity = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,6})?$/)
  .describe('a decimal in base units');
const serials = z.array(text(64)).min(1).max(SERIALS_MAX);

export const transferNumber = z.object({ number: text(40) });

const draftLine = z.strictObject({
  item: code.describe('SKU'),
  quantity,
  lot: code.optional(),
  serials: serials.optional(),
  disposition: z.enum(DISPOSITION_NAMES).default('sellable'),
  from: code.optional().describe('the bin at the sending site; or say it when shipping'),
  to: code.optional().describe('the bin at the receiving site; or say it when receiving'),
});
export type DraftLine = z.output<typeof draftLine>;
const draftLines = z.array(draftLine).min(1).max(TRANSFER_LINES_MAX);

export const createBody = z.strictObject({
  from: code.describe('code of the sending site'),
  to: code.describe('code of the receiving site'),
  owner: code.optional().describe('by default the house'),
  reference: text(80).optional(),
  notes: text(1000).optional(),
  lines: draftLines,
});
export type CreateBody = z.output<typeof createBody>;

export const editBody = z.strictObject({
  reference: text(80).nullable().optional(),
  notes: text(1000).nullable().optional(),
  lines: draftLines.optional(),
});
export type EditBody = z.output<typeof editBody>;

const note = text(1000).optional();
export const releaseBody = z.strictObject({ note });
const stepLine = z.strictObject({
  line: z.number().int().min(1).max(TRANSFER_LINES_MAX),
  quantity: quantity.optional().describe('by default all that is open'),
  lot: code.optional(),
  serials: serials.optional(),
});
const stepLines = <T extends z.ZodType>(line: T) => z.array(line).max(TRANSFER_LINES_MAX);

export const shipBody = z.strictObject({
  lines: stepLines(stepLine.extend({ from: code.optional() }))
    .optional()
    .describe('by default every line with all that is open'),
  final: z.boolean().optional().describe('ends what is not shipped and frees it'),
  occurredAt: instant.optional(),
  note,
});
export const receiveBody = z.strictObject({
  lines: stepLines(
    stepLine.extend({
      to: code.optional(),
      disposition: z.enum(DISPOSITION_NAMES).optional(),
    }),
  )
    .optional()
    .describe('by default everything that is on the way'),
  occurredAt: instant.optional(),
  note,
});
export const closeBody = z.strictObject({
  reason: z.enum(LOSS_REASONS),
  occurredAt: instant.optional(),
  note,
});

const lineAnswer = z.object({
  line: z.number(),
  item: z.string(),
  quantity: z.string(),
  lot: z.string().nullable(),
  serials: z.array(z.string()).nullable(),
  disposition: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  shipped: z.string(),
  received: z.string(),
  lost: z.string(),
  cancelled: z.string(),
  inTransit: z.string(),
  reservation: z.string().nullable(),
});

export const transferAnswer = z.object({
  number: z.string(),
  owner: z.string(),
  from: z.string(),
  to: z.string(),
  state: z.enum(TRANSFER_STATES),
  reference: z.string().nullable(),
  notes: z.string().nullable(),
  expectedDispatchAt: z.string().nullable(),
  expectedArrivalAt: z.string().nullable(),
  releasedAt: z.string().nullable(),
  shippedAt: z.string().nullable(),
  receivedAt: z.string().nullable(),
  version: z.number().describe('also the ETag'),
  createdAt: z.string(),
  updatedAt: z.string(),
  lines: z.array(lineAnswer),
});
export type TransferAnswer = z.output<typeof transferAnswer>;

export const listQuery = z.object({
  ...pageQuery,
  state: z.enum(TRANSFER_STATES).optional(),
  from: code.optional(),
  to: code.optional(),
  owner: code.optional(),
  item: code.optional(),
});
