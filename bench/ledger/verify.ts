import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Options } from '../support/report.ts';
import { progress, type Row, round, wanted } from '../support/report.ts';
import { openBench } from './bench-database.ts';
import { drive, everything, receipts, WINDOW } from './workload.ts';

const ID = 'verify.rate';
const REACH_PER_SECOND = 1_000_000 / 30;

/** Verifies a ledger whole, in a database of its own in which every unit came by a movement. */
export async function verifyRow(options: Options): Promise<Row[]> {
  if (!wanted(options, ID)) return [];
  const movements = options.quick ? 50_000 : 1_000_000;
  const items = options.quick ? 1_000 : 10_000;
  const bench = await openBench(options, items, 'bench_verify', 0);
  const { database } = bench;
  const poster = await bench.openPoster();
  // Enough of each item in each bin that no shipment is refused.
  const first = receipts(items);
  await drive(poster, first.workload, { window: WINDOW, commands: first.commands });
  const left = movements - first.commands;
  await drive(poster, everything(items), { window: WINDOW, commands: left });
  await poster.drain();
  const report = await verifyLedger({ database, clock: systemClock });
  progress(`  ${movements} movements verified in ${report.seconds} s`);
  const { admin } = bench;
  const { rows } = await admin.query<{ pg: string }>(
    'SELECT pg_size_pretty(pg_database_size(current_database())) AS pg',
  );
  await bench.close();
  const rate = movements / report.seconds;
  const found = report.findings[0] ? `, the first: ${JSON.stringify(report.findings[0])}` : '';
  return [
    {
      id: ID,
      value: round(rate),
      unit: 'movements/s',
      baseline: null,
      ratio: null,
      reach: '>= 1000000 in 30 s, nothing found',
      pass: rate >= REACH_PER_SECOND && report.ok,
      note:
        `${movements} movements of everything on, from the start, in ${report.seconds} s, ` +
        `${rows[0]?.pg}; findings: ${report.total}${found}`,
    },
  ];
}
