import type { LateCost, MarginDimension, MarginFigure, SoldUnits } from './margin.queries.ts';
import { shareByWeight } from './share.ts';

/** A row of the margin report: sums by the dimensions asked for. */
export interface MarginRow extends MarginFigure {
  readonly key: string;
  /** What the cost holds of costs that came after the sale. */
  readonly lateCost: bigint;
}

/**
 * Puts late costs beside what was posted. Whose goods became dearer follows from the layers: each
 * late cost is shared by units among the sales that had taken units of its receipt by then. Where
 * no layer says so (no FIFO pool, or the units are followed no further) it has no channel and no
 * customer.
 */
export function marginRows(
  figures: readonly MarginFigure[],
  late: readonly LateCost[],
  sold: readonly SoldUnits[],
  by: readonly MarginDimension[],
): MarginRow[] {
  const posted = figures.map((figure) => ({ ...figure, key: '', lateCost: 0n }));
  const added = late.flatMap((cost) =>
    sharesOf(cost, sold).map(({ channel, customer, amount }) => ({
      ...figureOf(cost, channel, customer),
      ...{ key: '', cost: amount, lateCost: amount },
    })),
  );
  return groupMargins([...posted, ...added], by);
}

/** Sums rows up by some of their dimensions; the others are left out. */
export function groupMargins(
  rows: readonly MarginRow[],
  by: readonly MarginDimension[],
): MarginRow[] {
  const groups = new Map<string, { -readonly [Name in keyof MarginRow]: MarginRow[Name] }>();
  for (const row of rows) {
    const key = by.map((name) => row[name] ?? '').join('\u0001');
    const group = groups.get(key);
    if (!group) {
      // Units of several items cannot be added up.
      groups.set(key, { ...row, key, scale: by.includes('item') ? row.scale : null });
      continue;
    }
    group.revenue += row.revenue;
    group.refunds += row.refunds;
    group.cost += row.cost;
    group.lateCost += row.lateCost;
    group.quantity += row.quantity;
    if (by.includes('item')) group.scale ??= row.scale;
  }
  return [...groups.values()];
}

interface Share {
  readonly channel: string | null;
  readonly customer: string | null;
  readonly amount: bigint;
}

function sharesOf(cost: LateCost, sold: readonly SoldUnits[]): Share[] {
  const units = sold.filter(
    ({ journal, causeSeq, seq }) =>
      journal === cost.journal && causeSeq === cost.causeSeq && seq < cost.seq,
  );
  if (units.length === 0) return [{ channel: null, customer: null, amount: cost.amount }];
  const amounts = shareByWeight(
    cost.amount,
    units.map(({ quantity }) => quantity),
  );
  return units.map(({ channel, customer }, i) => ({ channel, customer, amount: amounts[i] ?? 0n }));
}

function figureOf(
  { item, site, day }: LateCost,
  channel: string | null,
  customer: string | null,
): MarginFigure {
  const none = { revenue: 0n, refunds: 0n, quantity: 0n, scale: null };
  return { item, channel, site, customer, period: day.slice(0, 7), day, cost: 0n, ...none };
}
