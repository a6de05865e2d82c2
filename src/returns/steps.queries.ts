import type { MovementLine } from '../ledger/index.ts';
import type { Tx } from '../platform/database.ts';

/** One thing a step asks for; whatever it needs is fixed, so that a repetition is the same. */
export type StepCommand =
  | { readonly kind: 'post'; readonly id: string; readonly line: MovementLine }
  | {
      readonly kind: 'reverse';
      readonly id: string;
      readonly movement: string;
      readonly occurredAt: string;
    }
  | {
      readonly kind: 'revalue';
      readonly id: string;
      readonly movement: string;
      /** House currency. */
      readonly amount: string;
      readonly document: { readonly type: string; readonly number: string };
      readonly occurredAt: string;
    }
  /** Finishes a document of another module that was made together with the step. */
  | { readonly kind: 'hand_over'; readonly id: string; readonly document: string }
  | { readonly kind: 'capture'; readonly id: string; readonly body: Record<string, unknown> };

export const STEP_KINDS = [
  'receipt',
  'inspection',
  'reversal',
  'refurbishment',
  'exchange',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** Something a return asks for, written down before it is asked. */
export interface Step {
  readonly stepId: string;
  readonly ownerId: number;
  readonly rmaId: number;
  readonly rmaNumber: string;
  readonly kind: StepKind;
  readonly state: 'posting' | 'done' | 'refused';
  /** The number of what it is about within the return. */
  readonly subject: number;
  readonly details: Record<string, unknown>;
  readonly commands: readonly StepCommand[];
  readonly requestHash: Buffer;
  readonly answer: unknown;
  readonly problem: Record<string, unknown> | null;
  readonly actorId: number;
  readonly createdAt: Date;
}

export type NewStep = Omit<
  Step,
  'state' | 'answer' | 'problem' | 'rmaNumber' | 'stepId' | 'requestHash'
>;

const SELECT = `SELECT s.step_id AS "stepId", s.owner_id AS "ownerId", s.rma_id AS "rmaId",
    r.number AS "rmaNumber", s.kind, s.state, s.subject, s.details, s.commands,
    s.request_hash AS "requestHash", s.answer, s.problem, s.actor_id AS "actorId",
    s.created_at AS "createdAt"
  FROM returns.step s JOIN returns.rma r USING (rma_id)`;

export async function readStep(tx: Tx, stepId: string): Promise<Step | undefined> {
  const { rows } = await tx.query<Step>(`${SELECT} WHERE s.step_id = $1`, [stepId]);
  return rows[0];
}

/** The same, locked; one that waits finds what the other did. */
export async function lockStep(tx: Tx, stepId: string): Promise<Step | undefined> {
  await tx.query('SELECT FROM returns.step WHERE step_id = $1 FOR UPDATE', [stepId]);
  return readStep(tx, stepId);
}

/** Writes a step; one that was refused under the same key makes room for it. */
export async function insertStep(
  tx: Tx,
  step: NewStep & { readonly stepId: string; readonly requestHash: Buffer },
): Promise<void> {
  await tx.query("DELETE FROM returns.step WHERE step_id = $1 AND state = 'refused'", [
    step.stepId,
  ]);
  await tx.query(
    `INSERT INTO returns.step (step_id, owner_id, rma_id, kind, state, subject, details, commands,
       request_hash, actor_id, created_at)
     VALUES ($1, $2, $3, $4, 'posting', $5, $6, $7, $8, $9, $10)`,
    [
      step.stepId,
      step.ownerId,
      step.rmaId,
      step.kind,
      step.subject,
      JSON.stringify(step.details),
      JSON.stringify(step.commands),
      step.requestHash,
      step.actorId,
      step.createdAt,
    ],
  );
}

/** Closes a step with what it is answered, now and whenever it is asked again. */
export async function closeStep(
  tx: Tx,
  stepId: string,
  result: { readonly answer?: unknown; readonly problem?: unknown },
  at: Date,
): Promise<void> {
  await tx.query(
    `UPDATE returns.step SET state = $2, answer = $3, problem = $4, completed_at = $5
     WHERE step_id = $1`,
    [
      stepId,
      result.problem ? 'refused' : 'done',
      result.answer === undefined ? null : JSON.stringify(result.answer),
      result.problem ? JSON.stringify(result.problem) : null,
      at,
    ],
  );
}

/** Steps that stand open since before an instant, oldest first. */
export async function stalledSteps(tx: Tx, before: Date, limit: number): Promise<Step[]> {
  const { rows } = await tx.query<Step>(
    `${SELECT} WHERE s.state = 'posting' AND s.created_at <= $1
     ORDER BY s.created_at, s.step_id LIMIT $2`,
    [before, limit],
  );
  return rows;
}
