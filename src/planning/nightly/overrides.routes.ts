import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { historyAnswer, readHistory } from '../../platform/history.ts';
import { type App, decodeCursor, pageQuery, toPage } from '../../platform/http.ts';
import { answerOnce } from '../../platform/idempotency.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { createOverride, OVERRIDE_DOCUMENT, undoOverride } from './overrides.commands.ts';
import {
  type OverrideRow,
  selectOverride,
  selectOverrides,
  selectPlace,
} from './overrides.queries.ts';
import { yesterday } from './runs.ts';
import {
  documentNumber,
  idempotencyHeader,
  overrideAnswer,
  overrideBody,
  overridePage,
  siteCode,
  sku,
  undoBody,
} from './schemas.ts';
import { showOverride } from './view.ts';

const tags = ['Planning: forecasts'];
const PATH = '/v1/planning/overrides';
const params = z.object({ number: documentNumber });

/** What planners say instead of the forecast, at /v1/planning/overrides; the house's alone. */
export function overrideRoutes(app: App, context: Context): void {
  createRoute(app, context);
  undoRoute(app, context);
  listRoute(app, context);
  readRoutes(app, context);
}

function createRoute(app: App, context: Context): void {
  app.post(
    PATH,
    {
      config: { scope: 'planning:write' },
      schema: {
        tags,
        summary: 'Say what demand will be instead of the forecast',
        description:
          'For an item or a group, at a site or at all of them, on some days. The narrowest one ' +
          'holds, of equals the newest. It holds at once; what it is worth is measured from the ' +
          'next nightly run on, against the forecast without it.',
        headers: idempotencyHeader,
        body: overrideBody,
        response: { 201: overrideAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { principalId, scope } = request.principal;
      const by = { actorId: principalId, at: context.clock() };
      const answer = await writeAs(context.database, scope, (tx) =>
        answerOnce(tx, request, by.at, async () => {
          const made = await createOverride(tx, request.body, by);
          return { status: 201, headers: {}, body: showOverride(made) };
        }),
      );
      return reply
        .code(201)
        .headers(answer.headers)
        .send(answer.body as z.output<typeof overrideAnswer>);
    },
  );
}

function undoRoute(app: App, context: Context): void {
  app.post(
    `${PATH}/:number/undo`,
    {
      config: { scope: 'planning:write' },
      schema: {
        tags,
        summary: 'Take an override back',
        headers: idempotencyHeader,
        params,
        body: undoBody,
        response: { 200: overrideAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { principalId, scope } = request.principal;
      const by = { actorId: principalId, at: context.clock() };
      const { number } = request.params;
      const answer = await writeAs(context.database, scope, (tx) =>
        answerOnce(tx, request, by.at, async () => {
          const undone = await undoOverride(tx, number, request.body.reason, by);
          return { status: 200, headers: {}, body: showOverride(undone) };
        }),
      );
      return reply.headers(answer.headers).send(answer.body as z.output<typeof overrideAnswer>);
    },
  );
}

function listRoute(app: App, context: Context): void {
  app.get(
    PATH,
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'List overrides with what they were worth, the newest first',
        querystring: z.object({
          ...pageQuery,
          item: sku.optional(),
          site: siteCode.optional(),
          active: z.enum(['true', 'false']).optional().describe('true: only those still in use'),
        }),
        response: { 200: overridePage },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { cursor, limit, item = null, site = null, active } = request.query;
      const before = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
      const activeFrom = active === 'true' ? yesterday(context) : null;
      const rows = await readAs(context.database, request.principal.scope, async (tx) => {
        const { itemId, siteId } = await selectPlace(tx, item, site);
        const isNowhere = (item !== null && !itemId) || (site !== null && !siteId);
        if (isNowhere) return [];
        return selectOverrides(tx, { itemId, siteId, activeFrom, before, limit: limit + 1 });
      });
      const keyOf = (row: OverrideRow) => [row.createdAt.toISOString(), row.overrideId];
      return toPage(rows, limit, keyOf, showOverride);
    },
  );
}

function readRoutes(app: App, context: Context): void {
  const found = (row: OverrideRow | undefined, number: string): OverrideRow => {
    if (!row) throw new Problem(notFound, `There is no override ${number}.`);
    return row;
  };
  app.get(
    `${PATH}/:number`,
    {
      config: { scope: 'planning:read' },
      schema: { tags, summary: 'Read an override', params, response: { 200: overrideAnswer } },
    },
    async (request) => {
      requireHouse(request.principal);
      const { number } = request.params;
      const { scope } = request.principal;
      const row = await readAs(context.database, scope, (tx) => selectOverride(tx, number));
      return showOverride(found(row, number));
    },
  );
  app.get(
    `${PATH}/:number/history`,
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'Who made an override and who took it back',
        params,
        response: { 200: z.object({ items: z.array(historyAnswer) }) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { number } = request.params;
      return readAs(context.database, request.principal.scope, async (tx) => {
        found(await selectOverride(tx, number), number);
        return { items: await readHistory(tx, { type: OVERRIDE_DOCUMENT, number }) };
      });
    },
  );
}
