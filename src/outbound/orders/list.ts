import { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import { csvLines } from '../../platform/documents/index.ts';
import { decodeCursor, pageQuery, toPage } from '../../platform/http.ts';
import { ORDER_COLUMNS, ORDER_FROM, type OrderRow } from './order.queries.ts';
import { ORDER_STATES } from './order.ts';
import { code, moment, type OrderHeader, text } from './schemas.ts';
import { headerOf } from './view.ts';

/** Filters of the list of sales orders. */
export const listQuery = {
  ...pageQuery,
  state: z
    .enum([...ORDER_STATES, 'unfinished'])
    .optional()
    .describe('`unfinished`: not shipped'),
  channel: code.optional(),
  owner: code.optional(),
  customer: code.optional(),
  reference: text(100).optional().describe("the customer's or the channel's"),
  item: code.optional(),
  site: code.optional().describe('where units of it come from'),
  late: z.enum(['true', 'false']).optional().describe('promised or wanted before now, not shipped'),
  onHold: z.enum(['true', 'false']).optional(),
  createdFrom: moment.optional(),
  createdTo: moment.optional().describe('exclusive'),
};
type ListQuery = z.output<z.ZodObject<typeof listQuery>>;

const LATE = `(coalesce(o.promised_at, o.requested_at) < ?
  AND o.state NOT IN ('shipped', 'cancelled'))`;

/** SQL of each filter; `?` is its value. */
const FILTERS: Readonly<Record<string, string>> = {
  channel: 'c.code = ?',
  owner: 'w.code = ?',
  customer: 'o.customer = ?',
  reference: '(o.customer_reference = ? OR o.channel_reference = ?)',
  item: `EXISTS (SELECT FROM outbound.sales_order_line l JOIN catalog.item i
    ON i.item_id = l.item_id WHERE l.sales_order_id = o.sales_order_id AND i.sku = ?)`,
  site: `EXISTS (SELECT FROM outbound.line_part p JOIN network.site s ON s.site_id = p.site_id
    WHERE p.sales_order_id = o.sales_order_id AND s.code = ?)`,
  onHold: 'o.is_held = ?::boolean',
  createdFrom: 'o.created_at >= ?::timestamptz',
  createdTo: 'o.created_at < ?::timestamptz',
};

const cursorKeys = z.tuple([z.iso.datetime(), z.uuid()]);

/** One page of sales orders, the newest first. @throws Problem invalid-request. */
export async function listOrders(
  tx: Tx,
  query: ListQuery,
  now: Date,
): Promise<{ items: OrderHeader[]; nextCursor: string | null }> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = Object.entries(FILTERS).flatMap(([name, where]) => {
    const value = query[name as keyof ListQuery];
    if (value === undefined) return [];
    const parameter = bind(value);
    return [where.replaceAll('?', () => parameter)];
  });
  if (query.state === 'unfinished') conditions.push("o.state NOT IN ('shipped', 'cancelled')");
  else if (query.state) conditions.push(`o.state = ${bind(query.state)}`);
  if (query.late !== undefined) {
    const late = LATE.replaceAll('?', bind(now));
    conditions.push(query.late === 'true' ? late : `${late} IS NOT TRUE`);
  }
  const after = decodeCursor(query.cursor, cursorKeys);
  if (after) {
    const [at, id] = [bind(after[0]), bind(after[1])];
    conditions.push(`(o.created_at, o.sales_order_id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  const { rows } = await tx.query<OrderRow>(
    `SELECT ${ORDER_COLUMNS} FROM ${ORDER_FROM}
     WHERE ${conditions.length > 0 ? conditions.join(' AND ') : 'true'}
     ORDER BY o.created_at DESC, o.sales_order_id DESC LIMIT ${bind(query.limit + 1)}`,
    values,
  );
  return toPage(rows, query.limit, (row) => [row.createdAt.toISOString(), row.orderId], headerOf);
}

const CSV_COLUMNS = [
  'number',
  'state',
  'onHold',
  'owner',
  'channel',
  'customer',
  'customerReference',
  'channelReference',
  'priority',
  'serviceLevel',
  'currency',
  'country',
  'postalCode',
  'requestedAt',
  'promisedAt',
  'createdAt',
] as const satisfies readonly (keyof OrderHeader)[];
const FORMULA_START = /^[=+\-@]/;
const ROWS_MAX = 1_000_000;

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Sales orders as CSV, page after page, header first. */
export async function* csvOfOrders(
  readPage: (cursor: string | undefined) => Promise<{
    items: OrderHeader[];
    nextCursor: string | null;
  }>,
): AsyncGenerator<string> {
  yield csvLines([CSV_COLUMNS.map(snakeCase)]);
  let cursor: string | undefined;
  let count = 0;
  do {
    const page = await readPage(cursor);
    const cells = page.items.map((order) =>
      CSV_COLUMNS.map((name) => {
        const cell = String(order[name] ?? '');
        return FORMULA_START.test(cell) ? `'${cell}` : cell;
      }),
    );
    yield csvLines(cells);
    count += page.items.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && count < ROWS_MAX);
}
