import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentType, Stored, Values } from './document.ts';
import type { Field } from './fields.ts';
import { snakeCase } from './sql.ts';

/** Rows of one export at most; beyond it, filter. */
export const EXPORT_ROWS_MAX = 1_000_000;

/** A column of a CSV file: its header and the field behind it. */
export interface CsvColumn {
  readonly header: string;
  readonly name: string;
  readonly field: Field;
}

/** The columns of a type, the same for export and import: an export can be edited and imported. */
export function csvColumns(type: DocumentType): CsvColumn[] {
  const omitted = new Set(type.notInCsv ?? []);
  return Object.entries(type.fields)
    .filter(([name]) => !omitted.has(name))
    .map(([name, field]) => ({ header: snakeCase(name), name, field }));
}

/** Cells of one document. */
export function toCells(columns: readonly CsvColumn[], values: Values): string[] {
  return columns.map(({ name, field }) => {
    const value = values[name];
    return value === null || value === undefined ? '' : field.toText(value);
  });
}

/** One or more lines of CSV (RFC 4180, CRLF). */
export function csvLines(rows: readonly (readonly string[])[]): string {
  return stringify(rows as string[][], { record_delimiter: 'windows' });
}

/** Whether the caller wants CSV: `?format=csv`, or an Accept header that names it first. */
export function wantsCsv(request: FastifyRequest): boolean {
  const { format } = request.query as { format?: string };
  if (format !== undefined) return format === 'csv';
  return (request.headers.accept ?? '').trim().toLowerCase().startsWith('text/csv');
}

/** Sends CSV that is made while it is sent, so that its size does not matter. */
export function sendCsv(
  reply: FastifyReply,
  fileName: string,
  parts: AsyncIterable<string>,
): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .send(Readable.from(parts));
}

/** The pages of a list as CSV text, header first. */
export async function* csvPages(
  type: DocumentType,
  readPage: (cursor: string | undefined) => Promise<{
    items: Stored[];
    nextCursor: string | null;
  }>,
): AsyncGenerator<string> {
  const columns = csvColumns(type);
  yield csvLines([columns.map(({ header }) => header)]);
  let cursor: string | undefined;
  let count = 0;
  do {
    const page = await readPage(cursor);
    yield csvLines(page.items.map(({ values }) => toCells(columns, values)));
    count += page.items.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && count < EXPORT_ROWS_MAX);
}
