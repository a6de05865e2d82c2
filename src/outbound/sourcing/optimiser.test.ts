import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../platform/package.ts';
import { optimiseApart } from './optimiser.ts';
import type { SourcingProblem } from './problem.ts';

/** The thread's program, bundled as scripts/build.mjs does it. */
let folder: string;
let worker: string;
beforeAll(async () => {
  mkdirSync(join(packageRoot, '.tmp'), { recursive: true });
  folder = mkdtempSync(join(packageRoot, '.tmp', 'worker-'));
  worker = join(folder, 'sourcing-worker.mjs');
  await build({
    entryPoints: [join(packageRoot, 'src/outbound/sourcing/worker.ts')],
    outfile: worker,
    ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', packages: 'external' },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two that want the one near unit: the one to whom the far unit costs less must yield. */
const problem: SourcingProblem = {
  sites: ['NEAR', 'FAR'],
  stock: new Map([['A', [1n, 1n]]]),
  parcelsMax: [null, null],
  splitPenalty: 0n,
  orders: [30n, 90n].map((far, i) => ({
    ...{ number: `SO-${i}`, policy: 'partial' as const, parcels: [10n, far] },
    lines: [
      { line: 1, item: 'A', quantity: 1n, touches: [0n, 0n], costs: [0n, 0n], unassigned: 900n },
    ],
  })),
};

it('optimises in a thread as it does in place', async () => {
  const asked = { problem, msMax: 20_000, gapTarget: 0 };
  const apart = await optimiseApart(asked, worker);
  const { ms: _, ...here } = await optimiseApart(asked);
  expect(apart).toMatchObject(here);
  expect(apart.plan.map((pieces) => pieces[0]?.site)).toEqual([1, 0]);
  expect([apart.cost, apart.greedyCost, apart.bound]).toEqual([40n, 100n, 40n]);
});

it('uses a thread again that has answered, and another one beside it when it is busy', async () => {
  const asked = { problem, msMax: 20_000, gapTarget: 0 };
  const both = await Promise.all([optimiseApart(asked, worker), optimiseApart(asked, worker)]);
  expect([...both, await optimiseApart(asked, worker)].map(({ cost }) => cost)).toEqual([
    ...[40n, 40n, 40n],
  ]);
});

it('says so when the thread cannot be had', async () => {
  const asked = { problem, msMax: 20_000, gapTarget: 0 };
  await expect(optimiseApart(asked, join(folder, 'nothing.mjs'))).rejects.toThrow();
});
