import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import { MARKERS, type OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of what sourcing costs, decides and does; the sales order is owner A's. */

type Examples = Readonly<Record<string, OperationExample>>;

const CHANNEL = 'SOURCED';
const headers = () => ({ 'idempotency-key': newId() });

function ok(answer: TestAnswer): TestAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`an example could not be prepared: ${answer.text}`);
}

let made = 0;
function fresh(prefix: string): string {
  made += 1;
  return `${prefix}-${made}`;
}

export function sourcingExamples(world: LedgerWorld): Examples {
  return {
    ...costExamples(world),
    'GET /v1/sales-orders/{number}/sourcing': {
      foreign: true,
      make: async () => ({ params: { number: await sourced(world) } }),
    },
    'POST /v1/sourcing/runs': {
      make: () => ({ headers: headers(), body: { salesOrdersMax: 5 } }),
    },
    'GET /v1/sourcing/runs': { make: () => ({ query: { limit: '1000' } }) },
    'GET /v1/sourcing/runs/{number}': {
      make: async () => {
        const body = { salesOrdersMax: 1 };
        const run = ok(await world.house('POST /v1/sourcing/runs', body, headers())).body;
        return { params: { number: run.number } };
      },
    },
  };
}

/** Policies, sites and rates have the operations of every document. */
function costExamples(world: LedgerWorld): Examples {
  const site = async () => {
    const body = { code: fresh('SRC'), name: 'S', type: 'store', timeZone: 'UTC' };
    return ok(await world.house('POST /v1/sites', body)).body.code as string;
  };
  const kinds = [
    {
      ...{ name: 'policies', plural: 'sourcing-policies', parameter: 'code' },
      ...{ create: async () => ({ code: fresh('POLICY'), name: 'P' }), patch: { name: 'New' } },
    },
    {
      ...{ name: 'sites', plural: 'sourcing-sites', parameter: 'site' },
      create: async () => ({ site: await site(), lineCost: '0.30', unitCost: '0.10' }),
      patch: { unitCost: '0.20' },
    },
    {
      ...{ name: 'rates', plural: 'sourcing-rates', parameter: 'sourcingRateId' },
      create: async () => {
        const costs = { parcelCost: '4.00', kilogramCost: '0.50' };
        return { site: await site(), country: 'DE', ...costs };
      },
      patch: { parcelCost: '5.00' },
    },
  ];
  const examples: Record<string, OperationExample> = {};
  for (const { name, plural, parameter, create, patch } of kinds) {
    const path = `/v1/sourcing/${name}`;
    const existing = async (body?: unknown) => {
      const answer = ok(await world.house(`POST ${path}`, await create()));
      const params = { [parameter]: String(answer.body[parameter]) };
      return { params, headers: { 'if-match': String(answer.headers.etag) }, body };
    };
    const one = `${path}/{${parameter}}`;
    examples[`POST ${path}`] = { make: async () => ({ body: await create() }) };
    examples[`GET ${path}`] = { make: () => ({ query: { limit: '1000' } }) };
    examples[`POST ${path}/bulk`] = {
      make: async () => ({ body: { [plural]: [await create()] } }),
    };
    examples[`GET ${one}`] = { make: () => existing() };
    examples[`PATCH ${one}`] = { make: () => existing(patch) };
    examples[`POST ${one}/deactivate`] = { make: () => existing() };
    examples[`POST ${one}/reactivate`] = { make: () => existing() };
  }
  return examples;
}

/** A sales order of owner A, for which a site had to be chosen. */
async function sourced(world: LedgerWorld): Promise<string> {
  await world.house('POST /v1/channels', { code: CHANNEL, name: 'S', backorder: 'allow' });
  const body = {
    ...{ channel: CHANNEL, owner: MARKERS.owner },
    shipTo: { name: 'Ada', city: 'Berlin', country: 'DE' },
    lines: [{ item: MARKERS.item, quantity: '1' }],
  };
  return ok(await world.house('POST /v1/sales-orders', body, headers())).body.number;
}
