import fc from 'fast-check';
import type { LedgerWorld } from './ledger-world.ts';

/**
 * A ledger with a random past, the same for the same seed: every cost method, lots, serials, two
 * owners, transfers, returns, reversals, late costs, reservations and allocations. Commands that
 * the ledger refuses are part of it.
 */
export interface RandomLedger {
  readonly items: readonly string[];
  /** Instants between the posts, oldest first. */
  readonly instants: readonly string[];
  /** Posts more steps on the same items. */
  more(seed: number, count: number): Promise<void>;
}

const BINS = ['B1', 'B2', 'B3', 'B4', 'C1'] as const;

interface Step {
  readonly action: number;
  readonly item: number;
  readonly quantity: number;
  readonly from: (typeof BINS)[number];
  readonly to: (typeof BINS)[number];
  readonly cents: number;
  readonly hoursAgo: number;
  readonly seller: boolean;
  readonly damaged: boolean;
  readonly document: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.integer({ min: 0, max: 15 }),
  item: fc.integer({ min: 0, max: 4 }),
  quantity: fc.integer({ min: 1, max: 12 }),
  from: fc.constantFrom(...BINS),
  to: fc.constantFrom(...BINS),
  cents: fc.integer({ min: 1, max: 2_000 }),
  hoursAgo: fc.integer({ min: 0, max: 72 }),
  seller: fc.boolean(),
  damaged: fc.boolean(),
  document: fc.integer({ min: 0, max: 5 }),
});

const ITEMS = [
  {},
  { costMethod: 'fifo' },
  { costMethod: 'standard', standardUnitCost: '4.5' },
  { tracksLot: true, costMethod: 'fifo', quantityScale: 2 },
  { tracksSerial: true },
];
const LOTTED = 3;
const SERIALISED = 4;

/** Posts `count` random steps. The seller must exist under the code SELLER. */
export async function randomLedger(
  world: LedgerWorld,
  seed: number,
  count: number,
): Promise<RandomLedger> {
  const items: string[] = [];
  for (const fields of ITEMS) items.push(await world.item(fields));
  const instants: string[] = [];
  const state: State = { world, items, movements: [], reservations: [], serials: 0 };
  const more = async (moreSeed: number, moreCount: number): Promise<void> => {
    const steps = fc.sample(step, { seed: moreSeed, numRuns: moreCount });
    for (const [n, drawn] of steps.entries()) {
      await act(state, drawn);
      if (n % 10 === 9) instants.push(new Date().toISOString());
    }
  };
  await more(seed, count);
  return { items, instants, more };
}

interface State {
  readonly world: LedgerWorld;
  readonly items: readonly string[];
  readonly movements: string[];
  readonly reservations: string[];
  serials: number;
}

/** Members that every line of this step shares. */
function common(state: State, drawn: Step): object {
  const { item, seller, hoursAgo, document } = drawn;
  const occurredAt = new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
  return {
    item: state.items[item],
    ...(seller ? { owner: 'SELLER' } : {}),
    ...(item === LOTTED ? { lot: `L${drawn.quantity % 3}` } : {}),
    ...(document === 0 ? {} : { document: { type: 'order', number: `${document}` } }),
    occurredAt,
    quantity: String(drawn.quantity),
  };
}

function lineOf(state: State, drawn: Step): object {
  const line = common(state, drawn);
  const disposition = drawn.damaged ? 'damaged' : 'sellable';
  const from = { location: drawn.from, disposition };
  const to = { location: drawn.to, disposition };
  // More comes in at once than goes out, so that most of what follows finds something to take.
  const plenty = { quantity: String(drawn.quantity * 4) };
  switch (drawn.action) {
    case 0:
    case 1:
      return { ...line, kind: 'receipt', to, ...priceOf(drawn), ...plenty };
    case 2:
      return { ...line, kind: 'opening', to, ...priceOf(drawn), ...plenty };
    case 3:
    case 4:
      return { ...line, kind: 'move', from, to };
    case 5:
    case 6:
      return { ...line, kind: 'shipment', from };
    case 7:
      return { ...line, kind: 'customer_return', to };
    case 8:
      return { ...line, kind: 'adjustment', from, reason: 'damage' };
    case 9:
      return { ...line, kind: 'count', from };
    case 10:
      return { ...line, kind: 'transfer_shipment', from, to: 'TRANSIT-S' };
    default:
      return { ...line, kind: 'transfer_receipt', from: 'TRANSIT-S', to: 'C1' };
  }
}

function priceOf(drawn: Step): object {
  return drawn.seller ? {} : { value: (drawn.cents / 100).toFixed(2) };
}

async function act(state: State, drawn: Step): Promise<void> {
  if (drawn.action === 12) return reserve(state, drawn);
  if (drawn.action === 13) return allocate(state, drawn);
  if (drawn.action === 14) return correct(state, drawn);
  if (drawn.action === 15) return settle(state, drawn);
  if (drawn.item === SERIALISED) return moveSerials(state, drawn);
  const { body } = await state.world.post([lineOf(state, drawn)]);
  remember(state, body);
}

/** biome-ignore lint/suspicious/noExplicitAny: an answer of any route. */
function remember(state: State, body: any): void {
  for (const line of body.lines ?? []) if (line.id) state.movements.push(line.id);
}

async function moveSerials(state: State, drawn: Step): Promise<void> {
  const known = state.serials > 0 && drawn.action > 2;
  const serial = known ? (drawn.cents % state.serials) + 1 : ++state.serials;
  const kind = known ? (drawn.action % 2 === 0 ? 'move' : 'shipment') : 'receipt';
  const line = {
    item: state.items[SERIALISED],
    kind,
    quantity: '1',
    serials: [`SN-${serial}`],
    ...(known ? { from: drawn.from } : {}),
    ...(kind === 'shipment' ? {} : { to: drawn.to }),
    ...(known ? {} : { value: (drawn.cents / 100).toFixed(2) }),
  };
  remember(state, (await state.world.post([line])).body);
}

async function reserve(state: State, drawn: Step): Promise<void> {
  const line = {
    item: state.items[drawn.item === LOTTED ? 0 : drawn.item],
    quantity: String(drawn.quantity),
    site: drawn.from === 'C1' ? 'S' : 'N',
    ...(drawn.seller ? { owner: 'SELLER' } : {}),
  };
  const body = { lines: [line], expiresInSeconds: 3600 };
  const answer = await state.world.command('POST /v1/reservations', body);
  for (const { id } of answer.body.lines ?? []) if (id) state.reservations.push(id);
}

async function allocate(state: State, drawn: Step): Promise<void> {
  const { from: place, quantity } = drawn;
  const line = { item: state.items[drawn.item % 3], quantity: String(quantity), place };
  const { world } = state;
  const answer = await world.command('POST /v1/allocations', { lines: [line] });
  const [first] = answer.body.lines ?? [];
  if (!first?.id) return;
  if (drawn.damaged) await world.command(`POST /v1/allocations/${first.id}/release`, {});
  else if (drawn.seller) {
    const pick = { kind: 'pick', item: line.item, quantity: '1', from: place, to: 'STATION' };
    await world.post([{ ...pick, allocation: first.id }]);
  }
}

/** Reverses a movement, corrects its cost, or sets a standard cost. */
async function correct(state: State, drawn: Step): Promise<void> {
  const { world, movements, items } = state;
  const id = movements[drawn.cents % Math.max(1, movements.length)];
  if (id === undefined) return;
  if (drawn.damaged) {
    remember(state, (await world.command(`POST /v1/movements/${id}/reverse`, {})).body);
  } else if (drawn.seller) {
    const unitCost = `${1 + (drawn.quantity % 7)}.25`;
    await world.command(`POST /v1/items/${items[2]}/standard-cost`, { unitCost });
  } else {
    const amount = ((drawn.cents - 700) / 100).toFixed(2);
    await world.command(`POST /v1/movements/${id}/revalue`, { amount });
  }
}

/** Releases a reservation, extends it, or ships against it. */
async function settle(state: State, drawn: Step): Promise<void> {
  const { world, reservations } = state;
  const id = reservations[drawn.cents % Math.max(1, reservations.length)];
  if (id === undefined) return;
  if (drawn.quantity < 4) await world.command(`POST /v1/reservations/${id}/release`, {});
  else if (drawn.quantity < 6) {
    const body = { expiresInSeconds: 7200 };
    await world.command(`POST /v1/reservations/${id}/extend`, body);
  } else {
    const { body } = await world.house(`GET /v1/reservations/${id}`);
    const owner = body.owner === 'HOUSE' ? {} : { owner: body.owner };
    const line = { kind: 'shipment', item: body.item, quantity: '1', from: drawn.from, ...owner };
    remember(state, (await world.post([{ ...line, reservation: id }])).body);
  }
}
