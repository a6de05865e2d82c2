import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import type { FieldError } from '../../platform/problems.ts';
import { journalOf } from '../posting/poster.ts';
import { ensurePositions, type PositionSpec, positionKey } from './places.queries.ts';
import type { PlannedLine, PlannedPlace } from './plan.ts';
import {
  documentKey,
  ensureDevices,
  ensureDocuments,
  ensureSerials,
  type HandlingUnitRow,
  insertLots,
  type LotRow,
  type LotSpec,
  lotKey,
  type SerialSpec,
  selectHandlingUnits,
  selectLots,
  serialKey,
} from './tracing.queries.ts';

/**
 * The ledger's own ids in memory: positions, lots, documents, devices, serials. They never change
 * once made, so nothing here goes stale but handling units, which are looked up each time.
 */
export interface Registry {
  /** Finds or makes what the lines name, except positions. */
  prepare(lines: readonly PlannedLine[], journals: number, devices: string[]): Promise<void>;
  /** Finds or makes the positions. */
  preparePositions(specs: readonly PositionSpec[]): Promise<void>;
  /** Rules about lots, their remaining life, and containers; wrong fields, all at once. */
  check(line: PlannedLine, path: string, now: number): FieldError[];
  positionId(spec: PositionSpec): number;
  lotId(itemId: number, code: string): number;
  documentId(document: { type: string; number: string }): number;
  deviceId(code: string): number;
  serialId(itemId: number, serial: string): number;
  handlingUnitId(lpn: string): number;
}

/** Entries after which a memory starts empty again. */
const MEMORY_MAX = 500_000;

interface Memories {
  readonly positions: Map<string, number>;
  readonly lots: Map<string, LotRow>;
  readonly documents: Map<string, number>;
  readonly devices: Map<string, number>;
  readonly serials: Map<string, number>;
  readonly handlingUnits: Map<string, HandlingUnitRow>;
}

/** Makes a registry with an empty memory. */
export function createRegistry(database: Database, clock: Clock): Registry {
  const memories: Memories = {
    positions: new Map(),
    lots: new Map(),
    documents: new Map(),
    devices: new Map(),
    serials: new Map(),
    handlingUnits: new Map(),
  };
  return {
    prepare: async (lines, journals, devices) => {
      for (const memory of Object.values(memories)) if (memory.size > MEMORY_MAX) memory.clear();
      await prepareLots(database, clock, memories, lines, journals);
      await prepareDocuments(database, memories, lines);
      await prepareSerials(database, memories, lines, journals);
      await prepareContainers(database, memories, lines);
      const unknown = devices.filter((code) => !memories.devices.has(code));
      if (unknown.length === 0) return;
      for (const [code, id] of await ensureDevices(database, unknown)) {
        memories.devices.set(code, id);
      }
    },
    preparePositions: async (specs) => {
      const missing = specs.filter((spec) => !memories.positions.has(positionKey(spec)));
      if (missing.length === 0) return;
      for (const [key, id] of await ensurePositions(database, missing)) {
        memories.positions.set(key, id);
      }
    },
    check: (line, path, now) => checkLine(memories, line, path, now),
    positionId: (spec) => known(memories.positions.get(positionKey(spec)), 'position'),
    lotId: (itemId, code) => known(memories.lots.get(lotKey(itemId, code))?.lotId, 'lot'),
    documentId: (document) => known(memories.documents.get(documentKey(document)), 'document'),
    deviceId: (code) => known(memories.devices.get(code), 'device'),
    serialId: (itemId, serial) => known(memories.serials.get(serialKey(itemId, serial)), 'serial'),
    handlingUnitId: (lpn) =>
      known(memories.handlingUnits.get(lpn)?.handlingUnitId, 'handling unit'),
  };
}

function known(id: number | undefined, what: string): number {
  if (id === undefined) throw new Error(`a ${what} was not prepared before it was used`);
  return id;
}

async function prepareLots(
  database: Database,
  clock: Clock,
  memories: Memories,
  lines: readonly PlannedLine[],
  journals: number,
): Promise<void> {
  const missing = new Map<string, { spec: LotSpec; inbound: boolean }>();
  for (const { line, item, rule } of lines) {
    if (line.lot === undefined) continue;
    const key = lotKey(item.itemId, line.lot);
    if (memories.lots.has(key)) continue;
    const inbound = rule.inbound === true || missing.get(key)?.inbound === true;
    const before = missing.get(key)?.spec;
    const spec: LotSpec = {
      journal: journalOf(item.itemId, journals),
      itemId: item.itemId,
      code: line.lot,
      expiresOn: before?.expiresOn ?? line.expiresOn ?? null,
      manufacturedOn: before?.manufacturedOn ?? line.manufacturedOn ?? null,
    };
    // A lot begins with goods that come in; of items that expire, only with its date.
    const complete = !item.tracksExpiry || spec.expiresOn !== null;
    missing.set(key, { spec, inbound: inbound && complete });
  }
  if (missing.size === 0) return;
  const specs = [...missing.values()].map(({ spec }) => spec);
  const found = await selectLots(database, specs);
  const added = [...missing]
    .filter(([key, { inbound }]) => inbound && !found.has(key))
    .map(([, { spec }]) => spec);
  if (added.length > 0) {
    await insertLots(database, added, clock());
    for (const [key, row] of await selectLots(database, added)) found.set(key, row);
  }
  for (const [key, row] of found) memories.lots.set(key, row);
}

async function prepareDocuments(
  database: Database,
  memories: Memories,
  lines: readonly PlannedLine[],
): Promise<void> {
  const missing = new Map<string, { type: string; number: string }>();
  for (const { line } of lines) {
    if (!line.document) continue;
    const key = documentKey(line.document);
    if (!memories.documents.has(key)) missing.set(key, line.document);
  }
  if (missing.size === 0) return;
  for (const [key, id] of await ensureDocuments(database, [...missing.values()])) {
    memories.documents.set(key, id);
  }
}

async function prepareSerials(
  database: Database,
  memories: Memories,
  lines: readonly PlannedLine[],
  journals: number,
): Promise<void> {
  const missing = new Map<string, SerialSpec>();
  for (const { line, item, owner } of lines) {
    for (const serial of line.serials ?? []) {
      const key = serialKey(item.itemId, serial);
      if (memories.serials.has(key)) continue;
      const journal = journalOf(item.itemId, journals);
      missing.set(key, { journal, itemId: item.itemId, ownerId: owner.ownerId, serial });
    }
  }
  if (missing.size === 0) return;
  for (const [key, id] of await ensureSerials(database, [...missing.values()])) {
    memories.serials.set(key, id);
  }
}

async function prepareContainers(
  database: Database,
  memories: Memories,
  lines: readonly PlannedLine[],
): Promise<void> {
  const lpns = new Set<string>();
  for (const { from, to } of lines) {
    if (from.lpn !== null) lpns.add(from.lpn);
    if (to.lpn !== null) lpns.add(to.lpn);
  }
  if (lpns.size === 0) return;
  for (const lpn of lpns) memories.handlingUnits.delete(lpn);
  for (const [lpn, row] of await selectHandlingUnits(database, [...lpns])) {
    memories.handlingUnits.set(lpn, row);
  }
}

const DAY_MS = 86_400_000;

function checkLine(
  memories: Memories,
  planned: PlannedLine,
  path: string,
  now: number,
): FieldError[] {
  const errors: FieldError[] = [];
  checkLot(memories, planned, path, now, errors);
  checkContainer(memories, planned, planned.from, `${path}.from`, errors);
  checkContainer(memories, planned, planned.to, `${path}.to`, errors);
  return errors;
}

function checkLot(
  memories: Memories,
  planned: PlannedLine,
  path: string,
  now: number,
  errors: FieldError[],
): void {
  const { line, item, rule } = planned;
  if (line.lot === undefined) return;
  const lot = memories.lots.get(lotKey(item.itemId, line.lot));
  if (!lot) {
    const needsDate = rule.inbound === true && item.tracksExpiry;
    const field = needsDate ? 'expiresOn' : 'lot';
    const message = needsDate ? 'is missing for a new lot' : 'does not exist for this item';
    const expected = needsDate ? 'the expiry date of the lot' : 'a lot that was received';
    errors.push({ path: `${path}.${field}`, message, expected, found: line.lot });
    return;
  }
  if (line.expiresOn !== undefined && line.expiresOn !== lot.expiresOn) {
    // Another owner's facts about a lot of the same name are not this owner's to read.
    const expected = planned.owner.isHouse ? (lot.expiresOn ?? 'no expiry date') : 'its own date';
    const message = `differs from what lot ${line.lot} has`;
    errors.push({ path: `${path}.expiresOn`, message, expected, found: line.expiresOn });
  }
  checkLife(planned, lot.expiresOn, path, now, errors);
}

/** Sellable goods must have enough life left when they come in and when they go out. */
function checkLife(
  planned: PlannedLine,
  expiresOn: string | null,
  path: string,
  now: number,
  errors: FieldError[],
): void {
  const { line, item } = planned;
  if (expiresOn === null) return;
  const incoming = line.kind === 'receipt' && planned.to.disposition === 'sellable';
  const outgoing = line.kind === 'shipment';
  if (!incoming && !outgoing) return;
  // Without a rule of its own an item must at least not have expired.
  const least = (incoming ? item.minLifeReceiptDays : item.minLifeShipmentDays) ?? 0;
  const at = Math.min(planned.occurredAt, now);
  const left = Math.floor((Date.parse(expiresOn) - at) / DAY_MS);
  if (left >= least) return;
  errors.push({
    path: `${path}.lot`,
    message: `has too little life left to be ${incoming ? 'received as sellable' : 'shipped'}`,
    expected: `at least ${least} days`,
    found: `${left} days (expires ${expiresOn})`,
  });
}

function checkContainer(
  memories: Memories,
  planned: PlannedLine,
  place: PlannedPlace,
  path: string,
  errors: FieldError[],
): void {
  if (place.lpn === null) return;
  const unit = memories.handlingUnits.get(place.lpn);
  const found = place.lpn;
  if (!unit || unit.ownerId !== planned.owner.ownerId) {
    const expected = 'the LPN of a handling unit of this owner';
    errors.push({ path: `${path}.lpn`, message: 'does not exist', expected, found });
  } else if (unit.status === 'moving') {
    const expected = 'a handling unit at rest; try again in a moment';
    errors.push({ path: `${path}.lpn`, message: 'is being moved', expected, found });
  } else if (unit.locationId !== place.location.locationId) {
    const expected = 'the location where the handling unit stands';
    const { code } = place.location;
    errors.push({ path: `${path}.location`, message: 'is not where it is', expected, found: code });
  }
}
