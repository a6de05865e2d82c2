import type { Queryable } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import { readSettings } from '../../platform/settings.ts';
import { type DayFact, packFacts, yearOf, yearStart } from './packed.ts';
import type { PastDemand, SeriesKey } from './types.ts';

interface YearRow extends SeriesKey {
  readonly year: number;
  readonly scale: number;
  readonly bytes: Buffer | null;
}

/** One row for each year that a series touches, packed; its first and last day decide which. */
export function packYears(series: PastDemand, digits: number): YearRow[] {
  const { itemId, siteId, ownerId, scale, firstDay, quantities, prices, lines } = series;
  const unit = 10 ** scale;
  const money = 10 ** digits;
  const rows: YearRow[] = [];
  let index = 0;
  while (index < quantities.length) {
    const year = yearOf(firstDay + index);
    const start = yearStart(year);
    const end = Math.min(quantities.length, yearStart(year + 1) - firstDay);
    const facts: DayFact[] = [];
    for (; index < end; index += 1) {
      const value = quantities[index]!;
      if (!Number.isFinite(value) || value === 0) continue;
      const price = prices?.[index] ?? Number.NaN;
      facts.push({
        dayOfYear: firstDay + index - start,
        quantity: Math.round(value * unit),
        lines: lines?.[index] ?? 1,
        amount: Number.isFinite(price) ? Math.round(value * price * money) : 0,
      });
    }
    rows.push({ itemId, siteId, ownerId, year, scale, bytes: packFacts(facts) });
  }
  return rows;
}

const ROWS_MAX = 2000;

async function store(db: Queryable, rows: readonly YearRow[]): Promise<void> {
  await db.query(
    `INSERT INTO planning.demand (item_id, site_id, owner_id, year, scale, imported)
     SELECT * FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::smallint[],
       $5::smallint[], $6::bytea[])
     ON CONFLICT (item_id, site_id, owner_id, year) DO UPDATE SET imported = excluded.imported`,
    [
      rows.map(({ itemId }) => itemId),
      rows.map(({ siteId }) => siteId),
      rows.map(({ ownerId }) => ownerId),
      rows.map(({ year }) => year),
      rows.map(({ scale }) => scale),
      rows.map(({ bytes }) => bytes),
    ],
  );
}

/**
 * Stores past demand that did not come through this system, in bulk: what was stored so before
 * of the same years of the same series is replaced. Give the series in order of item and site:
 * they are read fastest in the order in which they were written; each series once. `db` is a
 * transaction of the writer or poster.
 * @throws Error where a day's sum exceeds 2^52 at the item's scale.
 */
export async function writeDemand(db: Queryable, series: readonly PastDemand[]): Promise<void> {
  const { currency } = await readSettings(db);
  const digits = currencyDigits(currency);
  let rows: YearRow[] = [];
  for (const one of series) {
    rows.push(...packYears(one, digits));
    if (rows.length < ROWS_MAX) continue;
    await store(db, rows);
    rows = [];
  }
  if (rows.length > 0) await store(db, rows);
}
