import { type OrderingLevels, quantityToOrder } from '../policy/index.ts';
import { COSTS, HISTORY_DAYS, type SimulatedItem, type SimulatedPlace } from './world.ts';

/** What a way of planning may know on the morning of a day. */
export interface Morning {
  readonly day: number;
  readonly item: SimulatedItem;
  /** Demand as it was seen until yesterday: NaN on days that began with an empty shelf. */
  readonly seen: Float64Array;
}

/** A way of planning: the levels that hold from this morning on. */
export type Planner = (morning: Morning) => OrderingLevels;

/** What came of one item at one site. Units unless said otherwise. */
export interface PlaceResult {
  readonly days: number;
  readonly demand: number;
  readonly sold: number;
  readonly lost: number;
  /** Days on which somebody wanted more than there was. */
  readonly stockoutDays: number;
  readonly onHandAtStart: number;
  readonly arrived: number;
  readonly onHandAtEnd: number;
  readonly ordered: number;
  readonly onOrderAtEnd: number;
  readonly orders: number;
  /** Average over the days, at cost. */
  readonly averageValue: number;
  readonly holdingCost: number;
  readonly orderingCost: number;
  readonly lostMargin: number;
}

/** One item at one site under one way of planning. */
export interface PlaceRun {
  readonly item: SimulatedItem;
  readonly place: SimulatedPlace;
  readonly planner: Planner;
  /** Units on the shelf on the first simulated morning. */
  readonly onHandAtStart: number;
  /** Days between two visits of the planner. */
  readonly replanDays: number;
}

/**
 * Runs an item at a site day by day: what arrives is put on the shelf, every so often the planner
 * sets new levels, the position is ordered up by the rule of the nightly proposals, customers
 * take what is there, and what is not there is lost. What arrived equals what was sold and what
 * is left, to the unit.
 */
export function runPlace({
  item,
  place,
  planner,
  onHandAtStart,
  replanDays,
}: PlaceRun): PlaceResult {
  const days = place.demand.length;
  const arriving = new Float64Array(days);
  const seen = place.demand.slice(0, HISTORY_DAYS);
  const history = new Float64Array(days);
  history.set(seen);
  const sum = { demand: 0, sold: 0, arrived: 0, ordered: 0, onHand: 0 };
  let [onHand, onOrder, orders, stockoutDays] = [onHandAtStart, 0, 0, 0];
  let levels: OrderingLevels | undefined;
  for (let day = HISTORY_DAYS; day < days; day += 1) {
    onHand += arriving[day]!;
    onOrder -= arriving[day]!;
    sum.arrived += arriving[day]!;
    if (!levels || (day - HISTORY_DAYS) % replanDays === 0) {
      levels = planner({ day, item, seen: history.subarray(0, day) });
    }
    const quantity = quantityToOrder(levels, onHand + onOrder, { multiple: item.pack });
    if (quantity > 0) {
      orders += 1;
      onOrder += quantity;
      sum.ordered += quantity;
      const arrival = day + item.supplier.leadDays[day]!;
      if (arrival < days) arriving[arrival]! += quantity;
    }
    const wanted = place.demand[day]!;
    // An empty shelf sells nothing, and nobody knows what it would have sold.
    history[day] = onHand > 0 ? Math.min(wanted, onHand) : Number.NaN;
    const sold = Math.min(wanted, onHand);
    onHand -= sold;
    sum.demand += wanted;
    sum.sold += sold;
    sum.onHand += onHand;
    if (sold < wanted) stockoutDays += 1;
  }
  const count = days - HISTORY_DAYS;
  const lost = sum.demand - sum.sold;
  const averageValue = (sum.onHand / count) * item.unitCost;
  return {
    ...{ days: count, demand: sum.demand, sold: sum.sold, lost, stockoutDays },
    ...{ onHandAtStart, arrived: sum.arrived, onHandAtEnd: onHand },
    ...{ ordered: sum.ordered, onOrderAtEnd: onOrder, orders, averageValue },
    holdingCost: averageValue * COSTS.holdingRate * (count / 365),
    orderingCost: orders * COSTS.order,
    lostMargin: lost * (item.price - item.unitCost),
  };
}
