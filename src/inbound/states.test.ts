import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../platform/package.ts';
import {
  ASN_STATES,
  ASN_TRANSITIONS,
  INVOICE_STATES,
  INVOICE_TRANSITIONS,
  LANDED_COST_STATES,
  LANDED_COST_TRANSITIONS,
  nextState,
  PURCHASE_ORDER_STATES,
  PURCHASE_ORDER_TRANSITIONS,
  pictureOf,
  RECEIPT_STATES,
  RECEIPT_TRANSITIONS,
  SUPPLIER_RETURN_STATES,
  SUPPLIER_RETURN_TRANSITIONS,
  stateOfLines,
  type Transition,
} from './states.ts';

const machines: [string, readonly string[], readonly Transition<string>[]][] = [
  ['purchase orders', PURCHASE_ORDER_STATES, PURCHASE_ORDER_TRANSITIONS],
  ['notices', ASN_STATES, ASN_TRANSITIONS],
  ['receipts', RECEIPT_STATES, RECEIPT_TRANSITIONS],
  ['supplier invoices', INVOICE_STATES, INVOICE_TRANSITIONS],
  ['landed costs', LANDED_COST_STATES, LANDED_COST_TRANSITIONS],
  ['supplier returns', SUPPLIER_RETURN_STATES, SUPPLIER_RETURN_TRANSITIONS],
];

describe.each(machines)('the states of %s', (_name, states, table) => {
  it('are drawn in the documentation as they are', () => {
    const page = readFileSync(join(packageRoot, 'docs/concepts/purchasing.md'), 'utf8');
    expect(page).toContain(pictureOf(table));
  });

  it('can all be reached, and an action leads to one state only', () => {
    const targets = new Set<string>(table.map(({ to }) => to));
    const begins = states.filter((state) => !targets.has(state));
    expect(begins.length).toBeLessThanOrEqual(1);
    for (const state of states) {
      const actions = table.filter(({ from }) => from.includes(state)).map(({ action }) => action);
      expect(new Set(actions).size).toBe(actions.length);
    }
  });
});

describe('the state of a purchase order', () => {
  it.each([
    [['draft', 'draft'], 'draft'],
    [['approved', 'sent'], 'approved'],
    [['confirmed', 'sent'], 'sent'],
    [['awaiting_approval', 'sent'], 'awaiting_approval'],
    [['confirmed', 'partly_received'], 'partly_received'],
    [['approved', 'received'], 'partly_received'],
    [['received', 'closed'], 'received'],
    [['closed', 'cancelled'], 'closed'],
    [['sent', 'cancelled'], 'sent'],
    [['cancelled', 'cancelled'], 'cancelled'],
  ] as const)('of lines %s is %s', (lines, state) => {
    expect(stateOfLines(lines)).toBe(state);
  });

  it('does not depend on the order of its lines, and of one line is that line', () => {
    const state = fc.constantFrom(...PURCHASE_ORDER_STATES);
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), (lines) => {
        expect(stateOfLines([...lines].reverse())).toBe(stateOfLines(lines));
        const [first = 'draft'] = lines;
        expect(stateOfLines([first])).toBe(first);
      }),
    );
  });
});

it('an action that the table does not have leads nowhere', () => {
  expect(nextState(PURCHASE_ORDER_TRANSITIONS, 'send', 'draft')).toBeUndefined();
  expect(nextState(PURCHASE_ORDER_TRANSITIONS, 'send', 'approved')).toBe('sent');
});
