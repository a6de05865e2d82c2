import type { Queryable, Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { totalOf } from './costs.ts';
import type { Alternative, DecidedLine, Decision } from './decision.ts';

/** A decision as it is kept. */
export interface StoredDecision extends Omit<Decision, 'runId'> {
  readonly id: string;
  /** Number of the run that made it. */
  readonly run: string | null;
  readonly decidedAt: Date;
}

function asText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Writes decisions; answers their ids in the same order. */
export async function insertDecisions(
  db: Queryable,
  decisions: readonly Decision[],
  at: Date,
): Promise<string[]> {
  const ids = decisions.map(() => newId());
  if (decisions.length === 0) return ids;
  const json = (value: unknown) => JSON.stringify(value, asText);
  await db.query(
    `INSERT INTO outbound.sourcing_decision (sourcing_decision_id, sales_order_number, owner_id,
       method, policy, sourcing_run_id, lines, cost, cost_parts, alternatives, gap_ppm,
       duration_ms, decided_at)
     SELECT d.*, $13 FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::text[],
       $6::uuid[], $7::jsonb[], $8::bigint[], $9::jsonb[], $10::jsonb[], $11::integer[],
       $12::integer[]) d`,
    [
      ids,
      decisions.map(({ orderNumber }) => orderNumber),
      decisions.map(({ ownerId }) => ownerId),
      decisions.map(({ method }) => method),
      decisions.map(({ policy }) => policy),
      decisions.map(({ runId }) => runId),
      decisions.map(({ lines }) => json(lines)),
      decisions.map(({ parts }) => storable(totalOf(parts))),
      decisions.map(({ parts }) => json(parts)),
      decisions.map(({ alternatives }) => json(alternatives)),
      decisions.map(({ gapPpm }) => gapPpm),
      decisions.map(({ durationMs }) => durationMs),
      at,
    ],
  );
  return ids;
}

const STORED_MAX = 2n ** 63n - 1n;

/** A cost that is beyond all reason must not keep a sales order from being captured. */
function storable(cost: bigint): bigint {
  return cost > STORED_MAX ? STORED_MAX : cost;
}

interface Row {
  readonly id: string;
  readonly orderNumber: string;
  readonly ownerId: number;
  readonly method: Decision['method'];
  readonly policy: string;
  readonly run: string | null;
  readonly lines: readonly DecidedLine[];
  readonly parts: Readonly<Record<string, string>>;
  readonly alternatives: readonly (Omit<Alternative, 'cost'> & { cost: string | null })[];
  readonly gapPpm: number | null;
  readonly durationMs: number;
  readonly decidedAt: Date;
}

/** Decisions on a sales order, the newest first; `before` is the id of the last one of a page. */
export async function selectDecisions(
  tx: Tx,
  number: string,
  before: string | undefined,
  limit: number,
): Promise<StoredDecision[]> {
  const { rows } = await tx.query<Row>(
    `SELECT d.sourcing_decision_id AS id, d.sales_order_number AS "orderNumber",
       d.owner_id AS "ownerId", d.method, d.policy, r.number AS run, d.lines,
       d.cost_parts AS parts, d.alternatives, d.gap_ppm AS "gapPpm",
       d.duration_ms AS "durationMs", d.decided_at AS "decidedAt"
     FROM outbound.sourcing_decision d
     LEFT JOIN outbound.sourcing_run r USING (sourcing_run_id)
     WHERE d.sales_order_number = $1 AND ($2::uuid IS NULL OR d.sourcing_decision_id < $2)
     ORDER BY d.sourcing_decision_id DESC LIMIT $3`,
    [number, before ?? null, limit],
  );
  return rows.map(({ parts, alternatives, ...row }) => {
    const of = (name: string) => BigInt(parts[name] ?? '0');
    return {
      ...row,
      parts: {
        ...{ shipping: of('shipping'), handling: of('handling'), split: of('split') },
        ...{ lateness: of('lateness'), balance: of('balance'), unassigned: of('unassigned') },
      },
      alternatives: alternatives.map(({ cost, ...rest }) => ({
        ...rest,
        cost: cost === null ? null : BigInt(cost),
      })),
    };
  });
}
