import {
  type Bottleneck,
  bottleneckOf,
  type Distribution,
  distributionOf,
  type Trend,
  trendOf,
} from './lead-time.ts';

/** What suppliers achieve, from receipts and returns: measurements, so floating point will do. */

/** One posted receipt of a purchase order line. */
export interface Observation {
  readonly supplier: string;
  readonly item: string;
  readonly fromSite: string | null;
  readonly toSite: string;
  /** Days since 1970 of the receipt. */
  readonly day: number;
  /** Days from sending the purchase order to the receipt; null where it was never sent. */
  readonly leadTimeDays: number | null;
  /** Days after the confirmed (else the wanted) day; negative: early; null without one. */
  readonly daysLate: number | null;
  /** Whole base units, and of them those that could not be sold. */
  readonly quantity: number;
  readonly rejected: number;
  /** For one base unit, in the currency of the purchase order. */
  readonly unitPrice: number;
}

/** A purchase order line that was due in the period. */
export interface DueLine {
  /** Whether all of it (or as much as tolerated) came on the day or before. */
  readonly onTimeInFull: boolean;
}

export interface Scorecard {
  readonly receipts: number;
  readonly leadTime: Distribution | null;
  readonly leadTimeTrend: Trend | null;
  readonly dueLines: number;
  /** Share from 0 to 1; null where nothing was due. */
  readonly onTimeInFull: number | null;
  readonly receivedUnits: number;
  readonly rejectedUnits: number;
  readonly returnedUnits: number;
  readonly rejectionShare: number | null;
  /** Of the price against the first price of the same item: 0.01 a day is 1 % dearer a day. */
  readonly priceTrend: Trend | null;
  readonly delays: Bottleneck | null;
}

/** Prices relative to the first one of their item, so that items can be put together. */
function priceIndex(observations: readonly Observation[]): { day: number; value: number }[] {
  const first = new Map<string, number>();
  return observations.flatMap(({ item, day, unitPrice }) => {
    const base = first.get(item) ?? unitPrice;
    first.set(item, base);
    return base > 0 ? [{ day, value: unitPrice / base }] : [];
  });
}

/**
 * Judges one supplier.
 * @param observations oldest first.
 */
export function scorecardOf(
  observations: readonly Observation[],
  due: readonly DueLine[],
  returnedUnits: number,
): Scorecard {
  const leadTimes = observations.flatMap(({ leadTimeDays, day }) =>
    leadTimeDays === null ? [] : [{ day, value: leadTimeDays }],
  );
  const days = leadTimes.map(({ value }) => value);
  const lateness = observations.flatMap(({ daysLate }) => daysLate ?? []);
  const receivedUnits = observations.reduce((sum, { quantity }) => sum + quantity, 0);
  const rejectedUnits = observations.reduce((sum, { rejected }) => sum + rejected, 0);
  const onTime = due.filter(({ onTimeInFull }) => onTimeInFull).length;
  return {
    receipts: observations.length,
    leadTime: distributionOf(days) ?? null,
    leadTimeTrend: trendOf(leadTimes) ?? null,
    dueLines: due.length,
    onTimeInFull: due.length === 0 ? null : onTime / due.length,
    receivedUnits,
    rejectedUnits,
    returnedUnits,
    rejectionShare: receivedUnits === 0 ? null : (rejectedUnits + returnedUnits) / receivedUnits,
    priceTrend: trendOf(priceIndex(observations)) ?? null,
    delays: bottleneckOf({ lateness, leadTimes: days }) ?? null,
  };
}

/** Lead times of each supplier and item. */
export function leadTimesOf(
  observations: readonly Observation[],
): { supplier: string; item: string; leadTime: Distribution }[] {
  const groups = groupBy(observations, ({ supplier, item }) => JSON.stringify([supplier, item]));
  return [...groups.values()].flatMap((own) => {
    const leadTime = distributionOf(own.flatMap(({ leadTimeDays }) => leadTimeDays ?? []));
    const [first] = own;
    return leadTime && first ? [{ supplier: first.supplier, item: first.item, leadTime }] : [];
  });
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}

/** A supplier or a lane that goods wait for. */
export interface RankedBottleneck extends Bottleneck {
  readonly rank: number;
  readonly kind: 'supplier' | 'lane';
  readonly name: string;
}

/**
 * Suppliers and lanes whose goods came late, the worst first: by the days that were waited in all,
 * then by how much their lead time varies.
 */
export function rankBottlenecks(observations: readonly Observation[]): RankedBottleneck[] {
  const subjects = [
    ...[...groupBy(observations, ({ supplier }) => supplier)].map(
      ([name, own]) => ['supplier', name, own] as const,
    ),
    ...[
      ...groupBy(
        observations.filter(({ fromSite }) => fromSite !== null),
        ({ fromSite, toSite }) => `${fromSite} -> ${toSite}`,
      ),
    ].map(([name, own]) => ['lane', name, own] as const),
  ];
  return subjects
    .flatMap(([kind, name, own]) => {
      const lateness = own.flatMap(({ daysLate }) => daysLate ?? []);
      const leadTimes = own.flatMap(({ leadTimeDays }) => leadTimeDays ?? []);
      const found = bottleneckOf({ lateness, leadTimes });
      return found && found.daysLate > 0 ? [{ kind, name, ...found }] : [];
    })
    .sort((a, b) => b.daysLate - a.daysLate || b.leadTimeDeviation - a.leadTimeDeviation)
    .map((each, index) => ({ rank: index + 1, ...each }));
}
