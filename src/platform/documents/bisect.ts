import type { Tx } from '../database.ts';

/** SQLSTATE of an error that PostgreSQL raised; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Integrity constraint violations: the row is at fault, not the statement. */
export function isConstraintViolation(error: unknown): boolean {
  return sqlState(error)?.startsWith('23') ?? false;
}

/** A row that a constraint refused, with PostgreSQL's error. */
export interface Refused<Row> {
  readonly row: Row;
  readonly error: unknown;
}

/**
 * Applies one statement to many rows so that a row refused by a constraint does not take its
 * neighbours with it: the whole set first, and halves of it only where that fails. With k refused
 * rows of n it takes about k log n statements, and one when all is well.
 * @returns the refused rows.
 * @throws whatever is no violation of a constraint.
 */
export async function applyEach<Row>(
  tx: Tx,
  rows: readonly Row[],
  apply: (rows: readonly Row[]) => Promise<void>,
): Promise<Refused<Row>[]> {
  if (rows.length === 0) return [];
  await tx.query('SAVEPOINT part');
  try {
    await apply(rows);
    await tx.query('RELEASE SAVEPOINT part');
    return [];
  } catch (error) {
    await tx.query('ROLLBACK TO SAVEPOINT part');
    await tx.query('RELEASE SAVEPOINT part');
    if (!isConstraintViolation(error)) throw error;
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) return [{ row: first, error }];
  }
  const middle = rows.length >> 1;
  const left = await applyEach(tx, rows.slice(0, middle), apply);
  return [...left, ...(await applyEach(tx, rows.slice(middle), apply))];
}
