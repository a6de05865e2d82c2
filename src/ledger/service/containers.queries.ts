import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import { formatDecimal } from '../../platform/quantity.ts';

export interface HandlingUnitRow {
  handling_unit_id: number;
  lpn: string;
  type: string;
  parent_id: number | null;
  location_id: number;
  owner_id: number;
  status: string;
  move_command_id: string | null;
  move_to_location_id: number | null;
}

/** A container and its contents as the API shows them. */
export interface HandlingUnitView {
  readonly lpn: string;
  readonly type: string;
  readonly parent: string | null;
  readonly location: string;
  readonly owner: string;
  readonly status: string;
  /** LPNs directly inside. */
  readonly children: readonly string[];
  readonly contents: readonly {
    item: string;
    lot: string | null;
    disposition: string;
    lpn: string;
    onHand: string;
  }[];
}

const COLUMNS = `handling_unit_id, lpn, type, parent_id, location_id, owner_id, status,
  move_command_id, move_to_location_id`;

/** Inserts a container; false when the LPN is taken. */
export async function insertHandlingUnit(
  tx: Tx,
  row: { lpn: string; type: string; locationId: number; ownerId: number; parentId: number | null },
  now: Date,
): Promise<boolean> {
  const result = await tx.query(
    `INSERT INTO ledger.handling_unit
       (lpn, type, parent_id, location_id, owner_id, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (lpn) DO NOTHING`,
    [row.lpn, row.type, row.parentId, row.locationId, row.ownerId, now],
  );
  return result.rowCount === 1;
}

/** Reads and locks one container. */
export async function lockHandlingUnit(tx: Tx, lpn: string): Promise<HandlingUnitRow | undefined> {
  const { rows } = await tx.query<HandlingUnitRow>(
    `SELECT ${COLUMNS} FROM ledger.handling_unit WHERE lpn = $1 FOR UPDATE`,
    [lpn],
  );
  return rows[0];
}

const SUBTREE = `WITH RECURSIVE inside AS (
    SELECT handling_unit_id FROM ledger.handling_unit WHERE handling_unit_id = $1
    UNION
    SELECT u.handling_unit_id FROM inside i
    JOIN ledger.handling_unit u ON u.parent_id = i.handling_unit_id
  )`;

/** Containers, with all that they are in (upwards) or with all that is in them (downwards). */
const FAMILY = {
  upwards: `WITH RECURSIVE family AS (
      SELECT handling_unit_id, parent_id FROM ledger.handling_unit WHERE lpn = ANY($1)
      UNION
      SELECT u.handling_unit_id, u.parent_id FROM family f
      JOIN ledger.handling_unit u ON u.handling_unit_id = f.parent_id
    ) SELECT handling_unit_id FROM family`,
  downwards: `WITH RECURSIVE family AS (
      SELECT handling_unit_id FROM ledger.handling_unit WHERE lpn = ANY($1)
      UNION
      SELECT u.handling_unit_id FROM family f
      JOIN ledger.handling_unit u ON u.parent_id = f.handling_unit_id
    ) SELECT handling_unit_id FROM family`,
};

/**
 * Locks containers and those that they are in, or that are in them, as they are once all of them
 * are locked: nobody can nest one of them meanwhile. Always in the order of their ids, so that two
 * that lock cannot wait for each other; where more belong to it than were locked, it begins anew.
 */
export async function lockFamily(
  tx: Tx,
  lpns: readonly string[],
  direction: keyof typeof FAMILY,
): Promise<Map<string, HandlingUnitRow>> {
  const members = async (): Promise<number[]> => {
    const { rows } = await tx.query<{ handling_unit_id: number }>(FAMILY[direction], [lpns]);
    return rows.map((row) => row.handling_unit_id);
  };
  for (;;) {
    await tx.query('SAVEPOINT family');
    const { rows } = await tx.query<HandlingUnitRow>(
      `SELECT ${COLUMNS} FROM ledger.handling_unit WHERE handling_unit_id = ANY($1)
       ORDER BY handling_unit_id FOR UPDATE`,
      [await members()],
    );
    const locked = new Set(rows.map((row) => row.handling_unit_id));
    if ((await members()).every((id) => locked.has(id))) {
      return new Map(rows.map((row) => [row.lpn, row]));
    }
    await tx.query('ROLLBACK TO SAVEPOINT family');
  }
}

/** Nests a container, or takes it out. */
export async function setParent(
  tx: Tx,
  handlingUnitId: number,
  parentId: number | null,
  now: Date,
): Promise<void> {
  await tx.query(
    `UPDATE ledger.handling_unit SET parent_id = $2, version = version + 1, updated_at = $3
     WHERE handling_unit_id = $1`,
    [handlingUnitId, parentId, now],
  );
}

/** Marks a container and all inside it as on their way; it leaves a parent that stays. */
export async function markMoving(
  tx: Tx,
  handlingUnitId: number,
  commandId: string,
  toLocationId: number,
  now: Date,
): Promise<void> {
  await tx.query(
    `${SUBTREE} UPDATE ledger.handling_unit u
     SET status = 'moving', version = version + 1, updated_at = $2,
       parent_id = CASE WHEN u.handling_unit_id = $1 THEN NULL ELSE u.parent_id END,
       move_command_id = CASE WHEN u.handling_unit_id = $1 THEN $3::uuid END,
       move_to_location_id = CASE WHEN u.handling_unit_id = $1 THEN $4::integer END
     FROM inside i WHERE u.handling_unit_id = i.handling_unit_id`,
    [handlingUnitId, now, commandId, toLocationId],
  );
}

/** What a command did with a container before. */
export interface MoveRecord {
  readonly handling_unit_id: number;
  readonly to_location_id: number;
}

/** Binds a command to a move; answers the move that it is bound to already, if it is. */
export async function bindMove(
  tx: Tx,
  commandId: string,
  move: HandlingUnitRow,
  toLocationId: number,
  now: Date,
): Promise<MoveRecord | undefined> {
  const bound = await tx.query(
    `INSERT INTO ledger.handling_unit_move AS bound
       (command_id, handling_unit_id, to_location_id, owner_id, begun_at)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (command_id) DO UPDATE SET handling_unit_id = excluded.handling_unit_id,
       to_location_id = excluded.to_location_id, owner_id = excluded.owner_id,
       begun_at = excluded.begun_at, is_cancelled = false
     WHERE bound.is_cancelled`,
    [commandId, move.handling_unit_id, toLocationId, move.owner_id, now],
  );
  if (bound.rowCount === 1) return undefined;
  const { rows } = await tx.query<MoveRecord>(
    `SELECT handling_unit_id, to_location_id FROM ledger.handling_unit_move
     WHERE command_id = $1`,
    [commandId],
  );
  return rows[0];
}

/**
 * The end of a move: the container and all inside it stand at the target, or, where the target
 * is null, where they stood before. Nothing happens when another process has ended it.
 */
export async function endMove(
  database: Database,
  move: HandlingUnitRow,
  targetId: number | null,
  now: Date,
): Promise<void> {
  await inTransaction(database.poster, async (tx) => {
    const row = (await lockFamily(tx, [move.lpn], 'downwards')).get(move.lpn);
    if (row?.status !== 'moving' || row.move_command_id !== move.move_command_id) return;
    await tx.query(
      `${SUBTREE} UPDATE ledger.handling_unit u
       SET status = 'open', location_id = coalesce($2, u.location_id), move_command_id = NULL,
         move_to_location_id = NULL, version = version + 1, updated_at = $3
       FROM inside i WHERE u.handling_unit_id = i.handling_unit_id AND u.status = 'moving'`,
      [move.handling_unit_id, targetId, now],
    );
    if (targetId !== null) return;
    await tx.query(
      'UPDATE ledger.handling_unit_move SET is_cancelled = true WHERE command_id = $1',
      [move.move_command_id],
    );
  });
}

/** Whether a command has posted movements in any of these journals. */
export async function hasPosted(
  database: Database,
  journals: readonly number[],
  commandId: string,
): Promise<boolean> {
  const { rowCount } = await database.poster.query(
    `SELECT FROM ledger.movement WHERE journal = ANY($1) AND command_id = $2 LIMIT 1`,
    [journals, commandId],
  );
  return rowCount === 1;
}

/** Moves that began before an instant and have not arrived. */
export async function stalledMoves(database: Database, before: Date): Promise<HandlingUnitRow[]> {
  const { rows } = await database.poster.query<HandlingUnitRow>(
    `SELECT ${COLUMNS} FROM ledger.handling_unit
     WHERE status = 'moving' AND move_command_id IS NOT NULL AND updated_at < $1
     ORDER BY handling_unit_id LIMIT 100`,
    [before],
  );
  return rows;
}

/** Units in a container and everything nested in it, position by position. */
export interface ContentRow {
  journal: number;
  position_id: bigint;
  item_id: number;
  owner_id: number;
  disposition_id: number;
  lot_id: bigint | null;
  handling_unit_id: number;
  site_id: number | null;
  availability_id: bigint | null;
  cost_site_id: number | null;
  method: number | null;
  quantity_scale: number | null;
  on_hand: bigint;
  allocated: bigint;
  sku: string;
  item_scale: number;
  serials: bigint[];
}

/** What a container holds, at the place where it stood when the move began. */
export async function contentsOf(
  database: Database,
  handlingUnitId: number,
): Promise<ContentRow[]> {
  const { rows } = await database.poster.query<ContentRow>(
    `${SUBTREE} SELECT p.journal, p.position_id, p.item_id, p.owner_id, p.disposition_id, p.lot_id,
       p.handling_unit_id, p.site_id, p.availability_id, c.cost_site_id, c.method,
       c.quantity_scale, b.on_hand, b.allocated, t.sku, t.quantity_scale AS item_scale,
       ARRAY(SELECT s.serial_id FROM ledger.serial s
         WHERE s.journal = p.journal AND s.position_id = p.position_id
         ORDER BY s.serial_id) AS serials
     FROM inside i
     JOIN ledger.handling_unit u ON u.handling_unit_id = i.handling_unit_id
     JOIN ledger.position p ON p.handling_unit_id = i.handling_unit_id
       AND p.location_id = u.location_id
     JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
     JOIN catalog.item t ON t.item_id = p.item_id
     LEFT JOIN ledger.cost_pool c ON c.journal = p.journal AND c.cost_pool_id = p.cost_pool_id
     WHERE b.on_hand > 0 ORDER BY p.journal, p.position_id`,
    [handlingUnitId],
  );
  return rows;
}

/** One container with children and contents, under the reader's row-level security. */
export async function readHandlingUnit(tx: Tx, lpn: string): Promise<HandlingUnitView | undefined> {
  const head = await tx.query<Omit<HandlingUnitView, 'contents'> & { id: number }>(
    `SELECT u.handling_unit_id AS id, u.lpn, u.type, p.lpn AS parent, l.code AS location,
       o.code AS owner, u.status,
       ARRAY(SELECT c.lpn FROM ledger.handling_unit c
         WHERE c.parent_id = u.handling_unit_id ORDER BY c.lpn) AS children
     FROM ledger.handling_unit u
     JOIN network.location l ON l.location_id = u.location_id
     JOIN sellers.owner o ON o.owner_id = u.owner_id
     LEFT JOIN ledger.handling_unit p ON p.handling_unit_id = u.parent_id
     WHERE u.lpn = $1`,
    [lpn],
  );
  const unit = head.rows[0];
  if (!unit) return undefined;
  const { id, ...shown } = unit;
  const contents = await tx.query<{
    item: string;
    lot: string | null;
    disposition: string;
    lpn: string;
    on_hand: bigint;
    quantity_scale: number;
  }>(
    `${SUBTREE} SELECT t.sku AS item, lot.code AS lot, d.code AS disposition, u.lpn, b.on_hand,
       t.quantity_scale
     FROM inside i
     JOIN ledger.handling_unit u ON u.handling_unit_id = i.handling_unit_id
     JOIN ledger.position p ON p.handling_unit_id = i.handling_unit_id
     JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
     JOIN ledger.disposition d ON d.disposition_id = p.disposition_id
     JOIN catalog.item t ON t.item_id = p.item_id
     LEFT JOIN ledger.lot lot ON lot.journal = p.journal AND lot.lot_id = p.lot_id
     WHERE b.on_hand > 0 ORDER BY t.sku, lot.code, u.lpn`,
    [id],
  );
  return {
    ...shown,
    contents: contents.rows.map(({ on_hand, quantity_scale, ...row }) => ({
      ...row,
      onHand: formatDecimal(on_hand, quantity_scale),
    })),
  };
}

/** A page of containers by LPN, under the reader's row-level security. */
export async function listHandlingUnits(
  tx: Tx,
  filter: { location?: string | undefined; after: string; limit: number },
): Promise<Omit<HandlingUnitView, 'contents' | 'children'>[]> {
  const { rows } = await tx.query<Omit<HandlingUnitView, 'contents' | 'children'>>(
    `SELECT u.lpn, u.type, p.lpn AS parent, l.code AS location, o.code AS owner, u.status
     FROM ledger.handling_unit u
     JOIN network.location l ON l.location_id = u.location_id
     JOIN sellers.owner o ON o.owner_id = u.owner_id
     LEFT JOIN ledger.handling_unit p ON p.handling_unit_id = u.parent_id
     WHERE u.lpn > $1 AND ($2::text IS NULL OR l.code = $2) ORDER BY u.lpn LIMIT $3`,
    [filter.after, filter.location ?? null, filter.limit],
  );
  return rows;
}
