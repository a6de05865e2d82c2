import { describe, expect, it } from 'vitest';
import { said } from '../../../test/support/ledger-model-database.ts';
import { committed, createLanes } from '../../../test/support/ledger-model-lanes.ts';
import { lines, reserve } from '../../../test/support/ledger-model-story.ts';
import { PLACE } from '../../../test/support/ledger-model-world.ts';
import type { Command } from './commands.ts';
import type { Poster } from './poster.ts';

const lanes = await createLanes();
const { admin, facts, make, open } = lanes;

const UNITS = 1_000;
const CLIENTS = 64;
const POSTERS = 3;
/** A quick attack by default; ONHAND_OVERSELL_TRIES=50000 is the one of the published figure. */
const TRIES = Number(process.env.ONHAND_OVERSELL_TRIES ?? 8_000);
const TIMEOUT_MS = 60_000 + TRIES * 20;

/** Every client tries in turn, each time at another poster; answers how often each word came. */
async function attack(
  posters: readonly Poster[],
  command: (attempt: number) => Command,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let attempts = 0;
  const client = async (number: number): Promise<void> => {
    while (attempts < TRIES) {
      attempts += 1;
      const poster = posters[(attempts + number) % posters.length]!;
      const answer = await poster.post(0, command(attempts)).catch((error: Error) => error);
      counts.set(said(answer), (counts.get(said(answer)) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i)));
  return counts;
}

async function openReserved(): Promise<number> {
  const { rows } = await admin.query<{ sum: number }>(
    'SELECT coalesce(sum(open_quantity), 0)::int AS sum FROM ledger.reservation WHERE state = 2',
  );
  return rows[0]!.sum;
}

/** The most that was reserved at any moment, by the journal itself. */
async function mostReserved(): Promise<number> {
  let most = 0;
  for (const fact of await facts(0)) {
    if (fact.type === 'entry' && fact.availabilityId > 0) most = Math.max(most, Number(fact.after));
  }
  return most;
}

describe(`${CLIENTS} clients and ${TRIES} tries for ${UNITS} units`, () => {
  it('get exactly these units, and not one more', { timeout: TIMEOUT_MS }, async () => {
    const posters = await Promise.all(Array.from({ length: POSTERS }, () => open()));
    committed(await posters[0]!.post(0, make.receipt(BigInt(UNITS))));
    const counts = await attack(posters, () => make.reserve(1n));
    expect(Object.fromEntries(counts)).toEqual({
      committed: UNITS,
      'insufficient-availability': TRIES - UNITS,
    });
    expect([await openReserved(), await mostReserved()]).toEqual([UNITS, UNITS]);
    // And what is promised cannot be shipped from under those who hold it.
    expect(said(await posters[1]!.post(0, make.shipment()))).toBe('insufficient-availability');
  });

  it('while reservations expire: each unit is granted again only once it is free', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const [first] = await Promise.all([open()]);
    const emptied = make.lines(lines.loss(BigInt(UNITS)));
    committed(await first.post(0, emptied));
    const { rows } = await admin.query<{ seq: bigint }>(
      'SELECT reservation_seq AS seq FROM ledger.reservation WHERE state = 2',
    );
    const released = await first.postAll(
      rows.map((row) => ({ journal: 0, command: make.release(Number(row.seq)) })),
    );
    for (const outcome of released) committed(outcome);
    const before = (await facts(0)).length;

    committed(await first.post(0, make.receipt(BigInt(UNITS))));
    const posters = await Promise.all(Array.from({ length: POSTERS }, () => open({ sweepMs: 20 })));
    // Every second try lasts for a moment only, so that units come back all the time.
    const counts = await attack(posters, (attempt) => {
      const expiresAt = Date.now() + 20 + (attempt % 60);
      return make.step(reserve(1n, attempt % 2 === 0 ? { expiresAt } : {}));
    });
    await Promise.all(posters.map((poster) => poster.drain()));
    const own = (await facts(0)).slice(before);
    const entries = own.filter((fact) => fact.type === 'entry');
    const expired = entries.filter((fact) => fact.kind === 'expire');
    const granted = entries.filter((fact) => fact.kind === 'reserve');
    expect(expired.length).toBeGreaterThan(0);
    expect(new Set(expired.map((fact) => fact.reservationSeq)).size).toBe(expired.length);
    expect(granted.length).toBe(counts.get('committed'));
    expect(await openReserved()).toBe(granted.length - expired.length);
    expect(entries.every((fact) => fact.after <= BigInt(UNITS))).toBe(true);
    expect([...counts.keys()].sort()).toEqual(['committed', 'insufficient-availability']);
  });

  it('that ship at once leave the bin empty, not below', { timeout: TIMEOUT_MS }, async () => {
    const bin = { bin: PLACE.secondSite };
    const posters = await Promise.all(Array.from({ length: POSTERS }, () => open()));
    committed(await posters[0]!.post(0, make.lines(lines.receipt(BigInt(UNITS), 999n, bin))));
    const counts = await attack(posters, () => make.lines(lines.shipment(1n, bin)));
    expect(counts.get('committed')).toBe(UNITS);
    expect(counts.get('insufficient-stock')).toBe(TRIES - UNITS);
    const shipped = (await facts(0)).filter((f) => f.type === 'movement').slice(-UNITS);
    const value = shipped.reduce(
      (sum, fact) => sum + (fact.type === 'movement' ? fact.value : 0n),
      0n,
    );
    expect(value).toBe(999n);
  });
});
