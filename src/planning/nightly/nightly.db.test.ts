import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';
import { inTransaction, readAs } from '../../platform/database.ts';
import { selectLevels } from './forecasts.queries.ts';
import { unpackFloats } from './pack.ts';
import { demandOver, readForecasts } from './read.ts';
import { openWorker, queueRun, workAll } from './runs.ts';

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
