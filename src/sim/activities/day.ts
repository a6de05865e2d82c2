import { hashText } from '../../platform/random.ts';
import { sitesOf } from '../catalogue/index.ts';
import { planShelf, type Shelf, type StockedItem, shelfOf, type World } from '../world/index.ts';
import { count, damage, sweepExpired } from './care.ts';
import { deliver, replenish } from './inbound.ts';
import { LINES_MEAN, placeOrder } from './outbound.ts';
import { DAY_MS, orderTime, seasonAt, weekdayOf, workTime } from './rhythm.ts';
import { HOUSE, type Simulation, siteOf } from './simulation.ts';
import { balance } from './transfers.ts';

/** Of so many items of the shared catalogue that sell well, a seller keeps stock of one too. */
const COMMINGLED_EVERY = 25;
const COMMINGLED_SHARE = 0.3;

/** Whose stock there is of an item, and what share of its sales is theirs. */
function ownersOf(item: StockedItem, sellers: readonly string[]): Map<string, number> {
  if (item.owner !== null) return new Map([[item.owner, 1]]);
  const hash = hashText(item.sku);
  const isShared = item.velocity !== 'C' && hash % COMMINGLED_EVERY === 0;
  const seller = sellers[(hash >>> 8) % Math.max(1, sellers.length)];
  if (!isShared || seller === undefined) return new Map([[HOUSE, 1]]);
  return new Map([
    [HOUSE, 1 - COMMINGLED_SHARE],
    [seller, COMMINGLED_SHARE],
  ]);
}

/**
 * Decides which sites keep which items of which owners, how much of each is asked for, and when
 * to order more. It follows from the items alone, so that live traffic decides as the history did.
 */
export function planShelves(
  world: World,
  sellers: readonly string[],
  orderLinesPerDay: number,
): void {
  const total = world.items.reduce((sum, { weight }) => sum + weight, 0);
  for (const item of world.items) {
    const sites = sitesOf(item.sku, item.velocity, world.sites.length);
    const shares = sites.map((site) => world.sites[site]?.demandShare ?? 0);
    const whole = shares.reduce((sum, share) => sum + share, 0);
    for (const [owner, share] of ownersOf(item, sellers)) {
      for (const [nth, site] of sites.entries()) {
        const lines = ((orderLinesPerDay * item.weight) / total) * share;
        planShelf(shelfOf(world, item, owner, site), (lines * shares[nth]!) / whole);
      }
    }
  }
}

/** How often things other than orders happen, for each order line of the day. */
const COUNTS_A_LINE = 0.06;
const DAMAGES_A_LINE = 0.007;
const TRANSFERS_A_LINE = 0.012;
const WORKDAYS = 5;

/** Shelves by where their supplies come from. */
function bySupplier(shelves: readonly Shelf[]): Map<string, Shelf[]> {
  const groups = new Map<string, Shelf[]>();
  for (const shelf of shelves) {
    const key = shelf.owner === HOUSE ? shelf.item.supplier : shelf.owner;
    const group = groups.get(key);
    if (group) group.push(shelf);
    else groups.set(key, [shelf]);
  }
  return groups;
}

/** Monday to Friday (1 to 5): when a supplier delivers to a site. */
function deliveryDay(supplier: string, site: number): number {
  return 1 + (hashText(`${supplier} ${site}`) % WORKDAYS);
}

/** What the routine of a site's days needs to know, and what does not change from day to day. */
interface SiteRoutine {
  readonly site: number;
  readonly timeZone: string;
  /** Order lines of an average day. */
  readonly demand: number;
  readonly shelves: readonly Shelf[];
  /** Those of them whose goods expire. */
  readonly expiring: readonly Shelf[];
  readonly suppliers: ReadonlyMap<string, readonly Shelf[]>;
}

function routineOf(sim: Simulation, site: number): SiteRoutine {
  const shelves = sim.picks.get(site)?.shelves ?? [];
  return {
    site,
    timeZone: String(siteOf(sim, site).body.timeZone),
    demand: shelves.reduce((sum, { linesADay }) => sum + linesADay, 0),
    shelves,
    expiring: shelves.filter(({ item }) => item.shelfLifeDays !== null),
    suppliers: bySupplier(shelves),
  };
}

/**
 * Answers what notes the work of one UTC day in the agenda; the day begins at its argument, in
 * milliseconds since the epoch.
 */
export function createRoutine(sim: Simulation): (day: number) => void {
  const routines = sim.world.sites.map(({ index }) => routineOf(sim, index));
  return (day) => {
    for (const routine of routines) planSite(sim, routine, day);
  };
}

function planSite(sim: Simulation, routine: SiteRoutine, day: number): void {
  const { site, timeZone, demand, shelves, expiring, suppliers } = routine;
  const { random } = sim;
  const noon = day + DAY_MS / 2;
  const lines = demand * seasonAt(timeZone, noon);
  // Live traffic begins in the middle of a day: what would have been before is left out.
  const note = (time: number, work: () => void) => {
    if (time >= sim.now) sim.agenda.note(time, work);
  };
  const at = (from: number, to: number) => workTime(timeZone, day, random, from, to);
  const often = (perLine: number, from: number, to: number, work: () => void) => {
    for (let left = random.poisson(lines * perLine); left > 0; left -= 1) {
      note(at(from, to), work);
    }
  };
  for (let orders = random.poisson(lines / LINES_MEAN); orders > 0; orders -= 1) {
    note(orderTime(timeZone, day, random), () => placeOrder(sim, site));
  }
  for (const [supplier, supplied] of suppliers) {
    if (deliveryDay(supplier, site) !== weekdayOf(timeZone, noon)) continue;
    note(at(6, 12), () => deliver(sim, supplied));
  }
  note(at(3, 4), () => sweepExpired(sim, expiring));
  for (const shelf of shelves) {
    if (shelf.pallets.length > 0) note(at(5, 9), () => replenish(sim, shelf));
  }
  often(COUNTS_A_LINE, 8, 17, () => count(sim, site));
  often(DAMAGES_A_LINE, 6, 22, () => damage(sim, site));
  often(TRANSFERS_A_LINE, 10, 16, () => balance(sim, site));
}
