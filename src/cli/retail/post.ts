import { setImmediate } from 'node:timers/promises';
import type { CommandAnswer, LedgerService, MovementLine } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { formatUnitCost, parseMoney } from '../../platform/money.ts';
import { CliError, EXIT } from '../exit.ts';
import type { RefusedLine, RetailLine } from './line.ts';
import type { PlannedItem, PlannedMovement, RetailPlan } from './plan.ts';
import { BIN } from './reference.ts';

/** Commands that are handed to the ledger together. */
const COMMANDS_PER_CALL = 500;

/** What was posted of one kind: lines, units, and money in minor units. */
export interface Posted {
  lines: number;
  /** Of them, lines that an earlier run had posted. */
  alreadyPosted: number;
  units: bigint;
  /** What the units cost in the ledger. */
  cost: bigint;
  /** Units times the price in the file; minor units times 10^4. */
  price: bigint;
}

/** What became of a plan. */
export interface PostedRetail {
  readonly openings: Posted;
  readonly sales: Posted;
  readonly returns: Posted;
  /** Returns that brought back the cost of the sale they undo. */
  readonly returnsOfSale: number;
  readonly refused: readonly RefusedLine[];
  /** Items whose opening stock the ledger refused, with the reason. */
  readonly refusedOpenings: readonly { readonly item: string; readonly detail: string }[];
}

interface Run {
  readonly ledger: LedgerService;
  /** Of the file; the same file makes the same command ids on every run. */
  readonly hash: string;
  readonly totals: Record<'openings' | 'sales' | 'returns', Posted>;
  readonly refused: RefusedLine[];
  readonly refusedOpenings: { item: string; detail: string }[];
  /** Ids of the movements of sales by line. */
  readonly saleIds: Map<number, string>;
  returnsOfSale: number;
}

function nothing(): Posted {
  return { lines: 0, alreadyPosted: 0, units: 0n, cost: 0n, price: 0n };
}

/**
 * The one line of an answer that was committed, or why it was refused.
 * @throws CliError when nobody knows, or when the command id stands for something else.
 */
function settle(answer: CommandAnswer | undefined): { id: string; value: string } | string {
  const [line] = answer?.lines ?? [];
  if (answer?.status === 'committed' && line?.id !== undefined) {
    return { id: line.id, value: line.value ?? '0' };
  }
  const problem = line?.problem ?? answer?.problem;
  if (problem?.type === '/problems/command-id-reused') {
    throw new CliError(
      EXIT.refused,
      'This file was imported before with another --cost-share. Run it with the same one.',
    );
  }
  if (answer?.status === 'rejected') return problem?.detail ?? problem?.title ?? 'refused';
  const advice = 'Run the command again: lines that are posted are not posted twice.';
  throw new CliError(EXIT.failed, `${problem?.detail ?? 'The outcome is unknown.'} ${advice}`);
}

function count(posted: Posted, line: { units: bigint; price: bigint; cost: bigint }): void {
  posted.lines += 1;
  posted.units += line.units;
  posted.price += line.price;
  posted.cost += line.cost;
}

function openingLine(run: Run, item: PlannedItem, openingAt: number): MovementLine {
  return {
    kind: 'opening',
    item: item.sku,
    quantity: item.opening.toString(),
    to: BIN,
    unitCost: formatUnitCost(item.unitCost, run.ledger.currencyDigits),
    occurredAt: new Date(openingAt).toISOString(),
  };
}

async function postOpenings(
  run: Run,
  items: readonly PlannedItem[],
  openingAt: number,
): Promise<void> {
  const commands = items.map((item) => ({
    id: `retail:${run.hash}:opening:${item.sku}`,
    lines: [openingLine(run, item, openingAt)],
  }));
  const answers = await run.ledger.post(SYSTEM, commands);
  for (const [i, item] of items.entries()) {
    const result = settle(answers[i]);
    if (typeof result === 'string') {
      run.refusedOpenings.push({ item: item.sku, detail: result });
      continue;
    }
    const cost = parseMoney(result.value, run.ledger.currencyDigits);
    count(run.totals.openings, { units: item.opening, price: 0n, cost });
    if (answers[i]?.replayed) run.totals.openings.alreadyPosted += 1;
  }
}

function movementLine(run: Run, { line, returnOf, unitCost }: PlannedMovement): MovementLine {
  const shared = {
    item: line.sku,
    quantity: line.quantity.toString(),
    occurredAt: new Date(line.occurredAt).toISOString(),
  };
  if (line.kind === 'sale') {
    const document = { type: 'invoice', number: line.invoice };
    return { kind: 'shipment', ...shared, from: BIN, document };
  }
  const document = { type: 'credit_note', number: line.invoice };
  const saleId = returnOf && run.saleIds.get(returnOf.line);
  const digits = run.ledger.currencyDigits;
  return {
    kind: 'customer_return',
    ...shared,
    to: BIN,
    document,
    ...(saleId === undefined ? {} : { returnOf: saleId }),
    ...(unitCost === undefined ? {} : { unitCost: formatUnitCost(unitCost, digits) }),
  };
}

function refuse(run: Run, { line, cells }: RetailLine, detail: string): void {
  run.refused.push({ line, reason: 'refused-by-ledger', detail, cells });
}

function countMovement(run: Run, movement: PlannedMovement, answer: CommandAnswer): void {
  const { line, returnOf } = movement;
  const result = settle(answer);
  if (typeof result === 'string') {
    refuse(run, line, result);
    return;
  }
  const posted = line.kind === 'sale' ? run.totals.sales : run.totals.returns;
  const cost = parseMoney(result.value, run.ledger.currencyDigits);
  count(posted, { units: line.quantity, price: line.quantity * line.unitPrice, cost });
  if (answer.replayed) posted.alreadyPosted += 1;
  if (line.kind === 'sale') run.saleIds.set(line.line, result.id);
  else if (returnOf) run.returnsOfSale += 1;
}

/** Posts what was gathered and empties it. */
async function flush(run: Run, gathered: PlannedMovement[]): Promise<void> {
  if (gathered.length === 0) return;
  const movements = gathered.splice(0);
  const commands = movements.map((movement) => ({
    id: `retail:${run.hash}:${movement.line.line}`,
    lines: [movementLine(run, movement)],
  }));
  const answers = await run.ledger.post(SYSTEM, commands);
  for (const [i, movement] of movements.entries()) countMovement(run, movement, answers[i]!);
}

async function postMovements(
  run: Run,
  movements: readonly PlannedMovement[],
  progress: (done: number) => void,
): Promise<void> {
  const gathered: PlannedMovement[] = [];
  for (const [index, movement] of movements.entries()) {
    const { returnOf, line } = movement;
    // A return names the movement of its sale, which has an id only once it is posted.
    if (returnOf && gathered.some((other) => other.line === returnOf)) await flush(run, gathered);
    if (returnOf && !run.saleIds.has(returnOf.line)) {
      refuse(run, line, `the sale of line ${returnOf.line} was refused`);
      continue;
    }
    gathered.push(movement);
    if (gathered.length < COMMANDS_PER_CALL) continue;
    await flush(run, gathered);
    progress(index + 1);
    await setImmediate();
  }
  await flush(run, gathered);
  progress(movements.length);
}

/**
 * Posts a plan: opening stock first, then the lines in time order. Again it posts nothing, also
 * after a run that was cut short: each command's id follows from the file and the line.
 * @throws CliError when an outcome stays unknown, or the file was imported with another share.
 */
export async function postRetail(
  ledger: LedgerService,
  plan: RetailPlan,
  hash: string,
  progress: (done: number, total: number) => void,
): Promise<PostedRetail> {
  const totals = { openings: nothing(), sales: nothing(), returns: nothing() };
  const saleIds = new Map<number, string>();
  const run: Run = {
    ledger,
    hash,
    totals,
    refused: [],
    refusedOpenings: [],
    saleIds,
    returnsOfSale: 0,
  };
  const items = plan.items.filter(({ opening }) => opening > 0n);
  const total = items.length + plan.movements.length;
  for (let at = 0; at < items.length; at += COMMANDS_PER_CALL) {
    const part = items.slice(at, at + COMMANDS_PER_CALL);
    await postOpenings(run, part, plan.openingAt);
    progress(at + part.length, total);
  }
  await postMovements(run, plan.movements, (done) => progress(items.length + done, total));
  const { refused, refusedOpenings, returnsOfSale } = run;
  return { ...totals, refused, refusedOpenings, returnsOfSale };
}
