import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemory } from './memory.ts';

interface Work {
  readonly n: number;
  done: boolean;
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('set', 'set', 'set', 'finish', 'delete'),
    id: fc.nat({ max: 40 }).map((n) => `id-${n}`),
  }),
  { maxLength: 200 },
);

describe('the memory of commands', () => {
  it('knows the newest ones, never forgets unfinished work, and makes nothing up', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (list, size) => {
        const memory = createMemory<Work>(size, (work) => !work.done);
        const all = new Map<string, Work>();
        let order: string[] = [];
        for (const [n, { kind, id }] of list.entries()) {
          const known = all.get(id);
          if (kind === 'set') {
            const work = { n, done: false };
            memory.set(id, work);
            all.set(id, work);
          } else if (kind === 'finish' && known) known.done = true;
          else if (kind === 'delete') {
            memory.delete(id);
            all.delete(id);
          }
          order = kind === 'set' ? [...order.filter((o) => o !== id), id] : order;
        }
        const newest = order.filter((id) => all.has(id)).slice(-size);
        for (const id of newest) expect(memory.get(id)).toBe(all.get(id));
        for (const [id, work] of all) if (!work.done) expect(memory.get(id)).toBe(work);
        for (let n = 0; n <= 40; n += 1) {
          const found = memory.get(`id-${n}`);
          if (found) expect(found).toBe(all.get(`id-${n}`));
        }
      }),
    );
  });

  it('stays small, however much is finished', () => {
    let asked = 0;
    const memory = createMemory<number | null>(100, (value) => {
      asked += 1;
      return value !== null;
    });
    for (let n = 0; n < 100_000; n += 1) {
      memory.set(`id-${n}`, n);
      memory.set(`id-${n}`, null);
    }
    const known = Array.from({ length: 100_000 }, (_, n) => memory.get(`id-${n}`));
    const kept = known.filter((value) => value === null);
    expect(kept.length).toBeGreaterThanOrEqual(100);
    expect(kept.length).toBeLessThanOrEqual(201);
    // Each value is looked at a few times at most, not again at every turn.
    expect(asked).toBeLessThan(400_000);
  });
});
