import { z } from 'zod';
import { PACKAGING_LEVELS } from '../../catalog/index.ts';
import { instant } from '../../platform/http.ts';
import { DISPOSITION_NAMES, KIND_NAMES, REASON_NAMES } from './vocabulary.ts';

/** The wire form of ledger commands and their answers. */

export const LINES_MAX = 1000;
export const COMMANDS_MAX = 1000;

/** Text without control characters and lone surrogates, which PostgreSQL cannot keep. */
const text = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const CALENDAR_BEGINS = '1900-01-01';
const day = z.iso
  .date()
  .refine((value) => value >= CALENDAR_BEGINS, `is before ${CALENDAR_BEGINS}`);
const moment = instant.refine(
  (value) => Date.parse(value) >= Date.parse(CALENDAR_BEGINS),
  `is before ${CALENDAR_BEGINS}`,
);

export const code = text(64);
export const quantity = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,6})?$/)
  .describe('a decimal, not negative, in base units or in packs of `level`');
export const money = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,8})?$/)
  .describe('a decimal in the house currency');
export const signedMoney = z.string().regex(/^-?\d{1,13}(\.\d{1,8})?$/);
export const ledgerId = z
  .string()
  .regex(/^\d{1,4}-\d{1,15}$/)
  .describe('`<journal>-<seq>`');

/** A command id: any printable text; a UUID is used as it is. */
export const commandId = z
  .string()
  .regex(/^[!-~]{1,255}$/)
  .describe('printable ASCII without spaces');

/** Every command needs an id of its own, so that a lost answer can be asked for again. */
export const idempotencyHeader = z.looseObject({
  'idempotency-key': commandId.describe('new for each command; the same again for a repetition'),
});

export const documentReference = z.strictObject({
  type: text(40).describe('for instance `sales_order`'),
  number: text(80),
});

export const place = z.union([
  code.describe('a location code'),
  z.strictObject({
    location: code,
    lpn: code.optional().describe('the handling unit the units are in'),
    disposition: z.enum(DISPOSITION_NAMES).optional(),
  }),
]);

export const movementLine = z.strictObject({
  kind: z.enum(KIND_NAMES),
  item: code.describe('SKU'),
  quantity,
  level: z.enum(PACKAGING_LEVELS).optional(),
  from: place.optional(),
  to: place.optional(),
  owner: code.optional(),
  lot: code.optional(),
  expiresOn: day.optional(),
  manufacturedOn: day.optional(),
  serials: z.array(text(64)).max(1000).optional(),
  unitCost: money.optional(),
  value: money.optional(),
  reason: z.enum(REASON_NAMES).optional(),
  document: documentReference.optional(),
  occurredAt: moment.optional(),
  reservation: ledgerId.optional(),
  allocation: ledgerId.optional(),
  returnOf: ledgerId.optional(),
});
export type MovementLine = z.output<typeof movementLine>;

export const movementsBody = z.strictObject({
  lines: z.array(movementLine).min(1).max(LINES_MAX),
  device: code.optional(),
});

export const bulkBody = z.strictObject({
  commands: z
    .array(movementsBody.extend({ id: commandId }))
    .min(1)
    .max(COMMANDS_MAX),
});

const problemMember = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
});

export const lineAnswer = z.object({
  line: z.number(),
  status: z.enum(['committed', 'rejected', 'unknown']),
  id: ledgerId.optional(),
  journal: z.number().optional(),
  seq: z.number().optional(),
  quantity: z.string().optional(),
  value: z.string().optional(),
  costUnknown: z
    .literal(true)
    .optional()
    .describe('no cost was given and none is known: taken in at nothing until it is corrected'),
  fromOnHand: z.string().optional(),
  toOnHand: z.string().optional(),
  onHand: z.string().optional(),
  reserved: z.string().optional(),
  allocated: z.string().optional(),
  problem: problemMember.optional(),
});
export type LineAnswer = z.output<typeof lineAnswer>;

export const commandAnswer = z.object({
  commandId,
  status: z.enum(['committed', 'partial', 'rejected', 'unknown']),
  replayed: z.boolean(),
  recordedAt: instant.nullable(),
  lines: z.array(lineAnswer),
  problem: problemMember.optional(),
});
export type CommandAnswer = z.output<typeof commandAnswer>;

export const bulkAnswer = z.object({ outcomes: z.array(commandAnswer) });

export const reverseBody = z.strictObject({
  reason: z.enum(REASON_NAMES).optional(),
  occurredAt: moment.optional(),
});

export const revalueBody = z.strictObject({
  amount: signedMoney.optional().describe('the difference, negative for a credit'),
  value: money.optional().describe('what the whole movement should have cost'),
  unitCost: money.optional(),
  reason: z.enum(REASON_NAMES).optional(),
  document: documentReference.optional(),
  occurredAt: moment.optional(),
});

export const reservationsBody = z.strictObject({
  lines: z
    .array(z.strictObject({ item: code, quantity, site: code, owner: code.optional() }))
    .min(1)
    .max(LINES_MAX),
  expiresInSeconds: z.number().int().min(1).max(31_536_000).optional(),
  expiresAt: moment.optional(),
  document: documentReference.optional(),
});
export type ReservationsBody = z.output<typeof reservationsBody>;

export const reservationAnswer = z.object({
  groupId: commandId,
  status: z.enum(['committed', 'rejected', 'unknown']),
  replayed: z.boolean(),
  expiresAt: instant.nullable(),
  lines: z.array(
    z.object({ line: z.number(), id: ledgerId, quantity: z.string(), reserved: z.string() }),
  ),
  problem: problemMember.optional(),
});
export type ReservationAnswer = z.output<typeof reservationAnswer>;

export const settleBody = z.strictObject({
  quantity: quantity.optional().describe('to release only a part; the rest stays reserved'),
  expiresInSeconds: z.number().int().min(1).max(31_536_000).optional(),
  expiresAt: moment.optional(),
});

export const allocationsBody = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        item: code,
        quantity,
        place,
        lot: code.optional(),
        owner: code.optional(),
        reservation: ledgerId.optional(),
        document: documentReference.optional(),
      }),
    )
    .min(1)
    .max(LINES_MAX),
});
export type AllocationsBody = z.output<typeof allocationsBody>;
