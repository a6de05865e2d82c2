import { newId } from '../../src/platform/ids.ts';
import type { TestAnswer } from './api.ts';
import { MARKERS, type OperationExample } from './examples.ts';
import type { LedgerWorld } from './ledger-world.ts';

const headers = () => ({ 'idempotency-key': newId() });

function ok(answer: TestAnswer): TestAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`an example could not be prepared: ${answer.text}`);
}

/** Transfer orders of owner A's goods, what can be promised of them, and by when. */
export function promiseDateExamples(
  world: LedgerWorld,
): Readonly<Record<string, OperationExample>> {
  const { house } = world;
  const goods = { item: MARKERS.item, quantity: '2', lot: MARKERS.lot };
  const lines = [{ ...goods, from: 'B2', to: 'C1' }];
  const body = () => ({
    ...{ from: 'N', to: 'S', owner: MARKERS.owner, reference: MARKERS.document, lines },
    notes: MARKERS.document,
  });
  const path = '/v1/transfer-orders';
  const drafted = async () => {
    const made = ok(await house(`POST ${path}`, body(), headers()));
    const { number } = made.body as { number: string };
    return { number, etag: String(made.headers.etag) };
  };
  const after = async (...kinds: string[]) => {
    const { number } = await drafted();
    const receipt = { kind: 'receipt', ...goods, owner: MARKERS.owner, to: 'B2' };
    ok(await house('POST /v1/movements', { lines: [receipt] }, headers()));
    for (const kind of kinds) ok(await house(`POST ${path}/${number}/${kind}`, {}, headers()));
    return { params: { number }, headers: headers(), body: {} };
  };
  const one = `${path}/{number}`;
  return {
    [`POST ${path}`]: { make: () => ({ headers: headers(), body: body() }) },
    [`GET ${path}`]: {
      make: async () => {
        await drafted();
        return { query: { limit: '1000' } };
      },
    },
    [`GET ${one}`]: {
      foreign: true,
      make: async () => ({ params: { number: (await drafted()).number } }),
    },
    [`GET ${one}/history`]: {
      foreign: true,
      make: async () => ({ params: { number: (await drafted()).number } }),
    },
    [`PATCH ${one}`]: {
      make: async () => {
        const { number, etag } = await drafted();
        return { params: { number }, headers: { 'if-match': etag }, body: { notes: 'later' } };
      },
    },
    [`POST ${one}/release`]: { make: () => after() },
    [`POST ${one}/cancel`]: { make: () => after('release') },
    [`POST ${one}/ship`]: { make: () => after('release') },
    [`POST ${one}/receive`]: { make: () => after('release', 'ship') },
    [`POST ${one}/close`]: {
      make: async () => ({ ...(await after('release', 'ship')), body: { reason: 'damage' } }),
    },
    'GET /v1/available-to-promise': { make: () => ({ query: { items: MARKERS.item } }) },
    'POST /v1/available-to-promise': {
      make: () => ({ body: { items: [MARKERS.item], explain: true } }),
    },
    'POST /v1/promises': {
      foreign: true,
      make: () => ({
        body: {
          lines: [{ item: MARKERS.item, quantity: '1' }],
          shipTo: { country: 'DE', postalCode: '10115', timeZone: 'Europe/Berlin' },
        },
      }),
    },
  };
}
