import { describe, expect, it } from 'vitest';
import type { StoredForecast } from '../nightly/index.ts';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { type Facts, type PastFigures, placeKey } from './place.ts';
import { makePlan, type Plan } from './plan.ts';

const HOUSE = 1;
const TODAY = 20_780;
const [CENTRAL, REGIONAL, FAR] = [10, 11, 12];

function forecast(itemId: number, siteId: number, perDay: number): StoredForecast {
  const weekMeans = new Float64Array(26).fill(perDay * 7);
  return {
    ...{ itemId, siteId, ownerId: HOUSE, origin: '2026-11-22', run: 'FR-000001', method: 'ets' },
    ...{ demandClass: 'smooth', marks: [], isDrifting: false, driftedOn: null, overrides: [] },
    largeOverrides: [],
    dayMeans: new Float64Array(56).fill(perDay),
    dayQuantiles: LEVELS.map(() => new Float64Array(7).fill(perDay)),
    weekMeans,
    weekQuantiles: LEVELS.map(() => weekMeans),
    ...{ dayVariance: perDay * 2, growth: 1.1, correlation: 0.1 },
  };
}

/** Three sites, forty items, two suppliers; the regional site is refilled from the central one. */
function facts(change: (known: Facts) => Facts = (known) => known): Facts {
  const random = createRandom('plan', 'facts');
  const ids = Array.from({ length: 40 }, (_, i) => i + 1);
  const sites = [CENTRAL, REGIONAL, FAR];
  const anywhere = { itemId: null, siteId: null, abcClass: null, xyzClass: null };
  const nothing = {
    ...{ serviceMeasure: null, serviceTargetBasisPoints: null, reviewPeriodDays: null },
    ...{ holdingRateBasisPoints: null, orderCost: null, shortageCostBasisPoints: null },
    ...{ leadTimeDays: null, coverDaysMax: null, supplierId: null, planned: null },
  };
  const supplier = (supplierId: number) => ({
    ...{ supplierId, code: `U${supplierId}`, currency: 'EUR', rate: null, calendar: null },
    ...{ minimumOrderValue: '50', timeZone: 'UTC', orderDays: [], fillShare: 0.9 },
    ...{ containerVolumeMm3: null, containerWeightG: null },
    ...{ returnCreditShare: null, returnWithinDays: null },
  });
  return change({
    ...{ houseId: HOUSE, today: TODAY, currency: 'EUR' },
    items: ids.map((itemId) => ({
      ...{ itemId, sku: `I${itemId}`, scale: 0, ownerId: null, active: true },
      ...{ shelfLifeDays: null, volumeMm3: 1, weightG: 1, palletUnits: 240 },
    })),
    sites: sites.map((siteId) => ({
      ...{ siteId, code: `S${siteId}`, active: true, timeZone: 'UTC' },
    })),
    stock: ids.flatMap((itemId) =>
      sites.map((siteId) => ({
        ...{ itemId, siteId, ownerId: HOUSE, reserved: 0n },
        onHand: BigInt(Math.floor(random.next() * (itemId % 9 === 0 ? 4000 : 120))),
      })),
    ),
    suppliers: [supplier(1), supplier(2)],
    supply: ids.map((itemId) => ({
      ...{ supplierId: 1 + (itemId % 2), itemId, minimumQuantity: '6', packMultiple: '6' },
      leadTimeDays: 5 + (itemId % 20),
    })),
    prices: ids.map((itemId) => ({
      ...{ supplierId: 1 + (itemId % 2), itemId, minimumQuantity: '0' },
      ...{ validFrom: '2026-01-01', unitPrice: '3' },
    })),
    lanes: [
      ...sites.flatMap((fromSiteId) =>
        sites.flatMap((toSiteId) =>
          fromSiteId === toSiteId
            ? []
            : [{ fromSiteId, toSiteId, transitHoursTypical: 24, transitHoursMax: 48 }],
        ),
      ),
    ],
    settings: [
      { ...anywhere, ...nothing, code: 'R', siteId: REGIONAL, sourceSiteId: CENTRAL },
    ] as Facts['settings'],
    forecasts: ids.flatMap((itemId) =>
      sites.map((siteId) => forecast(itemId, siteId, (1 + (itemId % 7)) / 2)),
    ),
    past: new Map(),
    ...{ incoming: [], outgoing: [], backorders: [], leadTimes: [], costs: [], lots: [] },
    ...{ received: [], standing: [] },
  });
}

/** Past figures of every forecast; nothing unusual but for what is given. */
function pastOf({ forecasts }: Facts, given: Partial<PastFigures>): Map<string, PastFigures> {
  const usual = { lastWeek: 1, weekMean: 1, weekDeviation: 1, lastDemandDay: TODAY - 1 };
  return new Map(
    forecasts.map(({ itemId, siteId }) => [
      placeKey(itemId, siteId, HOUSE),
      { ...usual, firstDay: TODAY - 9, salesPrice: 500, ...given },
    ]),
  );
}

const plan = (known: Facts): Promise<Plan> => makePlan(known, async () => {});

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
