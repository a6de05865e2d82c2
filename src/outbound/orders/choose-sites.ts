import type { ShipTo } from './order.ts';

/** A site that may send a line, and what the channel may take there now. */
export interface CandidateSite {
  readonly siteId: number;
  readonly site: string;
  /** Item's base unit at its scale; never negative. */
  readonly available: bigint;
}

/** One line that needs a site. */
export interface SourcingLine {
  readonly line: number;
  readonly itemId: number;
  readonly item: string;
  readonly quantity: bigint;
  /** In the order of the channel's preference; one where the customer asked for a site. */
  readonly candidates: readonly CandidateSite[];
  /** Whether the customer asked for a site. */
  readonly isNamed: boolean;
}

/** A sales order whose lines need sites. */
export interface SourcingRequest {
  readonly orderNumber: string;
  readonly channel: string;
  readonly owner: string;
  readonly shipTo: ShipTo;
  readonly serviceLevel: string;
  readonly requestedAt: Date | null;
  /** Whether the order may leave in more than one shipment. */
  readonly splitAllowed: boolean;
  readonly lines: readonly SourcingLine[];
}

/** Units of a line that one site will send. */
export interface SiteShare {
  readonly line: number;
  readonly siteId: number;
  readonly quantity: bigint;
}

/** Where an order's lines come from. What the shares leave out of a line is short. */
export interface SourcingChoice {
  readonly shares: readonly SiteShare[];
  /** Why, as plain JSON; it is kept in the order's history. */
  readonly explanation?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Decides on sites for orders that arrive together, one choice an order, in the same order. Two
 * requests may be shown the same units; the ledger gives them to one, and the other asks again.
 */
export type ChooseSites = (
  requests: readonly SourcingRequest[],
) => readonly SourcingChoice[] | Promise<readonly SourcingChoice[]>;

/** How many lines of an order a site could send completely. */
function completeLines(request: SourcingRequest, siteId: number): number {
  return request.lines.filter(({ candidates, quantity }) =>
    candidates.some((site) => site.siteId === siteId && site.available >= quantity),
  ).length;
}

/** Sites in which more lines are complete come first; else the channel's own order. */
function rankedSites(request: SourcingRequest): number[] {
  const inOrder = [...new Set(request.lines.flatMap((line) => line.candidates))].map(
    ({ siteId }) => siteId,
  );
  return [...new Set(inOrder)]
    .map((siteId) => ({ siteId, complete: completeLines(request, siteId) }))
    .sort((a, b) => b.complete - a.complete)
    .map(({ siteId }) => siteId);
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Takes a line from the sites in this order until it is complete. */
function takeLine(line: SourcingLine, sites: readonly number[], split: boolean): SiteShare[] {
  const available = new Map(line.candidates.map((site) => [site.siteId, site.available]));
  const whole = sites.find((siteId) => (available.get(siteId) ?? 0n) >= line.quantity);
  if (whole !== undefined) return [{ line: line.line, siteId: whole, quantity: line.quantity }];
  const shares: SiteShare[] = [];
  let open = line.quantity;
  for (const siteId of sites) {
    const quantity = min(open, available.get(siteId) ?? 0n);
    if (quantity <= 0n) continue;
    shares.push({ line: line.line, siteId, quantity });
    open -= quantity;
    if (open === 0n || !split) break;
  }
  return shares;
}

/** The plain choice for one sales order, see {@link chooseByAvailability}. */
export function chooseOne(request: SourcingRequest): SourcingChoice {
  const sites = rankedSites(request);
  // An order that must leave as a whole comes from one site, save lines that name another.
  const usable = request.splitAllowed ? sites : sites.slice(0, 1);
  const shares = request.lines.flatMap((line) => {
    const own = line.isNamed ? line.candidates.map((site) => site.siteId) : usable;
    return takeLine(line, own, request.splitAllowed);
  });
  return { shares };
}

/**
 * The plain choice: the site that can send most lines completely, in the channel's order of
 * preference; another one only for what that site lacks, and only where the order may be split.
 */
export const chooseByAvailability: ChooseSites = (requests) => requests.map(chooseOne);
