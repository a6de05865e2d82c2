import { type ItemForPosting, loadItems } from '../catalog/index.ts';
import { loadSites, type SiteForPosting } from '../network/index.ts';
import type { Principal } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import { parseMoney, parseUnitCost } from '../platform/money.ts';
import type { FieldError } from '../platform/problems.ts';
import { DecimalError, parseDecimal } from '../platform/quantity.ts';
import { loadOwners, type OwnerForPosting, scopedOwnerCode } from '../sellers/index.ts';
import { digitsOf } from './service.ts';

/** Turns the codes and figures of requests into ids and integers; wrong fields are collected. */
export interface Collector {
  readonly errors: FieldError[];
  fail(path: string, message: string, expected?: string, found?: string): void;
}

export function createCollector(): Collector {
  const errors: FieldError[] = [];
  return {
    errors,
    fail(path, message, expected, found) {
      errors.push({
        path: `body.${path}`,
        message,
        ...(expected === undefined ? {} : { expected }),
        ...(found === undefined ? {} : { found }),
      });
    },
  };
}

/** A quantity above zero at the item's scale; 0n after an error. */
export function readUnits(collector: Collector, path: string, text: string, scale: number): bigint {
  try {
    const units = parseDecimal(text, scale);
    if (units === 0n) collector.fail(path, 'must be more than zero', 'a quantity', text);
    return units;
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    collector.fail(path, error.message, `at most ${scale} digits after the point`, text);
    return 0n;
  }
}

/** An amount of money; 0n after an error. */
export function readMoney(
  collector: Collector,
  path: string,
  text: string,
  currency: string,
): bigint {
  try {
    return parseMoney(text, digitsOf(currency));
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    collector.fail(path, error.message, `an amount of ${currency}`, text);
    return 0n;
  }
}

/** Minor units x 10^4 for one base unit; 0n after an error. */
export function readUnitPrice(
  collector: Collector,
  path: string,
  text: string,
  currency: string,
): bigint {
  try {
    return parseUnitCost(text, digitsOf(currency));
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    collector.fail(path, error.message, `a price in ${currency}`, text);
    return 0n;
  }
}

/** The site where goods are to arrive: one of the house's own. */
export async function findReturnSite(
  tx: Tx,
  collector: Collector,
  code: string,
): Promise<SiteForPosting | undefined> {
  const [site] = await loadSites(tx, [code]);
  const isOwn = site?.type === 'fulfilment_centre' || site?.type === 'store';
  if (site?.active && isOwn) return site;
  const message = site && isOwn ? 'is not active' : 'does not exist';
  collector.fail('site', message, 'a fulfilment centre or store', code);
  return undefined;
}

const HOUSE = 'HOUSE';

/** The owner that is named, or whoever the key stands for. */
export async function findOwner(
  tx: Tx,
  collector: Collector,
  principal: Principal,
  code: string | undefined,
): Promise<OwnerForPosting | undefined> {
  const own = principal.scope === 'house' ? HOUSE : await scopedOwnerCode(tx);
  const [owner] = await loadOwners(tx, [code ?? own ?? '']);
  const isTheirs = owner && (principal.scope === 'house' || owner.ownerId === principal.scope);
  if (isTheirs) return owner;
  collector.fail('owner', 'does not exist', 'the code of an owner', code ?? '');
  return undefined;
}

/** Items by SKU, of those that may belong to the owner. */
export async function findItems(
  tx: Tx,
  skus: readonly string[],
  ownerId: number,
): Promise<Map<string, ItemForPosting>> {
  const items = await loadItems(tx, [...new Set(skus)]);
  const fit = items.filter((item) => item.ownerId === null || item.ownerId === ownerId);
  return new Map(fit.map((item) => [item.sku, item]));
}

/** Whether a channel of that code is there. */
export async function channelExists(tx: Tx, code: string): Promise<boolean> {
  const { rowCount } = await tx.query('SELECT FROM outbound.channel WHERE code = $1', [code]);
  return rowCount === 1;
}
