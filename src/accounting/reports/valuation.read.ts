import type { Context } from '../../platform/context.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import { invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { type AsOf, type Reach, reachOf } from './as-of.queries.ts';
import { advanceValuation } from './buckets.queries.ts';
import { layerFigures } from './layers.queries.ts';
import {
  cellFigures,
  type PoolFigure,
  poolFigures,
  type ValuationFilter,
} from './valuation.queries.ts';
import {
  groupParts,
  shareAmongCells,
  type ValuationDimension,
  type ValuationPart,
  type ValuationRow,
} from './valuation.ts';

/** What a valuation is asked for; codes as people write them. */
export interface ValuationQuery {
  readonly asOf: AsOf;
  readonly groupBy: readonly ValuationDimension[];
  readonly item?: string | undefined;
  readonly costSite?: string | undefined;
  readonly site?: string | undefined;
  readonly lot?: string | undefined;
}

export interface Valuation {
  readonly rows: readonly ValuationRow[];
  /** Minor units; of all rows. */
  readonly total: bigint;
  /** The moment of the figures, milliseconds. */
  readonly at: number;
}

/**
 * What the house's stock was worth at an instant. The sum over all rows is what the inventory
 * accounts then showed: both are sums of the same movements and value entries.
 * @throws Problem not-found for an unknown code; invalid-request where dimensions exclude each
 * other.
 */
export async function readValuation(context: Context, query: ValuationQuery): Promise<Valuation> {
  const { groupBy, asOf, site, lot } = query;
  const byPlace = groupBy.some((name) => name === 'site' || name === 'lot');
  const placed = byPlace || site !== undefined || lot !== undefined;
  if (placed && groupBy.includes('layer')) throw layersHaveNoPlace();
  await advanceValuation(context.database);
  return readSnapshotAs(context.database, 'house', async (tx) => {
    const filter = await resolveFilter(tx, query);
    const reach = await reachOf(tx, asOf);
    const pools = await poolFigures(tx, reach, filter);
    let parts: readonly ValuationPart[] = pools;
    if (placed) {
      const cells = await cellFigures(tx, reach, filter);
      parts = shareAmongCells(pools, cells)
        .map(({ pool, cell, value }) => ({
          ...pool,
          site: cell?.site ?? null,
          inTransit: cell?.inTransit ?? false,
          lot: cell?.lot ?? null,
          quantity: cell?.quantity ?? 0n,
          value,
        }))
        .filter((part) => site === undefined || part.site === site)
        .filter((part) => lot === undefined || part.lot === lot);
    } else if (groupBy.includes('layer')) {
      parts = await layerParts(tx, reach, pools);
    }
    const rows = groupParts(parts, groupBy);
    const total = rows.reduce((sum, { value }) => sum + value, 0n);
    return { rows, total, at: asOf.at ?? (await newestMoment(tx, context)) };
  });
}

function layersHaveNoPlace(): Problem {
  const errors = [
    {
      path: 'query.groupBy',
      message: 'a layer belongs to a cost pool, not to a place or a lot',
      expected: 'layer with item, owner and costSite, or site and lot without layer',
    },
  ];
  return new Problem(invalidRequest, 'Layers cannot be split by site or lot.', { errors });
}

async function layerParts(
  tx: Tx,
  reach: Reach,
  pools: readonly PoolFigure[],
): Promise<ValuationPart[]> {
  const layers = await layerFigures(tx, reach);
  const byKey = new Map(pools.map((pool) => [poolKey(pool), pool]));
  const parts: ValuationPart[] = [];
  for (const { journal, costPoolId, layerSeq, quantity, value } of layers) {
    const pool = byKey.get(poolKey({ journal, costPoolId }));
    // By occurred time layers of a pool may cancel out, so that the pool itself shows nothing.
    if (!pool) continue;
    const { item, owner, costSite, method, scale } = pool;
    const layer = `${journal}-${layerSeq}`;
    parts.push({ item, owner, costSite, method, scale, quantity, value, layer });
  }
  return [...parts, ...pools.filter(({ method }) => method !== FIFO)];
}

/** Journals are below 2^13 and pools are counted from one, so a number holds both. */
function poolKey({ journal, costPoolId }: { journal: number; costPoolId: bigint }): number {
  return journal * 2 ** 40 + Number(costPoolId);
}

const FIFO = 2;

async function resolveFilter(tx: Tx, query: ValuationQuery): Promise<ValuationFilter> {
  const { item, costSite, site, lot } = query;
  const found = await tx.query<Record<string, number | null>>(
    `SELECT (SELECT item_id FROM catalog.item WHERE sku = $1) AS item,
       (SELECT site_id FROM network.site WHERE code = $2) AS "costSite",
       (SELECT site_id FROM network.site WHERE code = $3) AS site,
       (SELECT 1 FROM ledger.lot WHERE code = $4 LIMIT 1) AS lot`,
    [item ?? null, costSite ?? null, site ?? null, lot ?? null],
  );
  const ids = found.rows[0]!;
  for (const [name, code] of Object.entries({ item, costSite, site, lot })) {
    if (code === undefined || ids[name] !== null) continue;
    const what = name === 'costSite' ? 'site' : name;
    throw new Problem(notFound, `There is no ${what} ${code}.`);
  }
  return { itemId: ids.item ?? undefined, costSiteId: ids.costSite ?? undefined };
}

/** When the newest fact was recorded: asked again as of then, the figures are the same. */
async function newestMoment(tx: Tx, context: Context): Promise<number> {
  const { rows } = await tx.query<{ at: Date | null }>(
    'SELECT max(recorded_at) AS at FROM ledger.journal_head WHERE seq > 0',
  );
  return rows[0]?.at?.getTime() ?? context.clock().getTime();
}
