import { parseDay } from '../../network/index.ts';
import type { Context, Principal } from '../../platform/context.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import { roundFigure, showFigure } from '../../platform/figures.ts';
import { currencyDigits } from '../../platform/money.ts';
import { readSeries } from '../demand/index.ts';
import { demandOver, readForecasts } from '../nightly/index.ts';
import { pastOf } from '../proposals/past.ts';
import { effectOfPrice, type Interval, type PriceEffect } from './effect.ts';
import { type ElasticityFound, type ElasticitySubject, readElasticity } from './elasticities.ts';
import { selectSubject, selectUnitCost } from './pricing.queries.ts';
import type { EffectAnswer, EffectQuery, ElasticityAnswer } from './schemas.ts';

/** Half the width of a 90 % interval, in standard errors. */
const NORMAL_95 = 1.6448536269514722;
const PRICE_DAYS = 420;

/** The elasticity of an item or group. @throws Problem not-found. */
export async function elasticityOf(
  context: Context,
  principal: Principal,
  subject: ElasticitySubject,
): Promise<ElasticityAnswer> {
  const found = await readSnapshotAs(context.database, principal.scope, (tx) =>
    readElasticity(tx, context, subject),
  );
  return showElasticity(found);
}

const round = (value: number) => roundFigure(value, 4);
/** Digits of a price that somebody gave: it is shown as it was. */
const GIVEN_DIGITS = 13;

function showElasticity(found: ElasticityFound): ElasticityAnswer {
  const { elasticity, pooled, ...rest } = found;
  const show = (estimate: ElasticityFound['elasticity']) =>
    estimate && {
      value: round(estimate.value),
      standardError: round(estimate.standardError),
      low: round(estimate.value - NORMAL_95 * estimate.standardError),
      high: round(estimate.value + NORMAL_95 * estimate.standardError),
    };
  return {
    ...rest,
    priceVariation: round(rest.priceVariation),
    elasticity: show(elasticity),
    pooled: show(pooled),
  };
}

/** What is known of an item that prices depend on. Money in units of the currency. */
interface ItemFigures {
  readonly price: number | null;
  readonly unitCost: number | null;
  readonly demand: number | null;
}

/**
 * What another price would do to demand, revenue and margin over some days ahead.
 * What cannot be said is null, and named as missing. @throws Problem not-found.
 */
export async function priceEffect(
  context: Context,
  principal: Principal,
  query: EffectQuery,
): Promise<EffectAnswer> {
  const digits = currencyDigits(context.config.currency);
  const { found, figures } = await readSnapshotAs(
    context.database,
    principal.scope,
    async (tx) => ({
      found: await readElasticity(tx, context, { item: query.item }),
      figures: await readFigures(tx, context, query),
    }),
  );
  const elasticity =
    query.elasticity === undefined
      ? found.elasticity
      : { value: query.elasticity, standardError: 0 };
  const { price, unitCost, demand } = figures;
  const missing = Object.entries({ price, unitCost, forecast: demand, elasticity })
    .filter(([, value]) => value === null)
    .map(([name]) => name);
  // What a unit costs may be less than a cent.
  const money = (value: number) => showFigure(value, digits);
  const moneyOrNull = (value: number | null) => (value === null ? null : money(value));
  const newPrice = Number(query.newPrice);
  const isKnown = price !== null && unitCost !== null && demand !== null && elasticity !== null;
  const { extraUplift } = query;
  return {
    ...{ item: query.item, days: query.days, currency: context.config.currency, missing },
    price: moneyOrNull(price),
    newPrice: showFigure(newPrice, digits, GIVEN_DIGITS),
    unitCost: moneyOrNull(unitCost),
    demandBefore: demand === null ? null : round(demand),
    effect: isKnown
      ? showEffect(
          effectOfPrice({ elasticity, demand, price, newPrice, unitCost, extraUplift }),
          money,
        )
      : null,
    basis: showElasticity({ ...found, elasticity }),
  };
}

function showEffect(
  effect: PriceEffect,
  money: (value: number) => string,
): NonNullable<EffectAnswer['effect']> {
  const moneyOf = ({ expected, low, high }: Interval) => ({
    ...{ expected: money(expected), low: money(low), high: money(high) },
  });
  const unitsOf = ({ expected, low, high }: Interval) => ({
    ...{ expected: round(expected), low: round(low), high: round(high) },
  });
  const orNull = (value: number | null) => (value === null ? null : round(value));
  return {
    revenueBefore: money(effect.revenueBefore),
    marginBefore: money(effect.marginBefore),
    uplift: unitsOf(effect.uplift),
    demand: unitsOf(effect.demand),
    revenue: moneyOf(effect.revenue),
    margin: moneyOf(effect.margin),
    marginChange: moneyOf(effect.marginChange),
    breakEvenUplift: orNull(effect.breakEvenUplift),
    breakEvenElasticity: orNull(effect.breakEvenElasticity),
    chanceOfGain: round(effect.chanceOfGain),
  };
}

async function readFigures(tx: Tx, context: Context, query: EffectQuery): Promise<ItemFigures> {
  const row = await selectSubject(tx, { item: query.item });
  if (!row?.itemId) return { price: null, unitCost: null, demand: null };
  const { itemId, houseId } = row;
  const digits = currencyDigits(context.config.currency);
  const today = parseDay(context.clock().toISOString().slice(0, 10));
  const unitCost = await selectUnitCost(tx, itemId);
  const forecasts = await readForecasts(tx, { itemIds: [itemId], ownerIds: [houseId] });
  let [revenue, weight] = [0, 0];
  const range = { itemIdFrom: itemId, itemIdBefore: itemId + 1, ownerIds: [houseId] };
  for await (const batch of readSeries(tx, {
    throughDay: today - 1,
    daysMax: PRICE_DAYS,
    ...range,
  })) {
    for (const series of batch) {
      const { salesPrice, weekMean } = pastOf(series, today, digits);
      if (salesPrice === null) continue;
      const share = Number.isFinite(weekMean) && weekMean > 0 ? weekMean : 1e-6;
      revenue += share * salesPrice;
      weight += share;
    }
  }
  const demand = forecasts.reduce((sum, one) => sum + demandOver(one, query.days).mean, 0);
  return {
    price: weight > 0 ? revenue / weight / 10 ** digits : null,
    unitCost: unitCost === null ? null : unitCost / 10 ** digits,
    demand: forecasts.length > 0 ? demand : null,
  };
}
