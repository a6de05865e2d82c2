import { SCOPES } from '../../src/platform/auth/index.ts';
import type { Caller, TestAnswer } from './api.ts';
import { createLedgerWorld, type LedgerWorld } from './ledger-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape.
type Body = any;

/** A small warehouse with a supplier to buy from. */
export interface BuyingWorld extends LedgerWorld {
  /** Another person of the house, who may approve. */
  readonly manager: Caller;
  /** The same as `command`, but it must succeed; answers the body. */
  done(request: string, body?: unknown, by?: Caller): Promise<Body>;
  /** Makes a supplier of this test's own; answers its code. */
  supplier(fields?: object): Promise<string>;
  /** A draft with these lines. */
  draft(fields: { lines: object[]; supplier?: string; [field: string]: unknown }): Promise<Body>;
  /** A purchase order that was submitted and sent. */
  sent(fields: { lines: object[]; supplier?: string; [field: string]: unknown }): Promise<Body>;
  receipt(purchaseOrder: string, lines: object[], more?: object): Promise<Body>;
  invoice(purchaseOrder: string, lines: object[], more?: object): Promise<Body>;
  approve(number: string, body?: object): Promise<Body>;
  /** The balance of GRNI by the ledger and the bookings, in house minor units; credits positive. */
  grni(): Promise<bigint>;
  /** What receipts say is open; must be the same. */
  openByReceipts(): Promise<bigint>;
}

/** Suppliers' locations as a sign: 1 where value comes from one, -1 where it goes to one. */
const SIGN = `((lf.type IS NOT DISTINCT FROM 'supplier')::integer
  - (lt.type IS NOT DISTINCT FROM 'supplier')::integer)`;

/** Value that came from and went to suppliers, but for landed costs; in minor units. */
const GRNI_OF_LEDGER = `SELECT coalesce(sum(amount), 0)::bigint AS sum FROM (
    SELECT m.value * ${SIGN} AS amount
    FROM ledger.movement m
    JOIN ledger.position pf ON pf.journal = m.journal AND pf.position_id = m.from_position
    JOIN ledger.position pt ON pt.journal = m.journal AND pt.position_id = m.to_position
    JOIN network.location lf ON lf.location_id = pf.location_id
    JOIN network.location lt ON lt.location_id = pt.location_id
    UNION ALL
    SELECT v.amount * ${SIGN}
    FROM ledger.value_entry v
    LEFT JOIN network.location lf ON lf.location_id = v.from_location_id
    LEFT JOIN network.location lt ON lt.location_id = v.to_location_id
    WHERE v.reason_id IS DISTINCT FROM 17) x`;

const GRNI_OF_BOOKINGS = `SELECT coalesce(sum((line ->> 'amount')::bigint), 0)::bigint AS sum
  FROM platform.booking b, jsonb_array_elements(b.lines) line WHERE line ->> 'role' = 'grni'`;

const OPEN_BY_RECEIPTS = `SELECT (SELECT coalesce(sum(value + revalued - cleared), 0)
      FROM inbound.receipt_line WHERE state = 'posted')
    - (SELECT coalesce(sum(ahead_value_left), 0) FROM inbound.supplier_invoice_line)
    - (SELECT coalesce(sum(l.value), 0) FROM inbound.supplier_return_line l
       JOIN inbound.supplier_return r ON r.supplier_return_id = l.supplier_return_id
       WHERE r.state = 'posted') AS sum`;

/** Sites N and S with their bins, and everything that buying needs. */
export async function createBuyingWorld(): Promise<BuyingWorld> {
  const world = await createLedgerWorld();
  const manager = await world.caller('manager', SCOPES);
  let made = 0;
  const done = async (request: string, body?: unknown, by?: Caller): Promise<Body> => {
    const answer: TestAnswer = await world.command(request, body, by);
    if (answer.status < 300) return answer.body;
    throw new Error(`${request} was refused: ${answer.text}`);
  };
  const sum = async (query: string): Promise<bigint> => {
    const { rows } = await world.admin.query<{ sum: bigint | string }>(query);
    return BigInt(rows[0]?.sum ?? 0n);
  };
  const buying: BuyingWorld = {
    ...world,
    manager,
    done,
    async supplier(fields = {}) {
      made += 1;
      const code = `SUP-${made}`;
      await done('POST /v1/suppliers', { code, name: code, currency: 'EUR', ...fields });
      return code;
    },
    async draft({ supplier, ...fields }) {
      const code = supplier ?? (await buying.supplier());
      return done('POST /v1/purchase-orders', { supplier: code, site: 'N', ...fields });
    },
    async sent(fields) {
      const { number } = await buying.draft(fields);
      const submitted = await done(`POST /v1/purchase-orders/${number}/submit`, {});
      if (submitted.state === 'awaiting_approval') {
        await done(`POST /v1/purchase-orders/${number}/approve`, {}, manager);
      }
      return done(`POST /v1/purchase-orders/${number}/send`, {});
    },
    receipt: (purchaseOrder, lines, more = {}) =>
      done('POST /v1/receipts', {
        purchaseOrder,
        lines: lines.map((line) => ({ location: 'B1', ...line })),
        ...more,
      }),
    async invoice(purchaseOrder, lines, more = {}) {
      made += 1;
      const order = await done(`GET /v1/purchase-orders/${purchaseOrder}`);
      return done('POST /v1/supplier-invoices', {
        supplier: order.supplier,
        reference: `INV-${made}`,
        currency: order.currency,
        invoicedOn: '2026-11-23',
        lines: lines.map((line) => ({ purchaseOrder, ...line })),
        ...more,
      });
    },
    approve: (number, body = {}) => done(`POST /v1/supplier-invoices/${number}/approve`, body),
    grni: async () => (await sum(GRNI_OF_LEDGER)) - (await sum(GRNI_OF_BOOKINGS)),
    openByReceipts: () => sum(OPEN_BY_RECEIPTS),
  };
  return buying;
}
