import type { MoveLine, Outcome, PostCommand } from '../../src/ledger/posting/commands.ts';
import { KIND } from '../../src/ledger/posting/commands.ts';
import type { Poster } from '../../src/ledger/posting/poster.ts';
import { journalOf } from '../../src/ledger/posting/poster.ts';
import { newId } from '../../src/platform/ids.ts';
import { type Bench, BINS, POSITIONS_PER_ITEM } from './bench-database.ts';

/** Makes the next command; `turn` counts from zero. */
export type Workload = (turn: number) => { item: number; command: PostCommand };

const SUPPLIER = 1;
const CUSTOMER = 2;
const HOUSE_BIN = 3;
const SELLER_BIN = 3 + BINS;

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

function position(item: number, place: number): number {
  return (item - 1) * POSITIONS_PER_ITEM + place;
}

function command(line: Pick<MoveLine, 'kind' | 'from' | 'to' | 'value'>): PostCommand {
  const { kind, from, to, value } = line;
  return {
    type: 'post',
    id: newId(),
    bodyHash: BigInt(random(2 ** 32)),
    actorId: 1,
    deviceId: 0,
    lines: [
      {
        kind,
        quantity: BigInt(1 + random(9)),
        from,
        to,
        value,
        occurredAt: Date.now(),
        reasonId: 0,
        documentId: 0,
        reservationSeq: 0,
        allocationSeq: 0,
        reversesSeq: 0,
        costOfSeq: 0,
        physical: false,
        counted: null,
        serials: null,
      },
    ],
  };
}

/** Units only: a seller's goods from a bin to the next of the same site. */
export function unitsOnly(items: number): Workload {
  return () => move(1 + random(items));
}

/** The same, with nine of ten movements in one and the same item. */
export function hot(items: number): Workload {
  return () => move(Math.random() < 0.9 ? 7 : 1 + random(items));
}

function move(item: number): { item: number; command: PostCommand } {
  const bin = random(BINS);
  const from = position(item, SELLER_BIN + bin);
  const to = position(item, SELLER_BIN + ((bin + 1) % BINS));
  return { item, command: command({ kind: KIND.move, from, to, value: null }) };
}

/**
 * Everything on: the house's goods in lots come from the supplier at a price and leave to the
 * customer at the moving average; availability and cost pool follow.
 */
export function everything(items: number): Workload {
  return (turn) => {
    const item = 1 + random(items);
    const bin = position(item, HOUSE_BIN + random(BINS));
    const receipt = turn % 2 === 0;
    const from = receipt ? position(item, SUPPLIER) : bin;
    const to = receipt ? bin : position(item, CUSTOMER);
    const kind = receipt ? KIND.receipt : KIND.shipment;
    const value = receipt ? BigInt(2000 + random(1000)) : null;
    return { item, command: command({ kind, from, to, value }) };
  };
}

/** One receipt of many units into each bin of the house. */
export function receipts(items: number): { workload: Workload; commands: number } {
  const workload: Workload = (turn) => {
    const item = 1 + (turn % items);
    const bin = Math.floor(turn / items) % BINS;
    const [from, to] = [position(item, SUPPLIER), position(item, HOUSE_BIN + bin)];
    const posted = command({ kind: KIND.receipt, from, to, value: 100_000n });
    const lines = posted.lines.map((line) => ({ ...line, quantity: 10_000n }));
    return { item, command: { ...posted, lines } };
  };
  return { workload, commands: items * BINS };
}

/** Touches every item a few times, so that lanes know their rows as after hours of work. */
export async function warmUp(bench: Bench, poster: Poster, workload: Workload): Promise<void> {
  await drive(poster, workload, { commands: bench.items * BINS, window: WINDOW });
}

/** Callers that wait for an answer each, at any time. */
export const WINDOW = 6000;

export interface DriveOptions {
  readonly window: number;
  /** Ends after this many commands, or after this many seconds. */
  readonly commands?: number;
  readonly seconds?: number;
}

/**
 * A closed loop: `window` callers that each post one command, wait for its acknowledgement, and
 * post the next. Answers acknowledged commands a second.
 */
export function drive(poster: Poster, workload: Workload, options: DriveOptions): Promise<number> {
  const { window, commands = Number.POSITIVE_INFINITY } = options;
  const seconds = options.seconds ?? Number.POSITIVE_INFINITY;
  const { journals } = poster;
  let [sent, done, inAir] = [0, 0, 0];
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const end = started + seconds * 1000;
    const settled = (outcome: Outcome): void => {
      if (outcome.status !== 'committed') {
        reject(new Error(`refused: ${outcome.refusal.code}`));
        return;
      }
      done += 1;
      inAir -= 1;
      if (sent < commands && performance.now() < end) next();
      else if (inAir === 0) resolve((done / (performance.now() - started)) * 1000);
    };
    const next = (): void => {
      const { item, command } = workload(sent);
      sent += 1;
      inAir += 1;
      poster.post(journalOf(item, journals), command).then(settled, reject);
    };
    for (let i = 0; i < window && sent < commands; i += 1) next();
  });
}
