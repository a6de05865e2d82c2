import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { randomLedger } from '../../../test/support/random-ledger.ts';
import { systemClock } from '../../platform/clock.ts';
import { type Finding, type VerifyReport, verifyLedger } from './index.ts';

const world = await createLedgerWorld();
const { admin, database, house } = world;

const verify = (since: 'start' | 'checkpoint' = 'start'): Promise<VerifyReport> =>
  verifyLedger({ database, clock: systemClock, since });

/** Every table that a superuser may tamper with, kept to be put back after each case. */
const TABLES = [
  'movement',
  'entry',
  'value_entry',
  'batch',
  'journal_head',
  'balance',
  'availability',
  'cost_pool',
  'cost_layer',
  'layer_consumption',
  'reservation',
  'allocation',
  'serial',
  'movement_serial',
  'position',
  'account_checkpoint',
];

async function keep(): Promise<void> {
  await admin.query('DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept');
  for (const table of TABLES)
    await admin.query(`CREATE TABLE kept.${table} AS TABLE ledger.${table}`);
}

async function putBack(): Promise<void> {
  for (const table of TABLES) {
    await admin.query(`TRUNCATE ledger.${table}`);
    await admin.query(`INSERT INTO ledger.${table} OVERRIDING SYSTEM VALUE TABLE kept.${table}`);
  }
}

beforeAll(async () => {
  await world.owner('SELLER');
  await randomLedger(world, 11, 320);
  await keep();
}, 120_000);

async function one<T>(text: string, values: unknown[] = []): Promise<T> {
  const { rows } = await admin.query(text, values);
  if (rows.length === 0) throw new Error(`nothing to tamper with: ${text}`);
  return rows[0] as T;
}

/** Whether a finding names the fact: its seq, or the batch that holds it. */
function names(finding: Finding, journal: number, seq: number): boolean {
  if (finding.journal !== journal) return false;
  if (finding.seq === seq) return true;
  const range = /^batch (\d+) to (\d+)$/.exec(finding.id ?? '');
  return range !== null && Number(range[1]) <= seq && seq <= Number(range[2]);
}

describe('an honest ledger', () => {
  it('is found right, and everything in it was looked at', async () => {
    const report = await verify();
    expect(report.findings).toEqual([]);
    expect(report.ok).toBe(true);
    const counts = await one<Record<string, bigint>>(`SELECT
      (SELECT count(*) FROM ledger.movement) AS movements,
      (SELECT count(*) FROM ledger.entry) AS entries,
      (SELECT count(*) FROM ledger.value_entry) AS "valueEntries",
      (SELECT count(*) FROM ledger.batch) AS batches,
      (SELECT count(*) FROM ledger.balance) AS positions,
      (SELECT count(*) FROM ledger.cost_layer) AS layers,
      (SELECT count(*) FROM ledger.layer_consumption) AS consumptions,
      (SELECT count(*) FROM ledger.reservation) AS reservations,
      (SELECT count(*) FROM ledger.allocation) AS allocations,
      (SELECT count(*) FROM ledger.serial) AS serials`);
    const expected = Object.entries(counts).map(([name, count]) => [name, Number(count)]);
    expect(report.checked).toMatchObject(Object.fromEntries(expected));
    expect(expected.filter(([, count]) => (count as number) < 4)).toEqual([]);
  });

  it('is verified over the API by the house only, and shows progress in process', async () => {
    const { status, body } = await house('POST /v1/verify', { since: 'start' });
    expect([status, body.ok, body.total]).toEqual([200, true, 0]);
    const seller = await world.caller('seller key', ['ledger:read'], 2);
    expect((await seller('POST /v1/verify', {})).status).toBe(403);
    const seen: number[] = [];
    await verifyLedger({
      database,
      clock: systemClock,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    expect(seen.at(-1)).toBe(1);
  });
});

describe('tampering with a fact is found and named', () => {
  afterEach(putBack);

  it.each(['movement', 'entry', 'value_entry'])(
    'any column of %s',
    async (table) => {
      const { rows: columns } = await admin.query<{ name: string; type: string }>(
        `SELECT column_name AS name, data_type AS type FROM information_schema.columns
       WHERE table_schema = 'ledger' AND table_name = $1 ORDER BY ordinal_position`,
        [table],
      );
      expect(columns.length).toBeGreaterThan(15);
      const missed: string[] = [];
      for (const { name, type } of columns) {
        const row = await one<{ journal: number; seq: bigint }>(
          `SELECT journal, seq FROM ledger.${table}
         ORDER BY (${name} IS NOT NULL) DESC, md5(seq::text) LIMIT 1`,
        );
        await admin.query(
          `UPDATE ledger.${table} SET ${name} = ${flipped(name, type)}
         WHERE journal = $1 AND seq = $2`,
          [row.journal, row.seq],
        );
        const { findings } = await verify();
        const named = findings.some((finding) => names(finding, row.journal, Number(row.seq)));
        if (!named) missed.push(name);
        await putBack();
      }
      expect(missed).toEqual([]);
    },
    120_000,
  );

  it.each(['movement', 'entry', 'value_entry'])(
    'a null of %s that becomes zero',
    async (table) => {
      const { rows } = await admin.query<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = 'ledger' AND table_name = $1 AND is_nullable = 'YES'
         AND data_type <> 'timestamp with time zone'
         AND column_name NOT LIKE ALL (ARRAY['%\\_pool\\_id', '%\\_location\\_id'])`,
        [table],
      );
      for (const { name } of rows) {
        const { rows: found } = await admin.query<{ journal: number; seq: bigint }>(
          `UPDATE ledger.${table} SET ${name} = 0 WHERE (journal, seq) =
           (SELECT journal, seq FROM ledger.${table} WHERE ${name} IS NULL LIMIT 1)
         RETURNING journal, seq`,
        );
        const [row] = found;
        if (!row) continue;
        const { findings } = await verify();
        const named = findings.some((finding) => names(finding, row.journal, Number(row.seq)));
        expect([name, named]).toEqual([name, true]);
        await putBack();
      }
    },
    120_000,
  );

  it.each(['movement', 'entry', 'value_entry'])('a row of %s deleted', async (table) => {
    for (const order of ['seq', 'seq DESC', 'md5(seq::text)']) {
      const row = await one<{ journal: number; seq: bigint }>(
        `DELETE FROM ledger.${table} WHERE (journal, seq) =
           (SELECT journal, seq FROM ledger.${table} ORDER BY ${order} LIMIT 1)
         RETURNING journal, seq`,
      );
      const { findings } = await verify();
      const missing = findings.filter((finding) => finding.kind === 'seq-missing');
      expect(missing).toMatchObject([{ journal: row.journal, seq: Number(row.seq) }]);
      await putBack();
    }
  });

  it('two movements swapped', async () => {
    const pair = await one<{ journal: number; one: bigint; other: bigint }>(
      `SELECT a.journal, a.seq AS one, b.seq AS other FROM ledger.movement a
       JOIN ledger.movement b ON b.journal = a.journal AND b.seq > a.seq + 5
       ORDER BY a.journal, a.seq LIMIT 1`,
    );
    const { journal, one: first, other: second } = pair;
    const swap = 'UPDATE ledger.movement SET seq = $3 WHERE journal = $1 AND seq = $2';
    await admin.query(swap, [journal, first, -1]);
    await admin.query(swap, [journal, second, first]);
    await admin.query(swap, [journal, -1, second]);
    const { findings } = await verify();
    for (const seq of [first, second]) {
      expect(findings.some((finding) => names(finding, journal, Number(seq)))).toBe(true);
    }
  });

  it.each([
    ['beyond the head', '(SELECT seq + 7 FROM ledger.journal_head h WHERE h.journal = m.journal)'],
    ['before the first', '-3'],
  ])('a movement inserted %s', async (_where, seq) => {
    const row = await one<{ journal: number; seq: bigint }>(
      `INSERT INTO ledger.movement SELECT (jsonb_populate_record(m, jsonb_build_object('seq',
         ${seq}, 'command_id', gen_random_uuid(), 'reverses_seq', null))).*
       FROM ledger.movement m ORDER BY m.seq LIMIT 1 RETURNING journal, seq`,
    );
    const { findings } = await verify();
    expect(findings).toMatchObject([{ journal: row.journal, seq: Number(row.seq) }]);
  });

  it('a movement inserted in the place of an entry, or of a journal that is none', async () => {
    const insert = (where: string, journal: string) =>
      one<{ journal: number; seq: bigint }>(
        `INSERT INTO ledger.movement SELECT (jsonb_populate_record(m, jsonb_build_object(
           'seq', e.seq, 'journal', ${journal}, 'command_id', gen_random_uuid(),
           'reverses_seq', null))).*
         FROM ledger.movement m JOIN ledger.entry e ON ${where} LIMIT 1 RETURNING journal, seq`,
      );
    const row = await insert('e.journal = m.journal', 'm.journal');
    const { findings } = await verify();
    const twice = findings.filter((finding) => finding.kind === 'seq-twice');
    expect(twice).toMatchObject([{ journal: row.journal, seq: Number(row.seq) }]);
    await putBack();
    await insert('true', '77');
    expect((await verify()).findings).toMatchObject([{ kind: 'head', journal: 77 }]);
  });

  it('a forged movement with its digest computed anew breaks the next link', async () => {
    const row = await one<{ journal: number; last_seq: bigint }>(
      `UPDATE ledger.batch SET digest = sha256(digest) WHERE (journal, last_seq) =
         (SELECT journal, last_seq FROM ledger.batch ORDER BY journal, last_seq OFFSET 4 LIMIT 1)
       RETURNING journal, last_seq`,
    );
    const { findings } = await verify();
    expect(findings.map((finding) => finding.kind)).toEqual(['digest', 'link']);
    for (const finding of findings) {
      expect(names(finding, row.journal, Number(row.last_seq))).toBe(true);
    }
  });
});

/** Another value that the table's own checks let pass. */
function flipped(name: string, type: string): string {
  if (name === 'journal') return 'journal + 50';
  if (name === 'seq') return 'seq + 1000000';
  if (name === 'line') return 'line + 100';
  if (type === 'uuid') return 'gen_random_uuid()';
  if (type === 'timestamp with time zone') {
    return `coalesce(${name}, '2030-01-01') + interval '1 microsecond'`;
  }
  return `coalesce(${name}, 0) + 1`;
}
