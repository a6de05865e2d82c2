import { beforeAll, describe, expect, it } from 'vitest';
import { committed, createLanes } from '../../../test/support/ledger-model-lanes.ts';
import { allocate, at, FIFO, invoice, lines } from '../../../test/support/ledger-model-story.ts';
import { PLACE } from '../../../test/support/ledger-model-world.ts';

const lanes = await createLanes();
const { admin, database, make, open } = lanes;

const POOLS = ['poster', 'writer', 'reader'] as const;
/** What was posted: nobody may alter it. */
const FACTS = ['movement', 'entry', 'value_entry', 'batch', 'layer_consumption', 'movement_serial'];

beforeAll(async () => {
  const poster = await open();
  const received = make.lines(lines.receipt(10n, 100n, { item: FIFO }));
  const { seq } = committed(await poster.post(0, received)).lines[0]!;
  committed(await poster.post(0, make.lines(lines.shipment(4n, { item: FIFO }))));
  committed(await poster.post(0, make.step(invoice(1, 50n), seq)));
  committed(await poster.post(0, make.receipt(10n)));
  committed(await poster.post(0, make.reserve(2n)));
  committed(await poster.post(0, make.step(allocate(3n))));
  committed(await poster.post(0, make.lines(lines.receipt(1n, 5n, { item: 4, serials: [1] }))));
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

const FORBIDDEN = '42501';

describe('what was posted', () => {
  it.each(FACTS)('ledger.%s has rows, and no role of the server may alter them', async (table) => {
    const count = `SELECT count(*)::int AS count FROM ledger.${table}`;
    expect((await admin.query(count)).rows[0].count).toBeGreaterThan(0);
    for (const name of POOLS) {
      for (const statement of [
        `UPDATE ledger.${table} SET journal = journal`,
        `DELETE FROM ledger.${table}`,
        `TRUNCATE ledger.${table}`,
      ]) {
        expect([name, statement, await codeOf(database[name].query(statement))]).toEqual([
          name,
          statement,
          FORBIDDEN,
        ]);
      }
    }
  });

  it.each(['balance', 'availability', 'cost_pool', 'cost_layer', 'reservation', 'allocation'])(
    'what follows from it, ledger.%s, is not deleted, and only the poster writes it',
    async (table) => {
      for (const name of POOLS) {
        const deleted = codeOf(database[name].query(`DELETE FROM ledger.${table}`));
        expect([name, await deleted]).toEqual([name, FORBIDDEN]);
        if (name === 'poster') continue;
        const text = `UPDATE ledger.${table} SET journal = journal`;
        expect([name, await codeOf(database[name].query(text))]).toEqual([name, FORBIDDEN]);
      }
    },
  );
});

describe('the tables refuse', () => {
  const CHECK = '23514';
  const bin = at(PLACE.binA);
  const MOVEMENT = `INSERT INTO ledger.movement (journal, seq, quantity, value, from_position,
    to_position, from_after, to_after, body_hash, occurred_at, recorded_at, command_id, line,
    item_id, owner_id, actor_id, kind)`;
  const moved = (quantity: string, value: string, from: string, line = '1') =>
    `${MOVEMENT} SELECT 0, 99, ${quantity}, ${value}, ${from}, 2, 0, 0, 0, now(), now(),
      gen_random_uuid(), ${line}, 1, 1, 1, 1`;

  it.each<[string, string]>([
    [
      'units below zero in a real place',
      `UPDATE ledger.balance SET on_hand = -1
      WHERE position_id = ${bin}`,
    ],
    ['less than nothing allocated', 'UPDATE ledger.balance SET allocated = -1'],
    ['less than nothing reserved', 'UPDATE ledger.availability SET reserved = -1'],
    ['less than nothing on hand at a site', 'UPDATE ledger.availability SET on_hand = -1'],
    ['a pool worth less than nothing', 'UPDATE ledger.cost_pool SET value = -1'],
    [
      'an empty pool that is worth something',
      'UPDATE ledger.cost_pool SET quantity = 0, value = 1',
    ],
    ['an empty layer that is worth something', 'UPDATE ledger.cost_layer SET quantity_left = 0'],
    ['an open reservation of nothing', 'UPDATE ledger.reservation SET open_quantity = 0'],
    ['a closed reservation of something', 'UPDATE ledger.reservation SET state = 4'],
    ['a journal that goes below its start', 'UPDATE ledger.journal_head SET seq = -1'],
    ['a link that is too short', "UPDATE ledger.journal_head SET head_hash = '\\x00'"],
    ['a movement of nothing', moved('0', '1', '1')],
    ['a movement worth less than nothing', moved('1', '-1', '1')],
    ['a movement to where it came from', moved('1', '1', '2')],
    ['a movement without a line', moved('1', '1', '1', '0')],
    [
      'money from nowhere',
      `INSERT INTO ledger.value_entry (journal, seq, amount, to_pool_id, body_hash, occurred_at,
         recorded_at, command_id, line, item_id, owner_id, actor_id)
       SELECT 0, 99, 1, 1, 0, now(), now(), gen_random_uuid(), 1, 1, 1, 1`,
    ],
  ])('%s, whoever asks', async (_, statement) => {
    expect(await codeOf(admin.query(statement))).toBe(CHECK);
  });

  it('but let virtual places go below zero: they are the other side', async () => {
    const { rows } = await admin.query<{ on_hand: bigint }>(
      'SELECT on_hand FROM ledger.balance WHERE position_id = $1',
      [at(PLACE.supplier)],
    );
    expect(rows[0]!.on_hand).toBeLessThan(0n);
  });

  it('a command twice, a seq twice and a second reversal', async () => {
    const UNIQUE = '23505';
    const again = (change: string) =>
      `INSERT INTO ledger.movement SELECT (jsonb_populate_record(m, ${change})).*
       FROM ledger.movement m WHERE journal = 0 ORDER BY seq LIMIT 1`;
    expect(await codeOf(admin.query(again(`'{"seq": 99}'`)))).toBe(UNIQUE);
    expect(await codeOf(admin.query(again(`'{"line": 2}'`)))).toBe(UNIQUE);
    const reversal = (seq: number) =>
      again(`jsonb_build_object('seq', ${seq}, 'line', ${seq}, 'reverses_seq', 1)`);
    const twice = `DO $$ BEGIN ${reversal(98)}; ${reversal(99)}; END $$`;
    expect(await codeOf(admin.query(twice))).toBe(UNIQUE);
  });
});

describe('the sessions that post', () => {
  it('commit to the disk before they answer, in the role that may only post', async () => {
    const show = async (name: string): Promise<string> => {
      const { rows } = await database.poster.query(`SELECT current_setting('${name}') AS value`);
      return rows[0]!.value as string;
    };
    expect(await show('synchronous_commit')).toBe('on');
    expect(await show('fsync')).toBe('on');
    expect(await show('full_page_writes')).toBe('on');
    expect(await show('role')).toBe('onhand_poster');
    expect(await show('transaction_isolation')).toBe('read committed');
  });
});
