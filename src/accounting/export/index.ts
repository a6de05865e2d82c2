export { exportRoutes } from './export.routes.ts';
export { EXPORT_FORMATS, type ExportFormat, exportBooks } from './export.ts';
