/**
 * The statements of one posted batch. Each is prepared once a connection, takes whole columns, and
 * names `journal` first, so the same text runs on one server and on a distributed one. Joining the
 * head (locked by {@link moveHead}) keeps each on the journal's own shard.
 *
 * Guards raise where the rows are: a statement that does not change every row it was decided on
 * divides by zero (22012), so COMMIT may follow at once instead of after a look at row counts.
 * Only the looked-up key goes through unnest; a set-returning function costs several times what
 * taking element i of an array does.
 */

/** Fails unless the update changes as many rows as there are keys in $2. */
function guarded(update: string): string {
  return `WITH changed AS (${update} RETURNING 1)
    SELECT 1 / (count(*) = cardinality($2::bigint[]))::integer AS held FROM changed`;
}

/** Element i of a column that may be folded to its first element (encode.ts). */
function column(parameter: number, type: string): string {
  return `coalesce(($${parameter}::${type}[])[k.i], ($${parameter}::${type}[])[1])`;
}

/** The same, with zero standing for none. */
function optional(parameter: number, type: string): string {
  return `nullif(${column(parameter, type)}, 0::${type})`;
}

/** The fence: only the batch decided on the head's seq may move it. */
export const moveHead = {
  name: 'ledger-move-head',
  text: `WITH moved AS (UPDATE ledger.journal_head SET seq = $2, head_hash = $3, recorded_at = $4
      WHERE journal = $1 AND seq = $5 RETURNING 1)
    SELECT 1 / count(*) AS held FROM moved`,
};

/** What only refuses writes nothing, but what it refuses by must be as true as what is written. */
export const checkHead = {
  name: 'ledger-check-head',
  text: `SELECT 1 / count(*) AS held FROM ledger.journal_head WHERE journal = $1 AND seq = $2`,
};

/**
 * Each table of facts has its unique index of command ids; an id that another of them knows is
 * refused here. (A count moves units or finds none to move, so the same command may end in either.)
 */
export const checkCommands = {
  name: 'ledger-check-commands',
  text: `SELECT 1 / (NOT (${idsKnown(2, 'entry')} OR ${idsKnown(2, 'value_entry')}
      OR ${idsKnown(3, 'movement')} OR ${idsKnown(3, 'value_entry')}
      OR ${idsKnown(4, 'movement')} OR ${idsKnown(4, 'entry')}))::integer AS held`,
};

function idsKnown(parameter: number, table: string): string {
  return `EXISTS (SELECT FROM ledger.${table}
      WHERE journal = $1 AND command_id = ANY ($${parameter}::uuid[]))`;
}

export const updateBalances = {
  name: 'ledger-update-balances',
  text: guarded(`UPDATE ledger.balance b
    SET on_hand = b.on_hand + ($3::bigint[])[k.i], allocated = b.allocated + ${column(4, 'bigint')},
      last_seq = ($6::bigint[])[k.i]
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k(position_id, i)
    WHERE b.journal = $1 AND b.position_id = k.position_id AND b.last_seq = ($5::bigint[])[k.i]`),
};

export const updateAvailability = {
  name: 'ledger-update-availability',
  text: guarded(`UPDATE ledger.availability a
    SET on_hand = ($3::bigint[])[k.i], reserved = ($4::bigint[])[k.i],
      last_seq = ($6::bigint[])[k.i]
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k(availability_id, i)
    WHERE a.journal = $1 AND a.availability_id = k.availability_id
      AND a.last_seq = ($5::bigint[])[k.i]`),
};

export const updatePools = {
  name: 'ledger-update-pools',
  text: guarded(`UPDATE ledger.cost_pool p
    SET quantity = ($3::bigint[])[k.i], value = ($4::bigint[])[k.i],
      unit_cost = ($5::bigint[])[k.i], last_seq = ($7::bigint[])[k.i]
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k(cost_pool_id, i)
    WHERE p.journal = $1 AND p.cost_pool_id = k.cost_pool_id
      AND p.last_seq = ($6::bigint[])[k.i]`),
};

export const upsertLayers = {
  name: 'ledger-upsert-layers',
  text: `INSERT INTO ledger.cost_layer (journal, cost_pool_id, layer_seq, quantity_received,
      value_received, quantity_left, value_left, owner_id)
    SELECT h.journal, k.pool, k.layer, k.quantity, k.value, k.quantity_left, k.value_left, k.owner
    FROM ledger.journal_head h CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[],
      $5::bigint[], $6::bigint[], $7::bigint[], $8::integer[])
      AS k(pool, layer, quantity, value, quantity_left, value_left, owner)
    WHERE h.journal = $1
    ON CONFLICT (journal, cost_pool_id, layer_seq) DO UPDATE
    SET quantity_left = excluded.quantity_left, value_left = excluded.value_left`,
};

export const insertConsumptions = {
  name: 'ledger-insert-consumptions',
  text: `INSERT INTO ledger.layer_consumption
      (journal, cost_pool_id, layer_seq, seq, quantity, value, owner_id)
    SELECT h.journal, k.*
    FROM ledger.journal_head h CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[],
      $5::bigint[], $6::bigint[], $7::integer[]) AS k
    WHERE h.journal = $1`,
};

export const insertMovements = {
  name: 'ledger-insert-movements',
  text: `INSERT INTO ledger.movement (journal, recorded_at, seq, quantity, value, from_position,
      to_position, from_after, to_after, from_previous, to_previous, body_hash, occurred_at,
      document_id, reservation_seq, allocation_seq, reverses_seq, command_id, line, item_id,
      owner_id, actor_id, device_id, kind, reason_id)
    SELECT h.journal, $2::timestamptz, ($3::bigint[])[k.i], ${column(4, 'bigint')},
      ${column(5, 'bigint')},
      ${column(6, 'bigint')}, ${column(7, 'bigint')}, ${column(8, 'bigint')},
      ${column(9, 'bigint')}, ${optional(10, 'bigint')}, ${optional(11, 'bigint')},
      ${column(12, 'bigint')}, ${column(13, 'timestamptz')}, ${optional(14, 'bigint')},
      ${optional(15, 'bigint')}, ${optional(16, 'bigint')}, ${optional(17, 'bigint')},
      ($18::uuid[])[k.i], ${column(19, 'integer')}, ${column(20, 'integer')},
      ${column(21, 'integer')}, ${column(22, 'integer')}, ${optional(23, 'integer')},
      ${column(24, 'smallint')}, ${optional(25, 'smallint')}
    FROM ledger.journal_head h CROSS JOIN generate_series(1, cardinality($3::bigint[])) AS k(i)
    WHERE h.journal = $1`,
};

const NO_INSTANT = "'1970-01-01 00:00:00+00'::timestamptz";

export const insertEntries = {
  name: 'ledger-insert-entries',
  text: `INSERT INTO ledger.entry (journal, recorded_at, seq, quantity, after, body_hash,
      availability_id, position_id, reservation_seq, allocation_seq, document_id, expires_at,
      occurred_at, command_id, line, item_id, owner_id, actor_id, kind, reason_id)
    SELECT h.journal, $2::timestamptz, k.seq, k.quantity, k.after, k.body_hash,
      nullif(k.availability_id, 0), nullif(k.position_id, 0), nullif(k.reservation_seq, 0),
      nullif(k.allocation_seq, 0), nullif(k.document_id, 0), nullif(k.expires_at, ${NO_INSTANT}),
      k.occurred_at, k.command_id, k.line, k.item_id, k.owner_id, k.actor_id, k.kind,
      nullif(k.reason_id, 0::smallint)
    FROM ledger.journal_head h CROSS JOIN unnest($3::bigint[], $4::bigint[], $5::bigint[],
      $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
      $12::timestamptz[], $13::timestamptz[], $14::uuid[], $15::integer[], $16::integer[],
      $17::integer[], $18::integer[], $19::smallint[], $20::smallint[])
      AS k(seq, quantity, after, body_hash, availability_id, position_id, reservation_seq,
        allocation_seq, document_id, expires_at, occurred_at, command_id, line, item_id, owner_id,
        actor_id, kind, reason_id)
    WHERE h.journal = $1`,
};

export const insertValueEntries = {
  name: 'ledger-insert-value-entries',
  text: `INSERT INTO ledger.value_entry (journal, recorded_at, seq, amount, from_pool_id,
      from_location_id, to_pool_id, to_location_id, layer_seq, cause_seq, body_hash, document_id,
      occurred_at, command_id, line, item_id, owner_id, actor_id, reason_id)
    SELECT h.journal, $2::timestamptz, k.seq, k.amount, nullif(k.from_pool_id, 0),
      nullif(k.from_location_id, 0), nullif(k.to_pool_id, 0), nullif(k.to_location_id, 0),
      nullif(k.layer_seq, 0), nullif(k.cause_seq, 0), k.body_hash, nullif(k.document_id, 0),
      k.occurred_at, k.command_id, k.line, k.item_id, k.owner_id, k.actor_id,
      nullif(k.reason_id, 0::smallint)
    FROM ledger.journal_head h CROSS JOIN unnest($3::bigint[], $4::bigint[], $5::bigint[],
      $6::integer[], $7::bigint[], $8::integer[], $9::bigint[], $10::bigint[], $11::bigint[],
      $12::bigint[], $13::timestamptz[], $14::uuid[], $15::integer[], $16::integer[],
      $17::integer[], $18::integer[], $19::smallint[])
      AS k(seq, amount, from_pool_id, from_location_id, to_pool_id, to_location_id, layer_seq,
        cause_seq, body_hash, document_id, occurred_at, command_id, line, item_id, owner_id,
        actor_id, reason_id)
    WHERE h.journal = $1`,
};

export const insertReservations = {
  name: 'ledger-insert-reservations',
  text: `INSERT INTO ledger.reservation (journal, reservation_seq, quantity, open_quantity,
      availability_id, last_seq, document_id, expires_at, created_at, group_id, item_id, site_id,
      owner_id, state)
    SELECT h.journal, k.seq, k.quantity, k.open_quantity, k.availability_id, k.last_seq,
      nullif(k.document_id, 0), nullif(k.expires_at, ${NO_INSTANT}), k.created_at, k.group_id,
      k.item_id, k.site_id, k.owner_id, k.state
    FROM ledger.journal_head h CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[],
      $5::bigint[], $6::bigint[], $7::bigint[], $8::timestamptz[], $9::timestamptz[],
      $10::uuid[], $11::integer[], $12::integer[], $13::integer[], $14::smallint[])
      AS k(seq, quantity, open_quantity, availability_id, last_seq, document_id, expires_at,
        created_at, group_id, item_id, site_id, owner_id, state)
    WHERE h.journal = $1`,
};

export const updateReservations = {
  name: 'ledger-update-reservations',
  text: guarded(`UPDATE ledger.reservation r SET open_quantity = k.open_quantity, state = k.state,
      expires_at = nullif(k.expires_at, ${NO_INSTANT}), last_seq = k.seq
    FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::timestamptz[], $6::bigint[],
      $7::bigint[]) AS k(reservation_seq, open_quantity, state, expires_at, expected, seq)
    WHERE r.journal = $1 AND r.reservation_seq = k.reservation_seq AND r.last_seq = k.expected`),
};

export const upsertAllocations = {
  name: 'ledger-upsert-allocations',
  text: `INSERT INTO ledger.allocation (journal, allocation_seq, quantity, open_quantity,
      position_id, reservation_seq, last_seq, document_id, created_at, item_id, owner_id)
    SELECT h.journal, k.seq, k.quantity, k.open_quantity, k.position_id,
      nullif(k.reservation_seq, 0), k.last_seq, nullif(k.document_id, 0), k.created_at, k.item_id,
      k.owner_id
    FROM ledger.journal_head h CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[],
      $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::timestamptz[], $10::integer[],
      $11::integer[])
      AS k(seq, quantity, open_quantity, position_id, reservation_seq, last_seq, document_id,
        created_at, item_id, owner_id)
    WHERE h.journal = $1
    ON CONFLICT (journal, allocation_seq) DO UPDATE
    SET open_quantity = excluded.open_quantity, last_seq = excluded.last_seq`,
};

export const updateSerials = {
  name: 'ledger-update-serials',
  text: guarded(`UPDATE ledger.serial s SET position_id = k.position_id, last_seq = k.seq
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
      AS k(serial_id, position_id, expected, seq)
    WHERE s.journal = $1 AND s.serial_id = k.serial_id AND s.last_seq = k.expected`),
};

export const insertMovementSerials = {
  name: 'ledger-insert-movement-serials',
  text: `INSERT INTO ledger.movement_serial (journal, serial_id, seq, owner_id)
    SELECT h.journal, k.*
    FROM ledger.journal_head h
    CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::integer[]) AS k
    WHERE h.journal = $1`,
};

export const insertReturns = {
  name: 'ledger-insert-returns',
  text: `INSERT INTO ledger.movement_return (journal, seq, shipment_seq, owner_id)
    SELECT h.journal, k.* FROM ledger.journal_head h
    CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::integer[]) AS k WHERE h.journal = $1`,
};

export const insertUnknownCosts = {
  name: 'ledger-insert-unknown-costs',
  text: `INSERT INTO ledger.unknown_cost (journal, seq, owner_id)
    SELECT h.journal, k.* FROM ledger.journal_head h
    CROSS JOIN unnest($2::bigint[], $3::integer[]) AS k WHERE h.journal = $1`,
};

export const insertExceptions = {
  name: 'ledger-insert-exceptions',
  text: `INSERT INTO ledger.exception (journal, recorded_at, seq, kind, availability_id,
      position_id, item_id, owner_id, quantity)
    SELECT h.journal, $2::timestamptz, k.seq, k.kind, nullif(k.availability_id, 0),
      nullif(k.position_id, 0), k.item_id, k.owner_id, k.quantity
    FROM ledger.journal_head h CROSS JOIN unnest($3::bigint[], $4::text[], $5::bigint[],
      $6::bigint[], $7::integer[], $8::integer[], $9::bigint[])
      AS k(seq, kind, availability_id, position_id, item_id, owner_id, quantity)
    WHERE h.journal = $1
    ON CONFLICT DO NOTHING`,
};

export const insertBatch = {
  name: 'ledger-insert-batch',
  text: `INSERT INTO ledger.batch (journal, first_seq, last_seq, recorded_at, digest, hash)
    SELECT h.journal, $2::bigint, $3::bigint, $4::timestamptz, $5::bytea, $6::bytea
    FROM ledger.journal_head h WHERE h.journal = $1`,
};
