import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { RunningServer } from '../api/index.ts';
import { createAuthenticator, createKey, type Role, SYSTEM } from '../platform/auth/index.ts';
import type { Context } from '../platform/context.ts';
import { readAs } from '../platform/database.ts';
import { shippedMigrations } from '../platform/migrate.ts';
import { readMark, writeMark } from '../platform/settings.ts';

/** What the demo needs from the server: its public API and a key that may do everything. */
export interface DemoTarget {
  readonly url: string;
  readonly adminKey: string;
  /** How many demo seconds pass in a second of live traffic; 0 is none. */
  readonly speed: number;
  readonly report: (line: string) => void;
}

/** The demo's generator, which works through the public API only. */
export interface Demo {
  /** Fills an empty database with a deterministic history. */
  seed(target: DemoTarget): Promise<void>;
  /** Keeps live traffic going until the returned function is called. */
  run(target: DemoTarget): Promise<() => Promise<void>>;
}

/** Set once `src/sim` holds the generator. */
export const demo: Demo | undefined = undefined;

/** What the database holds: nothing of the demo, half of it, or all of it. */
export type DemoState = 'none' | 'seeding' | 'ready';

async function asOwner<T>(connectionString: string, work: (client: pg.Client) => Promise<T>) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Undefined in a database that has not been marked, or not been migrated. */
export function readDemoState(connectionString: string): Promise<DemoState | undefined> {
  return asOwner(connectionString, async (client) => {
    const found = await client.query("SELECT to_regclass('platform.setting') IS NOT NULL AS yes");
    if (!found.rows[0]?.yes) return undefined;
    return (await readMark(client, 'demo')) as DemoState | undefined;
  });
}

export function writeDemoState(connectionString: string, state: DemoState): Promise<void> {
  return asOwner(connectionString, (client) => writeMark(client, 'demo', state));
}

/** Removes every schema that the migrations made, with all that is in them. */
export async function dropEverything(connectionString: string): Promise<void> {
  // A migration is named after its module, which is also its schema: 0005_ledger_core.
  const schemas = new Set(shippedMigrations().map((name) => name.split('_')[1]));
  const names = [...schemas].join(', ');
  await asOwner(connectionString, (client) =>
    client.query(`DROP SCHEMA IF EXISTS ${names} CASCADE`),
  );
}

/** A key of this installation's demo; kept in demo-keys.json, since a key is shown only once. */
export interface DemoKey {
  readonly name: string;
  readonly role: Role;
  readonly key: string;
}

function keysPath(context: Context): string {
  return join(context.config.dataFolder, 'demo-keys.json');
}

function readKeys(context: Context): DemoKey[] {
  const path = keysPath(context);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

async function ownersOfDemo(context: Context): Promise<{ owner_id: number; code: string }[]> {
  const { rows } = await readAs(context.database, 'house', (tx) =>
    tx.query<{ owner_id: number; code: string }>(
      `SELECT owner_id, code FROM sellers.owner
        WHERE NOT is_house AND active ORDER BY code LIMIT 3`,
    ),
  );
  return rows;
}

/**
 * The demo's keys: random for each installation, made when they are missing or no longer valid:
 * one for the house's admin and operator, and one for each of up to three sellers.
 */
export async function demoKeys(context: Context): Promise<DemoKey[]> {
  const authenticator = createAuthenticator(context);
  const isValid = ({ key }: DemoKey) =>
    authenticator.authenticate(`Bearer ${key}`).then(
      () => true,
      () => false,
    );
  const owners = await ownersOfDemo(context);
  const wanted: { name: string; role: Role; ownerId?: number }[] = [
    { name: 'demo admin', role: 'admin' },
    { name: 'demo operator', role: 'operator' },
    ...owners.map(({ owner_id, code }) => ({
      name: `demo seller ${code}`,
      role: 'seller' as const,
      ownerId: owner_id,
    })),
  ];
  const before = readKeys(context);
  const keys: DemoKey[] = [];
  for (const { name, role, ownerId } of wanted) {
    const known = before.find((one) => one.name === name);
    if (known && (await isValid(known))) keys.push(known);
    else {
      const { key } = await createKey(context, { name, role, ownerId }, SYSTEM);
      keys.push({ name, role, key });
    }
  }
  await authenticator.close();
  writeFileSync(keysPath(context), `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  chmodSync(keysPath(context), 0o600);
  return keys;
}

function targetOf(server: RunningServer, keys: readonly DemoKey[], report: (line: string) => void) {
  const adminKey = keys.find(({ role }) => role === 'admin')?.key ?? '';
  return { url: server.url, adminKey, speed: server.context.config.demoSpeed, report };
}

/** Seeds the demo through a server on an empty database, and marks when it is whole. */
export async function seedDemo(
  server: RunningServer,
  generator: Demo,
  report: (line: string) => void,
): Promise<void> {
  const { connectionString } = server.handle;
  await writeDemoState(connectionString, 'seeding');
  await generator.seed(targetOf(server, await demoKeys(server.context), report));
  await writeDemoState(connectionString, 'ready');
}

/** Starts the demo's live traffic; the returned function ends it. */
export async function runDemo(
  server: RunningServer,
  generator: Demo,
): Promise<() => Promise<void>> {
  const report = (line: string) => server.context.log.info({ component: 'demo' }, line);
  return generator.run(targetOf(server, await demoKeys(server.context), report));
}
