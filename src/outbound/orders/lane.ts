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
 * While one batch is worked on the next one gathers, so that latency is low when it is quiet and
 * throughput high when it is busy; nothing waits for a timer.
 * @param run answers each job of a batch, in order; what it throws fails the whole batch.
 */
export function createLane<Job, Result>(
  run: (jobs: readonly Job[]) => Promise<readonly Result[]>,
  batchMax: number,
): Lane<Job, Result> {
  const waiting: Waiting<Job, Result>[] = [];
  let running: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax);
      try {
        const results = await run(batch.map(({ job }) => job));
        for (const [i, { done }] of batch.entries()) done(results[i]!);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    running = undefined;
  };
  return {
    do: (job) =>
      new Promise((done, failed) => {
        waiting.push({ job, done, failed });
        // What arrives in the same turn of the event loop is gathered too.
        running ??= new Promise((begin) => setImmediate(begin)).then(work);
      }),
    drain: async () => {
      while (running) await running;
    },
  };
}
