import { type Command, Option } from 'commander';
import { openLedger } from '../../ledger/index.ts';
import {
  createTransferOrder,
  LOSS_REASONS,
  type LossReason,
  listTransferOrders,
  readTransfer,
  runStep,
  type StepRequest,
  TRANSFER_STATES,
  type TransferAnswer,
  type TransferState,
} from '../../outbound/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const ROWS_DEFAULT = 50;
const ROWS_MAX = 1_000;

function listText(items: readonly TransferAnswer[]): string {
  if (items.length === 0) return 'There are no such transfer orders.';
  const rows = items.map(({ number, state, from, to, owner, expectedArrivalAt, lines }) => [
    ...[number, state, from, to, owner, expectedArrivalAt ?? '', `${lines.length}`],
  ]);
  return table([['NUMBER', 'STATE', 'FROM', 'TO', 'OWNER', 'EXPECTED', 'LINES'], ...rows]);
}

function transferText(transfer: TransferAnswer): string {
  const { number, state, from, to, owner, expectedArrivalAt, lines } = transfer;
  const expected = expectedArrivalAt === null ? '' : `, expected ${expectedArrivalAt}`;
  const rows = lines.map((line) => [
    ...[`${line.line}`, line.item, line.quantity, line.shipped, line.inTransit, line.received],
    ...[line.lost, line.lot ?? ''],
  ]);
  const head = ['LINE', 'ITEM', 'ORDERED', 'SHIPPED', 'IN TRANSIT', 'RECEIVED', 'LOST', 'LOT'];
  return `${number} of ${owner}, ${from} to ${to}: ${state}${expected}\n${table([head, ...rows])}`;
}

interface ListOptions {
  readonly state?: TransferState;
  readonly from?: string;
  readonly to?: string;
  readonly item?: string;
  readonly limit: number;
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const { limit, ...filter } = options;
  const items = await withDatabase(({ database }) =>
    listTransferOrders(database, SYSTEM, filter, limit),
  );
  print(globalsOf(command), { items }, () => listText(items));
}

async function show(number: string, _options: unknown, command: Command): Promise<void> {
  const transfer = await withDatabase(({ database }) => readTransfer(database, SYSTEM, number));
  print(globalsOf(command), transfer, () => transferText(transfer));
}

interface CreateOptions {
  readonly from: string;
  readonly to: string;
  readonly owner?: string;
  readonly reference?: string;
}

const LINE = /^(.+)=(\d{1,13}(?:\.\d{1,6})?)(?:@([^@>]*))?(?:>(.+))?$/;

/** Reads `SKU=QUANTITY[@BIN][>BIN]`. */
function toLine(text: string) {
  const [, item, quantity, from, to] = LINE.exec(text) ?? [];
  if (!item || !quantity) {
    throw new CliError(EXIT.usage, `'${text}' is no line: give SKU=QUANTITY[@FROM-BIN][>TO-BIN].`);
  }
  return {
    ...{ item, quantity, disposition: 'sellable' as const },
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  };
}

async function create(lines: string[], options: CreateOptions, command: Command): Promise<void> {
  const body = { ...options, lines: lines.map(toLine) };
  const transfer = await withDatabase(({ database, clock }) =>
    createTransferOrder(database, SYSTEM, body, clock()),
  );
  print(globalsOf(command), transfer, () => transferText(transfer));
}

/** Does a step through a ledger of the command's own. */
async function step(
  number: string,
  request: Omit<StepRequest, 'key'>,
  command: Command,
): Promise<void> {
  const transfer = await withDatabase(async (context) => {
    const ledger = await openLedger({ context });
    try {
      await runStep(ledger, SYSTEM, number, { ...request, key: undefined });
    } finally {
      await ledger.drain();
    }
    return readTransfer(context.database, SYSTEM, number);
  });
  print(globalsOf(command), transfer, () => transferText(transfer));
}

const MOVE = /^(\d{1,4})=(\d{1,13}(?:\.\d{1,6})?)(?:@(.+))?$/;

/** Reads `LINE=QUANTITY[@BIN]`; nothing given means everything. */
function toMoves(texts: readonly string[]) {
  if (texts.length === 0) return undefined;
  return texts.map((text) => {
    const [, line, quantity, place] = MOVE.exec(text) ?? [];
    if (line && quantity) return { line: Number(line), quantity, ...(place ? { place } : {}) };
    throw new CliError(EXIT.usage, `'${text}' is no line: give LINE=QUANTITY[@BIN], such as 1=5.`);
  });
}

function registerSteps(transfers: Command): void {
  const simple = [
    ['release', 'reserve the goods at the sending site'],
    ['cancel', 'free the goods of a transfer order that has not shipped'],
  ] as const;
  for (const [kind, description] of simple) {
    transfers
      .command(kind)
      .description(description)
      .argument('<number>')
      .option('--note <text>')
      .action((number: string, { note }: { note?: string }, command: Command) =>
        step(number, { kind, body: { note } }, command),
      );
  }
  transfers
    .command('ship')
    .description('ship all that is open, or the lines given')
    .argument('<number>')
    .argument('[lines...]', 'LINE=QUANTITY[@BIN]')
    .option('--final', 'end what is not shipped, and free it')
    .action((number: string, lines: string[], { final }: { final?: true }, command: Command) =>
      step(number, { kind: 'ship', body: { lines: toMoves(lines), final } }, command),
    );
  transfers
    .command('receive')
    .description('receive all that is on the way, or the lines given')
    .argument('<number>')
    .argument('[lines...]', 'LINE=QUANTITY[@BIN]')
    .action((number: string, lines: string[], _options: unknown, command: Command) =>
      step(number, { kind: 'receive', body: { lines: toMoves(lines) } }, command),
    );
  transfers
    .command('close')
    .description('write off what never arrived')
    .argument('<number>')
    .addOption(new Option('--reason <name>', 'why').choices(LOSS_REASONS).makeOptionMandatory())
    .option('--note <text>')
    .action((number: string, body: { reason: LossReason; note?: string }, command: Command) =>
      step(number, { kind: 'close', body }, command),
    );
}

/** `onhand transfers ...`. */
export function registerTransfers(program: Command): void {
  const transfers = program
    .command('transfers')
    .description('transfer orders between sites: list, create, release, ship, receive');
  transfers
    .command('list', { isDefault: true })
    .description('transfer orders, newest first')
    .addOption(new Option('--state <name>', 'only in it').choices(TRANSFER_STATES))
    .option('--from <site>', 'only from this site')
    .option('--to <site>', 'only to this site')
    .option('--item <sku>', 'only with this item')
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(list);
  transfers.command('show').description('one transfer order').argument('<number>').action(show);
  transfers
    .command('create')
    .description('draft a transfer order')
    .argument('<lines...>', 'SKU=QUANTITY[@FROM-BIN][>TO-BIN]')
    .requiredOption('--from <site>', 'the sending site')
    .requiredOption('--to <site>', 'the receiving site')
    .option('--owner <code>', 'by default the house')
    .option('--reference <text>')
    .action(create);
  registerSteps(transfers);
}
