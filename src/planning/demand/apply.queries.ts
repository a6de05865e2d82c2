import type { Tx } from '../../platform/database.ts';
import {
  type DayChange,
  type DayFact,
  packChanges,
  packFacts,
  unpackChanges,
  unpackFacts,
  yearOf,
  yearStart,
} from './packed.ts';
import type { SeriesKey } from './types.ts';

/** Columns of planning.demand that the roll-up adds to. */
export type RolledColumn = 'orders' | 'issues' | 'returns' | 'available';
export type DemandColumn = RolledColumn | 'imported';

/** What is to be added to one day of one series; quantities at the item's scale. */
export interface Delta extends SeriesKey {
  readonly day: number;
  readonly quantity: number;
  readonly lines: number;
  readonly amount: number;
}

interface YearDeltas extends SeriesKey {
  readonly year: number;
  readonly deltas: Delta[];
}

function byYear(deltas: readonly Delta[]): YearDeltas[] {
  const groups = new Map<string, YearDeltas>();
  for (const delta of deltas) {
    const { itemId, siteId, ownerId } = delta;
    const year = yearOf(delta.day);
    const name = `${itemId} ${siteId} ${ownerId} ${year}`;
    const group = groups.get(name);
    if (group) group.deltas.push(delta);
    else groups.set(name, { itemId, siteId, ownerId, year, deltas: [delta] });
  }
  // Sorted as the rows are locked, so that two writers queue up instead of deadlocking.
  return [...groups.values()].sort(
    (a, b) =>
      a.itemId - b.itemId || a.siteId - b.siteId || a.ownerId - b.ownerId || a.year - b.year,
  );
}

/** Facts of a year with deltas added to them. */
export function addToFacts(before: Uint8Array | null, group: YearDeltas): Buffer | null {
  const start = yearStart(group.year);
  const days = new Map<number, DayFact>();
  for (const fact of unpackFacts(before)) days.set(fact.dayOfYear, fact);
  for (const { day, quantity, lines, amount } of group.deltas) {
    const dayOfYear = day - start;
    const fact = days.get(dayOfYear) ?? { dayOfYear, quantity: 0, lines: 0, amount: 0 };
    days.set(dayOfYear, {
      dayOfYear,
      quantity: fact.quantity + quantity,
      lines: fact.lines + lines,
      amount: fact.amount + amount,
    });
  }
  return packFacts([...days.values()].sort((a, b) => a.dayOfYear - b.dayOfYear));
}

function addToChanges(before: Uint8Array | null, group: YearDeltas): Buffer | null {
  const start = yearStart(group.year);
  const days = new Map<number, number>();
  for (const { dayOfYear, quantity } of unpackChanges(before)) days.set(dayOfYear, quantity);
  for (const { day, quantity } of group.deltas) {
    days.set(day - start, (days.get(day - start) ?? 0) + quantity);
  }
  const changes = [...days].map(([dayOfYear, quantity]): DayChange => ({ dayOfYear, quantity }));
  return packChanges(changes.sort((a, b) => a.dayOfYear - b.dayOfYear));
}

/** Rows a statement. */
const ROWS_MAX = 2000;

interface Keys {
  readonly items: number[];
  readonly sites: number[];
  readonly owners: number[];
  readonly years: number[];
}

function keysOf(rows: readonly (SeriesKey & { readonly year: number })[]): Keys {
  return {
    items: rows.map(({ itemId }) => itemId),
    sites: rows.map(({ siteId }) => siteId),
    owners: rows.map(({ ownerId }) => ownerId),
    years: rows.map(({ year }) => year),
  };
}

async function loadColumn(tx: Tx, column: DemandColumn, keys: Keys): Promise<(Buffer | null)[]> {
  const { rows } = await tx.query<{ n: bigint; bytes: Buffer | null }>(
    `SELECT k.n, d.${column} AS bytes
     FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::smallint[]) WITH ORDINALITY
       AS k(item_id, site_id, owner_id, year, n)
     JOIN planning.demand d ON d.item_id = k.item_id AND d.site_id = k.site_id
       AND d.owner_id = k.owner_id AND d.year = k.year
     ORDER BY d.item_id, d.site_id, d.owner_id, d.year FOR UPDATE OF d`,
    [keys.items, keys.sites, keys.owners, keys.years],
  );
  const found: (Buffer | null)[] = keys.items.map(() => null);
  for (const { n, bytes } of rows) found[Number(n) - 1] = bytes;
  return found;
}

/** Writes one column of rows, making those that are not there. */
export async function storeColumn(
  tx: Tx,
  column: DemandColumn,
  rows: readonly (SeriesKey & { readonly year: number; readonly bytes: Buffer | null })[],
): Promise<void> {
  const { items, sites, owners, years } = keysOf(rows);
  await tx.query(
    `INSERT INTO planning.demand (item_id, site_id, owner_id, year, scale, ${column})
     SELECT k.item_id, k.site_id, k.owner_id, k.year, i.quantity_scale, k.bytes
     FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::smallint[], $5::bytea[])
       AS k(item_id, site_id, owner_id, year, bytes)
     JOIN catalog.item i ON i.item_id = k.item_id
     ORDER BY k.item_id, k.site_id, k.owner_id, k.year
     ON CONFLICT (item_id, site_id, owner_id, year) DO UPDATE SET ${column} = excluded.${column}`,
    [items, sites, owners, years, rows.map(({ bytes }) => bytes)],
  );
}

/**
 * Adds to one column of demand history. Only one transaction at a time may add to a column: the
 * caller holds the lock of the run.
 */
export async function addDeltas(
  tx: Tx,
  column: RolledColumn,
  deltas: readonly Delta[],
): Promise<void> {
  const groups = byYear(deltas);
  const add = column === 'available' ? addToChanges : addToFacts;
  for (let first = 0; first < groups.length; first += ROWS_MAX) {
    const chunk = groups.slice(first, first + ROWS_MAX);
    const before = await loadColumn(tx, column, keysOf(chunk));
    const after = chunk.map((group, index) => ({
      itemId: group.itemId,
      siteId: group.siteId,
      ownerId: group.ownerId,
      year: group.year,
      bytes: add(before[index] ?? null, group),
    }));
    await storeColumn(tx, column, after);
  }
}
