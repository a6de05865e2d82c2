import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Demand,
  firstPromisable,
  mostPromisable,
  type Projection,
  pegDemands,
  projectAvailability,
  type Supply,
  takeFrom,
} from './projection.ts';

const supply = (day: number, quantity: bigint): Supply => ({ day, quantity });
const demand = (day: number | null, quantity: bigint): Demand => ({ day, quantity });
const shown = (projection: Projection) =>
  projection.map(({ day, projected, promisable }) => [day, projected, promisable]);

describe('available-to-promise', () => {
  it.each<[string, bigint, Supply[], Demand[], unknown[]]>([
    ['of what is there', 5n, [], [], [[null, 5n, 5n]]],
    [
      'of what comes, from the day it comes',
      5n,
      [supply(7, 10n), supply(3, 2n), supply(7, 1n)],
      [],
      [
        [null, 5n, 5n],
        [3, 7n, 7n],
        [7, 18n, 18n],
      ],
    ],
    [
      'leaves what a later promise counts on',
      10n,
      [supply(9, 4n)],
      [demand(5, 8n)],
      [
        [null, 10n, 2n],
        [5, 2n, 2n],
        [9, 6n, 6n],
      ],
    ],
    [
      'is nothing before a day that goes below zero',
      10n,
      [supply(9, 4n)],
      [demand(5, 11n)],
      [
        [null, 10n, 0n],
        [5, -1n, 0n],
        [9, 3n, 3n],
      ],
    ],
    [
      'carries what is missing openly',
      -3n,
      [supply(2, 10n)],
      [demand(null, 5n)],
      [
        [null, -8n, 0n],
        [2, 2n, 2n],
      ],
    ],
  ])('%s', (_, available, supplies, demands, expected) => {
    expect(shown(projectAvailability(available, supplies, demands))).toEqual(expected);
  });

  it('finds the first day for a quantity, or none', () => {
    const projection = projectAvailability(5n, [supply(3, 2n), supply(7, 3n)], []);
    const day = (quantity: bigint) => firstPromisable(projection, quantity)?.day;
    expect([day(5n), day(6n), day(7n), day(10n), day(11n)]).toEqual([null, 3, 3, 7, undefined]);
    expect(mostPromisable(projection)).toBe(10n);
  });
});

const wait = (quantity: bigint, sites: number[] | null = null, avoided: number[] = []) => ({
  ...{ quantity, sites, avoided },
});

describe('a queue of demands', () => {
  it('gives earlier units to who stands before, after what is missing', () => {
    const pool = { siteId: 1, available: -2n, supplies: [supply(8, 5n), supply(4, 6n)] };
    const pegs = pegDemands([pool], [wait(3n), wait(4n), wait(9n)]);
    expect(pegs).toEqual([
      { pegs: [{ siteId: 1, day: 4, quantity: 3n }], uncovered: 0n },
      {
        pegs: [
          { siteId: 1, day: 4, quantity: 1n },
          { siteId: 1, day: 8, quantity: 3n },
        ],
        uncovered: 0n,
      },
      { pegs: [{ siteId: 1, day: 8, quantity: 2n }], uncovered: 7n },
    ]);
  });

  it('serves who can wait anywhere from the earliest site, and who cannot from its own', () => {
    const pools = [
      { siteId: 1, available: 2n, supplies: [supply(5, 9n)] },
      { siteId: 2, available: 3n, supplies: [supply(4, 9n)] },
    ];
    const pegs = pegDemands(pools, [wait(1n, null, [1]), wait(6n), wait(1n, [1])]);
    expect(pegs.map((entry) => entry.pegs)).toEqual([
      [{ siteId: 2, day: null, quantity: 1n }],
      [
        { siteId: 1, day: null, quantity: 2n },
        { siteId: 2, day: null, quantity: 2n },
        { siteId: 2, day: 4, quantity: 2n },
      ],
      [{ siteId: 1, day: 5, quantity: 1n }],
    ]);
  });
});

const quantity = fc.bigInt({ min: 1n, max: 40n });
const day = fc.integer({ min: 1, max: 12 });
const supplies = fc.array(fc.record({ day, quantity }), { maxLength: 6 });
const demands = fc.array(fc.record({ day: fc.option(day), quantity }), { maxLength: 6 });
const available = fc.bigInt({ min: -20n, max: 40n });

describe('whatever comes and is due', () => {
  it('no sequence of promises gives a unit away twice', () => {
    const wishes = fc.array(quantity, { maxLength: 12 });
    fc.assert(
      fc.property(available, supplies, demands, wishes, (there, coming, due, asked) => {
        const before = projectAvailability(there, coming, due);
        let projection = before;
        const granted: Demand[] = [];
        for (const wish of asked) {
          const bucket = firstPromisable(projection, wish);
          if (!bucket) continue;
          projection = takeFrom(projection, bucket, wish);
          granted.push(demand(bucket.day, wish));
        }
        // Played forward from scratch, granted promises never take a day further below zero
        // than it was: every unit that was given away is there when it is needed.
        const after = projectAvailability(there, coming, [...due, ...granted]);
        for (const { day: at, projected } of after) {
          const was = before.find((bucket) => bucket.day === at)?.projected ?? 0n;
          expect(projected).toBeGreaterThanOrEqual(was < 0n ? was : 0n);
        }
        expect(shown(after)).toEqual(shown(projection));
      }),
      { numRuns: 1_000 },
    );
  });

  it('more is never promised sooner, and a day later never less', () => {
    fc.assert(
      fc.property(available, supplies, demands, quantity, quantity, (there, coming, due, a, b) => {
        const projection = projectAvailability(there, coming, due);
        const place = (wish: bigint) => {
          const bucket = firstPromisable(projection, wish);
          return bucket ? projection.indexOf(bucket) : projection.length;
        };
        expect(place(a + b)).toBeGreaterThanOrEqual(place(a));
        const promisable = projection.map((bucket) => bucket.promisable);
        expect([...promisable].sort((x, y) => Number(x - y))).toEqual(promisable);
        expect(mostPromisable(projection)).toBe(promisable.at(-1));
      }),
      { numRuns: 500 },
    );
  });

  it('pegs never use more than a site has by their day, nor more than was asked for', () => {
    const site = fc.integer({ min: 1, max: 3 });
    const queue = fc.array(
      fc.record({
        ...{ quantity, sites: fc.option(fc.uniqueArray(site)), avoided: fc.uniqueArray(site) },
      }),
      { maxLength: 8 },
    );
    const pools = fc.uniqueArray(fc.record({ siteId: site, available, supplies }), {
      selector: ({ siteId }) => siteId,
    });
    fc.assert(
      fc.property(pools, queue, (there, waiting) => {
        const pegged = pegDemands(there, waiting);
        const pegs = pegged.flatMap((entry) => entry.pegs);
        for (const pool of there) {
          const own = pegs.filter(({ siteId }) => siteId === pool.siteId);
          const due = own.map((peg) => demand(peg.day, peg.quantity));
          const before = projectAvailability(pool.available, pool.supplies, []);
          const after = projectAvailability(pool.available, pool.supplies, due);
          for (const bucket of after) {
            const was = before.find(({ day: at }) => at === bucket.day)?.projected ?? 0n;
            expect(bucket.projected).toBeGreaterThanOrEqual(was < 0n ? was : 0n);
          }
        }
        for (const [i, { pegs: own, uncovered }] of pegged.entries()) {
          const { sites, avoided, quantity: wanted } = waiting[i]!;
          const covered = own.reduce((sum, peg) => sum + peg.quantity, 0n);
          expect(covered + uncovered).toBe(wanted);
          for (const { siteId, day: at } of own) {
            expect(sites === null || sites.includes(siteId)).toBe(true);
            expect(at === null && avoided.includes(siteId)).toBe(false);
          }
        }
        // Behind somebody who would take anything and is still short, nobody gets a later unit.
        const short = waiting.findIndex(
          (one, i) => one.sites === null && pegged[i]!.uncovered > 0n && !one.avoided.length,
        );
        if (short < 0) return;
        expect(pegged.slice(short + 1).every((entry) => entry.pegs.length === 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
