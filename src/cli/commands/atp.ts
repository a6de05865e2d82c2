import { type Command, Option } from 'commander';
import {
  type AvailableAnswer,
  createToPromiseReader,
  type PromisesAnswer,
  SERVICE_LEVELS,
  type ServiceLevel,
  showAvailable,
  showPromises,
} from '../../outbound/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { type CliContext, withDatabase } from '../with-database.ts';

function readerOf({ database, config, clock }: CliContext) {
  return createToPromiseReader(database, config.journals, clock);
}

interface AtpOptions {
  readonly site?: string[];
  readonly owner?: string;
}

function atpText({ items, unknown }: AvailableAnswer): string {
  const rows = items.flatMap(({ item, site, owner, days }) =>
    days.map(({ on, supply, demand, projected, promisable }) => [
      ...[item, site, owner, on ?? 'now', supply, demand, projected, promisable],
    ]),
  );
  const head = ['ITEM', 'SITE', 'OWNER', 'FROM', 'SUPPLY', 'DEMAND', 'PROJECTED', 'PROMISABLE'];
  const lines = rows.length === 0 ? ['There is none of it, and none is expected.'] : [];
  if (rows.length > 0) lines.push(table([head, ...rows]));
  if (unknown.length > 0) lines.push(`Not known: ${unknown.join(', ')}.`);
  return lines.join('\n');
}

async function atp(items: string[], options: AtpOptions, command: Command): Promise<void> {
  const { site: sites, owner } = options;
  const answer = await withDatabase((context) =>
    showAvailable(
      readerOf(context),
      SYSTEM,
      { items, sites, owner, explain: true },
      context.clock(),
    ),
  );
  print(globalsOf(command), answer, () => atpText(answer));
  if (answer.unknown.length > 0) process.exitCode = EXIT.refused;
}

interface PromiseOptions extends AtpOptions {
  readonly to?: string;
  readonly country?: string;
  readonly region?: string;
  readonly postalCode?: string;
  readonly timeZone?: string;
  readonly serviceLevel: ServiceLevel;
}

/** Reads `SKU=QUANTITY`. */
function toLine(text: string): { item: string; quantity: string } {
  const at = text.lastIndexOf('=');
  const [item, quantity] = at < 0 ? [text, '1'] : [text.slice(0, at), text.slice(at + 1)];
  if (item !== '' && /^\d{1,13}(\.\d{1,6})?$/.test(quantity)) return { item, quantity };
  throw new CliError(EXIT.usage, `'${text}' is no line: give SKU=QUANTITY, such as BELT-M=2.`);
}

function promiseText({ best, options }: PromisesAnswer): string {
  const rows = options.map(({ site, complete, deliverOn, latestOn, dispatchAt, transit }) => [
    ...[site, complete ? deliverOn! : 'not all of it', latestOn ?? ''],
    ...[dispatchAt ?? '', `${transit.hoursPlanned} h by ${transit.basis.replace('_', ' ')}`],
  ]);
  const steps = (options[0]?.steps ?? []).map(({ step, siteTime, customerTime, because }) => [
    ...[`  ${step}`, siteTime, customerTime, because],
  ]);
  const places = new Map<string, number[]>();
  for (const { line, site } of best.lines) {
    places.set(site, [...(places.get(site) ?? []), line]);
  }
  const from = [...places].map(([site, lines]) => `${site} (line ${lines.join(', ')})`);
  const verdict =
    best.kind === 'none'
      ? 'Nobody can promise all of it.'
      : `Promised for ${best.deliverOn}, from ${from.join(' and ')}.`;
  const head = ['SITE', 'DELIVERED ON', 'LATEST', 'DISPATCHED', 'TRANSIT'];
  const parts = [verdict];
  if (rows.length > 0) parts.push(table([head, ...rows]));
  if (steps.length > 0) parts.push(table([['  STEP', 'SITE', 'CUSTOMER', 'WHY'], ...steps]));
  return parts.join('\n');
}

async function promise(lines: string[], options: PromiseOptions, command: Command): Promise<void> {
  const { to: site, country, region, postalCode, timeZone, serviceLevel, owner } = options;
  const shipTo = { site, country, region, postalCode, timeZone };
  const body = {
    ...{ lines: lines.map(toLine), shipTo, serviceLevel, owner },
    ...(options.site ? { sites: options.site } : {}),
  };
  const answer = await withDatabase((context) => showPromises(readerOf(context), SYSTEM, body));
  print(globalsOf(command), answer, () => promiseText(answer));
  if (answer.best.kind === 'none') process.exitCode = EXIT.refused;
}

/** `onhand atp <items...>` and `onhand promise <lines...>`. */
export function registerAtp(program: Command): void {
  program
    .command('atp')
    .description('what can be promised of items, by day')
    .argument('<items...>', 'their SKUs')
    .option('--site <codes...>', 'only at these sites')
    .option('--owner <code>', "only this owner's")
    .action(atp);
  program
    .command('promise')
    .description('when goods can be with a customer, from which site, and why')
    .argument('<lines...>', 'SKU=QUANTITY; a SKU alone means one')
    .option('--to <site>', 'code of the site they go to')
    .option('--country <code>', 'or where it is: ISO 3166-1 alpha-2')
    .option('--region <name>')
    .option('--postal-code <code>')
    .option('--time-zone <name>', "the customer's, such as Europe/Berlin")
    .addOption(
      new Option('--service-level <name>', 'how fast').choices(SERVICE_LEVELS).default('standard'),
    )
    .option('--site <codes...>', 'only from these sites')
    .option('--owner <code>', "this owner's goods")
    .action(promise);
}
