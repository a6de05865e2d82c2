import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import type { App } from '../../platform/http.ts';
import { currencyDigits, formatMoney, formatUnitCost } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { COST_METHOD } from '../posting/commands.ts';
import { unitCostOf } from '../posting/cost.ts';
import { accountTotals, advanceCheckpoints, INVENTORY_ACCOUNT } from './accounts.queries.ts';
import { filterSql, parameterList } from './filter.ts';
import { keysetPage } from './keyset.queries.ts';
import { listRoute, type Page } from './list.routes.ts';
import { resolveFilter } from './resolve.queries.ts';
import { codeText, instantQuery, ledgerIdText } from './schemas.ts';

const METHODS = Object.keys(COST_METHOD) as [keyof typeof COST_METHOD];

const layerAnswer = z.object({
  receipt: ledgerIdText.describe('the movement that brought the layer in'),
  quantity: z.string(),
  value: z.string(),
});
const poolAnswer = z.object({
  item: z.string(),
  owner: z.string(),
  costSite: z.string(),
  method: z.enum(METHODS),
  quantity: z.string(),
  value: z.string(),
  unitCost: z
    .string()
    .nullable()
    .describe('value by quantity; of an empty pool the standard or last cost, null when unknown'),
  layers: z.array(layerAnswer).optional().describe('FIFO: what is left, oldest first'),
});
type PoolAnswer = z.output<typeof poolAnswer>;

const poolQuery = {
  item: codeText.optional(),
  owner: codeText.optional(),
  site: codeText.optional().describe('cost site'),
  layers: z.stringbool().default(false),
};
type PoolQuery = z.output<z.ZodObject<typeof poolQuery>> & {
  cursor?: string | undefined;
  limit: number;
};

interface PoolRow {
  journal: number;
  cost_pool_id: bigint;
  sku: string;
  owner: string;
  cost_site: string;
  method: number;
  quantity: bigint;
  value: bigint;
  unit_cost: bigint;
  scale: number;
}
type PoolItem = PoolAnswer & { key: string; scale: number };

const POOLS = `SELECT t.journal, t.cost_pool_id, i.sku, o.code AS owner, s.code AS cost_site,
    t.method, t.quantity, t.value, t.unit_cost, t.quantity_scale AS scale
  FROM ledger.cost_pool t
  JOIN catalog.item i ON i.item_id = t.item_id
  JOIN sellers.owner o ON o.owner_id = t.owner_id
  JOIN network.site s ON s.site_id = t.cost_site_id`;

function toPool(row: PoolRow, digits: number): PoolItem {
  const unitCost =
    row.quantity > 0n ? unitCostOf(row.value, row.quantity, row.scale) : row.unit_cost;
  return {
    key: `${row.journal}:${row.cost_pool_id}`,
    scale: row.scale,
    item: row.sku,
    owner: row.owner,
    costSite: row.cost_site,
    method: METHODS.find((name) => COST_METHOD[name] === row.method) ?? METHODS[0],
    quantity: formatDecimal(row.quantity, row.scale),
    value: formatMoney(row.value, digits),
    unitCost: row.quantity === 0n && unitCost === 0n ? null : formatUnitCost(unitCost, digits),
  };
}

async function listPools(
  context: Context,
  principal: Principal,
  query: PoolQuery,
): Promise<Page<PoolAnswer>> {
  const digits = currencyDigits(context.config.currency);
  return readSnapshotAs(context.database, principal.scope, async (tx) => {
    const { values, bind } = parameterList();
    const { item, owner, site } = query;
    const { filter } = await resolveFilter(tx, { item, owner, site });
    const { siteId, ...rest } = filter;
    const conditions = [filterSql(rest, bind, 't', 'none')];
    if (siteId !== undefined) conditions.push(`t.cost_site_id = ${bind(siteId)}`);
    const page = await keysetPage<PoolRow, PoolItem>(tx, {
      select: POOLS,
      conditions,
      values,
      bind,
      keys: [
        { expression: 'i.sku', sqlType: 'text' },
        { expression: 'o.code', sqlType: 'text' },
        { expression: 's.code', sqlType: 'text' },
      ],
      descending: false,
      limit: query.limit,
      cursor: query.cursor,
      toItem: (row) => toPool(row, digits),
    });
    const layers = query.layers ? await layersOf(tx, page.items, digits) : null;
    const items = page.items.map(({ key, scale: _, ...pool }) =>
      layers ? { ...pool, layers: layers.get(key) ?? [] } : pool,
    );
    return { items, nextCursor: page.nextCursor };
  });
}

async function layersOf(
  tx: Tx,
  pools: readonly PoolItem[],
  digits: number,
): Promise<Map<string, z.output<typeof layerAnswer>[]>> {
  const { rows } = await tx.query<{
    journal: number;
    cost_pool_id: bigint;
    layer_seq: bigint;
    quantity_left: bigint;
    value_left: bigint;
  }>(
    `SELECT l.journal, l.cost_pool_id, l.layer_seq, l.quantity_left, l.value_left
     FROM unnest($1::integer[], $2::bigint[]) AS k(journal, cost_pool_id)
     JOIN ledger.cost_layer l ON l.journal = k.journal AND l.cost_pool_id = k.cost_pool_id
     WHERE l.quantity_left > 0 ORDER BY l.journal, l.cost_pool_id, l.layer_seq`,
    [pools.map((pool) => pool.key.split(':')[0]), pools.map((pool) => pool.key.split(':')[1])],
  );
  const scales = new Map(pools.map((pool) => [pool.key, pool.scale]));
  const layers = new Map<string, z.output<typeof layerAnswer>[]>();
  for (const row of rows) {
    const key = `${row.journal}:${row.cost_pool_id}`;
    const list = layers.get(key) ?? [];
    list.push({
      receipt: `${row.journal}-${row.layer_seq}`,
      quantity: formatDecimal(row.quantity_left, scales.get(key) ?? 0),
      value: formatMoney(row.value_left, digits),
    });
    layers.set(key, list);
  }
  return layers;
}

const accountsAnswer = z.object({
  currency: z.string(),
  items: z.array(
    z.object({
      account: z.string().describe('`inventory`, or the code of a virtual location'),
      value: z.string().describe('what went there less what came from there'),
    }),
  ),
  total: z.string().describe('always zero: money only moves'),
});

async function readAccounts(
  context: Context,
  principal: Principal,
  query: { at?: string | undefined; by: 'recorded' | 'occurred' },
): Promise<z.output<typeof accountsAnswer>> {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  const asOf = query.at === undefined ? undefined : { at: Date.parse(query.at), by: query.by };
  await advanceCheckpoints(context.database);
  const { totals, names } = await readSnapshotAs(context.database, principal.scope, async (tx) => ({
    totals: await accountTotals(tx, asOf),
    names: await locationCodes(tx),
  }));
  const inventory = totals.get(INVENTORY_ACCOUNT) ?? 0n;
  const others = [...totals]
    .filter(([id]) => id !== INVENTORY_ACCOUNT)
    .map(([id, value]) => ({ account: names.get(id) ?? `#${id}`, value }))
    .sort((a, b) => (a.account < b.account ? -1 : 1));
  const total = others.reduce((sum, { value }) => sum + value, inventory);
  return {
    currency,
    items: [{ account: 'inventory', value: inventory }, ...others].map(({ account, value }) => ({
      account,
      value: formatMoney(value, digits),
    })),
    total: formatMoney(total, digits),
  };
}

async function locationCodes(tx: Tx): Promise<Map<number, string>> {
  const { rows } = await tx.query<{ location_id: number; code: string }>(
    'SELECT location_id, code FROM network.location WHERE is_virtual',
  );
  return new Map(rows.map((row) => [row.location_id, row.code]));
}

/** Valuation: cost pools and accounts. */
export function valueRoutes(app: App, context: Context): void {
  listRoute(app, context, {
    path: '/cost-pools',
    summary: 'What the stock is worth, by item, owner and cost site',
    query: poolQuery,
    item: poolAnswer,
    read: listPools,
  });
  app.get(
    '/v1/accounts',
    {
      config: { scope: 'ledger:read' },
      handlerTimeout: 60_000,
      schema: {
        tags: ['Ledger'],
        summary: 'Value of the inventory and of every account outside it, now or at any instant',
        querystring: z.object(instantQuery),
        response: { 200: accountsAnswer },
      },
    },
    (request) => readAccounts(context, request.principal, request.query),
  );
}
