import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { ledgerViolations } from '../support/invariants.ts';
import { createOnhand } from '../support/onhand.ts';
import {
  commandsSoFar,
  compare,
  emptyMemory,
  nextCommand,
  note,
  randomFrom,
  type Sent,
  sender,
  settle,
  setUpTraffic,
  verify,
} from '../support/traffic.ts';

/**
 * Each command is sent one to five times, in any order, by clients that do not know of each
 * other, while the server is killed once. `npm run soak:replay -- --commands 300000` for longer.
 */
const COMMANDS = Number(process.env.PROOF_COMMANDS ?? 800);
const CLIENTS = 16;
const SEED = Number(process.env.PROOF_SEED ?? 5);

const onhand = createOnhand();
afterAll(() => onhand.remove());

/** The commands, each as often as it is sent, shuffled. */
function deck(random: () => number, skus: readonly string[]): Sent[] {
  const cards = Array.from({ length: COMMANDS }, () => nextCommand(random, skus)).flatMap((sent) =>
    Array.from({ length: 1 + Math.floor(random() * 5) }, () => sent),
  );
  for (let i = cards.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [cards[i], cards[j]] = [cards[j]!, cards[i]!];
  }
  return cards;
}

it(`posts each of ${COMMANDS} commands at most once, however often it comes`, {
  timeout: 120_000 + COMMANDS * 60,
}, async () => {
  let program = await onhand.start();
  const send = sender(onhand.url, await onhand.adminKey());
  const skus = await setUpTraffic(send, 8);
  const before = await onhand.withDatabase(commandsSoFar);
  const memory = emptyMemory();
  const cards = deck(randomFrom(SEED), skus);
  let next = 0;
  let replayed = 0;
  const client = async () => {
    while (next < cards.length) {
      const sent = cards[next]!;
      next += 1;
      const reply = await send('POST', sent.path, sent.body, sent.key);
      if (reply.body?.replayed) replayed += 1;
      if (!note(memory, sent, reply)) await settle(send, memory, sent);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  while (next < cards.length / 2) await sleep(5);
  program.child.kill('SIGKILL');
  await program.ended;
  program = await onhand.start();
  await Promise.all(clients);
  expect(memory.strange).toEqual([]);
  const found = await onhand.withDatabase((pool) => compare(pool, memory, before));
  expect(found).toEqual({ lost: [], unexpected: [], different: [] });
  expect(await onhand.withDatabase(ledgerViolations)).toEqual([]);
  expect(await verify(send)).toEqual([]);
  expect(replayed).toBeGreaterThan(0);
  expect(memory.asked).toBeGreaterThan(0);
  console.log(`${cards.length} requests, ${memory.acknowledged.size} posted, ${replayed} replays`);
});
