import { describe, expect, it } from 'vitest';
import { isCommit } from '../../../test/support/ledger-model-faults.ts';
import { committed, createLanes, failFirst } from '../../../test/support/ledger-model-lanes.ts';
import {
  at,
  FIFO,
  invoice,
  lines,
  reserve,
  SERIAL,
  STANDARD,
  settle,
  standard,
} from '../../../test/support/ledger-model-story.ts';
import { PLACE } from '../../../test/support/ledger-model-world.ts';
import type { Command, Committed } from './commands.ts';
import { expiry } from './due.ts';
import type { Poster } from './poster.ts';

const lanes = await createLanes();
const { admin, head, make, open, rowsOf } = lanes;

const TIMES = 5;

/** Sends a command again and again: to the poster that knows it, and to others that do not. */
async function replay(poster: Poster, command: Command, first: Committed): Promise<void> {
  const seq = await head(0);
  const again = { ...first, replayed: true };
  for (let time = 1; time <= TIMES; time += 1) {
    const other = time % 2 === 0 ? poster : await open();
    expect(await other.post(0, command)).toEqual(again);
  }
  const together = await Promise.all([1, 2, 3].map(() => poster.post(0, command)));
  expect(together).toEqual([again, again, again]);
  expect(await head(0)).toBe(seq);
}

describe('the same command again', () => {
  it.each<[string, () => Command | Promise<Command>]>([
    ['a receipt', () => make.receipt()],
    ['several lines', () => make.lines(lines.receipt(5n, 9n), lines.shipment(2n))],
    ['lines with a price variance', () => make.lines(lines.receipt(700n, 5n, { item: STANDARD }))],
    ['serials', () => make.lines(lines.receipt(1n, 5n, { item: SERIAL, serials: [1] }))],
    ['a count that agrees', () => countOfBin(0n)],
    ['a count that finds more', () => countOfBin(3n)],
    ['a reservation', () => make.reserve(1n)],
    ['an allocation', () => make.allocate(1n)],
    ['a new standard cost', () => make.step(standard(44_000n))],
  ])('%s: the first answer, and nothing else happens', async (_, command) => {
    const poster = await open();
    committed(await poster.post(0, make.receipt(100n, 777n)));
    const made = await command();
    const first = committed(await poster.post(0, made));
    expect(first.replayed).toBe(false);
    expect(first.lines.length).toBeGreaterThan(0);
    await replay(poster, made, first);
  });

  it('a late cost', async () => {
    const poster = await open();
    const received = make.lines(lines.receipt(10n, 100n, { item: FIFO }));
    const { seq } = committed(await poster.post(0, received)).lines[0]!;
    committed(await poster.post(0, make.lines(lines.shipment(4n, { item: FIFO }))));
    const late = make.step(invoice(1, 50n), seq);
    const first = committed(await poster.post(0, late));
    expect(first.lines).toMatchObject([{ value: 30n }, { value: 20n }]);
    await replay(poster, late, first);
  });

  it('a reversal', async () => {
    const poster = await open();
    const { seq } = committed(await poster.post(0, make.receipt())).lines[0]!;
    const back = make.lines(lines.reversal(seq));
    await replay(poster, back, committed(await poster.post(0, back)));
  });

  it.each(['confirm', 'extend', 'release'] as const)('%s of a reservation', async (type) => {
    const poster = await open();
    committed(await poster.post(0, make.receipt()));
    const { seq } = committed(await poster.post(0, make.reserve())).lines[0]!;
    const settled = make.step(settle(type, 1), seq);
    await replay(poster, settled, committed(await poster.post(0, settled)));
  });

  it('an expiry, whose id follows from the reservation', async () => {
    const poster = await open();
    committed(await poster.post(0, make.receipt()));
    const due = make.step(reserve(2n, { expiresAt: Date.now() - 1 }));
    const { seq } = committed(await poster.post(0, due)).lines[0]!;
    const ended = expiry(seq, Date.now());
    await replay(poster, ended, committed(await poster.post(0, ended)));
  });

  it('while the first is on its way: both hear of the one commit', async () => {
    const poster = await open({}, failFirst(isCommit, { kind: 'late', milliseconds: 50 }));
    const command = make.receipt();
    const [first, second] = await Promise.all([1, 2].map(() => poster.post(0, command)));
    expect(second).toEqual({ ...committed(first), replayed: true });
    expect(await rowsOf(command)).toBe(1);
  });

  it('at two posters at once: one commit, two answers', async () => {
    const posters = await Promise.all([open(), open(), open()]);
    for (let round = 0; round < 20; round += 1) {
      const command = round % 2 === 0 ? make.receipt() : make.reserve();
      const answers = await Promise.all(posters.map((poster) => poster.post(0, command)));
      const commits = answers.map(committed);
      expect(new Set(commits.map((answer) => answer.lines[0]?.seq)).size).toBe(1);
      expect(commits.filter((answer) => !answer.replayed).length).toBe(1);
      expect(await rowsOf(command)).toBe(1);
    }
  });
});

/** Counts a bin and finds this many more units than there are now. */
async function countOfBin(more: bigint): Promise<Command> {
  const { rows } = await admin.query<{ on_hand: bigint }>(
    'SELECT on_hand FROM ledger.balance WHERE position_id = $1',
    [at(PLACE.binA)],
  );
  return make.lines(lines.count(rows[0]!.on_hand + more));
}

describe('a command whose effect is gone by now', () => {
  it('is answered with what it did, not refused for what is left', async () => {
    const poster = await open();
    const received = make.lines(lines.receipt(3n, 30n, { bin: PLACE.binB }));
    committed(await poster.post(0, received));
    const taken = make.lines(lines.shipment(3n, { bin: PLACE.binB }));
    await replay(poster, taken, committed(await poster.post(0, taken)));
  });

  it('also among others that are accepted', async () => {
    const poster = await open();
    committed(await poster.post(0, make.lines(lines.receipt(3n, 30n, { bin: PLACE.binB }))));
    const taken = make.lines(lines.shipment(3n, { bin: PLACE.binB }));
    const first = committed(await poster.post(0, taken));
    const other = await open();
    const commands = [make.receipt(), taken, make.receipt(), make.shipment(10n ** 9n)];
    const outcomes = await other.postAll(commands.map((command) => ({ journal: 0, command })));
    expect(outcomes.map((o) => (o instanceof Error ? o : o.status))).toEqual([
      'committed',
      'committed',
      'committed',
      'rejected',
    ]);
    expect(outcomes[1]).toEqual({ ...first, replayed: true });
  });

  it('a count, when units have moved since: it is not counted again', async () => {
    const poster = await open();
    committed(await poster.post(0, make.receipt()));
    for (const more of [0n, 2n]) {
      const counted = await countOfBin(more);
      const first = committed(await poster.post(0, counted));
      committed(await poster.post(0, make.shipment(5n)));
      await replay(poster, counted, first);
    }
  });

  it('a new standard cost, when another came after it', async () => {
    const poster = await open();
    const second = { item: STANDARD, bin: PLACE.secondSite };
    const costs = [11_000n, 22_000n].map((cost) => make.step(standard(cost, second)));
    const answers = [];
    for (const command of costs) answers.push(committed(await poster.post(0, command)));
    await replay(poster, costs[0]!, answers[0]!);
    const received = make.lines(lines.receipt(1_000n, null, second));
    expect(committed(await (await open()).post(0, received)).lines[0]?.value).toBe(22n);
  });
});

describe('the same id with another body', () => {
  const other = (command: Command): Command => ({ ...command, bodyHash: command.bodyHash + 1n });
  const REUSED = { status: 'rejected', refusal: { code: 'command-id-reused' } };

  it('is refused: at once, afterwards, and by those who know neither', async () => {
    const poster = await open();
    const command = make.receipt();
    const answers = await Promise.all([command, other(command)].map((c) => poster.post(0, c)));
    expect(answers[1]).toMatchObject(REUSED);
    expect(await poster.post(0, other(command))).toMatchObject(REUSED);
    expect(await (await open()).post(0, other(command))).toMatchObject(REUSED);
    expect(await rowsOf(command)).toBe(1);
  });

  it('is refused also where it is a command of another kind', async () => {
    const poster = await open();
    committed(await poster.post(0, make.receipt()));
    const pairs: [Command, Command][] = [
      [make.reserve(), make.receipt()],
      [make.receipt(), make.reserve()],
      [make.step(standard(55_000n)), make.receipt()],
      [make.allocate(), make.step(standard(66_000n))],
    ];
    for (const [command, second] of pairs) {
      committed(await poster.post(0, command));
      const reuse = { ...second, id: command.id };
      expect(await poster.post(0, reuse)).toMatchObject(REUSED);
      expect(await (await open()).post(0, reuse)).toMatchObject(REUSED);
    }
  });

  it('is free again after a refusal: only acceptance binds', async () => {
    const poster = await open();
    const refused = make.shipment(10n ** 12n);
    expect(await poster.post(0, refused)).toMatchObject({ status: 'rejected' });
    committed(await poster.post(0, { ...make.receipt(), id: refused.id }));
  });
});
