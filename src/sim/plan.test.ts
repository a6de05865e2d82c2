import { describe, expect, it } from 'vitest';
import {
  createPlainWarehouse,
  type PlainWarehouse,
  takeChunk,
} from '../../test/support/plain-warehouse.ts';
import { makeCatalogue } from './catalogue/index.ts';
import { type HistoryPlan, planHistory } from './plan.ts';
import type { Chunk, MovementLine } from './posting/chunk.ts';
import { type DemoScale, demoScale } from './scale.ts';

const END = Date.UTC(2026, 10, 23, 10, 30);
const scale: DemoScale = { ...demoScale.small, days: 45, orderLinesPerDay: 150 };

function plan(seed: string, size: DemoScale = scale): { history: HistoryPlan; chunks: Chunk[][] } {
  const history = planHistory(seed, size, makeCatalogue(seed, size), END);
  const chunks: Chunk[][] = [];
  for (let next = history.next(); next; next = history.next()) chunks.push([...next]);
  return { history, chunks };
}

const { history, chunks } = plan('plan');
const lines: MovementLine[] = chunks
  .flat()
  .flatMap(({ movements }) => movements.flatMap((movement) => movement.lines));

const others = ['1', '2', '3', '4', '5'].map((seed) => plan(seed).chunks);

/** Replays lane after lane: lanes share no item, so any interleaving gives the same. */
function replay(all: readonly Chunk[][]): PlainWarehouse {
  const warehouse = createPlainWarehouse();
  for (let lane = 0; lane < scale.lanes; lane += 1) {
    for (const chunk of all) takeChunk(warehouse, chunk[lane]!);
  }
  return warehouse;
}

/** What the plan believes to be where, in the keys and thousandths of the plain warehouse. */
function believed(): [string, number][] {
  return [...history.simulation.world.positions.values()]
    .map((position): [string, number] => [
      position.key,
      (Number(position.quantity) * 1000) / 10 ** position.item.quantityScale,
    ])
    .sort();
}

describe('the history', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(JSON.stringify(plan('plan').chunks)).toBe(JSON.stringify(chunks));
    expect(JSON.stringify(others[0])).not.toBe(JSON.stringify(chunks));
  });

  it('asks for nothing that a plain warehouse would refuse, and ends as that does', () => {
    const warehouse = replay(chunks);
    expect(warehouse.refused).toEqual([]);
    expect([...warehouse.units].sort()).toEqual(believed());
    const serials = [...history.simulation.world.positions.values()].flatMap(
      ({ key, serials: own, item }) => own.map((serial) => [`${item.sku} ${serial}`, key]),
    );
    expect([...warehouse.serials].sort()).toEqual(serials.sort());
  });

  it('asks for nothing wrong with other seeds either', () => {
    for (const other of others) expect(replay(other).refused).toEqual([]);
  });

  it('keeps every request of an item in one lane, with ordinals that are its own', () => {
    const laneOf = new Map<string, number>();
    const ordinals = new Set<number>();
    let requests = 0;
    for (const [lane, chunk] of chunks.flatMap((all) => [...all.entries()])) {
      const named = [
        ...chunk.movements.map(({ ordinal, lines: own }) => ({ ordinal, item: own[0]!.item })),
        ...chunk.reservations,
        ...chunk.followUps,
      ];
      for (const { ordinal, item } of named) {
        ordinals.add(ordinal);
        requests += 1;
        expect(laneOf.get(item) ?? lane).toBe(lane);
        laneOf.set(item, lane);
      }
    }
    expect(ordinals.size).toBe(requests);
    expect(new Set(laneOf.values()).size).toBe(scale.lanes);
  });

  it('happens in order, from the first day up to its end', () => {
    for (let lane = 0; lane < scale.lanes; lane += 1) {
      const times = chunks.flatMap((all) =>
        all[lane]!.movements.flatMap(({ lines: own }) => own.map((line) => line.occurredAt)),
      );
      expect([...times].sort()).toEqual(times);
    }
    const times = lines.map(({ occurredAt }) => Date.parse(occurredAt));
    const days = new Set(times.map((at) => Math.floor(at / 86_400_000)));
    expect(days.size).toBe(scale.days + 1);
    expect(times.every((at) => at < END)).toBe(true);
  });

  it('has some of everything that happens to goods', () => {
    const kinds = new Set(lines.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      ...['adjustment', 'count', 'customer_return', 'disposition_change', 'opening', 'pack'],
      ...['pick', 'putaway', 'receipt', 'replenishment', 'scrap', 'shipment'],
      ...['supplier_return', 'transfer_receipt', 'transfer_shipment'],
    ]);
    // Some happen so seldom that one small history may lack them.
    const all = [chunks, ...others].flat(2);
    const followUps = new Set(all.flatMap((chunk) => chunk.followUps.map(({ type }) => type)));
    expect([...followUps].sort()).toEqual(['move-unit', 'release', 'revalue', 'reverse']);
    const kept = chunks
      .flat()
      .flatMap(({ movements }) => movements.filter(({ reservation }) => reservation !== undefined));
    expect(kept.length).toBeGreaterThan(100);
    expect(new Set(lines.map(({ owner }) => owner)).size).toBe(4);
  });

  it('sells more of what is popular, and meets nearly all of it', () => {
    const sold = new Map<string, number>();
    for (const { kind, item } of lines) {
      if (kind === 'shipment') sold.set(item, (sold.get(item) ?? 0) + 1);
    }
    const counts = history.simulation.world.items.map(({ sku }) => sold.get(sku) ?? 0);
    const half = (from: number) =>
      counts.slice(from, from + counts.length / 2).reduce((sum, count) => sum + count, 0);
    expect(half(0)).toBeGreaterThan(1.5 * half(counts.length / 2));
    const { lostLines } = history.simulation.counters;
    expect(lostLines).toBeGreaterThan(0);
    expect(lostLines / (half(0) + half(counts.length / 2))).toBeLessThan(0.12);
  });

  it('gives lots, dates, serials and costs to those who need them, and nobody else', () => {
    const items = new Map(history.simulation.world.items.map((item) => [item.sku, item]));
    for (const line of lines) {
      const item = items.get(line.item)!;
      expect(line.lot !== undefined).toBe(item.tracksLot);
      expect(line.serials !== undefined).toBe(item.tracksSerial);
      const isInbound = line.kind === 'receipt' || line.kind === 'opening';
      expect(line.expiresOn !== undefined).toBe(isInbound && item.shelfLifeDays !== null);
      expect(line.unitCost !== undefined).toBe(isInbound && line.owner === 'HOUSE');
    }
  });
});
