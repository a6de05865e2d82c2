import {
  convertToBase,
  type ItemForPosting,
  isGtin,
  loadItems,
  loadItemsById,
  loadPacks,
  loadPacksByGtin,
  normaliseGtin,
  type PackForPosting,
  UnevenConversionError,
} from '../catalog/index.ts';
import { loadLocations } from '../network/index.ts';
import type { Tx } from '../platform/database.ts';
import { DecimalError, parseDecimal } from '../platform/quantity.ts';
import type { ScannedUnits } from './receive.ts';
import { type Collector, createCollector } from './resolve.ts';
import type { Rma } from './rma.ts';
import type { ReceiptBody, Scan } from './schemas.ts';
import { refuseFields } from './service.ts';

const PACK_SCALE = 6;
/** Beyond this a sum could leave 64 bits. */
const UNITS_MAX = 10n ** 15n;

interface Known {
  readonly items: ReadonlyMap<string, ItemForPosting>;
  readonly itemsById: ReadonlyMap<number, ItemForPosting>;
  readonly byGtin: ReadonlyMap<string, PackForPosting>;
  readonly packs: readonly PackForPosting[];
  readonly locations: ReadonlyMap<string, { siteCode: string | null; isVirtual: boolean }>;
}

/**
 * Turns the scans of a receipt into units of items of the return's owner.
 * @throws Problem invalid-request with every wrong field.
 */
export async function resolveScans(
  tx: Tx,
  rma: Rma,
  body: Pick<ReceiptBody, 'scans'>,
): Promise<ScannedUnits[]> {
  const collector = createCollector();
  const known = await loadKnown(tx, body.scans);
  const scans = body.scans.map((scan, i) => resolveScan(collector, known, rma, scan, `scans.${i}`));
  const seen = new Set<string>();
  for (const [i, scan] of scans.entries()) {
    for (const serial of scan?.serials ?? []) {
      const key = `${scan?.itemId}\n${serial}`;
      if (seen.has(key)) collector.fail(`scans.${i}.serials`, 'names a serial twice', '', serial);
      seen.add(key);
    }
  }
  refuseFields(collector.errors);
  return scans.filter((scan) => scan !== undefined);
}

async function loadKnown(tx: Tx, scans: readonly Scan[]): Promise<Known> {
  const skus = scans.flatMap(({ item }) => (item === undefined ? [] : [item]));
  const gtins = scans.flatMap(({ gtin }) =>
    gtin !== undefined && isGtin(gtin) ? [normaliseGtin(gtin)] : [],
  );
  const bySku = await loadItems(tx, skus);
  const byGtin = await loadPacksByGtin(tx, gtins);
  const byId = await loadItemsById(
    tx,
    byGtin.map(({ itemId }) => itemId),
  );
  const packs = await loadPacks(
    tx,
    bySku.map(({ itemId }) => itemId),
  );
  const locations = await loadLocations(
    tx,
    scans.map(({ location }) => location),
  );
  return {
    items: new Map(bySku.map((item) => [item.sku, item])),
    itemsById: new Map(byId.map((item) => [item.itemId, item])),
    byGtin: new Map(byGtin.map((pack) => [pack.gtin ?? '', pack])),
    packs,
    locations: new Map(locations.map((location) => [location.code, location])),
  };
}

function resolveScan(
  collector: Collector,
  known: Known,
  rma: Rma,
  scan: Scan,
  path: string,
): ScannedUnits | undefined {
  if ((scan.item === undefined) === (scan.gtin === undefined)) {
    collector.fail(`${path}.item`, 'and gtin: give one of the two', 'item or gtin');
    return undefined;
  }
  const ofGtin = known.byGtin.get(scan.gtin === undefined ? '' : normaliseGtin(scan.gtin));
  const item = ofGtin ? known.itemsById.get(ofGtin.itemId) : known.items.get(scan.item ?? '');
  const isTheirs = item && (item.ownerId === null || item.ownerId === rma.ownerId);
  if (!isTheirs) {
    const field = scan.gtin === undefined ? 'item' : 'gtin';
    const found = scan.gtin ?? scan.item ?? '';
    collector.fail(`${path}.${field}`, 'does not exist', 'an item of the owner', found);
    return undefined;
  }
  const location = known.locations.get(scan.location);
  if (!location || location.isVirtual || location.siteCode !== rma.site) {
    const expected = `a place of ${rma.site}`;
    collector.fail(`${path}.location`, 'is no place of the site', expected, scan.location);
  }
  checkTracking(collector, item, scan, path);
  const ofLevel = known.packs.find(
    ({ itemId, level }) => itemId === item.itemId && level === scan.level,
  );
  if (scan.level !== undefined && !ofLevel) {
    collector.fail(`${path}.level`, 'is no pack of the item', 'a packaging level', scan.level);
  }
  const units = readScanned(collector, path, scan.quantity, ofGtin ?? ofLevel, item.quantityScale);
  const isEven = BigInt(scan.serials?.length ?? 0) * 10n ** BigInt(item.quantityScale) === units;
  if (item.tracksSerial && units > 0n && !isEven) {
    const found = `${scan.serials?.length ?? 0} serials`;
    collector.fail(`${path}.serials`, 'must be one a unit', `${scan.quantity} serials`, found);
  }
  return {
    itemId: item.itemId,
    sku: item.sku,
    scale: item.quantityScale,
    units,
    line: scan.line,
    location: scan.location,
    lpn: scan.lpn ?? null,
    lot: scan.lot ?? null,
    expiresOn: scan.expiresOn,
    serials: scan.serials ?? [],
    reason: scan.reason,
  };
}

function checkTracking(collector: Collector, item: ItemForPosting, scan: Scan, path: string): void {
  if (item.tracksLot && scan.lot === undefined) {
    collector.fail(`${path}.lot`, 'is missing', 'the lot', '');
  }
  if (!item.tracksLot && scan.lot !== undefined) {
    collector.fail(`${path}.lot`, 'is given for an item without lots', 'no lot', scan.lot);
  }
  if (!item.tracksSerial && scan.serials !== undefined) {
    collector.fail(`${path}.serials`, 'are given for an item without serials', 'no serials');
  }
}

function readScanned(
  collector: Collector,
  path: string,
  text: string,
  pack: PackForPosting | undefined,
  scale: number,
): bigint {
  try {
    const units = pack
      ? convertToBase(parseDecimal(text, PACK_SCALE), PACK_SCALE, pack, scale)
      : parseDecimal(text, scale);
    if (units === 0n) {
      collector.fail(`${path}.quantity`, 'must be more than zero', 'a quantity', text);
    }
    if (units > UNITS_MAX)
      collector.fail(`${path}.quantity`, 'is too large', 'at most 10^15', text);
    return units;
  } catch (error) {
    if (!(error instanceof DecimalError) && !(error instanceof UnevenConversionError)) throw error;
    const expected = `at most ${scale} digits after the point`;
    collector.fail(`${path}.quantity`, error.message, expected, text);
    return 0n;
  }
}
