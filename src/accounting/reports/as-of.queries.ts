import type { Tx } from '../../platform/database.ts';

/** As of when, and by which clock; without an instant it is now. */
export interface AsOf {
  /** Milliseconds since the epoch. */
  readonly at?: number | undefined;
  /** What the ledger knew then, or what had happened by then as it is known now. */
  readonly by: 'recorded' | 'occurred';
}

/** Seqs of one journal after `after` and up to `upTo`. */
export interface SeqRange {
  readonly journal: number;
  readonly after: number;
  readonly upTo: number;
}

/**
 * Where the facts of an instant are: what is written down up to each base, the facts of `ranges`
 * and the late facts of `late`, of both only those that occurred by `occurredTo`.
 */
export interface Reach {
  readonly bases: readonly { readonly journal: number; readonly seq: number }[];
  readonly ranges: readonly SeqRange[];
  readonly late: readonly SeqRange[];
  /** Milliseconds; null by recorded time. */
  readonly occurredTo: number | null;
  /** The last seq of each journal that matters. */
  readonly upTo: ReadonlyMap<number, number>;
}

interface ReachRow {
  journal: number;
  up_to: bigint;
  base: bigint;
  next: bigint;
  last: bigint;
}

/** Finds them: O(log seqs) a journal. `tx` must see one moment. */
export async function reachOf(tx: Tx, asOf: AsOf): Promise<Reach> {
  const occurredTo = asOf.by === 'occurred' ? (asOf.at ?? null) : null;
  const recordedTo = asOf.by === 'recorded' ? asOf.at : undefined;
  const { rows } = await tx.query<ReachRow>(
    `SELECT h.journal, u.seq AS up_to, b.base, b.last,
       coalesce((SELECT min(n.last_seq) FROM accounting.valuation_bucket n
         WHERE n.journal = h.journal AND n.last_seq > b.base), u.seq) AS next
     FROM ledger.journal_head h
     CROSS JOIN LATERAL (SELECT CASE WHEN $1::timestamptz IS NULL THEN h.seq ELSE coalesce((
       SELECT t.last_seq FROM ledger.batch t
       WHERE t.journal = h.journal AND t.recorded_at <= $1
       ORDER BY t.recorded_at DESC, t.last_seq DESC LIMIT 1), 0) END AS seq) u
     CROSS JOIN LATERAL (SELECT coalesce(max(b.last_seq) FILTER (WHERE b.last_seq <= u.seq
         AND ($2::timestamptz IS NULL OR b.occurred_max <= $2)), 0) AS base,
         coalesce(max(b.last_seq), 0) AS last
       FROM accounting.valuation_bucket b WHERE b.journal = h.journal) b
     ORDER BY h.journal`,
    [
      recordedTo === undefined ? null : new Date(recordedTo),
      occurredTo === null ? null : new Date(occurredTo),
    ],
  );
  const places = rows.map(({ journal, ...seqs }) => ({
    journal,
    upTo: Number(seqs.up_to),
    base: Number(seqs.base),
    next: Number(seqs.next),
    last: Number(seqs.last),
  }));
  const read = (at: (typeof places)[number]): SeqRange[] => {
    const { journal, base, next, last, upTo } = at;
    // By recorded time everything from the base on is read; by occurred time the stretches
    // between the next one and the tail hold only late facts.
    if (occurredTo === null || next >= last) return [{ journal, after: base, upTo }];
    return [
      { journal, after: base, upTo: next },
      { journal, after: last, upTo },
    ];
  };
  return {
    bases: places.map(({ journal, base }) => ({ journal, seq: base })),
    ranges: places.flatMap(read).filter(({ after, upTo }) => upTo > after),
    late:
      occurredTo === null
        ? []
        : places
            .filter(({ next, last }) => last > next)
            .map(({ journal, next, last }) => ({ journal, after: next, upTo: last })),
    occurredTo,
    upTo: new Map(places.map(({ journal, upTo }) => [journal, upTo])),
  };
}

/** Ranges as the parameters of `unnest`. */
export function rangeColumns(ranges: readonly SeqRange[]): [number[], number[], number[]] {
  return [
    ranges.map(({ journal }) => journal),
    ranges.map(({ after }) => after),
    ranges.map(({ upTo }) => upTo),
  ];
}
