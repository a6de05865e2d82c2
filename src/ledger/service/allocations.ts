import type { Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { type FieldError, invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { AllocateLine } from '../posting/commands.ts';
import { journalOf } from '../posting/poster.ts';
import { asProblem, problemMember, refusalProblem } from './answers.ts';
import { bodyHash, commandUuid, formatLedgerId, parseLedgerId } from './identity.ts';
import { type CommandPart, recordParts } from './parts.queries.ts';
import { ensurePositions, type PositionSpec, positionKey } from './places.queries.ts';
import { findItem, findOwner, type PlanContext, type PlannedPlace, readQuantity } from './plan.ts';
import { checkReferences } from './references.ts';
import { specOf } from './resolve.ts';
import type { AllocationsBody } from './schemas.ts';
import type { LedgerService } from './service.ts';
import {
  documentKey,
  ensureDocuments,
  lotKey,
  selectHandlingUnits,
  selectLots,
} from './tracing.queries.ts';

/** One allocation that was made, or why its line was refused. */
export interface AllocationAnswer {
  readonly commandId: string;
  readonly status: 'committed' | 'partial' | 'rejected' | 'unknown';
  readonly replayed: boolean;
  readonly lines: readonly {
    line: number;
    status: 'committed' | 'rejected' | 'unknown';
    id?: string;
    quantity?: string;
    allocated?: string;
    problem?: ReturnType<typeof problemMember>;
  }[];
}

interface Planned {
  readonly spec: PositionSpec;
  readonly item: { sku: string; quantityScale: number };
  readonly line: Omit<AllocateLine, 'positionId'>;
}

/**
 * Marks quantities on positions for one purpose. Lines of one journal are marked all or none.
 * @throws Problem invalid-request with every wrong field.
 */
export async function allocate(
  ledger: LedgerService,
  principal: Principal,
  key: string,
  body: AllocationsBody,
): Promise<AllocationAnswer> {
  const planned = await planAllocations(ledger, principal, body);
  const positions = await ensurePositions(
    ledger.database,
    planned.map(({ spec }) => spec),
  );
  const byJournal = new Map<number, { lines: AllocateLine[]; indexes: number[] }>();
  for (const [i, { spec, line }] of planned.entries()) {
    const part = byJournal.get(spec.journal) ?? { lines: [], indexes: [] };
    part.lines.push({ ...line, positionId: positions.get(positionKey(spec)) ?? 0 });
    part.indexes.push(i);
    byJournal.set(spec.journal, part);
  }
  const id = commandUuid(key, principal);
  const hash = bodyHash(principal, ['allocate', body]);
  const now = ledger.clock();
  const parts = [...byJournal].map(([journal, { lines, indexes }]) => ({
    journal,
    command: {
      type: 'allocate' as const,
      id,
      bodyHash: hash,
      actorId: principal.principalId,
      deviceId: 0,
      lines,
      occurredAt: now.getTime(),
    },
    lineIndexes: indexes,
  }));
  if (parts.length > 1) {
    const { ownerId } = await ledger.resolver.defaultOwner(principal);
    await recordParts(ledger.database.poster, ownerId, [parts], now);
  }
  return joinParts(key, planned, parts, await ledger.poster.postAll(parts));
}

function joinParts(
  key: string,
  planned: readonly Planned[],
  parts: readonly CommandPart[],
  outcomes: Awaited<ReturnType<LedgerService['poster']['postAll']>>,
): AllocationAnswer {
  let committed = 0;
  let replayed = true;
  const lines = parts.flatMap(({ journal, lineIndexes }, i): AllocationAnswer['lines'] => {
    const outcome = outcomes[i]!;
    if (outcome instanceof Error || outcome.status === 'rejected') {
      const problem =
        outcome instanceof Error
          ? asProblem(outcome)
          : refusalProblem(
              { ...outcome.refusal, line: lineIndexes[outcome.refusal.line] ?? 0 },
              planned[lineIndexes[outcome.refusal.line] ?? 0]?.item,
              journal,
            );
      const status = outcome instanceof Error ? ('unknown' as const) : ('rejected' as const);
      return lineIndexes.map((index) => ({
        line: index + 1,
        status,
        problem: problemMember(problem),
      }));
    }
    committed += 1;
    replayed &&= outcome.replayed;
    return outcome.lines.map((line) => {
      const index = lineIndexes[line.line - 1] ?? 0;
      const scale = planned[index]!.item.quantityScale;
      return {
        line: index + 1,
        status: 'committed' as const,
        id: formatLedgerId(journal, line.seq),
        quantity: formatDecimal(line.quantity, scale),
        allocated: formatDecimal(line.after ?? 0n, scale),
      };
    });
  });
  const unknown = lines.some((line) => line.status === 'unknown');
  const none = unknown ? 'unknown' : 'rejected';
  const some = committed > 0 ? 'partial' : none;
  return {
    commandId: key,
    status: committed === parts.length ? 'committed' : some,
    replayed: committed > 0 && replayed,
    lines: [...lines].sort((a, b) => a.line - b.line),
  };
}

async function planAllocations(
  ledger: LedgerService,
  principal: Principal,
  body: AllocationsBody,
): Promise<Planned[]> {
  const { directory } = ledger.resolver;
  const placeOf = (place: AllocationsBody['lines'][number]['place']) =>
    typeof place === 'string' ? { location: place } : place;
  await directory.prepare({
    items: body.lines.map((line) => line.item),
    locations: body.lines.map((line) => placeOf(line.place).location),
    owners: body.lines.flatMap((line) => (line.owner === undefined ? [] : [line.owner])),
    sites: [],
  });
  const context: PlanContext = {
    directory,
    principal,
    defaultOwner: await ledger.resolver.defaultOwner(principal),
    currencyDigits: ledger.currencyDigits,
    now: ledger.clock().getTime(),
  };
  const documents = body.lines.flatMap(({ document }) => (document ? [document] : []));
  const documentIds = documents.length
    ? await ensureDocuments(ledger.database, documents)
    : new Map<string, number>();
  const errors: FieldError[] = [];
  const planned: Planned[] = [];
  for (const [i, line] of body.lines.entries()) {
    const documentId = line.document ? (documentIds.get(documentKey(line.document)) ?? 0) : 0;
    const place = placeOf(line.place);
    const result = await planOne(ledger, context, line, place, `lines.${i}`, documentId);
    if (Array.isArray(result)) errors.push(...result);
    else planned.push(result);
  }
  errors.push(...(await wrongReservations(ledger, principal, body)));
  if (errors.length > 0) {
    const detail = `${errors[0]!.path} ${errors[0]!.message}.`;
    throw new Problem(invalidRequest, detail, { errors });
  }
  return planned;
}

/** Deciding does not look the named reservations up, so they are all checked here. */
async function wrongReservations(
  ledger: LedgerService,
  principal: Principal,
  body: AllocationsBody,
): Promise<FieldError[]> {
  const referring = body.lines.flatMap(({ item, reservation }, i) => {
    const itemId = ledger.resolver.directory.item(item)?.itemId;
    return itemId === undefined ? [] : [{ path: `lines.${i}`, itemId, reservation }];
  });
  const { database, poster } = ledger;
  const wrong = await checkReferences(database, principal, poster.journals, referring, true);
  return wrong.map(({ line: _, ...error }) => error);
}

async function planOne(
  ledger: LedgerService,
  context: PlanContext,
  line: AllocationsBody['lines'][number],
  place: {
    location: string;
    lpn?: string | undefined;
    disposition?: PlannedPlace['disposition'] | undefined;
  },
  path: string,
  documentId: number,
): Promise<Planned | FieldError[]> {
  const errors: FieldError[] = [];
  const fail = (field: string, message: string, expected = '', found = ''): void => {
    errors.push({ path: `${path}.${field}`, message, expected, found });
  };
  const item = findItem(context, line.item);
  if (!item) fail('item', 'does not exist', 'the SKU of an item', line.item);
  const owner = findOwner(context, line.owner);
  if (!owner) fail('owner', 'does not exist', 'the code of an owner', line.owner);
  const location = context.directory.location(place.location);
  if (!location || location.isVirtual) {
    fail('place', 'is not a place that holds units', 'the code of a bin', place.location);
  }
  if (!item || !owner || !location || location.isVirtual) return errors;
  const quantity = readQuantity(line, item, fail);
  const journal = journalOf(item.itemId, ledger.poster.journals);
  const ids = { lot: 0, handlingUnit: 0 };
  if (line.lot !== undefined) {
    const { itemId } = item;
    const spec = { journal, itemId, code: line.lot, expiresOn: null, manufacturedOn: null };
    ids.lot = (await selectLots(ledger.database, [spec])).get(lotKey(itemId, line.lot))?.lotId ?? 0;
    if (ids.lot === 0) fail('lot', 'does not exist for this item', 'a lot', line.lot);
  }
  if (place.lpn !== undefined) {
    const unit = (await selectHandlingUnits(ledger.database, [place.lpn])).get(place.lpn);
    ids.handlingUnit = unit && unit.ownerId === owner.ownerId ? unit.handlingUnitId : 0;
    if (ids.handlingUnit === 0) fail('place.lpn', 'does not exist', 'an LPN', place.lpn);
    else if (unit?.status === 'moving') {
      fail('place.lpn', 'is being moved', 'a handling unit at rest', place.lpn);
    }
  }
  if (errors.length > 0) return errors;
  const known = {
    ...ledger.resolver.registry,
    lotId: () => ids.lot,
    handlingUnitId: () => ids.handlingUnit,
  };
  const disposition = place.disposition ?? 'sellable';
  const at: PlannedPlace = { location, disposition, lpn: place.lpn ?? null };
  return {
    spec: specOf({ journals: ledger.poster.journals }, known, { item, owner, line }, at),
    item,
    line: {
      quantity,
      reservationSeq: line.reservation ? parseLedgerId(line.reservation).seq : 0,
      documentId,
    },
  };
}

/**
 * Takes an allocation back.
 * @throws Problem not-found, allocation-closed, command-id-reused, outcome-unknown.
 */
export async function deallocate(
  ledger: LedgerService,
  principal: Principal,
  allocationId: string,
  key: string,
): Promise<{ id: string; quantity: string; allocated: string; replayed: boolean }> {
  const { journal, seq } = parseLedgerId(allocationId);
  const item = await readAs(ledger.database, principal.scope, async (tx) => {
    const { rows } = await tx.query<{ sku: string; quantityScale: number }>(
      `SELECT i.sku, i.quantity_scale AS "quantityScale" FROM ledger.allocation a
       JOIN catalog.item i ON i.item_id = a.item_id
       WHERE a.journal = $1 AND a.allocation_seq = $2`,
      [journal, seq],
    );
    return rows[0];
  });
  if (!item) throw new Problem(notFound, `There is no allocation ${allocationId}.`);
  const outcome = await ledger.poster.post(journal, {
    type: 'deallocate',
    id: commandUuid(key, principal),
    bodyHash: bodyHash(principal, ['deallocate', allocationId]),
    actorId: principal.principalId,
    deviceId: 0,
    allocations: [seq],
    occurredAt: ledger.clock().getTime(),
  });
  if (outcome.status === 'rejected') throw refusalProblem(outcome.refusal, item, journal);
  const line = outcome.lines[0]!;
  return {
    id: allocationId,
    quantity: formatDecimal(line.quantity, item.quantityScale),
    allocated: formatDecimal(line.after ?? 0n, item.quantityScale),
    replayed: outcome.replayed,
  };
}
