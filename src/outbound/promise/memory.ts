import { type SiteForPromise, type WorkingTime, workingTime } from '../../network/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Database, type OwnerScope, readAs } from '../../platform/database.ts';
import { loadPromiseNetwork } from './network.queries.ts';
import type { PromiseQuestion } from './promise.ts';
import {
  type Destination,
  deliveryTime,
  destinationOf,
  type PromiseNetwork,
  type ServiceLevel,
  type ShipTo,
  transitBetween,
} from './transit.ts';

/** A site's way to a ship-to: everything of a promise but when the units are available. */
export type Way = Omit<PromiseQuestion, 'availableMs'>;

/** The network as capturing sales orders asks it, with the ways that were found already. */
export interface KnownNetwork {
  readonly network: PromiseNetwork;
  /** Undefined where the network does not know the site. */
  wayFrom(siteId: number, shipTo: ShipTo, level: ServiceLevel): Way | undefined;
}

/** Sites, calendars and lanes in memory: there are few, and a capture must not ask for them. */
export interface NetworkMemory {
  /** What the house sees, or what any other owner does; what is edited is seen in 5 seconds. */
  read(scope: OwnerScope): Promise<KnownNetwork>;
}

const FRESH_MS = 5_000;
const ADDRESSES_MAX = 20_000;

/** Makes an empty memory; many that ask at once share one look into the database. */
export function createNetworkMemory(database: Database, clock: Clock): NetworkMemory {
  const kept = new Map<'house' | 'owners', { until: number; known: Promise<KnownNetwork> }>();
  return {
    read: (scope) => {
      const now = clock().getTime();
      // All owners see the same sites, so one network does for them.
      const viewer = scope === 'house' ? 'house' : 'owners';
      const held = kept.get(viewer);
      if (held && now < held.until) return held.known;
      const load = readAs(database, scope, (tx) => loadPromiseNetwork(tx, scope));
      const known = load.then(knownNetwork);
      const entry = { until: now + FRESH_MS, known };
      kept.set(viewer, entry);
      // A failure is not kept; whoever asks next tries again.
      known.catch(() => kept.get(viewer) === entry && kept.delete(viewer));
      return known;
    },
  };
}

/** An address with the ways to it, by site and service level. */
interface Address {
  readonly destination: Destination | undefined;
  readonly ways: Map<string, Way>;
}

function knownNetwork(network: PromiseNetwork): KnownNetwork {
  const addresses = new Map<string, Address>();
  const times = new Map<string, WorkingTime>();
  const remember = (key: string, make: () => WorkingTime): WorkingTime => {
    const known = times.get(key);
    if (known) return known;
    const made = make();
    times.set(key, made);
    return made;
  };
  const timeOf = (site: SiteForPromise) =>
    remember(`from ${site.siteId}`, () => workingTime(site.calendar, site.timeZone));
  const deliveryOf = (site: SiteForPromise, to: Destination) =>
    remember(`to ${to.site?.siteId} ${to.timeZone ?? site.timeZone}`, () => deliveryTime(site, to));
  const addressOf = (shipTo: ShipTo): Address => {
    const { country, region, postalCode, latitude, longitude } = shipTo;
    const key = `${country}|${postalCode}|${latitude}|${longitude}|${region}`;
    const known = addresses.get(key);
    if (known) return known;
    if (addresses.size >= ADDRESSES_MAX) addresses.clear();
    const made = { destination: destinationOf(network, shipTo), ways: new Map<string, Way>() };
    addresses.set(key, made);
    return made;
  };
  return {
    network,
    wayFrom: (siteId, shipTo, level) => {
      const site = network.siteById.get(siteId);
      const { destination, ways } = addressOf(shipTo);
      if (!site || !destination) return undefined;
      const key = `${siteId}|${level}`;
      const known = ways.get(key);
      if (known) return known;
      const transit = transitBetween(network, site, destination, level);
      const made = { site: timeOf(site), transit, delivery: deliveryOf(site, destination) };
      ways.set(key, made);
      return made;
    },
  };
}
