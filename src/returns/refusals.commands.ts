import type { Tx } from '../platform/database.ts';
import { newId } from '../platform/ids.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { settleClaim, termsOf } from './claims.queries.ts';
import { claimsOfReturn } from './edit.commands.ts';
import { grown, refuseNothing, splitOf, wantedOf } from './quote.ts';
import { NOTHING } from './refund.ts';
import { completeSettled, refundLineOf } from './refunds.commands.ts';
import { insertRefund, type RefundLineRow } from './refunds.queries.ts';
import type { LockedReturn } from './rma.commands.ts';
import { changeLine } from './rma.queries.ts';
import { claimKey, type Rma } from './rma.ts';
import type { RefundBody } from './schemas.ts';
import type { By } from './service.ts';
import { type Deed, recordDeeds, wrongState } from './trail.ts';

/**
 * Refuses money for units, with a reason: they are settled, and nothing is given back for them.
 * @throws Problem refund-beyond-due, return-state, invalid-request.
 */
export async function refuseRefund(
  tx: Tx,
  { rma, lines }: LockedReturn,
  body: { readonly lines?: RefundBody['lines']; readonly note: string },
  by: By,
): Promise<void> {
  // Refused is what has arrived: as long as it has not, it can be cancelled.
  const arrived = { ...rma, terms: { ...rma.terms, refundTiming: 'on_receipt' as const } };
  const wanted = wantedOf(arrived, lines, body);
  refuseNothing(rma, wanted);
  const claims = await claimsOfReturn(tx, rma);
  const rows: RefundLineRow[] = [];
  const deeds: Deed[] = [];
  for (const want of wanted) {
    const key = claimKey(rma, want.line);
    const index = claims.findIndex((c) => c.document === key.document && c.line === key.line);
    const claim = claims[index];
    if (!claim) throw wrongState(rma, want.line.state, want.line.line);
    const known = termsOf(claim, want.line.scale) !== undefined;
    const share = { ...want, waiveFee: true, shareBasisPoints: 0 };
    const none = { refund: NOTHING, fee: NOTHING, withheld: NOTHING };
    const split = known ? splitOf(arrived, share, claim) : none;
    const part = { ...split, line: want.line, claim, units: want.units, house: NOTHING };
    claims[index] = grown(claim, part);
    await settleClaim(tx, key.document, key.line, {
      units: want.units,
      settledNet: split.withheld.net,
      settledTax: split.withheld.tax,
      refundedNet: 0n,
      refundedTax: 0n,
      houseNet: 0n,
      houseTax: 0n,
    });
    await changeLine(tx, rma.rmaId, { line: want.line.line, refused: want.units });
    rows.push(refundLineOf(part));
    const quantity = formatDecimal(want.units, want.line.scale);
    deeds.push({
      line: want.line.line,
      action: 'refund_refused',
      note: body.note,
      details: { quantity },
    });
  }
  await insertRefusal(tx, rma, rows, body.note, by);
  await recordDeeds(tx, rma, deeds, by);
  await completeSettled(tx, rma, by);
}

async function insertRefusal(
  tx: Tx,
  rma: Rma,
  lines: readonly RefundLineRow[],
  note: string,
  by: By,
): Promise<void> {
  await insertRefund(tx, {
    refundId: newId(),
    rmaId: rma.rmaId,
    ownerId: rma.ownerId,
    kind: 'refusal',
    currency: rma.currency,
    net: 0n,
    tax: 0n,
    shipping: 0n,
    fee: 0n,
    withheld: lines.reduce((sum, line) => sum + line.withheldNet + line.withheldTax, 0n),
    exchangeOrder: null,
    exchange: null,
    note,
    bookingId: null,
    actorId: by.actorId,
    at: by.at,
    lines,
  });
}
