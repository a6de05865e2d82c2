import { formatDecimal } from '../../platform/quantity.ts';
import type { MovementLine } from '../posting/chunk.ts';
import {
  areThere,
  canReserve,
  firstExpiredFirst,
  least,
  livesLongEnough,
  type Place,
  type Position,
  pickable,
  reserve,
  type Shelf,
  type Units,
  unitsOf,
} from '../world/index.ts';
import { expectReturn } from './returns.ts';
import { HOUR_MS, MINUTE_MS } from './rhythm.ts';
import {
  act,
  followUp,
  laneOf,
  later,
  newDocument,
  nextOrdinal,
  occurredAt,
  post,
  type Simulation,
  siteOf,
} from './simulation.ts';

type Document = NonNullable<MovementLine['document']>;

/** One line of an order, from the promise to the door. */
export interface OrderLine {
  readonly shelf: Shelf;
  readonly quantity: bigint;
  readonly document: Document | undefined;
  /** Ordinal of the reservation that keeps it. */
  readonly reservation: number | undefined;
}

const LINES_AN_ORDER = [1, 1, 1, 1, 1, 1, 2, 2, 3, 4] as const;
/** Lines of the average order. */
export const LINES_MEAN = LINES_AN_ORDER.reduce<number>((sum, n) => sum + n, 0) / 10;

const STEPS_A_LINE = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4] as const;
const CART_SHARE = 0.22;
const ABANDONED_SHARE = 0.05;
const CART_SECONDS = 172_800;

/** A customer orders at a site: each line is promised, picked, and shipped together. */
export function placeOrder(sim: Simulation, site: number): void {
  const { random, picks } = sim;
  const sitePick = picks.get(site);
  if (!sitePick || sitePick.shelves.length === 0) return;
  const document = newDocument(sim, 'sales_order', 'SHOP');
  const isCart = random.chance(CART_SHARE);
  const lines: OrderLine[] = [];
  for (let count = random.pick(LINES_AN_ORDER); count > 0; count -= 1) {
    const shelf = sitePick.shelves[sitePick.pick(random)]!;
    const quantity = shelf.item.saleStep * BigInt(random.pick(STEPS_A_LINE));
    if (lines.some((line) => line.shelf === shelf)) continue;
    if (pickable(shelf, occurredAt(sim)) < quantity) {
      sim.counters.lostLines += 1;
      continue;
    }
    const isKept = isCart && canReserve(shelf, quantity, sim.chunk);
    const reservation = isKept ? keepForCart(sim, shelf, quantity, document) : undefined;
    shelf.promised += quantity;
    lines.push({ shelf, quantity, document, reservation });
  }
  if (lines.length === 0) return;
  if (isCart && random.chance(ABANDONED_SHARE)) {
    later(sim, random.integer(20, 300) * MINUTE_MS, () => abandon(sim, lines));
    return;
  }
  const delay = (0.4 + random.next() * 5) * HOUR_MS;
  later(sim, delay, () => pickOrder(sim, site, lines));
}

function keepForCart(sim: Simulation, shelf: Shelf, quantity: bigint, document: Document): number {
  reserve(shelf, quantity, sim.chunk);
  const ordinal = nextOrdinal(sim);
  laneOf(sim, shelf.item).reservations.push({
    ordinal,
    item: shelf.item.sku,
    quantity: formatDecimal(quantity, shelf.item.quantityScale),
    site: siteOf(sim, shelf.site).code,
    owner: shelf.owner,
    document,
    expiresInSeconds: CART_SECONDS,
  });
  return ordinal;
}

/** Takes back the promise of units, and with it what is left of the reservation. */
export function breakPromise(
  sim: Simulation,
  { shelf, reservation }: OrderLine,
  rest: bigint,
): void {
  if (reservation === undefined) {
    shelf.promised -= rest;
    return;
  }
  followUp(sim, shelf.item, { type: 'release', target: reservation });
  // It is posted at the end of the chunk, so the units are free from the next one on.
  const { chunk } = sim;
  const free = () => {
    if (sim.chunk === chunk) return later(sim, HOUR_MS, free);
    shelf.reserved -= least(rest, shelf.reserved);
    shelf.promised -= least(rest, shelf.promised);
  };
  later(sim, HOUR_MS, free);
}

function abandon(sim: Simulation, lines: readonly OrderLine[]): void {
  for (const line of lines) breakPromise(sim, line, line.quantity);
}

const PACKED_SHARE = 0.2;

function pickOrder(sim: Simulation, site: number, lines: readonly OrderLine[]): void {
  const { random } = sim;
  const { staging, packing } = siteOf(sim, site);
  const place = { location: random.pick(staging) };
  const isPacked = random.chance(PACKED_SHARE);
  const station = { location: random.pick(packing) };
  const shipAfter = (0.5 + random.next() * 3) * HOUR_MS;
  for (const [index, line] of lines.entries()) {
    later(sim, index * 2 * MINUTE_MS, () => {
      const { picked, missing } = pickLine(sim, line, place);
      const ship = (from: Place) => {
        shipLine(sim, line, picked, from);
        // Only now: a reservation that is released can no longer be shipped from.
        if (missing > 0n) breakPromise(sim, line, missing);
      };
      if (picked.length === 0 || !isPacked) return later(sim, shipAfter, () => ship(place));
      later(sim, shipAfter / 2, () => {
        carry(sim, line, picked, place, station);
        later(sim, shipAfter / 2, () => ship(station));
      });
    });
  }
}

/** Takes units out of bins, first expired first, until the line is met or there are no more. */
function pickLine(
  sim: Simulation,
  line: OrderLine,
  to: Place,
): { picked: Units[]; missing: bigint } {
  const { shelf, quantity, document } = line;
  const { item, owner } = shelf;
  const at = occurredAt(sim);
  const picked: Units[] = [];
  const moves: MovementLine[] = [];
  let left = quantity;
  for (const position of firstExpiredFirst(shelf.positions)) {
    if (left === 0n) break;
    if (!livesLongEnough(position, at)) continue;
    const part = unitsOf(position, least(left, position.quantity));
    const from = { location: position.location };
    moves.push(act(sim, { item, owner, ...part, from, to }, { kind: 'pick', document }));
    picked.push(part);
    left -= part.quantity;
  }
  shelf.promised -= quantity - left;
  if (line.reservation === undefined) shelf.staged += quantity - left;
  if (moves.length > 0) post(sim, item, moves, { role: 'PICK', site: shelf.site });
  return { picked: merged(picked), missing: left };
}

/** In staging it does not matter any more which bin units of one lot came from. */
function merged(parts: readonly Units[]): Units[] {
  const byLot = new Map<string, Units>();
  for (const part of parts) {
    const key = part.lot?.code ?? '';
    const known = byLot.get(key);
    const serials = part.serials && [...(known?.serials ?? []), ...part.serials];
    byLot.set(key, { lot: part.lot, quantity: (known?.quantity ?? 0n) + part.quantity, serials });
  }
  return [...byLot.values()];
}

/** Moves what was picked from staging to a packing station. */
function carry(
  sim: Simulation,
  line: OrderLine,
  picked: readonly Units[],
  from: Place,
  to: Place,
): void {
  const { shelf, document } = line;
  const { item, owner, site } = shelf;
  const moves = picked
    .filter((part) => areThere(sim.world, shelf, part, from))
    .map((part) => act(sim, { item, owner, ...part, from, to }, { kind: 'pack', document }));
  if (moves.length > 0) post(sim, item, moves, { role: 'PACK', site });
}

/** Ships what was picked; now and then it will come back. */
function shipLine(sim: Simulation, line: OrderLine, picked: readonly Units[], from: Place): void {
  const { shelf, document, reservation } = line;
  const { item, owner, site } = shelf;
  const isReserved = reservation !== undefined;
  const parts = picked.filter((part) => areThere(sim.world, shelf, part, from));
  const to = { location: 'CUSTOMER' };
  const moves = parts.map((part) =>
    act(
      sim,
      { item, owner, ...part, from, to, isReserved },
      { kind: 'shipment', document, implied: 'to' },
    ),
  );
  if (!isReserved) {
    const all = picked.reduce((sum, part) => sum + part.quantity, 0n);
    shelf.staged -= least(all, shelf.staged);
  }
  if (moves.length === 0) return;
  const comesBack = parts.length === 1 && sim.random.chance(item.returnPercent / 100);
  const worker = { role: 'SHIP', site, isReferred: comesBack, reservation };
  const ordinal = post(sim, item, moves, worker);
  if (comesBack) expectReturn(sim, shelf, parts[0]!, ordinal, document);
}

/**
 * Ships what stands in staging without anybody knowing the order, as after a restart. Units that
 * are still reserved for a cart must wait until that is given back.
 */
export function shipLeftover(sim: Simulation, position: Position): void {
  const { shelf, location } = position;
  if (position.quantity === 0n) return;
  if (shelf.onHand - shelf.reserved < position.quantity) {
    later(sim, HOUR_MS, () => shipLeftover(sim, position));
    return;
  }
  const document = newDocument(sim, 'sales_order', 'SHOP');
  const line = { shelf, quantity: position.quantity, document, reservation: undefined };
  shipLine(sim, line, [unitsOf(position, position.quantity)], { location });
}
