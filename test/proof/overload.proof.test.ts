import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { ledgerViolations } from '../support/invariants.ts';
import { createOnhand } from '../support/onhand.ts';
import { type Send, sender, setUpTraffic } from '../support/traffic.ts';

/**
 * The ledger is offered three times what it can post. What it takes on stays near its peak, the
 * rest is told to come again, and afterwards it is as quick as before.
 */
const QUEUE_MAX = 2_400;
const COMMANDS = 100;
const CALLERS = [8, 16, 24];
const ROUNDS_MAX = 4;
const SECONDS = Number(process.env.PROOF_SECONDS ?? 5);
const OFFERED = 3;
/**
 * The promise is 0.9 of the peak on a machine of its own. Here the clients share two cores with
 * the server and PostgreSQL, and offering three times the peak takes a good part of them.
 */
const GOODPUT_MIN = Number(process.env.PROOF_GOODPUT_MIN ?? 0.5);
const RECOVERY_MS_MAX = 10_000;

const onhand = createOnhand();
afterAll(() => onhand.remove());

/** One bulk request of receipts; answers how many commands were posted, and the status. */
async function bulk(send: Send, skus: readonly string[]) {
  const commands = Array.from({ length: COMMANDS }, (_, i) => ({
    id: newId(),
    lines: [{ kind: 'receipt', item: skus[i % skus.length], quantity: '1', to: 'P1' }],
  }));
  const reply = await send('POST', '/v1/movements/bulk', { commands });
  const outcomes: { status: string }[] = reply.body?.outcomes ?? [];
  const posted = outcomes.filter(({ status }) => status === 'committed').length;
  return { posted, reply, refused: outcomes.length - posted };
}

/** Commands a second that callers get posted who wait for each answer; the best of a few. */
async function measurePeak(send: Send, skus: readonly string[]): Promise<number> {
  const rates: number[] = [];
  for (const callers of CALLERS) {
    const until = performance.now() + (SECONDS / CALLERS.length) * 1000;
    let posted = 0;
    const caller = async () => {
      while (performance.now() < until) {
        const done = await bulk(send, skus);
        posted += done.posted;
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    rates.push((posted * CALLERS.length) / SECONDS);
  }
  return Math.max(...rates);
}

/** Offers three times the peak; where it keeps up with that, the peak was higher than measured. */
async function overload(send: Send, skus: readonly string[], measured: number) {
  let peak = measured;
  for (let round = 1; ; round += 1) {
    const result = await offer(send, skus, peak * OFFERED);
    if (result.shed > 0 || round === ROUNDS_MAX) return { ...result, peak };
    peak = Math.max(peak, result.goodput);
  }
}

interface Offered {
  goodput: number;
  offered: number;
  shed: number;
  /** Answers other than posted or shed with Retry-After. */
  readonly strange: string[];
}

/** Offers commands at a fixed rate, whatever the answers. */
async function offer(send: Send, skus: readonly string[], rate: number): Promise<Offered> {
  const result: Offered = { goodput: 0, offered: 0, shed: 0, strange: [] };
  const started = performance.now();
  const open: Promise<void>[] = [];
  const one = async () => {
    const { posted, refused, reply } = await bulk(send, skus);
    // Only what was posted while it was offered counts.
    if (performance.now() - started <= SECONDS * 1000) result.goodput += posted;
    if (reply.status === 503 && Number(reply.retryAfter) >= 1) result.shed += COMMANDS;
    else if (reply.status !== 200 || refused > 0) {
      result.strange.push(`${reply.status} ${JSON.stringify(reply.body)?.slice(0, 300)}`);
    }
  };
  for (;;) {
    const elapsed = (performance.now() - started) / 1000;
    if (elapsed >= SECONDS) break;
    while (result.offered < rate * elapsed) {
      result.offered += COMMANDS;
      open.push(one());
    }
    await sleep(5);
  }
  await Promise.all(open);
  result.goodput /= SECONDS;
  result.offered /= SECONDS;
  return result;
}

it('sheds what it cannot post, keeps its pace, and recovers', { timeout: 180_000 }, async () => {
  await onhand.start({ LANE_QUEUE_MAX: String(QUEUE_MAX) });
  const send = sender(onhand.url, await onhand.adminKey());
  const skus = await setUpTraffic(send, 64);
  await measurePeak(send, skus);
  const measured = await measurePeak(send, skus);
  const { peak, goodput, offered, shed, strange } = await overload(send, skus, measured);
  const overloadedUntil = performance.now();
  while ((await bulk(send, skus)).posted < COMMANDS) await sleep(50);
  const recoveryMs = performance.now() - overloadedUntil;
  const after = await measurePeak(send, skus);
  const rounded = [peak, offered, goodput, after].map(Math.round);
  console.log(
    `peak ${rounded[0]}/s; offered ${rounded[1]}/s: posted ${rounded[2]}/s, ` +
      `${(goodput / peak).toFixed(2)} of the peak, ${shed} shed; ` +
      `recovered in ${Math.round(recoveryMs)} ms, then ${rounded[3]}/s`,
  );
  expect([...new Set(strange)]).toEqual([]);
  expect(shed).toBeGreaterThan(0);
  expect(goodput / peak).toBeGreaterThan(GOODPUT_MIN);
  expect(recoveryMs).toBeLessThan(RECOVERY_MS_MAX);
  expect(after / peak).toBeGreaterThan(GOODPUT_MIN);
  expect(await onhand.withDatabase(ledgerViolations)).toEqual([]);
});
