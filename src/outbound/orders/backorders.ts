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
    splitAllowed: true,
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

/**
 * Reserves what has become available for backorders, by priority and then by age.
 * @param itemIds only these items; null for all.
 * @returns how many parts got something.
 */
export async function fillBackorders(
  service: OrderService,
  itemIds: readonly number[] | null,
): Promise<number> {
  const { database } = service.context;
  const waiting = await selectFillable(database.poster, itemIds, PARTS_MAX);
  if (waiting.length === 0) return 0;
  await service.channels.prepare(waiting.map(({ channel }) => channel));
  const sites = waiting.flatMap(({ site }) => (site === null ? [] : [site]));
  await service.ledger.resolver.directory.prepare({
    items: waiting.map(({ item }) => item),
    owners: waiting.map(({ owner }) => owner),
    ...{ sites, locations: [] },
  });
  const groupIds: string[] = [];
  for (const part of waiting) groupIds.push(...(await openGroups(service, part, 1)));
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
      return filled;
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

/** Fills until the queue has nothing more to take. */
export async function fillAll(
  service: OrderService,
  itemIds: readonly number[] | null,
): Promise<number> {
  let filled = 0;
  for (;;) {
    const round = await fillBackorders(service, itemIds);
    filled += round;
    if (round === 0) return filled;
  }
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
