import { basename } from 'node:path';
import { importKinds } from '../../api/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { csvLines } from '../../platform/documents/index.ts';
import {
  commitImport,
  decodeFile,
  type ImportRow,
  previewImport,
  type RowError,
} from '../../platform/imports/index.ts';
import type { GlobalOptions } from '../command.ts';
import { progressOf, runSteps } from '../progress.ts';
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
  const parts = partsOf(file);
  const previews: ImportRow[] = [];
  const errors: RowError[] = repeatedAcross(file);
  const repeated = errors.length;
  const found = { itemsMade: 0, isCommitted: false };
  const isShop = file.items.length > 0;
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
      run: async (say: (line: string) => void) => {
        const report = progressOf('rows', say);
        for (const { content, firstRow } of parts) {
          const upload = { kind, content, fileName: basename(path) };
          const preview = await previewImport(context, SYSTEM, upload);
          previews.push(preview);
          for (const error of preview.errors) {
            errors.push(error.row === 1 ? error : { ...error, row: error.row + firstRow });
          }
          report(
            sum(previews, (row) => row.row_count),
            file.rows.length,
          );
        }
      },
    },
    {
      title: 'Write',
      run: async (say: (line: string) => void) => {
        if (errors.length > 0) return;
        const byName = new Map([[kind.name, kind]]);
        const report = progressOf('rows', say);
        let done = 0;
        for (const { import_id, row_count } of previews) {
          await commitImport(context, byName, SYSTEM, import_id);
          done += row_count;
          report(done, file.rows.length);
        }
        found.isCommitted = true;
      },
    },
  ];
  await runSteps(globals, steps.slice(isShop ? 0 : 1, commit ? steps.length : 2));
  const errorCount = repeated + sum(previews, (row) => row.error_count);
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
    errors: errors.sort((a, b) => a.row - b.row),
  };
}
