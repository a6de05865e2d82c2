import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { newId } from '../../src/platform/ids.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Bundles TypeScript source, whose imports are relative to the repository's root, into a file
 * that Node runs as a process of its own: for tests that kill it.
 */
export async function bundleProgram(source: string): Promise<string> {
  const outfile = join(root, '.tmp', `program-${newId()}.mjs`);
  await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** A process of the test's own; `output` grows as it writes. */
export interface Program {
  readonly child: ChildProcess;
  output(): string;
  /** What it wrote to stdout alone. */
  stdout(): string;
  /** Resolves with the exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Waits until the output matches; fails when the process ends or time is up. */
  waitFor(pattern: RegExp, millisecondsMax?: number): Promise<RegExpExecArray>;
}

/** Runs a command and gathers what it prints. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; uid?: number; gid?: number } = {},
): Program {
  const child = spawn(command, args, {
    ...options,
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  const listeners = new Set<() => void>();
  const gather = (chunk: Buffer) => {
    output += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
    gather(chunk);
  });
  child.stderr.on('data', gather);
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return {
    child,
    output: () => output,
    stdout: () => stdout,
    ended,
    waitFor: (pattern, millisecondsMax = 30_000) =>
      new Promise((done, fail) => {
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          listeners.delete(check);
          settle();
        };
        const check = () => {
          const match = pattern.exec(output);
          if (match) finish(() => done(match));
        };
        const give = (why: string) => () =>
          finish(() => fail(new Error(`${why} before ${pattern}; it printed:\n${output}`)));
        const timer = setTimeout(give('time was up'), millisecondsMax);
        listeners.add(check);
        void ended.then(give('the program ended'));
        check();
      }),
  };
}
