import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { type App, pageQuery } from '../../platform/http.ts';
import { HISTORY_DAYS_MAX, listSeries, readHistory } from './history.read.ts';
import { historyAnswer, seriesPage } from './schemas.ts';

const read = { config: { scope: 'planning:read' } } as const;
const code = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[ -~]+$/);

/** Demand history at /v1/planning/demand-history and /v1/planning/demand-series. */
export function historyRoutes(app: App, context: Context): void {
  app.get(
    '/v1/planning/demand-history',
    {
      ...read,
      schema: {
        tags: ['demand history'],
        summary: 'Read the demand of an item at a site, by day or by week',
        description:
          'Ordered quantities (returns netted), what is estimated to have been lost on days ' +
          'without availability, marks, and what may have moved demand.',
        querystring: z.object({
          item: code,
          site: code,
          owner: code.optional().describe("by default the item's own, else the house"),
          from: z.iso.date().optional().describe('by default two years before `to`'),
          to: z.iso.date().optional().describe('by default today'),
          bucket: z.enum(['day', 'week']).default('day'),
        }),
        response: { 200: historyAnswer },
      },
    },
    (request) => readHistory(context, request.principal, request.query),
  );
  app.get(
    '/v1/planning/demand-series',
    {
      ...read,
      schema: {
        tags: ['demand history'],
        summary: 'List items at sites that there is demand history of',
        querystring: z.object({
          ...pageQuery,
          item: code.optional(),
          site: code.optional(),
          owner: code.optional(),
          group: code.optional(),
          region: code.optional(),
          days: z.coerce
            .number()
            .int()
            .min(1)
            .max(HISTORY_DAYS_MAX)
            .default(91)
            .describe('days up to today that the figures are about'),
        }),
        response: { 200: seriesPage },
      },
    },
    (request) => {
      const { item, site, owner, group, region, cursor, limit, days } = request.query;
      const filter = { item, site, owner, group, region };
      return listSeries(context, request.principal, { ...filter, cursor, limit, days });
    },
  );
}
