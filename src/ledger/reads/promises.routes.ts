import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readAs, type Tx } from '../../platform/database.ts';
import { type App, instant } from '../../platform/http.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { RESERVATION } from '../posting/commands.ts';
import { attemptIds } from '../service/attempts.queries.ts';
import { parseLedgerId } from '../service/identity.ts';
import { DISPOSITION_NAMES } from '../service/vocabulary.ts';
import { filterSql, parameterList } from './filter.ts';
import { keysetPage } from './keyset.queries.ts';
import { listRoute } from './list.routes.ts';
import { ledgerId } from './movements.queries.ts';
import { findDocument, resolveFilter } from './resolve.queries.ts';
import { codeText, documentText, ledgerIdText, placeQuery } from './schemas.ts';

const STATES = Object.keys(RESERVATION) as [keyof typeof RESERVATION];
const documentAnswer = z.object({ type: z.string(), number: z.string() }).nullable();

const reservationAnswer = z.object({
  id: ledgerIdText,
  groupId: z.string(),
  item: z.string(),
  site: z.string(),
  owner: z.string(),
  quantity: z.string(),
  open: z.string().describe('what is still promised'),
  state: z.enum(STATES),
  expiresAt: instant.nullable(),
  document: documentAnswer,
  createdAt: instant,
});

const RESERVATIONS = `SELECT r.journal, r.reservation_seq, r.group_id, i.sku,
    i.quantity_scale AS scale, s.code AS site, o.code AS owner, r.quantity, r.open_quantity,
    r.state, r.expires_at, r.created_at, d.type AS document_type, d.number AS document_number
  FROM ledger.reservation r
  JOIN catalog.item i ON i.item_id = r.item_id
  JOIN network.site s ON s.site_id = r.site_id
  JOIN sellers.owner o ON o.owner_id = r.owner_id
  LEFT JOIN ledger.document d ON d.document_id = r.document_id`;

interface ReservationRow {
  journal: number;
  reservation_seq: bigint;
  group_id: string;
  sku: string;
  scale: number;
  site: string;
  owner: string;
  quantity: bigint;
  open_quantity: bigint;
  state: number;
  expires_at: Date | null;
  created_at: Date;
  document_type: string | null;
  document_number: string | null;
}

function documentOf(row: { document_type: string | null; document_number: string | null }) {
  if (row.document_type === null) return null;
  return { type: row.document_type, number: row.document_number ?? '' };
}

function toReservation(row: ReservationRow): z.output<typeof reservationAnswer> {
  return {
    id: `${row.journal}-${row.reservation_seq}`,
    groupId: row.group_id,
    item: row.sku,
    site: row.site,
    owner: row.owner,
    quantity: formatDecimal(row.quantity, row.scale),
    open: formatDecimal(row.open_quantity, row.scale),
    state: STATES.find((name) => RESERVATION[name] === row.state) ?? STATES[0],
    expiresAt: row.expires_at?.toISOString() ?? null,
    document: documentOf(row),
    createdAt: row.created_at.toISOString(),
  };
}

const reservationQuery = {
  item: codeText.optional(),
  site: codeText.optional(),
  owner: codeText.optional(),
  state: z
    .enum([...STATES, 'open'])
    .optional()
    .describe('`open`: held or pending'),
  group: z.uuid().optional().describe('`groupId` of the request that made them'),
  document: documentText.optional().describe('`type:number`'),
};
type ReservationQuery = z.output<z.ZodObject<typeof reservationQuery>> & {
  cursor?: string | undefined;
  limit: number;
};

const NO_ROWS = { items: [], nextCursor: null };

async function listReservations(context: Context, principal: Principal, query: ReservationQuery) {
  return readAs(context.database, principal.scope, async (tx) => {
    const { values, bind } = parameterList();
    const { filter } = await resolveFilter(tx, {
      item: query.item,
      site: query.site,
      owner: query.owner,
    });
    const conditions = [filterSql(filter, bind, 'r', 'none')];
    if (query.state === 'open') conditions.push('r.state IN (1, 2)');
    else if (query.state) conditions.push(`r.state = ${bind(RESERVATION[query.state])}`);
    if (query.group !== undefined) {
      conditions.push(`r.group_id = ANY(${bind(attemptIds(query.group))}::uuid[])`);
    }
    if (query.document !== undefined) {
      const documentId = await findDocument(tx, query.document);
      if (documentId === null) return NO_ROWS;
      conditions.push(`r.document_id = ${bind(documentId)}`);
    }
    return keysetPage<ReservationRow, z.output<typeof reservationAnswer>>(tx, {
      select: RESERVATIONS,
      conditions,
      values,
      bind,
      keys: [
        { expression: 'r.journal', sqlType: 'integer' },
        { expression: 'r.reservation_seq', sqlType: 'bigint' },
      ],
      descending: true,
      limit: query.limit,
      cursor: query.cursor,
      toItem: toReservation,
    });
  });
}

async function findReservation(tx: Tx, id: string) {
  const { journal, seq } = parseLedgerId(id);
  const { rows } = await tx.query<ReservationRow>(
    `${RESERVATIONS} WHERE r.journal = $1 AND r.reservation_seq = $2`,
    [journal, seq],
  );
  const [row] = rows;
  if (!row) throw new Problem(notFound, `There is no reservation ${id}.`);
  return toReservation(row);
}

const allocationAnswer = z.object({
  id: ledgerIdText,
  item: z.string(),
  owner: z.string(),
  location: z.string(),
  site: z.string().nullable(),
  lot: z.string().nullable(),
  disposition: z.enum(DISPOSITION_NAMES),
  lpn: z.string().nullable(),
  quantity: z.string(),
  open: z.string().describe('what is still marked'),
  reservation: ledgerIdText.nullable(),
  document: documentAnswer,
  createdAt: instant,
});

const ALLOCATIONS = `SELECT a.journal, a.allocation_seq, i.sku, i.quantity_scale AS scale,
    o.code AS owner, l.code AS location, s.code AS site, lot.code AS lot, dis.code AS disposition,
    u.lpn, a.quantity, a.open_quantity, a.reservation_seq, a.created_at, d.type AS document_type,
    d.number AS document_number
  FROM ledger.allocation a
  JOIN ledger.position p ON p.journal = a.journal AND p.position_id = a.position_id
  JOIN catalog.item i ON i.item_id = a.item_id
  JOIN sellers.owner o ON o.owner_id = a.owner_id
  JOIN network.location l ON l.location_id = p.location_id
  LEFT JOIN network.site s ON s.site_id = p.site_id
  LEFT JOIN ledger.lot lot ON lot.journal = p.journal AND lot.lot_id = p.lot_id
  JOIN ledger.disposition dis ON dis.disposition_id = p.disposition_id
  LEFT JOIN ledger.handling_unit u ON u.handling_unit_id = p.handling_unit_id
  LEFT JOIN ledger.document d ON d.document_id = a.document_id`;

interface AllocationRow {
  journal: number;
  allocation_seq: bigint;
  sku: string;
  scale: number;
  owner: string;
  location: string;
  site: string | null;
  lot: string | null;
  disposition: z.output<typeof allocationAnswer>['disposition'];
  lpn: string | null;
  quantity: bigint;
  open_quantity: bigint;
  reservation_seq: bigint | null;
  created_at: Date;
  document_type: string | null;
  document_number: string | null;
}

function toAllocation(row: AllocationRow): z.output<typeof allocationAnswer> {
  const { owner, location, site, lot, disposition, lpn } = row;
  return {
    id: `${row.journal}-${row.allocation_seq}`,
    item: row.sku,
    owner,
    location,
    site,
    lot,
    disposition,
    lpn,
    quantity: formatDecimal(row.quantity, row.scale),
    open: formatDecimal(row.open_quantity, row.scale),
    reservation: ledgerId(row.journal, row.reservation_seq),
    document: documentOf(row),
    createdAt: row.created_at.toISOString(),
  };
}

const allocationQuery = {
  ...placeQuery,
  open: z.stringbool().optional().describe('only those with (or without) units still marked'),
};
type AllocationQuery = z.output<z.ZodObject<typeof allocationQuery>> & {
  cursor?: string | undefined;
  limit: number;
};

async function listAllocations(context: Context, principal: Principal, query: AllocationQuery) {
  return readAs(context.database, principal.scope, async (tx) => {
    const { values, bind } = parameterList();
    const { filter } = await resolveFilter(tx, query);
    const conditions = [filterSql(filter, bind, 'p', 'l')];
    if (query.open !== undefined) {
      conditions.push(query.open ? 'a.open_quantity > 0' : 'a.open_quantity = 0');
    }
    return keysetPage<AllocationRow, z.output<typeof allocationAnswer>>(tx, {
      select: ALLOCATIONS,
      conditions,
      values,
      bind,
      keys: [
        { expression: 'a.journal', sqlType: 'integer' },
        { expression: 'a.allocation_seq', sqlType: 'bigint' },
      ],
      descending: true,
      limit: query.limit,
      cursor: query.cursor,
      toItem: toAllocation,
    });
  });
}

/** Reservations and allocations. */
export function promiseRoutes(app: App, context: Context): void {
  listRoute(app, context, {
    path: '/reservations',
    summary: 'List reservations',
    query: reservationQuery,
    item: reservationAnswer,
    read: listReservations,
  });
  app.get(
    '/v1/reservations/:id',
    {
      config: { scope: 'ledger:read' },
      schema: {
        tags: ['Ledger'],
        summary: 'Read one reservation',
        params: z.object({ id: ledgerIdText }),
        response: { 200: reservationAnswer },
      },
    },
    (request) =>
      readAs(context.database, request.principal.scope, (tx) =>
        findReservation(tx, request.params.id),
      ),
  );
  listRoute(app, context, {
    path: '/allocations',
    summary: 'List allocations',
    query: allocationQuery,
    item: allocationAnswer,
    read: listAllocations,
  });
}
