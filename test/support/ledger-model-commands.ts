import fc from 'fast-check';
import type { Command, MoveLine, PostCommand } from '../../src/ledger/posting/commands.ts';
import { COST_METHOD, KIND } from '../../src/ledger/posting/commands.ts';
import type { ModelState } from './ledger-model-state.ts';
import { unitsAt } from './ledger-model-state.ts';
import { HOUSE, PLACE, positionAt, SELLER, type World } from './ledger-model-world.ts';

/** Plain lines and commands for tests, and random ones that make sense where they are posted. */

const LINE: MoveLine = {
  kind: KIND.move,
  quantity: 1n,
  from: 0,
  to: 0,
  value: null,
  occurredAt: 1_000,
  reasonId: 0,
  documentId: 0,
  reservationSeq: 0,
  allocationSeq: 0,
  reversesSeq: 0,
  costOfSeq: 0,
  physical: false,
  counted: null,
  serials: null,
};

/** A line with defaults for everything that a test does not care about. */
export function line(rest: Partial<MoveLine>): MoveLine {
  return { ...LINE, ...rest };
}

/** The UUID of the n-th command of a test. */
export function commandId(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** What every command has, with an id and a body of the n-th. */
export function stamp(n: number, bodyHash = BigInt(n)) {
  return { id: commandId(n), bodyHash, actorId: 1, deviceId: 0 };
}

/** A command of movements. */
export function post(n: number, ...lines: MoveLine[]): PostCommand {
  return { type: 'post', ...stamp(n), lines };
}

/** What a random command is made of; `pick` numbers choose among what there is at the time. */
export interface Ask {
  readonly type: (typeof TYPES)[number];
  readonly item: number;
  readonly house: boolean;
  readonly from: number;
  readonly to: number;
  readonly quantity: number;
  /** Take all that is there, to empty positions and pools. */
  readonly all: boolean;
  readonly value: number;
  readonly physical: boolean;
  /** Refer to a reservation, allocation or movement, counted back from the newest. */
  readonly refer: boolean;
  readonly pick: number;
  readonly extra: number;
  /** Milliseconds that pass before it. */
  readonly wait: number;
}

const TYPES = [
  'receipt',
  'move',
  'shipment',
  'customer_return',
  'supplier_return',
  'adjust',
  'count',
  'reverse',
  'several',
  'convert',
  'reserve',
  'hold',
  'confirm',
  'release',
  'expire',
  'extend',
  'reduce',
  'allocate',
  'deallocate',
  'revalue',
  'standard_cost',
] as const;

const WEIGHTS: Partial<Record<Ask['type'], number>> = {
  receipt: 9,
  shipment: 6,
  move: 3,
  reserve: 6,
  count: 3,
  several: 5,
  allocate: 4,
  revalue: 3,
  customer_return: 3,
  convert: 3,
};

/** Random wishes; {@link commandFor} makes commands of them. */
export function asks(items: number): fc.Arbitrary<Ask> {
  const type = fc.oneof(
    ...TYPES.map((name) => ({ arbitrary: fc.constant(name), weight: WEIGHTS[name] ?? 2 })),
  );
  return fc.record({
    type,
    item: fc.nat({ max: items - 1 }),
    house: fc.integer({ min: 0, max: 7 }).map((n) => n > 0),
    // Few places most of the time, so that units meet promises.
    from: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5),
    to: fc.nat({ max: 5 }),
    quantity: fc.integer({ min: 1, max: 12 }),
    all: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    value: fc.integer({ min: -1, max: 1_000 }),
    physical: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    refer: fc.boolean(),
    pick: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5),
    extra: fc.nat({ max: 40 }),
    wait: fc.constantFrom(0, 0, 100, 1_000),
  });
}

const PLACES = [
  PLACE.binA,
  PLACE.binB,
  PLACE.secondSite,
  PLACE.thirdSite,
  PLACE.damaged,
  PLACE.transit,
];
const EXPIRY_MS = 150;

interface Scene {
  readonly world: World;
  readonly state: ModelState;
  readonly now: number;
}

/** Makes a command of a wish, in the world as it is. */
export function commandFor(scene: Scene, ask: Ask, n: number): Command {
  const common = { ...stamp(n), occurredAt: scene.now - ask.extra };
  switch (ask.type) {
    case 'several':
      return post(n, ...severalLines(scene, ask));
    case 'convert':
      return {
        ...post(n, ...conversionLines(scene, ask)),
        ...(ask.extra % 9 === 4 ? { carried: BigInt(ask.value + 1) } : {}),
      };
    case 'reserve':
    case 'hold':
      return {
        ...common,
        type: 'reserve',
        held: ask.type === 'hold',
        expiresAt: ask.refer ? scene.now + ask.pick * EXPIRY_MS : null,
        lines: reserveLines(scene, ask),
      };
    case 'confirm':
    case 'release':
    case 'expire':
    case 'extend':
      return {
        ...common,
        type: ask.type,
        reservations: references(scene.state.reservations, ask),
        expiresAt: ask.refer ? scene.now + EXPIRY_MS : null,
        reasonId: 0,
      };
    case 'reduce':
      return {
        ...common,
        type: 'reduce',
        reservations: references(scene.state.reservations, ask),
        quantity: BigInt(ask.quantity) / 3n,
        expiresAt: null,
        reasonId: 0,
      };
    case 'allocate':
      return { ...common, type: 'allocate', lines: allocateLines(scene, ask) };
    case 'deallocate':
      return {
        ...common,
        type: 'deallocate',
        allocations: references(scene.state.allocations, ask),
      };
    case 'revalue':
      return {
        ...common,
        type: 'revalue',
        causeSeq: inboundReference(scene, ask),
        amount: BigInt(ask.value - 400),
        reasonId: 16,
        documentId: 0,
      };
    case 'standard_cost':
      return { ...common, type: 'standard_cost', pools: pools(scene, ask), unitCost: cost(ask) };
    default:
      return post(n, moveLine(scene, ask, ask.type));
  }
}

function cost(ask: Ask): bigint {
  return BigInt(ask.extra * 1_237);
}

function pools({ world }: Scene, ask: Ask): number[] {
  const standard = [...world.pools.values()].filter(
    (pool) => pool.method === COST_METHOD.standard || ask.pick === 0,
  );
  return standard.slice(0, 1 + (ask.from % 2)).map((pool) => pool.poolId);
}

/** One or two keys counted back from the newest; sometimes one that does not exist. */
function references(rows: ReadonlyMap<number, unknown>, ask: Ask): number[] {
  const newest = [...rows.keys()].reverse();
  const found = newest.slice(ask.pick, ask.pick + 1 + (ask.from % 2));
  return found.length > 0 ? found : [newest[0] ?? 999_999];
}

function inboundReference({ world, state }: Scene, ask: Ask): number {
  const inbound = [...state.movements.values()].filter((movement) => {
    const to = world.positions.get(movement.to)!;
    return to.poolId > 0 && (ask.pick === 5 || world.positions.get(movement.from)!.poolId === 0);
  });
  return inbound.reverse()[ask.pick % 5]?.seq ?? 999_999;
}

function itemOf({ world }: Scene, ask: Ask) {
  return world.items[ask.item % world.items.length]!;
}

function ownerOf(ask: Ask): number {
  return ask.house ? HOUSE : SELLER;
}

/** Whole units mostly, at the item's scale; broken ones now and then. */
function quantityOf(scene: Scene, ask: Ask, from: number): bigint {
  const { quantityScale } = itemOf(scene, ask);
  const there = unitsAt(scene.state, from);
  if (ask.all && there > 0n) return there;
  const scale = 10n ** BigInt(quantityScale);
  return BigInt(ask.quantity) * scale + (ask.extra % 3 === 0 ? scale / 3n : 0n);
}

/** Uses some things up and makes others of them, in any order, now and then at a price. */
function conversionLines(scene: Scene, ask: Ask): MoveLine[] {
  const count = 1 + (ask.pick % 4);
  return Array.from({ length: count }, (_, n) => {
    const wish = { ...ask, item: ask.item + n, from: ask.from + n, all: ask.all && n === 0 };
    const { itemId } = itemOf(scene, wish);
    const at = (place: number) => positionAt(scene.world, itemId, place, ownerOf(ask)).positionId;
    const bin = at(PLACES[wish.from % PLACES.length]!);
    const makes = (ask.extra >> n) % 2 === 1;
    const [from, to] = makes ? [at(PLACE.conversion), bin] : [bin, at(PLACE.conversion)];
    const quantity = quantityOf(scene, wish, from);
    const serials = serialsFor(scene, ask, from, quantity);
    const priced = makes && ask.house && ask.extra % 7 === n ? BigInt(ask.quantity) : null;
    const occurredAt = scene.now - ask.extra;
    return line({ kind: KIND.conversion, from, to, quantity, serials, value: priced, occurredAt });
  });
}

function severalLines(scene: Scene, ask: Ask): MoveLine[] {
  const types = ['receipt', 'shipment', 'move', 'adjust', 'count', 'reverse'] as const;
  const lines: MoveLine[] = [];
  for (let n = 0; n < 2 + (ask.pick % 3); n += 1) {
    const type = types[(ask.extra + n * (1 + ask.from)) % types.length]!;
    const item = ask.pick % 2 === 0 ? ask.item : ask.item + n;
    lines.push(moveLine(scene, { ...ask, item, from: ask.from + n }, type));
  }
  return lines;
}

function moveLine(scene: Scene, ask: Ask, type: Ask['type']): MoveLine {
  const { itemId } = itemOf(scene, ask);
  const at = (place: number) => positionAt(scene.world, itemId, place, ownerOf(ask)).positionId;
  const bin = at(PLACES[ask.from % PLACES.length]!);
  const other = at(PLACES[(ask.from + 1 + (ask.to % 5)) % PLACES.length]!);
  const occurredAt = scene.now - ask.extra;
  const priced = ask.value >= 0 && ask.house ? BigInt(ask.value) : null;
  const make = (kind: number, from: number, to: number, rest: Partial<MoveLine> = {}) => {
    const quantity = rest.quantity ?? quantityOf(scene, ask, from);
    const serials = serialsFor(scene, ask, from, quantity);
    return line({ kind, from, to, quantity, serials, occurredAt, ...rest });
  };
  switch (type) {
    case 'receipt':
      return make(KIND.receipt, at(PLACE.supplier), bin, { value: priced });
    case 'shipment':
      return make(KIND.shipment, bin, at(PLACE.customer), promised(scene, ask, bin));
    case 'customer_return':
      return make(KIND.customer_return, at(PLACE.customer), bin, returnOf(scene, ask, priced));
    case 'supplier_return':
      return make(KIND.supplier_return, bin, at(PLACE.supplier));
    case 'adjust': {
      const [from, to] = ask.refer ? [bin, at(PLACE.adjustment)] : [at(PLACE.adjustment), bin];
      return make(KIND.adjustment, from, to, { physical: true });
    }
    case 'count':
      return countLine(scene, ask, bin, at(PLACE.adjustment));
    case 'reverse': {
      const newest = [...scene.state.movements.keys()].reverse();
      const reversesSeq = newest[ask.pick] ?? newest[0] ?? 999_999;
      return line({ kind: KIND.reversal, reversesSeq, physical: ask.physical, occurredAt });
    }
    default:
      return make(KIND.move, bin, other, { physical: ask.physical, ...promised(scene, ask, bin) });
  }
}

function countLine(scene: Scene, ask: Ask, bin: number, adjustment: number): MoveLine {
  const here = unitsAt(scene.state, bin);
  const found = ask.all ? here : here + BigInt(ask.quantity - 6);
  const counted = found < 0n ? 0n : found;
  const rest = { from: bin, to: adjustment, counted, physical: true, occurredAt: scene.now };
  return line({ kind: KIND.count, ...rest, value: ask.refer ? BigInt(ask.extra) : null });
}

/** A shipment may name what it was promised for; mostly the right promise, and enough of it. */
function promised(scene: Scene, ask: Ask, bin: number): Partial<MoveLine> {
  if (!ask.refer) return {};
  const { availabilityId } = scene.world.positions.get(bin)!;
  const rows = [...scene.state.reservations.values()].reverse();
  const own = rows.filter((row) => row.availabilityId === availabilityId && row.open > 0n);
  const reservation = ask.extra % 5 === 0 ? rows[ask.pick] : own[ask.pick % 2];
  const marks = [...scene.state.allocations.values()].reverse();
  const mine = marks.filter((row) => row.positionId === bin && row.open > 0n);
  const any = marks[ask.pick % 2];
  if (any && ask.extra % 5 === 2) return { allocationSeq: any.seq, quantity: 1n };
  const allocation = mine[0];
  const open = allocation?.open ?? reservation?.open ?? 0n;
  return {
    reservationSeq: ask.extra % 11 === 1 ? 999_999 : (reservation?.seq ?? 0),
    allocationSeq: ask.extra % 13 === 1 ? 999_999 : ask.to < 4 ? (allocation?.seq ?? 0) : 0,
    ...(open > 0n && ask.extra % 3 > 0 ? { quantity: open } : {}),
  };
}

/** Often a part of what was shipped, so that several returns meet the end of it. */
function returnOf(scene: Scene, ask: Ask, priced: bigint | null): Partial<MoveLine> {
  if (!ask.refer) return {};
  const costOfSeq = shipmentReference(scene, ask);
  const shipped = scene.state.movements.get(costOfSeq)?.quantity ?? 0n;
  const part = ask.all ? shipped : shipped / BigInt(1 + (ask.extra % 4));
  return {
    costOfSeq,
    ...(part > 0n && ask.extra % 5 > 0 ? { quantity: part } : {}),
    ...(ask.extra % 11 === 3 ? { value: priced } : {}),
  };
}

function shipmentReference({ state }: Scene, ask: Ask): number {
  const shipped = [...state.movements.values()].filter((row) => row.kind === KIND.shipment);
  return shipped.reverse()[ask.pick]?.seq ?? 0;
}

/** Serials that are where the units come from; now and then some that are not. */
function serialsFor(scene: Scene, ask: Ask, from: number, quantity: bigint): number[] | null {
  const position = scene.world.positions.get(from)!;
  const all = [...scene.world.serials.values()].filter(({ itemId }) => itemId === position.itemId);
  if (all.length === 0 || position.ownerId !== HOUSE) return null;
  const isHere = (serialId: number): boolean => {
    const at = scene.world.positions.get(scene.state.serialAt.get(serialId) ?? 0);
    return position.isReal ? at?.positionId === from : !at?.isReal;
  };
  const here = all.filter(({ serialId }) => isHere(serialId) || ask.extra === 40);
  return here.slice(0, Number(quantity)).map(({ serialId }) => serialId);
}

function reserveLines(scene: Scene, ask: Ask) {
  const { itemId } = itemOf(scene, ask);
  const rows = [...scene.world.availability.values()].filter(
    (row) => row.itemId === itemId && row.ownerId === ownerOf(ask),
  );
  const count = ask.extra % 4 === 0 ? 2 : 1;
  return Array.from({ length: count }, (_, n) => ({
    availabilityId: rows[(ask.from + n) % rows.length]!.availabilityId,
    quantity: BigInt((ask.quantity + 1) >> 1) * 10n ** BigInt(itemOf(scene, ask).quantityScale),
    documentId: 0,
    line: n + 1,
  }));
}

function allocateLines(scene: Scene, ask: Ask) {
  const { itemId } = itemOf(scene, ask);
  const count = ask.extra % 4 === 0 ? 2 : 1;
  return Array.from({ length: count }, (_, n) => {
    const place = PLACES[(ask.from + n) % PLACES.length]!;
    const { positionId } = positionAt(scene.world, itemId, place, ownerOf(ask));
    const quantity = quantityOf(scene, { ...ask, all: ask.extra === 8 }, positionId);
    return { positionId, quantity, reservationSeq: 0, documentId: 0 };
  });
}
