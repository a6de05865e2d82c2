import type { Chooser, Failure } from '../support/ledger-model-faults.ts';
import { isBegin, isCommit } from '../support/ledger-model-faults.ts';
import type { Random } from './random.ts';

/** What goes wrong between one process and the database, and how often it did. */
export interface Outages {
  readonly choose: Chooser;
  readonly counts: ReadonlyMap<string, number>;
  /** Ends all trouble, so that what is on its way can land. */
  calm(): void;
}

/** Chance of each failure, by the kind of statement that it meets. */
const AT_COMMIT: readonly [number, (random: Random) => Failure][] = [
  [0.03, () => ({ kind: 'lost' })],
  [0.02, () => ({ kind: 'cut' })],
  [0.02, (random) => ({ kind: 'stray', milliseconds: random.int(160) })],
  [0.01, () => ({ kind: 'error', code: '40001' })],
];
const IN_BATCH: readonly [number, (random: Random) => Failure][] = [
  [0.003, () => ({ kind: 'error', code: '40001' })],
  [0.003, () => ({ kind: 'error', code: '40P01' })],
  [0.002, () => ({ kind: 'cut' })],
  [0.02, (random) => ({ kind: 'late', milliseconds: random.int(8) })],
];
const WHILE_READING: readonly [number, (random: Random) => Failure][] = [
  [0.005, () => ({ kind: 'cut' })],
  [0.01, (random) => ({ kind: 'late', milliseconds: random.int(8) })],
];

/** Chance, at each commit, that the database is gone for a while. */
const AWAY = 0.006;
const AWAY_MS_MAX = 700;

/** Trouble for one process, drawn from its own stream of random numbers. */
export function makeOutages(random: Random): Outages {
  const counts = new Map<string, number>();
  let calm = false;
  let awayUntil = 0;
  const count = (failure: Failure | null, where: string): Failure | null => {
    if (!failure) return null;
    const name = failure.kind === 'error' ? failure.code : `${failure.kind} ${where}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return failure;
  };
  const draw = (table: typeof AT_COMMIT): Failure | null => {
    let left = random.next();
    for (const [chance, failure] of table) {
      if (left < chance) return failure(random);
      left -= chance;
    }
    return null;
  };
  return {
    counts,
    calm: () => {
      calm = true;
    },
    choose: (text, inBatch) => {
      if (calm) return null;
      if (performance.now() < awayUntil) return count({ kind: 'cut' }, 'while away');
      if (!inBatch) return count(draw(WHILE_READING), 'while reading');
      if (isBegin(text)) return null;
      if (!isCommit(text)) return count(draw(IN_BATCH), 'in a batch');
      if (random.chance(AWAY)) awayUntil = performance.now() + random.int(AWAY_MS_MAX);
      return count(draw(AT_COMMIT), 'at commit');
    },
  };
}
