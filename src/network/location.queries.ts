import type { Queryable } from '../platform/database.ts';
import type { LocationType } from './location.ts';
import type { SiteType } from './site.ts';

/** A location as the ledger needs it to post, its site joined. */
export interface LocationForPosting {
  readonly locationId: number;
  readonly code: string;
  readonly type: LocationType;
  readonly isVirtual: boolean;
  /** Null for house-wide virtual locations, as are the members below. */
  readonly siteId: number | null;
  readonly siteCode: string | null;
  /** Suppliers and customers are the house's own relations, which owners do not see. */
  readonly siteType: SiteType | null;
  /** The site whose cost pool the site shares; mostly itself. */
  readonly costSiteId: number | null;
  /** IANA name. */
  readonly timeZone: string | null;
  readonly zoneId: number | null;
  readonly active: boolean;
}

const POSTING_SELECT = `SELECT location.location_id AS "locationId", location.code, location.type,
    location.is_virtual AS "isVirtual", location.site_id AS "siteId", site.code AS "siteCode",
    site.type AS "siteType", site.cost_site_id AS "costSiteId", site.time_zone AS "timeZone",
    location.zone_id AS "zoneId", location.active
  FROM network.location location LEFT JOIN network.site site ON site.site_id = location.site_id`;

/** The locations with these codes; what does not exist is left out. */
export async function loadLocations(
  db: Queryable,
  codes: readonly string[],
): Promise<LocationForPosting[]> {
  const { rows } = await db.query<LocationForPosting>(
    `${POSTING_SELECT} WHERE location.code = ANY($1)`,
    [codes],
  );
  return rows;
}

/** The same by location id. */
export async function loadLocationsById(
  db: Queryable,
  locationIds: readonly number[],
): Promise<LocationForPosting[]> {
  const { rows } = await db.query<LocationForPosting>(
    `${POSTING_SELECT} WHERE location.location_id = ANY($1)`,
    [locationIds],
  );
  return rows;
}

/** A site as the ledger needs it, for availability and cost pools. */
export interface SiteForPosting {
  readonly siteId: number;
  readonly code: string;
  readonly type: SiteType;
  readonly costSiteId: number;
  readonly timeZone: string;
  readonly active: boolean;
}

/** The sites with these codes; what does not exist is left out. */
export async function loadSites(
  db: Queryable,
  codes: readonly string[],
): Promise<SiteForPosting[]> {
  const { rows } = await db.query<SiteForPosting>(
    `SELECT site_id AS "siteId", code, type, cost_site_id AS "costSiteId",
       time_zone AS "timeZone", active
       FROM network.site WHERE code = ANY($1)`,
    [codes],
  );
  return rows;
}
