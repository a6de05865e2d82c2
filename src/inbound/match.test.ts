import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bookInvoice,
  judgeInvoice,
  type LineToMatch,
  type OpenReceipt,
  openValue,
  settleAhead,
  settleLine,
  spreadCredit,
  type Tolerances,
} from './match.ts';

const none: Tolerances = {
  priceBasisPoints: 0,
  priceAmount: 0n,
  quantityBasisPoints: 0,
  taxAmount: 0n,
};
const line = (over: Partial<LineToMatch> = {}): LineToMatch => ({
  line: 1,
  quantity: 10n,
  amount: 2000n,
  ordered: { key: 'a', quantity: 10n, invoiced: 0n, amount: 2000n, open: 10n },
  ...over,
});
const judge = (lines: readonly LineToMatch[], tolerances = none, tax = 0n, expectedTax = 0n) =>
  judgeInvoice({ lines, tax, expectedTax, isDuplicate: false }, tolerances).map(
    ({ code, line: at }) => `${code} ${at ?? ''}`.trim(),
  );

describe('the verdict', () => {
  it.each([
    ['as ordered', [line()], []],
    ['dearer', [line({ amount: 2001n })], ['price 1']],
    ['cheaper', [line({ amount: 1999n })], ['price 1']],
    ['unknown', [line({ ordered: undefined })], ['unknown_line 1']],
    ['two lines for the same goods', [line(), line({ line: 2 })], ['not_received 2']],
  ])('%s', (_name, lines, codes) => {
    expect(judge(lines)).toEqual(codes);
  });

  it('never depends on anything but the excess over the tolerance', () => {
    const figures = fc.record({
      open: fc.bigInt({ min: 0n, max: 1000n }),
      quantity: fc.bigInt({ min: 1n, max: 1000n }),
      basisPoints: fc.integer({ min: 0, max: 10_000 }),
    });
    fc.assert(
      fc.property(figures, ({ open, quantity, basisPoints }) => {
        const ordered = { key: 'a', quantity: 1000n, invoiced: 0n, amount: 7n, open };
        const each = line({ quantity, amount: 7n, ordered });
        const [verdict] = judge([each], { ...none, quantityBasisPoints: basisPoints });
        const excess = quantity - open;
        const tolerated = open > 0n && excess * 10_000n <= open * BigInt(basisPoints);
        if (excess <= 0n || tolerated) expect(verdict).toBeUndefined();
        else expect(verdict).toBe(open === 0n ? 'not_received 1' : 'quantity 1');
      }),
    );
  });

  it('sees a wrong tax and a number that was used', () => {
    expect(judge([line()], none, 381n, 380n)).toEqual(['tax']);
    expect(judge([line()], { ...none, taxAmount: 1n }, 381n, 380n)).toEqual([]);
    const invoice = { lines: [line()], tax: 0n, expectedTax: 0n, isDuplicate: true };
    expect(judgeInvoice(invoice, none)).toMatchObject([{ code: 'duplicate' }]);
  });
});

const rates = fc.constantFrom('1', '0.9', '1.23456789', '0.0073', '130.5');
const receipts = fc.array(
  fc.record({
    quantity: fc.bigInt({ min: 1n, max: 500n }),
    value: fc.bigInt({ min: 0n, max: 1_000_000n }),
    rate: rates,
  }),
  { minLength: 0, maxLength: 6 },
);
const invoices = fc.array(
  fc.record({
    quantity: fc.bigInt({ min: 1n, max: 900n }),
    amount: fc.bigInt({ min: 0n, max: 2_000_000n }),
    rate: rates,
    tax: fc.bigInt({ min: 0n, max: 9999n }),
  }),
  { minLength: 1, maxLength: 6 },
);

interface Bag {
  receipts: OpenReceipt[];
}

/** Applies matches to receipts as the database does. */
function apply(
  bag: Bag,
  matches: readonly { receiptId: number; quantity: bigint; cleared: bigint; revaluation: bigint }[],
): void {
  for (const { receiptId, quantity, cleared, revaluation } of matches) {
    bag.receipts = bag.receipts.map((each) =>
      each.receiptId !== receiptId
        ? each
        : {
            ...each,
            invoiced: each.invoiced + quantity,
            cleared: each.cleared + cleared,
            revalued: each.revalued + revaluation,
          },
    );
  }
}

describe('settling', () => {
  it('leaves GRNI as what was received and not invoiced, and books what balances', () => {
    fc.assert(
      fc.property(receipts, invoices, fc.boolean(), (given, charged, isTolerant) => {
        const bag: Bag = {
          receipts: given.map((each, index) => ({
            ...each,
            receiptId: index + 1,
            receiptLine: 1,
            invoiced: 0n,
            revalued: 0n,
            cleared: 0n,
          })),
        };
        let account = given.reduce((sum, { value }) => sum + value, 0n);
        let ahead = 0n;
        for (const { rate, tax, ...each } of charged) {
          const conversion = { rate, digits: 2, houseDigits: 2 };
          const open = bag.receipts;
          const settled = settleLine(each, open, isTolerant ? 500 : 0, conversion);
          apply(bag, settled.matches);
          const taken = settled.matches.reduce((sum, { quantity }) => sum + quantity, 0n);
          expect(taken + settled.ahead.quantity <= each.quantity).toBe(true);
          const spread = settled.matches.reduce((sum, one) => sum + one.documentAmount, 0n);
          expect(spread + settled.ahead.documentAmount).toBe(each.amount);
          const net = each.amount;
          const booking = bookInvoice([settled], { net, tax }, conversion);
          const sides = Object.values(booking).reduce((sum, side) => sum + side, 0n);
          expect(sides).toBe(0n);
          expect(booking.rounding >= -9n && booking.rounding <= 9n).toBe(true);
          account += settled.matches.reduce((sum, { revaluation }) => sum + revaluation, 0n);
          account -= booking.grni;
          ahead += settled.ahead.value;
        }
        const left = bag.receipts.reduce((sum, each) => sum + openValue(each), 0n);
        expect(account).toBe(left - ahead);
        for (const each of bag.receipts) {
          if (each.invoiced === each.quantity) expect(openValue(each)).toBe(0n);
        }
      }),
    );
  });

  it('of what was paid ahead uses up exactly what was paid', () => {
    const paid = fc.array(
      fc.record({
        quantityLeft: fc.bigInt({ min: 1n, max: 300n }),
        valueLeft: fc.bigInt({ min: 0n, max: 99_999n }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(
        paid,
        fc.array(fc.bigInt({ min: 1n, max: 200n }), { maxLength: 8 }),
        (rows, coming) => {
          let left = rows.map((row, index) => ({ ...row, invoiceId: index, invoiceLine: 1 }));
          for (const quantity of coming) {
            const money = { value: quantity * 7n, revalued: 0n, cleared: 0n };
            const at = { receiptId: 1, receiptLine: 1, quantity, invoiced: 0n, rate: '1' };
            const matches = settleAhead(
              { ...at, ...money },
              left.filter((row) => row.quantityLeft > 0n),
            );
            for (const match of matches) {
              left = left.map((row) =>
                row.invoiceId !== match.invoiceId
                  ? row
                  : {
                      ...row,
                      quantityLeft: row.quantityLeft - match.quantity,
                      valueLeft: row.valueLeft - match.cleared,
                    },
              );
            }
            const used = matches.reduce((sum, match) => sum + match.quantity, 0n);
            expect(used <= quantity).toBe(true);
          }
          for (const row of left) {
            expect(row.quantityLeft >= 0n && row.valueLeft >= 0n).toBe(true);
            if (row.quantityLeft === 0n) expect(row.valueLeft).toBe(0n);
          }
        },
      ),
    );
  });

  it('of a credit adds up at one rate', () => {
    const conversion = { rate: '1', digits: 2, houseDigits: 2 };
    const matches = fc.array(
      fc.record({ quantity: fc.bigInt({ min: 1n, max: 99n }), rate: fc.constant('1') }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 99_999n }), matches, (amount, rows) => {
        const parts = spreadCredit(amount, rows, conversion);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
      }),
    );
  });
});
