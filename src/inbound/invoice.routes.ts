import { z } from 'zod';
import { historyAnswer, readHistory } from '../platform/history.ts';
import { type App, etagOf, pageOf, pageQuery, requireIfMatch } from '../platform/http.ts';
import { completions } from './completions.ts';
import {
  changeOnce,
  documentAnswer,
  type Inbound,
  listNewest,
  lookAsHouse,
  sendAnswer,
  versionAsked,
} from './inbound.ts';
import {
  approveInvoice,
  cancelInvoice,
  correctInvoice,
  createInvoice,
  showInvoice,
} from './invoice.commands.ts';
import { type Invoice, invoiceList } from './invoice.queries.ts';
import { invoiceAnswer, invoiceHead, showInvoiceHead } from './invoice.view.ts';
import { rematch, SUPPLIER_INVOICE } from './invoice-matching.ts';
import { DISCREPANCY_CODES } from './match.ts';
import { finishDocument } from './operations.ts';
import {
  code,
  currency,
  day,
  etagHeader,
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
import { INVOICE_STATES } from './states.ts';

const tags = ['Supplier invoices'];
const read = { config: { scope: 'purchasing:read' } } as const;
const write = { config: { scope: 'purchasing:invoice' } } as const;

const body = z.strictObject({
  supplier: code,
  reference: text(80).describe("the supplier's number"),
  currency: currency.optional(),
  invoicedOn: day,
  dueOn: day.optional().describe('without it, by the terms of the supplier'),
  taxAmount: money.optional(),
  note: note.optional(),
  lines: z
    .array(
      z.strictObject({
        purchaseOrder: number.optional(),
        line: lineNumber.optional().describe('of the purchase order'),
        item: code.optional().describe('enough where the purchase order has it in one line'),
        description: text(300).optional(),
        quantity,
        level: level.optional(),
        unitPrice: price.optional(),
        amount: money.optional().describe('of the whole line, without tax; or unitPrice'),
      }),
    )
    .min(1)
    .max(LINES_MAX),
});
const approveBody = z.strictObject({
  accept: z.array(z.enum(DISCREPANCY_CODES)).max(DISCREPANCY_CODES.length).optional(),
  note: note.optional(),
});
const noteBody = z.strictObject({ note: note.optional() });

/** Supplier invoices at /v1/supplier-invoices; the house's alone. */
export function invoiceRoutes(app: App, inbound: Inbound): void {
  writeRoutes(app, inbound);
  approveRoute(app, inbound);
  decideRoutes(app, inbound);
  readRoutes(app, inbound);
  listRoute(app, inbound);
}

function writeRoutes(app: App, inbound: Inbound): void {
  app.post(
    '/v1/supplier-invoices',
    {
      ...write,
      schema: {
        tags,
        summary: 'Record an invoice and match it',
        description: 'It is `matched`, or `held` for the reasons that `discrepancies` lists.',
        headers: keyHeader,
        body,
        response: { 201: invoiceAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) =>
        documentAnswer(201, await createInvoice(inbound, tx, request.body, by)),
      );
      return sendAnswer(reply, answer);
    },
  );
  app.put(
    '/v1/supplier-invoices/:number',
    {
      ...write,
      schema: {
        tags,
        summary: 'Correct an invoice that is not approved, and match it again',
        params: numberParams,
        headers: etagHeader,
        body,
        response: { 200: invoiceAnswer },
      },
    },
    async (request, reply) => {
      const version = requireIfMatch(request);
      const answer = await changeOnce(inbound, request, async (tx, by) => {
        const change = { version, written: request.body };
        const shown = await correctInvoice(inbound, tx, request.params.number, change, by);
        return documentAnswer(200, shown);
      });
      return sendAnswer(reply, answer);
    },
  );
}

function approveRoute(app: App, inbound: Inbound): void {
  app.post(
    '/v1/supplier-invoices/:number/approve',
    {
      ...write,
      schema: {
        tags,
        summary: 'Approve an invoice, with what it differs by',
        description:
          'Posts price differences to the receipts and books the payable. Codes in `accept` ' +
          'pass; a quantity that was not received is then paid ahead and waits for the goods.',
        params: numberParams,
        headers: keyHeader.extend(etagHeader.shape),
        body: approveBody,
        response: { 200: invoiceAnswer },
      },
    },
    async (request, reply) => {
      const asked = request.params.number;
      const version = versionAsked(request);
      await changeOnce(inbound, request, async (tx, by) => {
        await approveInvoice(inbound, tx, asked, { ...request.body, version }, by);
        return { status: 200, headers: {}, body: { number: asked } };
      });
      await finishDocument(inbound, completions, { type: SUPPLIER_INVOICE, number: asked });
      const shown = await lookAsHouse(inbound, request, (tx) => showInvoice(inbound, tx, asked));
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
}

function decideRoutes(app: App, inbound: Inbound): void {
  app.post(
    '/v1/supplier-invoices/:number/match',
    {
      ...write,
      schema: {
        tags,
        summary: 'Match an invoice again, with what was ordered and received since',
        params: numberParams,
        headers: keyHeader,
        response: { 200: invoiceAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) => {
        await rematch(tx, request.params.number, by);
        return documentAnswer(200, await showInvoice(inbound, tx, request.params.number));
      });
      return sendAnswer(reply, answer);
    },
  );
  app.post(
    '/v1/supplier-invoices/:number/cancel',
    {
      ...write,
      schema: {
        tags,
        summary: 'Void an invoice that is not approved',
        params: numberParams,
        headers: keyHeader,
        body: noteBody,
        response: { 200: invoiceAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) => {
        await cancelInvoice(tx, request.params.number, request.body, by);
        return documentAnswer(200, await showInvoice(inbound, tx, request.params.number));
      });
      return sendAnswer(reply, answer);
    },
  );
}

function readRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/supplier-invoices/:number',
    {
      ...read,
      schema: {
        tags,
        summary: 'Read an invoice with what it was matched to',
        params: numberParams,
        response: { 200: invoiceAnswer },
      },
    },
    async (request, reply) => {
      const { number: asked } = request.params;
      const shown = await lookAsHouse(inbound, request, (tx) => showInvoice(inbound, tx, asked));
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
  app.get(
    '/v1/supplier-invoices/:number/history',
    {
      ...read,
      schema: {
        tags,
        summary: 'What was done to an invoice, oldest first',
        params: numberParams,
        response: { 200: z.object({ items: z.array(historyAnswer) }) },
      },
    },
    async (request) =>
      lookAsHouse(inbound, request, async (tx) => {
        const { number: asked } = await showInvoice(inbound, tx, request.params.number);
        return { items: await readHistory(tx, { type: SUPPLIER_INVOICE, number: asked }) };
      }),
  );
}

function listRoute(app: App, inbound: Inbound): void {
  app.get(
    '/v1/supplier-invoices',
    {
      ...read,
      schema: {
        tags,
        summary: 'List invoices, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(INVOICE_STATES).optional(),
          supplier: code.optional(),
          reference: text(80).optional(),
          discrepancy: z.enum(DISCREPANCY_CODES).optional(),
          dueBefore: day.optional(),
        }),
        response: { 200: pageOf(invoiceHead) },
      },
    },
    async (request) => {
      const { state, supplier, reference, discrepancy, dueBefore } = request.query;
      const filters = [
        [state, 'v.state = ?'],
        [supplier, 's.code = ?'],
        [reference, 'v.reference = ?'],
        [discrepancy, "v.discrepancies @> jsonb_build_array(jsonb_build_object('code', ?::text))"],
        [dueBefore, 'v.due_on < ?::date'],
      ] as const;
      return lookAsHouse(inbound, request, (tx) =>
        listNewest<Invoice, z.output<typeof invoiceHead>>(
          tx,
          { ...invoiceList, filters },
          request.query,
          showInvoiceHead,
        ),
      );
    },
  );
}
