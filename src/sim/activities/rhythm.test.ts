import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { DAY_MS, HOUR_MS, offsetMs, orderTime, seasonAt, weekdayOf, workTime } from './rhythm.ts';

describe('the rhythm of days', () => {
  it('knows time zones and their summer time', () => {
    expect(offsetMs('Europe/Berlin', Date.UTC(2026, 6, 1))).toBe(2 * HOUR_MS);
    expect(offsetMs('Europe/Berlin', Date.UTC(2026, 11, 1))).toBe(HOUR_MS);
    expect(offsetMs('America/St_Johns', Date.UTC(2026, 0, 1))).toBe(-3.5 * HOUR_MS);
    expect(offsetMs('UTC', 0)).toBe(0);
    // Sunday evening in UTC is Monday in Riga.
    expect(weekdayOf('Europe/Riga', Date.UTC(2026, 10, 22, 23))).toBe(1);
  });

  it('has more orders on Mondays and before the holidays', () => {
    const monday = Date.UTC(2026, 10, 23, 12);
    expect(seasonAt('UTC', monday)).toBeGreaterThan(seasonAt('UTC', monday - 2 * DAY_MS));
    expect(seasonAt('UTC', Date.UTC(2026, 11, 7, 12))).toBeGreaterThan(
      seasonAt('UTC', Date.UTC(2026, 6, 6, 12)),
    );
  });

  it('puts orders into their day, most of them in the evening of the place', () => {
    const random = createRandom('rhythm', '');
    const day = Date.UTC(2026, 10, 23);
    const hours = Array.from({ length: 4_000 }, () => {
      const at = orderTime('Europe/Riga', day, random);
      expect(at >= day && at < day + DAY_MS).toBe(true);
      return Math.floor((at + 2 * HOUR_MS) / HOUR_MS) % 24;
    });
    const share = (from: number, to: number) =>
      hours.filter((hour) => hour >= from && hour < to).length / hours.length;
    expect(share(19, 22)).toBeGreaterThan(3 * share(2, 5));
    const morning = workTime('Europe/Riga', day, random, 6, 12);
    expect(morning >= day + 4 * HOUR_MS && morning <= day + 10 * HOUR_MS).toBe(true);
  });
});
