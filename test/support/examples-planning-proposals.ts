import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import type { OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of planning settings, runs, targets, proposals and exceptions; all the house's. */

type Examples = Readonly<Record<string, OperationExample>>;

const CHANNEL = 'PLANNED';
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

const supplierOf = async (world: LedgerWorld): Promise<string> => {
  const body = { code: fresh('PLAN-SUP'), name: 'S', currency: 'EUR' };
  return ok(await world.house('POST /v1/suppliers', body)).body.code;
};

/** Waits until no run is under way. */
async function idle(world: LedgerWorld): Promise<void> {
  for (;;) {
    const { body } = ok(await world.house('GET /v1/planning/proposal-runs?limit=1'));
    if (body.items[0]?.state !== 'running') return;
    await sleep(10);
  }
}

async function run(world: LedgerWorld): Promise<number> {
  for (;;) {
    await idle(world);
    const answer = await world.house('POST /v1/planning/proposal-runs', {}, headers());
    if (answer.status === 409) continue;
    await idle(world);
    return ok(answer).body.run;
  }
}

/** An item that customers wait for and a supplier sells: the next run proposes to buy it. */
async function proposed(world: LedgerWorld): Promise<{ number: string; etag: string }> {
  const { house } = world;
  const supplier = await supplierOf(world);
  const item = fresh('PLAN-ITEM');
  ok(await house('POST /v1/items', { sku: item, name: item }));
  ok(await house('POST /v1/supplier-items', { supplier, item }));
  const price = { supplier, item, currency: 'EUR', unitPrice: '2', validFrom: '2026-01-01' };
  ok(await house('POST /v1/supplier-prices', price));
  await house('POST /v1/channels', { code: CHANNEL, name: 'P', backorder: 'allow' });
  const shipTo = { name: 'Ada', city: 'Berlin', country: 'DE' };
  const order = { channel: CHANNEL, shipTo, lines: [{ item, quantity: '3' }] };
  ok(await house('POST /v1/sales-orders', order, headers()));
  await run(world);
  const { body } = ok(await house(`GET /v1/planning/proposals?item=${item}`));
  const { number, version } = body.items[0];
  return { number, etag: `"${version}"` };
}

/** A purchase order that is late: the next run finds it. */
async function endangered(world: LedgerWorld): Promise<{ exception: string; etag: string }> {
  const { house } = world;
  const supplier = await supplierOf(world);
  const item = fresh('PLAN-ITEM');
  ok(await house('POST /v1/items', { sku: item, name: item }));
  const line = { item, quantity: '3', unitPrice: '2', expectedOn: '2026-01-01' };
  const order = { supplier, site: 'N', lines: [line] };
  const { number } = ok(await house('POST /v1/purchase-orders', order, headers())).body;
  ok(await house(`POST /v1/purchase-orders/${number}/submit`, {}, headers()));
  await run(world);
  const { body } = ok(await house(`GET /v1/planning/exceptions?item=${item}`));
  const { exception, version } = body.items[0];
  return { exception: String(exception), etag: `"${version}"` };
}

/** Settings have the operations of every document. */
function settingExamples(world: LedgerWorld): Examples {
  const kinds = [
    {
      ...{ name: 'settings', plural: 'planningSettings', parameter: 'code' },
      create: async () => {
        const item = fresh('PLAN-ITEM');
        ok(await world.house('POST /v1/items', { sku: item, name: item }));
        return { code: fresh('PLAN'), item, reviewPeriodDays: 7 };
      },
      patch: { reviewPeriodDays: 14 },
    },
    {
      ...{ name: 'supplier-settings', plural: 'supplierSettings', parameter: 'supplier' },
      create: async () => ({ supplier: await supplierOf(world), orderDays: ['monday'] }),
      patch: { orderDays: ['friday'] },
    },
  ];
  const examples: Record<string, OperationExample> = {};
  for (const { name, plural, parameter, create, patch } of kinds) {
    const path = `/v1/planning/${name}`;
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

function proposalExamples(world: LedgerWorld): Examples {
  const path = '/v1/planning/proposals';
  const one = `${path}/{number}`;
  const named = async (body?: object) => {
    const { number } = await proposed(world);
    return { params: { number }, ...(body && { body, headers: headers() }) };
  };
  return {
    [`GET ${path}`]: { make: () => ({ query: { limit: '1000' } }) },
    [`GET ${one}`]: { make: () => named() },
    [`GET ${one}/history`]: { make: () => named() },
    [`PATCH ${one}`]: {
      make: async () => {
        const { number, etag } = await proposed(world);
        const body = { lines: [{ line: 1, quantity: '5' }], note: 'rounder' };
        return { params: { number }, headers: { 'if-match': etag }, body };
      },
    },
    [`POST ${one}/reject`]: { make: () => named({ reason: 'no' }) },
    [`POST ${one}/approve`]: { make: () => named({}) },
    [`POST ${path}/approve`]: {
      make: async () => {
        const { number } = await proposed(world);
        return { headers: headers(), body: { proposals: [{ number }] } };
      },
    },
  };
}

function exceptionExamples(world: LedgerWorld): Examples {
  const path = '/v1/planning/exceptions';
  const one = `${path}/{exception}`;
  const named = async (body?: object) => {
    const { exception, etag } = await endangered(world);
    return { params: { exception }, ...(body && { body, headers: { 'if-match': etag } }) };
  };
  return {
    [`GET ${path}`]: { make: () => ({ query: { limit: '1000' } }) },
    [`GET ${one}`]: { make: () => named() },
    [`GET ${one}/history`]: { make: () => named() },
    [`POST ${one}/acknowledge`]: { make: () => named({ note: 'seen' }) },
    [`POST ${one}/snooze`]: { make: () => named({ until: '2027-01-01' }) },
    [`POST ${one}/assign`]: { make: () => named({ assignedTo: 'Ada' }) },
    [`POST ${one}/reopen`]: {
      make: async () => {
        const { exception } = await endangered(world);
        ok(await world.house(`POST ${path}/${exception}/acknowledge`, {}));
        return { params: { exception }, body: {} };
      },
    },
  };
}

/** Examples of all of them. */
export function planningProposalExamples(world: LedgerWorld): Examples {
  const runs = '/v1/planning/proposal-runs';
  return {
    ...settingExamples(world),
    ...proposalExamples(world),
    ...exceptionExamples(world),
    [`POST ${runs}`]: {
      make: async () => {
        await idle(world);
        return { headers: headers(), body: {} };
      },
    },
    [`GET ${runs}`]: { make: () => ({ query: { limit: '1000' } }) },
    [`GET ${runs}/{run}`]: { make: async () => ({ params: { run: String(await run(world)) } }) },
    'GET /v1/planning/targets': {
      make: async () => {
        await run(world);
        return { query: { limit: '1000' } };
      },
    },
  };
}
