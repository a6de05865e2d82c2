import { describe, expect, it } from 'vitest';
import { createBuyingWorld } from './support/buying-world.ts';
import { SHIP_TO } from './support/order-world.ts';

/** The whole life of one item's trade, step by step; after each step the books must tie. */
const world = await createBuyingWorld();
const { done } = world;

async function proven(): Promise<void> {
  const report = await done('POST /v1/verify', {});
  expect(report.ok, JSON.stringify(report).slice(0, 2000)).toBe(true);
  expect(report.books.ok, JSON.stringify(report.books).slice(0, 2000)).toBe(true);
}

async function accounts(): Promise<Record<string, string>> {
  const { items } = await done('GET /v1/books/trial-balance?limit=1000');
  return Object.fromEntries(
    items.map(({ account, closing }: { account: string; closing: string }) => [account, closing]),
  );
}

describe('from purchase order to refund', () => {
  it('stock and books tie after every step, and the figures are what they must be', async () => {
    await done('POST /v1/channels', { code: 'SHOP', name: 'Shop', sites: ['N'] });
    const supplier = await world.supplier();
    const item = await world.item();
    const line = { item, quantity: '10', unitPrice: '20.00', taxBasisPoints: 1900 };
    const bought = await world.sent({ supplier, lines: [line] });
    const notice = {
      ...{ purchaseOrder: bought.number, expectedOn: '2026-12-01' },
      lines: [{ line: 1, quantity: '10' }],
    };
    const asn = await done('POST /v1/asns', notice);
    const promise = await done(`GET /v1/available-to-promise?items=${item}&sites=N`);
    expect(JSON.stringify(promise)).toContain('2026-12-01');
    await proven();

    const receipt = await world.receipt(bought.number, [{ asnLine: 1, quantity: '10' }], {
      asn: asn.number,
    });
    expect(await accounts()).toMatchObject({ '1300': '200.00', '2100': '-200.00' });
    await proven();

    const price = { unitPrice: '50.00', tax: '28.50' };
    const body = { channel: 'SHOP', customer: 'ADA', shipTo: SHIP_TO };
    const order = await done('POST /v1/sales-orders', {
      ...body,
      lines: [{ item, quantity: '3', ...price }],
    });
    const path = `/v1/sales-orders/${order.number}`;
    const { items: decisions } = await done(`GET ${path}/sourcing`);
    expect(decisions[0].explanation).toContain('N');
    await done(`POST ${path}/release`, {});
    const { items: requests } = await done(
      `GET /v1/fulfilment-requests?salesOrder=${order.number}`,
    );
    await proven();
    const shipped = await done(`POST /v1/fulfilment-requests/${requests[0].number}/ship`, {});
    expect(shipped.movements).toHaveLength(1);
    expect(await accounts()).toMatchObject({
      ...{ '1300': '140.00', '5000': '60.00', '4000': '-150.00', '1100': '178.50' },
      '2200': '-28.50',
    });
    await proven();

    const bill = { line: 1, quantity: '10', amount: '220.00' };
    const invoice = await world.invoice(bought.number, [bill], { taxAmount: '41.80' });
    expect(invoice).toMatchObject({ state: 'held', discrepancies: [{ code: 'price' }] });
    await world.approve(invoice.number, { accept: ['price'], note: 'steel surcharge' });
    const billed = await accounts();
    expect(billed).toMatchObject({ '2000': '-261.80', '1200': '41.80' });
    expect(billed['2100'] ?? '0.00').toBe('0.00');
    await proven();

    const freight = {
      ...{ supplier, kind: 'freight', basis: 'quantity', amount: '10.00' },
      ...{ incurredOn: '2026-11-23', receipts: [{ receipt: receipt.number }] },
    };
    const landed = await done('POST /v1/landed-costs', freight);
    await done(`POST /v1/landed-costs/${landed.number}/post`, {});
    expect((await accounts())['2150'] ?? '0.00').toBe('0.00');
    await proven();

    const returned = await done('POST /v1/returns', {
      ...{ salesOrder: order.number, site: 'N' },
      lines: [{ orderLine: 1, quantity: '1', reason: 'changed_mind' }],
    });
    const rma = `/v1/returns/${returned.number}`;
    await done(`POST ${rma}/receipts`, { scans: [{ item, quantity: '1', location: 'B2' }] });
    await proven();
    await done(`POST ${rma}/inspections`, {
      ...{ receipt: 1, receiptLine: 1, grade: 'as_new', outcome: { kind: 'restock' } },
    });
    await done(`POST ${rma}/refunds`, {});
    const ended = await accounts();
    expect(ended).toMatchObject({ '4200': '50.00', '1100': '119.00', '2200': '-19.00' });
    // Seven units stayed and one came back; what they and the two that left cost is all there is.
    const cents = (account: string) => Number((ended[account] ?? '0').replace('.', ''));
    expect(cents('1300') + cents('5000') + cents('5100') + cents('5150')).toBe(23_000);
    await proven();
  });
});
