import type { Tx } from '../../platform/database.ts';
import { parseDecimal } from '../../platform/quantity.ts';
import type { TransferHead } from './transfer.queries.ts';
import type { PlannedMove, TransferLine, TransferState } from './transfer.ts';

/** SQL that writes what a posted step has changed. */

interface Units {
  readonly move: PlannedMove;
  readonly units: bigint;
}

function unitsOf(moves: readonly PlannedMove[], lines: readonly TransferLine[]): Units[] {
  return moves.map((move) => {
    const line = lines.find((each) => each.line === move.line);
    if (!line) throw new Error(`a step names line ${move.line}, which is not there`);
    return { move, units: parseDecimal(move.quantity, line.quantityScale) };
  });
}

async function addToLines(
  tx: Tx,
  transferOrderId: number,
  column: 'shipped' | 'received' | 'lost' | 'cancelled',
  units: readonly { readonly line: number; readonly units: bigint }[],
): Promise<void> {
  await tx.query(
    `UPDATE outbound.transfer_order_line l SET ${column} = l.${column} + x.units
     FROM (SELECT line, sum(units)::bigint AS units
       FROM unnest($2::integer[], $3::bigint[]) AS u(line, units) GROUP BY line) x
     WHERE l.transfer_order_id = $1 AND l.line = x.line`,
    [transferOrderId, units.map(({ line }) => line), units.map((each) => each.units)],
  );
}

/** Notes the reservations that a release has made. */
export async function noteReservations(
  tx: Tx,
  transferOrderId: number,
  reservations: readonly { readonly line: number; readonly reservation: string | null }[],
): Promise<void> {
  await tx.query(
    `UPDATE outbound.transfer_order_line l SET reservation = x.reservation
     FROM unnest($2::integer[], $3::text[]) AS x(line, reservation)
     WHERE l.transfer_order_id = $1 AND l.line = x.line`,
    [
      transferOrderId,
      reservations.map(({ line }) => line),
      reservations.map(({ reservation }) => reservation),
    ],
  );
}

/** Puts shipped units on their way. */
export async function noteShipment(
  tx: Tx,
  head: TransferHead,
  lines: readonly TransferLine[],
  moves: readonly PlannedMove[],
  times: { readonly shippedAt: Date; readonly expectedArrivalAt: Date | null },
): Promise<void> {
  const units = unitsOf(moves, lines);
  const shipped = units.map(({ move, units: some }) => ({ line: move.line, units: some }));
  await addToLines(tx, head.transferOrderId, 'shipped', shipped);
  await tx.query(
    `INSERT INTO outbound.transfer_parcel (transfer_order_id, line, parcel, owner_id, lot,
       quantity, open_quantity, serials, open_serials, shipped_at, expected_arrival_at)
     SELECT $1, x.line, coalesce((SELECT max(p.parcel) FROM outbound.transfer_parcel p
         WHERE p.transfer_order_id = $1 AND p.line = x.line), 0)
         + row_number() OVER (PARTITION BY x.line ORDER BY x.n),
       $2, x.lot, x.quantity, x.quantity, x.serials, x.serials, $4, $5
     FROM jsonb_to_recordset($3::jsonb)
       AS x(n integer, line integer, lot text, quantity bigint, serials text[])`,
    [
      head.transferOrderId,
      head.ownerId,
      JSON.stringify(
        units.map(({ move, units: some }, n) => ({
          ...{ n, line: move.line, lot: move.lot, quantity: `${some}`, serials: move.serials },
        })),
      ),
      times.shippedAt,
      times.expectedArrivalAt,
    ],
  );
}

/** Takes units off their way: received, or lost. */
export async function noteArrival(
  tx: Tx,
  head: TransferHead,
  lines: readonly TransferLine[],
  moves: readonly PlannedMove[],
  as: 'received' | 'lost',
): Promise<void> {
  const units = unitsOf(moves, lines);
  const arrived = units.map(({ move, units: some }) => ({ line: move.line, units: some }));
  await addToLines(tx, head.transferOrderId, as, arrived);
  const merged = new Map<string, { line: number; parcel: number; units: bigint; gone: string[] }>();
  for (const { move, units: some } of units) {
    const key = `${move.line} ${move.parcel}`;
    const known = merged.get(key);
    const entry = known ?? { line: move.line, parcel: move.parcel ?? 0, units: 0n, gone: [] };
    entry.units += some;
    entry.gone.push(...(move.serials ?? []));
    merged.set(key, entry);
  }
  await tx.query(
    `UPDATE outbound.transfer_parcel p SET open_quantity = p.open_quantity - x.units,
       open_serials = (SELECT array_agg(s ORDER BY n) FROM unnest(p.open_serials)
         WITH ORDINALITY AS o(s, n) WHERE s <> ALL (x.gone))
     FROM jsonb_to_recordset($2::jsonb)
       AS x(line integer, parcel integer, units bigint, gone text[])
     WHERE p.transfer_order_id = $1 AND p.line = x.line AND p.parcel = x.parcel`,
    [
      head.transferOrderId,
      JSON.stringify([...merged.values()].map((entry) => ({ ...entry, units: `${entry.units}` }))),
    ],
  );
}

/** Ends what is not shipped of every line. */
export async function endUnshipped(tx: Tx, transferOrderId: number): Promise<void> {
  await tx.query(
    `UPDATE outbound.transfer_order_line SET cancelled = quantity - shipped
     WHERE transfer_order_id = $1`,
    [transferOrderId],
  );
}

/** The new state of a transfer order with the times that go with it; null leaves a time. */
export async function noteState(
  tx: Tx,
  transferOrderId: number,
  state: TransferState,
  times: {
    readonly expectedDispatchAt?: Date | null | undefined;
    readonly expectedArrivalAt?: Date | null | undefined;
    readonly releasedAt?: Date | undefined;
    readonly shippedAt?: Date | undefined;
    readonly receivedAt?: Date | undefined;
  },
  at: Date,
): Promise<void> {
  await tx.query(
    `UPDATE outbound.transfer_order SET state = $2,
       expected_dispatch_at = coalesce($3, expected_dispatch_at),
       expected_arrival_at = coalesce($4, expected_arrival_at),
       released_at = coalesce($5, released_at), shipped_at = coalesce($6, shipped_at),
       received_at = coalesce($7, received_at), version = version + 1, updated_at = $8
     WHERE transfer_order_id = $1`,
    [
      ...[transferOrderId, state, times.expectedDispatchAt ?? null],
      ...[times.expectedArrivalAt ?? null, times.releasedAt ?? null, times.shippedAt ?? null],
      ...[times.receivedAt ?? null, at],
    ],
  );
}
