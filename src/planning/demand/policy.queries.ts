import type { Queryable, Tx } from '../../platform/database.ts';
import { DEFAULT_POLICY, type DemandPolicy, type RollUpRules } from './policy.ts';

const BASIS_POINTS = 10_000;

interface PolicyRow {
  return_days: number;
  counts_cancelled: boolean;
  lost_days_max: number;
  partly_lost_basis_points: number;
  outlier_factor: number;
  rolled_return_days: number;
  rolled_counts_cancelled: boolean;
  version: number;
}

/** The policy as it is kept. */
export interface StoredPolicy {
  readonly policy: DemandPolicy;
  /** The rules that history was rolled up by; a return_days of -1 says that none holds. */
  readonly rolledUpBy: RollUpRules;
  readonly version: number;
}

/** Reads the policy; with `lock` nobody else changes it until the transaction ends. */
export async function readPolicy(db: Queryable, lock = false): Promise<StoredPolicy> {
  const { rows } = await db.query<PolicyRow>(
    `SELECT return_days, counts_cancelled, lost_days_max, partly_lost_basis_points,
       outlier_factor, rolled_return_days, rolled_counts_cancelled, version
     FROM planning.demand_policy WHERE demand_policy_id = 1${lock ? ' FOR UPDATE' : ''}`,
  );
  const [row] = rows;
  if (!row) return { policy: DEFAULT_POLICY, rolledUpBy: DEFAULT_POLICY, version: 0 };
  return {
    policy: {
      returnDays: row.return_days,
      countsCancelled: row.counts_cancelled,
      lostDaysMax: row.lost_days_max,
      partlyLostShare: row.partly_lost_basis_points / BASIS_POINTS,
      outlierFactor: row.outlier_factor,
    },
    rolledUpBy: {
      returnDays: row.rolled_return_days,
      countsCancelled: row.rolled_counts_cancelled,
    },
    version: row.version,
  };
}

/** Writes the policy that was read under lock. */
export async function writePolicy(tx: Tx, policy: DemandPolicy, at: Date): Promise<void> {
  await tx.query(
    `UPDATE planning.demand_policy SET return_days = $1, counts_cancelled = $2,
       lost_days_max = $3, partly_lost_basis_points = $4, outlier_factor = $5, updated_at = $6,
       version = version + 1
     WHERE demand_policy_id = 1`,
    [
      policy.returnDays,
      policy.countsCancelled,
      policy.lostDaysMax,
      Math.round(policy.partlyLostShare * BASIS_POINTS),
      policy.outlierFactor,
      at,
    ],
  );
}
