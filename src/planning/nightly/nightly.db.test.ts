import { expect, it } from 'vitest';
import { createForecastWorld } from '../../../test/support/forecast-world.ts';

const world = await createForecastWorld();

it('forecasts every series, and all levels agree', async () => {
  await world.seed({ items: 30, sites: ['N', 'S'], days: 200 });
  const run = await world.run({ origin: world.day(0) });
  expect(run).toMatchObject({ state: 'done', reason: null });
  expect(run.result).toMatchObject({ series: 60 });
});
