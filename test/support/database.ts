import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { type Database, openDatabase } from '../../src/platform/database.ts';

/** SQLSTATE of what a user may not do. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** A database of one test file's own: a clone of the migrated template. */
export interface TestDatabase {
  /** The pools that the server would use, each in its role. */
  readonly database: Database;
  /** Connects as the owner of the schema, whom row-level security does not bind. */
  readonly admin: pg.Pool;
  readonly connectionString: string;
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('adminUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Drops a database of a test, with what is still connected to it. An ordinary user may not end
 * the server's own autovacuum worker; where one is at work the plain statement, which waits for
 * it, does it (the connections of the user's own are gone by then).
 */
export async function dropDatabase(name: string): Promise<void> {
  try {
    await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    await onServer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = '${name}' AND usename = current_user`);
    await onServer(`DROP DATABASE IF EXISTS ${name}`);
  }
}

/**
 * Clones the template for the calling test file and drops the clone after its last test. Call
 * it at the top of a `*.db.test.ts` file: `const { database } = await createTestDatabase();`
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `onhand_test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${inject('templateName')}`);
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  const connectionString = url.href;
  const database = openDatabase(connectionString);
  const admin = new pg.Pool({ connectionString, max: 4 });
  admin.on('error', () => {});
  afterAll(async () => {
    await Promise.all([database.end(), admin.end()]);
    await dropDatabase(name);
  });
  return { database, admin, connectionString };
}
