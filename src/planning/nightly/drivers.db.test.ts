import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';
import { readAs } from '../../platform/database.ts';
import { createRandom } from '../random.ts';
import { readForecast } from './forecasts.ts';
import { readForecasts } from './read.ts';

const world = await createForecastWorld();
const { admin, day } = world;
const SITES = ['N', 'S'];
const DAYS = 360;
const LAG = 10;

/** A promotion of a week every seven weeks; the next one begins in 10 days. */
const isPromoted = (at: number) => (((at - 11) % 49) + 49) % 49 < 7;
/** A day without sales every fourth week; the next one is in 3 days. */
const isClosed = (at: number) => (((at - 3) % 28) + 28) % 28 === 0;

/** Values that stay for four days each, by day. */
function signalValues(name: string): (at: number) => number {
  const random = createRandom('signal', name);
  const values = Array.from({ length: 200 }, () => random.next() - 0.5);
  return (at) => values[Math.floor((at + DAYS + 2 * LAG) / 4)]!;
}
const rain = signalValues('rain');
const noise = signalValues('noise');

/** Demand of items by number: 1 is promoted, 2 follows the rain, all are closed now and then. */
function change(demand: number, item: number, at: number): number {
  if (isClosed(at)) return 0;
  if (item === 1 && isPromoted(at)) return 2 * demand;
  return item === 2 ? Math.round(demand * Math.exp(2 * rain(at - LAG))) : demand;
}

/** Loads drivers as users do, promotions and closed days also those that are planned. */
async function loadDrivers(itemIds: readonly number[], siteIds: readonly number[]) {
  const past = Array.from({ length: DAYS + 2 * LAG }, (_, i) => i - DAYS - 2 * LAG + 1);
  const starts = [...past, ...past.map((at) => at + DAYS)].filter(
    (at) => at <= 60 && isPromoted(at) && !isPromoted(at - 1),
  );
  await admin.query(
    `INSERT INTO planning.promotion (code, name, item_id, from_day, to_day, discount_basis_points)
     SELECT 'P' || f, 'P', $1, f, f + 6, 2000 FROM unnest($2::date[]) f ON CONFLICT DO NOTHING`,
    [itemIds[1], [...new Set(starts)].map(day)],
  );
  await admin.query(
    `INSERT INTO planning.site_region (site_id, region_code, calendars)
     SELECT id, 'R', '["SHOP"]' FROM unnest($1::integer[]) id`,
    [siteIds],
  );
  const closed = [...past, ...past.map((at) => at + DAYS)].filter(isClosed);
  await admin.query(
    `INSERT INTO planning.calendar_day (calendar, day, name, kind)
     SELECT 'SHOP', d, 'Inventory', 'closed' FROM unnest($1::date[]) d ON CONFLICT DO NOTHING`,
    [closed.map(day)],
  );
  for (const [code, itemId, values] of [
    ['RAIN', itemIds[2], rain],
    ['NOISE', null, noise],
  ] as const) {
    await admin.query(
      `WITH s AS (INSERT INTO planning.signal (code, name, kind, item_id, gaps)
         VALUES ($1, $1, 'amount', $2, 'unknown') RETURNING signal_id)
       INSERT INTO planning.signal_value (signal_id, day, value)
       SELECT signal_id, d, v FROM s, unnest($3::date[], $4::float8[]) x(d, v)`,
      [code, itemId, past.map(day), past.map(values)],
    );
  }
}

const seeded = await world.seed({ items: 24, sites: SITES, days: DAYS, after: 1, change });
await loadDrivers(seeded.itemIds, seeded.siteIds);

const explained = async (item: number) => {
  const name = { item: `ITEM-${String(item + 1).padStart(5, '0')}`, site: 'N' };
  return (await readAs(world.database, 'house', (tx) => readForecast(tx, name)))!;
};

interface Drivers {
  gain: number;
  effects: { kind: string; name: string; percent: number; lagDays: number }[];
}

describe('drivers', () => {
  it('raise the forecast of a planned promotion, and lower that of a closed day', async () => {
    expect(await world.run({ origin: day(0), tier: 'full' })).toMatchObject({ state: 'done' });
    const promoted = await explained(1);
    expect(promoted.method).toMatch(/\+drivers$/);
    expect(promoted.explanation!.summary).toContain('promotion P');
    const { gain, effects } = promoted.explanation!.drivers as Drivers;
    expect(gain).toBeGreaterThan(0.05);
    const of = (kind: string) => effects.find((effect) => effect.kind === kind)!;
    expect(of('promotion').percent).toBeGreaterThan(60);
    expect(of('promotion').percent).toBeLessThan(140);
    expect(of('closed').percent).toBeLessThan(-80);
    const { days } = promoted;
    // Days 11 to 17 ahead are promoted: against the same weekdays of the week after.
    const sum = (from: number) => days.slice(from - 1, from + 6).reduce((a, b) => a + b, 0);
    expect(sum(11) / sum(18)).toBeGreaterThan(1.6);
    expect(days[2]! / days[9]!).toBeLessThan(0.2);
    // Weeks without days of their own are not taken for promoted ones.
    expect(Math.max(...promoted.weeks.slice(8)) / sum(18)).toBeLessThan(2.4);
  });

  it('use a signal that leads demand, and none that says nothing', async () => {
    const followed = await explained(2);
    const { effects } = followed.explanation!.drivers as Drivers;
    const signals = effects.filter(({ kind }) => kind === 'signal');
    expect(signals).toMatchObject([{ name: 'RAIN', lagDays: LAG }]);
    expect(signals[0]!.percent).toBeGreaterThan(40);
    const { rows } = await admin.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM planning.forecast
       WHERE explanation::text LIKE '%NOISE%' OR engine_state::text LIKE '%NOISE%'`,
    );
    expect(rows[0]!.count).toBe(0);
  });

  it('go on the night after, without a selection', async () => {
    await world.run({ origin: day(1), tier: 'fast' });
    const { tier, days, explanation } = await explained(1);
    expect(tier).toBe('fast');
    expect(explanation!.drivers).toBeDefined();
    const sum = (from: number) => days.slice(from - 1, from + 6).reduce((a, b) => a + b, 0);
    expect(sum(10) / sum(17)).toBeGreaterThan(1.6);
    const read = await readAs(world.database, 'house', (tx) => readForecasts(tx, {}));
    for (const { weekMeans } of read) {
      expect(weekMeans.every((mean) => Number.isFinite(mean) && mean >= 0)).toBe(true);
    }
  });

  it('give the same bytes with two workers, and after a kill', async () => {
    const results: unknown[][] = [];
    for (const workers of [1, 2]) {
      await world.forget();
      await world.runWith({ origin: day(0), tier: 'full' }, workers, 1);
      results.push(await world.stored());
    }
    expect(results[1]).toEqual(results[0]);
    await world.forget();
    const { number, child } = await world.runElsewhere({ origin: day(0), tier: 'full' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for (let done = 0, tries = 0; done < 1 && tries < 2_000; tries += 1) {
      await sleep(10);
      const { rows } = await admin.query<{ done: number }>(
        `SELECT count(*)::integer AS done FROM planning.run_part
         WHERE state = 'done' AND stage = 1`,
      );
      done = rows[0]!.done;
    }
    child.kill('SIGKILL');
    await ended;
    const { rows } = await admin.query(
      `SELECT state FROM planning.forecast_run WHERE number = $1`,
      [number],
    );
    expect(rows[0]).toMatchObject({ state: 'running' });
    expect(await world.finishLater(number)).toMatchObject({ state: 'done', reason: null });
    expect(await world.stored()).toEqual(results[0]);
  });
});
