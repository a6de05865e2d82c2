import { parseDay } from '../../network/index.ts';
import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { readSeries } from '../demand/index.ts';
import { type DriverEffect, type Estimate, forecastWithDrivers } from '../regression/index.ts';
import { type PricedSeries, panelOf, priceVariation } from './panel.ts';
import { type SubjectRow, selectGroupItems, selectSubject } from './pricing.queries.ts';

/** Whose elasticity is asked for: an item's, or a group's. */
export interface ElasticitySubject {
  readonly item?: string | undefined;
  readonly group?: string | undefined;
}

/** What history says of how demand follows price. */
export interface ElasticityFound {
  readonly item: string | null;
  readonly group: string | null;
  /** Null where history does not say. */
  readonly elasticity: Estimate | null;
  /** The same over the whole group, towards which the item's is shrunk. */
  readonly pooled: Estimate | null;
  /** Series and weeks that it rests on, and the deviation of log price in them. */
  readonly series: number;
  readonly weeks: number;
  readonly priceVariation: number;
  /** Why there is none, or what to mind. */
  readonly remark: string;
}

const DAYS_MAX = 1_120;
const ITEMS_MAX = 200;
const WEEKS_MIN = 26;
const NO_SALE = 'no sale of it at a known price is on record';
const TOO_SHORT = 'less than half a year of priced sales is on record';
/** Prices that vary less than this, as a deviation of their logarithm, say nothing. */
const VARIATION_MIN = 0.01;

/**
 * The price elasticity of an item (shrunk to its group) or of a group, from the pooled
 * log-linear regression over weeks of history.
 * @throws Problem not-found where there is no such item or group.
 */
export async function readElasticity(
  tx: Tx,
  context: Context,
  subject: ElasticitySubject,
): Promise<ElasticityFound> {
  const row = await selectSubject(tx, subject);
  if (!row) {
    const what = subject.item === undefined ? `group ${subject.group}` : `item ${subject.item}`;
    throw new Problem(notFound, `There is no ${what}.`);
  }
  const throughDay = parseDay(context.clock().toISOString().slice(0, 10)) - 1;
  const priced = await readPriced(tx, row, throughDay);
  return conclude(row, priced, throughDay);
}

async function readPriced(tx: Tx, row: SubjectRow, throughDay: number): Promise<PricedSeries[]> {
  const items = await selectGroupItems(tx, row, ITEMS_MAX);
  const priced: PricedSeries[] = [];
  for (const { itemId, item } of items) {
    const asked = { throughDay, daysMax: DAYS_MAX, itemIdFrom: itemId, itemIdBefore: itemId + 1 };
    for await (const batch of readSeries(tx, asked)) {
      for (const series of batch) {
        if (series.ownerId !== row.houseId || !series.price.some((price) => price > 0)) continue;
        priced.push({ item, site: String(series.siteId), series });
      }
    }
  }
  return priced;
}

function conclude(
  { item, group }: SubjectRow,
  priced: readonly PricedSeries[],
  throughDay: number,
): ElasticityFound {
  const nothing = { item, group, elasticity: null, pooled: null, series: priced.length };
  const own = item === null ? priced : priced.filter((one) => one.item === item);
  if (own.length === 0) {
    return { ...nothing, weeks: 0, priceVariation: 0, remark: NO_SALE };
  }
  const panel = panelOf(priced, throughDay);
  const weeks = panel.series.reduce(
    (sum, { values }) => sum + values.filter((value) => !Number.isNaN(value)).length,
    0,
  );
  const variation = priceVariation(panel);
  const known = { weeks, priceVariation: variation };
  if (weeks < WEEKS_MIN) return { ...nothing, ...known, remark: TOO_SHORT };
  if (variation < VARIATION_MIN) {
    return { ...nothing, ...known, remark: 'the price hardly ever changed' };
  }
  const effect = forecastWithDrivers(panel, 1).effects[0];
  const found = effect && estimateOf(effect, item);
  if (!found) return { ...nothing, ...known, remark: 'the regression found no estimate' };
  const pooled = sane(effect.pooled);
  const remark =
    found.value - 2 * found.standardError > 0
      ? 'demand seems to rise with price: something else moved with it'
      : 'from the weeks of history';
  return { item, group, elasticity: found, pooled, series: priced.length, ...known, remark };
}

function estimateOf(effect: DriverEffect, item: string | null): Estimate | null {
  return sane(item === null ? effect.pooled : (effect.byItem.get(item) ?? effect.pooled));
}

function sane(estimate: Estimate): Estimate | null {
  const { value, standardError } = estimate;
  return Number.isFinite(value) && Number.isFinite(standardError) ? { value, standardError } : null;
}
