import { beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../src/platform/auth/index.ts';
import type { Caller, TestAnswer } from '../support/api.ts';
import {
  examplesOf,
  MARKERS,
  type Marked,
  markOwner,
  type OperationExample,
} from '../support/examples.ts';
import { createLedgerWorld } from '../support/ledger-world.ts';
import {
  callOperation,
  type Example,
  type Operation,
  readOperations,
  urlOf,
} from '../support/operations.ts';

/**
 * Every operation of the OpenAPI document, called by every role of the house, of owner A and of
 * owner B, without a key and with a revoked one. A new operation is covered as soon as it is in
 * the document, and fails here until it has an example.
 */
const world = await createLedgerWorld();
const operations = (await readOperations(world.house)).filter(({ scope }) => scope !== undefined);
const marked: Marked = await markOwner(world);
const examples = examplesOf(world, marked);
const owners = { house: undefined, A: marked.ownerId, B: (await world.owner('PLAIN')).id };
type OwnerName = keyof typeof owners;
const STREAM_MS = 1_500;

/** A seller is one by having an owner. */
const roles = Object.keys(ROLES) as Role[];
const callers = new Map<string, Caller>();
beforeAll(async () => {
  for (const [owner, ownerId] of Object.entries(owners)) {
    for (const role of roles) {
      const scopes = ROLES[role];
      callers.set(`${owner} ${role}`, await world.caller(`${owner} ${role}`, scopes, ownerId));
    }
  }
});

function exampleOf(operation: Operation): OperationExample {
  const example = examples[operation.id];
  const isPlain = operation.parameters.every(({ required }) => !required) && !operation.body;
  if (example) return example;
  if (isPlain && operation.method === 'GET') return { make: () => ({}) };
  throw new Error(`${operation.id} has no example: add one to test/support/examples.ts`);
}

const allowed = (operation: Operation, role: Role): boolean => {
  const scopes: readonly string[] = ROLES[role];
  const needed = [operation.scope, ...(exampleOf(operation).needs ?? [])];
  return needed.every((scope) => scopes.includes(scope ?? ''));
};

/** Answers with the request beside them: what a caller sent itself it may be told again. */
async function ask(by: Caller, operation: Operation, example: Example) {
  const answer = await callOperation(by, operation, example);
  const sent = decodeURIComponent(urlOf(operation, example)) + JSON.stringify(example.body ?? null);
  return { answer, sent };
}

function leaks(answer: TestAnswer, sent: string): string[] {
  const told = answer.text + JSON.stringify(answer.headers);
  return Object.values(MARKERS).filter((marker) => told.includes(marker) && !sent.includes(marker));
}

const table = operations.map((each) => [each.id, each]);

describe.each(table as [string, Operation][])('%s', (_id, operation) => {
  const caller = (owner: OwnerName, role: Role) => callers.get(`${owner} ${role}`)!;

  it('needs a valid key', async () => {
    const example = await exampleOf(operation).make();
    const url = urlOf(operation, example);
    const { body: key } = await world.house('POST /v1/keys', { name: 'gone', role: 'admin' });
    await world.house(`DELETE /v1/keys/${key.id}`);
    for (const authorization of [undefined, 'Bearer nonsense', `Bearer ${key.key}`, 'Basic eA==']) {
      const { statusCode, body } = await world.app.inject({
        ...{ method: operation.method as 'GET', url },
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(statusCode, `${authorization} ${body}`).toBe(401);
    }
  });

  it('refuses keys without its scope', async () => {
    const example = await exampleOf(operation).make();
    for (const role of roles.filter((each) => !allowed(operation, each))) {
      const scopes: readonly string[] = ROLES[role];
      for (const owner of Object.keys(owners) as OwnerName[]) {
        const { answer, sent } = await ask(caller(owner, role), operation, example);
        // Who may enter but lacks what the work needs besides may not even learn what is there.
        const entered = scopes.includes(operation.scope ?? '') && owner !== 'house';
        const expected = entered ? [403, 404] : [403];
        expect(expected, `${owner} ${role}: ${answer.text}`).toContain(answer.status);
        expect(leaks(answer, sent)).toEqual([]);
      }
    }
  });

  it('serves every key of the house that has it', async () => {
    for (const role of roles.filter((each) => allowed(operation, each))) {
      const example = await exampleOf(operation).make();
      const { answer } = await ask(caller('house', role), operation, example);
      expect(answer.status, `${role}: ${answer.text}`).toBeLessThan(300);
    }
  });

  it('shows and gives owner B nothing of owner A', async () => {
    for (const role of roles.filter((each) => allowed(operation, each))) {
      const { make, foreign } = exampleOf(operation);
      const { answer, sent } = await ask(caller('B', role), operation, await make());
      expect(leaks(answer, sent), `${role}: ${answer.text.slice(0, 2000)}`).toEqual([]);
      expect(answer.status, answer.text).not.toBe(401);
      expect(answer.status, answer.text).toBeLessThan(500);
      if (!foreign) continue;
      // Named in the path it is not found; named in the body it is a field that does not exist.
      const named = operation.path.includes('{') ? 404 : 400;
      expect(answer.status, `${role}: ${answer.text}`).toBe(named);
    }
  });

  it('serves owner A as it serves the house, or not at all', async () => {
    for (const role of roles.filter((each) => allowed(operation, each))) {
      const { make, foreign } = exampleOf(operation);
      const { answer } = await ask(caller('A', role), operation, await make());
      expect(answer.status, answer.text).toBeLessThan(500);
      // A command belongs to whom sent it: what the house posted for A the house may ask for.
      if (foreign && operation.id !== 'GET /v1/commands/{id}') {
        expect(answer.status, answer.text).toBeLessThan(300);
      }
    }
  });
});

/** What an endless answer says in its first moments. */
async function listen(url: string, by: string): Promise<{ status: number; text: string }> {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${by}` };
  const response = await fetch(url, { headers, signal: abort.signal });
  let text = '';
  const timer = setTimeout(() => abort.abort(), STREAM_MS);
  try {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
  clearTimeout(timer);
  return { status: response.status, text };
}

describe.each(operations.filter(({ id }) => examples[id]?.streams))('$id', (operation) => {
  it('streams to owner B nothing of owner A, and to the house everything', async () => {
    const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
    const url = `${address}${operation.path}?since=start`;
    const keyOf = async (ownerId?: number) => {
      const scopes = ['ledger:read'];
      const body = { name: `stream ${ownerId}`, scopes, ownerId };
      return (await world.house('POST /v1/keys', body)).body.key as string;
    };
    expect((await listen(url, 'nonsense')).status).toBe(401);
    const found = (text: string) => Object.values(MARKERS).filter((each) => text.includes(each));
    const [house, a, b] = await Promise.all(
      [undefined, owners.A, owners.B].map(async (owner) => listen(url, await keyOf(owner))),
    );
    expect([house?.status, a?.status, b?.status]).toEqual([200, 200, 200]);
    expect(found(b?.text ?? '')).toEqual([]);
    expect(found(a?.text ?? '')).toContain(MARKERS.item);
    expect(found(house?.text ?? '')).toContain(MARKERS.item);
  });
});

it('would notice: the house is shown the markers by every kind of list', async () => {
  const seen = new Set<string>();
  for (const operation of operations.filter(({ method }) => method === 'GET')) {
    const example = await exampleOf(operation).make();
    const { answer, sent } = await ask(world.house, operation, example);
    for (const marker of leaks(answer, sent)) seen.add(marker);
  }
  // A device is written to the history alone, which shows it where it shows devices at all.
  const expected = Object.values(MARKERS).filter((marker) => marker !== MARKERS.device);
  expect([...seen]).toEqual(expect.arrayContaining(expected));
});
