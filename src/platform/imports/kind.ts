import type { Scope } from '../auth/index.ts';
import type { CsvColumn, DocumentStore } from '../documents/index.ts';
import { csvColumns, csvLines } from '../documents/index.ts';

/** Something that can be imported from CSV. */
export interface ImportKind {
  /** As the API names it: 'items', 'locations'. */
  readonly name: string;
  readonly store: DocumentStore;
  readonly readScope: Scope;
  readonly writeScope: Scope;
  /** Whether only keys of the house may import it. */
  readonly houseOnly: boolean;
}

/** Rows of one file at most. */
export const IMPORT_ROWS_MAX = 50_000;
/** Bytes of one file at most. */
export const IMPORT_BYTES_MAX = 16 * 1024 * 1024;
/** Errors that are kept and answered; the count goes on. */
export const IMPORT_ERRORS_MAX = 10_000;
/** Changes that a preview shows. */
export const IMPORT_SAMPLE_MAX = 20;

/** One wrong cell or row of a file. Row 1 is the header, as in a spreadsheet. */
export interface RowError {
  readonly row: number;
  /** Header of the column; empty where the whole row is wrong. */
  readonly field: string;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
}

/** A CSV file with the header and one example row, to start from. */
export function templateOf(kind: ImportKind): string {
  const columns = csvColumns(kind.store.type);
  return csvLines([columns.map(({ header }) => header), columns.map(({ field }) => field.example)]);
}

/**
 * Columns that every file of this kind must have: the key, but for what of it may be left out. New
 * rows need some more.
 */
export function keyColumns(kind: ImportKind): CsvColumn[] {
  const { type } = kind.store;
  return csvColumns(type).filter(
    ({ name, field }) => type.key.includes(name) && field.fallback === undefined,
  );
}
