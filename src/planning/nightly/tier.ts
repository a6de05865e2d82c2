import { TIERS, type Tier, type TierRule } from './batch.ts';

/** Every series is selected anew once a quarter, if anything came of it since. */
export const ROTATION_DAYS = 91;

/** A forecast is computed anew at least so often, since days without demand say something too. */
export const ROLLED_DAYS_MAX = 7;

/** What is known of a series when its tier is chosen. */
export interface TierFacts {
  readonly itemId: number;
  readonly siteId: number;
  /** Day of the origin, and of the last full selection; 0: never. */
  readonly origin: number;
  readonly selectedDay: number;
  /** Origin of the last forecast; 0: none. */
  readonly previousOrigin: number;
  /** Tier of the last forecast, as its place in TIERS. */
  readonly previousTier: number;
  /** The last origin at which it was computed and not only rolled forward; 0: none. */
  readonly computedDay: number;
  /** Whether anything was demanded after the last selection, and after the last forecast. */
  readonly hasNews: boolean;
  readonly hasDemand: boolean;
  readonly isAlarmed: boolean;
}

/** A number that spreads series evenly over nights and is the same everywhere. */
export function turnOf(itemId: number, siteId: number, seed: number): number {
  let hash = Math.imul(itemId ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(siteId + seed, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f);
  return ((hash ^ (hash >>> 15)) >>> 0) % ROTATION_DAYS;
}

/** Whether a series is only rolled forward tonight, or its method is selected anew. */
export function tierOf(rule: TierRule, seed: number, facts: TierFacts): Tier {
  if (rule.tier !== 'auto') return rule.tier;
  // A run that is repeated for the same day does again what it did.
  if (facts.previousOrigin === facts.origin) return TIERS[facts.previousTier] ?? 'fast';
  const isDue = turnOf(facts.itemId, facts.siteId, seed) === facts.origin % ROTATION_DAYS;
  if (facts.selectedDay === 0 && (rule.newAtOnce || isDue)) return 'full';
  if (facts.isAlarmed) return 'full';
  const isOverdue = facts.origin - facts.selectedDay > ROTATION_DAYS;
  if (facts.selectedDay > 0 && (isDue || isOverdue) && facts.hasNews) return 'full';
  const isFresh = facts.computedDay > 0 && facts.origin - facts.computedDay < ROLLED_DAYS_MAX;
  return isFresh && !facts.hasDemand ? 'rolled' : 'fast';
}
