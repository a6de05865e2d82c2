import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, instant } from '../../platform/http.ts';
import {
  currencyDigits,
  formatMoney,
  formatUnitCost,
  UNIT_COST_EXTRA_DIGITS,
} from '../../platform/money.ts';
import { divideRounded, formatDecimal } from '../../platform/quantity.ts';
import { REPORT_TIMEOUT_MS } from './report.ts';
import { type ExplainedMovement, readSaleCost, type SaleCost } from './sale-cost.read.ts';
import { codeText } from './schemas.ts';

const documentAnswer = z.object({ type: z.string(), number: z.string() }).nullable();
const sourceAnswer = z.object({
  movement: z.string(),
  kind: z.string(),
  document: documentAnswer,
  occurredAt: instant,
  quantity: z.string(),
  value: z.string(),
  unitCost: z.string(),
});

const movementAnswer = z.object({
  movement: z.string(),
  kind: z.string(),
  item: z.string(),
  document: documentAnswer,
  occurredAt: instant,
  bookedOn: z.string(),
  quantity: z.string(),
  cost: z.string().describe('as it was posted; negative where goods came back'),
  unitCost: z.string(),
  costSite: z.string().nullable(),
  method: z.enum(['moving_average', 'fifo', 'standard']).nullable(),
  layers: z.array(sourceAnswer).describe('FIFO: what was taken of which receipt'),
  pool: z
    .object({ quantity: z.string(), value: z.string(), unitCost: z.string() })
    .nullable()
    .describe('moving average: what the pool held right before'),
  receipts: z.array(sourceAnswer).describe('moving average: the last that came into the pool'),
  lateCosts: z.array(
    z.object({
      valueEntry: z.string(),
      receipt: z.string().describe('the movement whose cost it corrects'),
      reason: z.string().nullable(),
      document: documentAnswer,
      bookedOn: z.string(),
      amount: z.string().describe('the share of these units'),
    }),
  ),
});

const saleAnswer = z.object({
  currency: z.string(),
  document: z.object({ type: z.string(), number: z.string() }),
  revenue: z.string().describe('with discounts, shipping and refunds, without tax'),
  cost: z.string().describe('posted and late, less what came back'),
  lateCost: z.string(),
  margin: z.string(),
  bookings: z.array(
    z.object({
      account: z.string(),
      amount: z.string().describe('a debit is positive'),
      entries: z.array(z.string()),
    }),
  ),
  movements: z.array(movementAnswer),
});

const METHODS = ['moving_average', 'fifo', 'standard'] as const;
const REVENUE_PURPOSES = new Set(['revenue', 'refunds']);

const documentOf = (row: { documentType: string | null; documentNumber: string | null }) =>
  row.documentType === null ? null : { type: row.documentType, number: row.documentNumber ?? '' };

interface Amounts {
  readonly quantity: bigint;
  readonly value: bigint;
}

/** Quantity, value and what one base unit is worth of it. */
function amountsOf({ quantity, value }: Amounts, scale: number, digits: number) {
  const cost =
    quantity === 0n
      ? 0n
      : divideRounded(value * 10n ** BigInt(UNIT_COST_EXTRA_DIGITS + scale), quantity);
  return {
    quantity: formatDecimal(quantity, scale),
    value: formatMoney(value, digits),
    unitCost: formatUnitCost(cost, digits),
  };
}

function showMovement(
  { movement, layers, before, receipts, late }: ExplainedMovement,
  digits: number,
): z.input<typeof movementAnswer> {
  const { scale, sign } = movement;
  const { quantity, unitCost } = amountsOf(movement, scale, digits);
  const source = (row: (typeof receipts)[number] | (typeof layers)[number], seq: bigint) => ({
    movement: `${row.journal}-${seq}`,
    kind: row.kind,
    document: documentOf(row),
    occurredAt: row.occurredAt.toISOString(),
    ...amountsOf(row, scale, digits),
  });
  return {
    movement: `${movement.journal}-${movement.seq}`,
    kind: movement.kind,
    item: movement.item,
    document: documentOf(movement),
    occurredAt: movement.occurredAt.toISOString(),
    bookedOn: movement.bookedOn,
    quantity,
    cost: formatMoney(BigInt(sign) * movement.value, digits),
    unitCost,
    costSite: movement.costSite,
    method: movement.method === null ? null : (METHODS[movement.method - 1] ?? null),
    layers: layers.map((layer) => source(layer, layer.layerSeq)),
    pool: before ? amountsOf(before, scale, digits) : null,
    receipts: before ? receipts.map((receipt) => source(receipt, receipt.seq)) : [],
    lateCosts: late.map(({ entry, amount }) => ({
      valueEntry: `${entry.journal}-${entry.seq}`,
      receipt: `${entry.journal}-${entry.causeSeq}`,
      reason: entry.reason,
      document: documentOf(entry),
      bookedOn: entry.bookedOn,
      amount: formatMoney(amount, digits),
    })),
  };
}

function totalsOf({ movements, bookings }: SaleCost) {
  const revenue = bookings
    .filter(({ purpose }) => REVENUE_PURPOSES.has(purpose ?? ''))
    .reduce((sum, { amount }) => sum - amount, 0n);
  const posted = movements.reduce(
    (sum, { movement }) => sum + BigInt(movement.sign) * movement.value,
    0n,
  );
  const late = movements.flatMap((movement) => movement.late);
  const lateCost = late.reduce((sum, { amount }) => sum + amount, 0n);
  return { revenue, lateCost, cost: posted + lateCost, margin: revenue - posted - lateCost };
}

/** `GET /v1/books/cost-of-sale/{type}/{number}`. */
export function saleCostRoutes(app: App, context: Context): void {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  app.get(
    '/v1/books/cost-of-sale/:type/:number',
    {
      config: { scope: 'books:read' },
      handlerTimeout: REPORT_TIMEOUT_MS,
      schema: {
        tags: ['Accounting'],
        summary: 'What a sale cost, and why: its movements, their layers or pool, their receipts',
        params: z.object({
          type: codeText.describe('of the document, such as `sales_order`'),
          number: codeText.describe('of a sales order, a shipment, a return'),
        }),
        response: { 200: saleAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { type, number } = request.params;
      const sale = await readSaleCost(context, type, number);
      const totals = totalsOf(sale);
      return {
        currency,
        document: { type, number },
        revenue: formatMoney(totals.revenue, digits),
        cost: formatMoney(totals.cost, digits),
        lateCost: formatMoney(totals.lateCost, digits),
        margin: formatMoney(totals.margin, digits),
        bookings: sale.bookings.map(({ account, amount, entries }) => ({
          account,
          amount: formatMoney(amount, digits),
          entries: entries.map(String),
        })),
        movements: sale.movements.map((movement) => showMovement(movement, digits)),
      };
    },
  );
}
