import type { Cursor } from './derive.ts';
import { report } from './derive-movement.ts';
import type { Facts } from './facts.queries.ts';
import type { DerivedJournal, PositionState } from './state.ts';

/** Moves the serials of a movement; each must be where the movement takes it from. */
export function deriveSerials(
  journal: DerivedJournal,
  facts: Facts,
  at: Cursor,
  i: number,
  from: PositionState,
  to: PositionState,
): void {
  const { movements, serials } = facts;
  const seq = movements.seq[i]!;
  let count = 0n;
  while (serials.seq[at.serial] === seq) {
    moveSerial(journal, seq, serials.serialId[at.serial]!, from, to);
    at.serial += 1;
    count += 1n;
  }
  const expected = movements.quantity[i]!;
  const needed = count > 0n || journal.serialised.has(from.itemId);
  if (!needed || count === expected) return;
  report(journal, 'serial', seq, `${expected} serials`, count, 'one serial a unit is recorded');
}

function moveSerial(
  journal: DerivedJournal,
  seq: number,
  serialId: number,
  from: PositionState,
  to: PositionState,
): void {
  const id = `serial ${serialId}`;
  const serial = journal.serials.get(serialId);
  if (!serial) {
    report(journal, 'serial', seq, 'a serial', 'none', 'the serial is not there', id);
    return;
  }
  const { positionId } = serial;
  if (positionId !== null) {
    const before = journal.positions.get(positionId);
    const outside = !before?.isReal;
    const fits = from.isReal ? positionId === from.positionId : outside;
    if (!fits) {
      const expected = `from position ${positionId}`;
      const found = `from position ${from.positionId}`;
      report(journal, 'serial', seq, expected, found, 'the serial was in another place', id);
    }
  }
  if (serial.itemId !== from.itemId) {
    const [expected, found] = [`item ${serial.itemId}`, `item ${from.itemId}`];
    report(journal, 'serial', seq, expected, found, 'the serial is of another item', id);
  }
  serial.positionId = to.positionId;
  serial.lastSeq = seq;
}
