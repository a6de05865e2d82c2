import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { RunningServer } from '../api/index.ts';
import { createAuthenticator, createKey, type Role, SYSTEM } from '../platform/auth/index.ts';
import type { Context } from '../platform/context.ts';
import { readAs } from '../platform/database.ts';
import { shippedMigrations } from '../platform/migrate.ts';
import { readMark, writeMark } from '../platform/settings.ts';
import {
  demoScale,
  runLiveTraffic,
  type SeedStep,
  type SeedSummary,
  seedDemo as seedThroughApi,
} from '../sim/index.ts';
import { CliError, EXIT } from './exit.ts';

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

/** Where this process reaches its own server, and the key that the demo works with. */
async function targetOf(server: RunningServer): Promise<{ baseUrl: string; apiKey: string }> {
  const admin = (await demoKeys(server.context)).find(({ role }) => role === 'admin');
  // Nobody can connect to "every address".
  const baseUrl = server.url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  return { baseUrl, apiKey: admin?.key ?? '' };
}

const STEP_TITLES: Readonly<Record<SeedStep, string>> = {
  catalogue: 'items, sites and bins',
  history: 'history',
  documents: 'purchase orders, sales orders and the books',
};
const REPORT_EVERY_PERCENT = 5;

/** Says how far the seeding is, at every few percent. */
function progressReport(say: (line: string) => void) {
  let last = '';
  return (step: SeedStep, done: number, total: number) => {
    const percent = Math.floor((100 * done) / total / REPORT_EVERY_PERCENT) * REPORT_EVERY_PERCENT;
    const line = `seeding the demo: ${STEP_TITLES[step]}, ${percent} %`;
    if (line !== last) say(line);
    last = line;
  };
}

/** A history of which more than one request in so many is refused is not the demo. */
const REFUSED_ONE_IN = 100;

function refuseBrokenDemo({ commands, refused, examples }: SeedSummary): void {
  const count = Object.values(refused).reduce((sum, some) => sum + some, 0);
  if (count * REFUSED_ONE_IN <= commands) return;
  const [first] = examples;
  const example = first ? `, for instance: ${first.problem}: ${first.detail}` : '';
  throw new CliError(
    EXIT.failed,
    `The demo could not be seeded: ${count} requests were refused${example}. ` +
      'If another version began it, run: onhand demo reset',
  );
}

/**
 * Seeds the demo through a server, and marks when it is whole. What was cut short goes on where
 * it ended.
 * @throws CliError when the API refuses it; the signal's reason when that ends it.
 */
export async function seedDemo(
  server: RunningServer,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { connectionString } = server.handle;
  await writeDemoState(connectionString, 'seeding');
  const summary = await seedThroughApi({
    ...(await targetOf(server)),
    scale: demoScale[server.context.config.demoScale],
    onProgress: progressReport(say),
    signal,
  });
  const { commands, movements, refused, examples } = summary;
  server.context.log.debug({ commands, movements, refused, examples }, 'the demo has been seeded');
  refuseBrokenDemo(summary);
  await writeDemoState(connectionString, 'ready');
}

/** Starts the demo's live traffic; the returned function ends it. */
export async function runDemo(server: RunningServer): Promise<() => Promise<void>> {
  const { log, config } = server.context;
  const target = await targetOf(server);
  const end = new AbortController();
  const running = runLiveTraffic({
    ...target,
    speed: config.demoSpeed,
    demo: { scale: demoScale[config.demoScale] },
    signal: end.signal,
    onEvent: (event) => {
      if (event.type === 'done') return;
      const level = event.type === 'waiting' ? 'warn' : 'debug';
      log[level]({ component: 'demo', ...event }, `demo traffic: ${event.type}`);
    },
  });
  return async () => {
    end.abort();
    await running;
  };
}
