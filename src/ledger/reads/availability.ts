import { type Database, type OwnerScope, readAs, type Tx } from '../../platform/database.ts';
import { encodeIntegers } from '../posting/encode.ts';
import { journalOf } from '../posting/poster.ts';
import { createCoalescer } from './coalesce.ts';
import { arraysOf, decodeBigints, decodeIntegers } from './columns.ts';

/** What can be promised of one item at one site, at the item's scale. */
export interface Availability {
  readonly onHand: bigint;
  readonly reserved: bigint;
  /** On hand less reserved; negative where promised stock is gone. */
  readonly available: bigint;
}

/** Reads availability in process; trusted callers only, since it names the owner itself. */
export interface AvailabilityReader {
  get(itemId: number, siteId: number, ownerId: number): Promise<Availability>;
}

interface Key {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly identity: number | string;
}

const [SITES_OF_NUMBERS, OWNERS_OF_NUMBERS] = [2 ** 11, 2 ** 10];

/** A number where it fits (a map finds it several times faster than a text), else a text. */
function identityOf(itemId: number, siteId: number, ownerId: number): number | string {
  return siteId < SITES_OF_NUMBERS && ownerId < OWNERS_OF_NUMBERS
    ? (itemId * SITES_OF_NUMBERS + siteId) * OWNERS_OF_NUMBERS + ownerId
    : `${itemId}:${siteId}:${ownerId}`;
}

/** The row of a key: it never changes, so it is looked up once. */
interface RowId {
  readonly journal: number;
  readonly availabilityId: number;
}

const BATCH_MAX = 4_000;
const PARALLEL_MAX = 2;
const IDS_MAX = 500_000;
const NONE: Availability = { onHand: 0n, reserved: 0n, available: 0n };

/**
 * Makes a reader. Many callers in one tick share one query, and each distinct key in it is one
 * primary-key lookup; the ids of the rows are remembered.
 */
export function createAvailabilityReader(database: Database): AvailabilityReader {
  const ids = new Map<number | string, RowId>();
  let journals = 0;
  const resolve = async (keys: readonly Key[]): Promise<void> => {
    const missing = keys.filter((key) => !ids.has(key.identity));
    if (missing.length === 0) return;
    if (journals === 0) journals = await countJournals(database);
    if (ids.size + missing.length > IDS_MAX) ids.clear();
    for (const [identity, id] of await selectIds(database, missing, journals)) {
      ids.set(identity, id);
    }
  };
  const coalescer = createCoalescer<Key, Availability>({
    identityOf: (key) => key.identity,
    batchMax: BATCH_MAX,
    parallelMax: PARALLEL_MAX,
    readMany: async (keys) => {
      await resolve(keys);
      return selectAvailability(
        database,
        keys.map((key) => ids.get(key.identity)),
      );
    },
  });
  return {
    get: (itemId, siteId, ownerId) =>
      coalescer.get({ itemId, siteId, ownerId, identity: identityOf(itemId, siteId, ownerId) }),
  };
}

async function countJournals(database: Database): Promise<number> {
  return readAs(database, 'house', async (tx) => {
    const { rows } = await tx.query<{ count: bigint }>(
      'SELECT count(*) AS count FROM ledger.journal_head',
    );
    return Number(rows[0]?.count ?? 0);
  });
}

async function selectIds(
  database: Database,
  keys: readonly Key[],
  journals: number,
): Promise<Map<number | string, RowId>> {
  const { rows } = await readAs(database, 'house', (tx) =>
    tx.query<{ n: bigint; journal: number; id: bigint }>(
      `SELECT k.n, a.journal, a.availability_id AS id
       FROM ROWS FROM (unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[]))
         WITH ORDINALITY AS k(journal, item_id, site_id, owner_id, n)
       JOIN ledger.availability a ON a.journal = k.journal AND a.item_id = k.item_id
         AND a.site_id = k.site_id AND a.owner_id = k.owner_id`,
      [
        keys.map((key) => journalOf(key.itemId, Math.max(1, journals))),
        keys.map((key) => key.itemId),
        keys.map((key) => key.siteId),
        keys.map((key) => key.ownerId),
      ],
    ),
  );
  return new Map(
    rows.map((row) => [
      keys[Number(row.n) - 1]!.identity,
      { journal: row.journal, availabilityId: Number(row.id) },
    ]),
  );
}

/** Places in the answer of the rows of one journal, by row id. */
type Places = Map<number, number>;

/** Figures in the order of the rows; nothing was ever there where there is no row. */
async function selectAvailability(
  database: Database,
  ids: readonly (RowId | undefined)[],
): Promise<Availability[]> {
  const byJournal = new Map<number, Places>();
  for (let i = 0; i < ids.length; i += 1) {
    const id = ids[i];
    if (!id) continue;
    const places = byJournal.get(id.journal) ?? new Map<number, number>();
    if (places.size === 0) byJournal.set(id.journal, places);
    places.set(id.availabilityId, i);
  }
  const answers = new Array<Availability>(ids.length).fill(NONE);
  if (byJournal.size === 0) return answers;
  await readAs(database, 'house', async (tx) => {
    for (const [journal, places] of byJournal) await fill(tx, journal, places, answers);
  });
  return answers;
}

/**
 * One journal a statement: comparing the leading key with a constant and the other with an array
 * lets the planner walk the primary key, which a join with the wanted ids does not.
 */
async function fill(
  tx: Tx,
  journal: number,
  places: Places,
  answers: Availability[],
): Promise<void> {
  const query = {
    name: 'ledger-read-availability',
    text: arraysOf(
      ['availability_id', 'on_hand', 'reserved'],
      `SELECT availability_id, on_hand, reserved FROM ledger.availability
       WHERE journal = $1 AND availability_id = ANY($2::bigint[])`,
    ),
    values: [journal, encodeIntegers([...places.keys()])],
    rowMode: 'array',
  };
  const { rows } = await tx.query(query as unknown as string);
  const [ids, onHands, reserveds] = rows[0] as unknown as (Buffer | null)[];
  const rowIds = decodeIntegers(ids ?? null);
  const onHand = decodeBigints(onHands ?? null);
  const reserved = decodeBigints(reserveds ?? null);
  for (let i = 0; i < rowIds.length; i += 1) {
    answers[places.get(rowIds[i]!)!] = {
      onHand: onHand[i]!,
      reserved: reserved[i]!,
      available: onHand[i]! - reserved[i]!,
    };
  }
}

/** Availability of one item wherever the scope sees it, with the codes it is shown by. */
export interface ItemAvailability {
  readonly quantityScale: number;
  readonly rows: readonly (Availability & { readonly site: string; readonly owner: string })[];
}

const SKUS_MAX = 5_000;

/**
 * Makes a reader by SKU for the doors, coalesced for each scope; undefined for an item that is not
 * there or not the caller's.
 */
export function createItemAvailabilityReader(
  database: Database,
): (scope: OwnerScope, sku: string) => Promise<ItemAvailability | undefined> {
  const byScope = createCoalescer<{ scope: OwnerScope; sku: string }, ItemAvailability | undefined>(
    {
      identityOf: ({ scope, sku }) => `${scope} ${sku}`,
      batchMax: SKUS_MAX,
      parallelMax: PARALLEL_MAX,
      readMany: async (keys) => {
        const scopes = [...new Set(keys.map((key) => key.scope))];
        const found = new Map<string, ItemAvailability>();
        for (const scope of scopes) {
          const skus = keys.filter((key) => key.scope === scope).map((key) => key.sku);
          for (const [sku, row] of await selectItems(database, scope, skus)) {
            found.set(`${scope} ${sku}`, row);
          }
        }
        return keys.map(({ scope, sku }) => found.get(`${scope} ${sku}`));
      },
    },
  );
  return (scope, sku) => byScope.get({ scope, sku });
}

interface ItemRow {
  sku: string;
  scale: number;
  site: string | null;
  owner: string;
  on_hand: bigint;
  reserved: bigint;
}

async function selectItems(
  database: Database,
  scope: OwnerScope,
  skus: readonly string[],
): Promise<Map<string, ItemAvailability>> {
  const { rows } = await readAs(database, scope, async (tx) => {
    const items = await tx.query<{ item_id: number }>(
      'SELECT item_id FROM catalog.item WHERE sku = ANY($1)',
      [skus],
    );
    const heads = await tx.query<{ count: bigint }>(
      'SELECT count(*) AS count FROM ledger.journal_head',
    );
    const journals = Math.max(1, Number(heads.rows[0]?.count ?? 0));
    const itemIds = items.rows.map((row) => row.item_id);
    return tx.query<ItemRow>(
      `SELECT i.sku, i.quantity_scale AS scale, s.code AS site, o.code AS owner, a.on_hand,
         a.reserved
       FROM unnest($1::integer[], $2::integer[]) AS k(journal, item_id)
       JOIN catalog.item i ON i.item_id = k.item_id
       LEFT JOIN (ledger.availability a
         JOIN network.site s ON s.site_id = a.site_id
         JOIN sellers.owner o ON o.owner_id = a.owner_id)
         ON a.journal = k.journal AND a.item_id = k.item_id
       ORDER BY i.sku, s.code, o.code`,
      [itemIds.map((id) => journalOf(id, journals)), itemIds],
    );
  });
  const found = new Map<string, ItemAvailability>();
  for (const row of rows) {
    const item = found.get(row.sku) ?? { quantityScale: row.scale, rows: [] };
    if (!found.has(row.sku)) found.set(row.sku, item);
    if (row.site === null) continue;
    const { site, owner, on_hand: onHand, reserved } = row;
    (item.rows as ItemAvailability['rows'][number][]).push({
      site,
      owner,
      onHand,
      reserved,
      available: onHand - reserved,
    });
  }
  return found;
}
