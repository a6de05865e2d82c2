import { beforeAll, describe, expect, it } from 'vitest';
import { type Caller, createTestApi } from './support/api.ts';
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

let serial = 0;
/** Creates an item that no other test knows. */
async function makeItem(values: Record<string, unknown> = {}) {
  serial += 1;
  const made = await house('POST /v1/items', { sku: `ITEM-${serial}`, name: 'Item', ...values });
  expect(made.status).toBe(201);
  return made.body;
}

describe('creating', () => {
  it('answers the whole document, its ETag and where it is', async () => {
    const made = await house('POST /v1/items', {
      sku: 'MUG 1/2',
      name: '  Mug ',
      packaging: [
        { level: 'case', baseQuantity: '12.0', weightG: 5000 },
        { level: 'each', baseQuantity: '2/2', gtin: '4006381333931' },
      ],
      costMethod: 'standard',
      standardUnitCost: '4.25',
      attributes: { colour: 'blue', year: 2024 },
    });
    expect(made.body).toMatchObject({
      sku: 'MUG 1/2',
      name: 'Mug',
      owner: null,
      quantityScale: 0,
      standardUnitCost: '4.250000',
      attributes: { colour: 'blue', year: 2024 },
      active: true,
      version: 1,
    });
    expect(made.status).toBe(201);
    expect(made.body.packaging).toMatchObject([
      { level: 'each', baseQuantity: '1', gtin: '04006381333931', lengthMm: null },
      { level: 'case', baseQuantity: '12', weightG: 5000, gtin: null },
    ]);
    expect(made.headers).toMatchObject({ etag: '"1"', location: '/v1/items/MUG%201%2F2' });
    expect((await house('GET /v1/items/MUG%201%2F2')).body).toEqual(made.body);
    expect((await house(`GET /v1/items/id:${made.body.itemId}`)).body).toEqual(made.body);
    expect((await house('GET /v1/items?gtin=4006381333931')).body.items).toEqual([made.body]);
  });

  it('names every broken rule at once', async () => {
    const refused = await house('POST /v1/items', {
      sku: 'BAD',
      name: 'Bad',
      tracksSerial: true,
      quantityScale: 3,
      tracksExpiry: true,
      costMethod: 'standard',
      owner: 'NOBODY',
      packaging: [{ level: 'each', baseQuantity: '1', gtin: '4006381333932' }],
    });
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'body.quantityScale',
      'body.tracksLot',
      'body.standardUnitCost',
      'body.packaging.0.gtin',
      'body.owner',
    ]);
    expect((await house('GET /v1/items/BAD')).status).toBe(404);
  });

  it('refuses a taken SKU and a GTIN that another pack has', async () => {
    const { sku } = await makeItem({
      packaging: [{ level: 'each', baseQuantity: '1', gtin: '96385074' }],
    });
    const again = await house('POST /v1/items', { sku, name: 'Again' });
    expect(again).toMatchObject({ status: 409, body: { type: '/problems/conflict', key: sku } });
    const twin = await house('POST /v1/items', {
      sku: 'TWIN',
      name: 'Twin',
      packaging: [{ level: 'case', baseQuantity: '6', gtin: '00000096385074' }],
    });
    expect(twin).toMatchObject({ status: 400 });
    expect(twin.body.errors).toMatchObject([
      { path: 'body.packaging.0.gtin', message: 'is taken by another pack' },
    ]);
  });

  it('refuses text that PostgreSQL could not hold, without falling over', async () => {
    for (const name of ['\u0000', 'a\nb', '\ud800']) {
      expect((await house('POST /v1/items', { sku: 'TEXT', name })).status).toBe(400);
      const attributes = { note: name };
      expect((await house('POST /v1/items', { sku: 'T', name: 'T', attributes })).status).toBe(400);
    }
    expect((await house('GET /v1/items/%00')).status).toBe(400);
    expect((await house('GET /v1/items?q=%00')).status).toBe(400);
    expect((await house('GET /v1/items?gtin=1')).status).toBe(400);
  });
});

describe('the Idempotency-Key', () => {
  const key = { 'idempotency-key': 'k-1' };
  const body = { code: 'ONCE', name: 'Once' };

  it('gives the first answer again, and refuses another body', async () => {
    const first = await house('POST /v1/owners', body, key);
    const again = await house('POST /v1/owners', { name: 'Once', code: 'ONCE' }, key);
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', etag: '"1"' });
    const other = await house('POST /v1/owners', { ...body, name: 'Twice' }, key);
    expect(other).toMatchObject({
      status: 422,
      body: { type: '/problems/idempotency-key-reused' },
    });
  });

  it('does the work once when requests race, and binds only to success', async () => {
    const race = { 'idempotency-key': 'k-race' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => house('POST /v1/owners', { code: 'RACE', name: 'R' }, race)),
    );
    expect(new Set(answers.map(({ body: { ownerId } }) => ownerId)).size).toBe(1);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    const spare = { 'idempotency-key': 'k-spare' };
    expect((await house('POST /v1/owners', body, spare)).status).toBe(409);
    expect((await house('POST /v1/owners', { code: 'SPARE', name: 'S' }, spare)).status).toBe(201);
  });

  it('belongs to its principal alone', async () => {
    const other = await api.caller('other', scopes);
    const made = await other('POST /v1/owners', { code: 'OTHER', name: 'Other' }, key);
    expect(made).toMatchObject({ status: 201, body: { code: 'OTHER' } });
    expect((await house('POST /v1/owners', body, { 'idempotency-key': 'a b' })).status).toBe(400);
  });
});

describe('creating in bulk', () => {
  it('answers line by line and keeps the good ones', async () => {
    const answer = await house('POST /v1/items/bulk', {
      items: [
        { sku: 'B-1', name: 'One', packaging: [{ level: 'each', baseQuantity: '1' }] },
        { sku: 'B-2' },
        { sku: 'B-1', name: 'Again' },
        { sku: 'B-3', name: 'Three', tracksExpiry: true },
        'nonsense',
        { sku: 'B-4', name: 'Four', colour: 'red' },
        { sku: 'B-5', name: 'Five' },
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ created: 2, rejected: 5 });
    expect(answer.body.lines.map((line: { status: string }) => line.status)).toEqual([
      'created',
      ...Array(5).fill('rejected'),
      'created',
    ]);
    expect(answer.body.lines).toMatchObject([
      { line: 1, sku: 'B-1', version: 1 },
      { line: 2, problem: { status: 400, errors: [{ path: 'name' }] } },
      { line: 3, problem: { type: '/problems/conflict', key: 'B-1' } },
      { line: 4, problem: { errors: [{ path: 'tracksLot' }] } },
      { line: 5, problem: { status: 400 } },
      { line: 6, problem: { errors: [{ path: 'colour', message: 'is not a field' }] } },
      { line: 7, sku: 'B-5' },
    ]);
    expect((await house('GET /v1/items/B-1')).body.packaging).toHaveLength(1);
  });

  it('lets two callers create the same keys at once: each key once, no deadlock', async () => {
    const codes = Array.from({ length: 200 }, (_, index) => `RACE-${index}`);
    const lines = (order: string[]) => ({
      owners: order.map((code) => ({ code, name: code })),
    });
    const answers = await Promise.all(
      [codes, codes.toReversed(), codes, codes.toReversed()].map((order) =>
        house('POST /v1/owners/bulk', lines(order)),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const created = answers.map(({ body }) => body.created as number);
    expect(created.reduce((sum, count) => sum + count, 0)).toBe(200);
  });

  it('takes at most 1000 lines', async () => {
    const owners = Array.from({ length: 1001 }, (_, index) => ({ code: `X${index}`, name: 'X' }));
    expect((await house('POST /v1/owners/bulk', { owners })).status).toBe(400);
  });
});

describe('editing', () => {
  it('needs the ETag, replaces what is given and counts the version up', async () => {
    const { sku } = await makeItem({ shelfLifeDays: 30 });
    const path = `/v1/items/${encodeURIComponent(sku)}`;
    expect((await house(`PATCH ${path}`, { name: 'New' })).status).toBe(428);
    const edited = await house(`PATCH ${path}`, { name: 'New', shelfLifeDays: null }, etag(1));
    expect(edited).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { name: 'New', shelfLifeDays: null, version: 2 },
    });
    const late = await house(`PATCH ${path}`, { name: 'Late' }, etag(1));
    expect(late).toMatchObject({
      status: 412,
      body: { type: '/problems/precondition-failed', version: 2 },
    });
    const same = await house(`PATCH ${path}`, { name: 'New' }, etag(2));
    expect(same.body.version).toBe(2);
    expect((await house(`PATCH ${path}`, { sku: 'OTHER' }, etag(2))).status).toBe(400);
    expect((await house(`PATCH ${path}`, { tracksExpiry: true }, etag(2))).status).toBe(400);
  });

  it('lets one of two editors with the same ETag win', async () => {
    const { sku, itemId } = await makeItem();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        house(`PATCH /v1/items/${sku}`, { name: `Name ${index}` }, etag(1)),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 412, 412, 412, 412, 412]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await house(`GET /v1/items/id:${itemId}`)).body.name).toBe(winner?.body.name);
  });

  it('replaces packs as a whole, and frees their GTINs', async () => {
    const packaging = [{ level: 'each', baseQuantity: '1', gtin: '12345670' }];
    const { sku } = await makeItem({ packaging });
    const case6 = [{ level: 'case', baseQuantity: '6' }];
    const edited = await house(`PATCH /v1/items/${sku}`, { packaging: case6 }, etag(1));
    expect(edited.body.packaging).toMatchObject([{ level: 'case', baseQuantity: '6' }]);
    await makeItem({ packaging });
  });

  it('keeps what the ledger has built upon', async () => {
    const { sku, itemId } = await makeItem();
    inUse.items.add(itemId);
    const frozen = await house(
      `PATCH /v1/items/${sku}`,
      { tracksLot: true, baseUnit: 'kg', name: 'Kept' },
      etag(1),
    );
    expect(frozen).toMatchObject({
      status: 409,
      body: { type: '/problems/field-frozen', fields: ['baseUnit', 'tracksLot'] },
    });
    expect((await house(`PATCH /v1/items/${sku}`, { name: 'New' }, etag(1))).status).toBe(200);
    inUse.items.delete(itemId);
    expect((await house(`PATCH /v1/items/${sku}`, { tracksLot: true }, etag(2))).status).toBe(200);
  });

  it('deactivates and reactivates, again without harm', async () => {
    const { sku } = await makeItem();
    const off = await house(`POST /v1/items/${sku}/deactivate`);
    expect(off.body).toMatchObject({ active: false, version: 2 });
    expect((await house(`POST /v1/items/${sku}/deactivate`)).body.version).toBe(2);
    expect((await house(`POST /v1/items/${sku}/reactivate`, undefined, etag(1))).status).toBe(412);
    expect((await house(`POST /v1/items/${sku}/reactivate`)).body.active).toBe(true);
    const home = await house('POST /v1/owners/HOUSE/deactivate');
    expect(home).toMatchObject({ status: 400 });
  });
});

describe('lists', () => {
  beforeAll(async () => {
    const items = Array.from({ length: 25 }, (_, index) => ({
      sku: `LIST-${String(index).padStart(2, '0')}`,
      name: index % 5 === 0 ? 'Lamp, 50% off' : '\u{1F6CB}'.repeat(150),
      temperatureClass: index < 3 ? 'frozen' : 'ambient',
    }));
    expect((await house('POST /v1/items/bulk', { items })).body.created).toBe(25);
  });

  async function pages(path: string): Promise<string[]> {
    const skus: string[] = [];
    let cursor = '';
    do {
      const { status, body } = await house(`GET ${path}${cursor}`);
      expect(status).toBe(200);
      skus.push(...body.items.map(({ sku }: { sku: string }) => sku));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    return skus;
  }

  it('page through every row once, in order, both ways and by any sort', async () => {
    const up = await pages('/v1/items?q=LIST-&limit=7');
    expect(up).toHaveLength(25);
    expect(up).toEqual([...up].sort());
    expect(await pages('/v1/items?q=LIST-&limit=7&sort=-sku')).toEqual([...up].reverse());
    for (const sort of ['name', '-name', 'updatedAt', '-updatedAt']) {
      expect((await pages(`/v1/items?q=LIST-&limit=7&sort=${sort}`)).sort()).toEqual(up);
    }
  });

  it('filter, and take % and _ as they are', async () => {
    expect(await pages('/v1/items?q=50%25')).toHaveLength(5);
    expect(await pages('/v1/items?q=LIST_')).toHaveLength(0);
    expect(await pages('/v1/items?q=list-&temperatureClass=frozen')).toHaveLength(3);
    expect(await pages('/v1/items?updatedSince=2999-01-01T00:00:00Z')).toHaveLength(0);
  });

  it('refuse cursors of other lists and made-up ones', async () => {
    const { body } = await house('GET /v1/items?limit=1');
    const other = await house(`GET /v1/items?limit=1&sort=name&cursor=${body.nextCursor}`);
    expect(other.status).toBe(400);
    for (const keys of [['updatedAt', 'yesterday', 1], ['updatedAt', '2024-01-01', 1e300], [1]]) {
      const cursor = Buffer.from(JSON.stringify(keys)).toString('base64url');
      expect((await house(`GET /v1/items?sort=updatedAt&cursor=${cursor}`)).status).toBe(400);
    }
  });

  it('answer CSV by Accept and by format, all rows, safe to open', async () => {
    await makeItem({ sku: 'CSV-1', name: '=HYPERLINK("x")', shelfLifeDays: 9 });
    const byAccept = await house('GET /v1/items?q=LIST-&limit=2', undefined, {
      accept: 'text/csv',
    });
    expect(byAccept.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(byAccept.text.trim().split('\r\n')).toHaveLength(26);
    const { text } = await house('GET /v1/items?q=CSV-1&format=csv');
    const [header = '', row = ''] = text.split('\r\n');
    expect(header.startsWith('sku,name,owner,base_unit,quantity_scale,')).toBe(true);
    expect(row).toContain(`"'=HYPERLINK(""x"")"`);
    expect(row).toContain(',9,');
  });
});

function etag(version: number) {
  return { 'if-match': `"${version}"` };
}
