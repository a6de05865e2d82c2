import type { Command } from 'commander';
import {
  cancelPlannedPrice,
  listPlannedPrices,
  type PriceWish,
  planPrice,
  type ShownPrice,
} from '../../planning/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { globalsOf, print, table } from '../command.ts';
import { parseCount, parseDay } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1_000;

function pricesText(prices: readonly ShownPrice[]): string {
  if (prices.length === 0) return 'No price is planned.';
  const head = ['CODE', 'ITEM', 'SITE', 'FROM', 'TO', 'PRICE', 'STATE'];
  const rows = prices.map((one) => [
    ...[one.code, one.item, one.site ?? 'all', one.fromDay, one.toDay ?? 'on'],
    ...[`${one.price} ${one.currency}`, one.active ? 'planned' : 'called off'],
  ]);
  return table([head, ...rows]);
}

async function add(
  code: string,
  { from, to, ...wish }: Omit<PriceWish, 'code'> & { from: string; to?: string },
  command: Command,
): Promise<void> {
  const price = { ...wish, code, fromDay: from, ...(to !== undefined && { toDay: to }) };
  const made = await withDatabase((context) => planPrice(context, SYSTEM, price));
  print(globalsOf(command), made, () => pricesText([made]));
}

interface ListOptions {
  readonly item?: string;
  readonly limit: number;
}

async function list({ item, limit }: ListOptions, command: Command): Promise<void> {
  const items = await withDatabase((context) =>
    listPlannedPrices(context, SYSTEM, { item, limit }),
  );
  print(globalsOf(command), { items }, () => pricesText(items));
}

async function cancel(code: string, _: unknown, command: Command): Promise<void> {
  const off = await withDatabase((context) => cancelPlannedPrice(context, SYSTEM, code));
  print(globalsOf(command), off, () => pricesText([off]));
}

/** `onhand planning price add, list` and `cancel`. */
export function registerPrices(planning: Command): void {
  const price = planning
    .command('price')
    .description('prices that will hold from a day on, which forecasts take in');
  price
    .command('add')
    .description('plan a price')
    .argument('<code>', 'what to call it, such as MUG-SPRING')
    .requiredOption('--item <sku>', 'of this item')
    .option('--site <code>', 'at this site; by default at all of them')
    .requiredOption('--from <date>', 'the first day', parseDay)
    .option('--to <date>', 'the last day; by default it stays', parseDay)
    .requiredOption('--price <amount>', 'net, of a base unit, in the house currency')
    .action(add);
  price
    .command('list')
    .description('planned prices that are not past')
    .option('--item <sku>', 'of this item')
    .option('--limit <count>', 'at most', parseCount(LIMIT_MAX), LIMIT_DEFAULT)
    .action(list);
  price
    .command('cancel')
    .description('call a planned price off')
    .argument('<code>', 'of the price')
    .action(cancel);
}
