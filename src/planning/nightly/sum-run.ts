import type { Queryable, Tx } from '../../platform/database.ts';
import { addCells, type CellSum } from './cell-sums.ts';
import { selectCells, updateFactors } from './cells.queries.ts';
import { byteaArray } from './columns.ts';
import { packFloats } from './pack.ts';
import type { Pool } from './pool.ts';
import type { Cell, LevelForecast } from './reconcile.ts';
import type { RunResult } from './run.ts';
import type { Claimed } from './runs.queries.ts';

/** The sums of a run, ready to be written. */
export interface SummedRun {
  write(tx: Tx): Promise<RunResult>;
}

/**
 * Sums what the parts of a run left, in order of parts, whoever did them and when; forecasts the
 * levels and reconciles them.
 */
export async function sumRun(db: Queryable, run: Claimed, pool: Pool): Promise<SummedRun> {
  const sums = new Map<number, CellSum>();
  const results: RunResult[] = [];
  for await (const row of readParts(db, run.runId)) {
    results.push(row.result);
    if (row.sums) addCells(sums, row.sums);
  }
  const cells: Cell[] = (await selectCells(db))
    .filter(({ cellId }) => sums.has(cellId))
    .map(({ cellId, group, site, region }) => ({ ...sums.get(cellId)!, group, site, region }));
  const { levels, factors } = await pool.reconcile(cells);
  return {
    write: async (tx) => {
      const stored = cells.map(({ cellId }, i) => ({ cellId, factors: packFloats(factors[i]!) }));
      await updateFactors(tx, run.origin, stored);
      await replaceLevels(tx, run, levels);
      return totalsOf(results);
    },
  };
}

/** A part of the series as it was left. */
interface PartRow {
  readonly part: number;
  readonly result: RunResult;
  readonly sums: Buffer | null;
}

/**
 * Parts read at a time. Each may hold a megabyte of sums, and a million series have a thousand
 * parts: all at once they would take more memory than the whole night.
 */
const PARTS_READ = 16;

/** The parts of the series of a run in their order, some at a time. */
async function* readParts(db: Queryable, runId: string): AsyncGenerator<PartRow> {
  let after = -1;
  for (;;) {
    const { rows } = await db.query<PartRow>(
      `SELECT part, result, sums FROM planning.run_part
       WHERE forecast_run_id = $1 AND stage = 1 AND part > $2 ORDER BY part LIMIT $3`,
      [runId, after, PARTS_READ],
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PARTS_READ) return;
    after = last.part;
  }
}

function totalsOf(results: readonly RunResult[]): RunResult {
  const sum = (of: (result: RunResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const classes: Record<string, number> = {};
  for (const result of results) {
    for (const [name, count] of Object.entries(result.classes)) {
      classes[name] = (classes[name] ?? 0) + count;
    }
  }
  return {
    series: sum(({ series }) => series),
    tiers: {
      rolled: sum(({ tiers }) => tiers.rolled),
      fast: sum(({ tiers }) => tiers.fast),
      full: sum(({ tiers }) => tiers.full),
    },
    classes,
    drifting: sum(({ drifting }) => drifting),
    overridden: sum(({ overridden }) => overridden),
    scoredDays: sum(({ scoredDays }) => scoredDays),
  };
}

async function replaceLevels(
  tx: Tx,
  run: Claimed,
  levels: readonly LevelForecast[],
): Promise<void> {
  await tx.query('DELETE FROM planning.forecast_level');
  const packed = (of: (level: LevelForecast) => Float64Array) =>
    byteaArray(levels.map((level) => packFloats(of(level))));
  await tx.query(
    `INSERT INTO planning.forecast_level (forecast_run_id, origin, level, code, method, series,
       week_means, week_quantiles, summed_means, own_means, week_history)
     SELECT $1, $2, x.* FROM unnest($3::text[], $4::text[], $5::text[], $6::integer[],
       $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[]) x`,
    [
      ...[run.runId, run.origin],
      levels.map(({ level }) => level),
      levels.map(({ code }) => code),
      levels.map(({ method }) => method),
      levels.map(({ series }) => series),
      packed(({ means }) => means),
      packed(({ quantiles }) => Float64Array.from(quantiles.flatMap((each) => [...each]))),
      packed(({ summed }) => summed),
      packed(({ own }) => own),
      packed(({ history }) => history),
    ],
  );
}
