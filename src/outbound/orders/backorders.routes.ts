import { z } from 'zod';
import { readAs } from '../../platform/database.ts';
import { type App, decodeCursor, instant, pageOf, pageQuery, toPage } from '../../platform/http.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { listBackorders } from './backorders.queries.ts';
import { code } from './schemas.ts';
import type { OrderService } from './service.ts';

const backorder = z.object({
  salesOrder: z.string(),
  line: z.number(),
  part: z.number(),
  item: z.string(),
  owner: z.string(),
  channel: z.string(),
  site: z.string().nullable().describe('the only site it waits at; null: any of the channel'),
  quantity: z.string(),
  priority: z.number(),
  orderedAt: instant,
});

const keys = z.tuple([z.int(), z.iso.datetime(), z.uuid(), z.int32(), z.int32()]);

/** The queue of backorders at /v1/backorders. */
export function backorderRoutes(app: App, { context }: OrderService): void {
  app.get(
    '/v1/backorders',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags: ['Sales orders'],
        summary: 'List backorders in the order in which they are served',
        querystring: z.object({
          ...pageQuery,
          item: code.optional(),
          site: code.optional(),
          channel: code.optional(),
        }),
        response: { 200: pageOf(backorder) },
      },
    },
    (request) =>
      readAs(context.database, request.principal.scope, async (tx) => {
        const { cursor, limit, ...filter } = request.query;
        const after = decodeCursor(cursor, keys);
        const rows = await listBackorders(tx, filter, after, limit + 1);
        return toPage(
          rows,
          limit,
          (row) => [row.priority, row.orderedAt.toISOString(), row.orderId, row.line, row.part],
          ({ quantityScale, quantity, orderedAt, orderId: _, ...row }) => ({
            ...row,
            quantity: formatDecimal(quantity, quantityScale),
            orderedAt: orderedAt.toISOString(),
          }),
        );
      }),
  );
}
