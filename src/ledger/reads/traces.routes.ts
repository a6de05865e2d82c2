import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, instant } from '../../platform/http.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { DISPOSITION_NAMES } from '../service/vocabulary.ts';
import { filterSql, type PositionFilter, parameterList } from './filter.ts';
import { keysetPage } from './keyset.queries.ts';
import { listRoute } from './list.routes.ts';
import { resolveFilter } from './resolve.queries.ts';
import { codeText, ledgerIdText, serialText } from './schemas.ts';

interface Paging {
  cursor?: string | undefined;
  limit: number;
}

const lotAnswer = z.object({
  item: z.string(),
  lot: z.string(),
  expiresOn: z.iso.date().nullable(),
  manufacturedOn: z.iso.date().nullable(),
  createdAt: instant,
});
interface LotRow {
  sku: string;
  code: string;
  expires_on: string | null;
  manufactured_on: string | null;
  created_at: Date;
}
const lotQuery = {
  item: codeText.optional(),
  lot: codeText.optional(),
  // PostgreSQL knows no year zero.
  expiresBefore: z.iso
    .date()
    .refine((text) => !text.startsWith('0000'), 'is before the first year')
    .optional(),
};
type LotQuery = z.output<z.ZodObject<typeof lotQuery>> & Paging;

/** The part of a filter that holds for every table with an item. */
function itemOf({ journal, itemId }: PositionFilter): PositionFilter {
  return itemId === undefined || journal === undefined ? {} : { journal, itemId };
}

/** A lot is shared by all who hold units of it; each sees only the lots that it holds or held. */
async function listLots(context: Context, principal: Principal, query: LotQuery) {
  return readAs(context.database, principal.scope, async (tx) => {
    const { values, bind } = parameterList();
    const { filter } = await resolveFilter(tx, { item: query.item });
    const conditions = [
      'EXISTS (SELECT FROM ledger.position p WHERE p.lot_id = t.lot_id)',
      filterSql(itemOf(filter), bind, 't', 'none'),
      ...(query.lot === undefined ? [] : [`t.code = ${bind(query.lot)}`]),
      ...(query.expiresBefore === undefined
        ? []
        : [`t.expires_on < ${bind(query.expiresBefore)}::date`]),
    ];
    return keysetPage<LotRow, z.output<typeof lotAnswer>>(tx, {
      select: `SELECT i.sku, t.code, t.expires_on::text, t.manufactured_on::text, t.created_at
        FROM ledger.lot t JOIN catalog.item i ON i.item_id = t.item_id`,
      conditions,
      values,
      bind,
      keys: [
        { expression: 'i.sku', sqlType: 'text' },
        { expression: 't.code', sqlType: 'text' },
      ],
      descending: false,
      limit: query.limit,
      cursor: query.cursor,
      toItem: (row) => ({
        item: row.sku,
        lot: row.code,
        expiresOn: row.expires_on,
        manufacturedOn: row.manufactured_on,
        createdAt: row.created_at.toISOString(),
      }),
    });
  });
}

const serialAnswer = z.object({
  item: z.string(),
  serial: z.string(),
  owner: z.string(),
  onHand: z.boolean().describe('false while it is with a supplier, a customer or gone'),
  location: z.string().nullable(),
  site: z.string().nullable(),
  lot: z.string().nullable(),
  disposition: z.enum(DISPOSITION_NAMES).nullable(),
  lpn: z.string().nullable(),
  lastMovement: ledgerIdText.nullable(),
});
interface SerialRow {
  journal: number;
  sku: string;
  serial: string;
  owner: string;
  is_real: boolean | null;
  location: string | null;
  site: string | null;
  lot: string | null;
  disposition: z.output<typeof serialAnswer>['disposition'];
  lpn: string | null;
  last_seq: bigint;
}
const serialQuery = {
  item: codeText.optional(),
  serial: serialText.optional(),
  location: codeText.optional(),
  site: codeText.optional(),
};
type SerialQuery = z.output<z.ZodObject<typeof serialQuery>> & Paging;

const SERIALS = `SELECT t.journal, i.sku, t.serial, o.code AS owner, p.is_real,
    l.code AS location, s.code AS site, lot.code AS lot, d.code AS disposition, u.lpn, t.last_seq
  FROM ledger.serial t
  JOIN catalog.item i ON i.item_id = t.item_id
  JOIN sellers.owner o ON o.owner_id = t.owner_id
  LEFT JOIN ledger.position p ON p.journal = t.journal AND p.position_id = t.position_id
  LEFT JOIN network.location l ON l.location_id = p.location_id
  LEFT JOIN network.site s ON s.site_id = p.site_id
  LEFT JOIN ledger.lot lot ON lot.journal = p.journal AND lot.lot_id = p.lot_id
  LEFT JOIN ledger.disposition d ON d.disposition_id = p.disposition_id
  LEFT JOIN ledger.handling_unit u ON u.handling_unit_id = p.handling_unit_id`;

async function listSerials(context: Context, principal: Principal, query: SerialQuery) {
  return readAs(context.database, principal.scope, async (tx) => {
    const { values, bind } = parameterList();
    const { item, site, location } = query;
    const { filter } = await resolveFilter(tx, { item, site, location });
    const conditions = [
      filterSql(itemOf(filter), bind, 't', 'none'),
      ...(query.serial === undefined ? [] : [`t.serial = ${bind(query.serial)}`]),
      ...(filter.siteId === undefined ? [] : [`p.site_id = ${bind(filter.siteId)}`]),
      ...(filter.locationId === undefined ? [] : [`p.location_id = ${bind(filter.locationId)}`]),
    ];
    return keysetPage<SerialRow, z.output<typeof serialAnswer>>(tx, {
      select: SERIALS,
      conditions,
      values,
      bind,
      keys: [
        { expression: 'i.sku', sqlType: 'text' },
        { expression: 't.serial', sqlType: 'text' },
      ],
      descending: false,
      limit: query.limit,
      cursor: query.cursor,
      toItem: toSerial,
    });
  });
}

function toSerial(row: SerialRow): z.output<typeof serialAnswer> {
  const { serial, owner, location, site, lot, disposition, lpn } = row;
  return {
    item: row.sku,
    serial,
    owner,
    onHand: row.is_real === true,
    location,
    site,
    lot,
    disposition,
    lpn,
    lastMovement: row.last_seq > 0n ? `${row.journal}-${row.last_seq}` : null,
  };
}

const exceptionAnswer = z.object({
  id: ledgerIdText.describe('the movement or entry that caused it'),
  kind: z.enum(['oversold', 'over_allocated', 'cleared']),
  item: z.string(),
  owner: z.string(),
  site: z.string().nullable(),
  location: z.string().nullable(),
  short: z.string().describe('units short after it'),
  recordedAt: instant,
});
export type ExceptionAnswer = z.output<typeof exceptionAnswer>;
interface ExceptionRow {
  journal: number;
  seq: bigint;
  kind: z.output<typeof exceptionAnswer>['kind'];
  sku: string;
  scale: number;
  owner: string;
  site: string | null;
  location: string | null;
  quantity: bigint;
  recorded_at: Date;
}
const exceptionQuery = {
  item: codeText.optional(),
  owner: codeText.optional(),
  kind: exceptionAnswer.shape.kind.optional(),
};
type ExceptionQuery = z.output<z.ZodObject<typeof exceptionQuery>> & Paging;

const EXCEPTIONS = `SELECT t.journal, t.seq, t.kind, i.sku, i.quantity_scale AS scale,
    o.code AS owner, s.code AS site, l.code AS location, t.quantity, t.recorded_at
  FROM ledger.exception t
  JOIN catalog.item i ON i.item_id = t.item_id
  JOIN sellers.owner o ON o.owner_id = t.owner_id
  LEFT JOIN ledger.availability a
    ON a.journal = t.journal AND a.availability_id = t.availability_id
  LEFT JOIN ledger.position p ON p.journal = t.journal AND p.position_id = t.position_id
  LEFT JOIN network.location l ON l.location_id = p.location_id
  LEFT JOIN network.site s ON s.site_id = coalesce(a.site_id, p.site_id)`;

/** Exceptions, newest first. */
export async function readExceptions(
  context: Context,
  principal: Principal,
  query: ExceptionQuery,
) {
  return readAs(context.database, principal.scope, async (tx) => {
    const { values, bind } = parameterList();
    const { filter } = await resolveFilter(tx, { item: query.item, owner: query.owner });
    const conditions = [
      filterSql(itemOf(filter), bind, 't', 'none'),
      ...(filter.ownerId === undefined ? [] : [`t.owner_id = ${bind(filter.ownerId)}`]),
      ...(query.kind === undefined ? [] : [`t.kind = ${bind(query.kind)}`]),
    ];
    return keysetPage<ExceptionRow, ExceptionAnswer>(tx, {
      select: EXCEPTIONS,
      conditions,
      values,
      bind,
      keys: [
        { expression: '(extract(epoch FROM t.recorded_at) * 1000)::bigint', sqlType: 'bigint' },
        { expression: 't.journal', sqlType: 'integer' },
        { expression: 't.seq', sqlType: 'bigint' },
        { expression: 't.kind', sqlType: 'text' },
        { expression: 'coalesce(t.position_id, 0)', sqlType: 'bigint' },
      ],
      descending: true,
      limit: query.limit,
      cursor: query.cursor,
      toItem: (row) => ({
        id: `${row.journal}-${row.seq}`,
        kind: row.kind,
        item: row.sku,
        owner: row.owner,
        site: row.site,
        location: row.location,
        short: formatDecimal(row.quantity, row.scale),
        recordedAt: row.recorded_at.toISOString(),
      }),
    });
  });
}

const journalsAnswer = z.object({
  items: z.array(
    z.object({
      journal: z.number(),
      seq: z.number().describe('the newest; there are no gaps below it'),
      hash: z.string().describe('the newest link of the chain, in hexadecimal'),
      recordedAt: instant,
    }),
  ),
});

function journalRoute(app: App, context: Context): void {
  app.get(
    '/v1/journals',
    {
      config: { scope: 'ledger:read' },
      schema: {
        tags: ['Ledger'],
        summary: 'Heads of the journals; for the house',
        response: { 200: journalsAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { rows } = await readAs(context.database, request.principal.scope, (tx) =>
        tx.query<{ journal: number; seq: bigint; head_hash: Buffer; recorded_at: Date }>(
          'SELECT journal, seq, head_hash, recorded_at FROM ledger.journal_head ORDER BY journal',
        ),
      );
      return {
        items: rows.map((row) => ({
          journal: row.journal,
          seq: Number(row.seq),
          hash: row.head_hash.toString('hex'),
          recordedAt: row.recorded_at.toISOString(),
        })),
      };
    },
  );
}

/** Lots, serials, exceptions and journals. */
export function traceRoutes(app: App, context: Context): void {
  listRoute(app, context, {
    path: '/lots',
    summary: 'List lots',
    query: lotQuery,
    item: lotAnswer,
    read: listLots,
  });
  listRoute(app, context, {
    path: '/serials',
    summary: 'List serials and where each is',
    query: serialQuery,
    item: serialAnswer,
    read: listSerials,
  });
  listRoute(app, context, {
    path: '/exceptions',
    summary: 'What physical truth broke: oversold and over-allocated stock, newest first',
    query: exceptionQuery,
    item: exceptionAnswer,
    read: readExceptions,
  });
  journalRoute(app, context);
}
