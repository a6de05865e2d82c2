import { beforeAll, describe, expect, it } from 'vitest';
import { type Caller, createTestApi, type TestAnswer } from './support/api.ts';
import { inUse, referenceModules } from './support/reference-data.ts';

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
beforeAll(async () => {
  house = await api.caller('house', scopes);
});

async function preview(kind: string, csv: string, by: Caller = house): Promise<TestAnswer> {
  return by(`POST /v1/imports?kind=${kind}&fileName=test.csv`, csv);
}

/** Previews and commits a file that has no errors. */
async function load(kind: string, csv: string): Promise<string> {
  const { body } = await preview(kind, csv);
  expect(body).toMatchObject({ state: 'previewed', errors: [] });
  const committed = await house(`POST /v1/imports/${body.importId}/commit`);
  expect(committed).toMatchObject({ status: 200, body: { state: 'committed' } });
  return body.importId;
}

const undo = (importId: string) => house(`POST /v1/imports/${importId}/undo`);

/** Everything that an import may write, to show that something wrote nothing. */
async function snapshot(): Promise<string> {
  const tables = ['sellers.owner', 'network.site', 'network.zone', 'network.location'];
  tables.push('network.lane', 'catalog.item', 'catalog.packaging');
  const texts = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await api.admin.query(
        `SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') AS text FROM ${table} t`,
      );
      return rows[0].text as string;
    }),
  );
  return texts.join('\n---\n');
}

describe('a preview', () => {
  it('counts what would happen, shows it, and writes nothing', async () => {
    await load('items', 'sku,name,shelf_life_days\nP-1,One,30\nP-2,Two,\n');
    const before = await snapshot();
    const { status, body, headers } = await preview(
      'items',
      'sku,name,shelf_life_days\nP-1,One,31\nP-2,Two,\nP-3,Three,5\n',
    );
    expect(status).toBe(201);
    expect(headers.location).toBe(`/v1/imports/${body.importId}`);
    expect(body).toMatchObject({
      state: 'previewed',
      rows: 3,
      create: 1,
      update: 1,
      unchanged: 1,
      errorCount: 0,
      fileName: 'test.csv',
    });
    expect(body.sample).toMatchObject([
      { row: 2, action: 'update', key: 'P-1', changes: { shelf_life_days: { from: 30, to: 31 } } },
      { row: 4, action: 'create', key: 'P-3', changes: { name: { from: null, to: 'Three' } } },
    ]);
    expect(await snapshot()).toBe(before);
  });

  it('names every wrong cell at once, by row, field, expected and found', async () => {
    const before = await snapshot();
    const { body } = await preview(
      'items',
      [
        'sku,name,base_unit,quantity_scale,tracks_serial,owner,cost_method,shelf_life_days',
        'E-1,Fine,each,0,no,,fifo,',
        ',No SKU,each,0,no,,fifo,',
        'E-2,,each,7,perhaps,,fifo,-1',
        'E-3,Rules,each,2,yes,NOBODY,standard,',
        'E-1,Again,each,0,no,,fifo,',
        'E-4,Short,each',
        '',
        'E-5,Unit,kilo,0,no,NOONE,lifo,12.5',
      ].join('\n'),
    );
    expect(body).toMatchObject({ state: 'invalid', rows: 7, errorCount: 14 });
    expect(
      body.errors.map((error: { row: number; field: string }) => [error.row, error.field]),
    ).toEqual([
      [3, 'sku'],
      [4, 'name'],
      [4, 'quantity_scale'],
      [4, 'tracks_serial'],
      [4, 'shelf_life_days'],
      [5, 'quantity_scale'],
      [5, 'standard_unit_cost'],
      [5, 'owner'],
      [6, 'sku'],
      [7, ''],
      [9, 'base_unit'],
      [9, 'cost_method'],
      [9, 'shelf_life_days'],
      [9, 'owner'],
    ]);
    expect(body.errors).toContainEqual({
      row: 4,
      field: 'tracks_serial',
      message: 'is not valid',
      expected: 'true or false',
      found: 'perhaps',
    });
    expect(body.errors).toContainEqual({
      row: 6,
      field: 'sku',
      message: 'repeats row 2',
      expected: 'each key once',
      found: 'E-1',
    });
    const refused = await house(`POST /v1/imports/${body.importId}/commit`);
    expect(refused).toMatchObject({ status: 409, body: { type: '/problems/import-has-errors' } });
    expect(await snapshot()).toBe(before);
    const report = await house(`GET /v1/imports/${body.importId}/errors?format=csv`);
    expect(report.text.split('\r\n')[0]).toBe('row,field,message,expected,found');
    expect(report.text).toContain('4,tracks_serial,is not valid,true or false,perhaps\r\n');
  });
});

describe('files as people make them', () => {
  it('takes a mark, semicolons, Windows line ends, quotes and headers in any case', async () => {
    const csv =
      '\uFEFFSKU;Name;"Shelf-Life Days";hazardClass\r\n' +
      'F-1;"Lamp; ""round""";12;4.1\r\n\r\nF-2; Oil ;;3\r\n';
    await load('items', csv);
    expect((await house('GET /v1/items/F-1')).body).toMatchObject({
      name: 'Lamp; "round"',
      shelfLifeDays: 12,
      hazardClass: '4.1',
    });
    expect((await house('GET /v1/items/F-2')).body).toMatchObject({ name: 'Oil' });
  });

  it('takes UTF-16 by its mark and refuses what is no text', async () => {
    const authorized = await api.caller('bytes', scopes);
    const wide = Buffer.from('\uFEFFsku,name\nW-1,Größe\n', 'utf16le');
    const answer = await authorized('POST /v1/imports?kind=items', wide);
    expect(answer.body).toMatchObject({ state: 'previewed', create: 1 });
    const latin = Buffer.from('sku,name\nW-2,Gr\xf6\xdfe\n', 'latin1');
    expect((await authorized('POST /v1/imports?kind=items', latin)).status).toBe(400);
  });

  it.each([
    ['an unknown column', 'sku,name,colour\nA,B,C\n', 1, 'colour', 'is no column'],
    ['a column twice', 'sku,name,Name\nA,B,C\n', 1, 'name', 'is there twice'],
    ['no key column', 'name\nB\n', 1, 'sku', 'is missing'],
    ['an open quote', 'sku,name\nA,"B\n', 2, '', 'is no CSV: '],
    ['nothing', '\n', 1, '', 'is missing'],
    ['a new row without a column it needs', 'sku\nNEW\n', 2, 'name', 'is missing, and the row'],
  ])('says so for %s', async (_, csv, row, field, message) => {
    const { body } = await preview('items', csv);
    expect(body.state).toBe('invalid');
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({ row, field });
    expect(body.errors[0].message).toContain(message);
  });

  it('takes its own templates and its own exports', async () => {
    await house('POST /v1/calendars', { code: 'WEEK-DE', name: 'Weekdays', week: {} });
    await house('POST /v1/sites', { code: 'FC-BER', name: 'B', type: 'store', timeZone: 'UTC' });
    await house('POST /v1/sites/FC-BER/zones', { code: 'COLD', name: 'Cold' });
    await house('POST /v1/sites', {
      code: 'SUP-GLAZE',
      name: 'Glaze',
      type: 'supplier',
      timeZone: 'UTC',
    });
    await house('POST /v1/owners', { code: 'ACME', name: 'Acme' });
    await house('POST /v1/items', { sku: 'SPRAY-0001', name: 'Spray' });
    const kinds = ['owners', 'calendars', 'zones', 'locations', 'lanes', 'packaging'];
    for (const kind of kinds) {
      const { text } = await house(`GET /v1/imports/templates/${kind}`);
      expect((await preview(kind, text)).body).toMatchObject({ errors: [], rows: 1 });
    }
    // Templates of sites and items name a type, and an owner, that the rows above differ in.
    for (const kind of ['items', 'sites']) {
      const { text } = await house(`GET /v1/imports/templates/${kind}`);
      const fresh = text.replace('SPRAY-0001', 'SPRAY-2').replaceAll('FC-BER', 'FC-2');
      expect((await preview(kind, fresh)).body).toMatchObject({ errors: [], create: 1 });
    }
    for (const path of ['items', 'calendars', 'sites', 'locations', 'lanes', 'owners']) {
      const { text } = await house(`GET /v1/${path}?format=csv`);
      const { body } = await preview(path, text);
      expect(body).toMatchObject({ errors: [], create: 0, update: 0 });
      expect(body.unchanged).toBe(body.rows);
    }
  });

  it('leaves columns alone that are not there, and clears cells that are empty', async () => {
    await load('items', 'sku,name,shelf_life_days,fragile\nC-1,Cup,30,yes\n');
    await load('items', 'sku,name\nC-1,Cup 2\n');
    const kept = { name: 'Cup 2', shelfLifeDays: 30, fragile: true };
    expect((await house('GET /v1/items/C-1')).body).toMatchObject(kept);
    await load('items', 'sku,shelf_life_days\nC-1,\n');
    expect((await house('GET /v1/items/C-1')).body).toMatchObject({ ...kept, shelfLifeDays: null });
  });
});

describe('a commit', () => {
  it('refuses when a row changed since the preview, and names it', async () => {
    await load('owners', 'code,name\nO-1,One\nO-2,Two\n');
    const file = 'code,name\nO-1,Uno\nO-2,Due\nO-3,Tre\n';
    const { body } = await preview('owners', file);
    await house('PATCH /v1/owners/O-2', { name: 'Deux' }, { 'if-match': '"1"' });
    await house('POST /v1/owners', { code: 'O-3', name: 'Trois' });
    const refused = await house(`POST /v1/imports/${body.importId}/commit`);
    expect(refused).toMatchObject({
      status: 409,
      body: { type: '/problems/import-stale', rows: [3, 4] },
    });
    expect((await house('GET /v1/owners/O-1')).body.name).toBe('One');
  });

  it('happens once, whoever asks and however often', async () => {
    const { body } = await preview('owners', 'code,name\nT-1,One\n');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => house(`POST /v1/imports/${body.importId}/commit`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await house('GET /v1/owners/T-1')).body.version).toBe(1);
  });

  it('creates what belongs to sites, and pools within one file', async () => {
    await load(
      'sites',
      'code,name,type,time_zone,cost_site\n' +
        'S-2,Two,store,europe/berlin,S-1\nS-1,One,fulfilment_centre,UTC,\n',
    );
    expect((await house('GET /v1/sites/S-2')).body).toMatchObject({
      costSite: 'S-1',
      timeZone: 'Europe/Berlin',
      version: 1,
    });
    expect((await house('GET /v1/locations/TRANSIT-S-2')).body).toMatchObject({
      type: 'in_transit',
      isVirtual: true,
      site: 'S-2',
    });
    const chain = await preview('sites', 'code,cost_site\nS-1,S-2\n');
    expect(chain.body.errors).toMatchObject([{ row: 2, field: 'cost_site' }]);
  });

  it('writes packs into their items, whose rules and versions count', async () => {
    await load('items', 'sku,name\nK-1,One\nK-2,Two\n');
    await load(
      'packaging',
      'sku,level,gtin,base_quantity\nK-1,each,4006381333931,1\nK-1,case,,12\nK-2,each,,1/2\n',
    );
    const { body } = await house('GET /v1/items/K-1');
    expect(body).toMatchObject({
      version: 2,
      packaging: [
        { level: 'each', gtin: '04006381333931', baseQuantity: '1' },
        { level: 'case', gtin: null, baseQuantity: '12' },
      ],
    });
    const wrong = await preview(
      'packaging',
      'sku,level,gtin,base_quantity\n' +
        'K-2,case,4006381333931,3\nK-1,inner,,24\nNONE,each,,1\nK-2,pallet,123,0\n',
    );
    expect(wrong.body.errors).toMatchObject([
      { row: 2, field: 'gtin', message: 'is taken by another pack' },
      { row: 3, field: 'level', message: expect.stringContaining('does not fit case') },
      { row: 4, field: 'sku', message: 'names no item' },
      { row: 5, field: 'gtin' },
    ]);
  });
});

describe('an undo', () => {
  it('restores exactly what was, row by row', async () => {
    await load('items', 'sku,name,shelf_life_days\nU-1,One,10\nU-2,Two,\n');
    const before = (await house('GET /v1/items/U-1')).body;
    const importId = await load(
      'items',
      'sku,name,shelf_life_days\nU-1,Uno,\nU-2,Two,\nU-3,Three,1\n',
    );
    const undone = await undo(importId);
    expect(undone).toMatchObject({ status: 200, body: { state: 'undone' } });
    const { version, updatedAt, ...after } = (await house('GET /v1/items/U-1')).body;
    expect(after).toEqual({ ...after, ...before, version: undefined, updatedAt: undefined });
    expect(version).toBe(3);
    expect(updatedAt >= before.updatedAt).toBe(true);
    expect((await house('GET /v1/items/U-2')).body.version).toBe(1);
    expect((await house('GET /v1/items/U-3')).status).toBe(404);
    expect((await undo(importId)).status).toBe(200);
    expect((await house(`POST /v1/imports/${importId}/commit`)).status).toBe(409);
  });

  it('can follow another, newest first, and not the other way round', async () => {
    await load('owners', 'code,name\nL-1,One\n');
    const first = await load('owners', 'code,name\nL-1,Two\nL-2,New\n');
    const second = await load('owners', 'code,name\nL-1,Three\nL-2,Newer\n');
    expect((await undo(first)).body.rows).toMatchObject([
      { row: 2, reason: 'changed since' },
      { row: 3, reason: 'changed since' },
    ]);
    expect((await undo(second)).status).toBe(200);
    expect((await undo(first)).status).toBe(200);
    expect((await house('GET /v1/owners/L-1')).body).toMatchObject({ name: 'One', version: 5 });
    expect((await house('GET /v1/owners/L-2')).status).toBe(404);
  });

  it('takes sites back with all that came along, and packs out of their items', async () => {
    const before = await snapshot();
    const sites = await load('sites', 'code,name,type,time_zone\nV-1,V,supplier,UTC\n');
    expect((await house('GET /v1/locations/SUPPLIER-V-1')).status).toBe(200);
    expect((await undo(sites)).status).toBe(200);
    expect(await snapshot()).toBe(before);
    await load('items', 'sku,name\nV-2,V\n');
    const packs = await load('packaging', 'sku,level,base_quantity\nV-2,each,1\nV-2,case,6\n');
    expect((await undo(packs)).status).toBe(200);
    expect((await house('GET /v1/items/V-2')).body.packaging).toEqual([]);
  });

  it('refuses, and says which rows, when something changed or is in use', async () => {
    const importId = await load('items', 'sku,name\nX-1,One\nX-2,Two\nX-3,Three\nX-4,Four\n');
    await house('PATCH /v1/items/X-2', { name: 'Due' }, { 'if-match': '"1"' });
    const { itemId } = (await house('GET /v1/items/X-3')).body;
    inUse.items.add(itemId);
    const refused = await undo(importId);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        type: '/problems/import-not-undoable',
        rows: [
          { row: 3, key: 'X-2', reason: 'changed since' },
          { row: 4, key: 'X-3', reason: 'in use' },
        ],
      },
    });
    inUse.items.delete(itemId);
    expect((await house('GET /v1/items/X-1')).status).toBe(200);
  });

  it('sees use through foreign keys, too', async () => {
    const importId = await load(
      'sites',
      'code,name,type,time_zone\nY-1,Y,store,UTC\nY-2,Y,store,UTC\n',
    );
    await load('locations', 'code,site,type\nY-BIN,Y-2,bin\n');
    const refused = await undo(importId);
    expect(refused.body.rows).toEqual([{ row: 3, key: 'Y-2', reason: 'in use' }]);
    expect((await house('GET /v1/locations/TRANSIT-Y-1')).status).toBe(200);
  });
});

describe('a large file', () => {
  it('of 20,000 locations is previewed, committed and undone in seconds', async () => {
    await load('sites', 'code,name,type,time_zone\nBIG,Big,fulfilment_centre,UTC\n');
    const rows = Array.from(
      { length: 20_000 },
      (_, index) => `BIG-${index},BIG,bin,96000000,${index * 100},${index % 7},${index}`,
    );
    const header = 'code,site,type,capacity_volume_mm3,x,y,pick_sequence';
    const startedAt = performance.now();
    const importId = await load('locations', `${[header, ...rows].join('\n')}\n`);
    const tookMs = performance.now() - startedAt;
    expect((await house('GET /v1/locations/BIG-19999')).body).toMatchObject({ x: 1_999_900 });
    expect((await undo(importId)).status).toBe(200);
    expect((await house('GET /v1/locations?site=BIG&type=bin')).body.items).toEqual([]);
    expect(tookMs).toBeLessThan(15_000);
  });

  it('with too many rows is refused as a whole', async () => {
    const rows = Array.from({ length: 50_001 }, (_, index) => `Z-${index},Z`);
    const { body } = await preview('owners', `code,name\n${rows.join('\n')}`);
    expect(body.errors).toMatchObject([{ row: 50_002, expected: 'at most 50000 rows a file' }]);
  });
});

describe('rights', () => {
  it('ask for the write scope of the kind, and show imports by its read scope', async () => {
    const planner = await api.caller('planner', ['catalog:read', 'catalog:write']);
    const sites = 'code,name,type,time_zone\nR-1,R,store,UTC\n';
    expect((await preview('sites', sites, planner)).status).toBe(403);
    const { body } = await preview('sites', sites);
    expect((await planner(`POST /v1/imports/${body.importId}/commit`)).status).toBe(403);
    expect((await planner(`GET /v1/imports/${body.importId}`)).status).toBe(404);
    const kinds = (await planner('GET /v1/imports?limit=1000')).body.items;
    expect(kinds.length).toBeGreaterThan(0);
    const seen = new Set(kinds.map(({ kind }: { kind: string }) => kind));
    expect([...seen].sort()).toEqual(['items', 'packaging']);
  });
});
