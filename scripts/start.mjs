// `npm start`: installs what is missing, then starts the server.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { installIfNeeded, root } from './install.mjs';

installIfNeeded();
const args = [join(root, 'bin/onhand.mjs'), 'start', ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
// A terminal sends Ctrl-C to the whole group; a supervisor sends SIGTERM to us alone.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
