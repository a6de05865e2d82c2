import { parentPort } from 'node:worker_threads';
import { loadSolver } from './highs.ts';
import { optimise } from './optimise.ts';
import type { Asked } from './optimiser.ts';

/** The thread that optimises, so that the server goes on answering. It is a program of its own. */
const solve = await loadSolver();
parentPort?.on('message', ({ problem, msMax, gapTarget }: Asked) => {
  const now = () => performance.now();
  parentPort?.postMessage(optimise(problem, { msMax, gapTarget, now, solve }));
});
