import type { Queryable } from '../../platform/database.ts';

/** A part of a command: what one journal gets of it. */
export interface CommandPart {
  readonly journal: number;
  readonly command: { readonly id: string; readonly bodyHash: bigint };
  /** Index in the request of each line of the part. */
  readonly lineIndexes: readonly number[];
}

/**
 * Writes down which lines of their commands the parts are, before they are posted. One statement
 * for any number of them, and none where every command keeps to one journal.
 */
export async function recordParts(
  db: Queryable,
  ownerId: number,
  commands: readonly (readonly CommandPart[])[],
  now: Date,
): Promise<void> {
  const spread = commands.filter((parts) => parts.length > 1).flat();
  if (spread.length === 0) return;
  const rows = spread.flatMap(({ journal, command, lineIndexes }) =>
    lineIndexes.map((index, i) => ({ journal, ...command, partLine: i + 1, line: index + 1 })),
  );
  await db.query(
    `INSERT INTO ledger.command_line
       (journal, command_id, body_hash, part_line, line, owner_id, begun_at)
     SELECT k.*, $6, $7 FROM unnest($1::integer[], $2::uuid[], $3::bigint[], $4::integer[],
       $5::integer[]) AS k ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING`,
    [
      rows.map((row) => row.journal),
      rows.map((row) => row.id),
      rows.map((row) => String(row.bodyHash)),
      rows.map((row) => row.partLine),
      rows.map((row) => row.line),
      ownerId,
      now,
    ],
  );
}

/** Where a line of a command over several journals went. */
export interface CommandLineRow {
  journal: number;
  part_line: number;
  line: number;
}

/** The lines of a command over several journals; none where it kept to one. */
export async function selectParts(
  tx: Queryable,
  journals: readonly number[],
  commandId: string,
  bodyHash: bigint,
): Promise<CommandLineRow[]> {
  const { rows } = await tx.query<CommandLineRow>(
    `SELECT journal, part_line, line FROM ledger.command_line
     WHERE journal = ANY($1) AND command_id = $2 AND body_hash = $3`,
    [journals, commandId, String(bodyHash)],
  );
  return rows;
}
