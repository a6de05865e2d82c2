import { beforeAll, describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { type RandomLedger, randomLedger } from '../../../test/support/random-ledger.ts';
import { systemClock } from '../../platform/clock.ts';
import { advanceCheckpoints } from '../reads/accounts.queries.ts';
import { verifyLedger } from './index.ts';

const world = await createLedgerWorld();
const { admin, database, house } = world;
const verify = (since: 'start' | 'checkpoint') =>
  verifyLedger({ database, clock: systemClock, since });
let ledger: RandomLedger;

beforeAll(async () => {
  await world.owner('SELLER');
  ledger = await randomLedger(world, 21, 200);
}, 120_000);

/** Changes one row, lets `check` look, and changes it back. */
async function tampered(
  table: string,
  where: string,
  column: string,
  check: () => Promise<void>,
): Promise<void> {
  const pick = `ctid = (SELECT ctid FROM ledger.${table} t WHERE ${where} LIMIT 1)`;
  const { rows } = await admin.query(
    `UPDATE ledger.${table} SET ${column} = ${column} + 1 WHERE ${pick} RETURNING *`,
  );
  expect(rows).toHaveLength(1);
  const keys = Object.entries(rows[0]).filter(([, value]) => value !== null);
  const same = keys.map(([name], i) => `${name} = $${i + 1}`).join(' AND ');
  try {
    await check();
  } finally {
    await admin.query(
      `UPDATE ledger.${table} SET ${column} = ${column} - 1 WHERE ${same}`,
      keys.map(([, value]) => value),
    );
  }
}

describe('since the checkpoint', () => {
  it('begins where the last clean verification ended and looks at what came after', async () => {
    const first = await verify('checkpoint');
    expect([first.ok, first.journals.every(({ from }) => from === 0)]).toEqual([true, true]);
    const again = await verify('checkpoint');
    expect([again.ok, again.checked.movements]).toEqual([true, 0]);
    await ledger.more(22, 150);
    const after = await verify('checkpoint');
    expect(after.findings).toEqual([]);
    expect(after.journals.map(({ from }) => from)).toEqual(first.journals.map(({ to }) => to));
    expect(after.checked.movements).toBeGreaterThan(20);
    expect(after.checked.reservations + after.checked.allocations).toBeGreaterThan(3);
    expect((await verify('start')).findings).toEqual([]);
  });

  it('finds what was done to the new facts and to the rows that they touched', async () => {
    await ledger.more(23, 150);
    const start = `(SELECT max(seq) FROM ledger.verified v WHERE v.journal = t.journal)`;
    const kindsAfter = async (table: string, where: string, column: string, kind: string) => {
      await tampered(table, where, column, async () => {
        const { findings } = await verify('checkpoint');
        expect([table, column, findings.map((finding) => finding.kind)]).toEqual([
          table,
          column,
          expect.arrayContaining([kind]),
        ]);
      });
    };
    const fresh = `t.seq > ${start}`;
    await kindsAfter('movement', fresh, 'quantity', 'digest');
    await kindsAfter('entry', fresh, 'after', 'digest');
    const touched = `t.last_seq > ${start}`;
    await kindsAfter('balance', `${touched} AND on_hand > 0`, 'on_hand', 'balance');
    await kindsAfter('availability', `${touched} AND on_hand > 0`, 'on_hand', 'availability');
    await kindsAfter('cost_pool', `${touched} AND quantity > 0`, 'value', 'pool');
    await kindsAfter('reservation', `${touched} AND state = 2`, 'open_quantity', 'availability');
    expect((await verify('checkpoint')).findings).toEqual([]);
  });

  it('starts anew, and says so, when history before it was rewritten', async () => {
    const { rows } = await admin.query(
      `UPDATE ledger.verified v SET hash = sha256(hash)
       WHERE seq = (SELECT max(seq) FROM ledger.verified o WHERE o.journal = v.journal)
         AND journal = (SELECT max(journal) FROM ledger.verified WHERE seq > 0)
       RETURNING journal`,
    );
    const { findings, journals } = await verify('checkpoint');
    const [{ journal }] = rows;
    expect(findings).toMatchObject([{ kind: 'checkpoint', journal }]);
    expect(journals.find((one) => one.journal === journal)?.from).toBe(0);
    await admin.query('TRUNCATE ledger.verified');
  });
});

describe('a ledger at work', () => {
  it('is verified as it was at one moment, whatever is posted meanwhile', async () => {
    let posting = true;
    const work = (async () => {
      for (let seed = 30; posting; seed += 1) await ledger.more(seed, 10);
    })();
    for (let round = 0; round < 6; round += 1) {
      const { findings, journals } = await verify(round % 2 === 0 ? 'start' : 'checkpoint');
      expect(findings).toEqual([]);
      expect(journals.some(({ to }) => to > 0)).toBe(true);
    }
    posting = false;
    await work;
    expect((await verify('start')).findings).toEqual([]);
  }, 60_000);
});

describe('totals of accounts that were written down', () => {
  it('give the same accounts, and are verified', async () => {
    const before = await house('GET /v1/accounts');
    await advanceCheckpoints(database, 15);
    const { rows } = await admin.query(
      'SELECT DISTINCT journal, seq FROM ledger.account_checkpoint',
    );
    expect(rows.length).toBeGreaterThan(5);
    expect((await house('GET /v1/accounts')).body).toEqual(before.body);
    for (const at of ledger.instants.slice(3, 6)) {
      const one = await house(`GET /v1/accounts?at=${at}`);
      await admin.query('TRUNCATE ledger.account_checkpoint');
      expect((await house(`GET /v1/accounts?at=${at}`)).body).toEqual(one.body);
      await advanceCheckpoints(database, 15);
    }
    expect((await verify('start')).findings).toEqual([]);
    await tampered('account_checkpoint', 'location_id = 0', 'value', async () => {
      expect((await verify('start')).findings).toMatchObject([{ kind: 'account' }]);
    });
  });
});
