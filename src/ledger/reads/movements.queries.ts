import type { Tx } from '../../platform/database.ts';
import { formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { MovementAnswer } from './schemas.ts';

/** Names one row of the ledger. */
export interface LedgerKey {
  readonly journal: number;
  readonly seq: number;
}

interface Row {
  journal: number;
  seq: bigint;
  kind: MovementAnswer['kind'];
  item: string;
  scale: number;
  owner: string;
  quantity: bigint;
  value: bigint;
  from_after: bigint;
  to_after: bigint;
  occurred_at: Date;
  recorded_at: Date;
  lot: string | null;
  expires_on: string | null;
  from_location: string;
  from_site: string | null;
  from_disposition: MovementAnswer['from']['disposition'];
  from_lpn: string | null;
  to_location: string;
  to_site: string | null;
  to_disposition: MovementAnswer['from']['disposition'];
  to_lpn: string | null;
  reason: string | null;
  document_type: string | null;
  document_number: string | null;
  actor: string | null;
  device: string | null;
  serials: string[];
  reservation_seq: bigint | null;
  allocation_seq: bigint | null;
  reverses_seq: bigint | null;
  reversed_by: bigint | null;
  command_id: string;
  line: number;
}

function sideColumns(side: 'from' | 'to', position: string): { columns: string; joins: string } {
  const [location, site, disposition, unit] = ['l', 's', 'd', 'u'].map((c) => `${position}_${c}`);
  return {
    columns: `${location}.code AS ${side}_location, ${site}.code AS ${side}_site,
      ${disposition}.code AS ${side}_disposition, ${unit}.lpn AS ${side}_lpn`,
    joins: `JOIN ledger.position ${position}
        ON ${position}.journal = m.journal AND ${position}.position_id = m.${side}_position
      JOIN network.location ${location} ON ${location}.location_id = ${position}.location_id
      LEFT JOIN network.site ${site} ON ${site}.site_id = ${position}.site_id
      JOIN ledger.disposition ${disposition}
        ON ${disposition}.disposition_id = ${position}.disposition_id
      LEFT JOIN ledger.handling_unit ${unit}
        ON ${unit}.handling_unit_id = ${position}.handling_unit_id`,
  };
}

const from = sideColumns('from', 'pf');
const to = sideColumns('to', 'pt');

/** Everything about some movements, each found by its primary key. */
const SELECT_MOVEMENTS = `
  SELECT m.journal, m.seq, kind.code AS kind, i.sku AS item, i.quantity_scale AS scale,
    o.code AS owner, m.quantity, m.value, m.from_after, m.to_after, m.occurred_at, m.recorded_at,
    lot.code AS lot, lot.expires_on::text AS expires_on, ${from.columns}, ${to.columns},
    reason.code AS reason, document.type AS document_type, document.number AS document_number,
    principal.name AS actor, device.code AS device, m.reservation_seq, m.allocation_seq,
    m.reverses_seq, m.command_id, m.line,
    (SELECT r.seq FROM ledger.movement r
      WHERE r.journal = m.journal AND r.reverses_seq = m.seq) AS reversed_by,
    ARRAY(SELECT s.serial FROM ledger.movement_serial ms
      JOIN ledger.serial s ON s.journal = ms.journal AND s.serial_id = ms.serial_id
      WHERE ms.journal = m.journal AND ms.seq = m.seq ORDER BY s.serial) AS serials
  FROM unnest($1::integer[], $2::bigint[]) AS k(journal, seq)
  JOIN ledger.movement m ON m.journal = k.journal AND m.seq = k.seq
  JOIN ledger.movement_kind kind ON kind.movement_kind_id = m.kind
  JOIN catalog.item i ON i.item_id = m.item_id
  JOIN sellers.owner o ON o.owner_id = m.owner_id
  ${from.joins}
  ${to.joins}
  LEFT JOIN ledger.lot lot
    ON lot.journal = m.journal AND lot.lot_id = coalesce(pt.lot_id, pf.lot_id)
  LEFT JOIN ledger.reason reason ON reason.reason_id = m.reason_id
  LEFT JOIN ledger.document document ON document.document_id = m.document_id
  LEFT JOIN platform.principal principal ON principal.principal_id = m.actor_id
  LEFT JOIN ledger.device device ON device.device_id = m.device_id`;

/** `<journal>-<seq>`, or null. */
export function ledgerId(journal: number, seq: bigint | number | null): string | null {
  return seq === null ? null : `${journal}-${seq}`;
}

/**
 * The movements with these keys, in their order; those that the caller may not see are left out.
 * @param digits digits after the point of the house currency.
 */
export async function showMovements(
  tx: Tx,
  keys: readonly LedgerKey[],
  digits: number,
): Promise<MovementAnswer[]> {
  if (keys.length === 0) return [];
  // Row-level security makes the planner expect a hundredth of each table, and then it would rather
  // join all positions first; in the order written, every join is a look-up by primary key.
  await tx.query('SET LOCAL join_collapse_limit = 1');
  const { rows } = await tx.query<Row>(SELECT_MOVEMENTS, [
    keys.map((key) => key.journal),
    keys.map((key) => key.seq),
  ]);
  const found = new Map(rows.map((row) => [`${row.journal}-${row.seq}`, toAnswer(row, digits)]));
  return keys.flatMap((key) => found.get(`${key.journal}-${key.seq}`) ?? []);
}

function toAnswer(row: Row, digits: number): MovementAnswer {
  const { journal, scale } = row;
  return {
    id: `${journal}-${row.seq}`,
    journal,
    seq: Number(row.seq),
    kind: row.kind,
    item: row.item,
    owner: row.owner,
    quantity: formatDecimal(row.quantity, scale),
    value: formatMoney(row.value, digits),
    lot: row.lot,
    expiresOn: row.expires_on,
    from: {
      location: row.from_location,
      site: row.from_site,
      disposition: row.from_disposition,
      lpn: row.from_lpn,
    },
    to: {
      location: row.to_location,
      site: row.to_site,
      disposition: row.to_disposition,
      lpn: row.to_lpn,
    },
    fromOnHand: formatDecimal(row.from_after, scale),
    toOnHand: formatDecimal(row.to_after, scale),
    reason: row.reason,
    document:
      row.document_type === null
        ? null
        : { type: row.document_type, number: row.document_number ?? '' },
    actor: row.actor,
    device: row.device,
    serials: row.serials,
    reservation: ledgerId(journal, row.reservation_seq),
    allocation: ledgerId(journal, row.allocation_seq),
    reverses: ledgerId(journal, row.reverses_seq),
    reversedBy: ledgerId(journal, row.reversed_by),
    commandId: row.command_id,
    line: row.line,
    occurredAt: row.occurred_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
  };
}
