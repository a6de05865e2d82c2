import { z } from 'zod';
import { historyAnswer } from '../platform/history.ts';
import { policyFields, REASON_CODES, REFUND_TIMINGS } from './policy.ts';
import { SHIPPING_REFUNDS } from './refund.ts';
import { GRADES } from './schemas.ts';
import { RETURN_STATES } from './states.ts';

/** The wire form of what returns answer. */

const amount = z.string().regex(/^-?\d+(\.\d+)?$/);
const units = z.string();

export const lineAnswer = z.object({
  line: z.number(),
  item: z.string(),
  orderLine: z.number().nullable(),
  reason: z.enum(REASON_CODES),
  comment: z.string().nullable(),
  unexpected: z.boolean(),
  state: z.enum(RETURN_STATES),
  expected: units,
  received: units,
  inspected: units,
  refunded: units,
  refused: units,
  due: units.describe('units that money may be given back for now'),
  paid: z
    .object({ net: amount, tax: amount })
    .nullable()
    .describe('what the customer paid for the units of the line; null where it is not known'),
  withheld: amount,
});

export const receiptLineAnswer = z.object({
  receipt: z.number(),
  receiptLine: z.number(),
  line: z.number(),
  item: z.string(),
  quantity: units,
  location: z.string(),
  lpn: z.string().nullable(),
  lot: z.string().nullable(),
  serials: z.array(z.string()),
  returnOf: z.string().nullable().describe('the shipment movement that it left with'),
  value: amount.nullable().describe('what it brought back, in the house currency'),
  state: z.enum(['posting', 'posted', 'refused']),
  movement: z.string().nullable(),
  inspected: units,
  receivedAt: z.string(),
  problem: z.looseObject({}).nullable(),
});

export const inspectionAnswer = z.object({
  inspection: z.number(),
  receipt: z.number(),
  receiptLine: z.number(),
  line: z.number(),
  item: z.string(),
  quantity: units,
  serials: z.array(z.string()),
  grade: z.enum(GRADES),
  findings: z.string().nullable(),
  photos: z.array(z.string()),
  outcome: z.looseObject({ kind: z.string() }),
  state: z.enum(['posting', 'posted', 'refused', 'reversing', 'reversed']),
  movement: z.string().nullable(),
  handedOver: z.string().nullable().describe('the document it went on with'),
  value: amount.nullable(),
  inspectedAt: z.string(),
  problem: z.looseObject({}).nullable(),
});

export const refundAnswer = z.object({
  refund: z.number(),
  kind: z.enum(['refund', 'claw_back', 'refusal']),
  currency: z.string(),
  net: amount,
  tax: amount,
  shipping: amount,
  total: amount,
  fee: amount,
  withheld: amount,
  exchange: z.looseObject({}).nullable(),
  note: z.string().nullable(),
  createdAt: z.string(),
  lines: z.array(
    z.object({ line: z.number(), quantity: units, net: amount, tax: amount, fee: amount }),
  ),
});

export const summaryAnswer = z.object({
  number: z.string(),
  owner: z.string(),
  salesOrder: z.string().nullable(),
  channel: z.string().nullable(),
  customer: z.string().nullable(),
  site: z.string(),
  currency: z.string(),
  state: z.enum(RETURN_STATES),
  terms: z.object({
    windowDays: z.number(),
    expiresAfterDays: z.number(),
    autoAuthorise: z.boolean(),
    refundTiming: z.enum(REFUND_TIMINGS),
    shippingRefund: z.enum(SHIPPING_REFUNDS),
    restockingFees: policyFields.restockingFees.schema,
  }),
  override: z.object({ note: z.string(), by: z.string() }).nullable(),
  carrier: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  labelUrl: z.string().nullable(),
  expectedOn: z.string().nullable(),
  notes: z.string().nullable(),
  shippedAt: z.string().nullable(),
  windowEndsAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  lines: z.array(lineAnswer),
  version: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const returnAnswer = summaryAnswer.extend({
  receipts: z.array(receiptLineAnswer),
  inspections: z.array(inspectionAnswer),
  refunds: z.array(refundAnswer),
});
export type ReturnAnswer = z.output<typeof returnAnswer>;

export const historyPage = z.object({ items: z.array(historyAnswer) });
