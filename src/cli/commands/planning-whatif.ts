import { type Command, InvalidArgumentError } from 'commander';
import {
  deleteScenario,
  listScenarios,
  playScenario,
  showScenario,
  type WhatIfAnswer,
} from '../../planning/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { showFigure, showPercent } from '../../platform/figures.ts';
import { globalsOf, print, table } from '../command.ts';
import { sparkline } from '../draw-forecast.ts';
import { parseCount } from '../options.ts';
import { withDatabase } from '../with-database.ts';

/** `onhand planning what-if` and `scenarios`. */

const DAYS_MAX = 182;
const PATHS_MAX = 1_000;
const ROWS_MAX = 1_000;
const STRETCH = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})(?:=(.+))?$/;

/** A parser of numbers. @throws InvalidArgumentError */
export function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('Give a number such as 1.5.');
}

function parseStretch(text: string): { from: string; to: string } {
  const [, from, to, rest] = STRETCH.exec(text) ?? [];
  if (from && to && rest === undefined) return { from, to };
  throw new InvalidArgumentError('Give two dates: 2026-12-01..2026-12-24.');
}

interface Promotion {
  readonly from: string;
  readonly to: string;
  readonly uplift?: number;
  readonly priceFactor?: number;
}

/** Reads `2026-12-01..2026-12-24=1.8`, or `=80%` for a price of 80 percent. */
function parsePromotion(text: string): Promotion {
  const [, from, to, rest] = STRETCH.exec(text) ?? [];
  const isPrice = rest?.endsWith('%') === true;
  const value = Number(isPrice ? rest?.slice(0, -1) : rest);
  if (!from || !to || rest === undefined || !(value > 0)) {
    throw new InvalidArgumentError(
      'Give dates and an uplift, 2026-12-01..2026-12-24=1.8, or a price in percent: =80%.',
    );
  }
  return isPrice ? { from, to, priceFactor: value / 100 } : { from, to, uplift: value };
}

interface WhatIfOptions {
  readonly name?: string;
  readonly site?: string[];
  readonly days: number;
  readonly paths: number;
  readonly seed: string;
  readonly serviceTarget?: number;
  readonly leadTimeDays?: number;
  readonly leadTimeFactor?: number;
  readonly demandFactor?: number;
  readonly promotion?: Promotion;
  readonly supplierFailure?: { from: string; to: string };
  readonly unforeseen?: boolean;
}

const percent = (share: number) => showPercent(share, 2);
const units = (value: number) => showFigure(value, 1);

/** Both cases side by side, with a line of stock and one of shortages for each. */
function scenarioText({ number, name, result }: WhatIfAnswer): string {
  const { base, changed, currency, places, from } = result;
  const change = (before: number, after: number) =>
    before === 0
      ? ''
      : `${after >= before ? '+' : ''}${showFigure((after / before - 1) * 100, 1)} %`;
  const statistic = (label: string, of: (one: typeof base) => number, show = units) => [
    ...[label, show(of(base)), show(of(changed)), change(of(base), of(changed))],
  ];
  const money = (label: string, of: (one: typeof base) => string) => [
    ...[label, of(base), of(changed), change(Number(of(base)), Number(of(changed)))],
  ];
  const rows = [
    ['', 'AS IT IS', 'CHANGED', 'DIFFERENCE'],
    statistic('demand, units', (one) => one.demandUnits),
    statistic('lost, units', (one) => one.lostUnits),
    statistic('fill rate', (one) => one.fillRate, percent),
    statistic('days with a stockout', (one) => one.stockoutDays),
    statistic('chance of a stockout', (one) => one.stockoutChance, percent),
    money(`inventory value, ${currency}`, (one) => one.averageValue),
    statistic('purchase orders', (one) => one.orders),
    money('holding cost', (one) => one.holdingCost),
    money('ordering cost', (one) => one.orderingCost),
    money('cost of shortages', (one) => one.shortageCost),
    money('cost in all', (one) => one.totalCost),
  ];
  const top = Math.max(...base.weekOnHand, ...changed.weekOnHand);
  const topShort = Math.max(...base.weekShort, ...changed.weekShort);
  const chart = [
    ['', 'AS IT IS', 'CHANGED'],
    ['stock by week', sparkline(base.weekOnHand, top), sparkline(changed.weekOnHand, top)],
    ['short by week', sparkline(base.weekShort, topShort), sparkline(changed.weekShort, topShort)],
  ];
  return [
    `${number} ${name}: ${places.length} places from ${from} on, the same futures for both.`,
    table(rows),
    table(chart),
  ].join('\n\n');
}

async function whatIf(items: string[], options: WhatIfOptions, command: Command): Promise<void> {
  const { name, site: sites, days, paths, seed, ...change } = options;
  const answer = await withDatabase((context) =>
    playScenario(context, SYSTEM, { name, items, sites, days, paths, seed, change }),
  );
  print(globalsOf(command), answer, () => scenarioText(answer));
}

interface ScenarioOptions {
  readonly delete?: boolean;
  readonly limit: number;
}

async function scenarios(
  number: string | undefined,
  options: ScenarioOptions,
  command: Command,
): Promise<void> {
  const globals = globalsOf(command);
  if (number === undefined) {
    const items = await withDatabase((context) => listScenarios(context, SYSTEM, options.limit));
    const rows = items.map((one) => [one.number, one.createdAt.toISOString(), one.name]);
    print(globals, { items }, () =>
      rows.length === 0 ? 'No scenario is kept.' : table([['NUMBER', 'MADE', 'NAME'], ...rows]),
    );
    return;
  }
  if (options.delete) {
    await withDatabase((context) => deleteScenario(context, SYSTEM, number));
    print(globals, { deleted: number }, () => `${number} is gone.`);
    return;
  }
  const answer = await withDatabase((context) => showScenario(context, SYSTEM, number));
  print(globals, answer, () => scenarioText(answer));
}

/** Adds the commands to `onhand planning`. */
export function registerWhatIf(planning: Command): void {
  planning
    .command('what-if')
    .description('play the future of items with and without a change')
    .argument('<items...>', 'their SKUs')
    .option('--name <text>', 'what to keep it as')
    .option('--site <codes...>', 'only at these sites')
    .option('--days <count>', 'how far', parseCount(DAYS_MAX), 91)
    .option('--paths <count>', 'futures to draw', parseCount(PATHS_MAX), 200)
    .option('--seed <text>', 'the same seed draws the same futures', 'what-if')
    .option('--service-target <share>', 'another service target, as 0.99', parseNumber)
    .option('--lead-time-days <days>', 'a lead time that is always the same', parseNumber)
    .option('--lead-time-factor <factor>', 'every lead time times this', parseNumber)
    .option('--demand-factor <factor>', 'demand times this', parseNumber)
    .option('--promotion <dates=uplift>', '2026-12-01..2026-12-24=1.8, or =80%', parsePromotion)
    .option('--supplier-failure <dates>', 'nothing arrives: FROM..TO', parseStretch)
    .option('--unforeseen', 'nobody plans for it beforehand')
    .action(whatIf);
  planning
    .command('scenarios')
    .description('stored what-if scenarios, or one of them')
    .argument('[number]', 'such as WI-000001')
    .option('--delete', 'delete it')
    .option('--limit <count>', 'how many', parseCount(ROWS_MAX), 50)
    .action(scenarios);
}
