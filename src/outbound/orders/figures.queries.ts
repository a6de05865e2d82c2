import type { Queryable } from '../../platform/database.ts';
import { parseDecimal } from '../../platform/quantity.ts';
import type { ChannelLimit, SiteFigures, Waiting } from './allowance.ts';

/** An item of an owner, as figures are asked for it. */
export interface ItemAsked {
  readonly itemId: number;
  readonly sku: string;
  readonly quantityScale: number;
  readonly ownerId: number;
  readonly journal: number;
  /** Ring-fences and buffers are about the house's own stock. */
  readonly isHouse: boolean;
}

/** Backorders that wait for an item of an owner. */
export interface WaitingRow extends Waiting {
  readonly itemId: number;
  readonly ownerId: number;
  /** Null: any site will do. */
  readonly siteId: number | null;
  readonly avoidedSiteIds: readonly number[];
}

interface LimitRow extends ChannelLimit {
  readonly itemId: number;
  readonly siteId: number;
}

/** What keeps a sales order from simply taking what is available, item by item. */
export interface Restrictions {
  readonly waiting: readonly WaitingRow[];
  readonly limits: readonly LimitRow[];
  readonly held: readonly HeldRow[];
}

interface HeldRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly channelId: number;
  readonly quantity: bigint;
}

const WAITING = `SELECT item_id AS "itemId", owner_id AS "ownerId", site_id AS "siteId",
    channel_id AS "channelId", priority, avoided_site_ids AS "avoidedSiteIds",
    sum(quantity)::bigint AS quantity
  FROM outbound.line_part WHERE state = 'backordered' AND item_id = ANY($1)
  GROUP BY 1, 2, 3, 4, 5, 6`;

// Locked until the caller's transaction ends: of two processes that take from one ring-fence the
// second sees what the first has taken.
const LIMITS = `SELECT channel_id AS "channelId", item, site_id AS "siteId",
    ring_fenced::text AS "ringFenced", safety_buffer::text AS "safetyBuffer"
  FROM outbound.channel_limit WHERE item = ANY($1) AND active
  ORDER BY channel_limit_id FOR UPDATE`;

const HELD = `SELECT item_id AS "itemId", site_id AS "siteId", channel_id AS "channelId",
    sum(quantity)::bigint AS quantity
  FROM (
    SELECT item_id, site_id, channel_id, quantity FROM outbound.line_part
    WHERE item_id = ANY($1) AND owner_id = $2
      AND state IN ('reserved', 'released', 'accepted', 'shipping')
    UNION ALL
    SELECT l.item_id, l.site_id, l.channel_id, l.quantity FROM outbound.cart_hold_line l
    JOIN outbound.cart_hold h USING (cart_hold_id)
    WHERE l.item_id = ANY($1) AND l.owner_id = $2
      AND (h.state = 'converting' OR (h.state = 'active' AND h.expires_at > $3))
  ) AS promised
  GROUP BY 1, 2, 3`;

/** Reads what restricts these items; `tx` is a poster's transaction, which keeps the limits. */
export async function readRestrictions(
  tx: Queryable,
  items: readonly ItemAsked[],
  now: Date,
): Promise<Restrictions> {
  const itemIds = [...new Set(items.map(({ itemId }) => itemId))];
  const house = items.filter(({ isHouse }) => isHouse);
  const bySku = new Map(house.map((item) => [item.sku, item]));
  const [waiting, limits] = await Promise.all([
    tx.query<WaitingRow>(WAITING, [itemIds]),
    tx.query<{
      channelId: number;
      item: string;
      siteId: number;
      ringFenced: string;
      safetyBuffer: string;
    }>(LIMITS, [[...bySku.keys()]]),
  ]);
  const read = limits.rows.map((row): LimitRow => {
    const { itemId, quantityScale } = bySku.get(row.item)!;
    return {
      itemId,
      siteId: row.siteId,
      channelId: row.channelId,
      ringFenced: parseDecimal(row.ringFenced, Math.max(6, quantityScale)) / scaleUp(quantityScale),
      safetyBuffer:
        parseDecimal(row.safetyBuffer, Math.max(6, quantityScale)) / scaleUp(quantityScale),
    };
  });
  if (read.length === 0) return { waiting: waiting.rows, limits: [], held: [] };
  const limited = [...new Set(read.map(({ itemId }) => itemId))];
  const held = await tx.query<HeldRow>(HELD, [limited, house[0]!.ownerId, now]);
  return { waiting: waiting.rows, limits: read, held: held.rows };
}

/** numeric(19, 6) is wider than the scale of most items; what is beyond it is zeros. */
function scaleUp(quantityScale: number): bigint {
  return 10n ** BigInt(Math.max(6, quantityScale) - quantityScale);
}

interface AvailableRow {
  readonly itemId: number;
  readonly ownerId: number;
  readonly siteId: number;
  readonly site: string;
  readonly available: bigint;
}

const AVAILABLE = `SELECT a.item_id AS "itemId", a.owner_id AS "ownerId", a.site_id AS "siteId",
    s.code AS site, a.on_hand - a.reserved AS available
  FROM unnest($1::integer[], $2::integer[], $3::integer[]) k(journal, item_id, owner_id)
  JOIN ledger.availability a ON a.journal = k.journal AND a.item_id = k.item_id
    AND a.owner_id = k.owner_id
  JOIN network.site s ON s.site_id = a.site_id AND s.active
  ORDER BY s.code`;

/** Figures of an item of an owner, site by site. */
export interface ItemFigures {
  readonly itemId: number;
  readonly sites: Map<number, { readonly site: string; figures: SiteFigures }>;
}

/** The name of an item of an owner in a map. */
export function figureKey(item: { itemId: number; ownerId: number }): string {
  return `${item.itemId}|${item.ownerId}`;
}

/** Reads what is available of items everywhere, with what restricts it. */
export async function readFigures(
  db: Queryable,
  items: readonly ItemAsked[],
  restrictions: Restrictions,
): Promise<Map<string, ItemFigures>> {
  const figures = new Map(
    items.map((item): [string, ItemFigures] => [
      figureKey(item),
      { itemId: item.itemId, sites: new Map() },
    ]),
  );
  if (figures.size === 0) return figures;
  const asked = [...new Map(items.map((item) => [figureKey(item), item])).values()];
  const { rows } = await db.query<AvailableRow>(AVAILABLE, [
    asked.map(({ journal }) => journal),
    asked.map(({ itemId }) => itemId),
    asked.map(({ ownerId }) => ownerId),
  ]);
  const isHouse = new Map(asked.map((item) => [figureKey(item), item.isHouse]));
  for (const row of rows) {
    const key = figureKey(row);
    const limited = isHouse.get(key) === true;
    figures.get(key)?.sites.set(row.siteId, {
      site: row.site,
      figures: siteFigures(row, restrictions, limited),
    });
  }
  return figures;
}

function siteFigures(row: AvailableRow, restrictions: Restrictions, limited: boolean): SiteFigures {
  const here = (each: { itemId: number; siteId: number }) =>
    each.itemId === row.itemId && each.siteId === row.siteId;
  return {
    available: row.available,
    limits: limited ? restrictions.limits.filter(here) : [],
    held: new Map(
      restrictions.held.filter(here).map(({ channelId, quantity }) => [channelId, quantity]),
    ),
    waiting: restrictions.waiting.filter(
      (each) =>
        each.itemId === row.itemId &&
        each.ownerId === row.ownerId &&
        (each.siteId === null || each.siteId === row.siteId) &&
        !each.avoidedSiteIds.includes(row.siteId),
    ),
  };
}
