import type { Clock } from '../../platform/clock.ts';
import type { Context, Principal } from '../../platform/context.ts';
import type { Database } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import { invalidRequest, Problem } from '../../platform/problems.ts';
import { readSettings } from '../../platform/settings.ts';
import type { LaneEvent } from '../posting/lane.ts';
import { createPoster, ensureJournals, type Poster } from '../posting/poster.ts';
import { findByCommand } from '../posting/replay.queries.ts';
import { type Admission, createAdmission } from './admission.ts';
import { commandAnswer, unresolvedAnswer } from './answers.ts';
import { postParts } from './conversions.ts';
import { createDirectory } from './directory.ts';
import { gather, type Resolve } from './gather.ts';
import { commandHash, commandUuid } from './identity.ts';
import { findCommand } from './lookup.ts';
import { recordParts } from './parts.queries.ts';
import {
  createResolver,
  type RequestedCommand,
  type ResolvedCommand,
  type Resolver,
} from './resolve.ts';
import type { CommandAnswer } from './schemas.ts';

/** The ledger of this process: resolves, posts and answers. The only writer of stock. */
export interface LedgerService {
  readonly database: Database;
  readonly clock: Clock;
  readonly poster: Poster;
  readonly resolver: Resolver;
  readonly admission: Admission;
  readonly currencyDigits: number;
  /** Posts commands of movements together; answers in the same order, each on its own. */
  post(principal: Principal, commands: readonly RequestedCommand[]): Promise<CommandAnswer[]>;
  /** Finishes what was accepted, takes nothing more. */
  drain(): Promise<void>;
}

export interface LedgerOptions {
  readonly context: Context;
  readonly observe?: (event: LaneEvent & { journal: number }) => void;
  /** Commands a batch takes at most, and milliseconds between two sweeps (0: none). */
  readonly batchMax?: number;
  readonly sweepMs?: number;
}

/** Opens the ledger on a migrated database; makes its journals when it is new. */
export async function openLedger(options: LedgerOptions): Promise<LedgerService> {
  const { config, database, clock } = options.context;
  const settings = await readSettings(database.poster);
  await ensureJournals(database, settings.journals);
  const poster = await createPoster({
    database,
    clock,
    queueMax: config.laneQueueMax,
    ...(options.batchMax === undefined ? {} : { batchMax: options.batchMax }),
    ...(options.sweepMs === undefined ? {} : { sweepMs: options.sweepMs }),
    ...(options.observe ? { observe: options.observe } : {}),
  });
  const digits = currencyDigits(settings.currency);
  const resolver = createResolver({
    database,
    directory: createDirectory(database, clock),
    clock,
    journals: poster.journals,
    currencyDigits: digits,
  });
  const resolve = gather(resolver);
  const admission = createAdmission(config.laneQueueMax);
  const ledger: LedgerService = {
    database,
    clock,
    poster,
    resolver,
    admission,
    currencyDigits: digits,
    post: (principal, commands) =>
      admission.admit(commands.length, async () => {
        const answers = await post(ledger, resolve, principal, commands);
        return answerReplays(ledger, principal, commands, answers);
      }),
    drain: () => poster.drain(),
  };
  return ledger;
}

/**
 * A command that was posted answers the same for ever, even when it could not be resolved any
 * more: the container has moved on, the place was closed, the item deactivated.
 */
async function answerReplays(
  ledger: LedgerService,
  principal: Principal,
  commands: readonly RequestedCommand[],
  answers: CommandAnswer[],
): Promise<CommandAnswer[]> {
  const { database, poster } = ledger;
  for (const [i, answer] of answers.entries()) {
    if (answer.problem?.type !== `/problems/${invalidRequest.name}`) continue;
    const request = commands[i]!;
    const id = commandUuid(request.id, principal);
    for (let journal = 0; journal < poster.journals; journal += 1) {
      const found = (await findByCommand(database.poster, journal, [id])).get(id);
      if (found?.bodyHash !== commandHash(principal, request)) continue;
      answers[i] = { ...(await findCommand(ledger, principal, request.id)), replayed: true };
      break;
    }
  }
  return answers;
}

async function post(
  ledger: LedgerService,
  resolve: Resolve,
  principal: Principal,
  commands: readonly RequestedCommand[],
): Promise<CommandAnswer[]> {
  const resolved = await resolve(principal, commands);
  const good = resolved.flatMap((command) => (command instanceof Problem ? [] : [command]));
  await recordSpread(ledger, principal, good);
  const outcomes = await postParts(ledger.poster, good);
  let next = 0;
  return resolved.map((command, i) => {
    if (command instanceof Problem) {
      const { id, lines } = commands[i]!;
      return unresolvedAnswer(id, lines.length, command);
    }
    const own = outcomes.slice(next, next + command.parts.length);
    next += command.parts.length;
    return commandAnswer(command, own, ledger.currencyDigits);
  });
}

async function recordSpread(
  ledger: LedgerService,
  principal: Principal,
  commands: readonly ResolvedCommand[],
): Promise<void> {
  const spread = commands.flatMap(({ parts }) => (parts.length > 1 ? [parts] : []));
  if (spread.length === 0) return;
  const { ownerId } = await ledger.resolver.defaultOwner(principal);
  await recordParts(ledger.database.poster, ownerId, spread, ledger.clock());
}
