import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REQUEST_MACHINE } from '../fulfilment/request.ts';
import {
  drawMachine,
  LINE_MACHINE,
  lineStateOf,
  nextPartState,
  ORDER_MACHINE,
  orderStateOf,
  PART_MACHINE,
  PART_STATES,
  type PartEvent,
  type PartState,
} from './order.ts';

const EVENTS = [...new Set(PART_MACHINE.map(({ event }) => event))];

describe('a part', () => {
  it.each(PART_MACHINE)('$from --$event--> $to', ({ from, event, to }) => {
    expect(nextPartState(from, event)).toBe(to);
  });

  it('refuses every event that the table does not name', () => {
    for (const from of PART_STATES) {
      for (const event of EVENTS) {
        const named = PART_MACHINE.some((row) => row.from === from && row.event === event);
        expect(nextPartState(from, event) !== undefined, `${from} ${event}`).toBe(named);
      }
    }
  });

  it('ends shipped or cancelled, and nothing leads out of there', () => {
    const ends = PART_STATES.filter((state) => !PART_MACHINE.some(({ from }) => from === state));
    expect(ends).toEqual(['shipped', 'cancelled']);
  });
});

describe('the state of a line', () => {
  const cases: [PartState[], string][] = [
    [['reserved'], 'reserved'],
    [['backordered'], 'backordered'],
    [['reserved', 'backordered'], 'backordered'],
    [['released', 'backordered'], 'in_fulfilment'],
    [['accepted', 'reserved'], 'in_fulfilment'],
    [['shipping'], 'in_fulfilment'],
    [['shipped', 'reserved'], 'partly_shipped'],
    [['shipped', 'cancelled'], 'shipped'],
    [['cancelled', 'cancelled'], 'cancelled'],
    [['cancelled', 'reserved'], 'reserved'],
  ];
  it.each(cases)('of %j is %s', (states, state) => {
    expect(lineStateOf(states.map((each) => ({ state: each })))).toBe(state);
  });
});

/** Walks parts at random; answers each change of what they make up. */
function walk(starts: readonly PartState[], steps: readonly [number, PartEvent][]) {
  const parts = starts.map((state) => ({ state }));
  const seen: { event: PartEvent; line: [string, string]; order: [string, string] }[] = [];
  for (const [at, event] of steps) {
    const part = parts[at % parts.length]!;
    const next = nextPartState(part.state, event);
    if (next === undefined) continue;
    const [line, order] = [lineStateOf(parts), orderStateOf(parts)];
    part.state = next;
    seen.push({ event, line: [line, lineStateOf(parts)], order: [order, orderStateOf(parts)] });
  }
  return seen;
}

describe('what parts make up', () => {
  it('changes only as the tables of lines and sales orders say', () => {
    const start = fc.constantFrom<PartState>('backordered', 'reserved');
    const step = fc.tuple(fc.nat(3), fc.constantFrom(...EVENTS));
    fc.assert(
      fc.property(
        fc.array(start, { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 40 }),
        (starts, steps) => {
          for (const { event, line, order } of walk(starts, steps)) {
            const named =
              (table: readonly { from: string; event: string; to: string }[]) =>
              (pair: [string, string]) =>
                pair[0] === pair[1] ||
                table.some((r) => r.from === pair[0] && r.event === event && r.to === pair[1]);
            expect(named(LINE_MACHINE)(line), `${line} by ${event}`).toBe(true);
            expect(named(ORDER_MACHINE)(order), `${order} by ${event}`).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes every way of the table of lines, so that it promises nothing that cannot be', () => {
    const taken = new Set<string>();
    const seen = new Set<string>();
    const open: PartState[][] = [1, 2, 3].flatMap((count) =>
      (['backordered', 'reserved'] as const).map((state) => Array<PartState>(count).fill(state)),
    );
    const shown = (states: readonly PartState[]) => lineStateOf(states.map((state) => ({ state })));
    for (const states of open) {
      if (seen.has(states.join())) continue;
      seen.add(states.join());
      for (const [at, from] of states.entries()) {
        for (const row of PART_MACHINE.filter((each) => each.from === from)) {
          const next = states.with(at, row.to);
          taken.add(`${shown(states)} ${row.event} ${shown(next)}`);
          open.push(next);
        }
      }
    }
    const missed = LINE_MACHINE.filter((row) => !taken.has(`${row.from} ${row.event} ${row.to}`));
    expect(missed).toEqual([]);
  });
});

describe('docs/concepts/sales-orders.md', () => {
  const text = readFileSync(
    new URL('../../../docs/concepts/sales-orders.md', import.meta.url),
    'utf8',
  );
  it.each([
    ['parts', PART_MACHINE],
    ['lines', LINE_MACHINE],
    ['sales orders', ORDER_MACHINE],
    ['fulfilment requests', REQUEST_MACHINE],
  ] as const)('draws the machine of %s as it is', (_name, machine) => {
    expect(text).toContain(drawMachine(machine));
  });
});
