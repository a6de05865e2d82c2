import { SYSTEM } from '../platform/auth/index.ts';
import { readAs, writeAs } from '../platform/database.ts';
import { endLines, lockReturn } from './rma.commands.ts';
import type { Returns } from './service.ts';
import { finishStalled, type StepWork } from './steps.ts';

const SWEEP_MS = 5_000;
/** A step younger than this is most likely still on its way in some process. */
const STALLED_AFTER_MS = 10_000;
const EXPIRED_MAX = 200;

/**
 * Finishes at start, and every few seconds, what processes that died have left behind, and ends
 * authorisations that nothing arrived on in time.
 * @returns a function that stops it and waits for what is running.
 */
export function keepSweeping(returns: Returns, work: StepWork): () => Promise<void> {
  const { log, clock } = returns.context;
  const sweep = async (stalledAfterMs: number): Promise<void> => {
    await finishStalled(returns, work, new Date(clock().getTime() - stalledAfterMs));
    await expireDue(returns);
  };
  const guarded = (stalledAfterMs: number) =>
    sweep(stalledAfterMs).catch((error: Error) =>
      log.warn({ err: error }, 'returns could not be swept'),
    );
  let running = guarded(0);
  const timer = setInterval(() => {
    running = running.then(() => guarded(STALLED_AFTER_MS));
  }, SWEEP_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Ends authorisations that nothing arrived on in time; answers how many there were. */
export async function expireDue(returns: Returns): Promise<number> {
  const { database, clock, log } = returns.context;
  const now = clock();
  const due = await readAs(database, 'house', async (tx) => {
    const { rows } = await tx.query<{ number: string }>(
      `SELECT number FROM returns.rma
       WHERE state IN ('authorised', 'in_transit') AND expires_at <= $1
       ORDER BY expires_at, rma_id LIMIT $2`,
      [now, EXPIRED_MAX],
    );
    return rows;
  });
  for (const { number } of due) {
    await expire(returns, number, now).catch((error: Error) =>
      log.warn({ err: error, number }, 'a return could not be ended'),
    );
  }
  return due.length;
}

async function expire(returns: Returns, number: string, now: Date): Promise<void> {
  await writeAs(returns.context.database, 'house', async (tx) => {
    const locked = await lockReturn(tx, number);
    const { state, expiresAt } = locked.rma;
    const isDue = state === 'authorised' || state === 'in_transit';
    // Somebody was quicker.
    if (!isDue || expiresAt === null || expiresAt > now) return;
    // What is just being taken in has arrived in time.
    if (locked.lines.some(({ arriving, pendingRefund }) => arriving + pendingRefund > 0n)) return;
    const by = { actorId: SYSTEM.principalId, at: now };
    await endLines(returns, tx, locked, 'expire', 'Nothing arrived in time.', by);
  });
}
