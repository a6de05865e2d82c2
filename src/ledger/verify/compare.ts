import type { Tx } from '../../platform/database.ts';
import { extendedCost } from '../../platform/money.ts';
import { COST_METHOD } from '../posting/commands.ts';
import * as queries from './compare.queries.ts';
import type { Checked, FindingKind } from './findings.ts';
import type { DerivedJournal, PoolState } from './state.ts';

/**
 * Holds the derived tables against what the facts add up to. A whole verification looks at every
 * row, so that an inserted or deleted one is found too; after a checkpoint it looks at the rows
 * that facts have touched since, and at sums that must agree.
 */
export async function compareTables(
  tx: Tx,
  journal: DerivedJournal,
  checked: Checked,
): Promise<void> {
  await compareBalances(tx, journal, checked);
  await compareAvailability(tx, journal, checked);
  await comparePools(tx, journal, checked);
  await compareSerials(tx, journal, checked);
  const touched = journal.whole ? null : [...journal.positions.keys()];
  for (const [id, text] of await queries.selectMisplaced(tx, journal.journal, touched)) {
    const message = 'it counts to availability or a cost pool of another item, site or owner';
    derived(journal, 'position', `position ${id}`, 'its own', text, message);
  }
  if (!journal.whole) await compareSums(tx, journal);
}

/** A finding about a derived row. */
export function derived(
  journal: DerivedJournal,
  kind: FindingKind,
  id: string,
  expected: unknown,
  found: unknown,
  message: string,
): void {
  journal.findings.add({
    kind,
    journal: journal.journal,
    id,
    expected: String(expected),
    found: String(found),
    message,
  });
}

const DIFFERS = 'the row is not what the facts add up to';
const GONE = 'the row is gone';

async function* rowsFor<Row extends unknown[]>(
  tx: Tx,
  journal: DerivedJournal,
  table: Parameters<typeof queries.everyRow<Row>>[1],
  known: ReadonlyMap<number, unknown>,
): AsyncGenerator<Row[]> {
  if (journal.whole) yield* queries.everyRow(tx, table, journal.journal);
  else yield* queries.someRows(tx, table, journal.journal, [...known.keys()]);
}

/** Reports rows that the facts know and the table does not have. */
function reportGone(
  journal: DerivedJournal,
  kind: FindingKind,
  name: string,
  known: ReadonlyMap<number, unknown>,
  seen: ReadonlySet<number>,
): void {
  if (seen.size >= known.size) return;
  for (const id of known.keys()) {
    if (!seen.has(id)) derived(journal, kind, `${name} ${id}`, 'a row', 'none', GONE);
  }
}

async function compareBalances(tx: Tx, journal: DerivedJournal, checked: Checked): Promise<void> {
  const seen = new Set<number>();
  const units = new Map<number, bigint>();
  for await (const rows of rowsFor(tx, journal, queries.BALANCES, journal.positions)) {
    checked.positions += rows.length;
    for (const row of rows) {
      const position = journal.positions.get(Number(row[0]));
      if (position) {
        seen.add(position.positionId);
        units.set(position.itemId, (units.get(position.itemId) ?? 0n) + row[1]);
      }
      compareBalance(journal, row);
    }
  }
  reportGone(journal, 'balance', 'position', journal.positions, seen);
  if (!journal.whole) return;
  for (const [itemId, sum] of units) {
    if (sum === 0n) continue;
    const message = 'units of the item came from nowhere or went nowhere';
    derived(journal, 'conservation', `item ${itemId}`, 0n, sum, message);
  }
}

function compareBalance(
  journal: DerivedJournal,
  [id, onHand, allocated, lastSeq, ownerId, isReal]: [
    bigint,
    bigint,
    bigint,
    bigint,
    number,
    boolean,
  ],
): void {
  const position = journal.positions.get(Number(id));
  const expected = position ?? {
    onHand: 0n,
    claimed: null,
    lastSeq: 0,
    allocated: 0n,
    allocatedKnown: true,
    known: true,
    ownerId,
    isReal,
  };
  const units = onHand === expected.onHand || onHand === expected.claimed;
  const same =
    (!expected.known || (units && Number(lastSeq) === expected.lastSeq)) &&
    (!expected.allocatedKnown || allocated === expected.allocated) &&
    ownerId === expected.ownerId &&
    isReal === expected.isReal;
  if (same) return;
  derived(
    journal,
    'balance',
    `position ${id}`,
    `${expected.onHand}, ${expected.allocated} allocated, last seq ${expected.lastSeq}`,
    `${onHand}, ${allocated} allocated, last seq ${lastSeq}`,
    DIFFERS,
  );
}

async function compareAvailability(
  tx: Tx,
  journal: DerivedJournal,
  checked: Checked,
): Promise<void> {
  const seen = new Set<number>();
  for await (const rows of rowsFor(tx, journal, queries.AVAILABILITY, journal.availability)) {
    checked.availability += rows.length;
    for (const [id, onHand, reserved, lastSeq] of rows) {
      const state = journal.availability.get(Number(id));
      seen.add(Number(id));
      const expected = state ?? { onHand: 0n, reserved: 0n, lastSeq: 0, known: true };
      const same =
        (!journal.whole || onHand === expected.onHand) &&
        (!expected.known || reserved === expected.reserved) &&
        (Number(lastSeq) === expected.lastSeq || (!journal.whole && expected.lastSeq === 0));
      if (same) continue;
      derived(
        journal,
        'availability',
        `availability ${id}`,
        `${expected.onHand}, ${expected.reserved} reserved, last seq ${expected.lastSeq}`,
        `${onHand}, ${reserved} reserved, last seq ${lastSeq}`,
        DIFFERS,
      );
    }
  }
  reportGone(journal, 'availability', 'availability', journal.availability, seen);
}

type PoolRow = [bigint, bigint, bigint, bigint, bigint, number, number];

async function comparePools(tx: Tx, journal: DerivedJournal, checked: Checked): Promise<void> {
  const seen = new Set<number>();
  for await (const rows of rowsFor(tx, journal, queries.POOLS, journal.pools)) {
    checked.pools += rows.length;
    for (const row of rows) {
      seen.add(Number(row[0]));
      comparePool(journal, row);
    }
  }
  reportGone(journal, 'pool', 'pool', journal.pools, seen);
}

function comparePool(journal: DerivedJournal, row: PoolRow): void {
  const [id, quantity, value, unitCost, lastSeq] = row;
  const pool = journal.pools.get(Number(id));
  const name = `pool ${id}`;
  const expected = pool ?? { quantity: 0n, value: 0n, lastSeq: 0 };
  const touched = journal.whole || expected.lastSeq > 0;
  const same =
    quantity === expected.quantity &&
    value === expected.value &&
    (!touched || Number(lastSeq) === expected.lastSeq);
  if (!same) {
    const want = `${expected.quantity} for ${expected.value}, last seq ${expected.lastSeq}`;
    derived(journal, 'pool', name, want, `${quantity} for ${value}, last seq ${lastSeq}`, DIFFERS);
  }
  if (quantity === 0n && value !== 0n) {
    derived(journal, 'pool', name, '0 for nothing', value, 'an empty pool is worth something');
  }
  const cost = pool && unitCostOf(pool, row);
  if (cost === undefined || cost === unitCost) return;
  derived(journal, 'pool', name, `unit cost ${cost}`, `unit cost ${unitCost}`, DIFFERS);
}

/**
 * What the pool's unit cost must be, or undefined where no fact tells: a standard is set from
 * outside, and is right when the pool is worth exactly that; the others keep the cost at which
 * they were last emptied.
 */
function unitCostOf(pool: PoolState, row: PoolRow): bigint | undefined {
  const [, quantity, value, unitCost, , method, scale] = row;
  if (method !== COST_METHOD.standard) return pool.emptiedAt ?? undefined;
  if (pool.standard !== null) return pool.standard;
  if (quantity === 0n || extendedCost(quantity, scale, unitCost) === value) return undefined;
  return (value * 10n ** BigInt(4 + scale)) / quantity;
}

async function compareSerials(tx: Tx, journal: DerivedJournal, checked: Checked): Promise<void> {
  const seen = new Set<number>();
  for await (const rows of rowsFor(tx, journal, queries.SERIALS, journal.serials)) {
    checked.serials += rows.length;
    for (const [id, positionId, lastSeq] of rows) {
      seen.add(Number(id));
      const expected = journal.serials.get(Number(id)) ?? { positionId: 0, lastSeq: 0 };
      const at = Number(positionId ?? 0);
      if (at === expected.positionId && Number(lastSeq) === expected.lastSeq) continue;
      const want = `position ${expected.positionId}, last seq ${expected.lastSeq}`;
      derived(
        journal,
        'serial',
        `serial ${id}`,
        want,
        `position ${at}, last seq ${lastSeq}`,
        DIFFERS,
      );
    }
  }
  reportGone(journal, 'serial', 'serial', journal.serials, seen);
}

async function compareSums(tx: Tx, journal: DerivedJournal): Promise<void> {
  const { journal: number } = journal;
  const sums = [
    ['availability', journal.availability, queries.selectAvailabilitySums],
    ['allocation', journal.positions, queries.selectAllocatedSums],
    ['layer', journal.pools, queries.selectPoolSums],
  ] as const;
  for (const [kind, known, select] of sums) {
    const name = kind === 'allocation' ? 'position' : kind === 'layer' ? 'pool' : kind;
    for (const [id, expected, found] of await select(tx, number, [...known.keys()])) {
      const message = 'the row is not the sum of the rows below it';
      derived(journal, kind, `${name} ${id}`, expected, found, message);
    }
  }
}
