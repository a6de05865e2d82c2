import { describe, expect, it } from 'vitest';
import { createBuyingWorld } from '../../test/support/buying-world.ts';

const world = await createBuyingWorld();
const { done, house, command } = world;

const linesOf = (order: { lines: { state: string }[] }) => order.lines.map(({ state }) => state);

describe('prices', () => {
  it('come from the break that the quantity reaches, on the day, in the currency', async () => {
    const [supplier, item] = [await world.supplier(), await world.item()];
    const price = { supplier, item, currency: 'EUR', validFrom: '2020-01-01' };
    for (const [minimumQuantity, unitPrice, more] of [
      ['0', '3', {}],
      ['100', '2.5', {}],
      ['100', '2.4', { validFrom: '2021-01-01' }],
      ['1000', '2', { validTo: '2020-12-31' }],
      ['50', '1', { currency: 'USD' }],
    ] as const) {
      await done('POST /v1/supplier-prices', { ...price, minimumQuantity, unitPrice, ...more });
    }
    const lines = ['10', '100', '2000'].map((quantity) => ({ item, quantity }));
    const order = await world.draft({ supplier, lines });
    const prices = order.lines.map(({ unitPrice }: { unitPrice: string }) => unitPrice);
    expect(prices).toEqual(['3.000000', '2.400000', '2.400000']);
    expect(order.total).toEqual({ net: '5070.00', tax: '0.00', gross: '5070.00' });
  });

  it('hold on days that exist', async () => {
    const [supplier, item] = [await world.supplier(), await world.item()];
    const price = { supplier, item, currency: 'EUR', unitPrice: '1' };
    for (const validFrom of ['2026-02-30', '0000-01-01', 'today', '2026-1-1']) {
      const answer = await command('POST /v1/supplier-prices', { ...price, validFrom });
      expect(answer, validFrom).toMatchObject({ status: 400 });
    }
    const answer = await command('POST /v1/supplier-prices', { ...price, validFrom: '2028-02-29' });
    expect(answer.body).toMatchObject({ validFrom: '2028-02-29', validTo: null });
  });

  it('must be given where there is no break', async () => {
    const [supplier, item] = [await world.supplier(), await world.item()];
    const body = { supplier, site: 'N', lines: [{ item, quantity: '1' }] };
    const answer = await command('POST /v1/purchase-orders', body);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body.errors[0]).toMatchObject({ path: 'body.lines.0.unitPrice' });
  });

  it('are for a pack where the quantity is in packs', async () => {
    const packaging = [{ level: 'case', baseQuantity: '12' }];
    const item = await world.item({ packaging });
    const line = { item, quantity: '3', level: 'case', unitPrice: '10', taxBasisPoints: 1900 };
    const order = await world.draft({ lines: [line] });
    expect(order.lines[0]).toMatchObject({ quantity: '36', priceLevel: 'case', amount: '30.00' });
    expect(order.total).toEqual({ net: '30.00', tax: '5.70', gross: '35.70' });
  });
});

describe('a purchase order', () => {
  it('names every wrong field at once', async () => {
    const body = { supplier: 'NOBODY', site: 'NOWHERE', owner: 'NONE', lines: [] as object[] };
    const lines = [{ item: 'NONE', quantity: '1', unitPrice: '1' }];
    const answer = await command('POST /v1/purchase-orders', { ...body, lines });
    const paths = answer.body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(['body.supplier', 'body.site', 'body.owner']);
  });

  it('is approved at once up to the limit, and by somebody else above it', async () => {
    const supplier = await world.supplier({ approvalLimit: '100' });
    const item = await world.item();
    const small = await world.draft({
      supplier,
      lines: [{ item, quantity: '1', unitPrice: '100' }],
    });
    const submit = (number: string) => done(`POST /v1/purchase-orders/${number}/submit`, {});
    expect(await submit(small.number)).toMatchObject({ state: 'approved', approvedBy: null });
    const large = await world.draft({
      supplier,
      lines: [{ item, quantity: '2', unitPrice: '51' }],
    });
    expect(await submit(large.number)).toMatchObject({ state: 'awaiting_approval' });
    const path = `POST /v1/purchase-orders/${large.number}`;
    expect((await command(`${path}/approve`, {})).body.type).toBe(
      '/problems/approver-is-submitter',
    );
    expect((await command(`${path}/send`, {})).body.type).toBe('/problems/wrong-state');
    const approved = await done(`${path}/approve`, { note: 'for the peak' }, world.manager);
    expect(approved).toMatchObject({ state: 'approved', approvedBy: 'manager' });
    const { items } = await done(`GET /v1/purchase-orders/${large.number}/history`);
    const heads = items.filter(({ line }: { line: number | null }) => line === null);
    expect(heads.map(({ action, actor }: Record<string, string>) => [action, actor])).toEqual([
      ['created', 'house'],
      ['submitted', 'house'],
      ['approved', 'manager'],
    ]);
    expect(heads.at(-1)).toMatchObject({ note: 'for the peak', toState: 'approved' });
  });

  it('keeps the terms of the supplier unless told otherwise', async () => {
    const supplier = await world.supplier({ minimumOrderValue: '50' });
    const item = await world.item();
    const terms = { supplier, item, minimumQuantity: '10', packMultiple: '6', supplierSku: 'X-1' };
    await done('POST /v1/supplier-items', terms);
    const lines = [{ item, quantity: '8', unitPrice: '1' }];
    const { number, lines: shown } = await world.draft({ supplier, lines });
    expect(shown[0].supplierSku).toBe('X-1');
    const answer = await command(`POST /v1/purchase-orders/${number}/submit`, {});
    expect(answer).toMatchObject({ status: 409, body: { type: '/problems/supplier-terms' } });
    expect(answer.body.violations.map(({ term }: { term: string }) => term)).toEqual([
      'minimumQuantity',
      'packMultiple',
      'minimumOrderValue',
    ]);
    const body = { overrideTerms: true };
    const forced = await done(`POST /v1/purchase-orders/${number}/submit`, body);
    expect(forced.state).toBe('approved');
  });

  it('is made once for an Idempotency-Key', async () => {
    const [supplier, item] = [await world.supplier(), await world.item()];
    const body = { supplier, site: 'N', lines: [{ item, quantity: '1', unitPrice: '1' }] };
    const key = world.fresh();
    const first = await house('POST /v1/purchase-orders', body, key);
    const again = await house('POST /v1/purchase-orders', body, key);
    expect(again.body).toEqual(first.body);
    const other = await house('POST /v1/purchase-orders', { ...body, notes: 'x' }, key);
    expect(other.status).toBe(422);
  });
});

describe('a change', () => {
  it('needs the version that was read', async () => {
    const item = await world.item();
    const { number } = await world.draft({ lines: [{ item, quantity: '1', unitPrice: '1' }] });
    const path = `PATCH /v1/purchase-orders/${number}`;
    const body = { lines: [{ line: 1, quantity: '5' }] };
    expect((await house(path, body)).status).toBe(428);
    expect((await house(path, body, { 'if-match': '"9"' })).status).toBe(412);
    const edited = await house(path, body, { 'if-match': '"1"' });
    expect(edited.body).toMatchObject({ version: 2, revision: 1, total: { net: '5.00' } });
  });

  it('of what was sent keeps the former revision and is sent again', async () => {
    const item = await world.item();
    const lines = [1, 2].map(() => ({ item, quantity: '10', unitPrice: '1' }));
    const { number, version } = await world.sent({ lines });
    const body = { lines: [{ line: 1, quantity: '12' }], addLines: [{ ...lines[0] }] };
    const headers = { 'if-match': `"${version}"` };
    const changed = (await house(`PATCH /v1/purchase-orders/${number}`, body, headers)).body;
    expect(changed).toMatchObject({ revision: 2, state: 'approved' });
    expect(linesOf(changed)).toEqual(['approved', 'sent', 'approved']);
    const { items } = await done(`GET /v1/purchase-orders/${number}/revisions`);
    expect(items).toHaveLength(1);
    expect(items[0].document.lines.map(({ quantity }: { quantity: string }) => quantity)).toEqual([
      '10',
      '10',
    ]);
    expect((await done(`POST /v1/purchase-orders/${number}/send`, {})).state).toBe('sent');
  });

  it('that goes above the limit is approved again', async () => {
    const supplier = await world.supplier({ approvalLimit: '100' });
    const item = await world.item();
    const lines = [{ item, quantity: '90', unitPrice: '1' }];
    const { number, version } = await world.sent({ supplier, lines });
    const body = { lines: [{ line: 1, quantity: '120' }] };
    const headers = { 'if-match': `"${version}"` };
    const changed = (await house(`PATCH /v1/purchase-orders/${number}`, body, headers)).body;
    expect(changed.state).toBe('awaiting_approval');
    expect((await command(`POST /v1/purchase-orders/${number}/approve`, {})).status).toBe(409);
    await done(`POST /v1/purchase-orders/${number}/approve`, {}, world.manager);
  });

  it('cannot go below what was received, nor touch what is closed', async () => {
    const item = await world.item();
    const lines = [1, 2].map(() => ({ item, quantity: '10', unitPrice: '1' }));
    const { number } = await world.sent({ lines });
    await world.receipt(number, [{ line: 1, quantity: '6' }]);
    const closed = await done(`POST /v1/purchase-orders/${number}/close`, { lines: [2] });
    const change = (...changes: object[]) =>
      house(
        `PATCH /v1/purchase-orders/${number}`,
        { lines: changes },
        { 'if-match': `"${closed.version}"` },
      );
    const answer = await change({ line: 1, quantity: '5' }, { line: 2, quantity: '5' });
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'body.lines.0.quantity',
      'body.lines.1.line',
    ]);
    const full = await change({ line: 1, quantity: '6' });
    expect(full.body).toMatchObject({ state: 'received' });
  });
});

describe('a confirmation', () => {
  it('that agrees confirms at once', async () => {
    const item = await world.item();
    const line = { item, quantity: '10', unitPrice: '1', expectedOn: '2027-01-15' };
    const { number } = await world.sent({ lines: [line] });
    const body = { reference: 'AB-1' };
    const confirmed = await done(`POST /v1/purchase-orders/${number}/confirmations`, body);
    expect(confirmed).toMatchObject({ state: 'confirmed' });
    expect(confirmed.lines[0].confirmedOn).toBe('2027-01-15');
  });

  it('that differs waits; accepted, it changes the purchase order', async () => {
    const item = await world.item();
    const line = { item, quantity: '10', unitPrice: '1', expectedOn: '2027-01-15' };
    const { number } = await world.sent({ lines: [line] });
    const path = `/v1/purchase-orders/${number}/confirmations`;
    const wanted = { line: 1, quantity: '8', unitPrice: '1.10', expectedOn: '2027-02-01' };
    expect((await done(`POST ${path}`, { lines: [wanted] })).state).toBe('sent');
    const { items } = await done(`GET ${path}`);
    expect(items[0]).toMatchObject({ state: 'pending', changes: [{ quantity: '8' }] });
    const accepted = await done(`POST ${path}/${items[0].id}/accept`);
    expect(accepted).toMatchObject({ state: 'confirmed', revision: 2, total: { net: '8.80' } });
    expect(accepted.lines[0]).toMatchObject({
      expectedOn: '2027-01-15',
      confirmedOn: '2027-02-01',
    });
    expect((await command(`POST ${path}/${items[0].id}/reject`)).status).toBe(409);
  });

  it('that differs and is rejected changes nothing', async () => {
    const item = await world.item();
    const { number } = await world.sent({ lines: [{ item, quantity: '10', unitPrice: '1' }] });
    const path = `/v1/purchase-orders/${number}/confirmations`;
    await done(`POST ${path}`, { lines: [{ line: 1, quantity: '8' }] });
    const { items } = await done(`GET ${path}`);
    const rejected = await done(`POST ${path}/${items[0].id}/reject`);
    expect(rejected).toMatchObject({ state: 'sent', lines: [{ quantity: '10' }] });
  });
});

describe('the end', () => {
  it('is cancelling before anything came, and closing short after', async () => {
    const item = await world.item();
    const lines = [{ item, quantity: '10', unitPrice: '1' }];
    const one = await world.sent({ lines });
    expect((await done(`POST /v1/purchase-orders/${one.number}/cancel`, {})).state).toBe(
      'cancelled',
    );
    const two = await world.sent({ lines });
    await world.receipt(two.number, [{ line: 1, quantity: '4' }]);
    expect((await command(`POST /v1/purchase-orders/${two.number}/cancel`, {})).status).toBe(409);
    const closed = await done(`POST /v1/purchase-orders/${two.number}/close`, { note: 'sold out' });
    expect(closed).toMatchObject({ state: 'closed', lines: [{ received: '4' }] });
  });
});

describe('another owner', () => {
  it('sees its purchase orders, changes none, and nobody else sees them', async () => {
    const [a, b] = [await world.owner('PO-A'), await world.owner('PO-B')];
    const item = await world.item();
    const lines = [{ item, quantity: '10', unitPrice: '1' }];
    const { number } = await world.sent({ owner: 'PO-A', lines });
    expect((await a.call(`GET /v1/purchase-orders/${number}`)).status).toBe(200);
    expect((await b.call(`GET /v1/purchase-orders/${number}`)).status).toBe(404);
    expect((await b.call(`GET /v1/purchase-orders/${number}/history`)).status).toBe(404);
    expect((await b.call('GET /v1/purchase-orders')).body.items).toEqual([]);
    expect((await a.call('GET /v1/purchase-orders')).body.items).toHaveLength(1);
    expect((await a.call(`POST /v1/purchase-orders/${number}/cancel`, {})).status).toBe(403);
    expect((await a.call('GET /v1/suppliers')).body.items).toEqual([]);
    expect((await a.call('GET /v1/supplier-invoices')).status).toBe(403);
    const bookings = 'SELECT count(*) FROM platform.booking';
    const [before] = (await world.admin.query(bookings)).rows;
    const receipt = await world.receipt(number, [{ line: 1, quantity: '10' }]);
    expect(receipt).toMatchObject({ owner: 'PO-A', lines: [{ value: '0.00' }] });
    expect((await a.call(`GET /v1/receipts/${receipt.number}`)).status).toBe(200);
    expect((await b.call(`GET /v1/receipts/${receipt.number}`)).status).toBe(404);
    expect((await world.admin.query(bookings)).rows[0]).toEqual(before);
  });
});

it('lists are filtered and paged', async () => {
  const [supplier, item] = [await world.supplier(), await world.item()];
  const lines = [{ item, quantity: '10', unitPrice: '1', expectedOn: '2027-03-01' }];
  const numbers: string[] = [];
  for (let i = 0; i < 3; i += 1) numbers.push((await world.sent({ supplier, lines })).number);
  const list = (query: string) => done(`GET /v1/purchase-orders?supplier=${supplier}&${query}`);
  const first = await list('limit=2&state=sent');
  const second = await list(`limit=2&state=sent&cursor=${first.nextCursor}`);
  const found = [...first.items, ...second.items].map(({ number }) => number);
  expect(found).toEqual([...numbers].reverse());
  expect(second.nextCursor).toBeNull();
  expect((await list(`item=${item}&expectedBefore=2027-03-02`)).items).toHaveLength(3);
  expect((await list('expectedBefore=2027-03-01')).items).toHaveLength(0);
  expect((await list('site=S')).items).toHaveLength(0);
});

it('suppliers, their items and prices are imported from CSV', async () => {
  const item = await world.item();
  const files = {
    suppliers: 'code,name,currency\nCSV-SUP,From a file,EUR\n',
    'supplier-items': `supplier,item,minimum_quantity\nCSV-SUP,${item},12.500\n`,
    'supplier-prices':
      `supplier,item,currency,minimum_quantity,valid_from,unit_price\n` +
      `CSV-SUP,${item},EUR,100,2026-01-01,1.8500\n`,
  };
  for (const [kind, file] of Object.entries(files)) {
    const preview = await house(`POST /v1/imports?kind=${kind}`, file);
    expect(preview.body, preview.text).toMatchObject({ errorCount: 0 });
    const committed = await house(`POST /v1/imports/${preview.body.importId}/commit`);
    expect(committed.status, committed.text).toBe(200);
    const again = await house(`POST /v1/imports?kind=${kind}`, file);
    expect(again.body, again.text).toMatchObject({ unchanged: 1 });
  }
  const { items } = await done('GET /v1/supplier-prices?supplier=CSV-SUP');
  const price = { minimumQuantity: '100', unitPrice: '1.85', validFrom: '2026-01-01' };
  expect(items).toMatchObject([price]);
});
