import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname, '../..');

const SKIPPED: ReadonlySet<string> = new Set([
  '.git',
  '.onhand',
  '.tmp',
  'coverage',
  'dist',
  'node_modules',
]);

export interface Source {
  /** Path from the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** Text files of the repository below `folder` whose name ends in one of `endings`. */
export function sources(folder: string, endings: readonly string[]): Source[] {
  const found: Source[] = [];
  for (const path of walk(join(root, folder))) {
    if (!endings.some((ending) => path.endsWith(ending))) continue;
    const text = readFileSync(path, 'utf8');
    found.push({ path: relative(root, path), text, lines: text.split('\n') });
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}
