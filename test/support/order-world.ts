import type { Caller, TestAnswer } from './api.ts';
import { createLedgerWorld, type LedgerWorld } from './ledger-world.ts';

/** A line of a sales order as a test writes it: item and quantity, and whatever else matters. */
export interface WantedLine {
  readonly item: string;
  readonly quantity: string;
  readonly [more: string]: unknown;
}

/** The ledger's world with channels, and short ways to say what sales orders do. */
export interface OrderWorld extends LedgerWorld {
  /** Captures in channel WEB, which takes from every site, unless the body says otherwise. */
  capture(lines: readonly WantedLine[], body?: object, by?: Caller): Promise<TestAnswer>;
  /** The same, but it must be accepted; answers its number. */
  captured(lines: readonly WantedLine[], body?: object): Promise<string>;
  read(number: string): Promise<TestAnswer['body']>;
  /** A command on a sales order that must succeed. */
  act(number: string, action: string, body?: object): Promise<TestAnswer['body']>;
  /** Releases a sales order; answers the numbers of its fulfilment requests. */
  release(number: string): Promise<string[]>;
  ship(request: string, body?: object, headers?: Record<string, string>): Promise<TestAnswer>;
  /** Available of the house at a site. */
  available(item: string, site?: string): Promise<string>;
  channel(body: object): Promise<void>;
}

export const SHIP_TO = { name: 'Ada', lines: ['1 Main St'], city: 'Berlin', country: 'DE' };

export async function createOrderWorld(): Promise<OrderWorld> {
  const world = await createLedgerWorld();
  const { house, fresh } = world;
  const ok = (answer: TestAnswer): TestAnswer => {
    if (answer.status < 300) return answer;
    throw new Error(`refused: ${answer.text}`);
  };
  const orders: OrderWorld = {
    ...world,
    capture: (lines, body = {}, by = house) =>
      by('POST /v1/sales-orders', { channel: 'WEB', shipTo: SHIP_TO, lines, ...body }, fresh()),
    captured: async (lines, body) => ok(await orders.capture(lines, body)).body.number,
    read: async (number) => ok(await house(`GET /v1/sales-orders/${number}`)).body,
    act: async (number, action, body) =>
      ok(await house(`POST /v1/sales-orders/${number}/${action}`, body, fresh())).body,
    release: async (number) => {
      await orders.act(number, 'release');
      const query = `salesOrder=${encodeURIComponent(number)}`;
      const { body } = ok(await house(`GET /v1/fulfilment-requests?${query}`));
      return body.items.map((each: { number: string }) => each.number);
    },
    ship: (request, body, headers = fresh()) =>
      house(`POST /v1/fulfilment-requests/${request}/ship`, body ?? {}, headers),
    available: async (item, site = 'N') => {
      const { body } = ok(await house(`GET /v1/availability?item=${item}&site=${site}`));
      return body.items?.[0]?.available ?? body.available ?? JSON.stringify(body);
    },
    channel: async (body) => {
      ok(await house('POST /v1/channels', body));
    },
  };
  await orders.channel({ code: 'WEB', name: 'Web shop' });
  await orders.channel({ code: 'B2B', name: 'Sales desk', backorder: 'allow', priority: 60 });
  return orders;
}

/**
 * Where sales orders and the ledger disagree: each open reservation of a sales order must be what
 * its parts say, and no step may be left behind. Empty when all is well.
 */
export async function orderViolations(admin: OrderWorld['admin']): Promise<string[]> {
  const { rows } = await admin.query<{ wrong: string }>(
    `WITH promised AS (
       SELECT journal, reservation_seq, sum(quantity) AS quantity FROM (
         SELECT journal, reservation_seq, quantity FROM outbound.line_part
         WHERE state IN ('reserved', 'released', 'accepted', 'shipping')
         UNION ALL
         SELECT l.journal, l.reservation_seq, l.quantity FROM outbound.cart_hold_line l
         JOIN outbound.cart_hold h USING (cart_hold_id)
         WHERE h.state IN ('active', 'converting') AND h.expires_at > now()) AS each
       GROUP BY 1, 2
     ), kept AS (
       SELECT r.journal, r.reservation_seq, r.open_quantity AS quantity FROM ledger.reservation r
       JOIN ledger.document d USING (document_id)
       WHERE d.type IN ('sales_order', 'cart_hold') AND r.state IN (1, 2)
         AND (r.expires_at IS NULL OR r.expires_at > now())
     )
     SELECT format('reservation %s-%s: %s promised, %s reserved', journal, reservation_seq,
       p.quantity, k.quantity) AS wrong
     FROM promised p FULL JOIN kept k USING (journal, reservation_seq)
     WHERE p.quantity IS DISTINCT FROM k.quantity
     UNION ALL
     SELECT format('line %s of %s: parts are %s of %s', l.line, o.number, sum(p.quantity),
       l.quantity)
     FROM outbound.sales_order_line l JOIN outbound.sales_order o USING (sales_order_id)
     JOIN outbound.line_part p USING (sales_order_id, line)
     GROUP BY l.line, o.number, l.quantity HAVING sum(p.quantity) <> l.quantity
     UNION ALL
     SELECT format('step %s of %s is left', kind, document_number) FROM outbound.ledger_step`,
  );
  return rows.map(({ wrong }) => wrong);
}
