import { afterAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createOrderWorld, SHIP_TO } from '../../../test/support/order-world.ts';
import { openLedger } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { newId } from '../../platform/ids.ts';
import { captureSalesOrder } from './sales-orders.ts';
import { createOrderService, type OrderService } from './service.ts';

const world = await createOrderWorld();
const { house, read, item, receive, command, admin } = world;
const ledger = await openLedger({ context: testContext(world.database) });
afterAll(() => ledger.drain());

/** Orders as a process takes them whose clock shows this instant. */
function at(instant: string): OrderService {
  const context = testContext(world.database, { clock: () => new Date(instant) });
  return createOrderService(context, ledger);
}

async function made(request: string, body: object): Promise<void> {
  const answer = await house(request, body);
  expect(answer.status, answer.text).toBe(201);
}

const day = { hours: [{ from: '08:00', to: '18:00' }], cutOff: '14:00', pickUps: ['17:00'] };
const [monday, tuesday, wednesday, thursday, friday] = Array.from({ length: 5 }, () => day);
const week = { monday, tuesday, wednesday, thursday, friday };
await made('POST /v1/calendars', { code: 'DAYS', name: 'Weekdays', week, handlingMinutes: 60 });
const fulfils = { type: 'fulfilment_centre', calendar: 'DAYS' };
const places = [
  { code: 'BER', ...fulfils, timeZone: 'Europe/Berlin', address: { country: 'DE' } },
  { code: 'NYC', ...fulfils, timeZone: 'America/New_York', address: { country: 'US' } },
  { code: 'SHUT', ...fulfils, calendar: 'NEVER', timeZone: 'UTC', address: { country: 'DE' } },
  { code: 'DE', type: 'customer', timeZone: 'Europe/Berlin', address: { country: 'DE' } },
  { code: 'US', type: 'customer', timeZone: 'America/Los_Angeles', address: { country: 'US' } },
];
await made('POST /v1/calendars', { code: 'NEVER', name: 'Shut', week: {}, handlingMinutes: 0 });
for (const place of places) await made('POST /v1/sites', { name: place.code, ...place });
for (const site of ['BER', 'NYC', 'SHUT']) {
  await made('POST /v1/locations', { code: `${site}-1`, site, type: 'bin' });
}
const hours = { transitHoursMin: 12, transitHoursTypical: 24, transitHoursMax: 60 };
for (const [from, to] of [
  ['BER', 'DE'],
  ['NYC', 'US'],
]) {
  await made('POST /v1/lanes', { from, to, mode: 'truck', ...hours });
}

async function stocked(...at: string[]): Promise<string> {
  const sku = await item();
  for (const site of at) await receive(sku, '100', `${site}-1`);
  return sku;
}

interface Wanted {
  readonly item: string;
  readonly site?: string;
  readonly quantity?: string;
}

/** Captures at an instant; answers the promise as it was answered, kept and explained. */
async function promised(instant: string, lines: readonly Wanted[], more: object = {}) {
  const body = {
    ...{ channel: 'B2B', shipTo: SHIP_TO, ...more },
    lines: lines.map((line) => ({ quantity: '1', ...line })),
  };
  const answer = await captureSalesOrder(at(instant), SYSTEM, newId(), body);
  const { promisedAt } = await read(answer.number);
  expect(answer.promisedAt === null ? null : new Date(answer.promisedAt).toISOString()).toBe(
    promisedAt,
  );
  const { body: trail } = await house(`GET /v1/sales-orders/${answer.number}/history`);
  return { promisedAt, number: answer.number, details: trail.items[0].details };
}

// Monday is 2030-01-07; the customers take deliveries until 20:00 of their own time.
describe('a capture without a promised date', () => {
  it('is promised by the cut-off of the site: the very minute is in time', async () => {
    const sku = await stocked('BER');
    const line = [{ item: sku, site: 'BER' }];
    const inTime = await promised('2030-01-08T13:00:00Z', line);
    expect(inTime.promisedAt).toBe('2030-01-09T19:00:00.000Z');
    expect(inTime.details.promise).toEqual({
      ...{ on: '2030-01-09', timeZone: 'Europe/Berlin', site: 'BER', expectedOn: null, line: 1 },
    });
    const late = await promised('2030-01-08T13:00:00.001Z', line);
    expect(late.promisedAt).toBe('2030-01-10T19:00:00.000Z');
  });

  it('passes by the weekend of the site and the Sunday of the customer', async () => {
    const line = [{ item: await stocked('BER'), site: 'BER' }];
    // Friday, after the cut-off: handled and picked up on Monday.
    expect((await promised('2030-01-11T14:00:00Z', line)).promisedAt).toBe(
      '2030-01-15T19:00:00.000Z',
    );
    // Friday, in time: Saturday; by the longest time of the lane it would be Monday.
    expect((await promised('2030-01-11T09:00:00Z', line)).promisedAt).toBe(
      '2030-01-12T19:00:00.000Z',
    );
    const economy = { serviceLevel: 'economy' };
    expect((await promised('2030-01-11T09:00:00Z', line, economy)).promisedAt).toBe(
      '2030-01-14T19:00:00.000Z',
    );
  });

  it('counts in the time zones of the site and of the customer', async () => {
    const line = [{ item: await stocked('NYC'), site: 'NYC' }];
    const shipTo = { ...SHIP_TO, country: 'US' };
    // 13:30 in New York is in time, though it is long past 14:00 in UTC and in Berlin.
    const west = await promised('2030-01-08T18:30:00Z', line, { shipTo });
    expect(west.promisedAt).toBe('2030-01-10T04:00:00.000Z');
    expect(west.details.promise).toMatchObject({
      ...{ on: '2030-01-09', timeZone: 'America/Los_Angeles' },
    });
  });

  it('is promised what its last line is, and takes an unknown level as standard', async () => {
    const sku = await stocked('BER', 'NYC');
    const lines = [
      { item: sku, site: 'NYC' },
      { item: sku, site: 'BER' },
    ];
    const { promisedAt, details } = await promised('2030-01-08T09:00:00Z', lines, {
      serviceLevel: 'same-day-by-bike',
    });
    // No lane leads from New York to Germany, nor are there coordinates: 168 hours from pick-up.
    expect(promisedAt).toBe('2030-01-16T19:00:00.000Z');
    expect(details.promise).toMatchObject({ site: 'NYC', line: 1 });
  });

  it('keeps the date that the caller gives, and promises nothing beside it', async () => {
    const line = [{ item: await stocked('BER'), site: 'BER' }];
    const given = { promisedAt: '2030-03-01T12:00:00Z' };
    const { promisedAt, details } = await promised('2030-01-08T09:00:00Z', line, given);
    expect(promisedAt).toBe('2030-03-01T12:00:00.000Z');
    expect(details?.promise).toBeUndefined();
  });

  it('has none where a site never opens, and is captured all the same', async () => {
    const line = [{ item: await stocked('SHUT'), site: 'SHUT' }];
    const { promisedAt, details } = await promised('2030-01-08T09:00:00Z', line);
    expect(promisedAt).toBeNull();
    expect(details.promise).toEqual({
      ...{ on: null, line: 1, because: 'a calendar stays closed for more than 400 days' },
    });
  });

  it('gets its date out of a cart, too', async () => {
    const sku = await stocked('BER');
    const lines = [{ item: sku, quantity: '1', site: 'BER' }];
    const cart = await command('POST /v1/cart-holds', { channel: 'B2B', lines });
    expect(cart.status, cart.text).toBe(201);
    const cartHold = cart.body.cartHoldId;
    const body = { channel: 'B2B', shipTo: SHIP_TO, cartHold, lines };
    const service = createOrderService(testContext(world.database), ledger);
    const answer = await captureSalesOrder(service, SYSTEM, newId(), body);
    expect(answer.promisedAt).toMatch(/T(18|19):00:00.000Z$/);
    expect((await read(answer.number)).promisedAt).toBe(answer.promisedAt);
  });
});

describe('units that wait', () => {
  /** A transfer from N to BER that is expected there on a day. */
  async function expected(sku: string, quantity: string, on: string): Promise<void> {
    await receive(sku, quantity, 'B1');
    const lines = [{ item: sku, quantity, from: 'B1', to: 'BER-1' }];
    const { body, status, text } = await command('POST /v1/transfer-orders', {
      ...{ from: 'N', to: 'BER', lines },
    });
    expect(status, text).toBe(201);
    await command(`POST /v1/transfer-orders/${body.number}/release`, {});
    const { rowCount } = await admin.query(
      'UPDATE outbound.transfer_order SET expected_arrival_at = $2 WHERE number = $1',
      [body.number, `${on}T12:00:00Z`],
    );
    expect(rowCount).toBe(1);
  }

  it('are promised from the end of the day on which they are expected', async () => {
    const sku = await item();
    await expected(sku, '5', '2030-01-10');
    const line = [{ item: sku, quantity: '3', site: 'BER' }];
    // Thursday's receipt can be released on Friday, and is there on Saturday.
    const first = await promised('2030-01-08T09:00:00Z', line);
    expect(first.promisedAt).toBe('2030-01-12T19:00:00.000Z');
    expect(first.details.promise).toMatchObject({ expectedOn: '2030-01-10', site: 'BER' });
    // The queue has taken three of the five.
    const second = await promised('2030-01-08T09:00:00Z', line);
    expect(second.promisedAt).toBeNull();
    expect(second.details.promise).toMatchObject({
      ...{ because: 'no site expects enough to cover what waits', line: 1 },
    });
  });

  it('on lines of one item share what is expected', async () => {
    const sku = await item();
    await expected(sku, '5', '2030-01-10');
    const lines = [
      { item: sku, quantity: '3' },
      { item: sku, quantity: '3' },
    ];
    const { promisedAt, details } = await promised('2030-01-08T09:00:00Z', lines);
    expect(promisedAt).toBeNull();
    expect(details.promise).toMatchObject({ line: 2 });
  });

  it('are not promised what is kept for another channel', async () => {
    const sku = await stocked('BER');
    const fence = { channel: 'WEB', item: sku, site: 'BER', ringFenced: '100' };
    await made('POST /v1/channel-limits', fence);
    await expected(sku, '2', '2030-01-10');
    const wanted = (quantity: string) =>
      promised('2030-01-08T09:00:00Z', [{ item: sku, quantity, site: 'BER' }]);
    expect((await wanted('3')).promisedAt).toBeNull();
    await expected(sku, '9', '2030-01-14');
    expect((await wanted('3')).promisedAt).toBe('2030-01-16T19:00:00.000Z');
  });

  it('have no promise where nothing is expected', async () => {
    const { promisedAt, details } = await promised('2030-01-08T09:00:00Z', [
      { item: await item() },
    ]);
    expect(promisedAt).toBeNull();
    expect(details.promise.on).toBeNull();
  });

  it('keep their promise when they are reserved later, at another site', async () => {
    const sku = await item();
    await expected(sku, '5', '2030-01-10');
    const line = [{ item: sku, quantity: '3' }];
    const { number, promisedAt } = await promised('2030-01-08T09:00:00Z', line);
    expect(promisedAt).toBe('2030-01-12T19:00:00.000Z');
    await receive(sku, '3', 'NYC-1');
    await expect.poll(async () => (await read(number)).state, { timeout: 8_000 }).toBe('open');
    expect((await read(number)).promisedAt).toBe(promisedAt);
  });
});
