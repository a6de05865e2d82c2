import type { Tx } from '../../platform/database.ts';
import type { PositionFilter } from './filter.ts';
import { isEverything } from './filter.ts';
import type { Found, Place, Source } from './history.ts';
import * as queries from './movement-history.queries.ts';

/** A movement as far as paging and balances need it. */
export interface MovementStep extends Place {
  readonly occurredAt: number;
  readonly kind: number;
  readonly quantity: bigint;
  readonly value: bigint;
  /** Whether each side is one of the positions asked about. */
  readonly fromMatches: boolean;
  readonly toMatches: boolean;
  readonly fromPosition: bigint;
  readonly toPosition: bigint;
  readonly fromPrevious: number;
  readonly toPrevious: number;
}

/** Which movements a history holds. */
export interface MovementQuery {
  readonly filter: PositionFilter;
  readonly kind?: number | undefined;
  /** Milliseconds, both ends included. */
  readonly occurredFrom?: number | undefined;
  readonly occurredTo?: number | undefined;
  readonly documentId?: bigint | undefined;
  readonly serials?: readonly { journal: number; serialId: bigint }[] | undefined;
  /** Only movements that go into or out of the positions, not between two of them. */
  readonly crossing?: boolean;
  /** Only movements that carried money. */
  readonly paid?: boolean;
  /** Only movements that came in at an unknown cost, neither corrected nor reversed since. */
  readonly costUnknown?: boolean;
}

/** How much work one page of one journal may be. */
export interface HistoryLimits {
  /** Positions whose chains are merged; of more than these some match in any stretch is likely. */
  readonly chainsMax: number;
  /** Movements a page may read along chains before it turns to scanning. */
  readonly chainStepsMax: number;
  /** Movements a page may scan, in chunks that grow. */
  readonly scanRowsMax: number;
  readonly scanChunkMin: number;
}

const LIMITS: HistoryLimits = {
  chainsMax: 2_000,
  chainStepsMax: 5_000,
  scanRowsMax: 300_000,
  scanChunkMin: 5_000,
};
const SCAN_CHUNK_MAX = 100_000;

/**
 * A journal's movements that match, newest first. By document and serial an index leads the way.
 * By position there is none on purpose (every posting would pay for it), so there are two ways:
 *
 * - The chains of the matching positions (`from_previous`, `to_previous`) are merged from their
 *   newest movements on: O(movements of these positions that are newer than the page, + the page),
 *   each a primary-key lookup.
 * - The journal is scanned backwards from the page on: O(page / share of matching movements).
 *
 * A busy position makes the first dear and the second cheap, a quiet one the reverse; chains are
 * tried with a budget, and the scan goes on where it ends, so a page costs about the square root of
 * (distance x page size) movements at worst, and never more than the two budgets.
 */
export function movementSource(
  tx: Tx,
  query: MovementQuery,
  journal: number,
  minSeq: number,
  limits: HistoryLimits = LIMITS,
): Source<MovementStep> {
  return {
    journal,
    read: async (below, limit) => {
      if (query.serials) {
        const ids = query.serials.filter((s) => s.journal === journal).map((s) => s.serialId);
        if (ids.length === 0) return { rows: [], examinedTo: 0 };
        const range = { journal, below, minSeq, limit };
        return indexed(await queries.bySerials(tx, query, ids, range), limit);
      }
      if (query.documentId !== undefined) {
        const range = { journal, below, minSeq, limit };
        return indexed(await queries.byDocument(tx, query, query.documentId, range), limit);
      }
      if (query.costUnknown) {
        const range = { journal, below, minSeq, limit };
        return indexed(await queries.byUnknownCost(tx, query, range), limit);
      }
      if (!isEverything(query.filter)) {
        const found = await mergeChains(tx, query, { journal, below, minSeq, limit }, limits);
        if (found) return found;
      }
      return scan(tx, query, { journal, below, minSeq, limit }, limits);
    },
  };
}

/** Where a source reads: seqs from `minSeq` up to, but without, `below`. */
export interface SeqRange {
  readonly journal: number;
  readonly below: number;
  readonly minSeq: number;
  readonly limit: number;
}

function indexed(rows: MovementStep[], limit: number): Found<MovementStep> {
  return { rows, examinedTo: rows.length < limit ? 0 : (rows.at(-1)?.seq ?? 0) };
}

function holds(query: MovementQuery, step: MovementStep): boolean {
  if (query.kind !== undefined && step.kind !== query.kind) return false;
  if (query.occurredFrom !== undefined && step.occurredAt < query.occurredFrom) return false;
  if (query.occurredTo !== undefined && step.occurredAt > query.occurredTo) return false;
  if (query.crossing && step.fromMatches === step.toMatches) return false;
  return !query.paid || step.value > 0n;
}

/** Whether many movements of a matching position may yet be passed over. */
function isSelective({ kind, occurredFrom, occurredTo }: MovementQuery): boolean {
  return kind !== undefined || occurredFrom !== undefined || occurredTo !== undefined;
}

/** One chain: a matching position and its newest movement not yet passed. */
interface Link {
  readonly seq: number;
  readonly position: bigint;
}

/** Chain ends in ascending order of seq; the newest is last. */
function insertLink(frontier: Link[], link: Link): void {
  let low = 0;
  let high = frontier.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frontier[middle]!.seq < link.seq) low = middle + 1;
    else high = middle;
  }
  frontier.splice(low, 0, link);
}

/** Merges the chains; null when scanning is the better way. */
async function mergeChains(
  tx: Tx,
  query: MovementQuery,
  range: SeqRange,
  { chainsMax, chainStepsMax }: HistoryLimits,
): Promise<Found<MovementStep> | null> {
  const { journal, below, minSeq, limit } = range;
  const frontier: Link[] = await queries.chainHeads(tx, query.filter, journal, chainsMax + 1);
  if (frontier.length > chainsMax) return null;
  const known = new Map<number, MovementStep>();
  const rows: MovementStep[] = [];
  let budget = chainStepsMax;
  for (;;) {
    const top = frontier.at(-1)?.seq ?? 0;
    if (top < minSeq || top === 0) return { rows, examinedTo: 0 };
    const step = known.get(top);
    if (!step) {
      if (budget <= 0 && top + 1 >= below) return null;
      if (budget <= 0) return { rows, examinedTo: top + 1 };
      const wanted = top >= below || isSelective(query) ? 500 : limit - rows.length + 1;
      const fetched = await fetchAhead(tx, query, journal, frontier, wanted);
      for (const found of fetched) known.set(found.seq, found);
      budget -= fetched.length;
      continue;
    }
    known.delete(top);
    advance(frontier, step);
    if (top >= below || !holds(query, step)) continue;
    rows.push(step);
    if (rows.length === limit) return { rows, examinedTo: top };
  }
}

/** Takes the newest movement off every chain it is on. */
function advance(frontier: Link[], step: MovementStep): void {
  while (frontier.at(-1)?.seq === step.seq) {
    const { position } = frontier.pop()!;
    const previous = position === step.fromPosition ? step.fromPrevious : step.toPrevious;
    if (previous > 0) insertLink(frontier, { seq: previous, position });
  }
}

/** The next movements of the chains that can contribute to the page, in one statement. */
function fetchAhead(
  tx: Tx,
  query: MovementQuery,
  journal: number,
  frontier: readonly Link[],
  wanted: number,
): Promise<MovementStep[]> {
  const chains = frontier.slice(-wanted);
  const depth = Math.max(1, Math.ceil((wanted * 1.5) / chains.length));
  return queries.walkChains(tx, query.filter, journal, chains, depth);
}

/** Scans backwards in growing chunks until the page is full or the budget is spent. */
async function scan(
  tx: Tx,
  query: MovementQuery,
  range: SeqRange,
  { scanRowsMax, scanChunkMin }: HistoryLimits,
): Promise<Found<MovementStep>> {
  const { journal, minSeq, limit } = range;
  const rows: MovementStep[] = [];
  let below = range.below;
  let chunk = scanChunkMin;
  let budget = scanRowsMax;
  while (below > minSeq && below > 1) {
    if (budget <= 0) return { rows, examinedTo: below };
    const from = Math.max(minSeq, below - chunk);
    const part = { journal, below, minSeq: from, limit: limit - rows.length };
    rows.push(...(await queries.scanMovements(tx, query, part)));
    if (rows.length === limit) return { rows, examinedTo: rows.at(-1)!.seq };
    budget -= chunk;
    below = from;
    chunk = Math.min(SCAN_CHUNK_MAX, chunk * 4);
  }
  return { rows, examinedTo: 0 };
}
