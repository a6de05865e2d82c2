import { expect } from 'vitest';
import type { Command, Refusal } from '../../src/ledger/posting/commands.ts';
import { expiry } from '../../src/ledger/posting/due.ts';
import { execute } from '../support/ledger-model.ts';
import type { LedgerDatabase, StoredFact } from '../support/ledger-model-database.ts';
import { expectEqual, linesOf } from '../support/ledger-model-expect.ts';
import type { ModelState } from '../support/ledger-model-state.ts';
import { emptyModel } from '../support/ledger-model-state.ts';
import type { World } from '../support/ledger-model-world.ts';
import type { Attempt, Run } from './run.ts';
import { clocksAt } from './run.ts';

/** The facts of one command, in the order of the journal. */
interface Group {
  readonly id: string;
  readonly facts: readonly StoredFact[];
}

/** Cuts the journal into commands; a command that comes twice is a failure. */
function groupsOf(facts: readonly StoredFact[]): Group[] {
  const groups: { id: string; facts: StoredFact[] }[] = [];
  for (const fact of facts) {
    const last = groups.at(-1);
    if (last?.id === fact.commandId) last.facts.push(fact);
    else groups.push({ id: fact.commandId, facts: [fact] });
  }
  const ids = groups.map(({ id }) => id);
  expect(ids.length, 'a command was posted twice').toBe(new Set(ids).size);
  return groups;
}

const EXPIRY_ID = /^00000000-0000-8e00-8000-/;

/** The command behind a group: a client's, or an expiry that the ledger made itself. */
function commandOf(run: Run, { id, facts }: Group): Command {
  const known = run.commands.get(id);
  if (known) return known;
  expect(id, 'a command that nobody sent').toMatch(EXPIRY_ID);
  return expiry(Number.parseInt(id.slice(-12), 16), facts[0]!.recordedAt);
}

/**
 * Replays one journal in the model, command by command, and compares everything: what was stored,
 * what each client was told, and whether each refusal was true at some moment between the question
 * and the answer.
 */
export async function checkJournal(
  ledger: LedgerDatabase,
  run: Run,
  journal: number,
): Promise<{ committed: number; refused: number }> {
  const facts = await ledger.facts(journal);
  const seqs = facts.map(({ seq }) => seq);
  expectEqual(
    seqs,
    seqs.map((_, i) => i + 1),
    'seqs of the journal',
  );
  expect(await ledger.head(journal)).toBe(facts.length);
  const groups = groupsOf(facts);
  const attempts = run.attempts.filter((attempt) => attempt.journal === journal);
  const acknowledged = acknowledgedBy(run, attempts);
  const refusals = refusalsOf(run, attempts, groups);
  const { world } = ledger;
  let state = emptyModel(world);
  let time = 0;
  refusals.justify(world, state, time);
  for (const group of groups) {
    const { recordedAt } = group.facts[0]!;
    expect(recordedAt, 'the time of the journal went back').toBeGreaterThanOrEqual(time);
    time = recordedAt;
    const answer = execute(world, state, commandOf(run, group), time);
    if (answer.status === 'rejected') {
      throw new Error(`${group.id} was posted, the model says ${[...answer.reasons]}`);
    }
    const stored = group.facts.map(({ commandId: _, recordedAt: __, ...fact }) => fact);
    expectEqual(stored, answer.facts, `facts of ${group.id}`);
    for (const attempt of acknowledged.get(group.id) ?? []) {
      const { outcome } = attempt;
      if (outcome instanceof Error || outcome.status !== 'committed') continue;
      const told = { recordedAt: outcome.recordedAt, lines: outcome.lines };
      expectEqual(told, { recordedAt, lines: linesOf(answer.facts) }, `answer of ${group.id}`);
    }
    acknowledged.delete(group.id);
    state = answer.state;
    refusals.justify(world, state, time);
  }
  expect([...acknowledged.keys()], 'acknowledged, but not in the journal').toEqual([]);
  expect(refusals.open(), 'refused without a reason').toEqual([]);
  return { committed: groups.length, refused: refusals.count };
}

/** Answers that say "committed", by command; one that moved nothing leaves no fact to find. */
function acknowledgedBy(run: Run, attempts: readonly Attempt[]): Map<string, Attempt[]> {
  const found = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    const { outcome, command } = attempt;
    if (outcome instanceof Error || outcome.status !== 'committed') continue;
    expect(run.commands.get(command.id), 'another body was accepted').toBe(command);
    if (outcome.lines.length === 0) continue;
    found.set(command.id, [...(found.get(command.id) ?? []), attempt]);
  }
  return found;
}

interface Refusals {
  readonly count: number;
  /** Ticks off the refusals that are true in this state. */
  justify(world: World, state: ModelState, time: number): void;
  /** Those that were true at no moment. */
  open(): string[];
}

function refusalsOf(run: Run, attempts: readonly Attempt[], groups: readonly Group[]): Refusals {
  const posted = new Map(groups.map(({ id, facts }) => [id, facts[0]!.seq]));
  let open = attempts.flatMap((attempt) => {
    const { outcome, command } = attempt;
    if (outcome instanceof Error || outcome.status !== 'rejected') return [];
    const { refusal } = outcome;
    if (refusal.code === 'command-id-reused') {
      expectReuse(run, attempt);
      return [];
    }
    // A command of another body is judged by what it asks for; it asks for the same.
    return [{ attempt, command, refusal, before: firstAfter(attempt, attempts, posted) }];
  });
  const count = open.length;
  return {
    count,
    justify: (world, state, time) => {
      open = open.filter(({ attempt, command, refusal, before }) => {
        if (state.seq < attempt.seqBefore || state.seq >= before) return true;
        return !isTrue(world, state, command, refusal, [
          Math.max(time, clocksAt(attempt.sentAt).earliest),
          Math.max(time, clocksAt(attempt.answeredAt).latest),
        ]);
      });
    },
    open: () =>
      open.map(({ command, refusal, attempt, before }) => {
        const when = `seq ${attempt.seqBefore} to ${before}`;
        return `${command.id} ${command.type}: ${refusal.code} at line ${refusal.line}, ${when}`;
      }),
  };
}

function isTrue(
  world: World,
  state: ModelState,
  command: Command,
  refusal: Refusal,
  times: readonly number[],
): boolean {
  return times.some((time) => {
    const answer = execute(world, state, command, time);
    if (answer.status === 'committed') return false;
    return answer.line === refusal.line && answer.reasons.has(refusal.code);
  });
}

/** The first seq of a command that was sent only after this answer: it cannot have mattered. */
function firstAfter(
  { answeredNumber }: Attempt,
  attempts: readonly Attempt[],
  posted: ReadonlyMap<string, number>,
): number {
  const firstSent = new Map<string, number>();
  for (const { command, sentNumber } of attempts) {
    const known = firstSent.get(command.id) ?? sentNumber;
    firstSent.set(command.id, Math.min(known, sentNumber));
  }
  let first = Number.POSITIVE_INFINITY;
  for (const [id, sent] of firstSent) {
    const seq = posted.get(id);
    if (seq !== undefined && sent > answeredNumber) first = Math.min(first, seq);
  }
  return first;
}

/** An id is refused as used only where it was sent with another body too. */
function expectReuse(run: Run, attempt: Attempt): void {
  const { command } = attempt;
  const bodies = new Set(
    run.attempts.filter((a) => a.command.id === command.id).map((a) => a.command.bodyHash),
  );
  expect(bodies.size, `${command.id} was said to be used`).toBeGreaterThan(1);
}

/** Sends every committed command once more to a process that knows nothing. */
export async function checkReplays(ledger: LedgerDatabase, run: Run): Promise<number> {
  const heads = () =>
    Promise.all(Array.from({ length: ledger.journals }, (_, j) => ledger.head(j)));
  const before = await heads();
  // One by one, so that none is looked up because of its neighbours.
  const poster = await ledger.poster({ batchMax: 1 });
  const first = new Map<string, Attempt>();
  for (const attempt of run.attempts) {
    const { outcome } = attempt;
    if (outcome instanceof Error || outcome.status !== 'committed') continue;
    if (outcome.lines.length > 0) first.set(attempt.command.id, attempt);
  }
  const attempts = [...first.values()].reverse();
  const outcomes = await poster.postAll(
    attempts.map(({ journal, command }) => ({ journal, command })),
  );
  for (const [i, attempt] of attempts.entries()) {
    expectEqual(outcomes[i], { ...attempt.outcome, replayed: true }, attempt.command.id);
  }
  await poster.drain();
  expect(await heads()).toEqual(before);
  return attempts.length;
}
