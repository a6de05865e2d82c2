import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { execute } from '../../../test/support/ledger-model.ts';
import type { Ask } from '../../../test/support/ledger-model-commands.ts';
import { asks, commandFor } from '../../../test/support/ledger-model-commands.ts';
import {
  expectEqual,
  expectInvariants,
  expectMoneyConserved,
  expectSame,
  linesOf,
} from '../../../test/support/ledger-model-expect.ts';
import type { TestJournal } from '../../../test/support/ledger-model-journal.ts';
import { factsOf, makeJournal } from '../../../test/support/ledger-model-journal.ts';
import type { ModelAnswer, ModelState } from '../../../test/support/ledger-model-state.ts';
import { emptyModel } from '../../../test/support/ledger-model-state.ts';
import type { World, WorldItem } from '../../../test/support/ledger-model-world.ts';
import { ITEMS, makeWorld } from '../../../test/support/ledger-model-world.ts';
import type { Command } from './commands.ts';
import { decide } from './decide.ts';
import type { Draft } from './draft.ts';

const START = Date.UTC(2026, 0, 1);

/** One history: the ledger's decisions in step with the model's. */
interface History {
  readonly world: World;
  readonly journal: TestJournal;
  model: ModelState;
  now: number;
  recordedAt: number;
  commands: number;
  readonly outcomes: Set<string>;
}

function begin(world: World): History {
  const [now, recordedAt, commands] = [START, 0, 0];
  const journal = makeJournal(world);
  const outcomes = new Set<string>();
  return { world, journal, model: emptyModel(world), now, recordedAt, commands, outcomes };
}

/** A late cost follows units that the journal knows to be gone, so it opens a batch of its own. */
function play(world: World, batches: readonly (readonly Ask[])[]): History {
  const history = begin(world);
  for (const wishes of batches) {
    for (const batch of splitBefore(wishes, 'revalue')) playBatch(history, batch);
  }
  return history;
}

function splitBefore(wishes: readonly Ask[], type: Ask['type']): Ask[][] {
  const batches: Ask[][] = [[]];
  for (const wish of wishes) {
    if (wish.type === type && batches.at(-1)!.length > 0) batches.push([]);
    batches.at(-1)!.push(wish);
  }
  return batches;
}

/** Decides a batch twice: in the ledger, and one command after another in the model. */
function playBatch(history: History, wishes: readonly Ask[]): void {
  const { world, journal } = history;
  for (const wish of wishes) history.now += wish.wait;
  // A clock may be set back; the journal's time may not.
  if (wishes[0]!.extra === 7) history.now -= 50;
  history.recordedAt = Math.max(history.recordedAt, history.now);
  const { movements } = history.model;
  const commands: Command[] = [];
  const answers: ModelAnswer[] = [];
  for (const wish of wishes) {
    history.commands += 1;
    const scene = { world, state: { ...history.model, movements }, now: history.now };
    const command = commandFor(scene, wish, history.commands);
    const answer = execute(world, history.model, command, history.recordedAt);
    if (answer.status === 'committed') history.model = answer.state;
    commands.push(command);
    answers.push(answer);
  }
  journal.load(commands);
  const twin = structuredClone(journal.state);
  const draft = decide(journal.state, commands, history.now);
  expectAnswers(draft, answers, history.recordedAt);
  for (const [i, outcome] of draft.outcomes.entries()) {
    const said = outcome.status === 'committed' ? outcome.status : outcome.refusal.code;
    history.outcomes.add(`${commands[i]!.type} ${said}`);
  }
  expectFacts(draft, commands, answers);
  const accepted = commands.filter((_, i) => answers[i]!.status === 'committed');
  if (accepted.length < commands.length) expectNoTrace(draft, twin, accepted, history.now);
  journal.store(draft);
  expectSame(journal.state, history.model, world);
  expectMoneyConserved(history.model);
  expectInvariants(journal.state, world);
  expectStored(journal, wishes[0]!.extra % 4 === 0);
}

function expectAnswers(draft: Draft, answers: readonly ModelAnswer[], recordedAt: number): void {
  for (const [i, answer] of answers.entries()) {
    const outcome = draft.outcomes[i]!;
    if (answer.status === 'rejected') {
      expect(outcome.status).toBe('rejected');
      if (outcome.status !== 'rejected') return;
      expect(answer.reasons).toContain(outcome.refusal.code);
      expect(outcome.refusal.line).toBe(answer.line);
      continue;
    }
    const lines = linesOf(answer.facts);
    const expected = { status: 'committed', journal: 0, recordedAt, lines, replayed: false };
    expectEqual(outcome, expected, 'outcome');
  }
}

function expectFacts(
  draft: Draft,
  commands: readonly Command[],
  answers: readonly ModelAnswer[],
): void {
  const expected = answers.flatMap((answer, i) =>
    answer.status === 'committed'
      ? answer.facts.map((fact) => ({ ...fact, commandId: commands[i]!.id }))
      : [],
  );
  const facts = factsOf(draft);
  // Gapless, whatever was refused in between.
  const seqs = facts.map(({ seq }) => seq);
  expectEqual(
    seqs,
    facts.map((_, i) => draft.firstSeq + i),
    'seqs',
  );
  expectEqual(facts, expected, 'facts');
  const raised = answers.flatMap((a) => (a.status === 'committed' ? a.exceptions : []));
  const plain = draft.exceptions.map(({ itemId: _, ownerId: __, ...rest }) => ({
    ...rest,
    availabilityId: rest.positionId > 0 ? 0 : rest.availabilityId,
  }));
  const nameOf = (row: { kind: string; positionId: number }) => `${row.kind} ${row.positionId}`;
  const inOrder = (list: { seq: number; kind: string; positionId: number }[]) =>
    list.sort((a, b) => a.seq - b.seq || (nameOf(a) < nameOf(b) ? -1 : 1));
  expectEqual(inOrder(plain), inOrder(raised), 'exceptions');
}

/** What the refused commands of a batch left behind: nothing, in no list and in no row. */
function expectNoTrace(
  draft: Draft,
  twin: History['journal']['state'],
  accepted: readonly Command[],
  now: number,
): void {
  const without = decide(twin, accepted, now);
  expectEqual(comparable(draft), comparable(without), 'the draft without what was refused');
}

/** A draft and its state without the draft's own number. */
function comparable(draft: Draft): object {
  const plain = (row: { touchedIn: number }) => ({
    ...row,
    touchedIn: row.touchedIn === draft.number,
  });
  const { number: _, outcomes: __, state, positions, availability, pools, layers, ...rest } = draft;
  const { reservations, allocations, serials, ...facts } = rest;
  const rows = (map: ReadonlyMap<number, { touchedIn: number }>) => [...map.values()].map(plain);
  const inPools = [...state.pools.values()].map((pool) => ({
    ...plain(pool),
    layers: pool.layers.map(plain),
  }));
  return {
    facts,
    listed: [positions, availability, layers, reservations, allocations, serials].map((list) =>
      list.map(plain),
    ),
    listedPools: pools.map((pool) => pool.poolId),
    state: [state.seq, state.recordedAt, state.posted, state.consumptions, inPools],
    rows: [state.positions, state.availability, state.reservations].map(rows),
    more: [state.allocations, state.serials].map(rows),
  };
}

/** The lists of a draft say everything that changed: what they write is what is in memory. */
function expectStored(journal: TestJournal, forget: boolean): void {
  const fresh = journal.reloaded();
  expectEqual(rowsOf(fresh), rowsOf(journal.state), 'what was stored');
  if (forget) journal.state = fresh;
}

function rowsOf(state: TestJournal['state']): object {
  const plain = (row: object) => {
    const copy: Record<string, unknown> = { ...row };
    for (const key of ['touchedIn', 'baseSeq', 'baseOnHand', 'baseAllocated']) delete copy[key];
    return copy;
  };
  const rows = (map: ReadonlyMap<number, object>) => [...map.values()].map(plain);
  const pools = [...state.pools.values()].map((pool) => ({
    ...plain(pool),
    layers: pool.layers.map(({ lastSeq: _, ...layer }) => plain(layer)),
  }));
  const { positions, availability, reservations, allocations, serials } = state;
  return [[positions, availability, reservations, allocations, serials].map(rows), pools];
}

const TIMEOUT_MS = 90_000;
/** On a slow machine fewer runs are enough; that a failure is shrunk in time matters more. */
const LIMITS = { interruptAfterTimeLimit: 20_000, verbose: false };
const RUNS_MIN = 100;

function historiesOf(
  items: readonly WorldItem[],
  length: { minLength: number; maxLength: number },
): fc.Arbitrary<Ask[][]> {
  return fc.array(fc.array(asks(items.length), { minLength: 1, maxLength: 4 }), length);
}

const SHORT = { minLength: 1, maxLength: 12 };
const LONG = { minLength: 20, maxLength: 30 };

function check(items: readonly WorldItem[], length: typeof SHORT, numRuns: number): void {
  const world = makeWorld(items);
  let runs = 0;
  const property = fc.property(historiesOf(items, length), (history) => {
    runs += 1;
    play(world, history);
  });
  fc.assert(property, { numRuns, ...LIMITS });
  expect(runs).toBeGreaterThan(RUNS_MIN);
}

describe('decide agrees with a plain model of the ledger', () => {
  it('in histories of all kinds of commands, items and owners', { timeout: TIMEOUT_MS }, () => {
    check(ITEMS, SHORT, 800);
  });

  it.each(ITEMS)('in long histories of item $itemId', { timeout: TIMEOUT_MS }, (item) => {
    check([item], LONG, 250);
  });

  it('and such histories reach every outcome there is', { timeout: TIMEOUT_MS }, () => {
    const seen = new Set<string>();
    for (const item of ITEMS) {
      const world = makeWorld([item]);
      for (const history of fc.sample(historiesOf([item], LONG), { numRuns: 60, seed: 7 })) {
        for (const outcome of play(world, history).outcomes) seen.add(outcome);
      }
    }
    expect(EVERY_OUTCOME.filter((outcome) => !seen.has(outcome))).toEqual([]);
  });
});

const EVERY_OUTCOME = [
  ...[
    'committed',
    'insufficient-stock',
    'insufficient-availability',
    'reservation-not-found',
    'reservation-closed',
    'reservation-expired',
    'reservation-mismatch',
    'allocation-not-found',
    'allocation-closed',
    'allocation-mismatch',
    'serial-elsewhere',
    'movement-not-found',
    'already-reversed',
    'return-exceeds-shipment',
  ].map((outcome) => `post ${outcome}`),
  ...['committed', 'insufficient-availability'].map((outcome) => `reserve ${outcome}`),
  ...['confirm', 'extend'].flatMap((type) =>
    ['committed', 'reservation-not-found', 'reservation-closed', 'reservation-expired'].map(
      (outcome) => `${type} ${outcome}`,
    ),
  ),
  ...['committed', 'reservation-closed', 'reservation-mismatch'].map((o) => `expire ${o}`),
  ...['committed', 'reservation-closed'].map((outcome) => `release ${outcome}`),
  ...['committed', 'insufficient-stock'].map((outcome) => `allocate ${outcome}`),
  ...['committed', 'allocation-not-found', 'allocation-closed'].map((o) => `deallocate ${o}`),
  ...['committed', 'movement-not-found', 'not-reversible'].map((o) => `revalue ${o}`),
  ...['committed', 'not-reversible'].map((outcome) => `standard_cost ${outcome}`),
];
