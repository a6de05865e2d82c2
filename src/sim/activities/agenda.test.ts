import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAgenda } from './agenda.ts';

it('gives work back by time, and in the order noted where the time is the same', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (times) => {
      const agenda = createAgenda();
      const done: [number, number][] = [];
      times.forEach((at, index) => {
        agenda.note(at, () => done.push([at, index]));
      });
      expect(agenda.size).toBe(times.length);
      while (agenda.next() !== undefined) agenda.take()?.work();
      const sorted = times
        .map((at, index): [number, number] => [at, index])
        .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(done).toEqual(sorted);
    }),
  );
});
