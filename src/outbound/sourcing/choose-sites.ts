import type { Context } from '../../platform/context.ts';
import {
  type ChooseSites,
  chooseOne,
  type SiteShare,
  type SourcingChoice,
  type SourcingLine,
  type SourcingRequest,
} from '../orders/choose-sites.ts';
import { type CostedOrder, type CostTable, costParts, toProblem } from './costs.ts';
import { insertDecisions } from './decision.queries.ts';
import { alternativesOf, type Decision, decidedLines, explainDecision } from './decision.ts';
import { POLICY_DEFAULT, selectOwnerIds } from './facts.queries.ts';
import { createFacts, type FactSite, type OrderFacts } from './facts.ts';
import { greedyPlan } from './greedy.ts';
import { orderCost, type Piece, type SourcingProblem } from './problem.ts';

/** Sales orders without a priority here: they are sourced one at a time, so none has to yield. */
const PRIORITY = 0;

/**
 * Chooses the sites of new sales orders by least cost, each on its own, by the greedy rule, and
 * writes down why. Where the costs cannot be read the caller's request fails: sourcing at random
 * would be worse.
 */
export function createChooseSites(context: Context): ChooseSites {
  const facts = createFacts(context);
  return async (requests) => {
    const startedAt = context.clock().getTime();
    const table = await facts.table(POLICY_DEFAULT);
    const choices: SourcingChoice[] = [];
    const decisions: Decision[] = [];
    const ownerIds = await selectOwnerIds(context.database.poster, [
      ...new Set(requests.map(({ owner }) => owner)),
    ]);
    const costed = await Promise.all(
      requests.map((request) => {
        const sites = sitesOfRequest(request);
        const order = toFacts(request, sites);
        return facts.cost(table, [order], sites, availableIn(request));
      }),
    );
    for (const [i, request] of requests.entries()) {
      const order = costed[i]![0]!;
      const pieces = sourceOne(table, order, request);
      const alternatives = alternativesOf(table, order, pieces, seenBy(request, order));
      decisions.push({
        orderNumber: request.orderNumber,
        ownerId: ownerIds.get(request.owner)!,
        ...{ method: 'greedy', policy: table.policy.code, runId: null },
        lines: decidedLines(order, pieces),
        parts: costParts(table, order, pieces),
        ...{ alternatives, gapPpm: null },
        durationMs: Math.max(0, context.clock().getTime() - startedAt),
      });
      choices.push({ shares: toShares(request, order, pieces) });
    }
    const ids = await insertDecisions(context.database.poster, decisions, context.clock());
    return choices.map((choice, i) => ({
      ...choice,
      explanation: {
        decision: ids[i],
        method: 'greedy',
        explanation: explainDecision(decisions[i]!, undefined),
      },
    }));
  };
}

/** Sites that any line of a request may come from, in fixed order. */
function sitesOfRequest({ lines }: SourcingRequest): FactSite[] {
  const found = new Map(
    lines.flatMap(({ candidates }) =>
      candidates.map(({ siteId, site }) => [siteId, { siteId, site }] as const),
    ),
  );
  return [...found.values()].sort((a, b) => (a.site < b.site ? -1 : 1));
}

function unitsOf(line: SourcingLine, siteId: number): bigint {
  return line.candidates.find((site) => site.siteId === siteId)?.available ?? 0n;
}

function availableIn({ lines }: SourcingRequest): (itemId: number, siteId: number) => bigint {
  return (itemId, siteId) => {
    const line = lines.find((each) => each.itemId === itemId);
    return line ? unitsOf(line, siteId) : 0n;
  };
}

function toFacts(request: SourcingRequest, sites: readonly FactSite[]): OrderFacts {
  return {
    number: request.orderNumber,
    policy: request.splitAllowed ? 'partial' : 'complete',
    priority: PRIORITY,
    shipTo: request.shipTo,
    serviceLevel: request.serviceLevel,
    requestedAt: request.requestedAt,
    lines: request.lines.map(({ line, itemId, item, quantity, candidates }) => {
      const own = new Set(candidates.map(({ siteId }) => siteId));
      return { line, itemId, item, quantity, allowed: sites.map((site) => own.has(site.siteId)) };
    }),
  };
}

/** Units of each item by site: lines of one item are shown the same units. */
function stockOf(request: SourcingRequest, sites: readonly string[]): Map<string, bigint[]> {
  const stock = new Map<string, bigint[]>();
  for (const line of request.lines) {
    const units = sites.map((site) => line.candidates.find((at) => at.site === site)?.available);
    const known = stock.get(line.item);
    stock.set(
      line.item,
      units.map((there, place) => {
        const before = known?.[place] ?? 0n;
        return there !== undefined && there > before ? there : before;
      }),
    );
  }
  return stock;
}

function seenBy(request: SourcingRequest, order: CostedOrder) {
  const stock = stockOf(
    request,
    order.origins.map(({ site }) => site),
  );
  return (item: string, place: number) => stock.get(item)?.[place] ?? 0n;
}

function sourceOne(table: CostTable, order: CostedOrder, request: SourcingRequest): Piece[] {
  const sites = order.origins.map(({ site }) => site);
  const stock = stockOf(request, sites);
  // What each line costs is compared, so no limit of a run's parcels holds here.
  const problem: SourcingProblem = {
    ...toProblem(table, [order], stock),
    parcelsMax: sites.map(() => null),
  };
  const pieces = greedyPieces(problem, order, request);
  if (pieces.length > 0 || order.policy === 'partial') return [...pieces];
  return singleSite(problem, order, request);
}

/** By the greedy rule; by availability alone where sums would not be exact any more. */
function greedyPieces(
  problem: SourcingProblem,
  order: CostedOrder,
  request: SourcingRequest,
): readonly Piece[] {
  try {
    return greedyPlan(problem)[0] ?? [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const codes = new Map(sitesOfRequest(request).map(({ siteId, site }) => [siteId, site]));
    return chooseOne(request).shares.map(({ line, siteId, quantity }) => {
      const site = order.origins.findIndex((origin) => origin.site === codes.get(siteId));
      return { line, site, quantity };
    });
  }
}

/**
 * A complete sales order that no site can send now: the site that is cheapest with what it has
 * keeps that for it, and the rest waits. Lines that name a site of their own stay with that.
 */
function singleSite(
  problem: SourcingProblem,
  order: CostedOrder,
  request: SourcingRequest,
): Piece[] {
  const model = problem.orders[0]!;
  const isNamed = new Map(request.lines.map((line) => [line.line, line.isNamed]));
  const named = ({ line, allowed }: CostedOrder['lines'][number]) =>
    isNamed.get(line) ? allowed?.indexOf(true) : undefined;
  const from = (main: number): Piece[] => {
    const left = new Map([...problem.stock].map(([item, units]) => [item, [...units]]));
    return order.lines.flatMap((line): Piece[] => {
      const site = named(line) ?? main;
      const units = left.get(line.item);
      const there = line.allowed?.[site] === false ? 0n : (units?.[site] ?? 0n);
      const quantity = there < line.quantity ? there : line.quantity;
      if (!units || quantity <= 0n) return [];
      units[site] = there - quantity;
      return [{ line: line.line, site, quantity }];
    });
  };
  const ways = problem.sites.map((_, site) => from(site));
  const costs = ways.map((pieces) => orderCost(problem, model, pieces));
  let best: number | undefined;
  for (const [site, cost] of costs.entries()) {
    if (ways[site]!.length > 0 && (best === undefined || cost < costs[best]!)) best = site;
  }
  return best === undefined ? [] : ways[best]!;
}

function toShares(
  request: SourcingRequest,
  order: CostedOrder,
  pieces: readonly Piece[],
): SiteShare[] {
  const ids = new Map(sitesOfRequest(request).map(({ site, siteId }) => [site, siteId]));
  return pieces.map(({ line, site, quantity }) => ({
    line,
    siteId: ids.get(order.origins[site]!.site)!,
    quantity,
  }));
}
