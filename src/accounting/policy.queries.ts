import type { Tx } from '../platform/database.ts';
import type { Rule } from './rules.ts';

/** How the books are kept at this moment; held by whoever has locked the head. */
export interface Head {
  readonly entrySeq: bigint;
  readonly hash: Buffer;
  readonly version: number;
  readonly bookingHorizon: bigint;
  readonly timeZone: string;
  /** Days up to this one are closed; null while nothing was closed. */
  readonly closedThrough: string | null;
}

const HEAD = `SELECT h.entry_seq AS "entrySeq", h.hash, h.version,
    h.booking_horizon AS "bookingHorizon", p.time_zone AS "timeZone",
    p.closed_through::text AS "closedThrough"
  FROM accounting.head h JOIN accounting.policy p ON p.version = h.version`;

/** The head as a reader sees it. */
export async function readHead(tx: Tx): Promise<Head> {
  const { rows } = await tx.query<Head>(HEAD);
  return rows[0]!;
}

/**
 * Locks the head until the transaction ends: nobody else books. The row is locked first and read
 * after, since a lock that was waited for shows the row as it is, but not what is joined to it.
 */
export async function lockHead(tx: Tx): Promise<Head> {
  await tx.query('SELECT FROM accounting.head WHERE head_id = 1 FOR UPDATE');
  return readHead(tx);
}

const RULE_COLUMNS = `v.rule_id AS "ruleId", v.side, v.account_id AS "accountId",
  v.location_id AS "locationId", v.movement_kind AS "movementKind", v.reason_id AS "reasonId",
  v.owner_id AS "ownerId", v.site_id AS "siteId", v.role, v.booking_kind AS "bookingKind",
  v.channel`;

/** The rules that hold at a version of the policy. */
export async function readRules(tx: Tx, version: number): Promise<Rule[]> {
  const { rows } = await tx.query<Rule>(
    `SELECT ${RULE_COLUMNS} FROM accounting.posting_rule_version v
     WHERE v.since_version <= $1 AND (v.until_version IS NULL OR v.until_version > $1)
     ORDER BY v.rule_id`,
    [version],
  );
  return rows;
}

/** The account of what no rule knows a place for. */
export async function readSuspense(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `SELECT account_id AS id FROM accounting.account WHERE purpose = 'suspense'
     ORDER BY account_id LIMIT 1`,
  );
  if (!rows[0]) throw new Error('the chart of accounts has no suspense account');
  return rows[0].id;
}

/** What a new version of the policy changes, and why. */
export interface PolicyChange {
  readonly timeZone?: string;
  readonly closedThrough?: string | null;
  readonly action: string;
  readonly note?: string | undefined;
  readonly actorId: number;
  readonly at: Date;
}

/** Writes the next version of the policy; the head must be locked. Answers its number. */
export async function nextPolicy(tx: Tx, head: Head, change: PolicyChange): Promise<number> {
  const version = head.version + 1;
  const closed = change.closedThrough === undefined ? head.closedThrough : change.closedThrough;
  await tx.query(
    `INSERT INTO accounting.policy
       (version, time_zone, closed_through, action, note, actor_id, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      version,
      change.timeZone ?? head.timeZone,
      closed,
      change.action,
      change.note ?? null,
      change.actorId,
      change.at,
    ],
  );
  await tx.query('UPDATE accounting.head SET version = $1 WHERE head_id = 1', [version]);
  return version;
}
