import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the data of the published comparisons lie: beside the checkout, not in it. */
const FOLDER = process.env.ONHAND_SHARED_DATA ?? '../shared/data';

/**
 * Rows of a file of reference data, without its header, split at commas.
 * @throws Error that names the file when it is not there.
 */
export function referenceRows(file: string): string[][] {
  const path = join(FOLDER, file);
  if (!existsSync(path)) throw new Error(`there is no reference data at ${path}`);
  const [, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  return lines.map((line) => line.split(','));
}
