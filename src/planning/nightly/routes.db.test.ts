import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { inTransaction } from '../../platform/database.ts';
import { writeDemand } from '../demand/index.ts';
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
