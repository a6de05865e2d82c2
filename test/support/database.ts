import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { type Database, openDatabase } from '../../src/platform/database.ts';

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
    await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
  });
  return { database, admin, connectionString };
}
