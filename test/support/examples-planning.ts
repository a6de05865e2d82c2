import type { Marked, OperationExample } from './examples.ts';
import { planningDemandExamples } from './examples-planning-demand.ts';
import { planningNightlyExamples } from './examples-planning-nightly.ts';
import { planningProposalExamples } from './examples-planning-proposals.ts';
import { planningWhatIfExamples } from './examples-planning-whatif.ts';
import type { LedgerWorld } from './ledger-world.ts';

type Examples = Readonly<Record<string, OperationExample>>;

/** Every operation of planning. */
export function planningExamples(world: LedgerWorld, marked: Marked): Examples {
  return {
    ...planningDemandExamples(world),
    ...planningNightlyExamples(world, marked),
    ...planningProposalExamples(world),
    ...planningWhatIfExamples(world),
  };
}
