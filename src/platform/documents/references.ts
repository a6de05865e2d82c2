import type { Tx } from '../database.ts';
import type { FieldError } from '../problems.ts';
import type { Candidate, DocumentType, Reference } from './document.ts';
import { mapInTurns } from './turns.ts';

type Pair = readonly [code: unknown, parent: unknown];

function pairKey(code: unknown, parent: unknown): string {
  return JSON.stringify([code, parent ?? null]);
}

/** Which of the (code, parent code) pairs exist. */
async function existingPairs(
  tx: Tx,
  type: DocumentType,
  reference: Reference,
  pairs: ReadonlyMap<string, Pair>,
): Promise<Set<string>> {
  const codes = [...pairs.values()].map(([code]) => code);
  const parent = reference.within && type.references[reference.within.field];
  if (!parent) {
    const { rows } = await tx.query<{ code: string }>(
      `SELECT code FROM ${reference.table} WHERE code = ANY($1)`,
      [codes],
    );
    return new Set(rows.map(({ code }) => pairKey(code, null)));
  }
  const parents = [...pairs.values()].map(([, code]) => code);
  const { rows } = await tx.query<{ code: string; parent: string }>(
    `SELECT child.code, parent.code AS parent
       FROM unnest($1::text[], $2::text[]) AS pair(code, parent)
       JOIN ${parent.table} parent ON parent.code = pair.parent
       JOIN ${reference.table} child
         ON child.code = pair.code AND child.${parent.column} = parent.${parent.idColumn}`,
    [codes, parents],
  );
  return new Set(rows.map((row) => pairKey(row.code, row.parent)));
}

/**
 * Finds codes that name nothing the caller can see; one array of errors a candidate. Fields that
 * a candidate does not have are passed over, so that half a document can be checked too.
 */
export async function checkReferences(
  tx: Tx,
  type: DocumentType,
  candidates: readonly Pick<Candidate, 'values'>[],
): Promise<FieldError[][]> {
  const errors: FieldError[][] = candidates.map(() => []);
  for (const [name, reference] of Object.entries(type.references)) {
    const pairOf = ({ values }: Pick<Candidate, 'values'>): Pair | undefined => {
      const parent = reference.within ? values[reference.within.field] : null;
      const code = values[name] ?? null;
      return code === null || parent === undefined ? undefined : [code, parent];
    };
    const pairs = new Map<string, Pair>();
    await mapInTurns(candidates, (candidate) => {
      const pair = pairOf(candidate);
      if (pair) pairs.set(pairKey(...pair), pair);
    });
    if (pairs.size === 0) continue;
    const existing = await existingPairs(tx, type, reference, pairs);
    await mapInTurns(candidates, (candidate, index) => {
      const pair = pairOf(candidate);
      if (!pair || existing.has(pairKey(...pair))) return;
      const where = reference.within ? ` of that ${reference.within.field}` : '';
      errors[index]?.push({
        path: name,
        message: `names no ${name}${where}`,
        expected: `the code of an existing ${name}${where}`,
        found: String(pair[0]),
      });
    });
  }
  return errors;
}
