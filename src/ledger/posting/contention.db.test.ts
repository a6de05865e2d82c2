import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { said } from '../../../test/support/ledger-model-database.ts';
import { isCommit } from '../../../test/support/ledger-model-faults.ts';
import { committed, createLanes, failFirst } from '../../../test/support/ledger-model-lanes.ts';
import { at, lines, reserve, settle } from '../../../test/support/ledger-model-story.ts';
import { PLACE } from '../../../test/support/ledger-model-world.ts';
import type { Poster } from './poster.ts';

const lanes = await createLanes();
const { admin, facts, head, make, open } = lanes;

/** Two posters of which the first posted last, so that the second's memory is out of date. */
async function strangers(): Promise<[Poster & { retries(): string[] }, Poster]> {
  const [old, fresh] = [await open(), await open()];
  committed(await old.post(0, make.receipt(10n)));
  committed(await fresh.post(0, make.receipt(10n)));
  committed(await old.post(0, make.receipt(1n)));
  committed(await fresh.post(0, make.receipt(1n)));
  return [old, fresh];
}

async function expectGapless(): Promise<void> {
  const seqs = (await facts(0)).map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  expect(await head(0)).toBe(seqs.length);
}

/** Units in bin A and what is available of them. */
async function stock(): Promise<{ onHand: bigint; available: bigint }> {
  const { rows } = await admin.query<{ on_hand: bigint; available: bigint }>(
    `SELECT b.on_hand, a.on_hand - a.reserved AS available FROM ledger.position p
     JOIN ledger.balance b USING (journal, position_id)
     JOIN ledger.availability a USING (journal, availability_id) WHERE p.position_id = $1`,
    [at(PLACE.binA)],
  );
  return { onHand: rows[0]!.on_hand, available: rows[0]!.available };
}

describe('a process whose memory is out of date', () => {
  it('finds that out, and decides again on what is there', async () => {
    const [old] = await strangers();
    const { onHand } = await stock();
    const { lines: posted } = committed(await old.post(0, make.shipment(onHand)));
    expect(posted).toMatchObject([{ fromAfter: 0n }]);
    expect(old.retries().length).toBeGreaterThan(0);
    expect(new Set(old.retries())).toEqual(new Set(['stale']));
    await expectGapless();
  });

  it('does not refuse by it: what came in elsewhere can be taken here', async () => {
    const [old, fresh] = await strangers();
    const { available } = await stock();
    const all = available + 5n;
    expect(said(await old.post(0, make.reserve(all)))).toBe('insufficient-availability');
    committed(await fresh.post(0, make.receipt(5n)));
    const { seq } = committed(await old.post(0, make.reserve(all))).lines[0]!;
    expect(said(await old.post(0, make.shipment()))).toBe('insufficient-availability');
    committed(await fresh.post(0, make.release(seq)));
    committed(await old.post(0, make.shipment()));
  });

  it('numbers what it posts after what others posted, whatever that was', async () => {
    const [old, fresh] = [await open(), await open()];
    committed(await old.post(0, make.receipt()));
    // The other's facts are in another table, touch other rows and end with another seq: only the
    // head tells of them.
    const commands = [make.reserve(), make.reserve()];
    const others = await fresh.postAll(commands.map((command) => ({ journal: 0, command })));
    for (const outcome of others) committed(outcome);
    const before = await head(0);
    const elsewhere = lines.receipt(1n, 1n, { item: 2, bin: PLACE.secondSite });
    const { lines: posted } = committed(await old.post(0, make.lines(elsewhere)));
    expect(posted).toMatchObject([{ seq: before + 1 }]);
    await expectGapless();
  });

  it('queues behind the head while others post, instead of failing again and again', async () => {
    const posters = await Promise.all([open(), open(), open()]);
    const work = posters.map(async (poster) => {
      for (let round = 0; round < 60; round += 1) {
        const commands = [make.receipt(2n), make.shipment(), make.reserve()];
        const outcomes = await poster.postAll(commands.map((command) => ({ journal: 0, command })));
        for (const outcome of outcomes) expect(outcome).not.toBeInstanceOf(Error);
        committed(outcomes[0]);
      }
    });
    await Promise.all(work);
    const retries = posters.map((poster) => poster.retries());
    expect(new Set(retries.flat())).toEqual(new Set(['stale']));
    // Of three racers one wins each time; those that queue do not race at every batch.
    for (const list of retries) expect(list.length).toBeLessThan(60);
    await expectGapless();
  });
});

describe('the sweeper', () => {
  it('runs by itself until the poster is drained', async () => {
    const poster = await open({ sweepMs: 10 });
    committed(await poster.post(0, make.receipt(5n)));
    const before = await stock();
    const due = make.step(reserve(1n, { expiresAt: Date.now() + 30 }));
    const { seq } = committed(await poster.post(0, due)).lines[0]!;
    const state = async () => {
      const text = 'SELECT state FROM ledger.reservation WHERE reservation_seq = $1';
      return (await admin.query<{ state: number }>(text, [seq])).rows[0]?.state;
    };
    await expect.poll(state, { timeout: 5_000, interval: 20 }).toBe(5);
    expect(await stock()).toEqual(before);
    await poster.drain();
  });

  it('expires what is due, once, however many sweep', async () => {
    const watch = makeClock();
    const posters = await Promise.all([1, 2, 3].map(() => open(watch)));
    committed(await posters[0]!.post(0, make.receipt(50n)));
    const before = await stock();
    for (let i = 0; i < 30; i += 1) {
      const expiresAt = watch.now() + 10 + i;
      committed(await posters[0]!.post(0, make.step(reserve(1n, { expiresAt }))));
    }
    const sweep = async (): Promise<number> => {
      const counts = await Promise.all(posters.map((poster) => poster.expireDue()));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    watch.advance(24);
    expect(await sweep()).toBe(15);
    watch.advance(1_000);
    expect(await sweep()).toBe(15);
    expect(await stock()).toEqual(before);
  });
});

let hours = 0;
/** A clock that stands unless it is moved, later than all before: the time of a journal goes on. */
function makeClock() {
  hours += 1;
  let now = Date.now() + hours * 3_600_000;
  return {
    now: () => now,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    clock: () => new Date(now),
  };
}

describe('a refusal', () => {
  it('waits for a commit whose answer was lost, and may still be on its way', async () => {
    const watch = makeClock();
    const late = failFirst(isCommit, { kind: 'stray', milliseconds: 250 });
    let spoiled = false;
    const poster = await open(watch, (text, inBatch) => (spoiled ? late(text, inBatch) : null));
    committed(await poster.post(0, make.receipt()));
    const reserved = make.step(reserve(1n, { expiresAt: watch.now() + 1_000 }));
    const { seq } = committed(await poster.post(0, reserved)).lines[0]!;
    spoiled = true;
    const answer = poster.post(0, make.step(settle('confirm', 1), seq));
    await sleep(50);
    // Decided again now, it would be refused: the reservation has expired.
    watch.advance(5_000);
    expect(said(await answer)).toBe('committed');
    expect(poster.retries()[0]).toBe('connection');
  });

  it('of a reservation comes only when what is due has been freed', async () => {
    const watch = makeClock();
    const poster = await open(watch);
    committed(await poster.post(0, make.receipt(10n)));
    const { available } = await stock();
    const all = make.step(reserve(available, { expiresAt: watch.now() + 1_000 }));
    committed(await poster.post(0, all));
    expect(said(await poster.post(0, make.reserve(1n)))).toBe('insufficient-availability');
    watch.advance(1_000);
    const { seq } = committed(await poster.post(0, make.reserve(available))).lines[0]!;
    const expired = (await facts(0)).filter((f) => f.type === 'entry' && f.kind === 'expire');
    expect(expired.at(-1)).toMatchObject({ quantity: available });
    committed(await poster.post(0, make.release(seq)));
  });
});
