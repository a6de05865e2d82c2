import {
  afterWork,
  formatDay,
  nextOpen,
  nextPickUp,
  startOfWork,
  type WorkingTime,
} from '../../network/index.ts';
import { hoursToMs, type Transit } from './transit.ts';

/** What a promise is made from; all instants are milliseconds UTC. */
export interface PromiseQuestion {
  /** When the units can be released to the warehouse: now for those on hand. */
  readonly availableMs: number;
  /** The sending site's working times. */
  readonly site: WorkingTime;
  readonly transit: Pick<Transit, 'basis' | 'hoursMin' | 'hoursMax' | 'hoursPlanned'>;
  /** When the ship-to takes deliveries, in its own time zone. */
  readonly delivery: WorkingTime;
}

/** Each step of the way as an instant, and the promise as a local day of the ship-to. */
export interface PromiseDate {
  readonly availableMs: number;
  /** When the warehouse begins: at once, or when it opens next if the cut-off has passed. */
  readonly beginMs: number;
  /** After the handling, in working time. */
  readonly readyMs: number;
  /** When the carrier takes it. */
  readonly dispatchMs: number;
  /** After the planned transit time. */
  readonly arriveMs: number;
  /** When the ship-to next takes deliveries. */
  readonly deliverMs: number;
  /** `YYYY-MM-DD` at the ship-to: what is promised. */
  readonly deliverOn: string;
  /** The days at the shortest and the longest transit time. */
  readonly earliestOn: string;
  readonly latestOn: string;
}

/**
 * The earliest delivery of units that become available at an instant: begin of work by the cut-off
 * calendar of the site, handling in its working time, the carrier's next pick-up, transit, and the
 * first time the ship-to takes deliveries. Pure: the same question has the same answer.
 * @returns undefined when a calendar stays closed for more than 400 days.
 */
export function promiseDate(question: PromiseQuestion): PromiseDate | undefined {
  const { availableMs, site, transit, delivery } = question;
  const beginMs = startOfWork(site, availableMs);
  if (beginMs === undefined) return undefined;
  const readyMs = afterWork(site, beginMs, site.handlingMinutes);
  if (readyMs === undefined) return undefined;
  // What is collected where it lies waits for no carrier.
  const dispatchMs = transit.basis === 'same_site' ? readyMs : nextPickUp(site, readyMs);
  if (dispatchMs === undefined) return undefined;
  const arriveMs = dispatchMs + hoursToMs(transit.hoursPlanned);
  const delivered = (hours: number) => nextOpen(delivery, dispatchMs + hoursToMs(hours));
  const deliverMs = delivered(transit.hoursPlanned);
  const earliestMs = delivered(transit.hoursMin);
  const latestMs = delivered(transit.hoursMax);
  if (deliverMs === undefined || earliestMs === undefined || latestMs === undefined) {
    return undefined;
  }
  const on = (atMs: number) => formatDay(delivery.clock.dayOf(atMs));
  return {
    ...{ availableMs, beginMs, readyMs, dispatchMs, arriveMs, deliverMs },
    deliverOn: on(deliverMs),
    earliestOn: on(earliestMs),
    latestOn: on(latestMs),
  };
}

/** One step of a promise as people read it, with the clocks of both ends. */
export interface PromiseStep {
  readonly step: 'available' | 'begins' | 'ready' | 'dispatched' | 'arrives' | 'delivered';
  readonly at: string;
  /** The same instant on the wall of the sending site and at the ship-to. */
  readonly siteTime: string;
  readonly customerTime: string;
  readonly because: string;
}

const BASES: Readonly<Record<Transit['basis'], string>> = {
  same_site: 'it is collected where it lies',
  lane: 'transit time of the lane',
  distance: 'no lane leads there: transit time by the distance',
  flat: 'no lane and no coordinates: a flat transit time',
};

/** The steps of a promise in order, each with its reason. */
export function explainPromise(
  question: PromiseQuestion,
  promise: PromiseDate,
  available: string,
): PromiseStep[] {
  const { site, delivery, transit } = question;
  const waited = promise.beginMs > promise.availableMs;
  const handling = `${site.handlingMinutes} minutes of working time for handling`;
  const hours = `${transit.hoursPlanned} h, ${transit.hoursMin} to ${transit.hoursMax}`;
  const collected = transit.basis === 'same_site';
  const steps: [PromiseStep['step'], number, string][] = [
    ['available', promise.availableMs, available],
    [
      'begins',
      promise.beginMs,
      waited ? 'closed, or after the cut-off: when it opens next' : 'open, and before the cut-off',
    ],
    ['ready', promise.readyMs, handling],
    [
      'dispatched',
      promise.dispatchMs,
      collected ? 'it is collected here' : "the carrier's next pick-up",
    ],
    ['arrives', promise.arriveMs, `${BASES[transit.basis]} (${hours})`],
    [
      'delivered',
      promise.deliverMs,
      promise.deliverMs > promise.arriveMs
        ? 'when the ship-to takes deliveries again'
        : 'the ship-to takes deliveries then',
    ],
  ];
  return steps.map(([step, atMs, because]) => ({
    step,
    at: new Date(atMs).toISOString(),
    siteTime: site.clock.show(atMs),
    customerTime: delivery.clock.show(atMs),
    because,
  }));
}
