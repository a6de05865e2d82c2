import { beforeAll, expect, it } from 'vitest';
import { type Caller, createTestApi } from './support/api.ts';
import { referenceModules } from './support/reference-data.ts';

const api = await createTestApi(referenceModules);
let house: Caller;
beforeAll(async () => {
  house = await api.caller('house', [
    'catalog:read',
    'catalog:write',
    'network:read',
    'network:write',
    'owners:read',
    'owners:write',
  ]);
  await house('POST /v1/sites/bulk', {
    sites: ['S', 'T'].map((code) => ({ code, name: code, type: 'store', timeZone: 'UTC' })),
  });
});

const NASTY: readonly unknown[] = [
  ...[null, true, -1, 0, 0.1, 5e-324, 1e308, 2 ** 31, 2 ** 53, 2 ** 64],
  ...['', ' ', '\t', '\u0000', '\ud800', '\u202e', '0', '-0', '1e5', '1/0', '99999999999999999999'],
  ...["';--", '%', '\\', 'id:1', '../..', '🛋', 'e\u0301', 'x'.repeat(70_000), '2024-13-45'],
  ...[[], [null], {}, [[]], { constructor: 1 }, { a: { b: 1 } }, { '\u0000': 1 }, { a: '\ud800' }],
];

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A valid document for each bulk path, with a key of its own. */
const GOOD: Readonly<Record<string, (n: number) => Record<string, unknown>>> = {
  '/v1/owners': (n) => ({ code: `O${n}`, name: 'O' }),
  '/v1/items': (n) => ({ sku: `I${n}`, name: 'I' }),
  '/v1/sites': (n) => ({ code: `S${n}`, name: 'S', type: 'supplier', timeZone: 'UTC' }),
  '/v1/sites/S/zones': (n) => ({ code: `Z${n}`, name: 'Z' }),
  '/v1/locations': (n) => ({ code: `L${n}`, type: 'adjustment', site: 'S' }),
  '/v1/lanes': () => {
    const hours = { transitHoursMin: 1, transitHoursTypical: 1, transitHoursMax: 1 };
    return { from: 'S', to: 'T', mode: 'air', ...hours };
  },
};

async function fieldsOf(path: string): Promise<string[]> {
  const { body } = await house('GET /v1/openapi.json');
  const { requestBody } = body.paths[path.replace('/S/', '/{site}/')].post;
  return Object.keys((requestBody.content['application/json'].schema as Schema).properties);
}

it.each(Object.entries(GOOD))(
  'no value of any field of %s makes it fall over',
  async (path, good) => {
    const fields = await fieldsOf(path);
    const lines = fields.flatMap((field, f) =>
      NASTY.map((value, v) => ({ ...good(f * NASTY.length + v), [field]: value })),
    );
    const plural = path.split('/').at(-1) ?? '';
    const counts = { created: 0, rejected: 0 };
    for (let at = 0; at < lines.length; at += 100) {
      const part = { [plural]: lines.slice(at, at + 100) };
      const { status, body } = await house(`POST ${path}/bulk`, part);
      expect(status).toBe(200);
      counts.created += body.created;
      counts.rejected += body.rejected;
    }
    expect(counts.created).toBeGreaterThan(0);
    expect(counts.rejected).toBeGreaterThan(counts.created);
    // What was taken can be shown: answers that break their schema are a 500.
    for (const format of ['json', 'csv']) {
      expect((await house(`GET ${path}?limit=1000&format=${format}`)).status).toBe(200);
    }
  },
);

it.each(Object.keys(GOOD))('no value of any query parameter of %s does', async (path) => {
  const { body } = await house('GET /v1/openapi.json');
  const { parameters } = body.paths[path.replace('/S/', '/{site}/')].get;
  const names: string[] = parameters.map(({ name }: { name: string }) => name);
  for (const name of names.filter((each) => each !== 'site')) {
    for (const value of NASTY.map((each) =>
      String(each)
        .slice(0, 2000)
        .replace(/\p{Cs}/gu, '\uFFFD'),
    )) {
      const answer = await house(`GET ${path}?${name}=${encodeURIComponent(value)}`);
      expect([200, 400], `${name}=${value}`).toContain(answer.status);
    }
  }
});
