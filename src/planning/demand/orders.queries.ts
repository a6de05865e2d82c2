import type { Tx } from '../../platform/database.ts';
import { currencyDigits, UNIT_COST_EXTRA_DIGITS } from '../../platform/money.ts';
import { divideRounded } from '../../platform/quantity.ts';
import { convertMoney } from '../../platform/rates.ts';
import { addDeltas, type Delta } from './apply.queries.ts';
import type { SeriesKey } from './types.ts';

/** What a line counts for at one site. */
interface OrderDemand extends SeriesKey {
  readonly orderId: string;
  readonly line: number;
  readonly day: number;
  readonly quantity: bigint;
  readonly amount: bigint;
}

interface LineRow {
  sales_order_id: string;
  line: number;
  site_id: number;
  owner_id: number;
  item_id: number;
  day: number;
  quantity: bigint;
  asked: bigint;
  unit_price: bigint;
  discount: bigint;
  currency: string;
  rate: string | null;
  scale: number;
}

// A part that waits for any site counts for the site that the customer asked for, else for the
// first of its channel, else for the house's oldest fulfilment centre.
const LINES = `WITH house AS (
    SELECT site_id FROM network.site WHERE active AND type = 'fulfilment_centre'
    ORDER BY site_id LIMIT 1
  ), part AS (
    SELECT o.sales_order_id, l.line, o.owner_id, l.item_id,
      coalesce(p.site_id, l.site_id, preferred.site_id, (SELECT site_id FROM house)) AS site_id,
      sum(p.quantity) FILTER (WHERE p.state <> 'cancelled' OR $2::boolean)::bigint AS quantity,
      l.quantity AS asked, l.unit_price, l.discount, o.currency, trim_scale(o.rate)::text AS rate,
      o.created_at
    FROM outbound.sales_order o
    JOIN outbound.sales_order_line l ON l.sales_order_id = o.sales_order_id
    JOIN outbound.line_part p ON p.sales_order_id = l.sales_order_id AND p.line = l.line
    LEFT JOIN outbound.channel c ON c.channel_id = o.channel_id
    LEFT JOIN network.site preferred ON preferred.code = c.sites ->> 0
    WHERE o.number = ANY($1)
    GROUP BY 1, 2, 4, 5, l.quantity, l.unit_price, l.discount
  )
  SELECT part.sales_order_id, part.line, part.site_id, part.owner_id, part.item_id,
    (part.created_at AT TIME ZONE s.time_zone)::date - date '1970-01-01' AS day, part.quantity,
    part.asked, part.unit_price, part.discount, part.currency, part.rate,
    i.quantity_scale AS scale
  FROM part
  JOIN network.site s ON s.site_id = part.site_id
  JOIN catalog.item i ON i.item_id = part.item_id
  WHERE part.quantity > 0
  ORDER BY 1, 2, 3`;

/** Net of discount and before tax, in minor units of the house currency; 0 of others' goods. */
function amountOf(row: LineRow, houseCurrency: string): bigint {
  if (row.rate === null) return 0n;
  const finer = 10n ** BigInt(UNIT_COST_EXTRA_DIGITS + row.scale);
  const gross = divideRounded(row.quantity * row.unit_price, finer);
  const net = gross - divideRounded(row.discount * row.quantity, row.asked);
  const from = currencyDigits(row.currency);
  return convertMoney(net, row.rate, from, currencyDigits(houseCurrency));
}

/** How sales order lines become demand. */
export interface OrderRules {
  readonly countsCancelled: boolean;
  readonly houseCurrency: string;
}

async function readOrderDemand(
  tx: Tx,
  numbers: readonly string[],
  rules: OrderRules,
): Promise<OrderDemand[]> {
  const { rows } = await tx.query<LineRow>(LINES, [[...numbers], rules.countsCancelled]);
  return rows.map((row) => ({
    orderId: row.sales_order_id,
    line: row.line,
    siteId: row.site_id,
    ownerId: row.owner_id,
    itemId: row.item_id,
    day: row.day,
    quantity: row.quantity,
    amount: amountOf(row, rules.houseCurrency),
  }));
}

async function readTakenIn(tx: Tx, numbers: readonly string[]): Promise<OrderDemand[]> {
  const { rows } = await tx.query<Omit<LineRow, 'asked'> & { amount: bigint }>(
    `SELECT t.sales_order_id, t.line, t.site_id, t.owner_id, t.item_id, t.day, t.quantity, t.amount
     FROM outbound.sales_order o
     JOIN planning.order_demand t ON t.sales_order_id = o.sales_order_id
     WHERE o.number = ANY($1)`,
    [[...numbers]],
  );
  return rows.map((row) => ({
    orderId: row.sales_order_id,
    line: row.line,
    siteId: row.site_id,
    ownerId: row.owner_id,
    itemId: row.item_id,
    day: row.day,
    quantity: row.quantity,
    amount: row.amount,
  }));
}

function keyOf({ orderId, line, siteId }: OrderDemand): string {
  return `${orderId} ${line} ${siteId}`;
}

function toDelta(entry: OrderDemand, sign: 1 | -1): Delta {
  const { itemId, siteId, ownerId, day } = entry;
  return {
    itemId,
    siteId,
    ownerId,
    day,
    quantity: sign * Number(entry.quantity),
    lines: sign,
    amount: sign * Number(entry.amount),
  };
}

function isSame(a: OrderDemand, b: OrderDemand | undefined): boolean {
  return b?.quantity === a.quantity && b.amount === a.amount && b.day === a.day;
}

async function removeEntries(tx: Tx, entries: readonly OrderDemand[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `DELETE FROM planning.order_demand t
     USING unnest($1::uuid[], $2::integer[], $3::integer[]) AS k(sales_order_id, line, site_id)
     WHERE t.sales_order_id = k.sales_order_id AND t.line = k.line AND t.site_id = k.site_id`,
    [
      entries.map(({ orderId }) => orderId),
      entries.map(({ line }) => line),
      entries.map(({ siteId }) => siteId),
    ],
  );
}

async function insertEntries(tx: Tx, entries: readonly OrderDemand[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `INSERT INTO planning.order_demand (sales_order_id, line, site_id, owner_id, item_id, day,
       quantity, amount)
     SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::integer[],
       $6::integer[], $7::bigint[], $8::bigint[])`,
    [
      entries.map(({ orderId }) => orderId),
      entries.map(({ line }) => line),
      entries.map(({ siteId }) => siteId),
      entries.map(({ ownerId }) => ownerId),
      entries.map(({ itemId }) => itemId),
      entries.map(({ day }) => day),
      entries.map(({ quantity }) => quantity),
      entries.map(({ amount }) => amount),
    ],
  );
}

/**
 * Takes in sales orders as they are now: what they counted for before is taken off, what they
 * count for now is added. Numbers that are no sales orders of this system do nothing.
 * @param excluded numbers that count for nothing because a user says so.
 */
export async function takeInOrders(
  tx: Tx,
  numbers: readonly string[],
  excluded: ReadonlySet<string>,
  rules: OrderRules,
): Promise<void> {
  const counted = numbers.filter((number) => !excluded.has(number));
  const now = await readOrderDemand(tx, counted, rules);
  const before = await readTakenIn(tx, numbers);
  const nowByKey = new Map(now.map((entry) => [keyOf(entry), entry]));
  const beforeByKey = new Map(before.map((entry) => [keyOf(entry), entry]));
  const gone = before.filter((entry) => !isSame(entry, nowByKey.get(keyOf(entry))));
  const added = now.filter((entry) => !isSame(entry, beforeByKey.get(keyOf(entry))));
  await removeEntries(tx, gone);
  await insertEntries(tx, added);
  const deltas = [
    ...gone.map((entry) => toDelta(entry, -1)),
    ...added.map((entry) => toDelta(entry, 1)),
  ];
  await addDeltas(tx, 'orders', deltas);
}

/** Entries of sales orders' trails after one, oldest first. */
export async function readTrail(
  tx: Tx,
  after: string,
  limit: number,
): Promise<{ historyId: string; number: string }[]> {
  const { rows } = await tx.query<{ historyId: string; number: string }>(
    `SELECT history_id AS "historyId", document_number AS number
     FROM platform.document_history
     WHERE history_id > $1 AND document_type = 'sales_order'
     ORDER BY history_id LIMIT $2`,
    [after, limit],
  );
  return rows;
}

const MILLISECOND_DIGITS = 12;
const HEX = 16;

/** The lowest id that could have been made `ms` before a time-ordered one (RFC 9562, 5.7). */
export function idBefore(id: string, ms: number): string {
  const digits = id.replaceAll('-', '').slice(0, MILLISECOND_DIGITS);
  const earlier = Math.max(0, Number.parseInt(digits, HEX) - ms);
  const hex = earlier.toString(HEX).padStart(MILLISECOND_DIGITS, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
