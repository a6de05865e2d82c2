import { Problem } from '../../platform/problems.ts';
import { moveReservation } from '../orders/move.ts';
import type { Batched, BatchOptions, OwnerBatch, Placed, Stayed } from './batch.ts';
import { costParts } from './costs.ts';
import { insertDecisions } from './decision.queries.ts';
import { alternativesOf, type Decision, decidedLines } from './decision.ts';
import type { Optimised } from './optimise.ts';
import type { Piece, Plan } from './problem.ts';

/** A part that should come from elsewhere. */
interface Wanted {
  readonly order: number;
  readonly placed: Placed;
  readonly place: number;
}

/** Where everything is after the moves. */
export interface Moved {
  readonly plan: Plan;
  readonly moved: number;
  readonly stayed: readonly Stayed[];
}

const ROUNDS_MAX = 4;
const MOVES_AT_ONCE = 4;
const REPORT_EVERY = 50;

/** Parts that the plan wants as a whole at another site, by sales order. */
function wantedMoves({ orders, current }: OwnerBatch, plan: Plan): Wanted[][] {
  return orders.flatMap(({ placed }, order) => {
    const own = placed.flatMap((each): Wanted[] => {
      const pieces = (plan[order] ?? []).filter(({ line }) => line === each.key);
      const [piece] = pieces;
      const now = current[order]!.find(({ line }) => line === each.key)!.site;
      if (!piece || pieces.length > 1 || piece.quantity < each.part.quantity) return [];
      return piece.site === now ? [] : [{ order, placed: each, place: piece.site }];
    });
    return own.length === 0 ? [] : [own];
  });
}

/**
 * Moves what the plan wants moved. A move that finds too little waits for the next round: what
 * the others have left behind may be what it needs.
 */
export async function makeMoves(
  options: BatchOptions,
  batch: OwnerBatch,
  plan: Plan,
): Promise<Moved> {
  const places = batch.current.map((pieces) => pieces.map((piece): Piece => ({ ...piece })));
  const stayed: Stayed[] = [];
  let open = wantedMoves(batch, plan);
  const total = open.reduce((sum, own) => sum + own.length, 0);
  let moved = 0;
  let refusals = new Map<Wanted, string>();
  for (let round = 0; round < ROUNDS_MAX && open.length > 0; round += 1) {
    const next: Wanted[][] = [];
    const movedBefore = moved;
    refusals = new Map();
    await inTurns(open, MOVES_AT_ONCE, async (own) => {
      const refused: Wanted[] = [];
      for (const wanted of own) {
        const outcome = await moveOne(options, batch, wanted);
        if (outcome === undefined) {
          const { order, placed, place } = wanted;
          const index = places[order]!.findIndex(({ line }) => line === placed.key);
          places[order]![index] = { ...places[order]![index]!, site: place };
          moved += 1;
          if (moved % REPORT_EVERY === 0) await goOn(options, `moved ${moved} of ${total}`);
        } else if (outcome.type.name === 'insufficient-availability') {
          refused.push(wanted);
          refusals.set(wanted, outcome.message);
        } else stayed.push(stayedOf(batch, wanted, outcome.message));
      }
      if (refused.length > 0) next.push(refused);
    });
    open = next;
    if (moved === movedBefore) break;
  }
  for (const wanted of open.flat()) {
    stayed.push(stayedOf(batch, wanted, refusals.get(wanted) ?? 'there is too little'));
  }
  return { plan: places, moved, stayed };
}

/** @throws Error when another process has taken the run over. */
async function goOn(options: BatchOptions, step: string): Promise<void> {
  if (!(await options.report(step))) throw new Error('the run was taken over');
}

async function inTurns<T>(
  all: readonly T[],
  most: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length) {
      const each = all[next]!;
      next += 1;
      await work(each);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, worker));
}

/** Moves a part; a Problem where it stays. */
async function moveOne(
  { service, principal, run }: BatchOptions,
  batch: OwnerBatch,
  { placed, place }: Wanted,
): Promise<Problem | undefined> {
  const { number, line, part } = placed.part;
  const site = batch.problem.sites[place]!;
  const text = `Together with the other sales orders of ${run.number} this costs less.`;
  const explanation = { method: 'batch', run: run.number, explanation: text };
  try {
    await moveReservation(service, { principal }, number, { line, part, site, explanation });
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

function stayedOf(batch: OwnerBatch, { placed, place }: Wanted, reason: string): Stayed {
  const { number, line, part, site } = placed.part;
  return { salesOrder: number, line, part, from: site, to: batch.problem.sites[place]!, reason };
}

/** Parts as the customer's lines: two parts of a line may now come from one site. */
function asLines({ costed, placed }: Batched, pieces: readonly Piece[]) {
  const lineOf = new Map(placed.map(({ key, part }) => [key, part.line]));
  return decidedLines(costed, pieces).map((each) => ({ ...each, line: lineOf.get(each.line)! }));
}

/** Writes down why sales orders that were moved come from where they do now. */
export async function recordBatch(
  options: BatchOptions,
  batch: OwnerBatch,
  after: Plan,
  optimised: Optimised | undefined,
): Promise<void> {
  const { service, table, run } = options;
  const gapPpm = optimised ? Math.round(optimised.gap * 1_000_000) : null;
  const decisions = batch.orders.flatMap((order, i): Decision[] => {
    const [was, is] = [batch.current[i]!, after[i]!];
    if (is.every((piece, n) => piece.site === was[n]!.site)) return [];
    const seen = (item: string, place: number) => batch.problem.stock.get(item)?.[place] ?? 0n;
    return [
      {
        orderNumber: order.costed.number,
        ownerId: order.ownerId,
        ...{ method: 'batch', policy: table.policy.code, runId: run.runId },
        lines: asLines(order, is),
        parts: costParts(table, order.costed, is),
        alternatives: alternativesOf(table, order.costed, is, seen),
        gapPpm,
        durationMs: Math.round(optimised?.ms ?? 0),
      },
    ];
  });
  const { poster } = service.context.database;
  await insertDecisions(poster, decisions, service.context.clock());
}
