import type { RetailLine } from '../retail/line.ts';
import type { PlannedMovement, RetailPlan } from '../retail/plan.ts';

/**
 * A register's file as sales orders and returns, as a pure function of the plan of its lines:
 *
 * 1. Lines of one invoice that follow each other in time order are one sales order; an invoice
 *    that is taken up again, or is longer than a sales order can be, goes on as another.
 * 2. Lines of one cancellation that belong to one sales order are one return of it. Those whose
 *    sale is not in the file, or was smaller, are a blind return, paid what the cancellation says.
 * 3. Everything happens in time order, so that what comes back can be sold again.
 */
export type RetailEvent = OrderEvent | ReturnEvent;

export interface OrderEvent {
  readonly kind: 'order';
  readonly number: string;
  readonly invoice: string;
  readonly customer: string;
  /** ISO 3166-1 alpha-2; ZZ where the file's name of the country is none. */
  readonly country: string;
  readonly occurredAt: number;
  readonly lines: readonly RetailLine[];
}

export interface ReturnEvent {
  readonly kind: 'return';
  /** Names the return in this file. */
  readonly number: string;
  readonly invoice: string;
  readonly customer: string;
  readonly occurredAt: number;
  /** The sales order that it is of; undefined for a blind return. */
  readonly salesOrder: string | undefined;
  readonly lines: readonly ReturnLine[];
}

export interface ReturnLine {
  readonly line: RetailLine;
  /** Line of the sales order, from one. */
  readonly orderLine: number | undefined;
  /** Cost of a unit where no pool and no sale tells; minor units times 10^4. */
  readonly unitCost: bigint | undefined;
}

/** Lines that a sales order or a return holds at most. */
export const DOCUMENT_LINES_MAX = 500;

const OTHER_NAMES: Readonly<Record<string, string>> = {
  EIRE: 'IE',
  RSA: 'ZA',
  USA: 'US',
  'Channel Islands': 'JE',
  'Czech Republic': 'CZ',
};

/** The code of a country by its English name; ZZ for what is none. */
function countryCodes(): (name: string) => string {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const codes = new Map<string, string>(Object.entries(OTHER_NAMES));
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
  for (const first of letters) {
    for (const second of letters) {
      const name = names.of(first + second);
      if (name !== undefined && !codes.has(name)) codes.set(name, first + second);
    }
  }
  return (name) => codes.get(name.trim()) ?? 'ZZ';
}

/** Where a sale ended up: its sales order, the line there, and what has not come back of it. */
interface Place {
  readonly order: string;
  readonly orderLine: number;
  left: bigint;
}

interface Numbers {
  /** A number that nothing of this file has yet. */
  next(base: string): string;
}

function createNumbers(): Numbers {
  const used = new Map<string, number>();
  return {
    next(base) {
      const count = (used.get(base) ?? 0) + 1;
      used.set(base, count);
      return count === 1 ? base : `${base}-${count}`;
    },
  };
}

/** Cuts a plan into runs of lines that one document can hold. */
function runsOf(movements: readonly PlannedMovement[]): PlannedMovement[][] {
  const runs: PlannedMovement[][] = [];
  for (const movement of movements) {
    const last = runs.at(-1);
    const before = last?.at(-1)?.line;
    const { invoice, kind, occurredAt } = movement.line;
    const goesOn =
      before?.invoice === invoice && before.kind === kind && before.occurredAt === occurredAt;
    if (last && goesOn && last.length < DOCUMENT_LINES_MAX) last.push(movement);
    else runs.push([movement]);
  }
  return runs;
}

/**
 * Sales orders and returns of a file in time order.
 * @param prefix of every number. @param countryColumn where the file has the country's name.
 */
export function planDocuments(
  plan: RetailPlan,
  prefix: string,
  countryColumn: number,
): RetailEvent[] {
  const countryOf = countryCodes();
  const numbers = createNumbers();
  const places = new Map<RetailLine, Place>();
  return runsOf(plan.movements).flatMap((run): RetailEvent[] => {
    const { line } = run[0]!;
    const { invoice, customer, occurredAt } = line;
    const shared = { invoice, customer, occurredAt };
    const base = `${prefix}-${invoice.replace(/[^!-~]/g, '_')}`;
    if (line.kind === 'return') {
      return returnsOf(run, places).map(({ salesOrder, lines }) => ({
        ...{ kind: 'return', number: numbers.next(base), ...shared },
        ...{ salesOrder, lines },
      }));
    }
    const number = numbers.next(base);
    for (const [i, movement] of run.entries()) {
      const left = movement.line.quantity;
      places.set(movement.line, { order: number, orderLine: i + 1, left });
    }
    const country = countryOf(line.cells[countryColumn] ?? '');
    return [{ kind: 'order', number, ...shared, country, lines: run.map((each) => each.line) }];
  });
}

function returnsOf(
  run: readonly PlannedMovement[],
  places: ReadonlyMap<RetailLine, Place>,
): Pick<ReturnEvent, 'salesOrder' | 'lines'>[] {
  const bySalesOrder = new Map<string | undefined, ReturnLine[]>();
  for (const { line, returnOf, unitCost } of run) {
    const sale = returnOf && places.get(returnOf);
    // More than was sold cannot come back of a sale; the shop took it all the same.
    const place = sale && sale.left >= line.quantity ? sale : undefined;
    if (place) place.left -= line.quantity;
    const lines = bySalesOrder.get(place?.order) ?? [];
    lines.push({ line, orderLine: place?.orderLine, unitCost });
    bySalesOrder.set(place?.order, lines);
  }
  return [...bySalesOrder].map(([salesOrder, lines]) => ({ salesOrder, lines }));
}
