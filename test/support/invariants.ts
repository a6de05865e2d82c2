import type pg from 'pg';

/**
 * What must hold in every ledger at every moment, asked of the tables in SQL of its own: each
 * statement lists violations. It shares no code with the ledger or with `verify`, so the two
 * check each other.
 */
const VIOLATIONS: Readonly<Record<string, string>> = {
  'a seq is missing or used twice': `
    SELECT h.journal, h.seq, count(s.seq) FROM ledger.journal_head h LEFT JOIN (
      SELECT journal, seq FROM ledger.movement UNION ALL SELECT journal, seq FROM ledger.entry
      UNION ALL SELECT journal, seq FROM ledger.value_entry) s ON s.journal = h.journal
    GROUP BY h.journal, h.seq
    HAVING count(s.seq) <> h.seq OR count(DISTINCT s.seq) <> h.seq
      OR coalesce(max(s.seq), 0) <> h.seq`,
  'a balance is not the sum of its movements': `
    SELECT b.journal, b.position_id, b.on_hand, s.sum FROM ledger.balance b
    LEFT JOIN (SELECT journal, position, sum(quantity) AS sum FROM (
        SELECT journal, to_position AS position, quantity FROM ledger.movement
        UNION ALL SELECT journal, from_position, -quantity FROM ledger.movement) m
      GROUP BY 1, 2) s ON s.journal = b.journal AND s.position = b.position_id
    WHERE b.on_hand <> coalesce(s.sum, 0)`,
  'a real position is below zero': `
    SELECT journal, position_id FROM ledger.balance WHERE is_real AND on_hand < 0`,
  'units of an item do not sum to zero': `
    SELECT p.item_id, sum(b.on_hand) FROM ledger.balance b
    JOIN ledger.position p ON p.journal = b.journal AND p.position_id = b.position_id
    GROUP BY 1 HAVING sum(b.on_hand) <> 0`,
  'availability is not the sum of its positions': `
    SELECT a.journal, a.availability_id, a.on_hand FROM ledger.availability a
    LEFT JOIN (SELECT p.journal, p.availability_id, sum(b.on_hand) AS sum FROM ledger.position p
      JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
      GROUP BY 1, 2) s ON s.journal = a.journal AND s.availability_id = a.availability_id
    WHERE a.on_hand <> coalesce(s.sum, 0)`,
  'reserved is not the sum of the open reservations': `
    SELECT a.journal, a.availability_id, a.reserved FROM ledger.availability a
    LEFT JOIN (SELECT journal, availability_id, sum(open_quantity) AS sum FROM ledger.reservation
      WHERE state IN (1, 2) GROUP BY 1, 2) s
      ON s.journal = a.journal AND s.availability_id = a.availability_id
    WHERE a.reserved <> coalesce(s.sum, 0)`,
  'allocated is not the sum of the open allocations': `
    SELECT b.journal, b.position_id, b.allocated FROM ledger.balance b
    LEFT JOIN (SELECT journal, position_id, sum(open_quantity) AS sum FROM ledger.allocation
      GROUP BY 1, 2) s ON s.journal = b.journal AND s.position_id = b.position_id
    WHERE b.allocated <> coalesce(s.sum, 0)`,
  'a cost pool is not what went in and out': `
    SELECT c.journal, c.cost_pool_id, c.quantity, c.value, s.quantity, s.value
    FROM ledger.cost_pool c LEFT JOIN (
      SELECT journal, pool, sum(quantity) AS quantity, sum(value) AS value FROM (
        SELECT m.journal, p.cost_pool_id AS pool, m.quantity, m.value FROM ledger.movement m
          JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.to_position
        UNION ALL SELECT m.journal, p.cost_pool_id, -m.quantity, -m.value FROM ledger.movement m
          JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.from_position
        UNION ALL SELECT journal, to_pool_id, 0, amount FROM ledger.value_entry
        UNION ALL SELECT journal, from_pool_id, 0, -amount FROM ledger.value_entry) e
      WHERE pool IS NOT NULL GROUP BY 1, 2) s ON s.journal = c.journal AND s.pool = c.cost_pool_id
    WHERE c.quantity <> coalesce(s.quantity, 0) OR c.value <> coalesce(s.value, 0)
      OR (c.quantity = 0 AND c.value <> 0)`,
  'FIFO layers do not sum to their pool': `
    SELECT c.journal, c.cost_pool_id FROM ledger.cost_pool c LEFT JOIN (
      SELECT journal, cost_pool_id, sum(quantity_left) AS quantity, sum(value_left) AS value
      FROM ledger.cost_layer GROUP BY 1, 2) l
      ON l.journal = c.journal AND l.cost_pool_id = c.cost_pool_id
    WHERE c.method = 2
      AND (c.quantity <> coalesce(l.quantity, 0) OR c.value <> coalesce(l.value, 0))`,
  'a serial is counted in no place or in two': `
    SELECT b.journal, b.position_id, b.on_hand, s.count FROM ledger.balance b
    JOIN ledger.position p ON p.journal = b.journal AND p.position_id = b.position_id
    JOIN catalog.item i ON i.item_id = p.item_id AND i.tracks_serial
    LEFT JOIN (SELECT journal, position_id, count(*) FROM ledger.serial GROUP BY 1, 2) s
      ON s.journal = b.journal AND s.position_id = b.position_id
    WHERE b.is_real AND b.on_hand <> coalesce(s.count, 0)`,
};

/** Everything that is wrong in the ledger, as lines of text; an empty list when nothing is. */
export async function ledgerViolations(admin: pg.Pool): Promise<string[]> {
  const found: string[] = [];
  for (const [what, statement] of Object.entries(VIOLATIONS)) {
    const { rows } = await admin.query(statement);
    for (const row of rows) found.push(`${what}: ${JSON.stringify(row, bigintAsText)}`);
  }
  return found;
}

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
