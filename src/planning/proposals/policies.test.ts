import { describe, expect, it } from 'vitest';
import {
  FAR,
  facts,
  forecast,
  plan,
  settingRow,
  TODAY,
} from '../../../test/support/planning-facts.ts';
import { formatDay } from '../../network/index.ts';
import type { SettingRow } from './setting.ts';

/** One item at one site, planned as a setting says; nothing of it is there. */
async function planned(fields: Partial<SettingRow>, perDay = 4) {
  const made = await plan(
    facts((known) => ({
      ...known,
      stock: [],
      forecasts: [forecast(1, FAR, perDay)],
      settings: [settingRow({ code: 'THIS', itemId: 1, ...fields })],
      suppliers: known.suppliers.map((each) => ({ ...each, minimumOrderValue: null })),
      costs: [{ itemId: 1, siteId: FAR, unitCost: 300 }],
    })),
  );
  const [line] = made.drafts.flatMap(({ lines }) => lines);
  return { ...made.targeted[0]!, line, found: made.found };
}

describe('what a setting says of the policy', () => {
  it('is taken at its word', async () => {
    for (const policy of ['base_stock', 'r_Q', 's_S', 'newsvendor', 'perishable'] as const) {
      const { target, line } = await planned({ policy });
      expect([target.policy, line?.why.policy]).toEqual([policy, policy]);
      expect(line?.quantity).toBeGreaterThan(0n);
    }
  });

  it('buys known demand in the lots of the cheapest plan, without safety', async () => {
    const { target, leadTime, line } = await planned({ policy: 'wagner_whitin', orderCost: '20' });
    const days = Math.ceil(leadTime.mean) + 7;
    expect(target).toMatchObject({ policy: 'wagner_whitin', safetyStock: 0 });
    expect(target.reorderPoint).toBeGreaterThanOrEqual(4 * (leadTime.mean + 7));
    expect(target.reorderPoint).toBeLessThanOrEqual(4 * days + 1);
    // 20 to order, 3 x 0.25 a year to hold: about the EOQ of 279, in whole weeks and packs.
    expect(target.orderQuantity).toBeGreaterThan(200);
    expect(target.orderQuantity).toBeLessThan(400);
    expect(Number(line!.quantity) % 6).toBe(0);
    const cheap = await planned({ policy: 'wagner_whitin', orderCost: '0.1' });
    expect(cheap.target.orderQuantity).toBeLessThan(60);
  });

  it('lets cost decide instead of a service', async () => {
    const careless = await planned({ serviceMeasure: 'least_cost', shortageCostBasisPoints: 100 });
    const careful = await planned({
      serviceMeasure: 'least_cost',
      shortageCostBasisPoints: 90_000,
    });
    expect(careful.target.fillRate).toBeGreaterThan(careless.target.fillRate);
    expect(careful.target.reorderPoint).toBeGreaterThan(careless.target.reorderPoint);
    expect(careful.line!.summary).toContain('what costs least takes');
    expect(careful.target.explanation.warnings).toEqual([]);
  });
});

describe('an item whose last day is known', () => {
  const ending = (days: number) => planned({ endsOn: formatDay(TODAY + days - 1) });

  it('is bought once where a second purchase would come too late', async () => {
    const { target, line, demand } = await ending(18);
    expect(target.policy).toBe('newsvendor');
    expect(demand.overDays(90).mean).toBeCloseTo(18 * 4, 9);
    expect(Number(line!.quantity)).toBeLessThan(18 * 4 * 1.5);
  });

  it('is never held for longer than it is sold', async () => {
    const { target, line } = await ending(60);
    expect(target.orderUpTo).toBeLessThan(60 * 4 * 1.2);
    expect(line?.quantity).toBeGreaterThan(0n);
    const over = await ending(0);
    expect(over.target.policy).toBe('none');
    expect(over.line).toBeUndefined();
  });
});
