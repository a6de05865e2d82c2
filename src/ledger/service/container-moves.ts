import type { Principal } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { conflict, invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { KIND, type MoveLine } from '../posting/commands.ts';
import { journalOf } from '../posting/poster.ts';
import { asProblem, refusalProblem } from './answers.ts';
import * as queries from './containers.queries.ts';
import { getHandlingUnit, type HandlingUnit } from './containers.ts';
import { bodyHash, commandUuid, derivedUuid } from './identity.ts';
import { ensurePositions, type PositionSpec, positionKey } from './places.queries.ts';
import type { LedgerService } from './service.ts';

/** A move of a container, as it is known while and after it happens. */
export interface ContainerMove {
  readonly handlingUnit: HandlingUnit;
  /** Movements posted for the contents; 0 for an empty container or a replay. */
  readonly movements: number;
}

/**
 * Moves a container with everything in it to another place of the same site. The intent is
 * recorded first, the contents follow as movements, and the container arrives last: a process
 * that dies on the way leaves a move that the same request, or {@link finishMoves}, completes.
 * @throws Problem not-found, invalid-request, conflict, command-id-reused, and what posting
 * refuses.
 */
export async function moveHandlingUnit(
  ledger: LedgerService,
  principal: Principal,
  lpn: string,
  request: { key: string; to: string },
): Promise<ContainerMove> {
  const before = await getHandlingUnit(ledger, principal, lpn);
  const { directory } = ledger.resolver;
  const codes = [request.to, before.location];
  await directory.prepare({ items: [], locations: codes, sites: [], owners: [] });
  const to = directory.location(request.to);
  const from = directory.location(before.location);
  if (!to || to.isVirtual || !to.active || !from || to.siteId !== from.siteId) {
    const expected = 'an active place of the same site; between sites post a transfer';
    const errors = [{ path: 'to', message: 'does not fit', expected, found: request.to }];
    throw new Problem(invalidRequest, `${request.to} cannot take ${lpn}.`, { errors });
  }
  const commandId = commandUuid(request.key, principal);
  const begun = await inTransaction(ledger.database.poster, (tx) =>
    beginMove(tx, lpn, commandId, to.locationId, ledger.clock()),
  );
  const movements = begun ? await carryOut(ledger, principal.principalId, begun) : 0;
  return { handlingUnit: await getHandlingUnit(ledger, principal, lpn), movements };
}

/** Marks the container and all inside it as moving; null when this command moved it before. */
async function beginMove(
  tx: Tx,
  lpn: string,
  commandId: string,
  toLocationId: number,
  now: Date,
): Promise<queries.HandlingUnitRow | null> {
  const row = (await queries.lockFamily(tx, [lpn], 'downwards')).get(lpn);
  if (!row) throw new Problem(notFound, `There is no handling unit ${lpn}.`);
  const bound = await queries.bindMove(tx, commandId, row, toLocationId, now);
  if (bound) {
    const same =
      bound.handling_unit_id === row.handling_unit_id && bound.to_location_id === toLocationId;
    if (same) return row.move_command_id === commandId ? row : null;
    const refusal = { code: 'command-id-reused', line: 0, extras: { commandId } } as const;
    throw refusalProblem(refusal, undefined, 0);
  }
  if (row.status === 'moving') {
    throw new Problem(conflict, `${lpn} is being moved; try again in a moment.`);
  }
  if (row.location_id === toLocationId) {
    throw new Problem(conflict, `${lpn} stands there already.`);
  }
  await queries.markMoving(tx, row.handling_unit_id, commandId, toLocationId, now);
  return {
    ...row,
    status: 'moving',
    move_command_id: commandId,
    move_to_location_id: toLocationId,
  };
}

/**
 * Rounds of a move at most. What a command that was already on its way puts into the container
 * after its contents were read goes along in another round.
 */
const ROUNDS_MAX = 5;

async function carryOut(
  ledger: LedgerService,
  actorId: number,
  move: queries.HandlingUnitRow,
): Promise<number> {
  const target = move.move_to_location_id ?? move.location_id;
  let movements = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const contents = await queries.contentsOf(ledger.database, move.handling_unit_id);
    if (contents.length === 0) {
      await queries.endMove(ledger.database, move, target, ledger.clock());
      return movements;
    }
    await refuseAllocated(ledger, move, contents);
    const parts = await planContents(ledger, actorId, { move, target, round }, contents);
    for (const [i, outcome] of (await ledger.poster.postAll(parts)).entries()) {
      if (outcome instanceof Error) throw asProblem(outcome);
      if (outcome.status === 'rejected') {
        await cancelUnmoved(ledger, move);
        throw refusalProblem(outcome.refusal, undefined, parts[i]!.journal);
      }
      if (!outcome.replayed) movements += outcome.lines.length;
    }
  }
  throw new Problem(conflict, `${move.lpn} is being filled while it moves; try again.`);
}

/** Allocated units would lose the place that was promised, so the container stays. */
async function refuseAllocated(
  ledger: LedgerService,
  move: queries.HandlingUnitRow,
  contents: readonly queries.ContentRow[],
): Promise<void> {
  const row = contents.find(({ allocated }) => allocated > 0n);
  if (!row) return;
  await cancelUnmoved(ledger, move);
  const { on_hand: onHand, allocated, sku, item_scale: quantityScale } = row;
  const extras = { requested: onHand, onHand, allocated, item: row.item_id };
  const refusal = { code: 'insufficient-stock', line: 0, extras } as const;
  throw refusalProblem(refusal, { sku, quantityScale }, row.journal);
}

/** A move that was refused before anything moved: everything stays where it was. */
async function cancelUnmoved(ledger: LedgerService, move: queries.HandlingUnitRow): Promise<void> {
  const journals = Array.from({ length: ledger.poster.journals }, (_, i) => i);
  const commandId = move.move_command_id ?? '';
  if (await queries.hasPosted(ledger.database, journals, commandId)) return;
  await queries.endMove(ledger.database, move, null, ledger.clock());
}

async function planContents(
  ledger: LedgerService,
  actorId: number,
  { move, target, round }: { move: queries.HandlingUnitRow; target: number; round: number },
  contents: readonly queries.ContentRow[],
) {
  const specs = contents.map((row) => specAt(row, target));
  const positions = await ensurePositions(ledger.database, specs);
  const now = ledger.clock().getTime();
  const byJournal = new Map<number, MoveLine[]>();
  for (const [i, row] of contents.entries()) {
    const journal = journalOf(row.item_id, ledger.poster.journals);
    const lines = byJournal.get(journal) ?? [];
    lines.push(lineOf(row, positions.get(positionKey(specs[i]!)) ?? 0, now));
    byJournal.set(journal, lines);
  }
  const commandId = move.move_command_id ?? '';
  return [...byJournal].map(([journal, lines]) => ({
    journal,
    command: {
      type: 'post' as const,
      id: round === 0 ? commandId : derivedUuid(`${commandId} round ${round}`),
      // Whoever finishes the move posts the same command, so no principal is part of it.
      bodyHash: bodyHash({ scope: 'house' }, ['move', move.lpn, target]),
      actorId,
      deviceId: 0,
      lines,
    },
  }));
}

/** The position at the target that takes what `row` holds. */
function specAt(row: queries.ContentRow, target: number): PositionSpec {
  return {
    journal: row.journal,
    itemId: row.item_id,
    locationId: target,
    ownerId: row.owner_id,
    dispositionId: row.disposition_id,
    lotId: Number(row.lot_id ?? 0),
    handlingUnitId: row.handling_unit_id,
    siteId: row.site_id,
    isReal: true,
    countsAvailable: row.availability_id !== null,
    pool:
      row.cost_site_id === null
        ? null
        : {
            costSiteId: row.cost_site_id,
            method: row.method ?? 1,
            quantityScale: row.quantity_scale ?? 0,
            unitCost: 0n,
          },
  };
}

function lineOf(row: queries.ContentRow, to: number, occurredAt: number): MoveLine {
  return {
    kind: KIND.move,
    quantity: row.on_hand,
    from: Number(row.position_id),
    to,
    value: null,
    occurredAt,
    reasonId: 0,
    documentId: 0,
    reservationSeq: 0,
    allocationSeq: 0,
    reversesSeq: 0,
    costOfSeq: 0,
    physical: false,
    counted: null,
    serials: row.serials.length > 0 ? row.serials.map(Number) : null,
  };
}

const STALLED_MS = 30_000;

/** Completes moves that a process left half-way; run now and then. Answers how many. */
export async function finishMoves(ledger: LedgerService): Promise<number> {
  const before = new Date(ledger.clock().getTime() - STALLED_MS);
  const stalled = await queries.stalledMoves(ledger.database, before);
  let finished = 0;
  for (const move of stalled) {
    const done = await carryOut(ledger, 0, move).catch(() => undefined);
    if (done !== undefined) finished += 1;
  }
  return finished;
}
