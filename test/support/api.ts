import { setTimeout } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { buildServer, type RouteModule } from '../../src/api/index.ts';
import { createKey, type Scope, SYSTEM } from '../../src/platform/auth/index.ts';
import type { App } from '../../src/platform/http.ts';
import { testContext } from './context.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** One answer of the API under test. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The parsed JSON; undefined where the answer is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape.
  readonly body: any;
  readonly text: string;
}

/** Calls the API as one principal: method and path, body, further headers. */
export type Caller = (
  request: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<TestAnswer>;

export interface TestApi extends TestDatabase {
  readonly app: App;
  /** A caller with a fresh key of these scopes, of the house or of one owner. */
  caller(name: string, scopes: readonly Scope[], ownerId?: number): Promise<Caller>;
}

const BUSY_WAITS_MAX = 100;

/**
 * A request that is shed because the machine is busy (with other tests, mostly) is sent again:
 * nothing was done. A full queue of the ledger is another matter, and is left to the test.
 */
async function unlessBusy<T extends { statusCode: number; body: string }>(
  send: () => Promise<T>,
): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    const response = await send();
    const isBusy = response.statusCode === 503 && response.body.includes('The server is busy.');
    if (!isBusy || waits === BUSY_WAITS_MAX) return response;
    await setTimeout(100);
  }
}

/** The API on a database of the calling test file's own, with these modules. */
export async function createTestApi(modules: readonly RouteModule[]): Promise<TestApi> {
  const testDatabase = await createTestDatabase();
  const context = testContext(testDatabase.database);
  const app = await buildServer(context, modules);
  afterAll(() => app.close());
  return {
    ...testDatabase,
    app,
    async caller(name, scopes, ownerId) {
      const { key } = await createKey(context, { name, scopes, ownerId }, SYSTEM);
      return async (request, body, headers = {}) => {
        const [method, url] = request.split(' ') as [string, string];
        const isText = typeof body === 'string' || Buffer.isBuffer(body);
        const type = isText ? 'text/csv' : 'application/json';
        const response = await unlessBusy(() =>
          app.inject({
            method: method as 'GET',
            url,
            headers: {
              authorization: `Bearer ${key}`,
              ...(body === undefined ? {} : { 'content-type': type }),
              ...headers,
            },
            ...(body === undefined
              ? {}
              : { payload: isText ? (body as string) : JSON.stringify(body) }),
          }),
        );
        const isJson = String(response.headers['content-type']).includes('json');
        return {
          status: response.statusCode,
          headers: response.headers,
          body: isJson ? response.json() : undefined,
          text: response.body,
        };
      };
    },
  };
}
