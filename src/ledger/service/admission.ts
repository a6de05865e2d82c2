import { overloaded, Problem } from '../../platform/problems.ts';

/** Counts the commands that are being worked on, from the door to the answer. */
export interface Admission {
  /** Commands that are being resolved, wait or are being posted. */
  inside(): number;
  /**
   * Does the work of `count` commands while there is room for them; one piece of work is always
   * let in, however large.
   * @throws Problem overloaded, before anything was done.
   */
  admit<T>(count: number, work: () => Promise<T>): Promise<T>;
}

/**
 * A door for at most `max` commands. The lanes bound what waits for the database, but where the
 * processor is what is short, work piles up before it reaches them: unbounded, it would be
 * answered long after its caller has gone.
 */
export function createAdmission(max: number): Admission {
  let inside = 0;
  return {
    inside: () => inside,
    async admit(count, work) {
      if (inside > 0 && inside + count > max) {
        throw new Problem(overloaded, 'The ledger has more work waiting than it takes on.', {
          retryAfterSeconds: 1,
        });
      }
      inside += count;
      try {
        return await work();
      } finally {
        inside -= count;
      }
    },
  };
}
