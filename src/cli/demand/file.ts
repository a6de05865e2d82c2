import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { formatDay, parseDay } from '../../network/index.ts';
import { CliError, EXIT } from '../exit.ts';

/** What a file of past demand says, whatever its form: rows of the import, and items to make. */
export interface DemandFile {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Items that the file describes; empty where it only names them. */
  readonly items: readonly { readonly sku: string; readonly name: string }[];
}

export const DEMAND_FORMATS = ['days', 'retail-weekly', 'retail-daily'] as const;
export type DemandFormat = (typeof DEMAND_FORMATS)[number];

const HEADER = ['date', 'sku', 'site', 'quantity', 'price', 'lines'];
const WEEK_DAYS = 7;
const NAME_CHARACTERS_MAX = 300;

function broken(message: string): CliError {
  return new CliError(EXIT.refused, message);
}

function cellsOf(text: string): string[][] {
  try {
    return parse(text, { bom: true, relax_column_count: true, skip_empty_lines: false });
  } catch (error) {
    if (error instanceof CsvError) throw broken(`The file is no CSV: ${error.message}`);
    throw error;
  }
}

/** The day that a header says its series begin on: `weekly_units_from_2010-11-29`. */
function firstDayOf(header: readonly string[]): number {
  const day = /from_(\d{4}-\d{2}-\d{2})/.exec(header.at(-1) ?? '')?.[1];
  if (day === undefined) {
    throw broken("The header's last column does not say from which day on, as from_2010-11-29.");
  }
  return parseDay(day);
}

function nameOf(sku: string, description: string): string {
  const plain = description.replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim();
  return plain === '' ? `Item ${sku}` : plain.slice(0, NAME_CHARACTERS_MAX);
}

/** A year of weeks an item: `sku,avg_price,description,units units ...`, weeks by their Monday. */
function fromWeeks(text: string, site: string): DemandFile {
  const [header = [], ...lines] = cellsOf(text);
  const first = firstDayOf(header);
  const items: { sku: string; name: string }[] = [];
  const rows: string[][] = [];
  for (const [sku = '', price = '', description = '', units = ''] of lines) {
    if (sku === '') continue;
    items.push({ sku, name: nameOf(sku, description) });
    for (const [week, quantity] of units.split(' ').entries()) {
      if (quantity === '' || quantity === '0') continue;
      rows.push([formatDay(first + week * WEEK_DAYS), sku, site, quantity, price, '1']);
    }
  }
  return { header: HEADER, rows, items };
}

/** Days an item: `sku,day:units:price:lines day:units:price:lines ...`, days from the first. */
function fromDays(text: string, site: string): DemandFile {
  const [header = [], ...lines] = cellsOf(text);
  const first = firstDayOf([(header.at(-1) ?? '').split(':')[0] ?? '']);
  const items: { sku: string; name: string }[] = [];
  const rows: string[][] = [];
  for (const [sku = '', days = ''] of lines) {
    if (sku === '') continue;
    items.push({ sku, name: `Item ${sku}` });
    for (const entry of days.split(' ')) {
      const [day = '', quantity = '', price = '', count = ''] = entry.split(':');
      if (day === '') continue;
      rows.push([formatDay(first + Number(day)), sku, site, quantity, price, count]);
    }
  }
  return { header: HEADER, rows, items };
}

/**
 * Reads a file of past demand.
 * @param site the site of formats that do not say one.
 * @throws CliError when it is not of the format.
 */
export function readDemandFile(text: string, format: DemandFormat, site: string): DemandFile {
  if (format === 'retail-weekly') return fromWeeks(text, site);
  if (format === 'retail-daily') return fromDays(text, site);
  const [header = [], ...rows] = cellsOf(text);
  return { header, rows, items: [] };
}

const KEY = ['date', 'sku', 'site', 'channel'];

/** A row whose day stands in an earlier row already; each part of a large file is checked alone. */
export interface RepeatedRow {
  /** As a spreadsheet counts: the header is row 1. */
  readonly row: number;
  readonly earlier: number;
  readonly key: string;
}

/** Rows that name the day of an earlier row again. */
export function repeatedRows({ header, rows }: DemandFile): RepeatedRow[] {
  const places = KEY.map((name) =>
    header.findIndex((cell) => cell.trim().toLowerCase() === name),
  ).filter((place) => place >= 0);
  const first = new Map<string, number>();
  return rows.flatMap((cells, index) => {
    const key = places.map((place) => (cells[place] ?? '').trim()).join(' / ');
    const row = index + 2;
    const earlier = first.get(key);
    if (earlier !== undefined && key !== '') return [{ row, earlier, key }];
    first.set(key, row);
    return [];
  });
}
