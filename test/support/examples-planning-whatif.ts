import { writeDemand } from '../../src/planning/demand/index.ts';
import { runForecasts } from '../../src/planning/nightly/runs.ts';
import { inTransaction } from '../../src/platform/database.ts';
import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import { testContext } from './context.ts';
import type { OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of scenarios, placements and prices; all the house's, and all of one item. */

type Examples = Readonly<Record<string, OperationExample>>;

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 120;
const headers = () => ({ 'idempotency-key': newId() });

function ok(answer: TestAnswer): TestAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`an example could not be prepared: ${answer.text}`);
}

/** The item that has a forecast at site N, made once for each world. */
const forecastItems = new WeakMap<LedgerWorld, Promise<string>>();

function forecastItem(world: LedgerWorld): Promise<string> {
  const known = forecastItems.get(world) ?? makeForecastItem(world);
  forecastItems.set(world, known);
  return known;
}

async function makeForecastItem(world: LedgerWorld): Promise<string> {
  const item = 'WHAT-IF-ITEM';
  ok(await world.house('POST /v1/items', { sku: item, name: item }));
  const line = { kind: 'receipt', item, quantity: '40', unitCost: '2.00', to: 'B1' };
  ok(await world.house('POST /v1/movements', { lines: [line] }, headers()));
  const context = testContext(world.database);
  const today = Math.floor(context.clock().getTime() / DAY_MS);
  const { rows } = await world.admin.query<{ itemId: number; siteId: number; ownerId: number }>(
    `SELECT i.item_id AS "itemId", s.site_id AS "siteId", o.owner_id AS "ownerId"
     FROM catalog.item i, network.site s, sellers.owner o
     WHERE i.sku = $1 AND s.code = 'N' AND o.is_house`,
    [item],
  );
  const quantities = Float64Array.from({ length: HISTORY_DAYS }, (_, day) => 3 + (day % 4));
  const prices = Float64Array.from({ length: HISTORY_DAYS }, (_, day) => 5 + (day % 9) / 10);
  const series = { ...rows[0]!, scale: 0, firstDay: today - HISTORY_DAYS, quantities, prices };
  await inTransaction(world.database.poster, (tx) => writeDemand(tx, [series]));
  const origin = new Date((today - 1) * DAY_MS).toISOString().slice(0, 10);
  await runForecasts(context, { origin }, { threads: 1 });
  return item;
}

const dateAhead = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

async function whatIfBody(world: LedgerWorld) {
  const items = [await forecastItem(world)];
  return { items, days: 7, paths: 10, change: { serviceTarget: 0.9 } };
}

async function whatIf(world: LedgerWorld): Promise<{ params: { number: string } }> {
  const body = await whatIfBody(world);
  const made = ok(await world.house('POST /v1/planning/what-ifs', body, headers())).body;
  return { params: { number: made.number } };
}

async function placementBody(world: LedgerWorld) {
  return {
    ...{ from: dateAhead(14), until: dateAhead(20), items: [await forecastItem(world)] },
    sites: [{ site: 'N', roomM3: 10, inboundM3PerWeek: 5 }],
  };
}

async function placement(world: LedgerWorld): Promise<{ number: string }> {
  const body = await placementBody(world);
  const made = ok(await world.house('POST /v1/planning/placements', body, headers())).body;
  return { number: made.number };
}

/** An example for every operation of scenarios, placements and prices. */
export function planningWhatIfExamples(world: LedgerWorld): Examples {
  return {
    'POST /v1/planning/what-ifs': {
      make: async () => ({ headers: headers(), body: await whatIfBody(world) }),
    },
    'GET /v1/planning/what-ifs': { make: () => ({ query: { limit: '1000' } }) },
    'GET /v1/planning/what-ifs/{number}': { make: () => whatIf(world) },
    'DELETE /v1/planning/what-ifs/{number}': { make: () => whatIf(world) },
    'POST /v1/planning/placements': {
      make: async () => ({ headers: headers(), body: await placementBody(world) }),
    },
    'GET /v1/planning/placements': { make: () => ({ query: { state: 'draft' } }) },
    'GET /v1/planning/placements/{number}': {
      make: async () => ({ params: await placement(world) }),
    },
    'POST /v1/planning/placements/{number}/accept': {
      make: async () => ({
        ...{ params: await placement(world), headers: headers(), body: { days: 1 } },
      }),
    },
    'POST /v1/planning/placements/{number}/reject': {
      make: async () => ({
        ...{ params: await placement(world), headers: headers(), body: { reason: 'too dear' } },
      }),
    },
    'GET /v1/planning/elasticity': {
      make: async () => ({ query: { item: await forecastItem(world) } }),
    },
    'GET /v1/planning/price-effect': {
      make: async () => ({
        query: { item: await forecastItem(world), newPrice: '4.50', elasticity: '-1.5' },
      }),
    },
  };
}
