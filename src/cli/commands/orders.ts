import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openLedger } from '../../ledger/index.ts';
import { createSalesOrders, type SalesOrders } from '../../outbound/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { newId } from '../../platform/ids.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const ROWS_DEFAULT = 50;
const ROWS_MAX = 1_000;

/** Does a command with a ledger of its own beside the server's, and lets it finish. */
function withOrders<T>(work: (orders: SalesOrders) => Promise<T>): Promise<T> {
  return withDatabase(async (context) => {
    const ledger = await openLedger({ context });
    const orders = createSalesOrders(context, ledger);
    try {
      return await work(orders);
    } finally {
      await ledger.drain();
    }
  });
}

type Order = Awaited<ReturnType<SalesOrders['read']>>;

function orderText(order: Order): string {
  const head = [
    `Sales order ${order.number} is ${order.state}${order.onHold ? ', on hold' : ''}.`,
    `${order.channel}, priority ${order.priority}, for ${order.customer ?? order.shipTo.name}, ` +
      `${order.total} ${order.currency}, captured ${order.createdAt}.`,
  ];
  const rows = order.lines.flatMap((line) =>
    line.parts.map((part) => [
      `${line.line}.${part.part}`,
      line.item,
      part.quantity,
      part.state,
      part.site ?? '-',
      part.reservation ?? '-',
      part.fulfilmentRequest ?? '-',
      part.shipment ?? '-',
    ]),
  );
  const heads = ['LINE', 'ITEM', 'QUANTITY', 'STATE', 'SITE', 'RESERVATION', 'REQUEST', 'SHIPMENT'];
  return [...head, table([heads, ...rows])].join('\n');
}

interface ListOptions {
  readonly state?: string;
  readonly channel?: string;
  readonly customer?: string;
  readonly item?: string;
  readonly late?: boolean;
  readonly limit: number;
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const { late, ...query } = options;
  const page = await withOrders((orders) =>
    orders.list(SYSTEM, { ...query, ...(late ? { late: 'true' } : {}) }),
  );
  print(globalsOf(command), page, () => {
    if (page.items.length === 0) return 'There is no sales order like that.';
    const rows = page.items.map((order) => [
      order.number,
      order.onHold ? `${order.state} (held)` : order.state,
      order.channel,
      order.customer ?? '',
      String(order.priority),
      order.promisedAt ?? order.requestedAt ?? '',
      order.createdAt,
    ]);
    const heads = ['NUMBER', 'STATE', 'CHANNEL', 'CUSTOMER', 'PRIORITY', 'DUE', 'CAPTURED'];
    const lines = [table([heads, ...rows])];
    if (page.nextCursor !== null) lines.push(`There are more: --limit shows up to ${ROWS_MAX}.`);
    return lines.join('\n');
  });
}

async function show(number: string, _options: unknown, command: Command): Promise<void> {
  const order = await withOrders((orders) => orders.read(SYSTEM, number));
  print(globalsOf(command), order, () => orderText(order));
}

function readJson(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (error) {
    throw new CliError(EXIT.usage, `${file} cannot be read: ${(error as Error).message}`);
  }
  throw new CliError(EXIT.usage, `${file} holds no sales order: it must be one JSON object.`);
}

async function capture(file: string, options: { key?: string }, command: Command): Promise<void> {
  const body = readJson(file);
  const captured = await withOrders((orders) =>
    orders.capture(SYSTEM, options.key ?? newId(), body),
  );
  print(globalsOf(command), captured, () => {
    const held = captured.onHold ? ', on hold' : '';
    const again = captured.replayed ? ' (captured before)' : '';
    return `Sales order ${captured.number} is ${captured.state}${held}${again}.`;
  });
}

async function cancel(
  number: string,
  options: { line?: number; quantity?: string; reason?: string },
  command: Command,
): Promise<void> {
  const { line, quantity, reason } = options;
  if (line === undefined && quantity !== undefined) {
    throw new CliError(EXIT.usage, 'Say with --line which line the --quantity is of.');
  }
  const lines = line === undefined ? undefined : [{ line, quantity }];
  const order = await withOrders((orders) => orders.cancel(SYSTEM, number, { lines, reason }));
  print(globalsOf(command), order, () => orderText(order));
}

async function release(number: string, _options: unknown, command: Command): Promise<void> {
  const order = await withOrders((orders) => orders.release(SYSTEM, number));
  print(globalsOf(command), order, () => orderText(order));
}

async function ship(
  request: string,
  options: { key?: string; carrier?: string; tracking?: string },
  command: Command,
): Promise<void> {
  const { key = newId(), carrier, tracking: trackingNumber } = options;
  const shipment = await withOrders((orders) =>
    orders.ship(SYSTEM, key, request, { carrier, trackingNumber }),
  );
  print(globalsOf(command), shipment, () => {
    const movements = shipment.movements.map(({ line, id, quantity }) => [`${line}`, quantity, id]);
    const head = `Shipment ${shipment.number} of ${shipment.salesOrder} left ${shipment.site}.`;
    return [head, table([['LINE', 'QUANTITY', 'MOVEMENT'], ...movements])].join('\n');
  });
}

/** `onhand orders list|show|capture|cancel|release|ship`. */
export function registerOrders(program: Command): void {
  const orders = program.command('orders').description('sales orders, from capture to shipment');
  orders
    .command('list')
    .description('the newest first')
    .option('--state <state>', 'only in it; `unfinished`: not shipped')
    .option('--channel <code>', 'only of this channel')
    .option('--customer <code>', 'only of this customer')
    .option('--item <sku>', 'only with this item')
    .option('--late', 'only those that should have been there')
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(list);
  orders.command('show').description('one with its lines').argument('<number>').action(show);
  orders
    .command('capture')
    .description('capture one from a file of JSON, as POST /v1/sales-orders takes it')
    .argument('<file>', 'or - for standard input')
    .option('--key <key>', 'an Idempotency-Key: the same again captures nothing twice')
    .action(capture);
  orders
    .command('cancel')
    .description('cancel all that has not left, a line, or units of a line')
    .argument('<number>')
    .option('--line <line>', 'only this line', parseCount(1_000_000))
    .option('--quantity <units>', 'only so many units of the line')
    .option('--reason <text>', 'why')
    .action(cancel);
  orders
    .command('release')
    .description('ask the warehouses for what is reserved')
    .argument('<number>')
    .action(release);
  orders
    .command('ship')
    .description('ship a fulfilment request')
    .argument('<request>', 'its number, such as FR-000001')
    .option('--carrier <name>', 'who takes it')
    .option('--tracking <number>', "the carrier's number")
    .option('--key <key>', 'an Idempotency-Key: the same again ships nothing twice')
    .action(ship);
}
