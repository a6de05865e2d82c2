import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isBegin, isCommit, layWire } from '../../../test/support/ledger-model-faults.ts';
import { committed, createLanes, failFirst } from '../../../test/support/ledger-model-lanes.ts';
import { lines, SERIAL } from '../../../test/support/ledger-model-story.ts';
import { UnknownOutcome } from './faults.ts';

const lanes = await createLanes();
const { admin, connectionString, make, open, rowsOf } = lanes;

const isInsert = (text: string): boolean => text.includes('INSERT INTO ledger.movement ');

describe('an acknowledgement', () => {
  it('comes after the commit, never before', async () => {
    const poster = await open({}, failFirst(isCommit, { kind: 'late', milliseconds: 200 }));
    const command = make.receipt();
    let acknowledged = false;
    const answer = poster.post(0, command).then((outcome) => {
      acknowledged = true;
      return outcome;
    });
    await sleep(120);
    expect([acknowledged, await rowsOf(command)]).toEqual([false, 0]);
    committed(await answer);
    expect(await rowsOf(command)).toBe(1);
  });

  it('is not given for a batch that is cut off before its commit', async () => {
    const poster = await open({}, failFirst(isCommit, { kind: 'cut' }));
    const command = make.receipt();
    expect(committed(await poster.post(0, command)).replayed).toBe(false);
    expect(poster.retries()).toEqual(['connection']);
    expect(await rowsOf(command)).toBe(1);
  });

  it('that was lost is looked up: the command is there once, and is no replay', async () => {
    const poster = await open({}, failFirst(isCommit, { kind: 'lost' }));
    const command = make.receipt();
    expect(committed(await poster.post(0, command)).replayed).toBe(false);
    expect(poster.retries()).toEqual(['connection']);
    expect(await rowsOf(command)).toBe(1);
  });
});

describe('a batch is decided again', () => {
  it.each([
    ['40001', isBegin],
    ['40001', isInsert],
    ['40P01', isInsert],
    ['40P01', isCommit],
    ['57014', isInsert],
  ])('after %s', async (code, where) => {
    const poster = await open({}, failFirst(where, { kind: 'error', code }));
    const command = make.receipt();
    committed(await poster.post(0, command));
    expect(poster.retries()).toEqual(['stale']);
    expect(await rowsOf(command)).toBe(1);
  });

  it('when the server ends its connections, also in the middle of one', async () => {
    const poster = await open({}, failFirst(isInsert, { kind: 'late', milliseconds: 100 }));
    const command = make.receipt();
    const answer = poster.post(0, command);
    await sleep(50);
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'onhand-poster'`);
    committed(await answer);
    expect(poster.retries()).toEqual(['connection']);
    expect(await rowsOf(command)).toBe(1);
  });
});

describe('one command that cannot be posted', () => {
  const tooMuch = 2n ** 63n;

  it.each([
    ['an amount beyond 64 bits', () => make.receipt(tooMuch)],
    ['money beyond 64 bits', () => make.receipt(1n, tooMuch)],
    ['a quantity of nothing', () => make.receipt(0n)],
    ['money below nothing', () => make.receipt(1n, -1n)],
    ['a position that does not exist', () => make.lines({ ...lines.shipment(1n), from: 777 })],
    ['a serial twice', () => make.lines(lines.receipt(2n, 1n, { item: SERIAL, serials: [1, 1] }))],
  ])('(%s) does not take its neighbours with it', async (_, poison) => {
    const poster = await open();
    const good = Array.from({ length: 9 }, () => make.receipt());
    const commands = [...good.slice(0, 4), poison(), ...good.slice(4)];
    const outcomes = await poster.postAll(commands.map((command) => ({ journal: 0, command })));
    const bad = outcomes.splice(4, 1)[0];
    expect(bad).toBeInstanceOf(Error);
    for (const outcome of outcomes) committed(outcome);
    expect(await Promise.all(good.map(rowsOf))).toEqual(good.map(() => 1));
    committed(await poster.post(0, make.shipment()));
  });
});

describe('a database that is away', () => {
  it('for too long leaves the outcome unknown; the id tells later', async () => {
    let away = false;
    const poster = await open({ unknownAfterMs: 300 }, (text, inBatch) => {
      if (isCommit(text) && inBatch && !away) {
        away = true;
        return { kind: 'lost' };
      }
      return away ? { kind: 'cut' } : null;
    });
    const posted = make.receipt();
    const unposted = make.receipt();
    const answers = [posted, unposted].map((command, i) =>
      sleep(i * 150)
        .then(() => poster.post(0, command))
        .catch((error: Error) => error),
    );
    for (const answer of await Promise.all(answers)) {
      expect(answer).toBeInstanceOf(UnknownOutcome);
    }
    away = false;
    const other = await open();
    expect(committed(await other.post(0, posted)).replayed).toBe(true);
    expect(committed(await other.post(0, unposted)).replayed).toBe(false);
    expect(await Promise.all([posted, unposted].map(rowsOf))).toEqual([1, 1]);
  });

  it('without a word is given up, and asked again on another connection', async () => {
    const wire = await layWire(connectionString);
    const poster = await open({}, undefined, { ...wire, statementTimeoutMs: 300 });
    committed(await poster.post(0, make.receipt()));
    wire.silence();
    const command = make.receipt();
    expect(committed(await poster.post(0, command)).replayed).toBe(false);
    expect(new Set(poster.retries())).toEqual(new Set(['connection']));
    expect(await rowsOf(command)).toBe(1);
    await poster.drain();
    wire.close();
  });

  it('for a moment is waited for', async () => {
    let cuts = 3;
    const poster = await open({ unknownAfterMs: 10_000 }, () => {
      cuts -= 1;
      return cuts >= 0 ? { kind: 'cut' } : null;
    });
    const command = make.receipt();
    committed(await poster.post(0, command));
    expect(await rowsOf(command)).toBe(1);
  });
});

describe('draining', () => {
  it('settles what was taken, takes no more, and then is at rest', async () => {
    const poster = await open({ batchMax: 10 });
    const commands = Array.from({ length: 95 }, () => make.receipt());
    const answers = Promise.all(commands.map((command) => poster.post(0, command)));
    const drained = poster.drain();
    await expect(poster.post(0, make.receipt())).rejects.toMatchObject({
      type: { name: 'overloaded' },
    });
    await drained;
    expect(poster.depth()).toBe(0);
    for (const outcome of await answers) committed(outcome);
  });

  it('of a poster without work is immediate', async () => {
    const poster = await open();
    await poster.drain();
    expect(poster.depth()).toBe(0);
  });
});

describe('more work than is taken on', () => {
  it('is refused at once, before it costs anything', async () => {
    const poster = await open(
      { queueMax: 5 },
      failFirst(isCommit, { kind: 'late', milliseconds: 50 }),
    );
    const commands = Array.from({ length: 20 }, () => make.receipt());
    const answers = commands.map((command) => poster.post(0, command).catch((e: Error) => e));
    const outcomes = await Promise.all(answers);
    const shed = outcomes.filter((outcome) => outcome instanceof Error);
    expect(shed.length).toBe(15);
    expect(shed[0]).toMatchObject({ type: { name: 'overloaded', status: 503 } });
    const rows = await Promise.all(commands.map(rowsOf));
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(5);
  });
});
