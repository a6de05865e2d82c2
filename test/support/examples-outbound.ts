import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import { MARKERS, type OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of channels, sales orders and their fulfilment; the sales orders are owner A's. */

type Examples = Readonly<Record<string, OperationExample>>;

const headers = () => ({ 'idempotency-key': newId() });
const CHANNEL = 'EXAMPLES';

function ok(answer: TestAnswer): TestAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`an example could not be prepared: ${answer.text}`);
}

let made = 0;
function fresh(prefix: string): string {
  made += 1;
  return `${prefix}-${made}`;
}

export function outboundExamples(world: LedgerWorld): Examples {
  return {
    ...channelExamples(world),
    ...captureExamples(world),
    ...orderExamples(world),
    ...cartExamples(world),
    ...fulfilmentExamples(world),
    ...Object.fromEntries(
      ['sales-orders', 'cart-holds', 'backorders', 'fulfilment-requests'].map((list) => [
        `GET /v1/${list}`,
        { make: () => ({ query: { limit: '1000' } }) },
      ]),
    ),
  };
}

/** Channels and their limits have the operations of every document. */
function channelExamples(world: LedgerWorld): Examples {
  const channel = () => ({ code: fresh('CHANNEL'), name: 'C' });
  const limit = async () => {
    const body = ok(await world.house('POST /v1/channels', channel())).body;
    return { channel: body.code, item: await world.item(), site: 'N', ringFenced: '1' };
  };
  const kinds = [
    {
      ...{ path: '/v1/channels', plural: 'channels', parameter: 'code' },
      ...{ create: channel, patch: { name: 'New' } },
    },
    {
      ...{ path: '/v1/channel-limits', plural: 'channelLimits', parameter: 'channelLimitId' },
      ...{ create: limit, patch: { safetyBuffer: '2' } },
    },
  ];
  const examples: Record<string, OperationExample> = {};
  for (const { path, plural, parameter, create, patch } of kinds) {
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

/** The channel of all examples, made once. */
async function channelOf(world: LedgerWorld): Promise<string> {
  const { status, text } = await world.house('POST /v1/channels', { code: CHANNEL, name: 'E' });
  if (status !== 201 && status !== 409) throw new Error(`no channel: ${text}`);
  return CHANNEL;
}

async function orderBody(world: LedgerWorld) {
  return {
    channel: await channelOf(world),
    owner: MARKERS.owner,
    shipTo: { name: MARKERS.document, city: 'Berlin', country: 'DE' },
    notes: MARKERS.document,
    lines: [{ item: MARKERS.item, quantity: '1', site: 'N', unitPrice: '2.50' }],
  };
}

async function captured(world: LedgerWorld, more: object = {}): Promise<TestAnswer> {
  const body = { ...(await orderBody(world)), ...more };
  return ok(await world.house('POST /v1/sales-orders', body, headers()));
}

function captureExamples(world: LedgerWorld): Examples {
  return {
    'POST /v1/sales-orders': {
      foreign: true,
      make: async () => ({ headers: headers(), body: await orderBody(world) }),
    },
    'POST /v1/sales-orders/bulk': {
      make: async () => ({ body: { orders: [{ id: newId(), ...(await orderBody(world)) }] } }),
    },
  };
}

function orderExamples(world: LedgerWorld): Examples {
  const existing = async (body?: unknown, more: object = {}, params: object = {}) => {
    const answer = await captured(world, more);
    return { params: { number: answer.body.number, ...params }, headers: headers(), body };
  };
  const matching = async (body: unknown) => {
    const answer = await captured(world);
    const match = { 'if-match': String(answer.headers.etag) };
    return { params: { number: answer.body.number }, headers: match, body };
  };
  const stockedElsewhere = async () => {
    const item = await world.item();
    await world.receive(item, '5', 'B3');
    await world.receive(item, '5', 'C1');
    const line = { item, quantity: '1', site: 'N' };
    const owner = { owner: 'HOUSE', lines: [line] };
    return existing({ line: 1, part: 1, site: 'S' }, owner);
  };
  const one = '/v1/sales-orders/{number}';
  return {
    [`GET ${one}`]: { foreign: true, make: () => existing() },
    [`GET ${one}/history`]: { foreign: true, make: () => existing() },
    [`PATCH ${one}`]: { foreign: true, make: () => matching({ priority: 70 }) },
    [`POST ${one}/cancel`]: { foreign: true, make: () => existing({ reason: 'Changed mind' }) },
    [`POST ${one}/holds`]: { foreign: true, make: () => existing({ kind: 'fraud' }) },
    [`POST ${one}/holds/{kind}/release`]: {
      foreign: true,
      make: () => existing({ note: 'Paid' }, { holds: ['payment'] }, { kind: 'payment' }),
    },
    [`POST ${one}/release`]: { foreign: true, make: () => existing() },
    [`POST ${one}/move`]: { make: stockedElsewhere },
  };
}

function cartExamples(world: LedgerWorld): Examples {
  const body = async () => ({
    channel: await channelOf(world),
    owner: MARKERS.owner,
    expiresInSeconds: 600,
    lines: [{ item: MARKERS.item, quantity: '1', site: 'N' }],
  });
  const existing = async (more?: unknown) => {
    const answer = ok(await world.house('POST /v1/cart-holds', await body(), headers()));
    return { params: { id: answer.body.cartHoldId as string }, headers: headers(), body: more };
  };
  const one = '/v1/cart-holds/{id}';
  return {
    'POST /v1/cart-holds': {
      foreign: true,
      make: async () => ({ headers: headers(), body: await body() }),
    },
    [`GET ${one}`]: { foreign: true, make: () => existing() },
    [`POST ${one}/extend`]: { foreign: true, make: () => existing({ expiresInSeconds: 900 }) },
    [`POST ${one}/release`]: { foreign: true, make: () => existing() },
  };
}

function fulfilmentExamples(world: LedgerWorld): Examples {
  const existing = async (body?: unknown) => {
    const { number } = (await captured(world)).body;
    ok(await world.house(`POST /v1/sales-orders/${number}/release`, undefined, headers()));
    const list = await world.house(`GET /v1/fulfilment-requests?salesOrder=${number}`);
    const [request] = ok(list).body.items;
    return { params: { number: request.number as string }, headers: headers(), body };
  };
  const one = '/v1/fulfilment-requests/{number}';
  const short = { lines: [{ line: 1, quantity: '1' }] };
  return {
    [`GET ${one}`]: { foreign: true, make: () => existing() },
    [`GET ${one}/history`]: { foreign: true, make: () => existing() },
    [`POST ${one}/accept`]: { foreign: true, make: () => existing() },
    [`POST ${one}/withdraw`]: { foreign: true, make: () => existing() },
    [`POST ${one}/short`]: { foreign: true, make: () => existing(short) },
    [`POST ${one}/ship`]: { foreign: true, make: () => existing({ carrier: 'DHL' }) },
  };
}
