import { journalOf, type MovementLine } from '../../ledger/index.ts';
import { invalidRequest, Problem, problemTypes } from '../../platform/problems.ts';
import { DecimalError, formatDecimal, parseDecimal } from '../../platform/quantity.ts';
import { lineOf, type OrderDraft } from '../orders/draft.ts';
import type { LineRow, PartRow } from '../orders/order.queries.ts';
import type { OrderService } from '../orders/service.ts';
import type { ShipPosition } from './schemas.ts';
import { type PlannedMovement, selectPositions, selectSerials } from './ship.queries.ts';

/** Units taken from one place. */
interface Pick {
  readonly location: string;
  readonly lpn: string | null;
  readonly lot: string | null;
  readonly quantity: bigint;
  readonly serials: readonly string[] | undefined;
}

/** A part that is to leave, and where its units are taken from; undefined: wherever they lie. */
export interface Leaving {
  readonly part: PartRow;
  readonly positions: readonly ShipPosition[] | undefined;
}

function insufficient(row: LineRow, asked: bigint, found: bigint, site: string): Problem {
  const type = problemTypes().find(({ name }) => name === 'insufficient-stock');
  if (!type) throw new Error('the ledger declares no insufficient-stock');
  const text = (value: bigint) => formatDecimal(value, row.quantityScale);
  const detail = `${text(asked)} of ${row.item} asked for, ${text(found)} to pick at ${site}.`;
  const extras = { item: row.item, site, requested: text(asked), onHand: text(found) };
  return new Problem(type, detail, { line: row.line, ...extras });
}

/** What the caller took, checked against the part. @throws Problem invalid-request. */
function givenPicks(row: LineRow, { part, positions }: Leaving): Pick[] {
  const fail = (message: string): never => {
    const path = `lines.${row.line}.positions`;
    throw new Problem(invalidRequest, `${path} ${message}.`, { errors: [{ path, message }] });
  };
  const picks = (positions ?? []).map((position): Pick => {
    try {
      const quantity = parseDecimal(position.quantity, row.quantityScale);
      const { location, lpn = null, lot = null, serials } = position;
      if (quantity <= 0n) fail('name a place for nothing');
      return { location, lpn, lot, quantity, serials };
    } catch (error) {
      if (!(error instanceof DecimalError)) throw error;
      return fail(error.message);
    }
  });
  const sum = picks.reduce((total, { quantity }) => total + quantity, 0n);
  if (sum !== part.quantity) {
    const wanted = formatDecimal(part.quantity, row.quantityScale);
    fail(`hold ${formatDecimal(sum, row.quantityScale)} units, not the ${wanted} that leave`);
  }
  return picks;
}

/** Picks units for parts one after another, so that no unit is picked twice. */
export class Picker {
  readonly #service: OrderService;
  readonly #draft: OrderDraft;
  readonly #taken = new Map<bigint, bigint>();

  constructor(service: OrderService, draft: OrderDraft) {
    this.#service = service;
    this.#draft = draft;
  }

  /** @throws Problem insufficient-stock, invalid-request. */
  async plan(leaving: Leaving, occurredAt: Date): Promise<PlannedMovement[]> {
    const { part, positions } = leaving;
    const row = lineOf(this.#draft, part.line)!;
    const picks = positions ? givenPicks(row, leaving) : await this.#pick(row, part);
    const { order } = this.#draft;
    return picks.map((pick) => ({
      line: part.line,
      part: part.part,
      movement: toMovement(pick, row, {
        owner: order.owner,
        number: order.number,
        reservation: `${part.journal}-${part.seq}`,
        occurredAt,
      }),
    }));
  }

  async #pick(row: LineRow, part: PartRow): Promise<Pick[]> {
    const { ledger, context } = this.#service;
    const journal = journalOf(row.itemId, ledger.poster.journals);
    const today = context.clock().toISOString().slice(0, 10);
    const { ownerId } = this.#draft.order;
    const at = { journal, itemId: row.itemId, siteId: part.siteId!, ownerId };
    const found = await selectPositions(context.database.poster, at, today);
    const picks: Pick[] = [];
    let left = part.quantity;
    for (const position of found) {
      const before = this.#taken.get(position.positionId) ?? 0n;
      const free = position.free - before;
      if (left === 0n || free <= 0n) continue;
      const quantity = left < free ? left : free;
      this.#taken.set(position.positionId, before + quantity);
      left -= quantity;
      const upTo = Number(before + quantity);
      const serials = row.tracksSerial
        ? await selectSerials(context.database.poster, journal, position.positionId, upTo)
        : undefined;
      picks.push({ ...position, quantity, serials: serials?.slice(Number(before)) });
    }
    if (left === 0n) return picks;
    throw insufficient(row, part.quantity, part.quantity - left, part.site ?? '');
  }
}

function toMovement(
  pick: Pick,
  row: LineRow,
  document: { owner: string; number: string; reservation: string; occurredAt: Date },
): MovementLine {
  const { location, lpn, lot, quantity, serials } = pick;
  return {
    kind: 'shipment',
    item: row.item,
    quantity: formatDecimal(quantity, row.quantityScale),
    from: { location, ...(lpn === null ? {} : { lpn }) },
    owner: document.owner,
    ...(lot === null ? {} : { lot }),
    ...(serials === undefined ? {} : { serials: [...serials] }),
    document: { type: 'sales_order', number: document.number },
    occurredAt: document.occurredAt.toISOString(),
    reservation: document.reservation,
  };
}
