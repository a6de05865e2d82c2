import fc from 'fast-check';
import { accountBalances } from '../../src/accounting/balances.queries.ts';
import { readBooks } from '../../src/accounting/books.ts';
import { findPeriod, type Period, periodBeside } from '../../src/accounting/calendar.ts';
import { closePeriod, reopenPeriod } from '../../src/accounting/periods.commands.ts';
import { verifyBooks } from '../../src/accounting/verify/verify.ts';
import type { Command } from '../../src/ledger/posting/commands.ts';
import type { Poster } from '../../src/ledger/posting/poster.ts';
import { BOOKING_ROLES, type BookingRole, emitBookings } from '../../src/platform/bookings.ts';
import { writeAs } from '../../src/platform/database.ts';
import { testContext } from './context.ts';
import { execute } from './ledger-model.ts';
import { type Ask, asks, commandFor } from './ledger-model-commands.ts';
import type { LedgerDatabase } from './ledger-model-database.ts';
import { emptyModel, type ModelState } from './ledger-model-state.ts';

/**
 * A business with a random past: every kind of movement and late cost under every cost method,
 * documents in three currencies, months that are closed and reopened. The ledger's part is told to
 * the ledger's model too, which knows nothing of accounts.
 */
export interface Story {
  readonly model: ModelState;
  /** Cents of each booking role, from the bookings alone. */
  readonly roles: ReadonlyMap<BookingRole, bigint>;
  /** How often each kind of step was taken. */
  readonly steps: Readonly<Record<string, number>>;
  /** What each closed period said when it was closed, by its code. */
  readonly closed: ReadonlyMap<string, string>;
}

/** What moves money; promises have tests of their own. */
const MONEY: readonly Ask['type'][] = [
  'receipt',
  'move',
  'shipment',
  'customer_return',
  'supplier_return',
  'adjust',
  'count',
  'reverse',
  'several',
  'revalue',
  'standard_cost',
];

interface Wish {
  readonly ask: Ask;
  readonly turn: number;
  readonly daysAgo: number;
  readonly role: BookingRole;
  readonly other: BookingRole;
  readonly currency: string;
  readonly cents: number;
  readonly isLandedCost: boolean;
}

const wishes: fc.Arbitrary<Wish> = fc.record({
  ask: asks(4).filter(({ type }) => MONEY.includes(type)),
  turn: fc.nat({ max: 99 }),
  daysAgo: fc.nat({ max: 300 }),
  role: fc.constantFrom(...BOOKING_ROLES),
  other: fc.constantFrom(...BOOKING_ROLES),
  currency: fc.constantFrom('EUR', 'USD', 'JPY'),
  cents: fc.integer({ min: 1, max: 100_000 }),
  isLandedCost: fc.boolean(),
});

/** The day on which the story is told; months before it may be closed. */
const TODAY = Date.UTC(2026, 10, 15, 12);
const FIRST_MONTH = '2026-01';
const DAY_MS = 86_400_000;
const RATES: Readonly<Record<string, [bigint, bigint, string]>> = {
  EUR: [1n, 1n, '1'],
  USD: [9n, 10n, '0.9'],
  JPY: [6n, 10n, '0.6'],
};

interface Scene {
  readonly ledger: LedgerDatabase;
  readonly poster: Poster;
  readonly roles: Map<BookingRole, bigint>;
  readonly steps: Record<string, number>;
  readonly closed: Map<string, string>;
  model: ModelState;
  n: number;
}

/** The context of a story: the house's books on the day it is told. */
export function storyContext(ledger: LedgerDatabase) {
  return testContext(ledger.database, { clock: () => new Date(TODAY) });
}

/** Lives through `count` random steps; `watch` is called after each. */
export async function liveStory(
  ledger: LedgerDatabase,
  seed: number,
  count: number,
  watch: (story: Story) => Promise<void>,
): Promise<Story> {
  const poster = await ledger.poster();
  const scene: Scene = {
    ...{ ledger, poster, n: 0, model: emptyModel(ledger.world) },
    ...{ roles: new Map(), steps: {}, closed: new Map() },
  };
  for (const wish of fc.sample(wishes, { seed, numRuns: count })) {
    const step = await take(scene, wish);
    scene.steps[step] = (scene.steps[step] ?? 0) + 1;
    await watch(scene);
  }
  await poster.drain();
  return scene;
}

async function take(scene: Scene, wish: Wish): Promise<string> {
  if (wish.turn < 76) return postOne(scene, wish);
  if (wish.turn < 90) return bookOne(scene, wish);
  if (wish.turn < 95) return closeNext(scene);
  if (wish.turn < 97) return reopenLast(scene);
  await readBooks(storyContext(scene.ledger), async () => {});
  return 'read';
}

function instantOf({ daysAgo }: Wish): number {
  return TODAY - daysAgo * DAY_MS;
}

/** The same command to the ledger and to its model, which must agree about it. */
async function postOne(scene: Scene, wish: Wish): Promise<string> {
  scene.n += 1;
  const { world } = scene.ledger;
  const made = commandFor({ world, state: scene.model, now: TODAY }, wish.ask, scene.n);
  const command = datedBack(made, wish);
  const answer = execute(world, scene.model, command, TODAY);
  const outcome = await scene.poster.post(0, command);
  if (outcome.status !== answer.status) {
    throw new Error(`the ledger ${outcome.status} what its model ${answer.status}`);
  }
  if (answer.status === 'rejected') return 'refused';
  scene.model = answer.state;
  return wish.ask.type;
}

function datedBack(command: Command, wish: Wish): Command {
  const occurredAt = instantOf(wish);
  if (command.type === 'post') {
    return { ...command, lines: command.lines.map((line) => ({ ...line, occurredAt })) };
  }
  if (command.type !== 'revalue') return command;
  return { ...command, occurredAt, reasonId: wish.isLandedCost ? 17 : 16 };
}

async function bookOne(scene: Scene, wish: Wish): Promise<string> {
  const { role, other, currency, cents } = wish;
  const [numerator, denominator, rate] = RATES[currency]!;
  const documentAmount = BigInt(cents);
  const amount = (documentAmount * numerator) / denominator;
  const add = (one: BookingRole, sum: bigint) =>
    scene.roles.set(one, (scene.roles.get(one) ?? 0n) + sum);
  add(role, amount);
  add(other, -amount);
  const booking = {
    kind: 'story',
    document: { type: 'story', number: `${scene.n}` },
    ...{ currency, rate, description: 'A document', occurredAt: new Date(instantOf(wish)) },
    lines: [
      { role, amount, documentAmount },
      { role: other, amount: -amount, documentAmount: -documentAmount },
    ],
  };
  await writeAs(scene.ledger.database, 'house', (tx) =>
    emitBookings(tx, [booking], { actorId: 1, at: new Date(TODAY) }),
  );
  return 'booking';
}

const principal = { principalId: 1, name: 'system', scope: 'house', scopes: new Set<string>() };

function lastClosed({ closed }: Scene): Period | undefined {
  const code = [...closed.keys()].sort().at(-1);
  return code === undefined ? undefined : findPeriod(code);
}

async function closeNext(scene: Scene): Promise<string> {
  const last = lastClosed(scene);
  const period = last ? periodBeside(last, 1) : findPeriod(FIRST_MONTH)!;
  if (period.endsOn >= new Date(TODAY).toISOString()) return 'nothing to close';
  const context = storyContext(scene.ledger);
  const tools = { context, report: await verifyBooks(context) };
  const acknowledged = ['grni', 'landed_cost', 'oversold', 'steps'];
  await writeAs(scene.ledger.database, 'house', (tx) =>
    closePeriod(tx, { ...principal, scope: 'house' }, period, { acknowledged }, tools),
  );
  scene.closed.set(period.code, await factsThrough(scene.ledger, period));
  return 'closed';
}

async function reopenLast(scene: Scene): Promise<string> {
  const period = lastClosed(scene);
  if (!period) return 'nothing to reopen';
  const request = { reason: 'story', at: new Date(TODAY) };
  await writeAs(scene.ledger.database, 'house', (tx) =>
    reopenPeriod(tx, { ...principal, scope: 'house' }, period, request),
  );
  scene.closed.delete(period.code);
  return 'reopened';
}

/** All facts booked up to the end of a period, row by row: not from any sum. */
export async function factsThrough(ledger: LedgerDatabase, period: Period): Promise<string> {
  const { rows } = await ledger.admin.query<{ text: string }>(
    `SELECT concat_ws(' ', e.journal, e.seq, e.debit_account_id, e.credit_account_id,
       coalesce(m.value, v.amount), e.booked_on) AS text FROM accounting.stock_entry e
     LEFT JOIN ledger.movement m USING (journal, seq)
     LEFT JOIN ledger.value_entry v USING (journal, seq) WHERE e.booked_on <= $1
     UNION ALL
     SELECT concat_ws(' ', l.entry_seq, l.line, l.account_id, l.amount, l.booked_on)
     FROM accounting.entry_line l WHERE l.booked_on <= $1 ORDER BY 1`,
    [period.endsOn],
  );
  return rows.map(({ text }) => text).join('\n');
}

/** Debits less credits of each account by code, from the books' own sums. */
export async function balancesOf(ledger: LedgerDatabase): Promise<Map<string, bigint>> {
  const { rows } = await ledger.admin.query<{ id: number; code: string }>(
    'SELECT account_id AS id, code FROM accounting.account',
  );
  const codes = new Map(rows.map(({ id, code }) => [id, code]));
  const sums = new Map<string, bigint>();
  const balances = await readBooks(storyContext(ledger), (tx, to) => accountBalances(tx, to));
  for (const { accountId, debit, credit } of balances) {
    const code = codes.get(accountId)!;
    sums.set(code, (sums.get(code) ?? 0n) + debit - credit);
  }
  return sums;
}
