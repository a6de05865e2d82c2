import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../ids.ts';
import { identityRuns, processIdentity } from './processes.ts';

const LOCK_WAIT_MS_MAX = 120_000;
const LOCK_EMPTY_MS_MAX = 5_000;

function ownIdentity(): string {
  return processIdentity(process.pid) ?? `${process.pid}`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function tryLock(path: string): boolean {
  try {
    writeFileSync(path, ownIdentity(), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A holder that was killed leaves its lock; an empty one is being written at this moment. */
function holderIsGone(path: string): boolean {
  const holder = read(path);
  if (holder === undefined) return false;
  if (holder !== '') return !identityRuns(holder);
  const age = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return age !== undefined && performance.timeOrigin + performance.now() - age > LOCK_EMPTY_MS_MAX;
}

/** Moves a dead holder's lock away. Renaming is atomic: of several waiters one succeeds. */
function removeLock(path: string): void {
  const aside = `${path}.${newId()}`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another waiter was faster.
  }
}

/**
 * Runs `work` while no other process of this machine does, for the same folder. Should two get
 * in (one stole a lock in the instant it was made), PostgreSQL's own lock file still refuses a
 * second server on the folder.
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, 'embedded.lock');
  const deadline = performance.now() + LOCK_WAIT_MS_MAX;
  while (!tryLock(path)) {
    if (holderIsGone(path)) removeLock(path);
    else if (performance.now() > deadline) {
      throw new Error(`${path} is still held by process ${read(path)}; end it and try again.`);
    } else await sleep(50);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Registers this process as a user of the folder's server; returns the lease's path. */
export function takeLease(folder: string): string {
  const leases = join(folder, 'leases');
  mkdirSync(leases, { recursive: true });
  const path = join(leases, newId());
  writeFileSync(path, ownIdentity());
  return path;
}

/** How many leases are held by processes that run; those of dead ones are removed. */
export function liveLeases(folder: string): number {
  const leases = join(folder, 'leases');
  mkdirSync(leases, { recursive: true });
  let count = 0;
  for (const name of readdirSync(leases)) {
    const path = join(leases, name);
    if (identityRuns(read(path) ?? '')) count += 1;
    else rmSync(path, { force: true });
  }
  return count;
}
