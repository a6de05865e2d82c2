import { describe, expect, it } from 'vitest';
import { createReturnsWorld } from '../../test/support/returns-world.ts';

const world = await createReturnsWorld();
const price = { unitPrice: '10.00', tax: '1.90' };

/** An owner with goods that were sold and are to come back. */
async function seller(code: string) {
  const owner = await world.owner(code);
  const item = await world.item({ owner: code });
  await world.receive(item, '5', 'B1', { owner: code });
  const order = await world.sold([{ item, quantity: '2', ...price }], { owner: code });
  const lines = [{ orderLine: 1, quantity: '2', reason: 'other' }];
  const body = { salesOrder: order, site: 'N', lines };
  return { ...owner, code, item, order, body };
}

describe('goods of another owner', () => {
  it('come back without money of ours', async () => {
    const { call, item, body, code } = await seller('SELLER-1');
    const made = await world.done('POST /v1/returns', body, call);
    expect(made).toMatchObject({ owner: code, state: 'authorised' });
    const { number } = made;
    const scans = [{ item, quantity: '2', location: 'B4' }];
    const path = `POST /v1/returns/${number}`;
    const receipt = await world.done(`${path}/receipts`, { scans }, call);
    expect(receipt.lines).toMatchObject([{ state: 'posted', value: null }]);
    const inspection = { receipt: 1, receiptLine: 1, grade: 'good', outcome: { kind: 'restock' } };
    await world.done(`${path}/inspections`, inspection, call);
    const refunded = await world.done(`${path}/refunds`, {}, call);
    expect(refunded.refunds).toMatchObject([{ total: '21.90' }]);
    expect(await world.bookings(number)).toEqual([]);
    const { rows } = await world.admin.query<{ value: bigint }>(
      `SELECT m.value FROM ledger.movement m JOIN catalog.item i USING (item_id)
       WHERE i.sku = $1 AND m.value <> 0`,
      [item],
    );
    expect(rows).toEqual([]);
  });

  it('are nowhere for somebody else', async () => {
    const mine = await seller('SELLER-2');
    const { call: stranger } = await world.owner('STRANGER');
    const { number } = await world.done('POST /v1/returns', mine.body, mine.call);
    const answers = [
      await stranger(`GET /v1/returns/${number}`),
      await stranger(`GET /v1/returns/${number}/history`),
      await stranger(`PATCH /v1/returns/${number}`, { notes: 'x' }),
      await stranger(`POST /v1/returns/${number}/cancel`, {}),
      await stranger(`POST /v1/returns/${number}/refunds`, {}),
      await stranger(
        `POST /v1/returns/${number}/receipts`,
        { scans: [{ item: mine.item, quantity: '1', location: 'B4' }] },
        world.fresh(),
      ),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    const listed = await stranger('GET /v1/returns');
    expect(listed.body.items).toEqual([]);
    const made = await world.command('POST /v1/returns', mine.body, stranger);
    expect(made.status).toBe(400);
    expect(made.body.errors[0]).toMatchObject({
      path: 'body.salesOrder',
      message: 'does not exist',
    });
    const measured = await stranger('GET /v1/returns/measures?by=item');
    expect(measured.body.items).toEqual([]);
  });

  it('are handed to suppliers by the house only, which keeps the policies too', async () => {
    const { call, item, body } = await seller('SELLER-3');
    const { number } = await world.done('POST /v1/returns', body, call);
    const scans = [{ item, quantity: '2', location: 'B4' }];
    await world.done(`POST /v1/returns/${number}/receipts`, { scans }, call);
    const outcome = { kind: 'return_to_supplier', supplier: 'X' };
    const inspection = { receipt: 1, receiptLine: 1, grade: 'poor', outcome };
    const refused = await world.command(`POST /v1/returns/${number}/inspections`, inspection, call);
    expect(refused.body.type).toBe('/problems/house-only');
    const policy = await call('POST /v1/return-policies', { channel: 'MINE' });
    expect(policy.status).toBe(403);
  });
});
