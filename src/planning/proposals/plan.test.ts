import { describe, expect, it } from 'vitest';
import {
  FAR,
  facts,
  HOUSE,
  pastOf,
  plan,
  REGIONAL,
  TODAY,
} from '../../../test/support/planning-facts.ts';
import { type PastFigures, placeKey } from './place.ts';
import type { Plan } from './plan.ts';

/** What of a plan ends up in the database, without the objects behind it. */
const written = ({ drafts, found }: Plan) =>
  JSON.stringify({ drafts, found }, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );

describe('a plan', () => {
  it('says which of it rests on an override many times the forecast', async () => {
    const large = { number: 'FO-000007', timesForecast: 40, fromDay: TODAY + 1 };
    const later = { number: 'FO-000008', timesForecast: 9, fromDay: TODAY + 170 };
    const flagged = await plan(
      facts((known) => ({
        ...known,
        forecasts: known.forecasts.map((one) =>
          one.itemId === 5 ? { ...one, largeOverrides: [later, large] } : one,
        ),
      })),
    );
    const usual = await plan(facts());
    const rests = flagged.drafts.filter(({ why }) => 'largeOverrides' in why);
    expect(rests.length).toBeGreaterThan(0);
    const text = 'it rests on override FO-000007 of 40 times the forecast.';
    for (const { summary, why, lines } of rests) {
      expect(summary).toContain(`Mind: ${text}`);
      expect(why.largeOverrides).toEqual([{ number: 'FO-000007', timesForecast: 40 }]);
      const [line] = lines.filter(({ itemId }) => itemId === 5);
      expect(line!.summary).toContain(text);
      const others = lines.filter(({ itemId }) => itemId !== 5);
      for (const other of others) expect(other.summary).not.toContain('FO-');
    }
    const quantities = ({ drafts }: Plan) =>
      drafts.map(({ lines }) => lines.map(({ quantity }) => quantity));
    expect(quantities(flagged)).toEqual(quantities(usual));
  });

  it('is the same for the same facts, in whatever order they were read', async () => {
    const first = await plan(facts());
    expect(first.drafts.map(({ kind }) => kind)).toContain('transfer');
    expect(first.drafts.map(({ kind }) => kind)).toContain('purchase');
    const shuffled = facts((known) => ({
      ...known,
      forecasts: [...known.forecasts].reverse(),
      stock: [...known.stock].reverse(),
      supply: [...known.supply].reverse(),
      sites: [...known.sites].reverse(),
      items: [...known.items].reverse(),
    }));
    expect(written(await plan(shuffled))).toBe(written(first));
  });

  it('never takes more from a site than is free there, and keeps packs and minima', async () => {
    const known = facts();
    const { drafts } = await plan(known);
    const free = new Map(known.stock.map((row) => [`${row.itemId}/${row.siteId}`, row.onHand]));
    for (const { kind, fromSiteId, siteId, lines } of drafts) {
      for (const { itemId, quantity } of lines) {
        expect(quantity).toBeGreaterThan(0n);
        if (kind === 'purchase') {
          expect(quantity % 6n).toBe(0n);
          expect(siteId).not.toBe(REGIONAL);
          continue;
        }
        const key = `${itemId}/${fromSiteId}`;
        free.set(key, free.get(key)! - quantity);
        expect(free.get(key)!).toBeGreaterThanOrEqual(0n);
      }
    }
  });

  it('says quantile and safety stock of the level that they belong to', async () => {
    const { drafts } = await plan(facts());
    const lines = drafts.flatMap((draft) => draft.lines);
    const fixed = lines.filter(({ why }) => why.policy === 'r_Q');
    expect(fixed.length).toBeGreaterThan(0);
    for (const { why, summary } of lines) {
      const { reorderPoint, orderUpTo } = why.target;
      const level = why.policy === 'r_Q' ? `a reorder point of ${reorderPoint}` : `${orderUpTo}`;
      expect(summary).toContain(`takes ${level} (`);
      const lot = `bought ${orderUpTo - reorderPoint} at a time`;
      expect(summary.includes(lot)).toBe(why.policy === 'r_Q');
    }
  });

  it('has nothing more to propose once everything it proposed is on its way', async () => {
    const known = facts();
    const { drafts } = await plan(known);
    const incoming = drafts.flatMap((draft) =>
      draft.lines.map(({ itemId, quantity, expectedDay }) => ({
        ...{ itemId, quantity, siteId: draft.siteId, ownerId: HOUSE, day: expectedDay },
        documentType: draft.kind === 'purchase' ? 'purchase_order' : 'transfer_order',
        ...{ documentNumber: 'X', supplierId: draft.supplierId },
      })),
    );
    const outgoing = drafts.flatMap(({ fromSiteId, lines }) =>
      lines.flatMap(({ itemId, quantity }) =>
        fromSiteId === null ? [] : [{ itemId, quantity, siteId: fromSiteId, ownerId: HOUSE }],
      ),
    );
    const again = await plan({ ...known, incoming, outgoing });
    expect(again.drafts.filter(({ kind }) => kind === 'purchase')).toEqual([]);
  });

  it('puts no money on what nobody knows the price of, or the rate of its currency', async () => {
    const known = facts();
    const inYen = { currency: 'JPY', rate: null, minimumOrderValue: null };
    const foreign = known.suppliers.map((supplier) => ({ ...supplier, ...inYen }));
    for (const without of [{ prices: [] }, { suppliers: foreign }]) {
      const { drafts, found } = await plan({ ...known, ...without });
      expect(drafts.length).toBeGreaterThan(0);
      expect(new Set(drafts.map(({ waitingCost }) => waitingCost))).toEqual(new Set([0n]));
      expect(found.filter(({ moneyAtRisk }) => moneyAtRisk !== 0n)).toEqual([]);
    }
  });

  it('survives bad history, and buys nothing on the strength of it', async () => {
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, -5, 0];
    const known = facts((good) => ({
      ...good,
      stock: [],
      forecasts: good.forecasts.map((row, i) => {
        const value = bad[i % bad.length]!;
        return {
          ...row,
          dayMeans: row.dayMeans.map(() => value),
          weekMeans: row.weekMeans.map(() => value),
          dayVariance: value,
        };
      }),
      past: new Map<string, PastFigures>(
        good.forecasts.map(({ itemId, siteId }, i) => {
          const value = bad[i % bad.length]!;
          const figures = { lastWeek: value, weekMean: value, weekDeviation: value };
          const rest = { lastDemandDay: null, firstDay: TODAY - 9, salesPrice: value };
          return [placeKey(itemId, siteId, HOUSE), { ...figures, ...rest }];
        }),
      ),
    }));
    const { targeted, drafts } = await plan(known);
    expect(targeted).toHaveLength(120);
    for (const { lines, amount, waitingCost } of drafts) {
      expect(amount).toBeGreaterThanOrEqual(0n);
      expect(waitingCost).toBeGreaterThanOrEqual(0n);
      for (const { quantity } of lines) expect(quantity).toBeLessThan(10n ** 12n);
    }
  });

  it('calls nothing too much that nobody has forecast', async () => {
    const known = facts((good) => ({ ...good, forecasts: [] }));
    const made = await plan(known);
    expect(made.found).toEqual([]);
    expect(made.targeted).toEqual([]);
    expect(made.withoutForecast).toBe(120);
    const old = facts((good) => ({ ...good, past: pastOf(good, { firstDay: TODAY - 400 }) }));
    expect((await plan(old)).found.map(({ kind }) => kind)).toContain('overstock');
  });

  it('buys what customers wait for even where nothing is expected to be asked for', async () => {
    const known = facts((good) => ({
      ...good,
      ...{ forecasts: [], stock: [] },
      backorders: [
        { itemId: 2, ownerId: HOUSE, siteId: FAR, channelSites: [], quantity: 7n },
        { itemId: 3, ownerId: 99, siteId: FAR, channelSites: [], quantity: 7n },
      ],
    }));
    const { drafts } = await plan(known);
    expect(drafts.map(({ siteId, lines }) => [siteId, lines[0]!.itemId])).toEqual([[FAR, 2]]);
    expect(drafts[0]!.lines[0]!.quantity).toBeGreaterThanOrEqual(7n);
  });
});
