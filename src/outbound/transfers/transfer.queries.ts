import type { Tx } from '../../platform/database.ts';
import type { CursorValue } from '../../platform/http.ts';
import type { Parcel, PlannedMove, StepKind, TransferLine, TransferState } from './transfer.ts';

/** A transfer order without its lines. */
export interface TransferHead {
  readonly transferOrderId: number;
  readonly number: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly fromSiteId: number;
  readonly from: string;
  readonly toSiteId: number;
  readonly to: string;
  readonly state: TransferState;
  readonly reference: string | null;
  readonly notes: string | null;
  readonly expectedDispatchAt: Date | null;
  readonly expectedArrivalAt: Date | null;
  readonly releasedAt: Date | null;
  readonly shippedAt: Date | null;
  readonly receivedAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const HEAD_SELECT = `SELECT t.transfer_order_id AS "transferOrderId", t.number,
    t.owner_id AS "ownerId", o.code AS owner, t.from_site_id AS "fromSiteId", f.code AS "from",
    t.to_site_id AS "toSiteId", d.code AS "to", t.state, t.reference, t.notes,
    t.expected_dispatch_at AS "expectedDispatchAt", t.expected_arrival_at AS "expectedArrivalAt",
    t.released_at AS "releasedAt", t.shipped_at AS "shippedAt", t.received_at AS "receivedAt",
    t.version, t.created_at AS "createdAt", t.updated_at AS "updatedAt"
  FROM outbound.transfer_order t
  JOIN sellers.owner o ON o.owner_id = t.owner_id
  JOIN network.site f ON f.site_id = t.from_site_id
  JOIN network.site d ON d.site_id = t.to_site_id`;

/** One transfer order by its number; undefined where the caller sees none. */
export async function selectTransfer(tx: Tx, number: string): Promise<TransferHead | undefined> {
  const { rows } = await tx.query<TransferHead>(`${HEAD_SELECT} WHERE t.number = $1`, [number]);
  return rows[0];
}

/** The same, locked until the transaction ends. */
export async function lockTransfer(tx: Tx, number: string): Promise<TransferHead | undefined> {
  await tx.query('SELECT 1 FROM outbound.transfer_order WHERE number = $1 FOR UPDATE', [number]);
  return selectTransfer(tx, number);
}

export interface TransferFilter {
  readonly state?: TransferState | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly owner?: string | undefined;
  readonly item?: string | undefined;
}

/** Transfer orders, newest first, below an id. */
export async function selectTransfers(
  tx: Tx,
  filter: TransferFilter,
  below: number | undefined,
  limit: number,
): Promise<TransferHead[]> {
  const { state, from, to, owner, item } = filter;
  const { rows } = await tx.query<TransferHead>(
    `${HEAD_SELECT}
     WHERE ($1::text IS NULL OR t.state = $1) AND ($2::text IS NULL OR f.code = $2)
       AND ($3::text IS NULL OR d.code = $3) AND ($4::text IS NULL OR o.code = $4)
       AND ($5::text IS NULL OR EXISTS (SELECT 1 FROM outbound.transfer_order_line l
         JOIN catalog.item i ON i.item_id = l.item_id
         WHERE l.transfer_order_id = t.transfer_order_id AND i.sku = $5))
       AND ($6::integer IS NULL OR t.transfer_order_id < $6)
     ORDER BY t.transfer_order_id DESC LIMIT $7`,
    [...[state, from, to, owner, item, below].map((value) => value ?? null), limit],
  );
  return rows;
}

/** The sort key of the list. */
export function transferCursor(head: TransferHead): readonly CursorValue[] {
  return [head.transferOrderId];
}

interface LineRow extends TransferLine {
  readonly transferOrderId: number;
}

/** The lines of transfer orders, by transfer order and line. */
export async function selectLines(tx: Tx, ids: readonly number[]): Promise<LineRow[]> {
  const { rows } = await tx.query<LineRow>(
    `SELECT l.transfer_order_id AS "transferOrderId", l.line, l.item_id AS "itemId",
       i.sku AS item, i.quantity_scale AS "quantityScale", i.tracks_lot AS "tracksLot",
       i.tracks_serial AS "tracksSerial", l.quantity, l.lot, l.serials, l.disposition,
       l.from_location AS "from", l.to_location AS "to", l.shipped, l.received, l.lost,
       l.cancelled, l.reservation
     FROM outbound.transfer_order_line l JOIN catalog.item i ON i.item_id = l.item_id
     WHERE l.transfer_order_id = ANY($1) ORDER BY l.transfer_order_id, l.line`,
    [ids],
  );
  return rows;
}

/** What is still on the way, the oldest first. */
export async function selectParcels(tx: Tx, transferOrderId: number): Promise<Parcel[]> {
  const { rows } = await tx.query<Parcel>(
    `SELECT line, parcel, lot, open_quantity AS "openQuantity", open_serials AS "openSerials"
     FROM outbound.transfer_parcel WHERE transfer_order_id = $1 AND open_quantity > 0
     ORDER BY line, parcel`,
    [transferOrderId],
  );
  return rows;
}

/** A line as it is written; quantities at the item's scale. */
export interface NewLine {
  readonly itemId: number;
  readonly quantity: bigint;
  readonly lot: string | null;
  readonly serials: readonly string[] | null;
  readonly disposition: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** Writes a draft; answers its number. */
export async function insertTransfer(
  tx: Tx,
  head: {
    readonly ownerId: number;
    readonly fromSiteId: number;
    readonly toSiteId: number;
    readonly reference: string | null;
    readonly notes: string | null;
  },
  by: { readonly actorId: number; readonly at: Date },
): Promise<{ transferOrderId: number; number: string }> {
  const { rows } = await tx.query<{ transferOrderId: number; number: string }>(
    `INSERT INTO outbound.transfer_order (owner_id, from_site_id, to_site_id, state, reference,
       notes, created_by, created_at, updated_at)
     VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $7)
     RETURNING transfer_order_id AS "transferOrderId", number`,
    [
      ...[head.ownerId, head.fromSiteId, head.toSiteId, head.reference, head.notes],
      ...[by.actorId, by.at],
    ],
  );
  return rows[0]!;
}

/** Writes all lines of a draft anew. */
export async function writeLines(
  tx: Tx,
  transferOrderId: number,
  ownerId: number,
  lines: readonly NewLine[],
): Promise<void> {
  await tx.query('DELETE FROM outbound.transfer_order_line WHERE transfer_order_id = $1', [
    transferOrderId,
  ]);
  await tx.query(
    `INSERT INTO outbound.transfer_order_line (transfer_order_id, line, owner_id, item_id,
       quantity, lot, serials, disposition, from_location, to_location)
     SELECT $1, x.line, $2, x.item_id, x.quantity, x.lot, x.serials, x.disposition, x."from", x."to"
     FROM jsonb_to_recordset($3::jsonb) AS x(line integer, item_id integer, quantity bigint,
       lot text, serials text[], disposition text, "from" text, "to" text)`,
    [
      transferOrderId,
      ownerId,
      JSON.stringify(
        lines.map(({ itemId, quantity, ...rest }, i) => ({
          ...rest,
          line: i + 1,
          item_id: itemId,
          quantity: `${quantity}`,
        })),
      ),
    ],
  );
}

/** Changes what a caller may edit of a draft, at the version it read. */
export async function updateDraft(
  tx: Tx,
  transferOrderId: number,
  change: { readonly reference: string | null; readonly notes: string | null },
  at: Date,
): Promise<void> {
  await tx.query(
    `UPDATE outbound.transfer_order SET reference = $2, notes = $3, version = version + 1,
       updated_at = $4 WHERE transfer_order_id = $1`,
    [transferOrderId, change.reference, change.notes, at],
  );
}

/** A step as it was begun: what it is to post, and what is written when it is posted. */
export interface Intent {
  readonly moves: readonly PlannedMove[];
  /** Commands of the ledger: lines of movements, or of a reservation. */
  readonly lines: readonly object[];
  /** Where each of `lines` comes from: the index in `moves`, or the line of a reservation. */
  readonly origins: readonly number[];
  /** Ends what is not shipped. */
  readonly final: boolean;
  /** Reservations to give back, by line. */
  readonly releases: readonly { readonly line: number; readonly reservation: string }[];
  readonly occurredAt?: string | undefined;
  readonly note?: string | undefined;
}

export interface Step {
  readonly stepId: string;
  readonly number: string;
  readonly kind: StepKind;
  readonly state: 'posting' | 'done' | 'refused';
  readonly requestHash: Buffer;
  readonly intent: Intent;
  readonly actorId: number;
}

const STEP_SELECT = `SELECT s.step_id AS "stepId", t.number, s.kind, s.state,
    s.request_hash AS "requestHash", s.intent, s.actor_id AS "actorId"
  FROM outbound.transfer_step s
  JOIN outbound.transfer_order t ON t.transfer_order_id = s.transfer_order_id`;

/** A step by its id. */
export async function selectStep(tx: Tx, stepId: string): Promise<Step | undefined> {
  const { rows } = await tx.query<Step>(`${STEP_SELECT} WHERE s.step_id = $1`, [stepId]);
  return rows[0];
}

/** The step that a transfer order is in the middle of. */
export async function selectPosting(tx: Tx, transferOrderId: number): Promise<Step | undefined> {
  const { rows } = await tx.query<Step>(
    `${STEP_SELECT} WHERE s.transfer_order_id = $1 AND s.state = 'posting'`,
    [transferOrderId],
  );
  return rows[0];
}

const STALLED_MAX = 100;

/** Steps that were begun before `at` and never finished, the oldest first. */
export async function selectStalled(tx: Tx, at: Date): Promise<Step[]> {
  const { rows } = await tx.query<Step>(
    `${STEP_SELECT} WHERE s.state = 'posting' AND s.created_at < $1
     ORDER BY s.created_at LIMIT ${STALLED_MAX}`,
    [at],
  );
  return rows;
}

/** Begins a step; one that was refused before is begun again with what is planned now. */
export async function writeStep(
  tx: Tx,
  head: TransferHead,
  step: Pick<Step, 'stepId' | 'kind' | 'requestHash' | 'intent' | 'actorId'>,
  at: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO outbound.transfer_step (step_id, transfer_order_id, owner_id, kind, state,
       request_hash, intent, actor_id, created_at)
     VALUES ($1, $2, $3, $4, 'posting', $5, $6, $7, $8)
     ON CONFLICT (step_id) DO UPDATE
       SET state = 'posting', intent = excluded.intent, created_at = excluded.created_at`,
    [
      ...[step.stepId, head.transferOrderId, head.ownerId, step.kind, step.requestHash],
      ...[JSON.stringify(step.intent), step.actorId, at],
    ],
  );
}

/** Ends a step; false where another process has ended it already. */
export async function endStep(
  tx: Tx,
  stepId: string,
  state: 'done' | 'refused',
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE outbound.transfer_step SET state = $2, finished_at = $3
     WHERE step_id = $1 AND state = 'posting'`,
    [stepId, state, at],
  );
  return rowCount === 1;
}
