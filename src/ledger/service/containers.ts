import type { Principal } from '../../platform/context.ts';
import { inTransaction, readAs, type Tx } from '../../platform/database.ts';
import {
  conflict,
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
} from '../../platform/problems.ts';
import * as queries from './containers.queries.ts';
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
    const parent =
      request.parent === undefined ? null : await findParent(tx, request.parent, ownerId);
    if (parent && (parent.location_id !== locationId || parent.status === 'moving')) {
      throw new Problem(conflict, `${request.parent} stands elsewhere or is being moved.`);
    }
    const row = { ...request, locationId, ownerId, parentId: parent?.handling_unit_id ?? null };
    return queries.insertHandlingUnit(tx, row, now);
  });
  const view = await readAs(ledger.database, principal.scope, (tx) =>
    queries.readHandlingUnit(tx, request.lpn),
  );
  const same =
    view?.owner === owner.code &&
    view.location === request.location &&
    view.type === request.type &&
    view.parent === (request.parent ?? null);
  if (!view || (!created && !same)) {
    throw new Problem(conflict, `The LPN ${request.lpn} is taken.`, { lpn: request.lpn });
  }
  return view;
}

/** A container of another owner is none that anything could be put into. */
async function findParent(tx: Tx, lpn: string, ownerId: number): Promise<queries.HandlingUnitRow> {
  const row = await queries.lockHandlingUnit(tx, lpn);
  if (row?.owner_id === ownerId) return row;
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
    // What the parent is in is locked too: else two nestings at once could close a circle.
    const names = [lpn, ...(parentLpn === null ? [] : [parentLpn])];
    const rows = await queries.lockFamily(tx, names, 'upwards');
    const child = rows.get(lpn);
    const parent = parentLpn === null ? null : rows.get(parentLpn);
    if (!child || parent === undefined) throw new Problem(notFound, 'It is gone.');
    if (child.status === 'moving' || parent?.status === 'moving') {
      throw new Problem(conflict, 'One of the two is being moved; try again in a moment.');
    }
    if (parent) {
      if (isInside(parent, child, [...rows.values()])) {
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

/** Whether a container is another one, or in it, or in what is in it. */
function isInside(
  inner: queries.HandlingUnitRow,
  outer: queries.HandlingUnitRow,
  rows: readonly queries.HandlingUnitRow[],
): boolean {
  const byId = new Map(rows.map((row) => [row.handling_unit_id, row]));
  let at: queries.HandlingUnitRow | undefined = inner;
  for (let steps = 0; at && steps <= rows.length; steps += 1) {
    if (at.handling_unit_id === outer.handling_unit_id) return true;
    at = byId.get(at.parent_id ?? 0);
  }
  return false;
}
