import { z } from 'zod';
import { instant } from '../../platform/http.ts';
import { invalidRequest, Problem } from '../../platform/problems.ts';
import type { AsOf } from './as-of.queries.ts';

/** Members that the query strings of reports share. */

/** Text that PostgreSQL can hold: a NUL character would be an error of the server there. */
export const codeText = z
  .string()
  .min(1)
  .max(130)
  .refine((text) => !text.includes('\u0000'), 'must not hold a NUL character');

/** An instant within what PostgreSQL and JavaScript both can hold. */
export const instantText = instant.refine(
  (text) => !Number.isNaN(Date.parse(text)),
  'is not an instant',
);

/** As of when, and by which clock. */
export const asOfQuery = {
  at: instantText.optional().describe('as of this instant; now when it is left out'),
  by: z
    .enum(['recorded', 'occurred'])
    .default('recorded')
    .describe('what the books knew then, or what had happened by then as it is known now'),
};

/** @param at the moment of the page before. */
export function toAsOf(
  query: { at?: string | undefined; by: 'recorded' | 'occurred' },
  at: string | undefined,
): AsOf {
  const text = query.at ?? at;
  return { by: query.by, at: text === undefined ? undefined : Date.parse(text) };
}

/** A comma list of some of `names`, each once. */
export function listOf<Name extends string>(names: readonly [Name, ...Name[]]) {
  return z
    .string()
    .max(200)
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(names)).min(1))
    .transform((list) => [...new Set(list)] as Name[]);
}

/** A booking day, YYYY-MM-DD, within what PostgreSQL and JavaScript both can hold. */
export const day = z.iso.date().refine((text) => text >= '1900', 'must be 1900-01-01 or later');

/** A range of booking days. */
export const rangeQuery = {
  from: day.optional().describe('first booking day; the beginning when it is left out'),
  through: day.optional().describe('last booking day, inclusive; all when it is left out'),
};

/** @throws Problem invalid-request when it ends before it begins. */
export function toRange(query: { from?: string | undefined; through?: string | undefined }): {
  from?: string | undefined;
  through?: string | undefined;
} {
  const { from, through } = query;
  if (from !== undefined && through !== undefined && from > through) {
    const message = 'is before `from`';
    const errors = [
      { path: 'query.through', message, expected: `${from} or later`, found: through },
    ];
    throw new Problem(invalidRequest, 'The range of days ends before it begins.', { errors });
  }
  return { from, through };
}
