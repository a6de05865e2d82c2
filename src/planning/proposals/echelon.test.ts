import { describe, expect, it } from 'vitest';
import {
  CENTRAL,
  FAR,
  facts,
  forecast,
  HOUSE,
  plan,
  REGIONAL,
  settingRow,
} from '../../../test/support/planning-facts.ts';
import { quantityToOrder } from '../policy/index.ts';
import type { Facts } from './place.ts';
import type { Plan } from './plan.ts';

/** Two sites with customers, refilled from a third that has none, and nothing anywhere. */
function network(change: (known: Facts) => Facts = (known) => known): Facts {
  return facts((known) =>
    change({
      ...known,
      stock: [],
      forecasts: [1, 2].flatMap((itemId) =>
        [REGIONAL, FAR].map((siteId) => forecast(itemId, siteId, 4)),
      ),
      // A central shelf costs half of one in a region.
      settings: [REGIONAL, FAR].map((siteId) =>
        settingRow({
          ...{ code: `R${siteId}`, siteId, sourceSiteId: CENTRAL },
          holdingRateBasisPoints: 5000,
        }),
      ),
      costs: [1, 2].flatMap((itemId) =>
        [CENTRAL, REGIONAL, FAR].map((siteId) => ({ itemId, siteId, unitCost: 900 })),
      ),
    }),
  );
}

const at = ({ targeted }: Plan, siteId: number, itemId = 1) =>
  targeted.find(({ place }) => place.site.siteId === siteId && place.item.itemId === itemId)!;

describe('a central site without customers or stock', () => {
  it('has a target, and what its regions need is bought there', async () => {
    const made = await plan(network());
    const central = at(made, CENTRAL);
    expect(central.central).toMatchObject({ model: 'guaranteed_service', promisedDays: 0 });
    expect(central.central?.refills).toEqual(['S11', 'S12']);
    expect(central.demand.meanPerDay).toBeCloseTo(8, 9);
    // Two regions together are foretold better than either.
    expect([central.xyzClass, at(made, FAR).xyzClass]).toEqual(['X', 'X']);
    expect(new Set(made.drafts.map(({ kind, siteId }) => `${kind} ${siteId}`))).toEqual(
      new Set([`purchase ${CENTRAL}`]),
    );
    const line = made.drafts.flatMap(({ lines }) => lines).find(({ itemId }) => itemId === 1)!;
    const asked = [REGIONAL, FAR].map((siteId) => quantityToOrder(at(made, siteId).target, 0));
    const regional = asked[0]! + asked[1]!;
    expect(Number(line.quantity)).toBeGreaterThan(regional);
    expect(Number(line.why.position.toPassOn)).toBe(regional);
    expect(line.summary).toContain('it refills S11, S12 from its shelf (guaranteed service)');
    expect(made.withoutSupplier).toBe(0);
  });

  it('makes its regions reckon with the days on which it has run out', async () => {
    const made = await plan(network());
    const { wait } = at(made, CENTRAL).central!;
    const region = at(made, REGIONAL);
    expect(wait.meanDays).toBeGreaterThan(0);
    expect(region.refilledBy).toMatchObject({ site: 'S10', model: 'guaranteed_service', wait });
    const byHand = network((known) => ({
      ...known,
      settings: known.settings.map((row) => ({ ...row, leadTimeDays: 2 })),
    }));
    const fixed = at(await plan(byHand), REGIONAL);
    expect(fixed.leadTime.mean).toBe(2);
    expect(fixed.refilledBy).toBeNull();
    // A lane of 24 to 48 hours and a day of handling take 2.2 days.
    expect(region.leadTime.mean).toBeCloseTo(2.2 + wait.meanDays, 6);
  });

  it('only passes on where stock is dearer there', async () => {
    const made = await plan(
      network((known) => ({
        ...known,
        settings: [
          ...known.settings.map((row) => ({ ...row, holdingRateBasisPoints: 100 })),
          settingRow({ code: 'C', siteId: CENTRAL, holdingRateBasisPoints: 5000 }),
        ],
      })),
    );
    const central = at(made, CENTRAL);
    expect(central.central!.promisedDays).toBeGreaterThan(5);
    expect(central.target.reorderPoint).toBeLessThan(central.leadTime.mean * 8);
    const usual = at(await plan(network()), REGIONAL);
    expect(at(made, REGIONAL).target.reorderPoint).toBeGreaterThan(usual.target.reorderPoint);
    // What is said of the lead time is the true one.
    expect(central.target.explanation.leadTimeMean).toBe(central.leadTime.mean);
  });
});

describe('one region', () => {
  const one = network((known) => ({
    ...known,
    forecasts: known.forecasts.filter(({ siteId }) => siteId === FAR),
    settings: [
      settingRow({ code: 'F', siteId: FAR, sourceSiteId: CENTRAL, holdingRateBasisPoints: 4000 }),
    ],
  }));

  it('is planned by the serial model where its stock is dearer, and says so', async () => {
    const made = await plan(one);
    const { central, target } = at(made, CENTRAL);
    expect(central).toMatchObject({ model: 'serial_stochastic', refills: ['S12'] });
    expect(central!.wait.share).toBeGreaterThan(0.01);
    const line = made.drafts.flatMap(({ lines }) => lines).find(({ itemId }) => itemId === 1)!;
    expect(line.why.echelons.central?.model).toBe('serial_stochastic');
    expect(line.summary).toContain(
      `what costs least together with S12 takes a reorder point of ${target.reorderPoint}`,
    );
  });

  it('is planned by guaranteed service where the central site has customers as well', async () => {
    const known = { ...one, forecasts: [...one.forecasts, forecast(1, CENTRAL, 1)] };
    const made = await plan(known);
    expect(at(made, CENTRAL).central).toMatchObject({
      ...{ model: 'guaranteed_service', promisedDays: 0 },
      reason: 'It has customers of its own, so it serves all from its shelf.',
    });
    expect(at(made, CENTRAL, 2).central?.model).toBe('serial_stochastic');
  });
});

describe('longer and broken chains', () => {
  it('counts the demand of sites behind sites', async () => {
    const made = await plan(
      network((known) => ({
        ...known,
        settings: [
          settingRow({ code: 'R', siteId: REGIONAL, sourceSiteId: CENTRAL }),
          settingRow({ code: 'F', siteId: FAR, sourceSiteId: REGIONAL }),
        ],
      })),
    );
    const [top, middle, last] = [CENTRAL, REGIONAL, FAR].map((siteId) => at(made, siteId));
    expect(top!.demand.meanPerDay).toBeCloseTo(8, 9);
    expect(top!.serves.map(({ site }) => site.code)).toEqual(['S11', 'S12']);
    expect(top!.central?.refills).toEqual(['S11']);
    expect(middle!.central?.refills).toEqual(['S12']);
    expect([middle!.refilledBy?.site, last!.refilledBy?.site]).toEqual(['S10', 'S11']);
  });

  it('ends where sites are said to refill each other', async () => {
    const ring = network((known) => ({
      ...known,
      settings: [
        settingRow({ code: 'R', siteId: REGIONAL, sourceSiteId: FAR }),
        settingRow({ code: 'F', siteId: FAR, sourceSiteId: REGIONAL }),
      ],
    }));
    const made = await plan(ring);
    expect(made.targeted).toHaveLength(4);
    for (const { demand } of made.targeted) expect(demand.meanPerDay).toBeCloseTo(8, 9);
  });

  it('counts as short without a supplier where the site to refill from is closed', async () => {
    const known = network();
    const sites = known.sites.map((site) => ({ ...site, active: site.siteId !== CENTRAL }));
    const made = await plan({ ...known, sites });
    expect(made.drafts).toEqual([]);
    expect(made.withoutSupplier).toBe(4);
    expect(made.targeted.every(({ source }) => source.kind === 'none')).toBe(true);
  });

  it('plans owners apart', async () => {
    const known = network();
    const foreign = known.forecasts.map((row) => ({ ...row, ownerId: 9 }));
    const made = await plan({ ...known, forecasts: [...known.forecasts, ...foreign] });
    const centrals = made.targeted.filter(({ central }) => central !== null);
    expect(centrals.map(({ place }) => place.ownerId).sort()).toEqual([HOUSE, HOUSE, 9, 9]);
  });
});
