import { type Command, InvalidArgumentError, Option } from 'commander';
import { listOverrides, overridePlanning, undoPlanning } from '../../planning/index.ts';
import { globalsOf, print, table } from '../command.ts';
import { parseCount, parseDay } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 1_000;

const VALUE_MIN = -100;
const VALUE_MAX = 1e9;

/** As the API takes it: no less than nothing left, and no more than anybody sells. */
function parseValue(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= VALUE_MIN && value <= VALUE_MAX) return value;
  throw new InvalidArgumentError(`Give a number from ${VALUE_MIN} to ${VALUE_MAX}.`);
}

type Shown = Awaited<ReturnType<typeof overridePlanning>>;

function value({ kind, value }: Shown): string {
  return kind === 'absolute' ? `${value} a day` : `${value > 0 ? '+' : ''}${value} %`;
}

/** How many times the forecast it was when it was made; a mark where that is many. */
function times({ timesForecast, isLarge }: Shown): string {
  return `${timesForecast ?? 'no forecast'}${isLarge ? ' !' : ''}`;
}

function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '' : `${(share * 100).toFixed(1)} %`;
}

function overridesText(items: readonly Shown[]): string {
  if (items.length === 0) return 'No planner says otherwise.';
  const head = [
    'NUMBER',
    'WHAT',
    'SITE',
    'FROM',
    'TO',
    'VALUE',
    'TIMES',
    'STATE',
    'VALUE ADDED',
    'REASON',
  ];
  const rows = items.map((one) => [
    ...[one.number, one.item ?? `group ${one.group}`, one.site ?? 'all', one.from, one.to],
    ...[
      value(one),
      times(one),
      one.undoneAt ? 'undone' : 'kept',
      percent(one.valueAdded?.addedValue),
    ],
    one.reason,
  ]);
  return table([head, ...rows]);
}

interface AddOptions {
  readonly item?: string;
  readonly group?: string;
  readonly site?: string;
  readonly from: string;
  readonly to: string;
  readonly kind: 'absolute' | 'percent';
  readonly value: number;
  readonly reason: string;
  readonly expiresOn?: string;
  readonly confirmLarge?: boolean;
}

async function add(options: AddOptions, command: Command): Promise<void> {
  const made = await withDatabase((context) => overridePlanning(context, options));
  print(globalsOf(command), made, () => overridesText([made]));
}

async function list({ limit }: { readonly limit: number }, command: Command): Promise<void> {
  const items = await withDatabase((context) => listOverrides(context, limit));
  print(globalsOf(command), { items }, () => overridesText(items));
}

interface UndoOptions {
  readonly reason: string;
}

async function undo(number: string, { reason }: UndoOptions, command: Command): Promise<void> {
  const undone = await withDatabase((context) => undoPlanning(context, number, reason));
  print(globalsOf(command), undone, () => overridesText([undone]));
}

/** `onhand planning override add, list` and `undo`. */
export function registerOverrides(planning: Command): void {
  const override = planning
    .command('override')
    .description('what planners say instead of the forecast, and what it was worth');
  override
    .command('add')
    .description('say what demand will be')
    .option('--item <sku>', 'of this item')
    .option('--group <code>', 'or of all items of a group')
    .option('--site <code>', 'at this site; by default at all of them')
    .requiredOption('--from <date>', 'the first day', parseDay)
    .requiredOption('--to <date>', 'the last day', parseDay)
    .addOption(
      new Option('--kind <name>', 'units a day, or percent more than the forecast')
        .choices(['absolute', 'percent'])
        .makeOptionMandatory(),
    )
    .requiredOption('--value <number>', 'units a day, or percent: 20, -50', parseValue)
    .requiredOption('--reason <text>', 'why')
    .option('--expires-on <date>', 'no longer used from then on', parseDay)
    .option('--confirm-large', 'it is meant, although it is many times the forecast')
    .action(add);
  override
    .command('list')
    .description('the newest overrides')
    .option('--limit <count>', 'at most', parseCount(LIMIT_MAX), LIMIT_DEFAULT)
    .action(list);
  override
    .command('undo')
    .description('take an override back')
    .argument('<number>', 'such as FO-000001')
    .requiredOption('--reason <text>', 'why')
    .action(undo);
}
