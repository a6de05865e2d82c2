import { type Command, Option } from 'commander';
import { openLedger } from '../../ledger/index.ts';
import {
  createReturnDesk,
  GRADES,
  REASON_CODES,
  RETURN_STATES,
  type ReturnAnswer,
  type ReturnDesk,
} from '../../returns/index.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const ROWS_DEFAULT = 50;
const ROWS_MAX = 1_000;
const LINES_MAX = 10_000;
const BASIS_POINTS_MAX = 10_000;

/** Works with a ledger of the command's own, which is drained before the database is left. */
function withDesk<T>(work: (desk: ReturnDesk) => Promise<T>): Promise<T> {
  return withDatabase(async (context) => {
    const ledger = await openLedger({ context });
    try {
      return await work(createReturnDesk(context, ledger));
    } finally {
      await ledger.drain();
    }
  });
}

function returnText(shown: ReturnAnswer): string {
  const { number, state, salesOrder, site, currency } = shown;
  const of = salesOrder === null ? 'blind' : `of ${salesOrder}`;
  const lines = shown.lines.map((line) => [
    ...[`${line.line}`, line.unexpected ? `${line.item} (unexpected)` : line.item, line.reason],
    ...[line.state, line.expected, line.received, line.inspected, line.refunded, line.due],
  ]);
  const head = ['LINE', 'ITEM', 'REASON', 'STATE', 'EXPECTED', 'RECEIVED', 'INSPECTED'];
  const parts = [
    `${number}, ${of}, to ${site}: ${state.replaceAll('_', ' ')}`,
    table([[...head, 'REFUNDED', 'DUE'], ...lines]),
  ];
  if (shown.receipts.length > 0) {
    const rows = shown.receipts.map((row) => [
      ...[`${row.receipt}/${row.receiptLine}`, row.item, row.quantity, row.location, row.state],
      ...[row.value ?? '', row.movement ?? '', row.inspected],
    ]);
    const names = ['RECEIPT', 'ITEM', 'QUANTITY', 'PLACE', 'STATE', 'VALUE', 'MOVEMENT'];
    parts.push(table([[...names, 'INSPECTED'], ...rows]));
  }
  if (shown.inspections.length > 0) {
    const rows = shown.inspections.map((row) => [
      ...[`${row.inspection}`, row.item, row.quantity, row.grade, row.outcome.kind, row.state],
      row.handedOver ?? '',
    ]);
    const names = ['INSPECTION', 'ITEM', 'QUANTITY', 'GRADE', 'OUTCOME', 'STATE', 'HANDED OVER'];
    parts.push(table([names, ...rows]));
  }
  for (const refund of shown.refunds) {
    const kind = refund.kind.replace('_', ' ');
    parts.push(`${kind} ${refund.refund}: ${refund.total} ${currency}, ${refund.fee} kept`);
  }
  return parts.join('\n\n');
}

interface ListOptions {
  readonly state?: string;
  readonly salesOrder?: string;
  readonly customer?: string;
  readonly item?: string;
  readonly reason?: string;
  readonly limit: number;
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const page = await withDesk((desk) => desk.list(options));
  print(globalsOf(command), page, () => {
    if (page.items.length === 0) return 'There are no such returns.';
    const rows = page.items.map((row) => [
      ...[row.number, row.state, row.salesOrder ?? 'blind', row.customer ?? '', row.site],
      ...[`${row.lines.length}`, row.createdAt.slice(0, 10)],
    ]);
    const head = ['NUMBER', 'STATE', 'SALES ORDER', 'CUSTOMER', 'SITE', 'LINES', 'MADE'];
    const lines = [table([head, ...rows])];
    if (page.nextCursor !== null) lines.push(`There are more: --limit shows up to ${ROWS_MAX}.`);
    return lines.join('\n');
  });
}

/** Does something with a return and prints what it is then. */
async function act(
  command: Command,
  work: (desk: ReturnDesk) => Promise<ReturnAnswer>,
): Promise<void> {
  const shown = await withDesk(work);
  print(globalsOf(command), shown, () => returnText(shown));
}

const LINE = /^(.+)=(\d{1,12}(?:\.\d{1,6})?)(?::([a-z_]+))?$/;

/** Reads `LINE=QUANTITY:REASON` of a sales order, `SKU=QUANTITY:REASON` of a blind return. */
function toLine(text: string, isBlind: boolean) {
  const [, name = '', quantity, reason = 'other'] = LINE.exec(text) ?? [];
  if (quantity === undefined) {
    const form = `${isBlind ? 'SKU' : 'LINE'}=QUANTITY[:REASON]`;
    throw new CliError(EXIT.usage, `'${text}' is no line: give ${form}.`);
  }
  const isNumber = /^\d{1,5}$/.test(name);
  const what = !isBlind && isNumber ? { orderLine: Number(name) } : { item: name };
  return { ...what, quantity, reason };
}

interface CreateOptions {
  readonly site: string;
  readonly salesOrder?: string;
  readonly channel?: string;
  readonly customer?: string;
  readonly override?: string;
  readonly notes?: string;
}

function create(lines: string[], options: CreateOptions, command: Command): Promise<void> {
  const { override, ...rest } = options;
  const body = {
    ...rest,
    ...(override === undefined ? {} : { override: { note: override } }),
    lines: lines.map((text) => toLine(text, options.salesOrder === undefined)),
  };
  return act(command, (desk) => desk.create(body));
}

interface ReceiveOptions {
  readonly location: string;
  readonly lpn?: string;
  readonly lot?: string;
  readonly serial?: string[];
  readonly takeExcess?: boolean;
}

const SCAN = /^(.+)=(\d{1,12}(?:\.\d{1,6})?)$/;

function receive(
  number: string,
  texts: string[],
  options: ReceiveOptions,
  command: Command,
): Promise<void> {
  const { serial, takeExcess, ...place } = options;
  if (serial && texts.length > 1) {
    throw new CliError(EXIT.usage, 'Give the serials of one item at a time.');
  }
  const scans = texts.map((text) => {
    const [, item, quantity] = SCAN.exec(text) ?? [];
    if (!item || !quantity) {
      throw new CliError(EXIT.usage, `'${text}' is no scan: give SKU=QUANTITY.`);
    }
    return { ...place, item, quantity, ...(serial ? { serials: serial } : {}) };
  });
  const excess = takeExcess ? 'take' : 'refuse';
  return act(command, (desk) => desk.receive(number, { scans, excess }));
}

interface InspectOptions {
  readonly receipt: number;
  readonly line: number;
  readonly grade: string;
  readonly quantity?: string;
  readonly serial?: string[];
  readonly findings?: string;
  readonly photo?: string[];
  readonly reason?: string;
  readonly buyer?: string;
  readonly price?: string;
  readonly tax?: string;
  readonly supplier?: string;
  readonly instructions?: string;
}

const OUTCOMES = ['restock', 'refurbish', 'liquidate', 'return_to_supplier', 'dispose'] as const;

function inspect(
  number: string,
  outcome: string,
  options: InspectOptions,
  command: Command,
): Promise<void> {
  const { receipt, line, grade, quantity, serial, findings, photo, ...details } = options;
  const body = {
    ...{ receipt, receiptLine: line, grade, quantity, serials: serial, findings, photos: photo },
    outcome: { kind: outcome.replaceAll('-', '_'), ...details },
  };
  return act(command, (desk) => desk.inspect(number, body));
}

interface RefundOptions {
  readonly line?: number;
  readonly quantity?: string;
  readonly share?: number;
  readonly waiveFee?: boolean;
  readonly note?: string;
}

function refund(number: string, options: RefundOptions, command: Command): Promise<void> {
  const { note, ...line } = options;
  if (options.line === undefined && Object.keys(line).length > 0) {
    throw new CliError(EXIT.usage, 'Say with --line which line that is about.');
  }
  const lines = options.line === undefined ? undefined : [line];
  return act(command, (desk) => desk.refund(number, { lines, note }));
}

/** `onhand returns`. */
export function registerReturns(program: Command): void {
  const returns = program.command('returns').description('what customers send back');
  returns
    .command('list')
    .description('returns, the newest first')
    .addOption(new Option('--state <state>', 'only in it').choices(RETURN_STATES))
    .option('--sales-order <number>', 'only of this sales order')
    .option('--customer <code>', 'only of this customer')
    .option('--item <sku>', 'only with this item')
    .addOption(new Option('--reason <code>', 'only for it').choices(REASON_CODES))
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(list);
  returns
    .command('show')
    .description('a return with its goods and money')
    .argument('<number>', 'such as RMA-000001')
    .action((number: string, _options: unknown, command: Command) =>
      act(command, (desk) => desk.show(number)),
    );
  returns
    .command('create')
    .description('make a return')
    .argument('<lines...>', 'LINE=QUANTITY[:REASON], or SKU=QUANTITY[:REASON] of a blind return')
    .requiredOption('--site <code>', 'where the goods are to arrive')
    .option('--sales-order <number>', 'that it is of; without it, a blind return')
    .option('--channel <code>', 'of a blind return')
    .option('--customer <code>', 'who sends it')
    .option('--override <note>', 'take it although the window is over, and why')
    .option('--notes <text>', 'kept with it')
    .action(create);
  registerGoods(returns);
}

function registerGoods(returns: Command): void {
  returns
    .command('receive')
    .description('take in returned goods; they wait for inspection')
    .argument('<number>', 'such as RMA-000001')
    .argument('<scans...>', 'SKU=QUANTITY')
    .requiredOption('--location <code>', 'where they lie now')
    .option('--lpn <code>', 'the handling unit they are in')
    .option('--lot <code>', 'their lot')
    .option('--serial <serials...>', 'their serials')
    .option('--take-excess', 'take more than is expected, as unexpected')
    .action(receive);
  returns
    .command('inspect')
    .description(`grade goods and say what becomes of them: ${OUTCOMES.join(', ')}`)
    .argument('<number>', 'such as RMA-000001')
    .argument('<outcome>', 'what becomes of them')
    .requiredOption('--grade <grade>', `one of ${GRADES.join(', ')}`)
    .option('--receipt <number>', 'of the return', parseCount(LINES_MAX), 1)
    .option('--line <number>', 'of the receipt', parseCount(LINES_MAX), 1)
    .option('--quantity <quantity>', 'by default all that wait')
    .option('--serial <serials...>', 'which units')
    .option('--findings <text>', 'what was found')
    .option('--photo <links...>', 'https links')
    .option('--reason <code>', 'why it is disposed of: damage, expiry, scrap, other')
    .option('--buyer <code>', 'who it is liquidated to')
    .option('--price <amount>', 'what the buyer pays for all of it')
    .option('--tax <amount>', 'on top of the price')
    .option('--supplier <code>', 'who takes it back')
    .option('--instructions <text>', 'for the refurbishment')
    .action(inspect);
  returns
    .command('refund')
    .description('give back what is due, or a part of it')
    .argument('<number>', 'such as RMA-000001')
    .option('--line <number>', 'only for this line', parseCount(LINES_MAX))
    .option('--quantity <quantity>', 'of that line')
    .option('--share <basis points>', 'of what is due', parseCount(BASIS_POINTS_MAX))
    .option('--waive-fee', 'no restocking fee')
    .option('--note <text>', 'kept with it')
    .action(refund);
}
