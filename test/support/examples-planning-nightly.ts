import { writeDemand } from '../../src/planning/demand/index.ts';
import { runForecasts } from '../../src/planning/nightly/runs.ts';
import { inTransaction } from '../../src/platform/database.ts';
import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import { testContext } from './context.ts';
import { MARKERS, type Marked, type OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of forecasts, their runs and overrides; the forecast is of owner A's item. */

type Examples = Readonly<Record<string, OperationExample>>;

const headers = () => ({ 'idempotency-key': newId() });
const RUNS = '/v1/planning/forecast-runs';
const OVERRIDES = '/v1/planning/overrides';
const LAST_DAY = 20_513;
const DAYS = 60;

function ok(answer: TestAnswer): TestAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`an example could not be prepared: ${answer.text}`);
}

/** Makes the forecast of owner A's item once. */
function forecaster(world: LedgerWorld, marked: Marked): () => Promise<void> {
  let made: Promise<void> | undefined;
  const make = async () => {
    const { rows } = await world.admin.query<{ itemId: number; siteId: number }>(
      `SELECT item_id AS "itemId", (SELECT site_id FROM network.site WHERE code = 'N') AS "siteId"
       FROM catalog.item WHERE sku = $1`,
      [MARKERS.item],
    );
    const series = {
      ...{ ...rows[0]!, ownerId: marked.ownerId, scale: 0, firstDay: LAST_DAY - DAYS + 1 },
      quantities: Float64Array.from({ length: DAYS }, (_, day) => 3 + (day % 4)),
    };
    await inTransaction(world.database.poster, (tx) => writeDemand(tx, [series]));
    await quiet(world);
    await runForecasts(testContext(world.database), { origin: '2026-03-01' }, { threads: 1 });
  };
  return () => {
    made ??= make();
    return made;
  };
}

/** One run is open at a time: what an example began must end before the next one. */
async function quiet(world: LedgerWorld): Promise<void> {
  const { rows } = await world.admin.query<{ number: string }>(
    `SELECT number FROM planning.forecast_run WHERE state IN ('queued', 'running')`,
  );
  for (const { number } of rows) await world.house(`POST ${RUNS}/${number}/cancel`, undefined);
}

export function planningNightlyExamples(world: LedgerWorld, marked: Marked): Examples {
  const forecast = forecaster(world, marked);
  const run = async () => {
    await quiet(world);
    return ok(await world.house(`POST ${RUNS}`, { tier: 'fast' }, headers())).body.number as string;
  };
  const wish = (value: number) => ({
    ...{ item: MARKERS.item, site: 'N', from: '2026-03-02', to: '2026-03-08' },
    ...{ kind: 'percent', value, reason: MARKERS.document },
  });
  const override = async () =>
    ok(await world.house(`POST ${OVERRIDES}`, wish(10), headers())).body.number as string;
  const one = (number: () => Promise<string>) => async () => ({
    params: { number: await number() },
  });
  const listed = (query: Record<string, string>) => async () => {
    await forecast();
    return { query };
  };
  return {
    [`POST ${RUNS}`]: {
      make: async () => {
        await quiet(world);
        return { headers: headers(), body: { tier: 'fast' } };
      },
    },
    [`GET ${RUNS}`]: { make: () => ({ query: { limit: '1000' } }) },
    [`GET ${RUNS}/{number}`]: { make: one(run) },
    [`POST ${RUNS}/{number}/cancel`]: { make: one(run) },
    'GET /v1/planning/forecasts': { make: listed({ limit: '1000' }) },
    'GET /v1/planning/forecasts/{item}/{site}': {
      foreign: true,
      make: async () => {
        await forecast();
        return { params: { item: MARKERS.item, site: 'N' } };
      },
    },
    'GET /v1/planning/item-forecasts': { make: listed({ limit: '1000' }) },
    'GET /v1/planning/item-forecasts/{item}': {
      foreign: true,
      make: async () => {
        await forecast();
        return { params: { item: MARKERS.item } };
      },
    },
    'GET /v1/planning/forecast-levels': { make: listed({ limit: '1000' }) },
    'GET /v1/planning/accuracy': { make: listed({ level: 'site' }) },
    [`POST ${OVERRIDES}`]: { make: () => ({ headers: headers(), body: wish(20) }) },
    [`GET ${OVERRIDES}`]: { make: () => ({ query: { limit: '1000' } }) },
    [`GET ${OVERRIDES}/{number}`]: { make: one(override) },
    [`GET ${OVERRIDES}/{number}/history`]: { make: one(override) },
    [`POST ${OVERRIDES}/{number}/undo`]: {
      make: async () => ({
        params: { number: await override() },
        headers: headers(),
        body: { reason: 'over' },
      }),
    },
  };
}
