export { planProposals, type RunFigures, type RunProgress, type RunRequest } from './run.ts';
export { settingImports } from './setting.routes.ts';
