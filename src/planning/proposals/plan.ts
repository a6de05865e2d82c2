import type { StockReview } from '../policy/index.ts';
import { reviewItem } from './assess.ts';
import type { Draft } from './draft.ts';
import { type Change, flagLarge, positionAfter } from './explain.ts';
import { type Found, findExceptions } from './find-exceptions.ts';
import { type Facts, groupBy } from './place.ts';
import { type Buyer, countUnpaying, purchaseDrafts } from './propose-purchases.ts';
import { type Move, movesOfItem, transferDrafts } from './propose-transfers.ts';
import { type Targeted, targetMaker } from './target.ts';

/** A whole run over facts: pure, so that the same facts give the same plan. */
export interface Plan {
  /** Places with a forecast, or that refill places with one. */
  readonly targeted: readonly Targeted[];
  /** Places that were passed over but for what customers wait for: they have no forecast. */
  readonly withoutForecast: number;
  readonly drafts: readonly Draft[];
  readonly found: readonly Found[];
  /** Places of the house that need goods and have nowhere to get them from. */
  readonly withoutSupplier: number;
  /** Places that are short of what can only be bought in lots that do not pay. */
  readonly lotsTooLarge: number;
}

/** Called now and then, so that others get their turn and people see how far it is. */
export type Pause = (phase: 'targets' | 'proposals', done: number, total: number) => Promise<void>;

/** A target takes some milliseconds; others wait no longer than for a few of them. */
const PLACES_A_TURN = 5;

/** Makes targets, proposals and exceptions of facts. */
export async function makePlan(known: Facts, pause: Pause): Promise<Plan> {
  const maker = targetMaker(known);
  const targeted: Targeted[] = [];
  for (let index = 0; index < maker.count; index += 1) {
    if (index % PLACES_A_TURN === 0) await pause('targets', index, maker.count);
    const made = maker.make(index);
    if (made) targeted.push(made);
  }
  const house = targeted.filter(({ place }) => place.ownerId === known.houseId);
  const lanes = new Map(known.lanes.map((row) => [`${row.fromSiteId}/${row.toSiteId}`, row]));
  const laneKeys = new Set(lanes.keys());
  const lots = groupBy(known.lots, (row) => `${row.itemId}/${row.siteId}`);
  const moves: Move[] = [];
  const buyers: Buyer[] = [];
  const found: Found[] = [];
  const byItem = [...groupBy(house, ({ place }) => place.item.itemId).values()];
  for (const [index, own] of byItem.entries()) {
    if (index % PLACES_A_TURN === 0) await pause('proposals', index, byItem.length);
    const reviews = reviewItem(known, own, laneKeys);
    const needs = movesOfItem(own, reviews, lanes, known.currency);
    moves.push(...needs.transfers);
    for (const each of own) {
      const { key } = each.place;
      const change = {
        toPassOn: needs.taken.get(key) ?? 0n,
        fromSurplus: needs.brought.get(key) ?? 0n,
      };
      buyers.push({ targeted: each, change });
      const donors = donorsOf(each, own, reviews, laneKeys);
      const judged = { targeted: each, review: reviews.get(key), donors };
      const { itemId } = each.place.item;
      const ownLots = lots.get(`${itemId}/${each.place.site.siteId}`) ?? [];
      found.push(...findExceptions(known, judged, ownLots));
    }
  }
  const transfers = transferDrafts(known, moves, lanes);
  const drafts = [...transfers, ...purchaseDrafts(known, buyers)].map(flagLarge);
  const withoutSupplier = buyers.filter(
    ({ targeted, change }) => targeted.source.kind === 'none' && isShort(targeted, change),
  ).length;
  const forecast = targeted.filter(({ isForecast }) => isForecast);
  const withoutForecast = targeted.length - forecast.length;
  const lotsTooLarge = countUnpaying(buyers);
  return { targeted: forecast, withoutForecast, drafts, found, withoutSupplier, lotsTooLarge };
}

function isShort({ place, target }: Targeted, change: Change): boolean {
  const scale = 10 ** place.item.scale;
  return (
    target.policy !== 'none' && Number(positionAfter(place, change)) / scale <= target.reorderPoint
  );
}

function donorsOf(
  targeted: Targeted,
  own: readonly Targeted[],
  reviews: ReadonlyMap<string, StockReview>,
  lanes: ReadonlySet<string>,
): string[] {
  const { site } = targeted.place;
  return own.flatMap(({ place }) => {
    const surplus = reviews.get(place.key)?.surplus ?? 0;
    return surplus > 0 && lanes.has(`${place.site.siteId}/${site.siteId}`) ? [place.site.code] : [];
  });
}
