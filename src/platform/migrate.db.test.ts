import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, dropDatabase } from '../../test/support/database.ts';
import { migrate, SchemaError, schemaVersion, shippedMigrations } from './migrate.ts';
import { readSettings } from './settings.ts';

const { admin, database, connectionString } = await createTestDatabase();

const fresh = `onhand_fresh_${randomBytes(6).toString('hex')}`;
const server = new pg.Pool({ connectionString: inject('adminUrl'), max: 1 });
const freshUrl = new URL(inject('adminUrl'));
freshUrl.pathname = `/${fresh}`;
afterAll(async () => {
  await server.end();
  await dropDatabase(fresh);
});

describe('migrations', () => {
  it('are applied once when several processes start at once', async () => {
    await server.query(`CREATE DATABASE ${fresh}`);
    const settings = { journals: 7, currency: 'JPY' };
    const runs = await Promise.all([1, 2, 3].map(() => migrate(freshUrl.href, settings)));
    expect(runs.flat().sort()).toEqual(shippedMigrations());
    const pool = new pg.Pool({ connectionString: freshUrl.href, max: 1 });
    expect(await readSettings(pool)).toEqual(settings);
    await pool.end();
  });

  it('keep the settings of a database that exists', async () => {
    expect(await migrate(connectionString, { journals: 9, currency: 'USD' })).toEqual([]);
    expect(await readSettings(database.reader)).toEqual({ journals: 4, currency: 'EUR' });
  });

  it('refuse a database that a newer version made', async () => {
    const name = '9999_ledger_future';
    expect(await schemaVersion(database.reader)).toMatchObject({ missing: [], unknown: [] });
    await admin.query('INSERT INTO platform.migration (name, run_on) VALUES ($1, now())', [name]);
    const attempt = migrate(connectionString, { journals: 4, currency: 'EUR' });
    await expect(attempt).rejects.toThrow(SchemaError);
    expect((await schemaVersion(database.reader)).unknown).toEqual([name]);
    await admin.query('DELETE FROM platform.migration WHERE name = $1', [name]);
  });
});

describe('the database roles', () => {
  it('cannot log in, and none owns a table', async () => {
    const { rows } = await admin.query(
      `SELECT rolname, rolcanlogin, rolsuper, rolbypassrls,
              (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned
         FROM pg_roles r WHERE rolname LIKE 'onhand\\_%r' ORDER BY rolname`,
    );
    const none = { rolcanlogin: false, rolsuper: false, rolbypassrls: false, owned: 0 };
    expect(rows).toEqual(
      ['onhand_poster', 'onhand_reader', 'onhand_writer'].map((rolname) => ({ rolname, ...none })),
    );
  });

  it.each(['poster', 'writer', 'reader'] as const)('%s is what its pool works as', async (role) => {
    const { rows } = await database[role].query('SELECT current_user AS name');
    expect(rows).toEqual([{ name: `onhand_${role}` }]);
    await expect(database[role].query('CREATE TABLE platform.mine (x int)')).rejects.toThrow(
      'permission denied',
    );
  });
});
