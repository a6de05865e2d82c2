import { z } from 'zod';
import { type App, etagOf, pageOf, pageQuery } from '../platform/http.ts';
import { closeAsn, createAsn, showAsn } from './asn.commands.ts';
import { type Asn, asnAnswer, asnHead, asnList, showAsnHead } from './asn.queries.ts';
import {
  changeOnce,
  documentAnswer,
  type Inbound,
  listNewest,
  look,
  sendAnswer,
  versionAsked,
} from './inbound.ts';
import {
  code,
  day,
  etagHeader,
  keyHeader,
  LINES_MAX,
  level,
  lineNumber,
  number,
  numberParams,
  quantity,
  text,
} from './schemas.ts';
import { ASN_STATES } from './states.ts';

const tags = ['Purchasing'];
const read = { config: { scope: 'purchasing:read' } } as const;
const write = { config: { scope: 'purchasing:write' } } as const;

const createBody = z.strictObject({
  purchaseOrder: number,
  reference: text(80).optional().describe("the supplier's number of the despatch"),
  carrier: text(80).optional(),
  trackingNumber: text(80).optional(),
  expectedOn: day,
  units: z
    .array(
      z.strictObject({
        type: z.enum(['pallet', 'parcel']),
        sscc: z
          .string()
          .regex(/^\d{18}$/)
          .optional(),
        lpn: code.optional(),
      }),
    )
    .max(LINES_MAX)
    .optional(),
  lines: z
    .array(
      z.strictObject({
        purchaseOrder: number.optional().describe('where it is not that of the notice'),
        line: lineNumber.describe('of the purchase order'),
        quantity,
        level: level.optional(),
        lot: code.optional(),
        expiresOn: day.optional(),
        manufacturedOn: day.optional(),
        serials: z.array(code).max(1000).optional(),
        unit: z.number().int().min(1).max(LINES_MAX).optional().describe('counted from 1'),
      }),
    )
    .min(1)
    .max(LINES_MAX),
});

/** Advance shipping notices at /v1/asns. */
export function asnRoutes(app: App, inbound: Inbound): void {
  app.post(
    '/v1/asns',
    {
      ...write,
      schema: {
        tags,
        summary: 'Record an advance shipping notice',
        headers: keyHeader,
        body: createBody,
        response: { 201: asnAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) =>
        documentAnswer(201, await createAsn(tx, request.body, by)),
      );
      return sendAnswer(reply, answer);
    },
  );
  app.post(
    '/v1/asns/:number/close',
    {
      ...write,
      schema: {
        tags,
        summary: 'Close a notice: nothing more of it will come',
        params: numberParams,
        headers: keyHeader.extend(etagHeader.shape),
        response: { 200: asnAnswer },
      },
    },
    async (request, reply) => {
      const version = versionAsked(request);
      const answer = await changeOnce(inbound, request, async (tx, by) =>
        documentAnswer(200, await closeAsn(tx, request.params.number, version, by)),
      );
      return sendAnswer(reply, answer);
    },
  );
  readRoutes(app, inbound);
}

function readRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/asns/:number',
    {
      ...read,
      schema: {
        tags,
        summary: 'Read an advance shipping notice',
        params: numberParams,
        response: { 200: asnAnswer },
      },
    },
    async (request, reply) => {
      const asn = await look(inbound, request, (tx) => showAsn(tx, request.params.number));
      return reply.header('etag', etagOf(asn.version)).send(asn);
    },
  );
  app.get(
    '/v1/asns',
    {
      ...read,
      schema: {
        tags,
        summary: 'List advance shipping notices, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(ASN_STATES).optional(),
          supplier: code.optional(),
          site: code.optional(),
          purchaseOrder: number.optional(),
          expectedBefore: day.optional(),
        }),
        response: { 200: pageOf(asnHead) },
      },
    },
    async (request) => {
      const { state, supplier, site, purchaseOrder, expectedBefore } = request.query;
      const filters = [
        [state, 'a.state = ?'],
        [supplier, 'a.supplier_code = ?'],
        [site, 's.code = ?'],
        [
          purchaseOrder,
          `EXISTS (SELECT FROM inbound.asn_line l JOIN inbound.purchase_order o
            ON o.purchase_order_id = l.purchase_order_id
            WHERE l.asn_id = a.asn_id AND o.number = ?)`,
        ],
        [expectedBefore, 'a.expected_on < ?::date'],
      ] as const;
      return look(inbound, request, (tx) =>
        listNewest<Asn, z.output<typeof asnHead>>(
          tx,
          { ...asnList, filters },
          request.query,
          showAsnHead,
        ),
      );
    },
  );
}
