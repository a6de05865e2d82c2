import { expect, it } from 'vitest';
import { createPlanningWorld } from './support/planning-world.ts';

const world = await createPlanningWorld();
const { done, house } = world;

/** What is at a site, by item, as the API says it. */
async function onHand(item: string, site: string): Promise<string> {
  const { body } = await house(`GET /v1/availability?item=${item}&site=${site}`);
  return body.items[0]?.onHand ?? '0';
}

it('turns history into forecasts, targets, proposals, and in the end stock on hand', async () => {
  const supplier = await world.supplier({ minimumOrderValue: '100' });
  const [steady, slow] = [await world.item(), await world.item()];
  for (const [item, packMultiple] of [
    [steady, '12'],
    [slow, '1'],
  ]) {
    await done('POST /v1/supplier-items', { supplier, item, packMultiple, leadTimeDays: 10 });
    const price = { supplier, item, currency: 'EUR', validFrom: '2026-01-01', unitPrice: '4' };
    await done('POST /v1/supplier-prices', price);
  }
  await world.history(steady, 'N', 8);
  await world.history(slow, 'N', 1, { demand: (back, usual) => (back % 4 === 0 ? usual * 2 : 0) });
  await world.receive(steady, '20', 'B1', { unitCost: '4' });
  await world.forecast();

  const run = await world.plan();
  expect(run).toMatchObject({ state: 'finished', message: null });
  expect(run.figures).toMatchObject({ targets: 2, purchaseProposals: 1, transferProposals: 0 });

  const { items: targets } = (await house('GET /v1/planning/targets')).body;
  const target = targets.find((each: { item: string }) => each.item === steady);
  expect(target).toMatchObject({ site: 'N', supplier, abcClass: 'A', inventoryPosition: '20' });
  // Ten days of lead time and a week of review want more than their mean of 8 a day.
  expect(target.orderUpTo).toBeGreaterThan(8 * 17);
  expect(target.reorderPoint).toBeGreaterThan(8 * 10);

  const [proposal] = await world.open();
  expect(proposal).toMatchObject({ kind: 'purchase', supplier, site: 'N', currency: 'EUR' });
  const line = proposal.lines.find((each: { item: string }) => each.item === steady);
  expect(Number(line.quantity) % 12).toBe(0);
  expect(Number(line.quantity) + 20).toBeGreaterThanOrEqual(target.reorderPoint);
  expect(line.why).toMatchObject({
    reason: 'target',
    position: { onHand: '20', position: '20' },
    rounding: { multiple: '12' },
    leadTime: { receipts: 0 },
  });
  expect(line.summary).toContain(`${line.quantity} of ${steady}: demand is`);
  expect(Number(line.why.waiting.costPerDay)).toBeGreaterThan(0);

  const approved = await done(`POST /v1/planning/proposals/${proposal.number}/approve`, {});
  expect(approved).toMatchObject({ state: 'approved', document: { type: 'purchase_order' } });
  const { number } = approved.document;
  const order = await done(`GET /v1/purchase-orders/${number}`);
  expect(order).toMatchObject({ state: 'approved', supplier, reference: proposal.number });
  expect(
    order.lines.map(({ item, quantity }: { item: string; quantity: string }) => [item, quantity]),
  ).toEqual(
    proposal.lines.map(({ item, quantity }: { item: string; quantity: string }) => [
      item,
      quantity,
    ]),
  );

  // What is ordered counts: the next run has nothing more to propose.
  const again = await world.plan();
  expect(again.figures).toMatchObject({ purchaseProposals: 0, superseded: 0 });

  await done(`POST /v1/purchase-orders/${number}/send`, {});
  const lines = order.lines.map(({ line: at, quantity }: { line: number; quantity: string }) => ({
    ...{ line: at, quantity },
  }));
  await world.receipt(number, lines);
  expect(await onHand(steady, 'N')).toBe(String(20 + Number(line.quantity)));

  const report = await done('POST /v1/verify', {});
  expect(report).toMatchObject({ ok: true });
});
