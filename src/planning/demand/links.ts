import type { Queryable, Tx } from '../../platform/database.ts';
import { type DemandSeries, MARK, type SeriesKey, type SeriesRange } from './types.ts';

/** Which item a new one takes over from. */
export interface ItemLink {
  readonly itemId: number;
  readonly predecessorId: number;
  /** SKU of the predecessor. */
  readonly predecessor: string;
  /** Demand of the predecessor times this is what the item would have had. */
  readonly factor: number;
  /** The first day on which the item's own demand counts; null: its first own day. */
  readonly fromDay: number | null;
}

/** All links in use. */
export async function readLinks(db: Queryable): Promise<ItemLink[]> {
  const { rows } = await db.query<ItemLink>(
    `SELECT l.item_id AS "itemId", l.predecessor_id AS "predecessorId", i.sku AS predecessor,
       l.factor::float8 AS factor, l.from_day - date '1970-01-01' AS "fromDay"
     FROM planning.item_link l JOIN catalog.item i ON i.item_id = l.predecessor_id
     WHERE l.active`,
  );
  return rows;
}

/**
 * Makes the series of items exist that took over from others and have no demand of their own yet,
 * wherever the others have some, so that they are read.
 */
export async function ensureLinkedSeries(tx: Tx): Promise<void> {
  let made = 0;
  // Once for each link of a chain.
  do {
    const { rowCount } = await tx.query(
      `INSERT INTO planning.demand (item_id, site_id, owner_id, year, scale)
       SELECT l.item_id, d.site_id, d.owner_id, max(d.year), i.quantity_scale
       FROM planning.item_link l
       JOIN planning.demand d ON d.item_id = l.predecessor_id
       JOIN catalog.item i ON i.item_id = l.item_id
       WHERE l.active AND NOT EXISTS (SELECT FROM planning.demand own
         WHERE own.item_id = l.item_id AND own.site_id = d.site_id
           AND own.owner_id = d.owner_id)
       GROUP BY 1, 2, 3, 5
       ON CONFLICT DO NOTHING`,
    );
    made = rowCount ?? 0;
  } while (made > 0);
}

/** What inheriting works with. */
export interface Inheritance {
  readonly links: ReadonlyMap<number, ItemLink>;
  /** Series that are to be given, also those that have nothing of their own yet. */
  readonly keys: readonly SeriesKey[];
  readonly range: Pick<SeriesRange, 'throughDay'>;
}

function nameOf({ itemId, siteId, ownerId }: SeriesKey): string {
  return `${itemId} ${siteId} ${ownerId}`;
}

/** Values of two arrays, one after the other. */
function join(before: Float64Array, own: Float64Array): Float64Array {
  const whole = new Float64Array(before.length + own.length);
  whole.set(before);
  whole.set(own, before.length);
  return whole;
}

const EMPTY = new Float64Array(0);

function nothing(key: SeriesKey, firstDay: number): DemandSeries {
  const empty = { demand: EMPTY, ordered: EMPTY, lost: EMPTY, price: EMPTY };
  return { ...key, firstDay, marks: new Uint8Array(0), ...empty };
}

/** A day of its own on which the item sold; before it, it was not there. */
function firstSale({ ordered, firstDay }: DemandSeries): number | undefined {
  const index = ordered.findIndex((value) => value > 0);
  return index < 0 ? undefined : firstDay + index;
}

/** An item's series from `start` on, with its predecessor's before it. */
function splice(
  own: DemandSeries,
  before: DemandSeries,
  factor: number,
  start: number,
): DemandSeries {
  const taken = Math.min(before.demand.length, Math.max(0, start - before.firstDay));
  if (taken === 0) return own;
  // Days between the predecessor's last and the item's first are the item's, without a sale.
  const end = before.firstDay + taken;
  const skipped = Math.max(0, end - own.firstDay);
  const gap = Math.max(0, own.firstDay - end);
  const scaled = (values: Float64Array) => values.slice(0, taken).map((value) => value * factor);
  const rest = (values: Float64Array, filler: number) =>
    join(new Float64Array(gap).fill(filler), values.slice(skipped));
  const marks = new Uint8Array(taken + gap + own.marks.length - skipped);
  marks.set(before.marks.subarray(0, taken).map((mark) => mark | MARK.inherited));
  marks.set(own.marks.subarray(skipped), taken + gap);
  const { itemId, siteId, ownerId } = own;
  return {
    itemId,
    siteId,
    ownerId,
    firstDay: before.firstDay,
    demand: join(scaled(before.demand), rest(own.demand, 0)),
    ordered: join(scaled(before.ordered), rest(own.ordered, 0)),
    lost: join(scaled(before.lost), rest(own.lost, 0)),
    price: join(before.price.slice(0, taken), rest(own.price, Number.NaN)),
    marks,
  };
}

/**
 * Gives items that took over from others the others' history, scaled, before their own; of a
 * chain of items that of all of them.
 * @param predecessors series of all items that any of the items took over from.
 */
export function inherit(
  series: readonly DemandSeries[],
  predecessors: readonly DemandSeries[],
  { links, keys, range }: Inheritance,
): DemandSeries[] {
  if (predecessors.length === 0) return [...series];
  const own = new Map(series.map((one) => [nameOf(one), one]));
  const others = new Map(predecessors.map((one) => [nameOf(one), one]));
  const end = range.throughDay + 1;
  const extend = (
    key: SeriesKey,
    start: DemandSeries | undefined,
    seen: ReadonlySet<number>,
  ): DemandSeries | undefined => {
    const link = links.get(key.itemId);
    // A circle of items is no history; the first link that closes it is left out.
    if (!link || seen.has(link.predecessorId)) return start;
    const older = { ...key, itemId: link.predecessorId };
    const before = extend(older, others.get(nameOf(older)), new Set([...seen, key.itemId]));
    if (!before) return start;
    const mine = start ?? nothing(key, end);
    const from = Math.min(link.fromDay ?? firstSale(mine) ?? end, end);
    return splice(mine, before, link.factor, from);
  };
  return keys.flatMap((key) => extend(key, own.get(nameOf(key)), new Set([key.itemId])) ?? []);
}
