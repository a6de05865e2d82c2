import { describe, expect, it } from 'vitest';
import {
  AVERAGE,
  allocate,
  at,
  deallocate,
  FIFO,
  figures,
  given,
  invoice,
  lines,
  NOON,
  paid,
  posting,
  receive,
  reserve,
  SERIAL,
  STANDARD,
  settle,
  ship,
  standard,
} from '../../../test/support/ledger-model-story.ts';
import { HOUSE, PLACE, SELLER } from '../../../test/support/ledger-model-world.ts';
import { ENTRY } from './commands.ts';

describe('units', () => {
  it('come from outside and go there, so that they always sum to zero', () => {
    const story = given(receive(10n), ship(4n));
    const onHand = [...story.state.positions.values()].map((row) => row.onHand);
    expect(onHand.reduce((sum, units) => sum + units, 0n)).toBe(0n);
    expect(figures(story)).toMatchObject({ onHand: 6n, available: 6n });
  });

  it('are never taken where there are too few; the refusal says how many there are', () => {
    const story = given(receive(3n));
    expect(story.when(ship(4n)).refused()).toEqual({
      code: 'insufficient-stock',
      line: 0,
      requested: 4n,
      onHand: 3n,
      allocated: 0n,
      position: at(PLACE.binA),
      item: AVERAGE,
    });
    expect(story.when(ship(3n)).lines).toMatchObject([{ quantity: 3n, fromAfter: 0n }]);
  });

  it('move all or none: a line that is refused takes the lines before it with it', () => {
    const story = given(receive(5n, 50n), receive(5n, 70n, { item: FIFO }));
    const before = structuredClone(story.state);
    const refused = story
      .when(posting(lines.shipment(5n), lines.shipment(5n, { item: FIFO }), lines.shipment(1n)))
      .refused();
    expect(refused).toMatchObject({ code: 'insufficient-stock', line: 2, onHand: 0n });
    expect({ ...story.state, hash: null }).toEqual({ ...before, hash: null });
  });

  it('of a refused command leave no gap between its neighbours', () => {
    const { draft } = given(receive(5n)).when(ship(2n), receive(1n), ship(9n));
    expect(draft.outcomes.map(({ status }) => status)).toEqual([
      'committed',
      'committed',
      'rejected',
    ]);
    expect(draft.movements.seq).toEqual([2, 3]);
    expect(draft.movements.fromPrevious).toEqual([1, 1]);
  });

  it('that are damaged are on hand but not available', () => {
    const story = given(receive(5n), posting(lines.move(2n, PLACE.damaged)));
    expect(figures(story)).toMatchObject({ onHand: 3n, available: 3n, quantity: 5n });
  });
});

describe('a count', () => {
  it('posts what was found beyond the book', () => {
    const story = given(receive(5n, 50n));
    const { lines: posted } = story.when(posting(lines.count(7n)));
    expect(posted).toMatchObject([{ quantity: 2n, value: 20n, to: at(PLACE.binA), toAfter: 7n }]);
  });

  it('posts what was missing', () => {
    const story = given(receive(5n, 50n));
    const { lines: posted } = story.when(posting(lines.count(2n)));
    expect(posted).toMatchObject([
      { quantity: 3n, value: 30n, from: at(PLACE.binA), fromAfter: 2n },
    ]);
  });

  it('that agrees is a fact of its own, which moves nothing', () => {
    const { draft, lines: posted } = given(receive(5n)).when(posting(lines.count(5n)));
    expect(posted).toEqual([{ line: 1, seq: 2, quantity: 0n, after: 5n }]);
    expect(draft.movements.seq).toEqual([]);
    expect(draft.entries).toMatchObject([{ seq: 2, kind: ENTRY.countUnchanged }]);
  });
});

describe('a reservation', () => {
  it('is granted up to what is available, and not one unit beyond', () => {
    const story = given(receive(10n), reserve(7n));
    expect(story.when(reserve(4n)).refused()).toMatchObject({
      code: 'insufficient-availability',
      requested: 4n,
      available: 3n,
      onHand: 10n,
      reserved: 7n,
    });
    expect(story.when(reserve(3n)).lines).toMatchObject([{ quantity: 3n, after: 10n }]);
    expect(figures(story).available).toBe(0n);
  });

  it('keeps others from planning with its units, but not its own shipment', () => {
    const story = given(receive(10n), reserve(7n));
    expect(story.when(ship(4n)).refused()).toMatchObject({ code: 'insufficient-availability' });
    const own = posting(({ seqOf }) => lines.shipment(5n, { reservationSeq: seqOf(2) }));
    expect(figures(story.when(own))).toMatchObject({ onHand: 5n, reserved: 2n, available: 3n });
  });

  it('is used up by units that leave, not by units that stay where it was made', () => {
    const story = given(receive(10n), reserve(7n));
    const pick = posting(({ seqOf }) => lines.move(7n, PLACE.binB, { reservationSeq: seqOf(2) }));
    expect(story.when(pick).refused()).toMatchObject({ code: 'reservation-mismatch' });
    expect(figures(story).reserved).toBe(7n);
  });

  it('ends exactly once', () => {
    const story = given(receive(10n), reserve(7n), settle('release', 2));
    expect(figures(story)).toMatchObject({ reserved: 0n, available: 10n });
    for (const type of ['release', 'confirm', 'extend', 'expire'] as const) {
      expect(story.when(settle(type, 2)).refused()).toMatchObject({ code: 'reservation-closed' });
    }
    const late = posting(({ seqOf }) => lines.shipment(1n, { reservationSeq: seqOf(2) }));
    expect(story.when(late).refused()).toMatchObject({ code: 'reservation-closed' });
  });

  it('is reduced by a part, and by a part only', () => {
    const story = given(receive(10n), reserve(7n), settle('reduce', 2, null, 3n));
    expect(figures(story)).toMatchObject({ reserved: 4n, available: 6n });
    for (const quantity of [0n, 4n, 5n]) {
      const refused = story.when(settle('reduce', 2, null, quantity)).refused();
      expect(refused).toMatchObject({ code: 'reservation-mismatch' });
    }
  });

  it('expires when its time has come, not before, and frees its units once', () => {
    const story = given(receive(10n), reserve(7n, { expiresAt: NOON + 1_000 }));
    expect(story.when(settle('expire', 2)).refused()).toMatchObject({
      code: 'reservation-mismatch',
    });
    story.after(1_000);
    const own = posting(({ seqOf }) => lines.shipment(1n, { reservationSeq: seqOf(2) }));
    expect(story.when(own).refused()).toMatchObject({ code: 'reservation-expired' });
    expect(story.when(settle('extend', 2)).refused()).toMatchObject({
      code: 'reservation-expired',
    });
    expect(figures(story.when(settle('expire', 2)))).toMatchObject({ reserved: 0n });
    expect(story.when(settle('expire', 2)).refused()).toMatchObject({ code: 'reservation-closed' });
    expect(figures(story)).toMatchObject({ reserved: 0n, available: 10n });
  });

  it('of a group counts while it is held; extending it does not confirm it', () => {
    const story = given(receive(10n), reserve(7n, { held: true, expiresAt: NOON + 10 }));
    const state = () => story.state.reservations.get(2)?.state;
    expect(figures(story).available).toBe(3n);
    story.when(settle('extend', 2, NOON + 20));
    expect(state()).toBe(1);
    story.when(settle('confirm', 2));
    expect(state()).toBe(2);
    expect(story.state.reservations.get(2)?.expiresAt).toBeNull();
  });
});

describe('physical truth', () => {
  it('is never refused for a promise: the shortage is shown, and so is its end', () => {
    const story = given(receive(10n), reserve(8n));
    const lost = story.when(posting(lines.loss(5n)));
    expect(figures(lost)).toMatchObject({ onHand: 5n, reserved: 8n, available: -3n });
    expect(lost.draft.exceptions).toMatchObject([{ kind: 'oversold', quantity: 3n }]);
    expect(story.when(receive(2n)).draft.exceptions).toEqual([]);
    expect(story.when(receive(2n)).draft.exceptions).toMatchObject([{ kind: 'cleared' }]);
  });

  it('is not told twice: keeping a promise makes no shortage worse', () => {
    const story = given(receive(10n), reserve(8n), posting(lines.loss(5n)));
    const own = posting(({ seqOf }) => lines.shipment(5n, { reservationSeq: seqOf(2) }));
    const { draft } = story.when(own);
    expect(draft.exceptions).toEqual([]);
    expect(figures(story)).toMatchObject({ onHand: 0n, reserved: 3n, available: -3n });
  });

  it('cannot take what is not there either', () => {
    const refused = given(receive(2n))
      .when(posting(lines.loss(3n)))
      .refused();
    expect(refused).toMatchObject({ code: 'insufficient-stock', onHand: 2n });
  });
});

describe('an allocation', () => {
  it('marks units in their place: others may not plan with them', () => {
    const story = given(receive(10n), allocate(6n));
    expect(story.when(allocate(5n)).refused()).toMatchObject({ code: 'insufficient-stock' });
    expect(story.when(posting(lines.move(5n, PLACE.binB))).refused()).toMatchObject({
      code: 'insufficient-stock',
      allocated: 6n,
    });
    const own = posting(({ seqOf }) => lines.shipment(6n, { allocationSeq: seqOf(2) }));
    expect(figures(story.when(own))).toMatchObject({ onHand: 4n, allocated: 0n });
    expect(story.when(deallocate(2)).refused()).toMatchObject({ code: 'allocation-closed' });
  });

  it('whose units are gone is shown as such', () => {
    const { draft } = given(receive(10n), allocate(6n)).when(posting(lines.loss(7n)));
    expect(draft.exceptions).toMatchObject([{ kind: 'over_allocated', quantity: 3n }]);
  });

  it('whose units are there again is cleared, once, by units or by giving it up', () => {
    const story = given(receive(10n), allocate(6n), posting(lines.loss(7n)));
    expect(story.when(receive(2n)).draft.exceptions).toEqual([]);
    const cleared = [{ kind: 'cleared', quantity: 0n }];
    expect(story.when(receive(1n)).draft.exceptions).toMatchObject(cleared);
    expect(story.when(receive(1n)).draft.exceptions).toEqual([]);
    const givenUp = given(receive(10n), allocate(6n), posting(lines.loss(7n))).when(deallocate(2));
    expect(givenUp.draft.exceptions).toMatchObject(cleared);
  });

  it('can be taken back once', () => {
    const story = given(receive(10n), allocate(6n), deallocate(2));
    expect(figures(story).allocated).toBe(0n);
    expect(story.when(deallocate(2)).refused()).toMatchObject({ code: 'allocation-closed' });
  });
});

describe('cost', () => {
  it('by moving average is the share of what the pool is worth', () => {
    const story = given(receive(10n, 100n), receive(10n, 300n));
    expect(story.when(ship(5n)).lines).toMatchObject([{ value: 100n }]);
  });

  it('leaves nothing behind: rounding goes with the last unit', () => {
    const story = given(receive(3n, 10n));
    const values = [1, 2, 3].map(() => story.when(ship(1n)).lines[0]?.value);
    expect(values).toEqual([3n, 4n, 3n]);
    expect(figures(story)).toMatchObject({ quantity: 0n, value: 0n });
    const together = given(receive(3n, 10n)).when(ship(3n));
    expect(together.lines).toMatchObject([{ value: 10n }]);
    expect(figures(together)).toMatchObject({ quantity: 0n, value: 0n });
  });

  it('by FIFO is that of the oldest units, each layer to its last minor unit', () => {
    const story = given(receive(3n, 10n, { item: FIFO }), receive(2n, 50n, { item: FIFO }));
    expect(story.when(ship(4n, { item: FIFO })).lines).toMatchObject([{ value: 35n }]);
    expect(figures(story, FIFO)).toMatchObject({ quantity: 1n, value: 25n });
  });

  it('by standard stays the standard; the difference is a price variance', () => {
    // 3.3333 a unit at scale 2: 300 hundredths are 10 minor units.
    const received = given().when(receive(300n, 14n, { item: STANDARD }));
    expect(figures(received, STANDARD)).toMatchObject({ value: 10n });
    expect(paid(received.draft)).toEqual([['pool', 'priceVariance', 4n]]);
    const cheap = received.when(receive(300n, 1n, { item: STANDARD }));
    expect(paid(cheap.draft)).toEqual([['priceVariance', 'pool', 9n]]);
    const renewed = cheap.when(standard(50_000n));
    expect(paid(renewed.draft)).toEqual([['revalue', 'pool', 10n]]);
    expect(figures(renewed, STANDARD)).toMatchObject({ quantity: 600n, value: 30n });
  });

  it('of a return is the cost at which the units were sold', () => {
    const story = given(receive(10n, 100n), ship(4n), receive(10n, 900n));
    const back = posting(({ seqOf }) => lines.customerReturn(2n, seqOf(2)));
    expect(story.when(back).lines).toMatchObject([{ value: 20n }]);
  });

  it('of units without a price is what the pool says, or what it said last', () => {
    const story = given(receive(4n, 100n));
    expect(story.when(receive(2n)).lines).toMatchObject([{ value: 50n }]);
    story.when(ship(6n));
    expect(story.when(receive(2n)).lines).toMatchObject([{ value: 50n }]);
  });

  it('is nothing for goods of others, which carry units and not our money', () => {
    const story = given(receive(10n, 500n, { owner: SELLER }));
    const { lines: posted } = story.when(ship(4n, { owner: SELLER }));
    expect(posted).toMatchObject([{ quantity: 4n, value: 0n }]);
    expect([...story.state.pools.values()].every((pool) => pool.value === 0n)).toBe(true);
  });

  it('moves with units between sites that keep their costs apart', () => {
    const moved = given(receive(10n, 100n)).when(posting(lines.move(4n, PLACE.secondSite)));
    expect(moved.lines).toMatchObject([{ value: 40n }]);
    const near = moved.when(posting(lines.move(4n, PLACE.thirdSite)));
    expect(near.lines).toMatchObject([{ value: 0n }]);
  });
});

describe('a late cost', () => {
  it('follows the units: what is still there, and what has gone', () => {
    const story = given(receive(10n, 100n), ship(4n));
    const late = story.when(invoice(1, 50n));
    expect(paid(late.draft)).toEqual([
      ['supplier', 'pool', 30n],
      ['supplier', 'revalue', 20n],
    ]);
    expect(figures(late)).toMatchObject({ quantity: 6n, value: 90n });
  });

  it('under FIFO goes with the very units, to where they went', () => {
    const story = given(receive(10n, 100n, { item: FIFO }), ship(4n, { item: FIFO }));
    const late = story.when(invoice(1, 50n));
    expect(paid(late.draft)).toEqual([
      ['supplier', 'pool', 30n],
      ['supplier', 'customer', 20n],
    ]);
  });

  it('never takes a pool below nothing', () => {
    const late = given(receive(10n, 100n)).when(invoice(1, -150n));
    expect(paid(late.draft)).toEqual([
      ['pool', 'supplier', 100n],
      ['revalue', 'supplier', 50n],
    ]);
    expect(figures(late).value).toBe(0n);
  });

  it('of what brought nothing into our books is refused', () => {
    const story = given(receive(10n, 0n, { owner: SELLER }));
    expect(story.when(invoice(1, 50n)).refused()).toMatchObject({ code: 'not-reversible' });
    expect(story.when(invoice(9, 50n)).refused()).toMatchObject({ code: 'movement-not-found' });
  });
});

describe('a reversal', () => {
  const reverse = (nth: number) => posting(({ seqOf }) => lines.reversal(seqOf(nth)));

  it('moves units and money back, once', () => {
    const story = given(receive(10n, 100n), ship(4n), receive(6n, 600n));
    const { lines: posted } = story.when(reverse(2));
    expect(posted).toMatchObject([{ quantity: 4n, value: 40n, to: at(PLACE.binA), toAfter: 16n }]);
    expect(story.when(reverse(2)).refused()).toMatchObject({ code: 'already-reversed', by: 4 });
    expect(story.when(reverse(9)).refused()).toMatchObject({ code: 'movement-not-found' });
  });

  it('of the last units takes all that is left; the difference is a revaluation', () => {
    const story = given(receive(10n, 100n), receive(10n, 400n), ship(10n));
    const undone = story.when(reverse(1));
    expect(undone.lines).toMatchObject([{ value: 250n }]);
    expect(paid(undone.draft)).toEqual([['supplier', 'revalue', 150n]]);
    expect(figures(story)).toMatchObject({ quantity: 0n, value: 0n });
  });

  it('under FIFO takes back the layer that it made', () => {
    const story = given(receive(2n, 10n, { item: FIFO }), receive(2n, 90n, { item: FIFO }));
    expect(story.when(reverse(2)).lines).toMatchObject([{ value: 90n }]);
    expect(figures(story, FIFO)).toMatchObject({ quantity: 2n, value: 10n });
  });
});

describe('a serial', () => {
  const one = { item: SERIAL, serials: [1] };

  it('is in one place, always', () => {
    const story = given(receive(1n, 5n, one), posting(lines.move(1n, PLACE.binB, one)));
    expect(story.state.serials.get(1)?.positionId).toBe(at(PLACE.binB, SERIAL));
    story.when(receive(1n, 5n, { item: SERIAL, serials: [2] }));
    expect(story.when(ship(1n, one)).refused()).toMatchObject({
      code: 'serial-elsewhere',
      serial: 'S4-1',
      position: at(PLACE.binB, SERIAL, HOUSE),
    });
    expect(story.when(receive(1n, 5n, one)).refused()).toMatchObject({ code: 'serial-elsewhere' });
    expect(story.when(ship(1n, { ...one, bin: PLACE.binB })).lines).toHaveLength(1);
    expect(story.when(receive(1n, 5n, one)).lines).toHaveLength(1);
  });
});

describe('the time of a journal', () => {
  it('never goes back, whatever the clock does', () => {
    const story = given(receive(1n));
    const { draft } = story.after(-60_000).when(receive(1n));
    expect(draft.recordedAt).toBe(NOON);
  });
});
