import type { Tx } from '../../platform/database.ts';
import {
  type Bind,
  filterSql,
  isEverything,
  type PositionFilter,
  parameterList,
} from './filter.ts';
import type { MovementQuery, MovementStep, SeqRange } from './movement-history.ts';

interface StepRow {
  journal: number;
  seq: bigint;
  recorded_at: Date;
  occurred_at: Date;
  kind: number;
  quantity: bigint;
  value: bigint;
  from_position: bigint;
  to_position: bigint;
  from_previous: bigint | null;
  to_previous: bigint | null;
  from_matches: boolean;
  to_matches: boolean;
}

function toStep(row: StepRow): MovementStep {
  return {
    journal: row.journal,
    seq: Number(row.seq),
    recordedAt: row.recorded_at.getTime(),
    occurredAt: row.occurred_at.getTime(),
    kind: row.kind,
    quantity: row.quantity,
    value: row.value,
    fromPosition: row.from_position,
    toPosition: row.to_position,
    fromPrevious: Number(row.from_previous ?? 0),
    toPrevious: Number(row.to_previous ?? 0),
    fromMatches: row.from_matches,
    toMatches: row.to_matches,
  };
}

/** Columns and joins of a step, with whether each side matches the filter. */
function stepSql(query: Pick<MovementQuery, 'filter' | 'crossing'>, bind: Bind) {
  const { filter } = query;
  const columns = `m.journal, m.seq, m.recorded_at, m.occurred_at, m.kind, m.quantity, m.value,
    m.from_position, m.to_position, m.from_previous, m.to_previous`;
  if (isEverything(filter)) {
    return { columns: `${columns}, true AS from_matches, true AS to_matches`, joins: '', any: [] };
  }
  const from = filterSql(filter, bind, 'pf', 'lf');
  const to = filterSql(filter, bind, 'pt', 'lt');
  const places = filter.onHandOnly === true;
  return {
    columns: `${columns}, ${from} AS from_matches, ${to} AS to_matches`,
    joins: `JOIN ledger.position pf ON pf.journal = m.journal AND pf.position_id = m.from_position
      JOIN ledger.position pt ON pt.journal = m.journal AND pt.position_id = m.to_position
      ${places ? 'JOIN network.location lf ON lf.location_id = pf.location_id' : ''}
      ${places ? 'JOIN network.location lt ON lt.location_id = pt.location_id' : ''}`,
    any: [query.crossing ? `(${from}) <> (${to})` : `(${from} OR ${to})`],
  };
}

/** Taken in at nothing, and neither a cost was posted for it nor was it reversed since. */
const COST_UNKNOWN = `EXISTS (SELECT FROM ledger.unknown_cost u
    WHERE u.journal = m.journal AND u.seq = m.seq)
  AND NOT EXISTS (SELECT FROM ledger.value_entry v
    WHERE v.journal = m.journal AND v.cause_seq = m.seq)
  AND NOT EXISTS (SELECT FROM ledger.movement r
    WHERE r.journal = m.journal AND r.reverses_seq = m.seq)`;

/** What must hold of the movement itself. */
function movementConditions(query: MovementQuery, bind: Bind): string[] {
  const conditions: string[] = [];
  if (query.kind !== undefined) conditions.push(`m.kind = ${bind(query.kind)}`);
  if (query.occurredFrom !== undefined) {
    conditions.push(`m.occurred_at >= ${bind(new Date(query.occurredFrom))}`);
  }
  if (query.occurredTo !== undefined) {
    conditions.push(`m.occurred_at <= ${bind(new Date(query.occurredTo))}`);
  }
  if (query.filter.itemId !== undefined) {
    conditions.push(`m.item_id = ${bind(query.filter.itemId)}`);
  }
  if (query.paid) conditions.push('m.value > 0');
  if (query.costUnknown) conditions.push(COST_UNKNOWN);
  return conditions;
}

function rangeConditions(range: SeqRange, bind: Bind): string[] {
  const { journal, minSeq, below } = range;
  return [`m.journal = ${bind(journal)}`, `m.seq >= ${bind(minSeq)}`, `m.seq < ${bind(below)}`];
}

/** The newest movement of each matching position, oldest first, at most `limit` chains. */
export async function chainHeads(
  tx: Tx,
  filter: PositionFilter,
  journal: number,
  limit: number,
): Promise<{ seq: number; position: bigint }[]> {
  const { values, bind } = parameterList();
  const place = filter.onHandOnly ? 'JOIN network.location l USING (location_id)' : '';
  const text = `SELECT p.position_id, b.last_seq
    FROM ledger.position p
    JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id ${place}
    WHERE p.journal = ${bind(journal)} AND ${filterSql(filter, bind, 'p', 'l')}
      AND b.last_seq > 0 LIMIT ${bind(limit)}`;
  const { rows } = await tx.query<{ position_id: bigint; last_seq: bigint }>(text, values);
  return rows
    .map((row) => ({ seq: Number(row.last_seq), position: row.position_id }))
    .sort((a, b) => a.seq - b.seq);
}

/** Up to `depth` movements down each chain. */
export async function walkChains(
  tx: Tx,
  filter: PositionFilter,
  journal: number,
  chains: readonly { seq: number; position: bigint }[],
  depth: number,
): Promise<MovementStep[]> {
  const { values, bind } = parameterList();
  const [j, positions, seqs, deep] = [
    bind(journal),
    bind(chains.map((chain) => chain.position)),
    bind(chains.map((chain) => chain.seq)),
    bind(depth),
  ];
  const step = stepSql({ filter }, bind);
  const text = `WITH RECURSIVE walk (position_id, seq, depth) AS (
      SELECT k.position_id, k.seq, 1
      FROM unnest(${positions}::bigint[], ${seqs}::bigint[]) AS k(position_id, seq)
      UNION ALL
      SELECT w.position_id, CASE WHEN m.from_position = w.position_id
          THEN m.from_previous ELSE m.to_previous END, w.depth + 1
      FROM walk w JOIN ledger.movement m ON m.journal = ${j} AND m.seq = w.seq
      WHERE w.depth < ${deep}
    )
    SELECT ${step.columns}
    FROM (SELECT DISTINCT seq FROM walk WHERE seq IS NOT NULL) w
    JOIN ledger.movement m ON m.journal = ${j} AND m.seq = w.seq ${step.joins}`;
  const { rows } = await tx.query<StepRow>(text, values);
  return rows.map(toStep);
}

/** Matches in a range of seqs, newest first, read along the primary key. */
export async function scanMovements(
  tx: Tx,
  query: MovementQuery,
  range: SeqRange,
): Promise<MovementStep[]> {
  const { values, bind } = parameterList();
  const step = stepSql(query, bind);
  const conditions = [
    ...rangeConditions(range, bind),
    ...movementConditions(query, bind),
    ...step.any,
  ];
  const text = `SELECT ${step.columns} FROM ledger.movement m ${step.joins}
    WHERE ${conditions.join(' AND ')} ORDER BY m.seq DESC LIMIT ${bind(range.limit)}`;
  const { rows } = await tx.query<StepRow>(text, values);
  return rows.map(toStep);
}

/** Movements of one document, newest first. */
export async function byDocument(
  tx: Tx,
  query: MovementQuery,
  documentId: bigint,
  range: SeqRange,
): Promise<MovementStep[]> {
  const { values, bind } = parameterList();
  const step = stepSql(query, bind);
  const conditions = [
    `m.document_id = ${bind(documentId)}`,
    ...rangeConditions(range, bind),
    ...movementConditions(query, bind),
    ...step.any,
  ];
  const text = `SELECT ${step.columns} FROM ledger.movement m ${step.joins}
    WHERE ${conditions.join(' AND ')} ORDER BY m.seq DESC LIMIT ${bind(range.limit)}`;
  const { rows } = await tx.query<StepRow>(text, values);
  return rows.map(toStep);
}

/** Movements of these serials, newest first. */
export async function bySerials(
  tx: Tx,
  query: MovementQuery,
  serialIds: readonly bigint[],
  range: SeqRange,
): Promise<MovementStep[]> {
  const { values, bind } = parameterList();
  const step = stepSql(query, bind);
  const conditions = [
    ...rangeConditions(range, bind),
    ...movementConditions(query, bind),
    ...step.any,
  ];
  const text = `SELECT ${step.columns}
    FROM (SELECT DISTINCT s.seq FROM ledger.movement_serial s
      WHERE s.journal = ${bind(range.journal)} AND s.serial_id = ANY(${bind(serialIds)})) k
    JOIN ledger.movement m ON m.journal = ${bind(range.journal)} AND m.seq = k.seq ${step.joins}
    WHERE ${conditions.join(' AND ')} ORDER BY m.seq DESC LIMIT ${bind(range.limit)}`;
  const { rows } = await tx.query<StepRow>(text, values);
  return rows.map(toStep);
}

/** Movements that came in at an unknown cost, newest first. */
export async function byUnknownCost(
  tx: Tx,
  query: MovementQuery,
  range: SeqRange,
): Promise<MovementStep[]> {
  const { values, bind } = parameterList();
  const step = stepSql(query, bind);
  const conditions = [
    `k.journal = ${bind(range.journal)}`,
    `k.seq < ${bind(range.below)}`,
    ...rangeConditions(range, bind),
    ...movementConditions(query, bind),
    ...step.any,
  ];
  const text = `SELECT ${step.columns} FROM ledger.unknown_cost k
    JOIN ledger.movement m ON m.journal = k.journal AND m.seq = k.seq ${step.joins}
    WHERE ${conditions.join(' AND ')} ORDER BY m.seq DESC LIMIT ${bind(range.limit)}`;
  const { rows } = await tx.query<StepRow>(text, values);
  return rows.map(toStep);
}
