/** The reads of a lane: each takes a journal and the ids it misses. */

export const selectPositions = {
  name: 'ledger-select-positions',
  text: `SELECT p.position_id, p.item_id, p.owner_id, p.location_id, p.is_real, p.availability_id,
      p.cost_pool_id, b.on_hand, b.allocated, b.last_seq
    FROM unnest($2::bigint[]) AS k(position_id)
    JOIN ledger.position p ON p.journal = $1 AND p.position_id = k.position_id
    JOIN ledger.balance b ON b.journal = $1 AND b.position_id = k.position_id`,
};

export const selectAvailability = {
  name: 'ledger-select-availability',
  text: `SELECT a.* FROM unnest($2::bigint[]) AS k(availability_id)
    JOIN ledger.availability a ON a.journal = $1 AND a.availability_id = k.availability_id`,
};

export const selectPools = {
  name: 'ledger-select-pools',
  text: `SELECT p.* FROM unnest($2::bigint[]) AS k(cost_pool_id)
    JOIN ledger.cost_pool p ON p.journal = $1 AND p.cost_pool_id = k.cost_pool_id`,
};

export const selectLayers = {
  name: 'ledger-select-layers',
  text: `SELECT l.* FROM unnest($2::bigint[]) AS k(cost_pool_id)
    JOIN ledger.cost_layer l ON l.journal = $1 AND l.cost_pool_id = k.cost_pool_id
    WHERE l.quantity_left > 0 ORDER BY l.cost_pool_id, l.layer_seq`,
};

export const selectReservations = {
  name: 'ledger-select-reservations',
  text: `SELECT r.* FROM unnest($2::bigint[]) AS k(seq)
    JOIN ledger.reservation r ON r.journal = $1 AND r.reservation_seq = k.seq`,
};

export const selectAllocations = {
  name: 'ledger-select-allocations',
  text: `SELECT a.* FROM unnest($2::bigint[]) AS k(seq)
    JOIN ledger.allocation a ON a.journal = $1 AND a.allocation_seq = k.seq`,
};

export const selectSerials = {
  name: 'ledger-select-serials',
  text: `SELECT s.* FROM unnest($2::bigint[]) AS k(serial_id)
    JOIN ledger.serial s ON s.journal = $1 AND s.serial_id = k.serial_id`,
};

export const selectPosted = {
  name: 'ledger-select-posted',
  text: `SELECT m.seq, m.kind, m.quantity, m.value, m.from_position, m.to_position, m.item_id,
      m.owner_id,
      (SELECT r.seq FROM ledger.movement r
        WHERE r.journal = $1 AND r.reverses_seq = m.seq) AS reversed_by,
      ARRAY(SELECT s.serial_id FROM ledger.movement_serial s
        WHERE s.journal = $1 AND s.seq = m.seq ORDER BY s.serial_id) AS serials,
      (SELECT x.shipment_seq FROM ledger.movement_return x
        WHERE x.journal = $1 AND x.seq = m.seq) AS return_of,
      back.quantity AS returned_quantity, back.value AS returned_value
    FROM unnest($2::bigint[]) AS k(seq)
    JOIN ledger.movement m ON m.journal = $1 AND m.seq = k.seq
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(b.quantity), 0)::bigint AS quantity,
        coalesce(sum(b.value), 0)::bigint AS value
      FROM ledger.movement_return x
      JOIN ledger.movement b ON b.journal = $1 AND b.seq = x.seq
      WHERE x.journal = $1 AND x.shipment_seq = m.seq AND NOT EXISTS (SELECT
        FROM ledger.movement r WHERE r.journal = $1 AND r.reverses_seq = x.seq)) AS back`,
};

export const selectConsumptions = {
  name: 'ledger-select-consumptions',
  text: `WITH RECURSIVE trail AS (
      SELECT c.cost_pool_id, c.layer_seq, c.seq, c.quantity, c.value
      FROM unnest($2::bigint[]) AS k(seq)
      JOIN ledger.movement m ON m.journal = $1 AND m.seq = k.seq
      JOIN ledger.position p ON p.journal = $1 AND p.position_id = m.to_position
      JOIN ledger.layer_consumption c ON c.journal = $1
        AND c.cost_pool_id = p.cost_pool_id AND c.layer_seq = m.seq
      UNION
      SELECT c.cost_pool_id, c.layer_seq, c.seq, c.quantity, c.value
      FROM trail t
      JOIN ledger.movement m ON m.journal = $1 AND m.seq = t.seq
      JOIN ledger.position p ON p.journal = $1 AND p.position_id = m.to_position
      JOIN ledger.layer_consumption c ON c.journal = $1
        AND c.cost_pool_id = p.cost_pool_id AND c.layer_seq = t.seq
    ) SELECT * FROM trail ORDER BY seq`,
};

export const selectHead = {
  name: 'ledger-select-head',
  text: 'SELECT seq, head_hash, recorded_at FROM ledger.journal_head WHERE journal = $1',
};

/** Queues behind whoever writes now; the head is ours until the transaction ends. */
export const lockHead = {
  name: 'ledger-lock-head',
  text: `SELECT seq, head_hash, recorded_at FROM ledger.journal_head WHERE journal = $1 FOR UPDATE`,
};

/** What command ids that may have been posted before did, line by line. */
export const selectByCommand = {
  name: 'ledger-select-by-command',
  text: `SELECT m.command_id, m.body_hash, m.line, m.seq, m.quantity, m.recorded_at, m.value,
      m.from_position, m.to_position, m.from_after, m.to_after, NULL::bigint AS after,
      NULL::smallint AS entry_kind, m.value = 0 AND EXISTS (SELECT FROM ledger.unknown_cost u
        WHERE u.journal = $1 AND u.seq = m.seq) AS cost_unknown
    FROM unnest($2::uuid[]) AS k(id)
    JOIN ledger.movement m ON m.journal = $1 AND m.command_id = k.id
    UNION ALL
    SELECT e.command_id, e.body_hash, e.line, e.seq, e.quantity, e.recorded_at, NULL, NULL, NULL,
      NULL, NULL, e.after, e.kind, false
    FROM unnest($2::uuid[]) AS k(id)
    JOIN ledger.entry e ON e.journal = $1 AND e.command_id = k.id
    UNION ALL
    SELECT v.command_id, v.body_hash, v.line, v.seq, 0, v.recorded_at, v.amount, NULL, NULL, NULL,
      NULL, NULL, NULL, false
    FROM unnest($2::uuid[]) AS k(id)
    JOIN ledger.value_entry v ON v.journal = $1 AND v.command_id = k.id
    ORDER BY seq`,
};

/** Reservations that are due on these availabilities, so that a refusal is never premature. */
export const selectDue = {
  name: 'ledger-select-due',
  text: `SELECT r.reservation_seq FROM unnest($2::bigint[]) AS k(availability_id)
    JOIN ledger.reservation r ON r.journal = $1 AND r.availability_id = k.availability_id
    WHERE r.state IN (1, 2) AND r.expires_at <= $3 ORDER BY r.reservation_seq LIMIT 1000`,
};
