import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { inTransaction, readAs } from '../../platform/database.ts';
import { writeDemand } from '../demand/index.ts';
import { readForecasts } from './read.ts';
import { runForecasts } from './runs.ts';

const world = await createLedgerWorld();
const { house, fresh } = world;
const context = testContext(world.database);
const ORIGIN = '2026-03-01';
const LAST_DAY = 20_513;
let seller: Awaited<ReturnType<typeof world.owner>>;

beforeAll(async () => {
  seller = await world.owner('SELLER');
  await house('POST /v1/items', { sku: 'OURS', name: 'Ours' });
  await house('POST /v1/items', { sku: 'THEIRS', name: 'Theirs', owner: 'SELLER' });
  const { rows } = await world.admin.query<{ itemId: number; siteId: number; sku: string }>(
    `SELECT item_id AS "itemId", site_id AS "siteId", sku FROM catalog.item
     CROSS JOIN network.site WHERE sku IN ('OURS', 'THEIRS') AND code = 'N'`,
  );
  const series = rows.map(({ itemId, siteId, sku }) => ({
    ...{ itemId, siteId, ownerId: sku === 'OURS' ? 1 : seller.id, scale: 0 },
    firstDay: LAST_DAY - 59,
    quantities: Float64Array.from({ length: 60 }, (_, day) => 4 + (day % 7)),
  }));
  await inTransaction(world.database.poster, (tx) => writeDemand(tx, series));
  await runForecasts(context, { origin: ORIGIN }, { threads: 1 });
});

const override = {
  ...{ item: 'OURS', site: 'N', from: '2026-03-02', to: '2026-03-03' },
  ...{ kind: 'percent', value: 50, reason: 'fair' },
};

describe('forecasts', () => {
  it('are listed, filtered and paged', async () => {
    const all = await house('GET /v1/planning/forecasts');
    expect(all.body.items.map(({ item }: { item: string }) => item)).toEqual(['OURS', 'THEIRS']);
    const first = await house('GET /v1/planning/forecasts?limit=1');
    const next = await house(`GET /v1/planning/forecasts?limit=1&cursor=${first.body.nextCursor}`);
    expect([first, next].map(({ body }) => body.items[0].item)).toEqual(['OURS', 'THEIRS']);
    expect(next.body.nextCursor).toBeNull();
    const none = await house('GET /v1/planning/forecasts?item=OURS&drifting=true');
    expect(none.body.items).toEqual([]);
  });

  it('say why, how sure they are, and what came before', async () => {
    const { status, body } = await house('GET /v1/planning/forecasts/OURS/N');
    expect(status).toBe(200);
    expect(body).toMatchObject({ origin: ORIGIN, owner: 'HOUSE', overrides: [], tier: 'full' });
    expect(body.weekQuantiles).toHaveLength(body.levels.length);
    expect(body.weeks[0]).toBeGreaterThan(20);
    expect(body.history.days.slice(0, 3)).toEqual([4, 5, 6]);
    expect(body.explanation.summary).not.toBe('');
    expect((await house('GET /v1/planning/forecasts/OURS/S')).status).toBe(404);
  });

  it("of an owner are its own, and the house's business is not", async () => {
    const list = await seller.call('GET /v1/planning/forecasts');
    expect(list.body.items.map(({ item }: { item: string }) => item)).toEqual(['THEIRS']);
    expect((await seller.call('GET /v1/planning/forecasts/THEIRS/N')).status).toBe(200);
    expect((await seller.call('GET /v1/planning/forecasts/OURS/N')).status).toBe(404);
    for (const path of ['forecast-runs', 'forecast-levels', 'accuracy', 'overrides']) {
      expect((await seller.call(`GET /v1/planning/${path}`)).status).toBe(403);
    }
    const post = await seller.call('POST /v1/planning/overrides', override, fresh());
    expect(post.status).toBe(403);
  });

  it('add up', async () => {
    const { body } = await house('GET /v1/planning/forecast-levels?level=site');
    const lines = (await house('GET /v1/planning/forecasts')).body.items;
    const sum = lines.reduce((all: number, { weeks }: { weeks: number[] }) => all + weeks[3]!, 0);
    expect(body.items[0].weeks[3]).toBeCloseTo(sum, 2);
  });
});

describe('an override', () => {
  it('is of days that can be counted', async () => {
    for (const day of ['0000-01-01', '9999-12-31']) {
      const body = { ...override, from: day, to: day };
      const made = await house('POST /v1/planning/overrides', body, fresh());
      expect([made.status, made.body.errors?.length]).toEqual([400, 2]);
      expect((await house(`GET /v1/planning/accuracy?from=${day}`)).status).toBe(400);
    }
  });

  it('is made once for a key, shown in the forecast, and taken back with a reason', async () => {
    const key = fresh();
    const made = await house('POST /v1/planning/overrides', override, key);
    const again = await house('POST /v1/planning/overrides', override, key);
    expect([made.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(made.body);
    const { number } = made.body;
    const shown = await house('GET /v1/planning/forecasts/OURS/N');
    expect(shown.body.overrides).toEqual([number]);
    expect(shown.body.weeks[0]).toBeGreaterThan(shown.body.statisticalWeeks[0]);
    const listed = await house('GET /v1/planning/overrides?item=OURS');
    expect(listed.body.items).toHaveLength(1);
    const path = `/v1/planning/overrides/${number}`;
    const undone = await house(`POST ${path}/undo`, { reason: 'rain' }, fresh());
    expect(undone.body).toMatchObject({ undoneReason: 'rain' });
    expect((await house(`POST ${path}/undo`, { reason: 'rain' }, fresh())).status).toBe(409);
    const { body } = await house(`GET ${path}/history`);
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual([
      ...['created', 'undone'],
    ]);
    expect((await house('GET /v1/planning/forecasts/OURS/N')).body.overrides).toEqual([]);
  });

  it('many times the forecast must be confirmed, and is marked from then on', async () => {
    const many = { ...override, kind: 'absolute', value: 280 };
    const refused = await house('POST /v1/planning/overrides', many, fresh());
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ timesLarge: 5, highestDay: 10 });
    expect(refused.body.type).toContain('forecast-override-large');
    expect(refused.body.timesForecast).toBeGreaterThan(20);
    const wide = { ...override, site: undefined, value: 400 };
    expect((await house('POST /v1/planning/overrides', wide, fresh())).status).toBe(422);
    const confirmed = { ...many, confirmLarge: true };
    const made = await house('POST /v1/planning/overrides', confirmed, fresh());
    expect(made.status, made.text).toBe(201);
    expect(made.body.isLarge).toBe(true);
    expect(made.body.timesForecast).toBeCloseTo(refused.body.timesForecast, 2);
    const large = await readAs(world.database, 'house', (tx) => readForecasts(tx, {}));
    const { number, timesForecast } = made.body;
    const [ours, theirs] = large.map(({ largeOverrides }) => largeOverrides);
    expect(ours).toEqual([{ number, timesForecast: expect.any(Number), fromDay: LAST_DAY + 1 }]);
    expect(ours![0]!.timesForecast).toBeCloseTo(timesForecast, 2);
    expect(theirs).toEqual([]);
    await house(`POST /v1/planning/overrides/${number}/undo`, { reason: 'over' }, fresh());
    const usual = { ...override, value: 399, confirmLarge: true };
    const small = await house('POST /v1/planning/overrides', usual, fresh());
    expect(small.body).toMatchObject({ isLarge: false, timesForecast: 4.99 });
    const path = `/v1/planning/overrides/${small.body.number}`;
    await house(`POST ${path}/undo`, { reason: 'over' }, fresh());
  });

  it('names every code that is not known', async () => {
    const { item: _, ...rest } = override;
    for (const [wish, paths] of [
      [{ ...rest, group: 'NOBODY' }, ['body.group']],
      [{ ...override, item: 'NOTHING', site: 'NOWHERE' }, ['body.item', 'body.site']],
    ] as const) {
      const { status, body } = await house('POST /v1/planning/overrides', wish, fresh());
      expect(status).toBe(400);
      expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
    }
    await house('POST /v1/planning/item-groups', { item: 'OURS', groupCode: 'MUGS' }, fresh());
    const known = await house('POST /v1/planning/overrides', { ...rest, group: 'MUGS' }, fresh());
    expect(known.status, known.text).toBe(201);
    const path = `/v1/planning/overrides/${known.body.number}`;
    await house(`POST ${path}/undo`, { reason: 'over' }, fresh());
  });

  it('that makes no sense is refused with the field', async () => {
    const wrong = { ...override, to: '2026-01-01' };
    const { status, body } = await house('POST /v1/planning/overrides', wrong, fresh());
    expect([status, body.errors[0].path]).toEqual([400, 'body.to']);
  });
});

describe('a run', () => {
  it('is started, refused twice, worked on by the server, and kept', async () => {
    const path = '/v1/planning/forecast-runs';
    const { status, body } = await house(`POST ${path}`, { origin: '2026-03-02' }, fresh());
    expect(status).toBe(202);
    let run = body;
    for (let tries = 0; run.state !== 'done' && tries < 500; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      run = (await house(`GET ${path}/${run.number}`)).body;
    }
    expect(run).toMatchObject({ state: 'done', progress: 1, series: 2, result: { series: 2 } });
    const ended = await house(`POST ${path}/${run.number}/cancel`);
    expect(ended.status).toBe(409);
    const history = await house(`GET ${path}?state=done`);
    expect(history.body.items).toHaveLength(2);
    expect((await house(`GET ${path}/FR-999999`)).status).toBe(404);
  });
});

describe('a cursor', () => {
  it('is of one list with its filters, and of no other', async () => {
    const list = '/v1/planning/forecasts';
    const first = await house(`GET ${list}?limit=1&site=N`);
    const cursor = first.body.nextCursor as string;
    const next = await house(`GET ${list}?site=N&limit=5&cursor=${cursor}`);
    expect(next.body.items.map(({ item }: { item: string }) => item)).toEqual(['THEIRS']);
    for (const other of [
      `${list}?cursor=${cursor}`,
      `${list}?site=N&owner=HOUSE&cursor=${cursor}`,
      `/v1/planning/targets?site=N&cursor=${cursor}`,
      `/v1/planning/demand-series?site=N&cursor=${cursor}`,
      `${list}?site=N&cursor=${cursor.split('.')[0]}`,
      `${list}?site=N&cursor=${cursor}.${cursor.split('.')[1]}`,
      `${list}?site=N&cursor=.`,
      `${list}?site=N&cursor=`,
    ]) {
      const { status, body } = await house(`GET ${other}`);
      expect([other, status, body.errors?.[0]?.path]).toEqual([other, 400, 'query.cursor']);
    }
  });
});

describe('an item over all its sites', () => {
  const path = '/v1/planning/item-forecasts';

  beforeAll(async () => {
    await house('POST /v1/items', { sku: 'BOTH', name: 'At both sites' });
    const { rows } = await world.admin.query<{ itemId: number; siteId: number }>(
      `SELECT item_id AS "itemId", site_id AS "siteId" FROM catalog.item
       CROSS JOIN network.site WHERE sku = 'BOTH' AND code IN ('N', 'S')`,
    );
    const series = rows.map((row, site) => ({
      ...{ ...row, ownerId: 1, scale: 0, firstDay: LAST_DAY - 59 },
      quantities: Float64Array.from({ length: 60 }, (_, day) => 4 + (day % 7) + 3 * site),
    }));
    await inTransaction(world.database.poster, (tx) => writeDemand(tx, series));
    await runForecasts(context, { origin: '2026-03-01', tier: 'full' }, { threads: 1 });
  });

  it('is the sum of what is shown of each, with what planners say', async () => {
    const made = await house(
      'POST /v1/planning/overrides',
      { ...override, item: 'BOTH', to: '2026-03-20' },
      fresh(),
    );
    expect(made.status).toBe(201);
    const { status, body } = await house(`GET ${path}/BOTH`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ item: 'BOTH', owner: 'HOUSE', sites: 2, overridden: true });
    const lines = (await house('GET /v1/planning/forecasts?item=BOTH')).body.items;
    const listed = (await house(`GET ${path}?item=BOTH`)).body.items;
    for (const week of [0, 9, 25]) {
      expect(body.weeks[week]).toBeCloseTo(lines[0].weeks[week] + lines[1].weeks[week], 2);
      expect(listed[0].weeks[week]).toBe(body.weeks[week]);
      const [median, high] = [body.weekQuantiles[4][week], body.weekQuantiles[6][week]];
      expect(high).toBeGreaterThan(median);
      // The sum is not high in every week in which one of its sites is.
      expect(high).toBeLessThanOrEqual(Math.ceil(lines[0].weeks90[week] + lines[1].weeks90[week]));
    }
    expect(body.bySite.map(({ site }: { site: string }) => site)).toEqual(['N', 'S']);
    expect(body.history.days.slice(0, 3)).toEqual([11, 13, 15]);
  });

  it('is listed by page, and shown to whoever owns it', async () => {
    const first = await house(`GET ${path}?limit=1`);
    expect(first.body.items).toMatchObject([{ item: 'OURS', sites: 1 }]);
    const next = await house(`GET ${path}?limit=5&cursor=${first.body.nextCursor}`);
    expect(next.body.items.map(({ item }: { item: string }) => item)).toEqual(['THEIRS', 'BOTH']);
    expect(next.body.nextCursor).toBeNull();
    expect((await house(`GET ${path}?group=NONE`)).body.items).toEqual([]);
    expect((await seller.call(`GET ${path}`)).body.items).toMatchObject([{ item: 'THEIRS' }]);
    expect((await seller.call(`GET ${path}/THEIRS`)).body.sites).toBe(1);
    for (const foreign of ['OURS', 'BOTH', 'NOTHING']) {
      expect((await seller.call(`GET ${path}/${foreign}`)).status).toBe(404);
    }
  });
});
