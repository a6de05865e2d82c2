import type { DemoBin, DemoSite } from '../catalogue/index.ts';
import { type BinState, type Bins, createBins } from './bins.ts';
import { type StockedItem, volumeOf } from './item.ts';
import { createShelf, keepInMind, type Shelf } from './shelf.ts';

export const DISPOSITIONS = ['sellable', 'damaged', 'expired', 'quarantined', 'defective'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** A batch of one item. Instants are milliseconds since the epoch. */
export interface Lot {
  readonly code: string;
  /** Null where the item does not expire. */
  readonly expiresAt: number | null;
  readonly manufacturedAt: number | null;
}

/** Where units are or go. A location the world does not know is outside: suppliers, customers. */
export interface Place {
  readonly location: string;
  readonly lpn?: string;
  readonly disposition?: Disposition;
}

/** Units of one kind in one place: what the ledger calls a position. */
export interface Position {
  readonly key: string;
  readonly shelf: Shelf;
  readonly item: StockedItem;
  readonly owner: string;
  readonly location: string;
  readonly lpn: string | null;
  readonly disposition: Disposition;
  readonly lot: Lot | null;
  /** Integer at the item's scale; never negative. */
  quantity: bigint;
  /** One a unit where the item tracks serials. */
  serials: string[];
}

/** Units of one lot that move together, with their serials where the item tracks them. */
export interface Units {
  readonly lot: Lot | null;
  readonly quantity: bigint;
  readonly serials: readonly string[] | undefined;
}

/** A place that the world keeps count of. */
export interface Spot {
  readonly code: string;
  /** Index of its site; for goods in transit that of where they go. */
  readonly site: number;
  readonly kind: 'bin' | 'dock' | 'staging' | 'station' | 'transit';
}

/** What the simulation believes to be where. */
export interface World {
  readonly sites: readonly DemoSite[];
  readonly items: readonly StockedItem[];
  readonly bins: Bins;
  readonly spots: ReadonlyMap<string, Spot>;
  readonly positions: Map<string, Position>;
  /** Shelves of each item: one for each owner and site that may have some. */
  readonly shelves: Map<StockedItem, Shelf[]>;
}

/** One transfer of units. The sides say which of them the world keeps count of. */
export interface Transfer extends Goods {
  readonly lot: Lot | null;
  /** Positive. */
  readonly quantity: bigint;
  readonly serials?: readonly string[];
  readonly from: Place;
  readonly to: Place;
  /** Whether it fulfils a reservation, which then shrinks with the stock. */
  readonly isReserved?: boolean;
}

/** The in-transit location of goods on their way to a site. */
export function transitTo(site: Pick<DemoSite, 'code'>): string {
  return `TRANSIT-${site.code}`;
}

function spotsOf(sites: readonly DemoSite[], bins: readonly DemoBin[]): Map<string, Spot> {
  const spots = new Map<string, Spot>();
  const add = (kind: Spot['kind'], site: number, codes: readonly string[]) => {
    for (const code of codes) spots.set(code, { code, site, kind });
  };
  for (const site of sites) {
    add('dock', site.index, site.docks);
    add('staging', site.index, site.staging);
    add('station', site.index, [...site.packing, site.returns]);
    add('transit', site.index, [transitTo(site)]);
  }
  for (const bin of bins) spots.set(bin.code, { code: bin.code, site: bin.site, kind: 'bin' });
  return spots;
}

/** A world with nothing in it. */
export function createWorld(
  sites: readonly DemoSite[],
  bins: readonly DemoBin[],
  items: readonly StockedItem[],
): World {
  return {
    sites,
    items,
    bins: createBins(bins),
    spots: spotsOf(sites, bins),
    positions: new Map(),
    shelves: new Map(),
  };
}

/** The shelf of an item, owner and site; made when it is first asked for. */
export function shelfOf(world: World, item: StockedItem, owner: string, site: number): Shelf {
  const shelves = world.shelves.get(item) ?? [];
  const known = shelves.find((shelf) => shelf.site === site && shelf.owner === owner);
  if (known) return known;
  const shelf = createShelf(item, owner, site);
  shelves.push(shelf);
  world.shelves.set(item, shelves);
  return shelf;
}

/** Whose units of what: an item and an owner. */
export interface Goods {
  readonly item: StockedItem;
  readonly owner: string;
}

function positionKey({ item, owner }: Goods, lot: Lot | null, place: Place): string {
  const { location, lpn = '', disposition = 'sellable' } = place;
  return `${item.sku}|${owner}|${location}|${lpn}|${disposition}|${lot?.code ?? ''}`;
}

/** The position of goods of a lot in a place; undefined when none are there. */
export function positionAt(
  world: World,
  goods: Goods,
  lot: Lot | null,
  place: Place,
): Position | undefined {
  return world.positions.get(positionKey(goods, lot, place));
}

/** Whether these very units are in a place: in live traffic others move things too. */
export function areThere(world: World, goods: Goods, units: Units, place: Place): boolean {
  const position = positionAt(world, goods, units.lot, place);
  if (!position || position.quantity < units.quantity) return false;
  return (units.serials ?? []).every((serial) => position.serials.includes(serial));
}

/** Some units of a position, the first of its serials with them. */
export function unitsOf(position: Position, quantity: bigint): Units {
  const { item, lot, serials } = position;
  return {
    lot,
    quantity,
    serials: item.tracksSerial ? serials.slice(0, Number(quantity)) : undefined,
  };
}

/** Whether units in this position can be picked: sellable and in a bin. */
function isPickable(spot: Spot, position: Position): boolean {
  return spot.kind === 'bin' && position.disposition === 'sellable';
}

function listOf(shelf: Shelf, position: Position): Position[] {
  return position.lpn === null ? shelf.positions : shelf.pallets;
}

/** Changes what a position holds, and with it the bin and the shelf. */
function change(world: World, spot: Spot, position: Position, delta: bigint): void {
  const before = position.quantity;
  position.quantity += delta;
  if (position.quantity < 0n) {
    throw new Error(`${position.key} would hold ${position.quantity}`);
  }
  const bin = world.bins.byCode.get(spot.code);
  if (bin) fill(bin, position, delta, before);
  const { shelf } = position;
  const pickable = isPickable(spot, position);
  if (before === 0n) {
    world.positions.set(position.key, position);
    if (pickable) listOf(shelf, position).push(position);
  }
  if (position.quantity === 0n) {
    world.positions.delete(position.key);
    if (pickable) {
      const list = listOf(shelf, position);
      list.splice(list.indexOf(position), 1);
    }
  }
}

function fill(bin: BinState, position: Position, delta: bigint, before: bigint): void {
  bin.usedMm3 += volumeOf(position.item, delta);
  if (before === 0n) bin.occupants += 1;
  if (position.quantity === 0n) bin.occupants -= 1;
}

function takeOut(world: World, transfer: Transfer): void {
  const spot = world.spots.get(transfer.from.location);
  if (!spot) return;
  const key = positionKey(transfer, transfer.lot, transfer.from);
  const position = world.positions.get(key);
  if (!position) throw new Error(`${key} holds nothing`);
  if (transfer.serials) {
    const leaving = new Set(transfer.serials);
    position.serials = position.serials.filter((serial) => !leaving.has(serial));
  }
  change(world, spot, position, -transfer.quantity);
}

function putIn(world: World, transfer: Transfer): void {
  const spot = world.spots.get(transfer.to.location);
  if (!spot) return;
  const { item, owner, lot, to, quantity } = transfer;
  const key = positionKey(transfer, lot, to);
  const position = world.positions.get(key) ?? {
    key,
    item,
    owner,
    shelf: shelfOf(world, item, owner, spot.site),
    location: to.location,
    lpn: to.lpn ?? null,
    disposition: to.disposition ?? 'sellable',
    lot,
    quantity: 0n,
    serials: [],
  };
  if (transfer.serials) position.serials.push(...transfer.serials);
  change(world, spot, position, quantity);
}

/** The shelf whose sellable stock a side of a transfer belongs to; undefined for none. */
function sellableShelf(world: World, transfer: Transfer, place: Place): Shelf | undefined {
  const spot = world.spots.get(place.location);
  const isSellable = (place.disposition ?? 'sellable') === 'sellable';
  if (!spot || spot.kind === 'transit' || !isSellable) return undefined;
  return shelfOf(world, transfer.item, transfer.owner, spot.site);
}

/**
 * Moves units from one place to another.
 * @param chunk what is posted together; see {@link keepInMind}.
 * @throws Error when the units are not there: a fault of the simulation.
 */
export function move(world: World, transfer: Transfer, chunk: number): void {
  if (transfer.quantity <= 0n) throw new Error(`a move of ${transfer.quantity}`);
  const { isReserved = false } = transfer;
  takeOut(world, transfer);
  putIn(world, transfer);
  const from = sellableShelf(world, transfer, transfer.from);
  const to = sellableShelf(world, transfer, transfer.to);
  if (from === to) return;
  if (from) keepInMind(from, -transfer.quantity, isReserved, chunk);
  if (to) keepInMind(to, transfer.quantity, false, chunk);
}
