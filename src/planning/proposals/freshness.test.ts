import { expect, it } from 'vitest';
import {
  CENTRAL,
  facts,
  forecast,
  plan,
  REGIONAL,
  TODAY,
} from '../../../test/support/planning-facts.ts';
import { newestOf, oldestOf, staleWarning } from './freshness.ts';

const at = (origin: string) => ({ ...forecast(1, CENTRAL, 2), origin });

it.each([
  ['2026-11-22', 1, false],
  ['2026-11-16', 7, false],
  ['2026-11-15', 8, true],
  ['2011-12-09', 5463, true],
])('a forecast of %s is %i days old', (origin, ageDays, isStale) => {
  const newest = newestOf([at('2011-01-01'), at(origin)], TODAY);
  expect(newest).toEqual({ origin, ageDays, isStale });
  expect(staleWarning(newest, '2026-11-23') === null).toBe(!isStale);
});

it('says nothing where there is no forecast', () => {
  const none = newestOf([], TODAY);
  expect(none).toEqual({ origin: null, ageDays: null, isStale: false });
  expect(staleWarning(none, '2026-11-23')).toBeNull();
  expect(oldestOf([undefined, at('2026-11-01'), at('2026-11-22')], TODAY)).toMatchObject({
    ...{ origin: '2026-11-01', isStale: true },
  });
});

it('is said by lines whose own or served forecast is old, and by no other', async () => {
  const isOld = (itemId: number) => itemId % 2 === 1;
  const old = (known: ReturnType<typeof facts>) => ({
    ...known,
    forecasts: known.forecasts.map((one) =>
      isOld(one.itemId) && one.siteId === REGIONAL ? { ...one, origin: '2026-10-01' } : one,
    ),
  });
  const { drafts } = await plan(facts(old));
  const lines = drafts.flatMap((draft) => draft.lines);
  const said = lines.filter(({ summary }) => summary.includes('days old'));
  expect(said.length).toBeGreaterThan(0);
  expect(said.every(({ itemId }) => isOld(itemId))).toBe(true);
  expect(lines.length).toBeGreaterThan(said.length);
  for (const { why, summary } of lines) {
    expect(summary.includes('the forecast is 53 days old')).toBe(why.forecast.isStale);
  }
});
