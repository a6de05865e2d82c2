import type { Queryable } from '../../platform/database.ts';

/** A promotion; days count from 1970-01-01. */
export interface PromotionRow {
  readonly code: string;
  readonly itemId: number | null;
  readonly groupCode: string | null;
  readonly siteId: number | null;
  readonly regionCode: string | null;
  readonly from: number;
  readonly to: number;
  readonly basisPoints: number;
  /** The day (UTC) on which it became what it is. */
  readonly recordedDay: number;
}

/** A price that will hold; days count from 1970-01-01. */
export interface PlannedPriceRow {
  readonly code: string;
  readonly itemId: number;
  readonly siteId: number | null;
  readonly from: number;
  /** Null: from then on. */
  readonly to: number | null;
  readonly price: number;
  /** The day on which it was last said so. */
  readonly recordedDay: number;
}

/** A day of a calendar. */
export interface CalendarDay {
  readonly calendar: string;
  readonly day: number;
  readonly name: string;
  readonly kind: 'holiday' | 'event' | 'closed';
  /** The day (UTC) on which it became what it is. */
  readonly recordedDay: number;
}

const RECORDED_DAY = `(updated_at AT TIME ZONE 'UTC')::date - date '1970-01-01' AS "recordedDay"`;

/** A signal with its days in order. */
export interface SignalRow {
  readonly code: string;
  readonly kind: 'amount' | 'flag';
  readonly itemId: number | null;
  readonly groupCode: string | null;
  readonly regionCode: string | null;
  readonly gaps: 'unknown' | 'zero' | 'last';
  readonly days: readonly number[];
  readonly values: readonly number[];
}

/** Where a site is. */
export interface SitePlace {
  readonly region: string | null;
  readonly country: string | null;
  readonly calendars: readonly string[];
}

/** Everything that drivers are made of. */
export interface DriverRows {
  readonly promotions: readonly PromotionRow[];
  readonly plannedPrices: readonly PlannedPriceRow[];
  readonly calendarDays: readonly CalendarDay[];
  readonly signals: readonly SignalRow[];
  readonly groups: ReadonlyMap<number, string>;
  readonly sites: ReadonlyMap<number, SitePlace>;
}

async function readSites(db: Queryable): Promise<Map<number, SitePlace>> {
  const { rows } = await db.query<SitePlace & { siteId: number }>(
    `SELECT s.site_id AS "siteId", r.region_code AS region,
       coalesce(r.country, upper(s.address ->> 'country')) AS country,
       coalesce(r.calendars, '[]') AS calendars
     FROM network.site s
     LEFT JOIN planning.site_region r ON r.site_id = s.site_id AND r.active`,
  );
  return new Map(rows.map(({ siteId, ...place }) => [siteId, place]));
}

async function readSignals(db: Queryable, to: number): Promise<SignalRow[]> {
  const { rows } = await db.query<SignalRow>(
    `SELECT s.code, s.kind, s.item_id AS "itemId", s.group_code AS "groupCode",
       s.region_code AS "regionCode", s.gaps,
       array_agg(v.day - date '1970-01-01' ORDER BY v.day) AS days,
       array_agg(v.value ORDER BY v.day) AS values
     FROM planning.signal s
     JOIN planning.signal_value v ON v.signal_id = s.signal_id AND v.active
     WHERE s.active AND v.day <= date '1970-01-01' + $1::integer
     GROUP BY s.signal_id ORDER BY s.code`,
    [to],
  );
  return rows;
}

/** Prices of items that hold on a day of a window, the one that wins first. */
async function readPlannedPrices(
  db: Queryable,
  from: number,
  to: number,
  items: { readonly from: number; readonly before: number } | undefined,
): Promise<PlannedPriceRow[]> {
  const { rows } = await db.query<PlannedPriceRow>(
    `SELECT code, item_id AS "itemId", site_id AS "siteId",
       from_day - date '1970-01-01' AS "from", to_day - date '1970-01-01' AS "to",
       price::float8 AS price,
       (updated_at AT TIME ZONE 'UTC')::date - date '1970-01-01' AS "recordedDay"
     FROM planning.planned_price
     WHERE active AND from_day <= date '1970-01-01' + $2::integer
       AND (to_day IS NULL OR to_day >= date '1970-01-01' + $1::integer)
       AND ($3::integer IS NULL OR (item_id >= $3 AND item_id < $4::integer))
     ORDER BY site_id IS NULL, from_day DESC, planned_price_id DESC`,
    [from, to, items?.from ?? null, items?.before ?? null],
  );
  return rows;
}

/** Reads the drivers that touch a window of days, both ends included. */
export async function readDriverRows(
  db: Queryable,
  from: number,
  to: number,
  items: { readonly from: number; readonly before: number } | undefined,
): Promise<DriverRows> {
  const promotions = await db.query<PromotionRow>(
    `SELECT code, item_id AS "itemId", group_code AS "groupCode", site_id AS "siteId",
       region_code AS "regionCode", from_day - date '1970-01-01' AS "from",
       to_day - date '1970-01-01' AS "to", discount_basis_points AS "basisPoints",
       ${RECORDED_DAY}
     FROM planning.promotion
     WHERE active AND to_day >= date '1970-01-01' + $1::integer
       AND from_day <= date '1970-01-01' + $2::integer ORDER BY code`,
    [from, to],
  );
  const calendarDays = await db.query<CalendarDay>(
    `SELECT calendar, day - date '1970-01-01' AS day, name, kind, ${RECORDED_DAY}
     FROM planning.calendar_day
     WHERE active AND day BETWEEN date '1970-01-01' + $1::integer
       AND date '1970-01-01' + $2::integer ORDER BY day, calendar, name`,
    [from, to],
  );
  const groups = await db.query<{ itemId: number; code: string }>(
    `SELECT item_id AS "itemId", group_code AS code FROM planning.item_group
     WHERE active AND ($1::integer IS NULL OR (item_id >= $1 AND item_id < $2::integer))`,
    [items?.from ?? null, items?.before ?? null],
  );
  return {
    promotions: promotions.rows,
    plannedPrices: await readPlannedPrices(db, from, to, items),
    calendarDays: calendarDays.rows,
    signals: await readSignals(db, to),
    groups: new Map(groups.rows.map(({ itemId, code }) => [itemId, code])),
    sites: await readSites(db),
  };
}
