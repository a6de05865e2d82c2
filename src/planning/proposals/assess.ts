import { type Demand, reviewStock, type StockReview } from '../policy/index.ts';
import type { ReceivedRow } from './facts.ts';
import { toUnits } from './lot-size.ts';
import { type Facts, freeUnits, groupBy, type Place, shortageCost } from './place.ts';
import type { Targeted } from './target.ts';

/** What will become of the stock of a place: when it runs out, what is too much of it. */

/** Until the next goods can be there. */
export interface Outlook {
  /** Sellable units without a claim on them, in base units. */
  readonly free: number;
  /** The day of the next receipt that is on its way; null where there is none. */
  readonly nextReceiptDay: number | null;
  /** Days that what is free must last: to the next receipt, or to that of an order of today. */
  readonly horizonDays: number;
  /** Expected units asked for and not there until then. */
  readonly lost: number;
  /** Days until it is used up at the expected rate; undefined beyond the horizon. */
  readonly runsOutIn: number | undefined;
  /** House minor units of margin that `lost` stands for. */
  readonly lostMargin: number;
}

/** P(demand > units). */
export function exceeds({ step, probabilities }: Demand, units: number): number {
  if (units < 0) return 1;
  let within = 0;
  const last = Math.min(probabilities.length - 1, Math.floor(units / step + 1e-9));
  for (let k = 0; k <= last; k += 1) within += probabilities[k]!;
  return Math.min(1, Math.max(0, 1 - within));
}

/** Expected demand beyond what there is: E[max(0, demand - units)]. */
export function shortfall({ step, probabilities }: Demand, units: number): number {
  let expected = 0;
  for (let k = Math.max(0, Math.floor(units / step)); k < probabilities.length; k += 1) {
    expected += Math.max(0, k * step - units) * probabilities[k]!;
  }
  return expected;
}

const HORIZON_DAYS_MAX = 180;
/** When what is late comes at last, nobody knows; a week is what one hopes for. */
export const LATE_DAYS_ASSUMED = 7;

/** How a place stands until goods can be there. */
export function outlookOf(known: Facts, targeted: Targeted): Outlook {
  const { place, demand, leadTime, setting } = targeted;
  const free = freeUnits(place);
  const days = place.incoming.flatMap(({ day }) => {
    if (day === null) return [];
    return day < known.today ? known.today + LATE_DAYS_ASSUMED : day;
  });
  const nextReceiptDay = days.length > 0 ? Math.min(...days) : null;
  const wait =
    nextReceiptDay === null ? Math.ceil(leadTime.mean) + 1 : nextReceiptDay - known.today;
  const horizonDays = Math.max(1, Math.min(HORIZON_DAYS_MAX, wait));
  const ahead = demand.overDays(horizonDays);
  const lost = free > 0 ? shortfall(ahead, free) : ahead.mean;
  const perUnit = shortageCost(place, setting.shortageCostBasisPoints);
  return {
    free,
    nextReceiptDay,
    horizonDays,
    lost,
    runsOutIn: ahead.mean > free ? runsOutIn(targeted, free, horizonDays) : undefined,
    lostMargin: lost * perUnit,
  };
}

function runsOutIn({ demand }: Targeted, free: number, horizonDays: number): number {
  if (free <= 0) return 0;
  let [low, high] = [0, horizonDays];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (demand.overDays(middle).mean > free) high = middle;
    else low = middle;
  }
  return high;
}

/** What a liquidator pays, as a share of the cost, where nobody has said. */
const SALVAGE_SHARE = 0.2;
/** What a transfer of one unit costs, as a share of its cost. */
const TRANSFER_COST_SHARE = 0.02;
const MARKUP_ASSUMED = 1.4;

/** Judges the stock of places of one item, which may help each other. */
export function reviewItem(
  known: Facts,
  targeted: readonly Targeted[],
  lanes: ReadonlySet<string>,
): Map<string, StockReview> {
  const received = receivedByPlace(known);
  const result = new Map<string, StockReview>();
  for (const each of targeted) {
    const { place } = each;
    // Of what nobody has forecast, nobody knows whether it is too much.
    if (place.onHand <= 0n || !each.isForecast) continue;
    result.set(place.key, reviewPlace(known, each, targeted, lanes, received));
  }
  return result;
}

type ReceivedByPlace = ReadonlyMap<string, readonly ReceivedRow[]>;

/** Grouped once for all items of a run. */
const grouped = new WeakMap<Facts, ReceivedByPlace>();

function receivedByPlace(known: Facts): ReceivedByPlace {
  const made = grouped.get(known);
  if (made) return made;
  const fresh = groupBy(known.received, (row) => `${row.itemId}/${row.siteId}`);
  grouped.set(known, fresh);
  return fresh;
}

function reviewPlace(
  known: Facts,
  targeted: Targeted,
  all: readonly Targeted[],
  lanes: ReadonlySet<string>,
  received: ReceivedByPlace,
): StockReview {
  const { place, target, setting, source } = targeted;
  const { scale, shelfLifeDays } = place.item;
  const { meanPerDay } = targeted.demand;
  const day = targeted.demand.overDays(1);
  const rows = received.get(`${place.item.itemId}/${place.site.siteId}`) ?? [];
  const lastDemand = place.past?.lastDemandDay ?? null;
  const since = Math.min(rows.at(-1)?.day ?? known.today, place.past?.firstDay ?? known.today);
  const supplier = source.kind === 'supplier' ? source.offer.supplier : undefined;
  return reviewStock(
    {
      onHand: toUnits(place.onHand, scale),
      onOrder: toUnits(place.onOrder + place.inTransit, scale),
      reserved: toUnits(place.reserved + place.backordered + place.outgoing, scale),
      unitCost: place.unitCost,
      salesPrice: place.salesPrice ?? place.unitCost * MARKUP_ASSUMED,
      salvageValue: place.unitCost * SALVAGE_SHARE,
      holdingRate: setting.holdingRateBasisPoints / 10_000,
      demandPerDay: meanPerDay,
      demandDeviationPerDay: Math.sqrt(Math.max(0, day.variance)),
      orderUpTo: target.orderUpTo,
      daysSinceSale: lastDemand === null ? null : known.today - lastDemand,
      daysKnown: known.today - since,
      layers: layersOf(known, place, rows, since, shelfLifeDays),
      elsewhere: all.flatMap((other) => {
        const there = other.place;
        if (there === place || !lanes.has(`${place.site.siteId}/${there.site.siteId}`)) return [];
        const room = other.target.orderUpTo - toUnits(there.position, scale);
        return [
          {
            site: there.site.code,
            room: Math.max(0, room),
            demandPerDay: other.demand.meanPerDay,
            transferCost: place.unitCost * TRANSFER_COST_SHARE,
          },
        ];
      }),
      supplierReturn:
        supplier?.returnCreditShare == null
          ? null
          : {
              creditShare: supplier.returnCreditShare,
              costPerUnit: place.unitCost * TRANSFER_COST_SHARE,
              daysAfterReceiptMax: supplier.returnWithinDays,
            },
      elasticity: null,
    },
    { coverDaysMax: setting.coverDaysMax },
  );
}

/** Layers of what lies there, oldest first: the newest receipts are what is still there. */
function layersOf(
  known: Facts,
  place: Place,
  rows: readonly { readonly day: number; readonly quantity: bigint }[],
  since: number,
  shelfLifeDays: number | null,
) {
  let left = place.onHand;
  const layer = (quantity: bigint, day: number) => ({
    quantity: toUnits(quantity, place.item.scale),
    ageDays: known.today - day,
    daysToExpiry: shelfLifeDays === null ? null : day + shelfLifeDays - known.today,
  });
  const layers = rows.flatMap(({ day, quantity }) => {
    const some = quantity < left ? quantity : left;
    left -= some;
    return some > 0n ? [layer(some, day)] : [];
  });
  if (left > 0n) layers.push(layer(left, since));
  return layers.reverse();
}
