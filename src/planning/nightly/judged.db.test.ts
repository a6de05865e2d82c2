import { beforeEach, describe, expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { selectAccuracy } from './accuracy.queries.ts';
import { createOverride, undoOverride } from './overrides.commands.ts';
import { selectOverride } from './overrides.queries.ts';
import { readForecasts } from './read.ts';
import { reportAccuracy } from './report.ts';
import { figuresOf } from './score.ts';
import { showOverride } from './view.ts';

const world = await createForecastWorld();
const { day, context, database } = world;

beforeEach(() => world.forget());

const by = { actorId: 1, at: new Date() };
const override = (wish: Parameters<typeof createOverride>[1]) =>
  writeAs(database, 'house', (tx) => createOverride(tx, wish, by));
const shown = async (number: string) =>
  showOverride((await readAs(database, 'house', (tx) => selectOverride(tx, number)))!);
const read = () => readAs(database, 'house', (tx) => readForecasts(tx, {}));

describe('an override', () => {
  const promotion = (demand: number, _: number, at: number) => (at > 0 ? demand * 2 : demand);

  it('holds at once, is judged against the forecast without it, and can be undone', async () => {
    await world.seed({ items: 3, sites: ['N'], days: 60, after: 6, change: promotion });
    await world.run({ origin: day(0) });
    const [, plain] = await read();
    const days = { from: day(1), to: day(6) };
    const good = await override({
      ...{ item: 'ITEM-00002', site: 'N', ...days, kind: 'percent', value: 100 },
      reason: 'promotion',
    });
    const bad = await override({
      ...{ item: 'ITEM-00003', ...days, kind: 'percent', value: -100 },
      reason: 'a rumour',
    });
    const [, held] = await read();
    expect(held!.dayMeans[0]! / plain!.dayMeans[0]!).toBeCloseTo(2, 6);
    expect(held!.dayMeans[7]!).toBe(plain!.dayMeans[7]!);
    expect(held!.overrides).toEqual([good.overrideId]);
    // It was made after the forecast of the first day, so that day does not judge it.
    for (const after of [1, 2, 3]) await world.run({ origin: day(after) });
    const judged = await shown(good.number);
    expect(judged.valueAdded).toMatchObject({ days: 2 });
    expect(judged.valueAdded!.addedValue).toBeGreaterThan(0.3);
    expect(judged.valueAdded!.wapeWith).toBeLessThan(judged.valueAdded!.wapeWithout!);
    expect((await shown(bad.number)).valueAdded!.addedValue).toBeLessThan(0);
    await writeAs(database, 'house', (tx) => undoOverride(tx, good.number, 'over', by));
    expect((await read())[1]!.overrides).toEqual([]);
    await world.run({ origin: day(4) });
    expect((await shown(good.number)).valueAdded).toMatchObject({ days: 3 });
    await world.run({ origin: day(5) });
    expect((await shown(good.number)).valueAdded).toMatchObject({ days: 3 });
    const twice = writeAs(database, 'house', (tx) => undoOverride(tx, good.number, 'over', by));
    await expect(twice).rejects.toThrow('undone before');
  });

  it('gives way to a narrower one, and ends when it expires', async () => {
    await world.seed({ items: 1, sites: ['N', 'S'], days: 60 });
    await world.run({ origin: day(0) });
    const all = { item: 'ITEM-00001', from: day(1), to: day(9), reason: 'why' };
    await override({ ...all, kind: 'percent', value: 50, expiresOn: day(2) });
    await override({ ...all, site: 'N', kind: 'absolute', value: 7, confirmLarge: true });
    const [north, south] = await read();
    expect([...north!.dayMeans.subarray(0, 9)]).toEqual(Array(9).fill(7));
    expect(north!.weekMeans[0]).toBeCloseTo(49, 9);
    expect(south!.overrides).toHaveLength(1);
    await world.run({ origin: day(1) });
    expect((await read())[1]!.overrides).toHaveLength(0);
  });

  it('refuses what makes no sense', async () => {
    await world.seed({ items: 1, sites: ['N'], days: 30 });
    const wish = { item: 'ITEM-00001', site: 'N', from: day(1), to: day(2), reason: 'why' };
    const percent = { kind: 'percent', value: 10 } as const;
    for (const wrong of [
      { ...wish, ...percent, group: 'G' },
      { ...wish, ...percent, to: day(0) },
      { ...wish, ...percent, value: 2_000 },
      { ...wish, site: undefined, kind: 'absolute' as const, value: 1 },
      { ...wish, kind: 'absolute' as const, value: -1 },
      { ...wish, ...percent, item: 'NOTHING' },
    ]) {
      await expect(override(wrong)).rejects.toThrow();
    }
  });
});

describe('accuracy', () => {
  it('is summed over sites and groups, and says the same whichever way', async () => {
    await world.seed({ items: 6, sites: ['N', 'S'], days: 60, after: 3 });
    for (const after of [0, 1, 2, 3]) await world.run({ origin: day(after) });
    const sums = async (level: string) => {
      const filter = { level, code: null, from: day(1), to: day(3) };
      return readAs(database, 'house', (tx) => selectAccuracy(tx, filter, false));
    };
    const [total] = await sums('total');
    expect(total!.sums.days).toBe(36);
    for (const level of ['site', 'class', 'group', 'region']) {
      const rows = await sums(level);
      const demand = rows.reduce((sum, row) => sum + row.sums.actual, 0);
      expect(demand).toBeCloseTo(total!.sums.actual, 6);
    }
    const { wape, naiveWape } = figuresOf(total!.sums);
    expect(wape).toBeLessThan(naiveWape!);
  });

  it('notices when the errors of a series move away from what they were', async () => {
    const nights = 45;
    await world.seed({
      ...{ items: 2, sites: ['N'], days: 60, after: nights },
      // The second item is wanted quite otherwise from some night on.
      change: (_, item, at) => {
        if (item === 0) return 10 + (((at % 5) + 5) % 5);
        return at <= 32 ? 10 + (((at % 3) + 3) % 3) : at % 2 === 0 ? 120 : 0;
      },
    });
    for (let after = 0; after <= nights; after++) {
      await world.run({ origin: day(after), tier: 'fast' });
    }
    const [steady, changed] = await read();
    expect([steady!.isDrifting, changed!.isDrifting]).toEqual([false, true]);
    expect(changed!.driftedOn! > day(32)).toBe(true);
  });
});

describe('the report', () => {
  it('judges rolling origins beside simple methods, by what was known then', async () => {
    await world.seed({ items: 20, sites: ['N'], days: 300 });
    const wish = { periodDays: 7, ahead: 4, origins: 2, tier: 'fast', through: day(0) } as const;
    const made = await reportAccuracy(context, wish, { threads: 1 });
    expect(made.total).toMatchObject({ series: 20, periods: 160 });
    expect(made.total.rivals.model.wape).toBeLessThan(made.total.rivals.seasonalNaive.wape!);
    expect(made.classes.reduce((sum, { series }) => sum + series, 0)).toBe(20);
    const { thread } = await world.built();
    const threaded = await reportAccuracy(context, wish, { threads: 2, threadFile: thread });
    expect(threaded).toEqual(made);
    // Demand after the last day that is judged by changes nothing.
    const change = (demand: number, _: number, at: number) => (at > 0 ? demand * 9 : demand);
    await world.seed({ items: 20, sites: ['N'], days: 300, after: 20, change });
    expect(await reportAccuracy(context, wish, { threads: 1 })).toEqual(made);
  });
});
