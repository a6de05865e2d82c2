import type { Queryable, Tx } from '../../platform/database.ts';
import { SUM_NAMES, type Sums } from './score.ts';

/** Sums of one day at one level. */
export interface LevelSums {
  /** The day that was forecast, `2026-11-22`. */
  readonly day: string;
  readonly level: string;
  readonly code: string;
  readonly sums: Sums;
}

/** Sums are stored in millionths, as integers, so that they may be added in any order. */
const MILLION = 1_000_000;

function millionths(value: number): string {
  return BigInt(Math.round(value * MILLION)).toString();
}

const COLUMNS: Readonly<Record<keyof Sums, string>> = {
  ...{ days: 'days', actual: 'actual', absolute: 'absolute', error: 'error', naive: 'naive' },
  ...{ pinball: 'pinball', scaledDays: 'scaled_days', scaledSquared: 'scaled_squared' },
  ...{ scaledPinball: 'scaled_pinball', inside80: 'inside_80', inside90: 'inside_90' },
  inside95: 'inside_95',
};
const NAMES = SUM_NAMES.map((name) => COLUMNS[name]);

/** Adds sums to what is there of the same days; rows are taken in one order by everybody. */
export async function addAccuracy(tx: Tx, rows: readonly LevelSums[]): Promise<void> {
  if (rows.length === 0) return;
  const keyOf = ({ day, level, code }: LevelSums) => `${day} ${level} ${code}`;
  const sorted = [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  await tx.query(
    `INSERT INTO planning.accuracy_day AS a (day, level, code, ${NAMES.join(', ')})
     SELECT * FROM unnest($1::date[], $2::text[], $3::text[],
       ${NAMES.map((_, i) => `$${i + 4}::bigint[]`).join(', ')})
     ON CONFLICT (day, level, code) DO UPDATE SET
       ${NAMES.map((name) => `${name} = a.${name} + excluded.${name}`).join(', ')}`,
    [
      sorted.map(({ day }) => day),
      sorted.map(({ level }) => level),
      sorted.map(({ code }) => code),
      ...SUM_NAMES.map((name) => sorted.map(({ sums }) => millionths(sums[name]))),
    ],
  );
}

/** Which days and levels to read. */
export interface AccuracyFilter {
  readonly level: string;
  readonly code: string | null;
  /** First and last day, both included. */
  readonly from: string;
  readonly to: string;
}

/** Sums by code over all days of a range, or by day where `byDay`. */
export async function selectAccuracy(
  db: Queryable,
  filter: AccuracyFilter,
  byDay: boolean,
): Promise<LevelSums[]> {
  const group = byDay ? 'day, code' : 'code';
  const { rows } = await db.query<Record<string, unknown>>(
    `SELECT ${byDay ? 'day::text' : `'' AS day`}, code,
       ${NAMES.map((name) => `sum(${name})::float8 / ${MILLION} AS ${name}`).join(', ')}
     FROM planning.accuracy_day
     WHERE level = $1 AND ($2::text IS NULL OR code = $2) AND day BETWEEN $3 AND $4
     GROUP BY ${group} ORDER BY ${group}`,
    [filter.level, filter.code, filter.from, filter.to],
  );
  return rows.map((row) => ({
    day: row.day as string,
    level: filter.level,
    code: row.code as string,
    sums: Object.fromEntries(
      SUM_NAMES.map((name) => [name, row[COLUMNS[name]] as number]),
    ) as unknown as Sums,
  }));
}

/** What came on the overridden days of one override. */
export interface OverrideSums {
  readonly overrideId: string;
  days: number;
  actual: number;
  absoluteWith: number;
  absoluteWithout: number;
  errorWith: number;
  errorWithout: number;
}

const OVERRIDE_COLUMNS = {
  ...{ days: 'days', actual: 'actual', absoluteWith: 'absolute_with' },
  ...{ absoluteWithout: 'absolute_without', errorWith: 'error_with' },
  errorWithout: 'error_without',
} as const;

/** Adds what overridden days were worth. */
export async function addOverrideValues(tx: Tx, rows: readonly OverrideSums[]): Promise<void> {
  if (rows.length === 0) return;
  const sorted = [...rows].sort((a, b) => (a.overrideId < b.overrideId ? -1 : 1));
  const names = Object.keys(OVERRIDE_COLUMNS) as (keyof typeof OVERRIDE_COLUMNS)[];
  const columns = names.map((name) => OVERRIDE_COLUMNS[name]);
  await tx.query(
    `INSERT INTO planning.override_value AS v (forecast_override_id, ${columns.join(', ')})
     SELECT * FROM unnest($1::uuid[], ${columns.map((_, i) => `$${i + 2}::bigint[]`).join(', ')})
     ON CONFLICT (forecast_override_id) DO UPDATE SET
       ${columns.map((name) => `${name} = v.${name} + excluded.${name}`).join(', ')}`,
    [
      sorted.map(({ overrideId }) => overrideId),
      ...names.map((name) => sorted.map((row) => millionths(row[name]))),
    ],
  );
}
