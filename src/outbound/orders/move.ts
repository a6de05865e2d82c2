import { readAs } from '../../platform/database.ts';
import type { Answer } from '../../platform/idempotency.ts';
import { invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { giveBack } from './apply.ts';
import { type ChangeRequest, changeOrder } from './change.ts';
import { lineOf, note, type OrderDraft, quantityText, stateConflict } from './draft.ts';
import { type FullOrder, loadOrder, type PartRow } from './order.queries.ts';
import { type Promised, promiseAll, TRIES_MAX } from './promise.ts';
import { prepareCodes } from './resolve.ts';
import { type OrderService, promising } from './service.ts';
import { abandonGroups, closeGroups, openGroups } from './steps.ts';

/** Which reserved part is to come from another site. */
export interface Move {
  readonly line: number;
  readonly part: number;
  /** Code of the site. */
  readonly site: string;
  /** Why, as plain JSON; it is kept in the history. */
  readonly explanation?: Readonly<Record<string, unknown>> | undefined;
}

function partToMove(full: Pick<FullOrder, 'parts' | 'order'>, move: Move): PartRow {
  const part = full.parts.find((each) => each.line === move.line && each.part === move.part);
  if (!part) {
    const detail = `${full.order.number} has no part ${move.part} of line ${move.line}.`;
    throw new Problem(notFound, detail);
  }
  if (part.state === 'reserved') return part;
  const detail = `Part ${move.part} of line ${move.line} is ${part.state}, not reserved.`;
  throw new Problem(stateConflict, detail, { line: move.line, state: part.state });
}

async function wishOf(service: OrderService, request: ChangeRequest, full: FullOrder, move: Move) {
  const { order, lines } = full;
  const part = partToMove(full, move);
  const line = lines.find((each) => each.line === part.line)!;
  const named = { item: line.item, quantity: '1', unitPrice: '0', discount: '0', tax: '0' };
  const { channel, owner } = order;
  await prepareCodes(service, [{ channel, owner, lines: [{ ...named, site: move.site }] }]);
  const site = service.ledger.resolver.directory.site(move.site);
  if (!site?.active || site.siteId === part.siteId) {
    const message = site?.active ? 'is where the part is reserved already' : 'does not exist';
    const errors = [{ path: 'site', message, expected: 'another site', found: move.site }];
    throw new Problem(invalidRequest, `site ${message}.`, { errors });
  }
  return {
    principal: request.principal,
    channel: service.channels.channelById(order.channelId)!,
    owner: { ownerId: order.ownerId, code: owner, isHouse: order.isHouse },
    priority: order.priority,
    document: { type: 'sales_order', number: order.number },
    shipTo: order.shipTo,
    serviceLevel: order.serviceLevel,
    requestedAt: order.requestedAt,
    splitAllowed: false,
    partly: false,
    lines: [
      {
        line: line.line,
        itemId: line.itemId,
        item: line.item,
        quantityScale: line.quantityScale,
        quantity: part.quantity,
        site: { siteId: site.siteId, code: site.code },
      },
    ],
  };
}

function applyMove(draft: OrderDraft, move: Move, quantity: bigint, promised: Promised): void {
  const part = partToMove(draft, move);
  const [share] = promised.shares;
  const { quantityScale } = lineOf(draft, move.line)!;
  if (!share || part.quantity !== quantity) {
    throw new Problem(stateConflict, 'The part was changed meanwhile.', { line: move.line });
  }
  const from = part.site;
  const old = { journal: part.journal!, seq: part.seq!, quantity };
  giveBack(draft, old, quantityScale);
  Object.assign(part, {
    ...{ siteId: share.siteId, site: share.site, journal: share.journal, seq: share.seq },
  });
  draft.changedParts.add(part);
  note(draft, 'moved', {
    line: move.line,
    details: {
      ...{ part: move.part, from, to: share.site },
      quantity: quantityText(draft, move.line, quantity),
      ...(move.explanation ? { sourcing: move.explanation } : {}),
    },
  });
}

/**
 * Lets a reserved part come from another site: reserves there first and releases the old units
 * after the commit, so that they are promised to the customer all the time. What is refused
 * leaves everything as it is.
 * @throws Problem not-found, precondition-failed, state-conflict, invalid-request,
 * insufficient-availability.
 */
export async function moveReservation(
  service: OrderService,
  request: ChangeRequest,
  number: string,
  move: Move,
): Promise<Answer> {
  const { database } = service.context;
  const { scope } = request.principal;
  const full = await readAs(database, scope, (tx) => loadOrder(tx, number, false));
  const wish = await wishOf(service, request, full, move);
  const { ownerId } = full.order;
  const groupIds = await openGroups(service, Array(TRIES_MAX).fill({ ownerId, number }));
  const free = [...groupIds];
  try {
    return await promising(service, async (tx) => {
      const [promised] = await promiseAll(service, tx, [
        { ...wish, nextGroupId: () => free.shift()! },
      ]);
      if (promised instanceof Problem || !promised) throw promised;
      return changeOrder(service, request, number, async (draft, writer) => {
        await closeGroups(writer, groupIds);
        applyMove(draft, move, wish.lines[0]!.quantity, promised);
      });
    });
  } catch (error) {
    await abandonGroups(service, groupIds);
    throw error;
  }
}
