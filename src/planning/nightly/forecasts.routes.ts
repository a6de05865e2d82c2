import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../../platform/http.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { selectAccuracy } from './accuracy.queries.ts';
import { type NamedForecast, selectLevels, selectNamed } from './forecasts.queries.ts';
import { readForecast, showForecasts, showLevel } from './forecasts.ts';
import { dateOf, dayOf } from './pack.ts';
import { yesterday } from './runs.ts';
import {
  accuracyAnswer,
  date,
  documentNumber,
  filterText,
  forecastAnswer,
  forecastPage,
  groupCode,
  levelAnswer,
  siteCode,
  sku,
} from './schemas.ts';
import { figuresOf } from './score.ts';
import { showFigures, shown } from './view.ts';

const tags = ['Planning: forecasts'];
const LEVELS = ['total', 'region', 'site', 'group'] as const;
const RANK: Readonly<Record<string, number>> = { total: 1, region: 2, site: 3, group: 4 };
/** Nights that accuracy is shown of, unless it is asked for others. */
const NIGHTS_DEFAULT = 28;

/**
 * Forecasts, levels and accuracy under /v1/planning. An owner reads the forecasts of its own
 * goods; levels and accuracy are about all goods, so they are the house's.
 */
export function forecastRoutes(app: App, context: Context): void {
  listRoute(app, context);
  oneRoute(app, context);
  levelRoute(app, context);
  accuracyRoute(app, context);
}

function listRoute(app: App, context: Context): void {
  app.get(
    '/v1/planning/forecasts',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'List the current forecasts of items at sites',
        querystring: z.object({
          ...pageQuery,
          item: sku.optional(),
          site: siteCode.optional(),
          owner: filterText.optional(),
          group: groupCode.optional(),
          class: z.enum(['smooth', 'intermittent', 'lumpy', 'erratic', 'new', 'ended']).optional(),
          method: filterText.optional(),
          drifting: z.enum(['true', 'false']).optional().describe('errors moved away from usual'),
        }),
        response: { 200: forecastPage },
      },
    },
    async (request) => {
      const { cursor, limit, item = null, site = null, owner = null, group = null } = request.query;
      const { class: demandClass = null, method = null, drifting } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.int32(), z.int32(), z.int32()]));
      const filter = {
        ...{ item, site, owner, group, demandClass, method, after, limit: limit + 1 },
        drifting: drifting === undefined ? null : drifting === 'true',
      };
      return readAs(context.database, request.principal.scope, async (tx) => {
        const rows = await selectNamed(tx, filter);
        const lines = await showForecasts(tx, rows.slice(0, limit));
        const keyOf = ({ itemId, siteId, ownerId }: NamedForecast) => [itemId, siteId, ownerId];
        const { nextCursor } = toPage(rows, limit, keyOf, () => undefined);
        return { items: lines, nextCursor };
      });
    },
  );
}

function oneRoute(app: App, context: Context): void {
  app.get(
    '/v1/planning/forecasts/:item/:site',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'Read one forecast: quantiles, accuracy and why it is what it is',
        params: z.object({ item: sku, site: siteCode }),
        querystring: z.object({ owner: documentNumber.optional().describe('code of an owner') }),
        response: { 200: forecastAnswer },
      },
    },
    async (request) => {
      const { item, site } = request.params;
      const { owner } = request.query;
      const forecast = await readAs(context.database, request.principal.scope, (tx) =>
        readForecast(tx, { item, site, owner }),
      );
      if (!forecast) throw new Problem(notFound, `There is no forecast of ${item} at ${site}.`);
      return forecast;
    },
  );
}

function levelRoute(app: App, context: Context): void {
  app.get(
    '/v1/planning/forecast-levels',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'List the forecasts of the total, of regions, sites and groups',
        description: 'Each is the sum of the forecasts of items at sites below it.',
        querystring: z.object({
          ...pageQuery,
          level: z.enum(LEVELS).optional(),
          code: filterText.optional(),
        }),
        response: { 200: pageOf(levelAnswer) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { cursor, limit, level = null, code = null } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.int32(), filterText]));
      const rows = await readAs(context.database, request.principal.scope, (tx) =>
        selectLevels(tx, { level, code, after, limit: limit + 1 }),
      );
      return toPage(rows, limit, (row) => [RANK[row.level] ?? 0, row.code], showLevel);
    },
  );
}

function accuracyRoute(app: App, context: Context): void {
  app.get(
    '/v1/planning/accuracy',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'How good the forecasts of past nights were, when what came was known',
        querystring: z.object({
          level: z.enum([...LEVELS, 'class']).default('total'),
          code: filterText.optional(),
          from: date.optional().describe(`by default ${NIGHTS_DEFAULT} days before \`to\``),
          to: date.optional().describe('by default yesterday'),
          by: z.enum(['all', 'day']).default('all').describe('one line a code, or one a day'),
        }),
        response: { 200: z.object({ items: z.array(accuracyAnswer) }) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { level, code = null, by } = request.query;
      const to = request.query.to ?? yesterday(context);
      const from = request.query.from ?? dateOf(dayOf(to) - NIGHTS_DEFAULT + 1);
      const rows = await readAs(context.database, request.principal.scope, (tx) =>
        selectAccuracy(tx, { level, code, from, to }, by === 'day'),
      );
      const items = rows.map(({ sums, ...row }) => ({
        ...{ level: row.level, code: row.code, day: row.day === '' ? null : row.day },
        demand: shown(sums.actual),
        figures: showFigures(figuresOf(sums)),
      }));
      return { items };
    },
  );
}
