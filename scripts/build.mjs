// Bundles src/cli/main.ts into dist/ with esbuild. Packages stay outside; chunks are split, so
// that a command loads only what it needs.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const ENTRY = 'main.mjs';

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const time = entry.isDirectory() ? newestSource(path) : statSync(path).mtimeMs;
    newest = Math.max(newest, time);
  }
  return newest;
}

/** Whether dist/ is missing or older than any file in src/. */
export function isStale() {
  const built = statSync(join(dist, ENTRY), { throwIfNoEntry: false });
  if (!built) return true;
  const sources = [newestSource(join(root, 'src')), statSync(join(root, 'package.json')).mtimeMs];
  return Math.max(...sources) > built.mtimeMs;
}

/**
 * Builds dist/. Chunks are written before the entry, which is renamed into place: a command that
 * starts meanwhile runs the old program or the new one, never half of one.
 */
export async function build({ clean = false } = {}) {
  const { build: bundle } = await import('esbuild');
  const started = Date.now();
  const { outputFiles } = await bundle({
    entryPoints: [
      { in: join(root, 'src/cli/main.ts'), out: 'main' },
      // A thread is a program of its own.
      { in: join(root, 'src/outbound/sourcing/worker.ts'), out: 'sourcing-worker' },
      { in: join(root, 'src/planning/nightly/thread.ts'), out: 'planning-worker' },
      { in: join(root, 'src/planning/simulation/thread.ts'), out: 'simulation-worker' },
      { in: join(root, 'src/planning/reckoner/thread.ts'), out: 'reckoner-worker' },
    ],
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    sourcemap: true,
    chunkNames: 'chunks/[name]-[hash]',
    absWorkingDir: root,
    logLevel: 'error',
    write: false,
  });
  if (clean) rmSync(dist, { recursive: true, force: true });
  mkdirSync(join(dist, 'chunks'), { recursive: true });
  const last = (file) => (basename(file.path) === ENTRY ? 1 : 0);
  for (const file of outputFiles.sort((a, b) => last(a) - last(b))) {
    const partial = `${file.path}.${process.pid}`;
    writeFileSync(partial, file.contents);
    renameSync(partial, file.path);
  }
  return Date.now() - started;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const milliseconds = await build({ clean: true });
  console.log(`dist/ built in ${milliseconds} ms`);
}
