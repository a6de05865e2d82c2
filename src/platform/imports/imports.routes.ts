import { z } from 'zod';
import type { Context, Principal } from '../context.ts';
import { readAs } from '../database.ts';
import { csvLines, wantsCsv } from '../documents/index.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../http.ts';
import { invalidRequest, notFound, Problem } from '../problems.ts';
import { commitImport, previewImport, undoImport } from './imports.commands.ts';
import { findImport, type ImportRow, selectImports } from './imports.queries.ts';
import { IMPORT_BYTES_MAX, type ImportKind, templateOf } from './kind.ts';

/** An import of the largest file takes some seconds on a small machine. */
const IMPORT_TIMEOUT_MS = 60_000;
const ERRORS_SHOWN_MAX = 1000;

const rowError = z.object({
  row: z.number().int().describe('as a spreadsheet counts: the header is row 1'),
  field: z.string(),
  message: z.string(),
  expected: z.string().optional(),
  found: z.string().optional(),
});
const importSchema = z.object({
  importId: z.string(),
  kind: z.string(),
  state: z.enum(['invalid', 'previewed', 'committed', 'undone']),
  fileName: z.string().nullable(),
  rows: z.number().int(),
  create: z.number().int().describe('rows that make something new'),
  update: z.number().int().describe('rows that change something'),
  unchanged: z.number().int().describe('rows that say what is so already'),
  errorCount: z.number().int(),
  errors: z.array(rowError).describe(`the first ${ERRORS_SHOWN_MAX}; all are in the report`),
  sample: z.array(z.looseObject({ row: z.number().int(), action: z.string() })),
  previewedAt: z.string(),
  committedAt: z.string().nullable(),
  undoneAt: z.string().nullable(),
});

/** An import as callers see it; the first errors only. */
export function toImport(row: ImportRow): z.output<typeof importSchema> {
  return {
    importId: row.import_id,
    kind: row.kind,
    state: row.state,
    fileName: row.file_name,
    rows: row.row_count,
    create: row.create_count,
    update: row.update_count,
    unchanged: row.unchanged_count,
    errorCount: row.error_count,
    errors: row.errors.slice(0, ERRORS_SHOWN_MAX),
    sample: row.sample.map((change) => ({ ...change })),
    previewedAt: row.previewed_at.toISOString(),
    committedAt: row.committed_at?.toISOString() ?? null,
    undoneAt: row.undone_at?.toISOString() ?? null,
  };
}

/**
 * Text of an uploaded file: UTF-8, or UTF-16 as some spreadsheets write it, by its mark.
 * @throws Problem invalid-request
 */
export function decodeFile(bytes: Buffer): string {
  const isWide = bytes.length >= 2 && bytes.readUInt16LE(0) === 0xfeff;
  try {
    const text = new TextDecoder(isWide ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\u0000')) return text;
  } catch {
    // It falls through to the one answer for what is no text.
  }
  throw new Problem(invalidRequest, 'The file is not text in UTF-8.', {
    errors: [{ path: 'body', message: 'is not UTF-8', expected: 'CSV in UTF-8' }],
  });
}

const anyScope = { config: { scope: 'catalog:read' as const } };
const idParameters = z.object({ importId: z.uuid() });
type Kinds = ReadonlyMap<string, ImportKind>;

/** An import that the caller may see. @throws Problem not-found */
async function readImport(
  context: Context,
  kinds: Kinds,
  principal: Principal,
  importId: string,
): Promise<ImportRow> {
  const row = await readAs(context.database, principal.scope, (tx) => findImport(tx, importId));
  const kind = row && kinds.get(row.kind);
  if (row && kind && principal.scopes.has(kind.readScope)) return row;
  throw new Problem(notFound, `There is no import ${importId}.`);
}

function changeRoutes(app: App, context: Context, kinds: Kinds): void {
  const names = [...kinds.keys()] as [string, ...string[]];
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'buffer', bodyLimit: IMPORT_BYTES_MAX },
    (_request, body, done) => {
      try {
        done(null, decodeFile(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  app.post(
    '/v1/imports',
    {
      ...anyScope,
      bodyLimit: IMPORT_BYTES_MAX,
      handlerTimeout: IMPORT_TIMEOUT_MS,
      schema: {
        tags: ['imports'],
        summary: 'Preview a CSV file: what it would do and all that is wrong with it',
        description: 'The body is the file itself, as text/csv. Needs the write scope of the kind.',
        consumes: ['text/csv'],
        querystring: z.object({
          kind: z.enum(names),
          fileName: z
            .string()
            .max(200)
            .regex(/^[^\p{Cc}\p{Cs}]*$/u)
            .optional(),
        }),
        body: z.string().describe('CSV with a header row; templates show the columns'),
        response: { 201: importSchema },
      },
    },
    async (request, reply) => {
      const { kind: name, fileName } = request.query;
      const kind = kinds.get(name);
      if (!kind) throw new Problem(notFound, `Nothing is imported as ${name}.`);
      const upload = { kind, content: request.body, fileName };
      const row = await previewImport(context, request.principal, upload);
      return reply.code(201).header('location', `/v1/imports/${row.import_id}`).send(toImport(row));
    },
  );
  for (const [verb, summary, run] of [
    ['commit', 'Do what the preview said, all of it or nothing', commitImport],
    ['undo', 'Take back exactly what the import did', undoImport],
  ] as const) {
    app.post(
      `/v1/imports/:importId/${verb}`,
      {
        ...anyScope,
        handlerTimeout: IMPORT_TIMEOUT_MS,
        schema: {
          tags: ['imports'],
          summary,
          description: 'Needs the write scope of the kind. Again is no error.',
          params: idParameters,
          response: { 200: importSchema },
        },
      },
      async (request) => {
        const { importId } = request.params;
        await run(context, kinds, request.principal, importId);
        return toImport(await readImport(context, kinds, request.principal, importId));
      },
    );
  }
}

function listRoute(app: App, context: Context, kinds: Kinds): void {
  const names = [...kinds.keys()] as [string, ...string[]];
  app.get(
    '/v1/imports',
    {
      ...anyScope,
      schema: {
        tags: ['imports'],
        summary: 'List imports, newest first',
        querystring: z.object({ ...pageQuery, kind: z.enum(names).optional() }),
        response: { 200: pageOf(importSchema.omit({ errors: true, sample: true })) },
      },
    },
    async (request) => {
      const { cursor, limit, kind } = request.query;
      const { scope, scopes } = request.principal;
      const wanted = [...kinds.values()]
        .filter(({ name, readScope }) => scopes.has(readScope) && (kind ?? name) === name)
        .map(({ name }) => name);
      const key = z.tuple([
        z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:[\d.+:-]{2,24}$/),
        z.uuid(),
      ]);
      const after = decodeCursor(cursor, key);
      const rows = await readAs(context.database, scope, (tx) =>
        selectImports(tx, wanted, after && { at: after[0], importId: after[1] }, limit + 1),
      );
      return toPage(rows, limit, (row) => [row.sort_key, row.import_id], toImport);
    },
  );
}

function reportRoutes(app: App, context: Context, kinds: Kinds): void {
  app.get(
    '/v1/imports/:importId',
    {
      ...anyScope,
      schema: {
        tags: ['imports'],
        summary: 'Read one import',
        params: idParameters,
        response: { 200: importSchema },
      },
    },
    async (request) =>
      toImport(await readImport(context, kinds, request.principal, request.params.importId)),
  );
  app.get(
    '/v1/imports/:importId/errors',
    {
      ...anyScope,
      schema: {
        tags: ['imports'],
        summary: 'The error report, as JSON or CSV',
        params: idParameters,
        querystring: z.object({ format: z.enum(['json', 'csv']).optional() }),
        response: {
          200: {
            description: 'All errors that were kept',
            content: {
              'application/json': { schema: z.object({ errors: z.array(rowError) }) },
              'text/csv': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { importId } = request.params;
      const { errors } = await readImport(context, kinds, request.principal, importId);
      if (!wantsCsv(request)) return reply.send({ errors });
      const header = ['row', 'field', 'message', 'expected', 'found'];
      const cells = errors.map(({ row, field, message, expected = '', found = '' }) => [
        String(row),
        field,
        message,
        expected,
        found,
      ]);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="errors.csv"')
        .send(csvLines([header, ...cells]));
    },
  );
}

function templateRoute(app: App, kinds: Kinds): void {
  const names = [...kinds.keys()] as [string, ...string[]];
  app.get(
    '/v1/imports/templates/:kind',
    {
      ...anyScope,
      schema: {
        tags: ['imports'],
        summary: 'A CSV file with the header and one example row',
        params: z.object({ kind: z.enum(names) }),
        response: { 200: { content: { 'text/csv': { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const { kind: name } = request.params;
      const kind = kinds.get(name);
      if (!kind) throw new Problem(notFound, `Nothing is imported as ${name}.`);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}.csv"`)
        .send(templateOf(kind));
    },
  );
}

/** CSV imports: preview, commit, undo, and what goes with them. */
export function importRoutes(app: App, context: Context, kinds: readonly ImportKind[]): void {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  changeRoutes(app, context, byName);
  listRoute(app, context, byName);
  reportRoutes(app, context, byName);
  templateRoute(app, byName);
}
