import {
  areThere,
  type Disposition,
  least,
  livesLongEnough,
  move,
  type Position,
  pickable,
  positionAt,
  type Shelf,
  unitsOf,
} from '../world/index.ts';
import type { Arrival } from './inbound.ts';
import { DAY_MS, HOUR_MS } from './rhythm.ts';
import {
  act,
  describe,
  later,
  newDocument,
  occurredAt,
  placeWith,
  post,
  type Simulation,
} from './simulation.ts';

/** Units with a disposition, where they lie. */
function lying(sim: Simulation, { shelf, lot, from, quantity, serials }: Arrival) {
  const { item, owner } = shelf;
  if (!areThere(sim.world, shelf, { lot, quantity, serials }, from)) return undefined;
  return { item, owner, lot, quantity, serials, from };
}

/** Throws goods away: as scrap, or as expired. */
export function scrap(sim: Simulation, arrival: Arrival, why: 'scrap' | 'expiry'): void {
  const there = lying(sim, arrival);
  if (!there) return;
  const isExpiry = why === 'expiry';
  const to = { location: isExpiry ? 'ADJ-EXPIRY' : 'ADJ-SCRAP' };
  const action = isExpiry
    ? ({ kind: 'adjustment', reason: 'expiry', implied: 'to' } as const)
    : ({ kind: 'scrap', implied: 'to' } as const);
  const line = act(sim, { ...there, to }, action);
  post(sim, there.item, [line], { role: 'QA', site: arrival.shelf.site });
}

function sendBack(sim: Simulation, arrival: Arrival): void {
  const there = lying(sim, arrival);
  if (!there) return;
  const to = { location: there.item.supplier };
  const document = newDocument(sim, 'supplier_return', 'RTV');
  const line = act(sim, { ...there, to }, { kind: 'supplier_return', reason: 'damage', document });
  post(sim, there.item, [line], { role: 'QA', site: arrival.shelf.site });
}

/** Gives units of a position another disposition. */
function setAside(
  sim: Simulation,
  shelf: Shelf,
  position: Position,
  quantity: bigint,
  to: { disposition: Disposition; reason: string },
): Arrival {
  const { item, owner } = shelf;
  const lpn = position.lpn ?? undefined;
  const part = unitsOf(position, quantity);
  const from = placeWith(position.location, position.disposition, lpn);
  const aside = placeWith(position.location, to.disposition, lpn);
  const line = act(
    sim,
    { item, owner, ...part, from, to: aside },
    { kind: 'disposition_change', reason: to.reason },
  );
  post(sim, item, [line], { role: 'QA', site: shelf.site });
  return { shelf, lot: part.lot, from: aside, quantity, serials: part.serials };
}

/** A shelf of the site with stock, chosen at random; undefined when luck finds none. */
function someShelf(sim: Simulation, site: number): Shelf | undefined {
  const shelves = sim.picks.get(site)?.shelves ?? [];
  for (let trial = 0; trial < 8 && shelves.length > 0; trial += 1) {
    const shelf = sim.random.pick(shelves);
    if (shelf.positions.length > 0) return shelf;
  }
  return undefined;
}

const DAMAGED_SCRAP_SHARE = 0.6;
const DAMAGED_RETURN_SHARE = 0.2;
/** What nobody decides about stands around for so many times longer. */
const FORGOTTEN_FACTOR = 8;

/** Something falls off a shelf. */
export function damage(sim: Simulation, site: number): void {
  const shelf = someShelf(sim, site);
  if (!shelf) return;
  const position = sim.random.pick(shelf.positions);
  const quantity = least(shelf.item.saleStep, position.quantity);
  if (pickable(shelf, occurredAt(sim)) < quantity) return;
  const how = { disposition: 'damaged', reason: 'damage' } as const;
  const arrival = setAside(sim, shelf, position, quantity, how);
  const fate = sim.random.next();
  const days = (1 + sim.random.next() * 9) * DAY_MS;
  if (fate < DAMAGED_SCRAP_SHARE) later(sim, days, () => scrap(sim, arrival, 'scrap'));
  else if (fate < DAMAGED_SCRAP_SHARE + DAMAGED_RETURN_SHARE) {
    later(sim, days, () => sendBack(sim, arrival));
  } else later(sim, days * FORGOTTEN_FACTOR, () => scrap(sim, arrival, 'scrap'));
}

/** Takes off sale whatever no customer should get any more; it is thrown away later. */
export function sweepExpired(sim: Simulation, shelves: readonly Shelf[]): void {
  const at = occurredAt(sim);
  const isOld = (position: Position) =>
    !livesLongEnough(position, at) && !sim.movingPallets.has(position.lpn ?? '');
  for (const shelf of shelves) {
    if (shelf.promised > 0n) continue;
    for (const position of [...shelf.positions.filter(isOld), ...shelf.pallets.filter(isOld)]) {
      const how = { disposition: 'expired', reason: 'expiry' } as const;
      const arrival = setAside(sim, shelf, position, position.quantity, how);
      later(sim, (4 + sim.random.next() * 30) * HOUR_MS, () => scrap(sim, arrival, 'expiry'));
    }
  }
}

const EXACT_SHARE = 0.965;
const FOUND_ELSEWHERE_SHARE = 0.4;

/** Counts one bin: mostly it holds what the ledger says. */
export function count(sim: Simulation, site: number): void {
  const shelf = someShelf(sim, site);
  if (!shelf || shelf.item.tracksSerial) return;
  const { item, owner } = shelf;
  const { lot, quantity, location } = sim.random.pick(shelf.positions);
  const document = newDocument(sim, 'cycle_count', 'CC');
  const variance = sim.random.chance(EXACT_SHARE) ? 0n : varianceOf(sim, shelf, quantity);
  const bin = { location };
  if (variance !== 0n) adjust(sim, shelf, lot, bin, variance);
  const transfer = { item, owner, lot, quantity, from: bin, to: { location: 'ADJ-COUNT' } };
  const action = { kind: 'count', document, counted: quantity + variance, implied: 'to' } as const;
  post(sim, item, [describe(sim, transfer, action)], { role: 'CNT', site });
  if (variance < 0n && sim.random.chance(FOUND_ELSEWHERE_SHARE)) {
    later(sim, (0.2 + sim.random.next() * 4) * DAY_MS, () => find(sim, shelf, lot, -variance));
  }
}

/** By how much a bin is off; what was promised is never what is missing. */
function varianceOf(sim: Simulation, shelf: Shelf, quantity: bigint): bigint {
  const size = shelf.item.saleStep * BigInt(sim.random.integer(1, 2));
  if (sim.random.chance(0.35)) return size;
  const free = pickable(shelf, occurredAt(sim));
  const missing = least(size, least(quantity, free));
  return missing > 0n ? -missing : 0n;
}

function adjust(
  sim: Simulation,
  shelf: Shelf,
  lot: Position['lot'],
  bin: { location: string },
  variance: bigint,
): void {
  const { item, owner } = shelf;
  const outside = { location: 'ADJ-COUNT' };
  const sides = variance > 0n ? { from: outside, to: bin } : { from: bin, to: outside };
  const quantity = variance > 0n ? variance : -variance;
  move(sim.world, { item, owner, lot, quantity, ...sides }, sim.chunk);
}

/** What was missing in one bin turns up in another, where somebody stowed it by mistake. */
function find(sim: Simulation, shelf: Shelf, lot: Position['lot'], quantity: bigint): void {
  const { item, owner, site } = shelf;
  const elsewhere = someShelf(sim, site)?.positions[0];
  const isSame = elsewhere?.item === item || elsewhere?.item.storage !== item.storage;
  if (!elsewhere || isSame) return;
  const bin = { location: elsewhere.location };
  if (positionAt(sim.world, shelf, lot, bin)) return;
  adjust(sim, shelf, lot, bin, quantity);
  const transfer = { item, owner, lot, quantity, from: bin, to: { location: 'ADJ-COUNT' } };
  const line = describe(sim, transfer, {
    kind: 'count',
    reason: 'mis_stow',
    document: newDocument(sim, 'cycle_count', 'CC'),
    counted: quantity,
    implied: 'to',
  });
  post(sim, item, [line], { role: 'CNT', site });
}
