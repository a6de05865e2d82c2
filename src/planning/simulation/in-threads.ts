import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../platform/package.ts';
import {
  type ItemResults,
  reportOf,
  type SimulationOptions,
  type SimulationReport,
  simulatePlanning,
} from './simulate.ts';
import { makeWorld } from './world.ts';

/** What a thread is asked: the items from `first` on, `step` apart. */
export interface Part {
  readonly options: Omit<SimulationOptions, 'onItem'>;
  readonly first: number;
  readonly step: number;
}

interface Answer {
  readonly index: number;
  readonly result: ItemResults;
}

/**
 * The threads' program as the build leaves it beside the bundle. Code that runs from its sources,
 * as tests do, has none.
 */
function builtThread(): string | undefined {
  const dist = join(packageRoot, 'dist');
  const own = dirname(fileURLToPath(import.meta.url));
  const file = join(dist, 'simulation-worker.mjs');
  return own.startsWith(dist) && existsSync(file) ? file : undefined;
}

/**
 * The same as `simulatePlanning`, to the last bit, on several threads; without their program in
 * this one. @throws Error when a thread dies.
 */
export async function simulateInThreads(
  { onItem, ...options }: SimulationOptions,
  threads: number,
  file: string | undefined = builtThread(),
): Promise<SimulationReport> {
  const count = Math.min(threads, options.items);
  if (file === undefined || count <= 1) {
    return simulatePlanning({ ...options, ...(onItem && { onItem }) });
  }
  const results: ItemResults[] = [];
  let done = 0;
  await Promise.all(
    Array.from({ length: count }, (_, first) =>
      runThread(file, { options, first, step: count }, ({ index, result }) => {
        results[index] = result;
        done += 1;
        onItem?.(done);
      }),
    ),
  );
  return reportOf(makeWorld(options), results, options);
}

function runThread(file: string, part: Part, take: (answer: Answer) => void): Promise<void> {
  const worker = new Worker(file);
  let left = Math.ceil((part.options.items - part.first) / part.step);
  return new Promise<void>((resolve, reject) => {
    worker.on('message', (answer: Answer) => {
      take(answer);
      left -= 1;
      if (left > 0) return;
      resolve();
      void worker.terminate();
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (left > 0) reject(new Error(`a simulating thread ended with code ${code}`));
    });
    worker.postMessage(part);
  });
}
