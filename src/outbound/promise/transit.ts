import {
  type CalendarRules,
  HOUR_MS,
  type LaneForPromise,
  type SiteForPromise,
  type WorkingTime,
  workingTime,
} from '../../network/index.ts';

export const SERVICE_LEVELS = ['economy', 'standard', 'expedited'] as const;
/** How fast the customer wants it. */
export type ServiceLevel = (typeof SERVICE_LEVELS)[number];

/** Which lanes a level may use, and which of their transit times it plans with. */
const LEVELS: Readonly<
  Record<ServiceLevel, { modes: readonly string[]; plansWith: 'hoursTypical' | 'hoursMax' }>
> = {
  economy: { modes: ['truck', 'rail', 'ocean', 'parcel'], plansWith: 'hoursMax' },
  standard: { modes: ['truck', 'rail', 'parcel'], plansWith: 'hoursTypical' },
  expedited: { modes: ['truck', 'rail', 'ocean', 'parcel', 'air'], plansWith: 'hoursTypical' },
};

/** Where goods are to go, as far as the customer has told. */
export interface ShipTo {
  /** Code of a site: a customer's, or one of our own. */
  readonly site?: string | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly timeZone?: string | undefined;
}

/** A ship-to with what the network knows of it. */
export interface Destination {
  /** The site itself, or the customer region it lies in. */
  readonly site: SiteForPromise | undefined;
  readonly country: string | undefined;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  /** Undefined where nothing tells: then the sending site's is taken. */
  readonly timeZone: string | undefined;
}

/** How long the way takes, and how we know. */
export interface Transit {
  readonly basis: 'same_site' | 'lane' | 'distance' | 'flat';
  readonly mode: string;
  readonly hoursMin: number;
  readonly hoursTypical: number;
  readonly hoursMax: number;
  /** The one of the three that the service level plans with. */
  readonly hoursPlanned: number;
  /** Metres as the crow flies, where the rule is the distance. */
  readonly distanceM: number | undefined;
}

/** Sites and lanes, looked up once for any number of promises. */
export interface PromiseNetwork {
  readonly sites: readonly SiteForPromise[];
  readonly siteByCode: ReadonlyMap<string, SiteForPromise>;
  readonly siteById: ReadonlyMap<number, SiteForPromise>;
  readonly regions: readonly SiteForPromise[];
  /** Lanes by {@link laneKey}. */
  readonly lanes: ReadonlyMap<string, readonly LaneForPromise[]>;
}

function laneKey(fromSiteId: number, toSiteId: number): string {
  return `${fromSiteId}>${toSiteId}`;
}

/** Puts sites and lanes into maps. */
export function promiseNetwork(
  sites: readonly SiteForPromise[],
  lanes: readonly LaneForPromise[],
): PromiseNetwork {
  const byEnds = new Map<string, LaneForPromise[]>();
  for (const lane of lanes) {
    const key = laneKey(lane.fromSiteId, lane.toSiteId);
    const known = byEnds.get(key);
    if (known) known.push(lane);
    else byEnds.set(key, [lane]);
  }
  return {
    sites,
    siteByCode: new Map(sites.map((site) => [site.code, site])),
    siteById: new Map(sites.map((site) => [site.siteId, site])),
    regions: sites.filter(({ type, active, country }) => type === 'customer' && active && country),
    lanes: byEnds,
  };
}

/** How closely a customer region fits a ship-to; 0: not at all. */
function closeness(region: SiteForPromise, shipTo: ShipTo): number {
  if (!shipTo.country || region.country !== shipTo.country) return 0;
  if (region.region !== null && region.region !== shipTo.region) return 0;
  const code = region.postalCode;
  if (code !== null && !shipTo.postalCode?.startsWith(code)) return 0;
  return 1 + (region.region === null ? 0 : 1) + 2 * (code?.length ?? 0);
}

/**
 * Finds what the network knows of a ship-to: the site it names, or the customer site that stands
 * for its region, the most exact one (longest postal code, then region, then country).
 * @returns undefined when it names a site that is not there.
 */
export function destinationOf(network: PromiseNetwork, shipTo: ShipTo): Destination | undefined {
  const named = shipTo.site === undefined ? undefined : network.siteByCode.get(shipTo.site);
  if (shipTo.site !== undefined && !named) return undefined;
  let best = named;
  let closest = 0;
  for (const region of named ? [] : network.regions) {
    const close = closeness(region, shipTo);
    if (close > closest) [best, closest] = [region, close];
  }
  return {
    site: best,
    country: shipTo.country ?? best?.country ?? undefined,
    latitude: shipTo.latitude ?? best?.latitude ?? undefined,
    longitude: shipTo.longitude ?? best?.longitude ?? undefined,
    timeZone: shipTo.timeZone ?? best?.timeZone,
  };
}

const EARTH_RADIUS_M = 6_371_008.8;

/** Metres between two points as the crow flies (haversine formula, mean radius of the earth). */
export function greatCircleM(
  a: { readonly latitude: number; readonly longitude: number },
  b: { readonly latitude: number; readonly longitude: number },
): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2;
  const chord =
    half(b.latitude - a.latitude) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(b.longitude - a.longitude);
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Roads are longer than the crow's way by about this factor. */
const DETOUR = 1.25;
/** Beyond this, expedited goods fly. */
const FLIES_FROM_KM = 600;

type Hours = readonly [min: number, typical: number, max: number];

/** Hours at both ends and kilometres an hour between them: at best, typically, at worst. */
const SPEEDS: Readonly<Record<'ground' | 'express' | 'air', { ends: Hours; kmh: Hours }>> = {
  ground: { ends: [12, 24, 48], kmh: [70, 50, 30] },
  express: { ends: [8, 12, 24], kmh: [80, 60, 40] },
  air: { ends: [12, 24, 36], kmh: [800, 600, 400] },
};

function hoursByDistance(distanceM: number, level: ServiceLevel): { mode: string; hours: Hours } {
  const km = distanceM / 1000;
  const flies = level === 'expedited' && km > FLIES_FROM_KM;
  const ground = level === 'expedited' ? 'express' : 'ground';
  const { ends, kmh } = SPEEDS[flies ? 'air' : ground];
  const way = flies ? km : km * DETOUR;
  const hours = (i: 0 | 1 | 2) => Math.ceil(ends[i] + way / kmh[i]);
  return { mode: flies ? 'air' : 'parcel', hours: [hours(0), hours(1), hours(2)] };
}

/** Where not even coordinates are known: within one country, and beyond. */
const FLAT_HOURS = { domestic: [24, 72, 120], abroad: [72, 168, 336] } as const;

/**
 * How long goods take from a site to a destination: the fastest lane that the service level may
 * use (any lane where it may use none), else by the distance of the coordinates, else a flat time.
 */
export function transitBetween(
  network: PromiseNetwork,
  from: SiteForPromise,
  to: Destination,
  level: ServiceLevel,
): Transit {
  const make = (basis: Transit['basis'], mode: string, hours: Hours, distanceM?: number) => {
    const [hoursMin, hoursTypical, hoursMax] = hours;
    const times = { hoursMin, hoursTypical, hoursMax };
    return { basis, mode, ...times, hoursPlanned: times[LEVELS[level].plansWith], distanceM };
  };
  if (to.site?.siteId === from.siteId) return make('same_site', 'none', [0, 0, 0]);
  const lanes = to.site ? (network.lanes.get(laneKey(from.siteId, to.site.siteId)) ?? []) : [];
  const fitting = lanes.filter(({ mode }) => LEVELS[level].modes.includes(mode));
  const usable = fitting.length > 0 ? fitting : lanes;
  const [lane] = [...usable].sort((a, b) => a.transitHoursTypical - b.transitHoursTypical);
  if (lane) {
    const { transitHoursMin, transitHoursTypical, transitHoursMax } = lane;
    return make('lane', lane.mode, [transitHoursMin, transitHoursTypical, transitHoursMax]);
  }
  const { latitude, longitude } = to;
  if (latitude !== undefined && longitude !== undefined && from.latitude !== null) {
    const start = { latitude: from.latitude, longitude: from.longitude ?? 0 };
    const distanceM = greatCircleM(start, { latitude, longitude });
    const { mode, hours } = hoursByDistance(distanceM, level);
    return make('distance', mode, hours, Math.round(distanceM));
  }
  const domestic = to.country !== undefined && to.country === from.country;
  return make('flat', 'parcel', domestic ? FLAT_HOURS.domestic : FLAT_HOURS.abroad);
}

const DELIVERED = { hours: [{ from: '08:00', to: '20:00' }] };

/** When customers without a calendar of their own take deliveries: Monday to Saturday. */
const DELIVERY_CALENDAR: CalendarRules = {
  week: {
    monday: DELIVERED,
    tuesday: DELIVERED,
    wednesday: DELIVERED,
    thursday: DELIVERED,
    friday: DELIVERED,
    saturday: DELIVERED,
  },
  exceptions: [],
  handlingMinutes: 0,
};

/** When deliveries are taken at a destination: its own calendar, else Monday to Saturday. */
export function deliveryTime(from: SiteForPromise, to: Destination): WorkingTime {
  const { site } = to;
  const named = site !== undefined && site.calendarCode !== null;
  const own = named || (site !== undefined && site.type !== 'customer');
  const rules = own ? site.calendar : DELIVERY_CALENDAR;
  return workingTime(rules, to.timeZone ?? from.timeZone);
}

/** Whole hours as milliseconds. */
export function hoursToMs(hours: number): number {
  return hours * HOUR_MS;
}
