import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testContext } from '../../test/support/context.ts';
import { createTestDatabase } from '../../test/support/database.ts';
import { createKey, SYSTEM } from '../platform/auth/index.ts';
import type { Context } from '../platform/context.ts';
import { openDatabase } from '../platform/database.ts';
import type { App } from '../platform/http.ts';
import { conflict, Problem } from '../platform/problems.ts';
import { buildServer } from './server.ts';

const { admin, database, connectionString } = await createTestDatabase();
const context = testContext(database);

let pressure = false;
/** A module of the tests' own, which does what the real ones do. */
function probeRoutes(app: App, _context: Context): void {
  app.overload.watch('probe', () =>
    pressure ? { reason: 'The queue is full.', retryAfterSeconds: 7 } : undefined,
  );
  const body = z.strictObject({
    lines: z.array(z.object({ quantity: z.string().regex(/^\d+$/) })),
    code: z.string(),
  });
  const config = { scope: 'ledger:post' as const };
  app.post(
    '/v1/probe',
    { config, schema: { body, response: { 200: z.object({ n: z.number() }) } } },
    async (request) => ({ n: request.body.lines.length }),
  );
  app.get('/v1/probe', { config: { scope: 'ledger:read' } }, async () => {
    throw new Problem(conflict, 'Too few.', { available: 12n });
  });
  app.get('/v1/probe/broken', { config: { scope: 'ledger:read' } }, async () => {
    throw new Error('password=hunter2');
  });
}

let app: App;
let operator: string;
let reader: string;
beforeAll(async () => {
  app = await buildServer(context, [probeRoutes]);
  const key = async (name: string, scopes: Parameters<typeof createKey>[1]['scopes']) =>
    `Bearer ${(await createKey(context, { name, scopes }, SYSTEM)).key}`;
  operator = await key('operator', ['ledger:post', 'ledger:read', 'keys:admin']);
  reader = await key('reader', ['ledger:read']);
});
afterAll(() => app.close());

const good = { lines: [{ quantity: '1' }], code: 'x' };
function post(payload: unknown, authorization: string, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url: '/v1/probe',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
}

describe('problems', () => {
  it('list every wrong field with what was found', async () => {
    const response = await post({ lines: [{ quantity: '1' }, { quantity: 'x' }], z: 1 }, operator);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json()).toMatchObject({
      type: '/problems/invalid-request',
      status: 400,
      detail: '3 fields are not valid.',
      requestId: response.headers['x-request-id'],
    });
    const { errors } = response.json();
    expect(errors.map((error: { path: string }) => error.path)).toEqual([
      'body.lines.1.quantity',
      'body.code',
      'body',
    ]);
    expect(errors[0].found).toBe('x');
  });

  it('carry typed extras, big integers as text', async () => {
    const response = await app.inject({ url: '/v1/probe', headers: { authorization: reader } });
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ type: '/problems/conflict', available: '12' });
  });

  it('tell nothing of our own mistakes', async () => {
    const headers = { authorization: reader };
    const response = await app.inject({ url: '/v1/probe/broken', headers });
    expect(response.statusCode).toBe(500);
    expect(response.json().type).toBe('/problems/internal-error');
    expect(response.body).not.toContain('hunter2');
  });

  it.each([
    ['text that is not JSON', '{', 'application/json', 400, 'invalid-request'],
    ['another content type', 'a=b', 'text/csv', 415, 'unsupported-media-type'],
  ])('answer %s', async (_name, payload, contentType, status, name) => {
    const response = await post(payload, operator, { 'content-type': contentType });
    expect(response.statusCode).toBe(status);
    expect(response.json().type).toBe(`/problems/${name}`);
  });

  it('answer a body above the limit with 413', async () => {
    const payload = JSON.stringify({ ...good, code: 'x'.repeat(context.config.bodyLimitBytes) });
    expect((await post(payload, operator)).statusCode).toBe(413);
  });

  it('tell an unknown path from a known path with another method', async () => {
    const missing = await app.inject({ url: '/v1/nothing' });
    expect([missing.statusCode, missing.json().type]).toEqual([404, '/problems/not-found']);
    const other = await app.inject({ method: 'PUT', url: '/v1/probe' });
    expect([other.statusCode, other.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('answer a path that cannot be decoded', async () => {
    const response = await app.inject({ url: '/v1/%zz' });
    expect([response.statusCode, response.json().type]).toEqual([400, '/problems/invalid-request']);
  });

  it('have a page and a JSON form each', async () => {
    const list = await app.inject({ url: '/problems', headers: { accept: 'application/json' } });
    expect(list.json().items).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'overloaded', status: 503 })]),
    );
    for (const { type } of list.json().items) {
      const response = await app.inject({ url: type, headers: { accept: 'text/html' } });
      expect([type, response.statusCode]).toEqual([type, 200]);
    }
    expect((await app.inject({ url: '/problems/none' })).statusCode).toBe(404);
  });
});

describe('the door', () => {
  it('is shut without a key, and without the scope', async () => {
    const none = await app.inject({ method: 'POST', url: '/v1/probe', payload: good });
    expect([none.statusCode, none.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="onhand"',
    ]);
    expect(none.headers['content-security-policy']).toContain("default-src 'none'");
    expect(none.headers['x-content-type-options']).toBe('nosniff');
    const denied = await post(good, reader);
    expect([denied.statusCode, denied.json().scope]).toEqual([403, 'ledger:post']);
    expect((await post(good, operator)).json()).toEqual({ n: 1 });
  });

  it('refuses to start with a route that declares no scope', async () => {
    const careless = (one: App) => void one.get('/v1/open', async () => 'x');
    await expect(buildServer(testContext(database), [careless])).rejects.toThrow(
      'declares no scope',
    );
  });

  it('makes, lists and revokes keys', async () => {
    const headers = { authorization: operator };
    const made = await app.inject({
      ...{ method: 'POST', url: '/v1/keys', headers },
      payload: { name: 'till 1', scopes: ['ledger:post'] },
    });
    expect(made.statusCode).toBe(201);
    const { id, key } = made.json();
    expect((await post(good, `Bearer ${key}`)).statusCode).toBe(200);
    const first = await app.inject({ url: '/v1/keys?limit=1', headers });
    const rest = await app.inject({
      url: `/v1/keys?cursor=${first.json().nextCursor}`,
      headers,
    });
    const ids = [...first.json().items, ...rest.json().items].map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(id);
    expect(first.body + rest.body).not.toContain(key.slice(12));
    const revoked = await app.inject({ method: 'DELETE', url: `/v1/keys/${id}`, headers });
    expect(revoked.statusCode).toBe(204);
    expect((await post(good, `Bearer ${key}`)).statusCode).toBe(401);
  });

  it('sheds writes under pressure and says when to come again', async () => {
    pressure = true;
    const shed = await post(good, operator);
    const read = await app.inject({ url: '/v1/probe', headers: { authorization: reader } });
    pressure = false;
    expect([shed.statusCode, shed.headers['retry-after']]).toEqual([503, '7']);
    expect(shed.json()).toMatchObject({ type: '/problems/overloaded', retryAfterSeconds: 7 });
    expect(read.statusCode).toBe(409);
    expect((await post(good, operator)).statusCode).toBe(200);
  });

  it('limits requests a minute by key when configured', async () => {
    const config = { rateLimitPerMinute: 3 };
    const limited = await buildServer(testContext(database, { config }), [probeRoutes]);
    const call = (authorization: string) =>
      limited.inject({ url: '/v1/probe', headers: { authorization } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await call(reader)).statusCode);
    expect(statuses).toEqual([409, 409, 409, 429]);
    const refused = await call(reader);
    expect(refused.json()).toMatchObject({ type: '/problems/too-many-requests', status: 429 });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await call(operator)).statusCode).toBe(409);
    await limited.close();
  });
});

describe('the description', () => {
  it('is OpenAPI 3.1, with scopes, problems and nothing hidden left out', async () => {
    const response = await app.inject({ url: '/v1/openapi.json' });
    const document = response.json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/v1/keys', '/v1/keys/{id}', '/v1/probe', '/readyz']),
    );
    const operation = document.paths['/v1/keys'].post;
    expect(operation.security).toEqual([{ apiKey: [] }]);
    expect(operation.description).toContain('`keys:admin`');
    expect(operation.responses.default.content).toHaveProperty('application/problem+json');
    expect(document.components.schemas.Problem.required).toContain('requestId');
    const headers = { 'if-none-match': `${response.headers.etag}` };
    expect((await app.inject({ url: '/v1/openapi.json', headers })).statusCode).toBe(304);
  });
});

describe('readiness', () => {
  const readyz = async (of: App) => {
    const response = await of.inject({ url: '/readyz' });
    const checks = response.json().checks as { name: string; ok: boolean; detail: string }[];
    return { status: response.statusCode, failed: checks.filter(({ ok }) => !ok), checks };
  };

  it('lists each check', async () => {
    const { status, checks } = await readyz(app);
    expect(status).toBe(200);
    expect(checks.map(({ name }) => name)).toEqual([
      'database',
      'fsync',
      'full_page_writes',
      'synchronous_commit',
      'schema',
      'disk',
    ]);
  });

  it('fails while commits are not waited for', async () => {
    const options = '-c role=onhand_poster -c synchronous_commit=off';
    const poster = new pg.Pool({ connectionString, max: 1, options });
    const careless = await buildServer(testContext({ ...database, poster }), []);
    expect(await readyz(careless)).toMatchObject({
      status: 503,
      failed: [{ name: 'synchronous_commit', detail: 'off' }],
    });
    await careless.close();
    await poster.end();
  });

  it('fails while a migration is missing', async () => {
    const { rows } = await admin.query(
      `DELETE FROM platform.migration
        WHERE id = (SELECT max(id) FROM platform.migration) RETURNING *`,
    );
    const { status, failed } = await readyz(app);
    expect([status, failed[0]?.detail]).toEqual([503, `${rows[0].name} is missing`]);
    await admin.query('INSERT INTO platform.migration VALUES ($1, $2, $3)', [
      rows[0].id,
      rows[0].name,
      rows[0].run_on,
    ]);
    expect((await readyz(app)).status).toBe(200);
  });

  it('fails without a database, while liveness does not ask it', async () => {
    const gone = openDatabase('postgresql://nobody@127.0.0.1:1/none');
    const alone = await buildServer(testContext(gone), []);
    expect(await readyz(alone)).toMatchObject({ status: 503, failed: [{ name: 'database' }] });
    const live = await alone.inject({ url: '/healthz' });
    expect([live.statusCode, live.json()]).toEqual([200, { status: 'ok' }]);
    const headers = { authorization: operator };
    const refused = await alone.inject({ url: '/v1/keys', headers });
    expect(refused.json().type).toBe('/problems/database-unavailable');
    await alone.close();
    await gone.end();
  });
});

describe('metrics', () => {
  it('count requests by route pattern, and are open on this machine only', async () => {
    await app.inject({ url: '/problems/conflict' });
    const response = await app.inject({ url: '/metrics' });
    expect(response.body).toMatch(
      /onhand_http_request_seconds_count\{[^}]*route="\/problems\/:name"/,
    );
    const far = { url: '/metrics', remoteAddress: '10.1.2.3' };
    expect((await app.inject(far)).statusCode).toBe(401);
    const headers = { 'x-forwarded-for': '10.1.2.3' };
    expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(401);
    expect((await app.inject({ ...far, headers: { authorization: reader } })).statusCode).toBe(403);
  });
});
