import { type Command, Option } from 'commander';
import { counted } from '../../platform/text.ts';
import { globalsOf, print } from '../command.ts';
import { DEMAND_FORMATS, type DemandFormat } from '../demand/file.ts';
import { type DemandSummary, importDemand } from '../demand/import.ts';
import { EXIT } from '../exit.ts';
import { withDatabase } from '../with-database.ts';

interface Options {
  readonly format: DemandFormat;
  readonly site?: string;
  readonly commit?: boolean;
}

const ERRORS_SHOWN_MAX = 50;

function demandText(done: DemandSummary): string {
  const changed = `${done.create} new, ${done.update} changed`;
  const counts = `${counted(done.rows, 'row')}: ${changed}, ${done.unchanged} as they are`;
  const made = done.itemsMade > 0 ? [`Made ${counted(done.itemsMade, 'item')}.`] : [];
  const undo = done.imports.map((id) => `  onhand import undo ${id}`);
  switch (done.state) {
    case 'invalid': {
      const shown = done.errors.slice(0, ERRORS_SHOWN_MAX).map((error) => {
        const place = error.field === '' ? `row ${error.row}` : `row ${error.row}, ${error.field}`;
        const wanted = error.expected === undefined ? '' : `, expected ${error.expected}`;
        const got = error.found === undefined ? '' : `, found '${error.found}'`;
        return `  ${place}: ${error.message}${wanted}${got}`;
      });
      const more = done.errorCount - shown.length;
      const rest = more > 0 ? [`  and ${more} more; --json lists them`] : [];
      const head = `${counted(done.errorCount, 'error')}; nothing was imported:`;
      return [head, ...shown, ...rest].join('\n');
    }
    case 'previewed':
      return [...made, counts, 'No demand is written yet; give --commit to do so.'].join('\n');
    case 'committed':
      return [...made, `Imported ${counts}.`, 'Take it back:', ...undo].join('\n');
  }
}

async function importFile(path: string, options: Options, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const { format, site, commit = false } = options;
  const done = await withDatabase((context) =>
    importDemand(context, globals, { path, format, site, commit }),
  );
  print(globals, done, () => demandText(done));
  if (done.state === 'invalid') process.exitCode = EXIT.refused;
}

/** `onhand import demand FILE`. */
export function registerDemandImport(command: Command): void {
  command
    .command('demand')
    .description('past demand by day; says what it would do unless told to --commit')
    .argument('<file>', 'CSV: date,sku,site,quantity,price and, if wanted, channel,lines')
    .addOption(
      new Option('--format <format>', "days, or a shop's year by week or day")
        .choices(DEMAND_FORMATS)
        .default('days'),
    )
    .option('--site <code>', "the site of a shop's year; without it, SHOP is made")
    .option('--commit', 'write it, when the file has no errors')
    .action(importFile);
}
