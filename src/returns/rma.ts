import type { ReasonCode, ReturnTerms } from './policy.ts';
import type { ReturnState } from './states.ts';

/** A return as it lies in the database; quantities are base units at the item's scale. */
export interface Rma {
  readonly rmaId: number;
  readonly number: string;
  readonly ownerId: number;
  readonly ownerCode: string;
  readonly isHouse: boolean;
  readonly salesOrder: string | null;
  readonly channel: string | null;
  readonly customer: string | null;
  readonly siteId: number;
  readonly site: string;
  readonly currency: string;
  readonly rate: string | null;
  readonly state: ReturnState;
  readonly terms: ReturnTerms;
  readonly overrideNote: string | null;
  readonly overrideBy: string | null;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly labelUrl: string | null;
  readonly expectedOn: string | null;
  readonly notes: string | null;
  readonly shippedAt: Date | null;
  readonly windowEndsAt: Date | null;
  readonly expiresAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One line of it. */
export interface RmaLine {
  readonly line: number;
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  readonly orderLine: number | null;
  readonly reason: ReasonCode;
  readonly comment: string | null;
  readonly isUnexpected: boolean;
  readonly state: ReturnState;
  readonly expected: bigint;
  readonly arriving: bigint;
  readonly received: bigint;
  readonly inspected: bigint;
  readonly refunded: bigint;
  readonly refused: bigint;
  readonly pendingRefund: bigint;
  readonly withheldNet: bigint;
  readonly withheldTax: bigint;
  readonly firstReceivedAt: Date | null;
  readonly inspectedAt: Date | null;
}

/** The type under which documents, movements and bookings name a return. */
export const RETURN_DOCUMENT = 'customer_return';
export const REFURBISHMENT_DOCUMENT = 'refurbishment';

export function documentOf(rma: { readonly number: string }) {
  return { type: RETURN_DOCUMENT, number: rma.number };
}

/** What a claim of a line stands under: the sales order, or the return itself. */
export function claimKey(
  rma: Pick<Rma, 'salesOrder' | 'number'>,
  line: Pick<RmaLine, 'orderLine' | 'line'>,
): { readonly document: string; readonly line: number } {
  if (rma.salesOrder !== null && line.orderLine !== null) {
    return { document: rma.salesOrder, line: line.orderLine };
  }
  return { document: rma.number, line: line.line };
}

const DAY_MS = 86_400_000;

/** The end of the time in which goods shipped at an instant may be returned. */
export function windowEnd(shippedAt: Date, windowDays: number): Date {
  return daysAfter(shippedAt, windowDays);
}

/** An instant some days of 24 hours later. */
export function daysAfter(at: Date, days: number): Date {
  return new Date(at.getTime() + days * DAY_MS);
}

/** Units of a line that money may be given back for, by the policy's timing, and were not yet. */
export function refundableUnits(line: RmaLine, timing: ReturnTerms['refundTiming']): bigint {
  const isOver = line.state === 'rejected' || line.state === 'cancelled';
  if (isOver || line.state === 'requested') return 0n;
  // Of a line that is over, what never came is not waited for any more, so nothing is due for it.
  const isClosed = line.state === 'expired' || line.state === 'completed';
  const promised = isClosed ? line.received : max(line.expected, line.received);
  const basis = { instant: promised, on_receipt: line.received, on_inspection: line.inspected };
  const left = basis[timing] - line.refunded - line.refused - line.pendingRefund;
  return left > 0n ? left : 0n;
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

/** Whether nothing more is to be done about a line: all there, all inspected, all settled. */
export function isSettled(line: RmaLine): boolean {
  return (
    line.state === 'inspected' &&
    line.arriving === 0n &&
    line.received >= line.expected &&
    line.inspected === line.received &&
    line.pendingRefund === 0n &&
    line.refunded + line.refused >= line.received
  );
}
