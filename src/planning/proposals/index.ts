import type { LedgerService } from '../../ledger/index.ts';
import type { Context } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { planAfterForecasts } from './background.ts';
import { exceptionRoutes } from './exception.routes.ts';
import { proposalRoutes } from './proposal.routes.ts';
import { runRoutes } from './run.routes.ts';
import { settingRoutes } from './setting.routes.ts';

export {
  approvePlanned,
  editPlanned,
  findPlanningExceptions,
  findProposals,
  findStockTargets,
  rejectPlanned,
  showProposal,
  stepPlanningException,
} from './desk.ts';
export { EXCEPTION_KINDS } from './find-exceptions.ts';
export type { ExceptionAnswer, ProposalAnswer, ProposalHead } from './proposal.schemas.ts';
export { planProposals, type RunFigures, type RunProgress, type RunRequest } from './run.ts';
export { settingImports } from './setting.routes.ts';
export { EXCEPTION_STATES, PROPOSAL_STATES } from './states.ts';

/** Adds settings, targets, proposals and exceptions to the API. */
export function proposalsRoutes(app: App, context: Context, ledger: LedgerService): void {
  settingRoutes(app, context);
  runRoutes(app, context);
  proposalRoutes(app, context, ledger);
  exceptionRoutes(app, context);
  app.addHook('preClose', planAfterForecasts(context));
}
