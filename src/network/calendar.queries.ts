import type { Tx } from '../platform/database.ts';
import { type CalendarRules, DEFAULT_CALENDAR } from './calendar.ts';
import type { SiteType } from './site.ts';

/** A site as promises need it: where it is and when it works. */
export interface SiteForPromise {
  readonly siteId: number;
  readonly code: string;
  readonly type: SiteType;
  readonly active: boolean;
  readonly timeZone: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly postalCode: string | null;
  /** Code of its calendar; null where it works by the default. */
  readonly calendarCode: string | null;
  readonly calendar: CalendarRules;
}

/** A lane as promises need it. */
export interface LaneForPromise {
  readonly fromSiteId: number;
  readonly toSiteId: number;
  readonly mode: string;
  readonly transitHoursMin: number;
  readonly transitHoursTypical: number;
  readonly transitHoursMax: number;
}

interface SiteRow extends Omit<SiteForPromise, 'calendar'> {
  readonly week: CalendarRules['week'] | null;
  readonly exceptions: CalendarRules['exceptions'] | null;
  readonly handlingMinutes: number | null;
}

/**
 * The sites whose working times and places a promise may need, by code. A calendar that is not
 * active any more counts as none. `types` leaves out what the caller may not see.
 */
export async function loadSitesForPromise(
  tx: Tx,
  types: readonly SiteType[],
): Promise<SiteForPromise[]> {
  const { rows } = await tx.query<SiteRow>(
    `SELECT s.site_id AS "siteId", s.code, s.type, s.active, s.time_zone AS "timeZone",
       s.latitude, s.longitude, s.address->>'country' AS country, s.address->>'region' AS region,
       s.address->>'postalCode' AS "postalCode", c.code AS "calendarCode", c.week, c.exceptions,
       c.handling_minutes AS "handlingMinutes"
     FROM network.site s
     LEFT JOIN network.calendar c ON c.calendar_id = s.calendar_id AND c.active
     WHERE s.type = ANY($1) ORDER BY s.code`,
    [types],
  );
  const byCode = new Map<string, CalendarRules>();
  return rows.map(({ week, exceptions, handlingMinutes, ...site }) => {
    if (site.calendarCode === null || week === null) return { ...site, calendar: DEFAULT_CALENDAR };
    const known = byCode.get(site.calendarCode);
    const calendar = known ?? {
      week,
      exceptions: exceptions ?? [],
      handlingMinutes: handlingMinutes ?? DEFAULT_CALENDAR.handlingMinutes,
    };
    byCode.set(site.calendarCode, calendar);
    return { ...site, calendar };
  });
}

/** Active lanes that start at a site of the house, in the order of their ends. */
export async function loadLanesForPromise(tx: Tx): Promise<LaneForPromise[]> {
  const { rows } = await tx.query<LaneForPromise>(
    `SELECT l.from_site_id AS "fromSiteId", l.to_site_id AS "toSiteId", l.mode,
       l.transit_hours_min AS "transitHoursMin", l.transit_hours_typical AS "transitHoursTypical",
       l.transit_hours_max AS "transitHoursMax"
     FROM network.lane l JOIN network.site s ON s.site_id = l.from_site_id
     WHERE l.active AND s.type IN ('fulfilment_centre', 'store', 'carrier_hub')
     ORDER BY l.from_site_id, l.to_site_id, l.mode`,
  );
  return rows;
}
