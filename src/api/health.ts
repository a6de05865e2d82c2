import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../platform/context.ts';
import { schemaVersion } from '../platform/migrate.ts';

/** One readiness check; `detail` says what was found. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const CHECK_MS_MAX = 2_000;
export const DISK_FREE_PERCENT_MIN = 10;

/** Free space of the data folder's disk in percent. */
export async function diskFreePercent(folder: string): Promise<number> {
  const { blocks, bavail } = await statfs(folder);
  return blocks === 0 ? 0 : Math.floor((100 * bavail) / blocks);
}

async function checkDisk(context: Context): Promise<Check> {
  const free = await diskFreePercent(context.config.dataFolder).catch(() => undefined);
  if (free === undefined) {
    // With DATABASE_URL the data folder is not made, and the database's disk is not ours to see.
    return { name: 'disk', ok: true, detail: 'not checked: the database is elsewhere' };
  }
  return { name: 'disk', ok: free >= DISK_FREE_PERCENT_MIN, detail: `${free} % free` };
}

/** Settings without which an acknowledgement would not mean that it is on disk. */
async function checkDurability(context: Context): Promise<Check[]> {
  const { rows } = await context.database.poster.query<{ name: string; setting: string }>(
    `SELECT name, current_setting(name) AS setting
       FROM unnest(ARRAY['fsync', 'full_page_writes', 'synchronous_commit']) AS name`,
  );
  return rows.map(({ name, setting }) => ({ name, ok: setting !== 'off', detail: setting }));
}

async function checkSchema(context: Context): Promise<Check> {
  const { current, missing, unknown } = await schemaVersion(context.database.poster);
  const problems = [
    ...missing.map((name) => `${name} is missing`),
    ...unknown.map((name) => `${name} is not known`),
  ];
  const ok = problems.length === 0;
  return { name: 'schema', ok, detail: ok ? (current ?? 'empty') : problems.join(', ') };
}

async function checkDatabase(context: Context): Promise<Check[]> {
  const slow = sleep(CHECK_MS_MAX, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${CHECK_MS_MAX} ms`);
  });
  const work = Promise.all([checkDurability(context), checkSchema(context)]);
  try {
    const [durability, schema] = await Promise.race([work, slow]);
    return [{ name: 'database', ok: true, detail: 'answers' }, ...durability, schema];
  } catch (error) {
    work.catch(() => {});
    context.log.warn({ err: error, check: 'database' }, 'readiness check failed');
    return [{ name: 'database', ok: false, detail: 'does not answer' }];
  }
}

/** Everything that must hold before traffic is sent here. */
export async function readinessChecks(context: Context): Promise<Check[]> {
  const [database, disk] = await Promise.all([checkDatabase(context), checkDisk(context)]);
  return [...database, disk];
}
