import { afterAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { newId } from '../../platform/ids.ts';
import { openLedger } from './service.ts';

const world = await createLedgerWorld();
const { post, posted, item, receive, admin, house, command } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

async function unit(location = 'B1'): Promise<string> {
  const lpn = `RACE-${newId()}`;
  const made = await house('POST /v1/handling-units', { lpn, type: 'tote', location });
  expect(made.status, made.text).toBe(201);
  return lpn;
}

const moveTo = (lpn: string, to: string) => command(`POST /v1/handling-units/${lpn}/move`, { to });
const nest = (lpn: string, parent: string | null) =>
  house(`POST /v1/handling-units/${lpn}/nest`, { parent });

/** Where the units of containers lie that do not lie where their container stands. */
async function leftBehind(): Promise<object[]> {
  const { rows } = await admin.query(
    `SELECT u.lpn, l.code, b.on_hand::integer AS units FROM ledger.position p
     JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
     JOIN ledger.handling_unit u ON u.handling_unit_id = p.handling_unit_id
     JOIN network.location l ON l.location_id = p.location_id
     WHERE b.on_hand > 0 AND p.location_id <> u.location_id`,
  );
  return rows;
}

describe('units that are put into a container while it leaves', () => {
  it('are refused where it is gone when they would arrive', async () => {
    const [lpn, sku] = [await unit(), await item()];
    const slow = await openLedger({ context: testContext(world.database), sweepMs: 0 });
    const { postAll } = slow.poster;
    let arrive = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    // A process that is slow between finding the container and posting.
    Object.assign(slow.poster, {
      postAll: async (parts: Parameters<typeof postAll>[0]) => {
        await arrived;
        return postAll(parts);
      },
    });
    const to = { location: 'B1', lpn };
    const line = { kind: 'receipt' as const, item: sku, quantity: '2', to };
    const late = slow.post(SYSTEM, [{ id: newId(), lines: [line] }]);
    // Its codes are looked up meanwhile.
    await receive(sku, '1', to);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await moveTo(lpn, 'B2')).status).toBe(200);
    arrive();
    const [answer] = await late;
    expect(answer).toMatchObject({
      status: 'rejected',
      problem: { type: '/problems/container-elsewhere', status: 409, lpn },
    });
    await slow.drain();
    expect(await leftBehind()).toEqual([]);
  });

  it('are in it afterwards, or nowhere, however the two race', async () => {
    const [lpn, sku] = [await unit(), await item()];
    await receive(sku, '1000', 'B4');
    const other = await openLedger({ context: testContext(world.database), sweepMs: 0 });
    const places = ['B1', 'B2', 'B3'];
    let accepted = 0;
    const fill = async (n: number): Promise<void> => {
      const to = { location: places[n % 3]!, lpn };
      const line = { kind: 'move' as const, item: sku, quantity: '1', from: 'B4', to };
      if (n % 2 === 0) {
        const { status } = await post([line]);
        if (status === 201) accepted += 1;
        return;
      }
      const [answer] = await other.post(SYSTEM, [{ id: newId(), lines: [line] }]);
      if (answer?.status === 'committed') accepted += 1;
    };
    for (let round = 0; round < 12; round += 1) {
      const filling = Array.from({ length: 9 }, (_, n) => fill(n + round));
      const [moved] = await Promise.all([moveTo(lpn, places[(round + 1) % 3]!), ...filling]);
      expect([200, 409]).toContain(moved!.status);
      expect(await leftBehind()).toEqual([]);
    }
    expect(accepted).toBeGreaterThan(0);
    const { rows } = await admin.query(
      `SELECT sum(b.on_hand)::integer AS units FROM ledger.balance b
       JOIN ledger.position p USING (journal, position_id)
       JOIN ledger.handling_unit u USING (handling_unit_id) WHERE u.lpn = $1`,
      [lpn],
    );
    expect(rows).toEqual([{ units: accepted }]);
    await other.drain();
  });

  it('cannot come back into one that has left, nor be put into one inside it', async () => {
    const [lpn, inner, sku] = [await unit(), await unit(), await item()];
    await nest(inner, lpn);
    await receive(sku, '5', { location: 'B1', lpn: inner });
    const pick = { kind: 'pick', item: sku, quantity: '2', to: 'STATION' };
    const [picked] = await posted({ ...pick, from: { location: 'B1', lpn: inner } });
    for (let round = 0; round < 6; round += 1) {
      const to = round % 2 === 0 ? 'B2' : 'B1';
      const [undone, moved] = await Promise.all([
        command(`POST /v1/movements/${picked.id}/reverse`),
        moveTo(lpn, to),
      ]);
      expect([201, 409]).toContain(undone.status);
      expect(moved.status).toBe(200);
      expect(await leftBehind()).toEqual([]);
    }
  });
});

describe('containers that are nested at once', () => {
  /** Containers that are in a circle. */
  async function circles(): Promise<object[]> {
    const { rows } = await admin.query(
      `WITH RECURSIVE up AS (
         SELECT lpn, handling_unit_id AS start, parent_id, 1 AS depth FROM ledger.handling_unit
         UNION ALL
         SELECT up.lpn, up.start, u.parent_id, depth + 1 FROM up
         JOIN ledger.handling_unit u ON u.handling_unit_id = up.parent_id WHERE depth < 20
       ) SELECT DISTINCT lpn FROM up WHERE parent_id = start`,
    );
    return rows;
  }

  it('never close a circle', async () => {
    for (let round = 0; round < 10; round += 1) {
      const units = await Promise.all([1, 2, 3, 4].map(() => unit()));
      const [x, y, z, w] = units as [string, string, string, string];
      // Y is in Z and W is in X: X into Y and Z into W are fine alone, and a circle together.
      expect([(await nest(y, z)).status, (await nest(w, x)).status]).toEqual([200, 200]);
      const answers = await Promise.all([nest(x, y), nest(z, w)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
    expect(await circles()).toEqual([]);
  });

  it('go along with what they are nested in while it moves, or stay out of it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [outer, middle, inner] = [await unit(), await unit(), await unit()];
      await nest(middle, outer);
      const [nested, moved] = await Promise.all([nest(inner, middle), moveTo(outer, 'B2')]);
      expect([200, 409]).toContain(nested.status);
      expect(moved.status).toBe(200);
      const { body } = await house(`GET /v1/handling-units/${inner}`);
      const together = nested.status === 200;
      expect([body.location, body.parent]).toEqual(together ? ['B2', middle] : ['B1', null]);
    }
  });
});
