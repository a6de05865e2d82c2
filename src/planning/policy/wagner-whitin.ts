/** Known demand by period, and what ordering and holding cost. */
export interface KnownDemand {
  readonly demand: ArrayLike<number>;
  /** Fixed cost of an order, the same for all periods or one each. */
  readonly fixedCost: number | ArrayLike<number>;
  /** Cost of holding a unit from a period into the next. */
  readonly holdingCost: number | ArrayLike<number>;
  /** Cost of a unit bought in a period; 0 unless said. */
  readonly unitCost?: number | ArrayLike<number>;
}

/** When to order how much, and what it costs in total. */
export interface OrderPlan {
  readonly quantities: Float64Array;
  readonly cost: number;
}

function ofPeriod(value: number | ArrayLike<number>, period: number): number {
  return typeof value === 'number' ? value : value[period]!;
}

/**
 * The cheapest plan for known demand without capacity (Wagner & Whitin, Management Science 5(1),
 * 1958): an order covers whole periods until the next. Fixed, holding and unit costs may change
 * with time. O(n^2) time, O(n) memory: 365 days in a millisecond. A plan never orders for
 * nothing: stretches without demand cost nothing.
 * @throws RangeError where a demand or a cost is below 0 or no number.
 */
export function wagnerWhitin(input: KnownDemand): OrderPlan {
  const { demand, fixedCost, holdingCost, unitCost = 0 } = input;
  const count = demand.length;
  for (let t = 0; t < count; t += 1) {
    const figures = [demand[t]!, ofPeriod(fixedCost, t), ofPeriod(holdingCost, t)];
    if (!figures.every((figure) => figure >= 0 && Number.isFinite(figure))) {
      throw new RangeError(`period ${t} has a demand or cost that is below 0 or no number`);
    }
    if (!Number.isFinite(ofPeriod(unitCost, t))) {
      throw new RangeError(`period ${t} has a unit cost that is no number`);
    }
  }
  const best = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
  const orderedIn = new Int32Array(count + 1);
  best[0] = 0;
  for (let from = 0; from < count; from += 1) {
    let [carry, cost, units] = [0, 0, 0];
    for (let to = from; to < count; to += 1) {
      // `carry` is the cost of taking one unit from the order's period to this one.
      if (to > from) carry += ofPeriod(holdingCost, to - 1);
      if (units === 0 && demand[to]! > 0) cost += ofPeriod(fixedCost, from);
      units += demand[to]!;
      cost += demand[to]! * (ofPeriod(unitCost, from) + carry);
      if (best[from]! + cost < best[to + 1]!) {
        best[to + 1] = best[from]! + cost;
        orderedIn[to + 1] = from;
      }
    }
  }
  const quantities = new Float64Array(count);
  for (let end = count; end > 0; end = orderedIn[end]!) {
    const from = orderedIn[end]!;
    for (let t = from; t < end; t += 1) quantities[from]! += demand[t]!;
  }
  return { quantities, cost: best[count]! };
}
