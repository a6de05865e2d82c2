import { conflict, Problem } from '../../platform/problems.ts';
import type { Outcome } from '../posting/commands.ts';
import type { Poster } from '../posting/poster.ts';
import type { PlannedLine } from './plan.ts';
import type { ResolvedCommand, ResolvedPart } from './resolve.ts';

/**
 * Posts commands that are spread over journals. What a conversion makes is worth what it uses up,
 * which is known only after that is posted: parts that make something wait for the others of their
 * command, and bring their value along.
 */

type PartOutcome = Outcome | Error;

const isMade = ({ line, from, value, owner }: PlannedLine): boolean =>
  line.kind === 'conversion' && from.location.isVirtual && value === null && owner.isHouse;
const isUsedUp = ({ line, to, owner }: PlannedLine): boolean =>
  line.kind === 'conversion' && to.location.isVirtual && owner.isHouse;

/** Parts of a command that wait for its other parts; none where it keeps to one journal. */
function waiting(command: ResolvedCommand): readonly ResolvedPart[] {
  if (command.parts.length < 2) return [];
  const makes = (part: ResolvedPart): boolean =>
    part.lineIndexes.some((index) => isMade(command.lines[index]!));
  const makers = command.parts.filter(makes);
  const others = command.parts.filter((part) => !makers.includes(part));
  const uses = others.some((part) => part.lineIndexes.some((i) => isUsedUp(command.lines[i]!)));
  return uses ? makers : [];
}

/** Posts all parts; the outcomes are in the order of the commands and their parts. */
export async function postParts(
  poster: Pick<Poster, 'postAll'>,
  commands: readonly ResolvedCommand[],
): Promise<PartOutcome[]> {
  const late = new Map(commands.map((command) => [command, waiting(command)]));
  const all = commands.flatMap((command) => command.parts);
  const lateParts = new Set([...late.values()].flat());
  const soon = lateParts.size === 0 ? all : all.filter((part) => !lateParts.has(part));
  const first = await poster.postAll(soon);
  if (lateParts.size === 0) return first;
  const outcomes = new Map(soon.map((part, i) => [part, first[i]!]));
  const next: ResolvedPart[] = [];
  for (const [command, parts] of late) {
    if (parts.length === 0) continue;
    const carried = carriedValue(command, outcomes);
    if (carried instanceof Problem) for (const part of parts) outcomes.set(part, carried);
    else next.push(...withValue(command, parts, carried));
  }
  const second = await poster.postAll(next);
  const byKey = new Map(next.map((part, i) => [keyOf(part), second[i]!]));
  return all.map((part) => outcomes.get(part) ?? byKey.get(keyOf(part))!);
}

function keyOf({ journal, command }: ResolvedPart): string {
  return `${journal} ${command.id}`;
}

/** What the parts that are posted used up, less what they made at a named price. */
function carriedValue(
  command: ResolvedCommand,
  outcomes: ReadonlyMap<ResolvedPart, PartOutcome>,
): bigint | Problem {
  let carried = 0n;
  for (const part of command.parts) {
    const outcome = outcomes.get(part);
    if (outcome === undefined) continue;
    if (outcome instanceof Error || outcome.status === 'rejected') {
      const text = 'What it is made of was not all used up, so nothing was made of it.';
      return new Problem(conflict, text);
    }
    for (const { line, value } of outcome.lines) {
      const planned = command.lines[part.lineIndexes[line - 1] ?? 0]!;
      if (isUsedUp(planned)) carried += value ?? 0n;
      else if (planned.line.kind === 'conversion') carried -= value ?? 0n;
    }
  }
  return carried;
}

/** Shares the value among several parts by the number of lines that make something. */
function withValue(
  command: ResolvedCommand,
  parts: readonly ResolvedPart[],
  carried: bigint,
): ResolvedPart[] {
  const counts = parts.map((part) =>
    BigInt(part.lineIndexes.filter((index) => isMade(command.lines[index]!)).length),
  );
  const whole = counts.reduce((sum, count) => sum + count, 0n);
  let [counted, given] = [0n, 0n];
  return parts.map((part, i) => {
    counted += counts[i]!;
    const upTo = (carried * counted) / whole;
    const share = upTo - given;
    given = upTo;
    return { ...part, command: { ...part.command, carried: share } };
  });
}
