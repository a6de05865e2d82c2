import type { Tx } from '../../platform/database.ts';
import type { MovementColumns } from '../posting/draft.ts';
import {
  arraysOf,
  decodeBigints,
  decodeInstants,
  decodeInt2,
  decodeInt4,
  decodeIntegers,
  decodeUuids,
  nullable,
} from '../reads/columns.ts';

/** The facts of a range of seqs, as columns in the order of seq. */
export interface Facts {
  /** The range: after `from`, up to `to`. */
  readonly from: number;
  readonly to: number;
  readonly movements: MovementColumns & { readonly recordedAt: number[] };
  readonly entries: EntryColumns;
  readonly valueEntries: ValueColumns;
  readonly consumptions: ConsumptionColumns;
  readonly serials: SerialColumns;
  readonly returns: ReturnColumns;
}

export interface EntryColumns {
  readonly seq: number[];
  readonly recordedAt: number[];
  readonly quantity: bigint[];
  readonly after: bigint[];
  readonly bodyHash: bigint[];
  readonly availabilityId: number[];
  readonly positionId: number[];
  readonly reservationSeq: number[];
  readonly allocationSeq: number[];
  readonly documentId: number[];
  readonly expiresAt: number[];
  readonly occurredAt: number[];
  readonly commandId: string[];
  readonly line: number[];
  readonly itemId: number[];
  readonly ownerId: number[];
  readonly actorId: number[];
  readonly kind: number[];
  readonly reasonId: number[];
}

export interface ValueColumns {
  readonly seq: number[];
  readonly recordedAt: number[];
  readonly amount: bigint[];
  readonly fromPoolId: number[];
  readonly fromLocationId: number[];
  readonly toPoolId: number[];
  readonly toLocationId: number[];
  readonly layerSeq: number[];
  readonly causeSeq: number[];
  readonly bodyHash: bigint[];
  readonly documentId: number[];
  readonly occurredAt: number[];
  readonly commandId: string[];
  readonly line: number[];
  readonly itemId: number[];
  readonly ownerId: number[];
  readonly actorId: number[];
  readonly reasonId: number[];
}

export interface ConsumptionColumns {
  readonly seq: number[];
  readonly poolId: number[];
  readonly layerSeq: number[];
  readonly quantity: bigint[];
  readonly value: bigint[];
}

export interface ReturnColumns {
  readonly seq: number[];
  readonly shipmentSeq: number[];
  readonly ownerId: number[];
}

export interface SerialColumns {
  readonly seq: number[];
  readonly serialId: number[];
}

const RANGE = 'WHERE journal = $1 AND seq > $2 AND seq <= $3 ORDER BY seq';
const NO_INSTANT = "'1970-01-01 00:00:00+00'::timestamptz";

const MOVEMENTS = arraysOf(
  [
    'seq',
    'recorded_at',
    'quantity',
    'value',
    'from_position',
    'to_position',
    'from_after',
    'to_after',
    nullable('from_previous', 'bigint'),
    nullable('to_previous', 'bigint'),
    'body_hash',
    'occurred_at',
    nullable('document_id', 'bigint'),
    nullable('reservation_seq', 'bigint'),
    nullable('allocation_seq', 'bigint'),
    nullable('reverses_seq', 'bigint'),
    'command_id',
    'line',
    'item_id',
    'owner_id',
    'actor_id',
    nullable('device_id', 'integer'),
    'kind',
    nullable('reason_id', 'smallint'),
  ],
  `SELECT * FROM ledger.movement ${RANGE}`,
);

const ENTRIES = arraysOf(
  [
    'seq',
    'recorded_at',
    'quantity',
    'after',
    'body_hash',
    nullable('availability_id', 'bigint'),
    nullable('position_id', 'bigint'),
    nullable('reservation_seq', 'bigint'),
    nullable('allocation_seq', 'bigint'),
    nullable('document_id', 'bigint'),
    `(CASE WHEN expires_at = ${NO_INSTANT} THEN expires_at - interval '1 millisecond'
      ELSE coalesce(expires_at, ${NO_INSTANT}) END)`,
    'occurred_at',
    'command_id',
    'line',
    'item_id',
    'owner_id',
    'actor_id',
    'kind',
    nullable('reason_id', 'smallint'),
  ],
  `SELECT * FROM ledger.entry ${RANGE}`,
);

const VALUE_ENTRIES = arraysOf(
  [
    'seq',
    'recorded_at',
    'amount',
    nullable('from_pool_id', 'bigint'),
    nullable('from_location_id', 'integer'),
    nullable('to_pool_id', 'bigint'),
    nullable('to_location_id', 'integer'),
    nullable('layer_seq', 'bigint'),
    nullable('cause_seq', 'bigint'),
    'body_hash',
    nullable('document_id', 'bigint'),
    'occurred_at',
    'command_id',
    'line',
    'item_id',
    'owner_id',
    'actor_id',
    nullable('reason_id', 'smallint'),
  ],
  `SELECT * FROM ledger.value_entry ${RANGE}`,
);

const CONSUMPTIONS = arraysOf(
  ['seq', 'cost_pool_id', 'layer_seq', 'quantity', 'value'],
  `SELECT * FROM ledger.layer_consumption ${RANGE}, cost_pool_id, layer_seq`,
);

const SERIALS = arraysOf(
  ['seq', 'serial_id'],
  `SELECT * FROM ledger.movement_serial ${RANGE}, serial_id`,
);

const RETURNS = arraysOf(
  ['seq', 'shipment_seq', 'owner_id'],
  `SELECT * FROM ledger.movement_return ${RANGE}`,
);

type Column = Buffer | null;

async function readColumns(
  tx: Tx,
  name: string,
  text: string,
  values: readonly number[],
): Promise<Column[]> {
  const query = { name, text, values, rowMode: 'array' };
  const { rows } = await tx.query(query as unknown as string);
  return rows[0] as unknown as Column[];
}

/** Reads everything the journal says after `from`, up to `to`. */
export async function readFacts(tx: Tx, journal: number, from: number, to: number): Promise<Facts> {
  const range = [journal, from, to];
  const [movements, entries, values, consumptions, serials, returns] = await Promise.all([
    readColumns(tx, 'verify-movements', MOVEMENTS, range),
    readColumns(tx, 'verify-entries', ENTRIES, range),
    readColumns(tx, 'verify-value-entries', VALUE_ENTRIES, range),
    readColumns(tx, 'verify-consumptions', CONSUMPTIONS, range),
    readColumns(tx, 'verify-serials', SERIALS, range),
    readColumns(tx, 'verify-returns', RETURNS, range),
  ]);
  return {
    from,
    to,
    movements: toMovements(movements),
    entries: toEntries(entries),
    valueEntries: toValueEntries(values),
    consumptions: toConsumptions(consumptions),
    serials: {
      seq: decodeIntegers(serials[0] ?? null),
      serialId: decodeIntegers(serials[1] ?? null),
    },
    returns: {
      seq: decodeIntegers(returns[0] ?? null),
      shipmentSeq: decodeIntegers(returns[1] ?? null),
      ownerId: decodeInt4(returns[2] ?? null),
    },
  };
}

/** Hands out the columns one after another, so that none is skipped or read twice. */
function reader(columns: readonly Column[]): () => Column {
  let next = 0;
  return () => {
    const column = columns[next] ?? null;
    next += 1;
    return column;
  };
}

function toMovements(columns: readonly Column[]): Facts['movements'] {
  const next = reader(columns);
  return {
    seq: decodeIntegers(next()),
    recordedAt: decodeInstants(next()),
    quantity: decodeBigints(next()),
    value: decodeBigints(next()),
    from: decodeIntegers(next()),
    to: decodeIntegers(next()),
    fromAfter: decodeBigints(next()),
    toAfter: decodeBigints(next()),
    fromPrevious: decodeIntegers(next()),
    toPrevious: decodeIntegers(next()),
    bodyHash: decodeBigints(next()),
    occurredAt: decodeInstants(next()),
    documentId: decodeIntegers(next()),
    reservationSeq: decodeIntegers(next()),
    allocationSeq: decodeIntegers(next()),
    reversesSeq: decodeIntegers(next()),
    commandId: decodeUuids(next()),
    line: decodeInt4(next()),
    itemId: decodeInt4(next()),
    ownerId: decodeInt4(next()),
    actorId: decodeInt4(next()),
    deviceId: decodeInt4(next()),
    kind: decodeInt2(next()),
    reasonId: decodeInt2(next()),
  };
}

function toEntries(columns: readonly Column[]): EntryColumns {
  const next = reader(columns);
  return {
    seq: decodeIntegers(next()),
    recordedAt: decodeInstants(next()),
    quantity: decodeBigints(next()),
    after: decodeBigints(next()),
    bodyHash: decodeBigints(next()),
    availabilityId: decodeIntegers(next()),
    positionId: decodeIntegers(next()),
    reservationSeq: decodeIntegers(next()),
    allocationSeq: decodeIntegers(next()),
    documentId: decodeIntegers(next()),
    expiresAt: decodeInstants(next()),
    occurredAt: decodeInstants(next()),
    commandId: decodeUuids(next()),
    line: decodeInt4(next()),
    itemId: decodeInt4(next()),
    ownerId: decodeInt4(next()),
    actorId: decodeInt4(next()),
    kind: decodeInt2(next()),
    reasonId: decodeInt2(next()),
  };
}

function toValueEntries(columns: readonly Column[]): ValueColumns {
  const next = reader(columns);
  return {
    seq: decodeIntegers(next()),
    recordedAt: decodeInstants(next()),
    amount: decodeBigints(next()),
    fromPoolId: decodeIntegers(next()),
    fromLocationId: decodeInt4(next()),
    toPoolId: decodeIntegers(next()),
    toLocationId: decodeInt4(next()),
    layerSeq: decodeIntegers(next()),
    causeSeq: decodeIntegers(next()),
    bodyHash: decodeBigints(next()),
    documentId: decodeIntegers(next()),
    occurredAt: decodeInstants(next()),
    commandId: decodeUuids(next()),
    line: decodeInt4(next()),
    itemId: decodeInt4(next()),
    ownerId: decodeInt4(next()),
    actorId: decodeInt4(next()),
    reasonId: decodeInt2(next()),
  };
}

function toConsumptions(columns: readonly Column[]): ConsumptionColumns {
  const next = reader(columns);
  return {
    seq: decodeIntegers(next()),
    poolId: decodeIntegers(next()),
    layerSeq: decodeIntegers(next()),
    quantity: decodeBigints(next()),
    value: decodeBigints(next()),
  };
}
