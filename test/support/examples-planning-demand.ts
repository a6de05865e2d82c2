import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import { MARKERS, type OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of demand history: what moves demand, roll-ups, and what was asked for. */

type Examples = Readonly<Record<string, OperationExample>>;

const PATH = '/v1/planning';
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

interface DriverKind {
  readonly name: string;
  readonly plural: string;
  readonly parameter: string;
  readonly create: () => Promise<Record<string, unknown>> | Record<string, unknown>;
  readonly patch: object;
}

function driverKinds(world: LedgerWorld): DriverKind[] {
  const site = async () => {
    const body = { code: fresh('DEMAND'), name: 'D', type: 'store', timeZone: 'UTC' };
    return ok(await world.house('POST /v1/sites', body)).body.code as string;
  };
  const signal = () => ({ code: fresh('SIGNAL'), name: 'S' });
  const days = { fromDay: '2026-04-01', toDay: '2026-04-14' };
  return [
    {
      ...{ name: 'item-groups', plural: 'itemGroups', parameter: 'item' },
      create: async () => ({ item: await world.item(), groupCode: 'MUGS' }),
      patch: { groupCode: 'CUPS' },
    },
    {
      ...{ name: 'site-regions', plural: 'siteRegions', parameter: 'site' },
      create: async () => ({ site: await site(), regionCode: 'EAST', country: 'DE' }),
      patch: { regionCode: 'WEST' },
    },
    {
      ...{ name: 'item-links', plural: 'itemLinks', parameter: 'item' },
      create: async () => ({ item: await world.item(), predecessor: await world.item() }),
      patch: { factor: '0.8' },
    },
    {
      ...{ name: 'demand-marks', plural: 'demandMarks', parameter: 'code' },
      create: () => ({ code: fresh('MARK'), kind: 'exclude', salesOrder: MARKERS.document }),
      patch: { note: 'A fair' },
    },
    {
      ...{ name: 'promotions', plural: 'promotions', parameter: 'code' },
      create: () => ({ code: fresh('PROMOTION'), name: 'P', discountBasisPoints: 1000, ...days }),
      patch: { discountBasisPoints: 2000 },
    },
    {
      ...{ name: 'planned-prices', plural: 'plannedPrices', parameter: 'code' },
      create: async () => ({
        ...{ code: fresh('PRICE'), item: await world.item(), fromDay: '2026-12-01' },
        ...{ price: '7.90', currency: 'EUR' },
      }),
      patch: { price: '8.9', toDay: '2026-12-24' },
    },
    {
      ...{ name: 'calendar-days', plural: 'calendarDays', parameter: 'calendarDayId' },
      create: () => ({ calendar: fresh('CALENDAR'), day: '2026-11-27', name: 'Black Friday' }),
      patch: { kind: 'holiday' },
    },
    {
      ...{ name: 'signals', plural: 'signals', parameter: 'code' },
      create: signal,
      patch: { name: 'New' },
    },
    {
      ...{ name: 'signal-values', plural: 'signalValues', parameter: 'signalValueId' },
      create: async () => {
        const { code } = ok(await world.house(`POST ${PATH}/signals`, signal())).body;
        return { signal: code as string, day: '2026-07-14', value: 31.5 };
      },
      patch: { value: 30 },
    },
  ];
}

/** What moves demand are documents, with the operations of every document. */
function driverExamples(world: LedgerWorld): Examples {
  const examples: Record<string, OperationExample> = {};
  for (const { name, plural, parameter, create, patch } of driverKinds(world)) {
    const path = `${PATH}/${name}`;
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

export function planningDemandExamples(world: LedgerWorld): Examples {
  const queued = async () => {
    const answer = await world.house(`POST ${PATH}/demand-roll-ups`, {}, headers());
    return { params: { id: String(ok(answer).body.rollUpId) } };
  };
  const policy = async () => {
    const { headers: answered } = ok(await world.house(`GET ${PATH}/demand-policy`));
    const body = { returnDays: 30 };
    return { headers: { 'if-match': String(answered.etag) }, body };
  };
  return {
    ...driverExamples(world),
    [`POST ${PATH}/demand-roll-ups`]: { make: () => ({ headers: headers(), body: {} }) },
    [`GET ${PATH}/demand-roll-ups`]: { make: () => ({}) },
    [`GET ${PATH}/demand-roll-ups/{id}`]: { make: queued },
    [`GET ${PATH}/demand-policy`]: { make: () => ({}) },
    [`PATCH ${PATH}/demand-policy`]: { make: policy },
    [`GET ${PATH}/demand-series`]: { make: () => ({ query: { limit: '1000' } }) },
    [`GET ${PATH}/demand-history`]: {
      make: () => ({ query: { item: MARKERS.item, site: 'N', owner: MARKERS.owner } }),
    },
  };
}
