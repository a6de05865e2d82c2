import { setTimeout as sleep } from 'node:timers/promises';
import { buildServer, modules } from '../api/index.ts';
import { createKey, revokeKey, SCOPES, SYSTEM } from '../platform/auth/index.ts';
import { CliError, EXIT } from './exit.ts';
import type { CliContext } from './with-database.ts';

/** An answer of the API; `body` is its parsed JSON. */
export interface ApiAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers have every shape.
  readonly body: any;
}

/** The whole API inside this process: what a command asks goes the way of every other request. */
export interface InProcessApi {
  /** @param request such as `POST /v1/sales-orders`. @param key the Idempotency-Key. */
  call(request: string, body?: unknown, key?: string, ifMatch?: string): Promise<ApiAnswer>;
  /** The same, but it must succeed. @throws CliError with the words of the problem. */
  done(request: string, body?: unknown, key?: string): Promise<ApiAnswer['body']>;
  close(): Promise<void>;
}

const BUSY = 503;
const TRIES_MAX = 8;
const WAIT_MS = 250;

/**
 * Opens the API on the database of a command, whether or not a server runs: any number of
 * processes may post. Its key is made for the occasion and revoked at the end.
 */
export async function openInProcessApi(context: CliContext, name: string): Promise<InProcessApi> {
  const app = await buildServer(context, modules);
  const made = await createKey(context, { name, scopes: [...SCOPES] }, SYSTEM);
  const send: InProcessApi['call'] = async (request, body, key, ifMatch) => {
    const [method, url] = request.split(' ') as ['GET' | 'POST', string];
    const response = await app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${made.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return { status: response.statusCode, body: isJson ? response.json() : response.body };
  };
  // Work is shed before it begins, so asking again is always safe; a process that has only just
  // started looks busy to itself.
  const call: InProcessApi['call'] = async (...asked) => {
    for (let trial = 1; ; trial += 1) {
      const answer = await send(...asked);
      if (answer.status !== BUSY || trial >= TRIES_MAX) return answer;
      await sleep(WAIT_MS * trial);
    }
  };
  return {
    call,
    async done(request, body, key) {
      const answer = await call(request, body, key);
      if (answer.status < 300) return answer.body;
      const { title, detail } = answer.body;
      throw new CliError(EXIT.refused, `${request}: ${detail ?? title ?? answer.status}`);
    },
    async close() {
      await revokeKey(context, made.id, SYSTEM);
      await app.close();
    },
  };
}
