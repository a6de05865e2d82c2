import type { Queryable, Tx } from '../../platform/database.ts';

/** What a run does: adds what is new, or makes everything anew. */
export type RunKind = 'incremental' | 'rebuild';
export type RunState = 'queued' | 'running' | 'completed' | 'failed';

/** A run of the roll-up. */
export interface DemandRun {
  readonly runId: number;
  readonly kind: RunKind;
  readonly state: RunState;
  /** Facts of the ledger read so far, and how many there were when it began. */
  readonly factsDone: number;
  readonly factsTotal: number;
  /** Entries of sales orders' trails looked at. */
  readonly ordersDone: number;
  readonly error: string | null;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly heardAt: Date | null;
  readonly endedAt: Date | null;
}

const COLUMNS = `demand_run_id AS "runId", kind, state, facts_done::float8 AS "factsDone",
  facts_total::float8 AS "factsTotal", orders_done::float8 AS "ordersDone", error,
  requested_at AS "requestedAt", started_at AS "startedAt", heard_at AS "heardAt",
  ended_at AS "endedAt"`;

/** Runs, newest first, before the one of an id. */
export async function selectRuns(
  db: Queryable,
  query: {
    readonly state: RunState | undefined;
    readonly before: number | undefined;
    readonly limit: number;
  },
): Promise<DemandRun[]> {
  const { rows } = await db.query<DemandRun>(
    `SELECT ${COLUMNS} FROM planning.demand_run
     WHERE ($1::text IS NULL OR state = $1) AND ($2::integer IS NULL OR demand_run_id < $2)
     ORDER BY demand_run_id DESC LIMIT $3`,
    [query.state ?? null, query.before ?? null, query.limit],
  );
  return rows;
}

/** One run; undefined where there is none. */
export async function findRun(db: Queryable, runId: number): Promise<DemandRun | undefined> {
  const { rows } = await db.query<DemandRun>(
    `SELECT ${COLUMNS} FROM planning.demand_run WHERE demand_run_id = $1`,
    [runId],
  );
  return rows[0];
}

/** Asks for a run; answers its id. */
export async function insertRun(
  tx: Tx,
  kind: RunKind,
  actorId: number | null,
  at: Date,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `INSERT INTO planning.demand_run (kind, state, actor_id, requested_at)
     VALUES ($1, 'queued', $2, $3) RETURNING demand_run_id AS id`,
    [kind, actorId, at],
  );
  return rows[0]!.id;
}

/** A process that was not heard of for so long is gone. */
const SILENCE_MS_MAX = 120_000;

/** Ends runs whose process is gone. */
export async function failSilentRuns(tx: Tx, at: Date): Promise<void> {
  await tx.query(
    `UPDATE planning.demand_run SET state = 'failed', ended_at = $1,
       error = 'The process that ran it is gone.'
     WHERE state = 'running' AND heard_at < $2`,
    [at, new Date(at.getTime() - SILENCE_MS_MAX)],
  );
}

/** Starts a queued run unless another is running. @returns whether it did. */
export async function startRun(
  tx: Tx,
  runId: number,
  factsTotal: number,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE planning.demand_run r SET state = 'running', facts_total = $2, started_at = $3,
       heard_at = $3
     WHERE demand_run_id = $1 AND state = 'queued'
       AND NOT EXISTS (SELECT FROM planning.demand_run o WHERE o.state = 'running')`,
    [runId, factsTotal, at],
  );
  return rowCount === 1;
}

/** The oldest run that waits. */
export async function nextQueued(db: Queryable): Promise<DemandRun | undefined> {
  const { rows } = await db.query<DemandRun>(
    `SELECT ${COLUMNS} FROM planning.demand_run WHERE state = 'queued'
     ORDER BY demand_run_id LIMIT 1`,
  );
  return rows[0];
}

/** The newest run that was completed. */
export async function lastCompleted(db: Queryable): Promise<DemandRun | undefined> {
  const { rows } = await db.query<DemandRun>(
    `SELECT ${COLUMNS} FROM planning.demand_run WHERE state = 'completed'
     ORDER BY demand_run_id DESC LIMIT 1`,
  );
  return rows[0];
}

/** What a chunk of work did. */
export interface Progress {
  readonly facts: number;
  readonly orders: number;
}

/**
 * Notes progress within the transaction of the work itself: a run that was given up on cannot
 * commit any more.
 * @returns false where the run is not running any more.
 */
export async function noteProgress(
  tx: Tx,
  runId: number,
  { facts, orders }: Progress,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE planning.demand_run SET facts_done = facts_done + $2, orders_done = orders_done + $3,
       heard_at = $4
     WHERE demand_run_id = $1 AND state = 'running'`,
    [runId, facts, orders, at],
  );
  return rowCount === 1;
}

/** Ends a run. */
export async function endRun(tx: Tx, runId: number, error: string | null, at: Date): Promise<void> {
  await tx.query(
    `UPDATE planning.demand_run SET state = $2, error = $3, ended_at = $4, heard_at = $4
     WHERE demand_run_id = $1 AND state = 'running'`,
    [runId, error === null ? 'completed' : 'failed', error, at],
  );
}

/** Lets a run that was stopped wait for another process, or for the next start of this one. */
export async function requeueRun(tx: Tx, runId: number): Promise<void> {
  await tx.query(
    `UPDATE planning.demand_run SET state = 'queued', started_at = NULL, facts_done = 0,
       orders_done = 0
     WHERE demand_run_id = $1 AND state = 'running'`,
    [runId],
  );
}

/** How far a journal is rolled up; the row is locked. */
export async function lockSeq(tx: Tx, journal: number): Promise<bigint> {
  const source = `journal ${journal}`;
  await tx.query(
    'INSERT INTO planning.demand_checkpoint (source) VALUES ($1) ON CONFLICT DO NOTHING',
    [source],
  );
  const { rows } = await tx.query<{ seq: bigint }>(
    'SELECT seq FROM planning.demand_checkpoint WHERE source = $1 FOR UPDATE',
    [source],
  );
  return rows[0]!.seq;
}

export async function moveSeq(tx: Tx, journal: number, seq: bigint): Promise<void> {
  await tx.query('UPDATE planning.demand_checkpoint SET seq = $2 WHERE source = $1', [
    `journal ${journal}`,
    seq,
  ]);
}

const ORDERS = 'sales orders';

/** The newest entry of sales orders' trails that was taken in; null of none. */
export async function readTrailEnd(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ id: string | null }>(
    'SELECT history_id AS id FROM planning.demand_checkpoint WHERE source = $1',
    [ORDERS],
  );
  return rows[0]?.id ?? null;
}

export async function moveTrailEnd(tx: Tx, historyId: string): Promise<void> {
  await tx.query(
    `INSERT INTO planning.demand_checkpoint (source, history_id) VALUES ($1, $2)
     ON CONFLICT (source) DO UPDATE
       SET history_id = greatest(demand_checkpoint.history_id, excluded.history_id)`,
    [ORDERS, historyId],
  );
}

/** Each journal's newest seq, and how much of it is not rolled up. */
export async function readHeads(
  db: Queryable,
): Promise<{ journal: number; seq: bigint; rolledUp: bigint }[]> {
  const { rows } = await db.query<{ journal: number; seq: bigint; rolledUp: bigint }>(
    `SELECT h.journal, h.seq, coalesce(c.seq, 0) AS "rolledUp"
     FROM ledger.journal_head h
     LEFT JOIN planning.demand_checkpoint c ON c.source = 'journal ' || h.journal
     ORDER BY h.journal`,
  );
  return rows;
}
