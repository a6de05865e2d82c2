import type { Queryable, Tx } from '../../platform/database.ts';
import type { BatchFilter } from './batch.queries.ts';

/** A run as it is kept. */
export interface RunRow {
  readonly runId: string;
  readonly number: string;
  readonly policy: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly request: BatchFilter;
  /** What it is doing, in words. */
  readonly step: string;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly actorId: number;
  readonly tries: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

const COLUMNS = `sourcing_run_id AS "runId", number, policy, state, request, step, result,
  actor_id AS "actorId", tries, created_at AS "createdAt", finished_at AS "finishedAt"`;

/** Queues a run. `tx` is a writer's or poster's transaction of the house. */
export async function insertRun(
  tx: Queryable,
  run: { runId: string; policy: string; request: BatchFilter; actorId: number },
  at: Date,
): Promise<RunRow> {
  const { rows } = await tx.query<RunRow>(
    `INSERT INTO outbound.sourcing_run (sourcing_run_id, number, policy, state, request, step,
       actor_id, heard_at, created_at)
     VALUES ($1, 'SR-' || lpad(nextval('outbound.sourcing_run_number')::text, 6, '0'), $2,
       'queued', $3, 'waits for its turn', $4, $5, $5) RETURNING ${COLUMNS}`,
    [run.runId, run.policy, run.request, run.actorId, at],
  );
  return rows[0]!;
}

/** Finds a run by number. */
export async function selectRun(tx: Queryable, number: string): Promise<RunRow | undefined> {
  const { rows } = await tx.query<RunRow>(
    `SELECT ${COLUMNS} FROM outbound.sourcing_run WHERE number = $1`,
    [number],
  );
  return rows[0];
}

/** Runs, the newest first. */
export async function selectRuns(
  tx: Tx,
  filter: { state: string | null; before: readonly [string, string] | undefined; limit: number },
): Promise<RunRow[]> {
  const { rows } = await tx.query<RunRow>(
    `SELECT ${COLUMNS} FROM outbound.sourcing_run
     WHERE ($1::text IS NULL OR state = $1)
       AND ($2::timestamptz IS NULL OR (created_at, sourcing_run_id) < ($2, $3::uuid))
     ORDER BY created_at DESC, sourcing_run_id DESC LIMIT $4`,
    [filter.state, filter.before?.[0] ?? null, filter.before?.[1] ?? null, filter.limit],
  );
  return rows;
}

/** Takes the oldest run that waits, or that nobody was heard of since `silentSince`. */
export async function claimRun(
  db: Queryable,
  at: Date,
  silentSince: Date,
): Promise<RunRow | undefined> {
  const { rows } = await db.query<RunRow>(
    `UPDATE outbound.sourcing_run SET state = 'running', heard_at = $1, tries = tries + 1
     WHERE sourcing_run_id = (
       SELECT sourcing_run_id FROM outbound.sourcing_run
       WHERE state = 'queued' OR (state = 'running' AND heard_at < $2)
       ORDER BY created_at, sourcing_run_id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${COLUMNS}`,
    [at, silentSince],
  );
  return rows[0];
}

/** Says how far a run has come; false when another process has taken it over. */
export async function reportStep(
  db: Queryable,
  run: Pick<RunRow, 'runId' | 'tries'>,
  step: string,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE outbound.sourcing_run SET step = $3, heard_at = $4
     WHERE sourcing_run_id = $1 AND tries = $2 AND state = 'running'`,
    [run.runId, run.tries, step, at],
  );
  return rowCount === 1;
}

/** Ends a run. */
export async function finishRun(
  db: Queryable,
  run: Pick<RunRow, 'runId' | 'tries'>,
  end: { state: 'done' | 'failed'; step: string; result: Readonly<Record<string, unknown>> },
  at: Date,
): Promise<void> {
  await db.query(
    `UPDATE outbound.sourcing_run
     SET state = $3, step = $4, result = $5, finished_at = $6, heard_at = $6
     WHERE sourcing_run_id = $1 AND tries = $2 AND state = 'running'`,
    [run.runId, run.tries, end.state, end.step, end.result, at],
  );
}

/** Queues a run by itself where the last one of the policy is older than its period. */
export async function insertDueRun(
  db: Queryable,
  run: { runId: string; policy: string; request: BatchFilter; actorId: number },
  at: Date,
  since: Date,
): Promise<boolean> {
  // Of several processes that find it due, the row of the policy lets one go first.
  const { rows } = await db.query<{ due: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM outbound.sourcing_run
       WHERE policy = $1 AND (created_at > $2 OR state IN ('queued', 'running'))) AS due`,
    [run.policy, since],
  );
  if (!rows[0]?.due) return false;
  await insertRun(db, run, at);
  return true;
}
