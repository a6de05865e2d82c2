import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Command, Outcome } from '../../src/ledger/posting/commands.ts';
import { UnknownOutcome } from '../../src/ledger/posting/faults.ts';
import { journalOf, type Poster } from '../../src/ledger/posting/poster.ts';
import { type Ask, asks, commandFor } from '../support/ledger-model-commands.ts';
import type { LedgerDatabase } from '../support/ledger-model-database.ts';
import type { World } from '../support/ledger-model-world.ts';
import { type Knowledge, makeKnowledge } from './knowledge.ts';
import { makeOutages, type Outages } from './outages.ts';
import { type Random, randomOf } from './random.ts';

/** One attempt: a command sent to one process, and what it said. */
export interface Attempt {
  readonly command: Command;
  readonly journal: number;
  /** The newest seq that any client had been told of when it was sent, and the time. */
  readonly seqBefore: number;
  readonly sentAt: number;
  /** Attempts are numbered when they are sent and when they are answered, on one count. */
  readonly sentNumber: number;
  readonly answeredNumber: number;
  readonly answeredAt: number;
  readonly outcome: Outcome | Error;
}

export interface Run {
  readonly attempts: readonly Attempt[];
  readonly commands: ReadonlyMap<string, Command>;
  /** How often each kind of trouble was met. */
  readonly trouble: ReadonlyMap<string, number>;
  readonly expired: number;
}

export interface Plan {
  readonly seed: number;
  readonly processes: number;
  readonly clients: number;
  readonly commands: number;
}

/** The clocks of the processes do not agree. */
const SKEW_MS_MAX = 40;
const START = Date.UTC(2026, 5, 1);
const ATTEMPTS_MAX = 60;
const BURST = 170;
const PHASE = 40;

interface Scene {
  readonly ledger: LedgerDatabase;
  readonly random: Random;
  readonly wishes: readonly Ask[];
  readonly posters: readonly Poster[];
  readonly outages: readonly Outages[];
  readonly knowledge: readonly Knowledge[];
  readonly worlds: readonly World[];
  readonly attempts: Attempt[];
  readonly commands: Map<string, Command>;
  now: number;
  number: number;
  made: number;
  expired: number;
}

/** Lets several processes post to the same journals while things go wrong. */
export async function simulate(ledger: LedgerDatabase, plan: Plan): Promise<Run> {
  const scene = await openScene(ledger, plan);
  await Promise.all(Array.from({ length: plan.clients }, () => client(scene)));
  for (const outage of scene.outages) outage.calm();
  await Promise.all(scene.posters.map((poster) => poster.drain()));
  const trouble = new Map<string, number>();
  for (const { counts } of scene.outages) {
    for (const [name, count] of counts) trouble.set(name, (trouble.get(name) ?? 0) + count);
  }
  const { attempts, commands, expired } = scene;
  return { attempts, commands, trouble, expired };
}

async function openScene(ledger: LedgerDatabase, plan: Plan): Promise<Scene> {
  const { seed, processes } = plan;
  const outages = Array.from({ length: processes }, (_, i) => makeOutages(randomOf(seed + i + 1)));
  const scene: Omit<Scene, 'posters'> & { posters: Poster[] } = {
    ledger,
    random: randomOf(seed),
    wishes: fc.sample(asks(12), { numRuns: plan.commands, seed }),
    posters: [],
    outages,
    knowledge: Array.from({ length: ledger.journals }, () => makeKnowledge(ledger.world)),
    worlds: Array.from({ length: ledger.journals }, (_, i) => worldOf(ledger, i)),
    attempts: [],
    commands: new Map(),
    now: START,
    number: 0,
    made: 0,
    expired: 0,
  };
  for (const outage of outages) {
    const skew = scene.random.int(2 * SKEW_MS_MAX) - SKEW_MS_MAX;
    const clock = () => new Date(scene.now + skew);
    const options = { clock, batchMax: 12, rowsMax: 120, unknownAfterMs: 400 };
    scene.posters.push(await ledger.poster(options, outage.choose));
  }
  return scene;
}

/** The part of the world that one journal has. */
function worldOf({ world, journals }: LedgerDatabase, journal: number): World {
  const here = (row: { itemId: number }) => journalOf(row.itemId, journals) === journal;
  const part = <R extends { itemId: number }>(rows: ReadonlyMap<number, R>) =>
    new Map([...rows].filter(([, row]) => here(row)));
  return {
    ...world,
    items: world.items.filter(here),
    pools: part(world.pools),
    availability: part(world.availability),
  };
}

async function client(scene: Scene): Promise<void> {
  const { random } = scene;
  while (scene.made < scene.wishes.length) {
    const wish = scene.wishes[scene.made]!;
    scene.made += 1;
    scene.now += random.int(12);
    await wait(scene, 4);
    if (random.chance(0.02)) await sweep(scene);
    const journal = random.int(scene.ledger.journals);
    if (scene.worlds[journal]!.items.length === 0) continue;
    if (random.chance(0.01)) await burst(scene, journal);
    const command = makeCommand(scene, wish, journal);
    await insist(scene, command, journal);
    if (random.chance(0.1)) await resend(scene, journal);
  }
}

/** So many at once that batches are sent behind one another without waiting for the first. */
async function burst(scene: Scene, journal: number): Promise<void> {
  const wishes = scene.wishes.slice(scene.made, scene.made + BURST);
  scene.made += wishes.length;
  const commands = wishes.map((wish) => makeCommand(scene, wish, journal));
  const poster = scene.random.pick(scene.posters);
  const questions = commands.map((command) => ask(scene, command, journal));
  const outcomes = await poster.postAll(commands.map((command) => ({ journal, command })));
  for (const [i, outcome] of outcomes.entries()) questions[i]!(outcome);
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome instanceof Error) await insist(scene, commands[i]!, journal);
  }
}

function makeCommand(scene: Scene, wish: Ask, journal: number): Command {
  const { state } = scene.knowledge[journal]!;
  const world = scene.worlds[journal]!;
  const command = commandFor({ world, state, now: scene.now }, wish, scene.commands.size + 1);
  scene.commands.set(command.id, command);
  return command;
}

/** Sends until there is an answer; impatient clients send twice, to two processes. */
async function insist(scene: Scene, command: Command, journal: number): Promise<void> {
  const { random } = scene;
  for (let tries = 0; tries < ATTEMPTS_MAX; tries += 1) {
    const copies = random.chance(0.15) ? 2 : 1;
    const sent = Array.from({ length: copies }, () => send(scene, command, journal));
    const outcomes = await Promise.all(sent);
    if (outcomes.some((outcome) => !(outcome instanceof Error))) return;
    await wait(scene, 30);
  }
  throw new Error(`nobody answered command ${command.id}`);
}

/** An old command comes again, as it was or with another body under its id. */
async function resend(scene: Scene, journal: number): Promise<void> {
  const { random } = scene;
  const old = scene.attempts.filter((attempt) => attempt.journal === journal);
  if (old.length === 0) return;
  const { command, outcome } = random.pick(old);
  // Only what was accepted, and left a fact, binds its id.
  const bound = !(outcome instanceof Error) && outcome.status === 'committed';
  const forged = random.chance(0.5) && bound && outcome.lines.length > 0;
  await send(scene, forged ? { ...command, bodyHash: command.bodyHash + 1n } : command, journal);
}

async function send(scene: Scene, command: Command, journal: number): Promise<Outcome | Error> {
  await wait(scene, 3);
  const poster = pickPoster(scene);
  const answer = ask(scene, command, journal);
  return answer(await poster.post(journal, command).catch((error: Error) => error));
}

/**
 * For a while most clients use the same process, so that it gets to trust its memory; then they
 * go to another, whose memory is out of date.
 */
function pickPoster({ random, posters, made }: Scene): Poster {
  if (random.chance(0.12)) return random.pick(posters);
  return posters[Math.floor(made / PHASE) % posters.length]!;
}

/** Notes a question now, and its answer when it comes. */
function ask(scene: Scene, command: Command, journal: number) {
  const knowledge = scene.knowledge[journal]!;
  scene.number += 1;
  const before = { seqBefore: knowledge.seq(), sentAt: scene.now, sentNumber: scene.number };
  return (outcome: Outcome | Error): Outcome | Error => {
    if (outcome instanceof Error && !(outcome instanceof UnknownOutcome)) throw outcome;
    scene.number += 1;
    const after = { answeredNumber: scene.number, answeredAt: scene.now };
    scene.attempts.push({ command, journal, ...before, ...after, outcome });
    const own = scene.commands.get(command.id) === command;
    if (!(outcome instanceof Error) && outcome.status === 'committed' && own) {
      knowledge.learn(command, outcome);
    }
    return outcome;
  };
}

async function sweep(scene: Scene): Promise<void> {
  const count = await scene.random
    .pick(scene.posters)
    .expireDue()
    .catch(() => 0);
  scene.expired += count;
}

async function wait(scene: Scene, millisecondsMax: number): Promise<void> {
  const milliseconds = scene.random.int(millisecondsMax + 1);
  if (milliseconds > 0) await sleep(milliseconds);
}

/** What the clocks of the processes may have shown at a moment of the simulation. */
export function clocksAt(time: number): { earliest: number; latest: number } {
  return { earliest: time - SKEW_MS_MAX, latest: time + SKEW_MS_MAX };
}
