import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../platform/package.ts';
import { type BatchInput, type BatchOutput, buffersOf } from './batch.ts';
import { computeBatch } from './compute.ts';

/** Threads that forecast batches; without their program the process does it itself. */
export interface Pool {
  readonly size: number;
  /** Forecasts a batch; its buffers are gone afterwards. */
  compute(input: BatchInput): Promise<BatchOutput>;
  close(): Promise<void>;
}

/**
 * The threads' program as the build leaves it beside the bundle. Code that runs from its sources,
 * as tests do, has none.
 */
export function builtThread(): string | undefined {
  const dist = join(packageRoot, 'dist');
  const own = dirname(fileURLToPath(import.meta.url));
  const file = join(dist, 'planning-worker.mjs');
  return own.startsWith(dist) && existsSync(file) ? file : undefined;
}

/** A thread, and who waits for it. */
interface Thread {
  readonly worker: Worker;
  waiting: { resolve(output: BatchOutput): void; reject(error: Error): void } | undefined;
}

function startThread(file: string): Thread {
  const worker = new Worker(file);
  const thread: Thread = { worker, waiting: undefined };
  const end = (error: Error): void => {
    thread.waiting?.reject(error);
    thread.waiting = undefined;
  };
  worker.on('message', (output: BatchOutput) => {
    const { waiting } = thread;
    thread.waiting = undefined;
    waiting?.resolve(output);
  });
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`a planning thread ended with code ${code}`)));
  return thread;
}

/**
 * Opens threads. Whoever computes holds one of them, so at most `size` batches are under way.
 * @param file the threads' program, where it is not the build's.
 */
export function openPool(size: number, file: string | undefined = builtThread()): Pool {
  if (file === undefined) return inProcess();
  const free: Thread[] = [];
  const all: Thread[] = [];
  const queue: ((thread: Thread) => void)[] = [];
  const take = (): Promise<Thread> => {
    const idle = free.pop();
    if (idle) return Promise.resolve(idle);
    if (all.length < size) {
      const thread = startThread(file);
      all.push(thread);
      return Promise.resolve(thread);
    }
    return new Promise((resolve) => queue.push(resolve));
  };
  const give = (thread: Thread): void => {
    const next = queue.shift();
    if (next) next(thread);
    else free.push(thread);
  };
  return {
    size,
    compute: async (input) => {
      const thread = await take();
      try {
        return await new Promise<BatchOutput>((resolve, reject) => {
          thread.waiting = { resolve, reject };
          thread.worker.postMessage(input, buffersOf(input));
        });
      } finally {
        give(thread);
      }
    },
    close: async () => {
      await Promise.all(all.map(({ worker }) => worker.terminate()));
    },
  };
}

function inProcess(): Pool {
  return { size: 1, compute: async (input) => computeBatch(input), close: async () => {} };
}
