import { parseDecimal } from '../../platform/quantity.ts';
import { hashText } from '../../platform/random.ts';
import {
  type DemoBin,
  type DemoSite,
  type StorageKind,
  VELOCITIES,
  type Velocity,
} from '../catalogue/index.ts';
import type { ApiClient } from '../posting/client.ts';
import { type StockedItem, storageKindOf } from '../world/index.ts';

/** The reference data that live traffic works with, as the API tells them. */
export interface Reference {
  readonly sites: readonly DemoSite[];
  readonly bins: readonly DemoBin[];
  readonly items: readonly StockedItem[];
  /** Codes of owners besides the house. */
  readonly sellers: readonly string[];
}

interface ApiSite {
  readonly code: string;
  readonly timeZone: string;
}

interface ApiLocation {
  readonly code: string;
  readonly type: string;
  readonly zone: string | null;
  readonly level: number | null;
  readonly capacityVolumeMm3: number | null;
}

interface ApiZone {
  readonly code: string;
  readonly temperatureClass: string;
  readonly hazardClasses: readonly string[];
  readonly secure: boolean;
}

interface ApiPack {
  readonly level: string;
  readonly baseQuantity: string;
  readonly lengthMm: number | null;
  readonly widthMm: number | null;
  readonly heightMm: number | null;
}

interface ApiItem {
  readonly sku: string;
  readonly owner: string | null;
  readonly quantityScale: number;
  readonly tracksLot: boolean;
  readonly tracksSerial: boolean;
  readonly shelfLifeDays: number | null;
  readonly minLifeShipmentDays: number | null;
  readonly hazardClass: string | null;
  readonly temperatureClass: string;
  readonly highValue: boolean;
  readonly baseUnit: string;
  readonly packaging: readonly ApiPack[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

async function readAll<T>(client: ApiClient, path: string): Promise<T[]> {
  const all: T[] = [];
  for await (const page of client.pages(path)) all.push(...page);
  return all;
}

const VOLUME_MM3_DEFAULT = 100_000_000;

/** Sites that lack a dock, a staging lane or a station cannot take part. */
function toSite(site: ApiSite, index: number, locations: readonly ApiLocation[]): DemoSite {
  const codes = (type: string) =>
    locations.filter((location) => location.type === type).map(({ code }) => code);
  const stations = codes('station');
  const returns = stations.find((code) => code.includes('RETURN')) ?? stations[0] ?? '';
  return {
    index,
    code: site.code,
    prefix: site.code.replace(/^FC-/, ''),
    demandShare: locations.length,
    docks: codes('dock'),
    staging: codes('staging'),
    packing: stations.filter((code) => code !== returns),
    returns,
    body: { ...site },
  };
}

function isComplete({ docks, staging, packing, returns }: DemoSite): boolean {
  return docks.length > 0 && staging.length > 0 && packing.length > 0 && returns !== '';
}

function toBins(
  site: number,
  locations: readonly ApiLocation[],
  zones: readonly ApiZone[],
): DemoBin[] {
  const kinds = new Map(zones.map((zone) => [zone.code, storageKindOf(zone)]));
  const bins = locations.filter(({ type }) => type === 'bin');
  const top = bins.reduce((most, { level }) => Math.max(most, level ?? 0), 0);
  return bins.map(({ code, zone, level, capacityVolumeMm3 }) => ({
    code,
    site,
    storage: kinds.get(zone ?? '') ?? 'ambient',
    isReserve: top > 0 && level === top,
    volumeMm3: capacityVolumeMm3 ?? VOLUME_MM3_DEFAULT,
  }));
}

function storageOf(item: ApiItem): StorageKind {
  if (item.hazardClass !== null) return 'hazard';
  if (item.temperatureClass === 'chilled') return 'chilled';
  return item.highValue ? 'secure' : 'ambient';
}

/** How much of all demand an item of each velocity gets, against the slowest. */
const DEMAND: Readonly<Record<Velocity, number>> = { A: 12, B: 3, C: 1 };
const SALE_STEPS: Readonly<Record<string, bigint>> = { kg: 250n, m: 50n };
const RETURN_PERCENT: Readonly<Record<string, number>> = {
  'Clothing and shoes': 14,
  Electronics: 7,
  Grocery: 0.5,
  'Chilled food': 0.3,
};
const RETURN_PERCENT_DEFAULT = 3;

/** An item that the generator made, recognised by its attributes; undefined for any other. */
function toItem(item: ApiItem, index: number): StockedItem | undefined {
  const { velocity, unitCost, supplier, family } = item.attributes;
  const known = VELOCITIES.find((name) => name === velocity);
  if (!known || typeof unitCost !== 'string') return undefined;
  const scale = item.quantityScale;
  const each = item.packaging.find(({ level }) => level === 'each');
  const pack = item.packaging.find(({ level }) => level === 'case');
  const [length, width, height] = [each?.lengthMm, each?.widthMm, each?.heightMm];
  return {
    index,
    sku: item.sku,
    owner: item.owner,
    velocity: known,
    weight: DEMAND[known] * (0.4 + (hashText(item.sku) % 1000) / 800),
    storage: storageOf(item),
    tracksLot: item.tracksLot,
    tracksSerial: item.tracksSerial,
    shelfLifeDays: item.shelfLifeDays,
    minLifeShipmentDays: item.minLifeShipmentDays ?? 0,
    quantityScale: scale,
    saleStep: SALE_STEPS[item.baseUnit] ?? 10n ** BigInt(scale),
    caseQuantity: parseDecimal(pack?.baseQuantity ?? '1', scale),
    unitVolumeMm3: (length ?? 100) * (width ?? 100) * (height ?? 100),
    unitCostCents: parseDecimal(unitCost, 2),
    returnPercent: RETURN_PERCENT[String(family)] ?? RETURN_PERCENT_DEFAULT,
    supplier: typeof supplier === 'string' ? `SUPPLIER-${supplier}` : 'SUPPLIER',
  };
}

/** Reads sites, bins, items and owners. */
export async function readReference(client: ApiClient): Promise<Reference> {
  const apiSites = await readAll<ApiSite>(client, '/v1/sites?type=fulfilment_centre&active=true');
  const sites: DemoSite[] = [];
  const bins: DemoBin[] = [];
  for (const apiSite of apiSites) {
    const code = encodeURIComponent(apiSite.code);
    const path = `/v1/locations?site=${code}&active=true&virtual=false`;
    const locations = await readAll<ApiLocation>(client, path);
    const site = toSite(apiSite, sites.length, locations);
    if (!isComplete(site)) continue;
    const zones = await readAll<ApiZone>(client, `/v1/sites/${code}/zones`);
    bins.push(...toBins(site.index, locations, zones));
    sites.push(site);
  }
  const apiItems = await readAll<ApiItem>(client, '/v1/items?active=true');
  const owners = await readAll<{ code: string; isHouse: boolean }>(
    client,
    '/v1/owners?active=true',
  );
  return {
    sites,
    bins,
    items: apiItems.flatMap((item, index) => toItem(item, index) ?? []),
    sellers: owners.filter(({ isHouse }) => !isHouse).map(({ code }) => code),
  };
}
