import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertMoney } from '../../platform/rates.ts';
import { saleOf } from '../fulfilment/sale.ts';
import { allowanceOf, type SiteFigures } from './allowance.ts';
import { amountsOf, owed } from './amounts.ts';
import { fitCart } from './capture-cart.ts';
import { chooseByAvailability, type SourcingRequest } from './choose-sites.ts';
import type { FullOrder, LineRow, OrderRow, PartRow } from './order.queries.ts';

const figures = (more: Partial<SiteFigures>): SiteFigures => ({
  available: 10n,
  limits: [],
  held: new Map(),
  waiting: [],
  ...more,
});
const fence = (channelId: number, ringFenced: bigint, safetyBuffer = 0n) => ({
  ...{ channelId, ringFenced, safetyBuffer },
});
const waits = (channelId: number, quantity: bigint, priority = 50) => ({
  ...{ channelId, quantity, priority },
});

describe('what a channel may take', () => {
  const cases: [string, Partial<SiteFigures>, number, bigint][] = [
    ['everything where nothing restricts it', {}, 50, 10n],
    ["not another channel's ring-fence", { limits: [fence(2, 6n)] }, 50, 4n],
    ['its own ring-fence and what is common', { limits: [fence(1, 6n)] }, 50, 10n],
    [
      "of another's ring-fence what that has not used yet",
      { limits: [fence(2, 6n)], held: new Map([[2, 4n]]) },
      50,
      8n,
    ],
    ['not below its safety buffer', { limits: [fence(1, 0n, 3n)] }, 50, 7n],
    ['nothing that a backorder of its priority waits for', { waiting: [waits(2, 7n)] }, 50, 3n],
    ['what only a less urgent backorder waits for', { waiting: [waits(2, 7n, 10)] }, 50, 10n],
    [
      'its own ring-fence, whoever else waits',
      { limits: [fence(1, 4n)], waiting: [waits(2, 100n)] },
      50,
      4n,
    ],
    [
      'nothing of its ring-fence that its own backorders wait for',
      { limits: [fence(1, 4n)], waiting: [waits(1, 100n)] },
      50,
      0n,
    ],
    ['nothing where promised stock is gone', { available: -5n }, 50, 0n],
  ];
  it.each(cases)('%s', (_name, more, priority, free) => {
    expect(allowanceOf(figures(more), 1, priority).free).toBe(free);
  });

  const some = fc.bigInt({ min: 0n, max: 50n });
  const any = fc.record({
    available: fc.bigInt({ min: -20n, max: 100n }),
    limits: fc
      .tuple(some, some, some, some)
      .map(([a, b, c, d]) => [fence(1, a, b), fence(2, c, d)]),
    held: fc.tuple(some, some).map(
      ([a, b]) =>
        new Map([
          [1, a],
          [2, b],
        ]),
    ),
    waiting: fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), some).map(([c, q]) => waits(c, q))),
  });

  it('is never more than there is, nor reaches into what is kept for others', () => {
    fc.assert(
      fc.property(any, (at) => {
        const { free, keptForOthers, safetyBuffer } = allowanceOf(at, 1, 50);
        expect(free >= 0n).toBe(true);
        if (free === 0n) return;
        expect(free + keptForOthers <= at.available).toBe(true);
        expect(free + safetyBuffer <= at.available).toBe(true);
      }),
    );
  });

  it('is not more when more waits', () => {
    fc.assert(
      fc.property(any, some, (at, more) => {
        const before = allowanceOf(at, 1, 50).free;
        const after = allowanceOf({ ...at, waiting: [...at.waiting, waits(2, more)] }, 1, 50).free;
        expect(after <= before).toBe(true);
      }),
    );
  });
});

describe('the bills of a line', () => {
  it('add up to the line, however it is shipped', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 9n });
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1n, max: 5000n }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 3 }),
        ...([amount, amount, amount] as const),
        (shipments, quantityScale, unitPrice, discount, tax) => {
          const quantity = shipments.reduce((sum, units) => sum + units, 0n);
          const line = { quantity, quantityScale, unitPrice, discount, tax };
          let [before, billed] = [0n, 0n];
          for (const units of shipments) {
            billed += owed(amountsOf(line, before, units));
            before += units;
          }
          expect(billed).toBe(owed(amountsOf(line, 0n, quantity)));
        },
      ),
    );
  });
});

const sourcing = (splitAllowed: boolean, lines: [bigint, Record<string, bigint>][]) =>
  ({
    orderNumber: 'SO-1',
    splitAllowed,
    lines: lines.map(([quantity, sites], i) => ({
      line: i + 1,
      itemId: i + 1,
      item: `I${i}`,
      quantity,
      candidates: Object.entries(sites).map(([site, available]) => ({
        site,
        siteId: site.charCodeAt(0),
        available,
      })),
    })),
  }) as unknown as SourcingRequest;

const A = 'A'.charCodeAt(0);
const B = 'B'.charCodeAt(0);

describe('the plain choice of sites', () => {
  const choose = (request: SourcingRequest) =>
    (chooseByAvailability([request]) as { shares: object[] }[])[0]!.shares;

  it('prefers the site that has most lines complete', () => {
    const shares = choose(
      sourcing(true, [
        [2n, { A: 1n, B: 5n }],
        [2n, { A: 5n, B: 5n }],
      ]),
    );
    expect(shares).toEqual([
      { line: 1, siteId: B, quantity: 2n },
      { line: 2, siteId: B, quantity: 2n },
    ]);
  });

  it('splits a line where one site has too little and it may', () => {
    expect(choose(sourcing(true, [[5n, { A: 3n, B: 3n }]]))).toEqual([
      { line: 1, siteId: A, quantity: 3n },
      { line: 1, siteId: B, quantity: 2n },
    ]);
    expect(choose(sourcing(false, [[5n, { A: 3n, B: 3n }]]))).toEqual([
      { line: 1, siteId: A, quantity: 3n },
    ]);
  });

  it('never takes more than there is or than is asked for', () => {
    const units = fc.bigInt({ min: 0n, max: 9n });
    const line = fc.tuple(
      fc.bigInt({ min: 1n, max: 9n }),
      fc.record({ A: units, B: units, C: units }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(line, { minLength: 1, maxLength: 4 }), (split, lines) => {
        const request = sourcing(split, lines);
        const shares = choose(request) as { line: number; siteId: number; quantity: bigint }[];
        for (const each of request.lines) {
          const own = shares.filter((share) => share.line === each.line);
          const sum = own.reduce((total, { quantity }) => total + quantity, 0n);
          expect(sum <= each.quantity).toBe(true);
          for (const { siteId, quantity } of own) {
            const site = each.candidates.find((candidate) => candidate.siteId === siteId)!;
            expect(quantity > 0n && quantity <= site.available).toBe(true);
          }
        }
        if (!split) expect(new Set(shares.map(({ siteId }) => siteId)).size).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a cart that becomes a sales order', () => {
  const held = (quantity: bigint, seq: number) =>
    ({ itemId: 1, siteId: A, site: 'A', quantity, journal: 0, seq }) as never;
  const line = (quantity: bigint, number = 1) => ({
    line: number,
    itemId: 1,
    quantity,
    site: null,
  });

  it('gives, lacks and leaves over exactly what it has', () => {
    const units = fc.bigInt({ min: 1n, max: 20n });
    fc.assert(
      fc.property(fc.array(units), fc.array(units, { minLength: 1 }), (cart, lines) => {
        const fit = fitCart(
          lines.map((quantity, i) => line(quantity, i + 1)) as never,
          cart.map((quantity, i) => held(quantity, i + 1)),
        );
        const sum = (all: readonly { quantity: bigint }[]) =>
          all.reduce((total, { quantity }) => total + quantity, 0n);
        const [wanted, had] = [lines, cart].map((all) => all.reduce((a, b) => a + b, 0n));
        expect(sum(fit.shares) + sum(fit.missing)).toBe(wanted);
        expect(sum(fit.shares) + sum(fit.surplus)).toBe(had);
        expect(fit.missing.length === 0 || fit.surplus.length === 0).toBe(true);
      }),
    );
  });
});

describe('the booking of a sale', () => {
  const full = (rate: string | null, shippingCharge: bigint): FullOrder => ({
    order: {
      ...{ number: 'SO-1', channel: 'WEB', customer: 'C', currency: 'USD', rate, shippingCharge },
    } as OrderRow,
    lines: [
      {
        ...{ line: 1, item: 'I', quantity: 3n, quantityScale: 0 },
        ...{ unitPrice: 3_333_333n, discount: 100n, tax: 77n },
      } as LineRow,
    ],
    parts: [{ line: 1, part: 1, quantity: 3n, state: 'shipping' } as PartRow],
  });
  const sale = {
    shipmentId: 'S',
    shipmentNumber: 'SH-1',
    site: 'N',
    occurredAt: new Date(0),
    units: new Map([[1, 2n]]),
    houseDigits: 2,
    digits: 2,
  };

  it('balances in both currencies, whatever the rate', () => {
    const rates = fc
      .integer({ min: 1, max: 10 ** 9 })
      .map((n) => `${Math.trunc(n / 1e6)}.${String(n % 1e6).padStart(6, '0')}`)
      .filter((text) => Number(text) > 0);
    fc.assert(
      fc.property(rates, fc.bigInt({ min: 0n, max: 10_000n }), (rate, shipping) => {
        const { lines } = saleOf(full(rate, shipping), sale)!;
        expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
        expect(lines.reduce((sum, { documentAmount }) => sum + documentAmount, 0n)).toBe(0n);
        expect(lines[0]).toMatchObject({ role: 'receivable' });
      }),
    );
  });

  it('leaves nothing open when all that was billed in parts is refunded', () => {
    const parts = fc.array(fc.bigInt({ min: 1n, max: 500n }), { minLength: 1, maxLength: 5 });
    const rate = fc.integer({ min: 1, max: 2_000_000_000 }).map((n) => (n / 1e9).toFixed(10));
    fc.assert(
      fc.property(parts, rate, (bills, perUnit) => {
        const { order, lines } = full(perUnit, 0n);
        const quantity = bills.reduce((sum, units) => sum + units, 0n);
        const row = { ...lines[0]!, quantity };
        let shipped = 0n;
        let receivable = 0n;
        for (const units of bills) {
          const left = { line: 1, quantity: shipped, state: 'shipped' } as PartRow;
          const before = { order, lines: [row], parts: shipped > 0n ? [left] : [] };
          const booking = saleOf(before, { ...sale, units: new Map([[1, units]]) });
          receivable += booking?.lines[0]?.amount ?? 0n;
          shipped += units;
        }
        // A refund of all units converts what they cost without tax, and the tax.
        const { gross, discount, tax } = amountsOf(row, 0n, quantity);
        const convert = (amount: bigint) => convertMoney(amount, perUnit, 2, 2);
        expect(receivable).toBe(convert(gross - discount) + convert(tax));
      }),
    );
  });

  it("is none where the goods are not the house's", () => {
    expect(saleOf(full(null, 0n), sale)).toBeUndefined();
  });
});
