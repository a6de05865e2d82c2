import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LINE_TRANSITIONS,
  nextState,
  pictureOf,
  REFURBISHMENT_TRANSITIONS,
  RETURN_STATES,
  RETURN_TRANSITIONS,
  type ReturnState,
  STEP_TRANSITIONS,
  stateOfLines,
} from './states.ts';

describe('a line', () => {
  it.each([
    ['authorise', 'requested', 'authorised'],
    ['reject', 'requested', 'rejected'],
    ['dispatch', 'authorised', 'in_transit'],
    ['receive', 'in_transit', 'received'],
    ['receive', 'inspected', 'received'],
    ['inspect', 'received', 'inspected'],
    ['reverse_inspection', 'completed', 'received'],
    ['complete', 'inspected', 'completed'],
    ['cancel', 'in_transit', 'cancelled'],
    ['expire', 'authorised', 'expired'],
    ['revive', 'expired', 'authorised'],
  ] as const)('%s: %s becomes %s', (action, from, to) => {
    expect(nextState(LINE_TRANSITIONS, action, from)).toBe(to);
  });

  it.each([
    ['authorise', 'authorised'],
    ['receive', 'rejected'],
    ['receive', 'cancelled'],
    ['receive', 'completed'],
    ['inspect', 'authorised'],
    ['complete', 'received'],
    ['cancel', 'received'],
    ['expire', 'received'],
  ] as const)('%s cannot happen to one that is %s', (action, from) => {
    expect(nextState(LINE_TRANSITIONS, action, from)).toBeUndefined();
  });

  it('can reach every state from what a return begins with', () => {
    const reached = new Set<ReturnState>(['requested']);
    for (let size = 0; size !== reached.size; ) {
      size = reached.size;
      for (const { from, to } of LINE_TRANSITIONS) {
        if (from.some((state: ReturnState) => reached.has(state))) reached.add(to);
      }
    }
    expect([...reached].sort()).toEqual([...RETURN_STATES].sort());
  });
});

describe('a return', () => {
  it.each([
    [['requested', 'authorised'], 'requested'],
    [['authorised', 'in_transit'], 'authorised'],
    [['in_transit', 'received'], 'received'],
    [['inspected', 'authorised'], 'received'],
    [['inspected', 'completed'], 'inspected'],
    [['completed', 'cancelled'], 'completed'],
    [['cancelled', 'expired'], 'expired'],
    [['rejected', 'cancelled'], 'rejected'],
    [['cancelled'], 'cancelled'],
  ] as const)('with lines %j is %s', (lines, state) => {
    expect(stateOfLines(lines)).toBe(state);
  });

  /** What is said of a whole return happens to all of its lines that it can happen to. */
  const TOGETHER: readonly string[] = ['authorise', 'reject', 'dispatch', 'expire', 'revive'];

  it('moves by rows of its table only, whatever happens to its lines', () => {
    const state = fc.constantFrom<ReturnState>('requested', 'authorised');
    const step = fc.record({ line: fc.nat(2), action: fc.nat(LINE_TRANSITIONS.length - 1) });
    const steps = fc.array(step, { maxLength: 40 });
    fc.assert(
      fc.property(state, fc.integer({ min: 1, max: 3 }), steps, (start, count, walk) => {
        const lines: ReturnState[] = Array.from({ length: count }, () => start);
        for (const { line, action: index } of walk) {
          const { action } = LINE_TRANSITIONS[index]!;
          const before = stateOfLines(lines);
          for (const at of TOGETHER.includes(action) ? lines.keys() : [line % count]) {
            lines[at] = nextState(LINE_TRANSITIONS, action, lines[at]!) ?? lines[at]!;
          }
          const after = stateOfLines(lines);
          if (before === after) continue;
          const row = RETURN_TRANSITIONS.some(
            ({ from, to }) => (from as readonly ReturnState[]).includes(before) && to === after,
          );
          expect(row, `${before} to ${after} by ${action}`).toBe(true);
        }
      }),
    );
  });
});

describe('the concept page', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/concepts/returns.md'), 'utf8');

  it.each([
    ['lines', LINE_TRANSITIONS],
    ['returns', RETURN_TRANSITIONS],
    ['inspections', STEP_TRANSITIONS],
    ['refurbishments', REFURBISHMENT_TRANSITIONS],
  ] as const)('draws the states of %s as the table has them', (_, table) => {
    expect(page).toContain(pictureOf(table));
  });
});
