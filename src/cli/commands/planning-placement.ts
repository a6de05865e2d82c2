import { type Command, InvalidArgumentError } from 'commander';
import {
  decidePlaced,
  makePlacement,
  type PlacementAnswer,
  showElasticity,
  showPlaced,
  showPriceEffect,
} from '../../planning/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { showFigure, showPercent } from '../../platform/figures.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount, parseDay } from '../options.ts';
import { withDatabase } from '../with-database.ts';
import { parseNumber } from './planning-whatif.ts';

/** `onhand planning preposition`, `placement` and `elasticity`. */

const DAYS_MAX = 182;
const FLOWS_SHOWN = 40;
const SITE = /^([^=]+)=(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/;

interface SiteLimits {
  readonly site: string;
  readonly roomM3: number;
  readonly inboundM3PerWeek: number;
}

/** Reads `FC-BER=1200,300`: room, and what the docks take in a week, in cubic metres. */
function parseSite(text: string, before: readonly SiteLimits[] = []): SiteLimits[] {
  const [, site, room, inbound] = SITE.exec(text) ?? [];
  if (site) return [...before, { site, roomM3: Number(room), inboundM3PerWeek: Number(inbound) }];
  throw new InvalidArgumentError('Give SITE=ROOM,INBOUND in cubic metres: FC-BER=1200,300.');
}

interface PrepositionOptions {
  readonly name?: string;
  readonly from: string;
  readonly until: string;
  readonly site: SiteLimits[];
  readonly level: number;
  readonly item?: string[];
  readonly group?: string;
}

function placementText({ number, state, documents, result }: PlacementAnswer): string {
  const { cost, bound, currency, gap, siteWeeks, flows, items, weeks, seconds } = result;
  const weekRows = siteWeeks.map((one) => [
    ...[one.site, one.from, `${one.inboundM3} / ${one.inboundLimitM3}`, one.inboundPrice],
    ...[`${one.roomM3} / ${one.roomLimitM3}`, one.roomPrice, `${one.missingUnits}`],
  ]);
  const flowRows = flows
    .slice(0, FLOWS_SHOWN)
    .map((one) => [
      ...[one.kind, one.item, one.quantity, one.from ?? one.supplier ?? '', one.to],
      ...[one.orderBy, one.arrivesFrom, one.why],
    ]);
  const weekHead = ['SITE', 'WEEK OF', 'IN M3', 'WORTH', 'ROOM M3', 'WORTH', 'MISSING'];
  const flowHead = ['KIND', 'ITEM', 'UNITS', 'FROM', 'TO', 'ORDER BY', 'ARRIVES', 'WHY'];
  const parts = [
    `${number} (${state}): ${items} items over ${weeks} weeks cost ${cost} ${currency}; ` +
      `proven to be at least ${bound} (gap ${showFigure(gap * 100, 2)} %, ${seconds} s).`,
    table([weekHead, ...weekRows]),
  ];
  if (flowRows.length > 0) parts.push(table([flowHead, ...flowRows]));
  if (flows.length > FLOWS_SHOWN) parts.push(`And ${flows.length - FLOWS_SHOWN} flows more.`);
  if (documents.length > 0) {
    parts.push(`Made: ${documents.map((one) => one.number).join(', ')}.`);
  }
  return parts.join('\n\n');
}

async function preposition(options: PrepositionOptions, command: Command): Promise<void> {
  const { name, from, until, site: sites, level, item: items, group } = options;
  const answer = await withDatabase((context) =>
    makePlacement(context, SYSTEM, { name, from, until, level, sites, items, group }),
  );
  print(globalsOf(command), answer, () => placementText(answer));
}

interface PlacementOptions {
  readonly accept?: boolean;
  readonly days: number;
  readonly reject?: string;
}

async function placement(
  number: string,
  options: PlacementOptions,
  command: Command,
): Promise<void> {
  const { accept, days, reject } = options;
  if (accept && reject !== undefined) {
    throw new CliError(EXIT.usage, 'Either --accept or --reject, not both.');
  }
  const answer = await withDatabase((context) => {
    if (accept) return decidePlaced(context, SYSTEM, number, { acceptDays: days });
    if (reject !== undefined) return decidePlaced(context, SYSTEM, number, { reject });
    return showPlaced(context, SYSTEM, number);
  });
  print(globalsOf(command), answer, () => placementText(answer));
}

interface ElasticityOptions {
  readonly item?: string;
  readonly group?: string;
  readonly newPrice?: string;
  readonly days: number;
}

async function elasticity(options: ElasticityOptions, command: Command): Promise<void> {
  const { item, group, newPrice, days } = options;
  if (newPrice !== undefined) {
    if (item === undefined) throw new CliError(EXIT.usage, 'A new price needs --item.');
    await priceEffect(item, newPrice, days, command);
    return;
  }
  const found = await withDatabase((context) => showElasticity(context, SYSTEM, { item, group }));
  print(globalsOf(command), found, () => {
    const { elasticity: own, weeks, series, remark } = found;
    const what = found.item ?? `group ${found.group}`;
    if (!own) return `The elasticity of ${what} is not known: ${remark}.`;
    return (
      `The elasticity of ${what} is ${own.value} (${own.low} to ${own.high} with 90 %), from ` +
      `${weeks} weeks of ${series} series: ${remark}.`
    );
  });
  if (!found.elasticity) process.exitCode = EXIT.refused;
}

/** What is missing to judge a price, and how to load it; one line each. */
function gapsOf({ missing, basis }: { missing: string[]; basis: { remark: string } }): string[] {
  const gaps: Readonly<Record<string, string>> = {
    price:
      'its sales price is not known: load past demand with a price for each day ' +
      '(`onhand import demand FILE --commit`), or sell some at a price',
    unitCost: 'its cost is not known: receive some at a cost (`onhand purchasing receive`)',
    forecast: 'it has no forecast: run `onhand planning run` once it has demand',
    elasticity:
      `how demand follows its price is not known (${basis.remark}): that takes half a year of ` +
      'past demand with prices that changed (`onhand import demand FILE --commit`)',
  };
  return missing.map((name) => `  - ${gaps[name] ?? `${name} is not known`}.`);
}

async function priceEffect(
  item: string,
  newPrice: string,
  days: number,
  command: Command,
): Promise<void> {
  const effect = await withDatabase((context) =>
    showPriceEffect(context, SYSTEM, { item, newPrice, days }),
  );
  print(globalsOf(command), effect, () => {
    if (!effect.effect) {
      return [`What ${newPrice} would do to ${item} cannot be said yet:`, ...gapsOf(effect)].join(
        '\n',
      );
    }
    const { demand, revenue, margin, marginChange, uplift } = effect.effect;
    const row = (label: string, before: string, of: { [key: string]: string | number }) => [
      ...[label, before, `${of.expected}`, `${of.low}`, `${of.high}`],
    ];
    const rows = [
      ['', `AT ${effect.price}`, `AT ${effect.newPrice}`, 'LOW', 'HIGH'],
      row('uplift', '1', uplift),
      row('demand', `${effect.demandBefore}`, demand),
      row('revenue', effect.effect.revenueBefore, revenue),
      row('margin', effect.effect.marginBefore, margin),
      row('change of margin', '', marginChange),
    ];
    const even = effect.effect.breakEvenUplift;
    return [
      table(rows),
      even === null
        ? `No uplift would pay for it: a unit costs ${effect.unitCost}.`
        : `It pays from an uplift of ${even} on; the chance of that is ` +
          `${showPercent(effect.effect.chanceOfGain, 0)}.`,
    ].join('\n');
  });
  if (!effect.effect) process.exitCode = EXIT.refused;
}

/** Adds the commands to `onhand planning`. */
export function registerPlacement(planning: Command): void {
  planning
    .command('preposition')
    .description('place stock over sites before a peak')
    .requiredOption('--from <date>', 'the first day of the peak', parseDay)
    .requiredOption('--until <date>', 'its last day', parseDay)
    .requiredOption('--site <limits>', 'SITE=ROOM,INBOUND in m3; once for each', parseSite)
    .option('--level <share>', 'the quantile of demand to serve in the peak', parseNumber, 0.9)
    .option('--item <skus...>', 'only these items')
    .option('--group <code>', 'only the items of a group')
    .option('--name <text>', 'what to keep it as')
    .action(preposition);
  planning
    .command('placement')
    .description('a placement; accept or reject it')
    .argument('<number>', 'such as PL-000001')
    .option('--accept', 'make purchase and transfer orders of its next flows')
    .option('--days <count>', 'flows due within so many days', parseCount(DAYS_MAX), 7)
    .option('--reject <reason>', 'reject it')
    .action(placement);
  planning
    .command('elasticity')
    .description('how demand follows price, and what another price would do')
    .option('--item <sku>', 'of an item')
    .option('--group <code>', 'or of a group')
    .option('--new-price <amount>', 'what this price would do to demand and margin')
    .option('--days <count>', 'over so many days', parseCount(DAYS_MAX), 28)
    .action(elasticity);
}
