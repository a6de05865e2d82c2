import { parseLedgerId } from '../ledger/index.ts';
import type { Tx } from '../platform/database.ts';
import type { By } from './inbound.ts';
import type { OperationRef, StepOutcome, StepRequest } from './operations.ts';

export async function insertOperation(
  tx: Tx,
  ref: OperationRef,
  steps: readonly StepRequest[],
  by: By,
): Promise<void> {
  await tx.query(
    `INSERT INTO inbound.operation
       (document_type, document_number, operation, actor_id, state, created_at)
     VALUES ($1, $2, $3, $4, 'open', $5)`,
    [ref.type, ref.number, ref.operation, by.actorId, by.at],
  );
  await tx.query(
    `INSERT INTO inbound.posting (document_type, document_number, operation, step, kind, request,
       state, actor_id, created_at)
     SELECT $1, $2, $3, s.step, s.kind, s.request, 'pending', $4, $5
     FROM unnest($6::integer[], $7::text[], $8::json[]) s(step, kind, request)`,
    [
      ref.type,
      ref.number,
      ref.operation,
      by.actorId,
      by.at,
      steps.map((_, index) => index + 1),
      steps.map(({ kind }) => kind),
      steps.map((step) => JSON.stringify(step)),
    ],
  );
}

/** The oldest open operation of a document. */
export async function nextOperation(
  tx: Tx,
  document: { readonly type: string; readonly number: string },
): Promise<{ ref: OperationRef; actorId: number } | undefined> {
  const { rows } = await tx.query<{ operation: string; actorId: number }>(
    `SELECT operation, actor_id AS "actorId" FROM inbound.operation
     WHERE document_type = $1 AND document_number = $2 AND state = 'open'
     ORDER BY created_at, operation LIMIT 1`,
    [document.type, document.number],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { type, number } = document;
  return { ref: { type, number, operation: row.operation }, actorId: row.actorId };
}

export async function readSteps(
  tx: Tx,
  ref: OperationRef,
): Promise<{ step: number; request: StepRequest }[]> {
  const { rows } = await tx.query<{ step: number; request: StepRequest }>(
    `SELECT step, request FROM inbound.posting
     WHERE document_type = $1 AND document_number = $2 AND operation = $3 ORDER BY step`,
    [ref.type, ref.number, ref.operation],
  );
  return rows;
}

/** Locks an operation; false when somebody else has completed it. */
export async function lockOpen(tx: Tx, ref: OperationRef): Promise<boolean> {
  const { rows } = await tx.query<{ state: string }>(
    `SELECT state FROM inbound.operation
     WHERE document_type = $1 AND document_number = $2 AND operation = $3 FOR UPDATE`,
    [ref.type, ref.number, ref.operation],
  );
  return rows[0]?.state === 'open';
}

export async function closeOperation(
  tx: Tx,
  ref: OperationRef,
  outcomes: readonly StepOutcome[],
  problem: Record<string, unknown> | undefined,
): Promise<void> {
  const key = [ref.type, ref.number, ref.operation];
  await tx.query(
    `UPDATE inbound.posting p SET state = s.state, answer = s.answer
     FROM unnest($4::integer[], $5::text[], $6::jsonb[]) s(step, state, answer)
     WHERE p.document_type = $1 AND p.document_number = $2 AND p.operation = $3
       AND p.step = s.step`,
    [
      ...key,
      outcomes.map(({ step }) => step),
      outcomes.map(({ state }) => state),
      outcomes.map(({ lines }) => JSON.stringify(lines)),
    ],
  );
  await tx.query(
    `UPDATE inbound.operation SET state = $4, problem = $5
     WHERE document_type = $1 AND document_number = $2 AND operation = $3`,
    [...key, problem ? 'refused' : 'done', problem ? JSON.stringify(problem) : null],
  );
}

/** Documents with operations that are open since before an instant, oldest first. */
export async function stalledDocuments(
  tx: Tx,
  before: Date,
  limit: number,
): Promise<{ type: string; number: string }[]> {
  const { rows } = await tx.query<{ type: string; number: string }>(
    `SELECT document_type AS type, document_number AS number FROM inbound.operation
     WHERE state = 'open' AND created_at <= $1
     GROUP BY 1, 2 ORDER BY min(created_at), 1, 2 LIMIT $2`,
    [before, limit],
  );
  return rows;
}

/** Which of these containers exist. */
export async function knownUnits(tx: Tx, lpns: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ lpn: string }>(
    'SELECT lpn FROM ledger.handling_unit WHERE lpn = ANY($1)',
    [lpns],
  );
  return new Set(rows.map(({ lpn }) => lpn));
}

/** How often something of this kind was begun with a document, to number the next attempt. */
export async function countOperations(
  tx: Tx,
  document: { readonly type: string; readonly number: string },
  verb: string,
): Promise<number> {
  const { rows } = await tx.query<{ count: bigint }>(
    `SELECT count(*) FROM inbound.operation
     WHERE document_type = $1 AND document_number = $2 AND split_part(operation, ' ', 1) = $3`,
    [document.type, document.number, verb],
  );
  return Number(rows[0]!.count);
}

/** House minor units that the value entries of each step took out of suppliers' locations. */
export async function supplierEffects(
  tx: Tx,
  outcomes: readonly StepOutcome[],
): Promise<Map<number, bigint>> {
  const entries = outcomes.flatMap(({ step, request, lines }) =>
    request.kind !== 'revalue'
      ? []
      : lines.flatMap(({ id }) => (id === undefined ? [] : [{ step, ...parseLedgerId(id) }])),
  );
  if (entries.length === 0) return new Map();
  const { rows } = await tx.query<{ step: number; effect: bigint }>(
    `SELECT k.step, sum(v.amount * ((f.type IS NOT DISTINCT FROM 'supplier')::integer
         - (t.type IS NOT DISTINCT FROM 'supplier')::integer))::bigint AS effect
     FROM unnest($1::integer[], $2::integer[], $3::bigint[]) k(step, journal, seq)
     JOIN ledger.value_entry v ON v.journal = k.journal AND v.seq = k.seq
     LEFT JOIN network.location f ON f.location_id = v.from_location_id
     LEFT JOIN network.location t ON t.location_id = v.to_location_id
     GROUP BY k.step`,
    [
      entries.map(({ step }) => step),
      entries.map(({ journal }) => journal),
      entries.map(({ seq }) => seq),
    ],
  );
  return new Map(rows.map(({ step, effect }) => [step, effect]));
}
