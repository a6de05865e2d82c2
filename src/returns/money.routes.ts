import { z } from 'zod';
import { readAs, writeAs } from '../platform/database.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../platform/http.ts';
import { formatMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import * as answers from './answer-schemas.ts';
import { change } from './documents.ts';
import { planOfExchange } from './exchanges.commands.ts';
import { sendStep } from './goods.routes.ts';
import { MEASURE_DIMENSIONS, readMeasures } from './measures.queries.ts';
import { type Quote, quoteRefund, wantedOf } from './quote.ts';
import { totalOf } from './refund.ts';
import { refundReturn } from './refunds.commands.ts';
import { refuseRefund } from './refusals.commands.ts';
import { lockReturn } from './rma.commands.ts';
import type { Rma } from './rma.ts';
import * as schemas from './schemas.ts';
import { digitsOf, type Returns, sendAnswer } from './service.ts';
import type { StepWork } from './steps.ts';

const tags = ['Returns'];
const read = { config: { scope: 'returns:read' } } as const;
const write = { config: { scope: 'returns:write' } } as const;

/** Money of returns: quotes, refunds, refusals, exchanges; and how much comes back at all. */
export function moneyRoutes(app: App, returns: Returns, work: StepWork): void {
  quoteRoute(app, returns);
  refundRoutes(app, returns);
  exchangeRoute(app, returns, work);
  measureRoute(app, returns);
}

const figure = z.string();
const quoteAnswer = z.object({
  number: z.string(),
  currency: z.string(),
  net: figure,
  tax: figure,
  shipping: figure,
  total: figure,
  lines: z.array(
    z.object({
      line: z.number(),
      quantity: z.string(),
      net: figure,
      tax: figure,
      fee: figure.describe('the restocking fee that is kept'),
      withheld: figure,
    }),
  ),
});

/** Only there to undo what working out a quote has locked and opened. */
class QuoteRolledBack extends Error {
  readonly quote: z.output<typeof quoteAnswer>;

  constructor(quote: z.output<typeof quoteAnswer>) {
    super('a quote changes nothing');
    this.quote = quote;
  }
}

function showQuote(rma: Rma, quote: Quote): z.output<typeof quoteAnswer> {
  const money = (amount: bigint) => formatMoney(amount, digitsOf(rma.currency));
  const net = quote.parts.reduce((sum, { refund }) => sum + refund.net, 0n);
  const tax = quote.parts.reduce((sum, { refund }) => sum + refund.tax, 0n);
  return {
    number: rma.number,
    currency: rma.currency,
    net: money(net),
    tax: money(tax),
    shipping: money(quote.shipping),
    total: money(net + tax + quote.shipping),
    lines: quote.parts.map((part) => ({
      line: part.line.line,
      quantity: formatDecimal(part.units, part.line.scale),
      net: money(part.refund.net),
      tax: money(part.refund.tax),
      fee: money(totalOf(part.fee)),
      withheld: money(totalOf(part.withheld)),
    })),
  };
}

function quoteRoute(app: App, returns: Returns): void {
  app.post(
    '/v1/returns/:number/quote',
    {
      ...read,
      schema: {
        tags,
        summary: 'What a refund would come to; nothing is changed',
        params: schemas.numberParams,
        body: schemas.refundBody,
        response: { 200: quoteAnswer },
      },
    },
    async (request) => {
      const { scope } = request.principal;
      const { number } = request.params;
      const undone = writeAs(returns.context.database, scope, async (tx) => {
        const { rma, lines } = await lockReturn(tx, number);
        const wanted = wantedOf(rma, lines, request.body);
        throw new QuoteRolledBack(showQuote(rma, await quoteRefund(returns, tx, rma, wanted)));
      });
      return undone.catch((error: Error) => {
        if (error instanceof QuoteRolledBack) return error.quote;
        throw error;
      });
    },
  );
}

function refundRoutes(app: App, returns: Returns): void {
  const common = {
    tags,
    params: schemas.numberParams,
    headers: schemas.optionalKeyHeader,
    response: { 200: answers.returnAnswer },
  };
  app.post(
    '/v1/returns/:number/refunds',
    {
      ...write,
      schema: { ...common, summary: 'Give money back', body: schemas.refundBody },
    },
    async (request, reply) => {
      const answer = await change(returns, request, request.params.number, (tx, locked, by) =>
        refundReturn(returns, tx, locked, request.body, by),
      );
      return sendAnswer(reply, answer);
    },
  );
  app.post(
    '/v1/returns/:number/refusals',
    {
      ...write,
      schema: {
        ...common,
        summary: 'Refuse money for what has arrived, with a reason',
        body: schemas.refusalBody,
      },
    },
    async (request, reply) => {
      const answer = await change(returns, request, request.params.number, (tx, locked, by) =>
        refuseRefund(tx, locked, refusalOf(request.body), by),
      );
      return sendAnswer(reply, answer);
    },
  );
}

function refusalOf({ lines, note }: z.output<typeof schemas.refusalBody>) {
  return { lines: lines?.map((line) => ({ ...line, share: 0, waiveFee: true })), note };
}

function exchangeRoute(app: App, returns: Returns, work: StepWork): void {
  const answer = answers.refundAnswer.extend({ number: z.string() });
  app.post(
    '/v1/returns/:number/exchanges',
    {
      ...write,
      schema: {
        tags,
        summary: 'Give other goods instead: a refund, and a sales order that it pays for',
        params: schemas.numberParams,
        headers: schemas.idempotencyHeader,
        body: schemas.exchangeBody,
        response: { 200: answer, 201: answer },
      },
    },
    async (request, reply) =>
      sendStep(returns, work, request, reply, {
        number: request.params.number,
        kind: 'exchange',
        plan: planOfExchange(returns, request.body),
      }),
  );
}

function measureRoute(app: App, returns: Returns): void {
  app.get(
    '/v1/returns/measures',
    {
      ...read,
      schema: {
        tags,
        summary: 'How much comes back, and how long grading takes',
        description: 'Units that arrived in the period over units that were shipped in it.',
        querystring: z.object({
          ...pageQuery,
          by: z.enum(MEASURE_DIMENSIONS).default('item'),
          from: schemas.moment.optional(),
          to: schemas.moment.optional(),
        }),
        response: {
          200: pageOf(
            z.object({
              key: z.string(),
              shipped: z.string(),
              returned: z.string(),
              rate: z.number().nullable(),
              lines: z.number(),
              gradingHours: z.number().nullable(),
            }),
          ),
        },
      },
    },
    (request) =>
      readAs(returns.context.database, request.principal.scope, async (tx) => {
        const { cursor, limit, by, from, to } = request.query;
        const after = decodeCursor(cursor, z.tuple([schemas.text(200)]))?.[0];
        const rows = await readMeasures(tx, { by, from, to, after, limit: limit + 1 });
        return toPage(
          rows,
          limit,
          ({ key }) => [key],
          (row) => row,
        );
      }),
  );
}
