import { formatDay, type WorkingTime } from '../../network/index.ts';
import type { OwnerScope } from '../../platform/database.ts';
import type { AvailableToPromise } from '../promise/available.ts';
import type { KnownNetwork } from '../promise/memory.ts';
import { availableAt } from '../promise/options.ts';
import { type Bucket, takeFrom } from '../promise/projection.ts';
import { promiseDate } from '../promise/promise.ts';
import { SERVICE_LEVELS, type ServiceLevel } from '../promise/transit.ts';
import type { NewOrder, NewPart } from './capture.queries.ts';
import type { OrderService } from './service.ts';

/** When the customer is told to have a sales order: what is promised when it is captured. */

/** A sales order that is ready to be written, and who asks for it. */
interface Undated {
  readonly order: NewOrder;
  readonly scope: OwnerScope;
}

/** What is expected of items, by item and owner; it shrinks as it is promised. */
type Expected = Map<string, AvailableToPromise[]>;

/** What one part is promised; `promisedMs` is the end of deliveries on the promised day. */
interface PartPromise {
  readonly promisedMs: number;
  readonly on: string;
  readonly timeZone: string;
  readonly site: string;
  /** The local day whose receipts complete it; null: it is reserved from what is there. */
  readonly expectedOn: string | null;
}

/** Why a part cannot be promised; it is kept in the history. */
const NO_PROMISE = {
  unknown: 'the network does not know the site',
  closed: 'a calendar stays closed for more than 400 days',
  uncovered: 'no site expects enough to cover what waits',
  failed: 'the promise could not be worked out',
} as const;
type NoPromise = (typeof NO_PROMISE)[keyof typeof NO_PROMISE];

/** Service levels of sales orders are free text; the promise knows three. */
function levelOf(serviceLevel: string): ServiceLevel {
  return SERVICE_LEVELS.find((level) => level === serviceLevel) ?? 'standard';
}

/**
 * Gives sales orders the dates that they are promised, where the caller has not given one: the
 * latest of their parts. What cannot be promised has none, and the history says why. It never
 * fails: the units are reserved by now, and a date is no reason to lose them.
 */
export async function withPromises(
  service: OrderService,
  undated: readonly Undated[],
): Promise<NewOrder[]> {
  const open = undated.filter(({ order }) => order.promisedAt === null);
  if (open.length === 0) return undated.map(({ order }) => order);
  try {
    const expected = await readExpected(service, open);
    const networks = new Map<OwnerScope, KnownNetwork>();
    for (const { scope } of open) {
      if (!networks.has(scope)) networks.set(scope, await service.networks.read(scope));
    }
    return undated.map(({ order, scope }) =>
      order.promisedAt === null ? dated(order, networks.get(scope)!, expected) : order,
    );
  } catch (err) {
    service.context.log.warn({ err }, 'sales orders were captured without a promise');
    return undated.map(({ order }) =>
      order.promisedAt === null ? unpromised(order, NO_PROMISE.failed) : order,
    );
  }
}

function expectedKey(itemId: number, ownerId: number): string {
  return `${itemId}|${ownerId}`;
}

/** Reads what is expected of the items that somebody waits for, all in one round. */
async function readExpected(service: OrderService, open: readonly Undated[]): Promise<Expected> {
  const skus = new Set<string>();
  for (const { order } of open) {
    for (const part of order.parts) {
      if (part.state === 'backordered') skus.add(order.resolved.lines[part.line - 1]!.item);
    }
  }
  const expected: Expected = new Map();
  // Units of any owner are looked up, and each sales order takes those of its own.
  const found = await Promise.all([...skus].map((sku) => service.toPromise('house', sku)));
  for (const row of found.flatMap((each) => each?.rows ?? [])) {
    const key = expectedKey(row.item.itemId, row.ownerId);
    expected.set(key, [...(expected.get(key) ?? []), row]);
  }
  return expected;
}

function dated(order: NewOrder, known: KnownNetwork, expected: Expected): NewOrder {
  let last: { part: NewPart; promise: PartPromise } | undefined;
  let before: number | null = null;
  for (const part of order.parts) {
    // What one site sends from what is there arrives together.
    if (part.state !== 'backordered' && part.siteId === before) continue;
    if (part.state !== 'backordered') before = part.siteId;
    const promise =
      part.state === 'backordered'
        ? promiseWaiting(order, part, known, expected)
        : promiseFrom(order, part.siteId!, known, order.at.getTime());
    if (typeof promise === 'string') return unpromised(order, promise, part.line);
    if (!last || promise.promisedMs > last.promise.promisedMs) last = { part, promise };
  }
  if (!last) return order;
  const { promisedMs, ...how } = last.promise;
  const promisedAt = new Date(promisedMs).toISOString();
  const { answer } = order;
  return {
    ...order,
    promisedAt,
    answer: { ...answer, promisedAt },
    promise: { ...how, line: last.part.line },
  };
}

function unpromised(order: NewOrder, because: NoPromise, line?: number): NewOrder {
  return { ...order, promise: { on: null, because, ...(line === undefined ? {} : { line }) } };
}

/** When deliveries end on the day of one; those until midnight end while it is that day. */
function endOfDeliveries({ clock, dayAt }: WorkingTime, deliverMs: number): number {
  const day = clock.dayOf(deliverMs);
  const closesMs = dayAt(day).open.at(-1)?.[1] ?? deliverMs;
  return clock.dayOf(closesMs) === day ? closesMs : closesMs - 1_000;
}

/** What units that become available at an instant are promised from a site. */
function promiseFrom(
  order: NewOrder,
  siteId: number,
  known: KnownNetwork,
  availableMs: number,
): PartPromise | NoPromise {
  const way = known.wayFrom(siteId, order.resolved.body.shipTo, levelOf(order.serviceLevel));
  if (!way) return NO_PROMISE.unknown;
  const promise = promiseDate({ ...way, availableMs });
  if (!promise) return NO_PROMISE.closed;
  const { delivery } = way;
  return {
    promisedMs: endOfDeliveries(delivery, promise.deliverMs),
    on: promise.deliverOn,
    timeZone: delivery.clock.timeZone,
    site: known.network.siteById.get(siteId)!.code,
    expectedOn: null,
  };
}

function mayServe(order: NewOrder, part: NewPart, known: KnownNetwork, siteId: number): boolean {
  if (part.siteId !== null) return part.siteId === siteId;
  const site = known.network.siteById.get(siteId);
  if (!site?.active || (site.type !== 'fulfilment_centre' && site.type !== 'store')) return false;
  const { sites } = order.resolved.channel;
  return sites.length === 0 || sites.includes(site.code);
}

/**
 * What units that wait are promised: from the site whose expected supply brings them soonest.
 * What is there already does not count: the capture was not given it, so it is kept for others.
 */
function promiseWaiting(
  order: NewOrder,
  part: NewPart,
  known: KnownNetwork,
  expected: Expected,
): PartPromise | NoPromise {
  const { ownerId } = order.resolved.owner;
  const rows = expected.get(expectedKey(part.itemId, ownerId)) ?? [];
  let best: { promise: PartPromise; at: number; bucket: Bucket } | undefined;
  for (const [at, { siteId, projection }] of rows.entries()) {
    if (!mayServe(order, part, known, siteId)) continue;
    const kept = projection[0]?.promisable ?? 0n;
    const bucket = projection.find(
      ({ day, promisable }) => day !== null && promisable - kept >= part.quantity,
    );
    const site = known.network.siteById.get(siteId);
    if (!bucket || bucket.day === null || !site) continue;
    const availableMs = availableAt(site, bucket, order.at.getTime());
    const promise = promiseFrom(order, siteId, known, availableMs);
    if (typeof promise === 'string') continue;
    const isSooner = !best || promise.promisedMs < best.promise.promisedMs;
    const expectedOn = formatDay(bucket.day);
    if (isSooner) best = { promise: { ...promise, expectedOn }, at, bucket };
  }
  if (!best) return NO_PROMISE.uncovered;
  // The next who waits for the same item sees what this one leaves.
  const row = rows[best.at]!;
  rows[best.at] = { ...row, projection: takeFrom(row.projection, best.bucket, part.quantity) };
  return best.promise;
}
