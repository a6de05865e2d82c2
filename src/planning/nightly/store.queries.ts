import type { Queryable, Tx } from '../../platform/database.ts';
import { LEVELS } from '../series.ts';
import { type BatchOutput, LENGTHS, TIERS } from './batch.ts';
import { byteaArray, narrowPieces, pieces } from './columns.ts';
import { dateOf } from './pack.ts';
import { figuresOf, scoreOf } from './score.ts';
import { WEEKS_AHEAD } from './types.ts';

/** What the next run needs of a forecast that is there. */
export interface PreviousRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  /** Days counted from 1970-01-01. */
  readonly origin: number;
  readonly selectedDay: number | null;
  readonly tier: string;
  readonly computedDay: number;
  readonly dayMeans: Buffer;
  readonly dayQuantiles: Buffer;
  readonly weekMeans: Buffer;
  readonly weekQuantiles: Buffer;
  readonly dayVariance: number;
  readonly growth: number;
  readonly correlation: number;
  readonly method: string;
  readonly demandClass: string;
  readonly marks: string;
  readonly overriddenMeans: Buffer | null;
  readonly overriddenBy: string[] | null;
  readonly score: Buffer;
  readonly state: string | null;
}

/** Forecasts of a range of items, made at the origin or before it. */
export async function selectPrevious(
  db: Queryable,
  range: { readonly from: number; readonly before: number },
  origin: string,
): Promise<PreviousRow[]> {
  const { rows } = await db.query<PreviousRow>(
    `SELECT item_id AS "itemId", site_id AS "siteId", owner_id AS "ownerId",
       origin - date '1970-01-01' AS origin, selected_on - date '1970-01-01' AS "selectedDay",
       computed_on - date '1970-01-01' AS "computedDay", tier, day_means AS "dayMeans",
       day_quantiles AS "dayQuantiles", week_means AS "weekMeans",
       week_quantiles AS "weekQuantiles", day_variance AS "dayVariance",
       variance_growth AS growth, correlation, method, demand_class AS "demandClass", marks,
       overridden_means AS "overriddenMeans", overridden_by AS "overriddenBy", score,
       engine_state::text AS state
     FROM planning.forecast WHERE item_id >= $1 AND item_id < $2 AND origin <= $3`,
    [range.from, range.before, origin],
  );
  return rows;
}

/** Forecasts of a batch with what the process itself adds to them. */
export interface ToStore {
  readonly runId: string;
  readonly origin: string;
  /** Item, site, owner of each series. */
  readonly keys: Int32Array;
  /** Row of planning.forecast_cell of each. */
  readonly cellIds: readonly number[];
  readonly output: BatchOutput;
  /** Means of the next days with planners' overrides; null where there are none. */
  readonly overriddenMeans: readonly (Buffer | null)[];
  readonly overriddenBy: readonly (readonly string[] | null)[];
}

/** Numbers of scores that lists filter and sort by. */
function figuresOfAll({ scores, count }: BatchOutput) {
  const all = Array.from({ length: count }, (_, i) => {
    const score = scoreOf(scores.subarray(i * LENGTHS.score, (i + 1) * LENGTHS.score));
    return { figures: figuresOf(score.sums), driftDay: score.driftDay };
  });
  const column = (name: 'wape' | 'bias' | 'rmsse' | 'pinball') =>
    all.map(({ figures }) => figures[name]);
  return {
    figures: [column('wape'), column('bias'), column('rmsse'), column('pinball')],
    driftedOn: all.map(({ driftDay }) => (driftDay > 0 ? dateOf(driftDay) : null)),
  };
}

function meansOf({ dayMeans, count }: BatchOutput): number[] {
  return Array.from({ length: count }, (_, i) => {
    const days = dayMeans.subarray(i * LENGTHS.dayMeans, (i + 1) * LENGTHS.dayMeans);
    return days.reduce((sum, mean) => sum + mean, 0) / days.length;
  });
}

/** A uuid[] for each row as text, since an array of arrays would have to be rectangular. */
function uuidLists(lists: readonly (readonly string[] | null)[]): (string | null)[] {
  return lists.map((list) => (list === null ? null : `{${list.join(',')}}`));
}

/** Columns of a row that is there and is replaced. */
const REPLACED = [
  ...['forecast_run_id', 'origin', 'forecast_cell_id', 'method', 'demand_class', 'marks', 'tier'],
  'computed_on',
  ...['selected_on', 'mean_per_day', 'day_means', 'day_quantiles', 'week_means'],
  ...['week_quantiles', 'day_variance', 'variance_growth', 'correlation', 'overridden_means'],
  ...['overridden_by', 'score', 'wape', 'bias', 'rmsse', 'pinball', 'is_drifting', 'drifted_on'],
];

/**
 * What a selection found stays until the next one, without being read and written each night; a
 * run of an earlier origin keeps nothing of a later one.
 */
const KEPT = ['explanation', 'engine_state'];
const keep = (name: string) => `${name} = CASE
    WHEN excluded.tier <> 'full' AND forecast.origin <= excluded.origin THEN forecast.${name}
    ELSE excluded.${name} END`;

const UPSERT = `
  INSERT INTO planning.forecast (forecast_run_id, origin, item_id, site_id, owner_id,
    forecast_cell_id, method, demand_class, marks, tier, selected_on, computed_on, mean_per_day,
    day_means,
    day_quantiles, week_means, week_quantiles, day_variance, variance_growth, correlation,
    overridden_means, overridden_by, score, wape, bias, rmsse, pinball, is_drifting, drifted_on,
    explanation, engine_state)
  SELECT $1, $2, x.item_id, x.site_id, x.owner_id, x.cell_id, x.method, x.class, x.marks, x.tier,
    x.selected_on, x.computed_on, x.mean, x.day_means, x.day_quantiles, x.week_means,
    x.week_quantiles,
    x.variance, x.growth, x.correlation, x.overridden_means, x.overridden_by::uuid[], x.score,
    x.wape, x.bias, x.rmsse, x.pinball, x.is_drifting, x.drifted_on, x.explanation,
    x.engine_state
  FROM unnest($3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::date[], $12::real[], $13::bytea[], $14::bytea[], $15::bytea[],
    $16::bytea[], $17::real[], $18::real[], $19::real[], $20::bytea[], $21::text[], $22::bytea[],
    $23::real[], $24::real[], $25::real[], $26::real[], $27::boolean[], $28::date[],
    $29::jsonb[], $30::jsonb[], $31::date[])
    x(item_id, site_id, owner_id, cell_id, method, class, marks, tier, selected_on, mean,
      day_means, day_quantiles, week_means, week_quantiles, variance, growth, correlation,
      overridden_means, overridden_by, score, wape, bias, rmsse, pinball, is_drifting,
      drifted_on, explanation, engine_state, computed_on)
  ON CONFLICT (item_id, site_id, owner_id) DO UPDATE SET
    ${[...REPLACED.map((name) => `${name} = excluded.${name}`), ...KEPT.map(keep)].join(', ')}`;

/** Writes the forecasts of a batch over those that were there. */
export async function upsertForecasts(tx: Tx, stored: ToStore): Promise<void> {
  const { output, keys } = stored;
  if (output.count === 0) return;
  const every = (of: (index: number) => unknown) =>
    Array.from({ length: output.count }, (_, i) => of(i));
  const { figures, driftedOn } = figuresOfAll(output);
  await tx.query(UPSERT, [
    ...[stored.runId, stored.origin],
    ...[0, 1, 2].map((at) => every((i) => keys[i * 3 + at])),
    ...[stored.cellIds, output.methods, output.classes, output.marks],
    every((i) => TIERS[output.tiers[i] as number]),
    every((i) => ((output.selectedDays[i] as number) > 0 ? dateOf(output.selectedDays[i]!) : null)),
    meansOf(output),
    pieces(output.dayMeans, LENGTHS.dayMeans),
    pieces(output.dayQuantiles, LENGTHS.dayQuantiles),
    narrowPieces(output.weekMeans, 1, WEEKS_AHEAD),
    narrowPieces(output.weekQuantiles, LEVELS.length, WEEKS_AHEAD),
    ...[0, 1, 2].map((at) => every((i) => output.spreads[i * 3 + at])),
    byteaArray(stored.overriddenMeans),
    uuidLists(stored.overriddenBy),
    pieces(output.scores, LENGTHS.score),
    ...figures,
    every((i) => output.isDrifting[i] === 1),
    driftedOn,
    ...[output.explanations, output.states],
    every((i) => dateOf(output.computedDays[i] as number)),
  ]);
}

/** Takes out forecasts of a range of items that this run did not make: their history is gone. */
export async function deleteStale(
  tx: Tx,
  runId: string,
  range: { readonly from: number; readonly before: number },
): Promise<void> {
  await tx.query(
    `DELETE FROM planning.forecast
     WHERE item_id >= $2 AND item_id < $3 AND forecast_run_id <> $1`,
    [runId, range.from, range.before],
  );
}
