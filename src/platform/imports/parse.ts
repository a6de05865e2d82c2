import { setImmediate } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import {
  type CsvColumn,
  csvColumns,
  keyLabel,
  keyOf,
  normaliseValues,
  type Values,
} from '../documents/index.ts';
import { IMPORT_ROWS_MAX, type ImportKind, keyColumns, type RowError } from './kind.ts';

/** A row of a file: the values of the cells that are there and right. */
export interface ParsedRow {
  readonly row: number;
  readonly given: Values;
}

/** A file taken apart. */
export interface ParsedFile {
  readonly rows: readonly ParsedRow[];
  /** Rows with wrong cells, and what the others say: it can be wrong as well. */
  readonly broken: readonly ParsedRow[];
  readonly rowCount: number;
  readonly errors: readonly RowError[];
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** Rows between two pauses, so that a large file does not hold up everybody else's requests. */
const ROWS_PER_TURN = 500;
const FOUND_CHARACTERS_MAX = 100;
const RECORD_CHARACTERS_MAX = 65_536;

/** The delimiter that the header line has most of outside quotes; a comma where it has none. */
export function detectDelimiter(text: string): string {
  const [line = ''] = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/, 1);
  const plain = line.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => plain.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** `Shelf life (days)`, `shelfLifeDays` and `shelf_life_days` are the same header. */
export function normaliseHeader(text: string): string {
  return text
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

interface Header {
  /** The column of each cell; undefined where the header is not known. */
  readonly columns: readonly (CsvColumn | undefined)[];
  readonly errors: readonly RowError[];
}

/** Reads the header row: unknown, repeated and missing columns are errors of row 1. */
export function readHeader(kind: ImportKind, cells: readonly string[]): Header {
  const known = csvColumns(kind.store.type);
  const byHeader = new Map(known.map((column) => [column.header, column]));
  const errors: RowError[] = [];
  const seen = new Set<string>();
  const expected = `one of ${known.map(({ header }) => header).join(', ')}`;
  const columns = cells.map((cell) => {
    const header = normaliseHeader(cell);
    const column = byHeader.get(header);
    if (!column) {
      errors.push({ row: 1, field: cell, message: 'is no column', expected, found: cell });
    } else if (seen.has(header)) {
      errors.push({ row: 1, field: header, message: 'is there twice', found: cell });
    }
    seen.add(header);
    return column;
  });
  for (const { header } of keyColumns(kind)) {
    if (seen.has(header)) continue;
    errors.push({ row: 1, field: header, message: 'is missing', expected: `a column ${header}` });
  }
  return { columns, errors };
}

/** A cell as a value, or as an error. An empty cell means the field's fallback. */
function readCell(column: CsvColumn, text: string, row: number): { value: unknown } | RowError {
  const { field, header } = column;
  if (text === '') {
    if (field.fallback !== undefined) return { value: field.fallback };
    return { row, field: header, message: 'is empty', expected: field.expected, found: '' };
  }
  const result = field.schema.safeParse(field.fromText(text));
  if (result.success) return { value: result.data };
  const found = text.slice(0, FOUND_CHARACTERS_MAX);
  return { row, field: header, message: 'is not valid', expected: field.expected, found };
}

function readRow(
  kind: ImportKind,
  columns: Header['columns'],
  cells: readonly string[],
  row: number,
): { parsed: ParsedRow; errors: RowError[] } {
  if (cells.length !== columns.length) {
    const found = `${cells.length} cells`;
    const expected = `${columns.length} cells, as the header has`;
    const error = { row, field: '', message: 'has another length', expected, found };
    return { parsed: { row, given: {} }, errors: [error] };
  }
  const { fields, key } = kind.store.type;
  // A part of the key without a column of its own is what its absence means.
  const absent = key.filter((name) => columns.every((column) => column?.name !== name));
  const given: Record<string, unknown> = Object.fromEntries(
    absent.map((name) => [name, fields[name]?.fallback]),
  );
  const errors: RowError[] = [];
  for (const [index, column] of columns.entries()) {
    if (!column) continue;
    const cell = readCell(column, (cells[index] ?? '').trim(), row);
    if ('value' in cell) given[column.name] = cell.value;
    else errors.push(cell);
  }
  return { parsed: { row, given: normaliseValues(kind.store.type.fields, given) }, errors };
}

function parserOf(content: string) {
  return parse(content, {
    bom: true,
    delimiter: detectDelimiter(content),
    relax_column_count: true,
    max_record_size: RECORD_CHARACTERS_MAX,
  }) as AsyncIterable<string[]>;
}

function syntaxError(error: unknown): RowError {
  if (!(error instanceof CsvError)) throw error;
  const row = Number(error.records) + 1;
  return { row, field: '', message: `is no CSV: ${error.message}`, expected: 'CSV (RFC 4180)' };
}

/** Two rows with one key would fight; the later one is the error. */
function repeatedKeys(kind: ImportKind, rows: readonly ParsedRow[]): RowError[] {
  const { type } = kind.store;
  const first = new Map<string, number>();
  return rows.flatMap(({ row, given }) => {
    if (type.key.some((name) => given[name] === undefined)) return [];
    const key = keyOf(type, given);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, row);
      return [];
    }
    const field = keyColumns(kind)[0]?.header ?? '';
    const found = keyLabel(type, given);
    return [{ row, field, message: `repeats row ${earlier}`, expected: 'each key once', found }];
  });
}

/** Takes a CSV file apart and finds everything that is wrong with it alone, all at once. */
export async function parseFile(kind: ImportKind, content: string): Promise<ParsedFile> {
  const rows: ParsedRow[] = [];
  const broken: ParsedRow[] = [];
  const errors: RowError[] = [];
  let header: Header | undefined;
  let row = 0;
  let rowCount = 0;
  try {
    for await (const record of parserOf(content)) {
      // Blank lines count, so that numbers are those that a spreadsheet shows.
      row += 1;
      if (record.every((cell) => cell.trim() === '')) continue;
      if (header === undefined) {
        header = readHeader(kind, record);
        errors.push(...header.errors);
        // Under a wrong header each row would only repeat the same error.
        if (header.errors.length > 0) break;
        continue;
      }
      rowCount += 1;
      if (rowCount > IMPORT_ROWS_MAX) {
        const expected = `at most ${IMPORT_ROWS_MAX} rows a file`;
        errors.push({ row, field: '', message: 'is one too many', expected });
        break;
      }
      const result = readRow(kind, header.columns, record, row);
      (result.errors.length > 0 ? broken : rows).push(result.parsed);
      errors.push(...result.errors);
      if (row % ROWS_PER_TURN === 0) await setImmediate();
    }
  } catch (error) {
    errors.push(syntaxError(error));
  }
  if (!header && errors.length === 0) {
    errors.push({ row: 1, field: '', message: 'is missing', expected: 'a header and rows' });
  }
  const inOrder = [...rows, ...broken].sort((a, b) => a.row - b.row);
  errors.push(...repeatedKeys(kind, inOrder));
  return { rows, broken, rowCount, errors };
}
