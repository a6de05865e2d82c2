import { type ApiClient, ApiError } from '../posting/client.ts';

// biome-ignore lint/suspicious/noExplicitAny: what the API answers is read field by field.
type Body = any;

/** Requests of the demo's documents: each has a key of its own, so that none is done twice. */
export interface Desk {
  readonly client: ApiClient;
  /** Posts what must succeed. @throws ApiError */
  done(path: string, body: unknown, key: string): Promise<Body>;
  /** Posts what may be refused, such as a sales order that is short; undefined if it was. */
  tried(path: string, body: unknown, key: string): Promise<Body | undefined>;
  get(path: string): Promise<Body>;
  /** Creates what may be there already. */
  made(path: string, plural: string, bodies: readonly unknown[]): Promise<void>;
}

const BULK_LINES = 500;

/** @param seed part of every key: the same seed makes the same documents once. */
export function createDesk(client: ApiClient, seed: string): Desk {
  const keyOf = (key: string) => `demo:${seed}:${key}`;
  return {
    client,
    async done(path, body, key) {
      const answer = await client.post(path, body, keyOf(key));
      if (answer.status < 300) return answer.body;
      throw new ApiError(`POST ${path}`, answer);
    },
    async tried(path, body, key) {
      const answer = await client.post(path, body, keyOf(key));
      return answer.status < 300 ? answer.body : undefined;
    },
    get: (path) => client.get(path),
    async made(path, plural, bodies) {
      for (let start = 0; start < bodies.length; start += BULK_LINES) {
        const lines = bodies.slice(start, start + BULK_LINES);
        const answer = await client.post(`${path}/bulk`, { [plural]: lines });
        if (answer.status >= 300) throw new ApiError(`POST ${path}/bulk`, answer);
        for (const { status, problem } of answer.body.lines) {
          if (status === 'created' || problem?.type === '/problems/conflict') continue;
          throw new ApiError(`POST ${path}/bulk`, { status: problem.status, body: problem });
        }
      }
    },
  };
}
