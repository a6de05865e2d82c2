import { createSupplierReturn } from '../inbound/index.ts';
import type { MovementLine } from '../ledger/index.ts';
import type { Principal } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import { requireHouse } from '../platform/documents/index.ts';
import { formatMoney, parseMoney } from '../platform/money.ts';
import { Problem } from '../platform/problems.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { inspectionOf } from './answers.ts';
import {
  changeInspected,
  changeInspection,
  changeRefurbishment,
  type InspectionRow,
  insertInspection,
  insertRefurbishment,
  type ReceiptLineRow,
  readInspections,
  readReceiptLines,
  refurbishmentOf,
} from './goods.queries.ts';
import { emitLiquidation } from './liquidation.ts';
import type { ReasonCode } from './policy.ts';
import { inspectionBeyondReceived } from './problems.ts';
import { completeSettled } from './refunds.commands.ts';
import { createCollector, readMoney, readUnits } from './resolve.ts';
import { changeLine, readLines } from './rma.queries.ts';
import { documentOf, type Rma } from './rma.ts';
import type { InspectionBody, OutcomeBody } from './schemas.ts';
import { type By, missing, type Returns, refuseFields } from './service.ts';
import type { StepCommand } from './steps.queries.ts';
import { type Completion, type PlanStep, toProblem } from './steps.ts';
import { canLine, type Deed, recordDeeds, requireLineAction, wrongState } from './trail.ts';

/** Plans what an inspection posts: the movement of its outcome. */
export function planOfInspection(
  returns: Returns,
  principal: Principal,
  body: InspectionBody,
): PlanStep {
  return async (tx, rma, by) => {
    const rows = await readReceiptLines(tx, rma.rmaId);
    const row = rows.find(
      ({ receipt, line }) => receipt === body.receipt && line === body.receiptLine,
    );
    if (row?.state !== 'posted') {
      throw missing('receipt line', `${body.receipt}/${body.receiptLine} of ${rma.number}`);
    }
    const units = await unitsOf(returns, tx, rma, row, body);
    const serials = body.serials ?? (units === row.quantity ? row.serials : []);
    const { rmaId, ownerId } = rma;
    const { actorId, at } = by;
    const inspection = await insertInspection(tx, {
      rmaId,
      ownerId,
      line: row,
      quantity: units,
      serials,
      grade: body.grade,
      findings: body.findings ?? null,
      photos: body.photos,
      outcome: body.outcome,
      actorId,
      at,
    });
    await changeInspected(tx, { ...row, rmaId }, { inspecting: units, inspected: 0n });
    const id = `returns/${rma.number}/inspection/${inspection}`;
    const work = { units, serials, at };
    const command =
      body.outcome.kind === 'return_to_supplier'
        ? await sendBack(tx, rma, row, { ...work, outcome: body.outcome, principal, id, by })
        : commandOf(rma, row, { ...work, outcome: body.outcome, id });
    return { subject: inspection, details: {}, commands: [command] };
  };
}

/** How many units an inspection is about. @throws Problem inspection-beyond-received. */
async function unitsOf(
  returns: Returns,
  tx: Tx,
  rma: Rma,
  row: ReceiptLineRow,
  body: InspectionBody,
): Promise<bigint> {
  const collector = createCollector();
  const open = row.quantity - row.inspecting - row.inspected;
  const units =
    body.quantity === undefined ? open : readUnits(collector, 'quantity', body.quantity, row.scale);
  if (body.outcome.kind === 'liquidate') {
    readMoney(collector, 'outcome.price', body.outcome.price, returns.currency);
    readMoney(collector, 'outcome.tax', body.outcome.tax, returns.currency);
  }
  if (row.serials.length > 0) {
    const gone = await serialsInspected(tx, rma.rmaId, row);
    const free = row.serials.filter((serial) => !gone.has(serial));
    const named = body.serials ?? (units === row.quantity ? row.serials : []);
    const strange = named.find((serial) => !free.includes(serial));
    if (strange !== undefined) {
      collector.fail('serials', 'does not wait for inspection there', 'one that does', strange);
    }
    const isEven = BigInt(named.length) * 10n ** BigInt(row.scale) === units;
    if (!isEven || new Set(named).size !== named.length) {
      collector.fail('serials', 'must be one a unit', 'each serial once', `${named.length}`);
    }
  } else if (body.serials !== undefined) {
    collector.fail('serials', 'are given for an item without serials', 'no serials');
  }
  if (units > open || units === 0n) {
    const figure = (amount: bigint) => formatDecimal(amount, row.scale);
    const detail = `${figure(open)} of ${row.sku} wait for inspection there.`;
    const extras = { item: row.sku, requested: figure(units), open: figure(open) };
    throw new Problem(inspectionBeyondReceived, detail, extras);
  }
  refuseFields(collector.errors);
  return units;
}

async function serialsInspected(
  tx: Tx,
  rmaId: number,
  row: ReceiptLineRow,
): Promise<ReadonlySet<string>> {
  const inspections = await readInspections(tx, rmaId);
  const own = inspections.filter(
    (one) =>
      one.receipt === row.receipt &&
      one.receiptLine === row.line &&
      ['posting', 'posted', 'reversing'].includes(one.state),
  );
  return new Set(own.flatMap(({ serials }) => serials));
}

/** Units at a place of the warehouse that something is done with. */
export interface Goods {
  readonly units: bigint;
  readonly serials: readonly string[];
  readonly at: Date;
}

/** What a movement of goods of a receipt line has in common whatever it does. */
export function goodsLine(
  rma: Rma,
  row: ReceiptLineRow,
  goods: Goods,
  disposition: 'quarantined' | 'defective',
): Pick<MovementLine, 'item' | 'quantity' | 'from' | 'owner' | 'lot' | 'serials' | 'occurredAt'> {
  return {
    item: row.sku,
    quantity: formatDecimal(goods.units, row.scale),
    from: placeOf(row, disposition),
    owner: rma.ownerCode,
    ...(row.lot === null ? {} : { lot: row.lot }),
    ...(goods.serials.length === 0 ? {} : { serials: [...goods.serials] }),
    occurredAt: goods.at.toISOString(),
  };
}

/** Where the goods of a receipt line lie. */
export function placeOf(
  row: ReceiptLineRow,
  disposition: 'sellable' | 'quarantined' | 'defective',
) {
  const lpn = row.lpn === null ? {} : { lpn: row.lpn };
  return { location: row.location, disposition, ...lpn };
}

/** What a supplier is told why goods come back. */
const SUPPLIER_REASONS = {
  changed_mind: 'other',
  damaged: 'damaged',
  defective: 'defective',
  wrong_item: 'wrong_item',
  not_as_described: 'defective',
  late: 'other',
  other: 'other',
} as const satisfies Record<ReasonCode, string>;

const DISPOSAL = { damage: 'damage', expiry: 'expiry', scrap: 'scrap', other: 'other' } as const;

function commandOf(
  rma: Rma,
  row: ReceiptLineRow,
  work: Goods & {
    readonly outcome: Exclude<OutcomeBody, { readonly kind: 'return_to_supplier' }>;
    readonly id: string;
  },
): StepCommand {
  const { outcome, id } = work;
  const document = documentOf(rma);
  const goods = goodsLine(rma, row, work, 'quarantined');
  switch (outcome.kind) {
    case 'restock':
      return {
        kind: 'post',
        id,
        line: { kind: 'disposition_change', ...goods, to: placeOf(row, 'sellable'), document },
      };
    case 'refurbish':
      return {
        kind: 'post',
        id,
        line: { kind: 'disposition_change', ...goods, to: placeOf(row, 'defective'), document },
      };
    case 'liquidate':
      return { kind: 'post', id, line: { kind: 'shipment', ...goods, document } };
    case 'dispose': {
      const reason = DISPOSAL[outcome.reason];
      return { kind: 'post', id, line: { kind: 'scrap', ...goods, reason, document } };
    }
  }
}

/**
 * Makes the return to the supplier with the inspection itself; posting it is the step's work.
 * @throws Problem house-only, invalid-request.
 */
async function sendBack(
  tx: Tx,
  rma: Rma,
  row: ReceiptLineRow,
  work: Goods & {
    readonly outcome: OutcomeBody & { readonly kind: 'return_to_supplier' };
    readonly principal: Principal;
    readonly id: string;
    readonly by: By;
  },
): Promise<StepCommand> {
  requireHouse(work.principal);
  const { supplier, reference, currency } = work.outcome;
  const lines = await readLines(tx, rma.rmaId);
  const reason = lines.find(({ line }) => line === row.rmaLine)?.reason ?? 'other';
  const document = await createSupplierReturn(
    tx,
    {
      supplier,
      owner: rma.ownerCode,
      reason: SUPPLIER_REASONS[reason],
      reference,
      currency,
      note: `From ${rma.number}.`,
      lines: [
        {
          item: row.sku,
          quantity: formatDecimal(work.units, row.scale),
          location: row.location,
          disposition: 'quarantined',
          ...(row.lpn === null ? {} : { lpn: row.lpn }),
          ...(row.lot === null ? {} : { lot: row.lot }),
          ...(work.serials.length === 0 ? {} : { serials: work.serials }),
        },
      ],
    },
    work.by,
  );
  return { kind: 'hand_over', id: work.id, document };
}

/** Completes an inspection with what the ledger said. */
export const completeInspection: Completion = async ({ returns, tx, rma, step, outcomes, by }) => {
  const { rmaId } = rma;
  const row = await inspectionAt(tx, rmaId, step.subject);
  const { quantity, outcome } = { quantity: row.quantity, outcome: outcomes[0]! };
  const at = { rmaId, receipt: row.receipt, line: row.receiptLine };
  if (outcome.problem) {
    await changeInspected(tx, at, { inspecting: -quantity, inspected: 0n });
    await changeInspection(tx, row, { state: 'refused', problem: outcome.problem });
    return { problem: toProblem(outcome.problem) };
  }
  await changeInspected(tx, at, { inspecting: -quantity, inspected: quantity });
  const handedOver =
    row.details.kind === 'refurbish'
      ? await openRefurbishment(tx, rma, row, by)
      : (outcome.document ?? null);
  const value =
    outcome.value === null || !rma.isHouse ? null : parseMoney(outcome.value, returns.houseDigits);
  const { movement } = outcome;
  await changeInspection(tx, row, { state: 'posted', movement, handedOver, value });
  if (row.details.kind === 'liquidate') await emitLiquidation(returns, tx, rma, row, 1n, by);
  await moveInspected(tx, rma, row, by);
  await completeSettled(tx, rma, by);
  return answerOf(returns, tx, rma, row.inspection);
};

function openRefurbishment(tx: Tx, rma: Rma, row: InspectionRow, by: By): Promise<string> {
  const { rmaId, ownerId } = rma;
  const { inspection, itemId, quantity } = row;
  const given = row.details.kind === 'refurbish' ? row.details.instructions : undefined;
  const instructions = given ?? null;
  const { at } = by;
  return insertRefurbishment(tx, {
    rmaId,
    ownerId,
    inspection,
    itemId,
    quantity,
    instructions,
    at,
  });
}

async function moveInspected(tx: Tx, rma: Rma, row: InspectionRow, by: By): Promise<void> {
  await changeLine(tx, rma.rmaId, { line: row.rmaLine, inspected: row.quantity });
  const line = (await readLines(tx, rma.rmaId)).find((one) => one.line === row.rmaLine)!;
  const isAll = line.inspected === line.received && line.arriving === 0n;
  const deed: Deed = {
    line: line.line,
    action: 'inspected',
    note: row.findings ?? undefined,
    details: {
      inspection: row.inspection,
      quantity: formatDecimal(row.quantity, row.scale),
      grade: row.grade,
      outcome: row.details.kind,
    },
  };
  if (!isAll || !canLine(line, 'inspect')) {
    await recordDeeds(tx, rma, [deed], by);
    return;
  }
  const state = requireLineAction(rma, line, 'inspect');
  await changeLine(tx, rma.rmaId, { line: line.line, state, inspectedAt: by.at });
  await recordDeeds(tx, rma, [{ ...deed, fromState: line.state, toState: state }], by);
}

async function inspectionAt(tx: Tx, rmaId: number, inspection: number): Promise<InspectionRow> {
  const rows = await readInspections(tx, rmaId);
  const row = rows.find((one) => one.inspection === inspection);
  if (!row) throw missing('inspection', inspection);
  return row;
}

async function answerOf(returns: Returns, tx: Tx, rma: Rma, inspection: number) {
  const row = await inspectionAt(tx, rma.rmaId, inspection);
  return { answer: { number: rma.number, ...inspectionOf(row, returns.houseDigits) } };
}

/** Plans to take a wrong inspection back: the opposite of its movement. */
export function planOfReversal(inspection: number): PlanStep {
  return async (tx, rma, by) => {
    const row = await inspectionAt(tx, rma.rmaId, inspection);
    const isGone = row.details.kind === 'return_to_supplier';
    if (isGone || row.state !== 'posted' || row.movement === null) {
      const detail =
        isGone && row.state === 'posted'
          ? 'Goods that went to a supplier are taken back there.'
          : `The inspection ${inspection} of ${rma.number} is ${row.state}.`;
      throw wrongState(rma, row.state, row.rmaLine, detail);
    }
    const task = await refurbishmentOf(tx, rma.rmaId, inspection);
    if (task && task.finishing + task.done + task.scrapped > 0n) {
      throw wrongState(rma, task.state, row.rmaLine, `${task.number} has begun.`);
    }
    await changeInspection(tx, row, { state: 'reversing' });
    const id = `returns/${rma.number}/reversal/${inspection}`;
    const { movement } = row;
    const occurredAt = by.at.toISOString();
    const command: StepCommand = { kind: 'reverse', id, movement, occurredAt };
    return { subject: inspection, details: {}, commands: [command] };
  };
}

/** Completes the reversal of an inspection: its units wait for another one. */
export const completeReversal: Completion = async ({ returns, tx, rma, step, outcomes, by }) => {
  const { rmaId } = rma;
  const row = await inspectionAt(tx, rmaId, step.subject);
  const { problem } = outcomes[0]!;
  if (problem) {
    await changeInspection(tx, row, { state: 'posted' });
    return { problem: toProblem(problem) };
  }
  await changeInspection(tx, row, { state: 'reversed' });
  const at = { rmaId, receipt: row.receipt, line: row.receiptLine };
  await changeInspected(tx, at, { inspecting: 0n, inspected: -row.quantity });
  const task = await refurbishmentOf(tx, rmaId, row.inspection);
  if (task) await changeRefurbishment(tx, task.refurbishmentId, { state: 'cancelled' }, by.at);
  if (row.details.kind === 'liquidate') await emitLiquidation(returns, tx, rma, row, -1n, by);
  const line = (await readLines(tx, rmaId)).find((one) => one.line === row.rmaLine)!;
  const state = canLine(line, 'reverse_inspection')
    ? requireLineAction(rma, line, 'reverse_inspection')
    : line.state;
  const inspected = -row.quantity;
  // Completing the line gave up its claim on what never came, so that stays given up.
  const isGivenUp = line.state === 'completed' && line.received < line.expected;
  const expected = isGivenUp ? line.received : undefined;
  await changeLine(tx, rmaId, { line: line.line, state, inspected, inspectedAt: null, expected });
  const deed: Deed = {
    line: line.line,
    action: 'inspection_reversed',
    fromState: line.state,
    toState: state,
    details: { inspection: row.inspection, quantity: formatDecimal(row.quantity, row.scale) },
  };
  await recordDeeds(tx, rma, [deed], by);
  return answerOf(returns, tx, rma, row.inspection);
};

/** House money as text, for answers of tasks. */
export function houseMoney(returns: Returns, amount: bigint): string {
  return formatMoney(amount, returns.houseDigits);
}
