import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { problemTypes } from '../../src/platform/problems.ts';
import type { TestAnswer } from '../support/api.ts';
import { examplesOf, MARKERS, markOwner } from '../support/examples.ts';
import { ledgerViolations } from '../support/invariants.ts';
import { createLedgerWorld } from '../support/ledger-world.ts';
import {
  callOperation,
  type Example,
  type Operation,
  readOperations,
  urlOf,
} from '../support/operations.ts';
import { type Known, mutated, NASTY, urlText, valid } from '../support/schema-cases.ts';

/**
 * Requests made from the schemas of the OpenAPI document, valid and broken, to every operation.
 * Whatever comes, the answer is one that the document describes. A second server is not what CI
 * has time for: there are fewer cases on a database that was given. `npm run soak:fuzz -- --cases
 * N` makes more.
 */
const CASES = Number(process.env.PROOF_CASES ?? (process.env.ONHAND_TEST_DATABASE_URL ? 30 : 200));
const SEED = Number(process.env.PROOF_SEED ?? 11);
const TOGETHER = 8;
const NOBODY = ['x', '0', '-1', '99999999', '2147483648', 'NaN', '1.5', '%'];

const world = await createLedgerWorld();
const marked = await markOwner(world);
const examples = examplesOf(world, marked);
const operations = (await readOperations(world.house)).filter(({ id }) => !examples[id]?.streams);
let sku = '';
beforeAll(async () => {
  sku = await world.item({ costMethod: 'fifo' });
  await world.receive(sku, '100000');
});

/** Things that exist, by the names that fields and parameters have. */
function known(): Known {
  const skus = [sku, MARKERS.item, MARKERS.serialItem];
  const locations = ['B1', 'B2', 'B3', 'C1', 'STATION', 'SUPPLIER', 'CUSTOMER', 'TRANSIT-S'];
  const ids = [marked.movement, marked.reservation, '0-1', '1-1', '2-2', '3-5'];
  return {
    ...{ item: skus, sku: skus, items: skus, location: locations, from: locations, to: locations },
    ...{ place: locations, site: ['N', 'S'], owner: ['HOUSE', MARKERS.owner], lot: [MARKERS.lot] },
    ...{ lpn: [MARKERS.lpn], parent: [MARKERS.lpn, null], serials: [MARKERS.serial], id: ids },
    ...{ reservation: ids, allocation: ids, returnOf: ids, position: ids },
    ...{ quantity: ['1', '2', '10', '0.5'], importId: [marked.importId] },
    ...{ document: [`sales_order:${MARKERS.document}`], account: ['inventory', 'CUSTOMER'] },
    ...{ groupBy: ['item', 'site,item', 'lot,location,lpn'], kind: ['receipt', 'items', 'move'] },
  };
}

type Case = Example & { readonly path: Readonly<Record<string, string>> };

/** Cases of one operation: a third as the schema allows, the others broken somewhere. */
function casesOf(operation: Operation, base: Example): fc.Arbitrary<Case> {
  const names = known();
  const inQuery = operation.parameters.filter((each) => each.in === 'query');
  const inPath = operation.parameters.filter((each) => each.in === 'path');
  const pathShape = Object.fromEntries(
    inPath.map(({ name, schema }) => {
      const given = { weight: 4, arbitrary: fc.constant<unknown>(base.params?.[name] ?? 'x') };
      // The number of a key could be that of the key that asks.
      if (operation.method === 'DELETE') return [name, fc.oneof(given, fc.constantFrom(...NOBODY))];
      return [name, fc.oneof(given, valid(schema, names, name), fc.constantFrom(...NASTY))];
    }),
  );
  const query = queryOf(inQuery, names);
  const body = operation.body ? bodyOf(operation.body.schema, base, names) : fc.constant(undefined);
  return fc
    .record({ query, path: fc.record(pathShape), body })
    .map(({ query: asked, path, body: made }) => ({
      path: mapText(path),
      query: mapText(asked),
      body: made,
      headers: { ...base.headers, 'idempotency-key': world.fresh()['idempotency-key'] },
    }));
}

/** A few parameters as they may be, of which every third time one is broken. */
function queryOf(parameters: Operation['parameters'], names: Known): fc.Arbitrary<object> {
  const optional = parameters.filter(({ required }) => !required);
  const chosen = fc.subarray([...optional], { maxLength: Math.min(3, optional.length) });
  const broken = fc.option(fc.tuple(fc.nat(20), fc.constantFrom(...NASTY)), { freq: 2 });
  return fc.tuple(chosen, broken).chain(([some, change]) => {
    const all = [...parameters.filter(({ required }) => required), ...some];
    const shape = Object.fromEntries(
      all.map(({ name, schema }, i) => [
        name,
        change && change[0] % all.length === i
          ? fc.constant(change[1])
          : valid(schema, names, name),
      ]),
    );
    return fc.record(shape);
  });
}

function bodyOf(schema: unknown, base: Example, names: Known): fc.Arbitrary<unknown> {
  const given = fc.constant(base.body);
  if (typeof base.body === 'string') {
    return fc.oneof(given, fc.string(), fc.constant(`sku,name\n"\u0000",\ufeff\n`));
  }
  const made = valid(schema, names);
  return fc.oneof(made, mutated(given), mutated(made), given);
}

function mapText(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, urlText(value)] as const),
  );
}

const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  requestId: z.string(),
});
const declared = new Map(problemTypes().map((type) => [`/problems/${type.name}`, type.status]));
const schemas = new Map<unknown, z.ZodType>();

/** JSON Schema reads patterns as Unicode, zod does not: those that differ are left out. */
function withoutUnicode(name: string, value: unknown): unknown {
  return name === 'pattern' && String(value).includes('\\p{') ? undefined : value;
}

function schemaOf(schema: unknown): z.ZodType {
  const plain = () => JSON.parse(JSON.stringify(schema, withoutUnicode));
  const known = schemas.get(schema) ?? z.fromJSONSchema(plain());
  schemas.set(schema, known);
  return known;
}

/** What is wrong with an answer; undefined when the document describes it. */
function fault(operation: Operation, answer: TestAnswer): string | undefined {
  const { status } = answer;
  const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (type === 'application/problem+json') {
    const read = problem.safeParse(answer.body);
    if (!read.success) return z.prettifyError(read.error);
    if (declared.get(read.data.type) !== status) return `${read.data.type} is not declared so`;
    return status < 500 ? undefined : 'the server made a mistake';
  }
  const described = operation.answers[String(status)];
  if (!described) return `status ${status} is not described`;
  if (status === 204) return answer.text === '' ? undefined : 'a body with 204';
  if (!(type in described)) return `${type} is not described for ${status}`;
  if (type !== 'application/json') return undefined;
  const read = schemaOf(described[type]).safeParse(answer.body);
  return read.success ? undefined : z.prettifyError(read.error);
}

const slow = (operation: Operation): boolean =>
  /verify|imports|\/bulk/.test(operation.path) || operation.id === 'GET /readyz';

it.each(operations.map((operation) => [operation.id, operation] as const))(
  '%s answers as it is described, whatever comes',
  { timeout: 60_000 + CASES * 300 },
  async (_id, operation) => {
    const base = (await examples[operation.id]?.make()) ?? {};
    const count = slow(operation) ? Math.ceil(CASES / 4) : CASES;
    const cases = fc.sample(casesOf(operation, base), { numRuns: count, seed: SEED });
    const found: string[] = [];
    const statuses = new Map<number, number>();
    for (let at = 0; at < cases.length; at += TOGETHER) {
      const answers = cases.slice(at, at + TOGETHER).map(async (each) => {
        const request = { ...each, params: each.path };
        const answer = await callOperation(world.house, operation, request);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const wrong = fault(operation, answer);
        if (wrong === undefined) return;
        const asked = `${urlOf(operation, request)} ${JSON.stringify(each.body)?.slice(0, 600)}`;
        found.push(`${answer.status} ${wrong}\n  ${asked}\n  ${answer.text.slice(0, 400)}`);
      });
      await Promise.all(answers);
    }
    expect(found.slice(0, 3).join('\n'), `${found.length} of ${count}`).toBe('');
    // Cases that all fail at the door would prove nothing about what is behind it.
    const served = [...statuses].filter(([status]) => status < 300).length;
    if (operation.id !== 'DELETE /v1/keys/{id}') expect(served, [...statuses].join()).not.toBe(0);
  },
);

it('left the ledger whole', async () => {
  expect(await ledgerViolations(world.admin)).toEqual([]);
});
