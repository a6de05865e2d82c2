import { recordStandardUnitCost } from '../../catalog/index.ts';
import type { Principal } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { answerOnce, idempotencyKeyReused } from '../../platform/idempotency.ts';
import { extendedCost, parseMoney, parseUnitCost } from '../../platform/money.ts';
import { conflict, forbidden, invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { DecimalError } from '../../platform/quantity.ts';
import { KIND, type MoveLine, type Outcome } from '../posting/commands.ts';
import { journalOf } from '../posting/poster.ts';
import { lineAnswer, refusalProblem, type ShownItem } from './answers.ts';
import type { DirectoryItem } from './directory.ts';
import { bodyHash, commandUuid, parseLedgerId } from './identity.ts';
import type { CommandAnswer } from './schemas.ts';
import type { LedgerService } from './service.ts';
import { documentKey, ensureDocuments } from './tracing.queries.ts';
import { REASONS, type Reason } from './vocabulary.ts';

interface PostedRow extends ShownItem {
  readonly value: bigint;
  readonly quantity: bigint;
  readonly kind: number;
  readonly fromPosition: number;
  readonly toPosition: number;
  /** It took units out of a container that stands elsewhere now, and is not reversed yet. */
  readonly containerLeft: boolean;
  /** Containers that it took units out of or put them into, and where they stood. */
  readonly containers: readonly { handlingUnitId: number; locationId: number; lpn: string }[];
}

async function findMovement(
  ledger: LedgerService,
  principal: Principal,
  journal: number,
  seq: number,
): Promise<PostedRow> {
  const row = await readAs(ledger.database, principal.scope, async (tx) => {
    const { rows } = await tx.query<PostedRow>(
      `SELECT i.sku, i.quantity_scale AS "quantityScale", s.code AS site, m.value, m.quantity,
         m.kind,
         m.from_position AS "fromPosition", m.to_position AS "toPosition",
         (u.location_id <> p.location_id OR u.status = 'moving') IS TRUE AND NOT EXISTS (
           SELECT FROM ledger.movement r WHERE r.journal = m.journal AND r.reverses_seq = m.seq)
           AS "containerLeft",
         (SELECT coalesce(jsonb_agg(jsonb_build_object('handlingUnitId', c.handling_unit_id,
             'locationId', c.location_id, 'lpn', h.lpn)), '[]')
           FROM ledger.position c JOIN ledger.handling_unit h USING (handling_unit_id)
           WHERE c.journal = m.journal AND c.position_id IN (m.from_position, m.to_position))
           AS containers
       FROM ledger.movement m JOIN catalog.item i ON i.item_id = m.item_id
       JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.from_position
       JOIN ledger.position t ON t.journal = m.journal AND t.position_id = m.to_position
       LEFT JOIN network.site s ON s.site_id = t.site_id
       LEFT JOIN ledger.handling_unit u ON u.handling_unit_id = p.handling_unit_id
       WHERE m.journal = $1 AND m.seq = $2`,
      [journal, seq],
    );
    return rows[0];
  });
  if (!row) throw new Problem(notFound, `There is no movement ${journal}-${seq}.`);
  return row;
}

/**
 * Posts the opposite of a movement, at the value it had.
 * @throws Problem not-found, conflict, already-reversed, not-reversible, insufficient-stock,
 * insufficient-availability, command-id-reused, outcome-unknown.
 */
export async function reverseMovement(
  ledger: LedgerService,
  principal: Principal,
  movementId: string,
  request: { key: string; reason?: Reason | undefined; occurredAt?: string | undefined },
): Promise<CommandAnswer> {
  const { journal, seq } = parseLedgerId(movementId);
  const original = await findMovement(ledger, principal, journal, seq);
  if (original.kind === KIND.reversal) {
    const refusal = { code: 'not-reversible', line: 0, extras: { seq } } as const;
    throw refusalProblem(refusal, original, journal);
  }
  if (original.containerLeft) {
    throw new Problem(conflict, 'The container that the units came from stands elsewhere now.');
  }
  const line: MoveLine = {
    kind: KIND.reversal,
    quantity: original.quantity,
    from: Number(original.toPosition),
    to: Number(original.fromPosition),
    value: null,
    occurredAt: occurredAt(ledger, request.occurredAt),
    reasonId: REASONS[request.reason ?? 'correction'],
    documentId: 0,
    reservationSeq: 0,
    allocationSeq: 0,
    reversesSeq: seq,
    costOfSeq: 0,
    physical: false,
    counted: null,
    serials: null,
  };
  const containers = original.containers.map((container) => ({ ...container, line: 0 }));
  const outcome = await ledger.poster.post(journal, {
    type: 'post',
    ...identity(principal, request.key, ['reverse', movementId, request]),
    lines: [line],
    ...(containers.length > 0 ? { containers } : {}),
  });
  return answer(ledger, request.key, outcome, original, journal);
}

/** What a late fact says about the cost of a movement: one of the three. */
export interface Revaluation {
  readonly key: string;
  readonly amount?: string | undefined;
  readonly value?: string | undefined;
  readonly unitCost?: string | undefined;
  readonly reason?: Reason | undefined;
  readonly document?: { type: string; number: string } | undefined;
  readonly occurredAt?: string | undefined;
}

/**
 * Posts the difference that a late cost makes, after the units of the movement wherever they are.
 * @throws Problem not-found, invalid-request, not-reversible, command-id-reused, outcome-unknown.
 */
export async function revalueMovement(
  ledger: LedgerService,
  principal: Principal,
  movementId: string,
  request: Revaluation,
): Promise<CommandAnswer> {
  houseOnly(principal);
  const { journal, seq } = parseLedgerId(movementId);
  const original = await findMovement(ledger, principal, journal, seq);
  const amount = differenceOf(ledger, request, original);
  const documents = request.document
    ? await ensureDocuments(ledger.database, [request.document])
    : null;
  const outcome = await ledger.poster.post(journal, {
    type: 'revalue',
    ...identity(principal, request.key, ['revalue', movementId, request]),
    causeSeq: seq,
    amount,
    reasonId: REASONS[request.reason ?? 'invoice'],
    documentId: request.document ? (documents?.get(documentKey(request.document)) ?? 0) : 0,
    occurredAt: occurredAt(ledger, request.occurredAt),
  });
  return answer(ledger, request.key, outcome, original, journal);
}

function differenceOf(ledger: LedgerService, request: Revaluation, original: PostedRow): bigint {
  const digits = ledger.currencyDigits;
  const given = [request.amount, request.value, request.unitCost].filter((v) => v !== undefined);
  const fail = (message: string): never => {
    const errors = [{ path: 'amount', message, expected: 'one of amount, value, unitCost' }];
    throw new Problem(invalidRequest, `The new cost ${message}.`, { errors });
  };
  if (given.length !== 1) return fail(given.length === 0 ? 'is missing' : 'is given twice');
  try {
    if (request.amount !== undefined) {
      const amount = parseMoney(request.amount, digits);
      return amount === 0n ? fail('changes nothing') : amount;
    }
    const cost =
      request.value !== undefined
        ? parseMoney(request.value, digits)
        : extendedCost(
            original.quantity,
            original.quantityScale,
            parseUnitCost(request.unitCost ?? '0', digits),
          );
    return cost === original.value ? fail('changes nothing') : cost - original.value;
  } catch (error) {
    if (error instanceof DecimalError) return fail(error.message);
    throw error;
  }
}

/**
 * Sets a new standard cost for an item and revalues what its pools hold. The catalog keeps the
 * cost for pools to come; it and the id are written together, after the ledger, so that a replay
 * of an old change does not undo a newer one, and a change that was cut off is completed.
 * @throws Problem forbidden, not-found, invalid-request, command-id-reused, outcome-unknown.
 */
export async function changeStandardCost(
  ledger: LedgerService,
  principal: Principal,
  sku: string,
  request: { key: string; unitCost: string },
): Promise<CommandAnswer> {
  houseOnly(principal);
  const item = await findStandardItem(ledger, sku);
  const unitCost = readUnitCost(ledger, request.unitCost);
  const once = {
    headers: { 'idempotency-key': commandUuid(request.key, principal) },
    method: 'POST',
    url: `standard-cost of ${sku}`,
    body: { unitCost: request.unitCost },
    principal,
  };
  const kept = await writeAs(ledger.database, 'house', (tx) =>
    answerOnce(tx, once, ledger.clock(), async () => {
      const body = await postStandardCost(ledger, principal, item, { ...request, unitCost });
      await recordStandardUnitCost(tx, item.itemId, unitCost, ledger.clock());
      return { status: 201, headers: {}, body };
    }),
  ).catch((error: Error) => {
    if (!(error instanceof Problem) || error.type !== idempotencyKeyReused) throw error;
    throw refusalProblem({ code: 'command-id-reused', line: 0, extras: {} }, item, 0);
  });
  const replayed = 'idempotency-replayed' in kept.headers;
  return { ...(kept.body as CommandAnswer), ...(replayed ? { replayed } : {}) };
}

async function findStandardItem(ledger: LedgerService, sku: string): Promise<DirectoryItem> {
  const { directory } = ledger.resolver;
  await directory.prepare({ items: [sku], locations: [], sites: [], owners: [] });
  const item = directory.item(sku);
  if (!item) throw new Problem(notFound, `There is no item ${sku}.`);
  if (item.costMethod === 'standard') return item;
  const errors = [
    { path: 'sku', message: 'is not costed at standard', expected: 'standard', found: sku },
  ];
  throw new Problem(invalidRequest, `${sku} is costed by ${item.costMethod}.`, { errors });
}

async function postStandardCost(
  ledger: LedgerService,
  principal: Principal,
  item: DirectoryItem,
  request: { key: string; unitCost: bigint },
): Promise<CommandAnswer> {
  const journal = journalOf(item.itemId, ledger.poster.journals);
  const { rows } = await ledger.database.poster.query<{ cost_pool_id: bigint }>(
    'SELECT cost_pool_id FROM ledger.cost_pool WHERE journal = $1 AND item_id = $2 ORDER BY 1',
    [journal, item.itemId],
  );
  const outcome = await ledger.poster.post(journal, {
    type: 'standard_cost',
    ...identity(principal, request.key, ['standard_cost', item.sku, String(request.unitCost)]),
    pools: rows.map((row) => Number(row.cost_pool_id)),
    unitCost: request.unitCost,
    occurredAt: ledger.clock().getTime(),
  });
  return answer(ledger, request.key, outcome, item, journal);
}

function readUnitCost(ledger: LedgerService, text: string): bigint {
  try {
    return parseUnitCost(text, ledger.currencyDigits);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    const errors = [{ path: 'unitCost', message: error.message, found: text }];
    throw new Problem(invalidRequest, error.message, { errors });
  }
}

function houseOnly(principal: Principal): void {
  if (principal.scope === 'house') return;
  throw new Problem(forbidden, "Only the house's keys may change what goods cost.", {
    scope: 'house',
  });
}

function occurredAt(ledger: LedgerService, given: string | undefined): number {
  const now = ledger.clock().getTime();
  const at = given === undefined ? now : Date.parse(given);
  if (at <= now + 60_000) return at;
  const errors = [{ path: 'occurredAt', message: 'is in the future', found: given ?? '' }];
  throw new Problem(invalidRequest, 'occurredAt is in the future.', { errors });
}

function identity(principal: Principal, key: string, body: unknown) {
  return {
    id: commandUuid(key, principal),
    bodyHash: bodyHash(principal, body),
    actorId: principal.principalId,
    deviceId: 0,
  };
}

function answer(
  ledger: LedgerService,
  key: string,
  outcome: Outcome,
  item: ShownItem,
  journal: number,
): CommandAnswer {
  if (outcome.status === 'rejected') throw refusalProblem(outcome.refusal, item, journal);
  return {
    commandId: key,
    status: 'committed',
    replayed: outcome.replayed,
    recordedAt: new Date(outcome.recordedAt).toISOString(),
    lines: outcome.lines.map((line) =>
      lineAnswer(journal, line, line.line, item, ledger.currencyDigits),
    ),
  };
}
