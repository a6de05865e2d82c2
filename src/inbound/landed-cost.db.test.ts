import { expect, it } from 'vitest';
import { createBuyingWorld } from '../../test/support/buying-world.ts';

const world = await createBuyingWorld();
const { done, command } = world;

/** What is on landed cost clearing: what the ledger spread, less what documents booked. */
async function clearing(): Promise<bigint> {
  const { rows } = await world.admin.query<{ sum: bigint }>(
    `SELECT ((SELECT coalesce(sum(v.amount
          * ((f.type IS NOT DISTINCT FROM 'supplier')::integer
            - (t.type IS NOT DISTINCT FROM 'supplier')::integer)), 0)
        FROM ledger.value_entry v
        LEFT JOIN network.location f ON f.location_id = v.from_location_id
        LEFT JOIN network.location t ON t.location_id = v.to_location_id
        WHERE v.reason_id = 17)
      - (SELECT coalesce(sum((line ->> 'amount')::bigint), 0)
        FROM platform.booking b, jsonb_array_elements(b.lines) line
        WHERE line ->> 'role' = 'landed_cost_clearing'))::bigint AS sum`,
  );
  return rows[0]?.sum ?? 0n;
}

async function received(fields: object, quantity: string, unitPrice: string, receiptOf?: string) {
  const item = await world.item(fields);
  const supplier = receiptOf ?? (await world.supplier());
  const { number } = await world.sent({ supplier, lines: [{ item, quantity, unitPrice }] });
  const receipt = await world.receipt(number, [{ line: 1, quantity }]);
  return { item, supplier, order: number, receipt: receipt.number as string };
}

const pack = (weightG: number, lengthMm: number) => ({
  packaging: [
    { level: 'case', baseQuantity: '10', weightG, lengthMm, widthMm: 100, heightMm: 100 },
  ],
});

it.each([
  ['value', ['7.50', '2.50']],
  ['quantity', ['2.00', '8.00']],
  ['weight', ['3.33', '6.67']],
  ['volume', ['5.00', '5.00']],
])('is spread by %s, to the cent', async (basis, amounts) => {
  const one = await received(pack(2000, 400), '10', '3');
  const two = await received(pack(1000, 100), '40', '0.25', one.supplier);
  const receipts = [{ receipt: one.receipt }, { receipt: two.receipt }];
  const body = { supplier: one.supplier, kind: 'freight', amount: '10', incurredOn: '2026-11-01' };
  const cost = await done('POST /v1/landed-costs', { ...body, basis, receipts });
  expect(cost).toMatchObject({ state: 'draft', houseAmount: '10.00' });
  expect(cost.parts.map(({ amount }: { amount: string }) => amount)).toEqual(amounts);
});

it('cannot be spread by what nobody knows', async () => {
  const { supplier, receipt, item } = await received({}, '10', '3');
  const body = { supplier, kind: 'freight', amount: '10', incurredOn: '2026-11-01' };
  const more = { basis: 'weight', receipts: [{ receipt }] };
  const answer = await command('POST /v1/landed-costs', { ...body, ...more });
  expect(answer.body).toMatchObject({ type: '/problems/nothing-to-allocate', items: [item] });
});

it('follows the units after part of them was sold, and is taken back by its opposite', async () => {
  const { item, supplier, receipt, order } = await received({ costMethod: 'fifo' }, '10', '3');
  await world.posted({ kind: 'shipment', item, quantity: '4', from: 'B1' });
  const before = await world.grni();
  const body = { supplier, kind: 'duty', basis: 'value', incurredOn: '2026-11-01' };
  const draft = { ...body, amount: '5.00', taxAmount: '0.95', receipts: [{ receipt }] };
  const { number } = await done('POST /v1/landed-costs', draft);
  const posted = await done(`POST /v1/landed-costs/${number}/post`, {});
  expect(posted.state).toBe('posted');
  const pool = async () => (await done(`GET /v1/cost-pools?item=${item}`)).items[0].value;
  // 18.00 for the six units left, and six tenths of the duty.
  expect(await pool()).toBe('21.00');
  expect([await clearing(), (await world.grni()) - before]).toEqual([0n, 0n]);
  const reversal = await command(`POST /v1/receipts/${receipt}/reverse`, {});
  expect(reversal.body.type).toBe('/problems/receipt-invoiced');
  const opposite = await done(`POST /v1/landed-costs/${number}/reverse`, { note: 'wrong ship' });
  expect(opposite).toMatchObject({ state: 'posted', amount: '-5.00', reverses: number });
  expect(await done(`GET /v1/landed-costs/${number}`)).toMatchObject({
    state: 'reversed',
    reversedBy: opposite.number,
  });
  expect(await pool()).toBe('18.00');
  expect(await clearing()).toBe(0n);
  const twice = await command(`POST /v1/landed-costs/${number}/reverse`, {});
  expect(twice.body.type).toBe('/problems/wrong-state');
  const undo = await command(`POST /v1/landed-costs/${opposite.number}/reverse`, {});
  expect(undo.body.type).toBe('/problems/wrong-state');
  expect((await done(`GET /v1/purchase-orders/${order}`)).state).toBe('received');
});

it('of goods that went back to the supplier is a variance and leaves no clearing', async () => {
  const { item, supplier, receipt } = await received({ costMethod: 'fifo' }, '10', '3');
  const lines = [{ item, quantity: '4', location: 'B1' }];
  await done('POST /v1/supplier-returns', { supplier, reason: 'damaged', lines });
  const body = { supplier, kind: 'freight', basis: 'value', incurredOn: '2026-11-01' };
  const draft = { ...body, amount: '5.00', receipts: [{ receipt }] };
  const { number } = await done('POST /v1/landed-costs', draft);
  await done(`POST /v1/landed-costs/${number}/post`, {});
  expect(await clearing()).toBe(0n);
  const { rows } = await world.admin.query<{ lines: { role: string; amount: string }[] }>(
    'SELECT lines FROM platform.booking WHERE document_number = $1',
    [number],
  );
  const variance = rows[0]?.lines.find(({ role }) => role === 'purchase_price_variance');
  expect(variance?.amount).toBe('200');
});

it('is a draft until it is posted, and can be discarded', async () => {
  const { supplier, receipt } = await received({}, '10', '3');
  const body = { supplier, kind: 'insurance', basis: 'quantity', incurredOn: '2026-11-01' };
  const draft = { ...body, amount: '0.10', receipts: [{ receipt }] };
  const { number } = await done('POST /v1/landed-costs', draft);
  const count = 'SELECT count(*) FROM platform.booking';
  const before = (await world.admin.query(count)).rows;
  expect((await done(`POST /v1/landed-costs/${number}/cancel`, {})).state).toBe('cancelled');
  expect((await command(`POST /v1/landed-costs/${number}/post`, {})).status).toBe(409);
  expect((await world.admin.query(count)).rows).toEqual(before);
});

it('the scorecard tells what a supplier achieved, and who is waited for', async () => {
  const place = { code: 'FAR-AWAY', name: 'Far', type: 'supplier', timeZone: 'UTC' };
  await done('POST /v1/sites', place);
  const supplier = await world.supplier({ site: 'FAR-AWAY' });
  const item = await world.item();
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  // Due three days ago, in two days, in nine days; the price rises; one unit is damaged.
  for (const [index, due] of [-3, 2, 9].entries()) {
    const unitPrice = `${2 + index}`;
    const line = { item, quantity: '10', unitPrice, expectedOn: at(due).slice(0, 10) };
    const { number } = await world.sent({ supplier, lines: [line] });
    await world.receipt(number, [
      { line: 1, quantity: '9' },
      { line: 1, quantity: '1', disposition: index === 0 ? 'damaged' : 'sellable' },
    ]);
  }
  const to = at(30).slice(0, 10);
  const card = await done(`GET /v1/suppliers/${supplier}/scorecard?to=${to}`);
  expect(card).toMatchObject({
    ...{ receipts: 6, dueLines: 3, receivedUnits: 30, rejectedUnits: 1 },
    leadTime: { count: 6 },
    delays: { daysLate: 6, lateShare: 2 / 6 },
  });
  expect(card.onTimeInFull).toBeCloseTo(2 / 3);
  expect(card.delays.reason).toContain('2 of 6 receipts came late, by 3.0 days');
  const { items } = await done(`GET /v1/purchasing/bottlenecks?supplier=${supplier}`);
  const named = items.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`);
  expect(named.sort()).toEqual(['lane FAR-AWAY -> N', `supplier ${supplier}`]);
  const times = await done(`GET /v1/lead-times?supplier=${supplier}`);
  expect(times.items).toMatchObject([{ supplier, item, leadTime: { count: 6 } }]);
  expect((await command('GET /v1/suppliers/NOBODY/scorecard')).status).toBe(404);
});
