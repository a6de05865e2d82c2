import type { Config } from '../../platform/config.ts';
import { localTime } from './pack.ts';

/**
 * A server that has just started waits: a demo seeds itself then, and a server that is started
 * again and again should not begin a night's work each time.
 */
const SETTLED_MS = 600_000;

/** Whether the nightly run may begin by itself: only in its hour, so never by surprise at noon. */
export function isDue(
  { planningHour, planningTimeZone }: Pick<Config, 'planningHour' | 'planningTimeZone'>,
  now: Date,
  upMs: number,
): boolean {
  return upMs >= SETTLED_MS && localTime(now, planningTimeZone).hour === planningHour;
}
