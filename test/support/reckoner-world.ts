import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { fixedLeadTime } from '../../src/planning/policy/index.ts';
import type { PlayTask } from '../../src/planning/reckoner/task.ts';
import { LEVELS } from '../../src/planning/series.ts';
import type { FuturePlace } from '../../src/planning/whatif/what-if.ts';
import { packageRoot } from '../../src/platform/package.ts';

/** The thread's program, bundled as the build does; call it while tests are described. */
export async function buildReckonerThread(): Promise<string> {
  mkdirSync(join(packageRoot, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(packageRoot, '.tmp', 'reckoner-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'reckoner-worker.mjs');
  await build({
    entryPoints: [join(packageRoot, 'src/planning/reckoner/thread.ts')],
    outfile: file,
    ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', packages: 'external' },
  });
  return file;
}

/** An item that sells so much a day, with three weeks of stock. */
function futurePlace(item: string, perDay: number): FuturePlace {
  const weeks = 26;
  const weekMeans = new Float64Array(weeks).fill(7 * perDay);
  return {
    ...{ item, site: 'N', unitCost: 4, shortageCost: 3, onHand: 21 * perDay, arriving: [] },
    dayMeans: new Float64Array(weeks * 7).fill(perDay),
    weekMeans,
    weekQuantiles: LEVELS.map((level) => weekMeans.map((mean) => mean * (0.5 + level))),
    ...{ dayVariance: 2 * perDay, growth: 1.1, correlation: 0.1, leadTime: fixedLeadTime(9) },
    ...{ reviewDays: 1, service: { kind: 'fill_rate', target: 0.97 } as const },
    ...{ orderCost: 5, holdingRate: 0.25, multiple: 1, minimum: 0, granularity: 1 },
  };
}

/** A scenario of so many places that is soon played, or takes hours. */
export function playTask(places: number, options: { days: number; paths: number }): PlayTask {
  const all = Array.from({ length: places }, (_, i) => futurePlace(`I-${i}`, 1 + (i % 40)));
  const changes = all.map(() => ({ demandFactor: 1.3, leadTimeFactor: 1.5 }));
  return { kind: 'play', places: all, changes, options: { seed: 's', ...options } };
}

/** Hours of playing: whoever answers meanwhile does not wait for it. */
export const HOURS = { places: 2_000, days: 182, paths: 2_000 } as const;
