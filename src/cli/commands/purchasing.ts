import { type Command, Option } from 'commander';
import {
  approveSupplierInvoice,
  DISCREPANCY_CODES,
  type DiscrepancyCode,
  type GrniRow,
  listPurchaseOrders,
  movePurchaseOrder,
  PURCHASE_ORDER_STATES,
  type PurchaseOrderHead,
  type PurchaseOrderVerb,
  readBottlenecks,
  readGrni,
  readPurchaseOrder,
  readScorecard,
  receivePurchaseOrder,
} from '../../inbound/index.ts';
import { type LedgerService, openLedger } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { readAs } from '../../platform/database.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount } from '../options.ts';
import { type CliContext, withDatabase } from '../with-database.ts';

const ROWS_DEFAULT = 50;
const ROWS_MAX = 1_000;
const DAYS_DEFAULT = 365;
const DAYS_MAX = 3_650;
const DAY_MS = 86_400_000;

type Shown = Awaited<ReturnType<typeof readPurchaseOrder>>;

function listText(items: readonly PurchaseOrderHead[]): string {
  if (items.length === 0) return 'There are no such purchase orders.';
  const rows = items.map(({ number, state, supplier, site, owner, currency, createdAt }) => [
    ...[number, state, supplier, site, owner, currency, createdAt.slice(0, 10)],
  ]);
  return table([['NUMBER', 'STATE', 'SUPPLIER', 'SITE', 'OWNER', 'CURRENCY', 'MADE'], ...rows]);
}

function orderText(order: Shown): string {
  const { number, supplier, site, state, total, currency, lines } = order;
  const rows = lines.map((line) => [
    ...[`${line.line}`, line.item, line.quantity, line.unitPrice, line.amount, line.state],
    ...[line.received, line.confirmedOn ?? line.expectedOn ?? ''],
  ]);
  const head = ['LINE', 'ITEM', 'ORDERED', 'PRICE', 'AMOUNT', 'STATE', 'RECEIVED', 'EXPECTED'];
  const sum = `${total.gross} ${currency} with tax`;
  return `${number} of ${supplier} for ${site}: ${state}, ${sum}\n${table([head, ...rows])}`;
}

interface ListOptions {
  readonly state?: string;
  readonly supplier?: string;
  readonly limit: number;
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const items = await withDatabase((context) => listPurchaseOrders(context, SYSTEM, options));
  print(globalsOf(command), { items }, () => listText(items));
}

async function show(number: string, _options: unknown, command: Command): Promise<void> {
  const order = await withDatabase((context) => readPurchaseOrder(context, SYSTEM, number));
  print(globalsOf(command), order, () => orderText(order));
}

/** Works with a ledger of the command's own, which is drained before the database is left. */
function withLedger<T>(
  work: (context: CliContext, ledger: LedgerService) => Promise<T>,
): Promise<T> {
  return withDatabase(async (context) => {
    const ledger = await openLedger({ context });
    try {
      return await work(context, ledger);
    } finally {
      await ledger.drain();
    }
  });
}

const LINE = /^(\d{1,5})=(\d{1,12}(?:\.\d{1,6})?)$/;

/** Reads `LINE=QUANTITY`; nothing given means all that is open. */
function toLines(texts: readonly string[]) {
  if (texts.length === 0) return undefined;
  return texts.map((text) => {
    const [, line, quantity] = LINE.exec(text) ?? [];
    if (line && quantity) return { line: Number(line), quantity };
    throw new CliError(EXIT.usage, `'${text}' is no line: give LINE=QUANTITY, such as 1=24.`);
  });
}

async function receive(
  number: string,
  lines: string[],
  options: { readonly location: string; readonly reference?: string },
  command: Command,
): Promise<void> {
  const request = { ...options, lines: toLines(lines) };
  const receipt = await withLedger((context, ledger) =>
    receivePurchaseOrder(context, ledger, SYSTEM, number, request),
  );
  print(globalsOf(command), receipt, () => {
    const rows = receipt.lines.map((line) => [
      ...[`${line.line}`, line.item, line.quantity, line.location, line.value, line.state],
      line.movement ?? '',
    ]);
    const head = ['LINE', 'ITEM', 'QUANTITY', 'LOCATION', 'VALUE', 'STATE', 'MOVEMENT'];
    return `${receipt.number} against ${number}\n${table([head, ...rows])}`;
  });
}

async function approveInvoice(
  number: string,
  options: { readonly accept?: DiscrepancyCode[] },
  command: Command,
): Promise<void> {
  const { accept = [] } = options;
  const invoice = await withLedger((context, ledger) =>
    approveSupplierInvoice(context, ledger, SYSTEM, number, accept),
  );
  print(globalsOf(command), invoice, () => {
    const { supplier, reference, total, currency, state } = invoice;
    return `${number} (${reference} of ${supplier}, ${total.gross} ${currency}) is ${state}.`;
  });
}

function periodOf(context: CliContext, days: number): { from: string; to: string } {
  const now = context.clock().getTime();
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return { from: day(now - days * DAY_MS), to: day(now) };
}

const share = (value: number | null): string =>
  value === null ? '-' : `${(value * 100).toFixed(1)} %`;

async function scorecard(
  supplier: string,
  { days }: { readonly days: number },
  command: Command,
): Promise<void> {
  const card = await withDatabase((context) =>
    readScorecard(context, supplier, periodOf(context, days)),
  );
  print(globalsOf(command), card, () => {
    const { leadTime, leadTimeTrend, priceTrend } = card;
    const spread = leadTime
      ? `${leadTime.mean.toFixed(1)} days in the mean, ${leadTime.standardDeviation.toFixed(1)} ` +
        `deviation, 90 % within ${leadTime.quantiles.p90.toFixed(1)}`
      : '-';
    return table([
      ['supplier', supplier],
      ['receipts', `${card.receipts}`],
      ['lead time', spread],
      ['lead time trend', leadTimeTrend?.direction ?? '-'],
      ['on time in full', share(card.onTimeInFull)],
      ['rejected', share(card.rejectionShare)],
      ['price trend', priceTrend?.direction ?? '-'],
      ['delays', card.delays?.reason ?? '-'],
    ]);
  });
}

async function bottlenecks(options: { readonly days: number }, command: Command): Promise<void> {
  const items = await withDatabase((context) =>
    readBottlenecks(context, periodOf(context, options.days)),
  );
  print(globalsOf(command), { items }, () => {
    if (items.length === 0) return 'Nothing came late.';
    const rows = items.map(({ rank, kind, name, reason }) => [`${rank}`, kind, name, reason]);
    return table([['RANK', 'KIND', 'NAME', 'WHY'], ...rows]);
  });
}

async function grni(_options: unknown, command: Command): Promise<void> {
  const { items, digits } = await withDatabase(async (context) => ({
    items: await readAs(context.database, 'house', (tx) => readGrni(tx, periodOf(context, 0).to)),
    digits: currencyDigits(context.config.currency),
  }));
  const money = (amount: bigint) => formatMoney(amount, digits);
  const total = money(items.reduce((sum, { open }) => sum + open, 0n));
  print(globalsOf(command), { total, items: items.map(shown(money)) }, () => {
    if (items.length === 0) return 'Everything that was received is invoiced.';
    const rows = items.map((row) => [
      ...[row.since, row.document.number, `${row.line}`, row.supplier, row.item ?? ''],
      ...[money(row.received), money(row.cleared), money(row.open), `${row.ageDays}`],
    ]);
    const head = ['SINCE', 'DOCUMENT', 'LINE', 'SUPPLIER', 'ITEM', 'RECEIVED', 'CLEARED', 'OPEN'];
    return table([[...head, 'DAYS'], ...rows, ['total', '', '', '', '', '', '', total]]);
  });
}

function shown(money: (amount: bigint) => string) {
  return ({ received, cleared, open, scale, quantity, invoicedQuantity, ...row }: GrniRow) => ({
    ...row,
    quantity: formatDecimal(quantity, scale),
    invoicedQuantity: formatDecimal(invoicedQuantity, scale),
    received: money(received),
    cleared: money(cleared),
    open: money(open),
  });
}

const VERBS: readonly (readonly [PurchaseOrderVerb, string])[] = [
  ['submit', 'submit a draft; up to the limit it is approved at once'],
  ['approve', 'approve what is above the limit'],
  ['reject', 'send it back to its draft'],
  ['send', 'say that it was sent to the supplier'],
  ['cancel', 'cancel it'],
  ['close', 'close it short: nothing more is expected'],
];

function registerVerbs(purchasing: Command): void {
  for (const [verb, description] of VERBS) {
    purchasing
      .command(verb)
      .description(description)
      .argument('<number>')
      .option('--note <text>')
      .action(async (number: string, { note }: { note?: string }, command: Command) => {
        const order = await withDatabase((context) =>
          movePurchaseOrder(context, SYSTEM, number, verb, note),
        );
        print(globalsOf(command), order, () => orderText(order));
      });
  }
}

function registerReports(purchasing: Command): void {
  const days = ['--days <count>', 'how far to look back', parseCount(DAYS_MAX)] as const;
  purchasing
    .command('scorecard')
    .description('what a supplier achieved')
    .argument('<supplier>')
    .option(...days, DAYS_DEFAULT)
    .action(scorecard);
  purchasing
    .command('bottlenecks')
    .description('suppliers and lanes that goods wait for, the worst first')
    .option(...days, DAYS_DEFAULT)
    .action(bottlenecks);
  purchasing
    .command('grni')
    .description('goods received and not invoiced, by receipt')
    .action(grni);
}

/** `onhand purchasing ...`. */
export function registerPurchasing(program: Command): void {
  const purchasing = program
    .command('purchasing')
    .description('purchase orders, receipts and invoices: list, show, approve, receive');
  purchasing
    .command('list', { isDefault: true })
    .description('purchase orders, newest first')
    .addOption(new Option('--state <name>', 'only in it').choices(PURCHASE_ORDER_STATES))
    .option('--supplier <code>', 'only of this supplier')
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(list);
  purchasing.command('show').description('one purchase order').argument('<number>').action(show);
  registerVerbs(purchasing);
  purchasing
    .command('receive')
    .description('receive all that is open, or the lines given')
    .argument('<number>', 'of the purchase order')
    .argument('[lines...]', 'LINE=QUANTITY')
    .requiredOption('--location <code>', 'where the goods are put')
    .option('--reference <text>', 'number of the delivery note')
    .action(receive);
  purchasing
    .command('approve-invoice')
    .description('approve a supplier invoice')
    .argument('<number>')
    .addOption(
      new Option('--accept <codes...>', 'discrepancies that pass').choices(DISCREPANCY_CODES),
    )
    .action(approveInvoice);
  registerReports(purchasing);
}
