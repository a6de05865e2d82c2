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

const CLIENTS = 16;
const STOPS = 2;
const STOP_MS_MAX = 20_000;

const onhand = createOnhand();
afterAll(() => onhand.remove());

it('loses nothing when it is stopped under load, and is gone within 20 s', async () => {
  let program = await onhand.start();
  const send = sender(onhand.url, await onhand.adminKey());
  const skus = await setUpTraffic(send, 8);
  const before = await onhand.withDatabase(commandsSoFar);
  const memory = emptyMemory();
  let running = true;
  const clients = Array.from({ length: CLIENTS }, (_, i) => {
    const random = randomFrom(40 + i);
    return runClient(
      send,
      memory,
      () => nextCommand(random, skus),
      () => running,
    );
  });
  for (let stop = 0; stop < STOPS; stop += 1) {
    const acknowledged = memory.acknowledged.size;
    while (memory.acknowledged.size < acknowledged + 100) await sleep(20);
    const begun = performance.now();
    program.child.kill('SIGTERM');
    expect(await program.ended, program.output()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(STOP_MS_MAX);
    program = await onhand.start();
  }
  running = false;
  await Promise.all(clients);
  expect(memory.strange).toEqual([]);
  const found = await onhand.withDatabase((pool) => compare(pool, memory, before));
  expect(found).toEqual({ lost: [], unexpected: [], different: [] });
  // What was accepted before the stop was answered: nothing had to be found out afterwards.
  expect(memory.askedAndPosted).toBe(0);
  expect(await onhand.withDatabase(ledgerViolations)).toEqual([]);
  expect(await verify(send)).toEqual([]);
});
