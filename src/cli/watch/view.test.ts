import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { countMovements, emptyTally, noteExceptions, type WatchedMovement } from './tally.ts';
import { draw, movementText, type Screen, sparkline } from './view.ts';

const screen: Screen = {
  columns: 80,
  rows: 20,
  now: 65_000,
  source: 'http://127.0.0.1:7070',
  queue: 3,
  hasColor: false,
};

function sale(n: number): WatchedMovement {
  return {
    id: `0-${n}`,
    kind: 'shipment',
    item: `ITEM-${n}`,
    quantity: '2',
    from: { location: 'A-01', site: 'BER' },
    to: { location: 'CUSTOMER', site: null },
    document: { type: 'sales_order', number: `SO-${n}` },
    recordedAt: '2026-03-01T12:00:00.000Z',
  };
}

function busy() {
  const tally = emptyTally(0);
  const sales = Array.from({ length: 100 }, (_, i) => sale(i));
  countMovements(tally, sales, 60_000);
  const exceptions = Array.from({ length: 8 }, (_, i) => ({
    id: `0-${i}`,
    kind: 'oversold',
    item: `SHORT-${i}`,
    owner: 'HOUSE',
    site: 'BER',
    location: null,
    short: '4',
    recordedAt: '2026-03-01T12:00:00.000Z',
  }));
  noteExceptions(tally, exceptions);
  return tally;
}

describe('the screen', () => {
  it.each([
    [80, 24],
    [200, 60],
    [20, 5],
    [1, 1],
  ])('is filled exactly at %i by %i', (columns, rows) => {
    const lines = draw(busy(), { ...screen, columns, rows });
    expect(lines).toHaveLength(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('shows totals, rate, queue, exceptions and the newest movements first', () => {
    const text = draw(busy(), screen).join('\n');
    expect(text).toContain('http://127.0.0.1:7070  for 01:05');
    expect(text).toContain('movements 100   100 a minute   units +0 in  -200 out');
    expect(text).toContain('oversold  8   queue 3');
    expect(text).toContain('SHORT-7  BER  HOUSE  short of 4');
    expect(text).toContain('and 3 more exceptions');
    const shown = [...text.matchAll(/ITEM-(\d+)/g)].map((match) => Number(match[1]));
    expect(shown[0]).toBe(99);
    expect(shown).toEqual([...shown].sort((a, b) => b - a));
  });

  it('says so when there is nothing yet, and when no server runs', () => {
    const text = draw(emptyTally(0), { ...screen, queue: undefined }).join('\n');
    expect(text).toContain('queue no server');
    expect(text).toContain('Waiting for the first movement');
  });

  it('lets no text of the data steer the terminal', () => {
    const tally = emptyTally(0);
    const item = '\u001b[2Jevil\u0007';
    const document = { type: 'x', number: '\n\u009b31m' };
    countMovements(tally, [{ ...sale(1), item, document }], 0);
    const lines = draw(tally, screen);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(movementText({ ...sale(1), item })).not.toMatch(/\p{Cc}/u);
  });

  it('counts colors as no width', () => {
    const lines = draw(busy(), { ...screen, columns: 30, hasColor: true });
    const bare = lines.map(stripVTControlCharacters);
    expect(lines.join('')).toContain('\u001b[1m');
    expect(Math.max(...bare.map((line) => line.length))).toBeLessThanOrEqual(30);
    expect(bare).toEqual(draw(busy(), { ...screen, columns: 30 }));
  });
});

describe('a sparkline', () => {
  it.each([
    [[0, 0], '  '],
    [[0, 1], ' █'],
    [[1, 100], '▁█'],
    [[50, 100], '▄█'],
  ])('of %j is "%s"', (counts, line) => expect(sparkline(counts)).toBe(line));
});
