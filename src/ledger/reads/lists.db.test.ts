import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../test/support/api.ts';
import { allPages } from '../../../test/support/ledger-facts.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { randomLedger } from '../../../test/support/random-ledger.ts';

const world = await createLedgerWorld();
const { house } = world;
let seller: Caller;
let items: readonly string[] = [];

beforeAll(async () => {
  seller = (await world.owner('SELLER')).call;
  ({ items } = await randomLedger(world, 99, 150));
}, 120_000);

describe('an owner', () => {
  it('sees own rows in every list, and nobody else sees them through it', async () => {
    const lists = ['/stock', '/movements', '/reservations', '/allocations', '/exceptions'];
    for (const path of lists) {
      const own = await allPages(seller, `${path}?`, 1000);
      expect(own.filter((row) => row.owner !== 'SELLER')).toEqual([]);
      const whole = await allPages(house, `${path}?`, 1000);
      expect(own.length).toBe(whole.filter((row) => row.owner === 'SELLER').length);
    }
    expect((await allPages(seller, '/movements?', 1000)).length).toBeGreaterThan(10);
  });

  it('is told nothing of others: codes, lots, pools, heads', async () => {
    expect((await seller('GET /v1/stock?owner=HOUSE')).status).toBe(404);
    expect((await seller('GET /v1/journals')).status).toBe(403);
    expect((await seller('GET /v1/cost-pools')).body.items).toEqual([]);
    const sku = await world.item({ tracksLot: true });
    await world.receive(sku, '1', 'B1', { lot: 'SECRET' });
    expect((await seller(`GET /v1/lots?item=${sku}`)).body.items).toEqual([]);
    expect((await seller('GET /v1/stock?lot=SECRET')).status).toBe(404);
    expect((await house(`GET /v1/lots?item=${sku}`)).body.items).toHaveLength(1);
    const { body } = await seller('GET /v1/accounts');
    expect(body.items).toEqual([{ account: 'inventory', value: '0.00' }]);
  });

  it('has an availability of its own', async () => {
    const body = { items: [...items, 'NO-SUCH'] };
    const own = await seller('POST /v1/availability', body);
    const whole = await house('POST /v1/availability', body);
    expect(own.body.unknown).toEqual(['NO-SUCH']);
    const ofSeller = (row: { owner: string }) => row.owner === 'SELLER';
    expect(own.body.items).toEqual(whole.body.items.filter(ofSeller));
    expect(own.body.items.length).toBeGreaterThan(0);
    const narrow = await house(`GET /v1/availability?item=${items[0]}&item=${items[1]}&site=N`);
    expect(new Set(narrow.body.items.map((row: { site: string }) => row.site))).toEqual(
      new Set(['N']),
    );
    expect((await seller('GET /v1/availability?item=X&owner=HOUSE')).status).toBe(404);
  });
});

describe('every list', () => {
  it.each([
    '/stock',
    '/movements',
    '/reservations',
    '/allocations',
    '/lots',
    '/serials',
    '/exceptions',
    '/cost-pools',
    '/why?account=inventory',
  ])('%s gives the same rows as pages and as CSV', async (path) => {
    const and = path.includes('?') ? '&' : '?';
    const rows = await allPages(house, `${path}${and}`, 6);
    const { text, status } = await house(`GET /v1${path}${and}format=csv`);
    expect(status).toBe(200);
    expect(text.trimEnd().split('\r\n').length - 1).toBe(rows.length);
  });

  it('reads one reservation by id, open ones apart, and the layers of a pool', async () => {
    const open = await allPages(house, '/reservations?state=open', 50);
    expect(open.length).toBeGreaterThan(0);
    expect(open.every((row) => ['held', 'pending'].includes(row.state))).toBe(true);
    const [first] = open;
    expect((await house(`GET /v1/reservations/${first?.id}`)).body).toEqual(first);
    expect((await house('GET /v1/reservations/0-999999')).status).toBe(404);
    const { body } = await house(`GET /v1/cost-pools?item=${items[1]}&layers=true`);
    for (const pool of body.items) {
      const sum = pool.layers.reduce((total: number, layer: { value: string }) => {
        return total + Number(layer.value.replace('.', ''));
      }, 0);
      expect(sum).toBe(Number(pool.value.replace('.', '')));
    }
  });
});
