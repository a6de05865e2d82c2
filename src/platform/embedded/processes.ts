import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The operating system's account that PostgreSQL runs as; undefined is our own. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Outcome {
  /** Exit code, or -1 when the program could not be started or was ended by a signal. */
  readonly code: number;
  readonly output: string;
}

/**
 * Runs a program to its end as `account`. Its working folder is the root, since the account may
 * not enter ours.
 */
export function run(command: string, args: readonly string[], account?: Account): Promise<Outcome> {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => done({ code: -1, output: error.message }));
    // A daemon that the program leaves behind may keep the pipes open, so `exit` counts here and
    // not `close`; a moment is left for the last words.
    child.on('exit', async (code) => {
      await sleep(20);
      child.stdout.destroy();
      child.stderr.destroy();
      done({ code: code ?? -1, output: output.trim() });
    });
  });
}

/** The fields of /proc/PID/stat after the command's name, which may itself hold spaces. */
function linuxStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Names a running process so that a later one with the same pid is told apart: pid and, on
 * Linux, its start time. Undefined when no such process runs (a zombie does not).
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform !== 'linux') return exists(pid) ? `${pid}` : undefined;
  const stat = linuxStat(pid);
  const [state] = stat ?? [];
  if (!stat || state === 'Z' || state === 'X') return undefined;
  return `${pid}:${stat[19]}`;
}

/** Whether the process that gave itself this identity still runs. */
export function identityRuns(identity: string): boolean {
  const pid = Number.parseInt(identity, 10);
  return pid > 0 && processIdentity(pid) === identity;
}

/** Whether `pid` is a PostgreSQL server; where /proc is missing it is assumed to be one. */
export function isPostgres(pid: number): boolean {
  if (process.platform !== 'linux') return exists(pid);
  if (processIdentity(pid) === undefined) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
}
