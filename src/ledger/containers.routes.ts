import { z } from 'zod';
import { readAs } from '../platform/database.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../platform/http.ts';
import { moveHandlingUnit } from './service/container-moves.ts';
import { listHandlingUnits } from './service/containers.queries.ts';
import * as containers from './service/containers.ts';
import { code, idempotencyHeader } from './service/schemas.ts';
import type { LedgerService } from './service/service.ts';

const TYPES = ['pallet', 'case', 'tote', 'carton', 'cart', 'pod'] as const;

const summary = z.object({
  lpn: z.string(),
  type: z.string(),
  parent: z.string().nullable(),
  location: z.string(),
  owner: z.string(),
  status: z.string(),
});
const view = summary.extend({
  children: z.array(z.string()),
  contents: z.array(
    z.object({
      item: z.string(),
      lot: z.string().nullable(),
      disposition: z.string(),
      lpn: z.string(),
      onHand: z.string(),
    }),
  ),
});
const params = z.object({ lpn: code });

/** Adds the routes of handling units (containers with an LPN). */
export function containerRoutes(app: App, ledger: LedgerService): void {
  const tags = ['Handling units'];
  app.post(
    '/v1/handling-units',
    {
      config: { scope: 'ledger:post' },
      schema: {
        tags,
        summary: 'Make an empty handling unit',
        description: 'Repeating it with the same facts answers the same unit again.',
        body: z.object({
          lpn: code,
          type: z.enum(TYPES),
          location: code,
          parent: code.optional(),
          owner: code.optional(),
        }),
        response: { 201: view },
      },
    },
    async (request, reply) => {
      const unit = await containers.createHandlingUnit(ledger, request.principal, request.body);
      reply.status(201);
      return writable(unit);
    },
  );
  app.get(
    '/v1/handling-units',
    {
      config: { scope: 'ledger:read' },
      schema: {
        tags,
        summary: 'List handling units',
        querystring: z.object({ ...pageQuery, location: code.optional() }),
        response: { 200: pageOf(summary) },
      },
    },
    async (request) => {
      const { cursor, limit, location } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.string()]))?.[0] ?? '';
      const rows = await readAs(ledger.database, request.principal.scope, (tx) =>
        listHandlingUnits(tx, { location, after, limit: limit + 1 }),
      );
      return toPage(
        rows,
        limit,
        (row) => [row.lpn],
        (row) => row,
      );
    },
  );
  app.get(
    '/v1/handling-units/:lpn',
    {
      config: { scope: 'ledger:read' },
      schema: {
        tags,
        summary: 'A handling unit and its contents',
        params,
        response: { 200: view },
      },
    },
    async (request) =>
      writable(await containers.getHandlingUnit(ledger, request.principal, request.params.lpn)),
  );
  moveRoutes(app, ledger, tags);
}

function moveRoutes(app: App, ledger: LedgerService, tags: string[]): void {
  app.post(
    '/v1/handling-units/:lpn/move',
    {
      config: { scope: 'ledger:post' },
      schema: {
        tags,
        summary: 'Move a handling unit with its contents',
        headers: idempotencyHeader,
        params,
        body: z.object({ to: code }),
        response: { 200: z.object({ movements: z.number(), handlingUnit: view }) },
      },
    },
    async (request) => {
      const key = request.headers['idempotency-key'];
      const move = await moveHandlingUnit(ledger, request.principal, request.params.lpn, {
        key,
        to: request.body.to,
      });
      return { movements: move.movements, handlingUnit: writable(move.handlingUnit) };
    },
  );
  app.post(
    '/v1/handling-units/:lpn/nest',
    {
      config: { scope: 'ledger:post' },
      schema: {
        tags,
        summary: 'Put a handling unit into another, or take it out',
        params,
        body: z.object({ parent: code.nullable() }),
        response: { 200: view },
      },
    },
    async (request) => {
      const { lpn } = request.params;
      const { parent } = request.body;
      return writable(await containers.nestHandlingUnit(ledger, request.principal, lpn, parent));
    },
  );
}

function writable(unit: containers.HandlingUnit): z.input<typeof view> {
  return { ...unit, children: [...unit.children], contents: [...unit.contents] };
}
