import type { Tx } from '../../platform/database.ts';
import { KIND } from '../posting/commands.ts';
import type { Findings } from './findings.ts';

/**
 * What came back of each shipment that was returned to since `from`: no more units than went out,
 * and only of the same item and owner. A reversed return counts no more; a reversed shipment has
 * come back whole.
 */
const EXCEEDED = `SELECT s.seq, s.quantity::text AS shipped, back.quantity::text AS returned
  FROM (SELECT DISTINCT x.shipment_seq FROM ledger.movement_return x
    WHERE x.journal = $1 AND x.seq > $2) k
  JOIN ledger.movement s ON s.journal = $1 AND s.seq = k.shipment_seq
  CROSS JOIN LATERAL (SELECT sum(b.quantity) AS quantity FROM (
      SELECT b.quantity FROM ledger.movement_return x
      JOIN ledger.movement b ON b.journal = $1 AND b.seq = x.seq
      WHERE x.journal = $1 AND x.shipment_seq = s.seq AND NOT EXISTS (SELECT
        FROM ledger.movement r WHERE r.journal = $1 AND r.reverses_seq = x.seq)
      UNION ALL SELECT r.quantity FROM ledger.movement r
      WHERE r.journal = $1 AND r.reverses_seq = s.seq) b) back
  WHERE back.quantity > s.quantity ORDER BY s.seq`;

const ASTRAY = `SELECT x.seq, x.shipment_seq FROM ledger.movement_return x
  LEFT JOIN ledger.movement b ON b.journal = $1 AND b.seq = x.seq
  LEFT JOIN ledger.movement s ON s.journal = $1 AND s.seq = x.shipment_seq
  WHERE x.journal = $1 AND x.seq > $2 AND NOT coalesce(b.kind = ${KIND.customer_return}
    AND s.kind = ${KIND.shipment} AND b.item_id = s.item_id AND b.owner_id = s.owner_id
    AND x.owner_id = b.owner_id, false) ORDER BY x.seq`;

/** Marks that say more than their movements can: units with a value have a known cost. */
const UNKNOWN = `SELECT u.seq FROM ledger.unknown_cost u
  LEFT JOIN ledger.movement m ON m.journal = $1 AND m.seq = u.seq
  LEFT JOIN ledger.position p ON p.journal = $1 AND p.position_id = m.to_position
  WHERE u.journal = $1 AND u.seq > $2 AND NOT coalesce(m.value = 0
    AND p.cost_pool_id IS NOT NULL AND u.owner_id = m.owner_id, false) ORDER BY u.seq`;

/** Checks the rows beside the movements that tell of returns and of unknown costs. */
export async function checkReturns(
  tx: Tx,
  journal: number,
  from: number,
  findings: Findings,
): Promise<void> {
  type Row = { seq: bigint; shipment_seq?: bigint; shipped?: string; returned?: string };
  const rows = async (text: string): Promise<Row[]> =>
    (await tx.query<Row>(text, [journal, from])).rows;
  for (const { seq, shipped, returned } of await rows(EXCEEDED)) {
    const [expected, found] = [`at most ${shipped} returned`, `${returned}`];
    const message = 'more came back of the shipment than went out with it';
    findings.add({ kind: 'return', journal, seq: Number(seq), expected, found, message });
  }
  for (const { seq, shipment_seq: shipment } of await rows(ASTRAY)) {
    const [expected, found] = ['a shipment of the same item and owner', `seq ${shipment}`];
    const message = 'the return names a movement that it cannot bring back';
    findings.add({ kind: 'return', journal, seq: Number(seq), expected, found, message });
  }
  for (const { seq } of await rows(UNKNOWN)) {
    const [expected, found] = ['units taken in at no value', 'another movement, or none'];
    const message = 'the mark of an unknown cost does not fit the movement';
    findings.add({ kind: 'cost', journal, seq: Number(seq), expected, found, message });
  }
}
