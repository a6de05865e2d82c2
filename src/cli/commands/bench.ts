import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../../platform/package.ts';
import { globalsOf } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';

const NAME_DEFAULT = 'ledger';

interface BenchOptions {
  readonly quick?: boolean;
  readonly only?: readonly string[];
}

/** Names of the benchmarks of this checkout; a packed package has none. */
function benchmarks(folder: string): string[] {
  if (!existsSync(join(folder, 'run.mjs'))) {
    throw new CliError(
      EXIT.failed,
      'Benchmarks are part of the source, not of the packed package. Clone the repository, run ' +
        'npm ci in it, and then npx onhand bench there.',
    );
  }
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'main.ts')))
    .sort();
}

function run(folder: string, args: readonly string[]): Promise<number> {
  const script = join(folder, 'run.mjs');
  const child = spawn(process.execPath, [script, ...args], { cwd: packageRoot, stdio: 'inherit' });
  // Ctrl-C reaches the benchmark too; it cleans up, and then this process ends with it.
  const wait = () => {};
  process.on('SIGINT', wait);
  return new Promise<number>((done, fail) => {
    child.on('error', fail);
    child.on('exit', (code) => done(code ?? EXIT.failed));
  }).finally(() => process.removeListener('SIGINT', wait));
}

async function bench(name: string, options: BenchOptions, command: Command): Promise<void> {
  const folder = join(packageRoot, 'bench');
  const names = benchmarks(folder);
  if (!names.includes(name)) {
    const known = names.join(', ') || 'none yet';
    throw new CliError(EXIT.usage, `There is no benchmark ${name}. There are: ${known}.`);
  }
  const only = (options.only ?? []).flatMap((id) => ['--only', id]);
  const quick = options.quick ? ['--quick'] : [];
  const json = globalsOf(command).json ? ['--json'] : [];
  const code = await run(folder, [name, ...quick, ...json, ...only]);
  if (code !== 0) process.exitCode = EXIT.failed;
}

/** `onhand bench [name]`. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('run a benchmark of the checkout on a database of its own')
    .argument('[name]', 'a folder of bench/', NAME_DEFAULT)
    .option('--quick', 'a short run, for a first impression')
    .option('--only <id...>', 'only these rows, or groups of rows such as posting')
    .action(bench);
}
