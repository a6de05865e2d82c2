import { decodeBigints, decodeInt4 } from '../ledger/index.ts';
import { formatDay } from '../network/index.ts';
import type { Tx } from '../platform/database.ts';
import { type AnnouncedLine, expectedParts, type OpenLine } from './asn.ts';

/** Units that are on their way to us. */
export interface ExpectedReceipt {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  /** Base units at the item's scale. */
  readonly quantity: bigint;
  /** YYYY-MM-DD. */
  readonly expectedOn: string;
  readonly document: { readonly type: string; readonly number: string };
  readonly line: number;
}

interface OpenRow extends OpenLine {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly number: string;
}

/** Stands for no date among days since 1970. */
const NO_DAY = -1_000_000;

/**
 * Open lines of purchase orders, read as columns: thousands of them are asked for at a time. Lines
 * come first, because the planner takes row-level security for a filter that keeps next to
 * nothing, and would walk all purchase orders there are.
 */
const NUMBERS = ['item_id', 'site_id', 'owner_id', 'purchase_order_id', 'line', 'day', 'open'];
const OPEN_LINES = `SELECT ${NUMBERS.map((name) => `array_send(array_agg(${name}))`).join(', ')},
    string_agg(number, ',')
  FROM (
    WITH l AS MATERIALIZED (
      SELECT item_id, purchase_order_id, line, quantity - received AS open,
        coalesce(coalesce(confirmed_on, expected_on) - DATE '1970-01-01', ${NO_DAY}) AS day
      FROM inbound.purchase_order_line
      WHERE item_id = ANY($1) AND quantity > received
        AND state IN ('approved', 'sent', 'confirmed', 'partly_received'))
    SELECT l.item_id, o.site_id, o.owner_id, l.purchase_order_id, l.line, l.day, l.open, o.number
    FROM l JOIN inbound.purchase_order o ON o.purchase_order_id = l.purchase_order_id
    ORDER BY l.day, l.purchase_order_id, l.line) f`;

async function readOpenLines(tx: Tx, itemIds: string): Promise<OpenRow[]> {
  const query = { name: 'inbound-open-lines', text: OPEN_LINES, rowMode: 'array' };
  const { rows } = await tx.query({ ...query, values: [itemIds] } as unknown as string);
  const columns = rows[0] as unknown as (Buffer | null)[];
  const at = (name: string) => decodeInt4(columns[NUMBERS.indexOf(name)] ?? null);
  const [items, sites, owners] = [at('item_id'), at('site_id'), at('owner_id')];
  const [orders, lines, days] = [at('purchase_order_id'), at('line'), at('day')];
  const open = decodeBigints(columns[NUMBERS.indexOf('open')] ?? null);
  const numbers = String(columns[NUMBERS.length] ?? '').split(',');
  const dates = new Map<number, string | null>([[NO_DAY, null]]);
  return items.map((itemId, i) => {
    const day = days[i]!;
    let expectedOn = dates.get(day);
    if (expectedOn === undefined) {
      expectedOn = formatDay(day);
      dates.set(day, expectedOn);
    }
    return {
      ...{ itemId, siteId: sites[i]!, ownerId: owners[i]!, number: numbers[i]! },
      ...{ orderId: orders[i]!, line: lines[i]!, open: open[i]!, expectedOn },
    };
  });
}

/**
 * What purchase orders that are approved, sent or confirmed still bring, oldest date first: on the
 * confirmed date, else the expected one; where a notice covers a quantity, on the notice's date.
 * What has no date at all is left out: nothing can be promised on it.
 * @param tx a reader's transaction; row-level security applies.
 */
export async function readExpectedReceipts(
  tx: Tx,
  { itemIds }: { readonly itemIds: readonly number[] },
): Promise<ExpectedReceipt[]> {
  const wanted = `{${itemIds.join(',')}}`;
  const lines = await readOpenLines(tx, wanted);
  const { rows: announced } = await tx.query<AnnouncedLine>(
    `SELECT l.purchase_order_id AS "orderId", l.purchase_order_line AS line, a.number,
       l.line AS "asnLine", l.quantity - l.received AS open, a.expected_on::text AS "expectedOn"
     FROM inbound.asn_line l JOIN inbound.asn a ON a.asn_id = l.asn_id
     WHERE l.item_id = ANY($1) AND l.quantity > l.received
       AND a.state IN ('announced', 'partly_received')
     ORDER BY a.asn_id, l.line`,
    [wanted],
  );
  if (announced.length === 0) return lines.flatMap(unannounced);
  const byKey = new Map(lines.map((line) => [`${line.orderId}/${line.line}`, line]));
  return expectedParts(lines, announced)
    .map(({ orderId, line, quantity, expectedOn, asn }) => {
      const { itemId, siteId, ownerId, number } = byKey.get(`${orderId}/${line}`)!;
      const document = asn
        ? { type: 'asn', number: asn.number }
        : { type: 'purchase_order', number };
      return { itemId, siteId, ownerId, quantity, expectedOn, document, line: asn?.line ?? line };
    })
    .sort((a, b) => (a.expectedOn < b.expectedOn ? -1 : a.expectedOn > b.expectedOn ? 1 : 0));
}

function unannounced(row: OpenRow): ExpectedReceipt[] {
  const { itemId, siteId, ownerId, open: quantity, expectedOn, number, line } = row;
  if (expectedOn === null) return [];
  const document = { type: 'purchase_order', number };
  return [{ itemId, siteId, ownerId, quantity, expectedOn, document, line }];
}
