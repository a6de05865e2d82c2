import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityRuns, processIdentity } from '../platform/embedded/index.ts';

/** What a running server tells the other commands, in server.json of the data folder. */
interface ServerNote {
  readonly identity: string;
  readonly url: string;
}

function notePath(dataFolder: string): string {
  return join(dataFolder, 'server.json');
}

function readJson<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Written whole or not at all, since another process may read at any moment. */
function writeJson(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(value)}\n`);
  renameSync(`${path}.new`, path);
}

export function announceServer(dataFolder: string, url: string): void {
  mkdirSync(dataFolder, { recursive: true });
  const identity = processIdentity(process.pid) ?? `${process.pid}`;
  writeJson(notePath(dataFolder), { identity, url });
}

export function withdrawServer(dataFolder: string): void {
  rmSync(notePath(dataFolder), { force: true });
}

/** The URL of the server that runs on this data folder; undefined when none does. */
export function runningServerUrl(dataFolder: string): string | undefined {
  const note = readJson<ServerNote>(notePath(dataFolder));
  return note && identityRuns(note.identity) ? note.url : undefined;
}

/** How far a reset of the demo is that another process asked the server for. */
export interface ResetRequest {
  readonly state: 'requested' | 'running' | 'done' | 'failed';
  readonly message: string;
}

function resetPath(dataFolder: string): string {
  return join(dataFolder, 'demo-reset.json');
}

export function readReset(dataFolder: string): ResetRequest | undefined {
  return readJson<ResetRequest>(resetPath(dataFolder));
}

export function writeReset(dataFolder: string, request: ResetRequest): void {
  writeJson(resetPath(dataFolder), request);
}

export function clearReset(dataFolder: string): void {
  rmSync(resetPath(dataFolder), { force: true });
}
