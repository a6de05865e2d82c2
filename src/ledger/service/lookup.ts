import type { Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { formatMoney } from '../../platform/money.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { ENTRY } from '../posting/commands.ts';
import { problemMember } from './answers.ts';
import { attemptIds, confirmId } from './attempts.queries.ts';
import { commandUuid, formatLedgerId } from './identity.ts';
import { type CommandLineRow, selectParts } from './parts.queries.ts';
import type { CommandAnswer, LineAnswer } from './schemas.ts';
import type { LedgerService } from './service.ts';

interface Row {
  journal: number;
  seq: bigint;
  line: number;
  quantity: bigint;
  value: bigint | null;
  from_after: bigint | null;
  to_after: bigint | null;
  after: bigint | null;
  /** Kind of an entry; 0 for a movement, -1 for money without units. */
  entry: number;
  recorded_at: Date;
  quantity_scale: number;
  body_hash: bigint;
  cost_unknown: boolean;
}

const BY_COMMAND = `SELECT m.journal, m.seq, m.line, m.quantity, m.value, m.from_after, m.to_after,
    NULL::bigint AS after, 0 AS entry, m.recorded_at, i.quantity_scale,
    m.body_hash, m.value = 0 AND EXISTS (SELECT FROM ledger.unknown_cost u
      WHERE u.journal = m.journal AND u.seq = m.seq) AS cost_unknown
  FROM ledger.movement m JOIN catalog.item i ON i.item_id = m.item_id
  WHERE m.journal = ANY($1) AND m.command_id = $2
  UNION ALL
  SELECT e.journal, e.seq, e.line, e.quantity, NULL, NULL, NULL, e.after, e.kind,
    e.recorded_at, i.quantity_scale, e.body_hash, false
  FROM ledger.entry e JOIN catalog.item i ON i.item_id = e.item_id
  WHERE e.journal = ANY($1) AND e.command_id = $2
  UNION ALL
  SELECT v.journal, v.seq, v.line, 0, v.amount, NULL, NULL, NULL, -1, v.recorded_at,
    i.quantity_scale, v.body_hash, false
  FROM ledger.value_entry v JOIN catalog.item i ON i.item_id = v.item_id
  WHERE v.journal = ANY($1) AND v.command_id = $2
  ORDER BY journal, seq`;

/**
 * What became of a command, by the id it was sent with: the answer to "outcome unknown".
 * @throws Problem not-found when nothing was posted under the id (so it may be sent again).
 */
export async function findCommand(
  ledger: LedgerService,
  principal: Principal,
  key: string,
): Promise<CommandAnswer> {
  const journals = Array.from({ length: ledger.poster.journals }, (_, i) => i);
  const id = commandUuid(key, principal);
  const { rows, parts } = await readAs(ledger.database, principal.scope, async (tx) => {
    for (const attempt of attemptIds(id)) {
      const found = (await tx.query<Row>(BY_COMMAND, [journals, attempt])).rows;
      if (!found.some((row) => row.entry === ENTRY.hold)) {
        const hash = found[0]?.body_hash ?? 0n;
        return { rows: found, parts: await selectParts(tx, journals, attempt, hash) };
      }
      // A group over several journals is granted only by being confirmed as a whole.
      const confirmed = (await tx.query<Row>(BY_COMMAND, [journals, confirmId(attempt)])).rows;
      if (confirmed.length === found.length) return { rows: found, parts: [] };
    }
    return { rows: [], parts: [] };
  });
  if (rows.length === 0) {
    throw new Problem(notFound, `Nothing was posted under the id ${key}.`, {
      outcome: 'not-posted',
    });
  }
  const at = Math.max(...rows.map((row) => row.recorded_at.getTime()));
  // Variances that a movement brought along are no lines of the command; a late cost's are, and
  // so are those of a new standard cost, which is a line itself only where it moved no money.
  const own = rows.filter((row) => row.entry >= 0 && row.entry !== ENTRY.standardCost);
  const money = rows.filter((row) => row.entry < 0);
  const lines = [own, money, rows].find((list) => list.length > 0) ?? [];
  const numbers = new Map(parts.map((part) => [`${part.journal} ${part.part_line}`, part.line]));
  const committed = lines.map((row) => {
    const line = numbers.get(`${row.journal} ${row.line}`) ?? row.line;
    return { ...lineOf(row, ledger.currencyDigits), line };
  });
  const missing = notPosted(parts, rows);
  return {
    commandId: key,
    status: missing.length > 0 ? 'partial' : 'committed',
    // Nothing was asked for again: this only tells what became of it.
    replayed: false,
    recordedAt: new Date(at).toISOString(),
    lines: [...committed, ...missing].sort((a, b) => a.line - b.line),
    ...(missing[0]?.problem ? { problem: missing[0].problem } : {}),
  };
}

/** Lines of a command over several journals whose journal has nothing of it. */
function notPosted(parts: readonly CommandLineRow[], rows: readonly Row[]): LineAnswer[] {
  const posted = new Set(rows.map((row) => row.journal));
  const missing = parts.filter((part) => !posted.has(part.journal));
  return missing.map(({ line }) => {
    const text = 'Nothing was posted of this line; send the command again to try it again.';
    const problem = new Problem(notFound, text, { line, outcome: 'not-posted' });
    return { line, status: 'rejected', problem: problemMember(problem) };
  });
}

/** What an entry's figure afterwards is a figure of. */
function afterOf(entry: number, after: string): Partial<LineAnswer> {
  if (entry === ENTRY.standardCost) return {};
  if (entry === ENTRY.countUnchanged) return { onHand: after };
  const allocation = entry === ENTRY.allocate || entry === ENTRY.deallocate;
  return allocation ? { allocated: after } : { reserved: after };
}

function lineOf(row: Row, currencyDigits: number): LineAnswer {
  const seq = Number(row.seq);
  const value = row.entry === ENTRY.standardCost ? 0n : row.value;
  const show = (value: bigint): string => formatDecimal(value, row.quantity_scale);
  return {
    line: row.line,
    status: 'committed',
    id: formatLedgerId(row.journal, seq),
    journal: row.journal,
    seq,
    quantity: show(row.quantity),
    ...(value === null ? {} : { value: formatMoney(value, currencyDigits) }),
    ...(row.cost_unknown ? { costUnknown: true } : {}),
    ...(row.from_after === null ? {} : { fromOnHand: show(row.from_after) }),
    ...(row.to_after === null ? {} : { toOnHand: show(row.to_after) }),
    ...(row.after === null ? {} : afterOf(row.entry, show(row.after))),
  };
}
