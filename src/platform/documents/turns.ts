import { setImmediate } from 'node:timers/promises';

/** Rows between two pauses: a few milliseconds of work. */
const ROWS_PER_TURN = 500;

/**
 * Maps many rows without holding up everybody else's requests: every few hundred rows the event
 * loop gets a turn.
 */
export async function mapInTurns<Row, Result>(
  rows: readonly Row[],
  map: (row: Row, index: number) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % ROWS_PER_TURN === 0) await setImmediate();
    results.push(map(row, index));
  }
  return results;
}
