import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { exceeds } from './assess.ts';
import { type Draft, type LineWhy, type RestsOn, shown } from './draft.ts';
import type { LineTerms } from './lot-size.ts';
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

/** The figures of an inventory position as decimal strings. */
export function showPosition(place: Place): LineWhy['position'] {
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
    position: show(place.position),
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

/** What service is left where the level that service takes is more than the cover allows. */
function serviceHeldOf({ target, setting }: Targeted): number | null {
  if (!target.explanation.limits.includes('cover_level')) return null;
  return setting.serviceMeasure === 'fill_rate' ? target.fillRate : target.cycleService;
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
  position: number,
): LineWhy {
  const { place, target, demand, leadTime, setting, serves } = targeted;
  const { explanation } = target;
  const show = (units: bigint) => formatDecimal(units, place.item.scale);
  const waiting = waitingCost(targeted, position);
  return {
    reason,
    policy: target.policy,
    forecast: {
      method: place.forecast?.method ?? null,
      origin: place.forecast?.origin ?? null,
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
      protectionDays: explanation.protectionDays,
      protectionDemand: explanation.protectionDemandMean,
      reason: explanation.reason,
    },
    position: showPosition(place),
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

/** The same in one sentence. */
export function sentenceOf(why: LineWhy, item: string, quantity: string, currency: string): string {
  const { forecast, leadTime, target, position, rounding, waiting } = why;
  const percent = (share: number) => `${shown(share * 100)} %`;
  const days = `${shown(leadTime.meanDays)} + ${leadTime.reviewDays} days`;
  const added =
    rounding.addedFor.length > 0
      ? `, raised from ${rounding.rounded} for ` +
        rounding.addedFor.map((word) => WORDS[word] ?? word).join(' and ')
      : '';
  const rests = restsOnText(forecast.largeOverrides);
  const held = target.serviceHeld;
  const takes =
    held === null
      ? 'takes'
      : `would take more than the cover allowed, and ${percent(held)} is left with`;
  const isShort = Number(rounding.rounded) < Number(rounding.needed);
  const from =
    rounding.needed === rounding.rounded
      ? ''
      : isShort
        ? `, and ${rounding.needed} would be needed`
        : `, rounded from ${rounding.needed} to packs`;
  return (
    `${quantity} of ${item}: demand is ${shown(forecast.perDay)} a day; over lead time and ` +
    `review (${days}) ${percent(target.serviceTarget)} ` +
    `${target.serviceMeasure === 'fill_rate' ? 'fill rate' : 'cycle service'} ` +
    `${takes} ${levelOf(why)}; the position is ${position.position} ` +
    `(${partsOf(position)})${from}${added}; waiting costs about ` +
    `${waiting.costPerDay} ${currency} a day${rests === '' ? '' : `; it ${rests}`}.`
  );
}
