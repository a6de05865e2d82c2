import { beforeAll, describe, expect, it } from 'vitest';
import { createPlanningWorld, type PlanningWorld } from '../../../test/support/planning-world.ts';
import { writeAs } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { expirePlacements } from '../placement/placement.queries.ts';

describe('what-if, placements and prices', () => {
  let world: PlanningWorld;
  let mug: string;
  const key = () => ({ 'idempotency-key': newId() });

  beforeAll(async () => {
    world = await createPlanningWorld();
    const supplier = await world.supplier();
    mug = await world.item();
    await world.done('POST /v1/supplier-items', { supplier, item: mug, leadTimeDays: 7 });
    const price = { unitPrice: '4', currency: 'EUR', validFrom: '2026-01-01' };
    await world.done('POST /v1/supplier-prices', { supplier, item: mug, ...price });
    await world.history(mug, 'N', 20);
    await world.history(mug, 'S', 8);
    await world.receive(mug, '300', 'B1', { unitCost: '4' });
    await world.forecast();
  });

  it('plays a scenario, keeps it, lists it, and deletes it', async () => {
    const body = { items: [mug], days: 28, paths: 20, change: { serviceTarget: 0.995 } };
    const headers = key();
    const made = await world.house('POST /v1/planning/what-ifs', body, headers);
    expect(made.status, made.text).toBe(201);
    const { number, result } = made.body;
    expect(result.places.map((place: { site: string }) => place.site).sort()).toEqual(['N', 'S']);
    expect(result.changed.fillRate).toBeGreaterThanOrEqual(result.base.fillRate);
    expect(result.base.weekOnHand).toHaveLength(4);
    const again = await world.house('POST /v1/planning/what-ifs', body, headers);
    expect(again.body).toEqual(made.body);
    const list = await world.house('GET /v1/planning/what-ifs');
    expect(list.body.items.map((one: { number: string }) => one.number)).toEqual([number]);
    const path = `/v1/planning/what-ifs/${number}`;
    expect((await world.house(`GET ${path}`)).body).toEqual(made.body);
    expect((await world.house(`DELETE ${path}`)).status).toBe(204);
    expect((await world.house(`GET ${path}`)).status).toBe(404);
  });

  it('names every wrong field of a scenario at once', async () => {
    const change = {
      promotion: { from: world.day(-9), to: world.day(-8), uplift: 2, priceFactor: 0.8 },
      leadTimeDays: 3,
      leadTimeFactor: 2,
    };
    const body = { items: [mug, 'NOBODY', mug], sites: ['NOWHERE'], change };
    const { status, body: problem } = await world.house('POST /v1/planning/what-ifs', body, key());
    expect(status).toBe(400);
    expect(problem.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'body.change.leadTimeFactor',
      'body.change.promotion.from',
      'body.change.promotion.uplift',
      'body.items.1',
      'body.items.2',
      'body.sites.0',
    ]);
  });

  it('places stock within docks and room, and makes orders of what is accepted', async () => {
    const site = (code: string, inboundM3PerWeek: number) => ({
      ...{ site: code, roomM3: 0.5, inboundM3PerWeek },
    });
    const body = {
      ...{ from: world.day(28), until: world.day(41), items: [mug] },
      sites: [site('N', 0.12), site('S', 10)],
    };
    const made = await world.house('POST /v1/planning/placements', body, key());
    expect(made.status, made.text).toBe(201);
    const { number, result } = made.body;
    expect(result.gap).toBeLessThanOrEqual(0.02);
    expect(result.weeks).toBe(6);
    expect(result.flows.length).toBeGreaterThan(0);
    for (const week of result.siteWeeks) {
      expect(week.inboundM3).toBeLessThanOrEqual(week.inboundLimitM3 + 1e-6);
    }
    const path = `/v1/planning/placements/${number}`;
    const accepted = await world.house(`POST ${path}/accept`, { days: 42 }, key());
    expect(accepted.status, accepted.text).toBe(200);
    expect(accepted.body.state).toBe('accepted');
    expect(accepted.body.documents.length).toBeGreaterThan(0);
    for (const document of accepted.body.documents) {
      const kind = document.type === 'purchase_order' ? 'purchase-orders' : 'transfer-orders';
      const shown = await world.house(`GET /v1/${kind}/${document.number}`);
      expect(shown.body).toMatchObject({ state: 'draft', reference: number });
    }
    const twice = await world.house(`POST ${path}/accept`, { days: 42 }, key());
    expect(twice.status).toBe(409);
    const rejected = await world.house(`POST ${path}/reject`, { reason: 'late' }, key());
    expect(rejected.body.type).toContain('placement-decided');
  });

  it('lets a placement expire that nobody decided in its first week', async () => {
    const body = {
      ...{ from: world.day(28), until: world.day(41), items: [mug] },
      sites: [{ site: 'N', roomM3: 1, inboundM3PerWeek: 1 }],
    };
    const { number, state, expiresOn } = await world.done('POST /v1/planning/placements', body);
    expect({ state, expiresOn }).toEqual({ state: 'draft', expiresOn: world.day(7) });
    await world.admin.query('UPDATE planning.placement SET expires_on = $2 WHERE number = $1', [
      number,
      world.day(0),
    ]);
    const path = `/v1/planning/placements/${number}`;
    expect(await world.done(`GET ${path}`)).toMatchObject({ state: 'expired', decidedAt: null });
    const numbersIn = async (wanted: string) => {
      const { items } = await world.done(`GET /v1/planning/placements?state=${wanted}`);
      return items.map((one: { number: string }) => one.number);
    };
    expect(await numbersIn('expired')).toEqual([number]);
    expect(await numbersIn('draft')).toEqual([]);
    for (const [action, sent] of [
      ['accept', { days: 42 }],
      ['reject', { reason: 'late' }],
    ] as const) {
      const refused = await world.house(`POST ${path}/${action}`, sent, key());
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ state: 'expired', documents: [] });
    }
    const sweep = () =>
      writeAs(world.database, 'house', (tx) => expirePlacements(tx, world.context.clock()));
    expect([await sweep(), await sweep()]).toEqual([1, 0]);
    const swept = await world.done(`GET ${path}`);
    expect(swept).toMatchObject({ state: 'expired', decidedAt: expect.any(String) });
  });

  it('refuses a placement that is not valid, field by field', async () => {
    const limits = { roomM3: 1, inboundM3PerWeek: 1 };
    const body = {
      ...{ from: world.day(9), until: world.day(-1), items: [mug], group: 'G' },
      sites: [
        { site: 'N', ...limits },
        { site: 'N', ...limits },
        { site: 'NOWHERE', ...limits },
      ],
    };
    const { status, body: problem } = await world.house(
      'POST /v1/planning/placements',
      body,
      key(),
    );
    expect(status).toBe(400);
    expect(problem.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'body.from',
      'body.group',
      'body.sites.1.site',
      'body.sites.2.site',
      'body.until',
    ]);
  });

  it.each([
    [{ items: ['NOBODY', 'NOTHING'] }, ['body.items.0', 'body.items.1']],
    [{ group: 'NOBODYS' }, ['body.group']],
  ])('names what of a placement is not known: %j', async (what, paths) => {
    const limits = { roomM3: 1, inboundM3PerWeek: 1 };
    const dates = { from: world.day(9), until: world.day(20) };
    const body = { ...what, ...dates, sites: [{ site: 'N', ...limits }] };
    const refused = await world.house('POST /v1/planning/placements', body, key());
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
  });

  it('says what a price does, from an elasticity that is given', async () => {
    const query = `item=${mug}&newPrice=8&elasticity=-2&days=28`;
    const answer = await world.house(`GET /v1/planning/price-effect?${query}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ price: '10.00', unitCost: '4.00', missing: [] });
    const small = `item=${mug}&newPrice=0.0001&elasticity=-0.5&days=28`;
    const tiny = await world.done(`GET /v1/planning/price-effect?${small}`);
    expect(tiny.newPrice).toBe('0.0001');
    expect(Number(tiny.effect.revenue.expected)).toBeGreaterThan(0);
    expect(answer.body.effect.breakEvenUplift).toBe(1.5);
    expect(answer.body.effect.uplift.expected).toBeCloseTo((10 / 8) ** 2, 3);
    expect(Number(answer.body.demandBefore)).toBeGreaterThan(28 * 20);
  });

  it('does not pretend to know an elasticity from a price that never changed', async () => {
    const found = await world.house(`GET /v1/planning/elasticity?item=${mug}`);
    expect(found.status, found.text).toBe(200);
    expect(found.body.elasticity).toBeNull();
    const effect = await world.house(`GET /v1/planning/price-effect?item=${mug}&newPrice=8`);
    expect(effect.body).toMatchObject({ missing: ['elasticity'], effect: null });
    expect((await world.house('GET /v1/planning/elasticity?item=NOBODY')).status).toBe(404);
    expect((await world.house('GET /v1/planning/elasticity')).status).toBe(400);
  });
});
