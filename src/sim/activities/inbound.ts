import { sscc } from '../codes.ts';
import type { MovementLine } from '../posting/chunk.ts';
import {
  chooseBin,
  greatest,
  type Lot,
  largestShelfMm3,
  least,
  type Place,
  positionAt,
  roundUp,
  type Shelf,
  type StockedItem,
  type Units,
  volumeOf,
} from '../world/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './rhythm.ts';
import {
  act,
  cents,
  describe,
  followUp,
  HOUSE,
  laneOf,
  later,
  newDocument,
  nextOrdinal,
  occurredAt,
  placeWith,
  post,
  type Simulation,
  siteOf,
  stamp,
} from './simulation.ts';

/** Units that stand somewhere and are to be put away. */
export interface Arrival extends Units {
  readonly shelf: Shelf;
  readonly from: Place;
}

/**
 * A new lot of an item that has some of its life behind it.
 * @param agedMin the least and the most share of its life that may be gone.
 */
export function newLot(
  sim: Simulation,
  item: StockedItem,
  agedMin: number,
  agedMax: number,
): Lot | null {
  if (!item.tracksLot) return null;
  sim.counters.lots += 1;
  const code = `L${sim.pace.mark}${sim.counters.lots}`;
  const life = item.shelfLifeDays;
  if (life === null) return { code, expiresAt: null, manufacturedAt: null };
  const aged = Math.floor(life * (agedMin + sim.random.next() * (agedMax - agedMin)));
  const today = Math.floor(occurredAt(sim) / DAY_MS);
  return {
    code,
    manufacturedAt: (today - aged) * DAY_MS,
    expiresAt: (today - aged + life) * DAY_MS,
  };
}

/** New serials, one a unit; undefined for an item without. */
export function newSerials(
  sim: Simulation,
  item: StockedItem,
  quantity: bigint,
): string[] | undefined {
  if (!item.tracksSerial) return undefined;
  return Array.from({ length: Number(quantity) }, () => {
    sim.counters.serials += 1;
    return `${item.sku}-${sim.pace.mark}${sim.counters.serials}`;
  });
}

/** What the house pays for a unit today; nothing for the goods of others. */
export function unitCostToday(sim: Simulation, shelf: Shelf): string | undefined {
  if (shelf.owner !== HOUSE) return undefined;
  const permille = BigInt(sim.random.integer(970, 1035));
  return cents(greatest(1n, (shelf.item.unitCostCents * permille) / 1000n));
}

/** More sale steps than this are often spread over two bins. */
const SPLIT_ABOVE_STEPS = 8n;
const SPLIT_CHANCE = 0.5;

/** How much of `left` goes into the next bin. */
function pieceOf(sim: Simulation, shelf: Shelf, left: bigint): bigint {
  const { item, site } = shelf;
  const largest = largestShelfMm3(sim.world.bins, site, item.storage);
  const perUnit = item.unitVolumeMm3 / 10 ** item.quantityScale;
  const fitting = greatest(1n, BigInt(Math.floor((largest * 0.9) / perUnit)));
  const isSplit = left > SPLIT_ABOVE_STEPS * item.saleStep && sim.random.chance(SPLIT_CHANCE);
  return least(fitting, isSplit ? roundUp(left / 2n, item.saleStep) : left);
}

/** A bin for a piece; when no shelf has room, the reserve must do. */
function binFor(sim: Simulation, shelf: Shelf, quantity: bigint) {
  const { item, site } = shelf;
  const want = { site, storage: item.storage, volumeMm3: volumeOf(item, quantity) };
  const { bins } = sim.world;
  return (
    chooseBin(bins, sim.random, { ...want, inReserve: false }) ??
    chooseBin(bins, sim.random, { ...want, inReserve: true })
  );
}

/**
 * Stows units in as many bins as they need.
 * @returns a line for each bin, and what found no room.
 */
export function stow(
  sim: Simulation,
  arrival: Arrival,
  kind: string,
  unitCost?: string,
): { lines: MovementLine[]; left: bigint } {
  const { shelf, lot, from } = arrival;
  const serials = [...(arrival.serials ?? [])];
  const lines: MovementLine[] = [];
  let left = arrival.quantity;
  while (left > 0n) {
    const quantity = pieceOf(sim, shelf, left);
    const bin = binFor(sim, shelf, quantity);
    if (!bin) break;
    const taken = arrival.serials ? serials.splice(0, Number(quantity)) : undefined;
    const transfer = {
      item: shelf.item,
      owner: shelf.owner,
      lot,
      quantity,
      serials: taken,
      from,
      to: { location: bin.code },
    };
    lines.push(act(sim, transfer, { kind, unitCost }));
    left -= quantity;
  }
  return { lines, left };
}

const RETRY_HOURS = 8;

/** What of an arrival is still where it was put down. */
function stillThere(sim: Simulation, arrival: Arrival): Arrival | undefined {
  const position = positionAt(sim.world, arrival.shelf, arrival.lot, arrival.from);
  if (!position) return undefined;
  const quantity = least(arrival.quantity, position.quantity);
  if (!arrival.serials) return { ...arrival, quantity };
  const serials = arrival.serials.filter((serial) => position.serials.includes(serial));
  return serials.length > 0 ? { ...arrival, quantity: BigInt(serials.length), serials } : undefined;
}

/** Puts units away into free bins; what finds no room is tried again later. */
export function putAway(sim: Simulation, given: Arrival): void {
  const arrival = stillThere(sim, given);
  if (!arrival) return;
  const { shelf } = arrival;
  const { lines, left } = stow(sim, arrival, 'putaway');
  if (lines.length > 0) post(sim, shelf.item, lines, { role: 'PUT', site: shelf.site });
  if (left === 0n) return;
  later(sim, RETRY_HOURS * HOUR_MS, () => putAway(sim, { ...arrival, quantity: left }));
}

const PALLET_CHANCE = 0.25;
const PALLET_CASES_MIN = 2n;

/** Whether a receipt comes on a pallet of its own, to be kept in reserve. */
function comesOnPallet(sim: Simulation, shelf: Shelf, quantity: bigint): boolean {
  const { item } = shelf;
  const isMuch = quantity >= item.caseQuantity * PALLET_CASES_MIN;
  const fits = volumeOf(item, quantity) < 1_200_000_000;
  return isMuch && fits && !item.tracksSerial && sim.random.chance(PALLET_CHANCE);
}

/** An SSCC has nine digits for the number of a pallet. */
const PALLET_NUMBERS = 1_000_000_000;

function newPallet(sim: Simulation, shelf: Shelf, dock: string): string {
  sim.counters.pallets += 1;
  const lpn = sscc((sim.counters.palletsBefore + sim.counters.pallets) % PALLET_NUMBERS);
  laneOf(sim, shelf.item).units.push({
    ordinal: nextOrdinal(sim),
    lpn,
    location: dock,
    owner: shelf.owner,
  });
  return lpn;
}

/** Lifts a pallet into the reserve; when there is no room, its goods are stowed loose. */
function raisePallet(sim: Simulation, given: Arrival): void {
  const arrival = stillThere(sim, given);
  if (!arrival) return;
  const { shelf, from, quantity } = arrival;
  const { item, owner, site } = shelf;
  const want = { site, storage: item.storage, volumeMm3: volumeOf(item, quantity) };
  const bin = chooseBin(sim.world.bins, sim.random, { ...want, inReserve: true });
  if (!bin || from.lpn === undefined) {
    putAway(sim, arrival);
    return;
  }
  const to = { location: bin.code, lpn: from.lpn };
  act(sim, { item, owner, lot: arrival.lot, quantity, from, to }, { kind: 'move' });
  sim.movingPallets.add(from.lpn);
  followUp(sim, item, { type: 'move-unit', lpn: from.lpn, to: bin.code });
}

const DOUBLE_SCAN_CHANCE = 0.004;
const LATE_INVOICE_CHANCE = 0.012;
/** Invoices differ by whole units of the currency. */
const WHOLE_CENTS = 100n;

/** Receives one line of a delivery at a dock; putting it away follows within hours. */
export function receive(
  sim: Simulation,
  shelf: Shelf,
  quantity: bigint,
  asn: MovementLine['document'],
  dock: string,
): void {
  const { item, owner, site } = shelf;
  const lot = newLot(sim, item, 0.02, 0.2);
  const serials = newSerials(sim, item, quantity);
  const isPallet = comesOnPallet(sim, shelf, quantity);
  const from = isPallet ? { location: dock, lpn: newPallet(sim, shelf, dock) } : { location: dock };
  const unitCost = unitCostToday(sim, shelf);
  const transfer = {
    ...{ item, owner, lot, quantity, serials },
    from: { location: item.supplier },
    to: from,
  };
  const action = { kind: 'receipt', document: asn, unitCost };
  const isLate = unitCost !== undefined && sim.random.chance(LATE_INVOICE_CHANCE);
  const worker = { role: 'RCV', site };
  const ordinal = post(sim, item, [act(sim, transfer, action)], { ...worker, isReferred: isLate });
  if (isLate) expectInvoice(sim, shelf, quantity, ordinal);
  if (!serials && !isPallet && sim.random.chance(DOUBLE_SCAN_CHANCE)) {
    scanTwice(sim, shelf, describe(sim, transfer, action));
  }
  const arrival = { shelf, lot, from, quantity, serials };
  const delay = (isPallet ? 30 : 60) * MINUTE_MS + sim.random.next() * 5 * HOUR_MS;
  later(sim, delay, () => (isPallet ? raisePallet(sim, arrival) : putAway(sim, arrival)));
}

/** The invoice comes days later, and asks for a little more than was agreed. */
function expectInvoice(sim: Simulation, shelf: Shelf, quantity: bigint, target: number): void {
  const { item } = shelf;
  const days = sim.random.integer(3, 14);
  later(sim, days * DAY_MS, () => {
    const agreed = (item.unitCostCents * quantity) / 10n ** BigInt(item.quantityScale);
    const percent = BigInt(sim.random.integer(1, 6));
    followUp(sim, item, {
      type: 'revalue',
      target,
      amount: cents(roundUp(greatest(1n, (agreed * percent) / 100n), WHOLE_CENTS)),
      document: newDocument(sim, 'supplier_invoice', 'INV'),
      occurredAt: stamp(sim),
    });
  });
}

/** A receipt that was scanned twice, and is reversed when somebody notices. */
function scanTwice(sim: Simulation, shelf: Shelf, line: MovementLine): void {
  const target = post(sim, shelf.item, [line], {
    role: 'RCV',
    site: shelf.site,
    isReferred: true,
  });
  followUp(sim, shelf.item, {
    type: 'reverse',
    target,
    reason: 'double_scan',
    occurredAt: stamp(sim),
  });
}

/** What a delivery brings for a shelf: up to its target, in whole cases; 0 when it has enough. */
export function wanted(shelf: Shelf): bigint {
  const { item, onHand, incoming, reserved, reorderPoint, orderUpTo } = shelf;
  const there = onHand + incoming - reserved;
  if (there > reorderPoint) return 0n;
  const step = item.tracksSerial || item.quantityScale > 0 ? item.saleStep : item.caseQuantity;
  return roundUp(greatest(orderUpTo - there, item.saleStep), step);
}

/** A supplier's truck arrives with everything that runs low. */
export function deliver(sim: Simulation, shelves: readonly Shelf[]): void {
  const due = shelves
    .map((shelf) => ({ shelf, quantity: wanted(shelf) }))
    .filter(({ quantity }) => quantity > 0n);
  const [first] = due;
  if (!first) return;
  const asn = newDocument(sim, 'asn', 'ASN');
  const dock = sim.random.pick(siteOf(sim, first.shelf.site).docks);
  for (const [index, { shelf, quantity }] of due.entries()) {
    later(sim, index * 3 * MINUTE_MS, () => receive(sim, shelf, quantity, asn, dock));
  }
}

/** The stock that the history begins with, straight into bins. */
export function open(sim: Simulation, shelf: Shelf): void {
  const { item, site, orderUpTo } = shelf;
  const percent = BigInt(sim.random.integer(45, 105));
  const quantity = roundUp(greatest((orderUpTo * percent) / 100n, item.saleStep), item.saleStep);
  const arrival = {
    shelf,
    lot: newLot(sim, item, 0.1, 0.5),
    from: { location: 'OPENING' },
    quantity,
    serials: newSerials(sim, item, quantity),
  };
  const { lines } = stow(sim, arrival, 'opening', unitCostToday(sim, shelf));
  if (lines.length > 0) post(sim, item, lines, { role: 'RCV', site });
}

/** Receives a pallet's goods onto shelves when those run low. */
export function replenish(sim: Simulation, shelf: Shelf): void {
  const pallet = shelf.pallets.find(({ lpn }) => lpn !== null && !sim.movingPallets.has(lpn));
  const lying = shelf.positions.reduce((sum, { quantity }) => sum + quantity, 0n);
  if (!pallet || lying > shelf.reorderPoint) return;
  const quantity = least(pallet.quantity, shelf.item.caseQuantity);
  const from = placeWith(pallet.location, pallet.disposition, pallet.lpn ?? undefined);
  const arrival = { shelf, lot: pallet.lot, from, quantity, serials: undefined };
  const { lines } = stow(sim, arrival, 'replenishment');
  if (lines.length > 0) post(sim, shelf.item, lines, { role: 'RPL', site: shelf.site });
}
