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

const CALM_WAITS_MAX = 200;

/** Loading every module on a busy machine is no reason to shed the first request of a test. */
async function calmDown(app: App): Promise<void> {
  await app.ready();
  for (let waits = 0; app.isUnderPressure() && waits < CALM_WAITS_MAX; waits += 1) {
    await setTimeout(50);
  }
}

/** The API on a database of the calling test file's own, with these modules. */
export async function createTestApi(modules: readonly RouteModule[]): Promise<TestApi> {
  const testDatabase = await createTestDatabase();
  const context = testContext(testDatabase.database);
  const app = await buildServer(context, modules);
  afterAll(() => app.close());
  await calmDown(app);
  return {
    ...testDatabase,
    app,
    async caller(name, scopes, ownerId) {
      const { key } = await createKey(context, { name, scopes, ownerId }, SYSTEM);
      return async (request, body, headers = {}) => {
        const [method, url] = request.split(' ') as [string, string];
        const isText = typeof body === 'string' || Buffer.isBuffer(body);
        const type = isText ? 'text/csv' : 'application/json';
        const response = await app.inject({
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
        });
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
