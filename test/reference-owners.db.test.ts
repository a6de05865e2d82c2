import { beforeAll, describe, expect, it } from 'vitest';
import { readAs } from '../src/platform/database.ts';
import { type Caller, createTestApi } from './support/api.ts';
import { referenceModules } from './support/reference-data.ts';

const api = await createTestApi(referenceModules);
const scopes = [
  'catalog:read',
  'catalog:write',
  'network:read',
  'network:write',
  'owners:read',
  'owners:write',
] as const;

let house: Caller;
let acme: Caller;
let beta: Caller;
let acmeId: number;
let betaItemId: number;
beforeAll(async () => {
  house = await api.caller('house', scopes);
  const owners = [
    { code: 'ACME', name: 'Acme' },
    { code: 'BETA', name: 'Beta' },
  ];
  const made = (await house('POST /v1/owners/bulk', { owners })).body.lines;
  acmeId = made[0].ownerId;
  acme = await api.caller('acme', scopes, acmeId);
  beta = await api.caller('beta', scopes, made[1].ownerId);
  await house('POST /v1/items', { sku: 'SHARED', name: 'Shared' });
  const item = (sku: string, gtin: string) => ({
    sku,
    name: sku,
    packaging: [{ level: 'each', baseQuantity: '1', gtin }],
  });
  await acme('POST /v1/items', item('ACME-1', '4006381333931'));
  betaItemId = (await beta('POST /v1/items', item('BETA-1', '96385074'))).body.itemId;
  const { importId } = (await beta('POST /v1/imports?kind=items', 'sku,name\nBETA-2,B\n')).body;
  expect((await beta(`POST /v1/imports/${importId}/commit`)).status).toBe(200);
});

const codes = (body: { items: { sku?: string; code?: string }[] }) =>
  body.items.map(({ sku, code }) => sku ?? code);

describe('an owner', () => {
  it('sees the shared catalogue and its own items; the house sees all', async () => {
    expect(codes((await acme('GET /v1/items')).body)).toEqual(['ACME-1', 'SHARED']);
    expect(codes((await beta('GET /v1/items')).body)).toEqual(['BETA-1', 'BETA-2', 'SHARED']);
    const all = ['ACME-1', 'BETA-1', 'BETA-2', 'SHARED'];
    expect(codes((await house('GET /v1/items')).body)).toEqual(all);
    expect((await acme('GET /v1/items?format=csv')).text).not.toContain('BETA');
    expect((await acme('GET /v1/items/ACME-1')).body.owner).toBe('ACME');
  });

  it('meets 404 at whatever is another’s, by code, id, GTIN and verb', async () => {
    const paths = ['/v1/items/BETA-1', `/v1/items/id:${betaItemId}`];
    for (const path of paths) {
      expect((await acme(`GET ${path}`)).status).toBe(404);
      const ifMatch = { 'if-match': '"1"' };
      expect((await acme(`PATCH ${path}`, { name: 'Mine' }, ifMatch)).status).toBe(404);
      expect((await acme(`POST ${path}/deactivate`)).status).toBe(404);
    }
    for (const query of ['gtin=96385074', 'q=BETA', 'owner=BETA']) {
      expect((await acme(`GET /v1/items?${query}`)).body.items).toEqual([]);
    }
    expect((await house('GET /v1/items/BETA-1')).body).toMatchObject({ version: 1, active: true });
  });

  it('creates only for itself, and learns of a taken SKU only that it is taken', async () => {
    const errors = async (values: object) => {
      const { status, body } = await acme('POST /v1/items', { sku: 'N', name: 'N', ...values });
      expect(status).toBe(400);
      return body.errors;
    };
    expect(await errors({ owner: null })).toMatchObject([{ path: 'body.owner' }]);
    const foreign = await errors({ owner: 'BETA' });
    const unknown = await errors({ owner: 'NOBODY' });
    const words = (list: { path: string; message: string }[]) =>
      list.map(({ path, message }) => [path, message]);
    expect(words(foreign)).toEqual(words(unknown));
    const taken = await acme('POST /v1/items', { sku: 'BETA-1', name: 'Mine' });
    expect(taken).toMatchObject({ status: 409, body: { type: '/problems/conflict' } });
    expect(taken.text).not.toContain('constraint');
    const gtin = [{ level: 'each', baseQuantity: '1', gtin: '96385074' }];
    const twin = await acme('POST /v1/items', { sku: 'TWIN', name: 'T', packaging: gtin });
    expect(twin.status).toBe(409);
    const bulk = {
      items: [
        { sku: 'BETA-1', name: 'Mine' },
        { sku: 'ACME-2', name: 'Two' },
      ],
    };
    const { lines } = (await acme('POST /v1/items/bulk', bulk)).body;
    expect(lines).toMatchObject([{ status: 'rejected' }, { status: 'created', sku: 'ACME-2' }]);
  });

  it('reads shared items but does not change them', async () => {
    const ifMatch = { 'if-match': '"1"' };
    const refused = await acme('PATCH /v1/items/SHARED', { name: 'Mine' }, ifMatch);
    expect(refused).toMatchObject({ status: 403, body: { type: '/problems/house-only' } });
    expect((await acme('POST /v1/items/SHARED/deactivate')).status).toBe(403);
    expect((await house('GET /v1/items/SHARED')).body.version).toBe(1);
  });

  it('sees itself among the owners, and nobody else', async () => {
    expect(codes((await acme('GET /v1/owners')).body)).toEqual(['ACME']);
    expect((await acme('GET /v1/owners/BETA')).status).toBe(404);
    expect((await acme('GET /v1/owners/HOUSE')).status).toBe(404);
    expect((await acme('POST /v1/owners', { code: 'GAMMA', name: 'G' })).status).toBe(403);
    expect((await acme('POST /v1/owners/ACME/deactivate')).status).toBe(403);
  });

  it('sees the buildings, not the house’s suppliers and customers', async () => {
    const site = (code: string, type: string) =>
      house('POST /v1/sites', { code, name: code, type, timeZone: 'UTC' });
    await Promise.all([site('FC', 'fulfilment_centre'), site('SUP', 'supplier')]);
    await house('POST /v1/sites/FC/zones', { code: 'Z', name: 'Z' });
    await house('POST /v1/sites/SUP/zones', { code: 'Z', name: 'Z' });
    const lane = { mode: 'truck', transitHoursMin: 1, transitHoursTypical: 2, transitHoursMax: 3 };
    const { laneId } = (await house('POST /v1/lanes', { ...lane, from: 'SUP', to: 'FC' })).body;
    expect(codes((await acme('GET /v1/sites')).body)).toEqual(['FC']);
    expect((await acme('GET /v1/sites/SUP')).status).toBe(404);
    expect((await acme('GET /v1/sites/FC/zones/Z')).status).toBe(200);
    expect((await acme('GET /v1/sites/SUP/zones/Z')).status).toBe(404);
    expect((await acme('GET /v1/sites/SUP/zones')).body.items).toEqual([]);
    expect((await acme('GET /v1/locations/SUPPLIER-SUP')).status).toBe(404);
    expect((await acme('GET /v1/locations/TRANSIT-FC')).status).toBe(200);
    expect((await acme('GET /v1/locations/SUPPLIER')).status).toBe(200);
    expect((await acme(`GET /v1/lanes/${laneId}`)).status).toBe(404);
    expect((await house(`GET /v1/lanes/${laneId}`)).status).toBe(200);
    expect((await acme('POST /v1/sites/FC/deactivate')).status).toBe(403);
    expect((await acme('POST /v1/locations', { code: 'L', type: 'bin', site: 'FC' })).status).toBe(
      403,
    );
  });
});

describe('imports of an owner', () => {
  it('touch only its own items, and are its own', async () => {
    const file = 'sku,name\nACME-1,Anvil\nACME-9,New\n';
    const { body } = await acme('POST /v1/imports?kind=items', file);
    expect(body).toMatchObject({ state: 'previewed', create: 1, update: 1 });
    for (const verb of ['commit', 'undo']) {
      expect((await beta(`POST /v1/imports/${body.importId}/${verb}`)).status).toBe(404);
    }
    expect((await beta(`GET /v1/imports/${body.importId}`)).status).toBe(404);
    const seen = (await beta('GET /v1/imports')).body.items;
    expect(seen).toHaveLength(1);
    expect(seen[0].importId).not.toBe(body.importId);
    expect((await acme(`POST /v1/imports/${body.importId}/commit`)).status).toBe(200);
    expect((await acme('GET /v1/items/ACME-9')).body).toMatchObject({ owner: 'ACME' });
    expect((await acme(`POST /v1/imports/${body.importId}/undo`)).status).toBe(200);
    expect((await acme('GET /v1/items/ACME-9')).status).toBe(404);
    expect((await acme('GET /v1/items/ACME-1')).body.name).toBe('ACME-1');
  });

  it('cannot reach what is shared or another’s', async () => {
    const shared = await acme('POST /v1/imports?kind=items', 'sku,name\nSHARED,Mine\n');
    expect(shared.body.errors).toMatchObject([{ row: 2, field: 'owner', expected: 'ACME' }]);
    const packs = 'sku,level,base_quantity\nSHARED,each,1\nBETA-1,case,2\n';
    const { errors } = (await acme('POST /v1/imports?kind=packaging', packs)).body;
    expect(errors.map((error: { row: number }) => error.row)).toEqual([2, 3]);
    const foreign = await acme('POST /v1/imports?kind=items', 'sku,name\nNEW-1,N\nBETA-1,Mine\n');
    const refused = await acme(`POST /v1/imports/${foreign.body.importId}/commit`);
    expect(refused).toMatchObject({ status: 409, body: { rows: [3] } });
    expect((await acme('GET /v1/items/NEW-1')).status).toBe(404);
    expect((await house('GET /v1/items/BETA-1')).body.name).toBe('BETA-1');
    expect((await acme('POST /v1/imports?kind=sites', 'code\nX\n')).status).toBe(403);
  });
});

describe('PostgreSQL itself', () => {
  const tables = [
    'sellers.owner',
    'catalog.item',
    'catalog.packaging',
    'platform.import',
    'platform.import_change',
  ];

  it.each(tables)('shows an owner no row of another in %s', async (table) => {
    const foreignRows = (scope: number | 'house') =>
      readAs(api.database, scope, async (tx) => {
        const { rows } = await tx.query<{ count: number }>(
          `SELECT count(*)::int FROM ${table} WHERE owner_id <> $1`,
          [acmeId],
        );
        return rows[0]?.count;
      });
    expect(await foreignRows('house')).toBeGreaterThan(0);
    expect(await foreignRows(acmeId)).toBe(0);
  });

  it.each([...tables, 'platform.idempotency_key'])(
    'shows nothing of %s without a scope, nor after one ended',
    async (table) => {
      const client = await api.database.writer.connect();
      try {
        const count = async () =>
          (await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n;
        expect(await count()).toBe(0);
        await client.query("BEGIN; SELECT set_config('onhand.owner', '*', true); COMMIT");
        expect(await count()).toBe(0);
      } finally {
        client.release();
      }
    },
  );

  it('lets an owner write no row of another, whatever the API does', async () => {
    const client = await api.database.writer.connect();
    const write = async (statement: string) => {
      await client.query('BEGIN');
      await client.query("SELECT set_config('onhand.owner', $1, true)", [String(acmeId)]);
      try {
        return (await client.query(statement)).rowCount;
      } finally {
        await client.query('ROLLBACK');
      }
    };
    try {
      expect(await write("UPDATE catalog.item SET name = 'x'")).toBe(2);
      expect(await write('UPDATE catalog.packaging SET gtin = NULL')).toBe(1);
      expect(await write("DELETE FROM catalog.packaging WHERE gtin = '00000096385074'")).toBe(0);
      const insert = "INSERT INTO catalog.item (sku, name, owner_id) VALUES ('x', 'x', ";
      await expect(write(`${insert} NULL)`)).rejects.toThrow('row-level security');
      await expect(write(`${insert} 1)`)).rejects.toThrow('row-level security');
      const steal = 'UPDATE catalog.item SET owner_id = 1';
      await expect(write(steal)).rejects.toThrow('row-level security');
    } finally {
      client.release();
    }
  });

  it('holds the owner of a pack to the owner of its item', async () => {
    await expect(
      api.admin.query(
        `INSERT INTO catalog.packaging (item_id, level, owner_id, base_quantity_numerator)
         VALUES ($1, 'pallet', NULL, 1)`,
        [betaItemId],
      ),
    ).rejects.toThrow('packaging_of_item');
  });
});
