import { invalidRequest, Problem } from '../../platform/problems.ts';
import { DecimalError, parseDecimal } from '../../platform/quantity.ts';
import {
  lineOf,
  moveOn,
  note,
  type OrderDraft,
  partsOfLine,
  quantityText,
  splitPart,
  stateConflict,
} from './draft.ts';
import type { PartRow } from './order.queries.ts';
import type { CancelBody } from './schemas.ts';
import { unitsIn } from './view.ts';

/** What can still be cancelled; what is furthest from leaving comes first. */
const CANCELLABLE = ['backordered', 'reserved', 'released', 'accepted'] as const;

function openParts(draft: OrderDraft, line: number): PartRow[] {
  const own = partsOfLine(draft, line);
  return CANCELLABLE.flatMap((state) => own.filter((part) => part.state === state).reverse());
}

/** Units of a line that can still be cancelled. */
export function openUnits(draft: OrderDraft, line: number): bigint {
  return unitsIn(partsOfLine(draft, line), ...CANCELLABLE);
}

/**
 * Cancels units of a line, those that wait first, then those that are reserved, then those that
 * the warehouse was asked for.
 * @throws Problem state-conflict when fewer units are open.
 */
export function cancelUnits(draft: OrderDraft, line: number, quantity: bigint): void {
  let left = quantity;
  for (const part of openParts(draft, line)) {
    if (left === 0n) return;
    const units = left < part.quantity ? left : part.quantity;
    moveOn(draft, splitPart(draft, part, units), 'cancel');
    left -= units;
  }
  if (left === 0n) return;
  const open = quantityText(draft, line, quantity - left);
  const detail = `Of line ${line} only ${open} can still be cancelled; the rest has left.`;
  throw new Problem(stateConflict, detail, { line, open });
}

/** A quantity of a line as it was given. @throws Problem invalid-request. */
export function readUnits(draft: OrderDraft, line: number, text: string, path: string): bigint {
  const row = lineOf(draft, line);
  const fail = (message: string, expected: string): never => {
    throw new Problem(invalidRequest, `${path} ${message}.`, {
      errors: [{ path, message, expected, found: text }],
    });
  };
  if (!row) return fail('is of a line that is not there', 'a line of the sales order');
  try {
    const units = parseDecimal(text, row.quantityScale);
    return units > 0n ? units : fail('must be more than zero', 'a positive quantity');
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    return fail(error.message, `at most ${row.quantityScale} digits after the point`);
  }
}

/**
 * Cancels lines, parts of lines, or everything that has not left.
 * @throws Problem invalid-request, state-conflict.
 */
export function cancelOrder(draft: OrderDraft, body: CancelBody): void {
  const everything = draft.lines.map(({ line }) => ({ line, quantity: undefined }));
  const asked = body.lines ?? everything;
  for (const [i, { line, quantity }] of asked.entries()) {
    const path = `lines.${i}.line`;
    if (!lineOf(draft, line)) {
      const errors = [{ path, message: 'is not there', found: String(line) }];
      throw new Problem(invalidRequest, `There is no line ${line}.`, { errors });
    }
    const open = openUnits(draft, line);
    const given = quantity === undefined ? open : readUnits(draft, line, quantity, path);
    if (given === 0n && body.lines) throwClosed(draft, line);
    if (given === 0n) continue;
    cancelUnits(draft, line, given);
    note(draft, 'cancelled', {
      line,
      note: body.reason,
      details: { quantity: quantityText(draft, line, given) },
    });
  }
  if (draft.entries.length === 0) throwClosed(draft, undefined);
}

function throwClosed(draft: OrderDraft, line: number | undefined): never {
  const what = line === undefined ? 'The sales order' : `Line ${line}`;
  const { state } = draft.order;
  throw new Problem(stateConflict, `${what} has nothing left to cancel.`, { line, state });
}
