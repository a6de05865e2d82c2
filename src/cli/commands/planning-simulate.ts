import type { Command } from 'commander';
import {
  type PolicyOutcome,
  type SimulationReport,
  simulateInThreads,
} from '../../planning/index.ts';
import { showPercent } from '../../platform/figures.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount } from '../options.ts';
import { reportToStderr } from '../with-database.ts';
import { threadsOption } from './planning-forecasts.ts';
import { parseNumber } from './planning-whatif.ts';

/** `onhand planning simulate`: the same business with and without planning. */

interface SimulateOptions {
  readonly seed: string;
  readonly years: number;
  readonly items: number;
  readonly sites: number;
  readonly replanDays: number;
  readonly fillRate: number;
  readonly threads: number;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const percent = (share: number) => showPercent(share, 2);

function reportText(report: SimulationReport): string {
  const { byHand, byHandGenerous, byHandQuarterly, planned } = report;
  const row = (label: string, of: (one: PolicyOutcome) => number, show = whole) => [
    ...[label, show(of(byHand)), show(of(byHandGenerous)), show(of(byHandQuarterly))],
    show(of(planned)),
    ...[byHand, byHandGenerous, byHandQuarterly].map(
      (other) => `${((of(planned) / of(other) - 1) * 100).toFixed(1)} %`,
    ),
  ];
  const rows = [
    ['', 'BY HAND', 'GENEROUS', 'EACH QUARTER', 'PLANNED', 'TO HAND', 'TO GENEROUS', 'TO QUARTER'],
    row('demand, units', (one) => one.demandUnits),
    row('lost, units', (one) => one.lostUnits),
    row('fill rate', (one) => one.fillRate, percent),
    row('days with a stockout', (one) => one.stockoutDays),
    row('average inventory value', (one) => one.averageInventoryValue),
    row(
      'turns a year',
      (one) => one.turns,
      (value) => value.toFixed(2),
    ),
    row('purchase order lines', (one) => one.orders),
    row('holding cost', (one) => one.holdingCost),
    row('ordering cost', (one) => one.orderingCost),
    row('lost margin', (one) => one.lostMargin),
    row('cost in all', (one) => one.totalCost),
  ];
  const { items, sites, years, seed, replanDays, targetFillRate } = report;
  return [
    `${items} items at ${sites} sites over ${years} years (seed '${seed}'), planned every ` +
      `${replanDays} days for a fill rate of ${percent(targetFillRate)}.`,
    table(rows),
  ].join('\n\n');
}

async function simulate(options: SimulateOptions, command: Command): Promise<void> {
  if (!(options.fillRate >= 0.5 && options.fillRate < 1)) {
    throw new CliError(EXIT.usage, '--fill-rate is a share from 0.5 to below 1, such as 0.985.');
  }
  const every = Math.max(1, Math.floor(options.items / 10));
  const { threads, ...size } = options;
  const onItem = (done: number): void => {
    if (done % every === 0) reportToStderr(`${done} of ${options.items} items`);
  };
  const report = await simulateInThreads({ ...size, onItem }, threads);
  print(globalsOf(command), report, () => reportText(report));
}

/** Adds the command to `onhand planning`. */
export function registerSimulate(planning: Command): void {
  planning
    .command('simulate')
    .description('the same business with and without planning, over years; needs no database')
    .option('--seed <text>', 'the same seed gives the same business', 'two-years')
    .option('--years <count>', 'how long', parseCount(5), 2)
    .option('--items <count>', 'items', parseCount(5_000), 200)
    .option('--sites <count>', 'sites that sell each of them', parseCount(8), 2)
    .option('--replan-days <count>', 'days between two plans', parseCount(91), 14)
    .option('--fill-rate <share>', 'share of units to be served at once', parseNumber, 0.985)
    .addOption(threadsOption())
    .action(simulate);
}
