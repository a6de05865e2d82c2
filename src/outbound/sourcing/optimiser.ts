import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../platform/package.ts';
import { loadSolver } from './highs.ts';
import { type Optimised, optimise } from './optimise.ts';
import type { SourcingProblem } from './problem.ts';

/** What the thread is asked. */
export interface Asked {
  readonly problem: SourcingProblem;
  readonly msMax: number;
  /** Relative to the cost, such as 0.001. */
  readonly gapTarget: number;
}

/** Loading the solver and copying the answer takes this much longer than solving, at most. */
const SPARE_MS = 15_000;

/**
 * The thread's program as the build leaves it beside the bundle. Code that runs from its sources,
 * as tests do, has none, and optimises where it is.
 */
function builtWorker(): string | undefined {
  const dist = join(packageRoot, 'dist');
  const own = dirname(fileURLToPath(import.meta.url));
  const file = join(dist, 'sourcing-worker.mjs');
  return own.startsWith(dist) && existsSync(file) ? file : undefined;
}

/**
 * Optimises in a thread of its own.
 * @param workerFile the program of the thread, where it is not the build's.
 * @throws Error when the thread dies or does not answer in time.
 */
export async function optimiseApart(
  asked: Asked,
  workerFile: string | undefined = builtWorker(),
): Promise<Optimised> {
  if (workerFile === undefined) {
    const solve = await loadSolver();
    return optimise(asked.problem, { ...asked, now: () => performance.now(), solve });
  }
  const worker = new Worker(workerFile);
  try {
    return await new Promise<Optimised>((answer, fail) => {
      const timer = setTimeout(
        () => fail(new Error('the optimiser did not answer in time')),
        asked.msMax + SPARE_MS,
      );
      const settle = <T>(then: (value: T) => void) => {
        return (value: T): void => {
          clearTimeout(timer);
          then(value);
        };
      };
      worker.once('message', settle(answer));
      worker.once('error', settle(fail));
      worker.once('exit', (code) =>
        settle(fail)(new Error(`the optimiser ended with code ${code}`)),
      );
      worker.postMessage(asked);
    });
  } finally {
    await worker.terminate();
  }
}
