import { describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createOrderWorld } from '../../../test/support/order-world.ts';
import { createRandom } from '../random.ts';
import { rollUpDemand } from './roll-up.ts';

const world = await createOrderWorld();
const { admin, database, house, item, receive, posted } = world;
const context = testContext(database);
const DAY_MS = 86_400_000;
const STEPS = 120;
const ROLL_UP_EVERY = 8;

/** Everything that is rolled up, as text; rows that say nothing are as if they were not there. */
async function dump(): Promise<string[]> {
  const { rows } = await admin.query<{ line: string }>(
    `SELECT (d.*)::text AS line FROM planning.demand d
     WHERE num_nonnulls(orders, issues, returns, imported, available) > 0
     UNION ALL SELECT (o.*)::text FROM planning.order_demand o
     UNION ALL SELECT (e.*)::text FROM planning.excluded_issue e
     ORDER BY 1`,
  );
  return rows.map(({ line }) => line);
}

/** A story of a shop: what may happen, one thing after another. */
async function createStory(seed: string) {
  const random = createRandom(seed, 'story');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
  const daysAgo = (most: number) => {
    const now = context.clock().getTime();
    return new Date(now - Math.floor(random.next() * most * DAY_MS) - 1000).toISOString();
  };
  const skus = [await item(), await item(), await item({ quantityScale: 2 })];
  for (const sku of skus) await receive(sku, '500', 'B1', { occurredAt: daysAgo(1) });
  for (const sku of skus) await receive(sku, '500', 'C1');
  const orders: string[] = [];
  const sales: { id: string; number: string; item: string }[] = [];
  const marks: string[] = [];
  let tills = 0;
  const units = () => String(1 + Math.floor(random.next() * 6));
  const ship = async () => {
    tills += 1;
    const number = `TILL-${seed}-${tills}`;
    const sku = pick(skus);
    const [line] = await posted({
      ...{ kind: 'shipment', item: sku, quantity: units(), from: pick(['B1', 'C1']) },
      ...{ occurredAt: daysAgo(60), document: { type: 'sales_order', number } },
    });
    sales.push({ id: line.id, number, item: sku });
  };
  const order = async () => {
    const lines = [pick(skus), pick(skus)].map((sku) => {
      const site = random.next() < 0.5 ? { site: pick(['N', 'S']) } : {};
      return { item: sku, quantity: units(), unitPrice: '3.10', discount: '0.50', ...site };
    });
    orders.push(await world.captured(lines, { channel: pick(['WEB', 'B2B']) }));
  };
  const mark = async () => {
    const salesOrder = pick([...orders, ...sales.map(({ number }) => number)]);
    if (salesOrder === undefined) return;
    const code = `MARK-${seed}-${marks.length}`;
    marks.push(code);
    const kind = pick(['exclude', 'one_off']);
    await house('POST /v1/planning/demand-marks', { code, kind, salesOrder });
  };
  const path = (list: readonly string[]) => encodeURIComponent(pick(list) ?? 'NONE');
  // What is refused (cancelled twice, reversed twice) changes nothing, which is fine, too.
  const steps = [
    ...[ship, ship, ship, order, order, mark],
    () => receive(pick(skus), units(), pick(['B1', 'C1']), { occurredAt: daysAgo(500) }),
    () => world.command(`POST /v1/movements/${pick(sales)?.id}/reverse`, { reason: 'correction' }),
    () => {
      const sale = pick(sales);
      const back = { returnOf: sale?.id, occurredAt: daysAgo(2) };
      const line = { kind: 'customer_return', item: sale?.item, quantity: '1', to: 'B1', ...back };
      return world.post([line]);
    },
    () => world.command(`POST /v1/sales-orders/${path(orders)}/cancel`, { reason: 'customer' }),
    () => house(`POST /v1/planning/demand-marks/${path(marks)}/deactivate`),
    async () => {
      for (const request of await world.release(pick(orders) ?? '').catch(() => [])) {
        await world.ship(request);
      }
    },
  ];
  return () => pick(steps)();
}

describe('a roll-up little by little', () => {
  it.each(['oak', 'elm'])('comes to what a rebuild comes to, to the bit (%s)', async (seed) => {
    const step = await createStory(seed);
    for (let count = 1; count <= STEPS; count += 1) {
      await step();
      if (count % ROLL_UP_EVERY === 0) await rollUpDemand(context);
    }
    await rollUpDemand(context);
    const before = await dump();
    const columns = await admin.query(
      `SELECT count(orders) AS orders, count(issues) AS issues, count(returns) AS returns,
         count(available) AS available FROM planning.demand`,
    );
    for (const count of Object.values(columns.rows[0])) expect(Number(count)).toBeGreaterThan(0);
    const run = await rollUpDemand(context, 'rebuild');
    expect(run.factsDone).toBe(run.factsTotal);
    expect(await dump()).toEqual(before);
  });

  it('is done once, however many ask at once', async () => {
    const sku = await item();
    await receive(sku, '10');
    await posted({ kind: 'shipment', item: sku, quantity: '3', from: 'B1' });
    await Promise.all([1, 2, 3].map(() => rollUpDemand(context)));
    const before = await dump();
    await rollUpDemand(context, 'rebuild');
    expect(await dump()).toEqual(before);
  });

  it('goes on where it was cut short', async () => {
    const before = await dump();
    const stop = new AbortController();
    let steps = 0;
    const onProgress = () => {
      steps += 1;
      if (steps === 3) stop.abort();
    };
    const options = { signal: stop.signal, onProgress };
    await expect(rollUpDemand(context, 'rebuild', options)).rejects.toThrow();
    expect(await dump()).not.toEqual(before);
    await rollUpDemand(context);
    expect(await dump()).toEqual(before);
    const { rows } = await admin.query('SELECT DISTINCT state FROM planning.demand_run');
    expect(rows).toEqual([{ state: 'completed' }]);
  });
});
