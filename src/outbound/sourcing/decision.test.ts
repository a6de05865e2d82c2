import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../platform/package.ts';
import { drawMachine } from '../orders/order.ts';
import {
  ANYWHERE,
  balanceOf,
  type CostedOrder,
  type CostTable,
  costParts,
  rateKey,
  rateOf,
  toProblem,
  totalOf,
} from './costs.ts';
import { alternativesOf, decidedLines, explainDecision } from './decision.ts';
import { orderCost } from './problem.ts';
import { RUN_MACHINE } from './runs.ts';

const table: CostTable = {
  policy: {
    ...{ code: 'default', splitPenalty: 150n, lateDayPenalty: 100n, unassignedPenalty: 5_000n },
    ...{ priorityPenalty: 10n, lineCost: 35n, unitCost: 20n, parcelCost: 450n, kilogramCost: 40n },
    ...{ distanceCost: 25n, balanceCost: 40n, balanceDays: 7 },
  },
  sites: new Map([['A', { lineCost: 10n, unitCost: 5n, parcelsMax: null }]]),
  rates: new Map([
    [rateKey('A', 'DE', 'BY'), { parcelCost: 300n, kilogramCost: 30n }],
    [rateKey('A', 'DE', ANYWHERE), { parcelCost: 400n, kilogramCost: 31n }],
    [rateKey('A', ANYWHERE, ANYWHERE), { parcelCost: 900n, kilogramCost: 32n }],
  ]),
};

const order = (more: Partial<CostedOrder> = {}): CostedOrder => ({
  ...{ number: 'SO-1', policy: 'partial', priority: 50, country: 'DE', region: 'BY' },
  origins: [
    { site: 'A', kilometres: 10n, daysLate: 0n },
    { site: 'B', kilometres: 400n, daysLate: 2n },
  ],
  lines: [
    {
      ...{ line: 1, item: 'CUP', quantity: 3n, quantityScale: 0, grams: 500n },
      balance: [0n, 12n],
    },
    {
      ...{ line: 2, item: 'TEA', quantity: 1_250n, quantityScale: 3, grams: 1_000n },
      balance: [0n, 0n],
    },
  ],
  ...more,
});

describe('a rate', () => {
  it.each([
    ['the region', 'A', 'DE', 'BY', 300n],
    ['the country', 'A', 'DE', 'HH', 400n],
    ['anywhere', 'A', 'FR', undefined, 900n],
    ['the policy and the distance', 'B', 'DE', 'BY', 550n],
  ])('is that of %s', (_, site, country, region, parcelCost) => {
    const origin = order().origins.find((one) => one.site === site)!;
    expect(rateOf(table, { country, region }, origin).parcelCost).toBe(parcelCost);
  });
});

describe('the worth of stock', () => {
  it('falls from all to nothing as there is more of it', () => {
    const worth = (available: bigint) => balanceOf(table.policy, available, 280n, 28);
    expect([-5n, 0n, 35n, 70n, 1_000n].map(worth)).toEqual([40n, 40n, 20n, 0n, 0n]);
    expect(balanceOf(table.policy, 0n, 0n, 28)).toBe(0n);
  });
});

describe('the parts of a cost', () => {
  it('are what they are for', () => {
    const both = [
      { line: 1, site: 0, quantity: 3n },
      { line: 2, site: 1, quantity: 1_250n },
    ];
    // A: parcel 300, 1.5 kg at 30; B: parcel 450 + 100, 1.25 kg at 40, two days late.
    expect(costParts(table, order(), both)).toEqual({
      ...{ shipping: 300n + 45n + 550n + 50n, handling: 10n + 15n + 35n + 25n },
      ...{ split: 150n, lateness: 200n, balance: 0n, unassigned: 0n },
    });
    const none = costParts(table, order(), []);
    expect(none).toMatchObject({ shipping: 0n, unassigned: 2n * 5_500n });
  });

  it('add up to what is minimised, pieces included', () => {
    const units = fc.record({
      a: fc.bigInt(0n, 2n),
      b: fc.bigInt(0n, 1n),
      tea: fc.bigInt(0n, 1_250n),
    });
    fc.assert(
      fc.property(units, ({ a, b, tea }) => {
        const pieces = [
          { line: 1, site: 0, quantity: a },
          { line: 1, site: 1, quantity: b },
          { line: 2, site: 1, quantity: tea },
        ].filter(({ quantity }) => quantity > 0n);
        const problem = toProblem(table, [order()], new Map());
        const cost = orderCost(problem, problem.orders[0]!, pieces);
        expect(totalOf(costParts(table, order(), pieces))).toBe(cost);
      }),
      { seed: 3 },
    );
  });
});

describe('an explanation', () => {
  const money = { currency: 'EUR', digits: 2 };
  const explained = (pieces: Parameters<typeof costParts>[2], units: bigint, withMoney = true) => {
    const decision = {
      ...{ method: 'greedy' as const, gapPpm: null },
      lines: decidedLines(order(), pieces),
      parts: costParts(table, order(), pieces),
      alternatives: alternativesOf(table, order(), pieces, () => units),
    };
    return explainDecision(decision, withMoney ? money : undefined);
  };
  const allFrom = (site: number) => [
    { line: 1, site, quantity: 3n },
    { line: 2, site, quantity: 1_250n },
  ];

  it('says what another site would cost', () => {
    expect(explained(allFrom(0), 9_999n)).toBe(
      'Everything ships from A. That costs 4.24 EUR: shipping 3.83 EUR, handling 0.41 EUR. ' +
        'Everything from B would cost 6.27 EUR more.',
    );
    expect(explained(allFrom(0), 9_999n, false)).toBe(
      'Everything ships from A. Everything from B would cost more.',
    );
  });

  it('says what another site lacks, and what nobody has', () => {
    const some = explained([{ line: 1, site: 0, quantity: 2n }], 2n);
    expect(some).toContain('What there is ships from A. No site has 1 CUP, 1.250 TEA.');
    expect(some).toContain('B has 2 of the 3 CUP needed.');
    expect(explained([], 0n)).toMatch(/^Nothing can ship now\./);
  });

  it('says when a cheaper site is kept for others', () => {
    expect(explained(allFrom(1), 9_999n)).toContain(
      'A alone would cost this sales order 6.27 EUR less, but its stock saves more',
    );
  });
});

it('draws the life of a run in the docs as it is', () => {
  const page = readFileSync(join(packageRoot, 'docs/concepts/sourcing.md'), 'utf8');
  expect(page).toContain(drawMachine(RUN_MACHINE));
});
