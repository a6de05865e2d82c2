import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, type Program, startProgram } from '../../../test/support/program.ts';
import { type DatabaseHandle, DatabaseUnreachable, ensureDatabase, openEmbedded } from './index.ts';
import { liveLeases, withFolderLock } from './leases.ts';
import { processIdentity } from './processes.ts';

let dataFolder: string;
let holderBundle: string;
let visitorBundle: string;
beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'onhand-test-'));
  chmodSync(dataFolder, 0o755);
  holderBundle = await bundleProgram(`
    import { openEmbedded } from './src/platform/embedded/index.ts';
    await openEmbedded({ dataFolder: process.argv[2], port: undefined, report: () => {} });
    console.log('ready');
    setInterval(() => {}, 1000);`);
  visitorBundle = await bundleProgram(`
    import pg from 'pg';
    import { openEmbedded } from './src/platform/embedded/index.ts';
    const options = { dataFolder: process.argv[2], port: undefined, report: () => {} };
    const handle = await openEmbedded(options);
    const client = new pg.Client({ connectionString: handle.connectionString });
    await client.connect();
    const { rows } = await client.query('SELECT 1 AS one');
    await client.end();
    await handle.release();
    console.log(rows[0].one, 'as', process.getuid());`);
});
afterAll(async () => {
  await open().then((handle) => handle.release());
  rmSync(dataFolder, { recursive: true, force: true });
  for (const bundle of [holderBundle, visitorBundle]) rmSync(bundle, { force: true });
});

function open(port?: number): Promise<DatabaseHandle> {
  return openEmbedded({ dataFolder, port, report: () => {} });
}

function clusterFolder(): string {
  const state = JSON.parse(readFileSync(join(dataFolder, 'embedded.json'), 'utf8'));
  return join(state.directory, 'cluster');
}

/** The pid in the server's lock file while that process runs. */
function postmaster(): number | undefined {
  const path = join(clusterFolder(), 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
  return processIdentity(pid) === undefined ? undefined : pid;
}

async function query(handle: DatabaseHandle, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: handle.connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that holds a lease and does nothing. */
async function holder(): Promise<Program> {
  const program = startProgram(process.execPath, [holderBundle, dataFolder]);
  await program.waitFor(/ready/);
  return program;
}

async function kill(program: Program): Promise<void> {
  program.child.kill('SIGKILL');
  await program.ended;
}

describe('the embedded PostgreSQL', () => {
  it('is set up, is durable, listens on loopback only and asks for the password', async () => {
    const handle = await open();
    const rows = await query(
      handle,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',
        'synchronous_commit', 'jit', 'listen_addresses', 'unix_socket_directories')
        ORDER BY name`,
    );
    expect(rows.map(({ name, setting }) => `${name}=${setting}`)).toEqual([
      'fsync=on',
      'full_page_writes=on',
      'jit=off',
      'listen_addresses=127.0.0.1',
      'synchronous_commit=on',
      'unix_socket_directories=',
    ]);
    const state = statSync(join(dataFolder, 'embedded.json'));
    expect((state.mode & 0o777).toString(8)).toBe('600');
    const wrong = handle.connectionString.replace(/:[^:@]+@/, ':guess@');
    const client = new pg.Client({ connectionString: wrong });
    await expect(client.connect()).rejects.toThrow('password authentication failed');
    await handle.release();
    expect(postmaster()).toBeUndefined();
  });

  it('keeps its port and data over a restart', async () => {
    const first = await open();
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.release();
    const second = await open();
    expect(second.connectionString).toBe(first.connectionString);
    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.release();
  });

  it('is adopted by a second user, and stopped by the last to leave', async () => {
    const other = await holder();
    const pid = postmaster();
    const ours = await open();
    expect(postmaster()).toBe(pid);
    expect(liveLeases(dataFolder)).toBe(2);
    await ours.release();
    expect(postmaster()).toBe(pid);
    await kill(other);
    expect(liveLeases(dataFolder)).toBe(0);
  });

  it('is adopted after its only user was killed', async () => {
    const pid = postmaster();
    expect(pid).toBeDefined();
    const handle = await open();
    expect(postmaster()).toBe(pid);
    await handle.release();
    expect(postmaster()).toBeUndefined();
  });

  it('starts again after kill -9 of both, with what was committed', async () => {
    const other = await holder();
    const ours = await open();
    await query(ours, 'CREATE TABLE survivor AS SELECT generate_series(1, 1000) AS n');
    await kill(other);
    const pid = postmaster();
    process.kill(pid ?? 0, 'SIGKILL');
    const again = await open();
    expect(postmaster()).not.toBe(pid);
    expect(await query(again, 'SELECT count(*)::int AS n FROM survivor')).toEqual([{ n: 1000 }]);
    await again.release();
    expect(postmaster()).toBeDefined();
    await ours.release();
    expect(postmaster()).toBeUndefined();
  });

  it('is revived by a user who stayed, on the same port', async () => {
    const handle = await open();
    expect(await handle.revive()).toBe(false);
    process.kill(postmaster() ?? 0, 'SIGKILL');
    while (postmaster() !== undefined) await new Promise((done) => setTimeout(done, 10));
    expect(await handle.revive()).toBe(true);
    expect(await query(handle, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await handle.release();
  });

  it('starts although the pid in its lock file now belongs to another program', async () => {
    const lock = join(clusterFolder(), 'postmaster.pid');
    const started = Math.floor(Date.now() / 1000);
    writeFileSync(lock, `${process.pid}\n${clusterFolder()}\n${started}\n5432\n\n127.0.0.1\n`);
    const handle = await open();
    expect(postmaster()).toBeDefined();
    await handle.release();
  });

  it('moves to another port when its own is taken, unless that was asked for', async () => {
    const before = await open();
    await before.release();
    const port = Number(new URL(before.connectionString).port);
    const stranger = createServer();
    await new Promise<void>((done) => stranger.listen(port, '127.0.0.1', done));
    await expect(open(port)).rejects.toThrow(`PG_PORT: port ${port} is taken`);
    const moved = await open();
    expect(Number(new URL(moved.connectionString).port)).not.toBe(port);
    await moved.release();
    await new Promise((done) => stranger.close(done));
  });

  it('begins anew when its first set-up was cut short', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onhand-test-'));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'postgres', 'cluster.new', 'base'), { recursive: true });
    const handle = await openEmbedded({ dataFolder: folder, port: undefined, report: () => {} });
    expect(await query(handle, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await handle.release();
    rmSync(folder, { recursive: true });
  });
});

const NOBODY = { uid: 65_534, gid: 65_534 };
// A checkout below /root cannot be entered by others.
const nobodyCanRead =
  process.getuid?.() === 0 &&
  spawnSync('test', ['-r', import.meta.filename], { ...NOBODY, cwd: '/' }).status === 0;

describe.skipIf(process.getuid?.() !== 0)('as root', () => {
  it('puts the database elsewhere when its user cannot enter the data folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onhand-test-'));
    const said: string[] = [];
    const report = (line: string) => said.push(line);
    const options = { dataFolder: folder, port: undefined, report };
    await openEmbedded(options).then((handle) => handle.release());
    const { directory } = JSON.parse(readFileSync(join(folder, 'embedded.json'), 'utf8'));
    expect(directory).toMatch(/^\/var\/lib\/onhand\//);
    expect(said.join()).toContain(`The database lives in ${directory}`);
    rmSync(folder, { recursive: true });
    rmSync(directory, { recursive: true });
  });

  it.skipIf(!nobodyCanRead)('serves the folder of an ordinary user, who can go on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onhand-test-'));
    chmodSync(folder, 0o755);
    chownSync(folder, NOBODY.uid, NOBODY.gid);
    const visit = async () => {
      const program = startProgram(process.execPath, [visitorBundle, folder], NOBODY);
      expect([await program.ended, program.stdout()]).toEqual([0, `1 as ${NOBODY.uid}\n`]);
    };
    await visit();
    const options = { dataFolder: folder, port: undefined, report: () => {} };
    const ours = await openEmbedded(options);
    expect(await query(ours, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await ours.release();
    await visit();
    rmSync(folder, { recursive: true });
  });
});

describe('the folder lock', () => {
  it('lets one in at a time, and is not held by the dead', async () => {
    writeFileSync(join(dataFolder, 'embedded.lock'), '999999999:1');
    let inside = 0;
    const visits = [1, 2, 3, 4, 5].map(() =>
      withFolderLock(dataFolder, async () => {
        inside += 1;
        expect(inside).toBe(1);
        await new Promise((done) => setTimeout(done, 5));
        inside -= 1;
      }),
    );
    await Promise.all(visits);
  });
});

describe('DATABASE_URL', () => {
  it('that does not answer is named, without its password', async () => {
    const databaseUrl = 'postgresql://joe:secret@127.0.0.1:1/none';
    const attempt = ensureDatabase({ databaseUrl, dataFolder, embeddedPort: undefined });
    await expect(attempt).rejects.toThrow(DatabaseUnreachable);
    await expect(attempt).rejects.toThrow('postgresql://joe:***@127.0.0.1:1/none');
  });
});
