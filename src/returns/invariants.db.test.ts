import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReturnsWorld } from '../../test/support/returns-world.ts';

const world = await createReturnsWorld();
await world.channel({ code: 'ANY', name: 'Any' });
await world.done('POST /v1/return-policies', {
  channel: 'ANY',
  refundTiming: 'instant',
  shippingRefund: 'all_returned',
  restockingFees: { changed_mind: 777 },
});
await world.done('POST /v1/exchange-rates', {
  currency: 'USD',
  validOn: '2020-01-01',
  rate: '0.9137',
});

const UNITS = 7;
const RUNS = 12;
const STEPS_MAX = 14;

const OUTCOMES = ['restock', 'refurbish', 'dispose', 'liquidate'] as const;
const step = fc.oneof(
  fc.record({ do: fc.constant('return' as const), units: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    do: fc.constant('receive' as const),
    units: fc.integer({ min: 1, max: 4 }),
    excess: fc.constantFrom('refuse' as const, 'take' as const),
  }),
  fc.record({
    do: fc.constant('inspect' as const),
    units: fc.integer({ min: 1, max: 3 }),
    outcome: fc.constantFrom(...OUTCOMES),
  }),
  fc.record({
    do: fc.constant('refund' as const),
    share: fc.constantFrom(10_000, 3_333, 0),
    waiveFee: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'complete' as const, 'reverse' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
/** Without goods there is little to go wrong, so each story begins with some. */
const BEGINNING: readonly Step[] = [
  { do: 'return', units: 4 },
  { do: 'receive', units: 2, excess: 'refuse' },
];

/** Money asked for what never came of a line that is complete, and its inspection reversed. */
const ASKED_TOO_LATE: Step[] = [
  { do: 'refund', share: 0, waiveFee: true },
  { do: 'inspect', units: 2, outcome: 'refurbish' },
  { do: 'complete' },
  { do: 'refund', share: 10_000, waiveFee: true },
  { do: 'reverse' },
  { do: 'return', units: 4 },
];

/** Does a step on the newest return of the sales order; what is refused is refused. */
async function take(order: string, item: string, numbers: string[], one: Step): Promise<void> {
  if (one.do === 'return') {
    const lines = [{ orderLine: 1, quantity: `${one.units}`, reason: 'changed_mind' }];
    const body = { salesOrder: order, site: 'N', lines };
    const { status, body: made } = await world.command('POST /v1/returns', body);
    expect([201, 409]).toContain(status);
    if (status === 201) numbers.push(made.number);
    return;
  }
  const number = numbers.at(-1);
  if (number === undefined) return;
  const path = `POST /v1/returns/${number}`;
  const answer = await world.command(...requestOf(path, item, one));
  expect([200, 201, 404, 409], answer.text).toContain(answer.status);
}

function requestOf(path: string, item: string, one: Step): [string, unknown] {
  switch (one.do) {
    case 'receive': {
      const scans = [{ item, quantity: `${one.units}`, location: 'B4' }];
      return [`${path}/receipts`, { scans, excess: one.excess }];
    }
    case 'inspect': {
      const more = {
        restock: {},
        refurbish: {},
        dispose: { reason: 'damage' },
        liquidate: { buyer: 'LIQUID', price: '1.11' },
      }[one.outcome];
      const outcome = { kind: one.outcome, ...more };
      const where = { receipt: 1, receiptLine: 1, quantity: `${one.units}` };
      return [`${path}/inspections`, { ...where, grade: 'fair', outcome }];
    }
    case 'refund': {
      const { share, waiveFee } = one;
      return [`${path}/refunds`, { lines: [{ line: 1, share, waiveFee }] }];
    }
    case 'reverse':
      return [`${path}/inspections/1/reverse`, undefined];
    default:
      return [`${path}/${one.do}`, {}];
  }
}

interface Figures {
  readonly sold: bigint;
  readonly back: bigint;
  /** Of it, what had left with the sales order; more may come than was ever sent. */
  readonly ofSale: bigint;
  readonly liquidated: bigint;
  readonly billed: bigint;
  readonly refunded: bigint;
}

/** What the documents say of a sales order: cost that left and came back, money both ways. */
async function figuresOf(order: string): Promise<Figures> {
  const { rows } = await world.admin.query<Record<keyof Figures, string>>(
    `WITH of AS (SELECT * FROM returns.rma WHERE sales_order = $1)
     SELECT
       (SELECT sum(value) FROM ledger.movement m JOIN outbound.shipment_movement s
          USING (journal, seq) JOIN outbound.sales_order o USING (sales_order_id)
        WHERE o.number = $1)::text AS sold,
       (SELECT coalesce(sum(value), 0) FROM returns.receipt_line JOIN of USING (rma_id)
        WHERE receipt_line.state = 'posted')::text AS back,
       (SELECT coalesce(sum(value), 0) FROM returns.receipt_line JOIN of USING (rma_id)
        WHERE receipt_line.state = 'posted' AND seq IS NOT NULL)::text AS "ofSale",
       (SELECT coalesce(sum(value), 0) FROM returns.inspection JOIN of USING (rma_id)
        WHERE outcome = 'liquidate' AND inspection.state = 'posted')::text AS liquidated,
       (SELECT sum((l ->> 'documentAmount')::bigint) FROM platform.booking,
          jsonb_array_elements(lines) l
        WHERE document_number = $1 AND l ->> 'role' = 'receivable')::text AS billed,
       (SELECT coalesce(-sum((l ->> 'documentAmount')::bigint), 0) FROM platform.booking b
          JOIN of ON of.number = b.document_number, jsonb_array_elements(b.lines) l
        WHERE l ->> 'role' = 'receivable' AND b.kind <> 'liquidation')::text AS refunded`,
    [order],
  );
  const entries = Object.entries(rows[0]!).map(([name, value]) => [name, BigInt(value)]);
  return Object.fromEntries(entries) as unknown as Figures;
}

/** Claims that are not what the lines and receipts of all returns add up to. */
async function strayClaims(order: string): Promise<unknown[]> {
  const { rows } = await world.admin.query(
    `SELECT c.line, c.claimed, c.settled, l.* FROM returns.claim c
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(greatest(expected, received + arriving)) FILTER (WHERE l.state NOT IN
         ('rejected', 'cancelled', 'expired', 'completed')), 0)
         + coalesce(sum(received) FILTER (WHERE l.state = 'completed'), 0) AS claims,
         coalesce(sum(refunded + refused), 0) AS settles, coalesce(sum(received), 0) AS received
       FROM returns.rma_line l JOIN returns.rma r USING (rma_id)
       WHERE r.sales_order = c.document AND l.order_line = c.line) l
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(returned), 0) AS returned FROM returns.shipment_claim s
       WHERE s.sales_order = c.document AND s.line = c.line) s
     WHERE c.document = $1
       AND (c.claimed <> l.claims OR c.settled <> l.settles OR s.returned <> l.received)`,
    [order],
  );
  return rows;
}

describe('whatever comes back in whatever order', () => {
  it.each(['moving_average', 'fifo', 'standard'])(
    'cost and money agree under %s',
    async (costMethod) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 3, maxLength: STEPS_MAX }),
          fc.integer({ min: 1, max: 5000 }),
          async (steps, cents) => {
            const standard = costMethod === 'standard' ? { standardUnitCost: '3.33' } : {};
            const item = await world.item({ costMethod, ...standard });
            await world.receive(item, '4', 'B1', { value: (cents / 100).toFixed(2) });
            await world.receive(item, '5', 'B1', { value: '13.37' });
            const lines = [
              { item, quantity: `${UNITS}`, unitPrice: '9.99', discount: '1.00', tax: '12.91' },
            ];
            const body = { channel: 'ANY', currency: 'USD', shippingCharge: '4.90' };
            const order = await world.sold(lines, body);
            const numbers: string[] = [];
            for (const one of [...BEGINNING, ...steps]) await take(order, item, numbers, one);
            const figures = await figuresOf(order);
            const net = figures.sold - figures.back + figures.liquidated;
            expect(await world.costOfSales(item)).toBe(net);
            expect(figures.ofSale <= figures.sold).toBe(true);
            expect(figures.refunded >= 0n && figures.refunded <= figures.billed).toBe(true);
            expect(await strayClaims(order)).toEqual([]);
          },
        ),
        { numRuns: RUNS, endOnFailure: true, examples: [[ASKED_TOO_LATE, 3888]] },
      );
    },
    180_000,
  );

  it('leaves a ledger that verifies', async () => {
    const report = await world.done('POST /v1/verify', { since: 'start' });
    expect(report.findings).toEqual([]);
  });
});
