import { formatDay } from '../../network/index.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { ItemFacts } from '../proposals/facts.ts';
import type { Prepared, Settled } from './facts.ts';
import type { Placed } from './place.ts';
import { addUsage, type Flows, noPrices, type PlacementItem, shapeOf } from './problem.ts';
import type { Flow, ResultAnswer, SiteWeek } from './schemas.ts';

const WEEK_DAYS = 7;
/** A price below this, in units of the currency, is rounding. */
const PRICE_LEAST = 0.005;

const round = (value: number) => Math.round(value * 1_000) / 1_000;

/** A placement as it is kept and answered. */
export function resultView(
  prepared: Prepared,
  placed: Placed,
  { digits }: Settled,
  currency: string,
): ResultAnswer {
  const { problem, withoutVolume } = prepared;
  const money = (value: number) => value.toFixed(digits);
  return {
    currency,
    weeks: problem.weeks,
    items: problem.items.length,
    itemsWithoutVolume: [...withoutVolume],
    cost: money(placed.cost),
    bound: money(placed.bound),
    gap: Math.round(placed.gap * 1e6) / 1e6,
    seconds: round(placed.ms / 1000),
    siteWeeks: siteWeeksOf(prepared, placed, money),
    flows: prepared.items.flatMap((item, i) =>
      flowsOf(prepared, placed, { item, own: problem.items[i]!, at: i, money }),
    ),
  };
}

type Money = (value: number) => string;

function siteWeeksOf({ problem, today }: Prepared, placed: Placed, money: Money): SiteWeek[] {
  const shape = shapeOf(problem);
  const usage = noPrices(shape);
  const missing = new Float64Array(shape.weeks * shape.regions);
  for (const [i, item] of problem.items.entries()) {
    addUsage(shape, item, placed.plan[i]!, usage);
    for (const [at, units] of placed.plan[i]!.missing.entries()) missing[at]! += units;
  }
  return problem.sites.flatMap(({ code, room, inbound }, site) =>
    Array.from({ length: shape.weeks }, (_, week): SiteWeek => {
      const at = week * shape.sites + site;
      return {
        site: code,
        week,
        from: formatDay(today + week * WEEK_DAYS),
        roomM3: round(usage.room[at]!),
        roomLimitM3: round(room[week]!),
        roomPrice: money(placed.prices.room[at]!),
        inboundM3: round(usage.inbound[at]!),
        inboundLimitM3: round(inbound[week]!),
        inboundPrice: money(placed.prices.inbound[at]!),
        missingUnits: round(missing[week * shape.regions + (site % shape.regions)]!),
      };
    }),
  );
}

interface ItemPlan {
  readonly item: ItemFacts;
  readonly own: PlacementItem;
  readonly at: number;
  readonly money: Money;
}

/** Purchases and transfers of an item in whole quantities; what is below half of one is none. */
function flowsOf(prepared: Prepared, placed: Placed, plan: ItemPlan): Flow[] {
  const { problem } = prepared;
  const { weeks, sites } = shapeOf(problem);
  const flows: Flows = placed.plan[plan.at]!;
  const found: Flow[] = [];
  for (let week = 0; week < weeks; week += 1) {
    for (let site = 0; site < sites; site += 1) {
      const at = week * sites + site;
      const bought = flowOf(prepared, placed, plan, { week, site, units: flows.arrive[at]! });
      if (bought) found.push(bought);
      for (let from = 0; from < sites && week > 0; from += 1) {
        const units = flows.move[((week - 1) * sites + from) * sites + site]!;
        const moved = flowOf(prepared, placed, plan, { week, site, from, units });
        if (moved) found.push(moved);
      }
    }
  }
  return found;
}

interface Move {
  readonly week: number;
  readonly site: number;
  readonly from?: number;
  readonly units: number;
}

function flowOf(
  { problem, today, suppliers }: Prepared,
  placed: Placed,
  { item, own, at, money }: ItemPlan,
  { week, site, from, units }: Move,
): Flow | undefined {
  // Transfers are rounded down, so that no site is asked for what it does not have.
  const whole = from === undefined ? Math.round(units) : Math.floor(units + 1e-6);
  if (whole < 1) return undefined;
  const arrives = today + week * WEEK_DAYS;
  const leads = from === undefined ? own.leadWeeks : 1;
  return {
    kind: from === undefined ? 'purchase' : 'transfer',
    item: item.sku,
    supplier: from === undefined ? suppliers[at]! : null,
    from: from === undefined ? null : problem.sites[from]!.code,
    to: problem.sites[site]!.code,
    week,
    arrivesFrom: formatDay(arrives),
    orderBy: formatDay(Math.max(today, arrives - leads * WEEK_DAYS)),
    quantity: formatDecimal(BigInt(whole) * 10n ** BigInt(item.scale), item.scale),
    m3: round(whole * own.volume),
    why: whyOf(problem.sites[site]!.code, placed, { week, site }, money, problem.sites.length),
  };
}

/** Why goods come when they come: what docks and room are worth then and later. */
function whyOf(
  code: string,
  { prices }: Placed,
  { week, site }: { readonly week: number; readonly site: number },
  money: Money,
  sites: number,
): string {
  const priceOf = (row: Float64Array, at: number) => row[at * sites + site] ?? 0;
  const dock = priceOf(prices.inbound, week);
  const weeks = prices.inbound.length / sites;
  let [dearest, later] = [dock, week];
  for (let next = week + 1; next < weeks; next += 1) {
    if (priceOf(prices.inbound, next) > dearest + PRICE_LEAST) {
      [dearest, later] = [priceOf(prices.inbound, next), next];
    }
  }
  const room = priceOf(prices.room, week);
  const parts = [
    dock > PRICE_LEAST
      ? `the docks of ${code} are full in week ${week}: a cubic metre more is worth ${money(dock)}`
      : `the docks of ${code} have room in week ${week}`,
  ];
  if (later !== week) {
    parts.push(`in week ${later} it would be worth ${money(dearest)}, so goods come before`);
  }
  if (room > PRICE_LEAST) parts.push(`a cubic metre of room is worth ${money(room)} that week`);
  return `${parts.join('; ')}.`;
}
