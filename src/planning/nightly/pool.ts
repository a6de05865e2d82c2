import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../platform/package.ts';
import { type BatchInput, type BatchOutput, buffersOf } from './batch.ts';
import type { ClassSums, EvaluateInput } from './evaluate.ts';
import type { Cell, Reconciled } from './reconcile.ts';
import { type TaskAnswer as Answer, answerTask, type Task } from './task.ts';

/** Threads that forecast batches; without their program the process does it itself. */
export interface Pool {
  readonly size: number;
  /** Forecasts a batch; its buffers are gone afterwards. */
  compute(input: BatchInput): Promise<BatchOutput>;
  /** Forecasts the levels above the series, and brings all into agreement. */
  reconcile(cells: readonly Cell[]): Promise<Reconciled>;
  /** Judges series by rolling origins. */
  evaluate(input: EvaluateInput): Promise<ClassSums[]>;
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
  isDead: boolean;
  waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
}

/** Room for what a series needs for a moment, so that it is seldom looked through. */
const YOUNG_MB = 48;

function startThread(file: string): Thread {
  const worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  const thread: Thread = { worker, isDead: false, waiting: undefined };
  const end = (error: Error): void => {
    thread.isDead = true;
    thread.waiting?.reject(error);
    thread.waiting = undefined;
  };
  worker.on('message', (answer: Answer) => {
    const { waiting } = thread;
    thread.waiting = undefined;
    waiting?.resolve(answer);
  });
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`a planning thread ended with code ${code}`)));
  return thread;
}

/**
 * Opens threads. Each task holds one of them, so at most `size` are under way; they start when
 * they are first needed.
 * @param file the threads' program, where it is not the build's.
 */
export function openPool(size: number, file: string | undefined = builtThread()): Pool {
  return file === undefined ? inProcess() : inThreads(size, file);
}

function inProcess(): Pool {
  return {
    size: 1,
    compute: async (input) => answerTask({ kind: 'batch', input }) as BatchOutput,
    reconcile: async (cells) => answerTask({ kind: 'levels', cells }) as Reconciled,
    evaluate: async (input) => answerTask({ kind: 'evaluate', input }) as ClassSums[],
    close: async () => {},
  };
}

function inThreads(size: number, file: string): Pool {
  const all = new Set<Thread>();
  const free: Thread[] = [];
  const queue: (() => void)[] = [];
  let busy = 0;
  const ask = async (task: Task, buffers: ArrayBuffer[]): Promise<Answer> => {
    while (busy >= size) await new Promise<void>((resolve) => queue.push(resolve));
    busy += 1;
    const thread = free.pop() ?? startThread(file);
    all.add(thread);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        thread.waiting = { resolve, reject };
        thread.worker.postMessage(task, buffers);
      });
    } finally {
      busy -= 1;
      if (thread.isDead) all.delete(thread);
      else free.push(thread);
      queue.shift()?.();
    }
  };
  return {
    size,
    compute: async (input) =>
      (await ask({ kind: 'batch', input }, buffersOf(input))) as BatchOutput,
    reconcile: async (cells) => (await ask({ kind: 'levels', cells }, [])) as Reconciled,
    evaluate: async (input) =>
      (await ask({ kind: 'evaluate', input }, buffersOf(input))) as ClassSums[],
    close: async () => {
      await Promise.all([...all].map(({ worker }) => worker.terminate()));
    },
  };
}
