import { beforeAll, describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { randomLedger } from '../../../test/support/random-ledger.ts';
import { type Booking, type BookingLine, emitBookings } from '../../platform/bookings.ts';
import { writeAs } from '../../platform/database.ts';

const world = await createLedgerWorld();
const { house, posted, command } = world;

const cents = (text: string): number => Math.round(Number(text) * 100);
const sum = (rows: readonly Record<string, string>[], name: string): number =>
  rows.reduce((total, row) => total + cents(row[name]!), 0);

async function report(path: string) {
  const answer = await house(`GET /v1/books/${path}`);
  expect(answer.text, path).not.toContain('/problems/');
  return answer.body;
}

const emit = (...bookings: Booking[]) =>
  writeAs(world.database, 'house', (tx) =>
    emitBookings(tx, bookings, { actorId: 1, at: new Date() }),
  );

const booking = (
  kind: string,
  number: string,
  lines: readonly Partial<BookingLine>[],
  more: Partial<Booking> = {},
): Booking => ({
  ...{ kind, currency: 'EUR', rate: '1', description: kind },
  document: { type: kind === 'sale' ? 'sales_order' : kind, number },
  party: 'ANN',
  occurredAt: new Date('2026-06-20T12:00:00Z'),
  lines: lines.map((line) => ({ ...line, documentAmount: line.amount ?? 0n }) as BookingLine),
  ...more,
});

const sale = (number: string, channel: string, party: string, item: string, net: bigint) =>
  booking(
    'sale',
    number,
    [
      { role: 'receivable', amount: net },
      { role: 'revenue', amount: -net, channel, item, site: 'N' },
    ],
    { party },
  );

const on = (day: string) => `2026-06-${day}T12:00:00Z`;
let average: string;
let layered: string;
let receipts: string[];

/** Two receipts of each item at 1.00 and 2.00, two sales, a late cost, a return and a loss. */
beforeAll(async () => {
  average = await world.item();
  layered = await world.item({ costMethod: 'fifo' });
  receipts = [];
  for (const [day, value] of [
    ['02', '10.00'],
    ['09', '20.00'],
  ]) {
    for (const item of [average, layered]) {
      const document = { type: 'receipt', number: `R-${day}` };
      const more = { value, document, occurredAt: on(day!) };
      receipts.push(await world.receive(item, '10', 'B1', more));
    }
  }
  for (const [number, quantity] of [
    ['S-1', '4'],
    ['S-2', '8'],
  ]) {
    const document = { type: 'sales_order', number };
    const line = { kind: 'shipment', quantity, from: 'B1', document, occurredAt: on('20') };
    await posted({ ...line, item: average }, { ...line, item: layered });
  }
  const back = { kind: 'customer_return', item: average, quantity: '1', to: 'B1' };
  const document = { type: 'sales_order', number: 'S-2' };
  await posted({ ...back, document, occurredAt: on('22') });
  const loss = { kind: 'adjustment', item: layered, quantity: '1', from: 'B1', reason: 'theft' };
  await posted({ ...loss, occurredAt: on('23') });
  // Freight of 5.00 on the first receipt by FIFO, whose 10 units are all sold.
  await command(`POST /v1/movements/${receipts[1]}/revalue`, {
    ...{ amount: '5.00', reason: 'invoice', occurredAt: on('25') },
    document: { type: 'supplier_invoice', number: 'I-1' },
  });
  await emit(
    sale('S-1', 'web', 'ANN', average, 2000n),
    sale('S-2', 'shop', 'BOB', layered, 6000n),
    booking('refund', 'RF-1', [
      { role: 'refunds', amount: 500n, channel: 'shop', item: average, site: 'N' },
      { role: 'receivable', amount: -500n },
    ]),
    booking(
      'supplier_invoice',
      'I-1',
      [
        { role: 'grni', amount: 2000n },
        { role: 'payable', amount: -2000n },
      ],
      { party: 'ACME' },
    ),
  );
}, 60_000);

describe('statements', () => {
  it('the trial balance adds up, and pages through a cursor', async () => {
    const whole = await report('trial-balance');
    expect(whole.totalDebit).toBe(whole.totalCredit);
    expect(sum(whole.items, 'closing')).toBe(0);
    const first = await report('trial-balance?limit=3&sort=-closing');
    const next = await report(`trial-balance?limit=1000&sort=-closing&cursor=${first.nextCursor}`);
    expect(next.at).toBe(first.at);
    const order = [...first.items, ...next.items].map(({ closing }: { closing: string }) =>
      cents(closing),
    );
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(order).toHaveLength(whole.items.length);
  });

  it('opens a range with what was before it', async () => {
    const before = await report('trial-balance?through=2026-06-15');
    const after = await report('trial-balance?from=2026-06-16');
    const inventory = (body: { items: { account: string }[] }) =>
      body.items.find(({ account }) => account === '1300') as unknown as Record<string, string>;
    expect(inventory(before).closing).toBe('60.00');
    expect(inventory(after).opening).toBe('60.00');
  });

  it('the balance sheet balances and its inventory is the valuation', async () => {
    const sheet = await report('balance-sheet?bySite=true');
    expect(sheet.assets).toBe(sheet.liabilitiesAndEquity);
    const valuation = await report('valuation');
    expect(sheet.sections[0].section).toBe('inventory');
    expect(sheet.sections[0].total).toBe(valuation.total);
    expect(sheet.sections[0].accounts[0].site).toBe('N');
  });

  it('the income statement ends in what the balance sheet calls the result', async () => {
    const income = await report('income-statement');
    const sheet = await report('balance-sheet');
    const result = sheet.sections.find(({ section }: { section: string }) => section === 'result');
    expect(income.result).toBe(result.total);
    expect(income.sections[0]).toMatchObject({ section: 'revenue', total: '80.00' });
    expect(income.grossMargin).toBe((await report('gross-margin')).margin);
  });

  it('are empty, and say so, where nothing was booked', async () => {
    const none = await report('trial-balance?through=2000-01-01');
    expect(none).toMatchObject({ items: [], totalDebit: '0.00', nextCursor: null });
    expect((await report('valuation?at=2000-01-01T00:00:00Z')).items).toEqual([]);
  });
});

describe('the valuation over the API', () => {
  it('shows layers with the receipt that each came from', async () => {
    const { items } = await report(`valuation?groupBy=item,layer&item=${layered}`);
    expect(items).toHaveLength(1);
    // 12 sold and 1 stolen of 10 at 1.00 and 10 at 2.00.
    expect(items[0]).toMatchObject({
      ...{ item: layered, quantity: '7', value: '14.00', unitCost: '2.000000', share: '1.000000' },
      layer: { receipt: receipts[3], document: { type: 'receipt', number: 'R-09' } },
    });
  });

  it('is the same as CSV', async () => {
    const answer = await house('GET /v1/books/valuation?format=csv&groupBy=item,site,lot');
    const lines = answer.text.trim().split('\r\n');
    expect(lines[0]).toContain('item,');
    expect(lines).toHaveLength(3);
  });

  it.each([
    ['groupBy=item,nothing', 400, 'groupBy'],
    ['groupBy=layer,site', 400, 'layer'],
    ['site=NOWHERE', 404, 'NOWHERE'],
    ['at=yesterday', 400, 'at'],
    ['cursor=abc', 400, 'cursor'],
  ])('refuses %s', async (query, status, word) => {
    const answer = await house(`GET /v1/books/valuation?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(word);
  });

  it("is the house's alone", async () => {
    const { call } = await world.owner('OTHER');
    for (const path of ['valuation', 'export', 'gross-margin', 'balance-sheet', 'periodic']) {
      expect((await call(`GET /v1/books/${path}`)).status, path).toBe(403);
    }
  });
});

describe('gross margin', () => {
  it('ties to the accounts, whatever it is broken down by', async () => {
    const trial = await report('trial-balance');
    const of = (...codes: string[]) =>
      trial.items
        .filter(({ account }: { account: string }) => codes.includes(account))
        .reduce((all: number, row: { closing: string }) => all + cents(row.closing), 0);
    for (const by of ['item', 'channel', 'site', 'customer', 'period', 'day', 'item,channel,day']) {
      const margin = await report(`gross-margin?groupBy=${by}`);
      expect(cents(margin.revenue), by).toBe(-of('4000', '4050', '4100'));
      expect(cents(margin.refunds), by).toBe(-of('4200'));
      expect(cents(margin.cost), by).toBe(of('5000'));
      expect(sum(margin.items, 'margin')).toBe(cents(margin.margin));
    }
  });

  it('gives costs that came after the sale to who took the units', async () => {
    const { items } = await report('gross-margin?groupBy=channel&sort=-cost');
    // S-1 took 4 and S-2 took 6 of the receipt that became 5.00 dearer.
    expect(items).toMatchObject([
      { channel: 'shop', lateCost: '3.00' },
      { channel: 'web', lateCost: '2.00' },
    ]);
    const one = await report(`gross-margin?item=${layered}&customer=ANN&groupBy=channel`);
    expect(one.items).toMatchObject([{ channel: 'web', revenue: '0.00', cost: '6.00' }]);
  });
});

describe('the cost of a sale', () => {
  it('is explained down to receipts', async () => {
    const told = await report('cost-of-sale/sales_order/S-2');
    const [first, second, back] = told.movements;
    expect(first).toMatchObject({
      ...{ item: average, method: 'moving_average', cost: '12.00', unitCost: '1.500000' },
      pool: { quantity: '16', value: '24.00', unitCost: '1.500000' },
    });
    expect(first.receipts.map(({ movement }: { movement: string }) => movement)).toEqual([
      receipts[2],
      receipts[0],
    ]);
    expect(second).toMatchObject({ item: layered, cost: '10.00' });
    expect(second.layers).toMatchObject([
      { movement: receipts[1], quantity: '6', value: '6.00', document: { number: 'R-02' } },
      { movement: receipts[3], quantity: '2', value: '4.00', document: { number: 'R-09' } },
    ]);
    expect(second.lateCosts).toMatchObject([{ receipt: receipts[1], amount: '3.00' }]);
    expect(back).toMatchObject({ kind: 'customer_return', cost: '-1.50' });
    expect(told).toMatchObject({ revenue: '60.00', cost: '23.50', margin: '36.50' });
  });

  it('is not found for a document that sold nothing', async () => {
    const answer = await house('GET /v1/books/cost-of-sale/sales_order/NOTHING');
    expect(answer.status).toBe(404);
    expect(answer.body.detail).toContain('NOTHING');
  });
});

describe('goods received and not invoiced', () => {
  it('tie to their account, by receipt and age', async () => {
    const told = await report('grni-ageing?at=2026-08-15T00:00:00Z');
    expect(told.items).toEqual([]);
    const now = await report('grni-ageing?open=false');
    const trial = await report('trial-balance');
    const account = trial.items.find((row: { account: string }) => row.account === '2100');
    expect(cents(now.accounts)).toBe(-cents(account.closing));
    expect(sum(now.items, 'open')).toBe(cents(now.accounts));
    const numbers = now.items.map(
      ({ document }: { document: { number: string } }) => document.number,
    );
    expect(numbers.sort()).toEqual(['I-1', 'R-02', 'R-09']);
    const first = now.items.find(
      (row: { document: { number: string } }) => row.document.number === 'R-02',
    );
    // 10.00 and 10.00, and the 5.00 that the invoice added.
    expect(first).toMatchObject({ received: '25.00', invoiced: '0.00', since: '2026-06-02' });
    expect(first.movements.sort()).toEqual([receipts[0], receipts[1]].sort());
    expect(sum([now.buckets], first.bucket)).toBeGreaterThanOrEqual(4000);
  });
});

describe('the periodic method', () => {
  it('finds the units of the ledger, and hides the loss in cost of sales', async () => {
    const range = 'from=2026-06-01&through=2026-06-30';
    const { items } = await report(`periodic?${range}&method=fifo`);
    const of = (item: string) => items.find((row: { item: string }) => row.item === item);
    expect(of(layered)).toMatchObject({
      ...{ period: '2026-06', purchasedQuantity: '20', purchasedValue: '35.00' },
      ...{ closingQuantity: '7', perpetualClosingValue: '14.00', perpetualOther: '2.00' },
      ...{ closingValue: '17.50', costOfSales: '17.50', perpetualCostOfSales: '19.00' },
    });
    const mean = await report(`periodic?${range}&item=${average}`);
    // 9 of 20 at 30.00 in all; the return came back at its cost.
    expect(mean.items).toMatchObject([{ closingQuantity: '9', closingValue: '13.50' }]);
  });

  it('is stale between counts, day by day', async () => {
    const { items, worst } = await report(
      'periodic/days?from=2026-06-01&through=2026-06-30&count=month',
    );
    expect(items).toHaveLength(30);
    expect(items[0]).toMatchObject({ perpetualValue: '0.00', daysSinceCount: 1 });
    expect(items[8]).toMatchObject({
      ...{ day: '2026-06-09', perpetualValue: '60.00', periodicValue: '0.00' },
      ...{ difference: '-60.00', daysSinceCount: 9 },
    });
    expect(items[29]).toMatchObject({ day: '2026-06-30', daysSinceCount: 0 });
    expect(worst).toBe('60.00');
  });

  it('refuses a range that ends before it begins, or is too long', async () => {
    for (const path of [
      'periodic?from=2026-02-01&through=2026-01-01',
      'periodic?from=1950-01-01',
    ]) {
      expect((await house(`GET /v1/books/${path}`)).status).toBe(400);
    }
  });
});

describe('of a random past', () => {
  it('every report still ties to the accounts', async () => {
    await world.owner('SELLER');
    await randomLedger(world, 99, 250);
    const trial = await report('trial-balance');
    const of = (code: string) =>
      cents(
        trial.items.find((row: { account: string }) => row.account === code)?.closing ?? '0.00',
      );
    const valuation = await report('valuation?groupBy=item,costSite,site,lot&limit=1000');
    expect(cents(valuation.total)).toBe(of('1300'));
    expect(sum(valuation.items, 'value')).toBe(of('1300'));
    expect(cents((await report('valuation?groupBy=layer')).total)).toBe(of('1300'));
    expect(cents((await report('gross-margin?groupBy=customer,item')).cost)).toBe(of('5000'));
    expect(cents((await report('grni-ageing')).accounts)).toBe(-of('2100'));
    const days = await report('periodic/days?count=week&limit=1000&sort=-day');
    expect(cents(days.items[0].perpetualValue)).toBe(of('1300'));
  }, 120_000);
});
