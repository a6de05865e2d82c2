import type { Tx } from '../../platform/database.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { PartState } from '../orders/order.ts';
import type { RequestState } from './request.ts';
import type { RequestAnswer } from './schemas.ts';

/** A fulfilment request, its codes joined. */
export interface RequestRow {
  readonly requestId: bigint;
  readonly number: string;
  readonly salesOrder: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly channel: string;
  readonly siteId: number;
  readonly site: string;
  readonly state: RequestState;
  readonly version: number;
  readonly priority: number;
  readonly serviceLevel: string;
  readonly promisedAt: Date | null;
  readonly shipTo: RequestAnswer['shipTo'];
  readonly releasedAt: Date;
  readonly updatedAt: Date;
}

const COLUMNS = `r.fulfilment_request_id AS "requestId", r.number, o.number AS "salesOrder",
  r.owner_id AS "ownerId", w.code AS owner, c.code AS channel, r.site_id AS "siteId",
  s.code AS site, r.state, r.version, o.priority, o.service_level AS "serviceLevel",
  o.promised_at AS "promisedAt", o.ship_to AS "shipTo", r.released_at AS "releasedAt",
  r.updated_at AS "updatedAt"`;
const FROM = `outbound.fulfilment_request r
  JOIN outbound.sales_order o USING (sales_order_id)
  JOIN outbound.channel c ON c.channel_id = o.channel_id
  JOIN sellers.owner w ON w.owner_id = r.owner_id
  JOIN network.site s ON s.site_id = r.site_id`;

/** One fulfilment request by number. @throws Problem not-found. */
export async function findRequest(tx: Tx, number: string): Promise<RequestRow> {
  const { rows } = await tx.query<RequestRow>(
    `SELECT ${COLUMNS} FROM ${FROM} WHERE r.number = $1`,
    [number],
  );
  const [row] = rows;
  if (row) return row;
  throw new Problem(notFound, `There is no fulfilment request ${number}.`);
}

/** Filters of the list; undefined is no filter. */
export interface RequestQuery {
  readonly state?: string | undefined;
  readonly site?: string | undefined;
  readonly salesOrder?: string | undefined;
  readonly item?: string | undefined;
  readonly limit: number;
}

/** A page of fulfilment requests, the oldest first. */
export async function listRequests(
  tx: Tx,
  query: RequestQuery,
  after: readonly [string, bigint] | undefined,
): Promise<RequestRow[]> {
  const { rows } = await tx.query<RequestRow>(
    `SELECT ${COLUMNS} FROM ${FROM}
     WHERE ($1::text IS NULL OR r.state = $1) AND ($2::text IS NULL OR s.code = $2)
       AND ($3::text IS NULL OR o.number = $3)
       AND ($4::text IS NULL OR EXISTS (
         SELECT FROM outbound.line_part p JOIN catalog.item i ON i.item_id = p.item_id
         WHERE p.fulfilment_request_id = r.fulfilment_request_id AND i.sku = $4))
       AND ($5::timestamptz IS NULL
         OR (r.released_at, r.fulfilment_request_id) > ($5, $6::bigint))
     ORDER BY r.released_at, r.fulfilment_request_id LIMIT $7`,
    [
      query.state ?? null,
      query.site ?? null,
      query.salesOrder ?? null,
      query.item ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      query.limit,
    ],
  );
  return rows;
}

interface RequestPart {
  readonly requestId: bigint;
  readonly line: number;
  readonly part: number;
  readonly item: string;
  readonly scale: number;
  readonly quantity: bigint;
  readonly state: PartState;
  readonly journal: number | null;
  readonly seq: bigint | null;
}

/** Requests as the API shows them, with what they ask for. */
export async function showRequests(
  tx: Tx,
  rows: readonly RequestRow[],
): Promise<Map<RequestRow, RequestAnswer>> {
  const parts = await tx.query<RequestPart>(
    `SELECT p.fulfilment_request_id AS "requestId", p.line, p.part, i.sku AS item,
       i.quantity_scale AS scale, p.quantity, p.state, p.journal, p.reservation_seq AS seq
     FROM outbound.line_part p JOIN catalog.item i ON i.item_id = p.item_id
     WHERE p.fulfilment_request_id = ANY($1) ORDER BY p.line, p.part`,
    [rows.map(({ requestId }) => requestId)],
  );
  return new Map(
    rows.map((row) => [
      row,
      {
        number: row.number,
        salesOrder: row.salesOrder,
        owner: row.owner,
        channel: row.channel,
        site: row.site,
        state: row.state,
        version: row.version,
        priority: row.priority,
        serviceLevel: row.serviceLevel,
        promisedAt: row.promisedAt?.toISOString() ?? null,
        shipTo: row.shipTo,
        lines: parts.rows
          .filter(({ requestId }) => requestId === row.requestId)
          .map(({ line, part, item, scale, quantity, state, journal, seq }) => ({
            ...{ line, part, item, state },
            quantity: formatDecimal(quantity, scale),
            reservation: journal === null ? null : `${journal}-${seq}`,
          })),
        releasedAt: row.releasedAt.toISOString(),
        updatedAt: row.updatedAt.toISOString(),
      },
    ]),
  );
}

/** Makes a request of a site; answers its id and number. */
export async function insertRequest(
  tx: Tx,
  request: { readonly orderId: string; readonly ownerId: number; readonly siteId: number },
  at: Date,
): Promise<{ requestId: bigint; number: string }> {
  const { rows } = await tx.query<{ requestId: bigint; number: string }>(
    `INSERT INTO outbound.fulfilment_request (number, sales_order_id, owner_id, site_id, state,
       released_at, updated_at)
     VALUES ('FR-' || lpad(nextval('outbound.fulfilment_request_number')::text, 6, '0'), $1, $2,
       $3, 'released', $4, $4)
     RETURNING fulfilment_request_id AS "requestId", number`,
    [request.orderId, request.ownerId, request.siteId, at],
  );
  return rows[0]!;
}

/** Marks a request accepted by its warehouse. */
export async function acceptRow(tx: Tx, requestId: bigint, at: Date): Promise<void> {
  await tx.query(
    `UPDATE outbound.fulfilment_request
     SET state = 'accepted', version = version + 1, updated_at = $2
     WHERE fulfilment_request_id = $1 AND state = 'released'`,
    [requestId, at],
  );
}
