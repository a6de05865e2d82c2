import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { type Database, type Tx, writeAs } from './database.ts';
import { declareProblem, invalidRequest, Problem } from './problems.ts';

export const idempotencyKeyReused = declareProblem({
  name: 'idempotency-key-reused',
  status: 422,
  title: 'The Idempotency-Key was used for another request',
  remedy: 'Use a new key for a new request; repeat a request only with the same body.',
});

/** An answer as it is kept: it must survive JSON unchanged. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The request as far as idempotency is concerned. */
export type IdempotentRequest = Pick<
  FastifyRequest,
  'headers' | 'method' | 'url' | 'body' | 'principal'
>;

const KEY_FORM = /^[!-~]{1,200}$/;

function readKey(request: IdempotentRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (typeof header === 'string' && KEY_FORM.test(header)) return header;
  const message = 'is not an idempotency key';
  throw new Problem(invalidRequest, 'The Idempotency-Key is not valid.', {
    errors: [
      {
        path: 'headers.idempotency-key',
        message,
        expected: '1 to 200 printable ASCII characters without spaces',
        found: String(header).slice(0, 200),
      },
    ],
  });
}

/** JSON with the members of every object in order: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function hashOf(request: IdempotentRequest): Buffer {
  const body = canonicalJson(request.body ?? null);
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest();
}

interface KeptAnswer {
  request_hash: Buffer;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/**
 * Does the work of a creating request at most once for each Idempotency-Key of a principal. The
 * key commits with the work; when the work throws, nothing is kept. A second request that arrives
 * while the first one works waits for it. Without the header the work is simply done.
 * @param tx a writer's transaction, scoped to the principal.
 * @throws Problem idempotency-key-reused when the key came with another request before.
 */
export async function answerOnce(
  tx: Tx,
  request: IdempotentRequest,
  at: Date,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const key = readKey(request);
  if (key === undefined) return work();
  const { principalId, scope } = request.principal;
  const hash = hashOf(request);
  const bound = await tx.query(
    `INSERT INTO platform.idempotency_key (principal_id, key, owner_id, request_hash, created_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [principalId, key, scope === 'house' ? null : scope, hash, at],
  );
  if (bound.rowCount === 1) {
    const answer = await work();
    await tx.query(
      `UPDATE platform.idempotency_key SET status = $3, headers = $4, body = $5
        WHERE principal_id = $1 AND key = $2`,
      [principalId, key, answer.status, answer.headers, toKept(answer.body)],
    );
    return answer;
  }
  const kept = await keptAnswer(tx, principalId, key, hash);
  if (!kept) throw new Error('an idempotency key exists but is not visible to its principal');
  return kept;
}

/**
 * The same for work that takes seconds before it writes: it is done outside of any transaction,
 * which would keep a connection from others, and only `keep` happens in one. Of two requests with
 * one key that arrive together both may work; the first one's answer is kept and given to both.
 * @throws Problem idempotency-key-reused, before any work.
 */
export async function answerOnceAfter<Made>(
  database: Database,
  request: IdempotentRequest,
  at: Date,
  steps: { work(): Promise<Made>; keep(tx: Tx, made: Made): Promise<Answer> },
): Promise<Answer> {
  const key = readKey(request);
  const { principalId, scope } = request.principal;
  if (key !== undefined) {
    const kept = await writeAs(database, scope, (tx) =>
      keptAnswer(tx, principalId, key, hashOf(request)),
    );
    if (kept) return kept;
  }
  const made = await steps.work();
  return writeAs(database, scope, (tx) => answerOnce(tx, request, at, () => steps.keep(tx, made)));
}

async function keptAnswer(
  tx: Tx,
  principalId: number,
  key: string,
  hash: Buffer,
): Promise<Answer | undefined> {
  const { rows } = await tx.query<KeptAnswer>(
    `SELECT request_hash, status, headers, body FROM platform.idempotency_key
      WHERE principal_id = $1 AND key = $2`,
    [principalId, key],
  );
  const [kept] = rows;
  if (!kept) return undefined;
  if (!kept.request_hash.equals(hash)) {
    throw new Problem(idempotencyKeyReused, `The key '${key}' belongs to another request.`, {
      idempotencyKey: key,
    });
  }
  const headers = { ...kept.headers, 'idempotency-replayed': 'true' };
  return { status: kept.status, headers, body: fromKept(kept.body) };
}

/**
 * A body as jsonb keeps it: its JSON text as one string, because an answer may quote what the
 * caller sent, and jsonb itself takes neither U+0000 nor lone surrogates.
 */
function toKept(body: unknown): string {
  return JSON.stringify(JSON.stringify(body));
}

function fromKept(kept: unknown): unknown {
  return typeof kept === 'string' ? JSON.parse(kept) : kept;
}
