import type { Member } from './types.ts';

const WEEK_DAYS = 7;
/** The usual level of a day is looked for so many days to either side: eight weeks. */
const REACH_DAYS = 56;

/**
 * What demand would have been on each of the first `days` days of a member without any effect: its
 * level around the day times the share of the weekday. Both are demand over exposure, where a day
 * that effects make stronger is more of an exposure, so that zeros are as good as other numbers.
 * @param effects what effects multiply each day by.
 */
export function baseOf(
  { values, isUsable }: Pick<Member, 'values' | 'isUsable'>,
  effects: Float64Array,
  days: number,
): Float64Array {
  const flat = new Float64Array(WEEK_DAYS).fill(1);
  const rough = levelOf(values, isUsable, effects, flat, days);
  const profile = profileOf(values, isUsable, effects, rough, days);
  const level = levelOf(values, isUsable, effects, profile, days);
  return level.map((one, t) => one * profile[t % WEEK_DAYS]!);
}

function levelOf(
  values: Float64Array,
  isUsable: Uint8Array,
  effects: Float64Array,
  profile: Float64Array,
  days: number,
): Float64Array {
  const demand = new Float64Array(days + 1);
  const exposure = new Float64Array(days + 1);
  for (let t = 0; t < days; t += 1) {
    const isIn = isUsable[t] === 1;
    demand[t + 1] = demand[t]! + (isIn ? values[t]! : 0);
    exposure[t + 1] = exposure[t]! + (isIn ? effects[t]! * profile[t % WEEK_DAYS]! : 0);
  }
  return Float64Array.from({ length: days }, (_, t) => {
    const [low, high] = [Math.max(0, t - REACH_DAYS), Math.min(days, t + REACH_DAYS + 1)];
    const seen = exposure[high]! - exposure[low]!;
    return seen > 0 ? (demand[high]! - demand[low]!) / seen : 0;
  });
}

function profileOf(
  values: Float64Array,
  isUsable: Uint8Array,
  effects: Float64Array,
  level: Float64Array,
  days: number,
): Float64Array {
  const demand = new Float64Array(WEEK_DAYS);
  const exposure = new Float64Array(WEEK_DAYS);
  for (let t = 0; t < days; t += 1) {
    if (isUsable[t] !== 1) continue;
    demand[t % WEEK_DAYS]! += values[t]!;
    exposure[t % WEEK_DAYS]! += effects[t]! * level[t]!;
  }
  return demand.map((sum, day) => (exposure[day]! > 0 ? sum / exposure[day]! : 1));
}
