import type { Context } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { declareProblem, Problem } from '../../platform/problems.ts';
import { loadPromiseNetwork } from '../promise/network.queries.ts';
import {
  destinationOf,
  greatCircleM,
  type PromiseNetwork,
  SERVICE_LEVELS,
  type ServiceLevel,
  transitBetween,
} from '../promise/transit.ts';
import {
  balanceOf,
  type CostedLine,
  type CostedOrder,
  type CostTable,
  type Origin,
} from './costs.ts';
import {
  ASKED_DAYS,
  type ItemFacts,
  type PolicyRow,
  selectAsked,
  selectCosts,
  selectItemFacts,
  selectPolicy,
} from './facts.queries.ts';

export const sourcingPolicyMissing = declareProblem({
  name: 'sourcing-policy-missing',
  status: 409,
  title: 'There is no active sourcing policy of that code',
  remedy: 'List them at `/v1/sourcing/policies`, or create it.',
});

const DAY_MS = 86_400_000;
const COSTS_FRESH_MS = 5_000;
const ITEMS_FRESH_MS = 300_000;
const ITEMS_MAX = 200_000;

/** A site as sourcing knows it. */
export interface FactSite {
  readonly siteId: number;
  readonly site: string;
}

/** A sales order as far as its costs go. */
export interface OrderFacts {
  readonly number: string;
  readonly policy: 'partial' | 'complete';
  readonly priority: number;
  readonly shipTo: {
    readonly country: string;
    readonly region?: string | undefined;
    readonly postalCode?: string | undefined;
    readonly latitude?: number | undefined;
    readonly longitude?: number | undefined;
  };
  readonly serviceLevel: string;
  readonly requestedAt: Date | null;
  readonly lines: readonly {
    readonly line: number;
    readonly itemId: number;
    readonly item: string;
    readonly quantity: bigint;
    readonly allowed?: readonly boolean[] | undefined;
  }[];
}

/** What sourcing reads, kept in memory for a little while. */
export interface SourcingFacts {
  /** @throws Problem sourcing-policy-missing */
  table(policy: string): Promise<CostTable & { readonly policy: PolicyRow }>;
  /** Sales orders with everything that their costs depend on. */
  cost(
    table: CostTable,
    orders: readonly OrderFacts[],
    sites: readonly FactSite[],
    available: (itemId: number, siteId: number) => bigint,
  ): Promise<CostedOrder[]>;
}

interface Kept<T> {
  value: T;
  until: number;
}

/** Opens the facts of this process. */
export function createFacts(context: Context): SourcingFacts {
  const { database, clock } = context;
  const tables = new Map<string, Kept<CostTable & { policy: PolicyRow }>>();
  const items = new Map<number, Kept<ItemFacts>>();
  const asked = new Map<number, Kept<ReadonlyMap<string, bigint>>>();
  let network: Kept<PromiseNetwork> | undefined;
  const now = () => clock().getTime();
  const table = async (code: string) => {
    const kept = tables.get(code);
    if (kept && kept.until > now()) return kept.value;
    const policy = await selectPolicy(database.poster, code);
    if (!policy) {
      throw new Problem(sourcingPolicyMissing, `There is no policy ${code}.`, { policy: code });
    }
    const value = { policy, ...(await selectCosts(database.poster)) };
    tables.set(code, { value, until: now() + COSTS_FRESH_MS });
    return value;
  };
  const networkNow = async () => {
    if (network && network.until > now()) return network.value;
    const value = await readAs(database, 'house', (tx) => loadPromiseNetwork(tx, 'house'));
    network = { value, until: now() + COSTS_FRESH_MS };
    return value;
  };
  const itemFacts = (ids: readonly number[]) =>
    remember(items, ids, now(), (missing) => selectItemFacts(database.poster, missing));
  const askedOf = (ids: readonly number[]) =>
    remember(asked, ids, now(), async (missing) => {
      const since = new Date(now() - ASKED_DAYS * DAY_MS);
      const found = await selectAsked(database.poster, missing, since);
      return new Map(missing.map((id) => [id, found]));
    });
  return {
    table,
    cost: async (costs, orders, sites, available) => {
      const ids = [...new Set(orders.flatMap(({ lines }) => lines.map(({ itemId }) => itemId)))];
      const facts = await itemFacts(ids);
      const demand = costs.policy.balanceCost > 0n ? await askedOf(ids) : undefined;
      const places = await networkNow();
      const at = now();
      return orders.map((order): CostedOrder => {
        const { shipTo, lines, ...head } = order;
        return {
          ...{ number: head.number, policy: head.policy, priority: head.priority },
          ...{ country: shipTo.country, region: shipTo.region },
          origins: originsOf(places, order, sites, at),
          lines: lines.map(({ itemId, ...line }): CostedLine => {
            const balance = sites.map(({ siteId }) => {
              const units = demand?.get(itemId)?.get(`${itemId}|${siteId}`) ?? 0n;
              return balanceOf(costs.policy, available(itemId, siteId), units, ASKED_DAYS);
            });
            const known = facts.get(itemId) ?? { quantityScale: 0, grams: 0n };
            return { ...line, ...known, balance };
          }),
        };
      });
    },
  };
}

/** Looks up what is missing or stale, all at once. */
async function remember<V>(
  kept: Map<number, Kept<V>>,
  ids: readonly number[],
  now: number,
  load: (missing: readonly number[]) => Promise<ReadonlyMap<number, V>>,
): Promise<Map<number, V>> {
  const missing = ids.filter((id) => (kept.get(id)?.until ?? 0) <= now);
  if (missing.length > 0) {
    if (kept.size + missing.length > ITEMS_MAX) kept.clear();
    const found = await load(missing);
    for (const [id, value] of found) kept.set(id, { value, until: now + ITEMS_FRESH_MS });
  }
  return new Map(ids.flatMap((id) => (kept.has(id) ? [[id, kept.get(id)!.value] as const] : [])));
}

function levelOf(name: string): ServiceLevel {
  return SERVICE_LEVELS.find((level) => level === name) ?? 'standard';
}

/**
 * Kilometres and days late from each site: transit as promises know it, a day to get the parcel
 * out. The exact promise, with calendars and cut-offs, is available-to-promise's.
 */
function originsOf(
  network: PromiseNetwork,
  order: OrderFacts,
  sites: readonly FactSite[],
  now: number,
): Origin[] {
  const { shipTo, requestedAt } = order;
  const to = destinationOf(network, shipTo);
  const level = levelOf(order.serviceLevel);
  return sites.map(({ site }): Origin => {
    const from = network.siteByCode.get(site);
    if (!from || !to) return { site, kilometres: 0n, daysLate: 0n };
    const { latitude, longitude } = to;
    const isKnown = latitude !== undefined && longitude !== undefined && from.latitude !== null;
    const metres = isKnown
      ? greatCircleM(
          { latitude: from.latitude, longitude: from.longitude ?? 0 },
          { latitude, longitude },
        )
      : 0;
    const hours = transitBetween(network, from, to, level).hoursPlanned;
    const arrives = now + DAY_MS + (hours * DAY_MS) / 24;
    const late = requestedAt === null ? 0 : Math.ceil((arrives - requestedAt.getTime()) / DAY_MS);
    return {
      site,
      kilometres: BigInt(Math.round(metres / 1000)),
      daysLate: BigInt(Math.min(LATE_DAYS_MAX, Math.max(0, late))),
    };
  });
}

/** A date long past must not outweigh everything else. */
const LATE_DAYS_MAX = 30;
