export { demandImports, readDemandHistory, rollUpDemand } from './demand/index.ts';
export { classWords, methodWords } from './engine/index.ts';
export { planningRoutes } from './module.ts';
export {
  cancelPlanning,
  type ForecastAnswer,
  type ItemForecastAnswer,
  listOverrides,
  overridePlanning,
  planningStatus,
  type Report,
  type ReportLine,
  reportAccuracy,
  resumePlanning,
  runPlanning,
  type ShownRun,
  showForecastOf,
  showItemForecastOf,
  undoPlanning,
  workPlanning,
} from './nightly/index.ts';
export {
  decidePlaced,
  makePlacement,
  showPlaced,
} from './placement/door.ts';
export type { PlacementAnswer } from './placement/schemas.ts';
export { showElasticity, showPriceEffect } from './pricing/door.ts';
export {
  cancelPlannedPrice,
  listPlannedPrices,
  type PriceWish,
  planPrice,
  type ShownPrice,
} from './pricing/planned-prices.ts';
export {
  approvePlanned,
  EXCEPTION_KINDS,
  EXCEPTION_STATES,
  editPlanned,
  findPlanningExceptions,
  findProposals,
  findStockTargets,
  PROPOSAL_STATES,
  type ProposalAnswer,
  type ProposalHead,
  planProposals,
  type RunFigures,
  type RunProgress,
  rejectPlanned,
  settingImports,
  showProposal,
  stepPlanningException,
} from './proposals/index.ts';
export { simulateInThreads } from './simulation/in-threads.ts';
export type { PolicyOutcome, SimulationReport } from './simulation/simulate.ts';
export {
  deleteScenario,
  listScenarios,
  playScenario,
  showScenario,
} from './whatif/door.ts';
export type { WhatIfAnswer } from './whatif/schemas.ts';
