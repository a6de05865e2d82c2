import { SYSTEM } from '../../platform/auth/index.ts';
import { inTransaction } from '../../platform/database.ts';
import { Problem } from '../../platform/problems.ts';
import { changeOrder } from '../orders/change.ts';
import { moveOn, note, quantityText, splitPart } from '../orders/draft.ts';
import { moveReservation } from '../orders/move.ts';
import type { OrderService } from '../orders/service.ts';
import {
  type AvailableRow,
  type MovablePart,
  selectAvailable,
  selectOrderParts,
  selectPartsAt,
} from './batch.queries.ts';
import { type CostedOrder, type CostTable, costParts, toProblem } from './costs.ts';
import { insertDecisions } from './decision.queries.ts';
import { alternativesOf, decidedLines } from './decision.ts';
import { POLICY_DEFAULT } from './facts.queries.ts';
import type { FactSite, SourcingFacts } from './facts.ts';
import { orderCost, type Piece } from './problem.ts';
import {
  deleteShortage,
  type Shortage,
  selectShort,
  selectShortages,
  takeShortages,
} from './shortage.queries.ts';

/** What repairing needs. */
export interface Repair {
  readonly service: OrderService;
  readonly facts: SourcingFacts;
}

const SHORTAGES_MAX = 100;
const PARTS_MAX = 500;

/**
 * Repairs promises whose stock is gone: those with the lowest priority, the youngest first, come
 * from another site, or else wait as backorders. Every step looks at what is true then, so doing
 * it twice, or after a crash, does nothing more. What is released to a warehouse already is the
 * warehouse's to report short; it is looked at again until it is well.
 * @returns how many promises were moved or taken back.
 */
export async function repairShortages(repair: Repair): Promise<number> {
  const { database, clock } = repair.service.context;
  await inTransaction(database.poster, (tx) => takeShortages(tx, clock()));
  let repaired = 0;
  for (const shortage of await selectShortages(database.poster, SHORTAGES_MAX)) {
    repaired += await repairOne(repair, shortage);
    await deleteShortage(database.poster, shortage);
  }
  return repaired;
}

async function repairOne(repair: Repair, shortage: Shortage): Promise<number> {
  const { poster } = repair.service.context.database;
  if ((await selectShort(poster, shortage)) <= 0n) return 0;
  let repaired = 0;
  for (const part of await selectPartsAt(poster, shortage, PARTS_MAX)) {
    const short = await selectShort(poster, shortage);
    if (short <= 0n) break;
    const isMoved = await moveElsewhere(repair, part);
    if (isMoved || (await takeBack(repair, part, short))) repaired += 1;
  }
  return repaired;
}

/** A sales order as its parts: each is a line of the problem. */
interface OrderNow {
  readonly costed: CostedOrder;
  readonly parts: readonly MovablePart[];
  readonly pieces: readonly Piece[];
  readonly sites: readonly FactSite[];
  readonly available: readonly AvailableRow[];
  readonly table: CostTable;
}

async function orderNow({ service, facts }: Repair, part: MovablePart): Promise<OrderNow> {
  const { poster } = service.context.database;
  const parts = await selectOrderParts(poster, part.number);
  const available = (
    await selectAvailable(poster, [...new Set(parts.map(({ itemId }) => itemId))])
  ).filter(({ ownerId }) => ownerId === part.ownerId);
  const known = new Map<number, FactSite>();
  for (const { siteId, site } of [...parts, ...available]) known.set(siteId, { siteId, site });
  const sites = [...known.values()].sort((a, b) => (a.site < b.site ? -1 : 1));
  const table = await facts.table(POLICY_DEFAULT);
  const { number, priority, shipTo, serviceLevel, requestedAt } = part;
  const order = {
    ...{ number, priority, shipTo, serviceLevel, requestedAt },
    policy: 'partial' as const,
    lines: parts.map(({ itemId, item, quantity }, i) => ({ line: i + 1, itemId, item, quantity })),
  };
  const [costed] = await facts.cost(table, [order], sites, (itemId, siteId) => {
    return unitsAt(available, itemId, siteId);
  });
  const places = new Map(sites.map(({ siteId }, place) => [siteId, place]));
  const pieces = parts.map(({ siteId, quantity }, i): Piece => {
    return { line: i + 1, site: places.get(siteId)!, quantity };
  });
  return { costed: costed!, parts, pieces, sites, available, table };
}

function unitsAt(rows: readonly AvailableRow[], itemId: number, siteId: number): bigint {
  return rows.find((row) => row.itemId === itemId && row.siteId === siteId)?.available ?? 0n;
}

/** Sites that have all of the part, the cheapest for the whole sales order first. */
function candidatesOf(now: OrderNow, part: MovablePart, index: number) {
  const { costed, pieces, sites, available, table } = now;
  if (part.namedSiteId !== null) return [];
  const problem = toProblem(table, [costed], new Map());
  const stays = pieces.filter(({ line }) => line !== index + 1);
  return sites
    .flatMap(({ siteId, site }, place) => {
      const serves = part.channelSites.length === 0 || part.channelSites.includes(site);
      const isThere = unitsAt(available, part.itemId, siteId) >= part.quantity;
      const isAvoided = part.avoidedSiteIds.includes(siteId) || siteId === part.siteId;
      // A complete sales order of one site must not become one of two.
      const isSplit = part.shipmentPolicy === 'complete' && stays.some((one) => one.site !== place);
      if (!serves || !isThere || isAvoided || isSplit) return [];
      const moved = [...stays, { line: index + 1, site: place, quantity: part.quantity }];
      const cost = orderCost(problem, problem.orders[0]!, moved);
      return [{ site, cost, pieces: moved }];
    })
    .sort((a, b) => (a.cost === b.cost ? (a.site < b.site ? -1 : 1) : a.cost < b.cost ? -1 : 1));
}

async function moveElsewhere(repair: Repair, part: MovablePart): Promise<boolean> {
  const { service } = repair;
  const now = await orderNow(repair, part);
  const index = now.parts.findIndex((one) => one.line === part.line && one.part === part.part);
  if (index < 0) return false;
  for (const { site, pieces } of candidatesOf(now, part, index)) {
    const text = `What was promised from ${part.site} is gone.`;
    const explanation = { method: 'shortage', explanation: text };
    const { number, line } = part;
    const move = { line, part: part.part, site, explanation };
    try {
      await moveReservation(service, { principal: SYSTEM }, number, move);
    } catch (error) {
      if (error instanceof Problem) continue;
      throw error;
    }
    await record(repair, part, now, pieces);
    return true;
  }
  return false;
}

async function record(
  { service }: Repair,
  part: MovablePart,
  now: OrderNow,
  pieces: readonly Piece[],
): Promise<void> {
  const { costed, parts, sites, available, table } = now;
  const ids = new Map(parts.map(({ item, itemId }) => [item, itemId]));
  const seen = (item: string, place: number) =>
    unitsAt(available, ids.get(item)!, sites[place]!.siteId);
  const decision = {
    ...{ orderNumber: part.number, ownerId: part.ownerId, method: 'shortage' as const },
    ...{ policy: table.policy.code, runId: null, gapPpm: null, durationMs: 0 },
    lines: decidedLines(costed, pieces).map((each) => ({
      ...each,
      line: parts[each.line - 1]!.line,
    })),
    parts: costParts(table, costed, pieces),
    alternatives: alternativesOf(table, costed, pieces, seen),
  };
  const { database, clock } = service.context;
  await insertDecisions(database.poster, [decision], clock());
}

/** Lets units of a part wait as a backorder; what is promised to them is released. */
async function takeBack(repair: Repair, lost: MovablePart, short: bigint): Promise<boolean> {
  const { service } = repair;
  let taken = 0n;
  await changeOrder(service, { principal: SYSTEM }, lost.number, (draft) => {
    const part = draft.parts.find((one) => one.line === lost.line && one.part === lost.part);
    if (part?.state !== 'reserved' || part.siteId !== lost.siteId) return;
    taken = short < part.quantity ? short : part.quantity;
    moveOn(draft, splitPart(draft, part, taken), 'lose');
    const quantity = quantityText(draft, lost.line, taken);
    note(draft, 'lost', { line: lost.line, details: { site: lost.site, quantity } });
  });
  if (taken === 0n) return false;
  const now = await orderNow(repair, lost);
  if (now.parts.length > 0) await record(repair, lost, now, now.pieces);
  return true;
}
