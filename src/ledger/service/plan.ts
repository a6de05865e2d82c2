import { convertToBase, UnevenConversionError } from '../../catalog/index.ts';
import type { LocationForPosting, SiteForPosting } from '../../network/index.ts';
import type { Principal } from '../../platform/context.ts';
import { extendedCost, parseMoney, parseUnitCost } from '../../platform/money.ts';
import type { FieldError } from '../../platform/problems.ts';
import { DecimalError, parseDecimal } from '../../platform/quantity.ts';
import type { OwnerForPosting } from '../../sellers/index.ts';
import type { Directory, DirectoryItem } from './directory.ts';
import { parseLedgerId } from './identity.ts';
import type { MovementLine } from './schemas.ts';
import {
  adjustmentLocation,
  type Disposition,
  KIND_RULES,
  type KindRule,
  REASONS,
  type Reason,
} from './vocabulary.ts';

/** One side of a movement with its codes resolved. */
export interface PlannedPlace {
  readonly location: LocationForPosting;
  readonly disposition: Disposition;
  readonly lpn: string | null;
}

/** A line whose codes exist and whose figures make sense; ids of places come later. */
export interface PlannedLine {
  readonly line: MovementLine;
  readonly rule: KindRule;
  readonly item: DirectoryItem;
  readonly owner: OwnerForPosting;
  readonly from: PlannedPlace;
  readonly to: PlannedPlace;
  readonly quantity: bigint;
  readonly value: bigint | null;
  readonly reasonId: number;
  readonly occurredAt: number;
  readonly returnOf: { journal: number; seq: number } | null;
}

/** What planning a line needs to know besides the directory. */
export interface PlanContext {
  readonly directory: Directory;
  readonly principal: Principal;
  /** The owner that lines without one belong to. */
  readonly defaultOwner: OwnerForPosting;
  readonly currencyDigits: number;
  readonly now: number;
}

/** Clocks differ a little; a fact from further in the future is a mistake. */
const FUTURE_TOLERANCE_MS = 60_000;

/** Plans one line; on failure every wrong field at once. */
export function planLine(
  context: PlanContext,
  line: MovementLine,
  path: string,
): PlannedLine | FieldError[] {
  const errors: FieldError[] = [];
  const fail = (field: string, message: string, expected?: string, found?: string): void => {
    errors.push({
      path: `${path}.${field}`,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(found === undefined ? {} : { found }),
    });
  };
  const rule = KIND_RULES[line.kind];
  const item = findItem(context, line.item);
  if (!item) fail('item', 'does not exist', 'the SKU of an item', line.item);
  else if (!item.active && rule.inbound) fail('item', 'is not active', 'an active item', line.item);
  const owner = findOwner(context, line.owner);
  if (!owner) fail('owner', 'does not exist', 'the code of an owner', line.owner ?? '');
  const from = planPlace(context, line, 'from', rule, fail);
  const to = planPlace(context, line, 'to', rule, fail, from);
  const occurredAt = line.occurredAt ? Date.parse(line.occurredAt) : context.now;
  if (line.returnOf !== undefined && line.kind !== 'customer_return') {
    fail('returnOf', 'is for customer returns', 'no returnOf', line.returnOf);
  }
  if (occurredAt > context.now + FUTURE_TOLERANCE_MS) {
    fail('occurredAt', 'is in the future', 'now or earlier', line.occurredAt);
  }
  if (!item || !owner || !from || !to) return errors;
  checkSides(line, rule, from, to, fail);
  checkTracking(line, item, fail);
  const quantity = readQuantity(line, item, fail);
  const value = readValue(context, line, { item, owner, from, to, quantity }, fail);
  if (errors.length > 0) return errors;
  return {
    line,
    rule,
    item,
    owner,
    from,
    to,
    quantity,
    value,
    reasonId: reasonOf(line),
    occurredAt,
    returnOf: line.returnOf ? parseLedgerId(line.returnOf) : null,
  };
}

type Fail = (field: string, message: string, expected?: string, found?: string) => void;

/** An item of another owner does not exist for an owner's key. */
export function findItem(context: PlanContext, sku: string): DirectoryItem | undefined {
  const item = context.directory.item(sku);
  const { scope } = context.principal;
  if (!item || scope === 'house' || item.ownerId === null) return item;
  return item.ownerId === scope ? item : undefined;
}

/** The owner of a line: named, or whoever the key stands for. */
export function findOwner(
  context: PlanContext,
  code: string | undefined,
): OwnerForPosting | undefined {
  const owner = code === undefined ? context.defaultOwner : context.directory.owner(code);
  const { scope } = context.principal;
  if (!owner || scope === 'house' || owner.ownerId === scope) return owner;
  return undefined;
}

const HIDDEN_SITES: readonly unknown[] = ['supplier', 'customer'];

/** A location of a supplier or customer does not exist for an owner's key. */
function findLocation(context: PlanContext, code: string): LocationForPosting | undefined {
  const location = context.directory.location(code);
  const hidden = HIDDEN_SITES.includes(location?.siteType);
  return hidden && context.principal.scope !== 'house' ? undefined : location;
}

/** Nor does the site itself. */
export function findSite(context: PlanContext, code: string): SiteForPosting | undefined {
  const site = context.directory.site(code);
  const hidden = HIDDEN_SITES.includes(site?.type);
  return hidden && context.principal.scope !== 'house' ? undefined : site;
}

function planPlace(
  context: PlanContext,
  line: MovementLine,
  side: 'from' | 'to',
  rule: KindRule,
  fail: Fail,
  other?: PlannedPlace,
): PlannedPlace | undefined {
  const given = line[side];
  const named = typeof given === 'string' ? { location: given } : given;
  const code = named?.location ?? defaultLocation(line, side, rule);
  if (code === undefined) {
    fail(side, 'is missing', `the code of a location (${rule[side].join(' or ')})`);
    return undefined;
  }
  const location = findLocation(context, code);
  if (!location) {
    fail(side, 'does not exist', 'the code of a location', code);
    return undefined;
  }
  if (side === 'to' && !location.active) fail(side, 'is not active', 'an active location', code);
  const inherited = other && !isSource(other.location) ? other.disposition : 'sellable';
  const disposition = named && 'disposition' in named ? named.disposition : undefined;
  return {
    location,
    disposition: disposition ?? inherited,
    lpn: (named && 'lpn' in named ? named.lpn : undefined) ?? null,
  };
}

/** A virtual location that units come out of nothing from; in transit they are still units. */
function isSource(location: LocationForPosting): boolean {
  return location.isVirtual && location.type !== 'in_transit';
}

function defaultLocation(
  line: MovementLine,
  side: 'from' | 'to',
  rule: KindRule,
): string | undefined {
  const fixed = side === 'from' ? rule.fromDefault : rule.toDefault;
  if (fixed !== undefined) return fixed;
  if (line.kind === 'adjustment') return adjustmentLocation(line.reason);
  if (line.kind === 'conversion') return 'CONVERSION';
  if (line.kind === 'disposition_change' && side === 'to') {
    return typeof line.from === 'string' ? line.from : line.from?.location;
  }
  return undefined;
}

function checkSides(
  line: MovementLine,
  rule: KindRule,
  from: PlannedPlace,
  to: PlannedPlace,
  fail: Fail,
): void {
  for (const [side, place] of [
    ['from', from],
    ['to', to],
  ] as const) {
    const { type, isVirtual, code } = place.location;
    const allowed = rule[side];
    const fits = isVirtual ? allowed.includes(type) : allowed.includes('real');
    if (!fits) {
      fail(side, `cannot be of type ${type} in a ${line.kind}`, allowed.join(' or '), code);
    }
    if (isVirtual && place.lpn !== null) fail(side, 'cannot hold a handling unit', 'no lpn', code);
  }
  const [a, b] = [from.location, to.location];
  if (a.isVirtual && b.isVirtual) {
    fail('to', 'must be a real location, or from', 'a bin', b.code);
    return;
  }
  if (rule.oneSided && !a.isVirtual && !b.isVirtual) {
    fail('to', `must be left out of a ${line.kind}, or from`, 'one real location', b.code);
  }
  if (rule.sameSite && a.siteId !== b.siteId) {
    fail('to', 'is on another site', `a location of ${a.siteCode}; between sites transfer`, b.code);
  }
  const same = a.locationId === b.locationId && from.lpn === to.lpn;
  if (same && from.disposition === to.disposition) {
    fail('to', 'is where the units are already', 'another place or disposition', b.code);
  }
  if (line.kind === 'disposition_change' && !same) {
    fail('to', 'is another place; a disposition changes where the units are', a.code, b.code);
  }
}

function checkTracking(line: MovementLine, item: DirectoryItem, fail: Fail): void {
  if (item.tracksLot && line.lot === undefined) fail('lot', 'is missing', 'the lot', '');
  if (!item.tracksLot && line.lot !== undefined) {
    fail('lot', 'is given for an item without lots', 'no lot', line.lot);
  }
  if (!item.tracksSerial) {
    if (line.serials) fail('serials', 'are given for an item without serials', 'no serials');
    return;
  }
  if (line.kind === 'count') {
    const advice = 'adjustments that name the serials found or missing';
    fail('kind', 'cannot tell which serials an item with serials lacks', advice, 'count');
    return;
  }
  const serials = line.serials ?? [];
  // Items with serials have no fractions, so only zeros can follow the point.
  const units = line.quantity.replace(/^0+(?=\d)|\.0+$/g, '');
  if (String(serials.length) !== units || line.level !== undefined) {
    fail('serials', 'must be one a unit', `${line.quantity} serials`, `${serials.length} serials`);
  }
  if (new Set(serials).size !== serials.length) {
    fail('serials', 'names a serial twice', 'each serial once');
  }
}

/** Beyond this a sum could leave 64 bits. */
const QUANTITY_MAX = 10n ** 15n;
const VALUE_MAX = 10n ** 15n;

/** The quantity in base units at the item's scale; 0n after an error. */
export function readQuantity(
  line: Pick<MovementLine, 'quantity' | 'level'> & { kind?: string },
  item: DirectoryItem,
  fail: Fail,
): bigint {
  try {
    const quantity = inBaseUnits(line, item, fail);
    if (quantity === 0n && line.kind !== 'count') {
      fail('quantity', 'must be more than zero', 'a positive quantity', line.quantity);
    }
    if (quantity > QUANTITY_MAX) fail('quantity', 'is too large', 'at most 10^15', line.quantity);
    return quantity;
  } catch (error) {
    if (!(error instanceof DecimalError) && !(error instanceof UnevenConversionError)) throw error;
    const expected = `at most ${item.quantityScale} digits after the point`;
    fail('quantity', error.message, expected, line.quantity);
    return 0n;
  }
}

function inBaseUnits(
  line: Pick<MovementLine, 'quantity' | 'level'>,
  item: DirectoryItem,
  fail: Fail,
): bigint {
  if (line.level === undefined) return parseDecimal(line.quantity, item.quantityScale);
  const pack = item.packs.get(line.level);
  if (!pack) {
    const known = [...item.packs.keys()].join(', ') || 'base units only';
    fail('level', 'is not a packaging level of the item', known, line.level);
    return 1n;
  }
  const scale = 6;
  return convertToBase(parseDecimal(line.quantity, scale), scale, pack, item.quantityScale);
}

function readValue(
  context: PlanContext,
  line: MovementLine,
  plan: Pick<PlannedLine, 'item' | 'owner' | 'from' | 'to' | 'quantity'>,
  fail: Fail,
): bigint | null {
  if (line.unitCost === undefined && line.value === undefined) return null;
  const field = line.unitCost === undefined ? 'value' : 'unitCost';
  if (line.unitCost !== undefined && line.value !== undefined) {
    fail('value', 'is given together with unitCost', 'one of the two', line.value);
    return null;
  }
  if (!plan.owner.isHouse) {
    fail(field, "cannot be given: only the house's own goods carry its money", 'no cost');
    return null;
  }
  if (!isSource(plan.from.location)) {
    fail(field, 'is fixed by the ledger when units leave or move', 'no cost');
    return null;
  }
  try {
    const value =
      line.value !== undefined
        ? parseMoney(line.value, context.currencyDigits)
        : extendedCost(
            plan.quantity,
            plan.item.quantityScale,
            parseUnitCost(line.unitCost ?? '0', context.currencyDigits),
          );
    if (value > VALUE_MAX) fail(field, 'makes too large a value', 'at most 10^15 minor units');
    return value;
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    fail(field, error.message, 'an amount of the house currency', line.value ?? line.unitCost);
    return null;
  }
}

function reasonOf(line: MovementLine): number {
  if (line.reason) return REASONS[line.reason];
  const implied: Partial<Record<MovementLine['kind'], Reason>> = {
    count: 'count',
    scrap: 'scrap',
    short_pick: 'short_pick',
  };
  const reason = implied[line.kind];
  return reason ? REASONS[reason] : 0;
}
