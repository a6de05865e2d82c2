/** Why work cannot be taken now, and when to come again. */
export interface Pressure {
  readonly reason: string;
  readonly retryAfterSeconds: number;
}

/** Undefined while work can be taken. Called for each request: it must only look at memory. */
export type Probe = () => Pressure | undefined;

/**
 * What may refuse work before it is read: full queues, a full disk. The API asks before each
 * request that writes, and answers 503 with Retry-After. A module registers its own probe:
 * `app.overload.watch('ledger', () => lanes.isFull() ? { reason, retryAfterSeconds: 1 } : ...)`.
 */
export interface Overload {
  watch(name: string, probe: Probe): void;
  /** The first pressure found, with the name of its probe. */
  pressure(): (Pressure & { name: string }) | undefined;
}

export function createOverload(): Overload {
  const probes = new Map<string, Probe>();
  return {
    watch(name, probe) {
      if (probes.has(name)) throw new Error(`overload probe '${name}' is registered twice`);
      probes.set(name, probe);
    },
    pressure() {
      for (const [name, probe] of probes) {
        const found = probe();
        if (found) return { name, ...found };
      }
      return undefined;
    },
  };
}
