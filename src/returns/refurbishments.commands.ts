import type { OwnerScope } from '../platform/database.ts';
import { readAs } from '../platform/database.ts';
import { formatMoney } from '../platform/money.ts';
import { Problem } from '../platform/problems.ts';
import { formatDecimal } from '../platform/quantity.ts';
import {
  changeRefurbishment,
  type RefurbishmentRow,
  readInspections,
  readReceiptLines,
  readRefurbishment,
} from './goods.queries.ts';
import { goodsLine, houseMoney, placeOf } from './inspections.commands.ts';
import { inspectionBeyondReceived } from './problems.ts';
import { createCollector, readMoney, readUnits } from './resolve.ts';
import { REFURBISHMENT_DOCUMENT } from './rma.ts';
import type { FinishBody } from './schemas.ts';
import { missing, type Returns, refuseFields } from './service.ts';
import type { StepCommand } from './steps.queries.ts';
import { type Completion, type PlanStep, toProblem } from './steps.ts';
import { recordDeeds, wrongState } from './trail.ts';

/** The task in JSON. */
export function refurbishmentAnswer(returns: Returns, row: RefurbishmentRow) {
  const count = (amount: bigint) => formatDecimal(amount, row.scale);
  return {
    number: row.number,
    return: row.rmaNumber,
    inspection: row.inspection,
    item: row.sku,
    quantity: count(row.quantity),
    done: count(row.done),
    scrapped: count(row.scrapped),
    open: count(row.quantity - row.done - row.scrapped),
    cost: houseMoney(returns, row.cost),
    state: row.state,
    instructions: row.instructions,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** A task that the caller may see. @throws Problem not-found. */
export async function findRefurbishment(
  returns: Returns,
  scope: OwnerScope,
  number: string,
): Promise<RefurbishmentRow> {
  const row = await readAs(returns.context.database, scope, (tx) => readRefurbishment(tx, number));
  if (!row) throw missing('refurbishment', number);
  return row;
}

/**
 * Plans the end of a task, or of a part of it: done units are sellable again and worth what the
 * work cost more; the others are scrapped.
 */
export function planOfFinish(returns: Returns, number: string, body: FinishBody): PlanStep {
  return async (tx, rma, by) => {
    const task = await readRefurbishment(tx, number);
    if (!task) throw missing('refurbishment', number);
    if (task.state !== 'open') {
      throw wrongState(rma, task.state, undefined, `${number} is ${task.state}.`);
    }
    const inspection = (await readInspections(tx, rma.rmaId)).find(
      (one) => one.inspection === task.inspection,
    );
    const row = (await readReceiptLines(tx, rma.rmaId)).find(
      (line) => line.receipt === inspection?.receipt && line.line === inspection.receiptLine,
    );
    if (!row?.movement) throw new Error(`${number} is about nothing that arrived`);
    const open = task.quantity - task.finishing - task.done - task.scrapped;
    const { units, cost } = readFinish(returns, task, body, open, rma.isHouse);
    const serials = body.serials ?? (units === task.quantity ? (inspection?.serials ?? []) : []);
    const goods = goodsLine(rma, row, { units, serials, at: by.at }, 'defective');
    await changeRefurbishment(tx, task.refurbishmentId, { finishing: units }, by.at);
    const document = { type: REFURBISHMENT_DOCUMENT, number };
    // The version counts the parts that were begun, so that each is a command of its own.
    const id = `returns/${number}/${body.outcome}/${task.version}`;
    const commands: StepCommand[] = [
      body.outcome === 'done'
        ? {
            kind: 'post',
            id,
            line: { kind: 'disposition_change', ...goods, to: placeOf(row, 'sellable'), document },
          }
        : { kind: 'post', id, line: { kind: 'scrap', ...goods, reason: 'scrap', document } },
    ];
    if (cost > 0n) {
      commands.push({
        kind: 'revalue',
        id: `${id}/cost`,
        movement: row.movement,
        amount: formatMoney(cost, returns.houseDigits),
        document,
        occurredAt: by.at.toISOString(),
      });
    }
    const details = {
      number,
      outcome: body.outcome,
      units: `${units}`,
      cost: `${cost}`,
      note: body.note ?? null,
    };
    return { subject: task.refurbishmentId, details, commands };
  };
}

function readFinish(
  returns: Returns,
  task: RefurbishmentRow,
  body: FinishBody,
  open: bigint,
  isHouse: boolean,
): { units: bigint; cost: bigint } {
  const collector = createCollector();
  const units =
    body.quantity === undefined
      ? open
      : readUnits(collector, 'quantity', body.quantity, task.scale);
  const cost =
    body.cost === undefined ? 0n : readMoney(collector, 'cost', body.cost, returns.currency);
  if (cost > 0n && !isHouse) {
    collector.fail('cost', "cannot be given: only the house's own goods carry its money", 'none');
  }
  if (cost > 0n && body.outcome === 'scrapped') {
    collector.fail('cost', 'adds no value to what is scrapped', 'no cost', body.cost);
  }
  refuseFields(collector.errors);
  if (units > open || units === 0n) {
    const figure = (amount: bigint) => formatDecimal(amount, task.scale);
    const detail = `${figure(open)} of ${task.number} are open.`;
    const extras = { item: task.sku, requested: figure(units), open: figure(open) };
    throw new Problem(inspectionBeyondReceived, detail, extras);
  }
  return { units, cost };
}

/** Completes the end of a task, or of a part of it. */
export const completeFinish: Completion = async ({ returns, tx, rma, step, outcomes, by }) => {
  const details = step.details as Record<'number' | 'outcome' | 'units' | 'cost', string> & {
    note: string | null;
  };
  const units = BigInt(details.units);
  const [moved, revalued] = outcomes;
  if (moved?.problem) {
    await changeRefurbishment(tx, step.subject, { finishing: -units }, by.at);
    return { problem: toProblem(moved.problem) };
  }
  const cost = revalued && !revalued.problem ? BigInt(details.cost) : 0n;
  const isDone = details.outcome === 'done';
  const before = await readRefurbishment(tx, details.number);
  if (!before) throw missing('refurbishment', details.number);
  const isLast = before.done + before.scrapped + units === before.quantity;
  await changeRefurbishment(
    tx,
    step.subject,
    {
      finishing: -units,
      done: isDone ? units : 0n,
      scrapped: isDone ? 0n : units,
      cost,
      ...(isLast ? { state: 'finished' } : {}),
    },
    by.at,
  );
  const action = isDone ? 'refurbished' : 'refurbishment_scrapped';
  const facts = { refurbishment: details.number, quantity: formatDecimal(units, before.scale) };
  const note = details.note ?? undefined;
  await recordDeeds(tx, rma, [{ action, note, details: facts }], by);
  const after = (await readRefurbishment(tx, details.number))!;
  const problem = revalued?.problem;
  return { answer: { ...refurbishmentAnswer(returns, after), ...(problem ? { problem } : {}) } };
};
