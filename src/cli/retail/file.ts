import { createHash } from 'node:crypto';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { parseUnitCost } from '../../platform/money.ts';
import { DecimalError } from '../../platform/quantity.ts';
import {
  COLUMNS,
  NON_ITEM_CODES,
  type RefusalReason,
  type RefusedLine,
  type RetailLine,
  TIME_ZONE,
} from './line.ts';
import { parseWallClock, wallClockOf } from './local-time.ts';

/** A register's file taken apart: every line that holds anything is in one of the two lists. */
export interface RetailFile {
  /** SHA-256 of the file's bytes; ids of commands are made from it. */
  readonly hash: string;
  readonly header: readonly string[];
  readonly linesRead: number;
  readonly lines: readonly RetailLine[];
  readonly refused: readonly RefusedLine[];
}

/** The file is not what it should be as a whole: no header, or columns missing. */
export class RetailFileError extends Error {}

type Column = (typeof COLUMNS)[number];
type Cells = Readonly<Record<Column, string>>;

/**
 * Cells of one line. A line is a record: these columns hold no line breaks, and so a quote that
 * is never closed spoils its own line instead of the rest of the file.
 */
function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  try {
    const [cells] = parse(line, { relax_column_count: true }) as string[][];
    return cells ?? [line];
  } catch (error) {
    if (error instanceof CsvError) return [line];
    throw error;
  }
}

function readHeader(cells: readonly string[]): Map<Column, number> {
  const names = cells.map((cell) => cell.trim());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new RetailFileError(
      `The first line lacks ${missing.join(', ')}. Expected the columns ${COLUMNS.join(',')}.`,
    );
  }
  const twice = COLUMNS.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice.length > 0) throw new RetailFileError(`The first line names ${twice[0]} twice.`);
  return new Map(COLUMNS.map((column) => [column, names.indexOf(column)]));
}

interface Reader {
  readonly header: readonly string[];
  readonly places: ReadonlyMap<Column, number>;
  readonly currencyDigits: number;
  readonly toInstant: (wallMs: number) => number;
}

type Judgement = Omit<RetailLine, 'line' | 'cells'> | { reason: RefusalReason; detail: string };

function refuse(reason: RefusalReason, detail: string): Judgement {
  return { reason, detail };
}

/** Printable ASCII without spaces at the ends, as the catalog takes a SKU. */
const SKU = /^(?!id:)[!-~](?:[ -~]{0,62}[!-~])?$/;
const QUANTITY = /^-?\d{1,9}$/;

/** What is wrong with a line before its figures are looked at. */
function judgeNames(cells: Cells): Judgement | undefined {
  const { StockCode: sku, InvoiceNo: invoice } = cells;
  if (sku === '') return refuse('missing-code', 'StockCode is empty');
  if (invoice === '') return refuse('missing-invoice', 'InvoiceNo is empty');
  if (NON_ITEM_CODES.has(sku.toUpperCase())) {
    return refuse('non-item-code', `StockCode ${sku} is no item`);
  }
  if (!SKU.test(sku)) return refuse('invalid-code', `StockCode ${sku} cannot be a SKU`);
  return undefined;
}

function readPrice(text: string, currencyDigits: number): bigint | undefined {
  try {
    return parseUnitCost(text, currencyDigits);
  } catch (error) {
    if (error instanceof DecimalError) return undefined;
    throw error;
  }
}

function judge(reader: Reader, cells: Cells): Judgement {
  const { Quantity, UnitPrice, InvoiceDate, InvoiceNo: invoice, StockCode: sku } = cells;
  const wrong = judgeNames(cells);
  if (wrong) return wrong;
  if (!QUANTITY.test(Quantity)) return refuse('invalid-quantity', `Quantity is '${Quantity}'`);
  const quantity = BigInt(Quantity);
  if (quantity === 0n) return refuse('zero-quantity', 'Quantity is 0');
  const unitPrice = readPrice(UnitPrice, reader.currencyDigits);
  if (unitPrice === undefined) return refuse('invalid-price', `UnitPrice is '${UnitPrice}'`);
  if (unitPrice <= 0n) return refuse('price-not-positive', `UnitPrice is ${UnitPrice}`);
  const wallClock = parseWallClock(InvoiceDate);
  if (wallClock === undefined) return refuse('invalid-date', `InvoiceDate is '${InvoiceDate}'`);
  const isCancellation = invoice.toUpperCase().startsWith('C');
  if (isCancellation && quantity > 0n) {
    return refuse('positive-cancellation', `${invoice} takes back ${Quantity}`);
  }
  if (!isCancellation && quantity < 0n) {
    return refuse('negative-sale', `${invoice} sells ${Quantity}`);
  }
  return {
    kind: isCancellation ? 'return' : 'sale',
    invoice,
    sku,
    quantity: quantity < 0n ? -quantity : quantity,
    unitPrice,
    occurredAt: reader.toInstant(wallClock),
    customer: cells.CustomerID,
  };
}

function judgeRecord(reader: Reader, record: readonly string[]): Judgement {
  const { header, places } = reader;
  if (record.length === header.length && record.every((cell, i) => cell.trim() === header[i])) {
    return refuse('repeated-header', 'the header of another file');
  }
  if (record.length !== header.length) {
    return refuse('column-count', `${record.length} columns, the header has ${header.length}`);
  }
  const named = COLUMNS.map((column) => [column, record[places.get(column) ?? -1]?.trim() ?? '']);
  return judge(reader, Object.fromEntries(named) as Cells);
}

/**
 * Takes a register's file apart, line by line.
 * @param currencyDigits places of the house currency, in which prices are read.
 * @throws RetailFileError when the first line is no header with all columns.
 */
export function readRetailFile(content: Buffer, currencyDigits: number): RetailFile {
  const rows = content
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/);
  const first = cellsOf(rows[0] ?? '');
  const places = readHeader(first);
  const header = first.map((cell) => cell.trim());
  const reader = { header, places, currencyDigits, toInstant: wallClockOf(TIME_ZONE) };
  const lines: RetailLine[] = [];
  const refused: RefusedLine[] = [];
  for (const [index, row] of rows.entries()) {
    if (index === 0 || row.trim() === '') continue;
    const cells = cellsOf(row);
    const judgement = judgeRecord(reader, cells);
    if ('reason' in judgement) refused.push({ line: index + 1, cells, ...judgement });
    else lines.push({ line: index + 1, cells, ...judgement });
  }
  return {
    hash: createHash('sha256').update(content).digest('hex'),
    header,
    linesRead: lines.length + refused.length,
    lines,
    refused,
  };
}
