import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildServer, modules } from '../src/api/index.ts';
import { runForecasts } from '../src/planning/nightly/runs.ts';
import { createKey, SYSTEM } from '../src/platform/auth/index.ts';
import type { App } from '../src/platform/http.ts';
import { demoScale, seedDemo } from '../src/sim/index.ts';
import { type ApiClient, createClient } from '../src/sim/posting/client.ts';
import { testContext } from './support/context.ts';
import { createTestDatabase } from './support/database.ts';

/** What docs/guides/planner.md does by hand, on the small demo. */

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Body = any;

const TIMEOUT_MS = 180_000;
const { database } = await createTestDatabase();
const context = testContext(database);
let app: App;
let client: ApiClient;
beforeAll(async () => {
  app = await buildServer(context, modules);
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  const { key } = await createKey(context, { name: 'demo', role: 'admin' }, SYSTEM);
  const target = { baseUrl, apiKey: key };
  client = createClient(target);
  await seedDemo({ ...target, seed: 'test', scale: demoScale.small });
}, TIMEOUT_MS);
afterAll(() => app.close());

async function done(path: string, body: object = {}): Promise<Body> {
  const answer = await client.post(path, body, `planning-demo:${path}`);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function all(path: string): Promise<Body[]> {
  const rows: Body[] = [];
  for await (const page of client.pages(path)) rows.push(...page);
  return rows;
}

async function onHand(item: string, site: string): Promise<number> {
  const { items } = await client.get(`/v1/availability?item=${item}&site=${site}&owner=HOUSE`);
  return Number(items[0]?.onHand ?? 0);
}

it('ends as purchase orders, receipts and stock on hand', { timeout: TIMEOUT_MS }, async () => {
  const forecasts = await runForecasts(context, {}, { threads: 1 });
  expect(forecasts.result?.series).toBeGreaterThan(100);
  const { run } = await done('/v1/planning/proposal-runs');
  let shown: Body;
  do shown = await client.get(`/v1/planning/proposal-runs/${run}`);
  while (shown.state === 'running');
  expect(shown).toMatchObject({ state: 'finished', message: null });
  expect(shown.figures.targets).toBeGreaterThan(100);
  expect(shown.figures.purchaseProposals).toBeGreaterThan(5);
  expect(shown.figures.exceptionsOpen).toBeGreaterThan(5);

  const heads = await all('/v1/planning/proposals?state=draft&kind=purchase');
  const proposals = heads.map(({ number }) => ({ number }));
  const approved = await done('/v1/planning/proposals/approve', { proposals });
  expect(approved).toMatchObject({ approved: proposals.length, refused: 0 });

  // One of them is followed to the shelf.
  const numbers = approved.proposals.map((each: Body) => each.document.number);
  const orders = await Promise.all(
    numbers.map((number: string) => client.get(`/v1/purchase-orders/${number}`)),
  );
  const order = orders.find(({ state }: Body) => state === 'approved');
  await done(`/v1/purchase-orders/${order.number}/send`);
  const before = await Promise.all(order.lines.map(({ item }: Body) => onHand(item, order.site)));
  const location = `${order.site.replace('FC-', '')}-DOCK-01`;
  const dated = { expiresOn: '2030-01-01', lot: 'PLANNED' };
  const items = new Map((await all('/v1/items')).map((item) => [item.sku, item]));
  const lines = order.lines
    .filter(({ item }: Body) => !items.get(item).tracksSerial)
    .map(({ line, quantity, item }: Body) => ({
      ...{ line, quantity, location },
      ...(items.get(item).tracksLot ? dated : {}),
    }));
  await done('/v1/receipts', { purchaseOrder: order.number, lines });
  const after = await Promise.all(order.lines.map(({ item }: Body) => onHand(item, order.site)));
  const received = new Set(lines.map(({ line }: Body) => line));
  order.lines.forEach(({ line, quantity }: Body, i: number) => {
    expect(after[i]! - before[i]!).toBeCloseTo(received.has(line) ? Number(quantity) : 0, 6);
  });
  expect(await done('/v1/verify')).toMatchObject({ ok: true });
});
