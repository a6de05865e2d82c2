import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';
import { inTransaction, readAs } from '../../platform/database.ts';
import { writeDemand } from '../demand/index.ts';
import { showForecastOf, showItemForecastOf } from './command-line.ts';
import { selectLevels } from './forecasts.queries.ts';
import { dayOf, unpackFloats } from './pack.ts';
import { demandOver, readForecasts } from './read.ts';
import { reportAccuracy } from './report.ts';
import { openWorker, queueRun, runForecasts, workAll } from './runs.ts';

const world = await createForecastWorld();
const { day } = world;
const SITES = ['N', 'S'];

beforeEach(() => world.forget());

const read = () => readAs(world.database, 'house', (tx) => readForecasts(tx, {}));
const everyLevel = { level: null, code: null, after: undefined, limit: 100 };

describe('a run', () => {
  it('is done at once where nothing is known yet', async () => {
    const run = await world.run({ origin: day(0) });
    expect(run).toMatchObject({ state: 'done', reason: null, result: { series: 0 } });
    expect(await read()).toEqual([]);
  });

  it('forecasts every series, and all levels agree', async () => {
    const { itemIds, siteIds } = await world.seed({ items: 12, sites: SITES, days: 60 });
    await world.admin.query(
      `INSERT INTO planning.item_group (item_id, group_code)
       SELECT id, CASE WHEN id % 2 = 0 THEN 'EVEN' ELSE 'ODD' END FROM unnest($1::integer[]) id
       ON CONFLICT DO NOTHING`,
      [itemIds],
    );
    await world.admin.query(
      `INSERT INTO planning.site_region (site_id, region_code) VALUES ($1, 'NORTH')
       ON CONFLICT DO NOTHING`,
      [siteIds[0]],
    );
    const run = await world.run({ origin: day(0) });
    expect(run).toMatchObject({ state: 'done', reason: null, result: { series: 24 } });
    const forecasts = await read();
    expect(forecasts).toHaveLength(24);
    for (const forecast of forecasts) {
      const { weekQuantiles } = forecast;
      expect(demandOver(forecast, 7).mean).toBeCloseTo(forecast.weekMeans[0]!, 3);
      weekQuantiles.slice(1).forEach((row, level) => {
        expect(row.every((quantile, week) => quantile >= weekQuantiles[level]![week]!)).toBe(true);
      });
    }
    const levels = await readAs(world.database, 'house', (tx) => selectLevels(tx, everyLevel));
    expect(levels.map(({ level, code }) => `${level} ${code}`)).toEqual([
      ...['total ', 'region ', 'region NORTH', 'site N', 'site S', 'group EVEN', 'group ODD'],
    ]);
    const weekOf = (level: string, week: number) =>
      levels
        .filter((row) => row.level === level)
        .reduce((sum, row) => sum + unpackFloats(row.weekMeans)[week]!, 0);
    for (const week of [0, 9, 25]) {
      const below = forecasts.reduce((sum, { weekMeans }) => sum + weekMeans[week]!, 0);
      for (const level of ['total', 'region', 'site', 'group']) {
        expect(weekOf(level, week) / below).toBeCloseTo(1, 5);
      }
    }
  });

  it('gives the same bytes with 1, 2 and 4 workers', async () => {
    await world.seed({ items: 22, sites: SITES, days: 60, after: 1 });
    const results: unknown[][] = [];
    for (const [workers, threads] of [
      [1, 1],
      [2, 1],
      [4, 2],
    ] as const) {
      await world.forget();
      for (const origin of [day(0), day(1)]) {
        const run = await world.runWith({ origin }, workers, threads);
        expect(run).toMatchObject({ state: 'done', reason: null });
      }
      results.push(await world.stored());
    }
    expect(results[0]!.length).toBeGreaterThan(44);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('keeps all threads of a worker busy', async () => {
    await world.seed({ items: 40, sites: SITES, days: 60 });
    const { thread } = await world.built();
    await inTransaction(world.database.poster, (tx) =>
      queueRun(tx, world.context, { origin: day(0), tier: 'full' }, 1),
    );
    const worker = openWorker(world.context, { threads: 2, threadFile: thread });
    let [now, most] = [0, 0];
    const compute: typeof worker.pool.compute = async (input) => {
      now += 1;
      most = Math.max(most, now);
      return worker.pool.compute(input).finally(() => {
        now -= 1;
      });
    };
    // The part of the history is alone in the queue; whoever finds nothing must not go home.
    const parts = await workAll({ ...worker, pool: { ...worker.pool, compute } });
    await worker.pool.close();
    expect(parts).toBeGreaterThan(4);
    expect(most).toBeGreaterThanOrEqual(2);
  });

  it('that is killed half-way ends as if it had not been', async () => {
    await world.seed({ items: 36, sites: SITES, days: 60, after: 1 });
    await world.run({ origin: day(0), tier: 'fast' });
    await world.run({ origin: day(1), tier: 'full' });
    const whole = await world.stored();
    await world.forget();
    await world.run({ origin: day(0), tier: 'fast' });
    const { number, child } = await world.runElsewhere({ origin: day(1), tier: 'full' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let done = 0;
    for (let tries = 0; done < 1 && tries < 2_000; tries += 1) {
      await sleep(10);
      const { rows } = await world.admin.query<{ done: number }>(
        `SELECT count(*)::integer AS done FROM planning.run_part
         JOIN planning.forecast_run USING (forecast_run_id)
         WHERE number = $1 AND run_part.state = 'done' AND run_part.stage = 1`,
        [number],
      );
      done = rows[0]!.done;
    }
    child.kill('SIGKILL');
    await ended;
    const { rows } = await world.admin.query(
      'SELECT state, parts, parts_done FROM planning.forecast_run WHERE number = $1',
      [number],
    );
    // Killed in the middle, or the test shows nothing.
    expect(rows[0]).toMatchObject({ state: 'running' });
    expect(rows[0].parts_done).toBeLessThan(rows[0].parts - 1);
    const finished = await world.finishLater(number);
    expect(finished).toMatchObject({ state: 'done', reason: null });
    expect(await world.stored()).toEqual(whole);
  });

  it('never sees what came after its origin', async () => {
    const past = { items: 10, sites: SITES, days: 60 };
    const results: unknown[][] = [];
    for (const after of [0, 40]) {
      await world.forget();
      const change = (demand: number, _: number, at: number) => (at > 0 ? demand * 50 : demand);
      await world.seed({ ...past, after, change });
      // A later run leaves forecasts behind that the earlier one must not build on.
      if (after > 0) await world.run({ origin: day(30) });
      await world.admin.query('TRUNCATE planning.accuracy_day');
      await world.run({ origin: day(0) });
      results.push(await world.stored());
    }
    expect(results[1]).toEqual(results[0]);
  });

  it('selects methods anew for what is new, and rolls the rest forward', async () => {
    await world.seed({ items: 20, sites: ['N'], days: 60, after: 1 });
    const first = await world.run({ origin: day(0) });
    expect(first.result?.tiers).toEqual({ rolled: 0, fast: 0, full: 20 });
    const second = await world.run({ origin: day(1) });
    expect(second.result?.tiers.full).toBeLessThan(10);
    expect(second.result?.scoredDays).toBe(20);
    const again = await world.run({ origin: day(1) });
    expect(again.result?.tiers).toEqual(second.result?.tiers);
    expect(again.result?.scoredDays).toBe(0);
  });

  it('refuses a second one beside it, and stops when it is cancelled', async () => {
    await world.seed({ items: 2, sites: ['N'], days: 30 });
    const { number, child } = await world.runElsewhere({ origin: day(0) });
    child.kill('SIGKILL');
    await expect(world.run({ origin: day(0) })).rejects.toThrow(`${number} is under way`);
    await world.admin.query(
      `UPDATE planning.forecast_run SET state = 'cancelled' WHERE number = $1`,
      [number],
    );
    expect(await world.run({ origin: day(0) })).toMatchObject({ state: 'done' });
  });
});

describe('the day that a run sees last', () => {
  const at = (clock: string) => ({ ...world.context, clock: () => new Date(clock) });
  const zoneOf = (site: string, zone: string) =>
    world.admin.query('UPDATE network.site SET time_zone = $2 WHERE code = $1', [site, zone]);

  it('is over at every site, however far east or west', async () => {
    await world.seed({ items: 2, sites: ['W', 'E'], days: 30 });
    await zoneOf('W', 'Pacific/Pago_Pago');
    await zoneOf('E', 'Pacific/Tongatapu');
    // In Tonga it is the afternoon of the 2nd, in Samoa that of the 1st.
    const night = at('2026-03-02T02:30:00Z');
    const run = await runForecasts(night, {}, { threads: 1 });
    expect(run).toMatchObject({ origin: day(-1), state: 'done', result: { series: 4 } });
    for (const origin of [day(0), day(40)]) {
      const early = runForecasts(night, { origin }, { threads: 1 });
      await expect(early).rejects.toMatchObject({ extras: { errors: [{ found: origin }] } });
    }
    const later = at('2026-03-02T11:30:00Z');
    expect(await runForecasts(later, {}, { threads: 1 })).toMatchObject({ origin: day(0) });
    // Nobody waits for a site that has no demand.
    await world.forget();
    await world.seed({ items: 2, sites: ['E'], days: 30 });
    await runForecasts(night, { origin: day(-1) }, { threads: 1 });
    expect(await runForecasts(night, {}, { threads: 1 })).toMatchObject({ origin: day(0) });
    await world.admin.query(`UPDATE network.site SET time_zone = 'UTC'`);
  });
});

describe('a house of one item at one site', () => {
  it('has forecasts, levels and a report that say the same', async () => {
    await world.seed({ items: 1, sites: ['N'], days: 200 });
    const run = await world.run({ origin: day(0) });
    expect(run).toMatchObject({ state: 'done', result: { series: 1 } });
    const [forecast] = await read();
    const levels = await readAs(world.database, 'house', (tx) => selectLevels(tx, everyLevel));
    expect(levels.map(({ level }) => level)).toEqual(['total', 'region', 'site', 'group']);
    for (const { weekMeans } of levels) {
      expect(unpackFloats(weekMeans)[3]).toBeCloseTo(forecast!.weekMeans[3]!, 3);
    }
    const item = await showItemForecastOf(world.context, 'ITEM-00001', undefined);
    expect(item).toMatchObject({ sites: 1, correlation: 0, bySite: [{ site: 'N' }] });
    const wish = { periodDays: 7, ahead: 4, origins: 3, tier: 'fast', through: day(0) } as const;
    const report = await reportAccuracy(world.context, wish, { threads: 1 });
    expect(report).toMatchObject({ series: 1, total: { series: 1, periods: 12 } });
    // A site that sells since yesterday is forecast as well, and takes nothing from the other.
    const change = (demand: number, _: number, at: number) => (at < 0 ? 0 : demand);
    const { itemIds, siteIds } = await world.seed({ items: 1, sites: ['N', 'S'], days: 200 });
    await world.admin.query('DELETE FROM planning.demand WHERE site_id = $1', [siteIds[1]]);
    const quantities = Float64Array.from({ length: 1 }, () => change(3, 0, 0));
    const young = { itemId: itemIds[0]!, siteId: siteIds[1]!, ownerId: 1, scale: 0 };
    await inTransaction(world.database.poster, (tx) =>
      writeDemand(tx, [{ ...young, firstDay: dayOf(day(0)), quantities }]),
    );
    await world.run({ origin: day(0) });
    const both = await showItemForecastOf(world.context, 'ITEM-00001', undefined);
    expect(both.bySite.map(({ class: demandClass }) => demandClass)).toContain('new');
    expect(both.weeks[0]).toBeCloseTo(both.bySite[0]!.weeks[0]! + both.bySite[1]!.weeks[0]!, 3);
    expect(both.weekQuantiles[9]![0]).toBeGreaterThan(both.weeks[0]!);
  });

  it('keeps its forecast under another name, and says why there is none', async () => {
    const find = (sku: string, site?: string) =>
      site === undefined
        ? showItemForecastOf(world.context, sku, undefined)
        : showForecastOf(world.context, { item: sku, site });
    await world.seed({ items: 2, sites: ['N'], days: 60 });
    await world.admin.query(
      'DELETE FROM planning.demand WHERE item_id = (SELECT max(item_id) FROM planning.demand)',
    );
    await expect(find('ITEM-00001', 'N')).rejects.toThrow('Nothing was forecast yet');
    await world.run({ origin: day(0) });
    await world.admin.query(
      `UPDATE catalog.item SET sku = 'RENAMED', active = false WHERE sku = 'ITEM-00001'`,
    );
    expect((await find('RENAMED', 'N')).item).toBe('RENAMED');
    expect(await world.run({ origin: day(0) })).toMatchObject({ result: { series: 1 } });
    await expect(find('ITEM-00001')).rejects.toThrow('There is no item ITEM-00001');
    await expect(find('RENAMED', 'MOON')).rejects.toThrow('There is no site MOON');
    await expect(find('ITEM-00002', 'N')).rejects.toThrow(`was known through ${day(0)}`);
    await world.admin.query(
      `UPDATE catalog.item SET sku = 'ITEM-00001', active = true WHERE sku = 'RENAMED'`,
    );
  });
});

describe('bad history', () => {
  it('gives marked forecasts and no crash', async () => {
    const shapes = ['zeros', 'one point', 'spike', 'short'];
    await world.seed({
      ...{ items: shapes.length, sites: ['N'], days: 200 },
      change: (demand, item, at) => {
        if (shapes[item] === 'zeros') return at === -150 ? 1 : 0;
        if (shapes[item] === 'one point') return at === 0 ? 5 : 0;
        if (shapes[item] === 'spike') return at === -20 ? 1e9 : demand;
        return at > -3 ? 4 : 0;
      },
    });
    const run = await world.run({ origin: day(0) });
    expect(run).toMatchObject({ state: 'done', reason: null, result: { series: 4 } });
    const forecasts = await read();
    expect(forecasts[2]!.marks).toContain('spike');
    for (const { weekMeans, dayVariance } of forecasts) {
      expect(weekMeans.every((mean) => Number.isFinite(mean) && mean >= 0)).toBe(true);
      expect(Number.isFinite(dayVariance)).toBe(true);
    }
    expect(forecasts[2]!.weekMeans[0]).toBeLessThan(1e6);
  });
});
