import { z } from 'zod';
import { PACKAGING_LEVELS } from '../catalog/index.ts';
import { instant, pageQuery } from '../platform/http.ts';
import { currencyCode } from '../platform/rates.ts';
import { prose, text } from '../platform/text.ts';
import { REASON_CODES } from './policy.ts';
import { RETURN_STATES } from './states.ts';

export { text };

/** The wire form of returns. */

/** Lines of one document, and scans of one receipt, at most. */
export const LINES_MAX = 500;
const PHOTOS_MAX = 20;

export const code = text(64);
export const note = prose(1000);
export const quantity = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,6})?$/)
  .describe('a decimal in base units');
export const money = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,4})?$/)
  .describe('a decimal in the currency of the return');
const unitPrice = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,8})?$/)
  .describe('for one base unit, before tax');
const link = z
  .string()
  .max(2000)
  .regex(/^https:\/\/[!-~]+$/, 'is no https address');
const day = z.iso
  .date()
  .refine((value) => value >= '1900-01-01' && value < '2200-01-01', 'is not from 1900 to 2199');
const reason = z.enum(REASON_CODES);
export const lineNumber = z.number().int().min(1).max(10_000);
export const numberParams = z.object({ number: text(40) });
export const inspectionParams = z.object({
  number: text(40),
  inspection: z.coerce.number().int().min(1).max(1_000_000),
});

const idempotencyKey = z
  .string()
  .regex(/^[!-~]{1,200}$/)
  .describe('printable ASCII without spaces');
/** Whatever asks the ledger for something needs a key, so that a lost answer can be asked again. */
export const idempotencyHeader = z.looseObject({
  'idempotency-key': idempotencyKey.describe('new for each request; the same for a repetition'),
});
export const optionalKeyHeader = z.looseObject({
  'idempotency-key': idempotencyKey
    .optional()
    .describe('the same key gives the first answer again'),
});
export const ifMatchHeader = z.looseObject({
  'if-match': z.string().optional().describe('the ETag of the return as it was read'),
});

const paid = z
  .strictObject({
    unitPrice,
    discount: money.default('0').describe('for the whole quantity of the line'),
    tax: money.default('0').describe('for the whole quantity of the line'),
  })
  .describe('what the customer paid, where no sales order says so');

const newLine = z.strictObject({
  orderLine: lineNumber.optional().describe('the line of the sales order'),
  item: code.optional().describe('SKU; may be left out where orderLine is given'),
  quantity,
  reason,
  comment: note.optional(),
  paid: paid.optional(),
});

const header = {
  carrier: text(100).nullish(),
  trackingNumber: text(100).nullish(),
  labelUrl: link.nullish(),
  expectedOn: day.nullish(),
  notes: note.nullish(),
};

export const createBody = z.strictObject({
  salesOrder: text(80).optional().describe('without it, a blind return'),
  owner: code.optional().describe('of a blind return; by default the owner of the key'),
  channel: code.optional().describe('of a blind return; its policy holds'),
  customer: code.optional(),
  currency: currencyCode.optional().describe('of a blind return; by default of the house'),
  site: code.describe('where the goods are to arrive'),
  lines: z.array(newLine).min(1).max(LINES_MAX),
  override: z
    .strictObject({ note })
    .optional()
    .describe('takes it although the window is over; who said so is kept'),
  ...header,
});
export type CreateBody = z.output<typeof createBody>;

export const patchBody = z.strictObject({
  ...header,
  customer: code.nullish(),
  lines: z
    .array(
      z.strictObject({
        line: lineNumber,
        quantity: quantity.optional(),
        reason: reason.optional(),
        comment: note.nullish(),
        paid: paid.optional(),
      }),
    )
    .max(LINES_MAX)
    .optional(),
});
export type PatchBody = z.output<typeof patchBody>;

export const authoriseBody = z.strictObject({
  override: z.strictObject({ note }).optional(),
  note: note.optional(),
});
export const noteBody = z.strictObject({ note: note.optional() });
export const reasonBody = z.strictObject({ note });
export const dispatchBody = z.strictObject({
  carrier: text(100).optional(),
  trackingNumber: text(100).optional(),
  labelUrl: link.optional(),
  expectedOn: day.optional(),
});

const scan = z.strictObject({
  item: code.optional().describe('SKU, unless gtin is given'),
  gtin: z
    .string()
    .regex(/^\d{8,14}$/)
    .optional(),
  quantity: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,6})?$/)
    .describe('in base units, or in packs of the GTIN or level that was scanned'),
  level: z.enum(PACKAGING_LEVELS).optional(),
  line: lineNumber.optional().describe('a line of the return; by default the first that fits'),
  location: code.describe('where the goods lie now: a place of the site'),
  lpn: code.optional(),
  lot: code.optional(),
  expiresOn: day.optional(),
  serials: z.array(text(64)).max(1000).optional(),
  reason: reason.optional().describe('of what came unexpectedly'),
});
export type Scan = z.output<typeof scan>;

export const receiptBody = z.strictObject({
  scans: z.array(scan).min(1).max(LINES_MAX),
  excess: z
    .enum(['refuse', 'take'])
    .default('refuse')
    .describe('what to do with more than is expected of an item: refuse, or take as unexpected'),
  device: code.optional(),
});
export type ReceiptBody = z.output<typeof receiptBody>;

export const GRADES = ['as_new', 'good', 'fair', 'poor', 'defective'] as const;
export const DISPOSAL_REASONS = ['damage', 'expiry', 'scrap', 'other'] as const;

export const outcomeBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('restock') }),
  z.strictObject({ kind: z.literal('refurbish'), instructions: note.optional() }),
  z.strictObject({
    kind: z.literal('liquidate'),
    buyer: code,
    price: money.describe('for all units, in the house currency, before tax'),
    tax: money.default('0'),
  }),
  z.strictObject({
    kind: z.literal('return_to_supplier'),
    supplier: code,
    reference: text(80).optional(),
    currency: currencyCode.optional().describe('that it is to be credited in'),
  }),
  z.strictObject({ kind: z.literal('dispose'), reason: z.enum(DISPOSAL_REASONS) }),
]);
export type OutcomeBody = z.output<typeof outcomeBody>;

export const inspectionBody = z.strictObject({
  receipt: lineNumber,
  receiptLine: lineNumber,
  quantity: quantity.optional().describe('by default all that wait there'),
  serials: z.array(text(64)).max(1000).optional(),
  grade: z.enum(GRADES),
  findings: note.optional(),
  photos: z.array(link).max(PHOTOS_MAX).default([]),
  outcome: outcomeBody,
});
export type InspectionBody = z.output<typeof inspectionBody>;

export const finishBody = z.strictObject({
  outcome: z.enum(['done', 'scrapped']),
  quantity: quantity.optional().describe('by default all that is open'),
  serials: z.array(text(64)).max(1000).optional(),
  cost: money.optional().describe('of the work, in the house currency; it becomes value'),
  note: note.optional(),
});
export type FinishBody = z.output<typeof finishBody>;

const refundLine = z.strictObject({
  line: lineNumber,
  quantity: quantity.optional().describe('by default all that is due'),
  share: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(10_000)
    .describe('basis points of what is due that are given back; the rest is withheld'),
  waiveFee: z.boolean().default(false).describe('no restocking fee'),
  amount: money
    .optional()
    .describe('gives back this much of what was withheld before, instead of a quantity'),
});
export const refundBody = z.strictObject({
  lines: z
    .array(refundLine)
    .min(1)
    .max(LINES_MAX)
    .optional()
    .describe('by default all that is due'),
  note: note.optional(),
});
export type RefundBody = z.output<typeof refundBody>;

export const refusalBody = z.strictObject({
  lines: z
    .array(z.strictObject({ line: lineNumber, quantity: quantity.optional() }))
    .min(1)
    .max(LINES_MAX)
    .optional()
    .describe('by default all that is due'),
  note: note.describe('why the customer gets nothing back'),
});

export const exchangeBody = z.strictObject({
  lines: refundBody.shape.lines,
  order: z
    .strictObject({
      channel: code.optional().describe('by default the channel of the return'),
      shipTo: z
        .looseObject({ name: text(200), city: text(200), country: text(2) })
        .optional()
        .describe('by default where the first sales order went'),
      shippingCharge: money.default('0'),
      notes: note.optional(),
      lines: z
        .array(
          z.strictObject({
            item: code,
            quantity,
            unitPrice: unitPrice.default('0'),
            discount: money.default('0').describe('for the whole line'),
            tax: money.default('0').describe('for the whole line, on top of the price'),
            site: code.optional(),
          }),
        )
        .min(1)
        .max(LINES_MAX),
    })
    .describe('the sales order that the customer gets instead'),
  note: note.optional(),
});
export type ExchangeBody = z.output<typeof exchangeBody>;

const CALENDAR_BEGINS = Date.parse('1900-01-01T00:00:00Z');
/** An instant that every calendar here can hold. */
export const moment = instant.refine(
  (value) => Date.parse(value) >= CALENDAR_BEGINS,
  'is too early',
);

export const listQuery = z.object({
  ...pageQuery,
  state: z.enum(RETURN_STATES).optional(),
  owner: code.optional(),
  salesOrder: text(80).optional(),
  customer: code.optional(),
  channel: code.optional(),
  site: code.optional(),
  item: code.optional().describe('SKU of any line'),
  reason: reason.optional().describe('of any line'),
  trackingNumber: text(100).optional(),
  createdFrom: moment.optional(),
  createdTo: moment.optional(),
});
export type ListQuery = z.output<typeof listQuery>;
