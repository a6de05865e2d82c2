import { describe, expect, it } from 'vitest';
import { createBuyingWorld } from '../../../test/support/buying-world.ts';
import { newId } from '../../platform/ids.ts';

const world = await createBuyingWorld();
const { house, command, admin } = world;

const DAY_MS = 86_400_000;
/** A day so many days from now, on the calendar of UTC, which the sites of this world keep. */
const day = (inDays: number): string =>
  new Date(Date.now() + inDays * DAY_MS).toISOString().slice(0, 10);

async function ask(items: readonly string[], more: object = {}) {
  const body = { items, explain: true, ...more };
  const answer = await house('POST /v1/available-to-promise', body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function buckets(item: string, site: string): Promise<unknown[]> {
  const { items } = await ask([item], { sites: [site] });
  return (items[0]?.days ?? []).map((row: Record<string, unknown>) => [
    ...[row.on, row.projected, row.promisable],
  ]);
}

/** A transfer from N to S, released, whose arrival is expected in so many days. */
async function transfer(item: string, quantity: string, inDays: number): Promise<string> {
  const lines = [{ item, quantity, from: 'B1', to: 'C1' }];
  const made = await command('POST /v1/transfer-orders', { from: 'N', to: 'S', lines });
  const { number } = made.body;
  const released = await command(`POST /v1/transfer-orders/${number}/release`, {});
  expect(released.status, released.text).toBe(200);
  await admin.query(
    'UPDATE outbound.transfer_order SET expected_arrival_at = $2 WHERE number = $1',
    [number, `${day(inDays)}T12:00:00Z`],
  );
  return number;
}

interface Waits {
  readonly site?: string;
  readonly owner?: number;
  readonly priority?: number;
}

/** A backorder, as capturing a sales order leaves it behind. */
async function backorder(item: string, quantity: number, waits: Waits = {}): Promise<void> {
  const { site, owner = 1, priority = 50 } = waits;
  const id = newId();
  await admin.query(
    `INSERT INTO outbound.channel (code, name, priority, service_level, shipment_policy, backorder,
       handling_hours) VALUES ('WEB', 'Web', 50, 'standard', 'partial', 'allow', 24)
     ON CONFLICT DO NOTHING`,
  );
  await admin.query(
    `INSERT INTO outbound.sales_order (sales_order_id, number, owner_id, channel_id, state, is_held,
       priority, service_level, shipment_policy, backorder, ship_to, currency, shipping_charge,
       attachments, request_hash, captured, actor_id, created_at, updated_at)
     SELECT $1::uuid, $1::text, $2, channel_id, 'backordered', false, $3, 'standard', 'partial',
       'allow', '{}', 'EUR', 0, '[]', decode(repeat('00', 32), 'hex'), '{}', 1, now(), now()
     FROM outbound.channel WHERE code = 'WEB'`,
    [id, owner, priority],
  );
  await admin.query(
    `INSERT INTO outbound.sales_order_line (sales_order_id, line, owner_id, item_id, quantity,
       unit_price, discount, tax)
     SELECT $1, 1, $2, item_id, $4, 0, 0, 0 FROM catalog.item WHERE sku = $3`,
    [id, owner, item, quantity],
  );
  await admin.query(
    `INSERT INTO outbound.line_part (sales_order_id, line, part, owner_id, item_id, channel_id,
       site_id, quantity, state, priority, ordered_at)
     SELECT $1, 1, 1, $2, i.item_id, c.channel_id,
       (SELECT site_id FROM network.site WHERE code = $4), $5, 'backordered', $6, now()
     FROM catalog.item i, outbound.channel c WHERE i.sku = $3 AND c.code = 'WEB'`,
    [id, owner, item, site ?? null, quantity, priority],
  );
}

describe('available-to-promise', () => {
  it('is what is on hand and not reserved, at the scale of the item', async () => {
    const item = await world.item({ quantityScale: 2 });
    await world.receive(item, '10.5');
    const lines = [{ item, quantity: '4.25', site: 'N' }];
    expect((await command('POST /v1/reservations', { lines })).status).toBe(201);
    const { items, unknown } = await ask([item, 'NOTHING']);
    expect(unknown).toEqual(['NOTHING']);
    expect(items).toEqual([
      {
        ...{ item, site: 'N', owner: 'HOUSE', onHand: '10.50', reserved: '4.25' },
        ...{ available: '6.25', backordered: '0.00', supplies: [] },
        days: [{ on: null, supply: '0.00', demand: '0.00', projected: '6.25', promisable: '6.25' }],
      },
    ]);
  });

  it('grows by transfers on the day they arrive, and counts them once', async () => {
    const item = await world.item();
    await world.receive(item, '20');
    const number = await transfer(item, '8', 3);
    expect(await buckets(item, 'N')).toEqual([[null, '12', '12']]);
    const coming = [
      [null, '0', '0'],
      [day(3), '8', '8'],
    ];
    expect(await buckets(item, 'S')).toEqual(coming);
    const lines = [{ line: 1, quantity: '5' }];
    await command(`POST /v1/transfer-orders/${number}/ship`, { lines });
    await admin.query(
      `UPDATE outbound.transfer_parcel p SET expected_arrival_at = $2
       FROM outbound.transfer_order t
       WHERE t.transfer_order_id = p.transfer_order_id AND t.number = $1`,
      [number, `${day(2)}T12:00:00Z`],
    );
    await admin.query(
      'UPDATE outbound.transfer_order SET expected_arrival_at = $2 WHERE number = $1',
      [number, `${day(4)}T12:00:00Z`],
    );
    expect(await buckets(item, 'S')).toEqual([
      [null, '0', '0'],
      [day(2), '5', '5'],
      [day(4), '8', '8'],
    ]);
    const some = { lines: [{ line: 1, quantity: '4' }] };
    await command(`POST /v1/transfer-orders/${number}/receive`, some);
    expect(await buckets(item, 'S')).toEqual([
      [null, '4', '4'],
      [day(2), '5', '5'],
      [day(4), '8', '8'],
    ]);
  });

  it('grows by purchase orders, and a receipt moves units from expected to on hand', async () => {
    const item = await world.item();
    const line = { item, quantity: '8', unitPrice: '1', expectedOn: day(6) };
    const order = await world.sent({ lines: [line] });
    expect(await buckets(item, 'N')).toEqual([
      [null, '0', '0'],
      [day(6), '8', '8'],
    ]);
    await world.receipt(order.number, [{ line: 1, quantity: '3' }]);
    const expected = [
      [null, '3', '3'],
      [day(6), '8', '8'],
    ];
    expect(await buckets(item, 'N')).toEqual(expected);
    // Many items at once are read over two connections, in one snapshot, with the same answer.
    const others = await Promise.all(Array.from({ length: 120 }, () => world.item()));
    const { items } = await ask([...others, item], { sites: ['N'] });
    expect(items).toHaveLength(1);
    expect(items[0].supplies).toMatchObject([
      { expectedOn: day(6), quantity: '5', document: { type: 'purchase_order' }, line: 1 },
    ]);
    expect(
      items[0].days.map((row: Record<string, unknown>) => [row.on, row.projected, row.promisable]),
    ).toEqual(expected);
  });

  it('leaves to backorders what they wait for, the first in the queue first', async () => {
    const item = await world.item();
    await world.receive(item, '30');
    await transfer(item, '10', 2);
    await transfer(item, '10', 5);
    await command('POST /v1/reservations', { lines: [{ item, quantity: '10', site: 'N' }] });
    await backorder(item, 7, { site: 'S', priority: 10 });
    await backorder(item, 6, { site: 'S', priority: 90 });
    expect(await buckets(item, 'S')).toEqual([
      [null, '0', '0'],
      [day(2), '0', '0'],
      [day(5), '7', '7'],
    ]);
    const { items } = await ask([item], { sites: ['S'] });
    expect(items[0]).toMatchObject({ backordered: '13', available: '0' });
    // Who waits anywhere stands before the one of low priority, who then misses two units openly.
    await backorder(item, 9);
    expect(await buckets(item, 'S')).toEqual([
      [null, '-2', '0'],
      [day(2), '-2', '0'],
      [day(5), '-2', '0'],
    ]);
  });

  it('carries what is missing openly, and makes it good first', async () => {
    const item = await world.item();
    await world.receive(item, '9');
    await transfer(item, '4', 2);
    await world.receive(item, '5', 'C1');
    await command('POST /v1/reservations', { lines: [{ item, quantity: '5', site: 'S' }] });
    await world.posted({ kind: 'scrap', item, quantity: '3', from: 'C1' });
    expect(await buckets(item, 'S')).toEqual([
      [null, '-3', '0'],
      [day(2), '1', '1'],
    ]);
  });

  it('takes what is late to come tomorrow, and what is very late not to come', async () => {
    const item = await world.item();
    await world.receive(item, '9');
    await transfer(item, '4', -3);
    await transfer(item, '2', -20);
    expect(await buckets(item, 'S')).toEqual([
      [null, '0', '0'],
      [day(1), '4', '4'],
    ]);
    const { items } = await ask([item], { sites: ['S'] });
    expect(items[0].supplies).toMatchObject([
      { expectedOn: day(-3), countedOn: day(1), isLate: true, quantity: '4' },
      { expectedOn: day(-20), countedOn: null, isLate: true, quantity: '2' },
    ]);
  });

  it('of a thousand items is one answer, and each owner has its own', async () => {
    const { call, id } = await world.owner('PROMISED');
    const shared = await world.item();
    await world.receive(shared, '5', 'B1', { owner: 'PROMISED' });
    await world.receive(shared, '3');
    await backorder(shared, 2, { owner: id, site: 'N' });
    const own = await call(`GET /v1/available-to-promise?sites=N&items=${shared}`);
    expect(own.body.items).toMatchObject([{ owner: 'PROMISED', onHand: '5', backordered: '2' }]);
    const all = await ask([shared]);
    expect(all.items).toHaveLength(2);
    const named = await house(`GET /v1/available-to-promise?items=${shared}&owner=HOUSE`);
    expect(named.body.items).toMatchObject([{ owner: 'HOUSE', onHand: '3' }]);
    const many = Array.from({ length: 999 }, (_, i) => `NONE-${i}`);
    expect((await ask([...many, shared])).unknown).toHaveLength(999);
    const none = await house('POST /v1/available-to-promise', { items: [shared], sites: ['X'] });
    expect([none.status, none.body.errors[0].path]).toEqual([400, 'sites.0']);
  });
});

describe('a promise', () => {
  const promise = async (body: object, by = house) => by('POST /v1/promises', body);

  it('is made from the site that brings it soonest, and explained', async () => {
    const item = await world.item();
    await world.receive(item, '20');
    await transfer(item, '5', 3);
    const body = {
      lines: [{ item, quantity: '4' }],
      shipTo: { country: 'DE', timeZone: 'America/New_York' },
    };
    const answer = await promise(body);
    expect(answer.status, answer.text).toBe(200);
    const { best, options } = answer.body;
    expect(options.map((option: { site: string }) => option.site)).toEqual(['N', 'S']);
    expect(best).toMatchObject({ kind: 'single', lines: [{ line: 1, site: 'N' }] });
    expect(best.deliverOn).toBe(options[0].deliverOn);
    expect(options[0].lines).toMatchObject([{ promisable: '15', availableOn: null }]);
    expect(options[1].lines).toMatchObject([{ promisable: '5', availableOn: day(3) }]);
    expect(options[0].transit).toMatchObject({ basis: 'flat', hoursTypical: 168 });
    const steps = options[1].steps.map(({ step }: { step: string }) => step);
    expect(steps).toEqual([
      ...['available', 'begins', 'ready', 'dispatched', 'arrives', 'delivered'],
    ]);
    expect(options[1].steps[0]).toMatchObject({ because: `expected on ${day(3)}` });
    expect(options[1].steps[0].at).toBe(`${day(4)}T00:00:00.000Z`);
    for (const { at, siteTime, customerTime } of options[1].steps) {
      expect([Date.parse(siteTime), Date.parse(customerTime)]).toEqual(
        Array(2).fill(Date.parse(at)),
      );
      expect(customerTime.slice(-6)).toMatch(/-0[45]:00/);
    }
  });

  it('splits where no site has everything, and is none where nobody has', async () => {
    const [a, b] = [await world.item(), await world.item()];
    await world.receive(a, '2', 'B1');
    await world.receive(b, '2', 'C1');
    const lines = [
      { item: a, quantity: '2' },
      { item: b, quantity: '1' },
    ];
    const split = await promise({ lines, shipTo: { country: 'DE' } });
    expect(split.body.best).toMatchObject({
      kind: 'split',
      lines: [
        { line: 1, site: 'N' },
        { line: 2, site: 'S' },
      ],
    });
    expect(split.body.best.deliverOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    const more = [...lines, { item: b, quantity: '2' }];
    // Two lines of one item share what there is.
    const none = await promise({ lines: more, shipTo: { country: 'DE' } });
    expect(none.body.best).toMatchObject({ kind: 'none', deliverOn: null });
    expect(none.body.options[0].complete).toBe(false);
  });

  it('goes by the lane and the calendars of both ends', async () => {
    const week = Object.fromEntries(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((name) => [
        ...[name, { hours: [{ from: '00:00', to: '24:00' }] }],
      ]),
    );
    const calendar = { code: 'ALWAYS', name: 'Always', week, handlingMinutes: 0 };
    expect((await house('POST /v1/calendars', calendar)).status).toBe(201);
    const sites = [
      { code: 'FAST', name: 'Fast', type: 'fulfilment_centre', calendar: 'ALWAYS' },
      { code: 'CUST', name: 'Customers', type: 'customer', calendar: 'ALWAYS' },
    ];
    for (const site of sites) {
      const answer = await house('POST /v1/sites', {
        ...{ ...site, timeZone: 'Asia/Tokyo', address: { country: 'JP' } },
      });
      expect(answer.status, answer.text).toBe(201);
    }
    await house('POST /v1/locations', { code: 'F1', site: 'FAST', type: 'bin' });
    const lane = { from: 'FAST', to: 'CUST', mode: 'truck', transitHoursMin: 1 };
    const hours = { transitHoursTypical: 30, transitHoursMax: 60 };
    expect((await house('POST /v1/lanes', { ...lane, ...hours })).status).toBe(201);
    const item = await world.item();
    await world.receive(item, '5', 'F1');
    const body = { lines: [{ item, quantity: '5' }], shipTo: { country: 'JP' } };
    const { body: found } = await promise({ ...body, sites: ['FAST'] });
    expect(found.shipTo).toEqual({ region: 'CUST', timeZone: 'Asia/Tokyo' });
    const [option] = found.options;
    expect(option.transit).toMatchObject({ basis: 'lane', hoursPlanned: 30 });
    // Open always, no handling: it waits only for midnight, when the carrier calls.
    const dispatched = Date.parse(option.dispatchAt);
    expect(new Date(dispatched).toISOString().slice(11, 16)).toBe('15:00');
    expect(dispatched - Date.parse(found.at)).toBeLessThanOrEqual(DAY_MS);
    expect(Date.parse(option.steps[5].at) - dispatched).toBe(30 * 3_600_000);
    // An owner does not learn of the house's customers.
    const owner = await world.owner('CURIOUS');
    const hidden = await promise({ ...body, sites: ['FAST'] }, owner.call);
    expect(hidden.body.shipTo.region).toBeNull();
    const named = await promise({ ...body, shipTo: { site: 'CUST' } }, owner.call);
    expect([named.status, named.body.errors[0].path]).toEqual([400, 'shipTo.site']);
  });

  it('names every wrong field at once', async () => {
    const item = await world.item();
    const lines = [
      { item, quantity: '0' },
      { item: 'NONE', quantity: '1' },
    ];
    const body = { lines, shipTo: { site: 'NOWHERE' }, sites: ['N', 'CUSTOMER'] };
    const answer = await promise(body);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      ...['lines.0.quantity', 'lines.1.item', 'shipTo.site', 'sites.1'],
    ]);
  });
});
