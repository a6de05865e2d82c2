import { readFileSync, writeFileSync } from 'node:fs';
import { importKinds } from '../../api/index.ts';
import { openLedger } from '../../ledger/index.ts';
import { csvLines } from '../../platform/documents/index.ts';
import { currencyDigits } from '../../platform/money.ts';
import type { GlobalOptions } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { progressOf, runSteps } from '../progress.ts';
import type { CliContext } from '../with-database.ts';
import { type RetailFile, RetailFileError, readRetailFile } from './file.ts';
import type { RefusedLine } from './line.ts';
import { parseShare, planRetail, type RetailPlan } from './plan.ts';
import { type PostedRetail, postRetail } from './post.ts';
import { ensureReferenceData } from './reference.ts';
import { type RetailSummary, refusedLines, summarise } from './summary.ts';

export interface RetailOptions {
  readonly path: string;
  /** A share such as `0.5`. */
  readonly costShare: string;
  /** Where refused lines are written as CSV; nowhere when it is left out. */
  readonly refusedPath: string | undefined;
}

/** Reads a file that the user names. @throws CliError */
export function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(EXIT.usage, `The file ${path} cannot be read (${code}). Check the path.`);
  }
}

/** Reads a register's file. @throws CliError */
export function takeApart(path: string, digits: number): RetailFile {
  try {
    return readRetailFile(readInput(path), digits);
  } catch (error) {
    if (error instanceof RetailFileError) {
      throw new CliError(EXIT.refused, `${path} is no register's file. ${error.message}`);
    }
    throw error;
  }
}

/** The refused lines with their cells as they were, so that they can be mended and imported. */
export function writeRefused(
  path: string,
  file: RetailFile,
  refused: readonly RefusedLine[],
): void {
  const rows = refused.map(({ line, reason, detail, cells }) => [
    `${line}`,
    reason,
    detail,
    ...cells,
  ]);
  try {
    writeFileSync(path, csvLines([['line', 'reason', 'detail', ...file.header], ...rows]));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(EXIT.failed, `The file ${path} cannot be written (${code}).`);
  }
}

async function post(
  context: CliContext,
  plan: RetailPlan,
  hash: string,
  say: (line: string) => void,
): Promise<PostedRetail> {
  // Sweeping expired reservations is left to the server.
  const ledger = await openLedger({ context, sweepMs: 0 });
  const report = progressOf('movements', say);
  try {
    return await postRetail(ledger, plan, hash, report);
  } finally {
    await ledger.drain();
  }
}

/**
 * Runs a shop's register through the ledger. Again it changes nothing.
 * @throws CliError
 */
export async function importRetail(
  context: CliContext,
  globals: GlobalOptions,
  options: RetailOptions,
): Promise<RetailSummary> {
  const { path, costShare, refusedPath } = options;
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  const file = takeApart(path, digits);
  const plan = planRetail(file, parseShare(costShare));
  let itemsMade = 0;
  let posted: PostedRetail | undefined;
  await runSteps(globals, [
    {
      title: `Make the site and ${plan.items.length} items where they are missing`,
      run: async (say) => {
        itemsMade = await ensureReferenceData(context, importKinds(context), plan.items, say);
      },
    },
    {
      title: `Post opening stock and ${plan.movements.length} lines`,
      run: async (say) => {
        posted = await post(context, plan, file.hash, say);
      },
    },
  ]);
  if (!posted) throw new Error('the steps ended without a result');
  if (refusedPath !== undefined) writeRefused(refusedPath, file, refusedLines(file, posted));
  const itemsInFile = plan.items.length;
  const given = { path, file, posted, itemsInFile, itemsMade, costShare };
  return summarise({ ...given, currency, currencyDigits: digits });
}
