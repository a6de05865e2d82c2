import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { exceeds } from './assess.ts';
import { type Draft, type EchelonsWhy, type LineWhy, type RestsOn, shown } from './draft.ts';
import { oldestOf } from './freshness.ts';
import { type LineTerms, toUnits } from './lot-size.ts';
import { type Facts, type Place, shortageCost } from './place.ts';
import type { Targeted } from './target.ts';

/** Why a line proposes what it proposes, as figures and as a sentence. */

/** What the quantity of a line went through. */
export interface Rounding {
  readonly needed: bigint;
  readonly rounded: bigint;
  readonly quantity: bigint;
  readonly terms: LineTerms;
  readonly addedFor: readonly string[];
}

/** What the transfers of the same run do to a position, at the item's scale. */
export interface Change {
  /** What the sites that it refills ask for. */
  readonly toPassOn: bigint;
  /** What surplus elsewhere brings. */
  readonly fromSurplus: bigint;
}

export const NO_CHANGE: Change = { toPassOn: 0n, fromSurplus: 0n };

/** A position after the transfers of the run, at the item's scale. */
export function positionAfter(place: Place, { toPassOn, fromSurplus }: Change): bigint {
  return place.position - toPassOn + fromSurplus;
}

/** The figures of an inventory position as decimal strings; the parts sum to it. */
function showPosition(place: Place, change: Change): LineWhy['position'] {
  const { scale } = place.item;
  const show = (units: bigint) => formatDecimal(units, scale);
  return {
    onHand: show(place.onHand),
    reserved: show(place.reserved),
    backordered: show(place.backordered),
    outgoing: show(place.outgoing),
    onOrder: show(place.onOrder),
    inTransit: show(place.inTransit),
    inProposals: show(place.inProposals),
    toPassOn: show(change.toPassOn),
    fromSurplus: show(change.fromSurplus),
    position: show(positionAfter(place, change)),
  };
}

/** What waiting another day is expected to cost, in house minor units a day. */
export function waitingCost(
  targeted: Targeted,
  position: number,
): { readonly probability: number; readonly perDay: number } {
  const { demand, leadTime, setting, place } = targeted;
  const days = Math.max(1, Math.ceil(leadTime.mean) + 1);
  const probability = exceeds(demand.overDays(days), position);
  const perUnit = shortageCost(place, setting.shortageCostBasisPoints);
  return { probability, perDay: probability * demand.meanPerDay * perUnit };
}

/** Minor units, rounded, of a float that stood for them; what is no number is nothing. */
export function toMinor(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  return BigInt(Math.round(Math.min(Math.max(value, 0), Number.MAX_SAFE_INTEGER)));
}

/** House minor units as a decimal, for figures that people read. */
export function shownMoney(value: number, currency: string): string {
  const minor = value < 0 ? -toMinor(-value) : toMinor(value);
  return formatMoney(minor, currencyDigits(currency));
}

/** What service is left where cover or shelf life allow less than the level that it takes. */
function serviceHeldOf({ target, setting }: Targeted): number | null {
  const { limits } = target.explanation;
  if (setting.serviceMeasure === 'least_cost') return null;
  const left = setting.serviceMeasure === 'fill_rate' ? target.fillRate : target.cycleService;
  if (limits.includes('cover_level')) return left;
  const isShort = left < setting.serviceTargetBasisPoints / 10_000;
  return limits.includes('shelf_life') && isShort ? left : null;
}

/** How central and regional stock were planned together. */
export function showEchelons({ central, refilledBy }: Targeted): EchelonsWhy {
  return {
    central: central && {
      ...{ model: central.model, reason: central.reason },
      ...{ promisedDays: central.promisedDays, refills: central.refills },
    },
    refilledBy: refilledBy && {
      ...{ site: refilledBy.site, model: refilledBy.model },
      ...{ waitShare: refilledBy.wait.share, waitDays: refilledBy.wait.days },
    },
  };
}

/** Overrides many times the forecast on days that the target protects. */
function largeOverridesOf({ place, serves, target }: Targeted, today: number): RestsOn[] {
  const through = today + Math.ceil(target.explanation.protectionDays);
  const all = [place, ...serves].flatMap(({ forecast }) => forecast?.largeOverrides ?? []);
  const found = new Map(
    all
      .filter(({ fromDay }) => fromDay <= through)
      .map(({ number, timesForecast }) => [number, { number, timesForecast }]),
  );
  return [...found.values()].sort((a, b) => (a.number < b.number ? -1 : 1));
}

/** What an approver must know of overrides many times the forecast; nothing where there is none. */
function restsOnText(overrides: readonly RestsOn[]): string {
  const texts = overrides.map(({ number, timesForecast }) =>
    timesForecast === null
      ? `override ${number} where nothing was forecast`
      : `override ${number} of ${shown(timesForecast)} times the forecast`,
  );
  return texts.length === 0 ? '' : `rests on ${texts.join(' and ')}`;
}

/** A draft whose summary and figures say on which overrides many times the forecast it rests. */
export function flagLarge(draft: Draft): Draft {
  const all = draft.lines.flatMap(({ why }) => why.forecast.largeOverrides);
  if (all.length === 0) return draft;
  const largeOverrides = [...new Map(all.map((one) => [one.number, one])).values()];
  const summary = `${draft.summary} Mind: it ${restsOnText(largeOverrides)}.`;
  return { ...draft, summary, why: { ...draft.why, largeOverrides } };
}

/** The figures behind a line. */
export function explainLine(
  known: Facts,
  targeted: Targeted,
  reason: LineWhy['reason'],
  rounding: Rounding,
  change: Change,
): LineWhy {
  const { place, target, demand, leadTime, setting, serves } = targeted;
  const { explanation } = target;
  const show = (units: bigint) => formatDecimal(units, place.item.scale);
  const position = toUnits(positionAfter(place, change), place.item.scale);
  const waiting = waitingCost(targeted, position);
  return {
    reason,
    policy: target.policy,
    classes: { abc: targeted.abcClass, xyz: targeted.xyzClass },
    forecast: {
      method: place.forecast?.method ?? null,
      ...oldestOf(
        [place, ...serves].map(({ forecast }) => forecast),
        known.today,
      ),
      demandClass: place.forecast?.demandClass ?? null,
      perDay: demand.meanPerDay,
      servesSites: serves.map(({ site }) => site.code),
      largeOverrides: largeOverridesOf(targeted, known.today),
    },
    leadTime: {
      meanDays: leadTime.mean,
      deviationDays: leadTime.deviation,
      receipts: targeted.receipts,
      reviewDays: targeted.reviewDays,
    },
    target: {
      reorderPoint: target.reorderPoint,
      orderUpTo: target.orderUpTo,
      safetyStock: target.safetyStock,
      quantile: explanation.quantile,
      serviceMeasure: setting.serviceMeasure,
      serviceTarget: setting.serviceTargetBasisPoints / 10_000,
      serviceHeld: serviceHeldOf(targeted),
      limits: explanation.limits,
      serviceFrom: setting.serviceFrom,
      protectionDays: explanation.protectionDays,
      protectionDemand: explanation.protectionDemandMean,
      reason: explanation.reason,
    },
    echelons: showEchelons(targeted),
    position: showPosition(place, change),
    rounding: {
      needed: show(rounding.needed),
      rounded: show(rounding.rounded),
      added: show(rounding.quantity - rounding.rounded),
      multiple: show(rounding.terms.multiple),
      minimum: show(rounding.terms.minimum),
      addedFor: rounding.addedFor,
    },
    waiting: {
      probability: waiting.probability,
      costPerDay: shownMoney(waiting.perDay, known.currency),
    },
  };
}

const WORDS: Readonly<Record<string, string>> = {
  price_break: 'a price break',
  minimum_value: 'the minimum order value',
  container: 'a full container',
  pallet: 'full pallets',
};

const PARTS = [
  ['reserved', 'reserved'],
  ['backordered', 'waited for'],
  ['outgoing', 'leaving'],
  ['onOrder', 'on order'],
  ['inTransit', 'in transit'],
  ['inProposals', 'in edited proposals'],
  ['toPassOn', 'to pass on'],
  ['fromSurplus', 'from surplus elsewhere'],
] as const;

/** What a position consists of; on hand, and what is not zero. */
function partsOf(position: LineWhy['position']): string {
  const parts = PARTS.filter(([name]) => Number(position[name]) !== 0);
  const shownParts = parts.map(([name, words]) => `${position[name]} ${words}`);
  return [`${position.onHand} on hand`, ...shownParts].join(', ');
}

/**
 * The level that service takes, with its quantile and safety stock. Where the policy has two,
 * those are the reorder point's, and what is bought lifts the position above it.
 */
function levelOf({ policy, target }: LineWhy): string {
  const { reorderPoint, orderUpTo, quantile, safetyStock } = target;
  const stated = `(${shown(quantile * 100)} % quantile, safety stock ${shown(safetyStock)})`;
  if (policy === 'r_Q') {
    const lot = shown(orderUpTo - reorderPoint);
    return `a reorder point of ${shown(reorderPoint)} ${stated}, bought ${lot} at a time`;
  }
  if (policy === 's_S') {
    const filled = `filled up to ${shown(orderUpTo)}`;
    return `a reorder point of ${shown(reorderPoint)} ${stated}, ${filled}`;
  }
  return `${shown(orderUpTo)} ${stated}`;
}

const MODELS: Readonly<Record<string, string>> = {
  guaranteed_service: 'guaranteed service',
  serial_stochastic: 'the serial model',
};

/** How the wait for a central site, and stock for others, come into it. */
function echelonWords({ central, refilledBy }: EchelonsWhy): string {
  const model = (name: string) => MODELS[name] ?? name;
  const promise = (days: number) => (days > 0 ? `within ${shown(days)} days` : 'from its shelf');
  const refills =
    central === null
      ? ''
      : `; it refills ${central.refills.join(', ')} ${promise(central.promisedDays)} ` +
        `(${model(central.model)})`;
  const waits =
    refilledBy === null || refilledBy.waitShare < 0.0005
      ? ''
      : `; ${shown(refilledBy.waitShare * 100)} % waits ${shown(refilledBy.waitDays)} days more ` +
        `because ${refilledBy.site} runs out at times (${model(refilledBy.model)})`;
  return waits + refills;
}

/** What decides the level: the service, or the cost of the whole chain. */
function aimOf({ target, echelons }: LineWhy): string {
  if (echelons.central?.model === 'serial_stochastic') {
    return `what costs least together with ${echelons.central.refills.join(', ')} takes`;
  }
  if (target.serviceMeasure === 'least_cost') return 'what costs least takes';
  const measure = target.serviceMeasure === 'fill_rate' ? 'fill rate' : 'cycle service';
  const aim = `${shown(target.serviceTarget * 100)} % ${measure}`;
  if (target.serviceHeld === null) return `${aim} takes`;
  const held = `${shown(target.serviceHeld * 100)} % is left with`;
  const most = target.limits.includes('cover_level') ? 'the cover allowed' : 'sells in time';
  return `${aim} would take more than ${most}, and ${held}`;
}

/** How old the forecast is, where that is too long ago to be passed over. */
function ageText({ origin, ageDays, isStale }: LineWhy['forecast']): string {
  return isStale ? ` (the forecast is ${ageDays} days old, of demand through ${origin})` : '';
}

/** The same in one sentence. */
export function sentenceOf(why: LineWhy, item: string, quantity: string, currency: string): string {
  const { forecast, leadTime, position, rounding, waiting } = why;
  const days = `${shown(leadTime.meanDays)} + ${leadTime.reviewDays} days`;
  const added =
    rounding.addedFor.length > 0
      ? `, raised from ${rounding.rounded} for ` +
        rounding.addedFor.map((word) => WORDS[word] ?? word).join(' and ')
      : '';
  const rests = restsOnText(forecast.largeOverrides);
  const isShort = Number(rounding.rounded) < Number(rounding.needed);
  const from =
    rounding.needed === rounding.rounded
      ? ''
      : isShort
        ? `, and ${rounding.needed} would be needed`
        : `, rounded from ${rounding.needed} to packs`;
  return (
    `${quantity} of ${item}: demand is ${shown(forecast.perDay)} a day${ageText(forecast)}; over ` +
    `lead time and review (${days}) ${aimOf(why)} ${levelOf(why)}; the position is ` +
    `${position.position} (${partsOf(position)})${from}${added}` +
    `${echelonWords(why.echelons)}; waiting costs about ` +
    `${waiting.costPerDay} ${currency} a day${rests === '' ? '' : `; it ${rests}`}.`
  );
}
