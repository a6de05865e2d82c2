import { describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { randomLedger } from '../../../test/support/random-ledger.ts';
import { type Booking, type BookingLine, emitBookings } from '../../platform/bookings.ts';
import { writeAs } from '../../platform/database.ts';
import { verifyBooks } from './verify.ts';

const world = await createLedgerWorld();
const context = testContext(world.database);
const at = new Date('2026-03-05T10:00:00Z');

/** A sale of 10.00 and 2.00 tax. */
function sale(number: string, more: Partial<BookingLine> = {}): Booking {
  const line = (role: BookingLine['role'], amount: bigint): BookingLine => ({
    ...{ role, amount, documentAmount: amount, channel: 'web', site: 'N' },
    ...more,
  });
  return {
    kind: 'sale',
    document: { type: 'sales_order', number },
    party: 'C-1',
    currency: 'EUR',
    rate: '1',
    description: `Sale ${number}`,
    occurredAt: at,
    lines: [line('receivable', 1200n), line('revenue', -1000n), line('sales_tax', -200n)],
  };
}

const emit = (...bookings: Booking[]) =>
  writeAs(world.database, 'house', (tx) => emitBookings(tx, bookings, { actorId: 1, at }));

await world.owner('SELLER');
await randomLedger(world, 7, 120);
// One after another, so that their entries have these numbers.
for (const number of ['S-1', 'S-2', 'S-3']) await emit(sale(number));

/** Changes rows as the superuser, looks what is found, and puts them back. */
async function tampered(change: string, undo: string): Promise<string[]> {
  await world.admin.query(change);
  const { findings } = await verifyBooks(context);
  await world.admin.query(undo);
  return findings.map(({ kind, id }) => `${kind}: ${id}`);
}

it('finds nothing wrong with the books as they are', async () => {
  const report = await verifyBooks(context);
  expect(report.findings).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.checked.entries).toBe(3);
  expect(report.checked.stockEntries).toBeGreaterThan(20);
});

describe('names the row where somebody', () => {
  it('moved a value movement to another account', async () => {
    const { rows } = await world.admin.query(
      `SELECT journal, seq, debit_account_id AS id FROM accounting.stock_entry
       ORDER BY journal, seq LIMIT 1`,
    );
    const { journal, seq, id } = rows[0];
    const set = (account: number) => `UPDATE accounting.stock_entry
      SET debit_account_id = ${account} WHERE (journal, seq) = (${journal}, ${seq})`;
    const found = await tampered(set(24), set(id));
    expect(found).toContain(`stock-account: stock entry ${journal}-${seq}`);
    expect(found.some((each) => each.startsWith('stock-total'))).toBe(true);
  });

  it('removed, added or dated back a stock entry', async () => {
    const { rows } = await world.admin.query(
      `SELECT journal, seq FROM accounting.stock_entry WHERE journal = (SELECT max(journal)
         FROM accounting.stock_entry) ORDER BY seq DESC LIMIT 1`,
    );
    const [{ journal, seq }] = rows;
    const where = `WHERE (journal, seq) = (${journal}, ${seq})`;
    const beyond = BigInt(seq) + 100n;
    const removed = await tampered(
      `CREATE TABLE kept AS SELECT * FROM accounting.stock_entry ${where};
       DELETE FROM accounting.stock_entry ${where}`,
      'INSERT INTO accounting.stock_entry SELECT * FROM kept; DROP TABLE kept',
    );
    expect(removed).toContain(`stock-entry: stock entry ${journal}-${seq}`);
    const added = await tampered(
      `INSERT INTO accounting.stock_entry
       VALUES (${beyond}, ${journal}, 4, 9, 1, 1, '2026-01-01')`,
      `DELETE FROM accounting.stock_entry WHERE (journal, seq) = (${journal}, ${beyond})`,
    );
    expect(added).toContain(`stock-entry: stock entry ${journal}-${beyond}`);
    const shift = (days: number) =>
      `UPDATE accounting.stock_entry SET booked_on = booked_on + ${days} ${where}`;
    const dated = await tampered(shift(-40), shift(40));
    expect(dated).toContain(`stock-entry: stock entry ${journal}-${seq}`);
  });

  it('changed a sum', async () => {
    const change = (by: number) => `UPDATE accounting.stock_total SET debit = debit + ${by}
      WHERE (journal, bucket, booked_on, account_id, site_id) = (SELECT journal, bucket, booked_on,
        account_id, site_id FROM accounting.stock_total ORDER BY 1, 2, 3, 4, 5 LIMIT 1)`;
    const kinds = (await tampered(change(1), change(-1))).map((each) => each.split(':')[0]);
    expect(kinds).toEqual(['stock-total']);
    const entries = (by: number) => `UPDATE accounting.entry_total SET credit = credit + ${by}
      WHERE account_id = 14`;
    const other = (await tampered(entries(1), entries(-1))).map((each) => each.split(':')[0]);
    expect(other).toEqual(['entry-total']);
  });

  it('changed an entry or a line of it', async () => {
    const party = (code: string) =>
      `UPDATE accounting.entry SET party = '${code}' WHERE entry_seq = 2`;
    const found = await tampered(party('C-2'), party('C-1'));
    expect(found).toEqual(['entry-chain: entry 2', 'entry: entry 2']);
    const amount = (by: number) =>
      `UPDATE accounting.entry_line SET amount = amount + ${by} WHERE (entry_seq, line) = (2, 1)`;
    const line = await tampered(amount(5), amount(-5));
    expect(line).toContain('entry-chain: entry 2');
    expect(line).toContain('entry: entry 2');
  });

  it('removed an entry, and the booking that it came from', async () => {
    const found = await tampered(
      `CREATE TABLE kept AS SELECT * FROM accounting.entry WHERE entry_seq = 2;
       CREATE TABLE kept_lines AS SELECT * FROM accounting.entry_line WHERE entry_seq = 2;
       DELETE FROM accounting.entry_line WHERE entry_seq = 2;
       DELETE FROM accounting.entry WHERE entry_seq = 2;
       DELETE FROM platform.booking WHERE booking_id = (SELECT entry_id FROM kept)`,
      'SELECT 1',
    );
    expect(found).toContain('entry-chain: entry 3');
    await world.admin.query(`INSERT INTO accounting.entry SELECT * FROM kept;
      INSERT INTO accounting.entry_line SELECT * FROM kept_lines; DROP TABLE kept, kept_lines`);
    const report = await verifyBooks(context);
    expect(report.findings.map(({ id, expected }) => [id, expected])).toEqual([
      ['entry 2', 'a booking'],
    ]);
    await emit({ ...sale('S-2'), id: (await entryIds())[1]! });
    expect((await verifyBooks(context)).findings).toEqual([]);
  });

  it('rewrote a rule behind the back of the books', async () => {
    const set = (id: number) =>
      `UPDATE accounting.posting_rule_version SET account_id = ${id} WHERE rule_id = 32`;
    const found = await tampered(set(15), set(14));
    expect(found).toContain('rule: posting rule 32');
    expect(found).toContain('entry: entry 1');
  });
});

async function entryIds(): Promise<string[]> {
  const { rows } = await world.admin.query(
    'SELECT entry_id FROM accounting.entry ORDER BY entry_seq',
  );
  return rows.map(({ entry_id }) => entry_id);
}

it('lets no role alter what is booked', async () => {
  for (const pool of [world.database.poster, world.database.writer, world.database.reader]) {
    for (const table of ['stock_entry', 'entry', 'entry_line', 'policy', 'period_change']) {
      const update = `UPDATE accounting.${table} SET ${table === 'stock_entry' ? 'seq = 1' : ''}`;
      const column = {
        entry: 'party',
        entry_line: 'role',
        policy: 'note',
        period_change: 'reason',
      };
      const set = column[table as keyof typeof column];
      await expect(pool.query(set ? `${update}${set} = 'x'` : update)).rejects.toThrow(
        /permission denied/,
      );
      await expect(pool.query(`DELETE FROM accounting.${table}`)).rejects.toThrow(
        /permission denied/,
      );
    }
  }
});
