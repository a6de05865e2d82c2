import { formatLedgerId, settleReservation } from '../../ledger/index.ts';
import type { Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { idempotencyKeyReused } from '../../platform/idempotency.ts';
import { newId } from '../../platform/ids.ts';
import { declareProblem, invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { hashOf } from './capture.ts';
import {
  type CartHoldLine,
  type CartHoldRow,
  findCartHold,
  insertCartHold,
  loadCartLines,
  setCartHold,
} from './cart-holds.queries.ts';
import type { CartHoldAnswer, CartHoldBody } from './cart-holds.routes.ts';
import { type Promised, promiseAll } from './promise.ts';
import { failures, prepareCodes, resolveLine, resolveOwner } from './resolve.ts';
import { forLedger, type OrderService, promising } from './service.ts';
import { releaseAll } from './steps.ts';

export const cartHoldEnded = declareProblem({
  name: 'cart-hold-ended',
  status: 409,
  title: 'The cart hold is over',
  remedy: 'See `state`; hold the units again, or capture the sales order without it.',
});

const SHIP_NOWHERE = { name: '-', lines: [], city: '-', country: 'XX' };

/** The state that a hold is in at an instant. */
export function stateAt(hold: CartHoldRow, now: Date): CartHoldRow['state'] {
  return hold.state === 'active' && hold.expiresAt <= now ? 'expired' : hold.state;
}

/** A cart hold as the API shows it. */
export function cartHoldView(
  hold: CartHoldRow,
  lines: readonly CartHoldLine[],
  now: Date,
): CartHoldAnswer {
  return {
    cartHoldId: hold.cartHoldId,
    owner: hold.owner,
    channel: hold.channel,
    state: stateAt(hold, now),
    salesOrderId: hold.salesOrderId,
    expiresAt: hold.expiresAt.toISOString(),
    createdAt: hold.createdAt.toISOString(),
    version: hold.version,
    lines: lines
      .filter(({ cartHoldId }) => cartHoldId === hold.cartHoldId)
      .map((line) => ({
        line: line.line,
        item: line.item,
        site: line.site,
        quantity: formatDecimal(line.quantity, line.quantityScale),
        reservation: formatLedgerId(line.journal, line.seq),
      })),
  };
}

/** One cart hold with its lines. @throws Problem not-found. */
export async function readCartHold(
  service: OrderService,
  principal: Principal,
  id: string,
): Promise<{ hold: CartHoldRow; lines: CartHoldLine[] }> {
  return readAs(service.context.database, principal.scope, async (tx) => {
    const hold = await findCartHold(tx, id);
    if (!hold) throw new Problem(notFound, `There is no cart hold ${id}.`);
    return { hold, lines: await loadCartLines(tx, [id]) };
  });
}

async function answer(service: OrderService, principal: Principal, id: string) {
  const { hold, lines } = await readCartHold(service, principal, id);
  return cartHoldView(hold, lines, service.context.clock());
}

/** What a cart asks for, checked. @throws Problem invalid-request. */
async function resolveCart(service: OrderService, principal: Principal, body: CartHoldBody) {
  const prices = { unitPrice: '0', discount: '0', tax: '0' };
  const given = body.lines.map((line) => ({ ...line, ...prices }));
  await prepareCodes(service, [{ ...body, lines: given }]);
  const { fail, problem } = failures();
  const channel = service.channels.channel(body.channel);
  if (!channel?.active) fail('channel', 'does not exist', 'an active channel', body.channel);
  const owner = await resolveOwner(service, principal, body.owner);
  if (!owner) fail('owner', 'does not exist', 'the code of an owner', body.owner);
  const currency = service.context.config.currency;
  const lines = owner
    ? given.flatMap(
        (line, i) =>
          resolveLine(service, line, {
            ...{ line: i + 1, path: `lines.${i}`, currency, fail },
            owner,
          }) ?? [],
      )
    : [];
  const wrong = problem();
  if (wrong || !channel || !owner) throw wrong;
  return { channel, owner, lines };
}

/**
 * Keeps units for somebody who is about to buy them; the ledger lets them go by itself when the
 * time is over.
 * @param id follows from the Idempotency-Key.
 * @throws Problem invalid-request, insufficient-availability, idempotency-key-reused.
 */
export async function holdCart(
  service: OrderService,
  principal: Principal,
  id: string,
  body: CartHoldBody,
): Promise<{ answer: CartHoldAnswer; isNew: boolean }> {
  const { context } = service;
  const requestHash = hashOf(body);
  const existing = async () => {
    const found = await findCartHold(context.database.poster, id);
    if (!found) return undefined;
    if (!found.requestHash.equals(requestHash)) {
      throw new Problem(idempotencyKeyReused, 'The Idempotency-Key belongs to another request.');
    }
    return { answer: await answer(service, principal, id), isNew: false };
  };
  const replayed = await existing();
  if (replayed) return replayed;
  const { channel, owner, lines } = await resolveCart(service, principal, body);
  const expiresAt = new Date(context.clock().getTime() + body.expiresInSeconds * 1000);
  const made = await promising(service, async (tx) => {
    const [promised] = await promiseAll(service, tx, [
      {
        ...{ principal, channel, owner, lines, expiresAt },
        priority: channel.priority,
        document: { type: 'cart_hold', number: id },
        shipTo: body.shipTo ?? SHIP_NOWHERE,
        serviceLevel: channel.serviceLevel,
        requestedAt: null,
        splitAllowed: channel.shipmentPolicy === 'partial',
        partly: false,
        nextGroupId: newId,
      },
    ]);
    if (promised instanceof Problem || !promised) throw promised;
    const written = await insertCartHold(
      tx,
      {
        ...{ cartHoldId: id, requestHash, expiresAt, groupId: promised.groupId },
        ownerId: owner.ownerId,
        channelId: channel.channelId,
        actorId: principal.principalId,
        lines: heldLines(promised, lines),
      },
      context.clock(),
    );
    return written ? undefined : promised;
  });
  if (made) {
    await releaseAll(service, made.shares);
    return (await existing())!;
  }
  return { answer: await answer(service, principal, id), isNew: true };
}

function heldLines(promised: Promised, lines: readonly { line: number; itemId: number }[]) {
  return promised.shares.map((share) => ({
    ...share,
    itemId: lines.find(({ line }) => line === share.line)!.itemId,
  }));
}

/** @throws Problem cart-hold-ended unless it is active. */
export function requireActive(hold: CartHoldRow, now: Date): void {
  const state = stateAt(hold, now);
  if (state === 'active') return;
  throw new Problem(cartHoldEnded, `The cart hold is ${state}.`, { state });
}

/** Settles each reservation of a hold; answers those that could not be. */
export async function settleLines(
  service: OrderService,
  principal: Principal,
  type: 'confirm' | 'extend',
  lines: readonly CartHoldLine[],
  request: { readonly key: string; readonly expiresAt?: string },
): Promise<Set<CartHoldLine>> {
  const lost = new Set<CartHoldLine>();
  await Promise.all(
    lines.map(async (line) => {
      const id = formatLedgerId(line.journal, line.seq);
      const { key, ...expiry } = request;
      const settle = { key: `${key} ${id}`.slice(0, 255), ...expiry };
      try {
        await settleReservation(service.ledger, forLedger(principal), type, id, settle);
      } catch (error) {
        const name = error instanceof Problem ? error.type.name : '';
        if (!['reservation-expired', 'reservation-closed'].includes(name)) throw error;
        lost.add(line);
      }
    }),
  );
  return lost;
}

/**
 * Gives a cart more time, counted from now.
 * @throws Problem not-found, cart-hold-ended.
 */
export async function extendCart(
  service: OrderService,
  principal: Principal,
  id: string,
  expiresInSeconds: number,
): Promise<CartHoldAnswer> {
  const { hold, lines } = await readCartHold(service, principal, id);
  const now = service.context.clock();
  requireActive(hold, now);
  const expiresAt = new Date(now.getTime() + expiresInSeconds * 1000);
  const request = { key: newId(), expiresAt: expiresAt.toISOString() };
  const lost = await settleLines(service, principal, 'extend', lines, request);
  if (lost.size > 0)
    throw new Problem(cartHoldEnded, 'The cart hold is over.', { state: 'expired' });
  const { poster } = service.context.database;
  const change = { from: ['active'], to: 'active', expiresAt } as const;
  if (await setCartHold(poster, id, change, now)) return answer(service, principal, id);
  throw new Problem(cartHoldEnded, 'The cart hold has ended meanwhile.', { state: 'converted' });
}

/**
 * Gives the units of a cart back at once; again is no error.
 * @throws Problem not-found, cart-hold-ended when it has become a sales order.
 */
export async function releaseCart(
  service: OrderService,
  principal: Principal,
  id: string,
): Promise<CartHoldAnswer> {
  const { hold, lines } = await readCartHold(service, principal, id);
  if (hold.state === 'converting' || hold.state === 'converted') {
    throw new Problem(cartHoldEnded, `The cart hold is ${hold.state}.`, { state: hold.state });
  }
  const { poster } = service.context.database;
  const change = { from: ['active'], to: 'released' } as const;
  await setCartHold(poster, id, change, service.context.clock());
  const after = await readCartHold(service, principal, id);
  if (after.hold.state === 'released') await releaseAll(service, lines);
  return cartHoldView(after.hold, lines, service.context.clock());
}

const CONVERSION_SECONDS = 120;

/** Ends holds that ran out, and conversions that were cut off; the units go back. */
export async function sweepCarts(service: OrderService): Promise<number> {
  const { poster } = service.context.database;
  const now = service.context.clock();
  const { rows: over } = await poster.query<{ id: string }>(
    `UPDATE outbound.cart_hold SET state = 'expired', updated_at = $1, version = version + 1
     WHERE state = 'active' AND expires_at <= $1 RETURNING cart_hold_id AS id`,
    [now],
  );
  // The ledger has let go of most by itself; of a conversion that was undone it may not have.
  const ids = over.map(({ id }) => id);
  await releaseAll(service, await loadCartLines(poster, ids));
  const { rows } = await poster.query<{ id: string; salesOrderId: string }>(
    `SELECT cart_hold_id AS id, sales_order_id AS "salesOrderId" FROM outbound.cart_hold
     WHERE state = 'converting' AND updated_at < $1 LIMIT 100`,
    [new Date(now.getTime() - CONVERSION_SECONDS * 1000)],
  );
  for (const { id, salesOrderId } of rows) {
    const change = { from: ['converting'], to: 'released', salesOrderId } as const;
    if (!(await setCartHold(poster, id, change, now))) continue;
    await releaseAll(service, await loadCartLines(poster, [id]));
    service.context.log.warn({ cartHold: id }, 'a cart hold was cut off while it was converted');
  }
  return rows.length;
}

/** The hold that a capture names, checked against it. @throws Problem. */
export async function cartOfCapture(
  service: OrderService,
  principal: Principal,
  id: string,
  capture: { readonly ownerId: number; readonly channelId: number; readonly orderId: string },
): Promise<{ hold: CartHoldRow; lines: CartHoldLine[] }> {
  const found = await readCartHold(service, principal, id).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    const errors = [{ path: 'cartHold', message: 'does not exist', found: id }];
    throw new Problem(invalidRequest, 'cartHold does not exist.', { errors });
  });
  const { hold } = found;
  if (hold.ownerId !== capture.ownerId || hold.channelId !== capture.channelId) {
    const errors = [{ path: 'cartHold', message: 'is of another owner or channel', found: id }];
    throw new Problem(invalidRequest, 'cartHold is of another owner or channel.', { errors });
  }
  const isMine = hold.state === 'converting' && hold.salesOrderId === capture.orderId;
  if (!isMine) requireActive(hold, service.context.clock());
  return found;
}
