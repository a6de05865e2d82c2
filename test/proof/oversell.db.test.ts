import { afterAll, beforeAll, expect, it } from 'vitest';
import { SCOPES } from '../../src/platform/auth/index.ts';
import { newId } from '../../src/platform/ids.ts';
import { ledgerViolations } from '../support/invariants.ts';
import { createLedgerWorld } from '../support/ledger-world.ts';
import { randomFrom, type Send, sender } from '../support/traffic.ts';

/**
 * Many clients want more of one item than there is, over HTTP, while reservations expire, are
 * released and shipped around them. `npm run soak:oversell -- --tries 50000` for longer.
 */
const TRIES = Number(process.env.PROOF_TRIES ?? 4_000);
const CLIENTS = 64;
const UNITS = 1_000;

const world = await createLedgerWorld();
let send: Send;
beforeAll(async () => {
  const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
  const { body } = await world.house('POST /v1/keys', { name: 'crowd', scopes: SCOPES });
  send = sender(() => address, body.key);
});
afterAll(async () => expect(await ledgerViolations(world.admin)).toEqual([]));

/** Runs `tries` attempts spread over the clients; answers how often each status came. */
async function crowd(tries: number, attempt: (n: number) => Promise<number>) {
  const statuses = new Map<number, number>();
  let next = 0;
  const client = async () => {
    while (next < tries) {
      const n = next;
      next += 1;
      const status = await attempt(n);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return statuses;
}

const reserve = (item: string, quantity: string, more: object = {}) =>
  send('POST', '/v1/reservations', { lines: [{ item, quantity, site: 'N' }], ...more }, newId());

it(`grants exactly ${UNITS} of ${UNITS}`, { timeout: 60_000 + TRIES * 20 }, async () => {
  const item = await world.item();
  await world.receive(item, String(UNITS));
  const statuses = await crowd(TRIES, async () => (await reserve(item, '1')).status);
  expect(Object.fromEntries(statuses)).toEqual({ 201: UNITS, 409: TRIES - UNITS });
});

it('never promises or ships more than there is while promises end in every way', {
  timeout: 60_000 + TRIES * 40,
}, async () => {
  const item = await world.item();
  await world.receive(item, String(UNITS));
  const random = randomFrom(3);
  let shipped = 0;
  const statuses = await crowd(TRIES, async () => {
    const quantity = 1 + Math.floor(random() * 9);
    const ending = random();
    const more = ending < 0.5 ? { expiresInSeconds: 1 } : {};
    const granted = await reserve(item, String(quantity), more);
    if (granted.status !== 201) return granted.status;
    const [{ id }] = granted.body.lines;
    if (ending >= 0.5 && ending < 0.9) {
      return (await send('POST', `/v1/reservations/${id}/release`, undefined, newId())).status;
    }
    const line = { kind: 'shipment', item, from: 'B1', quantity: String(quantity) };
    const lines = [{ ...line, reservation: id }];
    const sent = await send('POST', '/v1/movements', { lines }, newId());
    if (sent.status === 201) shipped += quantity;
    return sent.status;
  });
  expect([...statuses.keys()].filter((status) => status !== 201 && status !== 409)).toEqual([]);
  const { rows } = await world.admin.query(
    `SELECT coalesce(sum(m.quantity), 0)::integer AS units FROM ledger.movement m
     JOIN catalog.item i USING (item_id) WHERE i.sku = $1 AND m.kind = 7`,
    [item],
  );
  expect([shipped <= UNITS, rows]).toEqual([true, [{ units: shipped }]]);
  const wrong = await world.admin.query(
    `SELECT e.kind FROM ledger.exception e JOIN catalog.item i USING (item_id) WHERE i.sku = $1`,
    [item],
  );
  expect(wrong.rows, 'an exception would mean that more was promised than there was').toEqual([]);
});
