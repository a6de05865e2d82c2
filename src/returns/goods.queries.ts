import type { Tx } from '../platform/database.ts';
import type { GRADES, OutcomeBody } from './schemas.ts';
import type { InspectionState, RefurbishmentState } from './states.ts';

/** Units that arrived in one place, of one shipment. */
export interface ReceiptLineRow {
  readonly receipt: number;
  readonly line: number;
  readonly rmaLine: number;
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  readonly quantity: bigint;
  readonly location: string;
  readonly lpn: string | null;
  readonly lot: string | null;
  readonly serials: string[];
  readonly journal: number | null;
  readonly seq: bigint | null;
  readonly value: bigint | null;
  readonly state: 'posting' | 'posted' | 'refused';
  readonly movement: string | null;
  readonly problem: Record<string, unknown> | null;
  readonly inspecting: bigint;
  readonly inspected: bigint;
  readonly occurredAt: Date;
}

const RECEIPT_LINES = `SELECT l.receipt, l.line, l.rma_line AS "rmaLine", l.item_id AS "itemId",
    i.sku, i.quantity_scale AS scale, l.quantity, l.location, l.lpn, l.lot, l.serials, l.journal,
    l.seq, l.value, l.state, l.movement, l.problem, l.inspecting, l.inspected,
    r.occurred_at AS "occurredAt"
  FROM returns.receipt_line l JOIN returns.receipt r USING (rma_id, receipt)
  JOIN catalog.item i ON i.item_id = l.item_id`;

export async function readReceiptLines(tx: Tx, rmaId: number): Promise<ReceiptLineRow[]> {
  const { rows } = await tx.query<ReceiptLineRow>(
    `${RECEIPT_LINES} WHERE l.rma_id = $1 ORDER BY l.receipt, l.line`,
    [rmaId],
  );
  return rows;
}

/** A receipt as it is written down before the ledger is asked. */
export interface NewReceipt {
  readonly rmaId: number;
  readonly ownerId: number;
  readonly device: string | undefined;
  readonly actorId: number;
  readonly at: Date;
  readonly lines: readonly NewReceiptLine[];
}

export interface NewReceiptLine {
  readonly rmaLine: number;
  readonly itemId: number;
  readonly quantity: bigint;
  readonly location: string;
  readonly lpn: string | null;
  readonly lot: string | null;
  readonly serials: readonly string[];
  readonly journal: number | null;
  readonly seq: bigint | null;
  readonly value: bigint | null;
}

/** Writes a receipt with its lines; answers its number within the return. */
export async function insertReceipt(tx: Tx, receipt: NewReceipt): Promise<number> {
  const { rows } = await tx.query<{ receipt: number }>(
    `INSERT INTO returns.receipt (rma_id, receipt, owner_id, device, actor_id, occurred_at,
       created_at)
     SELECT $1, coalesce(max(receipt), 0) + 1, $2, $3, $4, $5, $5
     FROM returns.receipt WHERE rma_id = $1 RETURNING receipt`,
    [receipt.rmaId, receipt.ownerId, receipt.device ?? null, receipt.actorId, receipt.at],
  );
  const number = rows[0]!.receipt;
  const { lines } = receipt;
  await tx.query(
    `INSERT INTO returns.receipt_line (rma_id, receipt, owner_id, line, rma_line, item_id,
       quantity, location, lpn, lot, serials, journal, seq, value, state)
     SELECT $1, $2, $3, k.line, k.rma_line, k.item_id, k.quantity, k.location, k.lpn, k.lot,
       ARRAY(SELECT jsonb_array_elements_text(k.serials)), k.journal, k.seq, k.value, 'posting'
     FROM unnest($4::integer[], $5::integer[], $6::integer[], $7::bigint[], $8::text[], $9::text[],
       $10::text[], $11::jsonb[], $12::integer[], $13::bigint[], $14::bigint[])
       k(line, rma_line, item_id, quantity, location, lpn, lot, serials, journal, seq, value)`,
    [
      receipt.rmaId,
      number,
      receipt.ownerId,
      lines.map((_, i) => i + 1),
      lines.map(({ rmaLine }) => rmaLine),
      lines.map(({ itemId }) => itemId),
      lines.map(({ quantity }) => quantity),
      lines.map(({ location }) => location),
      lines.map(({ lpn }) => lpn),
      lines.map(({ lot }) => lot),
      lines.map(({ serials }) => JSON.stringify(serials)),
      lines.map(({ journal }) => journal),
      lines.map(({ seq }) => seq),
      lines.map(({ value }) => value),
    ],
  );
  return number;
}

/** What the ledger said about a line of a receipt. */
export async function settleReceiptLine(
  tx: Tx,
  at: { readonly rmaId: number; readonly receipt: number; readonly line: number },
  result: {
    readonly movement: string | null;
    readonly problem: unknown;
    /** House minor units that came back, where the ledger chose them. */
    readonly value: bigint | null;
  },
): Promise<void> {
  await tx.query(
    `UPDATE returns.receipt_line SET movement = $4, problem = $5, value = coalesce(value, $6),
       state = CASE WHEN $4::text IS NULL THEN 'refused' ELSE 'posted' END
     WHERE rma_id = $1 AND receipt = $2 AND line = $3`,
    [
      at.rmaId,
      at.receipt,
      at.line,
      result.movement,
      result.problem ? JSON.stringify(result.problem) : null,
      result.value,
    ],
  );
}

/** Units more (or less) of a line in inspections that are being posted, or are done. */
export async function changeInspected(
  tx: Tx,
  at: { readonly rmaId: number; readonly receipt: number; readonly line: number },
  change: { readonly inspecting: bigint; readonly inspected: bigint },
): Promise<void> {
  await tx.query(
    `UPDATE returns.receipt_line SET inspecting = inspecting + $4, inspected = inspected + $5
     WHERE rma_id = $1 AND receipt = $2 AND line = $3`,
    [at.rmaId, at.receipt, at.line, change.inspecting, change.inspected],
  );
}

/** What somebody found of returned units, and what became of them. */
export interface InspectionRow {
  readonly rmaId: number;
  readonly inspection: number;
  readonly receipt: number;
  readonly receiptLine: number;
  readonly rmaLine: number;
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  readonly quantity: bigint;
  readonly serials: string[];
  readonly grade: (typeof GRADES)[number];
  readonly findings: string | null;
  readonly photos: string[];
  readonly details: OutcomeBody;
  readonly state: InspectionState;
  readonly movement: string | null;
  readonly handedOver: string | null;
  readonly value: bigint | null;
  readonly problem: Record<string, unknown> | null;
  readonly occurredAt: Date;
}

const INSPECTIONS = `SELECT n.rma_id AS "rmaId", n.inspection, n.receipt,
    n.receipt_line AS "receiptLine", n.rma_line AS "rmaLine", n.item_id AS "itemId", i.sku,
    i.quantity_scale AS scale, n.quantity, n.serials, n.grade, n.findings, n.photos, n.details,
    n.state, n.movement, n.handed_over AS "handedOver", n.value, n.problem,
    n.occurred_at AS "occurredAt"
  FROM returns.inspection n JOIN catalog.item i ON i.item_id = n.item_id`;

export async function readInspections(tx: Tx, rmaId: number): Promise<InspectionRow[]> {
  const { rows } = await tx.query<InspectionRow>(
    `${INSPECTIONS} WHERE n.rma_id = $1 ORDER BY n.inspection`,
    [rmaId],
  );
  return rows;
}

export interface NewInspection {
  readonly rmaId: number;
  readonly ownerId: number;
  readonly line: ReceiptLineRow;
  readonly quantity: bigint;
  readonly serials: readonly string[];
  readonly grade: string;
  readonly findings: string | null;
  readonly photos: readonly string[];
  readonly outcome: OutcomeBody;
  readonly actorId: number;
  readonly at: Date;
}

/** Writes an inspection down; answers its number within the return. */
export async function insertInspection(tx: Tx, inspection: NewInspection): Promise<number> {
  const { line } = inspection;
  const { rows } = await tx.query<{ inspection: number }>(
    `INSERT INTO returns.inspection (rma_id, inspection, owner_id, receipt, receipt_line, rma_line,
       item_id, quantity, serials, grade, findings, photos, outcome, details, state, actor_id,
       occurred_at, created_at)
     SELECT $1, coalesce(max(inspection), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
       $13, 'posting', $14, $15, $15
     FROM returns.inspection WHERE rma_id = $1 RETURNING inspection`,
    [
      inspection.rmaId,
      inspection.ownerId,
      line.receipt,
      line.line,
      line.rmaLine,
      line.itemId,
      inspection.quantity,
      inspection.serials,
      inspection.grade,
      inspection.findings,
      JSON.stringify(inspection.photos),
      inspection.outcome.kind,
      JSON.stringify(inspection.outcome),
      inspection.actorId,
      inspection.at,
    ],
  );
  return rows[0]!.inspection;
}

/** Brings an inspection into another state; what is not given stays. */
export async function changeInspection(
  tx: Tx,
  at: { readonly rmaId: number; readonly inspection: number },
  change: {
    readonly state: InspectionState;
    readonly movement?: string | null | undefined;
    readonly handedOver?: string | null | undefined;
    readonly value?: bigint | null | undefined;
    readonly problem?: unknown;
  },
): Promise<void> {
  await tx.query(
    `UPDATE returns.inspection SET state = $3, movement = coalesce($4, movement),
       handed_over = coalesce($5, handed_over), value = coalesce($6, value), problem = $7
     WHERE rma_id = $1 AND inspection = $2`,
    [
      at.rmaId,
      at.inspection,
      change.state,
      change.movement ?? null,
      change.handedOver ?? null,
      change.value ?? null,
      change.problem ? JSON.stringify(change.problem) : null,
    ],
  );
}

/** Work that makes returned units sellable again. */
export interface RefurbishmentRow {
  readonly refurbishmentId: number;
  readonly number: string;
  readonly ownerId: number;
  readonly rmaId: number;
  readonly rmaNumber: string;
  readonly inspection: number;
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  readonly quantity: bigint;
  readonly finishing: bigint;
  readonly done: bigint;
  readonly scrapped: bigint;
  readonly cost: bigint;
  readonly state: RefurbishmentState;
  readonly instructions: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const REFURBISHMENT_SELECT = `SELECT f.refurbishment_id AS "refurbishmentId", f.number,
    f.owner_id AS "ownerId", f.rma_id AS "rmaId", r.number AS "rmaNumber", f.inspection,
    f.item_id AS "itemId", i.sku, i.quantity_scale AS scale, f.quantity, f.finishing, f.done,
    f.scrapped, f.cost, f.state, f.instructions, f.version, f.created_at AS "createdAt",
    f.updated_at AS "updatedAt"
  FROM returns.refurbishment f JOIN returns.rma r USING (rma_id)
  JOIN catalog.item i ON i.item_id = f.item_id`;

export async function readRefurbishment(
  tx: Tx,
  number: string,
): Promise<RefurbishmentRow | undefined> {
  const { rows } = await tx.query<RefurbishmentRow>(`${REFURBISHMENT_SELECT} WHERE f.number = $1`, [
    number,
  ]);
  return rows[0];
}

export async function refurbishmentOf(
  tx: Tx,
  rmaId: number,
  inspection: number,
): Promise<RefurbishmentRow | undefined> {
  const { rows } = await tx.query<RefurbishmentRow>(
    `${REFURBISHMENT_SELECT} WHERE f.rma_id = $1 AND f.inspection = $2`,
    [rmaId, inspection],
  );
  return rows[0];
}

export async function insertRefurbishment(
  tx: Tx,
  row: {
    readonly ownerId: number;
    readonly rmaId: number;
    readonly inspection: number;
    readonly itemId: number;
    readonly quantity: bigint;
    readonly instructions: string | null;
    readonly at: Date;
  },
): Promise<string> {
  const { rows } = await tx.query<{ number: string }>(
    `INSERT INTO returns.refurbishment (owner_id, rma_id, inspection, item_id, quantity, state,
       instructions, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $7) RETURNING number`,
    [row.ownerId, row.rmaId, row.inspection, row.itemId, row.quantity, row.instructions, row.at],
  );
  return rows[0]!.number;
}

export async function changeRefurbishment(
  tx: Tx,
  refurbishmentId: number,
  change: {
    readonly finishing?: bigint;
    readonly done?: bigint;
    readonly scrapped?: bigint;
    readonly cost?: bigint;
    readonly state?: RefurbishmentState;
  },
  at: Date,
): Promise<void> {
  await tx.query(
    `UPDATE returns.refurbishment SET finishing = finishing + $2, done = done + $3,
       scrapped = scrapped + $4, cost = cost + $5, state = coalesce($6, state),
       version = version + 1, updated_at = $7
     WHERE refurbishment_id = $1`,
    [
      refurbishmentId,
      change.finishing ?? 0n,
      change.done ?? 0n,
      change.scrapped ?? 0n,
      change.cost ?? 0n,
      change.state ?? null,
      at,
    ],
  );
}
