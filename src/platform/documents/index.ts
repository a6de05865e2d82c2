export { applyEach } from './bisect.ts';
export {
  createDocument,
  createDocuments,
  editDocument,
  fieldFrozen,
  frozenChanges,
  houseOnly,
} from './commands.ts';
export { type CsvColumn, csvColumns, csvLines, sendCsv, toCells, wantsCsv } from './csv.ts';
export {
  anyDocument,
  type Candidate,
  changedFields,
  completeValues,
  type DocumentType,
  keyLabel,
  keyOf,
  neverInUse,
  normaliseValues,
  type Stored,
  sameValue,
  settleValues,
  type UsageCheck,
  type Values,
  type Written,
} from './document.ts';
export {
  bigCountField,
  choiceField,
  choicesField,
  codeField,
  countField,
  degreesField,
  type Field,
  type Fields,
  field,
  flagField,
  integerField,
  jsonField,
  optional,
  patternField,
  textField,
  unitCostField,
  type ValuesOf,
  withDefault,
} from './fields.ts';
export { checkReferences } from './references.ts';
export { type DocumentRoutes, documentRoutes, requireHouse } from './routes.ts';
export {
  type Change,
  type DocumentStore,
  inChunks,
  type TableStore,
  tableStore,
} from './store.ts';
export { mapInTurns } from './turns.ts';
