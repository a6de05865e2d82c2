import type { Principal } from '../../platform/context.ts';
import { newId } from '../../platform/ids.ts';
import { conflict, Problem } from '../../platform/problems.ts';
import {
  findCaptured,
  findSame,
  insertOrders,
  type NewOrder,
  nextNumbers,
} from './capture.queries.ts';
import {
  type Capture,
  type CaptureRequest,
  completeCaptures,
  duplicate,
  hashOf,
  refuseLate,
  replay,
  toOrder,
  wishOf,
} from './capture.ts';
import { type CartHoldLine, type CartHoldRow, setCartHold } from './cart-holds.queries.ts';
import { cartHoldEnded, cartOfCapture, settleLines } from './cart-holds.ts';
import { promiseAll, type Share } from './promise.ts';
import { withPromises } from './promised-at.ts';
import { prepareCodes, type ResolvedLine, resolveOrder } from './resolve.ts';
import type { CaptureAnswer } from './schemas.ts';
import { type OrderService, promising } from './service.ts';
import { finishReleases, insertReleases, type ReleaseStep, releaseAll } from './steps.ts';

/** How the units of a cart fit the lines of the sales order that it becomes. */
export interface CartFit {
  readonly shares: readonly Share[];
  /** What the lines ask for beyond the cart. */
  readonly missing: readonly ResolvedLine[];
  /** What the cart held beyond the lines. */
  readonly surplus: readonly { readonly held: CartHoldLine; readonly quantity: bigint }[];
}

/** Gives held units to lines of the same item, and of the same site where a line names one. */
export function fitCart(lines: readonly ResolvedLine[], held: readonly CartHoldLine[]): CartFit {
  const left = new Map(held.map((each) => [each, each.quantity]));
  const shares: Share[] = [];
  const missing: ResolvedLine[] = [];
  for (const line of lines) {
    let open = line.quantity;
    for (const [each, available] of left) {
      const fits = each.itemId === line.itemId && (!line.site || line.site.siteId === each.siteId);
      if (!fits || open === 0n || available === 0n) continue;
      const quantity = open < available ? open : available;
      const { siteId, site, journal, seq } = each;
      shares.push({ line: line.line, siteId, site, quantity, journal, seq });
      left.set(each, available - quantity);
      open -= quantity;
    }
    if (open > 0n) missing.push({ ...line, quantity: open });
  }
  const surplus = [...left].flatMap(([each, quantity]) =>
    quantity > 0n ? [{ held: each, quantity }] : [],
  );
  return { shares, missing, surplus };
}

interface Conversion {
  readonly principal: Principal;
  readonly hold: CartHoldRow;
  /** Lines whose reservations never expire any more. */
  readonly kept: readonly CartHoldLine[];
}

/** Makes the cart this order's: nobody else converts it, and its units stay. */
async function convert(
  service: OrderService,
  request: CaptureRequest,
  hold: CartHoldRow,
  lines: readonly CartHoldLine[],
): Promise<Conversion> {
  const { poster } = service.context.database;
  const now = service.context.clock();
  const { principal, orderId: salesOrderId } = request;
  const claimed =
    (await setCartHold(
      poster,
      hold.cartHoldId,
      { from: ['active'], to: 'converting', salesOrderId, notExpiredAt: now },
      now,
    )) ||
    (await setCartHold(
      poster,
      hold.cartHoldId,
      { from: ['converting'], to: 'converting', salesOrderId },
      now,
    ));
  if (!claimed) throw new Problem(cartHoldEnded, 'The cart hold has ended meanwhile.');
  // Units whose time ran out just now are asked for again with what the cart lacks.
  const lost = await settleLines(service, principal, 'confirm', lines, { key: salesOrderId });
  return { principal, hold, kept: lines.filter((line) => !lost.has(line)) };
}

/**
 * A capture that was refused gives the cart back as it was, if its time is not over. One that was
 * written after all, although its answer was lost, is not converting any more.
 */
async function restore(service: OrderService, { principal, hold, kept }: Conversion, by: string) {
  const { poster } = service.context.database;
  const now = service.context.clock();
  const isOver = hold.expiresAt.getTime() <= now.getTime() + 1000;
  const to = isOver ? 'expired' : 'active';
  const change = { from: ['converting'], to, salesOrderId: by } as const;
  if (!(await setCartHold(poster, hold.cartHoldId, change, now))) return;
  if (isOver) await releaseAll(service, kept);
  else {
    const request = { key: newId(), expiresAt: hold.expiresAt.toISOString() };
    await settleLines(service, principal, 'extend', kept, request);
  }
}

/**
 * Captures one sales order out of a cart hold: the cart's reservations become the order's, so
 * that the units are kept without a gap; what is missing is reserved, what is left over released.
 */
export async function captureFromCart(
  service: OrderService,
  request: CaptureRequest,
): Promise<CaptureAnswer | Problem> {
  const { body, orderId, principal } = request;
  const { poster } = service.context.database;
  const hash = hashOf(body);
  const found = (await findCaptured(poster, [orderId])).get(orderId);
  if (found) return replay(found, hash);
  await prepareCodes(service, [body]);
  const resolved = await resolveOrder(service, principal, body);
  if (resolved instanceof Problem) return resolved;
  const cart = await cartOfCapture(service, principal, body.cartHold!, {
    ownerId: resolved.owner.ownerId,
    channelId: resolved.channel.channelId,
    orderId,
  });
  const conversion = await convert(service, request, cart.hold, cart.lines);
  try {
    return await write(service, { request, hash, resolved }, conversion);
  } catch (error) {
    await restore(service, conversion, orderId);
    if (error instanceof Problem) return error;
    throw error;
  }
}

async function write(
  service: OrderService,
  given: Omit<Capture, 'number' | 'rate'>,
  conversion: Conversion,
): Promise<CaptureAnswer | Problem> {
  const { resolved, request } = given;
  const fit = fitCart(resolved.lines, conversion.kept);
  const startedAt = service.context.clock().getTime();
  const { order, extra, releases } = await promising(service, async (tx) => {
    const answers: (CaptureAnswer | Problem)[] = [];
    const numbers = await nextNumbers(tx, 1);
    const open = [{ index: 0, capture: given }];
    const [numbered] = await completeCaptures(service, tx, open, answers, numbers);
    if (!numbered) throw answers[0];
    const { capture } = numbered;
    const wishes = fit.missing.length > 0 ? [wishOf(capture, fit.missing)] : [];
    const [promised] = await promiseAll(service, tx, wishes);
    if (promised instanceof Problem) throw promised;
    const more = promised?.shares ?? [];
    const shares = [...fit.shares, ...more];
    const undated = toOrder(service, capture, { ...promised, shares });
    const { scope } = request.principal;
    const made: NewOrder = (await withPromises(service, [{ order: undated, scope }]))[0]!;
    refuseLate(service, startedAt);
    const written = await insertOrders(tx, [made]);
    if (written.size === 0) return { order: made, extra: more, releases: undefined };
    const steps = fit.surplus.map((each) => toStep(made, each));
    await insertReleases(tx, steps, made.at);
    const { cartHoldId } = conversion.hold;
    const change = { from: ['converting'], to: 'converted' } as const;
    const salesOrderId = request.orderId;
    if (!(await setCartHold(tx, cartHoldId, { ...change, salesOrderId }, made.at))) {
      throw new Problem(conflict, 'The cart hold was taken away meanwhile. Send it again.');
    }
    return { order: made, extra: more, releases: steps };
  });
  if (releases) {
    await finishReleases(service, releases);
    return order.answer;
  }
  return lost(service, order, extra);
}

function toStep(
  order: NewOrder,
  { held, quantity }: { held: CartHoldLine; quantity: bigint },
): ReleaseStep {
  return {
    stepId: newId(),
    ownerId: order.resolved.owner.ownerId,
    documentNumber: order.number,
    journal: held.journal,
    seq: held.seq,
    quantity,
    quantityScale: held.quantityScale,
  };
}

/** Its number or reference is taken, or the same request has come through another process. */
async function lost(
  service: OrderService,
  order: NewOrder,
  extra: readonly Share[],
): Promise<CaptureAnswer | Problem> {
  const { poster } = service.context.database;
  await releaseAll(service, extra);
  const same = (await findCaptured(poster, [order.orderId])).get(order.orderId);
  if (same) return replay(same, order.requestHash);
  const found = await findSame(poster, order);
  if (!found) throw new Error(`sales order ${order.number} was neither written nor found`);
  const answer = duplicate(found, order.requestHash);
  // The cart was not used after all.
  if (answer instanceof Problem) throw answer;
  return answer;
}
