import type { MovementLine } from '../posting/chunk.ts';
import {
  areThere,
  available,
  firstExpiredFirst,
  greatest,
  least,
  livesLongEnough,
  pickable,
  type Shelf,
  shelfOf,
  transitTo,
  type Units,
  unitsOf,
} from '../world/index.ts';
import { putAway } from './inbound.ts';
import { HOUR_MS } from './rhythm.ts';
import {
  act,
  later,
  newDocument,
  occurredAt,
  post,
  type Simulation,
  siteOf,
} from './simulation.ts';

/** How much a shelf can spare for another: half of what nobody was promised. */
function spare(sim: Simulation, shelf: Shelf): bigint {
  const { item } = shelf;
  const free = least(pickable(shelf, occurredAt(sim)), available(shelf)) - shelf.reorderPoint;
  return greatest(0n, (free / 2n / item.saleStep) * item.saleStep);
}

/** Looks for an item that one site runs out of and another has plenty of, and sends some. */
export function balance(sim: Simulation, site: number): void {
  const needy = (sim.picks.get(site)?.shelves ?? []).filter(
    (shelf) => shelf.onHand + shelf.incoming <= shelf.reorderPoint,
  );
  if (needy.length === 0) return;
  const to = sim.random.pick(needy);
  const others = sim.world.sites.filter(({ index }) => index !== site);
  const sources = others
    .map(({ index }) => shelfOf(sim.world, to.item, to.owner, index))
    .map((shelf) => ({ shelf, quantity: spare(sim, shelf) }))
    .sort((a, b) => Number(b.quantity - a.quantity));
  const [best] = sources;
  if (!best || best.quantity < to.item.saleStep) return;
  send(sim, best.shelf, to, least(best.quantity, to.orderUpTo));
}

function send(sim: Simulation, from: Shelf, to: Shelf, quantity: bigint): void {
  const { item, owner } = from;
  const document = newDocument(sim, 'transfer', 'TR');
  const transit = { location: transitTo(siteOf(sim, to.site)) };
  const lines: MovementLine[] = [];
  const sent: Units[] = [];
  let left = quantity;
  for (const position of firstExpiredFirst(from.positions)) {
    if (left === 0n) break;
    if (!livesLongEnough(position, occurredAt(sim))) continue;
    const part = unitsOf(position, least(left, position.quantity));
    const transfer = { item, owner, ...part, from: { location: position.location }, to: transit };
    lines.push(act(sim, transfer, { kind: 'transfer_shipment', document }));
    sent.push(part);
    left -= part.quantity;
  }
  if (lines.length === 0) return;
  post(sim, item, lines, { role: 'SHIP', site: from.site });
  to.incoming += quantity - left;
  const hours = 30 + sim.random.next() * 40;
  later(sim, hours * HOUR_MS, () => arrive(sim, to, sent, document));
}

/** Takes goods in transit in at a dock, and has them put away. */
export function arrive(
  sim: Simulation,
  to: Shelf,
  sent: readonly Units[],
  document: MovementLine['document'],
): void {
  const { item, owner, site } = to;
  const { docks, code } = siteOf(sim, site);
  const transit = { location: transitTo({ code }) };
  const dock = { location: sim.random.pick(docks) };
  const parts = sent.filter((units) => areThere(sim.world, to, units, transit));
  for (const part of sent) to.incoming -= least(part.quantity, to.incoming);
  const lines = parts.map((part) =>
    act(
      sim,
      { item, owner, ...part, from: transit, to: dock },
      { kind: 'transfer_receipt', document },
    ),
  );
  if (lines.length === 0) return;
  post(sim, item, lines, { role: 'RCV', site });
  for (const part of parts) {
    const delay = (1 + sim.random.next() * 5) * HOUR_MS;
    later(sim, delay, () => putAway(sim, { shelf: to, ...part, from: dock }));
  }
}
