import type { Tx } from '../../platform/database.ts';
import { encodeIntegers } from '../posting/encode.ts';

/** The derived tables, as rows to hold against what the facts add up to. */

const PAGE_ROWS = 20_000;

interface Table<Row extends unknown[]> {
  readonly name: string;
  readonly key: string;
  /** Columns after the key. */
  readonly columns: string;
  /** Only a type. */
  readonly row?: Row;
}

export const BALANCES: Table<[bigint, bigint, bigint, bigint, number, boolean]> = {
  name: 'balance',
  key: 'position_id',
  columns: 'on_hand, allocated, last_seq, owner_id, is_real',
};

export const AVAILABILITY: Table<[bigint, bigint, bigint, bigint]> = {
  name: 'availability',
  key: 'availability_id',
  columns: 'on_hand, reserved, last_seq',
};

export const POOLS: Table<[bigint, bigint, bigint, bigint, bigint, number, number]> = {
  name: 'cost_pool',
  key: 'cost_pool_id',
  columns: 'quantity, value, unit_cost, last_seq, method, quantity_scale',
};

export const SERIALS: Table<[bigint, bigint | null, bigint]> = {
  name: 'serial',
  key: 'serial_id',
  columns: 'position_id, last_seq',
};

export type ReservationRow = [
  bigint,
  bigint,
  bigint,
  bigint,
  bigint,
  bigint | null,
  Date | null,
  Date,
  string,
  number,
  number,
  number,
  number,
];
export const RESERVATIONS: Table<ReservationRow> = {
  name: 'reservation',
  key: 'reservation_seq',
  columns: `quantity, open_quantity, availability_id, last_seq, document_id, expires_at, created_at,
    group_id, item_id, site_id, owner_id, state`,
};

export type AllocationRow = [
  bigint,
  bigint,
  bigint,
  bigint,
  bigint | null,
  bigint,
  bigint | null,
  Date,
  number,
  number,
];
export const ALLOCATIONS: Table<AllocationRow> = {
  name: 'allocation',
  key: 'allocation_seq',
  columns: `quantity, open_quantity, position_id, reservation_seq, last_seq, document_id,
    created_at, item_id, owner_id`,
};

async function rowsOf<Row extends unknown[]>(
  tx: Tx,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const query = { name, text, values, rowMode: 'array' };
  return (await tx.query(query as unknown as string)).rows as unknown as Row[];
}

/** All rows of a journal, a page of memory at a time, by key. */
export async function* everyRow<Row extends unknown[]>(
  tx: Tx,
  table: Table<Row>,
  journal: number,
): AsyncGenerator<Row[]> {
  let after = -1n;
  for (;;) {
    const rows = await rowsOf<Row>(
      tx,
      `verify-every-${table.name}`,
      `SELECT ${table.key}, ${table.columns} FROM ledger.${table.name}
       WHERE journal = $1 AND ${table.key} > $2 ORDER BY ${table.key} LIMIT ${PAGE_ROWS}`,
      [journal, String(after)],
    );
    yield rows;
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)![0] as bigint;
  }
}

/** The rows with these keys. */
export async function* someRows<Row extends unknown[]>(
  tx: Tx,
  table: Table<Row>,
  journal: number,
  keys: readonly number[],
): AsyncGenerator<Row[]> {
  for (let start = 0; start < keys.length; start += PAGE_ROWS) {
    const columns = table.columns.replace(/\w+/g, (column) => `t.${column}`);
    yield await rowsOf<Row>(
      tx,
      `verify-some-${table.name}`,
      `SELECT t.${table.key}, ${columns} FROM unnest($2::bigint[]) AS k(id)
       JOIN ledger.${table.name} t ON t.journal = $1 AND t.${table.key} = k.id`,
      [journal, encodeIntegers(keys.slice(start, start + PAGE_ROWS))],
    );
  }
}

export type LayerRow = [bigint, bigint, bigint, bigint, bigint, bigint];

/** Layers by pool and seq. */
export function selectLayers(
  tx: Tx,
  journal: number,
  pools: readonly number[],
  layers: readonly number[],
): Promise<LayerRow[]> {
  return rowsOf<LayerRow>(
    tx,
    'verify-some-layers',
    `SELECT l.cost_pool_id, l.layer_seq, l.quantity_received, l.value_received, l.quantity_left,
       l.value_left
     FROM unnest($2::bigint[], $3::bigint[]) AS k(pool, layer)
     JOIN ledger.cost_layer l
       ON l.journal = $1 AND l.cost_pool_id = k.pool AND l.layer_seq = k.layer`,
    [journal, encodeIntegers(pools), encodeIntegers(layers)],
  );
}

/** How many rows of a table a journal has. */
export async function countRows(tx: Tx, table: string, journal: number): Promise<number> {
  const rows = await rowsOf<[bigint]>(
    tx,
    `verify-count-${table}`,
    `SELECT count(*) FROM ledger.${table} WHERE journal = $1`,
    [journal],
  );
  return Number(rows[0]?.[0] ?? 0n);
}

/** Rows that no fact made, where there are more rows than facts: `[id, text]`. */
export const STRAYS: Readonly<Record<'cost_layer' | 'reservation' | 'allocation', string>> = {
  cost_layer: `SELECT 'pool ' || l.cost_pool_id || ' layer ' || l.layer_seq,
      l.quantity_left || ' for ' || l.value_left
    FROM ledger.cost_layer l
    LEFT JOIN ledger.movement m ON m.journal = l.journal AND m.seq = l.layer_seq
    LEFT JOIN ledger.position p ON p.journal = l.journal AND p.position_id = m.to_position
    WHERE l.journal = $1 AND p.cost_pool_id IS DISTINCT FROM l.cost_pool_id`,
  reservation: `SELECT 'reservation ' || r.reservation_seq, r.quantity::text
    FROM ledger.reservation r
    LEFT JOIN ledger.entry e ON e.journal = r.journal AND e.seq = r.reservation_seq
      AND e.kind IN (1, 2)
    WHERE r.journal = $1 AND e.seq IS NULL`,
  allocation: `SELECT 'allocation ' || a.allocation_seq, a.quantity::text
    FROM ledger.allocation a
    LEFT JOIN ledger.entry e ON e.journal = a.journal AND e.seq = a.allocation_seq AND e.kind = 7
    WHERE a.journal = $1 AND e.seq IS NULL`,
};

export function selectStrays(
  tx: Tx,
  table: keyof typeof STRAYS,
  journal: number,
): Promise<[string, string][]> {
  return rowsOf<[string, string]>(tx, `verify-stray-${table}`, STRAYS[table], [journal]);
}

/** `[seq, seq]` of facts of two tables that say the same command and line. */
export function selectSameCommands(
  tx: Tx,
  journal: number,
  after: number,
): Promise<[bigint, bigint][]> {
  return rowsOf<[bigint, bigint]>(
    tx,
    'verify-same-commands',
    `SELECT e.seq, m.seq FROM ledger.entry e
     JOIN ledger.movement m ON m.journal = e.journal AND m.command_id = e.command_id
       AND m.line = e.line
     WHERE e.journal = $1 AND e.seq > $2 AND m.seq <> e.seq`,
    [journal, after],
  );
}

/** `[id, text]` of positions that count to availability or pools of something else. */
export function selectMisplaced(
  tx: Tx,
  journal: number,
  ids: readonly number[] | null,
): Promise<[bigint, string][]> {
  const wrong = `(p.availability_id IS NOT NULL AND (a.item_id, a.site_id, a.owner_id)
        IS DISTINCT FROM (p.item_id, p.site_id, p.owner_id))
      OR (p.cost_pool_id IS NOT NULL AND (c.item_id, c.owner_id)
        IS DISTINCT FROM (p.item_id, p.owner_id))`;
  const joins = `LEFT JOIN ledger.availability a
      ON a.journal = p.journal AND a.availability_id = p.availability_id
    LEFT JOIN ledger.cost_pool c ON c.journal = p.journal AND c.cost_pool_id = p.cost_pool_id`;
  const text = `concat('availability ', p.availability_id, ', pool ', p.cost_pool_id)`;
  return ids === null
    ? rowsOf(
        tx,
        'verify-misplaced',
        `SELECT p.position_id, ${text} FROM ledger.position p ${joins}
         WHERE p.journal = $1 AND (${wrong})`,
        [journal],
      )
    : rowsOf(
        tx,
        'verify-misplaced-some',
        `SELECT p.position_id, ${text} FROM unnest($2::bigint[]) AS k(id)
         JOIN ledger.position p ON p.journal = $1 AND p.position_id = k.id ${joins}
         WHERE ${wrong}`,
        [journal, encodeIntegers(ids)],
      );
}

/**
 * After a checkpoint: sums over the tables that must agree, for the rows that were touched.
 * `[id, expected, found]`.
 */
export function selectAvailabilitySums(
  tx: Tx,
  journal: number,
  ids: readonly number[],
): Promise<[bigint, string, string][]> {
  return rowsOf(
    tx,
    'verify-availability-sums',
    `SELECT a.availability_id, s.on_hand || ' with ' || s.reserved || ' reserved',
       a.on_hand || ' with ' || a.reserved || ' reserved'
     FROM unnest($2::bigint[]) AS k(id)
     JOIN ledger.availability a ON a.journal = $1 AND a.availability_id = k.id
     CROSS JOIN LATERAL (SELECT
       coalesce((SELECT sum(b.on_hand) FROM ledger.position p
         JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
         WHERE p.journal = $1 AND p.item_id = a.item_id
           AND p.availability_id = a.availability_id), 0) AS on_hand,
       coalesce((SELECT sum(r.open_quantity) FROM ledger.reservation r
         WHERE r.journal = $1 AND r.availability_id = a.availability_id
           AND r.state IN (1, 2)), 0) AS reserved) s
     WHERE s.on_hand <> a.on_hand OR s.reserved <> a.reserved`,
    [journal, encodeIntegers(ids)],
  );
}

/** The same for what is allocated of positions. */
export function selectAllocatedSums(
  tx: Tx,
  journal: number,
  ids: readonly number[],
): Promise<[bigint, string, string][]> {
  return rowsOf(
    tx,
    'verify-allocated-sums',
    `SELECT b.position_id, s.allocated::text, b.allocated::text
     FROM unnest($2::bigint[]) AS k(id)
     JOIN ledger.balance b ON b.journal = $1 AND b.position_id = k.id
     CROSS JOIN LATERAL (SELECT coalesce(sum(a.open_quantity), 0) AS allocated
       FROM ledger.allocation a WHERE a.journal = $1 AND a.position_id = k.id
         AND a.open_quantity > 0) s
     WHERE s.allocated <> b.allocated`,
    [journal, encodeIntegers(ids)],
  );
}

/** The same for the layers of FIFO pools, and for the units of every pool. */
export function selectPoolSums(
  tx: Tx,
  journal: number,
  ids: readonly number[],
): Promise<[bigint, string, string][]> {
  return rowsOf(
    tx,
    'verify-pool-sums',
    `SELECT c.cost_pool_id, s.quantity || ' for ' || s.value, c.quantity || ' for ' || c.value
     FROM unnest($2::bigint[]) AS k(id)
     JOIN ledger.cost_pool c ON c.journal = $1 AND c.cost_pool_id = k.id
     CROSS JOIN LATERAL (SELECT coalesce(sum(l.quantity_left), 0) AS quantity,
       coalesce(sum(l.value_left), 0) AS value
       FROM ledger.cost_layer l WHERE l.journal = $1 AND l.cost_pool_id = k.id
         AND l.quantity_left > 0) s
     WHERE c.method = 2 AND (s.quantity <> c.quantity OR s.value <> c.value)`,
    [journal, encodeIntegers(ids)],
  );
}
