import type { Database } from '../../platform/database.ts';

/** A lot that a command names. Dates are ISO days. */
export interface LotSpec {
  readonly journal: number;
  readonly itemId: number;
  readonly code: string;
  readonly expiresOn: string | null;
  readonly manufacturedOn: string | null;
}

export interface LotRow {
  readonly lotId: number;
  readonly expiresOn: string | null;
}

/** The key of a lot in memory. */
export function lotKey(itemId: number, code: string): string {
  return `${itemId}|${code}`;
}

const LOT_KEYS = 'unnest($1::integer[], $2::integer[], $3::text[])';

/** The lots that exist, by {@link lotKey}. */
export async function selectLots(
  database: Database,
  specs: readonly LotSpec[],
): Promise<Map<string, LotRow>> {
  const { rows } = await database.poster.query<{
    lot_id: bigint;
    item_id: number;
    code: string;
    expires_on: string | null;
  }>(
    `SELECT l.lot_id, l.item_id, l.code, l.expires_on::text
     FROM ${LOT_KEYS} AS k(journal, item_id, code)
     JOIN ledger.lot l ON l.journal = k.journal AND l.item_id = k.item_id AND l.code = k.code`,
    [
      specs.map((spec) => spec.journal),
      specs.map((spec) => spec.itemId),
      specs.map((spec) => spec.code),
    ],
  );
  return new Map(
    rows.map((row) => [
      lotKey(row.item_id, row.code),
      { lotId: Number(row.lot_id), expiresOn: row.expires_on },
    ]),
  );
}

/** Makes lots that do not exist yet; an existing one keeps its dates. */
export async function insertLots(
  database: Database,
  specs: readonly LotSpec[],
  now: Date,
): Promise<void> {
  await database.poster.query(
    `INSERT INTO ledger.lot (journal, item_id, code, expires_on, manufactured_on, created_at)
     SELECT DISTINCT ON (1, 2, 3) k.journal, k.item_id, k.code, k.expires_on::date,
       k.manufactured_on::date, $6::timestamptz
     FROM unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::text[])
       AS k(journal, item_id, code, expires_on, manufactured_on)
     ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
    [
      specs.map((spec) => spec.journal),
      specs.map((spec) => spec.itemId),
      specs.map((spec) => spec.code),
      specs.map((spec) => spec.expiresOn),
      specs.map((spec) => spec.manufacturedOn),
      now,
    ],
  );
}

/** The key of a document reference in memory. */
export function documentKey(document: { type: string; number: string }): string {
  return `${document.type}\u0000${document.number}`;
}

/** Finds or makes the numbers of document references, by {@link documentKey}. */
export async function ensureDocuments(
  database: Database,
  documents: readonly { type: string; number: string }[],
): Promise<Map<string, number>> {
  const values = [documents.map((row) => row.type), documents.map((row) => row.number)];
  await database.poster.query(
    `INSERT INTO ledger.document (type, number)
     SELECT DISTINCT k.* FROM unnest($1::text[], $2::text[]) AS k(type, number)
     WHERE NOT EXISTS (SELECT FROM ledger.document d WHERE d.type = k.type AND d.number = k.number)
     ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    values,
  );
  const { rows } = await database.poster.query<{
    document_id: bigint;
    type: string;
    number: string;
  }>(
    `SELECT d.document_id, d.type, d.number FROM unnest($1::text[], $2::text[]) AS k(type, number)
     JOIN ledger.document d ON d.type = k.type AND d.number = k.number`,
    values,
  );
  return new Map(rows.map((row) => [documentKey(row), Number(row.document_id)]));
}

/** Finds or makes the numbers of device codes. */
export async function ensureDevices(
  database: Database,
  codes: readonly string[],
): Promise<Map<string, number>> {
  await database.poster.query(
    `INSERT INTO ledger.device (code) SELECT DISTINCT k.code FROM unnest($1::text[]) AS k(code)
     ORDER BY 1 ON CONFLICT DO NOTHING`,
    [codes],
  );
  const { rows } = await database.poster.query<{ device_id: number; code: string }>(
    'SELECT device_id, code FROM ledger.device WHERE code = ANY($1)',
    [codes],
  );
  return new Map(rows.map((row) => [row.code, row.device_id]));
}

/** A serial that a command names. */
export interface SerialSpec {
  readonly journal: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly serial: string;
}

/** The key of a serial in memory. */
export function serialKey(itemId: number, serial: string): string {
  return `${itemId}|${serial}`;
}

/** Finds serials, and makes the ones that are new, by {@link serialKey}. */
export async function ensureSerials(
  database: Database,
  specs: readonly SerialSpec[],
): Promise<Map<string, number>> {
  const values = [
    specs.map((spec) => spec.journal),
    specs.map((spec) => spec.itemId),
    specs.map((spec) => spec.serial),
    specs.map((spec) => spec.ownerId),
  ];
  await database.poster.query(
    `INSERT INTO ledger.serial (journal, item_id, serial, owner_id)
     SELECT DISTINCT ON (1, 2, 3) k.*
     FROM unnest($1::integer[], $2::integer[], $3::text[], $4::integer[])
       AS k(journal, item_id, serial, owner_id)
     ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
    values,
  );
  const { rows } = await database.poster.query<{
    serial_id: bigint;
    item_id: number;
    serial: string;
  }>(
    `SELECT s.serial_id, s.item_id, s.serial
     FROM unnest($1::integer[], $2::integer[], $3::text[]) AS k(journal, item_id, serial)
     JOIN ledger.serial s ON s.journal = k.journal AND s.item_id = k.item_id
       AND s.serial = k.serial`,
    values.slice(0, 3),
  );
  return new Map(rows.map((row) => [serialKey(row.item_id, row.serial), Number(row.serial_id)]));
}

/** An open handling unit and where it stands. */
export interface HandlingUnitRow {
  readonly handlingUnitId: number;
  readonly lpn: string;
  readonly locationId: number;
  readonly ownerId: number;
  readonly status: string;
}

/** The handling units with these LPNs. */
export async function selectHandlingUnits(
  database: Database,
  lpns: readonly string[],
): Promise<Map<string, HandlingUnitRow>> {
  const { rows } = await database.poster.query<HandlingUnitRow>(
    `SELECT handling_unit_id AS "handlingUnitId", lpn, location_id AS "locationId",
       owner_id AS "ownerId", status
     FROM ledger.handling_unit WHERE lpn = ANY($1)`,
    [lpns],
  );
  return new Map(rows.map((row) => [row.lpn, row]));
}
