import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/**
 * A pool whose connections fail on demand: what networks and servers do, at the places where it
 * hurts. The ledger under test gets the pool and knows nothing of it.
 */
export type Failure =
  /** The statement fails in the server with this SQLSTATE, and its transaction with it. */
  | { readonly kind: 'error'; readonly code: string }
  /** The connection is cut before the statement is sent. */
  | { readonly kind: 'cut' }
  /** The statement is carried out, but its answer is lost with the connection. */
  | { readonly kind: 'lost' }
  /** The connection looks dead, but what was sent arrives later all the same. */
  | { readonly kind: 'stray'; readonly milliseconds: number }
  /** The statement, and all behind it, is sent later. */
  | { readonly kind: 'late'; readonly milliseconds: number };

/** Asked before each statement: its text, and whether a checked-out connection sends it. */
export type Chooser = (text: string, inBatch: boolean) => Failure | null;

type Query = (config: unknown, values?: unknown[]) => Promise<pg.QueryResult>;

function textOf(config: unknown): string {
  return typeof config === 'string' ? config : (config as { text: string }).text;
}

/** Wraps a pool so that `choose` decides what fails. */
export function withFailures(pool: pg.Pool, choose: Chooser): pg.Pool {
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'query') {
        return async (config: unknown, values?: unknown[]) => {
          const client = failingClient(await target.connect(), choose, false);
          try {
            const result = await (client.query as unknown as Query)(config, values);
            client.release();
            return result;
          } catch (error) {
            client.release(error as Error);
            throw error;
          }
        };
      }
      if (name === 'connect')
        return async () => failingClient(await target.connect(), choose, true);
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function failingClient(client: pg.PoolClient, choose: Chooser, inBatch: boolean): pg.PoolClient {
  // Statements go out in the order in which they were asked for, also behind a late one.
  let sent: Promise<void> | null = null;
  let stray: Promise<unknown> = Promise.resolve();
  const send: Query = (config, values) => {
    const failure = choose(textOf(config), inBatch);
    if (failure?.kind === 'late') {
      sent = (sent ?? Promise.resolve()).then(() => sleep(failure.milliseconds));
    }
    if (failure?.kind === 'stray') {
      stray = sleep(failure.milliseconds).then(() => (client.query as unknown as Query)(config));
      return Promise.reject(new Error('Connection terminated unexpectedly'));
    }
    const perform = () => performWith(client, failure, config, values);
    if (!sent) return perform();
    const result = sent.then(() => ({ answer: perform() }));
    sent = result.then(() => {});
    return result.then(({ answer }) => answer);
  };
  return new Proxy(client, {
    get(target, name) {
      if (name === 'query') return send;
      if (name === 'release') {
        const release = (error?: Error) => target.release(error);
        return (error?: Error) => void stray.catch(() => {}).then(() => release(error));
      }
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function performWith(
  client: pg.PoolClient,
  failure: Failure | null,
  config: unknown,
  values: unknown[] | undefined,
): Promise<pg.QueryResult> {
  const query = client.query.bind(client) as unknown as Query;
  switch (failure?.kind) {
    case 'error':
      return query(`DO $$ BEGIN RAISE 'planned' USING ERRCODE = '${failure.code}'; END $$`);
    case 'cut':
      cut(client);
      return query(config, values);
    case 'lost':
      return query(config, values).then(() => {
        cut(client);
        throw new Error('Connection terminated unexpectedly');
      });
    default:
      return query(config, values);
  }
}

/** Cuts the wire below the driver. */
export function cut(client: pg.PoolClient): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

/** Statements by what they do, for choosers. */
export const isCommit = (text: string): boolean => text === 'COMMIT';
export const isBegin = (text: string): boolean => text === 'BEGIN';

/** A wire to the database that can go silent: connected, and nothing comes through any more. */
export interface SilentWire {
  readonly connectionString: string;
  /** Silences the connections that there are now; new ones are as usual. */
  silence(): void;
  close(): void;
}

/** Lays a wire to the server of `url`. */
export async function layWire(url: string): Promise<SilentWire> {
  const target = new URL(url);
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((near) => {
    const far = dial(Number(target.port), target.hostname);
    pairs.add([near, far]);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const near = new URL(url);
  near.hostname = '127.0.0.1';
  near.port = String((server.address() as AddressInfo).port);
  return {
    connectionString: near.href,
    silence: () => {
      for (const [a, b] of pairs) {
        a.unpipe(b);
        b.unpipe(a);
      }
    },
    close: () => {
      for (const sockets of pairs) for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
