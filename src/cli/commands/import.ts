import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { importKinds } from '../../api/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { readAs } from '../../platform/database.ts';
import {
  commitImport,
  decodeFile,
  findImport,
  type ImportRow,
  previewImport,
  type RowError,
  toImport,
  undoImport,
} from '../../platform/imports/index.ts';
import { counted } from '../../platform/text.ts';
import { type GlobalOptions, globalsOf, print, table } from '../command.ts';
import { EXIT } from '../exit.ts';
import { NOTHING_WRITTEN, runSteps } from '../progress.ts';
import { importRetail, readInput } from '../retail/import.ts';
import { parseShare } from '../retail/plan.ts';
import { summaryText } from '../retail/summary.ts';
import { importRetailOrders } from '../retail-orders/import.ts';
import { ordersText } from '../retail-orders/summary.ts';
import { type CliContext, withDatabase } from '../with-database.ts';
import { registerDemandImport } from './import-demand.ts';

/** What can be imported from CSV, with the words of the help. */
const KINDS = {
  items: 'items, by SKU',
  packaging: 'packs of items: each, inner, case, pallet',
  calendars: 'working calendars that sites name, by code',
  sites: 'sites, by code',
  zones: 'zones of sites',
  locations: 'locations (bins, docks, ...), by code',
  lanes: 'lanes between sites',
  owners: 'owners of stock, by code',
  'item-groups': 'groups that items are forecast with',
  'site-regions': 'regions of sites, and whose holidays hold there',
  'item-links': 'which item a new one takes over from',
  'demand-marks': 'days and sales orders that planning should not take as usual',
  promotions: 'promotions, past and planned',
  'planned-prices': 'prices that will hold from a day on',
  'calendar-days': 'holidays and events, by calendar',
  signals: 'series from outside, by code',
  'signal-values': 'days of series from outside',
} as const;
type KindName = keyof typeof KINDS;

/** Wrong cells that the text lists; all are in --json. */
const ERRORS_SHOWN_MAX = 50;
const COST_SHARE_DEFAULT = '0.5';

function kindsByName(context: CliContext) {
  return new Map(importKinds(context).map((kind) => [kind.name, kind]));
}

async function loadImport(context: CliContext, importId: string): Promise<ImportRow> {
  const row = await readAs(context.database, 'house', (tx) => findImport(tx, importId));
  if (!row) throw new Error(`import ${importId} is gone`);
  return row;
}

function errorText({ row, field, message, expected, found }: RowError): string {
  const place = field === '' ? `row ${row}` : `row ${row}, ${field}`;
  const wanted = expected === undefined ? '' : `, expected ${expected}`;
  const got = found === undefined || found === '' ? '' : `, found '${found}'`;
  return `  ${place}: ${message}${wanted}${got}`;
}

function counts(row: ImportRow): string {
  const { row_count, create_count, update_count, unchanged_count } = row;
  const changed = `${create_count} new, ${update_count} changed`;
  return `${counted(row_count, 'row')}: ${changed}, ${unchanged_count} as they are`;
}

function sampleText(row: ImportRow): string[] {
  const changes = row.sample.flatMap(({ row: number, action, key, changes: fields }) =>
    Object.entries(fields)
      .filter(([, { from }]) => action === 'update' || from !== null)
      .map(([field, { from, to }]) => [
        `  row ${number}`,
        key,
        `${field}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`,
      ]),
  );
  return changes.length === 0 ? [] : ['Changes, for instance:', table(changes)];
}

function importText(row: ImportRow): string {
  const id = row.import_id;
  switch (row.state) {
    case 'invalid': {
      const shown = row.errors.slice(0, ERRORS_SHOWN_MAX).map(errorText);
      const more = row.error_count - shown.length;
      const rest = more > 0 ? [`  and ${more} more; --json lists them`] : [];
      const head = `${counted(row.error_count, 'error')}; nothing was imported:`;
      return [head, ...shown, ...rest, 'Correct them and import the file again.'].join('\n');
    }
    case 'previewed': {
      const advice = `Nothing is written yet. Commit it: onhand import commit ${id}`;
      return [counts(row), ...sampleText(row), advice].join('\n');
    }
    case 'committed':
      return `Imported ${counts(row)}.\nTake it back: onhand import undo ${id}`;
    case 'undone':
      return `Import ${id} was undone: ${counts(row)} no more.`;
  }
}

/** Prints an import; a file with errors ends with the code of a refusal. */
function show(globals: GlobalOptions, row: ImportRow): void {
  print(globals, { ...toImport(row), errors: row.errors }, () => importText(row));
  if (row.state === 'invalid') process.exitCode = EXIT.refused;
}

async function importFile(
  name: KindName,
  path: string,
  options: { commit?: boolean },
  command: Command,
): Promise<void> {
  const globals = globalsOf(command);
  const content = decodeFile(readInput(path));
  const row = await withDatabase(async (context) => {
    const kinds = kindsByName(context);
    const kind = kinds.get(name);
    if (!kind) throw new Error(`there is no import of ${name}`);
    let done: ImportRow | undefined;
    const steps = [
      {
        title: `Check ${path}`,
        run: async () => {
          const upload = { kind, content, fileName: basename(path) };
          done = await previewImport(context, SYSTEM, upload);
        },
      },
      {
        title: 'Write',
        skip: () => done?.state !== 'previewed' && NOTHING_WRITTEN,
        run: async () => {
          if (!done) return;
          await commitImport(context, kinds, SYSTEM, done.import_id);
          done = await loadImport(context, done.import_id);
        },
      },
    ];
    await runSteps(globals, options.commit ? steps : steps.slice(0, 1));
    if (!done) throw new Error('the steps ended without a result');
    return done;
  });
  show(globals, row);
}

function parseImportId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('Give the id that the import printed.');
}

/** A later step of an import that a file began. */
async function proceed(
  importId: string,
  step: typeof commitImport | typeof undoImport,
  globals: GlobalOptions,
): Promise<void> {
  const row = await withDatabase(async (context) => {
    await step(context, kindsByName(context), SYSTEM, importId);
    return loadImport(context, importId);
  });
  show(globals, row);
}

function parseCostShare(text: string): string {
  try {
    parseShare(text);
    return text;
  } catch {
    throw new InvalidArgumentError('Give a share above 0 and up to 1, such as 0.5.');
  }
}

async function retail(
  path: string,
  options: { costShare: string; refused?: string; asOrders?: boolean },
  command: Command,
): Promise<void> {
  const globals = globalsOf(command);
  const { costShare, refused: refusedPath } = options;
  if (options.asOrders) {
    const done = await withDatabase((context) =>
      importRetailOrders(context, globals, { path, costShare, refusedPath }),
    );
    print(globals, done, () => ordersText(done, refusedPath));
    if (done.refused.byReason['refused-by-ledger'] !== undefined) process.exitCode = EXIT.refused;
    return;
  }
  const summary = await withDatabase((context) =>
    importRetail(context, globals, { path, costShare, refusedPath }),
  );
  print(globals, summary, () => summaryText(summary, refusedPath));
  // Lines that were never goods are expected in such a file; a line that the ledger did not take
  // is for somebody to look at.
  const { refused } = summary;
  const isShort = refused.byReason['refused-by-ledger'] !== undefined;
  if (isShort || refused.openings.length > 0) process.exitCode = EXIT.refused;
}

/** `onhand import items|...|owners FILE`, `commit`, `undo` and `retail FILE`. */
export function registerImport(program: Command): void {
  const command = program.command('import').description('import CSV files');
  for (const [name, words] of Object.entries(KINDS) as [KindName, string][]) {
    command
      .command(name)
      .description(`${words}; says what it would do unless told to --commit`)
      .argument('<file>', 'a CSV file with a header')
      .option('--commit', 'write it, when the file has no errors')
      .action((path: string, options: { commit?: boolean }, own: Command) =>
        importFile(name, path, options, own),
      );
  }
  registerDemandImport(command);
  command
    .command('commit')
    .description('write what an import said that it would do')
    .argument('<id>', 'of the import', parseImportId)
    .action((id: string, _: unknown, own: Command) => proceed(id, commitImport, globalsOf(own)));
  command
    .command('undo')
    .description('take back exactly what an import wrote')
    .argument('<id>', 'of the import', parseImportId)
    .action((id: string, _: unknown, own: Command) => proceed(id, undoImport, globalsOf(own)));
  command
    .command('retail')
    .description("run a shop's register (sales and cancellations) through the ledger")
    .argument('<file>', 'CSV: InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,...')
    .option(
      '--cost-share <share>',
      'opening stock costs this share of the median price',
      parseCostShare,
      COST_SHARE_DEFAULT,
    )
    .option('--as-orders', 'as sales orders, shipments, returns and refunds, with the books')
    .option('--refused <file>', 'write the refused lines there, as CSV with the reason')
    .action(retail);
}
