import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { newId } from '../platform/ids.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { emitRefundBooking } from './booking.ts';
import { type Claim, lockShipping, refundShipping, settleClaim } from './claims.queries.ts';
import { claimsOfReturn } from './edit.commands.ts';
import { conversionOf, type Quote, type RefundPart } from './quote.ts';
import {
  type Amount,
  add,
  type Conversion,
  houseOfNext,
  NOTHING,
  shareOf,
  subtract,
  totalOf,
} from './refund.ts';
import { insertRefund, type RefundRow, readRefunds } from './refunds.queries.ts';
import { changeLine } from './rma.queries.ts';
import { claimKey, documentOf, type Rma, type RmaLine } from './rma.ts';
import type { By, Returns } from './service.ts';

/** Units that money was given back for although they never came. */
export function unitsOverpaid(line: RmaLine): bigint {
  const over = line.refunded + line.refused - line.received;
  if (over <= 0n) return 0n;
  return over < line.refunded ? over : line.refunded;
}

/** What refunds of the return gave back and kept of a line, less what was taken back. */
function givenFor(refunds: readonly RefundRow[], line: number): { refund: Amount; fee: Amount } {
  let refund: Amount = NOTHING;
  let fee: Amount = NOTHING;
  for (const { kind, lines } of refunds) {
    const own = lines.find(({ rmaLine }) => rmaLine === line);
    if (!own || kind === 'refusal') continue;
    const change = kind === 'refund' ? add : subtract;
    refund = change(refund, own);
    fee = change(fee, { net: own.feeNet, tax: own.feeTax });
  }
  return { refund, fee };
}

/**
 * Takes back what was refunded in advance for units of these lines that never came: the same
 * share of the money as of the units, and the shipping when nothing stays refunded.
 */
export async function clawBack(
  returns: Returns,
  tx: Tx,
  rma: Rma,
  lines: readonly RmaLine[],
  by: By,
  note: string | undefined,
): Promise<void> {
  const over = lines.filter((line) => unitsOverpaid(line) > 0n);
  if (over.length === 0) return;
  const claims = new Map(
    (await claimsOfReturn(tx, rma)).map((claim) => [`${claim.document}\n${claim.line}`, claim]),
  );
  const refunds = await readRefunds(tx, rma.rmaId);
  const conversion = conversionOf(returns, rma);
  const parts: RefundPart[] = [];
  for (const line of over) {
    const { document, line: number } = claimKey(rma, line);
    const key = `${document}\n${number}`;
    const claim = claims.get(key);
    if (!claim) throw new Error(`nothing claims line ${line.line} of ${rma.number}`);
    const part = partBack(line, claim, givenFor(refunds, line.line), conversion);
    claims.set(key, await takeBack(tx, rma, part));
    parts.push(part);
  }
  const shipping = await shippingBack(tx, rma, refunds, lines, conversion);
  await writeClawBack(tx, rma, { parts, ...shipping }, by, note);
}

/** What is taken back of a line: amounts below zero, as a refund would be above it. */
function partBack(
  line: RmaLine,
  claim: Claim,
  given: { readonly refund: Amount; readonly fee: Amount },
  conversion: Conversion | undefined,
): RefundPart {
  const units = unitsOverpaid(line);
  const share = (amount: Amount) => {
    const part = shareOf(amount, units, line.refunded);
    return { net: -part.net, tax: -part.tax };
  };
  const withheld = share({ net: line.withheldNet, tax: line.withheldTax });
  const refund = share(given.refund);
  const fee = share(given.fee);
  const house = conversion
    ? {
        net: houseOfNext(
          { document: claim.refundedNet, house: claim.houseNet },
          refund.net,
          conversion,
        ),
        tax: houseOfNext(
          { document: claim.refundedTax, house: claim.houseTax },
          refund.tax,
          conversion,
        ),
      }
    : NOTHING;
  return { line, claim, units: -units, refund, fee, withheld, house };
}

async function takeBack(tx: Tx, rma: Rma, part: RefundPart): Promise<Claim> {
  const { line, claim, refund, house, units } = part;
  const { document, line: number } = claimKey(rma, line);
  const worth = add(add(refund, part.fee), part.withheld);
  await settleClaim(tx, document, number, {
    units,
    settledNet: worth.net,
    settledTax: worth.tax,
    refundedNet: refund.net,
    refundedTax: refund.tax,
    houseNet: house.net,
    houseTax: house.tax,
  });
  await changeLine(tx, rma.rmaId, {
    line: line.line,
    refunded: units,
    withheldNet: part.withheld.net,
    withheldTax: part.withheld.tax,
  });
  return {
    ...claim,
    settled: claim.settled + units,
    settledNet: claim.settledNet + worth.net,
    settledTax: claim.settledTax + worth.tax,
    refundedNet: claim.refundedNet + refund.net,
    refundedTax: claim.refundedTax + refund.tax,
    houseNet: claim.houseNet + house.net,
    houseTax: claim.houseTax + house.tax,
  };
}

async function shippingBack(
  tx: Tx,
  rma: Rma,
  refunds: readonly RefundRow[],
  lines: readonly RmaLine[],
  conversion: Conversion | undefined,
): Promise<Pick<Quote, 'shipping' | 'houseShipping'>> {
  const given = refunds.reduce(
    (sum, { kind, shipping }) => sum + (kind === 'claw_back' ? -shipping : shipping),
    0n,
  );
  const stays = lines.some((line) => line.refunded > unitsOverpaid(line));
  if (given <= 0n || stays || rma.salesOrder === null) return { shipping: 0n, houseShipping: 0n };
  const { salesOrder, ownerId } = rma;
  const claim = await lockShipping(tx, { salesOrder, ownerId, charge: 0n });
  const before = { document: claim.refunded, house: claim.houseRefunded };
  const house = conversion ? houseOfNext(before, -given, conversion) : 0n;
  await refundShipping(tx, salesOrder, -given, house);
  return { shipping: -given, houseShipping: house };
}

async function writeClawBack(
  tx: Tx,
  rma: Rma,
  quote: Quote,
  by: By,
  note: string | undefined,
): Promise<void> {
  const refundId = newId();
  const booking = { id: refundId, kind: 'refund_claw_back' } as const;
  const isBooked = await emitRefundBooking(tx, rma, quote, booking, by);
  const sum = (of: (part: RefundPart) => bigint) =>
    quote.parts.reduce((total, part) => total - of(part), 0n);
  await insertRefund(tx, {
    refundId,
    rmaId: rma.rmaId,
    ownerId: rma.ownerId,
    kind: 'claw_back',
    currency: rma.currency,
    net: sum(({ refund }) => refund.net),
    tax: sum(({ refund }) => refund.tax),
    shipping: -quote.shipping,
    fee: sum(({ fee }) => totalOf(fee)),
    withheld: sum(({ withheld }) => totalOf(withheld)),
    exchangeOrder: null,
    exchange: null,
    note: note ?? null,
    bookingId: isBooked ? refundId : null,
    actorId: by.actorId,
    at: by.at,
    lines: quote.parts.map((part) => ({
      rmaLine: part.line.line,
      quantity: -part.units,
      net: -part.refund.net,
      tax: -part.refund.tax,
      feeNet: -part.fee.net,
      feeTax: -part.fee.tax,
      withheldNet: -part.withheld.net,
      withheldTax: -part.withheld.tax,
      houseNet: -part.house.net,
      houseTax: -part.house.tax,
    })),
  });
  const entries = quote.parts.map(({ line, units }) => ({
    ownerId: rma.ownerId,
    document: documentOf(rma),
    line: line.line,
    action: 'refund_clawed_back',
    note,
    details: { quantity: formatDecimal(-units, line.scale) },
  }));
  await recordHistory(tx, entries, by);
}
