import { afterEach, expect } from 'vitest';
import type { Command, Committed, MoveLine, Outcome } from '../../src/ledger/posting/commands.ts';
import type { LaneEvent } from '../../src/ledger/posting/lane.ts';
import type { Poster, PosterOptions } from '../../src/ledger/posting/poster.ts';
import { ledgerViolations } from './invariants.ts';
import { post } from './ledger-model-commands.ts';
import { createLedgerDatabase, type LedgerDatabase, type Wire } from './ledger-model-database.ts';
import type { Chooser, Failure } from './ledger-model-faults.ts';
import { allocate, lines, reserve, type Step, settle } from './ledger-model-story.ts';

/** A ledger with posters that are drained, and checked for drift, after each test. */
export interface Lanes extends LedgerDatabase {
  /** A poster, and what its lanes were seen to do. */
  open(options?: Partial<PosterOptions>, fail?: Chooser, wire?: Wire): Promise<Watched>;
  /** How many rows of any kind a command has made. */
  rowsOf(command: Command): Promise<number>;
  /** Commands on the moving-average item in bin A, numbered throughout the file. */
  readonly make: {
    receipt(quantity?: bigint, value?: bigint): Command;
    shipment(quantity?: bigint): Command;
    lines(...made: MoveLine[]): Command;
    /** A step of a story; `seq` is what it refers to. */
    step(step: Step, seq?: number): Command;
    reserve(quantity?: bigint, rest?: Parameters<typeof reserve>[1]): Command;
    release(seq: number): Command;
    allocate(quantity?: bigint): Command;
  };
}

export interface Watched extends Poster {
  readonly events: readonly LaneEvent[];
  /** Why batches were tried again. */
  retries(): string[];
}

/** Opens the ledger for the calling test file. */
export async function createLanes(journals = 1): Promise<Lanes> {
  const ledger = await createLedgerDatabase(journals);
  const opened: Poster[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((poster) => poster.drain()));
    expect(await ledgerViolations(ledger.admin)).toEqual([]);
  });
  let made = 0;
  const step = (one: Step, seq = 0): Command => {
    made += 1;
    return one({ n: made, now: Date.now(), seqOf: () => seq });
  };
  const posting = (...list: MoveLine[]): Command => step(({ n }) => post(n, ...list));
  return {
    ...ledger,
    open: async (options = {}, fail, wire) => {
      const events: LaneEvent[] = [];
      const observe = (event: LaneEvent) => void events.push(event);
      const poster = await ledger.poster({ observe, ...options }, fail, wire);
      opened.push(poster);
      const retries = () =>
        events.flatMap((event) => (event.type === 'retried' ? [event.reason] : []));
      return { ...poster, events, retries };
    },
    rowsOf: async ({ id }) => {
      const count = (table: string) => `SELECT count(*) FROM ledger.${table} WHERE command_id = $1`;
      const all = ['movement', 'entry', 'value_entry'].map((table) => `(${count(table)})`);
      const text = `SELECT (${all.join(' + ')})::int AS rows`;
      const { rows } = await ledger.admin.query<{ rows: number }>(text, [id]);
      return rows[0]!.rows;
    },
    make: {
      step,
      lines: posting,
      receipt: (quantity = 10n, value = 100n) => posting(lines.receipt(quantity, value)),
      shipment: (quantity = 1n) => posting(lines.shipment(quantity)),
      reserve: (quantity = 1n, rest = {}) => step(reserve(quantity, rest)),
      release: (seq) => step(settle('release', 1), seq),
      allocate: (quantity = 1n) => step(allocate(quantity)),
    },
  };
}

/** An outcome that must be a commitment. */
export function committed(outcome: Outcome | Error | undefined): Committed {
  expect(outcome).toMatchObject({ status: 'committed' });
  return outcome as Committed;
}

/** Fails the first statements of batches that `which` picks, in this order. */
export function failFirst(which: (text: string) => boolean, ...failures: Failure[]): Chooser {
  return (text, inBatch) => (inBatch && which(text) ? (failures.shift() ?? null) : null);
}
