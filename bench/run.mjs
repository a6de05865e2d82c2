// `npm run bench:<name>`: bundles bench/<name>/ with esbuild, as the product is, and runs it.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installIfNeeded, root } from '../scripts/install.mjs';

const [name = '', ...args] = process.argv.slice(2);
installIfNeeded();
const { build } = await import('esbuild');
const folder = join(root, 'bench', name);
const outdir = join(root, '.tmp/bench', name);
await build({
  // Every program of the benchmark is an entry: it may start its load generator as a process.
  entryPoints: readdirSync(folder)
    .filter((file) => /^(main|.*-process)\.ts$/.test(file))
    .map((file) => join(folder, file)),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  absWorkingDir: root,
  logLevel: 'error',
});
const options = { cwd: root, stdio: 'inherit' };
const child = spawn(process.execPath, [join(outdir, 'main.mjs'), ...args], options);
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
