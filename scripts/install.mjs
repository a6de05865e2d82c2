// Installs the locked packages when node_modules is missing or older than package-lock.json.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function modified(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs `npm ci` if needed; ends the process when that fails. */
export function installIfNeeded() {
  // npm writes this file at the end of each installation.
  const installed = modified('node_modules/.package-lock.json');
  if (installed > 0 && installed >= modified('package-lock.json')) return;
  console.error('Installing packages (npm ci) ...');
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], options);
  if (status === 0) return;
  console.error(`onhand: the installation failed${error ? `: ${error.message}` : ''}.`);
  process.exit(1);
}
