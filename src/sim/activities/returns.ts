import type { MovementLine } from '../posting/chunk.ts';
import type { Lot, Shelf, Units } from '../world/index.ts';
import { scrap } from './care.ts';
import { putAway } from './inbound.ts';
import { DAY_MS, HOUR_MS } from './rhythm.ts';
import {
  act,
  later,
  newDocument,
  occurredAt,
  placeWith,
  post,
  type Simulation,
  siteOf,
} from './simulation.ts';

const GOOD_SHARE = 0.78;

/** A shipment that will come back in some days. */
export function expectReturn(
  sim: Simulation,
  shelf: Shelf,
  sold: Units,
  shipment: number,
  document: MovementLine['document'],
): void {
  const days = 3 + sim.random.next() * 17;
  later(sim, days * DAY_MS, () => takeBack(sim, shelf, sold, shipment, document));
}

/** In what condition goods come back: nobody sells returned food again. */
function conditionOf(sim: Simulation, shelf: Shelf, lot: Lot | null) {
  const life = lot?.expiresAt == null ? Number.POSITIVE_INFINITY : lot.expiresAt - occurredAt(sim);
  if (life < 60 * DAY_MS) return 'expired';
  if (sim.random.chance(GOOD_SHARE)) return 'sellable';
  return shelf.item.tracksSerial ? 'defective' : 'damaged';
}

/** The returns clerk takes goods back, at what they cost when they were shipped. */
function takeBack(
  sim: Simulation,
  shelf: Shelf,
  sold: Units,
  shipment: number,
  order: MovementLine['document'],
): void {
  const { item, owner, site } = shelf;
  const condition = conditionOf(sim, shelf, sold.lot);
  const reason = condition === 'sellable' ? 'customer_remorse' : 'not_as_described';
  const to = placeWith(siteOf(sim, site).returns, condition);
  const rma = newDocument(sim, 'rma', 'RMA');
  const document = order ? { ...rma, number: `${rma.number}-${order.number}` } : rma;
  const line = act(
    sim,
    { item, owner, ...sold, from: { location: 'CUSTOMER' }, to },
    { kind: 'customer_return', reason, document, implied: 'from' },
  );
  post(sim, item, [line], { role: 'RET', site, returnOf: shipment });
  const arrival = { shelf, ...sold, from: to };
  if (condition === 'sellable') {
    later(sim, (1 + sim.random.next() * 8) * HOUR_MS, () => putAway(sim, arrival));
  } else {
    later(sim, (0.5 + sim.random.next() * 6) * DAY_MS, () => scrap(sim, arrival, 'scrap'));
  }
}
