import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBuyingWorld } from '../../test/support/buying-world.ts';
import { ledgerViolations } from '../../test/support/invariants.ts';
import { readAs } from '../platform/database.ts';
import { readGrni } from './grni.queries.ts';

/**
 * Whatever is received, sold, invoiced (late, dearer, before it came), credited, sent back, made
 * dearer by freight, and reversed, in any order and under every cost method: GRNI is what was
 * received and not invoiced, to the cent.
 */
const world = await createBuyingWorld();
const { done } = world;

beforeAll(async () => {
  for (const [validOn, rate] of [
    ['2026-01-01', '0.917'],
    ['2026-06-01', '0.8734'],
    ['2026-11-01', '0.9011'],
  ]) {
    await done('POST /v1/exchange-rates', { currency: 'USD', validOn, rate });
  }
});

type Act =
  | { readonly kind: 'receive' | 'invoice' | 'sell' | 'return'; units: number; price: number }
  | { readonly kind: 'freight' | 'reverse' | 'undo_freight' | 'credit'; pick: number };

const units = fc.integer({ min: 1, max: 40 });
const price = fc.integer({ min: 80, max: 130 });
const pick = fc.nat(20);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('receive', 'receive', 'invoice', 'invoice', 'sell', 'return'),
      units,
      price,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('freight', 'reverse', 'undo_freight', 'credit'),
      pick,
    }),
  },
);

const ACCEPT = ['price', 'quantity', 'not_received', 'tax'];
const METHODS = [
  { costMethod: 'moving_average' },
  { costMethod: 'fifo' },
  { costMethod: 'standard', standardUnitCost: '3.21' },
];

interface State {
  readonly item: string;
  readonly supplier: string;
  readonly order: string;
  readonly receipts: string[];
  readonly freights: string[];
  readonly invoices: string[];
}

let references = 0;

/** Does one thing; what the rules refuse (409) has simply not happened. */
async function perform(state: State, each: Act): Promise<void> {
  const { item, supplier, order, receipts, freights, invoices } = state;
  references += 1;
  const reference = `R-${references}`;
  const attempt = async (request: string, body: object) => {
    const answer = await world.command(request, body);
    const isRefusal = answer.status === 409 || answer.status === 400;
    if (!isRefusal && answer.status >= 300) throw new Error(`${request}: ${answer.text}`);
    return answer.status < 300 ? answer.body : undefined;
  };
  if ('pick' in each) {
    const at = <T>(among: readonly T[]): T | undefined => among[each.pick % among.length];
    const receipt = at(receipts);
    if (each.kind === 'reverse' && receipt) {
      await attempt(`POST /v1/receipts/${receipt}/reverse`, {});
    }
    if (each.kind === 'freight' && receipt) {
      const body = { supplier, kind: 'freight', basis: 'value', amount: '17.77' };
      const more = { incurredOn: '2026-07-01', receipts: receipts.map((r) => ({ receipt: r })) };
      const cost = await attempt('POST /v1/landed-costs', { ...body, ...more });
      if (!cost) return;
      await attempt(`POST /v1/landed-costs/${cost.number}/post`, {});
      freights.push(cost.number);
    }
    const freight = at(freights);
    if (each.kind === 'undo_freight' && freight) {
      await attempt(`POST /v1/landed-costs/${freight}/reverse`, {});
    }
    const supplierInvoice = at(invoices);
    if (each.kind === 'credit' && supplierInvoice) {
      const lines = [{ invoiceLine: 1, amount: '1.23' }];
      const body = { supplier, reference, supplierInvoice, lines, creditedOn: '2026-08-01' };
      await attempt('POST /v1/supplier-credits', body);
    }
    return;
  }
  const quantity = String(each.units);
  if (each.kind === 'receive') {
    const lines = [{ line: 1, quantity, location: 'B1' }];
    const made = await attempt('POST /v1/receipts', { purchaseOrder: order, lines });
    if (made) receipts.push(made.number);
  }
  if (each.kind === 'sell') {
    const line = { kind: 'shipment', item, quantity, from: 'B1' };
    await attempt('POST /v1/movements', { lines: [line] });
  }
  if (each.kind === 'invoice') {
    const amount = ((each.units * 333 * each.price) / 100 / 100).toFixed(2);
    const lines = [{ purchaseOrder: order, line: 1, quantity, amount }];
    const body = { supplier, reference, invoicedOn: '2026-10-02', taxAmount: '1.11', lines };
    const made = await attempt('POST /v1/supplier-invoices', body);
    const approved =
      made &&
      (await attempt(`POST /v1/supplier-invoices/${made.number}/approve`, { accept: ACCEPT }));
    if (approved) invoices.push(made.number);
  }
  if (each.kind === 'return') {
    const lines = [{ item, quantity, location: 'B1' }];
    const made = await attempt('POST /v1/supplier-returns', { supplier, reason: 'other', lines });
    if (!made || each.units % 2 === 0) return;
    const credit = { supplier, reference, supplierReturn: made.number, amount: '12.34' };
    await attempt('POST /v1/supplier-credits', { ...credit, creditedOn: '2026-08-01' });
  }
}

async function openByReport(): Promise<bigint> {
  const rows = await readAs(world.database, 'house', (tx) => readGrni(tx, '2026-11-23'));
  return rows.reduce((sum, { open }) => sum + open, 0n);
}

describe.each(METHODS)('with $costMethod', (method) => {
  it.each(['EUR', 'USD'])('GRNI in %s is what was received and not invoiced', async (currency) => {
    const scenario = fc.array(act, { minLength: 8, maxLength: 22 });
    for (const acts of fc.sample(scenario, { numRuns: 4, seed: 20261123 })) {
      const supplier = await world.supplier({ currency });
      const item = await world.item(method);
      const lines = [{ item, quantity: '200', unitPrice: '3.33' }];
      const { number: order } = await world.sent({ supplier, lines });
      const state = { item, supplier, order, receipts: [], freights: [], invoices: [] };
      for (const each of acts) {
        await perform(state, each);
        const grni = await world.grni();
        const trail = JSON.stringify([each, acts]);
        expect(await world.openByReceipts(), trail).toBe(grni);
        expect(await openByReport(), trail).toBe(grni);
      }
    }
    expect(await ledgerViolations(world.admin)).toEqual([]);
  });

  it('a receipt that is invoiced in full, in parts and dearer, is open by zero', async () => {
    const supplier = await world.supplier({ currency: 'USD' });
    const item = await world.item(method);
    const before = await world.grni();
    const lines = [{ item, quantity: '7', unitPrice: '1.0033' }];
    const { number: order } = await world.sent({ supplier, lines });
    for (const quantity of ['3', '1', '3']) await world.receipt(order, [{ line: 1, quantity }]);
    for (const quantity of ['2', '2', '2', '1']) {
      const amount = `${Number(quantity) * 2}.01`;
      const invoice = await world.invoice(order, [{ line: 1, quantity, amount }], {
        invoicedOn: '2026-03-01',
      });
      expect(invoice.discrepancies.map(({ code }: { code: string }) => code)).toEqual(['price']);
      await world.approve(invoice.number, { accept: ['price'] });
    }
    expect(await world.grni()).toBe(before);
  });
});
