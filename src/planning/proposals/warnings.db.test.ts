import { beforeAll, expect, it } from 'vitest';
import { createPlanningWorld } from '../../../test/support/planning-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Body = any;

const world = await createPlanningWorld();
const { done } = world;
const PROPOSALS = '/v1/planning/proposals';

async function sold(supplier: string, currency: string | null): Promise<string> {
  const item = await world.item();
  await done('POST /v1/supplier-items', { supplier, item, leadTimeDays: 7 });
  const price = { supplier, item, unitPrice: '400', validFrom: '2026-01-01', currency };
  if (currency) await done('POST /v1/supplier-prices', price);
  await world.history(item, 'N', 5);
  return item;
}

const items: Record<string, string> = {};
beforeAll(async () => {
  items.foreign = await sold(await world.supplier({ currency: 'JPY' }), 'JPY');
  items.unpriced = await sold(await world.supplier(), null);
  items.priced = await sold(await world.supplier(), 'EUR');
  // Refilled from a site where nobody has ever seen it.
  items.central = await sold(await world.supplier(), 'EUR');
  const setting = { code: 'CENTRAL', item: items.central, site: 'N', sourceSite: 'S' };
  await done('POST /v1/planning/settings', setting);
  await world.forecast();
  await world.plan();
});

const proposalOf = async (item: string): Promise<Body> => (await world.open(`&item=${item}`))[0];
const codes = (proposal: Body): string[] => proposal.warnings.map(({ code }: Body) => code);

it('tells of a missing exchange rate before somebody tries to approve', async () => {
  const { number, warnings } = await proposalOf(items.foreign!);
  expect(warnings).toEqual([
    { code: 'exchange_rate_missing', message: expect.stringContaining('/v1/exchange-rates') },
  ]);
  const refused = await world.command(`POST ${PROPOSALS}/${number}/approve`, {});
  expect(refused.body).toMatchObject({ type: '/problems/exchange-rate-missing' });
  const { items: heads } = await done(`GET ${PROPOSALS}?item=${items.foreign}`);
  expect(codes(heads[0])).toEqual(['exchange_rate_missing']);
  // What the message says to do is enough.
  await done('POST /v1/exchange-rates', { currency: 'JPY', validOn: world.day(0), rate: '0.006' });
  expect((await done(`GET ${PROPOSALS}/${number}`)).warnings).toEqual([]);
  const approved = await done(`POST ${PROPOSALS}/${number}/approve`, {});
  expect(approved).toMatchObject({ state: 'approved', warnings: [] });
});

it('tells of a missing price', async () => {
  expect(codes(await proposalOf(items.unpriced!))).toEqual(['price_missing']);
  expect(codes(await proposalOf(items.priced!))).toEqual([]);
});

it('lists classes, and how central and regional stock were planned', async () => {
  const { items: all } = await done(`GET /v1/planning/targets?item=${items.central}`);
  const [region, central] = ['N', 'S'].map((code) => all.find(({ site }: Body) => site === code));
  expect(region).toMatchObject({ sourceSite: 'S', explanation: { serviceFrom: null } });
  expect(region.explanation.echelons).toMatchObject({
    ...{ central: null, refilledBy: { site: 'S', model: 'guaranteed_service' } },
  });
  expect(central.explanation.echelons.central).toMatchObject({ refills: ['N'] });
  expect(central.demandPerDay).toBeCloseTo(region.demandPerDay, 6);
  for (const xyzClass of ['X', 'Y', 'Z']) {
    const { items: some } = await done(`GET /v1/planning/targets?xyzClass=${xyzClass}`);
    expect(some.map((each: Body) => each.xyzClass)).toEqual(some.map(() => xyzClass));
  }
  const { lines, site } = await proposalOf(items.central!);
  expect(site).toBe('S');
  const [line] = lines.filter(({ item }: Body) => item === items.central);
  expect(line.why.classes).toEqual({ abc: central.abcClass, xyz: central.xyzClass });
  expect(line.why.target).toMatchObject({ serviceTarget: 0.97, serviceFrom: null });
});
