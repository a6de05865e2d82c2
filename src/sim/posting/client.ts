import { setTimeout as sleep } from 'node:timers/promises';

/** Where the API is and how to be let in. */
export interface ApiTarget {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly signal?: AbortSignal;
}

/** An answer that will not change by asking again. */
export interface ApiAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what the API answers is read field by field.
  readonly body: any;
}

/** The API as the simulation uses it. Lost answers and busy servers are asked again. */
export interface ApiClient {
  readonly signal: AbortSignal | undefined;
  /** @throws ApiError unless it answers 2xx. */
  get(path: string): Promise<ApiAnswer['body']>;
  /** The same, and undefined where there is nothing. */
  find(path: string): Promise<ApiAnswer['body'] | undefined>;
  /**
   * @param key the Idempotency-Key; without one the body itself must make it safe to repeat.
   * @returns the answer, 2xx or a refusal (4xx).
   */
  post(path: string, body: unknown, key?: string): Promise<ApiAnswer>;
  /** All pages of a list, one after the other. */
  pages(path: string): AsyncGenerator<ApiAnswer['body'][]>;
}

/** The API answered what the simulation cannot work with. */
export class ApiError extends Error {
  readonly status: number;

  constructor(request: string, { status, body }: ApiAnswer) {
    const { title = '', detail = '' } = body ?? {};
    super(`${request} answered ${status} ${title}: ${detail}`);
    this.name = 'ApiError';
    this.status = status;
  }
}

const TRIES_MAX = 8;
const FIRST_WAIT_MS = 100;
const WAIT_MS_MAX = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const NOT_FOUND = 404;
const RATE_LIMITED = 429;

function isWorthRepeating(status: number): boolean {
  return status === RATE_LIMITED || status >= 500;
}

async function send(target: ApiTarget, path: string, init: RequestInit): Promise<Response> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const signal = target.signal ? AbortSignal.any([target.signal, timeout]) : timeout;
  return fetch(`${target.baseUrl}${path}`, { ...init, signal });
}

async function readAnswer(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, body: isJson ? JSON.parse(text) : undefined };
}

/** Sends a request until it is answered; a network error or a busy server is no answer. */
async function sendSurely(target: ApiTarget, path: string, init: RequestInit): Promise<ApiAnswer> {
  for (let trial = 1; ; trial += 1) {
    target.signal?.throwIfAborted();
    let waitMs = Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (trial - 1));
    try {
      const response = await send(target, path, init);
      const answer = await readAnswer(response);
      if (!isWorthRepeating(answer.status) || trial >= TRIES_MAX) return answer;
      const asked = Number(response.headers.get('retry-after') ?? 0) * 1000;
      waitMs = Math.max(waitMs, Math.min(asked, WAIT_MS_MAX));
    } catch (error) {
      if (target.signal?.aborted || trial >= TRIES_MAX) throw error;
    }
    await sleep(waitMs, undefined, { signal: target.signal });
  }
}

/** A client of the public API. */
export function createClient(target: ApiTarget): ApiClient {
  const authorization = `Bearer ${target.apiKey}`;
  const find = async (path: string) => {
    const answer = await sendSurely(target, path, { headers: { authorization } });
    if (answer.status === NOT_FOUND) return undefined;
    if (answer.status >= 300) throw new ApiError(`GET ${path}`, answer);
    return answer.body;
  };
  const get = async (path: string) => {
    const body = await find(path);
    if (body === undefined) throw new ApiError(`GET ${path}`, { status: NOT_FOUND, body });
    return body;
  };
  return {
    signal: target.signal,
    get,
    find,
    post: (path, body, key) =>
      sendSurely(target, path, {
        method: 'POST',
        headers: {
          authorization,
          'content-type': 'application/json',
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      }),
    async *pages(path) {
      const join = path.includes('?') ? '&' : '?';
      let cursor = '';
      do {
        const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const page = await get(`${path}${join}limit=1000${from}`);
        yield page.items;
        cursor = page.nextCursor ?? '';
      } while (cursor !== '');
    },
  };
}
