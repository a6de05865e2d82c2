import type { Tx } from '../../platform/database.ts';
import { encodeBigints, encodeInt4 } from '../posting/encode.ts';
import { arraysOf } from './columns.ts';
import { filterSql, type PositionFilter, parameterList } from './filter.ts';
import { headSeqs, seqsRecordedBy } from './instants.queries.ts';

/** As of when, and by which clock. */
export interface AsOf {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: 'recorded' | 'occurred';
}

/**
 * The window of movements that an instant takes back from the present: those after these seqs and,
 * by occurred time, only those that occurred after it.
 */
export interface UndoneWindow {
  readonly after: ReadonlyMap<number, number>;
  readonly occurredAfter: number | null;
  /** Seqs in the window, of all kinds. */
  readonly length: number;
}

/**
 * A movement may be recorded this much before it occurs, since clocks differ; posting refuses
 * more. So what occurred after an instant was recorded no earlier than this before it.
 */
const OCCURRED_AHEAD_MS_MAX = 120_000;

/** Finds the window: O(log batches) a journal. @param only the one journal that matters. */
export async function undoneWindow(
  tx: Tx,
  asOf: AsOf,
  only: number | undefined,
): Promise<UndoneWindow> {
  const occurred = asOf.by === 'occurred';
  const from = occurred ? asOf.at - OCCURRED_AHEAD_MS_MAX : asOf.at;
  const heads = await headSeqs(tx);
  const after = new Map<number, number>();
  let length = 0;
  for (const [journal, seq] of await seqsRecordedBy(tx, from)) {
    if (only !== undefined && journal !== only) continue;
    after.set(journal, seq);
    length += (heads.get(journal) ?? 0) - seq;
  }
  return { after, occurredAfter: occurred ? asOf.at : null, length };
}

/** What to take back from the balance of each position, as encoded columns. */
export interface Undone {
  readonly journals: Buffer;
  readonly positions: Buffer;
  readonly deltas: Buffer;
}

const NOTHING = toUndone([]);

/** When chains are followed rather than the window scanned. */
export interface UndoLimits {
  /** A window this short is scanned without looking at chains. */
  readonly shortWindow: number;
  readonly chainPositionsMax: number;
  readonly chainStepsMax: number;
}

const LIMITS: UndoLimits = {
  shortWindow: 2_000,
  chainPositionsMax: 1_000,
  chainStepsMax: 20_000,
};

/**
 * The net change of each matching position since the instant, so that what lay there then is the
 * balance now minus the change. Either along the chains of the matching positions, O(their
 * movements in the window), or in one pass over the window, O(window); the chains are tried with a
 * budget where the filter is narrow. Neither depends on how long the ledger is, only on how far
 * back the instant lies.
 */
export async function undoneSince(
  tx: Tx,
  filter: PositionFilter,
  asOf: AsOf,
  limits: UndoLimits = LIMITS,
): Promise<Undone> {
  const window = await undoneWindow(tx, asOf, filter.journal);
  if (window.length === 0) return NOTHING;
  const narrow = window.length > limits.shortWindow && (await isNarrow(tx, filter, limits));
  return (
    (narrow ? await undoneByChains(tx, filter, window, limits) : null) ??
    undoneByScan(tx, filter, window)
  );
}

function place(filter: PositionFilter): string {
  return filter.onHandOnly ? 'JOIN network.location l ON l.location_id = p.location_id' : '';
}

async function isNarrow(tx: Tx, filter: PositionFilter, limits: UndoLimits): Promise<boolean> {
  const { values, bind } = parameterList();
  const text = `SELECT count(*) AS count FROM (
      SELECT FROM ledger.position p ${place(filter)}
      WHERE ${filterSql(filter, bind, 'p', 'l')} LIMIT ${limits.chainPositionsMax + 1}) k`;
  const { rows } = await tx.query<{ count: bigint }>(text, values);
  return Number(rows[0]?.count ?? 0) <= limits.chainPositionsMax;
}

interface DeltaRow {
  journal: number;
  position_id: bigint;
  delta: bigint;
  steps: bigint;
}

function toUndone(rows: readonly DeltaRow[]): Undone {
  return {
    journals: encodeInt4(rows.map((row) => row.journal)),
    positions: encodeBigints(rows.map((row) => row.position_id)),
    deltas: encodeBigints(rows.map((row) => row.delta)),
  };
}

/** Walks back from the balances; null when that takes too many steps. */
async function undoneByChains(
  tx: Tx,
  filter: PositionFilter,
  window: UndoneWindow,
  limits: UndoLimits,
): Promise<Undone | null> {
  const { values, bind } = parameterList();
  const journals = bind([...window.after.keys()]);
  const seqs = bind([...window.after.values()]);
  const occurred = bind(window.occurredAfter === null ? null : new Date(window.occurredAfter));
  const text = `WITH RECURSIVE walk AS (
      SELECT p.journal, p.position_id, k.seq AS until, b.last_seq AS seq
      FROM unnest(${journals}::integer[], ${seqs}::bigint[]) AS k(journal, seq)
      JOIN ledger.position p ON p.journal = k.journal
      JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
      ${place(filter)}
      WHERE b.last_seq > k.seq AND ${filterSql(filter, bind, 'p', 'l')}
      UNION ALL
      SELECT w.journal, w.position_id, w.until, previous.seq
      FROM walk w
      JOIN ledger.movement m ON m.journal = w.journal AND m.seq = w.seq
      CROSS JOIN LATERAL (SELECT CASE WHEN m.from_position = w.position_id
        THEN m.from_previous ELSE m.to_previous END AS seq) previous
      WHERE previous.seq > w.until
    )
    SELECT w.journal, w.position_id, count(*) AS steps,
      coalesce(sum(CASE WHEN m.to_position = w.position_id THEN m.quantity ELSE -m.quantity END)
        FILTER (WHERE ${occurred}::timestamptz IS NULL OR m.occurred_at > ${occurred}), 0)::bigint
        AS delta
    FROM (SELECT * FROM walk LIMIT ${limits.chainStepsMax + 1}) w
    JOIN ledger.movement m ON m.journal = w.journal AND m.seq = w.seq
    GROUP BY 1, 2`;
  const { rows } = await tx.query<DeltaRow>(text, values);
  const steps = rows.reduce((sum, row) => sum + Number(row.steps), 0);
  return steps > limits.chainStepsMax ? null : toUndone(rows);
}

/**
 * One pass over the window. The planner, misled by row-level security, expects two groups and
 * would sort everything on disk; a hash of the positions is what fits.
 */
async function undoneByScan(tx: Tx, filter: PositionFilter, window: UndoneWindow): Promise<Undone> {
  const { values, bind } = parameterList();
  const journals = bind([...window.after.keys()]);
  const seqs = bind([...window.after.values()]);
  const conditions: string[] = [];
  if (window.occurredAfter !== null) {
    conditions.push(`m.occurred_at > ${bind(new Date(window.occurredAfter))}`);
  }
  if (filter.itemId !== undefined) conditions.push(`m.item_id = ${bind(filter.itemId)}`);
  if (filter.items) conditions.push(`m.item_id = ANY(${bind(filter.items.itemIds)}::integer[])`);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const text = arraysOf(
    ['f.journal', 'f.position_id', 'f.delta'],
    `SELECT m.journal, side.position_id, sum(side.delta)::bigint AS delta
     FROM unnest(${journals}::integer[], ${seqs}::bigint[]) AS k(journal, seq)
     JOIN ledger.movement m ON m.journal = k.journal AND m.seq > k.seq
     CROSS JOIN LATERAL (VALUES (m.to_position, m.quantity), (m.from_position, -m.quantity))
       AS side(position_id, delta)
     ${where} GROUP BY 1, 2`,
  );
  await tx.query("SET LOCAL enable_sort = off; SET LOCAL work_mem = '64MB'");
  const { rows } = await tx.query({ text, values, rowMode: 'array' } as unknown as string);
  await tx.query('SET LOCAL enable_sort = on');
  // The columns go back as they came: nobody reads them here.
  const [first, second, third] = rows[0] as unknown as (Buffer | null)[];
  if (!first || !second || !third) return NOTHING;
  return { journals: first, positions: second, deltas: third };
}

/** The sum over the matching positions, now or as of an instant, at the item's scale. */
export async function onHandOf(
  tx: Tx,
  filter: PositionFilter,
  asOf: AsOf | undefined,
): Promise<bigint> {
  const undone = asOf ? await undoneSince(tx, filter, asOf) : NOTHING;
  const { values, bind } = parameterList();
  const text = `SELECT coalesce(sum(b.on_hand - coalesce(u.delta, 0)), 0)::bigint AS on_hand
    FROM ledger.position p
    JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
    ${place(filter)}
    LEFT JOIN ${undoneTable(undone, bind)}
      ON u.journal = p.journal AND u.position_id = p.position_id
    WHERE ${filterSql(filter, bind, 'p', 'l')}`;
  const { rows } = await tx.query<{ on_hand: bigint }>(text, values);
  return rows[0]?.on_hand ?? 0n;
}

/** The changes as a table `u (journal, position_id, delta)`. */
export function undoneTable(undone: Undone, bind: (value: unknown) => string): string {
  const columns = [
    `${bind(undone.journals)}::integer[]`,
    `${bind(undone.positions)}::bigint[]`,
    `${bind(undone.deltas)}::bigint[]`,
  ];
  return `unnest(${columns.join(', ')}) AS u(journal, position_id, delta)`;
}
