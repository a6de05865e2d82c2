import type { Chunk, FollowUp, MovementLine } from '../../src/sim/posting/chunk.ts';

/** What a plain warehouse would refuse, in words. */
export interface Refused {
  readonly ordinal: number;
  readonly why: string;
}

interface Reservation {
  readonly shelf: string;
  open: number;
}

/**
 * A warehouse in a few maps, which knows nothing of how the simulation plans: it takes requests
 * in the order in which they are posted and notes what is wrong with them. Quantities are in
 * thousandths.
 */
export interface PlainWarehouse {
  /** By `item|owner|location|lpn|disposition|lot`. */
  readonly units: Map<string, number>;
  /** On hand and sellable less reserved, by `item|owner|site`. */
  readonly available: Map<string, number>;
  readonly reservations: Map<number, Reservation>;
  /** Position of each serial that is in the house. */
  readonly serials: Map<string, string>;
  readonly serialItems: Set<string>;
  /** Location of each pallet. */
  readonly pallets: Map<string, string>;
  readonly receipts: Map<number, MovementLine>;
  readonly refused: Refused[];
}

export function createPlainWarehouse(): PlainWarehouse {
  return {
    units: new Map(),
    available: new Map(),
    reservations: new Map(),
    serials: new Map(),
    serialItems: new Set(),
    pallets: new Map(),
    receipts: new Map(),
    refused: [],
  };
}

const OUTSIDE = /^(SUPPLIER|CUSTOMER|OPENING|ADJ-|CONVERSION)/;
const PHYSICAL = new Set([
  ...['receipt', 'customer_return', 'adjustment', 'count', 'transfer_receipt'],
  ...['disposition_change', 'opening', 'scrap', 'short_pick'],
]);
const IMPLIED: Record<string, { from?: string; to?: string }> = {
  shipment: { to: 'CUSTOMER' },
  customer_return: { from: 'CUSTOMER' },
  count: { to: 'ADJ-COUNT' },
  scrap: { to: 'ADJ-SCRAP' },
  adjustment: { to: 'ADJ-EXPIRY' },
};

interface Side {
  readonly location: string;
  readonly lpn: string;
  readonly disposition: string;
}

interface Move {
  readonly from: Side;
  readonly to: Side;
  readonly quantity: number;
}

function sideOf(place: unknown, implied: string | undefined): Side {
  if (typeof place === 'object' && place !== null) {
    return { lpn: '', disposition: 'sellable', ...(place as { location: string }) };
  }
  return { location: String(place ?? implied), lpn: '', disposition: 'sellable' };
}

function isOutside({ location }: Side): boolean {
  return OUTSIDE.test(location);
}

function thousandths(quantity: string): number {
  return Math.round(Number(quantity) * 1000);
}

function add(map: Map<string, number>, key: string, delta: number): void {
  const sum = (map.get(key) ?? 0) + delta;
  if (sum === 0) map.delete(key);
  else map.set(key, sum);
}

function positionOf(line: MovementLine, side: Side): string {
  const { location, lpn, disposition } = side;
  return [line.item, line.owner, location, lpn, disposition, line.lot ?? ''].join('|');
}

/** The shelf whose availability a side counts for; empty for none. Codes begin with the site. */
function shelfOf(line: MovementLine, side: Side): string {
  const isTransit = side.location.startsWith('TRANSIT');
  if (isOutside(side) || isTransit || side.disposition !== 'sellable') return '';
  return [line.item, line.owner, side.location.split('-')[0]].join('|');
}

/** Moves the serials of a line. @returns why not, or '' */
function moveSerials(house: PlainWarehouse, line: MovementLine, { from, to }: Move): string {
  const { serials, serialItems } = house;
  if (line.serials) serialItems.add(line.item);
  else if (serialItems.has(line.item)) return 'no serials';
  const moved = line.serials ?? [];
  if (line.serials && moved.length !== Number(line.quantity)) return 'serials miscounted';
  for (const serial of moved) {
    const at = serials.get(`${line.item} ${serial}`);
    const fits = isOutside(from) ? at === undefined : at === positionOf(line, from);
    if (!fits) return `serial ${serial} is at ${at}`;
  }
  for (const serial of moved) {
    if (isOutside(to)) serials.delete(`${line.item} ${serial}`);
    else serials.set(`${line.item} ${serial}`, positionOf(line, to));
  }
  return '';
}

/** Moves the units of a line. @returns why not, or '' */
function moveUnits(
  house: PlainWarehouse,
  line: MovementLine,
  move: Move,
  reservation: Reservation | undefined,
): string {
  const { units, available } = house;
  const { from, to, quantity } = move;
  const [fromShelf, toShelf] = [shelfOf(line, from), shelfOf(line, to)];
  const there = units.get(positionOf(line, from)) ?? 0;
  if (!isOutside(from) && there < quantity) {
    return `${positionOf(line, from)} holds ${there}, not ${quantity}`;
  }
  if (fromShelf && fromShelf !== toShelf && !PHYSICAL.has(line.kind)) {
    const free = (available.get(fromShelf) ?? 0) + (reservation?.open ?? 0);
    if (free < quantity) return `${fromShelf} has ${free} available, not ${quantity}`;
  }
  const why = moveSerials(house, line, move);
  if (why) return why;
  if (!isOutside(from)) add(units, positionOf(line, from), -quantity);
  if (!isOutside(to)) add(units, positionOf(line, to), quantity);
  if (fromShelf === toShelf) return '';
  if (fromShelf) add(available, fromShelf, -quantity);
  if (toShelf) add(available, toShelf, quantity);
  if (!reservation) return '';
  reservation.open -= quantity;
  add(available, reservation.shelf, quantity);
  return '';
}

/** The movement that a line asks for; undefined for a count that found what was expected. */
function moveOf(house: PlainWarehouse, line: MovementLine): Move | undefined {
  const implied = IMPLIED[line.kind] ?? {};
  const from = sideOf(line.from, implied.from);
  const to = sideOf(line.to, implied.to);
  const quantity = thousandths(line.quantity);
  if (line.kind !== 'count') return { from, to, quantity };
  const variance = quantity - (house.units.get(positionOf(line, from)) ?? 0);
  if (variance === 0) return undefined;
  if (variance > 0) return { from: to, to: from, quantity: variance };
  return { from, to, quantity: -variance };
}

function postLine(
  house: PlainWarehouse,
  ordinal: number,
  line: MovementLine,
  reserved: number | undefined,
): void {
  const refuse = (why: string) => house.refused.push({ ordinal, why: `${line.kind}: ${why}` });
  const move = moveOf(house, line);
  if (!move) return;
  for (const { lpn, location } of [move.from, move.to]) {
    const at = house.pallets.get(lpn);
    if (lpn && at !== location) refuse(`pallet ${lpn} is at ${at}, not ${location}`);
  }
  if (move.quantity <= 0) refuse(`a quantity of ${move.quantity}`);
  const reservation = reserved === undefined ? undefined : house.reservations.get(reserved);
  if (reserved !== undefined && (reservation?.open ?? 0) < move.quantity) {
    refuse(`reservation ${reserved} has ${reservation?.open} open`);
  }
  const why = moveUnits(house, line, move, reservation);
  if (why) refuse(why);
}

function movePallet(house: PlainWarehouse, lpn: string, to: string): string {
  const before = house.pallets.get(lpn);
  house.pallets.set(lpn, to);
  for (const [key, quantity] of [...house.units]) {
    const parts = key.split('|');
    if (parts[3] !== lpn) continue;
    if (parts[2] !== before) return `pallet ${lpn} is split`;
    house.units.delete(key);
    parts[2] = to;
    house.units.set(parts.join('|'), quantity);
  }
  return '';
}

/** @returns why not, or '' */
function follow(house: PlainWarehouse, followUp: FollowUp): string {
  if (followUp.type === 'move-unit') return movePallet(house, followUp.lpn, followUp.to);
  if (followUp.type === 'release') {
    const reservation = house.reservations.get(followUp.target);
    if (!reservation?.open) return 'releases nothing';
    add(house.available, reservation.shelf, reservation.open);
    reservation.open = 0;
    return '';
  }
  const receipt = house.receipts.get(followUp.target);
  if (!receipt) return `${followUp.type}s nothing`;
  if (followUp.type === 'revalue') return Number(followUp.amount) > 0 ? '' : 'adds no cost';
  const back = {
    from: sideOf(receipt.to, undefined),
    to: sideOf(receipt.from, undefined),
    quantity: thousandths(receipt.quantity),
  };
  return moveUnits(house, receipt, back, undefined);
}

/** Takes the requests of a chunk in the order in which they are posted. */
export function takeChunk(house: PlainWarehouse, chunk: Chunk): void {
  const { refused, reservations, available } = house;
  for (const { lpn, location } of chunk.units) house.pallets.set(lpn, location);
  for (const { ordinal, item, owner, site, quantity } of chunk.reservations) {
    const shelf = [item, owner, site.replace('FC-', '')].join('|');
    const free = available.get(shelf) ?? 0;
    const open = thousandths(quantity);
    if (free < open) refused.push({ ordinal, why: `${shelf} has ${free}, not ${open}` });
    add(available, shelf, -open);
    reservations.set(ordinal, { shelf, open });
  }
  for (const { ordinal, lines, reservation } of chunk.movements) {
    for (const line of lines) postLine(house, ordinal, line, reservation);
    if (lines[0]?.kind === 'receipt') house.receipts.set(ordinal, lines[0]);
  }
  for (const followUp of chunk.followUps) {
    const why = follow(house, followUp);
    if (why) refused.push({ ordinal: followUp.ordinal, why });
  }
}
