import { z } from 'zod';
import type { Tx } from '../database.ts';
import { type FieldError, problemBody } from '../problems.ts';
import { type CreateLine, createDocuments, type Outcome } from './commands.ts';
import type { DocumentType, Values } from './document.ts';
import type { DocumentStore } from './store.ts';

/** Lines of one bulk creation at most. */
export const BULK_LINES_MAX = 1000;

/**
 * Schemas of a bulk creation. Each line is judged on its own, so the door lets any JSON through
 * as a line and the schema of a line is only shown.
 */
export function bulkSchemas(type: DocumentType, create: z.ZodType) {
  const { $schema: _, ...shown } = z.toJSONSchema(create, { io: 'input' });
  const problem = z.looseObject({ type: z.string(), title: z.string(), status: z.number() });
  const keys = type.key.map((name) => [name, z.unknown().optional()]);
  const line = z.object({
    line: z.number().int().describe('counted from 1'),
    status: z.enum(['created', 'rejected']),
    [type.idName]: z.number().int().optional(),
    ...(Object.fromEntries(keys) as Record<string, z.ZodType>),
    version: z.number().int().optional(),
    problem: problem.optional(),
  });
  return {
    body: z.strictObject({
      [type.plural]: z.array(z.unknown().meta(shown)).min(1).max(BULK_LINES_MAX),
    }),
    answer: z.object({
      created: z.number().int(),
      rejected: z.number().int(),
      lines: z.array(line),
    }),
  };
}

function toFieldErrors(error: z.ZodError, line: unknown): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: key, message: 'is not a field' }));
    }
    const [first] = issue.path;
    const found = issue.path.reduce<unknown>(
      (value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step],
      line,
    );
    return [
      {
        path: first === undefined ? '' : issue.path.join('.'),
        message: issue.message,
        found: JSON.stringify(found)?.slice(0, 200) ?? 'nothing',
      },
    ];
  });
}

/** Creates the lines of a bulk request; `fixed` are fields that the path holds. */
export function bulkCreate(
  tx: Tx,
  store: DocumentStore,
  create: z.ZodType,
  lines: readonly unknown[],
  fixed: Values,
  at: Date,
): Promise<Outcome[]> {
  const parsed = lines.map((line): CreateLine => {
    const result = create.safeParse(line);
    if (result.success) return { given: { ...(result.data as Values), ...fixed } };
    return { errors: toFieldErrors(result.error, line) };
  });
  return createDocuments(tx, store, parsed, at);
}

/** The answer of a bulk creation, line by line. */
export function bulkAnswer(type: DocumentType, outcomes: readonly Outcome[]) {
  const lines = outcomes.map((outcome, index) => {
    if (outcome.status === 'rejected') {
      return { line: index + 1, status: outcome.status, problem: problemBody(outcome.problem) };
    }
    const { id, version, values } = outcome.stored;
    const key = Object.fromEntries(type.key.map((name) => [name, values[name]]));
    return { line: index + 1, status: outcome.status, [type.idName]: id, ...key, version };
  });
  const created = outcomes.filter(({ status }) => status === 'created').length;
  return { created, rejected: outcomes.length - created, lines };
}
