/** How demand is reckoned from what was ordered, returned and available. */
export interface DemandPolicy {
  /** A return this many days after the sale or sooner reduces the sale's day; 0: never. */
  readonly returnDays: number;
  /** Whether units that were cancelled before they shipped still count as demand. */
  readonly countsCancelled: boolean;
  /** Days without availability in a row for which lost sales are estimated at most. */
  readonly lostDaysMax: number;
  /** Share of a day that a day that sold out, or was refilled, is thought to have been without. */
  readonly partlyLostShare: number;
  /** A day this many times what is usual is out of the ordinary. */
  readonly outlierFactor: number;
}

export const DEFAULT_POLICY: DemandPolicy = {
  returnDays: 30,
  countsCancelled: false,
  lostDaysMax: 56,
  partlyLostShare: 0.5,
  outlierFactor: 8,
};

/** The rules that decide what is rolled up; the others work when history is read. */
export type RollUpRules = Pick<DemandPolicy, 'returnDays' | 'countsCancelled'>;

/** Whether history that was rolled up by one policy must be rolled up anew for the other. */
export function needsRebuild(before: RollUpRules, after: RollUpRules): boolean {
  return before.returnDays !== after.returnDays || before.countsCancelled !== after.countsCancelled;
}
