import { localDay } from '../calendar.ts';
import type { GrniFigure, GrniTransfer } from './grni.queries.ts';

/** Days since the goods came, in steps. */
export const AGE_BUCKETS = ['0-30', '31-60', '61-90', '90+'] as const;
export type AgeBucket = (typeof AGE_BUCKETS)[number];

/** One receipt (or other document) with what is open of it. Minor units. */
export interface GrniRow {
  readonly key: string;
  readonly supplier: string | null;
  readonly document: { readonly type: string; readonly number: string } | null;
  readonly since: string;
  readonly ageDays: number;
  readonly bucket: AgeBucket;
  readonly received: bigint;
  readonly invoiced: bigint;
  readonly open: bigint;
  readonly movements: readonly string[];
}

const DAY_MS = 86_400_000;

/** Whole days from one ISO day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** A day is young up to and including its 30th day. */
export function bucketOf(days: number): AgeBucket {
  if (days <= 30) return '0-30';
  if (days <= 60) return '31-60';
  return days <= 90 ? '61-90' : '90+';
}

interface Sum {
  readonly figure: GrniFigure;
  received: bigint;
  cleared: bigint;
}

/**
 * What is received and not invoiced, by document, as of a day. What an invoice cleared moves from
 * the invoice to the receipts it was matched to, so nothing is lost: all rows together are the
 * balance of the accounts. An invoice that keeps something was paid before its goods came.
 */
export function grniRows(
  figures: readonly GrniFigure[],
  transfers: readonly GrniTransfer[],
  timeZone: string,
  today: string,
): GrniRow[] {
  const sums = new Map<string, Sum>();
  const keyOf = (type: string | null, number: string | null) =>
    `${type ?? ''}\u0001${number ?? ''}`;
  for (const figure of figures) {
    const key = keyOf(figure.type, figure.number);
    const known = sums.get(key);
    if (!known) {
      sums.set(key, { figure, received: figure.received, cleared: figure.cleared });
      continue;
    }
    known.received += figure.received;
    known.cleared += figure.cleared;
  }
  for (const transfer of transfers) {
    const from = sums.get(keyOf(transfer.fromType, transfer.fromNumber));
    const to = sums.get(keyOf(transfer.toType, transfer.toNumber));
    if (!from || !to) continue;
    const amount = transfer.amount ?? from.cleared;
    from.cleared -= amount;
    to.cleared += amount;
  }
  return [...sums].map(([key, sum]) => rowOf(key, sum, timeZone, today)).filter(isShown);
}

function isShown({ received, invoiced }: GrniRow): boolean {
  return received !== 0n || invoiced !== 0n;
}

function rowOf(key: string, sum: Sum, timeZone: string, today: string): GrniRow {
  const { figure, received, cleared } = sum;
  const since = localDay(figure.since, timeZone);
  const ageDays = Math.max(0, daysBetween(since, today));
  const { type, number, supplier, movements } = figure;
  return {
    ...{ key, supplier, since, ageDays, received, movements },
    document: type === null ? null : { type, number: number ?? '' },
    bucket: bucketOf(ageDays),
    invoiced: cleared,
    open: received - cleared,
  };
}
