import { beforeAll, describe, expect, it } from 'vitest';
import { createBuyingWorld } from '../../test/support/buying-world.ts';

const world = await createBuyingWorld();
const { done, command, house } = world;

beforeAll(async () => {
  for (const [validOn, rate] of [
    ['2026-01-01', '0.9'],
    ['2026-02-01', '0.8'],
  ]) {
    await done('POST /v1/exchange-rates', { currency: 'USD', validOn, rate });
  }
});

interface Booked {
  readonly kind: string;
  readonly lines: readonly { readonly role: string; readonly amount: string }[];
}

/** Sums by role of what a document booked; it must balance. */
async function booked(number: string): Promise<Record<string, number>> {
  const { rows } = await world.admin.query<Booked>(
    'SELECT kind, lines FROM platform.booking WHERE document_number = $1',
    [number],
  );
  const sums: Record<string, number> = {};
  for (const { role, amount } of rows.flatMap(({ lines }) => lines)) {
    sums[role] = (sums[role] ?? 0) + Number(amount);
  }
  expect(Object.values(sums).reduce((sum, each) => sum + each, 0)).toBe(0);
  return sums;
}

/** A purchase order of 10 units at 2.00 with 19 % tax, of which some are received. */
async function bought(received: string | undefined, fields: object = {}) {
  const supplier = await world.supplier(fields);
  const item = await world.item();
  const line = { item, quantity: '10', unitPrice: '2', taxBasisPoints: 1900 };
  const { number } = await world.sent({ supplier, lines: [line] });
  if (received !== undefined) await world.receipt(number, [{ line: 1, quantity: received }]);
  return { supplier, item, number };
}

const codesOf = (invoice: { discrepancies: { code: string }[] }) =>
  invoice.discrepancies.map(({ code }) => code);

describe('the match', () => {
  const tolerant = { priceToleranceBasisPoints: 500, taxToleranceAmount: '0.05' };
  it.each([
    ['all as ordered', '10', {}, { quantity: '10', amount: '20.00' }, '3.80', []],
    ['a part', '6', {}, { quantity: '6', amount: '12.00' }, '2.28', []],
    ['a cent too dear', '10', {}, { quantity: '10', amount: '20.01' }, '3.80', ['price']],
    ['within the tolerance', '10', tolerant, { quantity: '10', amount: '21.00' }, '3.99', []],
    ['beyond it', '10', tolerant, { quantity: '10', amount: '21.01' }, '3.99', ['price']],
    ['more than received', '6', {}, { quantity: '7', amount: '14.00' }, '2.66', ['quantity']],
    [
      'nothing received',
      undefined,
      {},
      { quantity: '1', amount: '2.00' },
      '0.38',
      ['not_received'],
    ],
    ['another tax', '10', {}, { quantity: '10', amount: '20.00' }, '3.90', ['tax']],
    ['tax within it', '10', tolerant, { quantity: '10', amount: '20.00' }, '3.85', []],
    [
      'everything wrong',
      '6',
      {},
      { quantity: '8', amount: '20.00' },
      '0',
      ['price', 'quantity', 'tax'],
    ],
  ])('%s', async (_name, received, fields, line, taxAmount, codes) => {
    const { number } = await bought(received, fields);
    const invoice = await world.invoice(number, [{ line: 1, ...line }], { taxAmount });
    expect(codesOf(invoice)).toEqual(codes);
    expect(invoice.state).toBe(codes.length === 0 ? 'matched' : 'held');
  });

  it('knows a number that was used, and a line that nobody ordered', async () => {
    const { number, supplier } = await bought('10');
    const line = { line: 1, quantity: '1', unitPrice: '2' };
    const more = { reference: 'TWICE', taxAmount: '0.38' };
    await world.invoice(number, [line], more);
    const again = await world.invoice(number, [line], more);
    expect(codesOf(again)).toEqual(['duplicate']);
    const lines = [{ description: 'Pallets', quantity: '1', amount: '5.00' }];
    const body = { supplier, reference: 'X', invoicedOn: '2026-11-01', lines };
    const unknown = await done('POST /v1/supplier-invoices', body);
    expect(codesOf(unknown)).toEqual(['unknown_line']);
    const path = `POST /v1/supplier-invoices/${unknown.number}/approve`;
    const answer = await command(path, { accept: ['unknown_line'] });
    expect(answer).toMatchObject({ status: 409, body: { type: '/problems/invoice-held' } });
  });

  it('is done again when goods come, and when the invoice is corrected', async () => {
    const { number, supplier } = await bought(undefined);
    const line = { purchaseOrder: number, line: 1, quantity: '10', amount: '22.00' };
    const invoice = await world.invoice(number, [line], { taxAmount: '4.18' });
    expect(codesOf(invoice)).toEqual(['price', 'not_received']);
    await world.receipt(number, [{ line: 1, quantity: '10' }]);
    const seen = await done(`GET /v1/supplier-invoices/${invoice.number}`);
    expect(codesOf(seen)).toEqual(['price']);
    const { reference } = invoice;
    const body = { supplier, reference, invoicedOn: '2026-11-20', taxAmount: '3.80' };
    const fixed = { ...body, lines: [{ ...line, amount: '20.00' }] };
    const put = (version: number) =>
      house(`PUT /v1/supplier-invoices/${invoice.number}`, fixed, { 'if-match': `"${version}"` });
    expect((await put(1)).status).toBe(412);
    expect((await put(seen.version)).body).toMatchObject({ state: 'matched', discrepancies: [] });
    const { items } = await done(`GET /v1/supplier-invoices/${invoice.number}/history`);
    const actions = items.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(['recorded', 'held', 'corrected', 'matched']);
  });
});

describe('approval', () => {
  it('of what matches books tax and payable, and clears GRNI', async () => {
    const before = await world.grni();
    const { number } = await bought('10');
    const line = { line: 1, quantity: '10', amount: '20.00' };
    const invoice = await world.invoice(number, [line], { taxAmount: '3.80' });
    const approved = await world.approve(invoice.number);
    expect(approved).toMatchObject({ state: 'approved', approvedBy: 'house' });
    expect(approved.matches[0]).toMatchObject({ received: '20.00', revaluation: '0.00' });
    expect(await booked(invoice.number)).toEqual({ grni: 2000, purchase_tax: 380, payable: -2380 });
    expect(await world.grni()).toBe(before);
    const again = await command(`POST /v1/supplier-invoices/${invoice.number}/approve`, {});
    expect(again.body.type).toBe('/problems/wrong-state');
  });

  it('of a price difference raises what is left and the cost of what was sold', async () => {
    const before = await world.grni();
    const { number, item } = await bought('10');
    await world.posted({ kind: 'shipment', item, quantity: '4', from: 'B1' });
    const line = { line: 1, quantity: '10', amount: '25.00' };
    const invoice = await world.invoice(number, [line], { taxAmount: '4.75' });
    await world.approve(invoice.number, { accept: ['price'], note: 'steel surcharge' });
    const { items } = await done(`GET /v1/cost-pools?item=${item}`);
    // 6 units are left; under the moving average the newest are taken to be still there.
    expect(items[0]).toMatchObject({ quantity: '6', value: '15.00' });
    expect(await world.grni()).toBe(before);
  });

  it('books what the rate changed since the receipt as an exchange difference', async () => {
    const { number } = await bought('10', { currency: 'USD' });
    const line = { line: 1, quantity: '10', amount: '20.00' };
    const more = { taxAmount: '3.80', invoicedOn: '2026-01-15' };
    const invoice = await world.invoice(number, [line], more);
    await world.approve(invoice.number);
    expect(await booked(invoice.number)).toEqual({
      ...{ grni: 1600, purchase_tax: 342 },
      ...{ payable: -2142, exchange_difference: 200 },
    });
  });

  it('before the goods come pays ahead; they come at the price that was paid', async () => {
    const before = await world.grni();
    const { number, item } = await bought('4');
    const line = { line: 1, quantity: '10', amount: '22.00' };
    const invoice = await world.invoice(number, [line], { taxAmount: '4.18' });
    const accept = ['price', 'quantity'];
    const approved = await world.approve(invoice.number, { accept });
    expect(approved.lines[0]).toMatchObject({ paidAhead: '6' });
    expect(await world.grni()).toBe(before - 1320n);
    const receipt = await world.receipt(number, [{ line: 1, quantity: '5' }]);
    const seen = await done(`GET /v1/receipts/${receipt.number}`);
    expect(seen.lines[0]).toMatchObject({ value: '10.00', revalued: '1.00', invoiced: '5' });
    await world.receipt(number, [{ line: 1, quantity: '1' }]);
    expect(await world.grni()).toBe(before);
    const { items } = await done(`GET /v1/cost-pools?item=${item}`);
    expect(items[0]).toMatchObject({ quantity: '10', value: '22.00' });
  });

  it('of many at once happens once', async () => {
    const { number } = await bought('10');
    const line = { line: 1, quantity: '10', amount: '20.00' };
    const invoice = await world.invoice(number, [line], { taxAmount: '3.80' });
    const path = `POST /v1/supplier-invoices/${invoice.number}/approve`;
    const answers = await Promise.all([1, 2, 3, 4].map(() => command(path, {})));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(await booked(invoice.number)).toMatchObject({ payable: -2380 });
  });
});

describe('a credit note', () => {
  async function approved(received: string, accept: string[] = []) {
    const goods = await bought(received);
    const line = { line: 1, quantity: '10', amount: '20.00' };
    const invoice = await world.invoice(goods.number, [line], { taxAmount: '3.80' });
    await world.approve(invoice.number, { accept });
    return { ...goods, invoice: invoice.number as string };
  }
  const credit = (body: object) =>
    command('POST /v1/supplier-credits', { creditedOn: '2026-11-20', ...body });

  it('for a price lowers what the goods cost', async () => {
    const before = await world.grni();
    const { supplier, invoice, item } = await approved('10');
    const lines = [{ invoiceLine: 1, amount: '5.00' }];
    const note = { supplier, reference: 'CN-1', supplierInvoice: invoice, lines };
    const made = await credit({ ...note, taxAmount: '0.95' });
    expect(made.body).toMatchObject({ state: 'posted', settled: '5.00' });
    expect(await booked(made.body.number)).toEqual({ payable: 595, purchase_tax: -95, grni: -500 });
    const { items } = await done(`GET /v1/cost-pools?item=${item}`);
    expect(items[0]).toMatchObject({ value: '15.00' });
    expect(await world.grni()).toBe(before);
    expect((await credit(note)).body.type).toBe('/problems/conflict');
    const more = [{ invoiceLine: 1, amount: '15.01' }];
    expect((await credit({ ...note, reference: 'CN-2', lines: more })).status).toBe(400);
  });

  it('for goods that never came gives back what was paid ahead', async () => {
    const before = await world.grni();
    const { supplier, invoice } = await approved('6', ['quantity']);
    const note = { supplier, supplierInvoice: invoice };
    const lines = [{ invoiceLine: 1, quantity: '4', amount: '8.00' }];
    const tooMuch = [{ invoiceLine: 1, quantity: '5', amount: '8.00' }];
    expect((await credit({ ...note, reference: 'CN-3', lines: tooMuch })).status).toBe(400);
    const made = await credit({ ...note, reference: 'CN-4', lines });
    expect(made.body).toMatchObject({ settled: '8.00' });
    expect(await world.grni()).toBe(before);
  });

  it('for goods that went back settles what they cost us', async () => {
    const before = await world.grni();
    const { supplier, item } = await approved('10');
    const lines = [{ item, quantity: '3', location: 'B1' }];
    const body = { supplier, reason: 'defective', lines };
    const goods = await done('POST /v1/supplier-returns', body);
    expect(goods).toMatchObject({ state: 'posted', expectedCredit: '6.00' });
    expect(await world.grni()).toBe(before - 600n);
    const note = { supplier, reference: 'CN-5', supplierReturn: goods.number };
    const made = await credit({ ...note, amount: '5.50', taxAmount: '1.05' });
    expect(await booked(made.body.number)).toEqual({
      ...{ payable: 655, purchase_tax: -105 },
      ...{ grni: -600, purchase_price_variance: 50 },
    });
    expect(await world.grni()).toBe(before);
    const seen = await done(`GET /v1/supplier-returns/${goods.number}`);
    expect(seen).toMatchObject({ state: 'credited', credit: made.body.number });
    expect((await credit({ ...note, reference: 'CN-6', amount: '1' })).status).toBe(409);
  });

  it('is for one of the two', async () => {
    const supplier = await world.supplier();
    const answer = await credit({ supplier, reference: 'CN-7' });
    expect(answer).toMatchObject({ status: 400 });
  });
});

describe('a return', () => {
  it('of more than there is is refused, and leaves nothing behind', async () => {
    const { supplier, item } = await bought('2');
    const body = { supplier, reason: 'damaged', lines: [{ item, quantity: '3', location: 'B1' }] };
    const answer = await command('POST /v1/supplier-returns', body);
    expect(answer.status).toBe(409);
    const { items } = await done(`GET /v1/supplier-returns?supplier=${supplier}`);
    expect(items).toMatchObject([{ state: 'refused' }]);
  });
});
