/**
 * What the import of a shop's register must come to, worked out a second time: from the CSV with a
 * parser and arithmetic of its own. Nothing here may import from src.
 */

export interface Expected {
  readonly linesRead: number;
  readonly refusedLines: readonly number[];
  readonly opening: { readonly items: number; readonly units: bigint; readonly cost: bigint };
  readonly sales: Flow;
  readonly returns: Flow & { readonly ofSale: number };
  readonly closing: { readonly units: bigint; readonly cost: bigint };
}

/** Money in cents. */
interface Flow {
  readonly lines: number;
  readonly units: bigint;
  readonly cost: bigint;
  readonly price: bigint;
}

interface Row {
  readonly line: number;
  readonly sku: string;
  readonly isReturn: boolean;
  readonly units: bigint;
  readonly cents: bigint;
  readonly time: string;
  readonly customer: string;
}

/** What the shop sells: five digits, perhaps letters, and the codes of its party bags. */
const ITEM = /^(\d{5}[A-Z]*|DCGS[A-Z0-9]+)$/;

function toCents(price: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(price);
  if (!match) return undefined;
  const [, sign, whole, fraction = ''] = match;
  const cents = BigInt(`${whole}${fraction.padEnd(2, '0')}`);
  return sign ? -cents : cents;
}

function toRow(line: number, cells: readonly string[]): Row | undefined {
  const [invoice = '', sku = '', quantity = '', time = '', price = '', customer = ''] = cells;
  if (cells.length !== 7 || invoice === '' || !ITEM.test(sku)) return undefined;
  if (!/^-?[1-9]\d*$/.test(quantity) || !/^\d{4}(-\d\d){2} \d\d(:\d\d){2}$/.test(time)) {
    return undefined;
  }
  const cents = toCents(price);
  const isReturn = invoice.startsWith('C');
  if (cents === undefined || cents <= 0n || isReturn !== quantity.startsWith('-')) return undefined;
  const units = BigInt(quantity.replace('-', ''));
  return { line, sku, isReturn, units, cents, time, customer };
}

/** Nearest whole number of a / b; of two equally near the even one. */
function nearest(a: bigint, b: bigint): bigint {
  const down = a / b;
  const rest = 2n * (a - down * b);
  if (rest > b || (rest === b && down % 2n === 1n)) return down + 1n;
  return down;
}

interface ItemResult {
  readonly openingUnits: bigint;
  readonly openingCost: bigint;
  readonly salesCost: bigint;
  readonly returnsCost: bigint;
  readonly ofSale: number;
  readonly units: bigint;
  readonly cost: bigint;
}

function openingOf(rows: readonly Row[]): bigint {
  let needed = 0n;
  let sold = 0n;
  for (const { isReturn, units } of rows) {
    sold += isReturn ? -units : units;
    if (sold > needed) needed = sold;
  }
  return needed;
}

/** One item through its register, at moving average; opening stock at half the median price. */
function runItem(rows: readonly Row[]): ItemResult {
  const prices = rows.map(({ cents }) => cents).sort((a, b) => Number(a - b));
  const median = prices[Math.ceil(prices.length / 2) - 1] ?? 0n;
  const openingUnits = openingOf(rows);
  const openingCost = nearest(openingUnits * median, 2n);
  let [units, cost] = [openingUnits, openingCost];
  let [salesCost, returnsCost, ofSale] = [0n, 0n, 0];
  // In hundredths of a cent for a unit; what the last unit to leave an emptied pool cost.
  let lastCost = 0n;
  const sales = new Map<string, { units: bigint; cost: bigint }>();
  for (const row of rows) {
    if (!row.isReturn) {
      const leaves = row.units === units ? cost : nearest(cost * row.units, units);
      units -= row.units;
      cost -= leaves;
      salesCost += leaves;
      if (units === 0n) lastCost = nearest(leaves * 10_000n, row.units);
      if (row.customer) sales.set(row.customer, { units: row.units, cost: leaves });
      continue;
    }
    const last = sales.get(row.customer);
    // What has not come back of it yet, in units and in money.
    const sale = last && last.units >= row.units ? last : undefined;
    let comes: bigint;
    if (sale) {
      comes = nearest(sale.cost * row.units, sale.units);
      sale.units -= row.units;
      sale.cost -= comes;
    } else if (openingUnits === 0n) comes = nearest(median * row.units, 2n);
    else if (units === 0n) comes = nearest(lastCost * row.units, 10_000n);
    else comes = nearest(cost * row.units, units);
    units += row.units;
    cost += comes;
    returnsCost += comes;
    if (sale) ofSale += 1;
  }
  return { openingUnits, openingCost, salesCost, returnsCost, ofSale, units, cost };
}

function sum<T>(values: readonly T[], of: (value: T) => bigint): bigint {
  return values.reduce((total, value) => total + of(value), 0n);
}

function flowOf(rows: readonly Row[], cost: bigint): Flow {
  return {
    lines: rows.length,
    units: sum(rows, ({ units }) => units),
    cost,
    price: sum(rows, ({ units, cents }) => units * cents),
  };
}

/** Recomputes an import of `text` into an empty ledger at a cost share of one half. */
export function expectRetail(text: string): Expected {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const rows: Row[] = [];
  const refusedLines: number[] = [];
  for (let i = 1; i < lines.length; i += 1) {
    if (lines[i] === '') continue;
    const row = toRow(i + 1, (lines[i] ?? '').split(','));
    if (row) rows.push(row);
    else refusedLines.push(i + 1);
  }
  const bySku = new Map<string, Row[]>();
  for (const row of rows.sort((a, b) => a.time.localeCompare(b.time) || a.line - b.line)) {
    bySku.set(row.sku, [...(bySku.get(row.sku) ?? []), row]);
  }
  const items = [...bySku.values()].map(runItem);
  const total = (of: (item: ItemResult) => bigint) => sum(items, of);
  const isReturn = (row: Row) => row.isReturn;
  return {
    linesRead: rows.length + refusedLines.length,
    refusedLines,
    opening: {
      items: items.filter(({ openingUnits }) => openingUnits > 0n).length,
      units: total(({ openingUnits }) => openingUnits),
      cost: total(({ openingCost }) => openingCost),
    },
    sales: flowOf(
      rows.filter((row) => !isReturn(row)),
      total(({ salesCost }) => salesCost),
    ),
    returns: {
      ...flowOf(
        rows.filter(isReturn),
        total(({ returnsCost }) => returnsCost),
      ),
      ofSale: items.reduce((count, item) => count + item.ofSale, 0),
    },
    closing: { units: total(({ units }) => units), cost: total(({ cost }) => cost) },
  };
}
