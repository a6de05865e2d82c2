import type { Tx } from '../platform/database.ts';
import type { ReasonCode, ReturnTerms } from './policy.ts';
import { ANY_CHANNEL } from './policy.ts';
import type { Rma, RmaLine } from './rma.ts';
import { type ReturnState, stateOfLines } from './states.ts';

/** A return as it is made. */
export interface NewRma {
  readonly ownerId: number;
  readonly salesOrder: string | null;
  readonly channel: string | null;
  readonly customer: string | null;
  readonly siteId: number;
  readonly currency: string;
  readonly rate: string | null;
  readonly state: ReturnState;
  readonly terms: ReturnTerms;
  readonly overrideNote: string | null;
  readonly overrideBy: number | null;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly labelUrl: string | null;
  readonly expectedOn: string | null;
  readonly notes: string | null;
  readonly shippedAt: Date | null;
  readonly windowEndsAt: Date | null;
  readonly expiresAt: Date | null;
  readonly createdBy: number;
  readonly createdAt: Date;
}

export async function insertRma(tx: Tx, rma: NewRma): Promise<{ rmaId: number; number: string }> {
  const { rows } = await tx.query<{ rmaId: number; number: string }>(
    `INSERT INTO returns.rma (owner_id, sales_order, channel, customer, site_id, currency, rate,
       state, terms, override_note, override_by, carrier, tracking_number, label_url, expected_on,
       notes, shipped_at, window_ends_at, expires_at, created_by, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
       $20, $21, $21)
     RETURNING rma_id AS "rmaId", number`,
    [
      rma.ownerId,
      rma.salesOrder,
      rma.channel,
      rma.customer,
      rma.siteId,
      rma.currency,
      rma.rate,
      rma.state,
      JSON.stringify(rma.terms),
      rma.overrideNote,
      rma.overrideBy,
      rma.carrier,
      rma.trackingNumber,
      rma.labelUrl,
      rma.expectedOn,
      rma.notes,
      rma.shippedAt,
      rma.windowEndsAt,
      rma.expiresAt,
      rma.createdBy,
      rma.createdAt,
    ],
  );
  return rows[0]!;
}

/** A line as it is made; what arrived is counted from zero. */
export interface NewRmaLine {
  readonly line: number;
  readonly itemId: number;
  readonly orderLine: number | null;
  readonly reason: ReasonCode;
  readonly comment: string | null;
  readonly isUnexpected: boolean;
  readonly state: ReturnState;
  readonly expected: bigint;
}

export async function insertLines(
  tx: Tx,
  rma: { readonly rmaId: number; readonly ownerId: number },
  lines: readonly NewRmaLine[],
): Promise<void> {
  await tx.query(
    `INSERT INTO returns.rma_line (rma_id, owner_id, line, item_id, order_line, reason, comment,
       is_unexpected, state, expected)
     SELECT $1, $2, k.* FROM unnest($3::integer[], $4::integer[], $5::integer[], $6::text[],
       $7::text[], $8::boolean[], $9::text[], $10::bigint[]) k`,
    [
      rma.rmaId,
      rma.ownerId,
      lines.map(({ line }) => line),
      lines.map(({ itemId }) => itemId),
      lines.map(({ orderLine }) => orderLine),
      lines.map(({ reason }) => reason),
      lines.map(({ comment }) => comment),
      lines.map(({ isUnexpected }) => isUnexpected),
      lines.map(({ state }) => state),
      lines.map(({ expected }) => expected),
    ],
  );
}

export const RMA_SELECT = `SELECT r.rma_id AS "rmaId", r.number, r.owner_id AS "ownerId",
    o.code AS "ownerCode", o.is_house AS "isHouse", r.sales_order AS "salesOrder", r.channel,
    r.customer, r.site_id AS "siteId", s.code AS site, r.currency,
    trim_scale(r.rate)::text AS rate, r.state, r.terms, r.override_note AS "overrideNote",
    p.name AS "overrideBy", r.carrier, r.tracking_number AS "trackingNumber",
    r.label_url AS "labelUrl", r.expected_on::text AS "expectedOn", r.notes,
    r.shipped_at AS "shippedAt", r.window_ends_at AS "windowEndsAt", r.expires_at AS "expiresAt",
    r.version, r.created_at AS "createdAt", r.updated_at AS "updatedAt"
  FROM returns.rma r
  JOIN sellers.owner o ON o.owner_id = r.owner_id
  JOIN network.site s ON s.site_id = r.site_id
  LEFT JOIN platform.principal p ON p.principal_id = r.override_by`;

/** A return by its number; undefined when the caller has no such one. */
export async function readRma(tx: Tx, number: string): Promise<Rma | undefined> {
  const { rows } = await tx.query<Rma>(`${RMA_SELECT} WHERE r.number = $1`, [number]);
  return rows[0];
}

/** The same, locked: whoever changes a return or anything in it holds this lock first. */
export async function lockRma(tx: Tx, number: string): Promise<Rma | undefined> {
  const locked = await tx.query('SELECT FROM returns.rma WHERE number = $1 FOR UPDATE', [number]);
  return locked.rowCount === 1 ? readRma(tx, number) : undefined;
}

const LINES = `SELECT l.line, l.item_id AS "itemId", i.sku, i.quantity_scale AS scale,
    l.order_line AS "orderLine", l.reason, l.comment, l.is_unexpected AS "isUnexpected", l.state,
    l.expected, l.arriving, l.received, l.inspected, l.refunded, l.refused,
    l.pending_refund AS "pendingRefund", l.withheld_net AS "withheldNet",
    l.withheld_tax AS "withheldTax", l.first_received_at AS "firstReceivedAt",
    l.inspected_at AS "inspectedAt", l.rma_id AS "rmaId"
  FROM returns.rma_line l JOIN catalog.item i ON i.item_id = l.item_id`;

/** The lines of a return. */
export async function readLines(tx: Tx, rmaId: number): Promise<RmaLine[]> {
  const { rows } = await tx.query<RmaLine>(`${LINES} WHERE l.rma_id = $1 ORDER BY l.line`, [rmaId]);
  return rows;
}

/** The lines of several returns, for lists. */
export async function readLinesOf(
  tx: Tx,
  rmaIds: readonly number[],
): Promise<(RmaLine & { readonly rmaId: number })[]> {
  const { rows } = await tx.query<RmaLine & { rmaId: number }>(
    `${LINES} WHERE l.rma_id = ANY($1) ORDER BY l.rma_id, l.line`,
    [rmaIds],
  );
  return rows;
}

/** A change of a line: figures are added, the others replace what is there. */
export interface LineChange {
  readonly line: number;
  readonly state?: ReturnState | undefined;
  readonly expected?: bigint | undefined;
  readonly reason?: ReasonCode | undefined;
  readonly comment?: string | null | undefined;
  readonly arriving?: bigint | undefined;
  readonly received?: bigint | undefined;
  readonly inspected?: bigint | undefined;
  readonly refunded?: bigint | undefined;
  readonly refused?: bigint | undefined;
  readonly pendingRefund?: bigint | undefined;
  readonly withheldNet?: bigint | undefined;
  readonly withheldTax?: bigint | undefined;
  readonly receivedAt?: Date | undefined;
  readonly inspectedAt?: Date | null | undefined;
}

export async function changeLine(tx: Tx, rmaId: number, change: LineChange): Promise<void> {
  await tx.query(
    `UPDATE returns.rma_line SET state = coalesce($3, state), expected = coalesce($4, expected),
       reason = coalesce($5, reason), comment = CASE WHEN $6 THEN $7 ELSE comment END,
       arriving = arriving + $8, received = received + $9, inspected = inspected + $10,
       refunded = refunded + $11, refused = refused + $12, pending_refund = pending_refund + $13,
       withheld_net = withheld_net + $14, withheld_tax = withheld_tax + $15,
       first_received_at = coalesce(first_received_at, $16),
       inspected_at = CASE WHEN $17 THEN $18 ELSE inspected_at END
     WHERE rma_id = $1 AND line = $2`,
    [
      rmaId,
      change.line,
      change.state ?? null,
      change.expected ?? null,
      change.reason ?? null,
      change.comment !== undefined,
      change.comment ?? null,
      change.arriving ?? 0n,
      change.received ?? 0n,
      change.inspected ?? 0n,
      change.refunded ?? 0n,
      change.refused ?? 0n,
      change.pendingRefund ?? 0n,
      change.withheldNet ?? 0n,
      change.withheldTax ?? 0n,
      change.receivedAt ?? null,
      change.inspectedAt !== undefined,
      change.inspectedAt ?? null,
    ],
  );
}

/** Brings the state of a return in line with its lines; answers the state it has now. */
export async function refreshRma(tx: Tx, rmaId: number, at: Date): Promise<ReturnState> {
  const { rows } = await tx.query<{ state: ReturnState }>(
    'SELECT state FROM returns.rma_line WHERE rma_id = $1',
    [rmaId],
  );
  const state = stateOfLines(rows.map((row) => row.state));
  await tx.query(
    `UPDATE returns.rma SET state = $2, version = version + 1, updated_at = $3
     WHERE rma_id = $1`,
    [rmaId, state, at],
  );
  return state;
}

/** Fields of a return that are plain facts, as PATCH and dispatch set them. */
export interface HeaderChange {
  readonly carrier?: string | null | undefined;
  readonly trackingNumber?: string | null | undefined;
  readonly labelUrl?: string | null | undefined;
  readonly expectedOn?: string | null | undefined;
  readonly notes?: string | null | undefined;
  readonly expiresAt?: Date | undefined;
  readonly customer?: string | null | undefined;
}

const HEADER_COLUMNS = {
  carrier: 'carrier',
  trackingNumber: 'tracking_number',
  labelUrl: 'label_url',
  expectedOn: 'expected_on',
  notes: 'notes',
  expiresAt: 'expires_at',
  customer: 'customer',
} as const satisfies Record<keyof HeaderChange, string>;

export async function changeHeader(tx: Tx, rmaId: number, change: HeaderChange): Promise<void> {
  const names = (Object.keys(HEADER_COLUMNS) as (keyof HeaderChange)[]).filter(
    (name) => change[name] !== undefined,
  );
  if (names.length === 0) return;
  const assignments = names.map((name, i) => `${HEADER_COLUMNS[name]} = $${i + 2}`);
  await tx.query(`UPDATE returns.rma SET ${assignments.join(', ')} WHERE rma_id = $1`, [
    rmaId,
    ...names.map((name) => change[name]),
  ]);
}

/** The terms of a channel: its own policy, or the one of every other channel. */
export async function readTerms(tx: Tx, channel: string | null): Promise<ReturnTerms | undefined> {
  const { rows } = await tx.query<ReturnTerms>(
    `SELECT window_days AS "windowDays", expires_after_days AS "expiresAfterDays",
       auto_authorise AS "autoAuthorise", refund_timing AS "refundTiming",
       shipping_refund AS "shippingRefund", restocking_fees AS "restockingFees"
     FROM returns.policy WHERE active AND channel = ANY($1)
     ORDER BY channel = $2 LIMIT 1`,
    [[channel ?? ANY_CHANNEL, ANY_CHANNEL], ANY_CHANNEL],
  );
  return rows[0];
}
