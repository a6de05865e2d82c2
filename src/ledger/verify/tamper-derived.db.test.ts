import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { randomLedger } from '../../../test/support/random-ledger.ts';
import { systemClock } from '../../platform/clock.ts';
import { verifyLedger } from './index.ts';

const world = await createLedgerWorld();
const { admin, database } = world;
const verify = (since: 'start' | 'checkpoint' = 'start') =>
  verifyLedger({ database, clock: systemClock, since });

beforeAll(async () => {
  await world.owner('SELLER');
  await randomLedger(world, 12, 320);
  const sku = await world.item();
  await world.receive(sku, '9');
  const ship = (quantity: string) =>
    world.posted({ kind: 'shipment', item: sku, quantity, from: 'B1' });
  await ship('1');
  const [{ id: returnOf }] = await ship('5');
  await world.posted({ kind: 'customer_return', item: sku, quantity: '3', to: 'B1', returnOf });
}, 120_000);

/** Tampers with one row and tells how to put it back. */
interface Case {
  readonly table: string;
  readonly where: string;
  readonly set: string;
  /** Beginning of the finding's kind and id. */
  readonly kind: string;
  readonly id: string;
}

const CASES: readonly Case[] = [
  ...['on_hand = on_hand + 1', 'allocated = allocated + 1', 'last_seq = last_seq + 1'].map(
    (set) => ({ table: 'balance', where: 'on_hand > 0', set, kind: 'balance', id: 'position' }),
  ),
  {
    table: 'balance',
    where: 'last_seq = 0 OR on_hand = 0',
    set: 'on_hand = 9',
    kind: 'balance',
    id: 'position',
  },
  ...['on_hand = on_hand + 1', 'reserved = reserved + 1', 'last_seq = last_seq + 1'].map((set) => ({
    table: 'availability',
    where: 'on_hand > 0',
    set,
    kind: 'availability',
    id: 'availability',
  })),
  ...['quantity = quantity + 1', 'value = value + 1', 'last_seq = last_seq + 1'].map((set) => ({
    table: 'cost_pool',
    where: 'quantity > 0',
    set,
    kind: 'pool',
    id: 'pool',
  })),
  {
    table: 'cost_pool',
    where: 'method = 3 AND quantity > 0',
    set: 'unit_cost = unit_cost + 10000',
    kind: 'pool',
    id: 'pool',
  },
  ...[
    'quantity_left = quantity_left + 1',
    'value_left = value_left + 1',
    'quantity_received = quantity_received + 1',
    'value_received = value_received + 1',
  ].map((set) => ({
    table: 'cost_layer',
    where: 'quantity_left > 0',
    set,
    kind: 'layer',
    id: 'pool',
  })),
  {
    table: 'cost_layer',
    where: 'quantity_left = 0',
    set: 'quantity_left = 1',
    kind: 'layer',
    id: 'pool',
  },
  ...['quantity = quantity + 1', 'value = value + 1', 'layer_seq = layer_seq + 1'].map((set) => ({
    table: 'layer_consumption',
    where: 'true',
    set,
    kind: 'consumption',
    id: 'pool',
  })),
  ...[
    'open_quantity = open_quantity + 1',
    'quantity = quantity + 1',
    'state = 1',
    "expires_at = expires_at + interval '1 hour'",
    "created_at = created_at + interval '1 hour'",
    'group_id = gen_random_uuid()',
    'site_id = site_id + 1',
    'owner_id = owner_id + 1',
    'last_seq = last_seq + 1',
  ].map((set) => ({
    table: 'reservation',
    where: 'state = 2',
    set,
    kind: 'reservation',
    id: 'reservation',
  })),
  {
    table: 'reservation',
    where: 'state = 4',
    set: 'state = 5',
    kind: 'reservation',
    id: 'reservation',
  },
  ...[
    'open_quantity = open_quantity + 1',
    'quantity = quantity + 1',
    'position_id = position_id + 1',
    'last_seq = last_seq + 1',
  ].map((set) => ({
    table: 'allocation',
    where: 'true',
    set,
    kind: 'allocation',
    id: 'allocation',
  })),
  ...['position_id = position_id + 1', 'last_seq = last_seq + 1'].map((set) => ({
    table: 'serial',
    where: 'position_id IS NOT NULL',
    set,
    kind: 'serial',
    id: 'serial',
  })),
  {
    table: 'movement_serial',
    where: 'true',
    set: 'seq = (SELECT min(seq) FROM ledger.movement m WHERE m.journal = movement_serial.journal)',
    kind: 'serial',
    id: '',
  },
  {
    table: 'journal_head',
    where: 'seq > 0',
    set: 'head_hash = sha256(head_hash)',
    kind: 'head',
    id: '',
  },
  ...['digest', 'return'].map((kind) => ({
    table: 'movement_return',
    where: 'true',
    set: `shipment_seq = (SELECT max(m.seq) FROM ledger.movement m
      WHERE m.kind = 7 AND m.quantity = 1 AND m.seq < shipment_seq)`,
    kind,
    id: kind === 'digest' ? 'batch' : '',
  })),
  { table: 'unknown_cost', where: 'true', set: 'seq = seq + 1000000', kind: 'cost', id: '' },
  ...['hash = sha256(hash)', 'digest = sha256(digest)', 'first_seq = first_seq - 1'].map((set) => ({
    table: 'batch',
    where: 'first_seq > 3',
    set,
    kind: '',
    id: 'batch',
  })),
  {
    table: 'batch',
    where: 'true',
    set: "recorded_at = recorded_at + interval '1 millisecond'",
    kind: 'link',
    id: 'batch',
  },
  {
    table: 'position',
    where: 'cost_pool_id IS NOT NULL',
    set: `cost_pool_id = (SELECT max(c.cost_pool_id) + 1
      FROM ledger.cost_pool c)`,
    kind: 'position',
    id: 'position',
  },
];

const TABLES = [...new Set(CASES.map(({ table }) => table))];
beforeAll(async () => {
  await admin.query('CREATE SCHEMA kept');
  for (const table of TABLES) {
    await admin.query(`CREATE TABLE kept.${table} AS TABLE ledger.${table}`);
  }
});

async function putBack(table: string): Promise<void> {
  await admin.query(`TRUNCATE ledger.${table}`);
  await admin.query(`INSERT INTO ledger.${table} OVERRIDING SYSTEM VALUE TABLE kept.${table}`);
}

describe('tampering with what is derived is found and named', () => {
  afterEach(async () => {
    for (const table of TABLES) await putBack(table);
  });

  it.each(CASES)('$table where $where: $set', async ({ table, where, set, kind, id }) => {
    const { rowCount } = await admin.query(
      `UPDATE ledger.${table} SET ${set} WHERE ctid = (SELECT ctid FROM ledger.${table}
         WHERE ${where} ORDER BY md5(ctid::text) LIMIT 1)`,
    );
    expect(rowCount).toBe(1);
    const { findings, ok } = await verify();
    expect(ok).toBe(false);
    const named = findings.filter(
      (finding) => finding.kind.startsWith(kind) && (finding.id ?? '').startsWith(id),
    );
    expect(named.length).toBeGreaterThan(0);
  });

  it.each([
    ['balance', 'position'],
    ['availability', 'availability'],
    ['cost_pool', 'pool'],
    ['cost_layer', 'pool'],
    ['layer_consumption', 'pool'],
    ['reservation', 'reservation'],
    ['allocation', 'allocation'],
    ['serial', 'serial'],
    ['movement_serial', ''],
    ['movement_return', 'batch'],
    ['batch', 'batch'],
  ])('a row of %s deleted', async (table, id) => {
    // A row that no fact has touched is only missed by what refers to it; the newest batch of a
    // journal is missed by its head alone, see below.
    const isMissed =
      table === 'batch'
        ? '(journal, last_seq) NOT IN (SELECT journal, seq FROM ledger.journal_head)'
        : "to_jsonb(t) ->> 'last_seq' IS DISTINCT FROM '0'";
    await admin.query(
      `DELETE FROM ledger.${table} WHERE ctid = (SELECT ctid FROM ledger.${table} t
         WHERE ${isMissed} ORDER BY md5(ctid::text) LIMIT 1)`,
    );
    const { findings } = await verify();
    expect(findings.map((finding) => (finding.id ?? '').split(' ')[0])).toContain(id);
  });

  it('the newest batch of a journal deleted', async () => {
    const { rows } = await admin.query(
      `DELETE FROM ledger.batch b USING ledger.journal_head h
       WHERE h.journal = b.journal AND h.seq = b.last_seq RETURNING b.journal, b.last_seq`,
    );
    expect(rows.length).toBeGreaterThan(0);
    const { findings } = await verify();
    const heads = findings.filter(({ kind }) => kind === 'head');
    const named = heads.map(({ journal, seq }) => `${journal} ${seq}`).sort();
    expect(named).toEqual(rows.map(({ journal, last_seq }) => `${journal} ${last_seq}`).sort());
  });

  it.each([
    ['reservation', 'reservation_seq', 'reservation', ''],
    ['allocation', 'allocation_seq', 'allocation', ''],
    ['cost_layer', 'layer_seq', 'layer', ''],
    ['layer_consumption', 'seq', 'consumption', ''],
    ['movement_serial', 'seq', 'serial', ''],
  ])('a row of %s inserted', async (table, key, kind) => {
    await admin.query(
      `INSERT INTO ledger.${table} SELECT (jsonb_populate_record(t,
         jsonb_build_object('${key}', t.${key} + 1))).* FROM ledger.${table} t
       WHERE NOT EXISTS (SELECT FROM ledger.${table} o WHERE o.${key} = t.${key} + 1)
       ORDER BY t.${key} LIMIT 1`,
    );
    const { findings } = await verify();
    expect(findings.map((finding) => finding.kind)).toContain(kind);
  });

  it('a rule of the database taken away', async () => {
    await admin.query('ALTER TABLE ledger.balance DROP CONSTRAINT balance_real_not_negative');
    const { findings } = await verify();
    expect(findings).toMatchObject([{ kind: 'constraint', id: 'balance_real_not_negative' }]);
    await admin.query(`ALTER TABLE ledger.balance
      ADD CONSTRAINT balance_real_not_negative CHECK (on_hand >= 0 OR NOT is_real)`);
  });
});
