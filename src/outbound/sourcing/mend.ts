import { ORDER_PARCELS_MAX } from './instance.ts';
import {
  missingOf,
  orderCost,
  type Piece,
  type Plan,
  type SourcingLine,
  type SourcingOrder,
  type SourcingProblem,
  sitesOf,
} from './problem.ts';

/** What the plan leaves: units by item and site, parcels by site. */
interface Rest {
  readonly units: ReadonlyMap<string, bigint[]>;
  readonly parcels: (bigint | null)[];
}

/**
 * Gives lines that are left out what there still is, in pieces, as long as that is cheaper than
 * leaving them out. The sales orders choose in their order; complete ones take no pieces.
 */
export function mend(problem: SourcingProblem, plan: Plan): Plan {
  const rest = restOf(problem, plan);
  return problem.orders.map((order, i) => {
    const given = plan[i] ?? [];
    return order.policy === 'complete' ? given : mendOne(problem, order, given, rest);
  });
}

function restOf(problem: SourcingProblem, plan: Plan): Rest {
  const units = new Map([...problem.stock].map(([item, there]) => [item, [...there]]));
  const parcels = [...problem.parcelsMax];
  for (const [i, order] of problem.orders.entries()) {
    const pieces = plan[i] ?? [];
    for (const { line, site, quantity } of pieces) {
      const item = order.lines.find((one) => one.line === line)!.item;
      units.get(item)![site]! -= quantity;
    }
    for (const site of sitesOf(pieces)) if (parcels[site] != null) parcels[site]! -= 1n;
  }
  return { units, parcels };
}

function mendOne(
  problem: SourcingProblem,
  order: SourcingOrder,
  given: readonly Piece[],
  rest: Rest,
): Piece[] {
  const pieces = [...given];
  for (const line of order.lines) {
    const units = rest.units.get(line.item);
    while (units && missingOf(line, pieces) > 0n) {
      const best = bestPiece(problem, order, pieces, line, rest);
      if (!best) break;
      const isNew = !pieces.some(({ site }) => site === best.site);
      if (isNew && rest.parcels[best.site] != null) rest.parcels[best.site]! -= 1n;
      pieces.push(best);
      units[best.site]! -= best.quantity;
    }
  }
  return pieces;
}

/** The piece that lowers the cost of the sales order most; undefined where none does. */
function bestPiece(
  problem: SourcingProblem,
  order: SourcingOrder,
  pieces: readonly Piece[],
  line: SourcingLine,
  rest: Rest,
): Piece | undefined {
  const used = new Set(sitesOf(pieces));
  const before = orderCost(problem, order, pieces);
  const missing = missingOf(line, pieces);
  let [best, most] = [undefined as Piece | undefined, 0n];
  for (const [site, there] of (rest.units.get(line.item) ?? []).entries()) {
    const quantity = there < missing ? there : missing;
    if (quantity <= 0n || order.parcels[site] == null || line.allowed?.[site] === false) continue;
    if (pieces.some((piece) => piece.line === line.line && piece.site === site)) continue;
    const isFull = rest.parcels[site] === 0n || used.size >= ORDER_PARCELS_MAX;
    if (!used.has(site) && isFull) continue;
    const piece = { line: line.line, site, quantity };
    const saved = before - orderCost(problem, order, [...pieces, piece]);
    if (saved > most) [best, most] = [piece, saved];
  }
  return best;
}
