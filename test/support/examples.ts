import { newId } from '../../src/platform/ids.ts';
import type { Caller, TestAnswer } from './api.ts';
import { accountingExamples } from './examples-accounting.ts';
import { inboundExamples } from './examples-inbound.ts';
import { outboundExamples } from './examples-outbound.ts';
import { planningExamples } from './examples-planning.ts';
import { promiseDateExamples } from './examples-promise.ts';
import { returnsExamples } from './examples-returns.ts';
import { sourcingExamples } from './examples-sourcing.ts';
import type { LedgerWorld } from './ledger-world.ts';
import type { Example } from './operations.ts';

/** An example of an operation, made anew for each call, and what is special about it. */
export interface OperationExample {
  /** Makes a request that the house may send and that then succeeds. */
  make(): Promise<Example> | Example;
  /** It names things of owner A, so that for owner B there is nothing there. */
  readonly foreign?: boolean;
  /** Scopes beyond the one of the route. */
  readonly needs?: readonly string[];
  /** It does not end by itself unless it is asked to, as the example does. */
  readonly streams?: boolean;
}

/** Text that only owner A's things carry: whoever else reads it has been told of them. */
export const MARKERS = {
  owner: 'MARKED-OWNER',
  item: 'MARKED-ITEM',
  serialItem: 'MARKED-SERIAL-ITEM',
  lot: 'MARKED-LOT',
  serial: 'MARKED-SERIAL-0',
  document: 'MARKED-DOCUMENT',
  lpn: 'MARKED-LPN',
  device: 'MARKED-DEVICE',
  file: 'MARKED-FILE.csv',
} as const;

/** What owner A has, with the ids that requests name. */
export interface Marked {
  readonly ownerId: number;
  /** A caller bound to owner A. */
  readonly call: Caller;
  readonly movement: string;
  readonly command: string;
  readonly reservation: string;
  readonly importId: string;
}

const headers = () => ({ 'idempotency-key': newId() });
const document = { type: 'sales_order', number: MARKERS.document };

function ok(answer: TestAnswer): TestAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`an example could not be prepared: ${answer.text}`);
}

/** A receipt of owner A's own item, with everything that a line can carry. */
const receipt = (quantity: string) => ({
  kind: 'receipt',
  item: MARKERS.item,
  owner: MARKERS.owner,
  quantity,
  to: { location: 'B1', lpn: MARKERS.lpn },
  lot: MARKERS.lot,
  document,
});

/** Gives owner A things of every kind, each with its marker. */
export async function markOwner(world: LedgerWorld): Promise<Marked> {
  const { house } = world;
  const { id: ownerId, call } = await world.owner(MARKERS.owner);
  const items = [
    { sku: MARKERS.item, name: MARKERS.item, owner: MARKERS.owner, tracksLot: true },
    { sku: MARKERS.serialItem, name: 'S', owner: MARKERS.owner, tracksSerial: true },
  ];
  for (const item of items) ok(await house('POST /v1/items', item));
  const unit = { lpn: MARKERS.lpn, type: 'tote', location: 'B1' };
  ok(await call('POST /v1/handling-units', unit));
  const key = headers();
  const body = { lines: [receipt('1000')], device: MARKERS.device };
  const received = ok(await call('POST /v1/movements', body, key)).body;
  const serial = {
    kind: 'receipt',
    item: MARKERS.serialItem,
    quantity: '1',
    to: 'B2',
    serials: [MARKERS.serial],
  };
  ok(await call('POST /v1/movements', { lines: [serial] }, headers()));
  const lines = [{ item: MARKERS.item, quantity: '500', site: 'N' }];
  const reserved = ok(await call('POST /v1/reservations', { lines, document }, headers())).body;
  const place = { location: 'B1', lpn: MARKERS.lpn };
  const marks = [{ item: MARKERS.item, quantity: '1', place, lot: MARKERS.lot, document }];
  ok(await call('POST /v1/allocations', { lines: marks }, headers()));
  // A count that takes promised stock leaves an exception.
  const count = { ...receipt('400'), kind: 'count', from: place, to: undefined };
  ok(await call('POST /v1/movements', { lines: [count] }, headers()));
  ok(await call('POST /v1/movements', { lines: [receipt('10000')] }, headers()));
  const file = `sku,name\n${MARKERS.item},${MARKERS.item}\n`;
  const imported = ok(await call(`POST /v1/imports?kind=items&fileName=${MARKERS.file}`, file));
  return {
    ownerId,
    call,
    movement: received.lines[0].id,
    command: key['idempotency-key'],
    reservation: reserved.lines[0].id,
    importId: imported.body.importId,
  };
}

type Examples = Readonly<Record<string, OperationExample>>;

/** An example for every operation that cannot be called without one. */
export function examplesOf(world: LedgerWorld, marked: Marked): Examples {
  return {
    ...referenceExamples(world),
    ...importExamples(world, marked),
    ...movementExamples(world, marked),
    ...promiseExamples(world, marked),
    ...containerExamples(world),
    ...readExamples(),
    ...accountingExamples(world),
    ...inboundExamples(world),
    ...outboundExamples(world),
    ...planningExamples(world, marked),
    ...returnsExamples(world),
    ...sourcingExamples(world),
    ...promiseDateExamples(world),
  };
}

let made = 0;
/** A code that nothing has yet. */
function fresh(prefix: string): string {
  made += 1;
  return `${prefix}-${made}`;
}

/** Creates a document and answers how to name it, with its ETag. */
async function stored(world: LedgerWorld, path: string, body: object) {
  const answer = ok(await world.house(`POST ${path}`, body));
  return { body: answer.body, headers: { 'if-match': String(answer.headers.etag) } };
}

interface DocumentKind {
  /** `/v1/sites/{site}/zones`. */
  readonly path: string;
  readonly plural: string;
  /** Name of the path parameter of one document. */
  readonly parameter: string;
  readonly params?: Record<string, string>;
  readonly create: () => Promise<object> | object;
  readonly patch: object;
}

async function twoSites(world: LedgerWorld): Promise<[string, string]> {
  const codes: [string, string] = [fresh('SITE'), fresh('SITE')];
  for (const code of codes) await stored(world, '/v1/sites', siteBody(code));
  return codes;
}

const siteBody = (code: string) => ({ code, name: code, type: 'store', timeZone: 'UTC' });

function documentKinds(world: LedgerWorld): DocumentKind[] {
  const hours = { transitHoursMin: 1, transitHoursTypical: 2, transitHoursMax: 3 };
  return [
    {
      ...{ path: '/v1/owners', plural: 'owners', parameter: 'code', patch: { name: 'New' } },
      create: () => ({ code: fresh('OWNER'), name: 'O' }),
    },
    {
      ...{ path: '/v1/items', plural: 'items', parameter: 'sku', patch: { name: 'New' } },
      create: () => ({ sku: fresh('SKU'), name: 'I' }),
    },
    {
      ...{ path: '/v1/calendars', plural: 'calendars', parameter: 'code', patch: { name: 'New' } },
      create: () => ({ code: fresh('CAL'), name: 'C', week: {} }),
    },
    {
      ...{ path: '/v1/sites', plural: 'sites', parameter: 'code', patch: { name: 'New' } },
      create: () => siteBody(fresh('SITE')),
    },
    {
      ...{ path: '/v1/sites/{site}/zones', plural: 'zones', parameter: 'code' },
      ...{ params: { site: 'N' }, patch: { name: 'New' } },
      create: () => ({ code: fresh('ZONE'), name: 'Z' }),
    },
    {
      ...{ path: '/v1/locations', plural: 'locations', parameter: 'code', patch: { x: 1, y: 2 } },
      create: () => ({ code: fresh('BIN'), site: 'N', type: 'bin' }),
    },
    {
      ...{ path: '/v1/lanes', plural: 'lanes', parameter: 'laneId', patch: { distanceM: 5 } },
      create: async () => {
        const [from, to] = await twoSites(world);
        return { from, to, mode: 'truck', ...hours };
      },
    },
  ];
}

/** Every kind of document has the same operations. */
function referenceExamples(world: LedgerWorld): Examples {
  const examples: Record<string, OperationExample> = {};
  for (const kind of documentKinds(world)) {
    const { path, parameter, params = {} } = kind;
    const url = path.replace('{site}', params.site ?? '');
    const one = `${path}/{${parameter}}`;
    const existing = async (body?: unknown): Promise<Example> => {
      const document = await stored(world, url, (await kind.create()) as object);
      const name = String(document.body[parameter]);
      return { params: { ...params, [parameter]: name }, headers: document.headers, body };
    };
    examples[`POST ${path}`] = { make: async () => ({ params, body: await kind.create() }) };
    examples[`GET ${path}`] = { make: () => ({ params, query: { limit: '1000' } }) };
    examples[`POST ${path}/bulk`] = {
      make: async () => ({ params, body: { [kind.plural]: [await kind.create()] } }),
    };
    examples[`GET ${one}`] = { make: () => existing() };
    examples[`PATCH ${one}`] = { make: () => existing(kind.patch) };
    examples[`POST ${one}/deactivate`] = { make: () => existing() };
    examples[`POST ${one}/reactivate`] = { make: () => existing() };
  }
  const publicId = async () => {
    const body = { name: fresh('KEY'), role: 'operator' };
    return { params: { id: String(ok(await world.house('POST /v1/keys', body)).body.id) } };
  };
  return {
    ...examples,
    'POST /v1/keys': { make: () => ({ body: { name: fresh('KEY'), role: 'operator' } }) },
    'DELETE /v1/keys/{id}': { make: publicId },
  };
}

function importExamples(world: LedgerWorld, marked: Marked): Examples {
  const file = () => `sku,name\n${fresh('FILE')},F\n`;
  const needs = ['catalog:write'];
  const previewed = async () => {
    const { body } = ok(await world.house('POST /v1/imports?kind=items', file()));
    return body.importId as string;
  };
  const own = { params: { importId: marked.importId } };
  return {
    'POST /v1/imports': { needs, make: () => ({ query: { kind: 'items' }, body: file() }) },
    'POST /v1/imports/{importId}/commit': {
      needs,
      make: async () => ({ params: { importId: await previewed() } }),
    },
    'POST /v1/imports/{importId}/undo': {
      needs,
      make: async () => {
        const importId = await previewed();
        ok(await world.house(`POST /v1/imports/${importId}/commit`));
        return { params: { importId } };
      },
    },
    'GET /v1/imports/{importId}': { foreign: true, make: () => own },
    'GET /v1/imports/{importId}/errors': { foreign: true, make: () => own },
    'GET /v1/imports/templates/{kind}': { make: () => ({ params: { kind: 'items' } }) },
  };
}

function movementExamples(world: LedgerWorld, marked: Marked): Examples {
  const lines = () => [receipt('1')];
  const received = async (line: object = receipt('1')) => {
    const answer = await world.house('POST /v1/movements', { lines: [line] }, headers());
    return { id: ok(answer).body.lines[0].id as string };
  };
  const costed = async () => {
    const item = await world.item();
    return received({ kind: 'receipt', item, quantity: '2', to: 'B3', unitCost: '1' });
  };
  const standard = async () => {
    const item = { costMethod: 'standard', standardUnitCost: '1' };
    return { sku: await world.item(item) };
  };
  return {
    'POST /v1/movements': {
      foreign: true,
      make: () => ({ headers: headers(), body: { lines: lines() } }),
    },
    'POST /v1/movements/bulk': {
      make: () => ({ body: { commands: [{ id: newId(), lines: lines() }] } }),
    },
    'GET /v1/commands/{id}': {
      foreign: true,
      make: async () => {
        const key = headers();
        ok(await world.house('POST /v1/movements', { lines: lines() }, key));
        return { params: { id: key['idempotency-key'] } };
      },
    },
    'GET /v1/movements/{id}': { foreign: true, make: () => ({ params: { id: marked.movement } }) },
    'POST /v1/movements/{id}/reverse': {
      foreign: true,
      make: async () => ({ params: await received(), headers: headers(), body: {} }),
    },
    'POST /v1/movements/{id}/revalue': {
      make: async () => ({ params: await costed(), headers: headers(), body: { amount: '1' } }),
    },
    'POST /v1/items/{sku}/standard-cost': {
      make: async () => ({
        ...{ params: await standard(), headers: headers() },
        body: { unitCost: '2' },
      }),
    },
  };
}

function promiseExamples(world: LedgerWorld, marked: Marked): Examples {
  const line = { item: MARKERS.item, quantity: '1', site: 'N', owner: MARKERS.owner };
  const place = { location: 'B1', lpn: MARKERS.lpn };
  const mark = {
    ...{ item: MARKERS.item, quantity: '1', place, lot: MARKERS.lot },
    owner: MARKERS.owner,
  };
  const first = async (path: string, body: object) => {
    const answer = ok(await world.house(`POST ${path}`, body, headers()));
    return { params: { id: answer.body.lines[0].id as string }, headers: headers() };
  };
  const reserved = () => first('/v1/reservations', { lines: [line] });
  const body = { expiresInSeconds: 60 };
  return {
    'POST /v1/reservations': {
      foreign: true,
      make: () => ({ headers: headers(), body: { lines: [line] } }),
    },
    'POST /v1/reservations/bulk': {
      make: () => ({ body: { commands: [{ id: newId(), lines: [line] }] } }),
    },
    'GET /v1/reservations/{id}': {
      foreign: true,
      make: () => ({ params: { id: marked.reservation } }),
    },
    'POST /v1/reservations/{id}/confirm': { foreign: true, make: reserved },
    'POST /v1/reservations/{id}/release': { foreign: true, make: reserved },
    'POST /v1/reservations/{id}/extend': {
      foreign: true,
      make: async () => ({ ...(await reserved()), body }),
    },
    'POST /v1/allocations': {
      foreign: true,
      make: () => ({ headers: headers(), body: { lines: [mark] } }),
    },
    'POST /v1/allocations/{id}/release': {
      foreign: true,
      make: () => first('/v1/allocations', { lines: [mark] }),
    },
  };
}

function containerExamples(world: LedgerWorld): Examples {
  const unit = async () => {
    const lpn = fresh(MARKERS.lpn);
    const body = { lpn, type: 'tote', location: 'B1', owner: MARKERS.owner };
    ok(await world.house('POST /v1/handling-units', body));
    return { lpn };
  };
  return {
    'POST /v1/handling-units': {
      make: () => ({ body: { lpn: fresh('LPN'), type: 'tote', location: 'B1' } }),
    },
    'GET /v1/handling-units/{lpn}': {
      foreign: true,
      make: () => ({ params: { lpn: MARKERS.lpn } }),
    },
    'POST /v1/handling-units/{lpn}/move': {
      foreign: true,
      make: async () => ({ params: await unit(), headers: headers(), body: { to: 'B2' } }),
    },
    'POST /v1/handling-units/{lpn}/nest': {
      foreign: true,
      make: async () => ({ params: await unit(), body: { parent: null } }),
    },
  };
}

function readExamples(): Examples {
  const item = { item: MARKERS.item };
  return {
    'GET /v1/availability': { make: () => ({ query: item }) },
    'POST /v1/availability': { make: () => ({ body: { items: [MARKERS.item] } }) },
    'GET /v1/why': { make: () => ({ query: item }) },
    'POST /v1/verify': { make: () => ({ body: { since: 'start' } }) },
    'GET /v1/stream': { streams: true, make: () => ({ query: { follow: 'false' } }) },
    // Lists without a filter show everything that the caller may see.
    ...Object.fromEntries(
      ['movements', 'reservations', 'allocations', 'handling-units', 'stock', 'lots', 'serials']
        .concat('exceptions', 'cost-pools', 'imports')
        .map((list) => [`GET /v1/${list}`, { make: () => ({ query: { limit: '1000' } }) }]),
    ),
    'GET /v1/accounts': { make: () => ({}) },
    'GET /v1/journals': { make: () => ({}) },
    'GET /v1/keys': { make: () => ({ query: { limit: '1000' } }) },
  };
}
