import { basename } from 'node:path';
import { importKinds } from '../../api/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { csvLines } from '../../platform/documents/index.ts';
import {
  commitImport,
  decodeFile,
  type ImportKind,
  type ImportRow,
  previewImport,
  type RowError,
} from '../../platform/imports/index.ts';
import type { GlobalOptions } from '../command.ts';
import { NOTHING_WRITTEN, progressOf, runSteps } from '../progress.ts';
import { readInput } from '../retail/import.ts';
import { ensureItems, SITE } from '../retail/reference.ts';
import type { CliContext } from '../with-database.ts';
import { type DemandFile, type DemandFormat, readDemandFile, repeatedRows } from './file.ts';

export interface DemandOptions {
  readonly path: string;
  readonly format: DemandFormat;
  readonly site: string | undefined;
  readonly commit: boolean;
}

/** What importing a file of past demand did. */
export interface DemandSummary {
  readonly state: 'invalid' | 'previewed' | 'committed';
  /** Imports that it was made of, each of which can be undone; the last one first. */
  readonly imports: readonly string[];
  readonly itemsMade: number;
  readonly rows: number;
  readonly create: number;
  readonly update: number;
  readonly unchanged: number;
  readonly errorCount: number;
  readonly errors: readonly RowError[];
}

/** Rows of one import; a larger file becomes several. */
const ROWS_MAX = 40_000;

function sum(imports: readonly ImportRow[], of: (row: ImportRow) => number): number {
  return imports.reduce((total, row) => total + of(row), 0);
}

/** Parts of a file that an import takes each; the header is row 1. */
function partsOf(file: DemandFile): { content: string; firstRow: number }[] {
  const parts: { content: string; firstRow: number }[] = [];
  for (let first = 0; first === 0 || first < file.rows.length; first += ROWS_MAX) {
    const content = csvLines([file.header, ...file.rows.slice(first, first + ROWS_MAX)]);
    parts.push({ content, firstRow: first });
  }
  return parts;
}

/** Days that come again in another part, which no part can know of alone. */
function repeatedAcross(file: DemandFile): RowError[] {
  return repeatedRows(file)
    .filter(({ row, earlier }) => partOf(row) !== partOf(earlier))
    .map(({ row, earlier, key }) => {
      const message = `repeats row ${earlier}`;
      return { row, field: 'date', message, expected: 'each key once', found: key };
    });
}

function partOf(row: number): number {
  return Math.floor((row - 2) / ROWS_MAX);
}

/** An import of past demand at work. */
interface Loading {
  readonly context: CliContext;
  readonly kind: ImportKind;
  readonly file: DemandFile;
  readonly previews: ImportRow[];
  readonly errors: RowError[];
}

/** Previews each part of a file, with the rows of errors counted in the whole. */
async function previewParts(
  { context, kind, file, previews, errors }: Loading,
  fileName: string,
  report: (done: number, total: number) => void,
): Promise<void> {
  for (const { content, firstRow } of partsOf(file)) {
    const preview = await previewImport(context, SYSTEM, { kind, content, fileName });
    previews.push(preview);
    for (const error of preview.errors) {
      errors.push(error.row === 1 ? error : { ...error, row: error.row + firstRow });
    }
    const done = sum(previews, (row) => row.row_count);
    report(done, file.rows.length);
  }
}

async function commitParts(
  { context, kind, file, previews }: Loading,
  report: (done: number, total: number) => void,
): Promise<void> {
  const kinds = new Map([[kind.name, kind]]);
  let done = 0;
  for (const { import_id, row_count } of previews) {
    await commitImport(context, kinds, SYSTEM, import_id);
    done += row_count;
    report(done, file.rows.length);
  }
}

function summaryOf(
  { previews, errors }: Loading,
  found: { readonly itemsMade: number; readonly isCommitted: boolean; readonly repeated: number },
): DemandSummary {
  const errorCount = found.repeated + sum(previews, (row) => row.error_count);
  const written = found.isCommitted ? 'committed' : 'previewed';
  return {
    state: errorCount > 0 ? 'invalid' : written,
    imports: previews.map(({ import_id }) => import_id).reverse(),
    itemsMade: found.itemsMade,
    rows: sum(previews, (row) => row.row_count),
    create: sum(previews, (row) => row.create_count),
    update: sum(previews, (row) => row.update_count),
    unchanged: sum(previews, (row) => row.unchanged_count),
    errorCount,
    errors: [...errors].sort((a, b) => a.row - b.row),
  };
}

/**
 * Loads past demand through the same imports as the API: everything is previewed before anything
 * is written, and all errors of all parts are told at once. Formats of whole shops also make the
 * items, and the site where none is given.
 */
export async function importDemand(
  context: CliContext,
  globals: GlobalOptions,
  options: DemandOptions,
): Promise<DemandSummary> {
  const { path, format, site = SITE, commit } = options;
  const kinds = importKinds(context);
  const kind = kinds.find(({ name }) => name === 'demand');
  if (!kind) throw new Error('there is no import of demand');
  const file = readDemandFile(decodeFile(readInput(path)), format, site);
  const errors = repeatedAcross(file);
  const found = { itemsMade: 0, isCommitted: false, repeated: errors.length };
  const loading: Loading = { context, kind, file, previews: [], errors };
  const steps = [
    {
      title: 'Make the items that are missing',
      run: async (say: (line: string) => void) => {
        const makesSite = options.site === undefined;
        found.itemsMade = await ensureItems(context, kinds, file.items, { makesSite, say });
      },
    },
    {
      title: `Check ${path}`,
      run: (say: (line: string) => void) =>
        previewParts(loading, basename(path), progressOf('rows', say)),
    },
    {
      title: 'Write',
      skip: () => errors.length > 0 && NOTHING_WRITTEN,
      run: async (say: (line: string) => void) => {
        await commitParts(loading, progressOf('rows', say));
        found.isCommitted = true;
      },
    },
  ];
  await runSteps(globals, steps.slice(file.items.length > 0 ? 0 : 1, commit ? steps.length : 2));
  return summaryOf(loading, found);
}
