import { formatDay } from '../../network/index.ts';
import type { Tx } from '../../platform/database.ts';
import { inChunks } from '../../platform/documents/index.ts';
import { type Draft, fingerprintOf } from './draft.ts';
import { showEchelons, shownMoney } from './explain.ts';
import type { RunFigures } from './run.ts';
import { smallestLotOf } from './smallest-lot.ts';
import type { Targeted } from './target.ts';

/** How a run begins, what it leaves behind, and how it ends. `tx` is a writer's of the house. */

/** Writes that a run is under way. @throws error 23505 while another one is. */
export async function insertRun(
  tx: Tx,
  run: { readonly day: string; readonly actorId: number; readonly at: Date },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `INSERT INTO planning.proposal_run (state, day, phase, actor_id, started_at, alive_at)
     VALUES ('running', $1, 'reading', $2, $3, $3) RETURNING run_id AS id`,
    [run.day, run.actorId, run.at],
  );
  return rows[0]!.id;
}

/** Ends runs that have not said for a while that they live. */
export async function failDeadRuns(tx: Tx, before: Date, at: Date): Promise<void> {
  await tx.query(
    `UPDATE planning.proposal_run SET state = 'failed', finished_at = $2,
       message = 'its process ended before it did'
     WHERE state = 'running' AND alive_at < $1`,
    [before, at],
  );
}

export async function noteProgress(
  tx: Tx,
  runId: number,
  progress: { readonly phase: string; readonly done: number; readonly total: number },
  at: Date,
): Promise<void> {
  await tx.query(
    `UPDATE planning.proposal_run SET phase = $2, done = $3, total = $4, alive_at = $5
     WHERE run_id = $1 AND state = 'running'`,
    [runId, progress.phase, progress.done, progress.total, at],
  );
}

/** @returns false where somebody else has ended it meanwhile. */
export async function endRun(
  tx: Tx,
  runId: number,
  end: {
    readonly state: 'finished' | 'failed';
    readonly figures?: RunFigures;
    readonly message?: string | undefined;
    readonly at: Date;
  },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE planning.proposal_run
     SET state = $2, figures = $3, message = $4, finished_at = $5, alive_at = $5, phase = 'done'
     WHERE run_id = $1 AND state = 'running'`,
    [runId, end.state, end.figures ?? null, end.message ?? null, end.at],
  );
  return rowCount === 1;
}

/**
 * What people have decided so far, as a mark: where it differs from what it was when the facts
 * were read, the plan rests on what is no longer so.
 */
export async function readDecisionMark(tx: Tx): Promise<string> {
  const { rows } = await tx.query<{ mark: string }>(
    `SELECT concat_ws(' ', count(*), sum(version), max(updated_at)) AS mark
     FROM planning.proposal WHERE state IN ('edited', 'approved', 'rejected')`,
  );
  return rows[0]!.mark;
}

/** A proposal that nobody has decided. */
export interface OpenProposal {
  readonly id: number;
  readonly number: string;
  readonly state: 'draft' | 'edited';
  readonly fingerprint: string;
  readonly isOld: boolean;
}

/** Open proposals, locked in order, so that whoever decides one now waits for the run to end. */
export async function lockOpen(tx: Tx, day: string): Promise<OpenProposal[]> {
  const { rows } = await tx.query<OpenProposal>(
    `SELECT proposal_id AS id, number, state, encode(fingerprint, 'hex') AS fingerprint,
       expires_on <= $1 AS "isOld"
     FROM planning.proposal WHERE state IN ('draft', 'edited')
     ORDER BY proposal_id FOR UPDATE`,
    [day],
  );
  return rows;
}

/** Moves open proposals to a state that a run may give them. */
export async function closeProposals(
  tx: Tx,
  ids: readonly number[],
  state: 'expired' | 'superseded',
  runId: number,
  at: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `UPDATE planning.proposal SET state = $2, version = version + 1, updated_at = $4,
       superseded_by_run = CASE WHEN $2 = 'superseded' THEN $3::integer END
     WHERE proposal_id = ANY($1)`,
    [ids, state, runId, at],
  );
}

/** Days after its order day on which a proposal nobody decided is given up. */
export const OPEN_DAYS = 14;

/** Writes drafts; answers their numbers in order. */
export async function insertDrafts(
  tx: Tx,
  runId: number,
  drafts: readonly Draft[],
  at: Date,
): Promise<string[]> {
  const numbers: string[] = [];
  for (const chunk of inChunks(drafts)) {
    const { rows: ids } = await tx.query<{ id: bigint }>(
      `SELECT nextval('planning.proposal_proposal_id_seq') AS id FROM generate_series(1, $1)`,
      [chunk.length],
    );
    const heads = chunk.map((draft, i) => ({
      id: Number(ids[i]!.id),
      kind: draft.kind,
      supplier: draft.supplierId,
      from_site: draft.fromSiteId,
      site: draft.siteId,
      currency: draft.currency,
      amount: String(draft.amount),
      waiting: String(draft.waitingCost),
      order_on: formatDay(draft.orderDay),
      expected_on: formatDay(draft.expectedDay),
      expires_on: formatDay(draft.orderDay + OPEN_DAYS),
      why: draft.why,
      summary: draft.summary,
      fingerprint: `\\x${fingerprintOf(draft).toString('hex')}`,
    }));
    const { rows } = await tx.query<{ number: string }>(
      `INSERT INTO planning.proposal (proposal_id, kind, state, run_id, supplier_id, from_site_id,
         site_id, currency, amount, waiting_cost, order_on, expected_on, expires_on, why, summary,
         fingerprint, created_at, updated_at)
       SELECT id, kind, 'draft', $2, supplier, from_site, site, currency, amount, waiting,
         order_on, expected_on, expires_on, why, summary, fingerprint, $3, $3
       FROM jsonb_to_recordset($1::jsonb) AS d(id integer, kind text, supplier integer,
         from_site integer, site integer, currency text, amount bigint, waiting bigint,
         order_on date, expected_on date, expires_on date, why jsonb, summary text,
         fingerprint bytea)
       ORDER BY id RETURNING number`,
      [JSON.stringify(heads), runId, at],
    );
    numbers.push(...rows.map(({ number }) => number));
    await insertLines(
      tx,
      chunk.map((draft, i) => ({ id: heads[i]!.id, draft })),
    );
  }
  return numbers;
}

async function insertLines(
  tx: Tx,
  drafts: readonly { readonly id: number; readonly draft: Draft }[],
): Promise<void> {
  const lines = drafts.flatMap(({ id, draft }) =>
    draft.lines.map((line, i) => ({
      id,
      line: i + 1,
      item: line.itemId,
      quantity: String(line.quantity),
      price: line.unitPrice === null ? null : String(line.unitPrice),
      amount: String(line.amount),
      expected_on: formatDay(line.expectedDay),
      why: line.why,
      summary: line.summary,
    })),
  );
  for (const chunk of inChunks(lines)) {
    await tx.query(
      `INSERT INTO planning.proposal_line (proposal_id, line, item_id, quantity,
         proposed_quantity, unit_price, amount, expected_on, why, summary)
       SELECT id, line, item, quantity, quantity, price, amount, expected_on, why, summary
       FROM jsonb_to_recordset($1::jsonb) AS l(id integer, line integer, item integer,
         quantity bigint, price bigint, amount bigint, expected_on date, why jsonb, summary text)`,
      [JSON.stringify(chunk)],
    );
  }
}

/** Replaces all stock targets by those of a run. */
export async function replaceTargets(
  tx: Tx,
  runId: number,
  targets: readonly Targeted[],
  currency: string,
  at: Date,
): Promise<void> {
  await tx.query('DELETE FROM planning.stock_target');
  for (const chunk of inChunks(targets)) {
    await tx.query(
      `INSERT INTO planning.stock_target (owner_id, item_id, site_id, run_id, abc_class,
         xyz_class, supplier_id, source_site_id, demand_per_day, lead_time_days,
         review_period_days, reorder_point, order_up_to, safety_stock, inventory_position,
         explanation, computed_at)
       SELECT owner, item, site, $2, abc, xyz, supplier, source_site, per_day, lead, review,
         reorder, up_to, safety, position, explanation, $3
       FROM jsonb_to_recordset($1::jsonb) AS t(owner integer, item integer, site integer,
         abc text, xyz text, supplier integer, source_site integer, per_day float8, lead float8,
         review integer, reorder float8, up_to float8, safety float8, position bigint,
         explanation jsonb)`,
      [JSON.stringify(chunk.map((each) => targetRecord(each, currency))), runId, at],
    );
  }
}

/** A level that is beyond all numbers, as of what should not be there, is kept as 0. */
const finite = (value: number) => (Number.isFinite(value) ? value : 0);

function targetRecord(targeted: Targeted, currency: string) {
  const { place, target, source, setting } = targeted;
  const { explanation, policy, costPerYear, ...figures } = target;
  return {
    owner: place.ownerId,
    item: place.item.itemId,
    site: place.site.siteId,
    abc: targeted.abcClass,
    xyz: targeted.xyzClass,
    supplier: source.kind === 'supplier' ? source.offer.supplier.supplierId : null,
    source_site: source.kind === 'site' ? source.siteId : null,
    per_day: finite(targeted.demand.meanPerDay),
    lead: finite(targeted.leadTime.mean),
    review: targeted.reviewDays,
    reorder: finite(target.reorderPoint),
    up_to: finite(target.orderUpTo),
    safety: finite(target.safetyStock),
    position: String(place.position),
    explanation: {
      policy,
      ...figures,
      ...explanation,
      costPerYear: shownMoney(costPerYear, currency),
      economicCostPerYear: shownMoney(explanation.economicCostPerYear, currency),
      forecastMethod: place.forecast?.method ?? null,
      forecastOrigin: place.forecast?.origin ?? null,
      demandClass: place.forecast?.demandClass ?? null,
      serviceMeasure: setting.serviceMeasure,
      receipts: targeted.receipts,
      serviceFrom: setting.serviceFrom,
      echelons: showEchelons(targeted),
      smallestLot:
        source.kind === 'supplier' ? (smallestLotOf(targeted, source.offer) ?? null) : null,
      servesSites: targeted.serves.map(({ site }) => site.code),
    },
  };
}

/** Whether a forecast run has ended after which nobody has planned yet. */
export async function readIsDue(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ isDue: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM planning.forecast_run f
       WHERE f.state = 'done' AND NOT EXISTS (SELECT 1 FROM planning.proposal_run p
         WHERE p.started_at >= f.finished_at)) AS "isDue"`,
  );
  return rows[0]!.isDue;
}
