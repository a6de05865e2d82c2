import type { Principal } from '../../platform/context.ts';
import { inTransaction, readAs, type Tx } from '../../platform/database.ts';
import {
  conflict,
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
} from '../../platform/problems.ts';
import { KIND, type MoveLine } from '../posting/commands.ts';
import { journalOf } from '../posting/poster.ts';
import { asProblem, refusalProblem } from './answers.ts';
import * as queries from './containers.queries.ts';
import { bodyHash, commandUuid } from './identity.ts';
import { ensurePositions, type PositionSpec, positionKey } from './places.queries.ts';
import { findOwner, type PlanContext } from './plan.ts';
import type { LedgerService } from './service.ts';

/** A container as the API shows it. */
export type HandlingUnit = queries.HandlingUnitView;

export interface NewHandlingUnit {
  readonly lpn: string;
  readonly type: string;
  readonly location: string;
  readonly parent?: string | undefined;
  readonly owner?: string | undefined;
}

/**
 * Makes an empty container at a location, or in a parent that stands there.
 * @throws Problem invalid-request, conflict when the LPN exists with other facts.
 */
export async function createHandlingUnit(
  ledger: LedgerService,
  principal: Principal,
  request: NewHandlingUnit,
): Promise<HandlingUnit> {
  const { directory } = ledger.resolver;
  const owners = request.owner === undefined ? [] : [request.owner];
  await directory.prepare({ items: [], locations: [request.location], sites: [], owners });
  const errors: FieldError[] = [];
  const location = directory.location(request.location);
  if (!location || location.isVirtual || !location.active) {
    const expected = 'the code of an active place that holds units';
    const found = request.location;
    errors.push({ path: 'location', message: 'does not fit', expected, found });
  }
  const context = { directory, principal } as PlanContext;
  const owner =
    request.owner === undefined
      ? await ledger.resolver.defaultOwner(principal)
      : findOwner(context, request.owner);
  if (!owner) {
    const expected = 'the code of an owner';
    errors.push({ path: 'owner', message: 'does not exist', expected, found: request.owner ?? '' });
  }
  if (!location || !owner || errors.length > 0) {
    throw new Problem(invalidRequest, `${errors[0]?.path} ${errors[0]?.message}.`, { errors });
  }
  const { locationId } = location;
  const { ownerId } = owner;
  const now = ledger.clock();
  const created = await inTransaction(ledger.database.poster, async (tx) => {
    const parent = request.parent === undefined ? null : await findParent(tx, request.parent);
    if (parent && (parent.location_id !== locationId || parent.owner_id !== ownerId)) {
      throw new Problem(conflict, `${request.parent} stands elsewhere or is another owner's.`);
    }
    const row = { ...request, locationId, ownerId, parentId: parent?.handling_unit_id ?? null };
    return queries.insertHandlingUnit(tx, row, now);
  });
  const view = await getHandlingUnit(ledger, principal, request.lpn).catch(() => null);
  const same =
    view &&
    view.location === request.location &&
    view.type === request.type &&
    view.parent === (request.parent ?? null);
  if (!created && !same) {
    throw new Problem(conflict, `The LPN ${request.lpn} is taken.`, { lpn: request.lpn });
  }
  return view!;
}

async function findParent(tx: Tx, lpn: string): Promise<queries.HandlingUnitRow> {
  const row = await queries.lockHandlingUnit(tx, lpn);
  if (row) return row;
  const errors = [{ path: 'parent', message: 'does not exist', expected: 'an LPN', found: lpn }];
  throw new Problem(invalidRequest, `There is no handling unit ${lpn}.`, { errors });
}

/** One container with what is in it, itself and in those inside it. @throws Problem not-found */
export async function getHandlingUnit(
  ledger: LedgerService,
  principal: Principal,
  lpn: string,
): Promise<HandlingUnit> {
  const view = await readAs(ledger.database, principal.scope, (tx) =>
    queries.readHandlingUnit(tx, lpn),
  );
  if (!view) throw new Problem(notFound, `There is no handling unit ${lpn}.`);
  return view;
}

/**
 * Puts a container into another one that stands at the same place, or takes it out (null).
 * @throws Problem not-found, conflict (elsewhere, a cycle, on its way).
 */
export async function nestHandlingUnit(
  ledger: LedgerService,
  principal: Principal,
  lpn: string,
  parentLpn: string | null,
): Promise<HandlingUnit> {
  await getHandlingUnit(ledger, principal, lpn);
  if (parentLpn !== null) await getHandlingUnit(ledger, principal, parentLpn);
  await inTransaction(ledger.database.poster, async (tx) => {
    // Always in the order of the LPNs, so that two nestings cannot wait for each other.
    const rows = new Map<string, queries.HandlingUnitRow>();
    for (const name of [lpn, ...(parentLpn === null ? [] : [parentLpn])].sort()) {
      const row = await queries.lockHandlingUnit(tx, name);
      if (row) rows.set(name, row);
    }
    const child = rows.get(lpn);
    const parent = parentLpn === null ? null : rows.get(parentLpn);
    if (!child || parent === undefined) throw new Problem(notFound, 'It is gone.');
    if (child.status === 'moving' || parent?.status === 'moving') {
      throw new Problem(conflict, 'One of the two is being moved; try again in a moment.');
    }
    if (parent) {
      const inside = await queries.subtree(tx, child.handling_unit_id);
      if (inside.includes(parent.handling_unit_id)) {
        throw new Problem(conflict, `${parentLpn} is inside ${lpn}.`);
      }
      if (parent.location_id !== child.location_id || parent.owner_id !== child.owner_id) {
        throw new Problem(conflict, `${parentLpn} stands elsewhere or is another owner's.`);
      }
    }
    const parentId = parent?.handling_unit_id ?? null;
    await queries.setParent(tx, child.handling_unit_id, parentId, ledger.clock());
  });
  return getHandlingUnit(ledger, principal, lpn);
}

/** A move of a container, as it is known while and after it happens. */
export interface ContainerMove {
  readonly handlingUnit: HandlingUnit;
  /** Movements posted for the contents; 0 for an empty container or a replay. */
  readonly movements: number;
}

/**
 * Moves a container with everything in it to another place of the same site. The intent is
 * recorded first, the contents follow as movements (one command id, so nothing moves twice), and
 * the container arrives last: a process that dies on the way leaves a move that the same request,
 * or {@link finishMoves}, completes.
 * @throws Problem not-found, invalid-request, conflict, and what posting refuses.
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
  const movements = begun ? await carryOut(ledger, principal, begun) : 0;
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
  const row = await queries.lockHandlingUnit(tx, lpn);
  if (!row) throw new Problem(notFound, `There is no handling unit ${lpn}.`);
  if (row.move_command_id === commandId) {
    if (row.move_to_location_id === toLocationId) return row.status === 'moving' ? row : null;
    throw refusalProblem(
      { code: 'command-id-reused', line: 0, extras: { commandId } },
      undefined,
      0,
    );
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

async function carryOut(
  ledger: LedgerService,
  principal: Pick<Principal, 'principalId' | 'scope'>,
  move: queries.HandlingUnitRow,
): Promise<number> {
  const target = move.move_to_location_id ?? move.location_id;
  const contents = await queries.contentsOf(ledger.database, move.handling_unit_id);
  const parts = await planContents(ledger, principal, move, target, contents);
  const outcomes = await ledger.poster.postAll(parts);
  let movements = 0;
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome instanceof Error) throw asProblem(outcome);
    if (outcome.status === 'committed') movements += outcome.lines.length;
    else {
      if (parts.length === 1) await queries.cancelMove(ledger.database, move, ledger.clock());
      throw refusalProblem(outcome.refusal, undefined, parts[i]!.journal);
    }
  }
  await queries.arrive(ledger.database, move, target, ledger.clock());
  return movements;
}

async function planContents(
  ledger: LedgerService,
  principal: Pick<Principal, 'principalId' | 'scope'>,
  move: queries.HandlingUnitRow,
  target: number,
  contents: readonly queries.ContentRow[],
) {
  const specs = contents.map(
    (row): PositionSpec => ({
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
    }),
  );
  const positions = await ensurePositions(ledger.database, specs);
  const now = ledger.clock().getTime();
  const byJournal = new Map<number, MoveLine[]>();
  for (const [i, row] of contents.entries()) {
    const journal = journalOf(row.item_id, ledger.poster.journals);
    const lines = byJournal.get(journal) ?? [];
    lines.push({
      kind: KIND.move,
      quantity: row.on_hand,
      from: Number(row.position_id),
      to: positions.get(positionKey(specs[i]!)) ?? 0,
      value: null,
      occurredAt: now,
      reasonId: 0,
      documentId: 0,
      reservationSeq: 0,
      allocationSeq: 0,
      reversesSeq: 0,
      costOfSeq: 0,
      physical: false,
      counted: null,
      serials: row.serials.length > 0 ? row.serials.map(Number) : null,
    });
    byJournal.set(journal, lines);
  }
  return [...byJournal].map(([journal, lines]) => ({
    journal,
    command: {
      type: 'post' as const,
      id: move.move_command_id ?? '',
      bodyHash: bodyHash(principal, ['move', move.lpn, target]),
      actorId: principal.principalId,
      deviceId: 0,
      lines,
    },
  }));
}

const STALLED_MS = 30_000;

/** Completes moves that a process left half-way; run at start and now and then. */
export async function finishMoves(ledger: LedgerService): Promise<number> {
  const before = new Date(ledger.clock().getTime() - STALLED_MS);
  const stalled = await queries.stalledMoves(ledger.database, before);
  let finished = 0;
  for (const move of stalled) {
    const done = await carryOut(ledger, { principalId: 0, scope: 'house' }, move).catch(
      () => undefined,
    );
    if (done !== undefined) finished += 1;
  }
  return finished;
}
