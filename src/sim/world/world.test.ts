import { beforeEach, describe, expect, it } from 'vitest';
import { makeCatalogue } from '../catalogue/index.ts';
import { createRandom } from '../random.ts';
import { demoScale } from '../scale.ts';
import {
  available,
  canReserve,
  chooseBin,
  createWorld,
  firstExpiredFirst,
  type Lot,
  livesLongEnough,
  move,
  pickable,
  positionAt,
  reserve,
  shelfOf,
  type World,
} from './index.ts';

const { sites, bins, items } = makeCatalogue('world', demoScale.small);
const DAY_MS = 86_400_000;
const item = items.find(({ shelfLifeDays }) => shelfLifeDays !== null)!;
const [first, second] = bins.filter(
  ({ site, storage, isReserve }) => site === 0 && storage === item.storage && !isReserve,
);
const outside = { location: 'SUPPLIER' };
const goods = { item, owner: 'HOUSE' };

function lot(code: string, days: number): Lot {
  return { code, expiresAt: days * DAY_MS, manufacturedAt: 0 };
}

let world: World;
beforeEach(() => {
  world = createWorld(sites, bins, items);
});

function receive(batch: Lot, quantity: bigint, location: string): void {
  move(world, { ...goods, lot: batch, quantity, from: outside, to: { location } }, 0);
}

describe('moving units', () => {
  it('keeps positions, bins and the shelf together', () => {
    const batch = lot('L1', 400);
    receive(batch, 10n, first!.code);
    const to = { location: second!.code };
    const from = { location: first!.code };
    move(world, { ...goods, lot: batch, quantity: 4n, from, to }, 0);
    expect(positionAt(world, goods, batch, from)?.quantity).toBe(6n);
    expect(positionAt(world, goods, batch, to)?.quantity).toBe(4n);
    const shelf = shelfOf(world, item, 'HOUSE', 0);
    expect([shelf.onHand, pickable(shelf, 0), shelf.positions.length]).toEqual([10n, 10n, 2]);
    move(world, { ...goods, lot: batch, quantity: 6n, from, to }, 0);
    expect(positionAt(world, goods, batch, from)).toBeUndefined();
    expect(world.bins.byCode.get(first!.code)).toMatchObject({ usedMm3: 0, occupants: 0 });
    expect(world.bins.byCode.get(second!.code)?.occupants).toBe(1);
  });

  it('refuses what is not there, and leaves it', () => {
    const batch = lot('L1', 400);
    receive(batch, 3n, first!.code);
    const from = { location: first!.code };
    const take = { ...goods, lot: batch, from, to: { location: 'CUSTOMER' } };
    expect(() => move(world, { ...take, quantity: 4n }, 0)).toThrow('would hold -1');
    expect(() => move(world, { ...take, lot: lot('L2', 400), quantity: 1n }, 0)).toThrow('nothing');
    expect(() => move(world, { ...take, quantity: 0n }, 0)).toThrow('a move of 0');
  });

  it('does not count what is damaged or in transit as sellable', () => {
    const batch = lot('L1', 400);
    receive(batch, 5n, first!.code);
    const from = { location: first!.code };
    const aside = { ...from, disposition: 'damaged' as const };
    move(world, { ...goods, lot: batch, quantity: 1n, from, to: aside }, 0);
    const transit = { location: `TRANSIT-${sites[1]!.code}` };
    move(world, { ...goods, lot: batch, quantity: 2n, from, to: transit }, 0);
    expect(shelfOf(world, item, 'HOUSE', 0).onHand).toBe(2n);
    expect(shelfOf(world, item, 'HOUSE', 1).onHand).toBe(0n);
  });
});

describe('a shelf', () => {
  it('gives first what expires first, and nothing that is too old', () => {
    receive(lot('LATE', 900), 1n, first!.code);
    receive(lot('SOON', 500), 2n, first!.code);
    receive(lot('OLD', 3), 4n, second!.code);
    const shelf = shelfOf(world, item, 'HOUSE', 0);
    const order = firstExpiredFirst(shelf.positions).map((position) => position.lot?.code);
    expect(order).toEqual(['OLD', 'SOON', 'LATE']);
    const old = positionAt(world, goods, lot('OLD', 3), { location: second!.code })!;
    expect(livesLongEnough(old, 0)).toBe(false);
    expect(pickable(shelf, 0)).toBe(3n);
    shelf.promised = 2n;
    expect(pickable(shelf, 0)).toBe(1n);
  });

  it('reserves no more in a chunk than there was at its beginning and will be at its end', () => {
    receive(lot('L1', 900), 10n, first!.code);
    const shelf = shelfOf(world, item, 'HOUSE', 0);
    const from = { location: first!.code };
    const sale = { ...goods, lot: lot('L1', 900), from, to: { location: 'CUSTOMER' } };
    move(world, { ...sale, quantity: 3n }, 1);
    receiveIn(1, 20n);
    expect(available(shelf)).toBe(27n);
    expect(canReserve(shelf, 8n, 1)).toBe(false);
    expect(canReserve(shelf, 7n, 1)).toBe(true);
    reserve(shelf, 7n, 1);
    expect(canReserve(shelf, 1n, 1)).toBe(false);
    // The next chunk begins with what arrived in this one.
    expect(canReserve(shelf, 20n, 2)).toBe(true);
    expect(canReserve(shelf, 21n, 2)).toBe(false);
  });

  function receiveIn(chunk: number, quantity: bigint): void {
    const to = { location: second!.code };
    move(world, { ...goods, lot: lot('L1', 900), quantity, from: outside, to }, chunk);
  }
});

describe('choosing a bin', () => {
  it('finds every bin with room, and none when the zone is full', () => {
    const random = createRandom('bins', '');
    const want = { site: 0, storage: item.storage, volumeMm3: 1, inReserve: false };
    const zone = bins.filter(
      ({ site, storage, isReserve }) => site === 0 && storage === item.storage && !isReserve,
    );
    const used = new Set<string>();
    for (let bin = chooseBin(world.bins, random, want); bin; ) {
      used.add(bin.code);
      world.bins.byCode.get(bin.code)!.occupants += 1;
      bin = chooseBin(world.bins, random, want);
    }
    expect(used.size).toBe(zone.length);
    const occupants = zone.map(({ code }) => world.bins.byCode.get(code)?.occupants);
    expect(new Set(occupants)).toEqual(new Set([3]));
  });

  it('asks for the volume', () => {
    const random = createRandom('bins', '');
    const want = { site: 0, storage: item.storage, inReserve: false };
    const shelfMm3 = 1300 * 500 * 450;
    for (let trial = 0; trial < 50; trial += 1) {
      const bin = chooseBin(world.bins, random, { ...want, volumeMm3: shelfMm3 + 1 });
      expect(bin?.volumeMm3).toBeGreaterThan(shelfMm3);
    }
    expect(chooseBin(world.bins, random, { ...want, volumeMm3: 1e12 })).toBeUndefined();
  });
});
