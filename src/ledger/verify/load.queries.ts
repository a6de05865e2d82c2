import type { Tx } from '../../platform/database.ts';
import { encodeIntegers } from '../posting/encode.ts';
import type { Facts } from './facts.queries.ts';
import type { DerivedJournal } from './state.ts';

/** Brings into memory the rows that the facts of a range refer to and that are not there yet. */
export async function loadFor(tx: Tx, journal: DerivedJournal, facts: Facts): Promise<void> {
  const { movements, entries, valueEntries, serials } = facts;
  const positions = missing(journal.positions, [movements.from, movements.to, entries.positionId]);
  await loadPositions(tx, journal, positions);
  const sides = positions.flatMap((id) => journal.positions.get(id) ?? []);
  const availability = missing(journal.availability, [
    entries.availabilityId,
    sides.map((side) => side.availabilityId),
  ]);
  await loadAvailability(tx, journal, availability);
  reportGone(journal, 'availability', availability, journal.availability);
  const pools = missing(journal.pools, [
    valueEntries.fromPoolId,
    valueEntries.toPoolId,
    sides.map((side) => side.poolId),
  ]);
  await loadPools(tx, journal, pools);
  reportGone(journal, 'pool', pools, journal.pools);
  await loadSerials(tx, journal, missing(journal.serials, [serials.serialId]));
}

/** Rows that positions or facts refer to and that are not there; each is reported once. */
function reportGone(
  journal: DerivedJournal,
  kind: 'availability' | 'pool',
  wanted: readonly number[],
  found: ReadonlyMap<number, unknown>,
): void {
  for (const id of wanted) {
    const name = `${kind} ${id}`;
    if (found.has(id) || journal.gone.has(name)) continue;
    journal.gone.add(name);
    journal.findings.add({
      kind,
      journal: journal.journal,
      id: name,
      expected: 'a row',
      found: 'none',
      message: 'the row is gone',
    });
  }
}

function missing(known: ReadonlyMap<number, unknown>, lists: readonly number[][]): number[] {
  const wanted = new Set<number>();
  for (const list of lists) for (const id of list) if (id > 0 && !known.has(id)) wanted.add(id);
  return [...wanted];
}

async function byIds<R extends unknown[]>(
  tx: Tx,
  name: string,
  text: string,
  journal: number,
  ids: readonly number[],
): Promise<R[]> {
  if (ids.length === 0) return [];
  const query = { name, text, values: [journal, encodeIntegers(ids)], rowMode: 'array' };
  return (await tx.query(query as unknown as string)).rows as unknown as R[];
}

async function loadPositions(tx: Tx, journal: DerivedJournal, ids: number[]): Promise<void> {
  type Row = [bigint, number, number, number, bigint | null, bigint | null, boolean];
  const rows = await byIds<Row>(
    tx,
    'verify-load-positions',
    `SELECT p.position_id, p.item_id, p.owner_id, p.location_id, p.availability_id, p.cost_pool_id,
       p.is_real
     FROM unnest($2::bigint[]) AS k(id)
     JOIN ledger.position p ON p.journal = $1 AND p.position_id = k.id`,
    journal.journal,
    ids,
  );
  for (const [id, itemId, ownerId, locationId, availabilityId, poolId, isReal] of rows) {
    journal.positions.set(Number(id), {
      positionId: Number(id),
      itemId,
      ownerId,
      locationId,
      availabilityId: Number(availabilityId ?? 0),
      poolId: Number(poolId ?? 0),
      isReal,
      known: journal.whole,
      onHand: 0n,
      claimed: null,
      lastSeq: 0,
      allocated: 0n,
      allocatedKnown: journal.whole,
    });
  }
}

async function loadAvailability(tx: Tx, journal: DerivedJournal, ids: number[]): Promise<void> {
  const rows = await byIds<[bigint, number, number, number]>(
    tx,
    'verify-load-availability',
    `SELECT a.availability_id, a.item_id, a.site_id, a.owner_id FROM unnest($2::bigint[]) AS k(id)
     JOIN ledger.availability a ON a.journal = $1 AND a.availability_id = k.id`,
    journal.journal,
    ids,
  );
  for (const [id, itemId, siteId, ownerId] of rows) {
    journal.availability.set(Number(id), {
      availabilityId: Number(id),
      itemId,
      siteId,
      ownerId,
      onHand: 0n,
      reserved: 0n,
      known: journal.whole,
      lastSeq: 0,
    });
  }
}

/** After a checkpoint a pool begins with what the last clean verification found in it. */
async function loadPools(tx: Tx, journal: DerivedJournal, ids: number[]): Promise<void> {
  type Row = [bigint, number, number, number, number, bigint | null, bigint | null];
  const rows = await byIds<Row>(
    tx,
    'verify-load-pools',
    `SELECT c.cost_pool_id, c.item_id, c.owner_id, c.method, c.quantity_scale, v.quantity, v.value
     FROM unnest($2::bigint[]) AS k(id)
     JOIN ledger.cost_pool c ON c.journal = $1 AND c.cost_pool_id = k.id
     LEFT JOIN ledger.verified_pool v ON v.journal = $1 AND v.cost_pool_id = k.id`,
    journal.journal,
    ids,
  );
  for (const [id, itemId, ownerId, method, scale, quantity, value] of rows) {
    journal.pools.set(Number(id), {
      poolId: Number(id),
      itemId,
      ownerId,
      method,
      scale,
      quantity: journal.whole ? 0n : (quantity ?? 0n),
      value: journal.whole ? 0n : (value ?? 0n),
      emptiedAt: null,
      standard: null,
      lastSeq: 0,
      layers: journal.whole ? new Map() : null,
      suspect: false,
    });
  }
}

async function loadSerials(tx: Tx, journal: DerivedJournal, ids: number[]): Promise<void> {
  const rows = await byIds<[bigint, number]>(
    tx,
    'verify-load-serials',
    `SELECT s.serial_id, s.item_id FROM unnest($2::bigint[]) AS k(id)
     JOIN ledger.serial s ON s.journal = $1 AND s.serial_id = k.id`,
    journal.journal,
    ids,
  );
  for (const [id, itemId] of rows) {
    const positionId = journal.whole ? 0 : null;
    journal.serials.set(Number(id), { itemId, positionId, lastSeq: 0 });
  }
}

/** After a checkpoint: what a position held is what its movement before says. */
export async function checkAdopted(tx: Tx, journal: DerivedJournal): Promise<void> {
  const { adopted } = journal;
  if (adopted.length === 0) return;
  journal.adopted = [];
  const query = {
    name: 'verify-load-adopted',
    text: `SELECT k.n, CASE WHEN m.from_position = k.id THEN m.from_after
         WHEN m.to_position = k.id THEN m.to_after END
       FROM ROWS FROM (unnest($2::bigint[], $3::bigint[])) WITH ORDINALITY AS k(id, seq, n)
       JOIN ledger.movement m ON m.journal = $1 AND m.seq = k.seq`,
    values: [
      journal.journal,
      encodeIntegers(adopted.map((row) => row.positionId)),
      encodeIntegers(adopted.map((row) => row.previous)),
    ],
    rowMode: 'array',
  };
  const { rows } = await tx.query(query as unknown as string);
  const found = new Map<number, bigint | null>();
  for (const [n, after] of rows as unknown as [bigint, bigint | null][]) {
    found.set(Number(n) - 1, after);
  }
  for (const [i, row] of adopted.entries()) {
    const before = row.previous === 0 ? 0n : (found.get(i) ?? null);
    if (before === row.onHand) continue;
    journal.findings.add({
      kind: 'balance-after',
      journal: journal.journal,
      seq: row.seq,
      id: `position ${row.positionId}`,
      expected: before === null ? `a movement of it at seq ${row.previous}` : String(before),
      found: String(row.onHand),
      message: 'the position held something else after the movement before',
    });
  }
}
