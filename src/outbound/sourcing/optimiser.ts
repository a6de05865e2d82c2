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

/** A thread that waits for more: one that has solved before is warm, and twice as fast. */
interface Idle {
  readonly file: string;
  readonly worker: Worker;
  /** Ends the waiting. */
  wake(): void;
}
let idle: Idle | undefined;
const IDLE_MS_MAX = 600_000;

function takeWorker(file: string): Worker {
  if (idle?.file === file) {
    const { worker, wake } = idle;
    wake();
    worker.ref();
    return worker;
  }
  return new Worker(file);
}

/** Keeps a thread for the next one who asks, if none is kept yet. It holds up no exit. */
async function keepWorker(file: string, worker: Worker): Promise<void> {
  if (idle) {
    await worker.terminate();
    return;
  }
  worker.unref();
  const wake = (): void => {
    clearTimeout(timer);
    worker.off('exit', wake);
    worker.off('error', wake);
    idle = undefined;
  };
  const timer = setTimeout(() => {
    wake();
    void worker.terminate();
  }, IDLE_MS_MAX);
  timer.unref();
  worker.on('exit', wake);
  worker.on('error', wake);
  idle = { file, worker, wake };
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
  const worker = takeWorker(workerFile);
  try {
    const answer = await ask(worker, asked);
    await keepWorker(workerFile, worker);
    return answer;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

function ask(worker: Worker, asked: Asked): Promise<Optimised> {
  return new Promise<Optimised>((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      worker.off('message', answer);
      worker.off('error', fail);
      worker.off('exit', end);
    };
    const answer = (optimised: Optimised): void => {
      done();
      resolve(optimised);
    };
    const fail = (error: Error): void => {
      done();
      reject(error);
    };
    const end = (code: number): void => fail(new Error(`the optimiser ended with code ${code}`));
    const late = (): void => fail(new Error('the optimiser did not answer in time'));
    const timer = setTimeout(late, asked.msMax + SPARE_MS);
    worker.on('message', answer);
    worker.on('error', fail);
    worker.on('exit', end);
    worker.postMessage(asked);
  });
}
