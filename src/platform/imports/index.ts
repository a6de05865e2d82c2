export { importRoutes } from './imports.routes.ts';
export type { ImportKind } from './kind.ts';
