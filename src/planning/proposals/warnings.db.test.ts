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
const suppliers: Record<string, string> = {};
beforeAll(async () => {
  items.foreign = await sold(await world.supplier({ currency: 'JPY' }), 'JPY');
  items.unpriced = await sold(await world.supplier(), null);
  items.priced = await sold(await world.supplier(), 'EUR');
  // Refilled from a site where nobody has ever seen it.
  items.central = await sold(await world.supplier(), 'EUR');
  const setting = { code: 'CENTRAL', item: items.central, site: 'N', sourceSite: 'S' };
  await done('POST /v1/planning/settings', setting);
  suppliers.pair = await world.supplier();
  for (const name of ['gone', 'stays']) items[name] = await sold(suppliers.pair, 'EUR');
  suppliers.closed = await world.supplier();
  items.closed = await sold(suppliers.closed, 'EUR');
  await world.forecast();
  await world.plan();
});

/** Switches an item or a supplier on or off, as its owner would. */
async function setActive(path: string, active: boolean): Promise<void> {
  const { version } = await done(`GET ${path}`);
  const answer = await world.house(`PATCH ${path}`, { active }, { 'if-match': `"${version}"` });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}

/** A refused approval leaves the proposal as it is, and makes nothing. */
async function expectUntouched(number: string, supplier: string): Promise<void> {
  expect((await done(`GET ${PROPOSALS}/${number}`)).state).toBe('draft');
  expect((await done(`GET /v1/purchase-orders?supplier=${supplier}`)).items).toEqual([]);
}

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

it('refuses to buy an item that was deactivated, by name, until it is edited away', async () => {
  const { number, lines, version } = await proposalOf(items.gone!);
  const { line } = lines.find(({ item }: Body) => item === items.gone);
  await setActive(`/v1/items/${items.gone}`, false);
  const refused = await world.command(`POST ${PROPOSALS}/${number}/approve`, {});
  expect(refused.body).toMatchObject({
    ...{ type: '/problems/proposal-inactive', status: 409 },
    inactive: [{ kind: 'item', code: items.gone, line }],
  });
  expect(refused.body.detail).toContain(`Item ${items.gone} of line ${line} is not active`);
  expect(refused.body.detail).toContain('edit the line to 0');
  const many = await done(`POST ${PROPOSALS}/approve`, { proposals: [{ number }] });
  expect(many.proposals[0].problem).toMatchObject({ type: '/problems/proposal-inactive' });
  await expectUntouched(number, suppliers.pair!);
  expect(codes(await proposalOf(items.gone!))).toEqual(['not_active']);
  // What the message says to do is enough.
  const body = { lines: [{ line, quantity: '0' }] };
  const ifMatch = { 'if-match': `"${version}"` };
  const edited = await world.house(`PATCH ${PROPOSALS}/${number}`, body, ifMatch);
  expect(edited.body.warnings).toEqual([]);
  const { document } = await done(`POST ${PROPOSALS}/${number}/approve`, {});
  const bought = await done(`GET /v1/purchase-orders/${document.number}`);
  expect(bought.lines.map(({ item }: Body) => item)).toEqual([items.stays]);
});

it('refuses to buy of a supplier that was deactivated, until it is active again', async () => {
  const { number } = await proposalOf(items.closed!);
  await setActive(`/v1/suppliers/${suppliers.closed}`, false);
  const refused = await world.command(`POST ${PROPOSALS}/${number}/approve`, {});
  expect(refused.body).toMatchObject({
    ...{ type: '/problems/proposal-inactive', status: 409 },
    inactive: [{ kind: 'supplier', code: suppliers.closed }],
    detail: expect.stringContaining('or edit the proposal to another supplier'),
  });
  await expectUntouched(number, suppliers.closed!);
  await setActive(`/v1/suppliers/${suppliers.closed}`, true);
  expect(await done(`POST ${PROPOSALS}/${number}/approve`, {})).toMatchObject({
    state: 'approved',
  });
});

it('says that forecasts are too old to plan from, and what to do', async () => {
  const fresh = await world.plan();
  expect(fresh).toMatchObject({
    message: null,
    figures: { forecastOrigin: world.day(-1), forecastAgeDays: 1, warning: null },
  });
  expect((await world.plan({ day: world.day(6) })).message).toBeNull();
  const day = world.day(7);
  const old = await world.plan({ day });
  expect(old).toMatchObject({
    ...{ state: 'finished', message: old.figures.warning },
    figures: { day, forecastOrigin: world.day(-1), forecastAgeDays: 8 },
  });
  expect(old.message).toContain(`demand through ${world.day(-1)}, which is 8 days before ${day}`);
  expect(old.message).toContain('onhand planning run');
  const { lines } = await proposalOf(items.priced!);
  expect(lines[0].summary).toContain('the forecast is 8 days old');
  expect(lines[0].why.forecast).toMatchObject({ ageDays: 8, isStale: true });
});
