import { createAvailabilityReader } from '../../src/ledger/reads/availability.ts';
import { progress, type Row, round, wanted } from '../support/report.ts';
import type { Bench } from './bench-database.ts';

const ID = 'reads.availability';
const CALLERS = 20_000;

/** Availability asked by many callers in process, each waiting for its answer. */
export async function readsRow(bench: Bench): Promise<Row[]> {
  const { options, database, items } = bench;
  if (!wanted(options, ID)) return [];
  const reader = createAvailabilityReader(database);
  for (let item = 1; item <= items; item += 1000) {
    const some = Array.from({ length: Math.min(1000, items - item + 1) }, (_, i) => item + i);
    await Promise.all(some.map((id) => reader.get(id, 1, 1)));
  }
  const uniform = await ask(reader, options.quick ? 2 : 6, () => 1 + random(items));
  // Shoppers look at what is popular: half of all questions go to a hundredth of the items.
  const popular = await ask(reader, options.quick ? 2 : 6, () =>
    Math.random() < 0.5 ? 1 + random(items / 100) : 1 + random(items),
  );
  progress(`  uniform ${Math.round(uniform)}, popular ${Math.round(popular)} a second`);
  return [
    {
      id: ID,
      value: round(uniform),
      unit: 'reads/s',
      baseline: null,
      ratio: null,
      reach: '>= 200000/s',
      pass: uniform >= 200_000,
      note:
        `${CALLERS} callers in process, uniform over ${items} items, read from the database each ` +
        `time; ${round(popular)}/s when half of the questions go to 1% of the items`,
    },
  ];
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

function ask(
  reader: ReturnType<typeof createAvailabilityReader>,
  seconds: number,
  pick: () => number,
): Promise<number> {
  const started = performance.now();
  const end = started + seconds * 1000;
  let [done, waiting] = [0, CALLERS];
  return new Promise((resolve, reject) => {
    const next = (): void => {
      reader.get(pick(), 1, 1).then(() => {
        done += 1;
        if (performance.now() < end) next();
        else if (--waiting === 0) resolve((done / (performance.now() - started)) * 1000);
      }, reject);
    };
    for (let i = 0; i < CALLERS; i += 1) next();
  });
}
