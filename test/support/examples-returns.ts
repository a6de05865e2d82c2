import { newId } from '../../src/platform/ids.ts';
import type { Caller, TestAnswer } from './api.ts';
import { MARKERS, type OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of returns and their policies; the returns are of owner A's goods. */

type Examples = Readonly<Record<string, OperationExample>>;

const headers = () => ({ 'idempotency-key': newId() });
const CHANNEL = 'RETURN-EXAMPLES';

function ok(answer: TestAnswer): TestAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`an example could not be prepared: ${answer.text}`);
}

let made = 0;
function fresh(prefix: string): string {
  made += 1;
  return `${prefix}-${made}`;
}

export function returnsExamples(world: LedgerWorld): Examples {
  return {
    ...policyExamples(world),
    ...documentExamples(world),
    ...goodsExamples(world),
    ...moneyExamples(world),
    'GET /v1/returns': { make: () => ({ query: { limit: '1000' } }) },
    'GET /v1/returns/measures': { make: () => ({ query: { by: 'item', limit: '1000' } }) },
    'GET /v1/refurbishments': { make: () => ({ query: { limit: '1000' } }) },
  };
}

/** Policies have the operations of every document. */
function policyExamples(world: LedgerWorld): Examples {
  const path = '/v1/return-policies';
  const create = () => ({ channel: fresh('TERMS'), restockingFees: { changed_mind: 1000 } });
  const existing = async (body?: unknown) => {
    const answer = ok(await world.house(`POST ${path}`, create()));
    const match = { 'if-match': String(answer.headers.etag) };
    return { params: { channel: answer.body.channel }, headers: match, body };
  };
  const one = `${path}/{channel}`;
  return {
    [`POST ${path}`]: { make: () => ({ body: create() }) },
    [`GET ${path}`]: { make: () => ({ query: { limit: '1000' } }) },
    [`POST ${path}/bulk`]: { make: () => ({ body: { returnPolicies: [create()] } }) },
    [`GET ${one}`]: { make: () => existing() },
    [`PATCH ${one}`]: { make: () => existing({ windowDays: 14 }) },
    [`POST ${one}/deactivate`]: { make: () => existing() },
    [`POST ${one}/reactivate`]: { make: () => existing() },
  };
}

/** A sales order of owner A's own item that was shipped; answers its number. */
async function sold(house: Caller): Promise<string> {
  const channel = await house('POST /v1/channels', { code: CHANNEL, name: 'E' });
  if (channel.status !== 201 && channel.status !== 409) throw new Error(channel.text);
  const shipTo = { name: MARKERS.document, city: 'Berlin', country: 'DE' };
  const line = { item: MARKERS.item, quantity: '2', site: 'N', unitPrice: '2.50', tax: '0.95' };
  const order = { channel: CHANNEL, owner: MARKERS.owner, shipTo, lines: [line] };
  const { number } = ok(await house('POST /v1/sales-orders', order, headers())).body;
  ok(await house(`POST /v1/sales-orders/${number}/release`, undefined, headers()));
  const requests = ok(await house(`GET /v1/fulfilment-requests?salesOrder=${number}`)).body;
  for (const request of requests.items) {
    const path = `POST /v1/fulfilment-requests/${request.number}/ship`;
    ok(await house(path, {}, headers()));
  }
  return number;
}

async function createBody(world: LedgerWorld) {
  const lines = [{ orderLine: 1, quantity: '1', reason: 'damaged', comment: MARKERS.document }];
  return { salesOrder: await sold(world.house), site: 'N', notes: MARKERS.document, lines };
}

/** A new return; answers its number and ETag. */
async function returned(world: LedgerWorld) {
  const answer = ok(await world.house('POST /v1/returns', await createBody(world)));
  return { number: String(answer.body.number), etag: String(answer.headers.etag) };
}

// The markers are there only when everything is loaded: the two files import each other.
const receipt = () => ({
  scans: [{ item: MARKERS.item, quantity: '1', location: 'B4', lot: MARKERS.lot }],
});
const inspection = (kind: string) => ({
  receipt: 1,
  receiptLine: 1,
  grade: 'good',
  findings: MARKERS.document,
  outcome: { kind },
});

/** A return whose goods are there. */
async function arrived(world: LedgerWorld): Promise<string> {
  const { number } = await returned(world);
  ok(await world.house(`POST /v1/returns/${number}/receipts`, receipt(), headers()));
  return number;
}

/** A return whose goods were inspected, and what the inspection handed them over to. */
async function inspected(world: LedgerWorld, kind = 'restock') {
  const number = await arrived(world);
  const path = `POST /v1/returns/${number}/inspections`;
  const { body } = ok(await world.house(path, inspection(kind), headers()));
  return { number, handedOver: String(body.handedOver) };
}

function documentExamples(world: LedgerWorld): Examples {
  const one = '/v1/returns/{number}';
  const existing = async (body?: unknown) => {
    const { number, etag } = await returned(world);
    return { params: { number }, headers: { ...headers(), 'if-match': etag }, body };
  };
  const requested = async (body: unknown) => {
    const policy = { channel: CHANNEL, autoAuthorise: false };
    const there = await world.house('POST /v1/return-policies', policy);
    if (there.status !== 201) await setAutoAuthorise(world, false);
    const { number } = await returned(world);
    await setAutoAuthorise(world, true);
    return { params: { number }, headers: headers(), body };
  };
  return {
    'POST /v1/returns': {
      foreign: true,
      make: async () => ({ headers: headers(), body: await createBody(world) }),
    },
    [`GET ${one}`]: { foreign: true, make: () => existing() },
    [`GET ${one}/history`]: { foreign: true, make: () => existing() },
    [`PATCH ${one}`]: { foreign: true, make: () => existing({ notes: 'Fragile' }) },
    [`POST ${one}/authorise`]: { foreign: true, make: () => requested({}) },
    [`POST ${one}/reject`]: { foreign: true, make: () => requested({ note: 'Worn' }) },
    [`POST ${one}/dispatch`]: { foreign: true, make: () => existing({ carrier: 'DHL' }) },
    [`POST ${one}/cancel`]: { foreign: true, make: () => existing({ note: 'Kept' }) },
    [`POST ${one}/complete`]: {
      foreign: true,
      make: async () => {
        const { number } = await inspected(world);
        return { params: { number }, headers: headers(), body: {} };
      },
    },
  };
}

async function setAutoAuthorise(world: LedgerWorld, autoAuthorise: boolean): Promise<void> {
  const read = ok(await world.house(`GET /v1/return-policies/${CHANNEL}`));
  const match = { 'if-match': String(read.headers.etag) };
  ok(await world.house(`PATCH /v1/return-policies/${CHANNEL}`, { autoAuthorise }, match));
}

function goodsExamples(world: LedgerWorld): Examples {
  const one = '/v1/returns/{number}';
  return {
    [`POST ${one}/receipts`]: {
      foreign: true,
      make: async () => {
        const { number } = await returned(world);
        return { params: { number }, headers: headers(), body: receipt() };
      },
    },
    [`POST ${one}/inspections`]: {
      foreign: true,
      make: async () => {
        const number = await arrived(world);
        return { params: { number }, headers: headers(), body: inspection('restock') };
      },
    },
    [`POST ${one}/inspections/{inspection}/reverse`]: {
      foreign: true,
      make: async () => {
        const { number } = await inspected(world);
        return { params: { number, inspection: '1' }, headers: headers() };
      },
    },
    'POST /v1/refurbishments/{number}/finish': {
      foreign: true,
      make: async () => {
        const { handedOver: number } = await inspected(world, 'refurbish');
        return { params: { number }, headers: headers(), body: { outcome: 'done' } };
      },
    },
  };
}

function moneyExamples(world: LedgerWorld): Examples {
  const one = '/v1/returns/{number}';
  const due = async (body: unknown) => {
    const { number } = await inspected(world);
    return { params: { number }, headers: headers(), body };
  };
  const lines = [{ item: MARKERS.item, quantity: '1', site: 'N', unitPrice: '3.00' }];
  return {
    [`POST ${one}/quote`]: { foreign: true, make: () => due({}) },
    [`POST ${one}/refunds`]: { foreign: true, make: () => due({ note: 'Sorry' }) },
    [`POST ${one}/refusals`]: { foreign: true, make: () => due({ note: 'Worn' }) },
    [`POST ${one}/exchanges`]: { foreign: true, make: () => due({ order: { lines } }) },
  };
}
