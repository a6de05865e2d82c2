import { nextOpen, type SiteForPromise, workingTime } from '../../network/index.ts';
import { promiseDate } from '../promise/promise.ts';
import {
  type Destination,
  hoursToMs,
  type PromiseNetwork,
  transitBetween,
} from '../promise/transit.ts';

function destination(site: SiteForPromise): Destination {
  return {
    site,
    country: site.country ?? undefined,
    latitude: site.latitude ?? undefined,
    longitude: site.longitude ?? undefined,
    timeZone: site.timeZone,
  };
}

/** When goods are expected to leave and to be taken in; nothing where a site never opens. */
export interface ExpectedTimes {
  readonly expectedDispatchAt: Date | null;
  readonly expectedArrivalAt: Date | null;
}

/** What is expected of goods that are released at an instant (milliseconds UTC). */
export function expectedAfterRelease(
  network: PromiseNetwork,
  fromSiteId: number,
  toSiteId: number,
  releasedMs: number,
): ExpectedTimes {
  const from = network.siteById.get(fromSiteId);
  const to = network.siteById.get(toSiteId);
  const promise =
    from && to
      ? promiseDate({
          availableMs: releasedMs,
          site: workingTime(from.calendar, from.timeZone),
          transit: transitBetween(network, from, destination(to), 'standard'),
          delivery: workingTime(to.calendar, to.timeZone),
        })
      : undefined;
  return {
    expectedDispatchAt: promise ? new Date(promise.dispatchMs) : null,
    expectedArrivalAt: promise ? new Date(promise.deliverMs) : null,
  };
}

/** When goods that left at an instant are expected to be taken in. */
export function expectedAfterShipment(
  network: PromiseNetwork,
  fromSiteId: number,
  toSiteId: number,
  shippedMs: number,
): Date | null {
  const from = network.siteById.get(fromSiteId);
  const to = network.siteById.get(toSiteId);
  if (!from || !to) return null;
  const transit = transitBetween(network, from, destination(to), 'standard');
  const arriveMs = shippedMs + hoursToMs(transit.hoursTypical);
  const takenInMs = nextOpen(workingTime(to.calendar, to.timeZone), arriveMs);
  return takenInMs === undefined ? null : new Date(takenInMs);
}
