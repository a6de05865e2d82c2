import { describe, expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';
import { inTransaction } from '../../platform/database.ts';
import { claimPart, openStage } from './runs.queries.ts';
import { queueRun } from './runs.ts';

const world = await createForecastWorld();
const { admin, context, database } = world;
const PARTS = 6;

describe('claiming a part', () => {
  it('claims one, whatever the planner believes of the queue', async () => {
    await world.seed({ items: 2, sites: ['N'], days: 30 });
    const wish = { origin: world.day(0) };
    const { number } = await inTransaction(database.poster, (tx) => queueRun(tx, context, wish, 1));
    // The statistics are those of a queue with one part, as they are when a run begins.
    await admin.query('ANALYZE planning.run_part');
    await admin.query('ANALYZE planning.forecast_run');
    const now = context.clock();
    const first = (await claimPart(database.poster, 'first', now, now))!;
    const ranges = Array.from({ length: PARTS }, (_, i) => ({ from: i, before: i + 1, series: 1 }));
    await inTransaction(database.poster, (tx) => openStage(tx, first.runId, 1, ranges));
    for (let claimed = 1; claimed <= PARTS; claimed += 1) {
      await claimPart(database.poster, `worker ${claimed}`, now, new Date(0));
      const { rows } = await admin.query(
        `SELECT count(*)::integer AS claimed FROM planning.run_part JOIN planning.forecast_run
           USING (forecast_run_id)
         WHERE number = $1 AND run_part.stage = 1 AND run_part.state = 'claimed'`,
        [number],
      );
      expect(rows).toEqual([{ claimed }]);
    }
  });
});
