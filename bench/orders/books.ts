import { pino } from 'pino';
import { catchUp } from '../../src/accounting/intake.ts';
import { advanceValuation } from '../../src/accounting/reports/buckets.queries.ts';
import { readTrialBalance } from '../../src/accounting/reports/statements.read.ts';
import { readValuation } from '../../src/accounting/reports/valuation.read.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { loadConfig } from '../../src/platform/config.ts';
import type { Context } from '../../src/platform/context.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { type Bench, openBench } from '../ledger/bench-database.ts';
import { drive, everything, receipts, WINDOW } from '../ledger/workload.ts';
import { median, type Options, progress, type Row, round, wanted } from '../support/report.ts';

const VALUATION = 'books.valuation_as_of';
const TRIAL = 'books.trial_balance';
const VALUATION_MS_MAX = 1_000;
const TRIAL_MS_MAX = 200;

/**
 * The books at a million movements, a fifth of the items by FIFO: the whole valuation as of past
 * instants by both clocks, and the trial balance, each against the plain sum over all movements.
 */
export async function booksRows(options: Options): Promise<Row[]> {
  if (!wanted(options, VALUATION, TRIAL)) return [];
  const movements = options.quick ? 50_000 : 1_000_000;
  const items = options.quick ? 1_000 : 10_000;
  const bench = await openBench(options, items, 'bench_books', 0);
  await bench.admin.query('UPDATE ledger.cost_pool SET method = 2 WHERE item_id % 5 = 0');
  const poster = await bench.openPoster();
  const first = receipts(items);
  await drive(poster, first.workload, { window: WINDOW, commands: first.commands });
  const left = movements - first.commands;
  await drive(poster, everything(items), { window: WINDOW, commands: left });
  await poster.drain();
  const context = contextOf(bench);
  const taken = await time(() => catchUp(context));
  const advanced = await time(() => advanceValuation(bench.database));
  progress(`  books taken in: ${round(taken)} ms, figures written down: ${round(advanced)} ms`);
  await bench.admin.query('VACUUM (ANALYZE, TRUNCATE false)');
  const rows = [
    ...(wanted(options, VALUATION) ? [await valuationRow(bench, context, movements)] : []),
    ...(wanted(options, TRIAL) ? [await trialRow(bench, context, movements)] : []),
  ];
  await bench.close();
  return rows;
}

function contextOf(bench: Bench): Context {
  return {
    config: loadConfig({ ONHAND_DATA: '/' }),
    database: bench.database,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
  };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Instants all over the past, by when facts were recorded. */
async function instantsOf(bench: Bench): Promise<Date[]> {
  const { rows } = await bench.admin.query<{ from: Date; to: Date }>(
    'SELECT min(recorded_at) AS from, max(recorded_at) AS to FROM ledger.batch',
  );
  const { from, to } = rows[0]!;
  const [first, length] = [from.getTime(), to.getTime() - from.getTime()];
  return [0.02, 0.13, 0.31, 0.5, 0.69, 0.87, 0.98, 1].map(
    (part) => new Date(first + part * length),
  );
}

/** What one would write without any preparation. */
const PLAIN_VALUATION = `
  SELECT p.cost_pool_id, sum(k.quantity) AS quantity, sum(k.value) AS value FROM (
    SELECT m.journal, s.position_id, s.quantity, s.value FROM ledger.movement m
    CROSS JOIN LATERAL (VALUES (m.to_position, m.quantity, m.value),
      (m.from_position, -m.quantity, -m.value)) AS s(position_id, quantity, value)
    WHERE m.recorded_at <= $1) k
  JOIN ledger.position p ON p.journal = k.journal AND p.position_id = k.position_id
  WHERE p.cost_pool_id IS NOT NULL GROUP BY 1`;

async function valuationRow(bench: Bench, context: Context, movements: number): Promise<Row> {
  const [plain, recorded, occurred, placed, layered]: number[][] = [[], [], [], [], []];
  const ask = (
    at: Date,
    by: 'recorded' | 'occurred',
    groupBy: ('item' | 'site' | 'lot' | 'layer')[],
  ) => time(() => readValuation(context, { asOf: { at: at.getTime(), by }, groupBy }));
  for (const at of await instantsOf(bench)) {
    plain?.push(await time(() => bench.admin.query(PLAIN_VALUATION, [at])));
    recorded?.push(await ask(at, 'recorded', ['item']));
    occurred?.push(await ask(at, 'occurred', ['item']));
    placed?.push(await ask(at, 'recorded', ['item', 'site', 'lot']));
    layered?.push(await ask(at, 'recorded', ['item', 'layer']));
  }
  const { rows: open } = await bench.admin.query<{ count: bigint }>(
    'SELECT count(*) AS count FROM ledger.cost_layer WHERE quantity_left > 0',
  );
  const worst = (list: number[] | undefined) => round(Math.max(...(list ?? [])));
  const slowest = Math.max(worst(recorded), worst(occurred), worst(placed), worst(layered));
  const baseline = round(median(plain ?? []));
  return {
    id: VALUATION,
    value: slowest,
    unit: 'ms',
    baseline,
    ratio: round(baseline / slowest),
    reach: '<= 1000 ms for any past instant',
    pass: slowest <= VALUATION_MS_MAX,
    note:
      `the slowest of the whole valuation of ${movements} movements at 8 instants: by item ` +
      `${worst(recorded)} (by occurred time ${worst(occurred)}), by site and lot ` +
      `${worst(placed)}, by layer ${worst(layered)} with up to ${open[0]?.count} of them open; ` +
      `median by item ${round(median(recorded ?? []))}; baseline: plain SQL over all movements, ` +
      'median',
  };
}

const PLAIN_TRIAL = `
  SELECT s.account_id, sum(s.debit) AS debit, sum(s.credit) AS credit
  FROM accounting.stock_entry e
  LEFT JOIN ledger.movement m ON m.journal = e.journal AND m.seq = e.seq
  LEFT JOIN ledger.value_entry v ON v.journal = e.journal AND v.seq = e.seq
  CROSS JOIN LATERAL (VALUES (e.debit_account_id, coalesce(m.value, v.amount), 0),
    (e.credit_account_id, 0, coalesce(m.value, v.amount))) s(account_id, debit, credit)
  GROUP BY 1`;

async function trialRow(bench: Bench, context: Context, movements: number): Promise<Row> {
  const [plain, now, past]: number[][] = [[], [], []];
  for (const at of await instantsOf(bench)) {
    plain?.push(await time(() => bench.admin.query(PLAIN_TRIAL)));
    now?.push(await time(() => readTrialBalance(context, {})));
    past?.push(await time(() => readTrialBalance(context, { at })));
  }
  const slowest = round(Math.max(...(now ?? []), ...(past ?? [])));
  const baseline = round(median(plain ?? []));
  return {
    id: TRIAL,
    value: slowest,
    unit: 'ms',
    baseline,
    ratio: round(baseline / slowest),
    reach: '<= 200 ms',
    pass: slowest <= TRIAL_MS_MAX,
    note:
      `the slowest of 8 now (median ${round(median(now ?? []))}) and of 8 past instants (median ` +
      `${round(median(past ?? []))}) at ${movements} movements; baseline: plain SQL over all of ` +
      'them, median',
  };
}
