import { z } from 'zod';
import { DISPOSITION_NAMES } from '../ledger/index.ts';
import { type App, pageOf, pageQuery } from '../platform/http.ts';
import { completions } from './completions.ts';
import { changeOnce, type Inbound, listNewest, look } from './inbound.ts';
import { finishDocument, toProblem } from './operations.ts';
import { createReceipt, RECEIPT, showReceipt } from './receipt.commands.ts';
import { reverseReceipt } from './receipt.completion.ts';
import { findReceipt, type Receipt, receiptList } from './receipt.queries.ts';
import { receiptAnswer, receiptHead, showReceiptHead } from './receipt.view.ts';
import {
  code,
  day,
  keyHeader,
  LINES_MAX,
  level,
  lineNumber,
  moment,
  note,
  number,
  numberParams,
  quantity,
  text,
} from './schemas.ts';
import { RECEIPT_STATES } from './states.ts';

const tags = ['Receiving'];
const read = { config: { scope: 'purchasing:read' } } as const;
const receive = { config: { scope: 'purchasing:receive' } } as const;

const UNIT_TYPES = ['pallet', 'case', 'tote', 'carton', 'cart', 'pod'] as const;
const createBody = z.strictObject({
  purchaseOrder: number.optional(),
  asn: number.optional(),
  reference: text(80).optional().describe('number of the delivery note'),
  occurredAt: moment.optional(),
  lines: z
    .array(
      z.strictObject({
        purchaseOrder: number.optional().describe('where it is not that of the receipt'),
        line: lineNumber.optional().describe('of the purchase order'),
        asnLine: lineNumber.optional(),
        item: code.optional().describe('enough where only one line of the item is open'),
        quantity,
        level: level.optional(),
        location: code,
        lpn: code.optional().describe('made when it does not exist'),
        lpnType: z.enum(UNIT_TYPES).optional(),
        lot: code.optional(),
        expiresOn: day.optional(),
        manufacturedOn: day.optional(),
        serials: z.array(code).max(1000).optional(),
        disposition: z.enum(DISPOSITION_NAMES).optional(),
      }),
    )
    .min(1)
    .max(LINES_MAX),
});
const reverseBody = z.strictObject({
  lines: z.array(lineNumber).min(1).max(LINES_MAX).optional().describe('all that are posted'),
  note: note.optional(),
});

/** Receipts at /v1/receipts. */
export function receiptRoutes(app: App, inbound: Inbound): void {
  const finish = async (numberOf: string) => {
    const refused = await finishDocument(inbound, completions, { type: RECEIPT, number: numberOf });
    if (refused) throw refused;
  };
  app.post(
    '/v1/receipts',
    {
      ...receive,
      schema: {
        tags,
        summary: 'Receive goods against a purchase order or a notice',
        description:
          'Posts receipt movements from the location of the supplier, at the price of the ' +
          'purchase order in the house currency of the day.',
        headers: keyHeader,
        body: createBody,
        response: { 201: receiptAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) => {
        const made = await createReceipt(inbound, tx, request.body, by);
        return { status: 201, headers: {}, body: { number: made } };
      });
      const made = (answer.body as { number: string }).number;
      await finish(made);
      const shown = await look(inbound, request, async (tx) => {
        const problem = (await findReceipt(tx, made))?.problem;
        // A repetition of what was refused is refused for the same reason.
        if (problem) throw toProblem(problem);
        return showReceipt(inbound, tx, made);
      });
      return reply.code(201).headers(answer.headers).send(shown);
    },
  );
  app.post(
    '/v1/receipts/:number/reverse',
    {
      ...receive,
      schema: {
        tags,
        summary: 'Take a receipt back, or some of its lines',
        description: 'Reverses the movements; the purchase order waits for the goods again.',
        params: numberParams,
        headers: keyHeader,
        body: reverseBody,
        response: { 200: receiptAnswer },
      },
    },
    async (request) => {
      const asked = request.params.number;
      await changeOnce(inbound, request, async (tx, by) => {
        await reverseReceipt(tx, asked, request.body, by);
        return { status: 200, headers: {}, body: { number: asked } };
      });
      await finish(asked);
      return look(inbound, request, (tx) => showReceipt(inbound, tx, asked));
    },
  );
  readRoutes(app, inbound);
}

function readRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/receipts/:number',
    {
      ...read,
      schema: {
        tags,
        summary: 'Read a receipt',
        params: numberParams,
        response: { 200: receiptAnswer },
      },
    },
    async (request) =>
      look(inbound, request, (tx) => showReceipt(inbound, tx, request.params.number)),
  );
  app.get(
    '/v1/receipts',
    {
      ...read,
      schema: {
        tags,
        summary: 'List receipts, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(RECEIPT_STATES).optional(),
          supplier: code.optional(),
          site: code.optional(),
          purchaseOrder: number.optional(),
          item: code.optional(),
        }),
        response: { 200: pageOf(receiptHead) },
      },
    },
    async (request) => {
      const { state, supplier, site, purchaseOrder, item } = request.query;
      const line = 'SELECT FROM inbound.receipt_line l';
      const filters = [
        [state, 'r.state = ?'],
        [supplier, 'r.supplier_code = ?'],
        [site, 's.code = ?'],
        [
          purchaseOrder,
          `EXISTS (${line} JOIN inbound.purchase_order o
            ON o.purchase_order_id = l.purchase_order_id
            WHERE l.receipt_id = r.receipt_id AND o.number = ?)`,
        ],
        [
          item,
          `EXISTS (${line} JOIN catalog.item i ON i.item_id = l.item_id
            WHERE l.receipt_id = r.receipt_id AND i.sku = ?)`,
        ],
      ] as const;
      return look(inbound, request, (tx) =>
        listNewest<Receipt, z.output<typeof receiptHead>>(
          tx,
          { ...receiptList, filters },
          request.query,
          showReceiptHead,
        ),
      );
    },
  );
}
