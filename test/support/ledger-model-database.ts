import type pg from 'pg';
import type { Command, Outcome } from '../../src/ledger/posting/commands.ts';
import { ENTRY } from '../../src/ledger/posting/commands.ts';
import type { Poster, PosterOptions } from '../../src/ledger/posting/poster.ts';
import { createPoster, ensureJournals, journalOf } from '../../src/ledger/posting/poster.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createPool, type Database } from '../../src/platform/database.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { type Chooser, withFailures } from './ledger-model-faults.ts';
import type { Fact } from './ledger-model-state.ts';
import { ITEMS, makeWorld, PLACE, type World, type WorldItem } from './ledger-model-world.ts';

/** The model's world in a database of the test's own, and posters on it. */
export interface LedgerDatabase extends TestDatabase {
  readonly world: World;
  readonly journals: number;
  /** Opens a poster with a pool of its own, as another process would; `fail` spoils its pool. */
  poster(options?: Partial<PosterOptions>, fail?: Chooser, wire?: Wire): Promise<Poster>;
  journalOf(command: Command): number;
  /** What the journal has, by seq. */
  facts(journal: number): Promise<StoredFact[]>;
  /** The same for the exceptions that were raised. */
  head(journal: number): Promise<number>;
}

/** How a process reaches the database, where that is not as usual. */
export interface Wire {
  readonly connectionString?: string;
  readonly statementTimeoutMs?: number;
}

/** A row of the journal in the words of the model. */
export type StoredFact = Fact & { readonly commandId: string; readonly recordedAt: number };

/** Makes the world with this many journals. */
export async function createLedgerDatabase(
  journals = 1,
  items: readonly WorldItem[] = ITEMS,
): Promise<LedgerDatabase> {
  const test = await createTestDatabase();
  const { admin, database, connectionString } = test;
  const world = makeWorld(items);
  await ensureJournals(database, journals);
  await insertWorld(admin, world, journals);
  const accounts = await accountIds(admin);
  return {
    ...test,
    world,
    journals,
    poster: async (options = {}, fail, wire = {}) => {
      const own = createPool({
        connectionString,
        max: 6,
        role: 'onhand_poster',
        statementTimeoutMs: 20_000,
        ...wire,
      });
      let isOpen = false;
      const choose: Chooser = (text, inBatch) => (isOpen && fail ? fail(text, inBatch) : null);
      const poster = fail ? withFailures(own, choose) : own;
      const opened = await createPoster({
        database: { ...database, poster } as Database,
        clock: systemClock,
        queueMax: 1_000_000,
        sweepMs: 0,
        ...options,
      });
      isOpen = true;
      let drained: Promise<void> | undefined;
      const drain = (): Promise<void> => {
        drained ??= opened.drain().then(() => own.end());
        return drained;
      };
      return { ...opened, drain };
    },
    journalOf: (command) => journalOf(itemOf(world, command), journals),
    facts: (journal) => readFacts(admin, journal, accounts),
    head: async (journal) => {
      const text = 'SELECT seq FROM ledger.journal_head WHERE journal = $1';
      const { rows } = await admin.query<{ seq: bigint }>(text, [journal]);
      return Number(rows[0]?.seq);
    },
  };
}

/** The item of a command's first line: that is what its journal follows from. */
function itemOf(world: World, command: Command): number {
  if (command.type === 'post') return world.positions.get(command.lines[0]!.from)?.itemId ?? 0;
  if (command.type === 'reserve') {
    return world.availability.get(command.lines[0]!.availabilityId)?.itemId ?? 0;
  }
  if (command.type === 'allocate') {
    return world.positions.get(command.lines[0]!.positionId)?.itemId ?? 0;
  }
  if (command.type === 'standard_cost') return world.pools.get(command.pools[0]!)?.itemId ?? 0;
  throw new Error(`a ${command.type} refers to a seq, so its journal must be said`);
}

async function insertRows(
  admin: pg.Pool,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  if (rows.length === 0) return;
  const text = JSON.stringify(rows, (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  const columns = Object.keys(rows[0]!).join(', ');
  await admin.query(
    `INSERT INTO ${table} (${columns})
     SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
    [text],
  );
}

/** What positions name must exist; the model knows no more of it than its number. */
async function insertReferences(admin: pg.Pool, world: World): Promise<void> {
  const positions = [...world.positions.values()];
  await admin.query(
    `INSERT INTO catalog.item (item_id, sku, name) SELECT k, 'MODEL-' || k, 'Model'
     FROM unnest($1::integer[]) AS k ON CONFLICT DO NOTHING`,
    [world.items.map(({ itemId }) => itemId)],
  );
  await admin.query(
    `INSERT INTO network.location (location_id, code, type)
     SELECT DISTINCT k, 'MODEL-' || k, 'adjustment' FROM unnest($1::integer[]) AS k
     ON CONFLICT DO NOTHING`,
    [positions.map(({ locationId }) => locationId)],
  );
  await admin.query(
    `INSERT INTO sellers.owner (owner_id, code, name)
     SELECT DISTINCT k, 'MODEL-' || k, 'Model' FROM unnest($1::integer[]) AS k
     ON CONFLICT DO NOTHING`,
    [positions.map(({ ownerId }) => ownerId)],
  );
}

async function insertWorld(admin: pg.Pool, world: World, journals: number): Promise<void> {
  await insertReferences(admin, world);
  const own = (row: { itemId: number; ownerId: number }) => ({
    journal: journalOf(row.itemId, journals),
    item_id: row.itemId,
    owner_id: row.ownerId,
  });
  const empty = { on_hand: 0, last_seq: 0 };
  const positions = [...world.positions.values()].map((row) => ({
    ...own(row),
    position_id: row.positionId,
    availability_id: row.availabilityId || null,
    cost_pool_id: row.poolId || null,
    location_id: row.locationId,
    site_id: row.siteId,
    disposition_id: row.dispositionId,
    is_real: row.isReal,
  }));
  await insertRows(admin, 'ledger.position', positions);
  const balances = positions.map(({ journal, position_id, owner_id, is_real }) => ({
    ...{ journal, position_id, owner_id, is_real, ...empty },
    allocated: 0,
  }));
  await insertRows(admin, 'ledger.balance', balances);
  const availability = [...world.availability.values()].map((row) => ({
    ...own(row),
    ...empty,
    availability_id: row.availabilityId,
    site_id: row.siteId,
    reserved: 0,
  }));
  await insertRows(admin, 'ledger.availability', availability);
  const pools = [...world.pools.values()].map((row) => ({
    ...own(row),
    cost_pool_id: row.poolId,
    cost_site_id: row.costSiteId,
    method: row.method,
    quantity_scale: row.quantityScale,
    unit_cost: row.unitCost,
    ...{ quantity: 0, value: 0, last_seq: 0 },
  }));
  await insertRows(admin, 'ledger.cost_pool', pools);
  const serials = [...world.serials.values()].map((row) => ({
    ...own(row),
    serial_id: row.serialId,
    serial: row.serial,
    last_seq: 0,
  }));
  await insertRows(admin, 'ledger.serial', serials);
}

/** The database numbers its two accounts of value itself; the model has names for them. */
async function accountIds(admin: pg.Pool): Promise<Map<number, number>> {
  const { rows } = await admin.query<{ code: string; location_id: number }>(
    "SELECT code, location_id FROM network.location WHERE code IN ('ADJ-REVALUE', 'ADJ-PPV')",
  );
  const model = { 'ADJ-REVALUE': PLACE.revalue, 'ADJ-PPV': PLACE.priceVariance };
  return new Map(
    rows.map(({ code, location_id }) => [location_id, model[code as keyof typeof model]]),
  );
}

const KIND_NAMES = Object.fromEntries(
  Object.entries(ENTRY).map(([name, kind]) => [kind, name as keyof typeof ENTRY]),
);

const FACTS = {
  movement: `SELECT seq, line, kind, quantity, value, from_position, to_position, from_after,
      to_after, from_previous, to_previous, reverses_seq, command_id, recorded_at,
      EXISTS (SELECT FROM ledger.unknown_cost u
        WHERE u.journal = m.journal AND u.seq = m.seq) AS cost_unknown
    FROM ledger.movement m WHERE journal = $1`,
  entry: `SELECT seq, line, kind, quantity, after, availability_id, position_id, reservation_seq,
      allocation_seq, expires_at, command_id, recorded_at FROM ledger.entry WHERE journal = $1`,
  value: `SELECT seq, line, amount, from_pool_id, from_location_id, to_pool_id, to_location_id,
      layer_seq, cause_seq, command_id, recorded_at FROM ledger.value_entry WHERE journal = $1`,
};

async function readFacts(
  admin: pg.Pool,
  journal: number,
  accounts: ReadonlyMap<number, number>,
): Promise<StoredFact[]> {
  // biome-ignore lint/suspicious/noExplicitAny: rows of three tables, each read by its own names.
  const rows = async (text: string) => (await admin.query<any>(text, [journal])).rows;
  const id = (value: bigint | null): number => Number(value ?? 0n);
  const place = (value: number | null): number => accounts.get(value ?? 0) ?? value ?? 0;
  const facts: StoredFact[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  const common = (row: any) => ({
    seq: id(row.seq),
    line: row.line as number,
    commandId: row.command_id as string,
    recordedAt: row.recorded_at.getTime() as number,
  });
  for (const row of await rows(FACTS.movement)) {
    facts.push({
      type: 'movement',
      ...common(row),
      kind: row.kind,
      quantity: row.quantity,
      value: row.value,
      from: id(row.from_position),
      to: id(row.to_position),
      fromAfter: row.from_after,
      toAfter: row.to_after,
      fromPrevious: id(row.from_previous),
      toPrevious: id(row.to_previous),
      reversesSeq: id(row.reverses_seq),
      ...(row.cost_unknown ? { costUnknown: true } : {}),
    });
  }
  for (const row of await rows(FACTS.entry)) {
    facts.push({
      type: 'entry',
      ...common(row),
      kind: KIND_NAMES[row.kind]!,
      quantity: row.quantity,
      after: row.after,
      availabilityId: id(row.availability_id),
      positionId: id(row.position_id),
      reservationSeq: id(row.reservation_seq),
      allocationSeq: id(row.allocation_seq),
      expiresAt: row.expires_at?.getTime() ?? null,
    });
  }
  for (const row of await rows(FACTS.value)) {
    facts.push({
      type: 'value',
      ...common(row),
      amount: row.amount,
      fromPool: id(row.from_pool_id),
      fromLocation: place(row.from_location_id),
      toPool: id(row.to_pool_id),
      toLocation: place(row.to_location_id),
      layerSeq: id(row.layer_seq),
      causeSeq: id(row.cause_seq),
    });
  }
  return facts.sort((a, b) => a.seq - b.seq);
}

/** The outcome in one word, for tests that count. */
export function said(outcome: Outcome | Error): string {
  if (outcome instanceof Error) return outcome.name;
  return outcome.status === 'committed' ? 'committed' : outcome.refusal.code;
}
