import type { Tx } from '../platform/database.ts';
import type { Candidate } from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';

interface Pool {
  readonly code: string;
  /** Whose pool it is. */
  readonly owner: string;
  /** How many other sites share it. */
  readonly sharers: number;
}

async function loadPools(tx: Tx, codes: readonly string[]): Promise<Map<string, Pool>> {
  const { rows } = await tx.query<Pool>(
    `SELECT site.code, cost.code AS owner,
       (SELECT count(*)::integer FROM network.site other
         WHERE other.cost_site_id = site.site_id AND other.site_id <> site.site_id) AS sharers
     FROM network.site site JOIN network.site cost ON cost.site_id = site.cost_site_id
     WHERE site.code = ANY($1)`,
    [codes],
  );
  return new Map(rows.map((row) => [row.code, row]));
}

/**
 * Cost pools are one step deep: a site either has its own pool or shares that of a site that has
 * its own. The shared site may be in the same batch.
 */
export async function checkCostSites(
  tx: Tx,
  candidates: readonly Candidate[],
): Promise<FieldError[][]> {
  const within = new Map(candidates.map(({ values }) => [values.code, values.costSite]));
  const shared = new Set(within.values());
  const codes = candidates.flatMap(({ values }) => [values.code, values.costSite]);
  const pools = await loadPools(tx, [...new Set(codes)].map(String));
  return candidates.map(({ values }) => {
    const { code, costSite } = values;
    if (costSite === code) return [];
    const owner = within.get(costSite) ?? pools.get(String(costSite))?.owner;
    const error = (message: string): FieldError[] => [
      {
        path: 'costSite',
        message,
        expected: 'a site with its own cost pool',
        found: `${costSite}`,
      },
    ];
    if (owner === undefined) return error('names no site');
    if (owner !== costSite) return error(`itself shares the pool of ${owner}`);
    const sharers = pools.get(String(code))?.sharers ?? 0;
    if (sharers > 0 || shared.has(code)) return error('cannot be another: sites share this pool');
    return [];
  });
}
