import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityRuns } from '../src/platform/embedded/index.ts';
import { type Program, startProgram } from './support/program.ts';
import { root } from './support/sources.ts';

const TIMEOUT_MS = 60_000;
const onhand = join(root, 'bin/onhand.mjs');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-test-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const base = { ONHAND_DATA: folder, DATABASE_URL: '', LOG_LEVEL: '', PORT: '0' };
  return startProgram(process.execPath, [onhand, ...args], { env: { ...base, ...env } });
}

/** Runs a command to its end: exit code and what it printed, parsed with --json. */
async function result(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const program = run(args, env);
  const code = await program.ended;
  return { code, output: program.output(), stdout: program.stdout() };
}

async function serve(): Promise<{ program: Program; url: string }> {
  const program = run(['start', '--empty']);
  const [, url = ''] = await program.waitFor(/onhand runs at (http:\S+) on/, TIMEOUT_MS);
  return { program, url };
}

function postgresPid(): number {
  const { directory } = JSON.parse(readFileSync(join(folder, 'embedded.json'), 'utf8'));
  const lock = readFileSync(join(directory, 'cluster/postmaster.pid'), 'utf8');
  return Number(lock.split('\n')[0]);
}

describe('wrong use', { timeout: TIMEOUT_MS }, () => {
  it.each([
    ['an unknown command', ['fly'], {}, 2, "unknown command 'fly'"],
    ['an unknown option', ['start', '--fast'], {}, 2, "unknown option '--fast'"],
    ['a port that is none', ['start', '--port', 'x'], {}, 2, 'Give a port'],
    ['a wrong setting', ['migrate'], { JOURNALS: '0' }, 2, 'JOURNALS (environment): expected'],
    [
      'a database that is not there',
      ['keys', 'list'],
      { DATABASE_URL: 'postgresql://a:hidden@127.0.0.1:1/x' },
      4,
      'postgresql://a:***@127.0.0.1:1/x',
    ],
  ])('%s is named, without a stack', async (_name, args, env, code, message) => {
    const { code: exitCode, output } = await result(args, env);
    expect(output).toContain(message);
    expect(output).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(code);
  });

  it('is one line of JSON with --json', async () => {
    const { code, output } = await result(['migrate', '--json'], { PORT: '-1' });
    expect(code).toBe(2);
    expect(JSON.parse(output).error).toMatchObject({ exitCode: 2 });
  });
});

describe('onhand', { timeout: TIMEOUT_MS }, () => {
  it('works on its data while no server runs', async () => {
    const created = await result(['keys', 'create', 'till', '--role', 'operator', '--json']);
    expect(created.code).toBe(0);
    const listed = await result(['--json', 'keys', 'list']);
    const { keys } = JSON.parse(listed.stdout);
    expect(keys).toMatchObject([{ name: 'till', role: 'operator', ownerId: null }]);
    expect(listed.output).not.toContain(JSON.parse(created.stdout).key);
    expect((await result(['migrate'])).output).toBe('The schema is up to date.\n');
    expect(() => postgresPid()).toThrow('ENOENT');
  });

  it('refuses what cannot be, with code 3', async () => {
    const missing = await result(['keys', 'revoke', '999']);
    expect(missing).toMatchObject({ code: 3 });
    expect(missing.output).toContain('There is no key 999.');
    const owner = await result(['keys', 'create', 'x', '--role', 'seller', '--owner', 'NONE']);
    expect(owner).toMatchObject({ code: 3 });
  });

  it('serves, shares its database with other commands, and stops on SIGTERM', async () => {
    const { program, url } = await serve();
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true }]);
    const second = await result(['start']);
    expect(second).toMatchObject({ code: 1 });
    expect(second.output).toContain(`already runs at ${url}`);
    const { stdout } = await result(['keys', 'create', 'boss', '--role', 'admin', '--json']);
    const { key, id } = JSON.parse(stdout);
    const headers = { authorization: `Bearer ${key}` };
    expect((await fetch(`${url}/v1/keys`, { headers })).status).toBe(200);
    expect((await result(['keys', 'revoke', `${id}`])).code).toBe(0);
    await expect
      .poll(async () => (await fetch(`${url}/v1/keys`, { headers })).status, { timeout: 5_000 })
      .toBe(401);
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(() => postgresPid()).toThrow('ENOENT');
  });

  it('starts PostgreSQL again when that dies under it', async () => {
    const { program, url } = await serve();
    process.kill(postgresPid(), 'SIGKILL');
    await program.waitFor(/had died and was started again/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
  });

  it('starts again after kill -9 of itself and of PostgreSQL', async () => {
    const first = await serve();
    const { identity } = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8'));
    first.program.child.kill('SIGKILL');
    process.kill(postgresPid(), 'SIGKILL');
    await first.program.ended;
    expect(identityRuns(identity)).toBe(false);
    const second = await serve();
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
    const { stdout } = await result(['keys', 'list', '--json']);
    expect(JSON.parse(stdout).keys.length).toBeGreaterThan(0);
    second.program.child.kill('SIGTERM');
    expect(await second.program.ended).toBe(0);
  });
});
