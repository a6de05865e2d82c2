import { beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { type RandomLedger, randomLedger } from '../../../test/support/random-ledger.ts';
import { verifyBooks } from '../verify/verify.ts';
import { advanceValuation } from './buckets.queries.ts';
import { readValuation } from './valuation.read.ts';
import type { ValuationDimension } from './valuation.ts';

const world = await createLedgerWorld();
const { database, admin } = world;
const context = testContext(database);

/** A change of a pool, straight from the facts: the model knows no buckets and no SQL sums. */
interface Change {
  readonly journal: number;
  readonly seq: number;
  readonly recordedAt: number;
  readonly occurredAt: number;
  readonly pool: string;
  readonly site: string;
  readonly lot: string;
  readonly quantity: bigint;
  readonly value: bigint;
}

interface Moved {
  readonly quantity: bigint;
  readonly value: bigint;
}

async function readChanges(): Promise<Change[]> {
  const movements = await admin.query<Record<string, unknown> & Moved>(
    `SELECT m.*, f.cost_pool_id AS from_pool, t.cost_pool_id AS to_pool, f.site_id AS from_site,
       t.site_id AS to_site, f.lot_id AS from_lot, t.lot_id AS to_lot,
       f.location_id AS from_location, t.location_id AS to_location
     FROM ledger.movement m
     JOIN ledger.position f ON f.journal = m.journal AND f.position_id = m.from_position
     JOIN ledger.position t ON t.journal = m.journal AND t.position_id = m.to_position`,
  );
  const entries = await admin.query<Record<string, unknown> & { amount: bigint }>(
    'SELECT * FROM ledger.value_entry',
  );
  const places = await admin.query('SELECT location_id, type FROM network.location');
  const transit = new Set(
    places.rows.filter(({ type }) => type === 'in_transit').map((row) => row.location_id),
  );
  const of = (row: Record<string, unknown>, more: Partial<Change>): Change => ({
    journal: row.journal as number,
    seq: Number(row.seq),
    recordedAt: (row.recorded_at as Date).getTime(),
    occurredAt: (row.occurred_at as Date).getTime(),
    ...{ pool: '', site: '', lot: '', quantity: 0n, value: 0n },
    ...more,
  });
  const sides = movements.rows.flatMap((row) =>
    (['from', 'to'] as const).map((side) =>
      of(row, {
        pool: String(row[`${side}_pool`] ?? ''),
        site: `${row[`${side}_site`] ?? 0}${transit.has(row[`${side}_location`]) ? '~' : ''}`,
        lot: String(row[`${side}_lot`] ?? 0),
        quantity: side === 'from' ? -row.quantity : row.quantity,
        value: side === 'from' ? -row.value : row.value,
      }),
    ),
  );
  const money = entries.rows.flatMap((row) => [
    of(row, { pool: String(row.from_pool_id ?? ''), value: -row.amount }),
    of(row, { pool: String(row.to_pool_id ?? ''), value: row.amount }),
  ]);
  return [...sides, ...money].filter(({ pool }) => pool !== '');
}

/** Quantity and value by pool, from nothing but the list of changes. */
function expectedPools(changes: readonly Change[], at: number, by: 'recorded' | 'occurred') {
  const pools = new Map<string, [bigint, bigint]>();
  for (const change of changes) {
    if ((by === 'recorded' ? change.recordedAt : change.occurredAt) > at) continue;
    const [quantity, value] = pools.get(change.pool) ?? [0n, 0n];
    pools.set(change.pool, [quantity + change.quantity, value + change.value]);
  }
  return new Map([...pools].filter(([, [quantity, value]]) => quantity !== 0n || value !== 0n));
}

const ask = (at: number, by: 'recorded' | 'occurred', groupBy: ValuationDimension[]) =>
  readValuation(context, { asOf: { at, by }, groupBy });

async function poolNames(): Promise<Map<string, string>> {
  const { rows } = await admin.query(
    `SELECT c.cost_pool_id, i.sku, s.code FROM ledger.cost_pool c
     JOIN catalog.item i USING (item_id) JOIN network.site s ON s.site_id = c.cost_site_id`,
  );
  return new Map(rows.map((row) => [String(row.cost_pool_id), `${row.sku} ${row.code}`]));
}

let ledger: RandomLedger;
let instants: number[];

beforeAll(async () => {
  await world.owner('SELLER');
  ledger = await randomLedger(world, 20_261_123, 500);
  const changes = await readChanges();
  const occurred = changes.map((change) => change.occurredAt);
  instants = [
    0,
    ...ledger.instants.map((text) => Date.parse(text)),
    ...occurred.filter((_, i) => i % 40 === 0),
    Math.max(...occurred),
  ];
}, 120_000);

/** Every instant, by both clocks, against the model. */
async function compareAll(): Promise<void> {
  const changes = await readChanges();
  const names = await poolNames();
  for (const by of ['recorded', 'occurred'] as const) {
    for (const at of instants) {
      const wanted = expectedPools(changes, at, by);
      const { rows, total } = await ask(at, by, ['item', 'costSite']);
      const found = rows.map(({ item, costSite, quantity, value }) => [
        `${item} ${costSite}`,
        [quantity, value],
      ]);
      const model = [...wanted].map(([pool, sums]) => [names.get(pool), sums]);
      const order = (a: unknown[], b: unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1);
      expect(found.sort(order), `${by} ${at}`).toEqual(model.sort(order));
      expect(total).toBe([...wanted.values()].reduce((sum, [, value]) => sum + value, 0n));
    }
  }
}

describe('a valuation as of every instant equals what the facts add up to', () => {
  it('straight from the facts', async () => {
    await compareAll();
    const { rows } = await admin.query('SELECT FROM accounting.valuation_bucket');
    expect(rows).toHaveLength(0);
  }, 120_000);

  it('and from figures that are written down every few seqs', async () => {
    expect(await advanceValuation(database, { every: 11 })).toBeGreaterThan(10);
    const late = await admin.query('SELECT count(*)::integer AS n FROM accounting.valuation_late');
    // Most of what is in this world happened up to three days before it was recorded.
    expect(late.rows[0].n).toBeGreaterThan(50);
    await compareAll();
  }, 120_000);

  it('and when more comes after them, late facts among it', async () => {
    await ledger.more(7, 60);
    await compareAll();
  }, 120_000);

  it('however many processes write the figures down at once', async () => {
    await Promise.all([1, 2, 3].map(() => advanceValuation(database, { every: 11 })));
    await compareAll();
  }, 120_000);
});

describe('verification', () => {
  it('finds the written-down figures right', async () => {
    const { findings } = await verifyBooks(context);
    expect(findings).toEqual([]);
  }, 60_000);

  it.each([
    ['a pool', 'valuation_pool', 'value = value + 1'],
    ['a place', 'valuation_cell', 'quantity = quantity - 1'],
    ['a late fact', 'valuation_late', 'quantity = quantity + 5'],
    ['a stretch', 'valuation_bucket', "occurred_max = occurred_max + interval '1 day'"],
  ])('names the row where somebody changed %s', async (_, table, change) => {
    const { rows } = await admin.query(
      `SELECT ctid::text, journal FROM accounting.${table} ORDER BY ctid LIMIT 1`,
    );
    const kept = await admin.query(`SELECT * FROM accounting.${table} WHERE ctid = $1`, [
      rows[0].ctid,
    ]);
    const [column = ''] = change.split(' ');
    const before = kept.rows[0][column];
    const where = Object.keys(kept.rows[0]).filter(
      (name) => !['quantity', 'value', 'occurred_max', 'occurred_at'].includes(name),
    );
    const condition = where.map((name, i) => `${name} = $${i + 1}`).join(' AND ');
    const keys = where.map((name) => kept.rows[0][name]);
    await admin.query(`UPDATE accounting.${table} SET ${change} WHERE ${condition}`, keys);
    const { findings } = await verifyBooks(context);
    const undo = `UPDATE accounting.${table} SET ${column} = $${keys.length + 1}`;
    await admin.query(`${undo} WHERE ${condition}`, [...keys, before]);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings[0]?.kind).toBe('valuation');
    expect(findings[0]?.id).toContain(table.replace('_', ' '));
  });

  it('finds them right again', async () => {
    expect((await verifyBooks(context)).findings).toEqual([]);
  }, 60_000);
});

describe('by place, lot and layer', () => {
  it('cells hold the units of the facts, and their values add up to the pool', async () => {
    const changes = await readChanges();
    for (const by of ['recorded', 'occurred'] as const) {
      for (const at of instants) {
        const cells = new Map<string, bigint>();
        for (const { site, lot, pool, quantity, ...change } of changes) {
          if ((by === 'recorded' ? change.recordedAt : change.occurredAt) > at) continue;
          const key = `${pool} ${site} ${lot}`;
          cells.set(key, (cells.get(key) ?? 0n) + quantity);
        }
        const wanted = [...cells.values()].filter((quantity) => quantity !== 0n);
        const { rows, total } = await ask(at, by, ['item', 'costSite', 'site', 'lot']);
        const sorted = (list: bigint[]) => list.sort((a, b) => (a < b ? -1 : 1));
        const units = rows.map(({ quantity }) => quantity).filter((quantity) => quantity !== 0n);
        expect(sorted(units), `${by} ${at}`).toEqual(sorted(wanted));
        expect(total).toBe((await ask(at, by, ['item'])).total);
        if (by === 'recorded') for (const row of rows) expect(row.value >= 0n).toBe(true);
      }
    }
  }, 120_000);

  it('layers are those of an own FIFO model, and add up to their pools', async () => {
    for (const by of ['recorded', 'occurred'] as const) {
      for (const at of instants) {
        const layers = await ask(at, by, ['item', 'costSite', 'layer']);
        const pools = await ask(at, by, ['item', 'costSite']);
        const sums = new Map<string, [bigint, bigint]>();
        for (const { item, costSite, quantity, value } of layers.rows) {
          const [q, v] = sums.get(`${item} ${costSite}`) ?? [0n, 0n];
          sums.set(`${item} ${costSite}`, [q + quantity, v + value]);
        }
        for (const { item, costSite, quantity, value } of pools.rows) {
          expect(sums.get(`${item} ${costSite}`), `${by} ${at} ${item}`).toEqual([quantity, value]);
        }
        if (by === 'recorded') {
          const found = layers.rows
            .filter(({ layer }) => layer)
            .map(({ layer, quantity }) => [layer as string, quantity]);
          expect(Object.fromEntries(found)).toEqual(await fifoModel(at));
        }
      }
    }
  }, 120_000);
});

/** Units left of each receipt, by taking the oldest first; a reversal takes from what it undoes. */
async function fifoModel(at: number): Promise<Record<string, bigint>> {
  const { rows } = await admin.query(
    `SELECT m.journal, m.seq, m.quantity, m.reverses_seq, f.cost_pool_id AS from_pool,
       t.cost_pool_id AS to_pool
     FROM ledger.movement m
     JOIN ledger.position f ON f.journal = m.journal AND f.position_id = m.from_position
     JOIN ledger.position t ON t.journal = m.journal AND t.position_id = m.to_position
     JOIN ledger.cost_pool c ON c.cost_pool_id = coalesce(t.cost_pool_id, f.cost_pool_id)
     WHERE c.method = 2 AND m.recorded_at <= $1
       AND f.cost_pool_id IS DISTINCT FROM t.cost_pool_id ORDER BY m.seq`,
    [new Date(at)],
  );
  const queues = new Map<string, { id: string; left: bigint }[]>();
  for (const row of rows) {
    if (row.from_pool !== null) {
      const queue = queues.get(String(row.from_pool)) ?? [];
      const undone = queue.findIndex(({ id }) => id === `${row.journal}-${row.reverses_seq}`);
      const order = undone < 0 ? queue : [queue[undone]!, ...queue.toSpliced(undone, 1)];
      let left: bigint = row.quantity;
      for (const layer of order) {
        const taken = layer.left < left ? layer.left : left;
        layer.left -= taken;
        left -= taken;
      }
      expect(left).toBe(0n);
      queues.set(
        String(row.from_pool),
        queue.filter((layer) => layer.left > 0n),
      );
    }
    if (row.to_pool !== null) {
      const queue = queues.get(String(row.to_pool)) ?? [];
      queue.push({ id: `${row.journal}-${row.seq}`, left: row.quantity });
      queues.set(String(row.to_pool), queue);
    }
  }
  return Object.fromEntries([...queues.values()].flat().map(({ id, left }) => [id, left]));
}
