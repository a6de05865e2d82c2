export * from './accuracy.ts';
export { classify } from './classify.ts';
export { type CleanOptions, clean, dense } from './clean.ts';
export type { FullOptions } from './full.ts';
export { type NodeForecasts, type Parents, reconcileTree, rescale } from './hierarchy.ts';
export { reconcileMinTrace } from './min-trace.ts';
export { forecastFast, forecastFull } from './rhythm.ts';
export { totalOf } from './total-demand.ts';
export {
  aggregate,
  type Summable,
  samplePaths,
  totalDemand,
  varianceOfSums,
} from './totals.ts';
export type {
  Accuracy,
  Candidate,
  Classification,
  Cleaned,
  DemandClass,
  EngineForecast,
  EngineState,
  Explanation,
  FullForecast,
  Mark,
  MarkKind,
  TotalDemand,
} from './types.ts';
export { classWords, methodWords } from './words.ts';
