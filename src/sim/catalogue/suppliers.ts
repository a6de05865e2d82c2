import { pad } from '../codes.ts';
import { createRandom, type Random } from '../random.ts';
import type { DemoScale } from '../scale.ts';
import type { DemoSite } from './network.ts';

/** A supplier site and what it delivers. */
export interface DemoSupplier {
  readonly index: number;
  readonly code: string;
  /** The virtual location that its goods come from. */
  readonly location: string;
  /** Families of what it delivers. */
  readonly families: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

type Origin = readonly [name: string, city: string, country: string, zone: string, at: string];

/** Made-up companies in real cities; `at` is latitude and longitude. */
const ORIGINS: readonly (Origin | readonly [...Origin, families: string])[] = [
  ['Millbarrow Foods', 'Hamburg', 'DE', 'Europe/Berlin', '53.55 9.99', 'GRO PET'],
  ['Terrafina Oils', 'Bari', 'IT', 'Europe/Rome', '41.12 16.87', 'GRO'],
  ['Saltmere Provisions', 'Nantes', 'FR', 'Europe/Paris', '47.22 -1.55', 'GRO CHL'],
  ['Meadowlatch Dairy', 'Groningen', 'NL', 'Europe/Amsterdam', '53.22 6.57', 'CHL'],
  ['Byrefold Creamery', 'Aarhus', 'DK', 'Europe/Copenhagen', '56.16 10.20', 'CHL'],
  ['Coldspring Hollow', 'Cork', 'IE', 'Europe/Dublin', '51.90 -8.47', 'CHL'],
  ['Velmorra Laboratories', 'Grasse', 'FR', 'Europe/Paris', '43.66 6.92', 'BEA'],
  ['Osmanthe Cosmetics', 'Busan', 'KR', 'Asia/Seoul', '35.18 129.08', 'BEA'],
  ['Dewlark Care', 'Valencia', 'ES', 'Europe/Madrid', '39.47 -0.38', 'BEA'],
  ['Kestravox Devices', 'Shenzhen', 'CN', 'Asia/Shanghai', '22.54 114.06', 'ELE'],
  ['Ninebolt Components', 'Taipei', 'TW', 'Asia/Taipei', '25.03 121.57', 'ELE'],
  ['Aurelume Lighting', 'Eindhoven', 'NL', 'Europe/Amsterdam', '51.44 5.48', 'ELE HOU'],
  ['Pixforge Electronics', 'Penang', 'MY', 'Asia/Kuala_Lumpur', '5.41 100.33', 'ELE'],
  ['Zephtron Appliances', 'Wroclaw', 'PL', 'Europe/Warsaw', '51.11 17.03', 'ELE HOU'],
  ['Larkmoor Mills', 'Braga', 'PT', 'Europe/Lisbon', '41.55 -8.43', 'APP'],
  ['Norrbeck Textiles', 'Boras', 'SE', 'Europe/Stockholm', '57.72 12.94', 'APP SPO'],
  ['Anatolia Garment Works', 'Izmir', 'TR', 'Europe/Istanbul', '38.42 27.14', 'APP'],
  ['Delta Knitting', 'Chattogram', 'BD', 'Asia/Dhaka', '22.36 91.78', 'APP'],
  ['Tumblewick Workshop', 'Seiffen', 'DE', 'Europe/Berlin', '50.65 13.45', 'TOY'],
  ['Puddlefox Playthings', 'Ningbo', 'CN', 'Asia/Shanghai', '29.87 121.55', 'TOY'],
  ['Merrindale Games', 'Brno', 'CZ', 'Europe/Prague', '49.20 16.61', 'TOY BOO'],
  ['Havenlea Homeware', 'Kaunas', 'LT', 'Europe/Vilnius', '54.90 23.90', 'HOU'],
  ['Scrubwell Chemicals', 'Antwerp', 'BE', 'Europe/Brussels', '51.22 4.40', 'HOU'],
  ['Copperling Kitchen', 'Porto', 'PT', 'Europe/Lisbon', '41.15 -8.61', 'HOU'],
  ['Rootwarden Nurseries', 'Boskoop', 'NL', 'Europe/Amsterdam', '52.07 4.66', 'GAR'],
  ['Greenlathe Tools', 'Solingen', 'DE', 'Europe/Berlin', '51.17 7.08', 'GAR'],
  ['Quillgate Printing', 'Leipzig', 'DE', 'Europe/Berlin', '51.34 12.37', 'BOO'],
  ['Northlamp Books', 'Edinburgh', 'GB', 'Europe/London', '55.95 -3.19', 'BOO'],
  ['Ridgefern Sports', 'Innsbruck', 'AT', 'Europe/Vienna', '47.27 11.39', 'SPO'],
  ['Waggleford Pet Supplies', 'Zaragoza', 'ES', 'Europe/Madrid', '41.65 -0.89', 'PET GAR'],
];

/** The suppliers; a small demo has fewer, which then deliver everything between them. */
export function makeSuppliers(scale: DemoScale): readonly DemoSupplier[] {
  return ORIGINS.slice(0, scale.suppliers).map((origin, index) => {
    const [name, city, country, timeZone, at, families = ''] = origin;
    const [latitude, longitude] = at.split(' ').map(Number);
    const code = `SUP-${pad(index + 1, 2)}-${name.split(' ')[0]?.toUpperCase()}`;
    return {
      index,
      code,
      location: `SUPPLIER-${code}`,
      families: families.split(' '),
      body: {
        code,
        name,
        type: 'supplier',
        latitude,
        longitude,
        timeZone,
        address: { city, country },
      },
    };
  });
}

/** The supplier of the n-th item: one that delivers its family, else any. */
export function supplierOf(
  family: string,
  index: number,
  suppliers: readonly DemoSupplier[],
): DemoSupplier {
  const fitting = suppliers.filter(({ families }) => families.includes(family));
  const choices = fitting.length > 0 ? fitting : suppliers;
  return choices[index % choices.length]!;
}

interface Placed {
  readonly code: string;
  readonly latitude: number;
  readonly longitude: number;
}

const EARTH_RADIUS_M = 6_371_000;

/** Great-circle distance (haversine formula). */
export function distanceM(a: Placed, b: Placed): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [latitudeA, latitudeB] = [radians(a.latitude), radians(b.latitude)];
  const half =
    Math.sin((latitudeB - latitudeA) / 2) ** 2 +
    Math.cos(latitudeA) *
      Math.cos(latitudeB) *
      Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(half));
}

const ROAD_DETOUR = 1.25;
const TRUCK_MAX_M = 3_500_000;
const TRUCK_M_AN_HOUR = 55_000;
const SHIP_M_AN_HOUR = 30_000;
const HANDLING_HOURS = 10;
/** Ships go round continents; the great circle does not. */
const SEA_DETOUR = 1.6;

function laneBody(from: Placed, to: Placed, random: Random) {
  const direct = distanceM(from, to);
  const isRoad = direct <= TRUCK_MAX_M;
  const distance = Math.round(direct * (isRoad ? ROAD_DETOUR : SEA_DETOUR));
  const speed = isRoad ? TRUCK_M_AN_HOUR : SHIP_M_AN_HOUR;
  const typical = HANDLING_HOURS + Math.round(distance / speed);
  return {
    from: from.code,
    to: to.code,
    mode: isRoad ? 'truck' : 'ocean',
    transitHoursMin: Math.round(typical * 0.8),
    transitHoursTypical: typical,
    transitHoursMax: Math.round(typical * (1.5 + random.next())),
    distanceM: distance,
  };
}

export type DemoLane = ReturnType<typeof laneBody>;

/** Lanes from every supplier to every fulfilment centre, and between those. */
export function makeLanes(
  seed: string,
  sites: readonly DemoSite[],
  suppliers: readonly DemoSupplier[],
): readonly DemoLane[] {
  const random = createRandom(seed, 'lanes');
  const placed = (of: { body: Readonly<Record<string, unknown>> }) => of.body as unknown as Placed;
  return sites.flatMap((to) =>
    [...suppliers, ...sites.filter((from) => from !== to)].map((from) =>
      laneBody(placed(from), placed(to), random),
    ),
  );
}
