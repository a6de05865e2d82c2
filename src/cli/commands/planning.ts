import type { Command } from 'commander';
import { registerDemand } from './planning-demand.ts';
import { registerForecasts } from './planning-forecasts.ts';
import { registerOverrides } from './planning-overrides.ts';
import { registerPlacement } from './planning-placement.ts';
import { registerPrices } from './planning-prices.ts';
import { registerProposals } from './planning-proposals.ts';
import { registerReport } from './planning-report.ts';
import { registerSimulate } from './planning-simulate.ts';
import { registerWhatIf } from './planning-whatif.ts';

/**
 * A part of `onhand planning`: gets the command `planning` and adds its subcommands to it. Each
 * part has a file of its own beside this one, and one line in the list below.
 */
type RegisterPart = (planning: Command) => void;

const parts: readonly RegisterPart[] = [
  registerDemand,
  registerForecasts,
  registerOverrides,
  registerReport,
  registerProposals,
  registerPlacement,
  registerPrices,
  registerWhatIf,
  registerSimulate,
];

/** `onhand planning ...`: forecasts, stock targets, proposals. */
export function registerPlanning(program: Command): void {
  const planning = program
    .command('planning')
    .description('what will be wanted where, and what to buy and move for it');
  for (const register of parts) register(planning);
}
