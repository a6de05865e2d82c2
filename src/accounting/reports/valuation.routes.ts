import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { type App, instant } from '../../platform/http.ts';
import {
  currencyDigits,
  formatMoney,
  formatUnitCost,
  UNIT_COST_EXTRA_DIGITS,
} from '../../platform/money.ts';
import { divideRounded, formatDecimal } from '../../platform/quantity.ts';
import { type LayerOrigin, layerOrigins } from './layers.queries.ts';
import { reportRoute } from './report.ts';
import { asOfQuery, codeText, listOf, toAsOf } from './schemas.ts';
import { readValuation } from './valuation.read.ts';
import {
  SHARE_DIGITS,
  shareOf,
  VALUATION_DIMENSIONS,
  type ValuationDimension,
  type ValuationRow,
} from './valuation.ts';

const METHODS = ['moving_average', 'fifo', 'standard'] as const;

const valuationQuery = {
  ...asOfQuery,
  groupBy: listOf(VALUATION_DIMENSIONS)
    .default(['item', 'costSite'])
    .describe(`a comma list of ${VALUATION_DIMENSIONS.join(', ')}`),
  item: codeText.optional(),
  costSite: codeText.optional().describe('site whose cost pools they are'),
  site: codeText.optional().describe('where the units lie'),
  lot: codeText.optional(),
};

const valuationItem = z.object({
  item: z.string().optional(),
  owner: z.string().optional(),
  costSite: z.string().optional(),
  method: z.enum(METHODS).optional(),
  site: z.string().nullable().optional(),
  inTransit: z.boolean().optional().describe('on the way to the site'),
  lot: z.string().nullable().optional(),
  layer: z
    .object({
      receipt: z.string().describe('the movement that brought the layer in'),
      occurredAt: instant,
      document: z.object({ type: z.string(), number: z.string() }).nullable(),
    })
    .nullable()
    .optional()
    .describe('null where the pool has no layers'),
  items: z.int().describe('how many items it is about'),
  quantity: z.string().nullable().describe('null where it is about several items'),
  value: z.string(),
  unitCost: z.string().nullable(),
  share: z.string().describe('of the total value, 1 being all of it'),
});

const head = {
  currency: z.string(),
  by: z.enum(['recorded', 'occurred']),
  total: z.string().describe('value of all rows, of this page or not'),
};

/** Value by quantity in the finer scale of unit costs; null of nothing. */
function unitCostOf({ value, quantity, scale }: ValuationRow): bigint | null {
  if (quantity <= 0n) return null;
  return divideRounded(value * 10n ** BigInt(UNIT_COST_EXTRA_DIGITS + scale), quantity);
}

function show(
  row: ValuationRow,
  by: readonly ValuationDimension[],
  { total, digits, layers }: Shown,
): z.input<typeof valuationItem> {
  const has = (dimension: ValuationDimension) => by.includes(dimension);
  const cost = has('item') ? unitCostOf(row) : null;
  const layer = row.layer ? layers.get(row.layer) : undefined;
  return {
    ...(has('item') ? { item: row.item, method: METHODS[row.method - 1] } : {}),
    ...(has('owner') ? { owner: row.owner } : {}),
    ...(has('costSite') ? { costSite: row.costSite } : {}),
    ...(has('site') ? { site: row.site ?? null, inTransit: row.inTransit ?? false } : {}),
    ...(has('lot') ? { lot: row.lot ?? null } : {}),
    ...(has('layer')
      ? { layer: layer ? { ...layer, occurredAt: layer.occurredAt.toISOString() } : null }
      : {}),
    items: row.items,
    quantity: has('item') ? formatDecimal(row.quantity, row.scale) : null,
    value: formatMoney(row.value, digits),
    unitCost: cost === null ? null : formatUnitCost(cost, digits),
    share: formatDecimal(shareOf(row.value, total), SHARE_DIGITS),
  };
}

interface Shown {
  readonly total: bigint;
  readonly digits: number;
  readonly layers: ReadonlyMap<string, LayerOrigin>;
}

/** `GET /v1/books/valuation`. */
export function valuationRoutes(app: App, context: Context): void {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  reportRoute(app, {
    path: '/valuation',
    summary: 'What the stock is worth, now or at any instant',
    description:
      'By item, owner, site, lot or FIFO layer. The total is that of the inventory accounts. ' +
      'A lot or a place is worth its share of the cost pool by quantity; what rounding leaves ' +
      'over goes to the largest remainders, so that the parts add up to the pool.',
    query: valuationQuery,
    item: valuationItem,
    head,
    sorts: { code: ({ key }) => key, value: ({ value }) => value },
    sortDefault: 'code',
    keyOf: ({ key }: Keyed) => key,
    read: async (query, at) => {
      const { groupBy, item, costSite, site, lot } = query;
      const asOf = toAsOf(query, at);
      const valuation = await readValuation(context, {
        ...{ asOf, groupBy, item, costSite, site, lot },
      });
      const total = formatMoney(valuation.total, digits);
      return {
        head: { currency, by: asOf.by, total },
        at: new Date(valuation.at).toISOString(),
        rows: valuation.rows.map((row) => ({
          ...row,
          groupBy,
          total: valuation.total,
          layers: NO_LAYERS,
          digits,
        })),
      };
    },
    complete: async (rows) => {
      const receipts = rows.flatMap(({ layer }) => (layer ? [layer] : []));
      if (receipts.length === 0) return rows;
      const layers = await readAs(context.database, 'house', (tx) => layerOrigins(tx, receipts));
      return rows.map((row) => ({ ...row, layers }));
    },
    show: (row) => show(row, row.groupBy, row),
  });
}

type Keyed = ValuationRow & Shown & { readonly groupBy: readonly ValuationDimension[] };

const NO_LAYERS: ReadonlyMap<string, LayerOrigin> = new Map();
