import { z } from 'zod';
import { instant, pageOf } from '../../platform/http.ts';
import { RUN_ORDERS_DEFAULT, RUN_ORDERS_MAX } from './runs.ts';

const code = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const money = z.string().describe('a decimal in the house currency');

/** Starts a run. */
export const runBody = z.strictObject({
  policy: code.optional().describe('code of a sourcing policy; by default `default`'),
  channel: code.optional().describe('only sales orders of this channel'),
  site: code.optional().describe('only sales orders with something reserved at this site'),
  salesOrdersMax: z
    .int()
    .min(1)
    .max(RUN_ORDERS_MAX)
    .default(RUN_ORDERS_DEFAULT)
    .describe('the first to be served first'),
});

const stayed = z.object({
  salesOrder: z.string(),
  line: z.number(),
  part: z.number(),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
});

const runResult = z.looseObject({
  reason: z.string().optional().describe('why it failed'),
  salesOrders: z.number().optional(),
  parts: z.number().optional(),
  contended: z.number().optional().describe('sales orders that had to be decided together'),
  costBefore: money.optional(),
  costPlanned: money.optional(),
  costAfter: money.optional().describe('after the moves that were made'),
  costGreedy: money.optional().describe('what the greedy rule would have cost'),
  bound: money.optional().describe('proven: no plan of whole lines costs less'),
  gap: z.number().optional(),
  extraShipmentsBefore: z.number().optional(),
  extraShipmentsAfter: z.number().optional(),
  solveMs: z.number().optional(),
  moved: z.number().optional(),
  stayedCount: z.number().optional(),
  stayed: z.array(stayed).optional().describe('the first of those that could not move, and why'),
  fallback: z.string().nullable().optional(),
});

export const runAnswer = z.object({
  number: z.string(),
  policy: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  step: z.string().describe('what it is doing, or has done, in words'),
  channel: z.string().nullable(),
  site: z.string().nullable(),
  salesOrdersMax: z.number(),
  result: runResult.nullable(),
  createdAt: instant,
  finishedAt: instant.nullable(),
});
export type RunAnswer = z.output<typeof runAnswer>;
export const runPage = pageOf(runAnswer);

const costAnswer = z
  .object({
    total: money,
    shipping: money,
    handling: money,
    split: money,
    lateness: money,
    balance: money,
    unassigned: money,
  })
  .nullable()
  .describe('null for keys bound to an owner: what shipping costs the house is its own business');

export const decisionAnswer = z.object({
  decisionId: z.string(),
  method: z.enum(['greedy', 'batch', 'shortage']),
  policy: z.string(),
  run: z.string().nullable(),
  decidedAt: instant,
  durationMs: z.number(),
  gap: z.number().nullable().describe('of the run: the part of its cost that is not proven'),
  explanation: z.string(),
  lines: z.array(
    z.object({
      line: z.number(),
      item: z.string(),
      site: z.string().nullable(),
      quantity: z.string(),
    }),
  ),
  cost: costAnswer,
  alternatives: z.array(
    z.object({
      site: z.string(),
      verdict: z.enum(['dearer', 'short', 'kept']),
      cost: money.nullable(),
      short: z.object({ item: z.string(), needed: z.string(), there: z.string() }).nullable(),
    }),
  ),
});
export type DecisionAnswer = z.output<typeof decisionAnswer>;
export const decisionPage = pageOf(decisionAnswer);
