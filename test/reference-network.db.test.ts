import { beforeAll, describe, expect, it } from 'vitest';
import { loadItems, loadItemsById, loadPacks, loadPacksByGtin } from '../src/catalog/index.ts';
import { loadLocations, loadLocationsById, loadSites } from '../src/network/index.ts';
import { loadOwners } from '../src/sellers/index.ts';
import { type Caller, createTestApi } from './support/api.ts';
import { inUse, referenceModules } from './support/reference-data.ts';

const api = await createTestApi(referenceModules);
let house: Caller;
beforeAll(async () => {
  house = await api.caller('house', [
    'catalog:write',
    'network:read',
    'network:write',
    'owners:write',
  ]);
  const sites = [
    { code: 'FC-1', name: 'One', type: 'fulfilment_centre', timeZone: 'Europe/Berlin' },
    { code: 'FC-2', name: 'Two', type: 'fulfilment_centre', timeZone: 'UTC', costSite: 'FC-1' },
    { code: 'SHOP', name: 'Shop', type: 'store', timeZone: 'UTC' },
    { code: 'SUP', name: 'Supplier', type: 'supplier', timeZone: 'UTC' },
    { code: 'HUB', name: 'Hub', type: 'carrier_hub', timeZone: 'UTC' },
  ];
  expect((await house('POST /v1/sites/bulk', { sites })).body.created).toBe(5);
});

const etag = (version: number) => ({ 'if-match': `"${version}"` });
const codes = (answer: { body: { items: { code: string }[] } }) =>
  answer.body.items.map(({ code }) => code);

describe('sites', () => {
  it('share the cost pool that they name, in a batch of any order', async () => {
    expect((await house('GET /v1/sites/FC-2')).body).toMatchObject({ costSite: 'FC-1' });
    expect((await house('GET /v1/sites/FC-1')).body).toMatchObject({ costSite: 'FC-1' });
  });

  it('keep pools one step deep', async () => {
    const point = (code: string, costSite: string) =>
      house(`PATCH /v1/sites/${code}`, { costSite }, etag(1));
    expect((await point('SHOP', 'FC-2')).body.errors).toMatchObject([
      { path: 'body.costSite', message: 'itself shares the pool of FC-1' },
    ]);
    expect((await point('FC-1', 'SHOP')).body.errors).toMatchObject([
      { message: 'cannot be another: sites share this pool' },
    ]);
    expect((await point('SHOP', 'NOWHERE')).body.errors).toMatchObject([
      { message: 'names no site' },
    ]);
    expect((await point('SHOP', 'FC-1')).body).toMatchObject({ costSite: 'FC-1', version: 2 });
  });

  it('keep the pool they have once they are in use', async () => {
    const { siteId } = (await house('GET /v1/sites/HUB')).body;
    inUse.sites.add(siteId);
    const refused = await house('PATCH /v1/sites/HUB', { costSite: 'FC-1' }, etag(1));
    expect(refused.body).toMatchObject({ type: '/problems/field-frozen', fields: ['costSite'] });
    expect((await house('PATCH /v1/sites/HUB', { name: 'Hub 1' }, etag(1))).status).toBe(200);
    inUse.sites.clear();
  });

  it('never change their type, and know their time zone', async () => {
    const shop = '/v1/sites/SHOP';
    expect((await house(`PATCH ${shop}`, { type: 'supplier' }, etag(2))).status).toBe(400);
    expect((await house(`PATCH ${shop}`, { timeZone: 'Mars' }, etag(2))).status).toBe(400);
    const moved = await house(`PATCH ${shop}`, { timeZone: 'asia/tokyo' }, etag(2));
    expect(moved.body).toMatchObject({ timeZone: 'Asia/Tokyo' });
  });

  it('bring their virtual locations along, or are not made at all', async () => {
    expect(codes(await house('GET /v1/locations?virtual=true&site=SUP'))).toEqual(['SUPPLIER-SUP']);
    expect(codes(await house('GET /v1/locations?virtual=true&site=HUB'))).toEqual([]);
    await house('POST /v1/locations', { code: 'TRANSIT-NEW', type: 'adjustment' });
    const site = { code: 'NEW', name: 'New', type: 'store', timeZone: 'UTC' };
    expect((await house('POST /v1/sites', site)).status).toBe(409);
    expect((await house('GET /v1/sites/NEW')).status).toBe(404);
  });
});

describe('zones', () => {
  it('live inside their site', async () => {
    const zone = { code: 'COLD', name: 'Cold', temperatureClass: 'chilled' };
    const made = await house('POST /v1/sites/FC-1/zones', {
      ...zone,
      hazardClasses: ['8', '3', '8'],
    });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: '/v1/sites/FC-1/zones/COLD' },
      body: { site: 'FC-1', hazardClasses: ['3', '8'] },
    });
    expect((await house('POST /v1/sites/FC-2/zones', zone)).status).toBe(201);
    expect((await house('POST /v1/sites/NONE/zones', zone)).status).toBe(404);
    expect((await house('GET /v1/sites/NONE/zones')).status).toBe(404);
    expect((await house('GET /v1/sites/FC-1/zones')).body.items).toHaveLength(1);
    const { zoneId } = made.body;
    expect((await house(`GET /v1/sites/FC-1/zones/id:${zoneId}`)).status).toBe(200);
    expect((await house(`GET /v1/sites/FC-2/zones/id:${zoneId}`)).status).toBe(404);
    const edit = { secure: true };
    const edited = await house('PATCH /v1/sites/FC-1/zones/COLD', edit, etag(1));
    expect(edited.body).toMatchObject({ secure: true, version: 2 });
    expect((await house('GET /v1/sites/FC-2/zones/COLD')).body.secure).toBe(false);
  });
});

describe('locations', () => {
  it('are made by the thousand, each judged on its own', async () => {
    const locations = Array.from({ length: 1000 }, (_, index) => ({
      code: `BIN-${index}`,
      site: 'FC-1',
      zone: index === 500 ? 'WARM' : 'COLD',
      type: 'bin',
      capacityVolumeMm3: 96_000_000_000,
      x: index,
      y: -5,
      pickSequence: 1000 - index,
    }));
    const { body } = await house('POST /v1/locations/bulk', { locations });
    expect(body).toMatchObject({ created: 999, rejected: 1 });
    expect(body.lines[500].problem.errors).toMatchObject([
      { path: 'zone', message: 'names no zone of that site', found: 'WARM' },
    ]);
    const query = 'GET /v1/locations?site=FC-1&zone=COLD&type=bin&sort=pickSequence&limit=2';
    expect(codes(await house(query))).toEqual(['BIN-999', 'BIN-998']);
    const bin = (await house('GET /v1/locations/BIN-7')).body;
    expect(bin).toMatchObject({ capacityVolumeMm3: 96_000_000_000, isVirtual: false, y: -5 });
  });

  it('move between sites only while they are not in use, and with their zone', async () => {
    const stray = await house('PATCH /v1/locations/BIN-1', { site: 'SHOP' }, etag(1));
    expect(stray.body.errors).toMatchObject([{ path: 'body.zone' }]);
    const { locationId } = (await house('GET /v1/locations/BIN-1')).body;
    inUse.locations.add(locationId);
    const away = { site: 'SHOP', zone: null };
    expect((await house('PATCH /v1/locations/BIN-1', away, etag(1))).status).toBe(409);
    inUse.locations.clear();
    const moved = await house('PATCH /v1/locations/BIN-1', away, etag(1));
    expect(moved.body).toMatchObject({ ...away, version: 2 });
    expect((await house('PATCH /v1/locations/BIN-1', { type: 'dock' }, etag(2))).status).toBe(400);
  });

  it('of the whole house cannot be turned off', async () => {
    expect((await house('POST /v1/locations/CUSTOMER/deactivate')).status).toBe(400);
    expect((await house('POST /v1/locations/BIN-2/deactivate')).body.active).toBe(false);
  });
});

describe('lanes', () => {
  const lane = { mode: 'truck', transitHoursMin: 4, transitHoursTypical: 6, transitHoursMax: 9 };

  it('are one for each way and mode, and are named by their id', async () => {
    const made = await house('POST /v1/lanes', { ...lane, from: 'SUP', to: 'FC-1' });
    expect(made.status).toBe(201);
    const { laneId } = made.body;
    expect(made.headers.location).toBe(`/v1/lanes/${laneId}`);
    expect((await house('POST /v1/lanes', { ...lane, from: 'SUP', to: 'FC-1' })).status).toBe(409);
    const back = await house('POST /v1/lanes', { ...lane, from: 'FC-1', to: 'SUP' });
    expect(back.status).toBe(201);
    const edited = await house(`PATCH /v1/lanes/${laneId}`, { transitHoursMax: 5 }, etag(1));
    expect(edited.body.errors).toMatchObject([{ path: 'body.transitHoursMax' }]);
    expect((await house('GET /v1/lanes?to=FC-1')).body.items).toHaveLength(1);
    expect((await house('GET /v1/lanes/999999')).status).toBe(404);
    expect((await house('GET /v1/lanes/x')).status).toBe(404);
  });
});

describe('what the ledger loads as poster', () => {
  it('resolves codes and ids, whoever owns them', async () => {
    const { poster } = api.database;
    await house('POST /v1/owners', { code: 'ACME', name: 'Acme' });
    await house('POST /v1/items', {
      sku: 'TEA',
      name: 'Tea',
      owner: 'ACME',
      baseUnit: 'kg',
      quantityScale: 3,
      costMethod: 'standard',
      standardUnitCost: '12.5',
      packaging: [{ level: 'each', baseQuantity: '0.25', gtin: '4006381333931' }],
    });
    const [owner] = await loadOwners(poster, ['ACME', 'NOBODY']);
    expect(owner).toMatchObject({ code: 'ACME', isHouse: false, active: true });
    const [tea, ...rest] = await loadItems(poster, ['TEA', 'COFFEE']);
    expect(rest).toEqual([]);
    expect(tea).toMatchObject({
      ownerId: owner?.ownerId,
      quantityScale: 3,
      costMethod: 'standard',
      standardUnitCost: 12_500_000n,
    });
    expect(await loadItemsById(poster, [tea?.itemId ?? 0])).toEqual([tea]);
    const pack = { level: 'each', gtin: '04006381333931', numerator: 1n, denominator: 4n };
    expect(await loadPacks(poster, [tea?.itemId ?? 0])).toMatchObject([pack]);
    expect(await loadPacksByGtin(poster, ['04006381333931'])).toMatchObject([pack]);
    const [bin] = await loadLocations(poster, ['BIN-3', 'NOWHERE']);
    const [supplier] = await loadLocations(poster, ['SUPPLIER']);
    const [site] = await loadSites(poster, ['FC-1']);
    expect(bin).toMatchObject({
      siteCode: 'FC-1',
      siteId: site?.siteId,
      costSiteId: site?.siteId,
      timeZone: 'Europe/Berlin',
      isVirtual: false,
    });
    expect(supplier).toMatchObject({ type: 'supplier', isVirtual: true, siteId: null });
    expect(await loadLocationsById(poster, [bin?.locationId ?? 0])).toEqual([bin]);
  });
});
