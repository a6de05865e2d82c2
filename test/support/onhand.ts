import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Program, startProgram } from './program.ts';
import { root } from './sources.ts';

const START_MS_MAX = 90_000;

/** The built product as a process of its own, on a data folder that outlives it. */
export interface Onhand {
  readonly folder: string;
  /** The address of the server that runs now. */
  url(): string;
  /** Starts it, or starts it again on the same port, with further settings. */
  start(env?: NodeJS.ProcessEnv): Promise<Program>;
  /** Makes a key that may do everything. */
  adminKey(): Promise<string>;
  /** Process id of the embedded PostgreSQL; undefined while it is away. */
  postgresPid(): number | undefined;
  /** Looks into the database as one who sees everything. */
  withDatabase<T>(work: (pool: pg.Pool) => Promise<T>): Promise<T>;
  /** Ends everything that it started, and removes the data. */
  remove(): Promise<void>;
}

interface EmbeddedFile {
  readonly directory: string;
  readonly port: number;
  readonly password: string;
}

/** Prepares a data folder for one test file; nothing runs yet. */
export function createOnhand(): Onhand {
  const base = process.env.ONHAND_PROOF_DATA ?? tmpdir();
  const folder = mkdtempSync(join(base, 'onhand-proof-'));
  // PostgreSQL may run as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  let program: Program | undefined;
  let port = 0;
  const run = (args: readonly string[], env: NodeJS.ProcessEnv) =>
    startProgram(process.execPath, [join(root, 'bin/onhand.mjs'), ...args], {
      env: {
        ...{
          ONHAND_DATA: folder,
          DATABASE_URL: '',
          LOG_LEVEL: process.env.PROOF_LOG ?? 'silent',
          PORT: String(port),
        },
        ...env,
      },
    });
  const embedded = (): EmbeddedFile =>
    JSON.parse(readFileSync(join(folder, 'embedded.json'), 'utf8'));
  return {
    folder,
    url: () => `http://127.0.0.1:${port}`,
    async start(env = {}) {
      program = run(['start', '--empty'], env);
      const [, url = ''] = await program.waitFor(/onhand runs at (http:\S+) on/, START_MS_MAX);
      port = Number(new URL(url).port);
      return program;
    },
    async adminKey() {
      const made = run(['keys', 'create', 'proof', '--role', 'admin', '--json'], {});
      await made.ended;
      return JSON.parse(made.stdout()).key;
    },
    postgresPid() {
      try {
        const lock = readFileSync(join(embedded().directory, 'cluster/postmaster.pid'), 'utf8');
        return Number(lock.split('\n')[0]);
      } catch {
        return undefined;
      }
    },
    async withDatabase(work) {
      const { port: databasePort, password } = embedded();
      const pool = new pg.Pool({
        ...{ host: '127.0.0.1', port: databasePort, user: 'onhand', database: 'onhand' },
        ...{ password, max: 4 },
      });
      pool.on('error', () => {});
      try {
        return await work(pool);
      } finally {
        await pool.end();
      }
    },
    async remove() {
      if (program && program.child.exitCode === null) {
        program.child.kill('SIGTERM');
        await program.ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
