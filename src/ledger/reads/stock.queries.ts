import type { Tx } from '../../platform/database.ts';
import type { CursorValue } from '../../platform/http.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { journalOf } from '../posting/poster.ts';
import { type AsOf, type Undone, undoneSince, undoneTable } from './as-of.queries.ts';
import { filterSql, type PositionFilter, parameterList } from './filter.ts';
import { journalCount } from './resolve.queries.ts';

/** What stock can be grouped by, in the order in which rows are sorted. */
export const STOCK_DIMENSIONS = [
  'item',
  'site',
  'location',
  'lot',
  'owner',
  'disposition',
  'lpn',
] as const;
export type StockDimension = (typeof STOCK_DIMENSIONS)[number];

/** The code of each dimension; where a position has none, the empty text. */
const CODES: Readonly<Record<StockDimension, string>> = {
  item: 'i.sku',
  site: "coalesce(s.code, '')",
  location: 'l.code',
  lot: "coalesce(lot.code, '')",
  owner: 'o.code',
  disposition: 'd.code',
  lpn: "coalesce(u.lpn, '')",
};

export interface StockQuery {
  readonly filter: PositionFilter;
  readonly groupBy: readonly StockDimension[];
  readonly asOf: AsOf | undefined;
  /** Codes of the last row of the page before, in the order of the dimensions. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

export interface StockRow {
  readonly codes: Readonly<Partial<Record<StockDimension, string>>>;
  readonly expiresOn: string | null;
  /** `<journal>-<position>` where every dimension is asked for, so that a row is one position. */
  readonly position: string | null;
  readonly onHand: string;
  readonly inTransit: string;
  /** Null as of an instant: promises are not part of the past. */
  readonly allocated: string | null;
  readonly keys: readonly CursorValue[];
}

/** Sums over items of different scales are taken at the finest scale there is. */
const SCALE_MAX = 6;

interface Row extends Record<string, unknown> {
  expires_on: string | null;
  position: string | null;
  scale: number | null;
  on_hand: string;
  in_transit: string;
  allocated: string;
}

/**
 * Stock by the dimensions asked for, sorted by their codes. Rows without units are left out. Units
 * in transit are counted apart: they are nobody's to pick.
 */
export async function selectStock(tx: Tx, query: StockQuery): Promise<StockRow[]> {
  return isBroad(query) ? selectByItems(tx, query) : selectGroups(tx, query);
}

/** Whether a page of it is a small part of a great many positions, in the order of their items. */
function isBroad({ filter, groupBy }: StockQuery): boolean {
  const { itemId, locationId, lotIds, handlingUnitId } = filter;
  const narrow = [itemId, locationId, lotIds, handlingUnitId].some((part) => part !== undefined);
  return groupBy[0] === 'item' && !narrow;
}

const ITEMS_MIN = 50;
const ITEMS_MAX = 4_000;

/**
 * A page of a listing by items: so many items as fill it, O(page) and not O(all positions). Items
 * without stock are passed over in ever larger steps.
 */
async function selectByItems(tx: Tx, query: StockQuery): Promise<StockRow[]> {
  const journals = Math.max(1, await journalCount(tx));
  // In the order written every join is a look-up; row-level security misleads the planner.
  await tx.query('SET LOCAL join_collapse_limit = 1');
  const rows: StockRow[] = [];
  let from: { sku: string; inclusive: boolean } | null = null;
  if (query.after) from = { sku: query.after[0] ?? '', inclusive: true };
  for (let step = ITEMS_MIN; ; step = Math.min(ITEMS_MAX, step * 4)) {
    const items = await selectItems(tx, from, step);
    const itemIds = items.map((item) => item.item_id);
    const inJournals = [...new Set(itemIds.map((id) => journalOf(id, journals)))];
    const filter = { ...query.filter, items: { journals: inJournals, itemIds } };
    const limit = query.limit - rows.length;
    if (itemIds.length > 0) rows.push(...(await selectGroups(tx, { ...query, filter, limit })));
    const last = items.at(-1);
    if (!last || items.length < step || rows.length >= query.limit) return rows;
    from = { sku: last.sku, inclusive: false };
  }
}

async function selectItems(
  tx: Tx,
  from: { sku: string; inclusive: boolean } | null,
  limit: number,
): Promise<{ item_id: number; sku: string }[]> {
  const { rows } = await tx.query<{ item_id: number; sku: string }>(
    `SELECT item_id, sku FROM catalog.item
     WHERE $1::text IS NULL OR sku > $1 OR (sku = $1 AND $2) ORDER BY sku LIMIT $3`,
    [from?.sku ?? null, from?.inclusive ?? false, limit],
  );
  return rows;
}

async function selectGroups(tx: Tx, query: StockQuery): Promise<StockRow[]> {
  const undone = query.asOf ? await undoneSince(tx, query.filter, query.asOf) : null;
  const { text, values } = stockSql(query, undone);
  const { rows } = await tx.query<Row>(text, values);
  return rows.map((row) => toStockRow(query, row));
}

function stockSql(query: StockQuery, undone: Undone | null): { text: string; values: unknown[] } {
  const { filter, groupBy } = query;
  const { values, bind } = parameterList();
  const byItem = groupBy.includes('item');
  const one = groupBy.length === STOCK_DIMENSIONS.length;
  const codes = groupBy.map((name) => `${CODES[name]} AS "${name}"`);
  const held = undone ? '(b.on_hand - coalesce(past.delta, 0))' : 'b.on_hand';
  const factor = byItem ? '' : ` * (10::numeric ^ (${SCALE_MAX} - i.quantity_scale)::numeric)`;
  const sum = (figure: string, condition: string) =>
    `coalesce(sum((${figure})::numeric${factor}) FILTER (WHERE ${condition}), 0)`;
  const [onHand, inTransit, allocated] = [
    sum(
      held,
      filter.locationId === undefined ? 'NOT l.is_virtual' : 'NOT (p.is_real AND l.is_virtual)',
    ),
    sum(held, 'p.is_real AND l.is_virtual'),
    sum('b.allocated', 'true'),
  ];
  const conditions = [filterSql(filter, bind, 'p', 'l')];
  // A virtual location is shown when it is asked for by name.
  if (filter.locationId === undefined) conditions.push('p.is_real');
  const after = query.after?.map((code) => `${bind(code)}::text`);
  if (after) {
    const keys = groupBy.map((name) => `(${CODES[name]})::text`);
    conditions.push(`(${keys.join(', ')}) > (${after.join(', ')})`);
  }
  const order = groupBy.map((name) => `"${name}"`).join(', ');
  const text = `SELECT ${codes.join(', ')},
      ${byItem ? 'i.quantity_scale' : 'NULL::integer'} AS scale,
      ${groupBy.includes('lot') ? 'min(lot.expires_on)::text' : 'NULL::text'} AS expires_on,
      ${one ? "min(p.journal || '-' || p.position_id)" : 'NULL::text'} AS position,
      trunc(${onHand})::text AS on_hand, trunc(${inTransit})::text AS in_transit,
      trunc(${allocated})::text AS allocated
    FROM ledger.position p
    JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
    ${undone ? undoneJoin(undone, bind) : ''}
    JOIN catalog.item i ON i.item_id = p.item_id
    JOIN network.location l ON l.location_id = p.location_id
    LEFT JOIN network.site s ON s.site_id = p.site_id
    LEFT JOIN ledger.lot lot ON lot.journal = p.journal AND lot.lot_id = p.lot_id
    JOIN sellers.owner o ON o.owner_id = p.owner_id
    JOIN ledger.disposition d ON d.disposition_id = p.disposition_id
    LEFT JOIN ledger.handling_unit u ON u.handling_unit_id = p.handling_unit_id
    WHERE ${conditions.join(' AND ')}
    GROUP BY ${groupBy.map((name) => CODES[name]).join(', ')}${byItem ? ', i.quantity_scale' : ''}
    HAVING ${onHand} <> 0 OR ${inTransit} <> 0
    ORDER BY ${order} LIMIT ${bind(query.limit)}`;
  return { text, values };
}

function undoneJoin(undone: Undone, bind: (value: unknown) => string): string {
  return `LEFT JOIN ${undoneTable(undone, bind).replace(' AS u(', ' AS past(')}
    ON past.journal = p.journal AND past.position_id = p.position_id`;
}

function toStockRow(query: StockQuery, row: Row): StockRow {
  const figure = (text: string) =>
    row.scale === null
      ? trimZeros(formatDecimal(BigInt(text), SCALE_MAX))
      : formatDecimal(BigInt(text), row.scale);
  const codes = query.groupBy.map((name) => [name, String(row[name])] as const);
  return {
    codes: Object.fromEntries(codes),
    expiresOn: row.expires_on,
    position: row.position,
    onHand: figure(row.on_hand),
    inTransit: figure(row.in_transit),
    allocated: query.asOf ? null : figure(row.allocated),
    keys: codes.map(([, code]) => code),
  };
}

/** '12.500000' as '12.5': a sum over items has no scale of its own. */
function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, '');
}
