import { describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { readAs } from '../../platform/database.ts';
import { loadDrivers } from './drivers.ts';
import { rollUpDemand } from './roll-up.ts';

const world = await createLedgerWorld();
const { admin, database, house, item, receive, posted } = world;
const context = testContext(database);
const DAY_MS = 86_400_000;
const today = Math.floor(context.clock().getTime() / DAY_MS);

function dayAgo(days: number): string {
  return new Date((today - days) * DAY_MS).toISOString().slice(0, 10);
}

async function made(path: string, body: object) {
  const answer = await house(`POST /v1/planning/${path}`, body);
  expect(answer.status, answer.text).toBe(201);
  return answer;
}

async function imported(
  rows: readonly string[],
  header = 'date,sku,site,quantity',
  kind = 'demand',
) {
  const csv = [header, ...rows].join('\n');
  const { body } = await house(`POST /v1/imports?kind=${kind}`, csv);
  expect(body).toMatchObject({ state: 'previewed', errors: [] });
  const done = await house(`POST /v1/imports/${body.importId}/commit`);
  expect(done.status, done.text).toBe(200);
  return body.importId as string;
}

async function periods(sku: string, from: number, to: number, bucket = 'day') {
  const query = `item=${sku}&site=N&from=${dayAgo(from)}&to=${dayAgo(to)}&bucket=${bucket}`;
  const answer = await house(`GET /v1/planning/demand-history?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.periods;
}

describe('a day', () => {
  it('of the year 0 is refused at every door, since PostgreSQL knows none', async () => {
    const never = '0000-01-01';
    const lists = ['promotions', 'calendar-days', 'signal-values'];
    for (const path of lists.map((name) => `/v1/planning/${name}?from=${never}`)) {
      const { status, body } = await house(`GET ${path}`);
      expect([status, body.errors[0].path]).toEqual([400, 'query.from']);
    }
    const event = { calendar: 'C', day: never, name: 'Never', kind: 'event' };
    const { status, body } = await house('POST /v1/planning/calendar-days', event);
    expect([status, body.errors[0].path]).toEqual([400, 'body.day']);
    const csv = `date,sku,site,quantity\n${never},X,N,1`;
    const read = await house('POST /v1/imports?kind=demand', csv);
    expect(read.body).toMatchObject({ state: 'invalid', errors: [{ row: 2, field: 'date' }] });
  });

  it('and a cursor that no roll-up has are refused as well', async () => {
    const cursor = Buffer.from('[99999999999999]').toString('base64url');
    const { status } = await house(`GET /v1/planning/demand-roll-ups?cursor=${cursor}`);
    expect(status).toBe(400);
  });
});

describe('an item that takes over from another', () => {
  it('has its history before its own, scaled, even before it has any', async () => {
    const [old, young] = [await item(), await item()];
    await imported([`${dayAgo(9)},${old},N,10`, `${dayAgo(5)},${old},N,20`]);
    await made('item-links', { item: young, predecessor: old, factor: '0.5' });
    await rollUpDemand(context);
    const before = await periods(young, 9, 5);
    expect(before.map((one: { demand: number }) => one.demand)).toEqual([5, 0, 0, 0, 10]);
    expect(before[0].marks).toEqual(['inherited']);
    await imported([`${dayAgo(6)},${young},N,7`]);
    const after = await periods(young, 9, 5);
    expect(after.map((one: { demand: number }) => one.demand)).toEqual([5, 0, 0, 7, 0]);
    expect(after[3].marks).toEqual([]);
  });

  it('closes no circle', async () => {
    const [one, other] = [await item(), await item()];
    await imported([`${dayAgo(3)},${one},N,4`, `${dayAgo(2)},${other},N,6`]);
    await made('item-links', { item: one, predecessor: other });
    await made('item-links', { item: other, predecessor: one });
    expect(await periods(one, 3, 2)).toHaveLength(2);
  });
});

describe('marks', () => {
  it('take days out of what is forecast from, and give them back', async () => {
    const sku = await item();
    await imported([`${dayAgo(4)},${sku},N,5`, `${dayAgo(3)},${sku},N,500`]);
    const days = { fromDay: dayAgo(3), toDay: dayAgo(3) };
    await made('demand-marks', { code: `FAIR-${sku}`, kind: 'exclude', item: sku, ...days });
    const [, marked] = await periods(sku, 4, 3);
    expect(marked).toMatchObject({ ordered: '500', demand: null, marks: ['excluded'] });
    await house(`POST /v1/planning/demand-marks/FAIR-${sku}/deactivate`);
    expect((await periods(sku, 4, 3))[1]).toMatchObject({ demand: 500, marks: [] });
  });

  it('take a sales order that only the ledger knows off, and give it back', async () => {
    const sku = await item();
    await receive(sku, '50', 'B1', { occurredAt: `${dayAgo(5)}T08:00:00Z` });
    const document = { type: 'sales_order', number: `BIG-${sku}` };
    const line = { kind: 'shipment', item: sku, from: 'B1', occurredAt: `${dayAgo(2)}T09:00:00Z` };
    await posted({ ...line, quantity: '40', document }, { ...line, quantity: '2' });
    await made('demand-marks', { code: sku, kind: 'exclude', salesOrder: document.number });
    await rollUpDemand(context);
    expect((await periods(sku, 2, 2))[0]).toMatchObject({ ordered: '2' });
    await house(`POST /v1/planning/demand-marks/${sku}/deactivate`);
    await rollUpDemand(context);
    expect((await periods(sku, 2, 2))[0]).toMatchObject({ ordered: '42' });
  });

  it('are either of days or of a sales order', async () => {
    const body = { code: 'HALF', kind: 'exclude', item: await item() };
    const answer = await house('POST /v1/planning/demand-marks', body);
    expect(answer.status).toBe(400);
    const paths = answer.body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(['body.fromDay', 'body.toDay']);
  });
});

describe('drivers', () => {
  it('come by API and CSV, and stand beside demand', async () => {
    const sku = await item();
    await imported([`${dayAgo(3)},${sku},N,5,9`], 'date,sku,site,quantity,price');
    await imported([`${sku},MUGS`], 'item,group_code', 'item-groups');
    await imported(['N,NORTH,,"[""SHOP""]"'], 'site,region_code,country,calendars', 'site-regions');
    await imported([`SHOP,${dayAgo(2)},Sale`], 'calendar,day,name', 'calendar-days');
    const days = { fromDay: dayAgo(3), toDay: dayAgo(3) };
    const promotion = { code: `P-${sku}`, name: 'P', groupCode: 'MUGS', regionCode: 'NORTH' };
    await made('promotions', { ...promotion, ...days, discountBasisPoints: 2500 });
    await made('signals', { code: 'RAIN', name: 'Rain', regionCode: 'NORTH' });
    await imported([`RAIN,${dayAgo(3)},1.5`], 'signal,day,value', 'signal-values');
    const [first, second] = await periods(sku, 3, 2);
    expect(first).toMatchObject({
      ...{ price: 9, promotions: [`P-${sku}`], discount: 0.25, signals: { RAIN: 1.5 } },
    });
    expect(second).toMatchObject({ events: ['Sale'], promotions: [], discount: 0, signals: {} });
    const { rows } = await admin.query(
      `SELECT item_id AS item, site_id AS site FROM catalog.item, network.site
       WHERE sku = $1 AND code = 'N'`,
      [sku],
    );
    const { item: itemId, site: siteId } = rows[0];
    const window = { fromDay: today - 5, toDay: today + 20 };
    const drivers = await readAs(database, 'house', (tx) => loadDrivers(tx, window));
    expect(drivers.days).toBe(26);
    expect([...drivers.discounts(itemId, siteId)!].indexOf(0.25)).toBe(2);
    expect(drivers.eventFlags(siteId).indexOf(1)).toBe(3);
    expect(drivers.signals(itemId, siteId)[0]?.values[2]).toBe(1.5);
    expect([drivers.groupOf(itemId), drivers.regionOf(siteId)]).toEqual(['MUGS', 'NORTH']);
  });

  it('by week are those of any of its days', async () => {
    const sku = await item();
    await imported([`${dayAgo(20)},${sku},N,5`, `${dayAgo(13)},${sku},N,4`]);
    const weeks = await periods(sku, 20, 0, 'week');
    const sums = weeks.reduce((sum: number, week: { demand: number }) => sum + week.demand, 0);
    expect(sums).toBe(9);
    for (const { from } of weeks) expect(new Date(from).getUTCDay()).toBe(1);
  });
});

describe('the list of series', () => {
  it('pages through what there is, filtered', async () => {
    const skus = [await item(), await item(), await item()];
    await imported(skus.map((sku) => `${dayAgo(1)},${sku},S,3`));
    for (const sku of skus) await made('item-groups', { item: sku, groupCode: 'PAGED' });
    const seen: string[] = [];
    let cursor = '';
    do {
      const query = `group=PAGED&limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await house(`GET /v1/planning/demand-series?${query}`);
      seen.push(...body.items.map((one: { item: string }) => one.item));
      expect(body.items[0]).toMatchObject({ site: 'S', ordered: '3', group: 'PAGED' });
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(skus);
  });
});

describe('the policy', () => {
  it('is changed under its ETag, and another rule for returns makes history anew', async () => {
    const read = await house('GET /v1/planning/demand-policy');
    const etag = { 'if-match': String(read.headers.etag) };
    const patch = { returnDays: 5 };
    const changed = await house('PATCH /v1/planning/demand-policy', patch, etag);
    expect(changed.body).toMatchObject({ returnDays: 5, version: read.body.version + 1 });
    expect((await house('PATCH /v1/planning/demand-policy', patch, etag)).status).toBe(412);
    const run = await rollUpDemand(context);
    expect(run.factsDone).toBe(run.factsTotal);
    const { rows } = await admin.query('SELECT sum(seq)::integer AS seq FROM ledger.journal_head');
    expect(run.factsDone).toBe(rows[0].seq);
    expect((await rollUpDemand(context)).factsDone).toBe(0);
  });
});
