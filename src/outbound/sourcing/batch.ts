import type { Principal } from '../../platform/context.ts';
import type { OrderService } from '../orders/service.ts';
import {
  type AvailableRow,
  type BatchFilter,
  type MovablePart,
  selectAvailable,
  selectMovable,
} from './batch.queries.ts';
import { makeMoves, recordBatch } from './batch-moves.ts';
import { type CostedOrder, type CostTable, toProblem } from './costs.ts';
import type { PolicyRow } from './facts.queries.ts';
import type { FactSite, OrderFacts, SourcingFacts } from './facts.ts';
import { greedyPlan } from './greedy.ts';
import type { Optimised } from './optimise.ts';
import { optimiseApart } from './optimiser.ts';
import {
  extraShipments,
  type Plan,
  planCost,
  type SourcingProblem,
  sitesOf as sitesUsed,
} from './problem.ts';

/** A part of a run with its place: each part is a line of the problem. */
export interface Placed {
  readonly part: MovablePart;
  /** Line number in the problem. */
  readonly key: number;
}

/** A sales order of a run. */
export interface Batched {
  readonly costed: CostedOrder;
  readonly placed: readonly Placed[];
  readonly ownerId: number;
}

/** Everything one owner's sales orders compete for. */
export interface OwnerBatch {
  readonly orders: readonly Batched[];
  readonly problem: SourcingProblem;
  readonly current: Plan;
}

/** A part that stays where it is although it would better move. */
export interface Stayed {
  readonly salesOrder: string;
  readonly line: number;
  readonly part: number;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** What a run has done. Costs are minor units. */
export interface BatchResult {
  readonly salesOrders: number;
  readonly parts: number;
  readonly contended: number;
  readonly costBefore: bigint;
  readonly costPlanned: bigint;
  readonly costAfter: bigint;
  readonly costGreedy: bigint;
  readonly bound: bigint;
  readonly extraShipmentsBefore: number;
  readonly extraShipmentsAfter: number;
  readonly solveMs: number;
  readonly moved: number;
  readonly stayedCount: number;
  readonly stayed: readonly Stayed[];
  /** Why a plan was made without the optimiser; null where it did its work. */
  readonly fallback: string | null;
}

export interface BatchOptions {
  readonly service: OrderService;
  readonly facts: SourcingFacts;
  readonly table: CostTable & { readonly policy: PolicyRow };
  readonly filter: BatchFilter;
  readonly principal: Principal;
  readonly run: { readonly runId: string; readonly number: string };
  /** Told what is going on; false: stop, somebody else works on the run. */
  report(step: string): Promise<boolean>;
}

const STAYED_SHOWN_MAX = 100;

/**
 * Sources reserved sales orders anew, together, and moves reservations to where the plan wants
 * them: first reserved there, then released here. What cannot move stays, and is told.
 */
export async function sourceBatch(options: BatchOptions): Promise<BatchResult> {
  const { service, filter } = options;
  const parts = await selectMovable(service.context.database.poster, filter);
  const itemIds = [...new Set(parts.map(({ itemId }) => itemId))];
  const available = await selectAvailable(service.context.database.poster, itemIds);
  let result = emptyResult();
  const parcelsUsed = new Map<string, bigint>();
  for (const ownerId of [...new Set(parts.map((part) => part.ownerId))].sort((a, b) => a - b)) {
    const own = parts.filter((part) => part.ownerId === ownerId);
    const rows = available.filter((row) => row.ownerId === ownerId);
    const batch = await prepare(options, own, rows, parcelsUsed);
    const done = await sourceOwner(options, batch, parcelsUsed);
    result = add(result, done);
  }
  return result;
}

function emptyResult(): BatchResult {
  return {
    ...{ salesOrders: 0, parts: 0, contended: 0, costBefore: 0n, costPlanned: 0n, costAfter: 0n },
    ...{ costGreedy: 0n, bound: 0n, extraShipmentsBefore: 0, extraShipmentsAfter: 0, solveMs: 0 },
    ...{ moved: 0, stayedCount: 0, stayed: [], fallback: null },
  };
}

function add(a: BatchResult, b: BatchResult): BatchResult {
  return {
    salesOrders: a.salesOrders + b.salesOrders,
    parts: a.parts + b.parts,
    contended: a.contended + b.contended,
    costBefore: a.costBefore + b.costBefore,
    costPlanned: a.costPlanned + b.costPlanned,
    costAfter: a.costAfter + b.costAfter,
    costGreedy: a.costGreedy + b.costGreedy,
    bound: a.bound + b.bound,
    extraShipmentsBefore: a.extraShipmentsBefore + b.extraShipmentsBefore,
    extraShipmentsAfter: a.extraShipmentsAfter + b.extraShipmentsAfter,
    solveMs: a.solveMs + b.solveMs,
    moved: a.moved + b.moved,
    stayedCount: a.stayedCount + b.stayedCount,
    stayed: [...a.stayed, ...b.stayed].slice(0, STAYED_SHOWN_MAX),
    fallback: a.fallback ?? b.fallback,
  };
}

/** Sites of the batch, in fixed order: those that have something, and those that hold it now. */
function sitesOf(parts: readonly MovablePart[], rows: readonly AvailableRow[]): FactSite[] {
  const found = new Map<number, FactSite>();
  for (const { siteId, site } of [...parts, ...rows]) found.set(siteId, { siteId, site });
  return [...found.values()].sort((a, b) => (a.site < b.site ? -1 : 1));
}

function allowedSites(part: MovablePart, sites: readonly FactSite[]): boolean[] {
  return sites.map(({ siteId, site }) => {
    if (siteId === part.siteId) return true;
    if (part.namedSiteId !== null || part.avoidedSiteIds.includes(siteId)) return false;
    return part.channelSites.length === 0 || part.channelSites.includes(site);
  });
}

async function prepare(
  { facts, table }: BatchOptions,
  parts: readonly MovablePart[],
  rows: readonly AvailableRow[],
  parcelsUsed: ReadonlyMap<string, bigint>,
): Promise<OwnerBatch> {
  const sites = sitesOf(parts, rows);
  const byOrder = new Map<string, MovablePart[]>();
  for (const part of parts) byOrder.set(part.number, [...(byOrder.get(part.number) ?? []), part]);
  const free = new Map(rows.map((row) => [`${row.itemId}|${row.siteId}`, row]));
  const available = (itemId: number, siteId: number) =>
    free.get(`${itemId}|${siteId}`)?.available ?? 0n;
  const groups = [...byOrder.values()].map((own) =>
    own.map((part, i): Placed => ({ part, key: i + 1 })),
  );
  const costed = await facts.cost(
    table,
    groups.map((placed) => toFacts(placed, sites)),
    sites,
    available,
  );
  const orders = costed.map((order, i): Batched => {
    const placed = groups[i]!;
    return { costed: order, placed, ownerId: placed[0]!.part.ownerId };
  });
  const problem = toProblem(table, costed, stockOf(parts, sites, free));
  const places = new Map(sites.map(({ siteId }, place) => [siteId, place]));
  const left = problem.parcelsMax.map((max, place) =>
    max === null ? null : atLeastZero(max - (parcelsUsed.get(problem.sites[place]!) ?? 0n)),
  );
  return {
    orders,
    problem: { ...problem, parcelsMax: left },
    current: orders.map(({ placed }) =>
      placed.map(({ part, key }) => {
        return { line: key, site: places.get(part.siteId)!, quantity: part.quantity };
      }),
    ),
  };
}

function atLeastZero(value: bigint): bigint {
  return value < 0n ? 0n : value;
}

function toFacts(placed: readonly Placed[], sites: readonly FactSite[]): OrderFacts {
  const { number, shipmentPolicy, priority, shipTo, serviceLevel, requestedAt } = placed[0]!.part;
  // What is split already because no site had all of it is not to be held to one site now.
  const isWhole = new Set(placed.map(({ part }) => part.siteId)).size === 1;
  return {
    ...{ number, priority, shipTo, serviceLevel, requestedAt },
    policy: shipmentPolicy === 'complete' && isWhole ? 'complete' : 'partial',
    lines: placed.map(({ part, key }) => {
      const { itemId, item, quantity } = part;
      return { line: key, itemId, item, quantity, allowed: allowedSites(part, sites) };
    }),
  };
}

/**
 * Units that may be assigned: what these parts hold, and what is available besides where nothing
 * is kept for others.
 */
function stockOf(
  parts: readonly MovablePart[],
  sites: readonly FactSite[],
  free: ReadonlyMap<string, AvailableRow>,
): Map<string, bigint[]> {
  const stock = new Map<string, bigint[]>();
  const places = new Map(sites.map(({ siteId }, place) => [siteId, place]));
  for (const { item, itemId, siteId, quantity } of parts) {
    const units =
      stock.get(item) ??
      sites.map((site) => {
        const row = free.get(`${itemId}|${site.siteId}`);
        return !row || row.restricted ? 0n : atLeastZero(row.available);
      });
    units[places.get(siteId)!]! += quantity;
    stock.set(item, units);
  }
  return stock;
}

/** Sources the sales orders of one owner, and moves what is to be moved. */
async function sourceOwner(
  options: BatchOptions,
  batch: OwnerBatch,
  parcelsUsed: Map<string, bigint>,
): Promise<BatchResult> {
  const { problem, current, orders } = batch;
  await options.report(`plans ${orders.length} sales orders`);
  const costBefore = planCost(problem, current);
  const { optimised, plan, fallback } = await makePlan(options, batch);
  const costPlanned = planCost(problem, plan);
  // What is there already may be as good as it gets.
  const isWorthIt = costPlanned < costBefore;
  const after = await makeMoves(options, batch, isWorthIt ? plan : current);
  await recordBatch(options, batch, after.plan, optimised);
  for (const site of after.plan.flatMap(sitesUsed)) {
    const code = problem.sites[site]!;
    parcelsUsed.set(code, (parcelsUsed.get(code) ?? 0n) + 1n);
  }
  return {
    salesOrders: orders.length,
    parts: orders.reduce((sum, { placed }) => sum + placed.length, 0),
    contended: optimised?.contended ?? 0,
    costBefore,
    costPlanned: isWorthIt ? costPlanned : costBefore,
    costAfter: planCost(problem, after.plan),
    costGreedy: optimised?.greedyCost ?? planCost(problem, greedyPlan(problem)),
    bound: optimised?.bound ?? 0n,
    extraShipmentsBefore: extraShipments(current),
    extraShipmentsAfter: extraShipments(after.plan),
    solveMs: Math.round(optimised?.ms ?? 0),
    moved: after.moved,
    stayedCount: after.stayed.length,
    stayed: after.stayed.slice(0, STAYED_SHOWN_MAX),
    fallback,
  };
}

interface Planned {
  readonly optimised: Optimised | undefined;
  readonly plan: Plan;
  readonly fallback: string | null;
}

/** The optimiser's plan; where it cannot be had, the greedy one. */
async function makePlan(
  { table, service }: BatchOptions,
  { problem }: OwnerBatch,
): Promise<Planned> {
  const { runMsMax, gapTargetPpm } = table.policy;
  try {
    const asked = { problem, msMax: runMsMax, gapTarget: gapTargetPpm / 1_000_000 };
    const optimised = await optimiseApart(asked);
    return { optimised, plan: optimised.plan, fallback: null };
  } catch (error) {
    service.context.log.error({ err: error }, 'sourcing goes on by the greedy rule');
    const fallback = (error as Error).message;
    return { optimised: undefined, plan: greedyPlan(problem), fallback };
  }
}
