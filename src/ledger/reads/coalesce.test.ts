import { describe, expect, it } from 'vitest';
import { createCoalescer } from './coalesce.ts';

/** Reads numbers as their doubles and keeps what it was asked. */
function doubler(batchMax: number, parallelMax = 1) {
  const asked: number[][] = [];
  let running = 0;
  let most = 0;
  const coalescer = createCoalescer<number, number>({
    identityOf: (key) => key,
    batchMax,
    parallelMax,
    readMany: async (keys) => {
      asked.push([...keys]);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (keys.includes(13)) throw new Error('unlucky');
      return keys.map((key) => key * 2);
    },
  });
  return { coalescer, asked, most: () => most };
}

describe('a coalescer', () => {
  it('asks once for all who ask in one turn, and once for the same key', async () => {
    const { coalescer, asked } = doubler(100);
    const keys = [1, 2, 3, 2, 1];
    expect(await Promise.all(keys.map((key) => coalescer.get(key)))).toEqual([2, 4, 6, 4, 2]);
    expect(asked).toEqual([[1, 2, 3]]);
  });

  it('keeps batches and parallel questions within bounds, and answers everybody', async () => {
    const { coalescer, asked, most } = doubler(10, 2);
    const keys = Array.from({ length: 95 }, (_, i) => i + 100);
    const answers = await Promise.all(keys.map((key) => coalescer.get(key)));
    expect(answers).toEqual(keys.map((key) => key * 2));
    expect(Math.max(...asked.map((batch) => batch.length))).toBe(10);
    expect(asked.flat()).toHaveLength(95);
    expect(most()).toBe(2);
  });

  it('asks anew for what is asked while a question is under way: no answer is older', async () => {
    const { coalescer, asked } = doubler(100);
    const first = coalescer.get(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await Promise.all([first, coalescer.get(1)]);
    expect(asked).toEqual([[1], [1]]);
  });

  it('tells all who asked when a question fails, and goes on', async () => {
    const { coalescer } = doubler(100);
    const both = await Promise.allSettled([coalescer.get(13), coalescer.get(1)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await coalescer.get(1)).toBe(2);
  });
});
