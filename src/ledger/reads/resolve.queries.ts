import type { Tx } from '../../platform/database.ts';
import { invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { journalOf } from '../posting/poster.ts';
import { DISPOSITIONS, type Disposition } from '../service/vocabulary.ts';
import type { PositionFilter } from './filter.ts';

/** An item as reads show it. */
export interface ShownItem {
  readonly itemId: number;
  readonly sku: string;
  readonly quantityScale: number;
  readonly baseUnit: string;
}

/** Codes as they stand in a query string. */
export interface CodeFilter {
  readonly item?: string | undefined;
  readonly site?: string | undefined;
  readonly location?: string | undefined;
  readonly lot?: string | undefined;
  readonly owner?: string | undefined;
  readonly disposition?: Disposition | undefined;
  readonly lpn?: string | undefined;
}

export interface ResolvedFilter {
  readonly filter: PositionFilter;
  readonly item: ShownItem | undefined;
}

function missing(what: string, code: string): Problem {
  return new Problem(notFound, `There is no ${what} ${code}.`);
}

/** How many journals the ledger has; fixed when the database was made. */
export async function journalCount(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: bigint }>(
    'SELECT count(*) AS count FROM ledger.journal_head',
  );
  return Number(rows[0]?.count ?? 0);
}

/** The journal that an item's facts are in. */
async function journalOfItem(tx: Tx, itemId: number): Promise<number> {
  return journalOf(itemId, Math.max(1, await journalCount(tx)));
}

/** @throws Problem not-found where there is none, or the caller may not see it. */
export async function findItem(tx: Tx, sku: string): Promise<ShownItem> {
  const { rows } = await tx.query<ShownItem>(
    `SELECT item_id AS "itemId", sku, quantity_scale AS "quantityScale", base_unit AS "baseUnit"
     FROM catalog.item WHERE sku = $1`,
    [sku],
  );
  const [item] = rows;
  if (!item) throw missing('item', sku);
  return item;
}

async function findId(tx: Tx, what: string, text: string, code: string): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(text, [code]);
  const [row] = rows;
  if (!row) throw missing(what, code);
  return row.id;
}

function findSite(tx: Tx, code: string): Promise<number> {
  return findId(tx, 'site', 'SELECT site_id AS id FROM network.site WHERE code = $1', code);
}

/** @throws Problem not-found naming the first code that is no site. */
export async function checkSites(tx: Tx, codes: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ code: string }>(
    'SELECT code FROM network.site WHERE code = ANY($1)',
    [codes],
  );
  const known = new Set(rows.map((row) => row.code));
  const unknown = codes.find((code) => !known.has(code));
  if (unknown !== undefined) throw missing('site', unknown);
}

export function findLocation(tx: Tx, code: string): Promise<number> {
  const text = 'SELECT location_id AS id FROM network.location WHERE code = $1';
  return findId(tx, 'location', text, code);
}

export function findOwner(tx: Tx, code: string): Promise<number> {
  return findId(tx, 'owner', 'SELECT owner_id AS id FROM sellers.owner WHERE code = $1', code);
}

function findHandlingUnit(tx: Tx, lpn: string): Promise<number> {
  const text = 'SELECT handling_unit_id AS id FROM ledger.handling_unit WHERE lpn = $1';
  return findId(tx, 'handling unit', text, lpn);
}

/** Lots with this code; only those that the caller has, or had, units of. */
async function findLots(tx: Tx, code: string, itemId: number | undefined): Promise<bigint[]> {
  const { rows } = await tx.query<{ lot_id: bigint }>(
    `SELECT lot.lot_id FROM ledger.lot lot
     WHERE lot.code = $1 AND ($2::integer IS NULL OR lot.item_id = $2)
       AND EXISTS (SELECT FROM ledger.position p WHERE p.lot_id = lot.lot_id)`,
    [code, itemId ?? null],
  );
  if (rows.length === 0) throw missing('lot', code);
  return rows.map((row) => row.lot_id);
}

async function itemFilter(tx: Tx, { itemId }: ShownItem): Promise<PositionFilter> {
  return { itemId, journal: await journalOfItem(tx, itemId) };
}

/** Codes to ids. @throws Problem not-found for a code that the caller cannot see. */
export async function resolveFilter(tx: Tx, codes: CodeFilter): Promise<ResolvedFilter> {
  const item = codes.item === undefined ? undefined : await findItem(tx, codes.item);
  const { site, location, lot, owner, lpn, disposition } = codes;
  const filter: PositionFilter = {
    ...(item === undefined ? {} : await itemFilter(tx, item)),
    ...(site === undefined ? {} : { siteId: await findSite(tx, site) }),
    ...(location === undefined ? {} : { locationId: await findLocation(tx, location) }),
    ...(lot === undefined ? {} : { lotIds: await findLots(tx, lot, item?.itemId) }),
    ...(owner === undefined ? {} : { ownerId: await findOwner(tx, owner) }),
    ...(lpn === undefined ? {} : { handlingUnitId: await findHandlingUnit(tx, lpn) }),
    ...(disposition === undefined ? {} : { dispositionId: DISPOSITIONS[disposition] }),
  };
  return { filter, item };
}

/** `type:number` as it stands in a query string. @throws Problem invalid-request */
function parseDocument(text: string): { type: string; number: string } {
  const at = text.indexOf(':');
  if (at > 0 && at < text.length - 1) {
    return { type: text.slice(0, at), number: text.slice(at + 1) };
  }
  throw new Problem(invalidRequest, 'The document is not written as type:number.', {
    errors: [
      {
        path: 'query.document',
        message: 'is not a document reference',
        expected: 'type:number',
        found: text,
      },
    ],
  });
}

/** The interned id of a document, or null: a document is only what movements say of it. */
export async function findDocument(tx: Tx, text: string): Promise<bigint | null> {
  const { type, number } = parseDocument(text);
  const { rows } = await tx.query<{ document_id: bigint }>(
    'SELECT document_id FROM ledger.document WHERE type = $1 AND number = $2',
    [type, number],
  );
  return rows[0]?.document_id ?? null;
}

/** Serials with this text, of one item or of any that the caller sees. */
export async function findSerials(
  tx: Tx,
  serial: string,
  itemId: number | undefined,
): Promise<{ journal: number; serialId: bigint }[]> {
  const { rows } = await tx.query<{ journal: number; serialId: bigint }>(
    `SELECT journal, serial_id AS "serialId" FROM ledger.serial
     WHERE serial = $1 AND ($2::integer IS NULL OR item_id = $2)`,
    [serial, itemId ?? null],
  );
  return rows;
}
