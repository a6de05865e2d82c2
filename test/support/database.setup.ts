import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type DatabaseHandle, openEmbedded } from '../../src/platform/embedded/index.ts';
import { liveLeases } from '../../src/platform/embedded/leases.ts';
import { migrate } from '../../src/platform/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the test server's maintenance database. */
    adminUrl: string;
    /** Name of the migrated database that each test file clones. */
    templateName: string;
  }
}

const PREFIX = 'onhand-test-';
const ABANDONED_AFTER_MS = 120_000;

/** Ends the servers that killed test runs have left behind. */
async function sweepAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const dataFolder = join(tmpdir(), name);
    const isOld = Date.now() - statSync(dataFolder).mtimeMs > ABANDONED_AFTER_MS;
    if (!isOld || liveLeases(dataFolder) > 0) continue;
    const open = openEmbedded({ dataFolder, port: undefined, report: () => {} });
    await open.then((handle) => handle.release()).catch(() => {});
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function startServer(): Promise<{ handle: DatabaseHandle; clean: () => void }> {
  await sweepAbandoned();
  const dataFolder = mkdtempSync(join(tmpdir(), PREFIX));
  // PostgreSQL may run as another user, who must be able to enter.
  chmodSync(dataFolder, 0o755);
  const handle = await openEmbedded({ dataFolder, port: undefined, report: () => {} });
  return { handle, clean: () => rmSync(dataFolder, { recursive: true, force: true }) };
}

function withDatabase(url: string, name: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  return parsed.href;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * One PostgreSQL for the whole test run, with its durability settings on, and a migrated
 * template. ONHAND_TEST_DATABASE_URL names another server to use (its user may CREATEDB and
 * CREATEROLE).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env.ONHAND_TEST_DATABASE_URL;
  const own = external ? undefined : await startServer();
  const adminUrl = external ?? withDatabase(own?.handle.connectionString ?? '', 'postgres');
  const templateName = `onhand_template_${process.pid}`;
  await execute(adminUrl, `DROP DATABASE IF EXISTS ${templateName}`);
  await execute(adminUrl, `CREATE DATABASE ${templateName}`);
  await migrate(withDatabase(adminUrl, templateName), { journals: 4, currency: 'EUR' });
  project.provide('adminUrl', adminUrl);
  project.provide('templateName', templateName);
  return async () => {
    if (external) await execute(adminUrl, `DROP DATABASE IF EXISTS ${templateName}`);
    await own?.handle.release();
    own?.clean();
  };
}
