import type { MovementLine } from '../../ledger/index.ts';
import type { FieldError } from '../../platform/problems.ts';
import { DecimalError, formatDecimal, parseDecimal } from '../../platform/quantity.ts';

/** Types and pure rules of transfer orders: no I/O, no clock, no randomness. */

export const TRANSFER_STATES = [
  'draft',
  'released',
  'partly_shipped',
  'shipped',
  'partly_received',
  'received',
  'cancelled',
] as const;
export type TransferState = (typeof TRANSFER_STATES)[number];
export const STEP_KINDS = ['release', 'ship', 'receive', 'close', 'cancel'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** The life of a transfer order. Its state after a step follows from the figures of its lines. */
export const TRANSFER_MACHINE: readonly {
  readonly from: TransferState;
  readonly event: StepKind;
  readonly to: TransferState;
}[] = [
  { from: 'draft', event: 'release', to: 'released' },
  { from: 'draft', event: 'cancel', to: 'cancelled' },
  { from: 'released', event: 'cancel', to: 'cancelled' },
  { from: 'released', event: 'ship', to: 'partly_shipped' },
  { from: 'released', event: 'ship', to: 'shipped' },
  { from: 'partly_shipped', event: 'ship', to: 'partly_shipped' },
  { from: 'partly_shipped', event: 'ship', to: 'shipped' },
  { from: 'partly_shipped', event: 'ship', to: 'partly_received' },
  { from: 'partly_shipped', event: 'ship', to: 'received' },
  { from: 'partly_shipped', event: 'receive', to: 'partly_shipped' },
  { from: 'shipped', event: 'receive', to: 'partly_received' },
  { from: 'shipped', event: 'receive', to: 'received' },
  { from: 'shipped', event: 'close', to: 'received' },
  { from: 'partly_received', event: 'receive', to: 'partly_received' },
  { from: 'partly_received', event: 'receive', to: 'received' },
  { from: 'partly_received', event: 'close', to: 'received' },
];

/** Whether something can be done to a transfer order in a state. */
export function canDo(state: TransferState, event: StepKind): boolean {
  return TRANSFER_MACHINE.some((row) => row.from === state && row.event === event);
}

/** A line with its figures, at the item's scale. */
export interface TransferLine {
  readonly line: number;
  readonly itemId: number;
  readonly item: string;
  readonly quantityScale: number;
  readonly tracksLot: boolean;
  readonly tracksSerial: boolean;
  readonly quantity: bigint;
  readonly lot: string | null;
  readonly serials: readonly string[] | null;
  readonly disposition: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly shipped: bigint;
  readonly received: bigint;
  readonly lost: bigint;
  readonly cancelled: bigint;
  readonly reservation: string | null;
}

/** Units of a line that left together, as far as they are still on the way. */
export interface Parcel {
  readonly line: number;
  readonly parcel: number;
  readonly lot: string | null;
  readonly openQuantity: bigint;
  readonly openSerials: readonly string[] | null;
}

/** Units that can still be shipped. */
export function openToShip(line: TransferLine): bigint {
  return line.quantity - line.cancelled - line.shipped;
}

/** Units on the way. */
export function inTransit(line: TransferLine): bigint {
  return line.shipped - line.received - line.lost;
}

type Figures = Pick<TransferLine, 'quantity' | 'shipped' | 'received' | 'lost' | 'cancelled'>;

/** The state of a released transfer order, as it follows from its lines. */
export function stateOfLines(lines: readonly Figures[]): TransferState {
  const sum = (of: (line: Figures) => bigint) =>
    lines.reduce((total, line) => total + of(line), 0n);
  const shipped = sum((line) => line.shipped);
  const arrived = sum((line) => line.received + line.lost);
  if (sum((line) => line.quantity - line.cancelled - line.shipped) > 0n) {
    return shipped > 0n ? 'partly_shipped' : 'released';
  }
  if (shipped === 0n) return 'cancelled';
  if (arrived === shipped) return 'received';
  return arrived > 0n ? 'partly_received' : 'shipped';
}

/** What a caller says of one line when shipping or receiving. */
export interface GivenLine {
  readonly line: number;
  readonly quantity?: string | undefined;
  readonly lot?: string | undefined;
  readonly serials?: readonly string[] | undefined;
  /** A location: where it is taken from, or put. */
  readonly place?: string | undefined;
  readonly disposition?: string | undefined;
}

/** Units of a line that a step moves; `parcel` where they come out of transit. */
export interface PlannedMove {
  readonly line: number;
  readonly parcel: number | null;
  /** A decimal at the item's scale, as JSON keeps it. */
  readonly quantity: string;
  readonly lot: string | null;
  readonly serials: readonly string[] | null;
  readonly place: string;
  readonly disposition: string;
}

export interface Planned {
  readonly moves: readonly PlannedMove[];
  readonly errors: readonly FieldError[];
}

/** Reads a quantity of a line; undefined, with an error, where it is none or not positive. */
function readUnits(
  text: string,
  line: TransferLine,
  path: string,
  errors: FieldError[],
): bigint | undefined {
  try {
    const units = parseDecimal(text, line.quantityScale);
    if (units > 0n) return units;
    errors.push({ path, message: 'must be more than zero', found: text });
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    const expected = `at most ${line.quantityScale} digits after the point`;
    errors.push({ path, message: 'is no quantity of this item', expected, found: text });
  }
  return undefined;
}

/** Lines by number; those that do not exist become errors. */
function matchLines(
  lines: readonly TransferLine[],
  given: readonly GivenLine[],
  errors: FieldError[],
): { line: TransferLine; asked: GivenLine; path: string }[] {
  return given.flatMap((asked, i) => {
    const line = lines.find((each) => each.line === asked.line);
    const path = `lines.${i}`;
    if (line) return [{ line, asked, path }];
    const found = String(asked.line);
    errors.push({ path: `${path}.line`, message: 'is no line of the transfer order', found });
    return [];
  });
}

/** Plans what leaves: what is given, else everything that is open. */
export function planShipment(
  lines: readonly TransferLine[],
  given: readonly GivenLine[] | undefined,
): Planned {
  const errors: FieldError[] = [];
  const all = lines.filter((line) => openToShip(line) > 0n).map(({ line }) => ({ line }));
  const left = new Map(lines.map((line) => [line.line, openToShip(line)]));
  const moves = matchLines(lines, given ?? all, errors).flatMap(({ line, asked, path }) => {
    const open = left.get(line.line) ?? 0n;
    const serials = asked.serials ?? (line.shipped === 0n ? line.serials : null);
    const text = asked.quantity ?? formatDecimal(open, line.quantityScale);
    const units = readUnits(text, line, `${path}.quantity`, errors);
    const place = asked.place ?? line.from;
    if (place === null) {
      errors.push({ path: `${path}.from`, message: 'is missing', expected: 'the code of a bin' });
    }
    if (units !== undefined && units > open) {
      const expected = `at most ${formatDecimal(open, line.quantityScale)}`;
      errors.push({ path: `${path}.quantity`, message: 'is more than is open', expected });
    }
    if (units === undefined || units > open || place === null) return [];
    left.set(line.line, open - units);
    const lot = asked.lot ?? line.lot;
    const disposition = line.disposition;
    const quantity = formatDecimal(units, line.quantityScale);
    return [{ line: line.line, parcel: null, quantity, lot, serials, place, disposition }];
  });
  return { moves, errors };
}

interface Rest {
  readonly parcel: Parcel;
  quantity: bigint;
  serials: readonly string[] | null;
}

/** Plans what arrives: what is given, else everything on the way; the oldest parcels first. */
export function planReceipt(
  lines: readonly TransferLine[],
  parcels: readonly Parcel[],
  given: readonly GivenLine[] | undefined,
): Planned {
  const errors: FieldError[] = [];
  const rests = parcels.map(
    (parcel): Rest => ({ parcel, quantity: parcel.openQuantity, serials: parcel.openSerials }),
  );
  const all = lines.filter((line) => inTransit(line) > 0n).map(({ line }) => ({ line }));
  const moves = matchLines(lines, given ?? all, errors).flatMap(({ line, asked, path }) => {
    const place = asked.place ?? line.to;
    if (place === null) {
      errors.push({ path: `${path}.to`, message: 'is missing', expected: 'the code of a bin' });
      return [];
    }
    const fitting = rests.filter(
      ({ parcel, quantity }) =>
        parcel.line === line.line &&
        quantity > 0n &&
        (asked.lot === undefined || parcel.lot === asked.lot),
    );
    const open = fitting.reduce((sum, rest) => sum + rest.quantity, 0n);
    const text = asked.quantity ?? formatDecimal(open, line.quantityScale);
    const units = readUnits(text, line, `${path}.quantity`, errors);
    if (units === undefined) return [];
    const taken = takeFromParcels(line, fitting, units, asked.serials);
    const missing = units - taken.reduce((sum, { units: some }) => sum + some, 0n);
    if (missing > 0n) {
      const expected = `at most ${formatDecimal(open, line.quantityScale)} on the way`;
      errors.push({ path: `${path}.quantity`, message: 'is more than is on the way', expected });
    }
    return taken.map(({ rest, units: some, serials }) => ({
      line: line.line,
      parcel: rest.parcel.parcel,
      quantity: formatDecimal(some, line.quantityScale),
      lot: rest.parcel.lot,
      serials,
      place,
      disposition: asked.disposition ?? line.disposition,
    }));
  });
  return { moves, errors };
}

interface Taken {
  readonly rest: Rest;
  readonly units: bigint;
  readonly serials: readonly string[] | null;
}

function takeFromParcels(
  line: TransferLine,
  rests: readonly Rest[],
  units: bigint,
  named: readonly string[] | undefined,
): Taken[] {
  let left = units;
  return rests.flatMap((rest): Taken[] => {
    if (left <= 0n) return [];
    if (!line.tracksSerial) {
      const some = rest.quantity < left ? rest.quantity : left;
      rest.quantity -= some;
      left -= some;
      return [{ rest, units: some, serials: null }];
    }
    const there = rest.serials ?? [];
    const wanted = named ? there.filter((serial) => named.includes(serial)) : there;
    const serials = wanted.slice(0, Number(left));
    if (serials.length === 0) return [];
    rest.serials = there.filter((serial) => !serials.includes(serial));
    rest.quantity -= BigInt(serials.length);
    left -= BigInt(serials.length);
    return [{ rest, units: BigInt(serials.length), serials }];
  });
}

/** What the ledger needs to know of a transfer order to post a step of it. */
export interface Posted {
  readonly number: string;
  readonly owner: string;
  readonly transit: string;
  readonly occurredAt?: string | undefined;
}

function base(order: Posted, move: PlannedMove, item: string) {
  return {
    item,
    quantity: move.quantity,
    owner: order.owner,
    ...(move.lot === null ? {} : { lot: move.lot }),
    ...(move.serials === null ? {} : { serials: [...move.serials] }),
    document: { type: 'transfer_order', number: order.number },
    ...(order.occurredAt === undefined ? {} : { occurredAt: order.occurredAt }),
  };
}

/** The ledger's line for units that leave into transit. */
export function shipmentLine(order: Posted, move: PlannedMove, line: TransferLine): MovementLine {
  const disposition = move.disposition as 'sellable';
  return {
    kind: 'transfer_shipment',
    ...base(order, move, line.item),
    from: { location: move.place, disposition },
    to: order.transit,
    ...(line.reservation === null ? {} : { reservation: line.reservation }),
  };
}

/** The ledger's line for units that come out of transit. */
export function receiptLine(order: Posted, move: PlannedMove, line: TransferLine): MovementLine {
  const left = line.disposition as 'sellable';
  const arrived = move.disposition as 'sellable';
  return {
    kind: 'transfer_receipt',
    ...base(order, move, line.item),
    from: { location: order.transit, disposition: left },
    to: { location: move.place, disposition: arrived },
  };
}

export const LOSS_REASONS = ['damage', 'theft', 'shipping_error', 'other'] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

/** The ledger's lines for units that never arrive: out of transit, and written off at once. */
export function lossLines(
  order: Posted,
  move: PlannedMove,
  line: TransferLine,
  reason: LossReason,
): MovementLine[] {
  const disposition = move.disposition as 'sellable';
  const from = { location: move.place, disposition };
  const loss = { kind: 'adjustment' as const, ...base(order, move, line.item), from, reason };
  return [receiptLine(order, move, line), loss];
}
