import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { newId } from '../../src/platform/ids.ts';

/** One answer, or why there was none. */
export interface Reply {
  /** 0 when the connection broke or nothing came in time. */
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape.
  readonly body: any;
  readonly retryAfter: string | null;
}

/** Sends JSON to a server that may die at any moment. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  key?: string,
  millisecondsMax?: number,
) => Promise<Reply>;

/** A sender for the server at `url()`, which may change between requests. */
export function sender(url: () => string, apiKey: string): Send {
  return async (method, path, body, key, millisecondsMax = 20_000) => {
    const headers: Record<string, string> = { authorization: `Bearer ${apiKey}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (key !== undefined) headers['idempotency-key'] = key;
    try {
      const response = await fetch(url() + path, {
        method,
        headers,
        signal: AbortSignal.timeout(millisecondsMax),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const retryAfter = response.headers.get('retry-after');
      return { status: response.status, body: text ? JSON.parse(text) : undefined, retryAfter };
    } catch {
      return { status: 0, body: undefined, retryAfter: null };
    }
  };
}

/** Reproducible numbers from 0 to less than 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A command of the traffic: its id, where it goes, what it asks for. */
export interface Sent {
  readonly key: string;
  readonly path: string;
  readonly body: object;
}

/** What the clients remember of what they were told. */
export interface Memory {
  /** Ids of the rows that each acknowledged command was told, by line. */
  readonly acknowledged: Map<string, readonly string[]>;
  /** Acknowledged commands as they were sent. */
  readonly sent: Map<string, Sent>;
  refused: number;
  /** Outcomes that had to be asked for, and of these the ones that had been posted. */
  asked: number;
  askedAndPosted: number;
  /** Answers that no server should give. */
  readonly strange: string[];
}

export function emptyMemory(): Memory {
  const maps = { acknowledged: new Map(), sent: new Map() };
  return { ...maps, refused: 0, asked: 0, askedAndPosted: 0, strange: [] };
}

export const BINS = ['P1', 'P2', 'P3'];

/** A site with bins and items with stock, for traffic. Answers the SKUs. */
export async function setUpTraffic(send: Send, items: number): Promise<string[]> {
  const made = async (path: string, body: object) => {
    const reply = await send('POST', path, body);
    if (reply.status !== 201) throw new Error(`${path}: ${JSON.stringify(reply)}`);
  };
  await made('/v1/sites', { code: 'P', name: 'P', type: 'fulfilment_centre', timeZone: 'UTC' });
  for (const code of BINS) await made('/v1/locations', { code, site: 'P', type: 'bin' });
  const skus = Array.from({ length: items }, (_, i) => `P-${i}`);
  for (const sku of skus) {
    const costMethod = ['moving_average', 'fifo'][skus.indexOf(sku) % 2];
    await made('/v1/items', { sku, name: sku, costMethod });
  }
  const lines = skus.map((item) => ({ kind: 'opening', item, quantity: '500', to: 'P1' }));
  const reply = await send('POST', '/v1/movements', { lines }, newId());
  if (reply.status !== 201) throw new Error(`opening: ${JSON.stringify(reply)}`);
  return skus;
}

/** The next command of a client: receipts, moves, shipments, counts and reservations. */
export function nextCommand(random: () => number, skus: readonly string[]): Sent {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const item = pick(skus);
  const quantity = String(1 + Math.floor(random() * 5));
  const key = newId();
  const line = (more: object) => ({ item, quantity, ...more });
  const dice = random();
  if (dice < 0.2) {
    const lines = [{ item, quantity, site: 'P' }];
    const expiresInSeconds = 1 + Math.floor(random() * 3);
    return { key, path: '/v1/reservations', body: { lines, expiresInSeconds } };
  }
  const [from, to] = random() < 0.5 ? [BINS[0], BINS[1]] : [BINS[1], BINS[2]];
  const move = line({ kind: 'move', from, to });
  const movements =
    dice < 0.45
      ? [line({ kind: 'receipt', to: pick(BINS), unitCost: '1.25' })]
      : dice < 0.65
        ? [move, line({ kind: 'shipment', from: to })]
        : dice < 0.8
          ? [line({ kind: 'shipment', from: pick(BINS) })]
          : dice < 0.9
            ? [line({ kind: 'count', from: BINS[2] })]
            : [move];
  return { key, path: '/v1/movements', body: { lines: movements } };
}

/**
 * One client: sends commands until told to stop. When an answer is lost it asks for the outcome
 * by the id, and sends the same command again where nothing was posted, as the manual says.
 */
export async function runClient(
  send: Send,
  memory: Memory,
  next: () => Sent,
  running: () => boolean,
): Promise<void> {
  while (running()) {
    const sent = next();
    const reply = await send('POST', sent.path, sent.body, sent.key);
    if (!note(memory, sent, reply)) await settle(send, memory, sent);
  }
}

/** Writes down what a reply said; false when it said nothing about the outcome. */
export function note(memory: Memory, sent: Sent, { status, body }: Reply): boolean {
  if (status === 200 || status === 201) {
    const ids: string[] = body.lines.map(({ id }: { id: string }) => id);
    const before = memory.acknowledged.get(sent.key);
    if (before && before.join() !== ids.join()) {
      memory.strange.push(`${sent.key} was told ${before.join()} and then ${ids.join()}`);
    }
    memory.acknowledged.set(sent.key, ids);
    memory.sent.set(sent.key, sent);
    return true;
  }
  if (status === 409) {
    memory.refused += 1;
    return true;
  }
  if (status !== 0 && status !== 503) memory.strange.push(`${status} ${JSON.stringify(body)}`);
  return status !== 0 && status !== 503;
}

const SETTLE_MS_MAX = 90_000;

/** Finds out what became of a command whose answer was lost. */
export async function settle(send: Send, memory: Memory, sent: Sent): Promise<void> {
  memory.asked += 1;
  const until = Date.now() + SETTLE_MS_MAX;
  while (Date.now() < until) {
    const found = await send('GET', `/v1/commands/${sent.key}`);
    if (found.status === 200) {
      memory.askedAndPosted += 1;
      note(memory, sent, found);
      return;
    }
    if (found.status === 404) {
      const reply = await send('POST', sent.path, sent.body, sent.key);
      if (note(memory, sent, reply)) return;
    }
    await sleep(50);
  }
  memory.strange.push(`${sent.key} has no outcome after ${SETTLE_MS_MAX} ms`);
}

interface Posted {
  readonly command_id: string;
  readonly ids: string[];
}

/**
 * Compares what clients were told with what the ledger holds: each acknowledged command is there
 * once, with the rows it was told, and nothing is there that nobody was told.
 * @param since ids of commands that were posted before the traffic began.
 */
export async function compare(
  pool: pg.Pool,
  memory: Memory,
  since: ReadonlySet<string>,
): Promise<{ lost: string[]; unexpected: string[]; different: string[] }> {
  const { rows } = await pool.query<Posted>(
    `SELECT command_id, array_agg(journal || '-' || seq ORDER BY line, seq) AS ids FROM (
       SELECT command_id, journal, seq, line FROM ledger.movement
       UNION ALL SELECT command_id, journal, seq, line FROM ledger.entry
         WHERE command_id::text NOT LIKE '00000000-0000-8e00-%') posted
     GROUP BY 1`,
  );
  const held = new Map(rows.map((row) => [row.command_id, row.ids]));
  const lost = [...memory.acknowledged.keys()].filter((key) => !held.has(key));
  const unexpected = [...held.keys()].filter(
    (key) => !memory.acknowledged.has(key) && !since.has(key),
  );
  const different = [...memory.acknowledged]
    .filter(([key, ids]) => held.has(key) && held.get(key)?.join() !== ids.join())
    .map(([key, ids]) => `${key}: told ${ids.join()}, holds ${held.get(key)?.join()}`);
  return { lost, unexpected, different };
}

/** Ids of the commands that the ledger holds now. */
export async function commandsSoFar(pool: pg.Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT command_id AS id FROM ledger.movement UNION SELECT command_id FROM ledger.entry`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** What `verify` finds wrong when it derives everything anew. */
export async function verify(send: Send): Promise<unknown> {
  const reply = await send('POST', '/v1/verify', { since: 'start' }, undefined, 60_000);
  return reply.status === 200 ? reply.body.findings : reply;
}
