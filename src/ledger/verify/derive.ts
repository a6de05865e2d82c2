import { deriveEntry } from './derive-entry.ts';
import { deriveMovement } from './derive-movement.ts';
import { deriveValueEntry } from './derive-value.ts';
import type { Facts } from './facts.queries.ts';
import type { DerivedJournal } from './state.ts';

/** Places in the columns of a range while its facts are replayed. */
export interface Cursor {
  movement: number;
  entry: number;
  value: number;
  consumption: number;
  serial: number;
}

/**
 * Replays the facts of a range in the order of their seqs, which must have neither gap nor
 * repetition, and checks each against what came before it.
 * @param onSeq told each seq after it was replayed.
 */
export function deriveRange(
  journal: DerivedJournal,
  facts: Facts,
  onSeq: (seq: number) => void,
): void {
  const { movements, entries, valueEntries } = facts;
  const at: Cursor = { movement: 0, entry: 0, value: 0, consumption: 0, serial: 0 };
  const commands = new Map<string, bigint>();
  for (let seq = facts.from + 1; seq <= facts.to; seq += 1) {
    let times = 0;
    if (movements.seq[at.movement] === seq) {
      checkBody(journal, commands, movements, at.movement);
      deriveMovement(journal, facts, at);
      times += 1;
    }
    if (entries.seq[at.entry] === seq) {
      checkBody(journal, commands, entries, at.entry);
      deriveEntry(journal, entries, at.entry);
      at.entry += 1;
      times += 1;
    }
    if (valueEntries.seq[at.value] === seq) {
      checkBody(journal, commands, valueEntries, at.value);
      deriveValueEntry(journal, valueEntries, at.value);
      at.value += 1;
      times += 1;
    }
    if (times !== 1) reportSeq(journal, seq, times);
    onSeq(seq);
  }
  reportStrays(journal, facts, at);
}

function reportSeq(journal: DerivedJournal, seq: number, times: number): void {
  if (times === 0) journal.missing.add(seq);
  journal.findings.add({
    kind: times === 0 ? 'seq-missing' : 'seq-twice',
    journal: journal.journal,
    seq,
    expected: 'one fact',
    found: `${times}`,
    message:
      times === 0
        ? 'no movement, entry or value entry has this seq: it was deleted'
        : 'more than one fact has this seq: one was inserted',
  });
}

/** One command has one body; its rows must agree on it. */
function checkBody(
  journal: DerivedJournal,
  commands: Map<string, bigint>,
  columns: { readonly seq: number[]; readonly commandId: string[]; readonly bodyHash: bigint[] },
  i: number,
): void {
  const commandId = columns.commandId[i]!;
  const bodyHash = columns.bodyHash[i]!;
  const before = commands.get(commandId);
  if (before === undefined) commands.set(commandId, bodyHash);
  else if (before !== bodyHash) {
    journal.findings.add({
      kind: 'command',
      journal: journal.journal,
      seq: columns.seq[i]!,
      id: `command ${commandId}`,
      expected: `body ${before}`,
      found: `body ${bodyHash}`,
      message: 'the lines of one command say different bodies',
    });
  }
}

/** Rows beside the facts whose fact is not there. */
function reportStrays(journal: DerivedJournal, facts: Facts, at: Cursor): void {
  const { consumptions, serials } = facts;
  for (let i = at.consumption; i < consumptions.seq.length; i += 1) {
    journal.findings.add({
      kind: 'consumption',
      journal: journal.journal,
      seq: consumptions.seq[i]!,
      id: `pool ${consumptions.poolId[i]} layer ${consumptions.layerSeq[i]}`,
      expected: 'nothing',
      found: `${consumptions.quantity[i]} for ${consumptions.value[i]}`,
      message: 'no movement took this out of the layer',
    });
  }
  for (let i = at.serial; i < serials.seq.length; i += 1) {
    journal.findings.add({
      kind: 'serial',
      journal: journal.journal,
      seq: serials.seq[i]!,
      id: `serial ${serials.serialId[i]}`,
      expected: 'nothing',
      found: 'a movement of the serial',
      message: 'there is no such movement',
    });
  }
}
