import { type Database, inTransaction, type Tx } from '../../platform/database.ts';

/** A position that a command names by its dimensions; 0 stands for no lot or handling unit. */
export interface PositionSpec {
  readonly journal: number;
  readonly itemId: number;
  readonly locationId: number;
  readonly ownerId: number;
  readonly dispositionId: number;
  readonly lotId: number;
  readonly handlingUnitId: number;
  readonly siteId: number | null;
  /** Never below zero: everything but suppliers, customers, adjustments and the like. */
  readonly isReal: boolean;
  /** Sellable units of a site count as available there. */
  readonly countsAvailable: boolean;
  /** The pool whose money the units carry; null for owners other than the house. */
  readonly pool: PoolSpec | null;
}

export interface PoolSpec {
  readonly costSiteId: number;
  readonly method: number;
  readonly quantityScale: number;
  readonly unitCost: bigint;
}

/** The key of a spec in memory. */
export function positionKey(spec: PositionSpec): string {
  const { itemId, locationId, lotId, ownerId, dispositionId, handlingUnitId } = spec;
  return `${itemId}|${locationId}|${lotId}|${ownerId}|${dispositionId}|${handlingUnitId}`;
}

/** Finds or makes the positions, their balances, availability and cost pools; ids by key. */
export async function ensurePositions(
  database: Database,
  specs: readonly PositionSpec[],
): Promise<Map<string, number>> {
  // Sorted, so that two processes that make the same rows wait for each other in one order.
  const sorted = [...new Map(specs.map((spec) => [positionKey(spec), spec])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, spec]) => spec);
  return inTransaction(database.poster, async (tx) => {
    const found = await selectPositions(tx, sorted);
    const missing = sorted.filter((spec) => !found.has(positionKey(spec)));
    if (missing.length === 0) return found;
    await insertAvailability(tx, missing);
    await insertPools(tx, missing);
    await insertPositions(tx, missing);
    for (const [key, id] of await selectPositions(tx, missing)) found.set(key, id);
    return found;
  });
}

function columns(specs: readonly PositionSpec[]): unknown[] {
  return [
    specs.map((spec) => spec.journal),
    specs.map((spec) => spec.itemId),
    specs.map((spec) => spec.locationId),
    specs.map((spec) => spec.ownerId),
    specs.map((spec) => spec.dispositionId),
    specs.map((spec) => spec.lotId),
    specs.map((spec) => spec.handlingUnitId),
  ];
}

const DIMENSIONS = `unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[],
  $5::smallint[], $6::bigint[], $7::integer[])`;

async function selectPositions(
  tx: Tx,
  specs: readonly PositionSpec[],
): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ n: bigint; position_id: bigint }>(
    `SELECT k.n, p.position_id FROM ROWS FROM (${DIMENSIONS}) WITH ORDINALITY
       AS k(journal, item_id, location_id, owner_id, disposition_id, lot_id, handling_unit_id, n)
     JOIN ledger.position p ON p.journal = k.journal AND p.item_id = k.item_id
       AND p.location_id = k.location_id AND p.owner_id = k.owner_id
       AND p.disposition_id = k.disposition_id
       AND p.lot_id IS NOT DISTINCT FROM nullif(k.lot_id, 0)
       AND p.handling_unit_id IS NOT DISTINCT FROM nullif(k.handling_unit_id, 0)`,
    columns(specs),
  );
  const found = new Map<string, number>();
  for (const row of rows) {
    found.set(positionKey(specs[Number(row.n) - 1]!), Number(row.position_id));
  }
  return found;
}

async function insertAvailability(tx: Tx, specs: readonly PositionSpec[]): Promise<void> {
  const counted = specs.filter((spec) => spec.countsAvailable);
  if (counted.length === 0) return;
  await tx.query(
    `INSERT INTO ledger.availability (journal, item_id, site_id, owner_id, on_hand, last_seq)
     SELECT DISTINCT k.journal, k.item_id, k.site_id, k.owner_id, 0, 0
     FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[])
       AS k(journal, item_id, site_id, owner_id)
     ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING`,
    [
      counted.map((spec) => spec.journal),
      counted.map((spec) => spec.itemId),
      counted.map((spec) => spec.siteId),
      counted.map((spec) => spec.ownerId),
    ],
  );
}

async function insertPools(tx: Tx, specs: readonly PositionSpec[]): Promise<void> {
  const valued = specs.filter((spec) => spec.pool !== null);
  if (valued.length === 0) return;
  await tx.query(
    `INSERT INTO ledger.cost_pool (journal, item_id, owner_id, cost_site_id, method,
       quantity_scale, unit_cost, quantity, value, last_seq)
     SELECT DISTINCT ON (k.journal, k.item_id, k.owner_id, k.cost_site_id) k.*, 0, 0, 0
     FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[], $5::smallint[],
       $6::smallint[], $7::bigint[])
       AS k(journal, item_id, owner_id, cost_site_id, method, quantity_scale, unit_cost)
     ORDER BY k.journal, k.item_id, k.owner_id, k.cost_site_id ON CONFLICT DO NOTHING`,
    [
      valued.map((spec) => spec.journal),
      valued.map((spec) => spec.itemId),
      valued.map((spec) => spec.ownerId),
      valued.map((spec) => spec.pool?.costSiteId),
      valued.map((spec) => spec.pool?.method),
      valued.map((spec) => spec.pool?.quantityScale),
      valued.map((spec) => String(spec.pool?.unitCost)),
    ],
  );
}

async function insertPositions(tx: Tx, specs: readonly PositionSpec[]): Promise<void> {
  await tx.query(
    `INSERT INTO ledger.position (journal, item_id, location_id, owner_id, disposition_id, lot_id,
       handling_unit_id, site_id, is_real, availability_id, cost_pool_id)
     SELECT k.journal, k.item_id, k.location_id, k.owner_id, k.disposition_id, nullif(k.lot_id, 0),
       nullif(k.handling_unit_id, 0), k.site_id, k.is_real, a.availability_id, c.cost_pool_id
     FROM ROWS FROM (${DIMENSIONS},
         unnest($8::integer[], $9::boolean[], $10::boolean[], $11::integer[]))
       AS k(journal, item_id, location_id, owner_id, disposition_id, lot_id, handling_unit_id,
         site_id, is_real, counts, cost_site_id)
     LEFT JOIN ledger.availability a ON k.counts AND a.journal = k.journal
       AND a.item_id = k.item_id AND a.site_id = k.site_id AND a.owner_id = k.owner_id
     LEFT JOIN ledger.cost_pool c ON c.journal = k.journal AND c.item_id = k.item_id
       AND c.owner_id = k.owner_id AND c.cost_site_id = k.cost_site_id
     ON CONFLICT DO NOTHING`,
    [
      ...columns(specs),
      specs.map((spec) => spec.siteId),
      specs.map((spec) => spec.isReal),
      specs.map((spec) => spec.countsAvailable),
      specs.map((spec) => spec.pool?.costSiteId ?? null),
    ],
  );
  await tx.query(
    `INSERT INTO ledger.balance (journal, position_id, owner_id, is_real, on_hand, last_seq)
     SELECT p.journal, p.position_id, p.owner_id, p.is_real, 0, 0 FROM ${DIMENSIONS}
       AS k(journal, item_id, location_id, owner_id, disposition_id, lot_id, handling_unit_id)
     JOIN ledger.position p ON p.journal = k.journal AND p.item_id = k.item_id
       AND p.location_id = k.location_id AND p.owner_id = k.owner_id
       AND p.disposition_id = k.disposition_id
       AND p.lot_id IS NOT DISTINCT FROM nullif(k.lot_id, 0)
       AND p.handling_unit_id IS NOT DISTINCT FROM nullif(k.handling_unit_id, 0)
     ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    columns(specs),
  );
}

/** One (item, site, owner) whose availability a reservation is made on. */
export interface AvailabilitySpec {
  readonly journal: number;
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
}

/** Finds or makes availability rows; ids in the order of the specs. */
export async function ensureAvailability(
  database: Database,
  specs: readonly AvailabilitySpec[],
): Promise<number[]> {
  const values = [
    specs.map((spec) => spec.journal),
    specs.map((spec) => spec.itemId),
    specs.map((spec) => spec.siteId),
    specs.map((spec) => spec.ownerId),
  ];
  const keys = 'unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[])';
  const select = `SELECT a.availability_id FROM ROWS FROM (${keys}) WITH ORDINALITY
      AS k(journal, item_id, site_id, owner_id, n)
    JOIN ledger.availability a ON a.journal = k.journal AND a.item_id = k.item_id
      AND a.site_id = k.site_id AND a.owner_id = k.owner_id ORDER BY k.n`;
  type Row = { availability_id: bigint };
  let { rows } = await database.poster.query<Row>(select, values);
  if (rows.length < specs.length) {
    await database.poster.query(
      `INSERT INTO ledger.availability (journal, item_id, site_id, owner_id, on_hand, last_seq)
       SELECT DISTINCT k.*, 0, 0 FROM ${keys} AS k(journal, item_id, site_id, owner_id)
       ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING`,
      values,
    );
    rows = (await database.poster.query<Row>(select, values)).rows;
  }
  return rows.map((row) => Number(row.availability_id));
}
