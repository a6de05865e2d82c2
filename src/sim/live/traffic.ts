import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import { hashText } from '../../platform/random.ts';
import {
  advance,
  arrive,
  breakPromise,
  createRoutine,
  createSimulation,
  DAY_MS,
  type Doing,
  HOUR_MS,
  later,
  nextOrdinal,
  planShelves,
  putAway,
  type Simulation,
  scrap,
  shipLeftover,
  takeChunk,
} from '../activities/index.ts';
import { makeCatalogue } from '../catalogue/index.ts';
import { emptyChunk, sizeOf } from '../posting/chunk.ts';
import { type ApiClient, createClient } from '../posting/client.ts';
import { createPoster, type Poster, postChunk, type Refusal } from '../posting/post-chunk.ts';
import { createRandom } from '../random.ts';
import { DEMO_SEED, type DemoScale } from '../scale.ts';
import { createWorld, least, livesLongEnough, type Position } from '../world/index.ts';
import { workAtDocuments } from './documents.ts';
import { readReference } from './reference.ts';
import { leftovers, type OpenReservation, readStock } from './stock.ts';

/** Live traffic: where, how fast, and who wants to know. */
export interface LiveOptions {
  readonly baseUrl: string;
  /** A key of the house that may read everything and post. */
  readonly apiKey: string;
  /** 1 is a few movements a second; 10 is ten times as many; 0 is none. */
  readonly speed: number;
  /** Ends it; the requests in flight are given up. */
  readonly signal: AbortSignal;
  readonly onEvent?: (event: LiveEvent) => void;
  /** The demo that was seeded there, whose seed is `onhand` by default: it gets documents too. */
  readonly demo?: { readonly scale: DemoScale; readonly seed?: string } | undefined;
}

export type LiveEvent =
  /** It has read the state and begins to work. */
  | { readonly type: 'started'; readonly items: number; readonly positions: number }
  /** A worker did something; told when it has been posted. */
  | ({ readonly type: 'done' } & Doing)
  /** The API refused something; the simulation has read the item's state anew. */
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** A document could not be made or taken further; the office goes on with the next. */
  | { readonly type: 'undone'; readonly error: string }
  /** The API cannot be reached or does not take the work; it is tried again after a while. */
  | { readonly type: 'waiting'; readonly error: string; readonly waitMs: number };

/** Seconds of the simulation in one second at speed 1: a day takes less than ten minutes. */
const PACE = 150;
const TICK_MS = 250;
/** A busy API makes time go slower rather than work pile up. */
const STEP_MS_MAX = 6 * HOUR_MS;
const ORDER_LINES_AN_ITEM = 0.2;
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 60_000;

interface Session {
  readonly sim: Simulation;
  readonly poster: Poster;
  readonly routine: (day: number) => void;
  nextDay: number;
  /** What was done in the chunk that is being filled. */
  doings: Doing[];
}

function realTime(): number {
  return systemClock().getTime();
}

/** Takes up the work that stands around: goods at docks, in staging, in transit, set aside. */
function takeUp(sim: Simulation, position: Position): void {
  const { shelf, lot, quantity, serials, location, disposition, lpn, item } = position;
  const kind = sim.world.spots.get(location)?.kind;
  const own = item.tracksSerial ? serials : undefined;
  const from = {
    location,
    ...(lpn === null ? {} : { lpn }),
    ...(disposition === 'sellable' ? {} : { disposition }),
  };
  const arrival = { shelf, lot, quantity, serials: own, from };
  const after = sim.random.next() * DAY_MS;
  if (disposition !== 'sellable') {
    const why = disposition === 'expired' ? 'expiry' : 'scrap';
    later(sim, after * 8, () => scrap(sim, arrival, why));
  } else if (kind === 'transit') {
    shelf.incoming += quantity;
    later(sim, after, () => arrive(sim, shelf, [arrival], undefined));
  } else if (kind === 'dock' || location === sim.world.sites[shelf.site]?.returns) {
    later(sim, after / 4, () => putAway(sim, arrival));
  } else if (livesLongEnough(position, realTime())) {
    shelf.staged += quantity;
    later(sim, after / 8, () => shipLeftover(sim, position));
  } else later(sim, after / 8, () => putAway(sim, arrival));
}

/**
 * Minds a reservation that it did not make: carts of the demo, whose orders nobody knows any
 * more, are given back; others are left alone until they expire.
 */
function settle(sim: Simulation, poster: Poster, open: OpenReservation, now: number): void {
  const { shelf, quantity, expiresAt, id, isDemoCart } = open;
  if (isDemoCart) {
    const target = nextOrdinal(sim);
    poster.ids.set(target, id);
    const line = { shelf, quantity: 0n, document: undefined, reservation: target };
    shelf.promised += quantity;
    later(sim, sim.random.next() * HOUR_MS, () => breakPromise(sim, line, quantity));
  } else if (expiresAt !== null) {
    later(sim, (expiresAt - now) * PACE, () => {
      shelf.reserved -= least(quantity, shelf.reserved);
    });
  }
}

/** Reads the state of the API and gets ready to go on from there. */
async function begin(client: ApiClient): Promise<Session> {
  const { sites, bins, items, sellers } = await readReference(client);
  if (sites.length === 0 || items.length === 0) {
    throw new Error('the API has no fulfilment centre or no item that the demo could work with');
  }
  const world = createWorld(sites, bins, items);
  planShelves(world, sellers, items.length * ORDER_LINES_AN_ITEM);
  const reservations = await readStock(client, world, 0);
  const seed = newId();
  const mark = `${realTime().toString(36)}-`;
  const now = realTime();
  const sim = createSimulation(
    world,
    createRandom(seed, 'live'),
    { lanes: 1, mark },
    now,
    realTime,
  );
  sim.counters.palletsBefore = hashText(seed) % 900_000_000;
  const poster = createPoster(client, seed);
  for (const reservation of reservations) settle(sim, poster, reservation, now);
  for (const position of leftovers(world)) takeUp(sim, position);
  const session: Session = {
    sim,
    poster,
    routine: createRoutine(sim),
    nextDay: Math.floor(now / DAY_MS) * DAY_MS,
    doings: [],
  };
  sim.onDoing = (doing) => session.doings.push(doing);
  return session;
}

/** Lets the simulation's time go on, with the routine of each day that begins. */
function proceed(session: Session, until: number): void {
  const { sim, routine } = session;
  while (session.nextDay <= until) {
    advance(sim, Math.max(sim.now, session.nextDay));
    routine(session.nextDay);
    session.nextDay += DAY_MS;
  }
  advance(sim, until);
}

/** Posts what was done; what was refused is looked up, so that the next try knows better. */
async function deliver(session: Session, onEvent: (event: LiveEvent) => void): Promise<void> {
  const { sim, poster } = session;
  const doings = session.doings;
  session.doings = [];
  const chunk = takeChunk(sim)[0] ?? emptyChunk();
  if (sizeOf(chunk) === 0) return;
  const refusals = await postChunk(poster, chunk);
  for (const doing of doings) onEvent({ type: 'done', ...doing });
  for (const refusal of refusals) onEvent({ type: 'refused', refusal });
  const known = new Set(sim.world.items.map(({ sku }) => sku));
  const skus = new Set(refusals.map(({ item }) => item).filter((sku) => known.has(sku)));
  for (const sku of skus) await readStock(poster.client, sim.world, sim.chunk, sku);
}

/** Works until the signal or an error ends it. */
async function work(
  session: Session,
  options: LiveOptions,
  onEvent: (event: LiveEvent) => void,
): Promise<void> {
  let last = realTime();
  while (!options.signal.aborted) {
    await sleep(TICK_MS, undefined, { signal: options.signal });
    const now = realTime();
    const step = Math.min((now - last) * PACE * options.speed, STEP_MS_MAX);
    last = now;
    proceed(session, Math.floor(session.sim.now + step));
    await deliver(session, onEvent);
  }
}

/** Beside the workers: the office, as long as the installation is the demo. */
async function runOffice(options: LiveOptions, onEvent: (event: LiveEvent) => void) {
  const { signal, speed, demo } = options;
  if (!demo) return;
  const catalogue = makeCatalogue(demo.seed ?? DEMO_SEED, demo.scale);
  const onError = ({ message }: Error) => onEvent({ type: 'undone', error: message });
  while (!signal.aborted) {
    try {
      await workAtDocuments(createClient(options), catalogue, { speed, signal, onError });
      return;
    } catch (error) {
      if (signal.aborted) return;
      onEvent({ type: 'waiting', error: (error as Error).message, waitMs: RETRY_MS_MAX });
      await sleep(RETRY_MS_MAX, undefined, { signal }).catch(() => {});
    }
  }
}

/**
 * Keeps an installation busy as its workers would: orders come in, are picked, packed and
 * shipped, trucks arrive, goods are put away, returned, counted and thrown away. It reads what
 * there is when it begins, and again whenever it was wrong or the API was away. The signal ends
 * it; it throws nothing.
 */
export async function runLiveTraffic(options: LiveOptions): Promise<void> {
  const { onEvent = () => {} } = options;
  if (options.speed <= 0) return;
  const office = runOffice(options, onEvent);
  await runFloor(options, onEvent);
  await office;
}

async function runFloor(options: LiveOptions, onEvent: (event: LiveEvent) => void): Promise<void> {
  const { signal } = options;
  const client = createClient(options);
  let waitMs = RETRY_MS;
  while (!signal.aborted) {
    try {
      const session = await begin(client);
      const { items, positions } = session.sim.world;
      onEvent({ type: 'started', items: items.length, positions: positions.size });
      waitMs = RETRY_MS;
      await work(session, options, onEvent);
    } catch (error) {
      if (signal.aborted) return;
      onEvent({ type: 'waiting', error: (error as Error).message, waitMs });
      await sleep(waitMs, undefined, { signal }).catch(() => {});
      waitMs = Math.min(waitMs * 2, RETRY_MS_MAX);
    }
  }
}
