import { modules } from '../../src/api/index.ts';
import { SCOPES } from '../../src/platform/auth/index.ts';
import { newId } from '../../src/platform/ids.ts';
import { type Caller, createTestApi, type TestAnswer, type TestApi } from './api.ts';

/** The whole API on a database of the test file's own, with a small warehouse to post in. */
export interface LedgerWorld extends TestApi {
  /** May do everything, as the house. */
  readonly house: Caller;
  /** Posts lines under a new Idempotency-Key, as the house unless another caller is given. */
  post(lines: readonly object[], by?: Caller): Promise<TestAnswer>;
  /** The same, but it must be accepted; answers the lines. */
  posted(...lines: readonly object[]): Promise<TestAnswer['body']['lines']>;
  /** A command of any route under a new Idempotency-Key. */
  command(request: string, body?: unknown, by?: Caller): Promise<TestAnswer>;
  /** Makes an item of this test's own; answers its SKU. */
  item(fields?: object): Promise<string>;
  /** Receives units into a bin from outside. */
  receive(item: string, quantity: string, to?: unknown, more?: object): Promise<string>;
  /** Makes an owner and a caller whose key is bound to it. */
  owner(code: string): Promise<{ id: number; call: Caller }>;
  /** A header with a new key. */
  fresh(): { 'idempotency-key': string };
}

/** Bins B1 to B4 and a station in site N, C1 in site S; every virtual location of the house. */
export async function createLedgerWorld(): Promise<LedgerWorld> {
  const api = await createTestApi(modules);
  const house = await api.caller('house', SCOPES);
  await setUp(house);
  const fresh = () => ({ 'idempotency-key': newId() });
  const command = (request: string, body?: unknown, by: Caller = house) =>
    by(request, body, fresh());
  const post = (lines: readonly object[], by: Caller = house) =>
    command('POST /v1/movements', { lines }, by);
  let items = 0;
  const world: LedgerWorld = {
    ...api,
    house,
    fresh,
    command,
    post,
    async posted(...lines) {
      const answer = await post(lines);
      if (answer.status !== 201) throw new Error(`refused: ${answer.text}`);
      return answer.body.lines;
    },
    async item(fields = {}) {
      items += 1;
      const sku = `ITEM-${items}`;
      created(await house('POST /v1/items', { sku, name: `Thing ${items}`, ...fields }));
      return sku;
    },
    async receive(item, quantity, to = 'B1', more = {}) {
      const [line] = await world.posted({ kind: 'receipt', item, quantity, to, ...more });
      return line.id;
    },
    async owner(code) {
      const answer = created(await house('POST /v1/owners', { code, name: `Owner ${code}` }));
      const id = answer.body.ownerId as number;
      return { id, call: await api.caller(code, SCOPES.filter(forOwners), id) };
    },
  };
  return world;
}

const forOwners = (scope: string): boolean => !['keys:admin', 'system:read'].includes(scope);

function created(answer: TestAnswer): TestAnswer {
  if (answer.status !== 201) throw new Error(`not created: ${answer.text}`);
  return answer;
}

async function setUp(house: Caller): Promise<void> {
  for (const code of ['N', 'S']) {
    const site = { code, name: `Site ${code}`, type: 'fulfilment_centre', timeZone: 'UTC' };
    created(await house('POST /v1/sites', site));
  }
  const bins = ['B1', 'B2', 'B3', 'B4'].map((code) => ({ code, site: 'N', type: 'bin' }));
  const others = [
    { code: 'STATION', site: 'N', type: 'station' },
    { code: 'C1', site: 'S', type: 'bin' },
  ];
  for (const location of [...bins, ...others]) {
    created(await house('POST /v1/locations', location));
  }
}
