import type pg from 'pg';
import { expect } from 'vitest';
import type { Caller, TestAnswer } from './api.ts';

/**
 * The movements of a ledger as tests recompute figures from them, read without the ledger's own
 * code.
 */
export interface Fact {
  id: string;
  item: string;
  scale: number;
  quantity: bigint;
  occurred: number;
  recorded: number;
  kind: string;
  owner: string;
  document: string | null;
  serials: string[];
  from: Side;
  to: Side;
}

export interface Side {
  location: string;
  site: string;
  lot: string;
  disposition: string;
  real: boolean;
  virtual: boolean;
}

/** All movements, newest first. */
export async function readFacts(admin: pg.Pool): Promise<Fact[]> {
  const side = (p: string, l: string, s: string, lot: string, d: string) =>
    `json_build_object('location', ${l}.code, 'site', coalesce(${s}.code, ''), 'lot',
      coalesce(${lot}.code, ''), 'disposition', ${d}.code, 'real', ${p}.is_real,
      'virtual', ${l}.is_virtual)`;
  const joins = (n: number, column: string) => `
    JOIN ledger.position p${n} ON p${n}.journal = m.journal AND p${n}.position_id = m.${column}
    JOIN network.location l${n} ON l${n}.location_id = p${n}.location_id
    LEFT JOIN network.site s${n} ON s${n}.site_id = l${n}.site_id
    LEFT JOIN ledger.lot t${n} ON t${n}.journal = m.journal AND t${n}.lot_id = p${n}.lot_id
    JOIN ledger.disposition d${n} ON d${n}.disposition_id = p${n}.disposition_id`;
  const { rows } = await admin.query(`
    SELECT m.journal || '-' || m.seq AS id, i.sku AS item, i.quantity_scale AS scale, m.quantity,
      m.occurred_at, m.recorded_at, k.code AS kind, o.code AS owner,
      doc.type || ':' || doc.number AS document,
      ARRAY(SELECT x.serial FROM ledger.movement_serial ms
        JOIN ledger.serial x USING (journal, serial_id)
        WHERE ms.journal = m.journal AND ms.seq = m.seq) AS serials,
      ${side('p1', 'l1', 's1', 't1', 'd1')} AS "from", ${side('p2', 'l2', 's2', 't2', 'd2')} AS "to"
    FROM ledger.movement m
    JOIN catalog.item i ON i.item_id = m.item_id
    JOIN sellers.owner o ON o.owner_id = m.owner_id
    JOIN ledger.movement_kind k ON k.movement_kind_id = m.kind
    LEFT JOIN ledger.document doc ON doc.document_id = m.document_id
    ${joins(1, 'from_position')} ${joins(2, 'to_position')}
    ORDER BY m.recorded_at DESC, m.journal DESC, m.seq DESC`);
  return rows.map((row) => ({
    ...row,
    occurred: row.occurred_at.getTime(),
    recorded: row.recorded_at.getTime(),
  }));
}

/** Integer text at a scale as the API writes it. */
export function written(units: bigint, scale: number): string {
  if (scale === 0) return String(units);
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

export interface PlaceFilter {
  item?: string | undefined;
  site?: string | undefined;
  location?: string | undefined;
  lot?: string | undefined;
  owner?: string | undefined;
  disposition?: string | undefined;
}

export function matches(fact: Fact, side: Side, filter: PlaceFilter): boolean {
  if (filter.item !== undefined && fact.item !== filter.item) return false;
  if (filter.owner !== undefined && fact.owner !== filter.owner) return false;
  return (['site', 'location', 'lot', 'disposition'] as const).every(
    (name) => filter[name] === undefined || side[name] === filter[name],
  );
}

export function onHand(side: Side, filter: PlaceFilter): boolean {
  return filter.location !== undefined || (side.real && !side.virtual);
}

export function queryOf(values: object): string {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(entries as [string, string][]).toString();
}

/** A row of any list. */
export type Row = TestAnswer['body'];

/** Every page of a list. */
export async function allPages(call: Caller, path: string, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { status, body, text } = await call(`GET /v1${path}&limit=${limit}${more}`);
    if (status !== 200) throw new Error(`${path}: ${text}`);
    expect(body.items.length).toBeLessThanOrEqual(limit);
    rows.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return rows;
}
