import { z } from 'zod';
import { pageQuery } from '../../platform/http.ts';
import { text } from '../../platform/text.ts';
import { EXCEPTION_ACTIONS, EXCEPTION_KINDS } from './find-exceptions.ts';
import { ABC_CLASSES, XYZ_CLASSES } from './setting.ts';
import { EXCEPTION_STATES, PROPOSAL_STATES } from './states.ts';

/** The wire form of proposals, targets, runs and exceptions. */

const LINES_MAX = 1_000;
/** Proposals that one request may approve. */
export const BULK_MAX = 200;

const code = text(64);
const note = text(1000);
const isSane = (value: string) => value >= '1970-01-01' && value < '2200-01-01';
const day = z.iso.date().refine(isSane, 'is not between 1970 and 2200');
const quantity = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,6})?$/)
  .describe('a decimal in base units');
const number = z
  .string()
  .max(40)
  .regex(/^[!-~]+$/);

export const keyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .describe('the same key with the same body gives the first answer again'),
});
export const etagHeader = z.looseObject({
  'if-match': z.string().optional().describe('the ETag of the document as it was read'),
});

export const proposalParams = z.object({ number });
export const proposalList = z.object({
  ...pageQuery,
  state: z.enum(PROPOSAL_STATES).optional(),
  kind: z.enum(['purchase', 'transfer']).optional(),
  supplier: code.optional(),
  site: code.optional().describe('where the goods are needed'),
  from: code.optional().describe('where a transfer comes from'),
  item: code.optional(),
});

export const editBody = z.strictObject({
  supplier: code.optional().describe('another one that sells every item of it'),
  orderOn: day.optional(),
  expectedOn: day.optional().describe('of every line'),
  lines: z
    .array(z.strictObject({ line: z.number().int().min(1).max(LINES_MAX), quantity }))
    .max(LINES_MAX)
    .optional()
    .describe('new quantities; 0 takes a line out'),
  note: note.optional().describe('why; goes to the history'),
});
export type EditBody = z.output<typeof editBody>;

export const rejectBody = z.strictObject({
  reason: note,
  quietDays: z
    .number()
    .int()
    .min(0)
    .max(365)
    .default(7)
    .describe('days in which its items are not proposed again for that site'),
});
export const approveBody = z.strictObject({
  submit: z.boolean().optional().describe('by default as the settings of the supplier say'),
  overrideTerms: z.boolean().optional().describe('although it breaks terms of the supplier'),
  release: z.boolean().optional().describe('a transfer order at once, which reserves its units'),
  note: note.optional(),
});
export type ApproveBody = z.output<typeof approveBody>;
export const bulkBody = approveBody.extend({
  proposals: z
    .array(z.strictObject({ number, version: z.number().int().min(1).optional() }))
    .min(1)
    .max(BULK_MAX),
});

const why = z.looseObject({});
const lineAnswer = z.object({
  line: z.number(),
  item: z.string(),
  quantity: z.string(),
  proposedQuantity: z.string(),
  unitPrice: z.string().nullable(),
  amount: z.string(),
  expectedOn: z.string(),
  summary: z.string().describe('why, in a sentence'),
  why: why.describe('the figures behind it'),
});

export const WARNINGS = ['exchange_rate_missing', 'price_missing', 'not_active'] as const;
const warning = z.object({ code: z.enum(WARNINGS), message: z.string() });

export const proposalHead = z.object({
  number: z.string(),
  kind: z.enum(['purchase', 'transfer']),
  state: z.enum(PROPOSAL_STATES),
  run: z.number(),
  supplier: z.string().nullable(),
  from: z.string().nullable(),
  site: z.string(),
  currency: z.string(),
  amount: z.string().describe('of a purchase at its prices, of a transfer at cost'),
  waitingCostPerDay: z.string().describe('house currency; what waiting is expected to cost'),
  orderOn: z.string(),
  expectedOn: z.string(),
  expiresOn: z.string(),
  lineCount: z.number(),
  summary: z.string(),
  warnings: z
    .array(warning)
    .describe('why approval would be refused as things are, and what to do; of open proposals'),
  why,
  reason: z.string().nullable().describe('why it was rejected'),
  quietUntil: z.string().nullable(),
  document: z.object({ type: z.string(), number: z.string() }).nullable(),
  version: z.number().describe('also the ETag'),
  createdAt: z.string(),
  updatedAt: z.string(),
  decidedAt: z.string().nullable(),
});
export const proposalAnswer = proposalHead.extend({ lines: z.array(lineAnswer) });
export type ProposalWarning = z.output<typeof warning>;
export type ProposalHead = z.output<typeof proposalHead>;
export type ProposalAnswer = z.output<typeof proposalAnswer>;

export const bulkAnswer = z.object({
  approved: z.number(),
  refused: z.number(),
  proposals: z.array(
    z.object({
      number: z.string(),
      status: z.enum(['approved', 'refused']),
      document: z.object({ type: z.string(), number: z.string() }).nullable(),
      problem: z.looseObject({ type: z.string(), status: z.number() }).nullable(),
    }),
  ),
});

export const runBody = z.strictObject({
  day: day.optional().describe('the day that is planned from; by default today'),
});
export const runAnswer = z.object({
  run: z.number(),
  state: z.enum(['running', 'finished', 'failed']),
  day: z.string(),
  phase: z.string(),
  done: z.number(),
  total: z.number(),
  figures: z.looseObject({}).nullable(),
  message: z
    .string()
    .nullable()
    .describe('why it failed, or what to mind, such as forecasts that are too old'),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type RunAnswer = z.output<typeof runAnswer>;
export const runParams = z.object({ run: z.coerce.number().int().min(1).max(2_147_483_647) });
export const runList = z.object({ ...pageQuery });

export const targetList = z.object({
  ...pageQuery,
  item: code.optional(),
  site: code.optional(),
  owner: code.optional(),
  abcClass: z.enum(ABC_CLASSES).optional(),
  xyzClass: z.enum(XYZ_CLASSES).optional(),
  supplier: code.optional(),
});
export const targetAnswer = z.object({
  item: z.string(),
  site: z.string(),
  owner: z.string(),
  abcClass: z.enum(ABC_CLASSES),
  xyzClass: z.enum(XYZ_CLASSES),
  supplier: z.string().nullable(),
  sourceSite: z.string().nullable(),
  demandPerDay: z.number().describe('base units, as are the levels; statistics, not quantities'),
  leadTimeDays: z.number(),
  reviewPeriodDays: z.number(),
  reorderPoint: z.number(),
  orderUpTo: z.number(),
  safetyStock: z.number(),
  inventoryPosition: z.string(),
  explanation: z.looseObject({}),
  computedAt: z.string(),
});
export type TargetAnswer = z.output<typeof targetAnswer>;

export const exceptionParams = z.object({
  exception: z.coerce.number().int().min(1).max(2_147_483_647),
});
export const exceptionList = z.object({
  ...pageQuery,
  state: z.enum(EXCEPTION_STATES).optional().describe('by default all that are not resolved'),
  kind: z.enum(EXCEPTION_KINDS).optional(),
  item: code.optional(),
  site: code.optional(),
  supplier: code.optional(),
  assignedTo: text(100).optional(),
});
export const exceptionAnswer = z.object({
  exception: z.number(),
  kind: z.enum(EXCEPTION_KINDS),
  subject: z.string().nullable().describe('the lot or the purchase order it is about'),
  item: z.string(),
  site: z.string(),
  supplier: z.string().nullable(),
  state: z.enum(EXCEPTION_STATES),
  moneyAtRisk: z.string().describe('house currency; what the list is ranked by'),
  action: z.enum(EXCEPTION_ACTIONS),
  summary: z.string(),
  details: z.looseObject({}),
  snoozedUntil: z.string().nullable(),
  assignedTo: z.string().nullable(),
  version: z.number().describe('also the ETag'),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  resolvedAt: z.string().nullable(),
});
export type ExceptionAnswer = z.output<typeof exceptionAnswer>;
export const noteBody = z.strictObject({ note: note.optional() });
export const snoozeBody = noteBody.extend({ until: day });
export const assignBody = noteBody.extend({
  assignedTo: text(100).nullable().describe('null: nobody'),
});
