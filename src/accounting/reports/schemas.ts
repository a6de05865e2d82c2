import { z } from 'zod';
import { instant } from '../../platform/http.ts';
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
