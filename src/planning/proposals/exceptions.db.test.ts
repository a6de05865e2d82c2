import { beforeAll, describe, expect, it } from 'vitest';
import { createPlanningWorld } from '../../../test/support/planning-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Body = any;

const world = await createPlanningWorld();
const { done, house } = world;
const EXCEPTIONS = '/v1/planning/exceptions';
const items: Record<string, string> = {};
let late = '';

async function found(query: string): Promise<Body[]> {
  return (await house(`GET ${EXCEPTIONS}?${query}`)).body.items;
}

const trail = async (exception: number): Promise<string[]> => {
  const { body } = await house(`GET ${EXCEPTIONS}/${exception}/history`);
  return body.items.map(({ action }: Body) => action);
};

beforeAll(async () => {
  const supplier = await world.supplier();
  const sold = async (name: string, fields: object = {}) => {
    items[name] = await world.item(fields);
    await done('POST /v1/supplier-items', { supplier, item: items[name], leadTimeDays: 10 });
    const price = { supplier, item: items[name], currency: 'EUR', validFrom: '2026-01-01' };
    await done('POST /v1/supplier-prices', { ...price, unitPrice: '4' });
  };
  await sold('short');
  await world.history(items.short!, 'N', 10, { price: 10 });
  await world.receive(items.short!, '30', 'B1', { unitCost: '4' });

  await sold('late');
  await world.history(items.late!, 'N', 10, { price: 10 });
  const lines = [{ item: items.late, quantity: '100', expectedOn: world.day(-5) }];
  late = (await world.sent({ supplier, lines })).number;

  await sold('spiking');
  const spike = (back: number, usual: number) => (back <= 7 ? usual * 4 : usual);
  await world.history(items.spiking!, 'N', 10, { demand: spike });
  await world.receive(items.spiking!, '5000', 'B1', { unitCost: '4' });

  await sold('plenty');
  await world.history(items.plenty!, 'N', 3, { price: 10 });
  await world.receive(items.plenty!, '3000', 'B1', { unitCost: '4' });

  await sold('expiring', { tracksLot: true, tracksExpiry: true });
  await world.history(items.expiring!, 'N', 4);
  const lot = (code: string, after: number) => ({
    ...{ unitCost: '4', lot: code, expiresOn: world.day(after) },
  });
  await world.receive(items.expiring!, '100', 'B1', lot('SOON', 10));
  await world.receive(items.expiring!, '30', 'B1', lot('LATER', 60));

  await sold('dead');
  const ended = (back: number, usual: number) => (back > 260 ? usual : 0);
  await world.history(items.dead!, 'N', 4, { days: 400, demand: ended });
  await world.receive(items.dead!, '200', 'B1', { unitCost: '4' });
  await world.forecast();
  expect(await world.plan()).toMatchObject({ state: 'finished', message: null });
});

describe('what is found', () => {
  it('an item that runs out before anything can arrive, with the margin that is lost', async () => {
    const [stockout] = await found(`item=${items.short}&kind=stockout`);
    expect(stockout).toMatchObject({ action: 'buy', state: 'open', site: 'N' });
    const { runsOutInDays, horizonDays, expectedLostUnits } = stockout.details;
    expect(runsOutInDays).toBeGreaterThanOrEqual(2);
    expect(runsOutInDays).toBeLessThanOrEqual(4);
    expect(expectedLostUnits).toBeGreaterThan((horizonDays - 3) * 10 * 0.7);
    // A unit sells for 10.00 and costs 4.00.
    expect(Number(stockout.moneyAtRisk)).toBeCloseTo(expectedLostUnits * 6, 0);
  });

  it('a supplier whose date has passed', async () => {
    const [found1] = await found(`kind=late_supplier`);
    expect(found1).toMatchObject({ item: items.late, subject: late, action: 'expedite' });
    expect(found1.details).toMatchObject({ daysLate: 5, quantity: '100' });
    expect(Number(found1.moneyAtRisk)).toBeGreaterThan(0);
  });

  it('a last week far above the weeks before', async () => {
    const spikes = await found('kind=demand_spike');
    expect(spikes.map(({ item }) => item)).toEqual([items.spiking]);
    expect(spikes[0].details.lastWeek).toBeGreaterThan(3 * spikes[0].details.weekMean);
  });

  it('too much, what expires, and what nobody asks for any more', async () => {
    const [plenty] = await found(`kind=overstock&item=${items.plenty}`);
    expect(plenty.details.surplus).toBeGreaterThan(1000);
    expect(['mark_down', 'liquidate']).toContain(plenty.action);
    const lots = await found('kind=expiring_lot');
    expect(lots.map(({ subject }) => subject)).toEqual(['SOON']);
    // Four a day for ten days leave about 60 of 100.
    expect(lots[0].details.expectedLeft).toBeGreaterThan(45);
    expect(lots[0].details.expectedLeft).toBeLessThan(75);
    const [dead] = await found(`item=${items.dead}`);
    expect(dead).toMatchObject({ kind: 'dead_stock' });
  });

  it('the most money at risk comes first, page by page', async () => {
    const all = await found('limit=100');
    const money = all.map(({ moneyAtRisk }) => Number(moneyAtRisk));
    expect(money).toEqual([...money].sort((a, b) => b - a));
    const first = (await house(`GET ${EXCEPTIONS}?limit=2`)).body;
    const next = (await house(`GET ${EXCEPTIONS}?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...next.items]).toEqual(all.slice(0, 4));
  });
});

describe('what people do about it', () => {
  it('is acknowledged, assigned, snoozed and woken, with a trail', async () => {
    const [{ exception, version }] = await found(`item=${items.plenty}&kind=overstock`);
    const path = `${EXCEPTIONS}/${exception}`;
    const stale = { 'if-match': `"${version + 1}"` };
    expect((await house(`POST ${path}/acknowledge`, {}, stale)).status).toBe(412);
    expect(await done(`POST ${path}/acknowledge`, { note: 'seen' })).toMatchObject({
      state: 'acknowledged',
    });
    await done(`POST ${path}/assign`, { assignedTo: 'Ada' });
    const asleep = await done(`POST ${path}/snooze`, { until: world.day(3) });
    expect(asleep).toMatchObject({ state: 'snoozed', assignedTo: 'Ada' });
    await world.plan();
    expect(await done(`GET ${path}`)).toMatchObject({ state: 'snoozed' });
    await world.plan({ day: world.day(3) });
    expect(await done(`GET ${path}`)).toMatchObject({ state: 'open', snoozedUntil: null });
    expect(await trail(exception)).toEqual([
      ...['found', 'acknowledged', 'assigned', 'snoozed', 'woken'],
    ]);
    expect((await world.command(`POST ${path}/reopen`, {})).status).toBe(409);
  });

  it('is resolved by itself when it is gone, and new when it comes back', async () => {
    const [{ exception }] = await found('kind=late_supplier');
    await world.receipt(late, [{ line: 1, quantity: '100' }]);
    await world.plan();
    expect(await found('kind=late_supplier')).toEqual([]);
    const gone = await done(`GET ${EXCEPTIONS}/${exception}`);
    expect(gone).toMatchObject({ state: 'resolved' });
    expect(gone.resolvedAt).not.toBeNull();
    expect((await world.command(`POST ${EXCEPTIONS}/${exception}/acknowledge`, {})).status).toBe(
      409,
    );
    expect(await found('state=resolved&kind=late_supplier')).toHaveLength(1);
  });
});
