export { commitImport, previewImport, undoImport } from './imports.commands.ts';
export { findImport, type ImportRow } from './imports.queries.ts';
export { decodeFile, importRoutes, toImport } from './imports.routes.ts';
export type { ImportKind, RowError } from './kind.ts';
