import { z } from 'zod';
import { instant, pageOf } from '../../platform/http.ts';
import { currencyCode } from '../../platform/rates.ts';
import { prose, text } from '../../platform/text.ts';
import {
  BACKORDER_POLICIES,
  HOLD_KINDS,
  LINE_STATES,
  ORDER_STATES,
  PART_STATES,
  PRIORITY_MAX,
  SHIPMENT_POLICIES,
} from './order.ts';

export { text };

/** The wire form of sales orders. */

export const LINES_MAX = 500;
export const ORDERS_MAX = 500;
const ATTACHMENTS_MAX = 20;

export const code = text(64);
export const note = prose(1000);
export const quantity = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,6})?$/)
  .describe('a decimal in base units');
export const money = z
  .string()
  .regex(/^\d{1,11}(\.\d{1,4})?$/)
  .describe('a decimal in the currency of the sales order');
export const unitPrice = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,8})?$/)
  .describe('for one base unit, before tax');
export const orderNumber = z
  .string()
  .regex(/^[!-~]{1,80}$/)
  .describe('printable ASCII without spaces');
export const ledgerId = z.string().describe('`<journal>-<seq>`');

const CALENDAR_BEGINS = Date.parse('1900-01-01T00:00:00Z');
/** An instant that every calendar here can hold. */
export const moment = instant.refine(
  (value) => Date.parse(value) >= CALENDAR_BEGINS,
  'is too early',
);

/** Every request that creates needs a key, so that a lost answer can be asked for again. */
export const idempotencyKey = z
  .string()
  .regex(/^[!-~]{1,200}$/)
  .describe('printable ASCII without spaces');
export const idempotencyHeader = z.looseObject({
  'idempotency-key': idempotencyKey.describe('new for each request; the same for a repetition'),
});
export const optionalKeyHeader = z.looseObject({
  'idempotency-key': idempotencyKey
    .optional()
    .describe('the same key gives the first answer again'),
});
export const ifMatchHeader = z.looseObject({
  'if-match': z.string().optional().describe('the ETag of the sales order as it was read'),
});

const degrees = (most: number) => z.number().min(-most).max(most);
export const shipTo = z.strictObject({
  name: text(200),
  lines: z.array(text(200)).max(6).default([]),
  city: text(200),
  region: text(200).optional(),
  postalCode: text(20).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .describe('ISO 3166-1 alpha-2'),
  latitude: degrees(90).optional(),
  longitude: degrees(180).optional(),
});

const attachment = z.strictObject({
  title: text(200),
  url: z
    .string()
    .max(2000)
    .regex(/^https:\/\/[!-~]+$/, 'is no https address'),
});

const lineFields = {
  item: code.describe('SKU'),
  quantity,
  unitPrice: unitPrice.default('0'),
  discount: money.default('0').describe('for the whole line'),
  tax: money.default('0').describe('for the whole line, on top of the price'),
  site: code.optional().describe('the only site it may come from'),
};
const orderLine = z.strictObject(lineFields);

export const captureBody = z.strictObject({
  number: orderNumber.optional().describe('by default the next of the series SO-000001'),
  owner: code.optional(),
  channel: code,
  customer: code.optional(),
  customerReference: text(100).optional(),
  channelReference: text(100).optional(),
  priority: z.int().min(0).max(PRIORITY_MAX).optional().describe('the higher the sooner'),
  shipTo,
  serviceLevel: code.optional(),
  requestedAt: moment.optional().describe('when the customer wants it'),
  promisedAt: moment
    .optional()
    .describe('when the customer was told to have it; by default what can be promised'),
  currency: currencyCode.optional().describe('by default the currency of the house'),
  shippingCharge: money.default('0'),
  shipmentPolicy: z.enum(SHIPMENT_POLICIES).optional(),
  backorder: z
    .enum(BACKORDER_POLICIES)
    .optional()
    .describe('whether what is short waits, or refuses the whole sales order'),
  holds: z.array(z.enum(HOLD_KINDS)).max(HOLD_KINDS.length).default([]),
  notes: prose(4000).optional(),
  attachments: z.array(attachment).max(ATTACHMENTS_MAX).default([]),
  cartHold: z.uuid().optional().describe('the hold whose reservations become those of the order'),
  lines: z.array(orderLine).min(1).max(LINES_MAX),
});
export type CaptureBody = z.output<typeof captureBody>;
export type CaptureLine = CaptureBody['lines'][number];

const capturedPart = z.object({
  part: z.number(),
  site: z.string().nullable(),
  quantity: z.string(),
  state: z.enum(PART_STATES),
  reservation: ledgerId.nullable(),
});
export const captureAnswer = z.object({
  salesOrderId: z.string(),
  number: z.string(),
  owner: z.string(),
  channel: z.string(),
  state: z.enum(ORDER_STATES),
  onHold: z.boolean(),
  version: z.number(),
  currency: z.string(),
  total: z.string().describe('goods less discounts, tax and shipping'),
  lines: z.array(
    z.object({
      line: z.number(),
      item: z.string(),
      quantity: z.string(),
      state: z.enum(LINE_STATES),
      parts: z.array(capturedPart),
    }),
  ),
  promisedAt: instant.nullable().describe('null: nothing can be promised, see its history'),
  createdAt: instant,
  replayed: z.boolean(),
});
export type CaptureAnswer = z.output<typeof captureAnswer>;

export const problemMember = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
});
export const bulkCaptureBody = z.strictObject({
  orders: z
    .array(captureBody.extend({ id: idempotencyKey }))
    .min(1)
    .max(ORDERS_MAX),
});
export const bulkCaptureAnswer = z.object({
  captured: z.number(),
  rejected: z.number(),
  orders: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['captured', 'rejected', 'unknown']),
      salesOrder: captureAnswer.optional(),
      problem: problemMember.optional(),
    }),
  ),
});

export const partAnswer = capturedPart.extend({
  fulfilmentRequest: z.string().nullable(),
  shipment: z.string().nullable(),
});
export const lineAnswer = z.object({
  line: z.number(),
  item: z.string(),
  quantity: z.string(),
  cancelled: z.string(),
  shipped: z.string(),
  state: z.enum(LINE_STATES),
  site: z.string().nullable(),
  unitPrice: z.string(),
  discount: z.string(),
  tax: z.string(),
  parts: z.array(partAnswer),
});
export const holdAnswer = z.object({
  kind: z.enum(HOLD_KINDS),
  note: z.string().nullable(),
  placedBy: z.string().nullable(),
  placedAt: instant,
  releasedBy: z.string().nullable(),
  releasedAt: instant.nullable(),
  releaseNote: z.string().nullable(),
});
export const shipmentAnswer = z.object({
  number: z.string(),
  state: z.enum(['posting', 'shipped', 'refused']),
  salesOrder: z.string(),
  fulfilmentRequest: z.string(),
  site: z.string(),
  carrier: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  occurredAt: instant,
  movements: z.array(z.object({ line: z.number(), id: ledgerId, quantity: z.string() })),
});
export type ShipmentAnswer = z.output<typeof shipmentAnswer>;

const headerFields = {
  salesOrderId: z.string(),
  number: z.string(),
  owner: z.string(),
  channel: z.string(),
  customer: z.string().nullable(),
  customerReference: z.string().nullable(),
  channelReference: z.string().nullable(),
  state: z.enum(ORDER_STATES),
  onHold: z.boolean(),
  priority: z.number(),
  serviceLevel: z.string(),
  shipmentPolicy: z.enum(SHIPMENT_POLICIES),
  backorder: z.enum(BACKORDER_POLICIES),
  currency: z.string(),
  requestedAt: instant.nullable(),
  promisedAt: instant.nullable(),
  country: z.string(),
  postalCode: z.string().nullable(),
  version: z.number().describe('also the ETag'),
  createdAt: instant,
  updatedAt: instant,
};
export const orderHeader = z.object(headerFields);
export type OrderHeader = z.output<typeof orderHeader>;
export const orderPage = pageOf(orderHeader);

export const orderAnswer = orderHeader.extend({
  shipTo: z.looseObject({ name: z.string(), city: z.string(), country: z.string() }),
  rate: z.string().nullable().describe('house currency for one unit of the currency'),
  shippingCharge: z.string(),
  total: z.string(),
  notes: z.string().nullable(),
  attachments: z.array(z.object({ title: z.string(), url: z.string() })),
  holds: z.array(holdAnswer),
  lines: z.array(lineAnswer),
  shipments: z.array(shipmentAnswer),
});
export type OrderAnswer = z.output<typeof orderAnswer>;

const editLine = z.strictObject({
  line: z.int().min(1).max(100_000).optional().describe('an existing line; absent: a new one'),
  drop: z.literal(true).optional().describe('cancels what is open of the line'),
  item: code.optional().describe('of a new line'),
  quantity: quantity.optional(),
  unitPrice: unitPrice.optional(),
  discount: money.optional(),
  tax: money.optional(),
  site: code.optional(),
});
export const editBody = z.strictObject({
  customer: code.nullable().optional(),
  priority: z.int().min(0).max(PRIORITY_MAX).optional(),
  shipTo: shipTo.optional(),
  serviceLevel: code.optional(),
  requestedAt: moment.nullable().optional(),
  promisedAt: moment.nullable().optional(),
  shipmentPolicy: z.enum(SHIPMENT_POLICIES).optional(),
  backorder: z.enum(BACKORDER_POLICIES).optional(),
  notes: prose(4000).nullable().optional(),
  attachments: z.array(attachment).max(ATTACHMENTS_MAX).optional(),
  lines: z.array(editLine).max(LINES_MAX).optional(),
});
export type EditBody = z.output<typeof editBody>;
export type EditLine = NonNullable<EditBody['lines']>[number];

export const cancelBody = z.strictObject({
  lines: z
    .array(z.strictObject({ line: z.int().min(1), quantity: quantity.optional() }))
    .min(1)
    .max(LINES_MAX)
    .optional()
    .describe('by default everything that has not been shipped'),
  reason: note.optional(),
});
export type CancelBody = z.output<typeof cancelBody>;

export const holdBody = z.strictObject({ kind: z.enum(HOLD_KINDS), note: note.optional() });
export const releaseHoldBody = z.strictObject({ note: note.optional() });
export const moveBody = z.strictObject({
  line: z.int().min(1),
  part: z.int().min(1),
  site: code,
});
