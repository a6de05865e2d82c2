import { beforeAll, expect, it } from 'vitest';
import { type Caller, createTestApi } from '../../test/support/api.ts';
import { referenceModules } from './reference-data.ts';

const api = await createTestApi(referenceModules);
let house: Caller;
beforeAll(async () => {
  house = await api.caller('house', ['catalog:read', 'catalog:write', 'network:write']);
  await house('POST /v1/items/bulk', {
    items: ['USED', 'IDLE'].map((sku) => ({ sku, name: sku })),
  });
  await house('POST /v1/sites/bulk', {
    sites: ['USED', 'IDLE', 'PARENT'].map((code) => {
      return { code, name: code, type: 'store', timeZone: 'UTC' };
    }),
  });
  await house('POST /v1/locations/bulk', {
    locations: ['USED', 'IDLE'].map((code) => ({ code, site: code, type: 'bin' })),
  });
  await api.admin.query(
    `INSERT INTO ledger.journal_head (journal, seq, head_hash, recorded_at)
     VALUES (0, 0, decode(repeat('00', 32), 'hex'), now()) ON CONFLICT DO NOTHING`,
  );
  await api.admin.query(
    `INSERT INTO ledger.position (journal, item_id, location_id, owner_id, site_id,
       disposition_id, is_real)
     SELECT 0, item.item_id, location.location_id, 1, location.site_id, 1, true
       FROM catalog.item item, network.location location
      WHERE item.sku = 'USED' AND location.code = 'USED'`,
  );
});

it.each([
  ['items', { baseUnit: 'kg' }],
  ['locations', { site: 'PARENT' }],
  ['sites', { costSite: 'PARENT' }],
])('what the ledger has built upon in %s stays; the rest may change', async (path, patch) => {
  const ifMatch = { 'if-match': '"1"' };
  const used = await house(`PATCH /v1/${path}/USED`, patch, ifMatch);
  expect(used).toMatchObject({ status: 409, body: { type: '/problems/field-frozen' } });
  expect((await house(`PATCH /v1/${path}/IDLE`, patch, ifMatch)).status).toBe(200);
});
