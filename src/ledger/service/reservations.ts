import type { Principal } from '../../platform/context.ts';
import { type FieldError, invalidRequest, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { Outcome, ReserveCommand, ReserveLine, SettleCommand } from '../posting/commands.ts';
import { journalOf } from '../posting/poster.ts';
import { asProblem, problemMember, refusalProblem } from './answers.ts';
import { confirmId, currentAttempts } from './attempts.queries.ts';
import type { DirectoryItem } from './directory.ts';
import { ambiguousExpiry, expiryOf } from './expiry.ts';
import { bodyHash, commandUuid, derivedUuid, formatLedgerId } from './identity.ts';
import { ensureAvailability } from './places.queries.ts';
import { findItem, findOwner, findSite, type PlanContext, readQuantity } from './plan.ts';
import type { ReservationAnswer, ReservationsBody } from './schemas.ts';
import type { LedgerService } from './service.ts';
import { documentKey, ensureDocuments } from './tracing.queries.ts';

/** A group of lines to reserve: all of them, or none. */
export interface RequestedReservation extends ReservationsBody {
  readonly id: string;
}

interface PlannedLine {
  readonly item: DirectoryItem;
  readonly journal: number;
  readonly siteId: number;
  readonly site: string;
  readonly ownerId: number;
  readonly quantity: bigint;
}

interface Group {
  readonly id: string;
  readonly commandId: string;
  readonly lines: readonly PlannedLine[];
  readonly parts: readonly { journal: number; command: ReserveCommand }[];
  readonly expiresAt: number | null;
}

/** A group over several journals is held this long before it is confirmed as a whole. */
const HOLD_MS = 30_000;

/**
 * Reserves groups; answers in the same order. A refused group holds nothing.
 * @throws Problem overloaded.
 */
export function reserve(
  ledger: LedgerService,
  principal: Principal,
  requests: readonly RequestedReservation[],
): Promise<ReservationAnswer[]> {
  return ledger.admission.admit(requests.length, () => reserveAll(ledger, principal, requests));
}

async function reserveAll(
  ledger: LedgerService,
  principal: Principal,
  requests: readonly RequestedReservation[],
): Promise<ReservationAnswer[]> {
  const planned = await planGroups(ledger, principal, requests);
  const groups = await atCurrentAttempt(ledger, planned, ({ parts }) => parts.length > 1);
  const parts = groups.flatMap((group) => (group instanceof Problem ? [] : group.parts));
  const outcomes = await ledger.poster.postAll(parts);
  await tryAgain(ledger, groups, outcomes);
  let next = 0;
  const answers: Promise<ReservationAnswer>[] = groups.map((group, i) => {
    if (group instanceof Problem) {
      return Promise.resolve(refused(requests[i]!.id, group));
    }
    const own = outcomes.slice(next, next + group.parts.length);
    next += group.parts.length;
    return closeGroup(ledger, principal, group, own);
  });
  return Promise.all(answers);
}

/** Groups that may have failed before are tried under the next id of theirs. */
async function atCurrentAttempt(
  ledger: LedgerService,
  groups: readonly (Group | Problem)[],
  concerns: (group: Group) => boolean,
): Promise<(Group | Problem)[]> {
  const asked = groups.flatMap((group) =>
    group instanceof Problem || !concerns(group) ? [] : [group.commandId],
  );
  if (asked.length === 0) return [...groups];
  const journals = Array.from({ length: ledger.poster.journals }, (_, i) => i);
  const current = await currentAttempts(ledger.database.poster, journals, asked);
  return groups.map((group) => {
    const id = group instanceof Problem ? undefined : current.get(group.commandId);
    if (group instanceof Problem || id === undefined || id === group.commandId) return group;
    const parts = group.parts.map((part) => ({ ...part, command: { ...part.command, id } }));
    return { ...group, commandId: id, parts };
  });
}

/**
 * A group of one journal may find its id used by a group of several that failed: only then is it
 * worth looking. Changes groups and outcomes in their places.
 */
async function tryAgain(
  ledger: LedgerService,
  groups: (Group | Problem)[],
  outcomes: (Outcome | Error)[],
): Promise<void> {
  if (ledger.poster.journals < 2) return;
  let next = 0;
  const used: { group: Group; index: number; at: number }[] = [];
  for (const [index, group] of groups.entries()) {
    if (group instanceof Problem) continue;
    if (group.parts.length === 1 && isReused(outcomes[next]!))
      used.push({ group, index, at: next });
    next += group.parts.length;
  }
  if (used.length === 0) return;
  const before = used.map(({ group }) => group);
  const again = await atCurrentAttempt(ledger, before, () => true);
  const moved = used.flatMap(({ group: old, ...place }, i) => {
    const group = again[i]!;
    return group instanceof Problem || group === old ? [] : [{ group, ...place }];
  });
  const answers = await ledger.poster.postAll(moved.flatMap(({ group }) => group.parts));
  for (const [i, { group, index, at }] of moved.entries()) {
    groups[index] = group;
    outcomes[at] = answers[i]!;
  }
}

function isReused(outcome: Outcome | Error): boolean {
  if (outcome instanceof Error || outcome.status === 'committed') return false;
  return outcome.refusal.code === 'command-id-reused';
}

async function planGroups(
  ledger: LedgerService,
  principal: Principal,
  requests: readonly RequestedReservation[],
): Promise<(Group | Problem)[]> {
  const { directory } = ledger.resolver;
  const all = requests.flatMap((request) => request.lines);
  await directory.prepare({
    items: new Set(all.map((line) => line.item)),
    sites: new Set(all.map((line) => line.site)),
    owners: new Set(all.flatMap((line) => (line.owner === undefined ? [] : [line.owner]))),
    locations: [],
  });
  const context: PlanContext = {
    directory,
    principal,
    defaultOwner: await ledger.resolver.defaultOwner(principal),
    currencyDigits: ledger.currencyDigits,
    now: ledger.clock().getTime(),
  };
  const documents = requests.flatMap(({ document }) => (document ? [document] : []));
  const documentIds =
    documents.length > 0 ? await ensureDocuments(ledger.database, documents) : new Map();
  const planned = requests.map((request) => planLines(ledger, context, request));
  const good = planned.flatMap((lines) => (lines instanceof Problem ? [] : lines));
  const specs = good.map((line) => ({ ...line, itemId: line.item.itemId }));
  const ids = specs.length > 0 ? await ensureAvailability(ledger.database, specs) : [];
  let next = 0;
  return planned.map((lines, i) => {
    if (lines instanceof Problem) return lines;
    const own = ids.slice(next, next + lines.length);
    next += lines.length;
    const request = requests[i]!;
    const documentId = request.document
      ? Number(documentIds.get(documentKey(request.document)) ?? 0)
      : 0;
    return toGroup(principal, request, lines, own, documentId, context.now);
  });
}

function planLines(
  ledger: LedgerService,
  context: PlanContext,
  request: RequestedReservation,
): PlannedLine[] | Problem {
  const errors: FieldError[] = [];
  const lines = request.lines.map((line, i): PlannedLine | null => {
    const fail = (field: string, message: string, expected?: string, found?: string): void => {
      const path = `lines.${i}.${field}`;
      errors.push({ path, message, expected: expected ?? '', found: found ?? '' });
    };
    const item = findItem(context, line.item);
    if (!item) fail('item', 'does not exist', 'the SKU of an item', line.item);
    const site = findSite(context, line.site);
    if (!site) fail('site', 'does not exist', 'the code of a site', line.site);
    const owner = findOwner(context, line.owner);
    if (!owner) fail('owner', 'does not exist', 'the code of an owner', line.owner);
    if (!item || !site || !owner) return null;
    return {
      item,
      journal: journalOf(item.itemId, ledger.poster.journals),
      siteId: site.siteId,
      site: line.site,
      ownerId: owner.ownerId,
      quantity: readQuantity(line, item, fail),
    };
  });
  const ambiguous = ambiguousExpiry(request);
  if (ambiguous) errors.push(ambiguous);
  const expiresAt = expiryOf(request, context.now);
  if (expiresAt !== null && expiresAt <= context.now) {
    const found = request.expiresAt ?? '';
    errors.push({ path: 'expiresAt', message: 'has passed', expected: 'a later instant', found });
  }
  if (errors.length > 0) {
    const detail = `${errors[0]!.path} ${errors[0]!.message}.`;
    return new Problem(invalidRequest, detail, { errors });
  }
  return lines.filter((line) => line !== null);
}

function toGroup(
  principal: Principal,
  request: RequestedReservation,
  lines: readonly PlannedLine[],
  availabilityIds: readonly number[],
  documentId: number,
  now: number,
): Group {
  const commandId = commandUuid(request.id, principal);
  const hash = bodyHash(principal, request);
  const byJournal = new Map<number, ReserveLine[]>();
  for (const [i, line] of lines.entries()) {
    const own = byJournal.get(line.journal) ?? [];
    const availabilityId = availabilityIds[i]!;
    own.push({ availabilityId, quantity: line.quantity, documentId, line: i + 1 });
    byJournal.set(line.journal, own);
  }
  const held = byJournal.size > 1;
  const expiresAt = expiryOf(request, now);
  const parts = [...byJournal].map(([journal, own]) => ({
    journal,
    command: {
      type: 'reserve' as const,
      id: commandId,
      bodyHash: hash,
      actorId: principal.principalId,
      deviceId: 0,
      lines: own,
      expiresAt: held ? now + HOLD_MS : expiresAt,
      held,
      occurredAt: now,
    },
  }));
  return { id: request.id, commandId, lines, parts, expiresAt };
}

function refused(id: string, problem: Problem): ReservationAnswer {
  const unknown = problem.extras.outcome === 'unknown';
  return {
    groupId: id,
    status: unknown ? 'unknown' : 'rejected',
    replayed: false,
    expiresAt: null,
    lines: [],
    problem: problemMember(problem),
  };
}

/** All granted: confirm what was only held. One refused: release the others. */
async function closeGroup(
  ledger: LedgerService,
  principal: Principal,
  group: Group,
  outcomes: readonly (Outcome | Error)[],
): Promise<ReservationAnswer> {
  const problem = firstProblem(group, outcomes);
  const held = group.parts.length > 1;
  if (problem) {
    if (held) await settleParts(ledger, principal, group, outcomes, 'release');
    return refused(group.id, problem);
  }
  if (held) {
    const confirmed = await settleParts(ledger, principal, group, outcomes, 'confirm');
    const failed = firstProblem(group, confirmed);
    if (failed) {
      // Parts whose hold had run out cannot be confirmed; the others must not stay behind. While
      // an outcome is unknown nothing is released: the same request finds out.
      const unknown = failed.extras.outcome === 'unknown';
      if (!unknown) await settleParts(ledger, principal, group, outcomes, 'release');
      return refused(group.id, failed);
    }
  }
  const lines = outcomes.flatMap((outcome, i) =>
    outcome instanceof Error || outcome.status === 'rejected'
      ? []
      : outcome.lines.map((line) => {
          const { quantityScale } = group.lines[line.line - 1]!.item;
          return {
            line: line.line,
            id: formatLedgerId(group.parts[i]!.journal, line.seq),
            quantity: formatDecimal(line.quantity, quantityScale),
            reserved: formatDecimal(line.after ?? 0n, quantityScale),
          };
        }),
  );
  const replayed = outcomes.every(
    (o) => !(o instanceof Error) && o.status === 'committed' && o.replayed,
  );
  const settling = held ? confirmId(group.commandId) : group.commandId;
  const expiresAt = replayed
    ? await firstExpiry(ledger, group.parts[0]!.journal, settling)
    : group.expiresAt;
  return {
    groupId: group.id,
    status: 'committed',
    replayed,
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    lines: lines.sort((a, b) => a.line - b.line),
  };
}

/** The expiry that a command gave its reservations when it was posted; null means never. */
export async function firstExpiry(
  ledger: LedgerService,
  journal: number,
  commandId: string,
): Promise<number | null> {
  const { rows } = await ledger.database.poster.query<{ expires_at: Date | null }>(
    `SELECT expires_at FROM ledger.entry WHERE journal = $1 AND command_id = $2
     ORDER BY line LIMIT 1`,
    [journal, commandId],
  );
  return rows[0]?.expires_at?.getTime() ?? null;
}

function firstProblem(group: Group, outcomes: readonly (Outcome | Error)[]): Problem | undefined {
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome instanceof Error) return asProblem(outcome);
    if (outcome.status === 'committed') continue;
    const part = group.parts[i]!;
    const index = (part.command.lines[outcome.refusal.line]?.line ?? 1) - 1;
    const refusal = { ...outcome.refusal, line: index };
    const line = group.lines[index];
    return refusalProblem(refusal, line && { ...line.item, site: line.site }, part.journal);
  }
  return undefined;
}

function releaseId(attemptId: string): string {
  return derivedUuid(`${attemptId} release`);
}

function settleParts(
  ledger: LedgerService,
  principal: Principal,
  group: Group,
  outcomes: readonly (Outcome | Error)[],
  type: 'confirm' | 'release',
): Promise<(Outcome | Error)[]> {
  const commands = outcomes.flatMap((outcome, i) => {
    if (outcome instanceof Error || outcome.status === 'rejected') return [];
    const command: SettleCommand = {
      type,
      id: type === 'confirm' ? confirmId(group.commandId) : releaseId(group.commandId),
      bodyHash: 0n,
      actorId: principal.principalId,
      deviceId: 0,
      reservations: outcome.lines.map((line) => line.seq),
      expiresAt: group.expiresAt,
      occurredAt: ledger.clock().getTime(),
      reasonId: 0,
    };
    return [{ journal: group.parts[i]!.journal, command }];
  });
  return ledger.poster.postAll(commands);
}
