import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../platform/package.ts';
import { declareProblem, Problem } from '../../platform/problems.ts';
import { type Reckoned, type ReckonTask, reckonTask } from './task.ts';

export const planningBusy = declareProblem({
  name: 'planning-busy',
  status: 503,
  title: 'As many scenarios and placements wait as may wait',
  remedy: 'Nothing was kept. Send it again after the seconds in `Retry-After`.',
});

/** Does tasks one after another, beside the server and not in it. */
export interface Reckoner {
  /** @throws Problem planning-busy while the queue is full. Cheap: ask before reading much. */
  refuseIfFull(): void;
  /**
   * Does a task in its turn; when `signal` ends it, the next one's turn comes.
   * @throws Problem planning-busy; the signal's reason; Error when the thread dies.
   */
  reckon<Task extends ReckonTask>(task: Task, signal?: AbortSignal): Promise<Reckoned<Task>>;
  close(): Promise<void>;
}

/** Tasks that may wait beside the one that is done; each takes some seconds at most. */
const WAITING_MAX = 4;
const RETRY_SECONDS = 5;

/**
 * The thread's program as the build leaves it beside the bundle. Code that runs from its sources,
 * as tests do, has none, and does the tasks where it is, in turns with all else.
 */
function builtThread(): string | undefined {
  const dist = join(packageRoot, 'dist');
  const own = dirname(fileURLToPath(import.meta.url));
  const file = join(dist, 'reckoner-worker.mjs');
  return own.startsWith(dist) && existsSync(file) ? file : undefined;
}

/** Opens a reckoner; its thread starts when it is first needed and holds up no exit. */
export function openReckoner(
  file: string | undefined = builtThread(),
  waitingMax = WAITING_MAX,
): Reckoner {
  const thread = file === undefined ? undefined : threadOf(file);
  const queue: (() => void)[] = [];
  let isBusy = false;
  const refuseIfFull = (): void => {
    if (!isBusy || queue.length < waitingMax) return;
    const detail = `${queue.length} scenarios and placements wait already.`;
    throw new Problem(planningBusy, detail, { retryAfterSeconds: RETRY_SECONDS });
  };
  const turn = async (signal: AbortSignal | undefined): Promise<void> => {
    refuseIfFull();
    if (!isBusy) {
      isBusy = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        queue.splice(queue.indexOf(begin), 1);
        reject(signal?.reason);
      };
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      queue.push(begin);
      signal?.addEventListener('abort', leave, { once: true });
    });
  };
  return {
    refuseIfFull,
    async reckon<Task extends ReckonTask>(task: Task, signal?: AbortSignal) {
      signal?.throwIfAborted();
      await turn(signal);
      try {
        const answer = await (thread ? thread.ask(task, signal) : reckonTask(task, signal));
        return answer as Reckoned<Task>;
      } finally {
        // Whoever is next takes the turn over, so nobody slips in between.
        const next = queue.shift();
        if (next) next();
        else isBusy = false;
      }
    },
    close: async () => thread?.close(),
  };
}

function threadOf(file: string) {
  let worker: Worker | undefined;
  const end = async (): Promise<void> => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  const start = (): Worker => {
    const started = new Worker(file);
    // One that dies while nobody waits for it is replaced when somebody asks.
    const forget = () => {
      if (worker === started) worker = undefined;
    };
    return started.on('error', forget).on('exit', forget);
  };
  return {
    ask(task: ReckonTask, signal: AbortSignal | undefined): Promise<unknown> {
      worker ??= start();
      const own = worker;
      own.ref();
      return new Promise((resolve, reject) => {
        const done = () => {
          own.off('message', answer).off('error', fail).off('exit', exit);
          signal?.removeEventListener('abort', abort);
          own.unref();
        };
        const answer = (reckoned: unknown) => {
          done();
          resolve(reckoned);
        };
        // A thread that failed, or works on what nobody waits for, is not asked again.
        const fail = (error: unknown) => {
          done();
          void end();
          reject(error);
        };
        const exit = (code: number) => fail(new Error(`a reckoning thread ended: ${code}`));
        const abort = () => fail(signal?.reason);
        own.on('message', answer).on('error', fail).on('exit', exit);
        signal?.addEventListener('abort', abort, { once: true });
        own.postMessage(task);
      });
    },
    close: end,
  };
}
