import type { LedgerService } from '../../ledger/index.ts';
import type { Context, Principal } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import { Problem, problemTypes } from '../../platform/problems.ts';
import { type ChannelDirectory, createChannelDirectory } from '../channels/channel.queries.ts';
import { createNetworkMemory, type NetworkMemory } from '../promise/memory.ts';
import { createToPromiseReader, type ReadToPromise } from '../promise/reader.ts';
import { type ChooseSites, chooseByAvailability } from './choose-sites.ts';

/** What the commands of sales orders work with; one a process. */
export interface OrderService {
  readonly context: Context;
  readonly ledger: LedgerService;
  readonly channels: ChannelDirectory;
  readonly chooseSites: ChooseSites;
  /** Sites, calendars and lanes, which dates are promised from. */
  readonly networks: NetworkMemory;
  /** What is expected of items, for units that wait. */
  readonly toPromise: ReadToPromise;
  /** Lets few transactions at a time stay open while the ledger works for them. */
  readonly gate: Gate;
  /** Digits after the point of the house currency. */
  readonly houseDigits: number;
}

/** Makes the service; `chooseSites` decides where lines without a site come from. */
export function createOrderService(
  context: Context,
  ledger: LedgerService,
  chooseSites: ChooseSites = chooseByAvailability,
): OrderService {
  const { database, clock } = context;
  return {
    context,
    ledger,
    channels: createChannelDirectory(database, clock),
    chooseSites,
    networks: createNetworkMemory(database, clock),
    toPromise: createToPromiseReader(database, ledger.poster.journals, clock),
    gate: createGate(PROMISING_MAX),
    houseDigits: currencyDigits(context.config.currency),
  };
}

/** Work of which only so much goes on at a time. */
export interface Gate {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Whoever holds a connection while the ledger needs another one must be few, or all connections
 * are held by those that wait for one.
 */
const PROMISING_MAX = 4;

function createGate(max: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    run: async (work) => {
      if (inside < max) inside += 1;
      else await new Promise<void>((enter) => waiting.push(enter));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else inside -= 1;
      }
    },
  };
}

/** A poster's transaction that promises units; it keeps the ring-fences that it has read. */
export function promising<T>(service: OrderService, work: (tx: Tx) => Promise<T>): Promise<T> {
  return service.gate.run(() => inTransaction(service.context.database.poster, work));
}

/**
 * The same actor for commands to the ledger. Every line names its owner, and whether the caller
 * may act for that owner was decided before; so a step that a sweep repeats later, in nobody's
 * name, is the same command.
 */
export function forLedger(principal: Principal): Principal {
  return { ...principal, scope: 'house' };
}

const memory = new Map<string, number>();

/** Digits of a currency, which are asked for with every line. */
export function digitsOf(currency: string): number {
  const known = memory.get(currency);
  if (known !== undefined) return known;
  const digits = currencyDigits(currency);
  memory.set(currency, digits);
  return digits;
}

/** A problem member of a ledger's answer as the problem that it is. */
export function problemOf(member: {
  readonly type: string;
  readonly detail?: string | undefined;
}): Problem {
  const { type, detail, ...extras } = member as Record<string, unknown>;
  const name = String(type).slice('/problems/'.length);
  const declared = problemTypes().find((each) => each.name === name);
  if (!declared) throw new Error(`problem ${type} is not declared`);
  const { title: _title, status: _status, ...rest } = extras;
  return new Problem(declared, String(detail ?? declared.title), rest);
}
