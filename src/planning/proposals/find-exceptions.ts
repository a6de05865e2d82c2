import { formatDay } from '../../network/index.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { StockAction, StockReview } from '../policy/index.ts';
import { LATE_DAYS_ASSUMED, outlookOf, shortfall } from './assess.ts';
import { shown } from './draft.ts';
import { shownMoney, toMinor } from './explain.ts';
import type { IncomingRow, LotRow } from './facts.ts';
import { toUnits } from './lot-size.ts';
import { type Facts, freeUnits, groupBy, shortageCost } from './place.ts';
import { smallestLotOf } from './smallest-lot.ts';
import type { Targeted } from './target.ts';

/** What is wrong or endangered at places, with what it may cost and what to do. */

export const EXCEPTION_KINDS = [
  'stockout',
  'late_supplier',
  'demand_spike',
  'forecast_drift',
  'overstock',
  'expiring_lot',
  'dead_stock',
] as const;
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

export const EXCEPTION_ACTIONS = [
  'expedite',
  'buy',
  'transfer',
  'mark_down',
  'return_to_supplier',
  'cancel_on_order',
  'liquidate',
  'review_forecast',
  'sell_first',
] as const;
export type ExceptionAction = (typeof EXCEPTION_ACTIONS)[number];

/** An exception as a run finds it. */
export interface Found {
  readonly kind: ExceptionKind;
  /** A lot or a purchase order; empty: the item at the site as a whole. */
  readonly subject: string;
  readonly itemId: number;
  readonly siteId: number;
  readonly supplierId: number | null;
  /** House minor units. */
  readonly moneyAtRisk: bigint;
  readonly action: ExceptionAction;
  readonly details: Readonly<Record<string, unknown>>;
  readonly summary: string;
}

/** A place in the light of the others of its item. */
export interface Judged {
  readonly targeted: Targeted;
  readonly review: StockReview | undefined;
  /** Codes of sites that have too much of the item and a lane to here. */
  readonly donors: readonly string[];
}

/** All exceptions of a place. */
export function findExceptions(known: Facts, judged: Judged, lots: readonly LotRow[]): Found[] {
  return [
    ...stockouts(known, judged),
    ...lateSuppliers(known, judged),
    ...spikes(judged),
    ...drifts(judged),
    ...surpluses(known, judged),
    ...(judged.targeted.isForecast ? expiries(known, judged, lots) : []),
  ];
}

type Parts = Omit<Found, 'itemId' | 'siteId' | 'subject' | 'supplierId' | 'moneyAtRisk'> & {
  readonly money: number;
  readonly subject?: string;
  readonly supplierId?: number | null;
};

function found({ targeted }: Judged, parts: Parts): Found {
  const { money, subject = '', supplierId, ...rest } = parts;
  const { place, source } = targeted;
  const usual = source.kind === 'supplier' ? source.offer.supplier.supplierId : null;
  return {
    ...rest,
    subject,
    itemId: place.item.itemId,
    siteId: place.site.siteId,
    supplierId: supplierId === undefined ? usual : supplierId,
    moneyAtRisk: toMinor(money),
  };
}

const at = ({ targeted }: Judged) => `${targeted.place.item.sku} at ${targeted.place.site.code}`;

/** Less than half a unit short, or less than a hundredth of what is asked for, is no news. */
const DAYS_A_YEAR = 365;
const LOST_UNITS_MIN = 0.5;
const LOST_SHARE_MIN = 0.01;

/** Will run out before the next receipt. */
function stockouts(known: Facts, judged: Judged): Found[] {
  const { targeted, donors } = judged;
  if (!(targeted.demand.meanPerDay > 0)) return [];
  const outlook = outlookOf(known, targeted);
  const { free, nextReceiptDay, horizonDays, lost, runsOutIn, lostMargin } = outlook;
  const asked = targeted.demand.meanPerDay * horizonDays;
  if (runsOutIn === undefined || lost < LOST_UNITS_MIN || lost < asked * LOST_SHARE_MIN) return [];
  const action = donors.length > 0 ? 'transfer' : nextReceiptDay === null ? 'buy' : 'expedite';
  const { source } = targeted;
  const lot = source.kind === 'supplier' ? smallestLotOf(targeted, source.offer) : undefined;
  const unpaying =
    action === 'buy' && lot?.pays === false
      ? ` It is not proposed: the smallest lot, ${shown(lot.units)}, lasts ` +
        `${shown(lot.days / DAYS_A_YEAR)} years and costs more to carry than it earns.`
      : '';
  const next =
    nextReceiptDay === null
      ? `nothing is on its way, and what is ordered today takes ${horizonDays} days`
      : `the next receipt is expected on ${formatDay(nextReceiptDay)}`;
  const missed = `about ${shown(lost)} units will be missed.${unpaying}`;
  const when = runsOutIn === 0 ? 'has run out' : `runs out in about ${shown(runsOutIn)} days`;
  return [
    found(judged, {
      kind: 'stockout',
      money: lostMargin,
      action,
      details: {
        free,
        runsOutInDays: runsOutIn,
        nextReceiptOn: nextReceiptDay === null ? null : formatDay(nextReceiptDay),
        horizonDays,
        expectedLostUnits: lost,
        demandPerDay: targeted.demand.meanPerDay,
        transferFrom: donors,
      },
      summary: `${at(judged)} ${when}; ${next}; ${missed}`,
    }),
  ];
}

/** Purchase orders whose date has passed. */
function lateSuppliers(known: Facts, judged: Judged): Found[] {
  const { targeted } = judged;
  const { place, demand, setting } = targeted;
  const late = place.incoming.filter(
    (row) => row.supplierId !== null && row.day !== null && row.day < known.today,
  );
  const waited = demand.overDays(LATE_DAYS_ASSUMED);
  const free = freeUnits(place);
  const lost = free > 0 ? shortfall(waited, free) : waited.mean;
  const perUnit = shortageCost(place, setting.shortageCostBasisPoints);
  return [...groupBy(late, ({ documentNumber }) => documentNumber)].map(([number, rows]) => {
    const [first] = rows as [IncomingRow];
    const quantity = rows.reduce((sum, row) => sum + row.quantity, 0n);
    const units = toUnits(quantity, place.item.scale);
    const daysLate = known.today - first.day!;
    // What is late can be missed at most once.
    const missed = Math.min(lost, units);
    return found(judged, {
      kind: 'late_supplier',
      subject: number,
      supplierId: first.supplierId,
      money: missed * perUnit,
      action: 'expedite',
      details: {
        purchaseOrder: number,
        quantity: formatDecimal(quantity, place.item.scale),
        expectedOn: formatDay(first.day!),
        daysLate,
        expectedLostUnitsAWeek: missed,
      },
      summary:
        `${formatDecimal(quantity, place.item.scale)} of ${at(judged)} on ${number} are ` +
        `${daysLate} days late; another week without them misses about ${shown(missed)} units.`,
    });
  });
}

const SPIKE_DEVIATIONS = 3;
const SPIKE_RATIO = 1.5;
const SPIKE_UNITS_MIN = 5;

/** A last week far above the weeks before. */
function spikes(judged: Judged): Found[] {
  const { place, setting, target } = judged.targeted;
  const past = place.past;
  if (!past || past.lastWeek < SPIKE_UNITS_MIN) return [];
  const usual = past.weekMean + SPIKE_DEVIATIONS * past.weekDeviation;
  if (past.lastWeek <= usual || past.lastWeek <= past.weekMean * SPIKE_RATIO) return [];
  const weeks = target.explanation.protectionDays / 7;
  const extra = past.lastWeek - past.weekMean;
  return [
    found(judged, {
      kind: 'demand_spike',
      money: extra * weeks * shortageCost(place, setting.shortageCostBasisPoints),
      action: 'review_forecast',
      details: {
        lastWeek: past.lastWeek,
        weekMean: past.weekMean,
        weekDeviation: past.weekDeviation,
        weeksAtRisk: weeks,
      },
      summary:
        `${shown(past.lastWeek)} of ${at(judged)} were asked for last week, where ` +
        `${shown(past.weekMean)} are usual; if it stays so, the forecast is too low.`,
    }),
  ];
}

/** A forecast whose errors have moved away from what they were. */
function drifts(judged: Judged): Found[] {
  const { place, target, demand } = judged.targeted;
  if (!place.forecast?.isDrifting) return [];
  const deviation = target.explanation.protectionDemandDeviation;
  return [
    found(judged, {
      kind: 'forecast_drift',
      money: deviation * place.unitCost,
      action: 'review_forecast',
      details: {
        method: place.forecast.method,
        origin: place.forecast.origin,
        demandPerDay: demand.meanPerDay,
        marks: place.forecast.marks,
      },
      summary:
        `The forecast of ${at(judged)} (${place.forecast.method}) has drifted: its errors are ` +
        `no longer what they were.`,
    }),
  ];
}

const ACTIONS: Readonly<Partial<Record<StockAction, ExceptionAction>>> = {
  transfer: 'transfer',
  mark_down: 'mark_down',
  return_to_supplier: 'return_to_supplier',
  liquidate: 'liquidate',
  cancel_on_order: 'cancel_on_order',
};

function bestAction(review: StockReview, fallback: ExceptionAction): ExceptionAction {
  return review.actions.map(({ action }) => ACTIONS[action]).find(Boolean) ?? fallback;
}

/** Too much, and what nobody asks for any more. */
function surpluses(known: Facts, judged: Judged): Found[] {
  const { review, targeted } = judged;
  const isDead = review?.condition === 'dead';
  if (!review || (!isDead && review.condition !== 'overstock') || review.surplus <= 0) return [];
  const { place } = targeted;
  const onHand = formatDecimal(place.onHand, place.item.scale);
  const quiet = place.past?.lastDemandDay ?? null;
  const since = quiet === null ? 'as far as is known' : `for ${known.today - quiet} days`;
  const surplus = shown(review.surplus);
  return [
    found(judged, {
      kind: isDead ? 'dead_stock' : 'overstock',
      money: review.moneyAtStake,
      action: bestAction(review, isDead ? 'liquidate' : 'mark_down'),
      details: {
        onHand,
        surplus: review.surplus,
        coverDays: Number.isFinite(review.coverDays) ? review.coverDays : null,
        ageing: review.ageing.map(({ value, ...layer }) => ({
          ...layer,
          value: shownMoney(value, known.currency),
        })),
        actions: review.actions.map(({ gain, ...action }) => ({
          ...action,
          gain: shownMoney(gain, known.currency),
        })),
      },
      summary: isDead
        ? `Nobody has asked for ${at(judged)} ${since}; ${onHand} lie there.`
        : `${held(judged, onHand)} of ${at(judged)} ${coverText(review.coverDays)}; ` +
          `${surplus} are too many.`,
    }),
  ];
}

/** What lies there, and what is on its way to it. */
function held({ targeted: { place } }: Judged, onHand: string): string {
  const coming = place.onOrder + place.inTransit;
  if (coming <= 0n) return onHand;
  return `${onHand}, and ${formatDecimal(coming, place.item.scale)} on the way,`;
}

function coverText(days: number): string {
  return Number.isFinite(days) ? `last ${shown(days)} days` : 'will hardly be asked for';
}

/** Lots that expire before expected demand has used them, first expired first out. */
function expiries(known: Facts, judged: Judged, lots: readonly LotRow[]): Found[] {
  const { targeted, review } = judged;
  const { place, demand } = targeted;
  let before = 0;
  return lots.flatMap((lot): Found[] => {
    if (lot.expiresOn === null) return [];
    const units = toUnits(lot.quantity, place.item.scale);
    const days = Math.max(0, lot.expiresOn - known.today);
    const used = days > 0 ? demand.overDays(Math.min(days, EXPIRY_DAYS_MAX)).mean : 0;
    const wasted = Math.min(units, Math.max(0, before + units - used));
    before += units - wasted;
    if (wasted < LOST_UNITS_MIN || days > EXPIRY_DAYS_MAX) return [];
    const when = days === 0 ? 'has expired' : `expires in ${days} days`;
    return [
      found(judged, {
        kind: 'expiring_lot',
        subject: lot.lot,
        money: wasted * place.unitCost,
        action: review ? bestAction(review, 'sell_first') : 'sell_first',
        details: {
          lot: lot.lot,
          expiresOn: formatDay(lot.expiresOn),
          quantity: formatDecimal(lot.quantity, place.item.scale),
          expectedLeft: wasted,
          demandUntilThen: used,
        },
        summary:
          `Lot ${lot.lot} of ${at(judged)} ${when}; of ${shown(units)} units about ` +
          `${shown(wasted)} will be left.`,
      }),
    ];
  });
}

const EXPIRY_DAYS_MAX = 365;
