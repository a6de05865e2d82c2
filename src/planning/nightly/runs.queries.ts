import type { Queryable, Tx } from '../../platform/database.ts';
import type { ItemRange, RunRequest, RunResult, RunState } from './run.ts';

/** A run as it is kept. */
export interface RunRow {
  readonly runId: string;
  readonly number: string;
  readonly state: RunState;
  readonly stage: number;
  readonly origin: string;
  readonly seed: number;
  readonly request: RunRequest;
  readonly parts: number;
  readonly partsDone: number;
  readonly series: number;
  readonly seriesDone: number;
  readonly result: RunResult | null;
  readonly reason: string | null;
  readonly actorId: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

const COLUMNS = `forecast_run_id AS "runId", number, state, stage, origin::text, seed, request,
  parts, parts_done AS "partsDone", series, series_done AS "seriesDone", result, reason,
  actor_id AS "actorId", created_at AS "createdAt", started_at AS "startedAt",
  finished_at AS "finishedAt"`;

export interface NewRun {
  readonly runId: string;
  readonly origin: string;
  readonly seed: number;
  readonly request: RunRequest;
  readonly actorId: number;
}

/**
 * Queues a run with its first part. `tx` is a transaction of the house's writer or of the poster.
 * @returns undefined where another run is open.
 */
export async function insertRun(tx: Queryable, run: NewRun, at: Date): Promise<RunRow | undefined> {
  const { rows } = await tx.query<RunRow>(
    `INSERT INTO planning.forecast_run (forecast_run_id, number, state, origin, seed, request,
       parts, actor_id, created_at)
     VALUES ($1, 'FR-' || lpad(nextval('planning.forecast_run_number')::text, 6, '0'), 'queued',
       $2, $3, $4, 1, $5, $6)
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [run.runId, run.origin, run.seed, run.request, run.actorId, at],
  );
  return rows[0];
}

/** Finds a run by number. */
export async function selectRun(tx: Queryable, number: string): Promise<RunRow | undefined> {
  const { rows } = await tx.query<RunRow>(
    `SELECT ${COLUMNS} FROM planning.forecast_run WHERE number = $1`,
    [number],
  );
  return rows[0];
}

/** The newest run, of one state where one is named. */
export async function selectNewestRun(
  tx: Queryable,
  state: RunState | null = null,
): Promise<RunRow | undefined> {
  const { rows } = await tx.query<RunRow>(
    `SELECT ${COLUMNS} FROM planning.forecast_run WHERE ($1::text IS NULL OR state = $1)
     ORDER BY created_at DESC, forecast_run_id DESC LIMIT 1`,
    [state],
  );
  return rows[0];
}

/** Runs, the newest first. */
export async function selectRuns(
  tx: Tx,
  filter: { state: string | null; before: readonly [string, string] | undefined; limit: number },
): Promise<RunRow[]> {
  const { rows } = await tx.query<RunRow>(
    `SELECT ${COLUMNS} FROM planning.forecast_run
     WHERE ($1::text IS NULL OR state = $1)
       AND ($2::timestamptz IS NULL OR (created_at, forecast_run_id) < ($2, $3::uuid))
     ORDER BY created_at DESC, forecast_run_id DESC LIMIT $4`,
    [filter.state, filter.before?.[0] ?? null, filter.before?.[1] ?? null, filter.limit],
  );
  return rows;
}

/** Whether a run of this origin was made or is under way, by whoever. */
export async function hasRunOf(db: Queryable, origin: string): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>(
    `SELECT EXISTS (SELECT FROM planning.forecast_run
       WHERE origin >= $1 OR state IN ('queued', 'running')) AS there`,
    [origin],
  );
  return rows[0]?.there === true;
}

/** Cancels a run that is open. @returns undefined where it is not. */
export async function cancelRun(
  tx: Queryable,
  number: string,
  at: Date,
): Promise<RunRow | undefined> {
  const { rows } = await tx.query<RunRow>(
    `UPDATE planning.forecast_run SET state = 'cancelled', finished_at = $2
     WHERE number = $1 AND state IN ('queued', 'running') RETURNING ${COLUMNS}`,
    [number, at],
  );
  return rows[0];
}

/** A part that this process has claimed; `tries` proves that it still has it. */
export interface Claimed {
  readonly runId: string;
  readonly part: number;
  readonly tries: number;
  readonly stage: number;
  readonly itemFrom: number | null;
  readonly itemBefore: number | null;
  readonly origin: string;
  readonly seed: number;
  readonly request: RunRequest;
}

/**
 * Claims the next part of the open run: one that waits, or one that nobody was heard of since
 * `silentSince`. Parts of a stage wait until the stage before is done. The choice is materialised:
 * a plan that asked for it once a row would claim further parts, on which nobody works.
 */
export async function claimPart(
  db: Queryable,
  worker: string,
  at: Date,
  silentSince: Date,
): Promise<Claimed | undefined> {
  const { rows } = await db.query<Claimed>(
    `WITH c AS MATERIALIZED (
       SELECT q.forecast_run_id, q.part, r.origin, r.seed, r.request
       FROM planning.forecast_run r JOIN planning.run_part q USING (forecast_run_id)
       WHERE r.state IN ('queued', 'running') AND q.stage = r.stage
         AND (q.state = 'waiting' OR (q.state = 'claimed' AND q.heard_at < $3))
       ORDER BY q.part LIMIT 1 FOR UPDATE OF q SKIP LOCKED)
     UPDATE planning.run_part p SET state = 'claimed', worker = $1, heard_at = $2,
       tries = p.tries + 1
     FROM c WHERE p.forecast_run_id = c.forecast_run_id AND p.part = c.part
     RETURNING p.forecast_run_id AS "runId", p.part, p.tries, p.stage,
       p.item_from AS "itemFrom", p.item_before AS "itemBefore", c.origin::text, c.seed, c.request`,
    [worker, at, silentSince],
  );
  const [claimed] = rows;
  if (claimed?.part === 0) await beginRun(db, claimed.runId, at);
  return claimed;
}

async function beginRun(db: Queryable, runId: string, at: Date): Promise<void> {
  await db.query(
    `UPDATE planning.forecast_run SET state = 'running', started_at = coalesce(started_at, $2)
     WHERE forecast_run_id = $1 AND state = 'queued'`,
    [runId, at],
  );
}

/** Says that a claimed part is still worked on; false where it was lost to another. */
export async function keepPart(db: Queryable, part: Claimed, at: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE planning.run_part SET heard_at = $4
     WHERE forecast_run_id = $1 AND part = $2 AND tries = $3 AND state = 'claimed'`,
    [part.runId, part.part, part.tries, at],
  );
  return rowCount === 1;
}

/** Gives a claimed part back unfinished, for whoever comes next; its tries still count. */
export async function releasePart(db: Queryable, part: Claimed): Promise<void> {
  await db.query(
    `UPDATE planning.run_part SET state = 'waiting'
     WHERE forecast_run_id = $1 AND part = $2 AND tries = $3 AND state = 'claimed'`,
    [part.runId, part.part, part.tries],
  );
}

/** Marks a claimed part done; false where it was lost to another, and nothing may be written. */
export async function finishPart(
  tx: Tx,
  part: Claimed,
  done: { readonly result: object; readonly sums: Buffer | null; readonly at: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE planning.run_part SET state = 'done', result = $4, sums = $5, heard_at = $6
     WHERE forecast_run_id = $1 AND part = $2 AND tries = $3 AND state = 'claimed'`,
    [part.runId, part.part, part.tries, done.result, done.sums, done.at],
  );
  return rowCount === 1;
}

/**
 * Counts a finished part of a run; the last statement of its transaction, as it locks the run.
 * @returns whether it was the last of its stage; undefined where the run was cancelled.
 */
export async function countPart(
  tx: Tx,
  runId: string,
  series: number,
): Promise<{ isLast: boolean } | undefined> {
  const { rows } = await tx.query<{ isLast: boolean }>(
    `UPDATE planning.forecast_run SET parts_done = parts_done + 1,
       series_done = series_done + $2
     WHERE forecast_run_id = $1 AND state = 'running'
     RETURNING parts_done = parts AS "isLast"`,
    [runId, series],
  );
  return rows[0];
}

/** Puts a run's next stage into the queue, in the transaction that finished the last one. */
export async function openStage(
  tx: Tx,
  runId: string,
  stage: number,
  ranges: readonly (ItemRange | null)[],
): Promise<void> {
  await tx.query(
    `INSERT INTO planning.run_part (forecast_run_id, part, stage, item_from, item_before, series,
       state)
     SELECT $1, r.parts + x.i - 1, $2, x.item_from, x.item_before, x.series, 'waiting'
     FROM planning.forecast_run r
     CROSS JOIN unnest($3::integer[], $4::integer[], $5::integer[])
       WITH ORDINALITY x(item_from, item_before, series, i)
     WHERE r.forecast_run_id = $1`,
    [
      ...[runId, stage],
      ranges.map((range) => range?.from ?? null),
      ranges.map((range) => range?.before ?? null),
      ranges.map((range) => range?.series ?? 0),
    ],
  );
  await tx.query(
    `UPDATE planning.forecast_run SET stage = $2, parts = parts + $3, series = series + $4
     WHERE forecast_run_id = $1`,
    [runId, stage, ranges.length, ranges.reduce((sum, range) => sum + (range?.series ?? 0), 0)],
  );
}

/** The run's first part; with it the run is in the queue. */
export async function queueFirstPart(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `INSERT INTO planning.run_part (forecast_run_id, part, stage, state)
     VALUES ($1, 0, 0, 'waiting')`,
    [runId],
  );
}

/** Notes what was decided when a run began. */
export async function setRequest(tx: Tx, runId: string, request: RunRequest): Promise<void> {
  await tx.query('UPDATE planning.forecast_run SET request = $2 WHERE forecast_run_id = $1', [
    runId,
    request,
  ]);
}

/** Ends a run, and lets go of what its sums were made of. */
export async function finishRun(
  tx: Queryable,
  runId: string,
  end: { state: 'done' | 'failed'; result: object | null; reason: string | null; at: Date },
): Promise<void> {
  await tx.query(
    `UPDATE planning.forecast_run SET state = $2, result = $3, reason = $4, finished_at = $5
     WHERE forecast_run_id = $1 AND state = 'running'`,
    [runId, end.state, end.result, end.reason, end.at],
  );
  await tx.query('UPDATE planning.run_part SET sums = NULL WHERE forecast_run_id = $1', [runId]);
}

/** Who works on parts of a run now. */
export async function selectWorkers(
  tx: Queryable,
  runId: string,
  heardSince: Date,
): Promise<string[]> {
  const { rows } = await tx.query<{ worker: string }>(
    `SELECT DISTINCT worker FROM planning.run_part
     WHERE forecast_run_id = $1 AND state = 'claimed' AND heard_at >= $2 ORDER BY worker`,
    [runId, heardSince],
  );
  return rows.map(({ worker }) => worker);
}

/** Whether there is any demand history. */
export async function hasHistory(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>(
    'SELECT EXISTS (SELECT FROM planning.demand) AS there',
  );
  return rows[0]?.there === true;
}
