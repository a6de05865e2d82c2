import { expect } from 'vitest';
import type {
  Command,
  LineResult,
  MoveLine,
  RefusalCode,
} from '../../src/ledger/posting/commands.ts';
import { KIND } from '../../src/ledger/posting/commands.ts';
import { decide } from '../../src/ledger/posting/decide.ts';
import type { Draft } from '../../src/ledger/posting/draft.ts';
import type { JournalState } from '../../src/ledger/posting/state.ts';
import { line, stamp } from './ledger-model-commands.ts';
import { makeJournal } from './ledger-model-journal.ts';
import { HOUSE, makeWorld, PLACE, positionAt } from './ledger-model-world.ts';

/** Examples of the ledger as sentences: given what happened, when a command comes, then what. */

const world = makeWorld();
export const NOON = Date.UTC(2026, 0, 1, 12);

/** What a step is told about the story so far. */
export interface Told {
  readonly n: number;
  readonly now: number;
  /** The seq of what the n-th committed command of the story did first. */
  seqOf(n: number): number;
}

/** Makes one command of a story. */
export type Step = (told: Told) => Command;

export interface Story {
  /** Posts commands in one batch; all but the last must be accepted. */
  when(...steps: Step[]): Outcome;
  /** Lets time pass. */
  after(milliseconds: number): Story;
  readonly state: JournalState;
}

export interface Outcome extends Story {
  readonly draft: Draft;
  /** Lines of the last command, which was accepted. */
  readonly lines: readonly LineResult[];
  /** Why the last command was refused. */
  refused(): { code: RefusalCode; line: number; [extra: string]: unknown };
}

/** Posts each step on its own; all must be accepted. */
export function given(...steps: Step[]): Story {
  const journal = makeJournal(world);
  const seqs: number[] = [];
  let now = NOON;
  let n = 0;
  const commandOf = (step: Step): Command => {
    n += 1;
    return step({ n, now, seqOf: (nth) => seqs[nth - 1] ?? 999 });
  };
  const play = (batch: readonly Step[]): Draft => {
    const commands = batch.map(commandOf);
    journal.load(commands);
    const draft = decide(journal.state, commands, now);
    journal.store(draft);
    for (const outcome of draft.outcomes) {
      if (outcome.status === 'committed') seqs.push(outcome.lines[0]?.seq ?? 0);
    }
    return draft;
  };
  const story: Story = {
    when: (...batch) => {
      const draft = play(batch);
      const before = draft.outcomes.slice(0, -1).map(({ status }) => status);
      expect(before).toEqual(before.map(() => 'committed'));
      return outcomeOf(story, draft);
    },
    after: (milliseconds) => {
      now += milliseconds;
      return story;
    },
    state: journal.state,
  };
  for (const step of steps) expect(play([step]).outcomes[0]).toMatchObject(COMMITTED);
  return story;
}

const COMMITTED = { status: 'committed' };

function outcomeOf(story: Story, draft: Draft): Outcome {
  const last = draft.outcomes.at(-1)!;
  return {
    ...story,
    draft,
    get lines() {
      expect(last).toMatchObject(COMMITTED);
      return last.status === 'committed' ? last.lines : [];
    },
    refused: () => {
      if (last.status !== 'rejected') throw new Error('the command was accepted');
      const { code, line: at, extras } = last.refusal;
      return { ...extras, code, line: at };
    },
  };
}

/** Items of the stories, by how their cost is kept. */
export const AVERAGE = 1;
export const FIFO = 2;
export const STANDARD = 3;
export const SERIAL = 4;

export function at(place: number, item = AVERAGE, owner = HOUSE): number {
  return positionAt(world, item, place, owner).positionId;
}

interface Where {
  readonly item?: number;
  readonly owner?: number;
  readonly bin?: number;
}

type More = Where & Partial<MoveLine>;

function place({ bin = PLACE.binA, item, owner }: Where): number {
  return at(bin, item, owner);
}

function moved(kind: number, quantity: bigint, from: number, to: number, more: More): MoveLine {
  const { item: _, owner: __, bin: ___, ...rest } = more;
  return line({ kind, quantity, from, to, ...rest });
}

/** Lines, of the moving-average item in bin A of the house where nothing else is said. */
export const lines = {
  receipt: (quantity: bigint, value: bigint | null = null, more: More = {}) =>
    moved(KIND.receipt, quantity, at(PLACE.supplier, more.item, more.owner), place(more), {
      value,
      ...more,
    }),
  shipment: (quantity: bigint, more: More = {}) =>
    moved(KIND.shipment, quantity, place(more), at(PLACE.customer, more.item, more.owner), more),
  customerReturn: (quantity: bigint, costOfSeq: number, more: More = {}) =>
    moved(KIND.customer_return, quantity, at(PLACE.customer, more.item), place(more), {
      costOfSeq,
      ...more,
    }),
  move: (quantity: bigint, to: number, more: More = {}) =>
    moved(KIND.move, quantity, place(more), at(to, more.item, more.owner), more),
  loss: (quantity: bigint, more: More = {}) =>
    moved(KIND.adjustment, quantity, place(more), at(PLACE.adjustment, more.item), {
      physical: true,
      ...more,
    }),
  count: (counted: bigint, more: More = {}) =>
    moved(KIND.count, counted, place(more), at(PLACE.adjustment, more.item), {
      counted,
      physical: true,
      ...more,
    }),
  reversal: (reversesSeq: number) => line({ kind: KIND.reversal, reversesSeq, physical: true }),
};

/** A command of these lines. */
export function posting(...made: (MoveLine | ((told: Told) => MoveLine))[]): Step {
  return (told) => ({
    type: 'post',
    ...stamp(told.n),
    lines: made.map((one) => (typeof one === 'function' ? one(told) : one)),
  });
}

/** Shorthand for the commonest commands of one line. */
export const receive = (quantity: bigint, value?: bigint | null, more?: More): Step =>
  posting(lines.receipt(quantity, value, more));
export const ship = (quantity: bigint, more?: More): Step =>
  posting(lines.shipment(quantity, more));

export function reserve(
  quantity: bigint,
  rest: { expiresAt?: number; held?: boolean; item?: number } = {},
): Step {
  const { availabilityId } = positionAt(world, rest.item ?? AVERAGE, PLACE.binA);
  return ({ n, now }) => ({
    type: 'reserve',
    ...stamp(n),
    lines: [{ availabilityId, quantity, documentId: 0, line: 1 }],
    expiresAt: rest.expiresAt ?? null,
    held: rest.held ?? false,
    occurredAt: now,
  });
}

/** Settles the reservation that the n-th committed command made. */
export function settle(
  type: 'confirm' | 'release' | 'expire' | 'extend' | 'reduce',
  nth: number,
  expiresAt: number | null = null,
  quantity?: bigint,
): Step {
  return ({ n, now, seqOf }) => ({
    type,
    ...(quantity === undefined ? {} : { quantity }),
    ...stamp(n),
    reservations: [seqOf(nth)],
    expiresAt,
    occurredAt: now,
    reasonId: 0,
  });
}

export function allocate(quantity: bigint, where: Where = {}): Step {
  const positionId = place(where);
  return ({ n, now }) => ({
    type: 'allocate',
    ...stamp(n),
    lines: [{ positionId, quantity, reservationSeq: 0, documentId: 0 }],
    occurredAt: now,
  });
}

export function deallocate(nth: number): Step {
  return ({ n, now, seqOf }) => ({
    type: 'deallocate',
    ...stamp(n),
    allocations: [seqOf(nth)],
    occurredAt: now,
  });
}

/** A late cost of what the n-th committed command moved. */
export function invoice(nth: number, amount: bigint): Step {
  return ({ n, now, seqOf }) => ({
    type: 'revalue',
    ...stamp(n),
    causeSeq: seqOf(nth),
    amount,
    reasonId: 16,
    documentId: 0,
    occurredAt: now,
  });
}

/** A new standard cost for the pool of an item, in bin A where nothing else is said. */
export function standard(unitCost: bigint, where: Where = {}): Step {
  const { item = STANDARD, bin = PLACE.binA } = where;
  const pools = [positionAt(world, item, bin).poolId];
  return ({ n, now }) => ({ type: 'standard_cost', ...stamp(n), pools, unitCost, occurredAt: now });
}

/** Figures of one item in bin A of the house: units, promises and money. */
export function figures({ state }: Pick<Story, 'state'>, item = AVERAGE) {
  const { positionId, availabilityId, poolId } = positionAt(world, item, PLACE.binA);
  const { onHand, allocated } = state.positions.get(positionId)!;
  const { onHand: sellable, reserved } = state.availability.get(availabilityId)!;
  const { quantity, value } = state.pools.get(poolId)!;
  return { onHand, allocated, available: sellable - reserved, reserved, quantity, value };
}

/** Where value entries of a batch took money, as readable rows. */
export function paid(draft: Draft) {
  const name = (poolId: number, locationId: number): string =>
    poolId > 0 ? 'pool' : (Object.entries(PLACE).find(([, id]) => id === locationId)?.[0] ?? '?');
  return draft.valueEntries.map((entry) => [
    name(entry.fromPoolId, entry.fromLocationId),
    name(entry.toPoolId, entry.toLocationId),
    entry.amount,
  ]);
}
