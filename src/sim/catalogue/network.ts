import { pad } from '../codes.ts';
import type { DemoScale } from '../scale.ts';
import { STORAGE_KINDS, type StorageKind } from './products.ts';

/** A fulfilment centre. */
export interface DemoSite {
  readonly index: number;
  readonly code: string;
  /** How the codes of its locations begin. */
  readonly prefix: string;
  /** Share of all demand that it serves. */
  readonly demandShare: number;
  readonly docks: readonly string[];
  readonly staging: readonly string[];
  readonly packing: readonly string[];
  /** Where returns are looked at. */
  readonly returns: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A bin. Reserve bins hold pallets, out of which the others are filled up again. */
export interface DemoBin {
  readonly code: string;
  readonly site: number;
  readonly storage: StorageKind;
  readonly isReserve: boolean;
  readonly volumeMm3: number;
}

const CENTRES = [
  ['BER', 'Berlin', 'DE', 52.4009, 13.0591, 'Europe/Berlin', 0.3],
  ['LYS', 'Lyon', 'FR', 45.7256, 5.0811, 'Europe/Paris', 0.28],
  ['OPO', 'Porto', 'PT', 41.2371, -8.6706, 'Europe/Lisbon', 0.22],
  ['RIX', 'Riga', 'LV', 56.9236, 23.9711, 'Europe/Riga', 0.2],
] as const;

/** Levels of a rack; the lowest holds what is bulky, the highest holds pallets in reserve. */
const LEVELS = 5;
const RESERVE_LEVEL = LEVELS - 1;
const BAYS_AN_AISLE = 40;

/** Of 20 racks: how many stand in each zone. */
const RACKS_OF_20: Readonly<Record<StorageKind, number>> = {
  ambient: 15,
  chilled: 2,
  secure: 2,
  hazard: 1,
};

const ZONES: Readonly<Record<StorageKind, { code: string; name: string; letter: string }>> = {
  ambient: { code: 'AMBIENT', name: 'Ambient racks', letter: 'A' },
  chilled: { code: 'CHILLED', name: 'Cold room', letter: 'C' },
  secure: { code: 'SECURE', name: 'Secure cage', letter: 'S' },
  hazard: { code: 'HAZARD', name: 'Dangerous goods store', letter: 'H' },
};

const HAZARD_CLASSES_STORED = ['2.1', '3', '4.1', '4.2', '5.1', '8', '9'];

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${pad(index + 1, 2)}`);
}

/** The fulfilment centres. The company is made up; the cities are not. */
export function makeSites(scale: DemoScale): readonly DemoSite[] {
  return CENTRES.slice(0, scale.sites).map(
    ([prefix, city, country, latitude, longitude, timeZone, demandShare], index) => ({
      index,
      code: `FC-${prefix}`,
      prefix,
      demandShare,
      docks: numbered(`${prefix}-DOCK`, 4),
      staging: numbered(`${prefix}-STAGE`, 4),
      packing: numbered(`${prefix}-PACK`, 6),
      returns: `${prefix}-RETURNS-01`,
      body: {
        code: `FC-${prefix}`,
        name: `${city} fulfilment centre`,
        type: 'fulfilment_centre',
        latitude,
        longitude,
        timeZone,
        address: { city, country },
      },
    }),
  );
}

/** The zones of one fulfilment centre, as the API is told them. */
export function zoneBodies(): Record<string, unknown>[] {
  return STORAGE_KINDS.map((storage) => ({
    code: ZONES[storage].code,
    name: ZONES[storage].name,
    temperatureClass: storage === 'chilled' ? 'chilled' : 'ambient',
    hazardClasses: storage === 'hazard' ? HAZARD_CLASSES_STORED : [],
    secure: storage === 'secure',
  }));
}

/** Capacity of a bin by its level: a bulky floor place, shelves, a pallet place on top. */
function capacityOf(level: number): { volume: number; weightG: number } {
  if (level === 0) return { volume: 1300 * 800 * 1000, weightG: 500_000 };
  if (level === RESERVE_LEVEL) return { volume: 1300 * 1000 * 1800, weightG: 1_000_000 };
  return { volume: 1300 * 500 * 450, weightG: 80_000 };
}

interface PlacedBin extends DemoBin {
  readonly body: Readonly<Record<string, unknown>>;
}

const AISLE_PITCH_MM = 3_500;
const BAY_PITCH_MM = 1_350;

/** One bay of a rack, from the floor up. Pickers walk the aisles as an ox ploughs. */
function bayBins(site: DemoSite, storage: StorageKind, rack: number, first: number): PlacedBin[] {
  const aisle = Math.floor(rack / BAYS_AN_AISLE);
  const bay = rack % BAYS_AN_AISLE;
  const zone = ZONES[storage];
  const walked = aisle % 2 === 0 ? bay : BAYS_AN_AISLE - 1 - bay;
  const firstAisle = { ambient: 0, chilled: 30, secure: 36, hazard: 42 }[storage];
  return Array.from({ length: LEVELS }, (_, level) => {
    const code = `${site.prefix}-${zone.letter}${pad(aisle + 1, 2)}-${pad(bay + 1, 2)}-${level}`;
    const { volume, weightG } = capacityOf(level);
    return {
      code,
      site: site.index,
      storage,
      isReserve: level === RESERVE_LEVEL,
      volumeMm3: volume,
      body: {
        code,
        site: site.code,
        zone: zone.code,
        type: 'bin',
        capacityVolumeMm3: volume,
        capacityWeightG: weightG,
        x: (firstAisle + aisle) * AISLE_PITCH_MM + (bay % 2) * 2_000,
        y: 10_000 + Math.floor(bay / 2) * BAY_PITCH_MM,
        level,
        pickSequence: first + (aisle * BAYS_AN_AISLE + walked) * LEVELS + level,
      },
    };
  });
}

/** Racks of each zone of a site with `all` racks; what is left over is ambient. */
function racksOf(all: number): Record<StorageKind, number> {
  const share = (storage: StorageKind) => Math.floor((all * RACKS_OF_20[storage]) / 20);
  const [chilled, secure, hazard] = [share('chilled'), share('secure'), share('hazard')];
  return { chilled, secure, hazard, ambient: all - chilled - secure - hazard };
}

/** The bins of all sites, each with what the API is told about it. */
export function makeBins(scale: DemoScale, sites: readonly DemoSite[]): PlacedBin[] {
  const racks = Math.floor(scale.bins / LEVELS);
  return sites.flatMap((site) => {
    const last = site.index === sites.length - 1;
    const even = Math.floor(racks / sites.length);
    const own = last ? racks - even * (sites.length - 1) : even;
    let first = 1;
    const counts = racksOf(own);
    return STORAGE_KINDS.flatMap((storage) => {
      const count = counts[storage];
      const bins = Array.from({ length: count }, (_, rack) => bayBins(site, storage, rack, first));
      first += Math.ceil(count / BAYS_AN_AISLE) * BAYS_AN_AISLE * LEVELS;
      return bins.flat();
    });
  });
}

/** Docks, staging lanes and stations, as the API is told them. */
export function workplaceBodies(site: DemoSite): Record<string, unknown>[] {
  const row = (codes: readonly string[], type: string, y: number) =>
    codes.map((code, index) => ({ code, site: site.code, type, x: 4_000 + index * 8_000, y }));
  return [
    ...row(site.docks, 'dock', 0),
    ...row(site.staging, 'staging', 60_000),
    ...row(site.packing, 'station', 50_000),
    ...row([site.returns], 'station', 5_000),
  ];
}
