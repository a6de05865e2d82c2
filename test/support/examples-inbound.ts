import { SCOPES } from '../../src/platform/auth/index.ts';
import { newId } from '../../src/platform/ids.ts';
import type { Caller, TestAnswer } from './api.ts';
import { MARKERS, type OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';
import type { Example } from './operations.ts';

/** Examples of purchasing; purchase orders, notices and receipts are owner A's. */

type Examples = Readonly<Record<string, OperationExample>>;
type Body = TestAnswer['body'];

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

/** Makes what examples need, step by step. */
interface Maker {
  post(path: string, body?: unknown): Promise<Body>;
  supplier(fields?: object): Promise<string>;
  /** A draft of owner A with one line of its item. */
  draft(fields?: object): Promise<{ number: string; etag: string }>;
  /** A purchase order that was sent; of the house where it has an item of its own. */
  sent(fields?: object): Promise<string>;
  /** A purchase order of the house with all of it received. */
  received(): Promise<{ item: string; supplier: string; order: string; receipt: string }>;
  invoice(): Promise<{ number: string; etag: string; body: object }>;
  landedCost(): Promise<string>;
  supplierReturn(): Promise<{ supplier: string; number: string }>;
}

function maker(world: LedgerWorld): Maker {
  let buyer: Caller | undefined;
  const post = async (path: string, body: unknown = {}) => {
    // Somebody else than who approves.
    buyer ??= await world.caller('example buyer', SCOPES);
    return ok(await buyer(`POST ${path}`, body, headers())).body;
  };
  const line = { item: MARKERS.item, quantity: '10', unitPrice: '2' };
  const make: Maker = {
    post,
    async supplier(fields = {}) {
      const code = fresh('EXAMPLE-SUP');
      await post('/v1/suppliers', { code, name: code, currency: 'EUR', ...fields });
      return code;
    },
    async draft(fields = {}) {
      const supplier = await make.supplier({ approvalLimit: '0' });
      const owned = { owner: MARKERS.owner, notes: MARKERS.document, lines: [line] };
      const body = { supplier, site: 'N', ...owned, ...fields };
      const { number, version } = await post('/v1/purchase-orders', body);
      return { number, etag: `"${version}"` };
    },
    async sent(fields = {}) {
      const { number } = await make.draft(fields);
      await post(`/v1/purchase-orders/${number}/submit`);
      ok(await world.house(`POST /v1/purchase-orders/${number}/approve`, {}, headers()));
      await post(`/v1/purchase-orders/${number}/send`);
      return number;
    },
    async received() {
      const [supplier, item] = [await make.supplier(), await world.item()];
      const own = { supplier, owner: 'HOUSE', notes: 'N', lines: [{ ...line, item }] };
      const { number: order } = await make.draft(own);
      await post(`/v1/purchase-orders/${order}/submit`);
      const lines = [{ line: 1, quantity: '10', location: 'B1' }];
      const { number: receipt } = await post('/v1/receipts', { purchaseOrder: order, lines });
      return { item, supplier, order, receipt };
    },
    async invoice() {
      const { supplier, order } = await make.received();
      const lines = [{ purchaseOrder: order, line: 1, quantity: '10', amount: '20.00' }];
      const body = { supplier, reference: fresh('R'), invoicedOn: '2026-11-01', lines };
      const { number, version } = await post('/v1/supplier-invoices', body);
      return { number, etag: `"${version}"`, body };
    },
    async landedCost() {
      return (await post('/v1/landed-costs', await landedCostBody(make))).number;
    },
    async supplierReturn() {
      const { supplier, item } = await make.received();
      const body = {
        supplier,
        reason: 'damaged',
        lines: [{ item, quantity: '1', location: 'B1' }],
      };
      return { supplier, number: (await post('/v1/supplier-returns', body)).number };
    },
  };
  return make;
}

async function landedCostBody(make: Maker): Promise<object> {
  const { supplier, receipt } = await make.received();
  const cost = { supplier, kind: 'freight', basis: 'value', amount: '5.00' };
  return { ...cost, incurredOn: '2026-11-01', receipts: [{ receipt }] };
}

const LISTS = [
  ...['purchase-orders', 'asns', 'receipts', 'supplier-invoices', 'landed-costs'],
  ...['supplier-returns', 'supplier-credits', 'lead-times', 'purchasing/grni'],
];

/** An example of every operation of purchasing. */
export function inboundExamples(world: LedgerWorld): Examples {
  const make = maker(world);
  return {
    ...referenceExamples(world, make),
    ...orderExamples(make),
    ...confirmationExamples(world, make),
    ...dockExamples(make),
    ...invoiceExamples(make),
    ...costExamples(make),
    ...returnExamples(make),
    ...Object.fromEntries(
      LISTS.map((list) => [`GET /v1/${list}`, { make: () => ({ query: { limit: '1000' } }) }]),
    ),
    'GET /v1/purchasing/bottlenecks': { make: () => ({}) },
    'GET /v1/expected-receipts': { make: () => ({ query: { item: MARKERS.item } }) },
    'GET /v1/suppliers/{code}/scorecard': {
      make: async () => ({ params: { code: await make.supplier() } }),
    },
  };
}

/** Suppliers, what they sell and their prices have the operations of every document. */
function referenceExamples(world: LedgerWorld, make: Maker): Examples {
  const own = async () => ({ supplier: await make.supplier(), item: await world.item() });
  const kinds = [
    {
      ...{ path: '/v1/suppliers', plural: 'suppliers', parameter: 'code' },
      create: () => ({ code: fresh('EXAMPLE-SUPPLIER'), name: 'S', currency: 'EUR' }),
      patch: { name: 'New' },
    },
    {
      ...{ path: '/v1/supplier-items', plural: 'supplierItems', parameter: 'supplierItemId' },
      ...{ create: own, patch: { leadTimeDays: 3 } },
    },
    {
      ...{ path: '/v1/supplier-prices', plural: 'supplierPrices', parameter: 'supplierPriceId' },
      create: async () => {
        return { ...(await own()), currency: 'EUR', validFrom: '2026-01-01', unitPrice: '1.5' };
      },
      patch: { unitPrice: '2' },
    },
  ];
  const examples: Record<string, OperationExample> = {};
  for (const { path, plural, parameter, create, patch } of kinds) {
    const existing = async (body?: unknown): Promise<Example> => {
      const document = await make.post(path, await create());
      const etag = `"${document.version}"`;
      const params = { [parameter]: String(document[parameter]) };
      return { params, headers: { 'if-match': etag }, body };
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

function orderExamples(make: Maker): Examples {
  const one = '/v1/purchase-orders/{number}';
  const submitted = async () => {
    const { number } = await make.draft();
    await make.post(`/v1/purchase-orders/${number}/submit`);
    return number;
  };
  const approved = async () => {
    const supplier = await make.supplier();
    const { number } = await make.draft({ supplier });
    await make.post(`/v1/purchase-orders/${number}/submit`);
    return number;
  };
  const act = (number: () => Promise<string>): OperationExample => ({
    make: async () => ({ params: { number: await number() }, headers: headers(), body: {} }),
  });
  const read = (): OperationExample => ({
    foreign: true,
    make: async () => ({ params: { number: (await make.draft()).number } }),
  });
  const line = { item: MARKERS.item, quantity: '5', unitPrice: '2' };
  return {
    'POST /v1/purchase-orders': {
      make: async () => ({
        headers: headers(),
        body: {
          ...{ supplier: await make.supplier(), site: 'N', owner: MARKERS.owner },
          ...{ notes: MARKERS.document, lines: [line] },
        },
      }),
    },
    [`GET ${one}`]: read(),
    [`GET ${one}/history`]: read(),
    [`GET ${one}/revisions`]: read(),
    [`PATCH ${one}`]: {
      make: async () => {
        const { number, etag } = await make.draft();
        const body = { lines: [{ line: 1, quantity: '7' }] };
        return { params: { number }, headers: { 'if-match': etag }, body };
      },
    },
    [`POST ${one}/submit`]: act(async () => (await make.draft()).number),
    [`POST ${one}/approve`]: act(submitted),
    [`POST ${one}/reject`]: act(submitted),
    [`POST ${one}/send`]: act(approved),
    [`POST ${one}/cancel`]: act(async () => (await make.draft()).number),
    [`POST ${one}/close`]: act(() => make.sent()),
  };
}

function confirmationExamples(world: LedgerWorld, make: Maker): Examples {
  const one = '/v1/purchase-orders/{number}/confirmations';
  const pending = async (): Promise<Example> => {
    const number = await make.sent();
    const path = `/v1/purchase-orders/${number}/confirmations`;
    await make.post(path, { lines: [{ line: 1, quantity: '8' }] });
    const { items } = ok(await world.house(`GET ${path}`)).body;
    return { params: { number, id: String(items[0].id) }, headers: headers() };
  };
  return {
    [`POST ${one}`]: {
      make: async () => ({
        params: { number: await make.sent() },
        headers: headers(),
        body: { reference: 'AB', lines: [{ line: 1, quantity: '9' }] },
      }),
    },
    [`GET ${one}`]: {
      foreign: true,
      make: async () => ({ params: { number: await make.sent() } }),
    },
    [`POST ${one}/{id}/accept`]: { make: pending },
    [`POST ${one}/{id}/reject`]: { make: pending },
  };
}

function dockExamples(make: Maker): Examples {
  const asnBody = async () => ({
    purchaseOrder: await make.sent(),
    reference: MARKERS.document,
    expectedOn: '2026-12-24',
    units: [{ type: 'pallet', sscc: '106141411234567897' }],
    lines: [{ line: 1, quantity: '4', lot: MARKERS.lot, unit: 1 }],
  });
  const asn = async () => ({ number: (await make.post('/v1/asns', await asnBody())).number });
  const lines = [{ line: 1, quantity: '1', location: 'B1', lot: MARKERS.lot }];
  const receiptBody = async () => ({ purchaseOrder: await make.sent(), lines });
  const receipt = async () => {
    return { number: (await make.post('/v1/receipts', await receiptBody())).number };
  };
  return {
    'POST /v1/asns': { make: async () => ({ headers: headers(), body: await asnBody() }) },
    'GET /v1/asns/{number}': { foreign: true, make: async () => ({ params: await asn() }) },
    'POST /v1/asns/{number}/close': {
      make: async () => ({ params: await asn(), headers: headers() }),
    },
    'POST /v1/receipts': { make: async () => ({ headers: headers(), body: await receiptBody() }) },
    'GET /v1/receipts/{number}': { foreign: true, make: async () => ({ params: await receipt() }) },
    'POST /v1/receipts/{number}/reverse': {
      make: async () => ({ params: await receipt(), headers: headers(), body: {} }),
    },
  };
}

function invoiceExamples(make: Maker): Examples {
  const one = '/v1/supplier-invoices/{number}';
  const act = (body?: object): OperationExample => ({
    make: async () => {
      const { number } = await make.invoice();
      return { params: { number }, headers: headers(), body };
    },
  });
  return {
    'POST /v1/supplier-invoices': {
      make: async () => {
        const { body } = await make.invoice();
        return { headers: headers(), body: { ...body, reference: fresh('R') } };
      },
    },
    [`PUT ${one}`]: {
      make: async () => {
        const { number, etag, body } = await make.invoice();
        return { params: { number }, headers: { 'if-match': etag }, body };
      },
    },
    [`GET ${one}`]: act(),
    [`GET ${one}/history`]: act(),
    [`POST ${one}/match`]: act(),
    [`POST ${one}/approve`]: act({}),
    [`POST ${one}/cancel`]: act({}),
  };
}

function costExamples(make: Maker): Examples {
  const one = '/v1/landed-costs/{number}';
  const act = (number: () => Promise<string>): OperationExample => ({
    make: async () => ({ params: { number: await number() }, headers: headers(), body: {} }),
  });
  return {
    'POST /v1/landed-costs': {
      make: async () => ({ headers: headers(), body: await landedCostBody(make) }),
    },
    [`GET ${one}`]: { make: async () => ({ params: { number: await make.landedCost() } }) },
    [`POST ${one}/post`]: act(() => make.landedCost()),
    [`POST ${one}/cancel`]: act(() => make.landedCost()),
    [`POST ${one}/reverse`]: act(async () => {
      const number = await make.landedCost();
      await make.post(`/v1/landed-costs/${number}/post`);
      return number;
    }),
  };
}

function returnExamples(make: Maker): Examples {
  const back = async () => {
    const { supplier, item } = await make.received();
    return { supplier, reason: 'damaged', lines: [{ item, quantity: '1', location: 'B1' }] };
  };
  // Owner A sends its own goods back, so that there is something that only A may read.
  const ofOwner = async () => {
    const supplier = await make.supplier();
    const lines = [
      { item: MARKERS.item, quantity: '1', location: 'B1', lpn: MARKERS.lpn, lot: MARKERS.lot },
    ];
    const body = { supplier, owner: MARKERS.owner, reason: 'other', lines };
    return { number: (await make.post('/v1/supplier-returns', body)).number };
  };
  const credit = async () => {
    const { supplier, number } = await make.supplierReturn();
    const note = { supplier, reference: fresh('CN'), creditedOn: '2026-11-02' };
    return { ...note, supplierReturn: number, amount: '2.00' };
  };
  return {
    'POST /v1/supplier-returns': {
      make: async () => ({ headers: headers(), body: await back() }),
    },
    'GET /v1/supplier-returns/{number}': {
      foreign: true,
      make: async () => ({ params: await ofOwner() }),
    },
    'POST /v1/supplier-credits': {
      make: async () => ({ headers: headers(), body: await credit() }),
    },
    'GET /v1/supplier-credits/{number}': {
      make: async () => {
        const { number } = await make.post('/v1/supplier-credits', await credit());
        return { params: { number } };
      },
    },
  };
}
