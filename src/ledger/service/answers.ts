import { formatMoney } from '../../platform/money.ts';
import { type FieldError, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { Committed, LineResult, Outcome, Refusal } from '../posting/commands.ts';
import { formatLedgerId } from './identity.ts';
import { postingFailed, REFUSALS } from './problems.ts';
import type { ResolvedCommand, ResolvedPart } from './resolve.ts';
import type { CommandAnswer, LineAnswer } from './schemas.ts';

/** What writing an answer needs to know about a line's item. */
export interface ShownItem {
  readonly sku: string;
  readonly quantityScale: number;
  /** Code of the site whose availability a refusal is about; none outside the sites. */
  readonly site?: string | null;
}

/** Extras of a refusal that count units and so are written at the item's scale. */
const QUANTITIES = new Set([
  ...['requested', 'onHand', 'allocated', 'available', 'reserved', 'open'],
  ...['shipped', 'returned'],
]);
const STATES = ['', 'held', 'pending', 'fulfilled', 'released', 'expired'];

/** A refusal as a problem; figures are written at the scale of the item. */
export function refusalProblem(
  refusal: Refusal,
  item: ShownItem | undefined,
  journal: number,
): Problem {
  const extras: Record<string, unknown> = { line: refusal.line + 1 };
  for (const [name, value] of Object.entries(refusal.extras)) {
    if (value === null) continue;
    if (QUANTITIES.has(name) && typeof value === 'bigint') {
      extras[name] = formatDecimal(value, item?.quantityScale ?? 0);
    } else if (name === 'item') extras.item = item?.sku ?? value;
    else if (name === 'site') {
      if (item?.site) extras.site = item.site;
    } else if (name === 'state') extras.state = STATES[Number(value)] ?? value;
    else if (['reservation', 'allocation', 'seq', 'by', 'shipment'].includes(name)) {
      extras[name] = formatLedgerId(journal, Number(value));
    } else if (name !== 'position') extras[name] = value;
  }
  return new Problem(REFUSALS[refusal.code], refusalText(refusal, extras), extras);
}

function refusalText(refusal: Refusal, extras: Record<string, unknown>): string {
  switch (refusal.code) {
    case 'insufficient-stock':
      return (
        `${extras.requested} of ${extras.item} asked for, ${extras.onHand} on hand there` +
        (extras.allocated === undefined || refusal.extras.allocated === 0n
          ? '.'
          : `, of which ${extras.allocated} allocated.`)
      );
    case 'insufficient-availability':
      return (
        `${extras.requested} of ${extras.item} asked for, ${extras.available} available` +
        (extras.site === undefined ? '.' : ` in ${extras.site}.`)
      );
    case 'return-exceeds-shipment':
      return (
        `${extras.requested} of ${extras.item} to come back of ${extras.shipped} shipped, ` +
        `of which ${extras.returned} came back before.`
      );
    default:
      return `${REFUSALS[refusal.code].title}.`;
  }
}

/** A problem as a member of an answer (RFC 9457 without the transport). */
export function problemMember(problem: Problem) {
  const { name, title, status } = problem.type;
  return {
    type: `/problems/${name}`,
    title,
    status,
    detail: problem.message,
    ...problem.extras,
  };
}

/**
 * Any failure of posting as a problem. What is none is a mistake of ours, which the lane has
 * logged: nothing was posted, and the neighbours of the command get their answers all the same.
 */
export function asProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  return new Problem(postingFailed, 'The ledger could not post it; nothing was posted.');
}

/** Writes one committed line. */
export function lineAnswer(
  journal: number,
  result: LineResult,
  line: number,
  item: ShownItem,
  currencyDigits: number,
): LineAnswer {
  const scale = item.quantityScale;
  const answer: LineAnswer = {
    line,
    status: 'committed',
    id: formatLedgerId(journal, result.seq),
    journal,
    seq: result.seq,
    quantity: formatDecimal(result.quantity, scale),
  };
  if (result.value !== undefined) answer.value = formatMoney(result.value, currencyDigits);
  if (result.fromAfter !== undefined) answer.fromOnHand = formatDecimal(result.fromAfter, scale);
  if (result.toAfter !== undefined) answer.toOnHand = formatDecimal(result.toAfter, scale);
  if (result.costUnknown) answer.costUnknown = true;
  if (result.after !== undefined) answer.onHand = formatDecimal(result.after, scale);
  return answer;
}

type PartOutcome = Outcome | Error;

/** Joins the outcomes of a command's parts into its answer. */
export function commandAnswer(
  command: ResolvedCommand,
  outcomes: readonly PartOutcome[],
  currencyDigits: number,
): CommandAnswer {
  const lines: LineAnswer[] = [];
  const committed: Committed[] = [];
  let problem: Problem | undefined;
  for (const [i, part] of command.parts.entries()) {
    const outcome = outcomes[i]!;
    if (outcome instanceof Error || outcome.status === 'rejected') {
      const refused = partProblem(command, part, outcome);
      problem ??= refused;
      const unknown = refused.extras.outcome === 'unknown';
      const status = unknown ? ('unknown' as const) : ('rejected' as const);
      for (const index of part.lineIndexes) {
        lines.push({ line: index + 1, status, problem: problemMember(refused) });
      }
      continue;
    }
    committed.push(outcome);
    for (const result of outcome.lines) {
      const index = part.lineIndexes[result.line - 1] ?? 0;
      const item = command.lines[index]!.item;
      lines.push(lineAnswer(outcome.journal, result, index + 1, item, currencyDigits));
    }
  }
  lines.sort((a, b) => a.line - b.line);
  return {
    commandId: command.id,
    status: statusOf(lines, committed.length, command.parts.length),
    replayed: committed.length > 0 && committed.every((outcome) => outcome.replayed),
    recordedAt:
      committed.length > 0
        ? new Date(Math.max(...committed.map((outcome) => outcome.recordedAt))).toISOString()
        : null,
    lines,
    ...(problem ? { problem: problemMember(problem) } : {}),
  };
}

function statusOf(
  lines: readonly LineAnswer[],
  committed: number,
  parts: number,
): CommandAnswer['status'] {
  if (committed === parts) return 'committed';
  if (committed > 0) return 'partial';
  return lines.some((line) => line.status === 'unknown') ? 'unknown' : 'rejected';
}

function partProblem(
  command: ResolvedCommand,
  part: ResolvedPart,
  outcome: Exclude<PartOutcome, Committed>,
): Problem {
  if (outcome instanceof Error) return asProblem(outcome);
  const index = part.lineIndexes[outcome.refusal.line] ?? 0;
  const refusal = { ...outcome.refusal, line: index };
  const line = command.lines[index];
  const item = line && { ...line.item, site: line.from.location.siteCode };
  return refusalProblem(refusal, item, part.journal);
}

/** The answer to a command that could not even be resolved. */
export function unresolvedAnswer(id: string, lineCount: number, problem: Problem): CommandAnswer {
  const errors = (problem.extras.errors ?? []) as FieldError[];
  const lines = Array.from({ length: lineCount }, (_, i): LineAnswer => {
    const own = errors.filter((error) => error.path.startsWith(`lines.${i}.`));
    const extras = { ...problem.extras, errors: own };
    const shown = new Problem(problem.type, own[0]?.message ?? problem.message, extras);
    return { line: i + 1, status: 'rejected', problem: problemMember(shown) };
  });
  return {
    commandId: id,
    status: 'rejected',
    replayed: false,
    recordedAt: null,
    lines,
    problem: problemMember(problem),
  };
}
