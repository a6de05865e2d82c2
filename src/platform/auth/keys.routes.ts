import { z } from 'zod';
import type { Context } from '../context.ts';
import { type App, decodeCursor, idParams, instant, pageOf, pageQuery, toPage } from '../http.ts';
import type { Authenticator } from './authenticator.ts';
import { createKey, listKeys, revokeKey, toKey } from './keys.commands.ts';
import { ROLE_NAMES, SCOPES } from './scopes.ts';

const keySchema = z.object({
  id: z.number().int(),
  publicId: z.string().describe('the middle part of the key; not secret'),
  principalId: z.number().int().describe('the actor of what the key does'),
  name: z.string(),
  ownerId: z.number().int().nullable().describe('null is the house'),
  role: z.string().nullable(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable().describe('within a minute'),
});

const createBody = z.strictObject({
  name: z.string().trim().min(1).max(100).describe('who or what will use it'),
  role: z.enum(ROLE_NAMES).optional().describe('a named bundle of scopes'),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).optional(),
  ownerId: z.number().int().min(1).max(2_147_483_647).optional(),
  expiresAt: instant.optional(),
});

/** Making, listing and revoking API keys. */
export function keyRoutes(app: App, context: Context, authenticator: Authenticator): void {
  const shared = { config: { scope: 'keys:admin' as const } };
  app.post(
    '/v1/keys',
    {
      ...shared,
      schema: {
        tags: ['keys'],
        summary: 'Make an API key; its text is shown in this answer only',
        body: createBody,
        response: { 201: keySchema.extend({ key: z.string() }) },
      },
    },
    async (request, reply) => {
      const { expiresAt, ...input } = request.body;
      const made = await createKey(
        context,
        { ...input, expiresAt: expiresAt ? new Date(expiresAt) : undefined },
        request.principal,
      );
      return reply.code(201).header('cache-control', 'no-store').send(made);
    },
  );
  app.get(
    '/v1/keys',
    {
      ...shared,
      schema: {
        tags: ['keys'],
        summary: 'List API keys',
        querystring: z.object(pageQuery),
        response: { 200: pageOf(keySchema) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const [after] = decodeCursor(cursor, z.tuple([z.number().int()])) ?? [0];
      const rows = await listKeys(context, request.principal, after, limit + 1);
      return toPage(rows, limit, (row) => [row.api_key_id], toKey);
    },
  );
  app.delete(
    '/v1/keys/:id',
    {
      ...shared,
      schema: {
        tags: ['keys'],
        summary: 'Revoke an API key for good; it stops working within 5 seconds',
        params: idParams,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      const publicId = await revokeKey(context, request.params.id, request.principal);
      authenticator.forget(publicId);
      return reply.code(204).send();
    },
  );
}
