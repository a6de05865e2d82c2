import { type DemoBin, STORAGE_KINDS, type StorageKind } from '../catalogue/index.ts';
import type { Random } from '../random.ts';

/** A bin and what lies in it, as far as choosing a bin needs to know. */
export interface BinState {
  readonly bin: DemoBin;
  usedMm3: number;
  /** Positions (item, lot, owner, ...) in it. */
  occupants: number;
}

/** The bins of all sites, those of a zone together. */
export interface Bins {
  readonly byCode: ReadonlyMap<string, BinState>;
  readonly shelves: ReadonlyMap<string, readonly BinState[]>;
  readonly reserves: ReadonlyMap<string, readonly BinState[]>;
  /** Volume of the largest shelf bin of each zone. */
  readonly largestShelfMm3: ReadonlyMap<string, number>;
}

/** More kinds of goods than this in one bin, and a picker starts to search. */
const OCCUPANTS_MAX = 3;
const RANDOM_TRIES = 12;

function zoneKey(site: number, storage: StorageKind): string {
  return `${site}/${storage}`;
}

/** Empty bins. */
export function createBins(bins: readonly DemoBin[]): Bins {
  const states = bins.map((bin): BinState => ({ bin, usedMm3: 0, occupants: 0 }));
  const shelves = new Map<string, BinState[]>();
  const reserves = new Map<string, BinState[]>();
  for (const state of states) {
    const list = state.bin.isReserve ? reserves : shelves;
    const key = zoneKey(state.bin.site, state.bin.storage);
    const zone = list.get(key);
    if (zone) zone.push(state);
    else list.set(key, [state]);
  }
  const largest = [...shelves].map(([key, zone]): [string, number] => [
    key,
    zone.reduce((most, { bin }) => Math.max(most, bin.volumeMm3), 0),
  ]);
  const byCode = new Map(states.map((state) => [state.bin.code, state]));
  return { byCode, shelves, reserves, largestShelfMm3: new Map(largest) };
}

/**
 * A bin that has room, chosen at random as chaotic storage does: what is stowed anywhere is found
 * anywhere, and no two neighbours look alike. Undefined when the zone is full.
 */
export function chooseBin(
  bins: Bins,
  random: Random,
  want: { site: number; storage: StorageKind; volumeMm3: number; inReserve: boolean },
): DemoBin | undefined {
  const lists = want.inReserve ? bins.reserves : bins.shelves;
  const zone = lists.get(zoneKey(want.site, want.storage)) ?? [];
  if (zone.length === 0) return undefined;
  const occupantsMax = want.inReserve ? 1 : OCCUPANTS_MAX;
  const fits = ({ bin, usedMm3, occupants }: BinState) =>
    occupants < occupantsMax && bin.volumeMm3 - usedMm3 >= want.volumeMm3;
  const start = random.integer(0, zone.length - 1);
  for (let trial = 0; trial < RANDOM_TRIES; trial += 1) {
    const state = trial === 0 ? zone[start]! : random.pick(zone);
    if (fits(state)) return state.bin;
  }
  for (let step = 0; step < zone.length; step += 1) {
    const state = zone[(start + step) % zone.length]!;
    if (fits(state)) return state.bin;
  }
  return undefined;
}

/** The largest shelf bin of a zone, which decides how much is stowed at once. */
export function largestShelfMm3(bins: Bins, site: number, storage: StorageKind): number {
  return bins.largestShelfMm3.get(zoneKey(site, storage)) ?? 0;
}

/** Which kind of storage a zone is, from what the API says about it. */
export function storageKindOf(zone: {
  temperatureClass: string;
  hazardClasses: readonly string[];
  secure: boolean;
}): StorageKind {
  if (zone.hazardClasses.length > 0) return 'hazard';
  if (zone.secure) return 'secure';
  return STORAGE_KINDS.find((kind) => kind === zone.temperatureClass) ?? 'ambient';
}
