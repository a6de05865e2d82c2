import { formatDay, parseDay } from '../../network/index.ts';
import type { StoredForecast } from '../nightly/index.ts';

/** How old the forecasts are that a run plans from: pure rules. */

/** Days after which what was forecast is no longer taken without a word. */
const STALE_AFTER_DAYS = 7;

/** Up to when the newest or oldest of some forecasts knew demand. */
export interface Freshness {
  /** YYYY-MM-DD; null: there is no forecast. */
  readonly origin: string | null;
  /** Whole days from the origin to the day that is planned for; null: there is no forecast. */
  readonly ageDays: number | null;
  readonly isStale: boolean;
}

function freshness(origins: readonly string[], today: number, pick: 'min' | 'max'): Freshness {
  if (origins.length === 0) return { origin: null, ageDays: null, isStale: false };
  const day = origins.map(parseDay).reduce((a, b) => Math[pick](a, b));
  const ageDays = today - day;
  return { origin: formatDay(day), ageDays, isStale: ageDays > STALE_AFTER_DAYS };
}

/** Of the newest of all forecasts. @param today days since 1970, what is planned for. */
export function newestOf(forecasts: readonly StoredForecast[], today: number): Freshness {
  const origins = new Set(forecasts.map(({ origin }) => origin));
  return freshness([...origins], today, 'max');
}

/** Of the oldest forecast that a line rests on. */
export function oldestOf(
  forecasts: readonly (StoredForecast | undefined)[],
  today: number,
): Freshness {
  const origins = forecasts.flatMap((one) => one?.origin ?? []);
  return freshness(origins, today, 'min');
}

/** What a run that plans from old forecasts must say, and what to do; null where they are new. */
export function staleWarning({ origin, ageDays, isStale }: Freshness, day: string): string | null {
  if (!isStale) return null;
  return (
    `The newest forecasts know demand through ${origin}, which is ${ageDays} days before ${day}: ` +
    'targets, proposals and exceptions rest on old demand. Bring demand up to date (sales ' +
    'orders, or `onhand import demand FILE --commit`), forecast with `onhand planning run` ' +
    '(POST /v1/planning/forecast-runs), then plan again.'
  );
}
