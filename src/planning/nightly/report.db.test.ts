import { describe, expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';
import { createRandom } from '../random.ts';
import { type ReportWish, reportAccuracy } from './report.ts';

const world = await createForecastWorld();
const { admin, day, context } = world;
const DAYS = 360;
const LAG = 10;
/** Days after the last one for which rain is foretold. */
const REACH = 5;

/** A promotion of a week every seven weeks; the last began 20 days before the last day. */
const isPromoted = (at: number) => (((at + 20) % 49) + 49) % 49 < 7;
const random = createRandom('report', 'rain');
const values = Array.from({ length: 200 }, () => random.next() - 0.5);
const rain = (at: number) => values[Math.floor((at + DAYS + 2 * LAG) / 4)]!;

const { itemIds, siteIds } = await world.seed({
  ...{ items: 4, sites: ['N', 'S'], days: DAYS },
  change: (demand, item, at) => {
    if (item === 1) return isPromoted(at) ? 2 * demand : demand;
    return item === 2 ? Math.round(demand * Math.exp(2 * rain(at - LAG))) : demand;
  },
});

/** The first day of the promotion that began before or on a day. */
const startOf = (at: number) => at - ((((at + 20) % 49) + 49) % 49);
const starts = Array.from({ length: 8 }, (_, i) => startOf(0) - 49 * i).filter((at) => at > -DAYS);

async function promote(from: number): Promise<void> {
  await admin.query(
    `INSERT INTO planning.promotion (code, name, item_id, from_day, to_day, discount_basis_points)
     VALUES ('P' || $2::date, 'P', $1, $2::date, $2::date + 6, 2000)`,
    [itemIds[1], day(from)],
  );
}

async function setSignal(change: (value: number, at: number) => number): Promise<void> {
  const days = Array.from({ length: DAYS + LAG + REACH }, (_, i) => i - DAYS - LAG + 1);
  await admin.query('DELETE FROM planning.signal_value');
  await admin.query(
    `INSERT INTO planning.signal (code, name, kind, item_id, gaps)
     VALUES ('RAIN', 'RAIN', 'amount', $1, 'unknown') ON CONFLICT (code) DO NOTHING`,
    [itemIds[2]],
  );
  await admin.query(
    `INSERT INTO planning.signal_value (signal_id, day, value)
     SELECT signal_id, d, v FROM planning.signal, unnest($1::date[], $2::float8[]) x(d, v)`,
    [days.map(day), days.map((at) => change(rain(at), at))],
  );
}

const wish = { periodDays: 1, ahead: 28, origins: 1, tier: 'fast', through: day(0) } as const;
const report = (more: Partial<ReportWish> = {}) =>
  reportAccuracy(context, { ...wish, ...more }, { threads: 1 });
const lossOf = async (more: Partial<ReportWish> = {}) =>
  (await report(more)).total.rivals.model.pinball!;

describe('the report judges with drivers', () => {
  it('as they were known at each origin, so that what helps shows', async () => {
    const without = await lossOf();
    for (const from of starts) await promote(from);
    const promoted = await lossOf();
    expect(promoted).toBeLessThan(without * 0.97);
    await setSignal((value) => value);
    expect(await lossOf()).toBeLessThan(promoted);
    const { thread } = await world.built();
    const threaded = { threads: 2, threadFile: thread };
    expect(await reportAccuracy(context, { ...wish, tier: 'full' }, threaded)).toEqual(
      await report({ tier: 'full' }),
    );
  });

  it('none of which is dated after what it is about', async () => {
    const before = await report();
    await promote(1);
    await promote(30);
    await admin.query(
      `INSERT INTO planning.site_region (site_id, region_code, calendars)
       SELECT id, 'R', '["SHOP"]' FROM unnest($1::integer[]) id`,
      [siteIds],
    );
    await admin.query(
      `INSERT INTO planning.calendar_day (calendar, day, name, kind)
       VALUES ('SHOP', $1, 'A', 'closed')`,
      [day(1)],
    );
    expect(await report()).toEqual(before);
  });

  it('with signals no further ahead of an origin than they are of today', async () => {
    const before = await report();
    // The origin is 28 days back; what is foretold there ends REACH days after it.
    await setSignal((value, at) => (at > -28 + REACH ? 9 * value : value));
    expect(await report()).toEqual(before);
    await setSignal((value, at) => (at > -28 ? -value : value));
    expect(await report()).not.toEqual(before);
    await setSignal((value) => value);
  });

  it('with plans from the day on which they were made', async () => {
    const last = `P${day(startOf(0))}`;
    const recordedOn = (at: number) =>
      admin.query('UPDATE planning.promotion SET updated_at = $2 WHERE code = $1', [
        last,
        `${day(at)}T12:00:00Z`,
      ]);
    const isActive = (active: boolean) =>
      admin.query('UPDATE planning.promotion SET active = $2 WHERE code = $1', [last, active]);
    await isActive(false);
    const unknown = await report();
    await isActive(true);
    // Recorded after the origin and before it began: nobody at the origin knew.
    await recordedOn(-27);
    expect(await report()).toEqual(unknown);
    await recordedOn(-28);
    const known = await report();
    expect(known).not.toEqual(unknown);
    // Loaded with the past: it is taken to have been known four weeks before it began, not more.
    await recordedOn(5);
    expect(await report()).toEqual(known);
    const early = { ahead: 60 };
    const loaded = await report(early);
    await isActive(false);
    expect(await report(early)).toEqual(loaded);
  });
});
