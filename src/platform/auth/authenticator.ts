import type { Context, Principal } from '../context.ts';
import { readAs, writeAs } from '../database.ts';
import { Problem, unauthenticated } from '../problems.ts';
import { parseKey, secretMatches } from './key.ts';
import { findKey, type KeyWithHash, markUsed } from './keys.queries.ts';

/** A loaded key is used as it is while fresh, and refreshed in passing until it is stale. */
const FRESH_MS_MAX = 2_000;
const STALE_MS_MAX = 4_000;
const ENTRIES_MAX = 10_000;
const FLUSH_EVERY_MS = 60_000;

interface Entry {
  readonly key: KeyWithHash | undefined;
  readonly principal: Principal | undefined;
  readonly loadedAt: number;
}

/** Checks API keys from memory, so that a request costs no query. */
export interface Authenticator {
  /**
   * The principal of an `Authorization: Bearer <key>` header.
   * @throws Problem unauthenticated, in the same words whatever is wrong with the key.
   */
  authenticate(header: string | undefined): Promise<Principal>;
  /** Forgets a key that this process has just revoked. */
  forget(publicId: string): void;
  /** Writes when keys were last used, which otherwise happens once a minute. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

function toPrincipal(key: KeyWithHash): Principal {
  return {
    principalId: key.principal_id,
    name: key.name,
    scope: key.owner_id ?? 'house',
    scopes: new Set(key.scopes),
  };
}

/** Keys by public id, loaded on demand; a key that many requests miss at once is loaded once. */
function keyCache(context: Pick<Context, 'database' | 'clock'>) {
  const entries = new Map<string, Entry>();
  const loading = new Map<string, Promise<Entry>>();

  async function read(publicId: string): Promise<Entry> {
    const loadedAt = context.clock().getTime();
    const key = await readAs(context.database, 'house', (tx) => findKey(tx, publicId));
    const entry = { key, principal: key && toPrincipal(key), loadedAt };
    entries.delete(publicId);
    entries.set(publicId, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= ENTRIES_MAX) break;
      entries.delete(oldest);
    }
    return entry;
  }

  function load(publicId: string): Promise<Entry> {
    const running = loading.get(publicId);
    if (running) return running;
    const started = read(publicId).finally(() => loading.delete(publicId));
    loading.set(publicId, started);
    return started;
  }

  return {
    forget: (publicId: string) => entries.delete(publicId),
    async get(publicId: string): Promise<Entry> {
      const entry = entries.get(publicId);
      const age = entry ? context.clock().getTime() - entry.loadedAt : Number.POSITIVE_INFINITY;
      if (!entry || age < 0 || age > STALE_MS_MAX) return load(publicId);
      // When the refresh fails the entry grows stale, and the request that then loads it fails.
      if (age > FRESH_MS_MAX) load(publicId).catch(() => {});
      return entry;
    },
  };
}

const refusal = new Problem(unauthenticated, 'Send a valid API key as a bearer token.');

/** Makes the authenticator of a process; revocation elsewhere takes effect within 5 seconds. */
export function createAuthenticator(
  context: Pick<Context, 'database' | 'clock' | 'log'>,
): Authenticator {
  const cache = keyCache(context);
  const used = new Set<number>();

  async function flush(): Promise<void> {
    if (used.size === 0) return;
    const keyIds = [...used];
    used.clear();
    await writeAs(context.database, 'house', (tx) => markUsed(tx, keyIds, context.clock()));
  }

  const timer = setInterval(() => {
    flush().catch((err) => context.log.warn({ err }, 'last use of keys not written'));
  }, FLUSH_EVERY_MS);
  timer.unref();

  return {
    flush,
    forget: cache.forget,
    async authenticate(header) {
      const [, token = ''] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? [];
      const text = parseKey(token);
      if (!text) throw refusal;
      const { key, principal } = await cache.get(text.publicId);
      if (!key || !principal || !secretMatches(text.secret, key.secret_hash)) throw refusal;
      const expired = key.expires_at !== null && key.expires_at <= context.clock();
      if (key.revoked_at !== null || expired) throw refusal;
      used.add(key.api_key_id);
      return principal;
    },
    async close() {
      clearInterval(timer);
      await flush().catch((err) => context.log.warn({ err }, 'last use of keys not written'));
    },
  };
}
