import { parseDecimal } from '../../platform/quantity.ts';
import type { ApiClient } from '../posting/client.ts';
import {
  type Disposition,
  move,
  type Position,
  type Shelf,
  type StockedItem,
  shelfOf,
  transitTo,
  volumeOf,
  type World,
} from '../world/index.ts';

interface StockRow {
  readonly item: string;
  readonly location: string;
  readonly lot: string | null;
  readonly expiresOn: string | null;
  readonly owner: string;
  readonly disposition: Disposition;
  readonly lpn: string | null;
  readonly onHand: string;
  readonly inTransit: string;
}

interface SerialRow {
  readonly item: string;
  readonly serial: string;
  readonly owner: string;
  readonly location: string | null;
  readonly lot: string | null;
  readonly disposition: string | null;
  readonly lpn: string | null;
}

interface ReservationRow {
  readonly id: string;
  readonly item: string;
  readonly site: string;
  readonly owner: string;
  readonly open: string;
  readonly expiresAt: string | null;
  readonly document: { readonly type: string; readonly number: string } | null;
}

/** A promise that somebody else made: an open reservation. */
export interface OpenReservation {
  readonly id: string;
  readonly shelf: Shelf;
  readonly quantity: bigint;
  /** Whether the demo's own customers made it. */
  readonly isDemoCart: boolean;
  /** Milliseconds since the epoch; null: never. */
  readonly expiresAt: number | null;
}

function placeKey(row: Pick<SerialRow, 'item' | 'owner' | 'location' | 'lot' | 'lpn'>): string {
  return [row.item, row.owner, row.location, row.lot ?? '', row.lpn ?? ''].join('|');
}

/** Serials in the house by where they are. */
async function readSerials(
  client: ApiClient,
  world: World,
  sku: string | undefined,
): Promise<Map<string, string[]>> {
  const serials = new Map<string, string[]>();
  const paths = world.sites.flatMap((site) => [
    `/v1/serials?site=${encodeURIComponent(site.code)}${itemParameter(sku)}`,
    `/v1/serials?location=${encodeURIComponent(transitTo(site))}${itemParameter(sku)}`,
  ]);
  const seen = new Set<string>();
  for (const path of paths) {
    for await (const page of client.pages(path)) {
      for (const row of page as SerialRow[]) {
        if (seen.has(`${row.item} ${row.serial}`)) continue;
        seen.add(`${row.item} ${row.serial}`);
        const key = `${placeKey(row)}|${row.disposition}`;
        const known = serials.get(key);
        if (known) known.push(row.serial);
        else serials.set(key, [row.serial]);
      }
    }
  }
  return serials;
}

function itemParameter(sku: string | undefined): string {
  return sku === undefined ? '' : `&item=${encodeURIComponent(sku)}`;
}

/** Puts what the API says is in a place into the world. */
function place(
  world: World,
  items: ReadonlyMap<string, StockedItem>,
  serials: ReadonlyMap<string, string[]>,
  row: StockRow,
  chunk: number,
): void {
  const item = items.get(row.item);
  if (!item || !world.spots.has(row.location)) return;
  const scale = item.quantityScale;
  const quantity = parseDecimal(row.onHand, scale) + parseDecimal(row.inTransit, scale);
  if (quantity <= 0n) return;
  const expiresAt = row.expiresOn === null ? null : Date.parse(row.expiresOn);
  const lot = row.lot === null ? null : { code: row.lot, expiresAt, manufacturedAt: null };
  const own = item.tracksSerial
    ? (serials.get(`${placeKey(row)}|${row.disposition}`) ?? [])
    : undefined;
  // Read while somebody posted, or in transit: without its serials a position cannot be moved.
  if (own && BigInt(own.length) !== quantity) return;
  const { location, disposition, lpn, owner } = row;
  const to = { location, disposition, ...(lpn === null ? {} : { lpn }) };
  const transfer = { item, owner, lot, quantity, serials: own, from: { location: '' }, to };
  move(world, transfer, chunk);
}

/** Forgets what the world believes of an item. */
function forget(world: World, item: StockedItem): void {
  for (const [key, position] of world.positions) {
    if (position.item !== item) continue;
    const bin = world.bins.byCode.get(position.location);
    if (bin) {
      bin.occupants -= 1;
      bin.usedMm3 -= volumeOf(item, position.quantity);
    }
    position.quantity = 0n;
    position.serials = [];
    world.positions.delete(key);
  }
  for (const shelf of world.shelves.get(item) ?? []) {
    shelf.positions.length = 0;
    shelf.pallets.length = 0;
    shelf.onHand = 0n;
    shelf.reserved = 0n;
    shelf.chunk = -1;
  }
}

/**
 * Reads the stock of one item, or of all, into the world in place of what it believed.
 * @param chunk number of the chunk that is being filled.
 * @returns reservations that are open.
 */
export async function readStock(
  client: ApiClient,
  world: World,
  chunk: number,
  sku?: string,
): Promise<OpenReservation[]> {
  const items = new Map(world.items.map((item) => [item.sku, item]));
  const known = sku === undefined ? undefined : items.get(sku);
  const hasSerials = known?.tracksSerial ?? true;
  const serials = hasSerials ? await readSerials(client, world, sku) : new Map();
  const rows: StockRow[] = [];
  const filter = sku === undefined ? '' : `?item=${encodeURIComponent(sku)}`;
  for await (const page of client.pages(`/v1/stock${filter}`)) rows.push(...page);
  const reservations: ReservationRow[] = [];
  const open = `/v1/reservations?state=open${itemParameter(sku)}`;
  for await (const page of client.pages(open)) reservations.push(...page);
  // Nothing is awaited from here on, so nobody sees the world half read.
  if (known) forget(world, known);
  for (const row of rows) place(world, items, serials, row, chunk);
  return reservations.flatMap((row) => note(world, items, row) ?? []);
}

function note(
  world: World,
  items: ReadonlyMap<string, StockedItem>,
  row: ReservationRow,
): OpenReservation | undefined {
  const item = items.get(row.item);
  const site = world.sites.find(({ code }) => code === row.site);
  if (!item || !site) return undefined;
  const shelf = shelfOf(world, item, row.owner, site.index);
  const quantity = parseDecimal(row.open, item.quantityScale);
  shelf.reserved += quantity;
  const { id, document } = row;
  const isDemoCart = document?.type === 'sales_order' && document.number.startsWith('SHOP-');
  const expiresAt = row.expiresAt === null ? null : Date.parse(row.expiresAt);
  return { id, shelf, quantity, expiresAt, isDemoCart };
}

/** Positions outside bins, and those in bins that nobody may sell: work that was left undone. */
export function leftovers(world: World): Position[] {
  return [...world.positions.values()].filter(
    ({ location, disposition }) =>
      disposition !== 'sellable' || world.spots.get(location)?.kind !== 'bin',
  );
}
