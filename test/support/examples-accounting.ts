import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import type { OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

/** Examples of the operations of the books. They are the house's alone. */

type Examples = Readonly<Record<string, OperationExample>>;

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

/** Months long before anything was booked, each later than the one before. */
function nextMonth(): string {
  made += 1;
  return `${1950 + Math.trunc(made / 12)}-${String((made % 12) + 1).padStart(2, '0')}`;
}

const lines = [
  { account: '6000', debit: '1.00' },
  { account: '1000', credit: '1.00' },
];

export function accountingExamples(world: LedgerWorld): Examples {
  return {
    ...chartExamples(world),
    ...entryExamples(world),
    ...periodExamples(world),
    ...reportExamples(world),
    'POST /v1/exchange-rates': {
      make: () => {
        days += 1;
        const validOn = new Date(days * 86_400_000).toISOString().slice(0, 10);
        return { body: { currency: 'USD', validOn, rate: '0.9' } };
      },
    },
  };
}

/** Days since the epoch of the last rate that was made: each day has one rate. */
let days = 0;

/** Accounts and posting rules have the operations of every document. */
function chartExamples(world: LedgerWorld): Examples {
  const kinds = [
    {
      ...{ path: '/v1/books/accounts', plural: 'accounts', patch: { name: 'New' } },
      create: () => ({ code: fresh('ACC'), name: 'A', type: 'expense' }),
    },
    {
      ...{ path: '/v1/books/posting-rules', plural: 'postingRules', patch: { account: '4050' } },
      create: () => {
        const code = fresh('RULE');
        return { code, side: 'booking', role: 'revenue', channel: code, account: '4000' };
      },
    },
  ];
  const examples: Record<string, OperationExample> = {};
  for (const { path, plural, patch, create } of kinds) {
    const existing = async (body?: unknown) => {
      const answer = ok(await world.house(`POST ${path}`, create()));
      const tag = { 'if-match': String(answer.headers.etag) };
      return { params: { code: answer.body.code as string }, headers: tag, body };
    };
    examples[`POST ${path}`] = { make: () => ({ body: create() }) };
    examples[`POST ${path}/bulk`] = { make: () => ({ body: { [plural]: [create()] } }) };
    examples[`GET ${path}`] = { make: () => ({ query: { limit: '1000' } }) };
    examples[`GET ${path}/{code}`] = { make: () => existing() };
    examples[`PATCH ${path}/{code}`] = { make: () => existing(patch) };
    examples[`POST ${path}/{code}/deactivate`] = { make: () => existing() };
    examples[`POST ${path}/{code}/reactivate`] = { make: () => existing() };
  }
  return {
    ...examples,
    'GET /v1/books/accounts/{code}/statement': { make: () => ({ params: { code: '1300' } }) },
  };
}

function entryExamples(world: LedgerWorld): Examples {
  const body = { description: 'Rent', lines };
  const booked = async () => {
    const answer = ok(await world.house('POST /v1/books/entries', body, headers()));
    return { entry: answer.body.entry as string };
  };
  return {
    'POST /v1/books/entries': { make: () => ({ headers: headers(), body }) },
    'GET /v1/books/entries': { make: () => ({ query: { limit: '1000' } }) },
    'GET /v1/books/entries/{entry}': { make: async () => ({ params: await booked() }) },
    'POST /v1/books/entries/{entry}/reverse': {
      make: async () => ({ params: await booked(), headers: headers(), body: {} }),
    },
  };
}

function periodExamples(world: LedgerWorld): Examples {
  const acknowledge = ['grni', 'landed_cost', 'oversold', 'steps'];
  const closing = () => ({ headers: headers(), body: { acknowledge } });
  const closed = async () => {
    const period = nextMonth();
    const { headers: key, body } = closing();
    ok(await world.house(`POST /v1/books/periods/${period}/close`, body, key));
    return { period };
  };
  return {
    'GET /v1/books/periods': { make: () => ({}) },
    'GET /v1/books/periods/{period}/checklist': {
      make: () => ({ params: { period: '2026-01' } }),
    },
    'POST /v1/books/periods/{period}/close': {
      make: () => ({ params: { period: nextMonth() }, ...closing() }),
    },
    'POST /v1/books/periods/{period}/reopen': {
      make: async () => ({ params: await closed(), headers: headers(), body: { reason: 'R' } }),
    },
  };
}

/** Reports that need nothing have no example; a sale must have been made. */
function reportExamples(world: LedgerWorld): Examples {
  const sold = async () => {
    const number = fresh('SALE');
    const item = await world.item();
    await world.receive(item, '5', 'B1', { value: '10.00' });
    const document = { type: 'sales_order', number };
    await world.posted({ kind: 'shipment', item, quantity: '2', from: 'B1', document });
    return { params: { type: 'sales_order', number } };
  };
  return { 'GET /v1/books/cost-of-sale/{type}/{number}': { make: sold } };
}
