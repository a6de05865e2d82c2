import { consume } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { Problem } from '../../platform/problems.ts';
import { reservePart } from './apply.ts';
import {
  anythingWaits,
  selectFillable,
  takeBatch,
  type WaitingPart,
} from './backorders.queries.ts';
import { changeOrder } from './change.ts';
import { note, quantityText } from './draft.ts';
import { PRIORITY_MAX } from './order.ts';
import { type Promised, promiseAll, type Wish } from './promise.ts';
import { type OrderService, promising } from './service.ts';
import { abandonGroups, closeGroups, openGroups } from './steps.ts';

const CONSUMER = 'outbound.backorders';
const BATCHES_MAX = 200;
const PARTS_MAX = 200;
/** The queue is looked through this far in one go; what is behind waits for the next. */
const QUEUE_MAX = 20_000;

/**
 * A backorder asks for what it lacks and takes what it gets. It is behind nobody: the queue is
 * walked from its head, so whoever is before it has taken what they could.
 */
function wishOf(service: OrderService, waiting: WaitingPart, groupId: string): Wish {
  const { siteId, site } = waiting;
  return {
    principal: SYSTEM,
    channel: service.channels.channelById(waiting.channelId)!,
    owner: { ownerId: waiting.ownerId, code: waiting.owner, isHouse: waiting.isHouse },
    priority: PRIORITY_MAX + 1,
    document: { type: 'sales_order', number: waiting.number },
    shipTo: waiting.shipTo,
    serviceLevel: waiting.serviceLevel,
    requestedAt: waiting.requestedAt,
    splitAllowed: waiting.splitAllowed,
    partly: true,
    triesMax: 1,
    lines: [
      {
        line: waiting.line,
        itemId: waiting.itemId,
        item: waiting.item,
        quantityScale: waiting.quantityScale,
        quantity: waiting.quantity,
        site: siteId === null ? null : { siteId, code: site! },
        avoidedSiteIds: waiting.avoidedSiteIds,
      },
    ],
    nextGroupId: () => groupId,
  };
}

/** Reserves what has become available for one page of the queue. */
async function fillPage(
  service: OrderService,
  itemIds: readonly number[] | null,
  offset: number,
): Promise<{ filled: number; seen: number }> {
  const { poster } = service.context.database;
  const waiting = await selectFillable(poster, itemIds, { limit: PARTS_MAX, offset });
  const seen = waiting.length;
  if (seen === 0) return { filled: 0, seen };
  await service.channels.prepare(waiting.map(({ channel }) => channel));
  const sites = waiting.flatMap(({ site }) => (site === null ? [] : [site]));
  await service.ledger.resolver.directory.prepare({
    items: waiting.map(({ item }) => item),
    owners: waiting.map(({ owner }) => owner),
    ...{ sites, locations: [] },
  });
  const groupIds = await openGroups(service, waiting);
  try {
    return await promising(service, async (tx) => {
      const wishes = waiting.map((part, i) => wishOf(service, part, groupIds[i]!));
      const promises = await promiseAll(service, tx, wishes);
      let filled = 0;
      for (const [i, part] of waiting.entries()) {
        const promised = promises[i]!;
        if (promised instanceof Problem || promised.shares.length === 0) continue;
        filled += await applyFill(service, part, groupIds[i]!, promised);
      }
      return { filled, seen };
    });
  } finally {
    // Groups that were taken into their sales order are closed, and so not among these any more.
    await abandonGroups(service, groupIds);
  }
}

/** Puts promised units into the sales order; what it no longer needs goes back. */
async function applyFill(
  service: OrderService,
  waiting: WaitingPart,
  groupId: string,
  promised: Promised,
): Promise<number> {
  const { number, line } = waiting;
  let taken = 0n;
  await changeOrder(service, { principal: SYSTEM }, number, async (draft, tx) => {
    await closeGroups(tx, [groupId]);
    const part = draft.parts.find((each) => each.line === line && each.part === waiting.part);
    taken = reservePart(draft, part, promised.shares, waiting.quantityScale);
    if (taken === 0n) return;
    const sites = promised.shares.map(({ site }) => site);
    const details = { quantity: quantityText(draft, line, taken), sites };
    note(draft, 'reserved', { line, details });
  });
  return taken > 0n ? 1 : 0;
}

/**
 * Reserves what has become available for backorders, by priority and then by age, until there is
 * nothing more to take. Whoever cannot be served, for ring-fences or sites, is passed by.
 * @param itemIds only these items; null for all.
 * @returns how many parts got something.
 */
export async function fillAll(
  service: OrderService,
  itemIds: readonly number[] | null,
): Promise<number> {
  let total = 0;
  for (let offset = 0; offset < QUEUE_MAX; ) {
    const { filled, seen } = await fillPage(service, itemIds, offset);
    total += filled;
    if (filled === 0 && seen < PARTS_MAX) break;
    if (filled === 0) offset += PARTS_MAX;
  }
  return total;
}

/**
 * Takes in what the ledger has posted and reserves for backorders what it made available. A
 * process that falls behind is caught up by the sweep, which looks at the queue itself.
 */
export async function followLedger(service: OrderService): Promise<number> {
  const { database } = service.context;
  if (!(await anythingWaits(database.poster))) return 0;
  const items = new Set<number>();
  await consume(
    database,
    CONSUMER,
    async (tx, batch) => {
      for (const itemId of await takeBatch(tx, batch)) items.add(itemId);
    },
    BATCHES_MAX,
  );
  return items.size === 0 ? 0 : fillAll(service, [...items]);
}
