import { z } from 'zod';
import { DISPOSITION_NAMES } from '../ledger/index.ts';
import { type App, pageOf, pageQuery } from '../platform/http.ts';
import { completions } from './completions.ts';
import { createCredit, SUPPLIER_CREDIT, showCredit } from './credit.commands.ts';
import {
  type Credit,
  creditAnswer,
  creditList,
  showCredit as shownCredit,
} from './credit.queries.ts';
import { changeOnce, type Inbound, listNewest, look, lookAsHouse } from './inbound.ts';
import { finishDocument } from './operations.ts';
import {
  code,
  currency,
  day,
  keyHeader,
  LINES_MAX,
  level,
  lineNumber,
  money,
  note,
  number,
  numberParams,
  price,
  quantity,
  text,
} from './schemas.ts';
import { SUPPLIER_RETURN_STATES } from './states.ts';
import { createSupplierReturn, showReturn } from './supplier-return.commands.ts';
import { finishSupplierReturn } from './supplier-return.door.ts';
import {
  RETURN_REASONS,
  type SupplierReturn,
  showReturnHead,
  supplierReturnAnswer,
  supplierReturnHead,
  supplierReturnList,
} from './supplier-return.queries.ts';

const tags = ['Supplier returns'];
const read = { config: { scope: 'purchasing:read' } } as const;
const receive = { config: { scope: 'purchasing:receive' } } as const;
const invoice = { config: { scope: 'purchasing:invoice' } } as const;

const returnBody = z.strictObject({
  supplier: code,
  owner: code.optional(),
  reason: z.enum(RETURN_REASONS),
  reference: text(80).optional().describe("the supplier's number for the return"),
  currency: currency.optional(),
  note: note.optional(),
  lines: z
    .array(
      z.strictObject({
        item: code,
        quantity,
        level: level.optional(),
        location: code,
        lpn: code.optional(),
        disposition: z.enum(DISPOSITION_NAMES).optional(),
        lot: code.optional(),
        serials: z.array(code).max(1000).optional(),
        receipt: number.optional().describe('that the goods came with'),
        receiptLine: lineNumber.optional(),
        unitPrice: price.optional().describe('to be credited; else what was paid'),
      }),
    )
    .min(1)
    .max(LINES_MAX),
});
const creditBody = z.strictObject({
  supplier: code,
  reference: text(80).describe("the supplier's number; refused the second time"),
  currency: currency.optional(),
  creditedOn: day,
  taxAmount: money.optional(),
  note: note.optional(),
  supplierReturn: number.optional(),
  amount: money.optional().describe('without tax, for a return'),
  supplierInvoice: number.optional(),
  lines: z
    .array(
      z.strictObject({
        invoiceLine: lineNumber,
        quantity: quantity.optional().describe('of goods that were paid for and never came'),
        amount: money,
      }),
    )
    .min(1)
    .max(LINES_MAX)
    .optional(),
});

/** Returns to suppliers at /v1/supplier-returns, their credit notes at /v1/supplier-credits. */
export function supplierReturnRoutes(app: App, inbound: Inbound): void {
  returnRoute(app, inbound);
  readReturnRoutes(app, inbound);
  creditRoutes(app, inbound);
  readCreditRoutes(app, inbound);
}

function returnRoute(app: App, inbound: Inbound): void {
  app.post(
    '/v1/supplier-returns',
    {
      ...receive,
      schema: {
        tags,
        summary: 'Send goods back to their supplier',
        headers: keyHeader,
        body: returnBody,
        response: { 201: supplierReturnAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) => {
        const made = await createSupplierReturn(tx, request.body, by);
        return { status: 201, headers: {}, body: { number: made } };
      });
      const made = (answer.body as { number: string }).number;
      const shown = await finishSupplierReturn(inbound.context, inbound.ledger, made);
      return reply.code(201).headers(answer.headers).send(shown);
    },
  );
}

function readReturnRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/supplier-returns/:number',
    {
      ...read,
      schema: {
        tags,
        summary: 'Read a return to a supplier',
        params: numberParams,
        response: { 200: supplierReturnAnswer },
      },
    },
    async (request) =>
      look(inbound, request, (tx) => showReturn(inbound, tx, request.params.number)),
  );
  app.get(
    '/v1/supplier-returns',
    {
      ...read,
      schema: {
        tags,
        summary: 'List returns to suppliers, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(SUPPLIER_RETURN_STATES).optional(),
          supplier: code.optional(),
          reason: z.enum(RETURN_REASONS).optional(),
        }),
        response: { 200: pageOf(supplierReturnHead) },
      },
    },
    async (request) => {
      const { state, supplier, reason } = request.query;
      const filters = [
        [state, 't.state = ?'],
        [supplier, 't.supplier_code = ?'],
        [reason, 't.reason = ?'],
      ] as const;
      return look(inbound, request, (tx) =>
        listNewest<SupplierReturn, z.output<typeof supplierReturnHead>>(
          tx,
          { ...supplierReturnList, filters },
          request.query,
          showReturnHead,
        ),
      );
    },
  );
}

function creditRoutes(app: App, inbound: Inbound): void {
  app.post(
    '/v1/supplier-credits',
    {
      ...invoice,
      schema: {
        tags,
        summary: "Record a supplier's credit note, for a return or for an invoice",
        headers: keyHeader,
        body: creditBody,
        response: { 201: creditAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) => {
        const made = await createCredit(inbound, tx, request.body, by);
        return { status: 201, headers: {}, body: { number: made } };
      });
      const made = (answer.body as { number: string }).number;
      await finishDocument(inbound, completions, { type: SUPPLIER_CREDIT, number: made });
      const shown = await lookAsHouse(inbound, request, (tx) => showCredit(inbound, tx, made));
      return reply.code(201).headers(answer.headers).send(shown);
    },
  );
}

function readCreditRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/supplier-credits/:number',
    {
      ...read,
      schema: {
        tags,
        summary: 'Read a credit note',
        params: numberParams,
        response: { 200: creditAnswer },
      },
    },
    async (request) =>
      lookAsHouse(inbound, request, (tx) => showCredit(inbound, tx, request.params.number)),
  );
  app.get(
    '/v1/supplier-credits',
    {
      ...read,
      schema: {
        tags,
        summary: 'List credit notes, newest first',
        querystring: z.object({
          ...pageQuery,
          supplier: code.optional(),
          supplierInvoice: number.optional(),
          supplierReturn: number.optional(),
        }),
        response: { 200: pageOf(creditAnswer) },
      },
    },
    async (request) => {
      const { supplier, supplierInvoice, supplierReturn } = request.query;
      const filters = [
        [supplier, 's.code = ?'],
        [supplierInvoice, 'v.number = ?'],
        [supplierReturn, 't.number = ?'],
      ] as const;
      return lookAsHouse(inbound, request, (tx) =>
        listNewest<Credit, z.output<typeof creditAnswer>>(
          tx,
          { ...creditList, filters },
          request.query,
          (row) => shownCredit(row, inbound.houseDigits),
        ),
      );
    },
  );
}
