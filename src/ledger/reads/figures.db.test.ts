import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../test/support/api.ts';
import {
  allPages,
  type Fact,
  matches,
  onHand,
  queryOf,
  readFacts,
  written,
} from '../../../test/support/ledger-facts.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { randomLedger } from '../../../test/support/random-ledger.ts';

const world = await createLedgerWorld();
const { house, admin } = world;
let seller: Caller;
let items: readonly string[] = [];
let instants: readonly string[] = [];
let facts: Fact[] = [];

beforeAll(async () => {
  seller = (await world.owner('SELLER')).call;
  ({ items, instants } = await randomLedger(world, 4711, 260));
  facts = await readFacts(admin);
  expect(facts.length).toBeGreaterThan(120);
}, 120_000);

const maybe = <T>(values: readonly [T, ...T[]]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined });
const someItem = () => fc.nat(4).map((i) => items[i] ?? '');
const placeFilter = fc.record({
  item: fc.option(someItem(), { nil: undefined }),
  site: maybe(['N', 'S']),
  location: maybe(['B1', 'B2', 'C1', 'CUSTOMER', 'SUPPLIER', 'TRANSIT-S']),
  owner: maybe(['HOUSE', 'SELLER']),
  disposition: maybe(['sellable', 'damaged']),
});
const clock = fc.record({
  at: fc.option(
    fc.nat().map((n) => n),
    { nil: undefined },
  ),
  by: fc.constantFrom('recorded', 'occurred'),
});

function instantOf(n: number | undefined, by: string): string | undefined {
  if (n === undefined) return undefined;
  if (by === 'recorded') return instants[n % instants.length];
  return new Date(Date.parse(instants[0] ?? '') - (n % 70) * 3_600_000).toISOString();
}

function countsIn(fact: Fact, at: string | undefined, by: string): boolean {
  if (at === undefined) return true;
  return (by === 'recorded' ? fact.recorded : fact.occurred) <= Date.parse(at);
}

describe('stock', () => {
  it('is what the movements add up to, for any filter, grouping, instant and clock', async () => {
    const dimensions = ['item', 'site', 'location', 'lot', 'owner', 'disposition'] as const;
    const property = fc.asyncProperty(
      placeFilter,
      fc.subarray([...dimensions]),
      clock,
      fc.integer({ min: 1, max: 7 }),
      async (filter, groups, { at: n, by }, limit) => {
        const groupBy = ['item', ...groups.filter((name) => name !== 'item')];
        const at = instantOf(n, by);
        const expected = new Map<string, bigint>();
        for (const fact of facts) {
          if (!countsIn(fact, at, by)) continue;
          for (const [side, sign] of [
            [fact.from, -1n],
            [fact.to, 1n],
          ] as const) {
            if (!matches(fact, side, filter) || !onHand(side, filter)) continue;
            if (side.real && side.virtual) continue;
            const codes = { ...side, item: fact.item, owner: fact.owner } as never;
            const key = dimensions
              .filter((d) => groupBy.includes(d))
              .map((d) => codes[d])
              .join('|');
            expected.set(key, (expected.get(key) ?? 0n) + sign * fact.quantity);
          }
        }
        const path = `/stock?${queryOf({ ...filter, groupBy: groupBy.join(','), at, by })}`;
        const rows = (await allPages(house, path, limit)).filter((row) => Number(row.onHand) !== 0);
        const found = rows.map((row) => [
          dimensions
            .filter((d) => groupBy.includes(d))
            .map((d) => row[d] ?? '')
            .join('|'),
          row.onHand,
        ]);
        const scaleOf = (key: string) =>
          facts.find((f) => f.item === key.split('|')[0])?.scale ?? 0;
        const wanted = [...expected]
          .filter(([, units]) => units !== 0n)
          .map(([key, units]) => [key, written(units, scaleOf(key))]);
        expect(found.sort()).toEqual(wanted.sort());
      },
    );
    await fc.assert(property, { numRuns: 80, seed: 1 });
  }, 120_000);

  it('counts units in transit apart, and groups without items', async () => {
    const { body } = await house('GET /v1/stock?groupBy=site');
    const inTransit = facts.reduce((sum, fact) => {
      const unit = 10 ** -fact.scale;
      const [from, to] = [fact.from.location, fact.to.location].map((l) => l === 'TRANSIT-S');
      return sum + Number(fact.quantity) * unit * ((to ? 1 : 0) - (from ? 1 : 0));
    }, 0);
    const south = body.items.find((row: { site: string }) => row.site === 'S');
    expect(Number(south.inTransit)).toBeCloseTo(inTransit, 6);
    expect(inTransit).toBeGreaterThan(0);
  });

  it('names a wrong grouping and an unknown code', async () => {
    expect((await house('GET /v1/stock?groupBy=colour')).status).toBe(400);
    expect((await house('GET /v1/stock?item=NO-SUCH')).status).toBe(404);
    expect((await house('GET /v1/stock?cursor=rubbish')).status).toBe(400);
  });
});

describe('movements', () => {
  it('come newest first and whole, for any filter and page size', async () => {
    const property = fc.asyncProperty(
      placeFilter,
      fc.record({
        kind: maybe(['receipt', 'shipment', 'move', 'count']),
        document: maybe(['order:1', 'order:2', 'order:none']),
        serial: maybe(['SN-1', 'SN-2']),
        recordedFrom: fc.option(fc.nat(), { nil: undefined }),
        recordedTo: fc.option(fc.nat(), { nil: undefined }),
        occurredTo: fc.option(fc.nat(70), { nil: undefined }),
      }),
      fc.integer({ min: 1, max: 40 }),
      async (filter, more, limit) => {
        const recordedFrom = instantOf(more.recordedFrom, 'recorded');
        const recordedTo = instantOf(more.recordedTo, 'recorded');
        const occurredTo = instantOf(more.occurredTo, 'occurred');
        const expected = facts.filter(
          (fact) =>
            [fact.from, fact.to].some((side) => matches(fact, side, filter)) &&
            (more.kind === undefined || fact.kind === more.kind) &&
            (more.document === undefined || fact.document === more.document) &&
            (more.serial === undefined || fact.serials.includes(more.serial)) &&
            countsIn(fact, recordedTo, 'recorded') &&
            (recordedFrom === undefined || fact.recorded >= Date.parse(recordedFrom)) &&
            countsIn(fact, occurredTo, 'occurred'),
        );
        const { kind, document, serial } = more;
        const given = { kind, document, serial, recordedFrom, recordedTo, occurredTo };
        const found = await allPages(
          house,
          `/movements?${queryOf({ ...filter, ...given })}`,
          limit,
        );
        expect(found.map((row) => row.id)).toEqual(expected.map((fact) => fact.id));
      },
    );
    await fc.assert(property, { numRuns: 80, seed: 2 });
  }, 120_000);

  it('show each fact once while others are posted between the pages', async () => {
    const [item] = items;
    const path = `/v1/movements?item=${item}&limit=5`;
    const before = facts.filter((fact) => fact.item === item).map((fact) => fact.id);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await house(`GET ${path}${cursor}`);
      seen.push(...body.items.map((row: { id: string }) => row.id));
      await world.receive(item ?? '', '1', 'B4');
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(before);
  });

  it('can be read one by one; a foreign or unknown id is not there', async () => {
    const own = facts.find((fact) => fact.owner === 'SELLER');
    const foreign = facts.find((fact) => fact.owner === 'HOUSE');
    expect((await seller(`GET /v1/movements/${own?.id}`)).body.quantity).toBe(
      written(own?.quantity ?? 0n, own?.scale ?? 0),
    );
    expect((await seller(`GET /v1/movements/${foreign?.id}`)).status).toBe(404);
    expect((await house('GET /v1/movements/0-999999')).status).toBe(404);
  });
});

describe('why', () => {
  it('adds up exactly, for any filter and instant, over any pages', async () => {
    const property = fc.asyncProperty(
      placeFilter,
      someItem(),
      clock,
      fc.integer({ min: 1, max: 25 }),
      async (filter, item, { at: n, by }, limit) => {
        const at = instantOf(n, by);
        const asked = { ...filter, item };
        const path = `/why?${queryOf({ ...asked, at, by })}`;
        const first = await house(`GET /v1${path}&limit=${limit}`);
        expect(first.status).toBe(200);
        const rows = await allPages(house, path, limit);
        const scale = first.body.figure.includes('.') ? 2 : 0;
        const units = (text: string) => BigInt(text.replace('.', ''));
        let balance = units(first.body.figure);
        for (const row of rows) {
          expect(row.balance).toBe(written(balance, scale));
          balance -= units(row.change);
        }
        expect(balance).toBe(0n);
        const figure = facts.reduce((sum, fact) => {
          if (!countsIn(fact, at, by)) return sum;
          const [from, to] = [fact.from, fact.to].map(
            (side) => matches(fact, side, asked) && onHand(side, asked),
          );
          return sum + fact.quantity * ((to ? 1n : 0n) - (from ? 1n : 0n));
        }, 0n);
        // Receipts of the test before this one came after `facts` was read.
        if (at !== undefined) expect(first.body.figure).toBe(written(figure, scale));
      },
    );
    await fc.assert(property, { numRuns: 60, seed: 3 });
  }, 120_000);

  it('explains one position and every account; all accounts together are zero', async () => {
    const { body: stock } = await house(`GET /v1/stock?item=${items[0]}&location=B1`);
    const [position] = stock.items;
    const why = await house(`GET /v1/why?position=${position.position}`);
    expect(why.body.figure).toBe(position.onHand);
    const { body: accounts } = await house('GET /v1/accounts');
    expect(accounts.total).toBe('0.00');
    expect(accounts.items.length).toBeGreaterThan(4);
    for (const { account, value } of accounts.items) {
      const path = `/why?account=${account}`;
      const { body } = await house(`GET /v1${path}`);
      expect([account, body.figure]).toEqual([account, value]);
      const cents = (text: string) => BigInt(text.replace('.', ''));
      const rows = await allPages(house, path, 7);
      let balance = cents(value);
      for (const row of rows) {
        expect([account, cents(row.balance)]).toEqual([account, balance]);
        balance -= cents(row.change);
      }
      expect([account, balance]).toEqual([account, 0n]);
    }
  });

  it('knows accounts as of an instant, by both clocks', async () => {
    const changes = await admin.query(`
      SELECT f.recorded_at, f.occurred_at, s.account, s.value FROM ledger.movement f
      JOIN ledger.position a ON a.journal = f.journal AND a.position_id = f.from_position
      JOIN ledger.position b ON b.journal = f.journal AND b.position_id = f.to_position
      CROSS JOIN LATERAL (VALUES
        (CASE WHEN a.cost_pool_id IS NULL THEN a.location_id ELSE 0 END, -f.value),
        (CASE WHEN b.cost_pool_id IS NULL THEN b.location_id ELSE 0 END, f.value)) s(account, value)
      UNION ALL SELECT v.recorded_at, v.occurred_at, s.account, s.value FROM ledger.value_entry v
      CROSS JOIN LATERAL (VALUES (coalesce(v.from_location_id, 0), -v.amount),
        (coalesce(v.to_location_id, 0), v.amount)) s(account, value)`);
    for (const by of ['recorded', 'occurred'] as const) {
      for (const n of [3, 9, 17]) {
        const at = instantOf(n, by);
        const inventory = changes.rows
          .filter((row) => row.account === 0)
          .filter((row) => row[`${by}_at`].getTime() <= Date.parse(at ?? ''))
          .reduce((sum, row) => sum + row.value, 0n);
        const { body } = await house(`GET /v1/accounts?at=${at}&by=${by}`);
        expect(body.items[0]).toEqual({ account: 'inventory', value: written(inventory, 2) });
        expect(body.total).toBe('0.00');
      }
    }
  });

  it('wants exactly one subject', async () => {
    expect((await house('GET /v1/why')).status).toBe(400);
    expect((await house(`GET /v1/why?item=${items[0]}&account=inventory`)).status).toBe(400);
    expect((await house('GET /v1/why?position=0-999999')).status).toBe(404);
    expect((await house('GET /v1/why?account=NOWHERE')).status).toBe(404);
  });
});
