import { median, type Options, progress, type Row, round, wanted } from '../support/report.ts';
import { ceiling, openNaive } from './baselines.ts';
import { type Bench, settle } from './bench-database.ts';
import { drive, everything, hot, unitsOnly, WINDOW, type Workload, warmUp } from './workload.ts';

/** Medians of interleaved rounds, in movements a second. */
interface Rates {
  readonly naive: number;
  readonly naiveHot: number;
  readonly units: number;
  readonly hot: number;
  readonly ceiling: number;
  readonly full: number;
}

const IDS = ['posting.units', 'posting.hot', 'posting.ceiling', 'posting.full'];
const SHAPE =
  'fsync, synchronous_commit and full_page_writes on; tables with free space as after days of ' +
  `use; ${WINDOW} callers in process, each waiting for its acknowledgement; medians of ` +
  'interleaved rounds';

/** The four closed-loop rows: units, hot, ceiling, full. */
export async function postingRows(bench: Bench): Promise<Row[]> {
  const { options } = bench;
  if (!wanted(options, ...IDS)) return [];
  const rates = await measure(bench);
  return rowsOf(rates, options).filter((row) => wanted(options, row.id));
}

async function measure(bench: Bench): Promise<Rates> {
  const { options, items } = bench;
  const [rounds, seconds] = options.quick ? [2, 1.5] : [5, 6];
  const naive = await openNaive(bench);
  const post = async (workload: Workload): Promise<number> => {
    const poster = await bench.openPoster();
    await warmUp(bench, poster, workload);
    const rate = await drive(poster, workload, { window: WINDOW, seconds });
    await poster.drain();
    return rate;
  };
  const steps: Record<keyof Rates, () => Promise<number>> = {
    naive: () => naive.run(seconds, false),
    units: () => post(unitsOnly(items)),
    ceiling: () => ceiling(bench, seconds),
    full: () => post(everything(items)),
    naiveHot: () => naive.run(seconds, true),
    hot: () => post(hot(items)),
  };
  const results: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    await settle(bench.admin);
    for (const [name, step] of Object.entries(steps)) {
      const rate = await step();
      progress(`  round ${round + 1}, ${name}: ${Math.round(rate)} a second`);
      results[name] = [...(results[name] ?? []), rate];
    }
  }
  await naive.end();
  const medians = Object.entries(results).map(([name, rates]) => [name, median(rates)]);
  return Object.fromEntries(medians) as Rates;
}

function rowsOf(rates: Rates, options: Options): Row[] {
  const note = `${SHAPE}; ${options.journals} journal${options.journals > 1 ? 's' : ''}`;
  const rate = 'movements/s';
  const row = (id: string, value: number, baseline: number, reach: string, pass: boolean): Row => {
    const ratio = round(value / baseline);
    return {
      id,
      value: round(value),
      unit: rate,
      baseline: round(baseline),
      ratio,
      reach,
      pass,
      note,
    };
  };
  const { units, naive, naiveHot, full } = rates;
  const share = units / rates.ceiling;
  const hotShare = round(rates.hot / units);
  const hotPass = rates.hot >= 60 * naiveHot && rates.hot >= 0.8 * units;
  const fullPass = full >= 0.45 * units && full >= 50_000;
  const hotReach = `>= 60x naive hot, and >= 0.8x uniform (it is ${hotShare}x)`;
  return [
    row('posting.units', units, naive, '>= 20x naive uniform', units >= 20 * naive),
    row('posting.hot', rates.hot, naiveHot, hotReach, hotPass),
    row('posting.ceiling', units, rates.ceiling, '>= 0.45 of the ceiling', share >= 0.45),
    row('posting.full', full, units, '>= 0.45x units only, and >= 50000/s', fullPass),
  ];
}
