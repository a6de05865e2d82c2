export { isGtin, normaliseGtin } from './gtin.ts';
export { recordStandardUnitCost } from './item.commands.ts';
export {
  type ItemForPosting,
  loadItems,
  loadItemsById,
  loadPacks,
  loadPacksByGtin,
  type PackForPosting,
} from './item.queries.ts';
export { type CatalogUsage, catalogImports, itemRoutes } from './item.routes.ts';
export { HAZARD_CLASSES, TEMPERATURE_CLASSES } from './item.ts';
export { PACKAGING_LEVELS, type PackagingLevel } from './packaging.ts';
export {
  convertToBase,
  parseRational,
  type Rational,
  rational,
  UnevenConversionError,
} from './rational.ts';
