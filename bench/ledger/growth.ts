import { median, progress, type Row, round, wanted } from '../support/report.ts';
import { addItems, type Bench, POSITIONS_PER_ITEM } from './bench-database.ts';
import { drive, everything, WINDOW } from './workload.ts';

const ID = 'posting.growth';

/**
 * Grows the ledger window by window, everything on, and compares the last windows with the first.
 * New items are added between windows, outside the clock.
 */
export async function growthRow(bench: Bench): Promise<Row[]> {
  const { options, admin } = bench;
  if (!wanted(options, ID)) return [];
  const positionsMax = options.quick ? 200_000 : 1_000_000;
  const movementsMax = options.quick ? 100_000 : 5_000_000;
  const windows = options.quick ? 4 : 20;
  const itemsMax = Math.floor(positionsMax / POSITIONS_PER_ITEM);
  const poster = await bench.openPoster();
  const rates: number[] = [];
  let items = bench.items;
  await drive(poster, everything(items), { window: WINDOW, commands: items * 5 });
  for (let n = 1; n <= windows; n += 1) {
    const rate = await drive(poster, everything(items), {
      window: WINDOW,
      commands: Math.ceil(movementsMax / windows),
    });
    rates.push(rate);
    progress(`  growth ${n}/${windows}: ${items} items, ${Math.round(rate)} a second`);
    const more = Math.max(items, Math.ceil((itemsMax * n) / (windows - 1)));
    if (more > items && n < windows) await addItems(admin, options, items + 1, more);
    items = Math.max(items, Math.min(more, itemsMax));
  }
  await poster.drain();
  const few = Math.max(1, Math.floor(windows / 5));
  const first = median(rates.slice(0, few));
  const last = median(rates.slice(-few));
  const note =
    `${movementsMax} movements, ${items * POSITIONS_PER_ITEM} positions in the end` +
    `${options.quick ? ' (quick: much smaller than the 5M and 1M of the full run)' : ''}; ` +
    `medians of the first and last ${few} of ${windows} windows; new rows are read on first use`;
  const ratio = last / first;
  return [
    {
      id: ID,
      value: round(last),
      unit: 'movements/s',
      baseline: round(first),
      ratio: round(ratio),
      reach: 'last window >= 0.9x the first',
      pass: ratio >= 0.9,
      note,
    },
  ];
}
