import type { Tx } from '../../platform/database.ts';
import type { Candidate } from '../../platform/documents/index.ts';
import type { FieldError } from '../../platform/problems.ts';
import { readSettings } from '../../platform/settings.ts';

/** What documents of planning name beyond their own tables; one array of errors a candidate. */

async function knownCodes(tx: Tx, query: string, codes: readonly string[]): Promise<Set<string>> {
  if (codes.length === 0) return new Set();
  const { rows } = await tx.query<{ code: string }>(query, [codes]);
  return new Set(rows.map(({ code }) => code));
}

function codesOf(candidates: readonly Candidate[], field: string): string[] {
  return [...new Set(candidates.flatMap(({ values }) => (values[field] as string | null) ?? []))];
}

/**
 * Groups that no item is in and regions that no site is in: a promotion or signal of one would
 * concern nothing, without a word. A document that named one before may keep it.
 */
export async function knownPlaces(
  tx: Tx,
  candidates: readonly Candidate[],
): Promise<FieldError[][]> {
  const known = {
    groupCode: await knownCodes(
      tx,
      `SELECT DISTINCT group_code AS code FROM planning.item_group WHERE group_code = ANY ($1)`,
      codesOf(candidates, 'groupCode'),
    ),
    regionCode: await knownCodes(
      tx,
      `SELECT DISTINCT region_code AS code FROM planning.site_region WHERE region_code = ANY ($1)`,
      codesOf(candidates, 'regionCode'),
    ),
  };
  const expected = {
    groupCode: 'a group that an item is in; see item-groups',
    regionCode: 'a region that a site is in; see site-regions',
  };
  return candidates.map(({ values, before }) =>
    (['groupCode', 'regionCode'] as const).flatMap((path) => {
      const found = values[path] as string | null;
      if (found === null || known[path].has(found) || before?.values[path] === found) return [];
      return [{ path, message: 'is not known', expected: expected[path], found }];
    }),
  );
}

/** Prices are compared with those of past sales, which are in the house currency. */
export async function currencyErrors(
  tx: Tx,
  candidates: readonly Candidate[],
): Promise<FieldError[][]> {
  const { currency } = await readSettings(tx);
  return candidates.map(({ values }) => {
    const found = String(values.currency);
    if (found === currency) return [];
    const message = 'is not the house currency';
    return [{ path: 'currency', message, expected: currency, found }];
  });
}
