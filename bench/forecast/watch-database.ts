import { readFileSync } from 'node:fs';
import type pg from 'pg';

/** What the database used between two moments; null where the system does not say. */
export interface Watched {
  readonly cpuSeconds: number | null;
  /** The largest sum of this process and of all of the database's, shared memory counted once. */
  readonly togetherBytesMax: number | null;
}

const EVERY_MS = 250;
/** Clock ticks a second in /proc, the same on every Linux. */
const TICKS = 100;

/**
 * Proportional set size of a process (its own pages and its share of those that several have), in
 * bytes; undefined where there is no /proc, or it may not be read.
 */
function proportionalBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return kilobytes ? Number(kilobytes[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

/** Processor time of a process in seconds; 0 once it has ended. */
function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

async function processesOf(admin: pg.Client): Promise<number[]> {
  const { rows } = await admin.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
  return rows.map(({ pid }) => pid);
}

/** Watches the processes of a database, its background ones too, until `end` is called. */
export async function watchDatabase(admin: pg.Client): Promise<{ end(): Promise<Watched> }> {
  let pids = await processesOf(admin);
  const started = new Map(pids.map((pid) => [pid, cpuSecondsOf(pid)]));
  const newest = new Map(started);
  let togetherBytesMax: number | null = null;
  const look = async (): Promise<void> => {
    pids = await processesOf(admin);
    for (const pid of pids) newest.set(pid, Math.max(newest.get(pid) ?? 0, cpuSecondsOf(pid)));
    const sizes = [process.pid, ...pids].map(proportionalBytes);
    if (sizes[0] === undefined || sizes.filter((size) => size !== undefined).length < 2) return;
    const sum = sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
    togetherBytesMax = Math.max(togetherBytesMax ?? 0, sum);
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    async end() {
      clearInterval(timer);
      await look();
      let cpuSeconds = 0;
      for (const [pid, seconds] of newest) cpuSeconds += seconds - (started.get(pid) ?? 0);
      return { cpuSeconds: cpuSeconds > 0 ? cpuSeconds : null, togetherBytesMax };
    },
  };
}
