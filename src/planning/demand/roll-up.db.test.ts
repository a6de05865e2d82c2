import { describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createOrderWorld } from '../../../test/support/order-world.ts';
import { readAs } from '../../platform/database.ts';
import { readSeries } from './read.ts';
import { rollUpDemand } from './roll-up.ts';
import { type DemandSeries, MARK } from './types.ts';

const world = await createOrderWorld();
const { admin, database, house, item, receive, posted } = world;
const context = testContext(database);
const DAY_MS = 86_400_000;
const today = Math.floor(context.clock().getTime() / DAY_MS);

/** An instant at noon so many days ago. */
function daysAgo(days: number): string {
  return new Date((today - days) * DAY_MS + DAY_MS / 2).toISOString();
}

async function idOf(sku: string): Promise<number> {
  const { rows } = await admin.query('SELECT item_id FROM catalog.item WHERE sku = $1', [sku]);
  return rows[0].item_id as number;
}

async function seriesOf(sku: string, siteId?: number): Promise<DemandSeries | undefined> {
  const itemId = await idOf(sku);
  const range = { throughDay: today, daysMax: 730, itemIdFrom: itemId, itemIdBefore: itemId + 1 };
  return readAs(database, 'house', async (tx) => {
    for await (const batch of readSeries(tx, range)) {
      return batch.find((series) => siteId === undefined || series.siteId === siteId);
    }
    return undefined;
  });
}

/** Net demand so many days ago. */
function on(series: DemandSeries | undefined, days: number): number | undefined {
  return series?.ordered[today - days - series.firstDay];
}

function markOn(series: DemandSeries | undefined, days: number): number | undefined {
  return series?.marks[today - days - series.firstDay];
}

describe('the roll-up', () => {
  it('counts sales orders on the day they were captured, at their price', async () => {
    const sku = await item();
    await receive(sku, '10');
    await world.captured([{ item: sku, quantity: '3', unitPrice: '5.00', discount: '1.00' }]);
    const run = await rollUpDemand(context);
    expect(run.state).toBe('completed');
    const series = await seriesOf(sku);
    expect(on(series, 0)).toBe(3);
    expect(series?.price.at(-1)).toBeCloseTo(14 / 3, 2);
  });

  it('counts what is ordered, not what is shipped, and once', async () => {
    const sku = await item();
    await receive(sku, '10');
    const number = await world.captured([{ item: sku, quantity: '4' }]);
    await rollUpDemand(context);
    const [request] = await world.release(number);
    expect((await world.ship(request!)).status).toBe(201);
    await rollUpDemand(context);
    expect(on(await seriesOf(sku), 0)).toBe(4);
  });

  it('forgets what is cancelled before it ships, unless the policy counts it', async () => {
    const sku = await item();
    await receive(sku, '10');
    const number = await world.captured([{ item: sku, quantity: '4' }]);
    await rollUpDemand(context);
    expect(on(await seriesOf(sku), 0)).toBe(4);
    await world.act(number, 'cancel', { reason: 'customer' });
    await rollUpDemand(context);
    expect(on(await seriesOf(sku), 0)).toBe(0);
    await admin.query('UPDATE planning.demand_policy SET counts_cancelled = true');
    await rollUpDemand(context);
    expect(on(await seriesOf(sku), 0)).toBe(4);
    await admin.query('UPDATE planning.demand_policy SET counts_cancelled = false');
    await rollUpDemand(context);
    expect(on(await seriesOf(sku), 0)).toBe(0);
  });

  it('counts issues without a sales order, also late ones and those taken back', async () => {
    const sku = await item();
    await receive(sku, '50', 'B1', { occurredAt: daysAgo(20) });
    const ship = (quantity: string, days: number, number: string) =>
      posted({
        kind: 'shipment',
        item: sku,
        quantity,
        from: 'B1',
        occurredAt: daysAgo(days),
        document: { type: 'sales_order', number },
      });
    const [first] = await ship('5', 3, `TILL-${sku}-1`);
    await rollUpDemand(context);
    expect(on(await seriesOf(sku), 3)).toBe(5);
    await ship('2', 9, `TILL-${sku}-2`);
    await rollUpDemand(context);
    expect(on(await seriesOf(sku), 9)).toBe(2);
    await world.command(`POST /v1/movements/${first.id}/reverse`, { reason: 'correction' });
    await rollUpDemand(context);
    const series = await seriesOf(sku);
    expect([on(series, 9), on(series, 3)]).toEqual([2, 0]);
  });

  it('takes soon returned units off the day of their sale', async () => {
    const sku = await item();
    await receive(sku, '50', 'B1', { occurredAt: daysAgo(60) });
    const back = async (soldAgo: number, backAgo: number) => {
      const [sold] = await posted({
        kind: 'shipment',
        item: sku,
        quantity: '5',
        from: 'B1',
        occurredAt: daysAgo(soldAgo),
      });
      await posted({
        kind: 'customer_return',
        item: sku,
        quantity: '2',
        to: 'B1',
        returnOf: sold.id,
        occurredAt: daysAgo(backAgo),
      });
    };
    await back(50, 1);
    await back(20, 4);
    await rollUpDemand(context);
    const series = await seriesOf(sku);
    expect([on(series, 50), on(series, 20), on(series, 4)]).toEqual([5, 3, 0]);
  });

  it('marks days without availability and estimates what they lost', async () => {
    const sku = await item();
    await receive(sku, '62', 'B1', { occurredAt: daysAgo(40) });
    const ship = (quantity: string, days: number) =>
      posted({ kind: 'shipment', item: sku, quantity, from: 'B1', occurredAt: daysAgo(days) });
    for (let days = 40; days > 9; days -= 1) await ship('2', days);
    await rollUpDemand(context);
    const series = await seriesOf(sku);
    expect(markOn(series, 12)).toBe(0);
    expect(markOn(series, 10)).toBe(MARK.partlyAvailable);
    expect(markOn(series, 5)).toBe(MARK.unavailable);
    expect(series?.lost[today - 5 - series.firstDay]).toBeCloseTo(2, 1);
    expect(series?.demand.at(-1)).toBeCloseTo(2, 1);
    expect(series?.ordered.at(-1)).toBe(0);
  });

  it('leaves promised units out of what is available', async () => {
    const sku = await item();
    await receive(sku, '10', 'B1', { occurredAt: daysAgo(2) });
    await world.captured([{ item: sku, quantity: '10' }]);
    await rollUpDemand(context);
    expect(markOn(await seriesOf(sku), 0)).toBe(MARK.partlyAvailable);
  });

  it('keeps owners apart', async () => {
    const seller = await world.owner('ANNA');
    const sku = await item({ owner: 'ANNA' });
    await receive(sku, '10', 'B1', { owner: 'ANNA' });
    await posted({ kind: 'shipment', item: sku, quantity: '3', from: 'B1', owner: 'ANNA' });
    await rollUpDemand(context);
    const series = await seriesOf(sku);
    expect(series?.ownerId).toBe(seller.id);
    expect(on(series, 0)).toBe(3);
    const other = await world.owner('BERT');
    const query = `GET /v1/planning/demand-history?item=${sku}&site=N`;
    for (const by of [house, seller.call]) {
      const { body } = await by(query);
      expect(body).toMatchObject({ owner: 'ANNA', periods: [{ ordered: '3' }] });
    }
    expect((await other.call(query)).status).toBe(404);
    const list = 'GET /v1/planning/demand-series';
    expect((await seller.call(list)).body.items).toHaveLength(1);
    expect((await other.call(list)).body.items).toEqual([]);
    const request = 'POST /v1/planning/demand-roll-ups';
    expect((await world.command(request, {}, seller.call)).status).toBe(403);
  });

  it('is done by the server when it is asked for', async () => {
    const sku = await item();
    await receive(sku, '10');
    await posted({ kind: 'shipment', item: sku, quantity: '3', from: 'B1' });
    const path = '/v1/planning/demand-roll-ups';
    const asked = await world.command(`POST ${path}`, { kind: 'incremental' });
    expect(asked.status).toBe(202);
    const read = async () => (await house(`GET ${path}/${asked.body.rollUpId}`)).body;
    await expect.poll(async () => (await read()).state, { timeout: 10_000 }).toBe('completed');
    expect((await read()).factsDone).toBeGreaterThan(0);
    expect(on(await seriesOf(sku), 0)).toBe(3);
    const { body } = await house(`GET ${path}?state=completed&limit=1`);
    expect(body.items).toHaveLength(1);
    expect(body.items[0].rollUpId).toBe(asked.body.rollUpId);
  });
});
