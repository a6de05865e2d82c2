import type { Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { formatDecimal, parseDecimal } from '../../platform/quantity.ts';
import { refusalProblem } from './answers.ts';
import { expiryOf, type RequestedExpiry, requireOneExpiry } from './expiry.ts';
import { bodyHash, commandUuid, parseLedgerId } from './identity.ts';
import { firstExpiry } from './reservations.ts';
import type { LedgerService } from './service.ts';

/** How a reservation is settled. */
interface Settlement extends RequestedExpiry {
  /** With `release` only: a part, fewer units than are open; the rest stays without a gap. */
  readonly quantity?: string | undefined;
}

/** The expiry that settling gives a reservation: an extension must say one that is to come. */
function newExpiry(
  ledger: LedgerService,
  type: 'confirm' | 'release' | 'extend',
  request: Settlement,
): number | null {
  requireOneExpiry(request);
  if (type === 'release') return null;
  const now = ledger.clock().getTime();
  const expiresAt = expiryOf(request, now);
  if (expiresAt === null ? type === 'confirm' : expiresAt > now) return expiresAt;
  const message = expiresAt === null ? 'is missing' : 'has passed';
  const found = request.expiresAt ?? '';
  throw new Problem(invalidRequest, `expiresAt ${message}.`, {
    errors: [{ path: 'expiresAt', message, expected: 'a later instant', found }],
  });
}

/** What became of a reservation after it was settled. */
export interface SettledReservation {
  readonly id: string;
  readonly state: 'pending' | 'released';
  readonly quantity: string;
  readonly reserved: string;
  readonly expiresAt: string | null;
  readonly replayed: boolean;
}

/**
 * Confirms, extends or releases one reservation, exactly once.
 * @throws Problem not-found (also where it belongs to another owner), invalid-request,
 * reservation-closed, reservation-expired, command-id-reused, outcome-unknown.
 */
export async function settleReservation(
  ledger: LedgerService,
  principal: Principal,
  type: 'confirm' | 'release' | 'extend',
  reservationId: string,
  request: { key: string } & Settlement,
): Promise<SettledReservation> {
  const { journal, seq } = parseLedgerId(reservationId);
  const expiresAt = newExpiry(ledger, type, request);
  const commandId = commandUuid(request.key, principal);
  const item = await readAs(ledger.database, principal.scope, async (tx) => {
    const { rows } = await tx.query<{ sku: string; quantityScale: number; open: bigint }>(
      `SELECT i.sku, i.quantity_scale AS "quantityScale", r.open_quantity AS open
       FROM ledger.reservation r
       JOIN catalog.item i ON i.item_id = r.item_id
       WHERE r.journal = $1 AND r.reservation_seq = $2`,
      [journal, seq],
    );
    return rows[0];
  });
  if (!item) throw new Problem(notFound, `There is no reservation ${reservationId}.`);
  const part = partOf(type, request.quantity, item);
  const asked = [type, reservationId, request.expiresInSeconds, request.expiresAt];
  const outcome = await ledger.poster.post(journal, {
    ...(part === null ? { type } : { type: 'reduce', quantity: part }),
    id: commandId,
    bodyHash: bodyHash(
      principal,
      request.quantity === undefined ? asked : [...asked, request.quantity],
    ),
    actorId: principal.principalId,
    deviceId: 0,
    reservations: [seq],
    expiresAt,
    occurredAt: ledger.clock().getTime(),
    reasonId: 0,
  });
  if (outcome.status === 'rejected') throw refusalProblem(outcome.refusal, item, journal);
  const line = outcome.lines[0]!;
  const kept = outcome.replayed ? await firstExpiry(ledger, journal, commandId) : expiresAt;
  // A repeated release finds nothing open any more.
  const isReleased = type === 'release' && (part === null || item.open === 0n);
  const expires = isReleased ? null : kept;
  return {
    id: reservationId,
    state: isReleased ? 'released' : 'pending',
    quantity: formatDecimal(line.quantity, item.quantityScale),
    reserved: formatDecimal(line.after ?? 0n, item.quantityScale),
    expiresAt: expires === null ? null : new Date(expires).toISOString(),
    replayed: outcome.replayed,
  };
}

/** Units to give back of a reservation that is otherwise kept; null for all of it. */
function partOf(
  type: 'confirm' | 'release' | 'extend',
  quantity: string | undefined,
  item: { quantityScale: number; open: bigint },
): bigint | null {
  if (quantity === undefined) return null;
  const fail = (message: string, expected: string): never => {
    throw new Problem(invalidRequest, `quantity ${message}.`, {
      errors: [{ path: 'quantity', message, expected, found: quantity }],
    });
  };
  if (type !== 'release') return fail('is for a release only', 'no quantity');
  let part: bigint;
  try {
    part = parseDecimal(quantity, item.quantityScale);
  } catch {
    return fail('is no quantity of this item', `at most ${item.quantityScale} decimal places`);
  }
  if (part <= 0n) return fail('must be more than zero', 'a positive quantity');
  return part === item.open ? null : part;
}
