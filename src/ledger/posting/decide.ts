import type { Command, LineResult, Outcome, PostCommand, Refusal } from './commands.ts';
import { checkContainers } from './containers.ts';
import { type ConversionPlan, planConversion, valuesOfMade } from './conversion.ts';
import { decideLine } from './decide-line.ts';
import { decideAllocation, decideReservation } from './decide-promises.ts';
import { decideRevaluation, decideStandardCost } from './decide-value.ts';
import type { Draft } from './draft.ts';
import { beginUndo, openDraft, rollBack } from './draft.ts';
import type { JournalState } from './state.ts';

/**
 * Decides commands one after another against the state of their journal: accept or refuse, costs,
 * balances afterwards. Pure but for `state`, which it moves forward in place; everything it needs
 * (rows, time) was put in before. A refused command leaves no trace and touches no neighbour.
 * @param now milliseconds since the epoch.
 */
export function decide(state: JournalState, commands: readonly Command[], now: number): Draft {
  const draft = openDraft(state, now);
  for (const command of commands) draft.outcomes.push(decideCommand(draft, command));
  state.recordedAt = draft.recordedAt;
  state.consumptions.clear();
  return draft;
}

function decideCommand(draft: Draft, command: Command): Outcome {
  const single = command.type === 'post' && command.lines.length === 1;
  const mark = single ? null : beginUndo(draft);
  const result = run(draft, command);
  if (!Array.isArray(result)) {
    if (mark) rollBack(draft, mark);
    return { status: 'rejected', refusal: result };
  }
  draft.undo = null;
  const { state, recordedAt } = draft;
  return {
    status: 'committed',
    journal: state.journal,
    recordedAt,
    lines: result,
    replayed: false,
  };
}

function run(draft: Draft, command: Command): LineResult[] | Refusal {
  switch (command.type) {
    case 'post':
      return decidePost(draft, command);
    case 'reserve':
    case 'confirm':
    case 'release':
    case 'expire':
    case 'extend':
    case 'reduce':
      return decideReservation(draft, command);
    case 'allocate':
    case 'deallocate':
      return decideAllocation(draft, command);
    case 'revalue':
      return decideRevaluation(draft, command);
    case 'standard_cost':
      return decideStandardCost(draft, command);
  }
}

function decidePost(draft: Draft, command: PostCommand): LineResult[] | Refusal {
  const elsewhere = command.containers ? checkContainers(draft.state, command) : null;
  if (elsewhere) return elsewhere;
  const conversion = planConversion(draft.state, command);
  if (conversion) return decideConversion(draft, command, conversion);
  const results: LineResult[] = [];
  for (let i = 0; i < command.lines.length; i += 1) {
    const result = decideLine(draft, command, i);
    if ('code' in result) return result;
    results.push(result);
  }
  return results;
}

/** Like any other command, but what is used up first says what the rest is worth. */
function decideConversion(
  draft: Draft,
  command: PostCommand,
  plan: ConversionPlan,
): LineResult[] | Refusal {
  const results = new Map<number, LineResult>();
  const made = new Set([...plan.made.values()].flat());
  let values: Map<number, bigint> | undefined;
  for (const i of plan.order) {
    const line = command.lines[i]!;
    if (made.has(i)) values ??= valuesOfMade(draft.state, command, plan, results);
    const value = values?.get(i) ?? line.value;
    const result = decideLine(draft, command, i, { ...line, value });
    if ('code' in result) return result;
    results.set(i, result);
  }
  return [...results.values()];
}
