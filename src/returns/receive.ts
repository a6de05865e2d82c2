import { Problem } from '../platform/problems.ts';
import { formatDecimal } from '../platform/quantity.ts';
import type { ReasonCode } from './policy.ts';
import { returnBeyondExpected, returnNotShipped } from './problems.ts';
import { valueBack } from './refund.ts';
import type { RmaLine } from './rma.ts';
import { RECEIVABLE } from './states.ts';

/** Which line, and which shipment, each unit of a receipt belongs to: pure rules. */

/** One scan with its codes resolved. */
export interface ScannedUnits {
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  readonly units: bigint;
  readonly line: number | undefined;
  readonly location: string;
  readonly lpn: string | null;
  readonly lot: string | null;
  readonly expiresOn: string | undefined;
  readonly serials: readonly string[];
  readonly reason: ReasonCode | undefined;
}

/** A shipment of a line of the sale, and what of it came back already. */
export interface Shipment {
  readonly journal: number;
  readonly seq: bigint;
  readonly line: number;
  readonly itemId: number;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly returned: bigint;
  readonly valueReturned: bigint;
  readonly lot: string | null;
  readonly serials: readonly string[];
}

/** What is known when a receipt is planned. */
export interface Arrival {
  readonly lines: readonly RmaLine[];
  readonly shipments: readonly Shipment[];
  /** Units of each line of the sale that no return claims yet. */
  readonly unclaimed: ReadonlyMap<number, bigint>;
  readonly hasSale: boolean;
  /** Whether value comes back: only the house's goods carry its money. */
  readonly carriesValue: boolean;
  readonly excess: 'refuse' | 'take';
}

/** Units of one scan that belong together. */
export interface Piece {
  readonly scan: ScannedUnits;
  /** An expected line of the return; null where it came unexpectedly. */
  readonly line: number | null;
  /** The line of the sale that unexpected units stand on; null: on none. */
  readonly orderLine: number | null;
  readonly units: bigint;
  readonly serials: readonly string[];
  readonly shipment: Pick<Shipment, 'journal' | 'seq'> | null;
  /** House minor units; null: the ledger takes the cost of the pool. */
  readonly value: bigint | null;
}

/** Copies that shrink while units are placed. */
interface Working {
  readonly arrival: Arrival;
  readonly open: Map<number, bigint>;
  readonly shipments: { -readonly [K in keyof Shipment]: Shipment[K] }[];
  readonly unclaimed: Map<number, bigint>;
  readonly pieces: Piece[];
}

/**
 * Plans a receipt: every unit goes to a line and, where there is a sale, to the shipment that it
 * left with.
 * @throws Problem return-beyond-expected, return-not-shipped.
 */
export function planReceipt(arrival: Arrival, scans: readonly ScannedUnits[]): Piece[] {
  const working: Working = {
    arrival,
    open: new Map(arrival.lines.map((line) => [line.line, openUnits(line)])),
    shipments: arrival.shipments.map((shipment) => ({ ...shipment })),
    unclaimed: new Map(arrival.unclaimed),
    pieces: [],
  };
  for (const scan of scans) {
    if (scan.serials.length === 0) {
      placeUnits(working, scan, scan.units, undefined);
      continue;
    }
    const unit = scan.units / BigInt(scan.serials.length);
    for (const serial of scan.serials) placeUnits(working, scan, unit, serial);
  }
  return merge(working.pieces);
}

/** Units of a line that may still arrive. */
export function openUnits(line: RmaLine): bigint {
  const isOpen = (RECEIVABLE as readonly string[]).includes(line.state);
  const open = line.expected - line.received - line.arriving;
  return isOpen && open > 0n ? open : 0n;
}

function placeUnits(
  working: Working,
  scan: ScannedUnits,
  units: bigint,
  serial: string | undefined,
): void {
  const { arrival, open } = working;
  const announced = arrival.lines.filter(
    (line) =>
      line.itemId === scan.itemId &&
      !line.isUnexpected &&
      (scan.line === undefined || scan.line === line.line),
  );
  let left = units;
  for (const line of announced) {
    left = placeOnLine(working, scan, line, left, serial);
  }
  if (left === 0n) return;
  const stillOpen = announced.reduce((sum, line) => sum + (open.get(line.line) ?? 0n), 0n);
  if (announced.length > 0 && arrival.excess === 'refuse') {
    throw stillOpen > 0n ? notShipped(scan, serial) : beyondExpected(scan, left, units - left);
  }
  placeUnexpected(working, scan, left, serial);
}

/** Puts what fits on an expected line; answers what is left. */
function placeOnLine(
  working: Working,
  scan: ScannedUnits,
  line: RmaLine,
  units: bigint,
  serial: string | undefined,
): bigint {
  let left = units;
  const lineOpen = () => working.open.get(line.line) ?? 0n;
  const take = (wanted: bigint, shipment: Working['shipments'][number] | null) => {
    const taken = least(left, lineOpen(), wanted);
    if (taken === 0n) return;
    left -= taken;
    working.open.set(line.line, lineOpen() - taken);
    addPiece(
      working,
      { scan, line: line.line, orderLine: line.orderLine },
      taken,
      serial,
      shipment,
    );
  };
  if (!working.arrival.hasSale || line.orderLine === null) {
    take(left, null);
    return left;
  }
  for (const shipment of fitting(working, scan, serial)) {
    if (shipment.line === line.orderLine) take(shipment.quantity - shipment.returned, shipment);
  }
  return left;
}

/** What nobody announced: on a line of the sale that is not claimed as far as there is one. */
function placeUnexpected(
  working: Working,
  scan: ScannedUnits,
  units: bigint,
  serial: string | undefined,
): void {
  let left = units;
  for (const shipment of fitting(working, scan, serial)) {
    const unclaimed = working.unclaimed.get(shipment.line) ?? 0n;
    const taken = least(left, unclaimed, shipment.quantity - shipment.returned);
    if (taken === 0n) continue;
    left -= taken;
    working.unclaimed.set(shipment.line, unclaimed - taken);
    addPiece(working, { scan, line: null, orderLine: shipment.line }, taken, serial, shipment);
  }
  if (left > 0n) addPiece(working, { scan, line: null, orderLine: null }, left, serial, null);
}

/** Shipments that these units can have left with, in the order of the ledger. */
function fitting(
  working: Working,
  scan: ScannedUnits,
  serial: string | undefined,
): Working['shipments'] {
  return working.shipments.filter(
    (shipment) =>
      shipment.itemId === scan.itemId &&
      (scan.lot === null || shipment.lot === scan.lot) &&
      (serial === undefined || shipment.serials.includes(serial)),
  );
}

function addPiece(
  working: Working,
  to: Pick<Piece, 'scan' | 'line' | 'orderLine'>,
  units: bigint,
  serial: string | undefined,
  shipment: Working['shipments'][number] | null,
): void {
  const { carriesValue } = working.arrival;
  const value = shipment && carriesValue ? valueBack(shipment, units) : null;
  if (shipment) {
    shipment.returned += units;
    shipment.valueReturned += value ?? 0n;
  }
  const serials = serial === undefined ? [] : [serial];
  working.pieces.push({ ...to, units, serials, shipment, value });
}

/** Pieces of one scan, line and shipment as one. */
function merge(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const index = merged.findIndex(
      (one) =>
        one.scan === piece.scan &&
        one.line === piece.line &&
        one.orderLine === piece.orderLine &&
        one.shipment?.journal === piece.shipment?.journal &&
        one.shipment?.seq === piece.shipment?.seq,
    );
    const same = merged[index];
    if (!same) {
      merged.push(piece);
      continue;
    }
    merged[index] = {
      ...same,
      units: same.units + piece.units,
      serials: [...same.serials, ...piece.serials],
      value: same.value === null ? null : same.value + (piece.value ?? 0n),
    };
  }
  return merged;
}

function least(...amounts: readonly bigint[]): bigint {
  return amounts.reduce((smallest, amount) => (amount < smallest ? amount : smallest));
}

function beyondExpected(scan: ScannedUnits, left: bigint, open: bigint): Problem {
  const figure = (amount: bigint) => formatDecimal(amount, scan.scale);
  const detail = `${figure(left)} of ${scan.sku} more than is expected.`;
  return new Problem(returnBeyondExpected, detail, {
    item: scan.sku,
    scanned: figure(left + open),
    open: figure(open),
  });
}

function notShipped(scan: ScannedUnits, serial: string | undefined): Problem {
  const what = serial === undefined ? `lot ${scan.lot ?? ''}` : `serial ${serial}`;
  return new Problem(returnNotShipped, `The ${what} of ${scan.sku} was not shipped on this line.`, {
    item: scan.sku,
    ...(serial === undefined ? { lot: scan.lot } : { serial }),
  });
}
