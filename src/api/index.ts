export type { RouteModule } from './modules.ts';
export { modules } from './modules.ts';
export { importKinds } from './reference-data.ts';
export { buildServer } from './server.ts';
export { type RunningServer, startServer } from './start.ts';
