import { formatDecimal } from '../../platform/quantity.ts';
import type { DemoSite } from '../catalogue/index.ts';
import { type Chunk, emptyChunk, type FollowUp, type MovementLine } from '../posting/chunk.ts';
import { createWeightedPick, type Random } from '../random.ts';
import {
  type Disposition,
  move,
  type Place,
  type Shelf,
  type Transfer,
  type World,
} from '../world/index.ts';
import { type Agenda, createAgenda } from './agenda.ts';

/** The owner that the company itself is. */
export const HOUSE = 'HOUSE';

/** What one worker did, for those who watch. */
export interface Doing {
  readonly worker: string;
  readonly kind: string;
  readonly item: string;
  readonly quantity: string;
  readonly site: string;
}

/** A simulation in progress: the world, what is to be done in it, and what was done. */
export interface Simulation {
  readonly world: World;
  readonly random: Random;
  readonly agenda: Agenda;
  readonly pace: Pace;
  /** Milliseconds since the epoch in the time of the simulation. */
  now: number;
  /** Number of the chunk that is being filled. */
  chunk: number;
  /** Requests of the chunk so far, one list for each lane. */
  outbox: Chunk[];
  /** Number of the last request. */
  ordinal: number;
  /** When what happens now really happens; the simulation's time unless that runs faster. */
  readonly clock: (() => number) | undefined;
  readonly counters: Counters;
  readonly picks: ReadonlyMap<number, SitePick>;
  /** Pallets whose move is posted at the end of the chunk: until then nothing is taken off them. */
  readonly movingPallets: Set<string>;
  onDoing: ((doing: Doing) => void) | undefined;
}

/** How a simulation is posted. */
export interface Pace {
  /** Lanes of an outbox; requests of one item are all in one lane. */
  readonly lanes: number;
  /** Begins every number that must be unique, such as those of documents, lots and serials. */
  readonly mark: string;
}

/** Numbers drawn so far, and what did not happen. */
export interface Counters {
  documents: number;
  lots: number;
  serials: number;
  pallets: number;
  /** Where the numbers of pallets begin: live traffic counts on elsewhere than the history. */
  palletsBefore: number;
  /** Order lines that could not be met. */
  lostLines: number;
}

interface SitePick {
  readonly shelves: readonly Shelf[];
  readonly pick: (random: Random) => number;
}

/** Shelves of each site, picked as often as customers ask for them. */
function sitePicks(world: World): Map<number, SitePick> {
  return new Map(
    world.sites.map(({ index }) => {
      const shelves = [...world.shelves.values()].flat().filter(({ site }) => site === index);
      return [index, { shelves, pick: createWeightedPick(shelves.map((s) => s.linesADay)) }];
    }),
  );
}

/**
 * Starts a simulation in a world whose shelves are planned.
 * @param now where its time begins, in milliseconds since the epoch.
 * @param clock tells the real time, in milliseconds, where the simulation's is another.
 */
export function createSimulation(
  world: World,
  random: Random,
  pace: Pace,
  now: number,
  clock?: () => number,
): Simulation {
  return {
    world,
    random,
    pace,
    now,
    agenda: createAgenda(),
    chunk: 0,
    outbox: Array.from({ length: pace.lanes }, emptyChunk),
    ordinal: 0,
    clock,
    counters: { documents: 0, lots: 0, serials: 0, pallets: 0, palletsBefore: 0, lostLines: 0 },
    picks: sitePicks(world),
    movingPallets: new Set(),
    onDoing: undefined,
  };
}

/** Does everything that is due up to `until`, which then is now. */
export function advance(sim: Simulation, until: number): void {
  for (let at = sim.agenda.next(); at !== undefined && at < until; at = sim.agenda.next()) {
    // What was noted for a time gone by is done now.
    sim.now = Math.max(sim.now, at);
    sim.agenda.take()?.work();
  }
  sim.now = until;
}

/** Hands over the chunk filled so far and begins the next one. */
export function takeChunk(sim: Simulation): Chunk[] {
  const chunk = sim.outbox;
  sim.outbox = Array.from({ length: sim.pace.lanes }, emptyChunk);
  sim.chunk += 1;
  sim.movingPallets.clear();
  return chunk;
}

/** When what happens now really happens: milliseconds since the epoch. */
export function occurredAt(sim: Simulation): number {
  return sim.clock?.() ?? sim.now;
}

/** The same in the form of the API. */
export function stamp(sim: Simulation): string {
  return new Date(occurredAt(sim)).toISOString();
}

/** The lane that requests about an item go through. */
export function laneOf(sim: Simulation, item: { readonly index: number }): Chunk {
  return sim.outbox[item.index % sim.outbox.length]!;
}

export function nextOrdinal(sim: Simulation): number {
  sim.ordinal += 1;
  return sim.ordinal;
}

/** A document of which there is no other. */
export function newDocument(sim: Simulation, type: string, prefix: string) {
  sim.counters.documents += 1;
  return { type, number: `${prefix}-${sim.pace.mark}${sim.counters.documents}` };
}

/** Does something after a while; `delayMs` in the simulation's time. */
export function later(sim: Simulation, delayMs: number, work: () => void): void {
  sim.agenda.note(Math.floor(sim.now + delayMs), work);
}

export function siteOf(sim: Simulation, index: number): DemoSite {
  const site = sim.world.sites[index];
  if (!site) throw new Error(`there is no site ${index}`);
  return site;
}

/** Money as the API takes it. */
export function cents(amount: bigint): string {
  return formatDecimal(amount, 2);
}

/** A calendar date in UTC. */
export function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** What a movement is besides the units it moves. */
export interface Action {
  readonly kind: string;
  readonly reason?: string;
  readonly document?: MovementLine['document'];
  readonly unitCost?: string;
  /** What the API is told instead of the quantity moved: the quantity that a count found. */
  readonly counted?: bigint;
  /** Sides that the kind implies and the API need not be told. */
  readonly implied?: 'from' | 'to';
}

function placeBody(place: Place): unknown {
  return place.lpn === undefined && place.disposition === undefined ? place.location : place;
}

/** Moves units in the world and answers the line that tells the API of it. */
export function act(sim: Simulation, transfer: Transfer, action: Action): MovementLine {
  move(sim.world, transfer, sim.chunk);
  return describe(sim, transfer, action);
}

/** The line of a movement that changes nothing the world knows. */
export function describe(sim: Simulation, transfer: Transfer, action: Action): MovementLine {
  const { item, owner, lot, quantity, serials, from, to } = transfer;
  const { kind, reason, document, unitCost, counted, implied } = action;
  const isInbound = kind === 'receipt' || kind === 'opening';
  return {
    kind,
    item: item.sku,
    quantity: formatDecimal(counted ?? quantity, item.quantityScale),
    ...(implied === 'from' ? {} : { from: placeBody(from) }),
    ...(implied === 'to' ? {} : { to: placeBody(to) }),
    owner,
    ...(lot ? { lot: lot.code } : {}),
    ...(isInbound && lot?.expiresAt != null ? { expiresOn: dateOf(lot.expiresAt) } : {}),
    ...(isInbound && lot?.manufacturedAt != null
      ? { manufacturedOn: dateOf(lot.manufacturedAt) }
      : {}),
    ...(serials ? { serials } : {}),
    ...(unitCost === undefined ? {} : { unitCost }),
    ...(reason === undefined ? {} : { reason }),
    ...(document ? { document } : {}),
    occurredAt: stamp(sim),
  };
}

/** Who does it, and what a later request will want to know of it. */
export interface Worker {
  /** Role and site, such as `PICK` at site 0; the device is one of a few of that role. */
  readonly role: string;
  readonly site: number;
  readonly isReferred?: boolean;
  readonly reservation?: number;
  readonly returnOf?: number;
}

const DEVICES_A_ROLE = 6;

/** Hands lines of one item to the API. @returns the request's ordinal */
export function post(
  sim: Simulation,
  item: { readonly index: number },
  lines: readonly MovementLine[],
  worker: Worker,
): number {
  const ordinal = nextOrdinal(sim);
  const { prefix, code } = siteOf(sim, worker.site);
  const device = `${prefix}-${worker.role}-${1 + (ordinal % DEVICES_A_ROLE)}`;
  const { isReferred = false, reservation, returnOf } = worker;
  laneOf(sim, item).movements.push({
    ordinal,
    device,
    lines,
    isReferred,
    ...(reservation === undefined ? {} : { reservation }),
    ...(returnOf === undefined ? {} : { returnOf }),
  });
  for (const line of lines) {
    const { kind, quantity } = line;
    sim.onDoing?.({ worker: device, kind, item: line.item, quantity, site: code });
  }
  return ordinal;
}

type FollowUpParts<T> = T extends FollowUp ? Omit<T, 'ordinal' | 'item'> : never;

/** Notes what is to be posted after the movements of the chunk. */
export function followUp(
  sim: Simulation,
  item: { readonly index: number; readonly sku: string },
  parts: FollowUpParts<FollowUp>,
): void {
  const ordinal = nextOrdinal(sim);
  laneOf(sim, item).followUps.push({ ...parts, ordinal, item: item.sku } as FollowUp);
}

/** A place with a disposition other than the usual one. */
export function placeWith(location: string, disposition: Disposition, lpn?: string): Place {
  const isPlain = disposition === 'sellable';
  return {
    location,
    ...(lpn === undefined ? {} : { lpn }),
    ...(isPlain ? {} : { disposition }),
  };
}
