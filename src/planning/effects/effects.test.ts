import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { chooseEffects, itemEffects } from './choose.ts';
import { withoutEffects } from './forecast.ts';
import { effectText, showEffects } from './show.ts';
import type { Member, SeriesDrivers } from './types.ts';
import { driversOf, factorsOf } from './values.ts';

const FIRST_DAY = 20_000;
const DAYS = 500;
const ORIGIN = FIRST_DAY + DAYS - 1;
const SIGNALS_FROM = FIRST_DAY - 40;
const NO_DRIVERS: SeriesDrivers = {
  ...{ named: [], promotions: [], signals: [], signalsFrom: SIGNALS_FROM, price: null },
  plannedPrices: [],
};

/** Demand that is Poisson-like about a weekly level, moved by a multiplier of each day. */
function memberOf(drivers: SeriesDrivers, multiplier: (day: number) => number, name = 'a'): Member {
  const random = createRandom('effects', name);
  const values = Float64Array.from({ length: DAYS }, (_, t) => {
    const mean = 10 * (1 + 0.3 * Math.sin(((t % 7) / 7) * 2 * Math.PI)) * multiplier(FIRST_DAY + t);
    return Math.round(mean * (0.7 + 0.6 * random.next()));
  });
  return { firstDay: FIRST_DAY, values, isUsable: new Uint8Array(DAYS).fill(1), drivers };
}

const chosenOf = (member: Member) => chooseEffects(member, itemEffects([member], ORIGIN));

const promotions = Array.from({ length: 9 }, (_, i) => {
  const from = FIRST_DAY + 20 + i * 60;
  return { code: `P${i}`, from, to: from + 6, discount: 0.2, knownFrom: 0 };
});
const isPromoted = (day: number) => promotions.some(({ from, to }) => from <= day && day <= to);
const closedDays = Int32Array.from({ length: 20 }, (_, i) => FIRST_DAY + 11 + i * 30);
const KNOWN = new Int32Array(20);

/** Values that stay for a few days each. */
function signalOf(code: string, days: number) {
  const random = createRandom('signal', code);
  let value = 0;
  const values = Float64Array.from({ length: days }, (_, t) => {
    if (t % 4 === 0) value = random.next() - 0.5;
    return value;
  });
  const lastDay = SIGNALS_FROM + days - 1;
  return { code, kind: 'amount' as const, values, gaps: 'unknown' as const, lastDay };
}

describe('effects', () => {
  it('of promotions and closed days are found, taken out, and put on days to come', () => {
    const drivers: SeriesDrivers = {
      ...NO_DRIVERS,
      named: [{ kind: 'closed', name: 'Inventory', days: closedDays, knownFrom: KNOWN }],
      promotions,
    };
    const isClosed = (day: number) => closedDays.includes(day);
    const member = memberOf(drivers, (day) => (isClosed(day) ? 0 : isPromoted(day) ? 2 : 1));
    const { effects, gain } = chosenOf(member);
    expect(gain).toBeGreaterThan(0.1);
    const last = promotions[promotions.length - 1]!;
    const span = { from: last.from - 1, to: last.to + 1 };
    const factors = factorsOf(effects, drivers, FIRST_DAY, span, {
      ...{ through: ORIGIN, origin: ORIGIN },
    });
    expect(factors[0]).toBe(1);
    for (const factor of factors.slice(1, -1)) expect(factor).toBeCloseTo(2, 0);
    const texts = showEffects(effects, drivers, ORIGIN).map(effectText);
    expect(texts[0]).toMatch(/^promotion P8 \+(8|9|10|11)\d(\.\d)? %$/);
    expect(texts).toContainEqual(expect.stringMatching(/^closed days −9\d/));
    const usual = withoutEffects(member, effects, ORIGIN);
    expect(usual[11]).toBeNaN();
    const at = promotions[3]!.from - FIRST_DAY;
    expect(usual[at]! / member.values[at]!).toBeCloseTo(0.5, 1);
  });

  it('of a signal that leads demand are used, with its lag', () => {
    const signal = signalOf('RAIN', DAYS + 40);
    const drivers = { ...NO_DRIVERS, signals: [signal] };
    const ahead = (day: number) => signal.values[day - 9 - SIGNALS_FROM] ?? 0;
    const { effects } = chosenOf(memberOf(drivers, (day) => Math.exp(1.5 * ahead(day))));
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatchObject({ kind: 'signal', name: 'RAIN', lag: 9 });
    expect(effects[0]!.coefficient / effects[0]!.deviation).toBeCloseTo(1.5, 0);
  });

  it.each(['NOISE-1', 'NOISE-2', 'NOISE-3', 'NOISE-4', 'NOISE-5'])(
    'of the useless signal %s are not used',
    (code) => {
      const drivers = { ...NO_DRIVERS, signals: [signalOf(code, DAYS + 40)] };
      expect(chosenOf(memberOf(drivers, () => 1, code))).toMatchObject({ effects: [], gain: 0 });
    },
  );

  it('of prices are an elasticity', () => {
    const random = createRandom('price', '');
    let price = 10;
    const prices = Float64Array.from({ length: DAYS }, (_, t) => {
      if (t % 25 === 0) price = 8 + 4 * random.next();
      return price;
    });
    const none = () => [];
    const all = { namedDays: none, promotions: none, signals: none, plannedPrices: none };
    const series = { itemId: 1, siteId: 1, firstDay: FIRST_DAY, price: prices };
    const drivers = driversOf(series, all as never)!;
    const member = memberOf(drivers, (day) => (prices[day - FIRST_DAY]! / 10) ** -2);
    const { all: effects } = itemEffects([member], ORIGIN).now;
    const [shown] = showEffects(effects, drivers, ORIGIN);
    expect(shown!.elasticity).toBeGreaterThan(-2.4);
    expect(shown!.elasticity).toBeLessThan(-1.5);
    const still = { ...series, price: new Float64Array(DAYS).fill(9) };
    expect(driversOf(still, all as never)).toBeNull();
  });

  describe('of prices that are planned', () => {
    const random = createRandom('price', 'planned');
    let price = 10;
    const prices = Float64Array.from({ length: DAYS }, (_, t) => {
      if (t % 25 === 0 && t < DAYS - 25) price = 8 + 4 * random.next();
      return Math.log(price);
    });
    const last = Math.exp(prices.at(-1)!);
    const plan = (code: string, from: number, factor: number, recordedDay: number) => {
      return { code, from: ORIGIN + from, to: null, price: last * factor, recordedDay };
    };
    const drivers: SeriesDrivers = {
      ...{ ...NO_DRIVERS, price: prices },
      plannedPrices: [plan('LATE', 20, 0.5, ORIGIN + 2), plan('CUT', 15, 0.8, ORIGIN + 1)],
    };
    const member = memberOf(drivers, (day) => Math.exp(-2 * (prices[day - FIRST_DAY]! - 2.3)));
    const { effects } = chosenOf(member);
    const span = { from: ORIGIN + 1, to: ORIGIN + 30 };
    const factors = (through: number, own = drivers) =>
      factorsOf(effects, own, FIRST_DAY, { ...span }, { through, origin: ORIGIN });

    it('they hold from their day on, as far as they were said by then', () => {
      const { coefficient } = effects.find(({ kind }) => kind === 'price')!;
      expect(coefficient).toBeLessThan(-1.4);
      const moved = factors(ORIGIN);
      expect([...moved.subarray(0, 14)]).toEqual(Array(14).fill(1));
      for (const factor of moved.subarray(14)) expect(factor).toBeCloseTo(0.8 ** coefficient, 9);
      const [, shown] = showEffects(effects, drivers, ORIGIN);
      expect(shown).toMatchObject({ kind: 'price', name: 'CUT', elasticity: null });
      expect(shown!.percent).toBeCloseTo(100 * (0.8 ** coefficient - 1), 0);
      expect(effectText(shown!)).toMatch(/^planned price CUT \+\d+(\.\d)? %$/);
    });

    it('no earlier origin knows of them', () => {
      const none = { ...drivers, plannedPrices: [] };
      const through = ORIGIN - 28;
      expect(factors(through)).toEqual(factors(through, none));
      expect(itemEffects([member], ORIGIN).past).toEqual(
        itemEffects([{ ...member, drivers: none }], ORIGIN).past,
      );
    });

    it('they use an elasticity that the past was told as well without', () => {
      // What moves the price of the last weeks only gains nothing at the origins of the test.
      const item = itemEffects([member], ORIGIN);
      const past = item.past.map((one) => ({ ...one, estimated: { planned: [], all: [] } }));
      const news = chooseEffects(member, { ...item, past });
      expect(news.effects.map(({ kind }) => kind)).toEqual(['price']);
      const without = { ...member, drivers: { ...drivers, plannedPrices: [] } };
      expect(chooseEffects(without, { ...item, past }).effects).toEqual([]);
    });
  });

  it('are pooled over the sites of an item', () => {
    const drivers = { ...NO_DRIVERS, promotions };
    const none = { ...NO_DRIVERS, promotions: [] };
    const loud = memberOf(drivers, (day) => (isPromoted(day) ? 3 : 1), 'loud');
    const other = memberOf(none, () => 1, 'other');
    const { now } = itemEffects([loud, other], ORIGIN);
    expect(Math.exp(now.all[0]!.coefficient)).toBeCloseTo(3, 0);
  });
});

describe('leakage', () => {
  it('changes nothing at an origin whatever came after it', () => {
    const signal = signalOf('RAIN', DAYS + 40);
    const drivers = { ...NO_DRIVERS, signals: [signal], promotions };
    const member = memberOf(drivers, (day) => (isPromoted(day) ? 2 : 1));
    const through = ORIGIN - 56;
    const estimate = (after: number) => {
      const spoil = (values: Float64Array, from: number) =>
        values.map((value, t) => (from + t > through ? value * after : value));
      const spoilt: Member = {
        ...member,
        values: spoil(member.values, FIRST_DAY),
        drivers: {
          ...drivers,
          signals: [{ ...signal, values: spoil(signal.values, SIGNALS_FROM), lastDay: ORIGIN }],
        },
      };
      return itemEffects([spoilt], ORIGIN).past.find((one) => one.through === through);
    };
    expect(estimate(7)).toBeDefined();
    expect(estimate(7)).toEqual(estimate(1));
  });

  it('takes no history for nothing', () => {
    const empty = memberOf({ ...NO_DRIVERS, promotions }, () => 0);
    expect(chosenOf(empty).effects).toEqual([]);
    const short = { ...empty, values: new Float64Array(3), isUsable: new Uint8Array(3) };
    expect(chosenOf(short).effects).toEqual([]);
  });
});
