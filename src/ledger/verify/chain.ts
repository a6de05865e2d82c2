import {
  digestOf,
  encodeEntries,
  encodeMovements,
  encodeReturns,
  encodeValueEntries,
  linkOf,
} from '../posting/digest.ts';
import type {
  EntryDraft,
  MovementColumns,
  ReturnDraft,
  ValueEntryDraft,
} from '../posting/draft.ts';
import { NOT_WHOLE } from '../reads/columns.ts';
import type { EntryColumns, Facts, ReturnColumns, ValueColumns } from './facts.queries.ts';
import type { Findings } from './findings.ts';

/** One row of ledger.batch; an instant finer than a millisecond is NOT_WHOLE. */
export interface Batch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly recordedAt: number;
  readonly digest: Buffer;
  readonly hash: Buffer;
}

/** Where the chain of a journal has been followed to. */
export interface ChainState {
  readonly journal: number;
  seq: number;
  hash: Buffer;
}

/** The first index at or after `start` whose value is beyond `seq`. */
function beyond(seqs: readonly number[], start: number, seq: number): number {
  let i = start;
  while (i < seqs.length && seqs[i]! <= seq) i += 1;
  return i;
}

/** Cuts rows [start, end) out of columns. */
function cut<C extends object>(columns: C, start: number, end: number): C {
  const parts = Object.entries(columns as Record<string, unknown[]>).map(([name, column]) => [
    name,
    column.slice(start, end),
  ]);
  return Object.fromEntries(parts) as C;
}

/** Columns as the rows that the encoders of entries take. */
function rowsOf<R>(
  columns: EntryColumns | ValueColumns | ReturnColumns,
  start: number,
  end: number,
): R[] {
  const names = Object.keys(columns) as (keyof typeof columns)[];
  const rows: R[] = [];
  for (let i = start; i < end; i += 1) {
    rows.push(Object.fromEntries(names.map((name) => [name, columns[name][i]])) as R);
  }
  return rows;
}

/**
 * Follows the chain over the batches of one range of facts: each batch starts where the one before
 * ended, its digest is that of its rows, its link that of the chain, and its rows were recorded
 * when it was. A link is computed from what the batch says of itself, so a changed row and a
 * changed batch are told apart, and one change makes one finding.
 */
export function followChain(
  state: ChainState,
  batches: readonly Batch[],
  facts: Facts,
  findings: Findings,
): void {
  const at = { movement: 0, entry: 0, value: 0, returned: 0 };
  for (const batch of batches) {
    checkContinuity(state, batch, findings);
    at.movement = beyond(facts.movements.seq, at.movement, batch.firstSeq - 1);
    at.entry = beyond(facts.entries.seq, at.entry, batch.firstSeq - 1);
    at.value = beyond(facts.valueEntries.seq, at.value, batch.firstSeq - 1);
    at.returned = beyond(facts.returns.seq, at.returned, batch.firstSeq - 1);
    const ends = {
      movement: beyond(facts.movements.seq, at.movement, batch.lastSeq),
      entry: beyond(facts.entries.seq, at.entry, batch.lastSeq),
      value: beyond(facts.valueEntries.seq, at.value, batch.lastSeq),
      returned: beyond(facts.returns.seq, at.returned, batch.lastSeq),
    };
    checkDigest(state, batch, facts, at, ends, findings);
    checkRecordedAt(state, batch, facts, at, ends, findings);
    Object.assign(at, ends);
    const link = linkOf(state.hash, batch);
    if (!link.equals(batch.hash)) {
      findings.add({
        kind: 'link',
        journal: state.journal,
        seq: batch.lastSeq,
        id: nameOf(batch),
        expected: link.toString('hex'),
        found: batch.hash.toString('hex'),
        message: 'the hash of the batch does not follow from the batch before it and its own facts',
      });
    }
    state.hash = batch.hash;
    state.seq = batch.lastSeq;
  }
}

function nameOf(batch: Batch): string {
  return `batch ${batch.firstSeq} to ${batch.lastSeq}`;
}

function checkContinuity(state: ChainState, batch: Batch, findings: Findings): void {
  if (batch.firstSeq === state.seq + 1) return;
  findings.add({
    kind: 'batch',
    journal: state.journal,
    seq: batch.lastSeq,
    id: nameOf(batch),
    expected: `first seq ${state.seq + 1}`,
    found: `first seq ${batch.firstSeq}`,
    message: 'the batch does not begin where the one before it ends: one is missing or changed',
  });
}

interface Place {
  readonly movement: number;
  readonly entry: number;
  readonly value: number;
  readonly returned: number;
}

function checkDigest(
  state: ChainState,
  batch: Batch,
  facts: Facts,
  from: Place,
  to: Place,
  findings: Findings,
): void {
  const buffers: Buffer[] = [];
  if (to.movement > from.movement) {
    const { recordedAt: _, ...columns } = facts.movements;
    buffers.push(...encodeMovements(cut<MovementColumns>(columns, from.movement, to.movement)));
  }
  if (to.entry > from.entry) {
    buffers.push(...encodeEntries(rowsOf<EntryDraft>(facts.entries, from.entry, to.entry)));
  }
  if (to.value > from.value) {
    const rows = rowsOf<ValueEntryDraft>(facts.valueEntries, from.value, to.value);
    buffers.push(...encodeValueEntries(rows));
  }
  if (to.returned > from.returned) {
    const rows = rowsOf<ReturnDraft>(facts.returns, from.returned, to.returned);
    buffers.push(...encodeReturns(rows));
  }
  const digest = digestOf(buffers);
  if (digest.equals(batch.digest)) return;
  findings.add({
    kind: 'digest',
    journal: state.journal,
    seq: batch.lastSeq,
    id: nameOf(batch),
    expected: batch.digest.toString('hex'),
    found: digest.toString('hex'),
    message: 'the rows of the batch are not those that were posted',
  });
}

function checkRecordedAt(
  state: ChainState,
  batch: Batch,
  facts: Facts,
  from: Place,
  to: Place,
  findings: Findings,
): void {
  const check = (
    columns: { readonly seq: number[]; readonly recordedAt: number[] },
    start: number,
    end: number,
  ): void => {
    for (let i = start; i < end; i += 1) {
      if (columns.recordedAt[i] === batch.recordedAt) continue;
      findings.add({
        kind: 'recorded-at',
        journal: state.journal,
        seq: columns.seq[i]!,
        expected: instantText(batch.recordedAt),
        found: instantText(columns.recordedAt[i]!),
        message: 'the row says another time than the batch it was posted in',
      });
    }
  };
  check(facts.movements, from.movement, to.movement);
  check(facts.entries, from.entry, to.entry);
  check(facts.valueEntries, from.value, to.value);
}

function instantText(milliseconds: number): string {
  return milliseconds === NOT_WHOLE
    ? 'not a whole millisecond'
    : new Date(milliseconds).toISOString();
}
