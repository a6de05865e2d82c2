/**
 * Callers that ask in one turn of the event loop, or while a question is under way, are answered
 * by one query: the busier it is, the larger the batches, without a timer.
 */
export interface Coalescer<Key, Value> {
  /** Asks for one key; the same key asked by many is read once. */
  get(key: Key): Promise<Value>;
}

export interface CoalescerOptions<Key, Value> {
  /** Answers in the order of the keys. */
  readonly readMany: (keys: readonly Key[]) => Promise<readonly Value[]>;
  /** What makes two keys the same. */
  readonly identityOf: (key: Key) => string | number;
  readonly batchMax: number;
  /** Queries under way at once. */
  readonly parallelMax: number;
}

interface Waiting<Key, Value> {
  readonly key: Key;
  readonly promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: Error) => void;
}

/** Makes a coalescer that is idle until somebody asks. */
export function createCoalescer<Key, Value>(
  options: CoalescerOptions<Key, Value>,
): Coalescer<Key, Value> {
  let waiting = new Map<string | number, Waiting<Key, Value>>();
  let running = 0;
  let scheduled = false;
  const run = async (): Promise<void> => {
    scheduled = false;
    while (waiting.size > 0 && running < options.parallelMax) {
      const batch = [...waiting.values()].slice(0, options.batchMax);
      if (batch.length === waiting.size) waiting = new Map();
      else for (const { key } of batch) waiting.delete(options.identityOf(key));
      running += 1;
      void answer(batch).finally(() => {
        running -= 1;
        schedule();
      });
    }
  };
  const answer = async (batch: readonly Waiting<Key, Value>[]): Promise<void> => {
    try {
      const values = await options.readMany(batch.map(({ key }) => key));
      for (const [i, { resolve }] of batch.entries()) resolve(values[i]!);
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
  };
  const schedule = (): void => {
    if (scheduled || waiting.size === 0) return;
    scheduled = true;
    setImmediate(() => void run());
  };
  const get = (key: Key): Promise<Value> => {
    const identity = options.identityOf(key);
    const before = waiting.get(identity);
    if (before) return before.promise;
    const entry = {} as { -readonly [K in keyof Waiting<Key, Value>]: Waiting<Key, Value>[K] };
    entry.key = key;
    entry.promise = new Promise<Value>((resolve, reject) => {
      entry.resolve = resolve;
      entry.reject = reject;
    });
    waiting.set(identity, entry);
    schedule();
    return entry.promise;
  };
  return { get };
}
