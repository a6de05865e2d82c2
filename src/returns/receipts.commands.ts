import type { MovementLine } from '../ledger/index.ts';
import { readAs, type Tx } from '../platform/database.ts';
import { formatMoney, parseMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { receiptLineOf } from './answers.ts';
import {
  type Claim,
  changeClaimed,
  changeReturned,
  lockClaims,
  lockShipments,
  openClaims,
  readReturnedSerials,
  type ShipmentClaim,
} from './claims.queries.ts';
import { blindClaim, claimsOfSale, expiryOf } from './create.commands.ts';
import {
  insertReceipt,
  type NewReceiptLine,
  type ReceiptLineRow,
  readReceiptLines,
  settleReceiptLine,
} from './goods.queries.ts';
import { LEDGER_REASONS } from './policy.ts';
import { type Arrival, type Piece, planReceipt, type Shipment } from './receive.ts';
import { changeHeader, changeLine, insertLines, readLines } from './rma.queries.ts';
import { claimKey, documentOf, type Rma, type RmaLine } from './rma.ts';
import { readSale, readShipmentFacts, type Sale, type ShipmentFacts } from './sales.queries.ts';
import { resolveScans } from './scans.ts';
import type { ReceiptBody } from './schemas.ts';
import type { By, Returns } from './service.ts';
import type { StepCommand } from './steps.queries.ts';
import { type Completion, type PlanStep, type StepOutcome, toProblem } from './steps.ts';
import { canLine, type Deed, recordDeeds, requireLineAction, wrongState } from './trail.ts';

const CLOSED: ReadonlySet<string> = new Set(['rejected', 'cancelled', 'completed']);

/** Plans what a receipt posts, and claims it, with the return locked. */
export function planOfReceipt(returns: Returns, body: ReceiptBody): PlanStep {
  return async (tx, rma, by) => {
    if (CLOSED.has(rma.state)) throw wrongState(rma, rma.state);
    const scans = await resolveScans(tx, rma, body);
    const { sale, facts } = await factsOf(returns, rma);
    const claims = sale ? await openClaims(tx, claimsOfSale(sale, allLines(sale))) : [];
    await lockClaims(tx, rma.number);
    const items = new Set(scans.map(({ itemId }) => itemId));
    const late = (await readLines(tx, rma.rmaId)).filter(({ itemId }) => items.has(itemId));
    const revived = await reviveLines(tx, rma, late, claims, by);
    const lines = await readLines(tx, rma.rmaId);
    const locked = sale ? await lockShipments(tx, sale.number, rma.ownerId, facts) : [];
    const arrival: Arrival = {
      lines,
      shipments: await shipmentsOf(tx, sale, facts, locked),
      unclaimed: new Map(
        claims.map(({ line, sold, claimed }) => [line, sold - claimed - (revived.get(line) ?? 0n)]),
      ),
      hasSale: sale !== undefined,
      carriesValue: rma.isHouse,
      excess: body.excess,
    };
    const pieces = planReceipt(arrival, scans);
    return writeReceipt(returns, tx, { rma, lines, pieces, device: body.device }, by);
  };
}

/** The shipments of a sale as receipts are planned with: locked figures, serials still out. */
async function shipmentsOf(
  tx: Tx,
  sale: Sale | undefined,
  facts: readonly ShipmentFacts[],
  locked: readonly ShipmentClaim[],
): Promise<Shipment[]> {
  if (!sale) return [];
  const back = await readReturnedSerials(tx, locked);
  return locked.flatMap((claim): Shipment[] => {
    const { journal, seq } = claim;
    const fact = facts.find((one) => one.journal === journal && one.seq === seq);
    const sold = sale.lines.find(({ line }) => line === claim.line);
    if (!fact || !sold) return [];
    const serials = fact.serials.filter((serial) => !back.has(`${journal}-${seq} ${serial}`));
    return [{ ...fact, ...claim, serials, itemId: sold.itemId }];
  });
}

function allLines(sale: Sale): Set<number | null> {
  return new Set(sale.lines.filter(({ shipped }) => shipped > 0n).map(({ line }) => line));
}

/** What was shipped; facts of the ledger never change, so they need no lock. */
async function factsOf(
  returns: Returns,
  rma: Rma,
): Promise<{ sale: Sale | undefined; facts: readonly ShipmentFacts[] }> {
  const { salesOrder } = rma;
  if (salesOrder === null) return { sale: undefined, facts: [] };
  return readAs(returns.context.database, 'house', async (tx) => {
    const sale = await readSale(tx, salesOrder);
    return { sale, facts: sale ? await readShipmentFacts(tx, sale) : [] };
  });
}

/**
 * Lines that had expired are expected again as far as nobody else claimed their units since.
 * @returns the units that were claimed again, by line of the sale.
 */
async function reviveLines(
  tx: Tx,
  rma: Rma,
  lines: readonly RmaLine[],
  claims: readonly Claim[],
  by: By,
): Promise<Map<number, bigint>> {
  const revived = new Map<number, bigint>();
  const deeds: Deed[] = [];
  for (const line of lines.filter((one) => canLine(one, 'revive'))) {
    const key = claimKey(rma, line);
    const claim = claims.find((one) => one.document === key.document && one.line === key.line);
    const used = revived.get(key.line) ?? 0n;
    const open = claim ? claim.sold - claim.claimed - used : line.expected;
    const expected = open < line.expected ? open : line.expected;
    if (expected <= 0n) continue;
    const state = requireLineAction(rma, line, 'revive');
    await changeLine(tx, rma.rmaId, { line: line.line, state, expected });
    await changeClaimed(tx, key.document, key.line, expected);
    if (claim) revived.set(key.line, used + expected);
    deeds.push({ line: line.line, action: 'revived', fromState: line.state, toState: state });
  }
  if (deeds.length > 0) {
    await changeHeader(tx, rma.rmaId, { expiresAt: expiryOf(rma.terms, by.at) });
    await recordDeeds(tx, rma, deeds, by);
  }
  return revived;
}

async function writeReceipt(
  returns: Returns,
  tx: Tx,
  planned: {
    readonly rma: Rma;
    readonly lines: readonly RmaLine[];
    readonly pieces: readonly Piece[];
    readonly device: string | undefined;
  },
  by: By,
): Promise<{ subject: number; details: Record<string, unknown>; commands: StepCommand[] }> {
  const { rma, lines, pieces, device } = planned;
  const numbers = await linesOfPieces(tx, rma, lines, pieces);
  const rows = pieces.map((piece, i): NewReceiptLine => {
    const { scan, shipment } = piece;
    return {
      rmaLine: numbers[i]!,
      itemId: scan.itemId,
      quantity: piece.units,
      location: scan.location,
      lpn: scan.lpn,
      lot: scan.lot,
      serials: piece.serials,
      journal: shipment?.journal ?? null,
      seq: shipment?.seq ?? null,
      value: piece.value,
    };
  });
  const { rmaId, ownerId } = rma;
  const { actorId, at } = by;
  const receipt = await insertReceipt(tx, { rmaId, ownerId, device, actorId, at, lines: rows });
  for (const [i, piece] of pieces.entries()) {
    await changeLine(tx, rmaId, { line: numbers[i]!, arriving: piece.units });
  }
  await changeReturned(tx, pieces.flatMap(returnedOf));
  const fresh = await readLines(tx, rmaId);
  const commands = pieces.map((piece, i): StepCommand => {
    const line = fresh.find((one) => one.line === numbers[i]!)!;
    const id = `returns/${rma.number}/receipt/${receipt}/${i + 1}`;
    return { kind: 'post', id, line: movementOf(returns, rma, line, piece, by.at) };
  });
  return { subject: receipt, details: {}, commands };
}

function returnedOf({ shipment, units, value }: Piece) {
  return shipment ? [{ ...shipment, units, value: value ?? 0n }] : [];
}

function movementOf(
  returns: Returns,
  rma: Rma,
  line: RmaLine,
  piece: Piece,
  at: Date,
): MovementLine {
  const { scan, shipment, value } = piece;
  return {
    kind: 'customer_return',
    item: line.sku,
    quantity: formatDecimal(piece.units, line.scale),
    to: {
      location: scan.location,
      disposition: 'quarantined',
      ...(scan.lpn === null ? {} : { lpn: scan.lpn }),
    },
    owner: rma.ownerCode,
    ...(scan.lot === null ? {} : { lot: scan.lot }),
    ...(scan.expiresOn === undefined ? {} : { expiresOn: scan.expiresOn }),
    ...(piece.serials.length === 0 ? {} : { serials: [...piece.serials] }),
    ...(shipment ? { returnOf: `${shipment.journal}-${shipment.seq}` } : {}),
    ...(value === null ? {} : { value: formatMoney(value, returns.houseDigits) }),
    reason: LEDGER_REASONS[line.reason],
    document: documentOf(rma),
    occurredAt: at.toISOString(),
  };
}

/** The line of each piece; units that nobody announced get lines of their own. */
async function linesOfPieces(
  tx: Tx,
  rma: Rma,
  lines: readonly RmaLine[],
  pieces: readonly Piece[],
): Promise<number[]> {
  const unexpected = new Map(
    lines
      .filter((line) => line.isUnexpected && canLine(line, 'receive'))
      .map((line) => [`${line.itemId}\n${line.orderLine}`, line.line]),
  );
  let last = lines.reduce((highest, { line }) => (line > highest ? line : highest), 0);
  const numbers: number[] = [];
  for (const { line, scan, orderLine, units } of pieces) {
    if (line !== null) {
      numbers.push(line);
      continue;
    }
    const key = `${scan.itemId}\n${orderLine}`;
    let number = unexpected.get(key);
    if (number === undefined) {
      last += 1;
      number = last;
      unexpected.set(key, number);
      const { itemId } = scan;
      const reason = scan.reason ?? 'other';
      const state = 'authorised';
      await insertLines(tx, rma, [
        {
          line: number,
          itemId,
          orderLine,
          reason,
          comment: null,
          isUnexpected: true,
          state,
          expected: 0n,
        },
      ]);
    }
    await claimUnexpected(tx, rma, { line: number, orderLine, itemId: scan.itemId }, units);
    numbers.push(number);
  }
  return numbers;
}

async function claimUnexpected(
  tx: Tx,
  rma: Rma,
  line: { readonly line: number; readonly orderLine: number | null; readonly itemId: number },
  units: bigint,
): Promise<void> {
  const key = claimKey(rma, line);
  if (key.document === rma.number) {
    const claims = await lockClaims(tx, rma.number);
    const claimed = claims.find((claim) => claim.line === line.line)?.claimed ?? 0n;
    const price = { unitPrice: null, discount: 0n, tax: 0n };
    const { itemId } = line;
    await openClaims(tx, [blindClaim(rma, line.line, { itemId, units: claimed + units, price })]);
  }
  await changeClaimed(tx, key.document, key.line, units);
}

/** Completes a receipt with what the ledger said about each of its lines. */
export const completeReceipt: Completion = async ({ returns, tx, rma, step, outcomes, by }) => {
  const { rmaId } = rma;
  const receipt = step.subject;
  const own = (await readReceiptLines(tx, rmaId)).filter((line) => line.receipt === receipt);
  for (const [i, row] of own.entries()) {
    const outcome = outcomes[i]!;
    const value = outcome.value === null ? null : parseMoney(outcome.value, returns.houseDigits);
    const { movement, problem } = outcome;
    const known = rma.isHouse ? value : null;
    await settleReceiptLine(
      tx,
      { rmaId, receipt, line: row.line },
      { movement, problem, value: known },
    );
    const isPosted = movement !== null;
    await changeLine(tx, rmaId, {
      line: row.rmaLine,
      arriving: -row.quantity,
      received: isPosted ? row.quantity : 0n,
      ...(isPosted ? { receivedAt: row.occurredAt } : {}),
    });
    if (!isPosted) await giveBack(tx, rma, row);
  }
  const deeds = await moveReceived(tx, rma, own, outcomes);
  await recordDeeds(tx, rma, deeds, by);
  const refused = outcomes.find(({ movement }) => movement === null)?.problem;
  const isAllRefused = outcomes.every(({ movement }) => movement === null);
  if (refused && isAllRefused) return { problem: toProblem(refused) };
  const after = (await readReceiptLines(tx, rmaId)).filter((line) => line.receipt === receipt);
  const lines = after.map((row) => receiptLineOf(row, returns.houseDigits));
  return { answer: { number: rma.number, receipt, lines } };
};

/** What the ledger refused did not come: nobody claims it any more. */
async function giveBack(tx: Tx, rma: Rma, row: ReceiptLineRow): Promise<void> {
  const { journal, seq, quantity, value } = row;
  if (journal !== null && seq !== null) {
    const back = value ?? 0n;
    await changeReturned(tx, [{ journal, seq, units: -quantity, value: -back }]);
  }
  const line = (await readLines(tx, rma.rmaId)).find((one) => one.line === row.rmaLine);
  if (!line?.isUnexpected) return;
  const key = claimKey(rma, line);
  await changeClaimed(tx, key.document, key.line, -quantity);
}

/** Lines on which something arrived are received; unexpected ones on which nothing did are over. */
async function moveReceived(
  tx: Tx,
  rma: Rma,
  rows: readonly ReceiptLineRow[],
  outcomes: readonly StepOutcome[],
): Promise<Deed[]> {
  const deeds: Deed[] = [];
  for (const line of await readLines(tx, rma.rmaId)) {
    const own = rows.filter((row) => row.rmaLine === line.line);
    if (own.length === 0) continue;
    const posted = own.filter((row) => outcomes[rows.indexOf(row)]!.movement !== null);
    const units = posted.reduce((sum, row) => sum + row.quantity, 0n);
    const isEmpty = line.isUnexpected && line.received === 0n && line.arriving === 0n;
    if (units === 0n && !isEmpty) continue;
    const action = units > 0n ? 'receive' : 'cancel';
    const state = requireLineAction(rma, line, action);
    await changeLine(tx, rma.rmaId, { line: line.line, state });
    deeds.push({
      line: line.line,
      action: units > 0n ? 'received' : 'cancelled',
      fromState: line.state,
      toState: state,
      details: { receipt: own[0]!.receipt, quantity: formatDecimal(units, line.scale) },
    });
  }
  return deeds;
}
