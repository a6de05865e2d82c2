import type { QuantityRules, StockTarget } from './types.ts';

/** Guards against a float a hair off a multiple being rounded to the next one. */
const HAIR = 1e-9;

/** Rules with every figure present: what is no finite number above 0 counts as not there. */
export function soundRules(rules: QuantityRules = {}): Required<QuantityRules> {
  const positive = (value: number | undefined, otherwise: number) =>
    value !== undefined && value > 0 && Number.isFinite(value) ? value : otherwise;
  const multiple = positive(rules.multiple, 1);
  const minimum = positive(rules.minimum, multiple);
  const maximum = positive(rules.maximum, Number.POSITIVE_INFINITY);
  return { minimum, multiple, maximum };
}

/**
 * A quantity that may be ordered, from one that is wanted: up to the next multiple (down with
 * `down`), at least the smallest multiple that reaches the minimum, at most the greatest that
 * keeps the maximum. 0 or less stays 0. Minimum wins over maximum: neither is silently broken,
 * the caller sees that the result exceeds what it allowed.
 */
export function roundedQuantity(
  wanted: number,
  rules: QuantityRules = {},
  direction: 'up' | 'down' = 'up',
): number {
  if (!(wanted > 0)) return 0;
  const { minimum, multiple, maximum } = soundRules(rules);
  const packs = wanted / multiple;
  const whole = direction === 'up' ? Math.ceil(packs - HAIR) : Math.floor(packs + HAIR);
  const least = Math.max(1, Math.ceil(minimum / multiple - HAIR));
  const most = Math.max(least, Math.floor(maximum / multiple + HAIR));
  return Math.min(most, Math.max(least, whole)) * multiple;
}

/** The levels that decide what is ordered. */
export type OrderingLevels = Pick<
  StockTarget,
  'policy' | 'reorderPoint' | 'orderUpTo' | 'orderQuantity'
>;

/**
 * What to order now, where `position` is on hand + on order - backorders: nothing above the
 * reorder point; otherwise, for `r_Q`, the smallest number of usual quantities that lifts the
 * position above the reorder point; for `base_stock` and `perishable`, as many packs as fit
 * under the level (at least one); for the rest, up to the level, rounded up to packs.
 */
export function quantityToOrder(
  levels: OrderingLevels,
  position: number,
  rules: QuantityRules = {},
): number {
  const { policy, reorderPoint, orderUpTo, orderQuantity } = levels;
  if (policy === 'none' || !Number.isFinite(position) || position > reorderPoint + HAIR) return 0;
  if (policy === 'r_Q' && orderQuantity > 0) {
    const times = Math.max(1, Math.floor((reorderPoint - position) / orderQuantity + HAIR) + 1);
    const { maximum, multiple } = soundRules(rules);
    if (times * orderQuantity <= maximum) return times * orderQuantity;
    return Math.max(orderQuantity, Math.floor(maximum / multiple) * multiple);
  }
  const direction = policy === 'base_stock' || policy === 'perishable' ? 'down' : 'up';
  return roundedQuantity(orderUpTo - position, rules, direction);
}
