import type { Caller, TestAnswer } from './api.ts';
import { createOrderWorld, type OrderWorld, type WantedLine } from './order-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape.
type Body = any;

/** The world of sales orders, with short ways to say what comes back of them. */
export interface ReturnsWorld extends OrderWorld {
  /** A request under a new Idempotency-Key that must succeed; answers the body. */
  done(request: string, body?: unknown, by?: Caller): Promise<Body>;
  /** Captures, releases and ships; answers the number of the sales order. */
  sold(lines: readonly WantedLine[], body?: object): Promise<string>;
  /** An item in stock at a cost, as much as is asked for. */
  stocked(quantity: string, unitCost?: string, fields?: object): Promise<string>;
  /** A return of the first line of a sales order; answers its number. */
  returned(salesOrder: string, quantity: string, more?: object): Promise<string>;
  /** Takes in units of an item on a return, at B4. */
  arrive(number: string, item: string, quantity: string, more?: object): Promise<Body>;
  /** Inspects everything of the first line of the first receipt. */
  inspect(number: string, outcome: object, more?: object): Promise<Body>;
  show(number: string): Promise<Body>;
  /** Bookings of a kind that a return made, oldest first. */
  bookings(number: string, kind?: string): Promise<Body[]>;
  /** On hand by disposition at a place. */
  onHand(item: string, location?: string): Promise<Record<string, string>>;
  /** Cost of goods sold of an item: what the ledger moved to customers less what came back. */
  costOfSales(item: string): Promise<bigint>;
}

const COST_OF_SALES = `SELECT coalesce(sum(amount), 0)::bigint AS sum FROM (
    SELECT m.item_id, m.value * ((lt.type = 'customer')::integer - (lf.type = 'customer')::integer)
      AS amount
    FROM ledger.movement m
    JOIN ledger.position pf ON pf.journal = m.journal AND pf.position_id = m.from_position
    JOIN ledger.position pt ON pt.journal = m.journal AND pt.position_id = m.to_position
    JOIN network.location lf ON lf.location_id = pf.location_id
    JOIN network.location lt ON lt.location_id = pt.location_id
    UNION ALL
    SELECT v.item_id, v.amount * (coalesce((lt.type = 'customer')::integer, 0)
      - coalesce((lf.type = 'customer')::integer, 0))
    FROM ledger.value_entry v
    LEFT JOIN network.location lf ON lf.location_id = v.from_location_id
    LEFT JOIN network.location lt ON lt.location_id = v.to_location_id
  ) x JOIN catalog.item i USING (item_id) WHERE i.sku = $1`;

export async function createReturnsWorld(): Promise<ReturnsWorld> {
  const orders = await createOrderWorld();
  const done = async (request: string, body?: unknown, by?: Caller): Promise<Body> => {
    const answer: TestAnswer = await orders.command(request, body, by);
    if (answer.status < 300) return answer.body;
    throw new Error(`${request} was refused: ${answer.text}`);
  };
  const world: ReturnsWorld = {
    ...orders,
    done,
    async sold(lines, body) {
      const number = await orders.captured(lines, body);
      for (const request of await orders.release(number)) {
        const answer = await orders.ship(request);
        if (answer.status >= 300) throw new Error(`not shipped: ${answer.text}`);
      }
      return number;
    },
    async stocked(quantity, unitCost = '10.00', fields = {}) {
      const item = await orders.item(fields);
      await orders.receive(item, quantity, 'B1', { unitCost });
      return item;
    },
    async returned(salesOrder, quantity, more = {}) {
      const lines = [{ orderLine: 1, quantity, reason: 'changed_mind' }];
      const body = { salesOrder, site: 'N', lines, ...more };
      return (await done('POST /v1/returns', body)).number;
    },
    arrive: (number, item, quantity, more = {}) =>
      done(`POST /v1/returns/${number}/receipts`, {
        scans: [{ item, quantity, location: 'B4', ...more }],
      }),
    inspect: (number, outcome, more = {}) =>
      done(`POST /v1/returns/${number}/inspections`, {
        receipt: 1,
        receiptLine: 1,
        grade: 'good',
        outcome,
        ...more,
      }),
    show: (number) => done(`GET /v1/returns/${number}`),
    async bookings(number, kind = 'refund') {
      const { rows } = await orders.admin.query(
        `SELECT kind, currency, trim_scale(rate)::text AS rate, party, lines FROM platform.booking
         WHERE document_number = $1 AND kind = $2 ORDER BY booking_id`,
        [number, kind],
      );
      return rows;
    },
    async onHand(item, location = 'B4') {
      const query = `item=${item}&location=${location}&groupBy=disposition`;
      const { items } = await done(`GET /v1/stock?${query}`);
      const rows = items as { disposition: string; onHand: string }[];
      const there = rows.filter(({ onHand }) => !/^0(\.0+)?$/.test(onHand));
      return Object.fromEntries(there.map(({ disposition, onHand }) => [disposition, onHand]));
    },
    async costOfSales(item) {
      const { rows } = await orders.admin.query<{ sum: bigint }>(COST_OF_SALES, [item]);
      return BigInt(rows[0]?.sum ?? 0n);
    },
  };
  return world;
}
