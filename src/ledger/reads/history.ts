import type { Tx } from '../../platform/database.ts';
import type { CursorValue } from '../../platform/http.ts';
import { headSeqs, recordedAtOf, seqsRecordedBefore, seqsRecordedBy } from './instants.queries.ts';

/**
 * Newest-first pages over what several sources (a journal's movements, its value entries) hold, in
 * the total order (recorded at, journal, seq). Nothing is kept between pages: the cursor is a place
 * in that order, and what is posted later sorts before it or, from a slower journal, is met in its
 * turn; a row is never shown twice.
 *
 * A page does a bounded amount of work. Where a filter is so narrow that a source ran out of its
 * budget first, the page holds what was found down to there and a cursor to go on from.
 */

/** A place in the order; everything "below" it is older. */
export interface Place {
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  readonly journal: number;
  readonly seq: number;
}

/** What one source found below a seq, newest first. */
export interface Found<Row extends Place> {
  readonly rows: Row[];
  /** Every match from this seq on is in `rows`; 0 when all there is has been looked at. */
  readonly examinedTo: number;
}

export interface Source<Row extends Place> {
  readonly journal: number;
  /** At most `limit` matches with a seq below `below`, newest first. */
  read(below: number, limit: number): Promise<Found<Row>>;
}

export interface HistoryPage<Row extends Place> {
  readonly rows: Row[];
  /** Where the next page goes on, or null after the last one. */
  readonly next: Place | null;
}

/** Newest first: negative when `a` comes before `b`. */
export function compareNewest(a: Place, b: Place): number {
  return b.recordedAt - a.recordedAt || b.journal - a.journal || b.seq - a.seq;
}

/** The place as it travels in a cursor. */
export function placeKeys(place: Place): CursorValue[] {
  return [place.recordedAt, place.journal, place.seq];
}

/**
 * The first seq of each journal that is not below the place (or the instant, or everything).
 * @param upTo only what was recorded at or before it; null for no bound.
 */
export async function seqsBelow(
  tx: Tx,
  after: Place | undefined,
  upTo: number | null,
): Promise<Map<number, number>> {
  const last = upTo === null ? await headSeqs(tx) : await seqsRecordedBy(tx, upTo);
  const below = new Map([...last].map(([journal, seq]) => [journal, seq + 1]));
  if (!after) return below;
  const same = await seqsRecordedBy(tx, after.recordedAt);
  const before = await seqsRecordedBefore(tx, after.recordedAt);
  for (const [journal, seq] of below) {
    const older = journal < after.journal ? same.get(journal) : before.get(journal);
    const bound = journal === after.journal ? after.seq : (older ?? 0) + 1;
    if (bound < seq) below.set(journal, bound);
  }
  return below;
}

/** Reads one page: each source its newest, merged, cut where a source has not looked yet. */
export async function readPage<Row extends Place>(
  tx: Tx,
  sources: readonly Source<Row>[],
  below: ReadonlyMap<number, number>,
  limit: number,
): Promise<HistoryPage<Row>> {
  const all: Row[] = [];
  let floor: Place | null = null;
  for (const source of sources) {
    const from = below.get(source.journal) ?? 0;
    if (from <= 1) continue;
    // One more than the page, to know whether another page follows.
    const found = await source.read(from, limit + 1);
    all.push(...found.rows);
    if (found.examinedTo === 0 || found.rows.length > limit) continue;
    const { journal } = source;
    const seq = found.examinedTo;
    const bound: Place = { journal, seq, recordedAt: await recordedAtOf(tx, journal, seq) };
    if (!floor || compareNewest(bound, floor) < 0) floor = bound;
  }
  all.sort(compareNewest);
  const bound = floor;
  const certain = bound ? all.filter((row) => compareNewest(row, bound) <= 0) : all;
  const rows = certain.slice(0, limit);
  const last = rows.at(-1);
  if (certain.length > limit && last) return { rows, next: last };
  if (rows.length === limit && last && bound) return { rows, next: last };
  return { rows, next: bound };
}
