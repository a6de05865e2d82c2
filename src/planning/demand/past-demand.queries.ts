import type { Tx } from '../../platform/database.ts';
import { currencyDigits, UNIT_COST_EXTRA_DIGITS } from '../../platform/money.ts';
import { readSettings } from '../../platform/settings.ts';
import { storeColumn } from './apply.queries.ts';
import { type DayFact, packFacts, yearOf, yearStart } from './packed.ts';
import type { SeriesKey } from './types.ts';

/** A day's demand as a user's file says it, codes and decimals. */
export interface PastRow {
  readonly date: string;
  readonly sku: string;
  readonly site: string;
  readonly channel: string;
  readonly quantity: string;
  readonly price: string | null;
  readonly lines: number;
}

export type PastKey = Pick<PastRow, 'date' | 'sku' | 'site' | 'channel'>;

/** The same as it lies in the database. */
export interface StoredPastRow extends PastRow {
  readonly id: number;
  readonly version: number;
}

/** Rows a statement. */
const ROWS_MAX = 10_000;

/** From so many rows on, joins read tables once instead of looking rows up. */
const MANY = 200;

/**
 * Goes through rows in parts. A table that was empty when it was analysed last is taken for empty
 * still, and then many rows are compared with all of its rows, one by one; so many rows are joined
 * by hashing, whatever statistics say.
 */
async function inParts<Row>(
  tx: Tx,
  rows: readonly Row[],
  act: (part: readonly Row[]) => Promise<void>,
): Promise<void> {
  if (rows.length >= MANY) await tx.query('SET LOCAL enable_nestloop = off');
  for (let first = 0; first < rows.length; first += ROWS_MAX) {
    await act(rows.slice(first, first + ROWS_MAX));
  }
}

function keyColumns(keys: readonly PastKey[]): unknown[] {
  return [
    keys.map(({ date }) => date),
    keys.map(({ sku }) => sku),
    keys.map(({ site }) => site),
    keys.map(({ channel }) => channel),
  ];
}

// An item without an owner of its own is the house's.
const NAMED = `unnest($1::date[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
    AS k(date, sku, site, channel, n)
  JOIN catalog.item i ON i.sku = k.sku
  JOIN network.site s ON s.code = k.site
  CROSS JOIN (SELECT owner_id FROM sellers.owner WHERE is_house) house`;
const SAME = `d.item_id = i.item_id AND d.site_id = s.site_id
  AND d.owner_id = coalesce(i.owner_id, house.owner_id)
  AND d.day = k.date - date '1970-01-01' AND d.channel = k.channel`;

async function moneyDigits(tx: Tx): Promise<number> {
  const { currency } = await readSettings(tx);
  return currencyDigits(currency) + UNIT_COST_EXTRA_DIGITS;
}

/** Finds the rows with these keys; with `lock` nobody else changes them. */
export async function selectPastRows(
  tx: Tx,
  keys: readonly PastKey[],
  lock: boolean,
): Promise<StoredPastRow[]> {
  const digits = await moneyDigits(tx);
  const found: StoredPastRow[] = [];
  await inParts(tx, keys, async (part) => {
    const { rows } = await tx.query<StoredPastRow>(
      `SELECT d.past_demand_id AS id, d.version, to_char(k.date, 'YYYY-MM-DD') AS date, k.sku,
         k.site, k.channel,
         trim_scale(d.quantity / 10::numeric ^ i.quantity_scale)::text AS quantity,
         trim_scale(d.unit_price / 10::numeric ^ $5::integer)::text AS price, d.lines
       FROM ${NAMED} JOIN planning.past_demand d ON ${SAME}
       ORDER BY d.item_id, d.site_id, d.owner_id, d.day, d.channel
       ${lock ? 'FOR UPDATE OF d' : ''}`,
      [...keyColumns(part), digits],
    );
    found.push(...rows);
  });
  return found;
}

type Touched = SeriesKey & { readonly day: number };

const TOUCHED = `d.item_id AS "itemId", d.site_id AS "siteId", d.owner_id AS "ownerId", d.day`;

function valueColumns(rows: readonly PastRow[]): unknown[] {
  return [
    ...keyColumns(rows),
    rows.map(({ quantity }) => quantity),
    rows.map(({ price }) => price),
    rows.map(({ lines }) => lines),
  ];
}

const VALUES = `unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::numeric[],
    $6::numeric[], $7::integer[]) AS k(date, sku, site, channel, quantity, price, lines)
  JOIN catalog.item i ON i.sku = k.sku
  JOIN network.site s ON s.code = k.site
  CROSS JOIN (SELECT owner_id FROM sellers.owner WHERE is_house) house`;
const SCALED = `(k.quantity * 10::numeric ^ i.quantity_scale)::bigint,
  (k.price * 10::numeric ^ $8::integer)::bigint, k.lines`;

/** Writes new rows. */
export async function insertPastRows(tx: Tx, rows: readonly PastRow[]): Promise<void> {
  const digits = await moneyDigits(tx);
  await inParts(tx, rows, async (part) => {
    const { rows: touched } = await tx.query<Touched>(
      `INSERT INTO planning.past_demand AS d (item_id, site_id, owner_id, day, channel, quantity,
         unit_price, lines)
       SELECT i.item_id, s.site_id, coalesce(i.owner_id, house.owner_id),
         k.date - date '1970-01-01', k.channel, ${SCALED}
       FROM ${VALUES}
       RETURNING ${TOUCHED}`,
      [...valueColumns(part), digits],
    );
    await packYears(tx, touched);
  });
}

/** Writes what changed of rows that are locked. */
export async function updatePastRows(tx: Tx, rows: readonly PastRow[]): Promise<void> {
  const digits = await moneyDigits(tx);
  await inParts(tx, rows, async (part) => {
    const { rows: touched } = await tx.query<Touched>(
      `UPDATE planning.past_demand d
       SET (quantity, unit_price, lines) = (${SCALED}), version = d.version + 1
       FROM ${VALUES}
       WHERE ${SAME}
       RETURNING ${TOUCHED}`,
      [...valueColumns(part), digits],
    );
    await packYears(tx, touched);
  });
}

/** Removes rows that are locked. */
export async function deletePastRows(tx: Tx, ids: readonly number[]): Promise<void> {
  await inParts(tx, ids, async (part) => {
    const { rows: touched } = await tx.query<Touched>(
      `DELETE FROM planning.past_demand d WHERE past_demand_id = ANY($1) RETURNING ${TOUCHED}`,
      [[...part]],
    );
    await packYears(tx, touched);
  });
}

interface YearKey extends SeriesKey {
  readonly year: number;
}

function yearsOf(touched: readonly Touched[]): YearKey[] {
  const years = new Map<string, YearKey>();
  for (const { itemId, siteId, ownerId, day } of touched) {
    const year = yearOf(day);
    years.set(`${itemId} ${siteId} ${ownerId} ${year}`, { itemId, siteId, ownerId, year });
  }
  return [...years.values()].sort(
    (a, b) =>
      a.itemId - b.itemId || a.siteId - b.siteId || a.ownerId - b.ownerId || a.year - b.year,
  );
}

/**
 * Packs the years that rows belong to anew. The rows of history are made and locked before the
 * days are read, so that two imports of the same year see each other's days.
 */
async function packYears(tx: Tx, touched: readonly Touched[]): Promise<void> {
  const years = yearsOf(touched);
  const columns = [
    years.map(({ itemId }) => itemId),
    years.map(({ siteId }) => siteId),
    years.map(({ ownerId }) => ownerId),
    years.map(({ year }) => year),
  ];
  await tx.query(
    `INSERT INTO planning.demand (item_id, site_id, owner_id, year, scale)
     SELECT k.item_id, k.site_id, k.owner_id, k.year, i.quantity_scale
     FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::smallint[])
       AS k(item_id, site_id, owner_id, year)
     JOIN catalog.item i ON i.item_id = k.item_id
     ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING`,
    columns,
  );
  await tx.query(
    `SELECT FROM planning.demand d
     JOIN unnest($1::integer[], $2::integer[], $3::integer[], $4::smallint[])
       AS k(item_id, site_id, owner_id, year)
       ON d.item_id = k.item_id AND d.site_id = k.site_id AND d.owner_id = k.owner_id
       AND d.year = k.year
     ORDER BY d.item_id, d.site_id, d.owner_id, d.year FOR UPDATE OF d`,
    columns,
  );
  const facts = await readFacts(tx, years, columns);
  const packed = years.map((key, index) => ({ ...key, bytes: packFacts(facts[index] ?? []) }));
  await storeColumn(tx, 'imported', packed);
}

/** The days of each of the years, channels added up. */
async function readFacts(
  tx: Tx,
  years: readonly YearKey[],
  columns: readonly unknown[],
): Promise<DayFact[][]> {
  const { rows } = await tx.query<{ n: bigint } & DayFact>(
    `SELECT k.n, d.day - k.first_day AS "dayOfYear", sum(d.quantity)::float8 AS quantity,
       sum(d.lines)::integer AS lines,
       coalesce(round(sum(d.quantity * d.unit_price / 10::numeric ^ i.quantity_scale)
         / 10::numeric ^ $7::integer), 0)::float8 AS amount
     FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[], $5::integer[],
       $6::bigint[]) AS k(item_id, site_id, owner_id, first_day, last_day, n)
     JOIN catalog.item i ON i.item_id = k.item_id
     JOIN planning.past_demand d ON d.item_id = k.item_id AND d.site_id = k.site_id
       AND d.owner_id = k.owner_id AND d.day BETWEEN k.first_day AND k.last_day
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [
      ...columns.slice(0, 3),
      years.map(({ year }) => yearStart(year)),
      years.map(({ year }) => yearStart(year + 1) - 1),
      years.map((_, index) => index),
      UNIT_COST_EXTRA_DIGITS,
    ],
  );
  const facts: DayFact[][] = years.map(() => []);
  for (const { n, ...fact } of rows) facts[Number(n)]?.push(fact);
  return facts;
}

/** Which items and sites there are, and how finely each item is counted. */
export async function selectKnown(
  tx: Tx,
  rows: readonly Pick<PastRow, 'sku' | 'site'>[],
): Promise<{ scales: Map<string, number>; sites: Set<string> }> {
  const items = await tx.query<{ sku: string; scale: number }>(
    'SELECT sku, quantity_scale AS scale FROM catalog.item WHERE sku = ANY($1)',
    [[...new Set(rows.map(({ sku }) => sku))]],
  );
  const sites = await tx.query<{ code: string }>(
    `SELECT code FROM network.site
     WHERE code = ANY($1) AND type IN ('fulfilment_centre', 'store')`,
    [[...new Set(rows.map(({ site }) => site))]],
  );
  return {
    scales: new Map(items.rows.map(({ sku, scale }) => [sku, scale])),
    sites: new Set(sites.rows.map(({ code }) => code)),
  };
}
