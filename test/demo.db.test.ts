import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer, modules } from '../src/api/index.ts';
import { createKey, SYSTEM } from '../src/platform/auth/index.ts';
import type { App } from '../src/platform/http.ts';
import { formatDecimal } from '../src/platform/quantity.ts';
import { makeCatalogue } from '../src/sim/catalogue/index.ts';
import {
  demoScale,
  type LiveEvent,
  runLiveTraffic,
  type SeedSummary,
  seedDemo,
} from '../src/sim/index.ts';
import { planHistory } from '../src/sim/plan.ts';
import { type ApiClient, createClient } from '../src/sim/posting/client.ts';
import { testContext } from './support/context.ts';
import { createTestDatabase } from './support/database.ts';

const TIMEOUT_MS = 180_000;
/** Documents move goods beyond the plan, so the plan is compared without them. */
const scale = { ...demoScale.small, purchaseOrders: 0, salesOrders: 0 };
const seed = 'test';
const { database } = await createTestDatabase();

let app: App;
let target: { baseUrl: string; apiKey: string };
let client: ApiClient;
beforeAll(async () => {
  const context = testContext(database);
  app = await buildServer(context, modules);
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  const { key } = await createKey(context, { name: 'demo', role: 'admin' }, SYSTEM);
  target = { baseUrl, apiKey: key };
  client = createClient(target);
});
afterAll(() => app.close());

async function readAll<T>(path: string): Promise<T[]> {
  const all: T[] = [];
  for await (const page of client.pages(path)) all.push(...page);
  return all;
}

interface StockRow {
  readonly item: string;
  readonly owner: string;
  readonly location: string;
  readonly lpn: string | null;
  readonly disposition: string;
  readonly lot: string | null;
  readonly onHand: string;
  readonly inTransit: string;
}

/** What the API says is where, by position; zeros are left out. */
async function stock(): Promise<[string, string][]> {
  const rows = await readAll<StockRow>('/v1/stock');
  return rows
    .map((row): [string, string] => [
      [row.item, row.owner, row.location, row.lpn ?? '', row.disposition, row.lot ?? ''].join('|'),
      Number(row.onHand) === 0 ? row.inTransit : row.onHand,
    ])
    .filter(([, quantity]) => Number(quantity) !== 0)
    .sort();
}

/** The same as the plan has it when it is made again. */
function planned(summary: SeedSummary): [string, string][] {
  const end = Date.parse(summary.endsAt);
  const history = planHistory(seed, scale, makeCatalogue(seed, scale), end);
  while (history.next());
  return [...history.simulation.world.positions.values()]
    .map(({ key, quantity, item }): [string, string] => [
      key,
      formatDecimal(quantity, item.quantityScale),
    ])
    .sort();
}

async function journalHeads(): Promise<string[]> {
  const { items } = await client.get('/v1/journals');
  return items.map(({ hash }: { hash: string }) => hash);
}

describe('seeding', { timeout: TIMEOUT_MS }, () => {
  let summary: SeedSummary;

  it('goes on where it was cut short, and ends with the stock of the plan', async () => {
    const cut = new AbortController();
    const onProgress = (step: string, done: number, total: number) => {
      if (step === 'history' && done > total / 2) cut.abort(new Error('cut'));
    };
    const half = seedDemo({ ...target, seed, scale, onProgress, signal: cut.signal });
    await expect(half).rejects.toThrow('cut');
    const steps = new Map<string, number>();
    summary = await seedDemo({
      ...target,
      seed,
      scale,
      onProgress: (step, done, total) => steps.set(step, done / total),
    });
    expect(summary.refused).toEqual({});
    expect(summary.examples).toEqual([]);
    expect([...steps]).toEqual([
      ['catalogue', 1],
      ['history', 1],
    ]);
    expect(await stock()).toEqual(planned(summary));
  });

  it('done again posts nothing and tells the same', async () => {
    const before = await journalHeads();
    expect(await seedDemo({ ...target, seed, scale })).toEqual(summary);
    expect(await journalHeads()).toEqual(before);
  });

  it('then buys, sells and takes back, once, and the books tie', async () => {
    const states = async (path: string) => {
      const rows = await readAll<{ number: string; state: string }>(path);
      return rows.map(({ number, state }) => `${number} ${state}`).sort();
    };
    const documents = async () => ({
      bought: await states('/v1/purchase-orders'),
      billed: await states('/v1/supplier-invoices'),
      sold: await states('/v1/sales-orders'),
      returned: await states('/v1/returns'),
    });
    await seedDemo({ ...target, seed, scale: demoScale.small });
    const made = await documents();
    expect(made.bought).toHaveLength(demoScale.small.purchaseOrders);
    expect(made.sold).toHaveLength(demoScale.small.salesOrders);
    expect(new Set(made.sold.map((row) => row.split(' ')[1])).size).toBeGreaterThan(3);
    for (const state of ['approved', 'held']) {
      expect(made.billed.map((row) => row.split(' ')[1])).toContain(state);
    }
    expect(made.returned.map((row) => row.split(' ')[1])).toContain('completed');
    await seedDemo({ ...target, seed, scale: demoScale.small });
    expect(await documents()).toEqual(made);
    const { body } = await client.post('/v1/verify', {});
    expect([body.ok, body.books.ok]).toEqual([true, true]);
  });
});

/** Live traffic for a while; `during` happens in the middle of it. */
async function live(speed: number, milliseconds: number, during?: () => Promise<void>) {
  const events: LiveEvent[] = [];
  const end = new AbortController();
  const running = runLiveTraffic({
    ...target,
    speed,
    signal: end.signal,
    onEvent: (event) => events.push(event),
  });
  const until = async (type: LiveEvent['type'], count: number) => {
    for (let waited = 0; waited < 60_000; waited += 50) {
      if (events.filter((event) => event.type === type).length >= count) return;
      await sleep(50);
    }
    throw new Error(`no ${count} events '${type}' in: ${JSON.stringify(events.slice(-5))}`);
  };
  await until('started', 1);
  await sleep(milliseconds);
  await during?.();
  const before = events.filter(({ type }) => type === 'done').length;
  await until('done', before + 20);
  end.abort();
  await running;
  return events;
}

describe('live traffic', { timeout: TIMEOUT_MS }, () => {
  it('works as the people of a warehouse do, and is refused nothing', async () => {
    const events = await live(400, 4_000);
    expect(events.filter(({ type }) => type !== 'done' && type !== 'started')).toEqual([]);
    const kinds = new Set(events.flatMap((event) => (event.type === 'done' ? event.kind : [])));
    for (const kind of ['pick', 'shipment', 'receipt', 'putaway']) expect(kinds).toContain(kind);
    expect(Math.min(...(await stock()).map(([, quantity]) => Number(quantity)))).toBeGreaterThan(0);
  });

  it('has an office that buys, sells, ships and takes in what arrives', async () => {
    const count = async (path: string) => (await readAll(path)).length;
    const end = new AbortController();
    const events: LiveEvent[] = [];
    const [sold, bought, received] = await Promise.all(
      ['/v1/sales-orders', '/v1/purchase-orders', '/v1/receipts'].map(count),
    );
    const running = runLiveTraffic({
      ...target,
      demo: { scale: demoScale.small, seed },
      speed: 200,
      signal: end.signal,
      onEvent: (event) => events.push(event),
    });
    const more = (path: string, before: number) =>
      expect.poll(() => count(path), { timeout: 60_000 }).toBeGreaterThan(before);
    await more('/v1/sales-orders', sold! + 30);
    await more('/v1/purchase-orders', bought! + 3);
    await more('/v1/receipts', received!);
    end.abort();
    await running;
    expect(events.filter(({ type }) => type === 'undone' || type === 'waiting')).toEqual([]);
    expect((await client.post('/v1/verify', {})).body.ok).toBe(true);
  });

  it('finds its way when others take what it believed to have', async () => {
    const steal = async () => {
      const rows = await readAll<StockRow>('/v1/stock?disposition=sellable');
      const items = await readAll<{ sku: string; tracksSerial: boolean }>('/v1/items');
      const plain = new Set(items.filter((i) => !i.tracksSerial).map(({ sku }) => sku));
      const stolen = rows.filter(({ item, onHand }) => plain.has(item) && Number(onHand) > 0);
      const commands = stolen.map(({ item, owner, location, lpn, lot, onHand }, index) => ({
        id: `theft-${index}`,
        lines: [
          {
            kind: 'adjustment',
            item,
            owner,
            quantity: onHand,
            reason: 'theft',
            from: { location, ...(lpn ? { lpn } : {}) },
            ...(lot ? { lot } : {}),
          },
        ],
      }));
      const { status } = await client.post('/v1/movements/bulk', { commands });
      expect(status).toBe(200);
    };
    const events = await live(400, 1_000, steal);
    expect(events.some(({ type }) => type === 'refused')).toBe(true);
    expect(events.filter(({ type }) => type === 'waiting')).toEqual([]);
  });

  it('waits while it is not let in, and stops at once when it is told to', async () => {
    const events: LiveEvent[] = [];
    const end = new AbortController();
    const running = runLiveTraffic({
      ...target,
      apiKey: 'nobody',
      speed: 1,
      signal: end.signal,
      onEvent: (event) => events.push(event),
    });
    await expect.poll(() => events.map(({ type }) => type)).toContain('waiting');
    end.abort();
    await running;
    expect(events).toMatchObject([{ type: 'waiting', error: expect.stringContaining('401') }]);
  });
});

describe('seeding what is there already, otherwise', { timeout: TIMEOUT_MS }, () => {
  it('tells of what is refused instead of hiding it', async () => {
    const other = await seedDemo({ ...target, seed, scale: { ...scale, orderLinesPerDay: 61 } });
    expect(other.refused['command-id-reused']).toBeGreaterThan(1_000);
    expect(other.examples.length).toBeGreaterThan(0);
  });
});
