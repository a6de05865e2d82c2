import type { Clock } from '../../platform/clock.ts';
import type { Principal } from '../../platform/context.ts';
import type { Database } from '../../platform/database.ts';
import { type FieldError, invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import type { OwnerForPosting } from '../../sellers/index.ts';
import {
  COST_METHOD,
  type ContainerAt,
  KIND,
  type MoveLine,
  type PostCommand,
} from '../posting/commands.ts';
import { journalOf } from '../posting/poster.ts';
import type { Directory } from './directory.ts';
import { commandHash, commandUuid, parseLedgerId } from './identity.ts';
import type { PositionSpec } from './places.queries.ts';
import { type PlanContext, type PlannedLine, type PlannedPlace, planLine } from './plan.ts';
import { checkReferences } from './references.ts';
import { createRegistry, type Registry } from './registry.ts';
import type { MovementLine } from './schemas.ts';
import { DISPOSITIONS } from './vocabulary.ts';

/** A command as it came through a door, its shape already checked. */
export interface RequestedCommand {
  readonly id: string;
  readonly lines: readonly MovementLine[];
  readonly device?: string | undefined;
}

/** A command ready for the lanes: one part for each journal its items belong to. */
export interface ResolvedCommand {
  readonly id: string;
  readonly commandId: string;
  readonly lines: readonly PlannedLine[];
  readonly parts: readonly ResolvedPart[];
}

export interface ResolvedPart {
  readonly journal: number;
  readonly command: PostCommand;
  /** Index in the request of each line of the part. */
  readonly lineIndexes: readonly number[];
}

/** Turns codes into ids; makes positions, lots, documents and serials that are new. */
export interface Resolver {
  readonly directory: Directory;
  readonly registry: Registry;
  /** The owner whose stock a principal's lines mean when they name none. */
  defaultOwner(principal: Principal): Promise<OwnerForPosting>;
  /** Answers in the order of the commands, a Problem where one cannot be resolved. */
  resolve(
    principal: Principal,
    commands: readonly RequestedCommand[],
  ): Promise<(ResolvedCommand | Problem)[]>;
}

export interface ResolverOptions {
  readonly database: Database;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly journals: number;
  readonly currencyDigits: number;
}

/** Makes a resolver with an empty memory. */
export function createResolver(options: ResolverOptions): Resolver {
  const { directory, clock } = options;
  const registry = createRegistry(options.database, clock);
  const defaultOwner = async (principal: Principal): Promise<OwnerForPosting> => {
    if (principal.scope !== 'house') {
      const owner = await directory.ownerById(principal.scope);
      if (owner) return owner;
      throw new Problem(notFound, 'The owner of this key does not exist any more.');
    }
    await directory.prepare({ items: [], locations: [], sites: [], owners: ['HOUSE'] });
    const house = directory.owner('HOUSE');
    if (!house) throw new Error('the owner HOUSE is missing');
    return house;
  };
  return {
    directory,
    registry,
    defaultOwner,
    resolve: async (principal, commands) => {
      await directory.prepare(codesOf(commands));
      const context: PlanContext = {
        directory,
        principal,
        defaultOwner: await defaultOwner(principal),
        currencyDigits: options.currencyDigits,
        now: clock().getTime(),
      };
      const planned = commands.map((command) => planCommand(context, command));
      await registry.prepare(planned.flat().filter(isLine), options.journals, devicesOf(commands));
      const astray = await wrongReferences(options, principal, planned);
      return finish(options, registry, context, commands, planned, astray);
    },
  };
}

type Planned = (PlannedLine | FieldError)[];

function isLine(entry: PlannedLine | FieldError): entry is PlannedLine {
  return 'line' in entry;
}

function planCommand(context: PlanContext, command: RequestedCommand): Planned {
  const planned: (PlannedLine | FieldError)[] = [];
  for (const [i, line] of command.lines.entries()) {
    const result = planLine(context, line, `lines.${i}`);
    if (Array.isArray(result)) planned.push(...result);
    else planned.push(result);
  }
  return planned;
}

/** Fields that name rows which do not exist for the caller, by the line they stand in. */
async function wrongReferences(
  options: ResolverOptions,
  principal: Principal,
  planned: readonly Planned[],
): Promise<Map<PlannedLine, FieldError[]>> {
  const lines = planned.flatMap((entries) =>
    entries.flatMap((entry, i) => (isLine(entry) ? [{ entry, path: `lines.${i}` }] : [])),
  );
  const referring = lines.flatMap(({ entry, path }) => {
    const { reservation, allocation, returnOf } = entry.line;
    const any = reservation ?? allocation ?? returnOf;
    if (any === undefined) return [];
    return [{ entry, path, itemId: entry.item.itemId, reservation, allocation, returnOf }];
  });
  const { database, journals } = options;
  const errors = await checkReferences(database, principal, journals, referring);
  const wrong = new Map<PlannedLine, FieldError[]>();
  for (const { line, ...error } of errors) {
    const entry = (line as (typeof referring)[number]).entry;
    wrong.set(entry, [...(wrong.get(entry) ?? []), error]);
  }
  return wrong;
}

function devicesOf(commands: readonly RequestedCommand[]): string[] {
  return commands.flatMap((command) => (command.device === undefined ? [] : [command.device]));
}

const FIXED_LOCATIONS = [
  'SUPPLIER',
  'CUSTOMER',
  'OPENING',
  'CONVERSION',
  'ADJ-COUNT',
  'ADJ-SCRAP',
  'ADJ-DAMAGE',
  'ADJ-EXPIRY',
  'ADJ-THEFT',
  'ADJ-FOUND',
  'ADJ-OTHER',
];

function codesOf(commands: readonly RequestedCommand[]) {
  const items = new Set<string>();
  const locations = new Set<string>(FIXED_LOCATIONS);
  const owners = new Set<string>();
  for (const command of commands) {
    for (const line of command.lines) {
      items.add(line.item);
      if (line.owner !== undefined) owners.add(line.owner);
      for (const place of [line.from, line.to]) {
        if (place !== undefined) {
          locations.add(typeof place === 'string' ? place : place.location);
        }
      }
    }
  }
  return { items, locations, sites: [], owners };
}

/** Everything that is known now becomes position ids and commands for the lanes. */
async function finish(
  options: ResolverOptions,
  registry: Registry,
  context: PlanContext,
  commands: readonly RequestedCommand[],
  planned: readonly Planned[],
  astray: ReadonlyMap<PlannedLine, FieldError[]>,
): Promise<(ResolvedCommand | Problem)[]> {
  const specs: PositionSpec[] = [];
  const checked = planned.map((entries) => {
    const errors = entries.flatMap((entry, i) =>
      isLine(entry)
        ? [...registry.check(entry, `lines.${i}`, context.now), ...(astray.get(entry) ?? [])]
        : [entry],
    );
    if (errors.length > 0) {
      return new Problem(invalidRequest, problemText(errors), { errors });
    }
    const lines = entries.filter(isLine);
    for (const line of lines) {
      specs.push(specOf(options, registry, line, line.from));
      specs.push(specOf(options, registry, line, line.to));
    }
    return lines;
  });
  await registry.preparePositions(specs);
  let next = 0;
  return checked.map((lines, i) => {
    if (lines instanceof Problem) return lines;
    const positions = lines.map(() => {
      const pair = [specs[next]!, specs[next + 1]!] as const;
      next += 2;
      return { from: registry.positionId(pair[0]), to: registry.positionId(pair[1]) };
    });
    return toCommand(options, registry, context, commands[i]!, lines, positions);
  });
}

function problemText(errors: readonly FieldError[]): string {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first?.path} ${first?.message}${more}.`;
}

/** The dimensions of one side. Virtual sides keep no lot, disposition or container. */
export function specOf(
  options: Pick<ResolverOptions, 'journals'>,
  registry: Registry,
  line: Pick<PlannedLine, 'item' | 'owner'> & { line: { lot?: string | undefined } },
  place: PlannedPlace,
): PositionSpec {
  const { item, owner } = line;
  const { location } = place;
  const holdsUnits = !location.isVirtual || location.type === 'in_transit';
  const sellable = place.disposition === 'sellable';
  const costSiteId = location.costSiteId;
  return {
    journal: journalOf(item.itemId, options.journals),
    itemId: item.itemId,
    locationId: location.locationId,
    ownerId: owner.ownerId,
    dispositionId: holdsUnits ? DISPOSITIONS[place.disposition] : DISPOSITIONS.sellable,
    lotId: holdsUnits && line.line.lot ? registry.lotId(item.itemId, line.line.lot) : 0,
    handlingUnitId: place.lpn === null ? 0 : registry.handlingUnitId(place.lpn),
    siteId: location.siteId,
    isReal: holdsUnits,
    countsAvailable: !location.isVirtual && sellable,
    pool:
      holdsUnits && owner.isHouse && costSiteId !== null
        ? {
            costSiteId,
            method: COST_METHOD[item.costMethod],
            quantityScale: item.quantityScale,
            unitCost: item.standardUnitCost ?? 0n,
          }
        : null,
  };
}

function toCommand(
  options: ResolverOptions,
  registry: Registry,
  context: PlanContext,
  request: RequestedCommand,
  lines: readonly PlannedLine[],
  positions: readonly { from: number; to: number }[],
): ResolvedCommand {
  const commandId = commandUuid(request.id, context.principal);
  const hash = commandHash(context.principal, request);
  const byJournal = new Map<number, { lines: MoveLine[]; lineIndexes: number[] }>();
  for (const [i, line] of lines.entries()) {
    const journal = journalOf(line.item.itemId, options.journals);
    const part = byJournal.get(journal) ?? { lines: [], lineIndexes: [] };
    part.lines.push(moveLine(registry, line, positions[i]!));
    part.lineIndexes.push(i);
    byJournal.set(journal, part);
  }
  const base = {
    type: 'post' as const,
    id: commandId,
    bodyHash: hash,
    actorId: context.principal.principalId,
    deviceId: request.device === undefined ? 0 : registry.deviceId(request.device),
  };
  return {
    id: request.id,
    commandId,
    lines,
    parts: [...byJournal].map(([journal, part]) => ({
      journal,
      command: { ...base, lines: part.lines, ...containersOf(registry, lines, part.lineIndexes) },
      lineIndexes: part.lineIndexes,
    })),
  };
}

/** The containers of a part's lines; most commands name none. */
function containersOf(
  registry: Registry,
  lines: readonly PlannedLine[],
  indexes: readonly number[],
): { containers?: ContainerAt[] } {
  const containers: ContainerAt[] = [];
  for (const [line, index] of indexes.entries()) {
    for (const { lpn, location } of [lines[index]!.from, lines[index]!.to]) {
      if (lpn === null) continue;
      const handlingUnitId = registry.handlingUnitId(lpn);
      containers.push({ handlingUnitId, locationId: location.locationId, lpn, line });
    }
  }
  return containers.length > 0 ? { containers } : {};
}

function moveLine(
  registry: Registry,
  planned: PlannedLine,
  positions: { from: number; to: number },
): MoveLine {
  const { line, item } = planned;
  const seqOf = (id: string | undefined): number => (id ? parseLedgerId(id).seq : 0);
  return {
    kind: KIND[line.kind],
    quantity: planned.quantity,
    from: positions.from,
    to: positions.to,
    value: planned.value,
    occurredAt: planned.occurredAt,
    reasonId: planned.reasonId,
    documentId: line.document ? registry.documentId(line.document) : 0,
    reservationSeq: seqOf(line.reservation),
    allocationSeq: seqOf(line.allocation),
    reversesSeq: 0,
    costOfSeq: planned.returnOf?.seq ?? 0,
    physical: planned.rule.physical,
    counted: line.kind === 'count' ? planned.quantity : null,
    serials: line.serials
      ? line.serials.map((serial) => registry.serialId(item.itemId, serial))
      : null,
  };
}
