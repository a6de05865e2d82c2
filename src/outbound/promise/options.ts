import { formatDay, type SiteForPromise, workingTime } from '../../network/index.ts';
import type { AvailableToPromise } from './available.ts';
import {
  type Bucket,
  firstPromisable,
  mostPromisable,
  type Projection,
  projectAvailability,
  takeFrom,
} from './projection.ts';
import {
  explainPromise,
  type PromiseDate,
  type PromiseQuestion,
  type PromiseStep,
  promiseDate,
} from './promise.ts';
import {
  type Destination,
  deliveryTime,
  type PromiseNetwork,
  type ServiceLevel,
  type Transit,
  transitBetween,
} from './transit.ts';

/** A line that a customer asks about; the quantity is at the item's scale. */
export interface WantedLine {
  readonly line: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly quantity: bigint;
}

/** What one site can promise of one line. */
export interface LineOption {
  readonly line: number;
  /** The most that the site can promise of the item, at its scale. */
  readonly most: bigint;
  /** Null when the site can never promise the quantity. */
  readonly promise: PromiseDate | null;
  /** The local day whose receipts complete the quantity; null: it is there. */
  readonly availableDay: number | null;
}

/** What one site can promise. */
export interface SiteOption {
  readonly site: SiteForPromise;
  readonly transit: Transit;
  readonly lines: readonly LineOption[];
  /** The line that arrives last, when all lines can be promised. */
  readonly last: { readonly promise: PromiseDate; readonly steps: readonly PromiseStep[] } | null;
}

/** The best that can be promised. */
export interface BestPromise {
  readonly kind: 'single' | 'split' | 'none';
  /** The site of each line that can be promised. */
  readonly lines: readonly { readonly line: number; readonly siteId: number }[];
  readonly deliverOn: string | null;
  readonly latestOn: string | null;
}

export interface OptionsQuestion {
  readonly nowMs: number;
  readonly lines: readonly WantedLine[];
  readonly rows: readonly AvailableToPromise[];
  readonly network: PromiseNetwork;
  readonly sites: readonly SiteForPromise[];
  readonly destination: Destination;
  readonly serviceLevel: ServiceLevel;
}

const EMPTY: Projection = projectAvailability(0n, [], []);

/**
 * When units of a bucket can be released: at once, or when the day on which they are expected is
 * over, since nothing tells the hour at which a receipt will be put away.
 */
export function availableAt(site: SiteForPromise, bucket: Bucket, nowMs: number): number {
  if (bucket.day === null) return nowMs;
  const { clock } = workingTime(site.calendar, site.timeZone);
  return Math.max(nowMs, clock.instantOf(bucket.day + 1, 0));
}

function optionOf(question: OptionsQuestion, site: SiteForPromise): SiteOption {
  const { network, destination, serviceLevel, nowMs } = question;
  const transit = transitBetween(network, site, destination, serviceLevel);
  const working = workingTime(site.calendar, site.timeZone);
  const delivery = deliveryTime(site, destination);
  const left = new Map<string, Projection>();
  let last: { question: PromiseQuestion; promise: PromiseDate; day: number | null } | undefined;
  const lines = question.lines.map(({ line, itemId, ownerId, quantity }): LineOption => {
    const key = `${itemId} ${ownerId}`;
    const row = question.rows.find(
      (each) =>
        each.item.itemId === itemId && each.ownerId === ownerId && each.siteId === site.siteId,
    );
    const projection = left.get(key) ?? row?.projection ?? EMPTY;
    const most = mostPromisable(projection);
    const bucket = firstPromisable(projection, quantity);
    if (!bucket) return { line, most, promise: null, availableDay: null };
    // The next line of the same item sees what this one leaves.
    left.set(key, takeFrom(projection, bucket, quantity));
    const availableMs = availableAt(site, bucket, nowMs);
    const asked = { availableMs, site: working, transit, delivery };
    const promise = promiseDate(asked) ?? null;
    if (promise && promise.deliverMs >= (last?.promise.deliverMs ?? 0)) {
      last = { question: asked, promise, day: bucket.day };
    }
    return { line, most, promise, availableDay: bucket.day };
  });
  const isComplete = last !== undefined && lines.every(({ promise }) => promise !== null);
  return {
    ...{ site, transit, lines },
    last: isComplete && last ? { promise: last.promise, steps: explain(last) } : null,
  };
}

function explain(last: {
  question: PromiseQuestion;
  promise: PromiseDate;
  day: number | null;
}): PromiseStep[] {
  const because =
    last.day === null ? 'on hand and not promised' : `expected on ${formatDay(last.day)}`;
  return explainPromise(last.question, last.promise, because);
}

function isSooner(a: PromiseDate, b: PromiseDate): boolean {
  if (a.deliverMs !== b.deliverMs) return a.deliverMs < b.deliverMs;
  return a.dispatchMs < b.dispatchMs;
}

/** What every site can promise, the soonest complete one first, then by code. */
export function promiseOptions(question: OptionsQuestion): SiteOption[] {
  const options = question.sites.map((site) => optionOf(question, site));
  return options
    .filter(({ lines }) => lines.some(({ promise }) => promise !== null))
    .sort((a, b) => {
      if (!a.last || !b.last) return Number(b.last !== null) - Number(a.last !== null);
      if (isSooner(a.last.promise, b.last.promise)) return -1;
      return isSooner(b.last.promise, a.last.promise) ? 1 : 0;
    });
}

/**
 * The best promise: one site for everything, the soonest; where no site has everything, each line
 * from the site that brings it soonest.
 */
export function bestPromise(
  question: OptionsQuestion,
  options: readonly SiteOption[],
): BestPromise {
  const [first] = options;
  if (first?.last) {
    const { deliverOn, latestOn } = first.last.promise;
    const lines = question.lines.map(({ line }) => ({ line, siteId: first.site.siteId }));
    return { kind: 'single', lines, deliverOn, latestOn };
  }
  const chosen = question.lines.flatMap(({ line }) => {
    let best: { siteId: number; promise: PromiseDate } | undefined;
    for (const { site, lines } of options) {
      const promise = lines.find((each) => each.line === line)?.promise;
      if (promise && (!best || isSooner(promise, best.promise))) {
        best = { siteId: site.siteId, promise };
      }
    }
    return best ? [{ line, ...best }] : [];
  });
  const isAll = chosen.length === question.lines.length;
  const latest = (of: (promise: PromiseDate) => string) =>
    chosen
      .map(({ promise }) => of(promise))
      .sort()
      .at(-1) ?? null;
  return {
    kind: isAll ? 'split' : 'none',
    lines: chosen.map(({ line, siteId }) => ({ line, siteId })),
    deliverOn: isAll ? latest(({ deliverOn }) => deliverOn) : null,
    latestOn: isAll ? latest(({ latestOn }) => latestOn) : null,
  };
}
