import { z } from 'zod';
import { requireHouse } from '../platform/documents/index.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../platform/http.ts';
import { formatMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { readScorecard } from './desk.ts';
import { readExpectedReceipts } from './expected.queries.ts';
import { type GrniRow, readGrni } from './grni.queries.ts';
import { type Inbound, look, lookAsHouse, missing } from './inbound.ts';
import { loadBuyable } from './lookup.queries.ts';
import { addDays } from './purchase-order.ts';
import { amountAnswer, code, day, distributionAnswer, trendAnswer } from './schemas.ts';
import { readObservations } from './scorecard.queries.ts';
import { leadTimesOf, rankBottlenecks } from './scorecard.ts';

const tags = ['Purchasing reports'];
const read = { config: { scope: 'purchasing:read' } } as const;

const DAYS_DEFAULT = 365;
const period = {
  from: day.optional().describe('the first day; without it a year before the last'),
  to: day.optional().describe('the last day; without it today'),
};

const bottleneckAnswer = z.object({
  daysLate: z.number(),
  lateShare: z.number(),
  meanDaysLate: z.number(),
  leadTimeDeviation: z.number(),
  reason: z.string(),
});
const scorecardAnswer = z.object({
  supplier: z.string(),
  from: z.string(),
  to: z.string(),
  receipts: z.number(),
  leadTime: distributionAnswer.nullable().describe('days from sending to receiving'),
  leadTimeTrend: trendAnswer.nullable(),
  dueLines: z.number(),
  onTimeInFull: z.number().nullable().describe('share of the lines that were due, 0 to 1'),
  receivedUnits: z.number(),
  rejectedUnits: z.number().describe('received in a disposition other than sellable'),
  returnedUnits: z.number(),
  rejectionShare: z.number().nullable(),
  priceTrend: trendAnswer.nullable().describe('of prices relative to the first of each item'),
  delays: bottleneckAnswer.nullable(),
});

/** Lead times, scorecards, bottlenecks, what is expected, and GRNI by receipt. */
export function reportRoutes(app: App, inbound: Inbound): void {
  scorecardRoute(app, inbound);
  leadTimeRoute(app, inbound);
  bottleneckRoute(app, inbound);
  expectedRoute(app, inbound);
  grniRoute(app, inbound);
}

function today(inbound: Inbound): string {
  return inbound.context.clock().toISOString().slice(0, 10);
}

function periodOf(inbound: Inbound, query: { from?: string | undefined; to?: string | undefined }) {
  const to = query.to ?? today(inbound);
  return { to, from: query.from ?? addDays(to, -DAYS_DEFAULT) };
}

function scorecardRoute(app: App, inbound: Inbound): void {
  app.get(
    '/v1/suppliers/:code/scorecard',
    {
      ...read,
      schema: {
        tags,
        summary: 'What a supplier achieved',
        params: z.object({ code }),
        querystring: z.object(period),
        response: { 200: scorecardAnswer },
      },
    },
    async (request) => {
      const days = periodOf(inbound, request.query);
      requireHouse(request.principal);
      return { ...days, ...(await readScorecard(inbound.context, request.params.code, days)) };
    },
  );
}

const filters = { supplier: code.optional(), item: code.optional(), site: code.optional() };

function leadTimeRoute(app: App, inbound: Inbound): void {
  app.get(
    '/v1/lead-times',
    {
      ...read,
      schema: {
        tags,
        summary: 'Lead times as they were observed, by supplier and item',
        querystring: z.object({ ...pageQuery, ...period, ...filters }),
        response: {
          200: pageOf(
            z.object({ supplier: z.string(), item: z.string(), leadTime: distributionAnswer }),
          ),
        },
      },
    },
    async (request) => {
      const { cursor, limit, supplier, item, site } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.string().max(64), z.string().max(64)]));
      const asked = { ...periodOf(inbound, request.query), supplier, item, site };
      const observations = await lookAsHouse(inbound, request, (tx) => readObservations(tx, asked));
      const isAfter = (row: { supplier: string; item: string }) =>
        after === undefined ||
        row.supplier > after[0] ||
        (row.supplier === after[0] && row.item > after[1]);
      const rows = leadTimesOf(observations)
        .sort((a, b) => compare(a.supplier, b.supplier) || compare(a.item, b.item))
        .filter(isAfter);
      return toPage(
        rows,
        limit,
        (row) => [row.supplier, row.item],
        (row) => row,
      );
    },
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function bottleneckRoute(app: App, inbound: Inbound): void {
  app.get(
    '/v1/purchasing/bottlenecks',
    {
      ...read,
      schema: {
        tags,
        summary: 'Suppliers and lanes that goods wait for, the worst first, and why',
        querystring: z.object({
          ...period,
          ...filters,
          limit: z.coerce.number().int().min(1).max(100).default(20),
        }),
        response: {
          200: z.object({
            items: z.array(
              bottleneckAnswer.extend({
                rank: z.number(),
                kind: z.enum(['supplier', 'lane']),
                name: z.string(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const { supplier, item, site, limit } = request.query;
      const asked = { ...periodOf(inbound, request.query), supplier, item, site };
      const observations = await lookAsHouse(inbound, request, (tx) => readObservations(tx, asked));
      return { items: rankBottlenecks(observations).slice(0, limit) };
    },
  );
}

function expectedRoute(app: App, inbound: Inbound): void {
  app.get(
    '/v1/expected-receipts',
    {
      ...read,
      schema: {
        tags,
        summary: 'What purchase orders and notices still bring of an item, by day',
        querystring: z.object({ item: code }),
        response: {
          200: z.object({
            items: z.array(
              z.object({
                quantity: z.string(),
                expectedOn: z.string(),
                document: z.object({ type: z.string(), number: z.string() }),
                line: z.number(),
              }),
            ),
          }),
        },
      },
    },
    async (request) =>
      look(inbound, request, async (tx) => {
        const item = (await loadBuyable(tx, [request.query.item])).get(request.query.item);
        if (!item) throw missing('item', request.query.item);
        const rows = await readExpectedReceipts(tx, { itemIds: [item.itemId] });
        return {
          items: rows.map(({ quantity, expectedOn, document, line }) => {
            const shown = formatDecimal(quantity, item.quantityScale);
            return { quantity: shown, expectedOn, document, line };
          }),
        };
      }),
  );
}

const grniAnswer = z.object({
  kind: z.enum(['receipt', 'paid_ahead', 'supplier_return']),
  document: z.object({ type: z.string(), number: z.string() }),
  line: z.number(),
  purchaseOrder: z.string().nullable(),
  supplier: z.string(),
  item: z.string().nullable(),
  site: z.string().nullable(),
  quantity: z.string(),
  invoicedQuantity: z.string(),
  received: amountAnswer,
  cleared: amountAnswer,
  open: amountAnswer.describe('what we owe; negative: what is owed to us'),
  since: z.string(),
  ageDays: z.number(),
});

function grniRoute(app: App, inbound: Inbound): void {
  const money = (amount: bigint) => formatMoney(amount, inbound.houseDigits);
  const toItem = ({ scale, ...row }: GrniRow): z.output<typeof grniAnswer> => ({
    ...row,
    quantity: formatDecimal(row.quantity, scale),
    invoicedQuantity: formatDecimal(row.invoicedQuantity, scale),
    received: money(row.received),
    cleared: money(row.cleared),
    open: money(row.open),
  });
  app.get(
    '/v1/purchasing/grni',
    {
      ...read,
      schema: {
        tags,
        summary: 'Goods received and not invoiced, by receipt, oldest first',
        description: 'With what was paid ahead and what went back uncredited, both negative.',
        querystring: z.object({ ...pageQuery, supplier: code.optional() }),
        response: { 200: pageOf(grniAnswer) },
      },
    },
    async (request) => {
      const { cursor, limit, supplier } = request.query;
      const keys = z.tuple([z.iso.date(), z.string().max(40), z.string().max(40), z.int32()]);
      const after = decodeCursor(cursor, keys);
      const options = { supplier, after, limit: limit + 1 };
      const rows = await lookAsHouse(inbound, request, (tx) =>
        readGrni(tx, today(inbound), options),
      );
      const keyOf = ({ since, document: { type, number }, line }: GrniRow) => [
        since,
        type,
        number,
        line,
      ];
      return toPage(rows, limit, keyOf, toItem);
    },
  );
}
