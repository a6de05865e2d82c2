import { emitBookings } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { currencyDigits } from '../platform/money.ts';
import { type FieldError, Problem } from '../platform/problems.ts';
import { divideRounded } from '../platform/quantity.ts';
import { convertMoney, rateOn } from '../platform/rates.ts';
import { loadOwners } from '../sellers/index.ts';
import { allocate } from './amounts.ts';
import {
  type By,
  checkVersion,
  type Inbound,
  missing,
  refuseFields,
  requireTransition,
} from './inbound.ts';
import { readAmount } from './invoice-reading.ts';
import type {
  LandedCost,
  LandedCostAnswer,
  LandedCostBasis,
  Measures,
} from './landed-cost.queries.ts';
import * as queries from './landed-cost.queries.ts';
import { requireSupplier } from './lookup.queries.ts';
import { type Finished, openOperation, returnedPart, revalueStep } from './operations.ts';
import { nothingToAllocate, wrongState } from './problems.ts';
import {
  addToReceiptLines,
  findReceipt,
  lockReceiptLines,
  type ReceiptLine,
  readReceiptLines,
} from './receipt.queries.ts';
import { LANDED_COST_TRANSITIONS } from './states.ts';

export const LANDED_COST = 'landed_cost';

/** A landed cost as a request writes it. */
export interface WrittenLandedCost {
  readonly supplier: string;
  readonly reference?: string | undefined;
  readonly kind: LandedCost['kind'];
  readonly basis: LandedCostBasis;
  readonly currency?: string | undefined;
  readonly amount: string;
  readonly taxAmount?: string | undefined;
  readonly incurredOn: string;
  readonly note?: string | undefined;
  readonly receipts: readonly {
    readonly receipt: string;
    readonly lines?: readonly number[] | undefined;
  }[];
}

/** Weights keep six digits of a fraction, so that a screw still weighs something. */
const WEIGHT_DIGITS = 6;
const WEIGHT_FACTOR = 10n ** BigInt(WEIGHT_DIGITS);

/** What a line's share is reckoned by, times 10^6; undefined where nothing says. */
function weightOf(
  basis: LandedCostBasis,
  line: ReceiptLine,
  measures: Measures | undefined,
): bigint | undefined {
  const unit = 10n ** BigInt(line.scale);
  const of = (numerator: bigint | null = null, denominator: bigint | null = null) =>
    numerator === null || denominator === null
      ? undefined
      : divideRounded(line.quantity * numerator * WEIGHT_FACTOR, denominator * unit);
  switch (basis) {
    case 'value':
      return line.value * WEIGHT_FACTOR;
    case 'quantity':
      return divideRounded(line.quantity * WEIGHT_FACTOR, unit);
    case 'weight':
      return of(measures?.weightNumerator, measures?.weightDenominator);
    case 'volume':
      return of(measures?.volumeNumerator, measures?.volumeDenominator);
  }
}

/** The posted lines of the house that a request names. */
async function namedLines(
  tx: Tx,
  written: WrittenLandedCost,
  errors: FieldError[],
): Promise<ReceiptLine[]> {
  const found = new Map<string, ReceiptLine>();
  for (const [index, { receipt: number, lines }] of written.receipts.entries()) {
    const path = `body.receipts.${index}`;
    const receipt = await findReceipt(tx, number);
    if (!receipt) {
      errors.push({ path: `${path}.receipt`, message: 'does not exist', found: number });
      continue;
    }
    const usable = (await readReceiptLines(tx, receipt.id)).filter(
      ({ state, carriesValue }) => state === 'posted' && carriesValue,
    );
    const chosen = usable.filter(({ line }) => lines?.includes(line) ?? true);
    if (chosen.length === 0 || (lines && chosen.length < new Set(lines).size)) {
      const expected = "posted lines of the house's own goods";
      errors.push({ path: `${path}.lines`, message: 'do not fit', expected });
    }
    for (const line of chosen) found.set(`${line.receiptId}/${line.line}`, line);
  }
  return [...found.values()];
}

/**
 * Records a landed cost as a draft, spread over receipts so that the parts add up exactly. It
 * shows what posting would do.
 * @throws Problem invalid-request, nothing-to-allocate, exchange-rate-missing.
 */
export async function createLandedCost(
  inbound: Inbound,
  tx: Tx,
  written: WrittenLandedCost,
  by: By,
): Promise<LandedCostAnswer> {
  const errors: FieldError[] = [];
  const supplier = await requireSupplier(tx, written.supplier, errors);
  const currency = written.currency ?? supplier?.currency ?? inbound.currency;
  const digits = currencyDigits(currency);
  const amount = readAmount(written.amount, digits, 'body.amount', errors);
  const taxAmount = readAmount(written.taxAmount ?? '0', digits, 'body.taxAmount', errors);
  if (amount === 0n) errors.push({ path: 'body.amount', message: 'is zero', found: '0' });
  const lines = await namedLines(tx, written, errors);
  refuseFields(errors);
  const rate = await rateOn(tx, inbound.currency, currency, written.incurredOn);
  const houseAmount = convertMoney(amount, rate, digits, inbound.houseDigits);
  const parts = await spread(tx, written.basis, houseAmount, lines);
  const number = await queries.insertLandedCost(
    tx,
    {
      supplierId: supplier!.supplierId,
      reference: written.reference ?? null,
      kind: written.kind,
      basis: written.basis,
      ...{ currency, rate, amount, taxAmount, houseAmount },
      incurredOn: written.incurredOn,
      state: 'draft',
      note: written.note ?? null,
      reversesId: null,
    },
    parts,
    by,
  );
  await trail(tx, number, by, { action: 'recorded', toState: 'draft' });
  return showLandedCost(inbound, tx, number);
}

/** @throws Problem nothing-to-allocate */
async function spread(
  tx: Tx,
  basis: LandedCostBasis,
  houseAmount: bigint,
  lines: readonly ReceiptLine[],
) {
  const itemIds = lines.map(({ itemId }) => itemId);
  const measures = new Map((await queries.loadMeasures(tx, itemIds)).map((m) => [m.itemId, m]));
  const weights = lines.map((line) => weightOf(basis, line, measures.get(line.itemId)));
  const unknown = lines.filter((_, index) => weights[index] === undefined);
  const amounts = allocate(
    houseAmount,
    weights.map((weight) => weight ?? 0n),
  );
  if (!amounts || unknown.length > 0) {
    const items = [...new Set(unknown.map(({ item }) => item))];
    const detail = `Not every receipt has a ${basis} to allocate by.`;
    throw new Problem(nothingToAllocate, detail, { basis, items });
  }
  return lines.map((line, index) => {
    const weight = weights[index] ?? 0n;
    const whole = `${weight / WEIGHT_FACTOR}`;
    const fraction = `${weight % WEIGHT_FACTOR}`.padStart(WEIGHT_DIGITS, '0');
    return {
      receiptId: line.receiptId,
      receiptLine: line.line,
      weight: `${whole}.${fraction}`,
      amount: amounts[index] ?? 0n,
    };
  });
}

async function trail(
  tx: Tx,
  number: string,
  by: By,
  entry: {
    readonly action: string;
    readonly fromState?: string;
    readonly toState?: string;
    readonly note?: string | undefined;
  },
): Promise<void> {
  const [house] = await loadOwners(tx, ['HOUSE']);
  const document = { type: LANDED_COST, number };
  await recordHistory(tx, [{ ...entry, ownerId: house!.ownerId, document }], by);
}

/** The whole landed cost. @throws Problem not-found */
export async function showLandedCost(
  inbound: Inbound,
  tx: Tx,
  number: string,
): Promise<LandedCostAnswer> {
  const cost = await queries.findLandedCost(tx, number);
  if (!cost) throw missing('landed cost', number);
  return queries.showLandedCost(cost, await queries.readParts(tx, cost.id), inbound.houseDigits);
}

async function lockCost(tx: Tx, number: string, version: number | undefined): Promise<LandedCost> {
  const cost = await queries.findLandedCost(tx, number, true);
  if (!cost) throw missing('landed cost', number);
  checkVersion(cost, version);
  return cost;
}

/** Discards a draft. @throws Problem not-found, wrong-state */
export async function cancelLandedCost(
  tx: Tx,
  number: string,
  version: number | undefined,
  by: By,
): Promise<void> {
  const cost = await lockCost(tx, number, version);
  const state = requireTransition(LANDED_COST_TRANSITIONS, 'cancel', cost);
  await queries.setLandedCostState(tx, cost.id, state, by);
  await trail(tx, number, by, { action: 'cancelled', fromState: cost.state, toState: state });
}

/**
 * Posts a draft: its parts follow the units of the receipts, wherever they are by now.
 * @throws Problem not-found, precondition-failed, wrong-state.
 */
export async function postLandedCost(
  inbound: Inbound,
  tx: Tx,
  number: string,
  version: number | undefined,
  by: By,
): Promise<void> {
  const cost = await lockCost(tx, number, version);
  const state = requireTransition(LANDED_COST_TRANSITIONS, 'post', cost);
  await queries.setLandedCostState(tx, cost.id, state, by);
  await trail(tx, number, by, { action: 'posting', fromState: cost.state, toState: state });
  await openPosting(inbound, tx, cost, by);
}

/** Writes down the revaluations of the parts. */
async function openPosting(
  inbound: Inbound,
  tx: Tx,
  cost: { readonly id: number; readonly number: string },
  by: By,
): Promise<void> {
  const parts = await queries.readParts(tx, cost.id);
  const keys = parts.map(({ receiptId, receiptLine }) => ({ receiptId, line: receiptLine }));
  const lines = await lockReceiptLines(tx, keys);
  const gone = lines.find(({ state }) => state !== 'posted');
  if (gone) {
    const detail = `Line ${gone.line} of ${gone.receipt} is ${gone.state} by now.`;
    throw new Problem(wrongState, detail, { number: gone.receipt, state: gone.state });
  }
  await addToReceiptLines(
    tx,
    parts.map(({ receiptId, receiptLine: line, amount: landedCost }) => {
      return { receiptId, line, landedCost };
    }),
  );
  const document = { type: LANDED_COST, number: cost.number };
  const steps = parts.flatMap(({ movement, amount }) =>
    amount === 0n
      ? []
      : [revalueStep(inbound, movement ?? '', amount, document, by.at, 'landed_cost')],
  );
  await openOperation(tx, { ...document, operation: 'post' }, steps, by);
}

/**
 * Takes a posted landed cost back by an opposite document, which is posted at once.
 * @returns the number of the opposite document.
 * @throws Problem not-found, precondition-failed, wrong-state.
 */
export async function reverseLandedCost(
  inbound: Inbound,
  tx: Tx,
  number: string,
  request: { readonly version?: number | undefined; readonly note?: string | undefined },
  by: By,
): Promise<string> {
  const cost = await lockCost(tx, number, request.version);
  const state = requireTransition(LANDED_COST_TRANSITIONS, 'reverse', cost);
  if (cost.reverses !== null) {
    const detail = `${number} takes ${cost.reverses} back; record the cost anew instead.`;
    throw new Problem(wrongState, detail, { number, state: cost.state });
  }
  const parts = await queries.readParts(tx, cost.id);
  const opposite = await queries.insertLandedCost(
    tx,
    {
      ...cost,
      amount: -cost.amount,
      taxAmount: -cost.taxAmount,
      houseAmount: -cost.houseAmount,
      state: 'posting',
      note: request.note ?? null,
      reversesId: cost.id,
    },
    parts.map((part) => ({ ...part, amount: -part.amount })),
    by,
  );
  await queries.setLandedCostState(tx, cost.id, state, by);
  const note = request.note;
  const entry = { action: 'reversed', fromState: cost.state, toState: state, note };
  await trail(tx, number, by, entry);
  await trail(tx, opposite, by, { action: 'recorded', toState: 'posting' });
  const made = await lockCost(tx, opposite, undefined);
  await openPosting(inbound, tx, made, by);
  return opposite;
}

/** Books a landed cost once its parts are posted. */
export async function completeLandedCost(
  inbound: Inbound,
  tx: Tx,
  finished: Finished,
): Promise<void> {
  const { ref, problem } = finished;
  if (problem) throw new Error(`the ledger refused a part of ${ref.number}`);
  const cost = await lockCost(tx, ref.number, undefined);
  const { amount, taxAmount, houseAmount, currency, rate } = cost;
  const digits = currencyDigits(currency);
  const convert = (sum: bigint) => convertMoney(sum, rate, digits, inbound.houseDigits);
  const tax = convert(taxAmount);
  const payable = -convert(amount + taxAmount);
  const rounding = -(houseAmount + tax + payable);
  // The cost of units that went back meanwhile stays with us.
  const returned = returnedPart(inbound, finished);
  const lines = [
    { role: 'landed_cost_clearing', amount: houseAmount - returned, documentAmount: amount },
    { role: 'purchase_price_variance', amount: returned, documentAmount: 0n },
    { role: 'purchase_tax', amount: tax, documentAmount: taxAmount },
    { role: 'payable', amount: payable, documentAmount: -(amount + taxAmount) },
    { role: 'rounding', amount: rounding, documentAmount: 0n },
  ] as const;
  const booking = {
    kind: 'landed_cost',
    document: { type: LANDED_COST, number: cost.number },
    party: cost.supplier,
    currency,
    rate,
    description: `${cost.kind} of ${cost.supplier}${cost.reverses ? ', taken back' : ''}`,
    occurredAt: finished.at,
    lines: lines.filter(({ role, amount: sum }) => sum !== 0n || role === 'payable'),
  };
  await emitBookings(tx, [booking], finished);
  const state = requireTransition(LANDED_COST_TRANSITIONS, 'posted', cost);
  await queries.setLandedCostState(tx, cost.id, state, finished);
  const entry = { action: 'posted', fromState: cost.state, toState: state };
  await trail(tx, cost.number, finished, entry);
}
