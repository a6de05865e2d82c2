import { afterAll, describe, expect, it } from 'vitest';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';

const world = await createLedgerWorld();
const { item, receive, admin, command, house } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

const reserve = (sku: string, quantity: string, more: object = {}) =>
  command('POST /v1/reservations', { lines: [{ item: sku, quantity, site: 'N' }], ...more });

/** Two items whose journals differ, each with units in B1. */
async function inTwoJournals(first: string, second: string): Promise<[string, string]> {
  const one = await item();
  const journal = Number((await receive(one, first)).split('-')[0]);
  for (;;) {
    const two = await item();
    if (Number((await receive(two, second)).split('-')[0]) !== journal) return [one, two];
  }
}

describe('a group over several journals', () => {
  it('is granted as a whole, and answers the same again', async () => {
    const [one, two] = await inTwoJournals('5', '5');
    const lines = [one, two].map((sku) => ({ item: sku, quantity: '2', site: 'N' }));
    const key = world.fresh();
    const body = { lines, expiresInSeconds: 300, document: { type: 'sales_order', number: '1' } };
    const granted = await house('POST /v1/reservations', body, key);
    expect([granted.status, granted.body.lines.length]).toEqual([201, 2]);
    const again = await house('POST /v1/reservations', body, key);
    expect([again.status, again.body]).toEqual([200, { ...granted.body, replayed: true }]);
    const { rows } = await admin.query(
      `SELECT r.state, r.expires_at = $2 AS in_time FROM ledger.reservation r
       WHERE (r.journal || '-' || r.reservation_seq) = ANY($1)`,
      [granted.body.lines.map((line: { id: string }) => line.id), granted.body.expiresAt],
    );
    expect(rows).toEqual([
      { state: 2, in_time: true },
      { state: 2, in_time: true },
    ]);
    const found = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect(found.body).toMatchObject({ status: 'committed', lines: [{ line: 1 }, { line: 2 }] });
  });

  it('holds nothing when one line is refused, and says so when asked', async () => {
    const [one, two] = await inTwoJournals('5', '1');
    const lines = [one, two].map((sku) => ({ item: sku, quantity: '2', site: 'N' }));
    const key = world.fresh();
    const refused = await house('POST /v1/reservations', { lines }, key);
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { type: '/problems/insufficient-availability', item: two, available: '1', line: 2 },
    ]);
    expect((await reserve(one, '5')).status).toBe(201);
    const found = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect([found.status, found.body.outcome]).toEqual([404, 'not-posted']);
    await receive(two, '5');
    const again = await house('POST /v1/reservations', { lines }, key);
    expect(again.status).toBe(409);
    expect((await reserve(two, '6')).status, 'the later part holds nothing either').toBe(201);
  });

  it('stands beside its neighbours in bulk', async () => {
    const [one, two] = await inTwoJournals('5', '5');
    const line = (sku: string, quantity: string) => ({ item: sku, quantity, site: 'N' });
    const ids = [1, 2, 3, 4].map((n) => `group-${one}-${n}`);
    const commands = [
      { id: ids[0], lines: [line(one, '3'), line(two, '3')] },
      { id: ids[1], lines: [line(one, '1'), line(two, '3')] },
      { id: ids[2], lines: [line('NOTHING', '1')] },
      { id: ids[3], lines: [line(one, '2')] },
    ];
    const { status, body } = await house('POST /v1/reservations/bulk', { commands });
    expect(status).toBe(200);
    expect(body.outcomes.map((outcome: { groupId: string }) => outcome.groupId)).toEqual(ids);
    expect(body.outcomes).toMatchObject([
      { status: 'committed' },
      { status: 'rejected', problem: { type: '/problems/insufficient-availability', line: 2 } },
      { status: 'rejected', problem: { type: '/problems/invalid-request' } },
      {},
    ]);
    const left = await reserve(one, '2');
    const last = body.outcomes[3].status;
    expect([last, left.status]).toEqual(last === 'committed' ? [last, 409] : [last, 201]);
  });

  it('whose key was refused may be corrected, and the corrected one answers for ever', async () => {
    const [one, two] = await inTwoJournals('5', '1');
    const line = (sku: string, quantity: string) => ({ item: sku, quantity, site: 'N' });
    const key = world.fresh();
    const ask = (...lines: object[]) => house('POST /v1/reservations', { lines }, key);
    for (let i = 0; i < 3; i += 1)
      expect((await ask(line(one, '2'), line(two, '2'))).status).toBe(409);
    const granted = await ask(line(one, '3'), line(two, '1'));
    expect([granted.status, granted.body]).toMatchObject([201, { status: 'committed' }]);
    const again = await ask(line(one, '3'), line(two, '1'));
    expect([again.status, again.body]).toEqual([200, { ...granted.body, replayed: true }]);
    expect((await ask(line(one, '2'), line(two, '1'))).status).toBe(422);
    const found = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect(found.body.lines.map(({ id }: { id: string }) => id)).toEqual(
      granted.body.lines.map(({ id }: { id: string }) => id),
    );
    const listed = await house(`GET /v1/reservations?group=${key['idempotency-key']}&limit=50`);
    const open = listed.body.items.filter(({ state }: { state: string }) => state === 'pending');
    expect(open).toHaveLength(2);
    for (const { id } of granted.body.lines) {
      expect((await command(`POST /v1/reservations/${id}/release`)).status).toBe(201);
    }
    const late = await ask(line(one, '3'), line(two, '1'));
    expect([late.status, late.body.replayed]).toEqual([200, true]);
  });

  it('whose key was refused may be corrected to one journal', async () => {
    const [one, two] = await inTwoJournals('5', '1');
    const line = (sku: string, quantity: string) => ({ item: sku, quantity, site: 'N' });
    for (const sku of [one, two]) {
      const key = world.fresh();
      const ask = (...lines: object[]) => house('POST /v1/reservations', { lines }, key);
      expect((await ask(line(one, '2'), line(two, '2'))).status).toBe(409);
      const granted = await ask(line(sku, '1'));
      expect([granted.status, granted.body.lines?.length]).toEqual([201, 1]);
      const again = await ask(line(sku, '1'));
      expect([again.status, again.body]).toEqual([200, { ...granted.body, replayed: true }]);
      await command(`POST /v1/reservations/${granted.body.lines[0].id}/release`);
    }
  });
});
