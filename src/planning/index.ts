export { planningRoutes } from './module.ts';
export { planProposals, type RunFigures, settingImports } from './proposals/index.ts';
