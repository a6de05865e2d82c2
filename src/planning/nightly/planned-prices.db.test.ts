import { describe, expect, it } from 'vitest';
import { createPlanningWorld } from '../../../test/support/planning-world.ts';
import { newId } from '../../platform/ids.ts';
import { createRandom } from '../random.ts';

const world = await createPlanningWorld();
const { house, day, done } = world;
const item = await world.item();
const DAYS = 400;
const ELASTICITY = -2;

const random = createRandom('planned-prices', '');
const steps = Array.from({ length: 20 }, () => 8 + 4 * random.next());
/** The price of the last weeks stays at ten. */
const price = (back: number) => (back <= 40 ? 10 : steps[Math.floor(back / 25)]!);
await world.history(item, 'N', 60, {
  ...{ days: DAYS, price },
  demand: (back, usual) => Math.round(usual * (price(back) / 10) ** ELASTICITY),
});

const forecast = async () => (await house(`GET /v1/planning/forecasts/${item}/N`)).body;
const sum = (days: number[], from: number) =>
  days.slice(from, from + 7).reduce((total, one) => total + one, 0);
const PATH = '/v1/planning/planned-prices';
const body = { code: 'CUT', item, site: 'N', fromDay: day(14), price: '8', currency: 'EUR' };

describe('a planned price', () => {
  it('reaches the forecast the next night, from its first day on, and is explained', async () => {
    await world.forecast();
    const before = await forecast();
    const key = { 'idempotency-key': newId() };
    const made = await house(`POST ${PATH}`, body, key);
    expect(made.status, made.text).toBe(201);
    expect((await house(`POST ${PATH}`, body, key)).body).toEqual(made.body);
    expect((await done(`GET ${PATH}?item=${item}&from=${day(20)}`)).items).toHaveLength(1);
    await world.forecast();
    const { days, explanation, tier } = await forecast();
    expect(tier).toBe('full');
    expect(sum(days, 0) / sum(before.days, 0)).toBeCloseTo(1, 1);
    const lift = sum(days, 21) / sum(before.days, 21);
    expect(lift).toBeGreaterThan(1.3);
    expect(lift).toBeLessThan(1.8);
    expect(explanation.summary).toContain('planned price CUT +');
    const named = explanation.drivers.effects.find((one: { name: string }) => one.name === 'CUT');
    expect(named.percent).toBeGreaterThan(30);
  });

  it('that is called off does nothing more', async () => {
    const { headers } = await house(`GET ${PATH}/CUT`);
    const match = { 'if-match': String(headers.etag) };
    const off = await house(`PATCH ${PATH}/CUT`, { active: false }, match);
    expect(off.status, off.text).toBe(200);
    await world.forecast();
    const { days, explanation } = await forecast();
    expect(sum(days, 21) / sum(days, 0)).toBeLessThan(1.15);
    expect(explanation.summary).not.toContain('planned price');
  });

  it('is refused by field: in another currency, of nothing, of what is not known', async () => {
    const wrong = { ...body, code: 'W', price: '0', currency: 'USD', toDay: day(1) };
    const one = await house(`POST ${PATH}`, wrong, { 'idempotency-key': newId() });
    const two = await house(
      ...([`POST ${PATH}`, { ...body, code: 'W', item: 'NOBODY', site: 'NOWHERE' }] as const),
      { 'idempotency-key': newId() },
    );
    const currency = { ...body, code: 'W', currency: 'USD' };
    const three = await house(`POST ${PATH}`, currency, { 'idempotency-key': newId() });
    const paths = [one, two, three].map(({ status, body: problem }) => {
      expect(status).toBe(400);
      return problem.errors.map(({ path }: { path: string }) => path.replace('body.', '')).sort();
    });
    expect(paths[0]).toEqual(expect.arrayContaining(['price', 'toDay']));
    expect(paths[1]).toEqual(['item', 'site']);
    expect(paths[2]).toEqual(['currency']);
  });
});
