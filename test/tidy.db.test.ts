import { describe, expect, it } from 'vitest';
import { createTestDatabase } from './support/database.ts';

const { admin } = await createTestDatabase();

const OURS = `('platform', 'sellers', 'network', 'catalog', 'ledger', 'inbound', 'outbound',
  'returns', 'accounting')`;
const ROLES = ['onhand_reader', 'onhand_writer', 'onhand_poster'];
const FACTS = ['ledger.movement', 'ledger.entry', 'ledger.value_entry', 'ledger.batch'];

async function names(query: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(query);
  return rows.map(({ name }) => name);
}

describe('row-level security', () => {
  it('is on for every table that has an owner', async () => {
    const tables = `SELECT c.oid::regclass::text AS name FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'owner_id' AND NOT a.attisdropped
      WHERE n.nspname IN ${OURS} AND c.relkind IN ('r', 'p')`;
    expect((await names(tables)).length).toBeGreaterThan(0);
    expect(await names(`${tables} AND NOT c.relrowsecurity`)).toEqual([]);
  });

  it('asks no sub-select, which would run for each row and break on a cluster', async () => {
    const policies = `SELECT schemaname || '.' || tablename || ' ' || policyname AS name
       FROM pg_policies WHERE schemaname IN ${OURS}`;
    const wrong = `concat(qual, with_check) ~* '\\mselect\\M'`;
    expect(await names(`${policies} AND ${wrong}`)).toEqual([]);
  });

  it('is not walked around by a view or a function', async () => {
    const views = `SELECT c.oid::regclass::text AS name FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN ${OURS} AND c.relkind IN ('v', 'm')
        AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)`;
    expect(await names(views)).toEqual([]);
    const functions = `SELECT p.oid::regprocedure::text AS name FROM pg_proc p
       JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ${OURS} AND p.prosecdef`;
    expect(await names(functions)).toEqual([]);
  });
});

describe('what was posted', () => {
  it.each(FACTS)('%s cannot be altered by any role of the server', async (table) => {
    const { rows } = await admin.query<{ role: string; privilege: string }>(
      `SELECT role, privilege
         FROM unnest($1::text[]) AS role, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
        WHERE has_table_privilege(role, $2, privilege)
           OR (privilege = 'UPDATE' AND has_any_column_privilege(role, $2, privilege))`,
      [ROLES, table],
    );
    expect(rows).toEqual([]);
    const insert = await admin.query(
      "SELECT has_table_privilege('onhand_poster', $1, 'INSERT') AS ok",
      [table],
    );
    expect(insert.rows).toEqual([{ ok: true }]);
  });
});

describe('the roles', () => {
  it('are the only ones with rights: PUBLIC has none', async () => {
    const granted = `SELECT DISTINCT table_schema || '.' || table_name AS name
       FROM information_schema.role_table_grants
      WHERE table_schema IN ${OURS} AND grantee = 'PUBLIC'`;
    expect(await names(granted)).toEqual([]);
  });

  it('cannot make anything', async () => {
    const creators = `SELECT role || ' in ' || nspname AS name
       FROM pg_namespace, unnest(ARRAY['${ROLES.join("', '")}']) AS role
      WHERE nspname IN ${OURS} AND has_schema_privilege(role, nspname, 'CREATE')`;
    expect(await names(creators)).toEqual([]);
  });
});
