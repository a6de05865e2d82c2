import { z } from 'zod';
import { instant, pageOf } from '../../platform/http.ts';
import { PART_STATES } from '../orders/order.ts';
import { code, ledgerId, moment, note, quantity, text } from '../orders/schemas.ts';
import { REQUEST_STATES } from './request.ts';

/** The wire form of fulfilment requests and shipments. */

const LINES_MAX = 500;
const POSITIONS_MAX = 500;

export const requestAnswer = z.object({
  number: z.string(),
  salesOrder: z.string(),
  owner: z.string(),
  channel: z.string(),
  site: z.string(),
  state: z.enum(REQUEST_STATES),
  version: z.number(),
  priority: z.number(),
  serviceLevel: z.string(),
  promisedAt: instant.nullable(),
  shipTo: z.looseObject({ name: z.string(), city: z.string(), country: z.string() }),
  lines: z.array(
    z.object({
      line: z.number(),
      part: z.number(),
      item: z.string(),
      quantity: z.string(),
      state: z.enum(PART_STATES),
      reservation: ledgerId.nullable(),
    }),
  ),
  releasedAt: instant,
  updatedAt: instant,
});
export type RequestAnswer = z.output<typeof requestAnswer>;
export const requestPage = pageOf(requestAnswer);

const line = z.int().min(1).max(1_000_000);

export const shortBody = z.strictObject({
  lines: z
    .array(z.strictObject({ line, quantity: quantity.describe('units that are not there') }))
    .min(1)
    .max(LINES_MAX),
  note: note.optional(),
});
export type ShortBody = z.output<typeof shortBody>;

const position = z.strictObject({
  location: code,
  quantity,
  lot: code.optional(),
  lpn: code.optional(),
  serials: z.array(text(64)).max(1000).optional(),
});
export type ShipPosition = z.output<typeof position>;

export const shipBody = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        line,
        quantity: quantity.optional().describe('by default all that is asked for'),
        positions: z
          .array(position)
          .min(1)
          .max(POSITIONS_MAX)
          .optional()
          .describe('where the units are taken from; by default what expires first'),
      }),
    )
    .min(1)
    .max(LINES_MAX)
    .optional()
    .describe('by default everything that the request asks for'),
  carrier: text(100).optional(),
  trackingNumber: text(100).optional(),
  occurredAt: moment.optional(),
});
export type ShipBody = z.output<typeof shipBody>;
