import type { Queryable } from '../../platform/database.ts';
import type { Committed, LineResult } from './commands.ts';
import { ENTRY } from './commands.ts';
import { encodeUuids } from './encode.ts';
import { selectByCommand } from './load.sql.ts';

/** A command that is in the journal already, with its first answer. */
export interface DurableCommand {
  readonly bodyHash: bigint;
  readonly outcome: Committed;
}

interface CommandRow {
  command_id: string;
  body_hash: bigint;
  line: number;
  seq: bigint;
  quantity: bigint;
  recorded_at: Date;
  value: bigint | null;
  from_position: bigint | null;
  to_position: bigint | null;
  from_after: bigint | null;
  to_after: bigint | null;
  after: bigint | null;
  entry_kind: number | null;
  cost_unknown: boolean;
}

/** Finds what these command ids did in one journal; ids that did nothing are absent. */
export async function findByCommand(
  tx: Queryable,
  journal: number,
  ids: readonly string[],
): Promise<Map<string, DurableCommand>> {
  const values = [journal, encodeUuids(ids)];
  const query = { ...selectByCommand, values } as unknown as string;
  const { rows } = await tx.query<CommandRow>(query);
  const grouped = new Map<string, CommandRow[]>();
  for (const row of rows) {
    const list = grouped.get(row.command_id);
    if (list) list.push(row);
    else grouped.set(row.command_id, [row]);
  }
  const result = new Map<string, DurableCommand>();
  for (const [id, list] of grouped) result.set(id, answerOf(journal, list));
  return result;
}

function answerOf(journal: number, rows: CommandRow[]): DurableCommand {
  // Variances that a movement brought along are not lines of the command; a late cost's are, and
  // so are those of a new standard cost, which is a line itself only where it moved no money.
  const lines = rows.filter(
    (row) => row.from_position !== null || (row.after !== null && !isStandardCost(row)),
  );
  const money = rows.filter((row) => row.from_position === null && row.after === null);
  const shown = [lines, money, rows].find((list) => list.length > 0) ?? [];
  return {
    bodyHash: rows[0]!.body_hash,
    outcome: {
      status: 'committed',
      journal,
      recordedAt: rows[0]!.recorded_at.getTime(),
      lines: shown.map(lineOf),
      replayed: true,
    },
  };
}

function isStandardCost(row: CommandRow): boolean {
  return row.entry_kind === ENTRY.standardCost;
}

function lineOf(row: CommandRow): LineResult {
  const base = { line: row.line, seq: Number(row.seq), quantity: row.quantity };
  if (row.from_position !== null) {
    return {
      ...base,
      value: row.value ?? 0n,
      from: Number(row.from_position),
      to: Number(row.to_position),
      fromAfter: row.from_after ?? 0n,
      toAfter: row.to_after ?? 0n,
      ...(row.cost_unknown ? { costUnknown: true } : {}),
    };
  }
  if (row.after !== null && !isStandardCost(row)) return { ...base, after: row.after };
  return { ...base, value: row.value ?? 0n };
}
