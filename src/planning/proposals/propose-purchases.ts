import { formatDay } from '../../network/index.ts';
import { currencyDigits, extendedCost, formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { type Draft, type DraftLine, shown, splitDraft } from './draft.ts';
import {
  type Change,
  explainLine,
  positionAfter,
  sentenceOf,
  toMinor,
  waitingCost,
} from './explain.ts';
import type { SupplierFacts } from './facts.ts';
import { type JointLine, type JointOrder, joinLines } from './joint.ts';
import {
  chooseBreak,
  type LineTerms,
  minorUp,
  priceAt,
  pricedQuantity,
  roundDownToTerms,
  roundToTerms,
  termsOf,
  toUnits,
  unitsUp,
} from './lot-size.ts';
import { nextOrderDay } from './order-day.ts';
import { type Facts, groupBy, type Offer } from './place.ts';
import { neededUnits } from './propose-transfers.ts';
import { smallestLotOf } from './smallest-lot.ts';
import type { Targeted } from './target.ts';

/** Purchases: one draft for each supplier and site, with everything that should go along. */

/** A place that is bought for, with what transfers take from it and bring to it. */
export interface Buyer {
  readonly targeted: Targeted;
  readonly change: Change;
}

interface Wanted {
  readonly targeted: Targeted;
  readonly offer: Offer;
  readonly needed: bigint;
  readonly rounded: bigint;
  readonly quantity: bigint;
  readonly position: number;
  readonly change: Change;
  readonly addedFor: readonly string[];
}

function offerOf({ source }: Targeted): Offer | undefined {
  return source.kind === 'supplier' ? source.offer : undefined;
}

/** Makes the drafts of purchases, in order of supplier and site. */
export function purchaseDrafts(known: Facts, buyers: readonly Buyer[]): Draft[] {
  const bought = buyers.filter(({ targeted }) => offerOf(targeted) && !targeted.place.isQuiet);
  const groups = groupBy(bought, ({ targeted }) => {
    return `${offerOf(targeted)!.supplier.supplierId}/${targeted.place.site.siteId}`;
  });
  return [...groups.values()]
    .sort((a, b) => orderOf(a[0]!) - orderOf(b[0]!))
    .flatMap((group) => jointDraft(known, group) ?? [])
    .flatMap((draft) => splitDraft(draft, LINES_MAX));
}

/** Lines that a purchase order may have. */
const LINES_MAX = 500;

const SITES_MAX = 1_000_000;
function orderOf({ targeted }: Buyer): number {
  return offerOf(targeted)!.supplier.supplierId * SITES_MAX + targeted.place.site.siteId;
}

/** Places that run short of what is sold in lots that do not pay only. */
export function countUnpaying(buyers: readonly Buyer[]): number {
  return buyers.filter(({ targeted, change }) => {
    const pays = smallestLotOf(targeted, offerOf(targeted))?.pays ?? true;
    return !pays && neededUnits(targeted, change) > 0n;
  }).length;
}

/** Policies whose level packs must fit under. */
const UNDER_LEVEL: ReadonlySet<string> = new Set(['base_stock', 'perishable']);

/** What is needed in packs; whoever waits already is served, whatever the level. */
function roundedOf(
  { target }: Targeted,
  needed: bigint,
  waiting: bigint,
  terms: LineTerms,
): bigint {
  if (!UNDER_LEVEL.has(target.policy)) return roundToTerms(needed, terms);
  const [under, least] = [roundDownToTerms(needed, terms), roundToTerms(waiting, terms)];
  return under > least ? under : least;
}

function wantedOf({ targeted, change }: Buyer): Wanted {
  const offer = offerOf(targeted)!;
  const { place, setting, demand } = targeted;
  const { scale, palletUnits } = place.item;
  const terms = termsOf(offer.supply, scale);
  const needed = neededUnits(targeted, change);
  const after = positionAfter(place, change);
  const waiting = -after;
  const isBought = waiting > 0n || smallestLotOf(targeted, offer)?.pays !== false;
  const lot = isBought ? roundedOf(targeted, needed, waiting, terms) : 0n;
  const rounded = pricedQuantity(lot, offer.prices, terms);
  const position = toUnits(after, scale);
  const most = setting.coverDaysMax * demand.meanPerDay - position;
  const quantityMax = most > 0 ? unitsUp(most, scale) : 0n;
  const broken =
    rounded === 0n
      ? 0n
      : chooseBreak({
          quantity: rounded,
          terms,
          prices: offer.prices,
          demandPerDay: demand.meanPerDay,
          holdingRate: setting.holdingRateBasisPoints / 10_000,
          quantityMax,
        });
  const quantity = toPallets(broken, palletUnits, offer.supplier.fillShare, terms, quantityMax);
  const addedFor = [
    ...(broken > rounded ? ['price_break'] : []),
    ...(quantity > broken ? ['pallet'] : []),
  ];
  return { targeted, offer, needed, rounded, quantity, position, change, addedFor };
}

/** The next full pallet where the last one is nearly full anyway and packs allow it. */
function toPallets(
  quantity: bigint,
  palletUnits: number | null,
  fillShare: number,
  terms: { readonly scale: number; readonly multiple: bigint },
  quantityMax: bigint,
): bigint {
  const pallet = palletUnits === null ? 0n : unitsUp(palletUnits, terms.scale);
  if (quantity <= 0n || pallet <= 1n || pallet % terms.multiple !== 0n) return quantity;
  const rest = quantity % pallet;
  const full = quantity - rest + pallet;
  if (rest === 0n || full > quantityMax) return quantity;
  return Number(rest) >= fillShare * Number(pallet) ? full : quantity;
}

/** Other items of the supplier may go along where they are sold at all and have a price. */
function jointLine({ targeted, offer, quantity, position }: Wanted): JointLine {
  const { place, demand, setting } = targeted;
  return {
    itemId: place.item.itemId,
    quantity,
    terms: termsOf(offer.supply, place.item.scale),
    prices: offer.prices,
    position,
    demandPerDay: offer.prices.length > 0 ? demand.meanPerDay : 0,
    coverDaysMax: setting.coverDaysMax,
    volumeMm3: place.item.volumeMm3,
    weightG: place.item.weightG,
  };
}

function jointDraft(known: Facts, group: readonly Buyer[]): Draft | undefined {
  const wanted = group.map(wantedOf);
  if (!wanted.some(({ quantity }) => quantity > 0n)) return undefined;
  const { supplier } = wanted[0]!.offer;
  const digits = currencyDigits(supplier.currency);
  const joint = joinLines(wanted.map(jointLine), {
    minimumValue:
      supplier.minimumOrderValue === null ? null : minorUp(supplier.minimumOrderValue, digits),
    containerVolumeMm3: supplier.containerVolumeMm3,
    containerWeightG: supplier.containerWeightG,
    fillShare: supplier.fillShare,
  });
  const orderDay = nextOrderDay(supplier, known.today);
  const lines = wanted.flatMap((each, i) => {
    const quantity = joint.quantities[i]!;
    return quantity > 0n ? [purchaseLine(known, each, quantity, joint, orderDay)] : [];
  });
  const waiting = wanted.reduce(
    (sum, { targeted, position, quantity }) =>
      quantity > 0n ? sum + toMinor(waitingCost(targeted, position).perDay) : sum,
    0n,
  );
  return {
    kind: 'purchase',
    supplierId: supplier.supplierId,
    fromSiteId: null,
    siteId: wanted[0]!.targeted.place.site.siteId,
    currency: supplier.currency,
    amount: lines.reduce((sum, { amount }) => sum + amount, 0n),
    waitingCost: waiting,
    orderDay,
    expectedDay: Math.max(...lines.map(({ expectedDay }) => expectedDay)),
    why: { ...whyJoint(supplier, joint, digits), waitsForOrderDay: orderDay - known.today },
    summary:
      summaryOf(supplier, wanted[0]!.targeted.place.site.code, joint, lines, digits) +
      (orderDay > known.today ? ` It takes purchase orders on ${formatDay(orderDay)} again.` : ''),
    lines,
  };
}

function whyJoint(supplier: SupplierFacts, joint: JointOrder, digits: number) {
  return {
    minimumOrderValue: supplier.minimumOrderValue,
    value: formatMoney(joint.value, digits),
    volumeMm3: Math.round(joint.volumeMm3),
    weightG: Math.round(joint.weightG),
    containers: joint.containers,
    lastContainerFill: joint.lastFill,
    filledFor: joint.filledFor,
    missed: joint.missed,
    orderDays: supplier.orderDays,
  };
}

const MISSED = {
  minimum_value: 'it stays below the minimum order value',
  container: 'the container is not full',
} as const;

function summaryOf(
  supplier: SupplierFacts,
  site: string,
  joint: JointOrder,
  lines: readonly DraftLine[],
  digits: number,
): string {
  const items = `${lines.length} ${lines.length === 1 ? 'item' : 'items'}`;
  const value = `${formatMoney(joint.value, digits)} ${supplier.currency}`;
  const load =
    joint.containers === null || joint.lastFill === null
      ? ''
      : `; ${joint.containers} containers, the last ${shown(joint.lastFill * 100)} % full`;
  const missed = joint.missed.map((what) => `; ${MISSED[what]}`).join('');
  return `Buy ${items} of ${supplier.code} for ${site}, ${value}${load}${missed}.`;
}

function purchaseLine(
  known: Facts,
  wanted: Wanted,
  quantity: bigint,
  joint: JointOrder,
  orderDay: number,
): DraftLine {
  const { targeted, offer, needed, rounded, change } = wanted;
  const { item } = targeted.place;
  const terms = termsOf(offer.supply, item.scale);
  const unitPrice = priceAt(offer.prices, quantity) ?? null;
  const addedFor = [...wanted.addedFor, ...(quantity > wanted.quantity ? joint.filledFor : [])];
  const rounding = { needed, rounded, quantity, terms, addedFor };
  const reason = rounded === 0n ? 'joint' : 'target';
  const why = explainLine(known, targeted, reason, rounding, change);
  return {
    itemId: item.itemId,
    quantity,
    unitPrice,
    amount: unitPrice === null ? 0n : extendedCost(quantity, item.scale, unitPrice),
    expectedDay: orderDay + Math.ceil(targeted.leadTime.mean),
    why,
    summary: sentenceOf(why, item.sku, formatDecimal(quantity, item.scale), known.currency),
  };
}
