import type { Tx } from '../../platform/database.ts';
import type * as facts from './facts.ts';
import type { SettingRow } from './setting.ts';

/**
 * What a run reads of other modules, a set at a time and read only. The transaction is a
 * reader's of the house, in one snapshot.
 */

/** Days of receipts from which lead times are taken. */
const LEAD_TIME_DAYS = 730;

/** Items with what their packs say of size and weight, from the pack that says it best. */
export async function readItems(tx: Tx): Promise<facts.ItemFacts[]> {
  const { rows } = await tx.query<facts.ItemFacts>(
    `SELECT i.item_id AS "itemId", i.sku, i.quantity_scale AS scale, i.owner_id AS "ownerId",
       i.active, i.shelf_life_days AS "shelfLifeDays",
       p.volume AS "volumeMm3", p.weight AS "weightG", p.pallet AS "palletUnits"
     FROM catalog.item i LEFT JOIN (
       SELECT item_id,
         (array_agg(length_mm::float8 * width_mm * height_mm * share ORDER BY rank)
           FILTER (WHERE length_mm IS NOT NULL AND width_mm IS NOT NULL
             AND height_mm IS NOT NULL))[1] AS volume,
         (array_agg(weight_g * share ORDER BY rank) FILTER (WHERE weight_g IS NOT NULL))[1]
           AS weight,
         max(1 / share) FILTER (WHERE level = 'pallet') AS pallet
       FROM (SELECT *, base_quantity_denominator / base_quantity_numerator::float8 AS share,
           array_position(ARRAY['case', 'inner', 'each', 'pallet'], level) AS rank
         FROM catalog.packaging) q GROUP BY item_id) p ON p.item_id = i.item_id
     ORDER BY i.item_id`,
  );
  return rows;
}

export async function readSites(tx: Tx): Promise<facts.SiteFacts[]> {
  const { rows } = await tx.query<facts.SiteFacts>(
    `SELECT site_id AS "siteId", code, active, time_zone AS "timeZone" FROM network.site
     WHERE type IN ('fulfilment_centre', 'store') ORDER BY site_id`,
  );
  return rows;
}

export async function readStock(tx: Tx): Promise<facts.StockRow[]> {
  const { rows } = await tx.query<facts.StockRow>(
    `SELECT item_id AS "itemId", site_id AS "siteId", owner_id AS "ownerId",
       on_hand AS "onHand", reserved
     FROM ledger.availability WHERE on_hand <> 0 OR reserved <> 0`,
  );
  return rows;
}

/**
 * Open lines of purchase orders, drafts included: what was decided is as good as ordered, or the
 * next run would decide it again. Where a notice covers a quantity, its date holds.
 */
const OPEN_PURCHASES = `SELECT l.item_id AS "itemId", o.site_id AS "siteId",
    o.owner_id AS "ownerId", l.quantity - l.received AS quantity,
    coalesce((SELECT min(a.expected_on) FROM inbound.asn_line n
        JOIN inbound.asn a ON a.asn_id = n.asn_id
        WHERE n.purchase_order_id = l.purchase_order_id AND n.purchase_order_line = l.line
          AND n.quantity > n.received AND a.state IN ('announced', 'partly_received')),
      l.confirmed_on, l.expected_on) - DATE '1970-01-01' AS day,
    'purchase_order' AS "documentType", o.number AS "documentNumber",
    o.supplier_id AS "supplierId"
  FROM inbound.purchase_order_line l
  JOIN inbound.purchase_order o ON o.purchase_order_id = l.purchase_order_id
  WHERE l.quantity > l.received AND l.state IN ('draft', 'awaiting_approval', 'approved', 'sent',
    'confirmed', 'partly_received')`;

const OPEN_TRANSFERS = `SELECT l.item_id AS "itemId", t.to_site_id AS "siteId",
    t.owner_id AS "ownerId", l.quantity - l.cancelled - l.received - l.lost AS quantity,
    (t.expected_arrival_at AT TIME ZONE s.time_zone)::date - DATE '1970-01-01' AS day,
    'transfer_order' AS "documentType", t.number AS "documentNumber",
    NULL::integer AS "supplierId"
  FROM outbound.transfer_order_line l
  JOIN outbound.transfer_order t ON t.transfer_order_id = l.transfer_order_id
  JOIN network.site s ON s.site_id = t.to_site_id
  WHERE l.quantity > l.cancelled + l.received + l.lost AND l.disposition = 'sellable'
    AND t.state <> 'cancelled'`;

export async function readIncoming(tx: Tx): Promise<facts.IncomingRow[]> {
  const { rows } = await tx.query<facts.IncomingRow>(
    `SELECT * FROM (${OPEN_PURCHASES} UNION ALL ${OPEN_TRANSFERS}) f
     ORDER BY day NULLS LAST, "documentNumber", "itemId"`,
  );
  return rows;
}

/** Lines of drafts of transfer orders: a released one has reserved its units already. */
export async function readOutgoing(tx: Tx): Promise<facts.OutgoingRow[]> {
  const { rows } = await tx.query<facts.OutgoingRow>(
    `SELECT l.item_id AS "itemId", t.from_site_id AS "siteId", t.owner_id AS "ownerId",
       l.quantity
     FROM outbound.transfer_order_line l
     JOIN outbound.transfer_order t ON t.transfer_order_id = l.transfer_order_id
     WHERE t.state = 'draft' AND l.disposition = 'sellable'`,
  );
  return rows;
}

export async function readBackorders(tx: Tx): Promise<facts.BackorderRow[]> {
  const { rows } = await tx.query<facts.BackorderRow>(
    `SELECT p.item_id AS "itemId", p.owner_id AS "ownerId", p.site_id AS "siteId",
       c.sites AS "channelSites", sum(p.quantity)::bigint AS quantity
     FROM outbound.line_part p JOIN outbound.channel c ON c.channel_id = p.channel_id
     WHERE p.state = 'backordered' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
  );
  return rows;
}

/** Active suppliers with what planning minds about them. */
export async function readSuppliers(tx: Tx, day: string): Promise<facts.SupplierFacts[]> {
  const { rows } = await tx.query<facts.SupplierFacts>(
    `SELECT u.supplier_id AS "supplierId", u.code, u.currency,
       (SELECT trim_scale(r.rate)::text FROM platform.exchange_rate r
         WHERE r.currency = u.currency AND r.valid_on <= $1
         ORDER BY r.valid_on DESC LIMIT 1) AS rate,
       trim_scale(u.minimum_order_value)::text AS "minimumOrderValue",
       CASE WHEN c.calendar_id IS NOT NULL THEN jsonb_build_object('week', c.week,
         'exceptions', c.exceptions, 'handlingMinutes', c.handling_minutes) END AS calendar,
       coalesce(s.time_zone, 'UTC') AS "timeZone",
       coalesce(x.order_days, '{}') AS "orderDays",
       x.container_volume_mm3::float8 AS "containerVolumeMm3",
       x.container_weight_g::float8 AS "containerWeightG",
       coalesce(x.fill_basis_points, 9000) / 10000.0::float8 AS "fillShare",
       x.return_credit_basis_points / 10000.0::float8 AS "returnCreditShare",
       x.return_within_days AS "returnWithinDays"
     FROM inbound.supplier u
     LEFT JOIN network.site s ON s.site_id = u.site_id
     LEFT JOIN network.calendar c ON c.code = u.calendar AND c.active
     LEFT JOIN planning.supplier_setting x ON x.supplier_id = u.supplier_id AND x.active
     WHERE u.active ORDER BY u.supplier_id`,
    [day],
  );
  return rows;
}

export async function readSupply(tx: Tx): Promise<facts.SupplyRow[]> {
  const { rows } = await tx.query<facts.SupplyRow>(
    `SELECT supplier_id AS "supplierId", item_id AS "itemId",
       trim_scale(minimum_quantity)::text AS "minimumQuantity",
       trim_scale(pack_multiple)::text AS "packMultiple", lead_time_days AS "leadTimeDays"
     FROM inbound.supplier_item WHERE active ORDER BY item_id, supplier_id`,
  );
  return rows;
}

export async function readPrices(tx: Tx, day: string): Promise<facts.PriceRow[]> {
  const { rows } = await tx.query<facts.PriceRow>(
    `SELECT p.supplier_id AS "supplierId", p.item_id AS "itemId",
       trim_scale(p.minimum_quantity)::text AS "minimumQuantity",
       p.valid_from::text AS "validFrom", trim_scale(p.unit_price)::text AS "unitPrice"
     FROM inbound.supplier_price p
     JOIN inbound.supplier u ON u.supplier_id = p.supplier_id AND u.currency = p.currency
     WHERE p.active AND p.valid_from <= $1 AND (p.valid_to IS NULL OR p.valid_to >= $1)
     ORDER BY p.item_id, p.supplier_id, p.minimum_quantity, p.valid_from`,
    [day],
  );
  return rows;
}

/** Lead times from the day a line was sent to the day it was received, as posted receipts say. */
export async function readLeadTimes(tx: Tx, day: string): Promise<facts.LeadTimeRow[]> {
  const { rows } = await tx.query<facts.LeadTimeRow>(
    `SELECT l.supplier_id AS "supplierId", l.item_id AS "itemId",
       array_agg(greatest(0, extract(epoch FROM r.occurred_at - p.sent_at) / 86400)::float8
         ORDER BY r.occurred_at, l.receipt_id, l.line) AS days
     FROM inbound.receipt_line l
     JOIN inbound.receipt r ON r.receipt_id = l.receipt_id
     JOIN inbound.purchase_order_line p ON p.purchase_order_id = l.purchase_order_id
       AND p.line = l.purchase_order_line
     WHERE l.state = 'posted' AND p.sent_at IS NOT NULL
       AND l.received_on BETWEEN $1::date - ${LEAD_TIME_DAYS} AND $1::date
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [day],
  );
  return rows;
}

/** What a unit costs at a site: of the pool it shares, or the last cost of an empty one. */
export async function readCosts(tx: Tx, houseId: number): Promise<facts.CostRow[]> {
  const { rows } = await tx.query<facts.CostRow>(
    `SELECT c.item_id AS "itemId", s.site_id AS "siteId",
       CASE WHEN c.quantity > 0 THEN c.value * power(10::float8, c.quantity_scale) / c.quantity
         ELSE c.unit_cost / 10000.0::float8 END AS "unitCost"
     FROM ledger.cost_pool c JOIN network.site s ON s.cost_site_id = c.cost_site_id
     WHERE c.owner_id = $1 AND s.type IN ('fulfilment_centre', 'store')`,
    [houseId],
  );
  return rows;
}

/** Sellable units of the house by lot, for items that have lots with an expiry. */
export async function readLots(tx: Tx, houseId: number): Promise<facts.LotRow[]> {
  const { rows } = await tx.query<facts.LotRow>(
    `SELECT p.item_id AS "itemId", l.site_id AS "siteId", t.code AS lot,
       t.expires_on - DATE '1970-01-01' AS "expiresOn", sum(b.on_hand)::bigint AS quantity
     FROM ledger.lot t
     JOIN ledger.position p ON p.journal = t.journal AND p.item_id = t.item_id
       AND p.lot_id = t.lot_id AND p.owner_id = $1
     JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
     JOIN network.location l ON l.location_id = p.location_id
     JOIN ledger.disposition d ON d.disposition_id = p.disposition_id AND d.code = 'sellable'
     WHERE t.expires_on IS NOT NULL AND b.is_real AND b.on_hand > 0
     GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4, 3`,
    [houseId],
  );
  return rows;
}

/** Receipts of the last two years by day, newest first: how old stock is. */
export async function readReceived(
  tx: Tx,
  houseId: number,
  day: string,
): Promise<facts.ReceivedRow[]> {
  const { rows } = await tx.query<facts.ReceivedRow>(
    `SELECT item_id AS "itemId", site_id AS "siteId", received_on - DATE '1970-01-01' AS day,
       sum(quantity)::bigint AS quantity
     FROM inbound.receipt_line
     WHERE state = 'posted' AND owner_id = $1
       AND received_on BETWEEN $2::date - ${LEAD_TIME_DAYS} AND $2::date
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 DESC`,
    [houseId, day],
  );
  return rows;
}

export async function readLanes(tx: Tx): Promise<facts.LaneRow[]> {
  const { rows } = await tx.query<facts.LaneRow>(
    `SELECT DISTINCT ON (l.from_site_id, l.to_site_id) l.from_site_id AS "fromSiteId",
       l.to_site_id AS "toSiteId", l.transit_hours_typical AS "transitHoursTypical",
       l.transit_hours_max AS "transitHoursMax"
     FROM network.lane l
     WHERE l.active AND l.mode <> 'parcel'
     ORDER BY l.from_site_id, l.to_site_id, l.transit_hours_typical, l.mode`,
  );
  return rows;
}

/** What is being planned by hand, and what was rejected for a while. */
export async function readStanding(tx: Tx, day: string): Promise<facts.StandingRow[]> {
  const { rows } = await tx.query<facts.StandingRow>(
    `SELECT l.item_id AS "itemId", p.site_id AS "siteId", p.from_site_id AS "fromSiteId",
       p.state, l.quantity, l.expected_on - DATE '1970-01-01' AS "expectedDay"
     FROM planning.proposal p
     JOIN planning.proposal_line l ON l.proposal_id = p.proposal_id
     WHERE (p.state = 'edited' AND p.expires_on > $1)
       OR (p.state = 'rejected' AND p.quiet_until > $1)
     ORDER BY p.proposal_id, l.line`,
    [day],
  );
  return rows;
}

/** The house, whose goods its own money buys. */
export async function readHouse(tx: Tx): Promise<{ readonly ownerId: number }> {
  const { rows } = await tx.query<{ ownerId: number }>(
    'SELECT owner_id AS "ownerId" FROM sellers.owner WHERE is_house',
  );
  return rows[0]!;
}

/** Active settings; `orderCost` stays a decimal. */
export async function readSettings(tx: Tx): Promise<SettingRow[]> {
  const { rows } = await tx.query<SettingRow>(
    `SELECT code, item_id AS "itemId", site_id AS "siteId", abc_class AS "abcClass",
       xyz_class AS "xyzClass", service_measure AS "serviceMeasure",
       service_target_basis_points AS "serviceTargetBasisPoints",
       review_period_days AS "reviewPeriodDays",
       holding_rate_basis_points AS "holdingRateBasisPoints",
       trim_scale(order_cost)::text AS "orderCost",
       shortage_cost_basis_points AS "shortageCostBasisPoints",
       lead_time_days AS "leadTimeDays", cover_days_max AS "coverDaysMax",
       supplier_id AS "supplierId", source_site_id AS "sourceSiteId", policy,
       ends_on::text AS "endsOn", planned
     FROM planning.setting WHERE active ORDER BY code`,
  );
  return rows;
}
