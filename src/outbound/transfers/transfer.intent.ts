import { conflict, type FieldError, invalidRequest, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { Intent, TransferHead } from './transfer.queries.ts';
import {
  canDo,
  type GivenLine,
  inTransit,
  type LossReason,
  lossLines,
  openToShip,
  type Parcel,
  type Planned,
  type Posted,
  planReceipt,
  planShipment,
  receiptLine,
  type StepKind,
  shipmentLine,
  type TransferLine,
} from './transfer.ts';

/** What a caller asks of a step. */
export interface StepBody {
  readonly lines?: readonly GivenLine[] | undefined;
  readonly final?: boolean | undefined;
  readonly reason?: LossReason | undefined;
  readonly occurredAt?: string | undefined;
  readonly note?: string | undefined;
}

/** A transfer order as it is when a step begins. */
export interface TransferNow {
  readonly head: TransferHead;
  readonly lines: readonly TransferLine[];
  readonly parcels: readonly Parcel[];
}

function refuse(errors: readonly FieldError[]): never {
  const [first] = errors;
  throw new Problem(invalidRequest, `${first?.path} ${first?.message}.`, { errors });
}

/**
 * Decides what a step is to post and to write, before anything is.
 * @throws Problem conflict where the state does not allow it; invalid-request with every wrong
 * field.
 */
export function planIntent(now: TransferNow, kind: StepKind, body: StepBody): Intent {
  const { head, lines } = now;
  if (!canDo(head.state, kind)) {
    const detail = `${head.number} is ${head.state.replace('_', ' ')}: it cannot ${kind} now.`;
    throw new Problem(conflict, detail, { state: head.state });
  }
  const { occurredAt, note } = body;
  const nothing: Intent = {
    ...{ moves: [], lines: [], origins: [], final: false, releases: [], note },
  };
  switch (kind) {
    case 'release':
      return { ...nothing, ...reservationOf(head, lines) };
    case 'cancel':
      return { ...nothing, final: true, releases: heldBy(lines, () => true) };
    case 'ship':
      return { ...nothing, occurredAt, ...shipmentOf(now, body) };
    case 'receive': {
      const plan = planReceipt(lines, now.parcels, body.lines);
      return { ...nothing, occurredAt, ...arrivalOf(now, body, plan, receiptOnly) };
    }
    case 'close': {
      const plan = planReceipt(lines, now.parcels, undefined);
      const write = (order: Posted, move: Planned['moves'][number], line: TransferLine) =>
        lossLines(order, move, line, body.reason ?? 'other');
      return { ...nothing, occurredAt, ...arrivalOf(now, body, plan, write) };
    }
  }
}

/** Only what is sellable can be promised to anybody, so only that is reserved. */
function reservationOf(head: TransferHead, lines: readonly TransferLine[]) {
  const sellable = lines.filter(({ disposition }) => disposition === 'sellable');
  return {
    lines: sellable.map(({ item, quantity, quantityScale }) => ({
      ...{ item, quantity: formatDecimal(quantity, quantityScale) },
      ...{ site: head.from, owner: head.owner },
    })),
    origins: sellable.map(({ line }) => line),
  };
}

function heldBy(lines: readonly TransferLine[], isKept: (line: TransferLine) => boolean) {
  return lines.flatMap((line) =>
    line.reservation !== null && isKept(line)
      ? [{ line: line.line, reservation: line.reservation }]
      : [],
  );
}

function postedAs(head: TransferHead, body: StepBody): Posted {
  const { number, owner, to } = head;
  return { number, owner, transit: `TRANSIT-${to}`, occurredAt: body.occurredAt };
}

function lineOf(lines: readonly TransferLine[], number: number): TransferLine {
  const line = lines.find((each) => each.line === number);
  if (!line) throw new Error(`line ${number} was planned but is not there`);
  return line;
}

function shipmentOf({ head, lines }: TransferNow, body: StepBody) {
  const { moves, errors } = planShipment(lines, body.lines);
  if (errors.length > 0) refuse(errors);
  const final = body.final === true;
  const hasShipped = lines.some(({ shipped }) => shipped > 0n);
  if (moves.length === 0 && !(final && hasShipped)) {
    refuse([{ path: 'lines', message: 'ship nothing', expected: 'a line that is open' }]);
  }
  const order = postedAs(head, body);
  const leaving = new Map<number, bigint>();
  for (const move of moves) {
    const line = lineOf(lines, move.line);
    const units = BigInt(move.quantity.replace('.', ''));
    leaving.set(line.line, (leaving.get(line.line) ?? 0n) + units);
  }
  const isLeft = (line: TransferLine) => openToShip(line) > (leaving.get(line.line) ?? 0n);
  return {
    moves,
    lines: moves.map((move) => shipmentLine(order, move, lineOf(lines, move.line))),
    origins: moves.map((_, i) => i),
    final,
    releases: final ? heldBy(lines, isLeft) : [],
  };
}

type WriteLines = (order: Posted, move: Planned['moves'][number], line: TransferLine) => object[];
const receiptOnly: WriteLines = (order, move, line) => [receiptLine(order, move, line)];

function arrivalOf({ head, lines }: TransferNow, body: StepBody, plan: Planned, write: WriteLines) {
  if (plan.errors.length > 0) refuse(plan.errors);
  if (plan.moves.length === 0) {
    const onTheWay = lines.some((line) => inTransit(line) > 0n);
    const expected = onTheWay ? 'a line that is on its way' : 'goods on their way';
    refuse([{ path: 'lines', message: 'receive nothing', expected }]);
  }
  const order = postedAs(head, body);
  const written = plan.moves.map((move) => write(order, move, lineOf(lines, move.line)));
  return {
    moves: plan.moves,
    lines: written.flat(),
    origins: written.flatMap((some, i) => some.map(() => i)),
  };
}
