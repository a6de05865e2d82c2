import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { ledgerViolations } from '../support/invariants.ts';
import { createOnhand } from '../support/onhand.ts';
import {
  commandsSoFar,
  compare,
  emptyMemory,
  nextCommand,
  randomFrom,
  runClient,
  sender,
  setUpTraffic,
  verify,
} from '../support/traffic.ts';

/** Kills of the server, and as many of PostgreSQL. `npm run soak:crash -- --kills N` for more. */
const KILLS = Number(process.env.PROOF_KILLS ?? 6);
const CLIENTS = 8;
const SEED = Number(process.env.PROOF_SEED ?? 7);
const MS_A_KILL_MAX = 15_000;

const onhand = createOnhand();
afterAll(() => onhand.remove());

it(`loses and doubles nothing in ${KILLS} kills of the server and of PostgreSQL`, {
  timeout: 120_000 + KILLS * MS_A_KILL_MAX,
}, async () => {
  let program = await onhand.start();
  const send = sender(onhand.url, await onhand.adminKey());
  const skus = await setUpTraffic(send, 8);
  const before = await onhand.withDatabase(commandsSoFar);
  const memory = emptyMemory();
  const random = randomFrom(SEED);
  let running = true;
  const clients = Array.from({ length: CLIENTS }, (_, i) => {
    const own = randomFrom(SEED + 1 + i);
    return runClient(
      send,
      memory,
      () => nextCommand(own, skus),
      () => running,
    );
  });
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(200 + random() * 800);
    if (kill % 2 === 0) {
      program.child.kill('SIGKILL');
      await program.ended;
      program = await onhand.start();
    } else {
      const pid = onhand.postgresPid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    const acknowledged = memory.acknowledged.size;
    // Work goes on before the next kill, so that each one meets a ledger in use.
    const until = Date.now() + MS_A_KILL_MAX;
    while (memory.acknowledged.size < acknowledged + CLIENTS && Date.now() < until) {
      await sleep(50);
    }
    expect(memory.acknowledged.size).toBeGreaterThan(acknowledged);
  }
  running = false;
  await Promise.all(clients);
  expect(memory.strange).toEqual([]);
  const found = await onhand.withDatabase((pool) => compare(pool, memory, before));
  expect(found).toEqual({ lost: [], unexpected: [], different: [] });
  expect(await onhand.withDatabase(ledgerViolations)).toEqual([]);
  expect(await verify(send)).toEqual([]);
  expect(memory.asked).toBeGreaterThan(0);
  const { acknowledged, asked, askedAndPosted, refused } = memory;
  console.log(
    `${KILLS} kills: ${acknowledged.size} acknowledged, ${refused} refused, ` +
      `${asked} asked for, of which ${askedAndPosted} had been posted`,
  );
});
