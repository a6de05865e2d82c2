import { expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';
import { newId } from '../../platform/ids.ts';
import { HISTORY_WEEKS } from './batch.ts';
import { packCells } from './cell-sums.ts';
import { openPool } from './pool.ts';
import type { Cell } from './reconcile.ts';
import { sumRun } from './sum-run.ts';
import { WEEKS_AHEAD } from './types.ts';

const world = await createForecastWorld();
const PARTS = 41;

it('adds up all parts of a run, however many they are', async () => {
  const { admin, database, day } = world;
  const { siteIds } = await world.seed({ items: 1, sites: ['N'], days: 1 });
  const { rows } = await admin.query<{ cellId: number }>(
    `INSERT INTO planning.forecast_cell (group_code, site_id, region_code) VALUES ('G', $1, 'R')
     RETURNING forecast_cell_id AS "cellId"`,
    [siteIds[0]],
  );
  const { cellId } = rows[0]!;
  const runId = newId();
  await admin.query(
    `INSERT INTO planning.forecast_run (forecast_run_id, number, state, stage, origin, seed,
       request, actor_id, created_at)
     VALUES ($1, 'FR-900000', 'running', 2, $2, 1, '{"tier":"fast"}', 1, now())`,
    [runId, day(0)],
  );
  const result = {
    ...{ series: 2, tiers: { rolled: 1, fast: 1, full: 0 }, classes: { smooth: 2 } },
    ...{ drifting: 0, overridden: 0, scoredDays: 3 },
  };
  for (let part = 1; part <= PARTS; part += 1) {
    const weeks = (value: number) => new Float64Array(WEEKS_AHEAD).fill(value);
    const sums = packCells([cellId], [cellId, cellId], {
      cellHistory: new Float64Array(HISTORY_WEEKS).fill(part),
      ...{ cellMeans: weeks(part), cellUsual: weeks(part), cellDeviation: weeks(1) },
      cellVariance: weeks(1),
    } as Parameters<typeof packCells>[2]);
    await admin.query(
      `INSERT INTO planning.run_part (forecast_run_id, part, stage, state, result, sums)
       VALUES ($1, $2, 1, 'done', $3, $4)`,
      [runId, part, result, sums],
    );
  }
  let seen: readonly Cell[] = [];
  const pool = openPool(1);
  const reconcile: typeof pool.reconcile = (cells) => {
    seen = cells;
    return pool.reconcile(cells);
  };
  const claimed = {
    ...{ runId, part: PARTS + 1, tries: 1, stage: 2, itemFrom: null, itemBefore: null },
    ...{ origin: day(0), seed: 1, request: { tier: 'fast' as const } },
  };
  await sumRun(database.poster, claimed, { ...pool, reconcile });
  const total = (PARTS * (PARTS + 1)) / 2;
  expect(seen).toMatchObject([{ cellId, group: 'G', series: 2 * PARTS }]);
  expect(seen[0]!.means[7]).toBe(total);
  expect(seen[0]!.history[50]).toBe(total);
});
