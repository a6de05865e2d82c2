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
