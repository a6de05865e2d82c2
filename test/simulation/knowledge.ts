import type { Command, Committed } from '../../src/ledger/posting/commands.ts';
import type {
  ModelAllocation,
  ModelMovement,
  ModelReservation,
  ModelState,
} from '../support/ledger-model-state.ts';
import { emptyModel } from '../support/ledger-model-state.ts';
import type { World } from '../support/ledger-model-world.ts';

/**
 * What the clients of one journal have been told: enough to ask for things that make sense, and
 * always somewhat out of date, as clients are.
 */
export interface Knowledge {
  readonly state: ModelState;
  /** The newest seq that anybody was told of. */
  seq(): number;
  learn(command: Command, outcome: Committed): void;
}

/** The knowledge of somebody who was told nothing yet. */
export function makeKnowledge(world: World): Knowledge {
  const units = new Map<number, bigint>();
  const reservations = new Map<number, ModelReservation>();
  const allocations = new Map<number, ModelAllocation>();
  const serialAt = new Map<number, number>();
  const movements = new Map<number, ModelMovement>();
  let newest = 0;
  const learnPost = (command: Command & { type: 'post' }, outcome: Committed): void => {
    for (const result of outcome.lines) {
      const line = command.lines[result.line - 1]!;
      const { from, to, fromAfter, toAfter, value } = result;
      if (from === undefined || to === undefined || value === undefined) continue;
      units.set(from, fromAfter!).set(to, toAfter!);
      const serials = line.reversesSeq > 0 ? [] : (line.serials ?? []);
      for (const serial of serials) serialAt.set(serial, to);
      const [previous, after] = [
        { fromPrevious: 0, toPrevious: 0, reversesSeq: line.reversesSeq, reversedBy: 0 },
        { fromAfter: fromAfter!, toAfter: toAfter!, returnOf: line.costOfSeq },
      ];
      const { seq, quantity } = result;
      const what = { type: 'movement', seq, line: result.line, kind: line.kind } as const;
      movements.set(seq, { ...what, quantity, value, from, to, serials, ...previous, ...after });
    }
  };
  const learnPromises = (command: Command, outcome: Committed): void => {
    for (const [i, { seq, quantity }] of outcome.lines.entries()) {
      if (command.type === 'reserve') {
        const { availabilityId } = command.lines[i]!;
        const state = command.held ? 'held' : 'pending';
        const { expiresAt } = command;
        reservations.set(seq, { seq, availabilityId, open: quantity, state, expiresAt });
      } else if (command.type === 'allocate') {
        const { positionId } = command.lines[i]!;
        allocations.set(seq, { seq, positionId, open: quantity });
      }
    }
  };
  return {
    state: { ...emptyModel(world), units, reservations, allocations, serialAt, movements },
    seq: () => newest,
    learn: (command, outcome) => {
      for (const { seq } of outcome.lines) newest = Math.max(newest, seq);
      if (command.type === 'post') learnPost(command, outcome);
      else learnPromises(command, outcome);
    },
  };
}
