import { extendedCost } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { quantityToOrder, type StockReview } from '../policy/index.ts';
import { type Draft, type DraftLine, shown, splitDraft } from './draft.ts';
import {
  type Change,
  explainLine,
  NO_CHANGE,
  positionAfter,
  type Rounding,
  sentenceOf,
  toMinor,
  waitingCost,
} from './explain.ts';
import type { LaneRow } from './facts.ts';
import { termsOf, toUnits, unitsUp } from './lot-size.ts';
import { type Facts, freeUnits, groupBy, minorUnits, placeKey } from './place.ts';
import type { Targeted } from './target.ts';

/**
 * Transfers between sites: from the site that an item is refilled from, and from where there is
 * too much of it. What the source cannot give now it has to buy: it counts as its own need.
 */

/** What places need after transfers. */
export interface Needs {
  /** Of each place that is bought for: what is taken from it on top of its own demand. */
  readonly taken: ReadonlyMap<string, bigint>;
  /** Of each place that is bought for: what surplus elsewhere brings. */
  readonly brought: ReadonlyMap<string, bigint>;
  readonly transfers: readonly Move[];
}

/** Units of an item from one site to another. */
export interface Move {
  readonly from: Targeted;
  readonly to: Targeted;
  readonly quantity: bigint;
  readonly needed: bigint;
  /** What other transfers of the run do to the position of `to`. */
  readonly change: Change;
  readonly reason: 'target' | 'surplus';
}

/**
 * What a place needs with its position changed by `change`; at the item's scale. What customers
 * wait for already is needed even of an item that nobody is expected to ask for.
 */
export function neededUnits(targeted: Targeted, change: Change): bigint {
  const { place, target } = targeted;
  const { scale } = place.item;
  if (place.isQuiet) return 0n;
  const position = positionAfter(place, change);
  const needed = unitsUp(quantityToOrder(target, toUnits(position, scale)), scale);
  return needed < -position ? -position : needed;
}

const DEPTH_MAX = 8;

/** How many sites lie between a place and its supplier. */
function depthOf(targeted: Targeted, byKey: ReadonlyMap<string, Targeted>): number {
  let depth = 0;
  let at: Targeted | undefined = targeted;
  while (at && at.source.kind === 'site' && depth < DEPTH_MAX) {
    at = byKey.get(placeKey(at.place.item.itemId, at.source.siteId, at.place.ownerId));
    depth += 1;
  }
  return depth;
}

/**
 * Finds the transfers of one item. Places far from the supplier go first, so that a site knows
 * what it has to pass on before it is asked what it needs itself. Where a source has too little,
 * all get the same share of what they need.
 */
export function movesOfItem(
  targeted: readonly Targeted[],
  reviews: ReadonlyMap<string, StockReview>,
  lanes: ReadonlyMap<string, LaneRow>,
  currency: string,
): Needs {
  const byKey = new Map(targeted.map((each) => [each.place.key, each]));
  const taken = new Map<string, bigint>();
  const brought = new Map<string, bigint>();
  const transfers: Move[] = [];
  const add = (map: Map<string, bigint>, key: string, units: bigint) =>
    map.set(key, (map.get(key) ?? 0n) + units);
  const changeOf = (key: string) => ({ ...NO_CHANGE, toPassOn: taken.get(key) ?? 0n });
  const fed = targeted.filter(({ source }) => source.kind === 'site');
  const byDepth = groupBy(fed, (each) => depthOf(each, byKey));
  for (const depth of [...byDepth.keys()].sort((a, b) => b - a)) {
    const bySource = groupBy(byDepth.get(depth) ?? [], ({ source, place }) =>
      source.kind === 'site' ? placeKey(place.item.itemId, source.siteId, place.ownerId) : '',
    );
    for (const [sourceKey, asking] of bySource) {
      const from = byKey.get(sourceKey);
      const changes = asking.map(({ place }) => changeOf(place.key));
      const needs = asking.map((to, i) => neededUnits(to, changes[i]!));
      if (from) {
        const granted = share(needs, spare(from));
        asking.forEach((to, i) => {
          const quantity = granted[i]!;
          if (quantity <= 0n) return;
          const [needed, change] = [needs[i]!, changes[i]!];
          transfers.push({ from, to, quantity, needed, change, reason: 'target' });
        });
      }
      add(
        taken,
        sourceKey,
        needs.reduce((sum, need) => sum + need, 0n),
      );
    }
  }
  for (const move of surplusMoves(targeted, taken, reviews, lanes, currency)) {
    transfers.push(move);
    add(brought, move.to.place.key, move.quantity);
  }
  return { taken, brought, transfers };
}

/** What a source can give: what is free, less its own expected demand until its next review. */
function spare(from: Targeted): bigint {
  const { place, reviewDays, serves } = from;
  const own = place.forecast?.weekMeans[0] ?? 0;
  const kept = serves.length > 0 && own > 0 ? (own / 7) * Math.min(reviewDays, 7) : 0;
  const units = freeUnits(place) - kept;
  return units > 0 ? BigInt(Math.floor(units * 10 ** place.item.scale)) : 0n;
}

/** Grants all needs, or to each the same share of it, rounded down. */
export function share(needs: readonly bigint[], available: bigint): bigint[] {
  const total = needs.reduce((sum, need) => sum + need, 0n);
  if (total <= available) return [...needs];
  return needs.map((need) => (total > 0n ? (need * available) / total : 0n));
}

/**
 * Surplus to places that would have to buy; the largest surplus first. What is worth less than a
 * line of a transfer costs stays where it is.
 */
function surplusMoves(
  targeted: readonly Targeted[],
  taken: ReadonlyMap<string, bigint>,
  reviews: ReadonlyMap<string, StockReview>,
  lanes: ReadonlyMap<string, LaneRow>,
  currency: string,
): Move[] {
  const donors = targeted
    .map((from) => {
      const scale = from.place.item.scale;
      const free = Math.max(0, freeUnits(from.place));
      const units = Math.min(reviews.get(from.place.key)?.surplus ?? 0, free);
      const left = BigInt(Math.floor(units * 10 ** scale)) - (taken.get(from.place.key) ?? 0n);
      return { from, left };
    })
    .filter(({ left }) => left > 0n)
    .sort((a, b) => (a.left > b.left ? -1 : a.left < b.left ? 1 : 0));
  if (donors.length === 0) return [];
  return targeted.flatMap((to): Move[] => {
    if (to.source.kind === 'site') return [];
    const toPassOn = taken.get(to.place.key) ?? 0n;
    let open = neededUnits(to, { ...NO_CHANGE, toPassOn });
    let fromSurplus = 0n;
    return donors.flatMap((donor): Move[] => {
      const lane = lanes.get(`${donor.from.place.site.siteId}/${to.place.site.siteId}`);
      if (open <= 0n || donor.left <= 0n || donor.from === to || !lane) return [];
      const quantity = donor.left < open ? donor.left : open;
      const { item, unitCost } = donor.from.place;
      const worth = toUnits(quantity, item.scale) * unitCost;
      if (worth < minorUnits(to.setting.orderCost, currency)) return [];
      const [needed, change] = [open, { toPassOn, fromSurplus }];
      donor.left -= quantity;
      open -= quantity;
      fromSurplus += quantity;
      return [{ from: donor.from, to, quantity, needed, change, reason: 'surplus' }];
    });
  });
}

const HOURS_A_DAY = 24;
const HANDLING_DAYS = 1;
const TRANSIT_DAYS_ASSUMED = 3;
const UNIT_COST_FACTOR = 10_000;
/** Lines that a transfer order may have. */
const LINES_MAX = 1_000;

/** One draft for each pair of sites. */
export function transferDrafts(
  known: Facts,
  moves: readonly Move[],
  lanes: ReadonlyMap<string, LaneRow>,
): Draft[] {
  const pairOf = ({ from, to }: Move) => `${from.place.site.siteId}/${to.place.site.siteId}`;
  return [...groupBy(moves, pairOf)].flatMap(([pair, own]): Draft[] => {
    const { from, to } = own[0]!;
    const lane = lanes.get(pair);
    const transit = lane
      ? Math.ceil(lane.transitHoursTypical / HOURS_A_DAY) + HANDLING_DAYS
      : TRANSIT_DAYS_ASSUMED;
    const expectedDay = known.today + transit;
    const lines = own.map((move) => transferLine(known, move, expectedDay));
    const amount = lines.reduce((sum, line) => sum + line.amount, 0n);
    const waiting = own.reduce((sum, { to, change }) => {
      const position = toUnits(positionAfter(to.place, change), to.place.item.scale);
      return sum + toMinor(waitingCost(to, position).perDay);
    }, 0n);
    const surplus = own.filter(({ reason }) => reason === 'surplus').length;
    const items = `${lines.length} ${lines.length === 1 ? 'item' : 'items'}`;
    const draft: Draft = {
      kind: 'transfer',
      supplierId: null,
      fromSiteId: from.place.site.siteId,
      siteId: to.place.site.siteId,
      currency: known.currency,
      amount,
      waitingCost: waiting,
      orderDay: known.today,
      expectedDay,
      why: { transitDays: transit, laneKnown: lane !== undefined, surplusLines: surplus },
      summary:
        `Move ${items} from ${from.place.site.code} to ${to.place.site.code}` +
        `${surplus > 0 ? `, ${surplus} of them from surplus` : ''}; on the way ` +
        `${shown(transit)} days.`,
      lines,
    };
    return splitDraft(draft, LINES_MAX);
  });
}

function transferLine(known: Facts, move: Move, expectedDay: number): DraftLine {
  const { from, to, quantity, needed, reason, change } = move;
  const { item } = to.place;
  const terms = termsOf(undefined, item.scale);
  const rounding: Rounding = { needed, rounded: quantity, quantity, terms, addedFor: [] };
  const why = explainLine(known, to, reason, rounding, change);
  const unitPrice = BigInt(Math.round(from.place.unitCost * UNIT_COST_FACTOR));
  return {
    itemId: item.itemId,
    quantity,
    unitPrice,
    amount: extendedCost(quantity, item.scale, unitPrice),
    expectedDay,
    why,
    summary: sentenceOf(why, item.sku, formatDecimal(quantity, item.scale), known.currency),
  };
}
