import { describe, expect, it } from 'vitest';
import {
  countMovements,
  emptyTally,
  noteExceptions,
  perMinute,
  seconds,
  unitsText,
  type WatchedException,
  type WatchedMovement,
} from './tally.ts';

const bin = { location: 'A-01', site: 'BER' };
const customer = { location: 'CUSTOMER', site: null };
const supplier = { location: 'SUPPLIER', site: null };

function movement(parts: Partial<WatchedMovement>): WatchedMovement {
  return {
    id: '0-1',
    kind: 'move',
    item: 'ITEM',
    quantity: '1',
    from: bin,
    to: bin,
    document: null,
    recordedAt: '2026-03-01T12:00:00.000Z',
    ...parts,
  };
}

function exception(parts: Partial<WatchedException>): WatchedException {
  return {
    id: '0-2',
    kind: 'oversold',
    item: 'ITEM',
    owner: 'HOUSE',
    site: 'BER',
    location: null,
    short: '3',
    recordedAt: '2026-03-01T12:00:00.000Z',
    ...parts,
  };
}

describe('the tally', () => {
  it('adds units that come in and go out, exactly, whatever their scale', () => {
    const tally = emptyTally(0);
    countMovements(
      tally,
      [
        movement({ kind: 'receipt', from: supplier, quantity: '10' }),
        movement({ kind: 'receipt', from: supplier, quantity: '0.100' }),
        movement({ kind: 'shipment', to: customer, quantity: '0.2' }),
        movement({ kind: 'move', quantity: '7' }),
        movement({ kind: 'adjustment', from: supplier, to: customer, quantity: '9' }),
      ],
      1_000,
    );
    expect(unitsText(tally.unitsIn)).toBe('10.1');
    expect(unitsText(tally.unitsOut)).toBe('0.2');
    expect(tally.movements).toBe(5);
    expect(Object.fromEntries(tally.byKind)).toEqual({
      receipt: 2,
      shipment: 1,
      move: 1,
      adjustment: 1,
    });
  });

  it('forgets seconds older than a minute, and scales a shorter time up', () => {
    const tally = emptyTally(0);
    countMovements(tally, [movement({}), movement({})], 500);
    expect(perMinute(tally, 10_000)).toBe(12);
    countMovements(tally, [movement({})], 59_999);
    expect(perMinute(tally, 59_999)).toBe(3);
    expect(perMinute(tally, 60_000)).toBe(1);
    expect(seconds(tally, 59_999).filter((count) => count > 0)).toEqual([2, 1]);
    countMovements(tally, [], 200_000);
    expect(tally.perSecond.size).toBe(1);
    expect(tally.movements).toBe(3);
  });

  it('keeps the last movements only', () => {
    const tally = emptyTally(0);
    const many = Array.from({ length: 500 }, (_, i) => movement({ id: `0-${i}` }));
    countMovements(tally, many, 0);
    countMovements(tally, [movement({ id: '0-500' })], 0);
    expect(tally.last).toHaveLength(200);
    expect(tally.last.at(-1)?.id).toBe('0-500');
    expect(tally.movements).toBe(501);
  });

  it('holds an exception open until it is cleared, each place once', () => {
    const tally = emptyTally(0);
    noteExceptions(tally, [exception({}), exception({ item: 'OTHER' })]);
    noteExceptions(tally, [exception({ id: '0-9', short: '5' })]);
    expect([...tally.open.values()].map(({ item, short }) => [item, short])).toEqual([
      ['OTHER', '3'],
      ['ITEM', '5'],
    ]);
    noteExceptions(tally, [exception({ kind: 'cleared', short: '0' })]);
    expect([...tally.open.values()].map(({ item }) => item)).toEqual(['OTHER']);
  });
});

describe('units', () => {
  it.each([
    [0n, '0'],
    [1_500_000n, '1.5'],
    [1_234_567_000_000n, '1,234,567'],
    [1_000_000_000_001n, '1,000,000.000001'],
  ])('%s are written as %s', (units, text) => expect(unitsText(units)).toBe(text));
});
