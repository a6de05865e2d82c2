import { commandUuid } from '../../ledger/index.ts';
import type { Principal } from '../../platform/context.ts';
import { extendedCost, parseMoney, parseUnitCost } from '../../platform/money.ts';
import { type FieldError, invalidRequest, Problem } from '../../platform/problems.ts';
import { DecimalError, parseDecimal } from '../../platform/quantity.ts';
import type { Channel } from '../channels/channel.queries.ts';
import type { WishLine } from './promise.ts';
import type { CaptureBody, CaptureLine } from './schemas.ts';
import { digitsOf, type OrderService } from './service.ts';

/** A line whose codes and figures are known to be good. */
export interface ResolvedLine extends WishLine {
  readonly unitPrice: bigint;
  readonly discount: bigint;
  readonly tax: bigint;
}

type ResolvedOwner = { readonly ownerId: number; readonly code: string; readonly isHouse: boolean };

/** A capture whose codes and figures are known to be good. */
export interface ResolvedOrder {
  readonly body: CaptureBody;
  readonly channel: Channel;
  readonly owner: ResolvedOwner;
  readonly currency: string;
  readonly shippingCharge: bigint;
  readonly lines: readonly ResolvedLine[];
}

type Fail = (path: string, message: string, expected?: string, found?: string) => void;

const SERIES_FORM = /^SO-\d+$/i;
/** Beyond this a sum could leave 64 bits. */
const QUANTITY_MAX = 10n ** 15n;
const AMOUNT_MAX = 10n ** 15n;

/** The id of what an Idempotency-Key creates: a time-ordered key keeps the index dense. */
export function idFromKey(key: string, principal: Principal, kind: string): string {
  const own = commandUuid(key, principal);
  return kind === 'sales_order' ? own : commandUuid(`${kind} ${own}`, principal);
}

/** Loads everything that these captures name into memory. */
export async function prepareCodes(
  service: OrderService,
  bodies: readonly Pick<CaptureBody, 'channel' | 'owner' | 'lines'>[],
): Promise<void> {
  const { directory } = service.ledger.resolver;
  await service.channels.prepare(bodies.map(({ channel }) => channel));
  const lines = bodies.flatMap((body) => body.lines);
  const channels = bodies.flatMap(({ channel }) => service.channels.channel(channel) ?? []);
  await directory.prepare({
    items: new Set(lines.map(({ item }) => item)),
    sites: new Set([
      ...lines.flatMap(({ site }) => (site === undefined ? [] : [site])),
      ...channels.flatMap(({ sites }) => sites),
    ]),
    owners: new Set(bodies.flatMap(({ owner }) => (owner === undefined ? [] : [owner]))),
    locations: [],
  });
}

/** The owner that a request means: named, or whoever the key stands for. */
export async function resolveOwner(
  service: OrderService,
  principal: Principal,
  code: string | undefined,
): Promise<ResolvedOwner | undefined> {
  const { directory, defaultOwner } = service.ledger.resolver;
  const owner = code === undefined ? await defaultOwner(principal) : directory.owner(code);
  if (!owner || principal.scope === 'house' || owner.ownerId === principal.scope) return owner;
  return undefined;
}

/** Reads a decimal; names the field that is none. */
function readDecimal(read: () => bigint, path: string, found: string, fail: Fail): bigint {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    fail(path, error.message, 'a decimal with fewer places', found);
    return 0n;
  }
}

/** Checks one line of a capture or an edit; undefined where it names what is not there. */
export function resolveLine(
  service: OrderService,
  given: CaptureLine,
  context: { line: number; path: string; owner: ResolvedOwner; currency: string; fail: Fail },
): ResolvedLine | undefined {
  const { directory } = service.ledger.resolver;
  const { path, owner, currency, fail } = context;
  const item = directory.item(given.item);
  // An item of another owner does not exist for this one.
  const isTheirs = item?.ownerId === null || item?.ownerId === owner.ownerId;
  const known = item?.active && isTheirs ? item : undefined;
  if (!known) fail(`${path}.item`, 'does not exist', 'the SKU of an active item', given.item);
  const site = given.site === undefined ? null : directory.site(given.site);
  const holds = site?.type === 'fulfilment_centre' || site?.type === 'store';
  if (given.site !== undefined && !(site?.active && holds)) {
    fail(`${path}.site`, 'does not exist', 'the code of an active site', given.site);
    return undefined;
  }
  if (!known) return undefined;
  const digits = digitsOf(currency);
  const quantity = readDecimal(
    () => parseDecimal(given.quantity, known.quantityScale),
    `${path}.quantity`,
    given.quantity,
    fail,
  );
  const amount = (name: 'discount' | 'tax') =>
    readDecimal(() => parseMoney(given[name], digits), `${path}.${name}`, given[name], fail);
  const unitPrice = readDecimal(
    () => parseUnitCost(given.unitPrice, digits),
    `${path}.unitPrice`,
    given.unitPrice,
    fail,
  );
  const line: ResolvedLine = {
    line: context.line,
    itemId: known.itemId,
    item: known.sku,
    quantityScale: known.quantityScale,
    quantity,
    site: site ? { siteId: site.siteId, code: site.code } : null,
    unitPrice,
    discount: amount('discount'),
    tax: amount('tax'),
  };
  checkFigures(line, given, path, fail);
  return line;
}

function checkFigures(line: ResolvedLine, given: CaptureLine, path: string, fail: Fail): void {
  const { quantity, quantityScale, unitPrice, discount } = line;
  if (quantity <= 0n) fail(`${path}.quantity`, 'must be more than zero', undefined, given.quantity);
  if (quantity > QUANTITY_MAX) fail(`${path}.quantity`, 'is too large', 'at most 10^15');
  const gross = extendedCost(quantity, quantityScale, unitPrice);
  if (gross > AMOUNT_MAX) fail(`${path}.unitPrice`, 'makes too large an amount', 'at most 10^15');
  if (discount > gross) {
    fail(`${path}.discount`, 'is more than the line comes to', 'at most that', given.discount);
  }
}

/** Raises what {@link Fail} has gathered. */
export function failures(): { fail: Fail; problem(): Problem | undefined } {
  const errors: FieldError[] = [];
  return {
    fail: (path, message, expected, found) => {
      errors.push({
        path,
        message,
        ...(expected === undefined ? {} : { expected }),
        ...(found === undefined ? {} : { found }),
      });
    },
    problem: () => {
      const [first] = errors;
      if (!first) return undefined;
      return new Problem(invalidRequest, `${first.path} ${first.message}.`, { errors });
    },
  };
}

/** Checks a capture whose codes are in memory. */
export async function resolveOrder(
  service: OrderService,
  principal: Principal,
  body: CaptureBody,
): Promise<ResolvedOrder | Problem> {
  const { fail, problem } = failures();
  const channel = service.channels.channel(body.channel);
  if (!channel?.active) fail('channel', 'does not exist', 'an active channel', body.channel);
  const owner = await resolveOwner(service, principal, body.owner);
  if (!owner) fail('owner', 'does not exist', 'the code of an owner', body.owner);
  if (body.number !== undefined && SERIES_FORM.test(body.number)) {
    fail('number', 'is of the form of the series', 'any other form', body.number);
  }
  if ((body.shipTo.latitude === undefined) !== (body.shipTo.longitude === undefined)) {
    fail('shipTo.latitude', 'must be given with the other coordinate');
  }
  const currency = body.currency ?? service.context.config.currency;
  const shippingCharge = readDecimal(
    () => parseMoney(body.shippingCharge, digitsOf(currency)),
    'shippingCharge',
    body.shippingCharge,
    fail,
  );
  const lines = owner
    ? body.lines.map((line, i) =>
        resolveLine(service, line, { line: i + 1, path: `lines.${i}`, owner, currency, fail }),
      )
    : [];
  const wrong = problem();
  if (wrong || !channel || !owner) return wrong!;
  const good = lines.filter((line) => line !== undefined);
  return { body, channel, owner, currency, shippingCharge, lines: good };
}
