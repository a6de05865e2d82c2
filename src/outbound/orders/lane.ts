interface Waiting<Job, Result> {
  readonly job: Job;
  readonly done: (result: Result) => void;
  readonly failed: (error: unknown) => void;
}

/** Work that arrives together and is done together. */
export interface Lane<Job, Result> {
  do(job: Job): Promise<Result>;
  /** Waits for what was taken in. */
  drain(): Promise<void>;
}

/**
 * While batches are worked on the next one gathers, so that latency is low when it is quiet and
 * throughput high when it is busy; nothing waits for a timer.
 * @param run answers each job of a batch, in order; what it throws fails the whole batch.
 * @param parallel batches at a time: while the database writes one, another is prepared.
 */
export function createLane<Job, Result>(
  run: (jobs: readonly Job[]) => Promise<readonly Result[]>,
  batchMax: number,
  parallel: number,
): Lane<Job, Result> {
  let waiting: Waiting<Job, Result>[] = [];
  const running = new Set<Promise<void>>();
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax);
      waiting = waiting.slice(batchMax);
      try {
        const results = await run(batch.map(({ job }) => job));
        for (const [i, { done }] of batch.entries()) done(results[i]!);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
  };
  const start = (): void => {
    // What arrives in the same turn of the event loop is gathered too.
    const worker: Promise<void> = new Promise((begin) => setImmediate(begin))
      .then(work)
      .finally(() => running.delete(worker));
    running.add(worker);
  };
  return {
    do: (job) =>
      new Promise((done, failed) => {
        waiting.push({ job, done, failed });
        if (running.size < parallel) start();
      }),
    drain: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
