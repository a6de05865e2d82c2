export { loadOwners, type OwnerForPosting, scopedOwnerCode } from './owner.queries.ts';
export { ownerImports, ownerRoutes } from './owner.routes.ts';
