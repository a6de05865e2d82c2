import { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import { decodeCursor, toPage } from '../../platform/http.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { type Proposal, SELECT_PROPOSAL, showHead } from './proposal.queries.ts';
import type { ProposalHead, RunAnswer, TargetAnswer } from './proposal.schemas.ts';

/** Pages of proposals, runs and targets. */

export interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

const idCursor = z.tuple([z.int32()]);

/** Which proposals to list. */
export interface ProposalFilter {
  readonly state?: string | undefined;
  readonly kind?: string | undefined;
  readonly supplier?: string | undefined;
  readonly site?: string | undefined;
  readonly from?: string | undefined;
  readonly item?: string | undefined;
}

/** A page of proposals, the newest first. */
export async function listProposals(
  tx: Tx,
  houseCurrency: string,
  filter: ProposalFilter,
  page: PageQuery,
): Promise<Page<ProposalHead>> {
  const after = decodeCursor(page.cursor, idCursor)?.[0];
  const { rows } = await tx.query<Proposal>(
    `${SELECT_PROPOSAL}
     WHERE ($1::text IS NULL OR p.state = $1) AND ($2::text IS NULL OR p.kind = $2)
       AND ($3::text IS NULL OR u.code = $3) AND ($4::text IS NULL OR s.code = $4)
       AND ($5::text IS NULL OR f.code = $5)
       AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM planning.proposal_line l
         JOIN catalog.item i ON i.item_id = l.item_id
         WHERE l.proposal_id = p.proposal_id AND i.sku = $6))
       AND ($7::integer IS NULL OR p.proposal_id < $7)
     ORDER BY p.proposal_id DESC LIMIT $8`,
    [
      filter.state ?? null,
      filter.kind ?? null,
      filter.supplier ?? null,
      filter.site ?? null,
      filter.from ?? null,
      filter.item ?? null,
      after ?? null,
      page.limit + 1,
    ],
  );
  return toPage(
    rows,
    page.limit,
    ({ id }) => [id],
    (row) => showHead(houseCurrency, row),
  );
}

interface RunRow extends Omit<RunAnswer, 'startedAt' | 'finishedAt'> {
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const SELECT_RUN = `SELECT run_id AS run, state, day::text, phase, done, total, figures, message,
    started_at AS "startedAt", finished_at AS "finishedAt" FROM planning.proposal_run`;

function showRun({ startedAt, finishedAt, ...row }: RunRow): RunAnswer {
  return {
    ...row,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

export async function findRun(tx: Tx, run: number): Promise<RunAnswer | undefined> {
  const { rows } = await tx.query<RunRow>(`${SELECT_RUN} WHERE run_id = $1`, [run]);
  return rows[0] && showRun(rows[0]);
}

/** A page of runs, the newest first. */
export async function listRuns(tx: Tx, page: PageQuery): Promise<Page<RunAnswer>> {
  const after = decodeCursor(page.cursor, idCursor)?.[0];
  const { rows } = await tx.query<RunRow>(
    `${SELECT_RUN} WHERE $1::integer IS NULL OR run_id < $1 ORDER BY run_id DESC LIMIT $2`,
    [after ?? null, page.limit + 1],
  );
  return toPage(rows, page.limit, ({ run }) => [run], showRun);
}

/** Which targets to list. */
export interface TargetFilter {
  readonly item?: string | undefined;
  readonly site?: string | undefined;
  readonly owner?: string | undefined;
  readonly abcClass?: string | undefined;
  readonly xyzClass?: string | undefined;
  readonly supplier?: string | undefined;
}

interface TargetRow extends Omit<TargetAnswer, 'inventoryPosition' | 'computedAt'> {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly scale: number;
  readonly position: bigint;
  readonly computedAt: Date;
}

const targetCursor = z.tuple([z.int32(), z.int32(), z.int32()]);

/**
 * A page of stock targets in the order of items, sites and owners. An owner's key sees the
 * targets of its own goods, and of its suppliers nothing: those are the house's.
 */
export async function listTargets(
  tx: Tx,
  filter: TargetFilter,
  page: PageQuery,
): Promise<Page<TargetAnswer>> {
  const after = decodeCursor(page.cursor, targetCursor);
  const { rows } = await tx.query<TargetRow>(
    `SELECT t.item_id AS "itemId", t.site_id AS "siteId", t.owner_id AS "ownerId",
       i.quantity_scale AS scale, i.sku AS item, s.code AS site, o.code AS owner,
       t.abc_class AS "abcClass", t.xyz_class AS "xyzClass", u.code AS supplier,
       f.code AS "sourceSite", t.demand_per_day AS "demandPerDay",
       t.lead_time_days AS "leadTimeDays", t.review_period_days AS "reviewPeriodDays",
       t.reorder_point AS "reorderPoint", t.order_up_to AS "orderUpTo",
       t.safety_stock AS "safetyStock", t.inventory_position AS position, t.explanation,
       t.computed_at AS "computedAt"
     FROM planning.stock_target t
     JOIN catalog.item i ON i.item_id = t.item_id
     JOIN network.site s ON s.site_id = t.site_id
     JOIN sellers.owner o ON o.owner_id = t.owner_id
     LEFT JOIN inbound.supplier u ON u.supplier_id = t.supplier_id
     LEFT JOIN network.site f ON f.site_id = t.source_site_id
     WHERE ($1::text IS NULL OR i.sku = $1) AND ($2::text IS NULL OR s.code = $2)
       AND ($3::text IS NULL OR o.code = $3) AND ($4::text IS NULL OR t.abc_class = $4)
       AND ($5::text IS NULL OR t.xyz_class = $5) AND ($6::text IS NULL OR u.code = $6)
       AND ($7::integer IS NULL OR (t.item_id, t.site_id, t.owner_id) > ($7, $8, $9))
     ORDER BY t.item_id, t.site_id, t.owner_id LIMIT $10`,
    [
      filter.item ?? null,
      filter.site ?? null,
      filter.owner ?? null,
      filter.abcClass ?? null,
      filter.xyzClass ?? null,
      filter.supplier ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      after?.[2] ?? null,
      page.limit + 1,
    ],
  );
  return toPage(
    rows,
    page.limit,
    ({ itemId, siteId, ownerId }) => [itemId, siteId, ownerId],
    ({ itemId: _i, siteId: _s, ownerId: _o, scale, position, computedAt, ...row }) => ({
      ...row,
      inventoryPosition: formatDecimal(position, scale),
      computedAt: computedAt.toISOString(),
    }),
  );
}
