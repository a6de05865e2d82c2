import type { Tx } from '../platform/database.ts';
import { formatMoney } from '../platform/money.ts';
import { Problem } from '../platform/problems.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { type Claim, lockShipping, type ShippingClaim, termsOf } from './claims.queries.ts';
import { claimsOfReturn } from './edit.commands.ts';
import { isAtFault } from './policy.ts';
import { priceUnknown, refundBeyondDue } from './problems.ts';
import {
  type Amount,
  add,
  type Conversion,
  houseOfNext,
  NOTHING,
  type Split,
  shippingRefund,
  splitWorth,
  takeOut,
  totalOf,
  worthOfNext,
} from './refund.ts';
import { createCollector, readMoney, readUnits } from './resolve.ts';
import { claimKey, type Rma, type RmaLine, refundableUnits } from './rma.ts';
import { readSale, type Sale } from './sales.queries.ts';
import type { RefundBody } from './schemas.ts';
import { digitsOf, type Returns, refuseFields } from './service.ts';

// What a refund comes to is worked out with the claims locked, and nothing is written yet.

/** What is given back for one line, in the currency of the return and in house money. */
export interface RefundPart extends Split {
  readonly line: RmaLine;
  readonly claim: Claim;
  readonly units: bigint;
  readonly house: Amount;
}

/** A refund as it is worked out; nothing is written yet. */
export interface Quote {
  readonly parts: readonly RefundPart[];
  readonly shipping: bigint;
  readonly houseShipping: bigint;
}

/** What a caller wants back for a line. */
export interface Wanted {
  readonly line: RmaLine;
  readonly units: bigint;
  readonly shareBasisPoints: number;
  readonly waiveFee: boolean;
  /** Minor units of what was withheld before, instead of units. */
  readonly supplement: bigint | undefined;
}

/** How money of the return becomes house money; undefined where it is none of ours. */
export function conversionOf(returns: Returns, rma: Rma): Conversion | undefined {
  if (!rma.isHouse || rma.rate === null) return undefined;
  return {
    rate: rma.rate,
    fromDigits: digitsOf(rma.currency),
    toDigits: returns.houseDigits,
  };
}

/** Reads what a request wants; by default everything that is due. @throws Problem. */
export function wantedOf(rma: Rma, lines: readonly RmaLine[], body: RefundBody): Wanted[] {
  const timing = rma.terms.refundTiming;
  const all = lines
    .filter((line) => refundableUnits(line, timing) > 0n)
    .map(({ line }) => ({ line, share: 10_000, waiveFee: false }) as const);
  const collector = createCollector();
  const seen = new Set<number>();
  const asked = body.lines ?? all;
  const wanted = asked.flatMap((one: NonNullable<RefundBody['lines']>[number], i): Wanted[] => {
    const path = `lines.${i}`;
    const line = lines.find((candidate) => candidate.line === one.line);
    if (!line || seen.has(one.line)) {
      const message = line ? 'is named twice' : 'is not on the return';
      collector.fail(`${path}.line`, message, 'a line of it', `${one.line}`);
      return [];
    }
    seen.add(one.line);
    if (one.amount !== undefined && one.quantity !== undefined) {
      collector.fail(`${path}.amount`, 'is given together with quantity', 'one of the two');
    }
    const supplement =
      one.amount === undefined
        ? undefined
        : readMoney(collector, `${path}.amount`, one.amount, rma.currency);
    const due = refundableUnits(line, timing);
    const units =
      one.quantity === undefined
        ? due
        : readUnits(collector, `${path}.quantity`, one.quantity, line.scale);
    const { share: shareBasisPoints, waiveFee } = one;
    return [
      {
        line,
        units: supplement === undefined ? units : 0n,
        shareBasisPoints,
        waiveFee,
        supplement,
      },
    ];
  });
  refuseFields(collector.errors);
  return wanted;
}

/**
 * Works out what a refund comes to. The claims and the shipping of the sale stay locked.
 * @throws Problem refund-beyond-due, price-unknown.
 */
export async function quoteRefund(
  returns: Returns,
  tx: Tx,
  rma: Rma,
  wanted: readonly Wanted[],
): Promise<Quote> {
  const claims = new Map(
    (await claimsOfReturn(tx, rma)).map((claim) => [`${claim.document}\n${claim.line}`, claim]),
  );
  const conversion = conversionOf(returns, rma);
  const parts = wanted.map((want): RefundPart => {
    const key = claimKey(rma, want.line);
    const claim = claims.get(`${key.document}\n${key.line}`);
    if (!claim) throw new Error(`nothing claims line ${want.line.line} of ${rma.number}`);
    const part = partOf(rma, want, claim, conversion);
    // Two lines of a return may stand on one line of the sale: the second comes after the first.
    claims.set(`${key.document}\n${key.line}`, grown(claim, part));
    return part;
  });
  const sale = rma.salesOrder === null ? undefined : await readSale(tx, rma.salesOrder);
  const after = [...claims.values()];
  return { parts, ...(await quoteShipping(tx, rma, sale, parts, after, conversion)) };
}

function partOf(
  rma: Rma,
  want: Wanted,
  claim: Claim,
  conversion: Conversion | undefined,
): RefundPart {
  const split = want.supplement === undefined ? splitOf(rma, want, claim) : supplementOf(rma, want);
  const house = conversion
    ? {
        net: houseOfNext(
          { document: claim.refundedNet, house: claim.houseNet },
          split.refund.net,
          conversion,
        ),
        tax: houseOfNext(
          { document: claim.refundedTax, house: claim.houseTax },
          split.refund.tax,
          conversion,
        ),
      }
    : NOTHING;
  return { ...split, line: want.line, claim, units: want.units, house };
}

/** The worth of units that are asked for, and how it splits. @throws Problem. */
export function splitOf(
  rma: Rma,
  { line, units, shareBasisPoints, waiveFee }: Wanted,
  claim: Claim,
): Split {
  const due = refundableUnits(line, rma.terms.refundTiming);
  if (units > due) {
    const [asked, open] = [formatDecimal(units, line.scale), formatDecimal(due, line.scale)];
    const detail = `${asked} of line ${line.line} asked for, ${open} due.`;
    throw new Problem(refundBeyondDue, detail, { line: line.line, requested: asked, due: open });
  }
  const terms = termsOf(claim, line.scale);
  if (!terms) {
    const detail = `It is not known what was paid for line ${line.line}.`;
    throw new Problem(priceUnknown, detail, { line: line.line });
  }
  const { settled, settledNet: net, settledTax: tax } = claim;
  const worth = worthOfNext(terms, { units: settled, net, tax }, units);
  const fee = waiveFee ? 0 : (rma.terms.restockingFees[line.reason] ?? 0);
  return splitWorth(worth, fee, shareBasisPoints);
}

function supplementOf(rma: Rma, { line, supplement = 0n }: Wanted): Split {
  const withheld = { net: line.withheldNet, tax: line.withheldTax };
  if (supplement === 0n || supplement > totalOf(withheld)) {
    const figure = (amount: bigint) => formatMoney(amount, digitsOf(rma.currency));
    const [asked, due] = [figure(supplement), figure(totalOf(withheld))];
    const detail = `${asked} asked for, ${due} was withheld of line ${line.line}.`;
    throw new Problem(refundBeyondDue, detail, { line: line.line, requested: asked, due });
  }
  const refund = takeOut(withheld, supplement);
  return { refund, fee: NOTHING, withheld: { net: -refund.net, tax: -refund.tax } };
}

/** A claim as it is after a part of it was settled. */
export function grown(claim: Claim, part: RefundPart): Claim {
  const worth = add(add(part.refund, part.fee), part.withheld);
  return {
    ...claim,
    settled: claim.settled + part.units,
    settledNet: claim.settledNet + worth.net,
    settledTax: claim.settledTax + worth.tax,
    refundedNet: claim.refundedNet + part.refund.net,
    refundedTax: claim.refundedTax + part.refund.tax,
    houseNet: claim.houseNet + part.house.net,
    houseTax: claim.houseTax + part.house.tax,
  };
}

async function quoteShipping(
  tx: Tx,
  rma: Rma,
  sale: Sale | undefined,
  parts: readonly RefundPart[],
  claims: readonly Claim[],
  conversion: Conversion | undefined,
): Promise<Pick<Quote, 'shipping' | 'houseShipping'>> {
  if (!sale || sale.shippingCharge === 0n) return { shipping: 0n, houseShipping: 0n };
  const { number: salesOrder, ownerId, shippingCharge: charge } = sale;
  const shipping: ShippingClaim = await lockShipping(tx, { salesOrder, ownerId, charge });
  const atFault = parts.some(({ line, units }) => units > 0n && isAtFault(line.reason));
  const allReturned = sale.lines.every(({ line, shipped }) => {
    const claim = claims.find((one) => one.document === salesOrder && one.line === line);
    return (claim?.settled ?? 0n) >= shipped;
  });
  const amount = shippingRefund(rma.terms.shippingRefund, shipping, { atFault, allReturned });
  const before = { document: shipping.refunded, house: shipping.houseRefunded };
  return {
    shipping: amount,
    houseShipping: conversion ? houseOfNext(before, amount, conversion) : 0n,
  };
}

/** @throws Problem refund-beyond-due when there is nothing to give back. */
export function refuseNothing(rma: Rma, wanted: readonly Wanted[]): void {
  const isSomething = wanted.some(
    ({ units, supplement }) => units > 0n || supplement !== undefined,
  );
  if (isSomething) return;
  throw new Problem(refundBeyondDue, `Nothing is due for ${rma.number} now.`, { due: '0' });
}
