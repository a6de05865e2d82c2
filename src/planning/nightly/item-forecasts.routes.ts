import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../../platform/http.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { type ForecastItem, selectForecastItems } from './item-forecasts.queries.ts';
import { readItemForecast, showItemForecasts } from './item-forecasts.ts';
import {
  documentNumber,
  filterText,
  groupCode,
  itemForecastAnswer,
  itemForecastLine,
  sku,
} from './schemas.ts';

const tags = ['Planning: forecasts'];

/** Items over all their sites under /v1/planning/item-forecasts; an owner reads its own. */
export function itemForecastRoutes(app: App, context: Context): void {
  app.get(
    '/v1/planning/item-forecasts',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'List the forecasts of items over all their sites',
        description: 'Each is the sum of the forecasts of the item at its sites.',
        querystring: z.object({
          ...pageQuery,
          item: sku.optional(),
          owner: filterText.optional(),
          group: groupCode.optional(),
        }),
        response: { 200: pageOf(itemForecastLine) },
      },
    },
    async (request) => {
      const { cursor, limit, item = null, owner = null, group = null } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.int32(), z.int32()]));
      return readAs(context.database, request.principal.scope, async (tx) => {
        const rows = await selectForecastItems(tx, {
          ...{ item, owner, group, after, limit: limit + 1 },
        });
        const lines = await showItemForecasts(tx, rows.slice(0, limit));
        const keyOf = ({ itemId, ownerId }: ForecastItem) => [itemId, ownerId];
        const { nextCursor } = toPage(rows, limit, keyOf, () => undefined);
        return { items: lines, nextCursor };
      });
    },
  );
  app.get(
    '/v1/planning/item-forecasts/:item',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'Read the forecast of an item over all its sites, with quantiles',
        params: z.object({ item: sku }),
        querystring: z.object({ owner: documentNumber.optional().describe('code of an owner') }),
        response: { 200: itemForecastAnswer },
      },
    },
    async (request) => {
      const { item } = request.params;
      const forecast = await readAs(context.database, request.principal.scope, (tx) =>
        readItemForecast(tx, item, request.query.owner),
      );
      if (!forecast) throw new Problem(notFound, `There is no forecast of ${item}.`);
      return forecast;
    },
  );
}
