import type { Queryable, Tx } from '../../platform/database.ts';
import { type HistoryEntry, recordHistory } from '../../platform/history.ts';
import { rateOn } from '../../platform/rates.ts';
import type { HoldKind, OrderState, PartState } from './order.ts';
import type { ResolvedOrder } from './resolve.ts';
import type { CaptureAnswer } from './schemas.ts';

/** Units of a new line that share a site and a reservation, or wait. */
export interface NewPart {
  readonly line: number;
  readonly part: number;
  readonly itemId: number;
  readonly siteId: number | null;
  readonly site: string | null;
  readonly quantity: bigint;
  readonly state: PartState;
  readonly journal: number | null;
  readonly seq: number | null;
}

/** A sales order that is ready to be written. */
export interface NewOrder {
  readonly orderId: string;
  readonly number: string;
  readonly requestHash: Buffer;
  readonly resolved: ResolvedOrder;
  readonly priority: number;
  readonly serviceLevel: string;
  readonly shipmentPolicy: string;
  readonly backorder: string;
  readonly state: OrderState;
  readonly rate: string | null;
  readonly parts: readonly NewPart[];
  readonly holds: readonly HoldKind[];
  readonly answer: CaptureAnswer;
  /** When the customer is told to have it; null: nothing can be promised. */
  readonly promisedAt: string | null;
  /** How the promise came about, or why there is none; undefined where the caller gave it. */
  readonly promise: Readonly<Record<string, unknown>> | undefined;
  /** Why its sites were chosen. */
  readonly explanation: Readonly<Record<string, unknown>> | undefined;
  readonly actorId: number;
  readonly at: Date;
}

/** Numbers of the series, as many as are asked for. */
export async function nextNumbers(db: Queryable, count: number): Promise<string[]> {
  if (count === 0) return [];
  const { rows } = await db.query<{ n: bigint }>(
    "SELECT nextval('outbound.sales_order_number') AS n FROM generate_series(1, $1)",
    [count],
  );
  return rows.map(({ n }) => `SO-${String(n).padStart(6, '0')}`);
}

/** A sales order that an earlier request has captured. */
export interface CapturedRow {
  readonly orderId: string;
  readonly number: string;
  readonly requestHash: Buffer;
  readonly captured: CaptureAnswer;
}

type CapturedText = Omit<CapturedRow, 'captured'> & { readonly captured: string };

function toCaptured(row: CapturedText): CapturedRow {
  // Answers that were kept before dates were promised have none.
  return { ...row, captured: { promisedAt: null, ...JSON.parse(row.captured) } };
}

const CAPTURED = `SELECT o.sales_order_id AS "orderId", o.number, o.request_hash AS "requestHash",
    o.captured FROM outbound.sales_order o`;

/** The sales orders with these ids. */
export async function findCaptured(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, CapturedRow>> {
  const { rows } = await db.query<CapturedText>(`${CAPTURED} WHERE o.sales_order_id = ANY($1)`, [
    orderIds,
  ]);
  return new Map(rows.map((row) => [row.orderId, toCaptured(row)]));
}

/** The sales order that has this number or one of these references already. */
export async function findSame(
  db: Queryable,
  { number, resolved }: Pick<NewOrder, 'resolved'> & { number: string },
): Promise<CapturedRow | undefined> {
  const { body, owner, channel } = resolved;
  const { rows } = await db.query<CapturedText>(
    `${CAPTURED} WHERE o.number = $1
       OR (o.owner_id = $2 AND o.channel_id = $3 AND o.channel_reference = $4)
       OR (o.owner_id = $2 AND o.channel_id = $3 AND o.customer_reference = $5
         AND o.customer IS NOT DISTINCT FROM $6)
     ORDER BY o.created_at LIMIT 1`,
    [
      number,
      owner.ownerId,
      channel.channelId,
      body.channelReference ?? null,
      body.customerReference ?? null,
      body.customer ?? null,
    ],
  );
  return rows[0] && toCaptured(rows[0]);
}

/** Rates of today for currencies; a currency without a rate is left out. */
export async function ratesOf(
  tx: Tx,
  house: string,
  currencies: Iterable<string>,
  day: string,
): Promise<Map<string, string | Error>> {
  const rates = new Map<string, string | Error>();
  for (const currency of new Set(currencies)) {
    rates.set(currency, await rateOn(tx, house, currency, day).catch((error: Error) => error));
  }
  return rates;
}

// Text that may hold anything comes as base64, see plainArray.
const INSERT_ORDERS = `INSERT INTO outbound.sales_order (sales_order_id, number, owner_id,
    channel_id, customer, customer_reference, channel_reference, state, is_held, priority,
    service_level, shipment_policy, backorder, ship_to, currency, rate, shipping_charge,
    requested_at, promised_at, notes, attachments, request_hash, captured, actor_id, created_at,
    updated_at)
  SELECT k.id, k.number, k.owner_id, k.channel_id, k.customer, k.customer_reference,
    k.channel_reference, k.state, k.is_held, k.priority, k.service_level, k.shipment_policy,
    k.backorder, convert_from(decode(k.ship_to, 'base64'), 'UTF8')::jsonb, k.currency, k.rate,
    k.shipping_charge, k.requested_at, k.promised_at, k.notes, k.attachments,
    decode(k.request_hash, 'hex'), convert_from(decode(k.captured, 'base64'), 'UTF8'), k.actor_id,
    k.created_at, k.created_at
  FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[],
    $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[], $10::integer[], $11::text[],
    $12::text[], $13::text[], $14::text[], $15::text[], $16::numeric[], $17::bigint[],
    $18::timestamptz[], $19::timestamptz[], $20::text[], $21::jsonb[], $22::text[],
    $23::text[], $24::integer[], $25::timestamptz[]) AS k(id, number, owner_id, channel_id,
    customer, customer_reference, channel_reference, state, is_held, priority, service_level,
    shipment_policy, backorder, ship_to, currency, rate, shipping_charge, requested_at,
    promised_at, notes, attachments, request_hash, captured, actor_id, created_at)`;
const UNIQUE_VIOLATION = '23505';

function orderColumns(orders: readonly NewOrder[]): unknown[] {
  const body = (pick: (each: ResolvedOrder['body']) => unknown) =>
    orders.map(({ resolved }) => pick(resolved.body) ?? null);
  return [
    plainArray(orders.map(({ orderId }) => orderId)),
    orders.map(({ number }) => number),
    plainArray(orders.map(({ resolved }) => resolved.owner.ownerId)),
    plainArray(orders.map(({ resolved }) => resolved.channel.channelId)),
    body(({ customer }) => customer),
    body(({ customerReference }) => customerReference),
    body(({ channelReference }) => channelReference),
    plainArray(orders.map(({ state }) => state)),
    plainArray(orders.map(({ holds }) => (holds.length > 0 ? 't' : 'f'))),
    plainArray(orders.map(({ priority }) => priority)),
    orders.map(({ serviceLevel }) => serviceLevel),
    plainArray(orders.map(({ shipmentPolicy }) => shipmentPolicy)),
    plainArray(orders.map(({ backorder }) => backorder)),
    plainArray(orders.map(({ resolved }) => base64(resolved.body.shipTo))),
    plainArray(orders.map(({ resolved }) => resolved.currency)),
    plainArray(orders.map(({ rate }) => rate)),
    plainArray(orders.map(({ resolved }) => resolved.shippingCharge)),
    body(({ requestedAt }) => requestedAt),
    orders.map(({ promisedAt }) => promisedAt),
    body(({ notes }) => notes),
    body(({ attachments }) => (attachments.length > 0 ? JSON.stringify(attachments) : '[]')),
    plainArray(orders.map(({ requestHash }) => requestHash.toString('hex'))),
    plainArray(orders.map(({ answer }) => base64(answer))),
    plainArray(orders.map(({ actorId }) => actorId)),
    plainArray(orders.map(({ answer }) => answer.createdAt)),
  ];
}

// Lines and the parts that they begin with in one statement: a row is a part, and the first part
// of a line brings the line along. What is the same for a whole sales order is joined to it.
const INSERT_LINES = `WITH head AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[],
      $5::timestamptz[]) WITH ORDINALITY
      AS h(sales_order_id, owner_id, channel_id, priority, ordered_at, n)
  ), row AS (
    SELECT * FROM unnest($6::integer[], $7::integer[], $8::integer[], $9::integer[],
      $10::integer[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
      $15::integer[], $16::bigint[], $17::text[], $18::integer[], $19::bigint[])
      AS r(n, line, part, item_id, asked_site_id, asked, unit_price, discount, tax, site_id,
        quantity, state, journal, seq)
    JOIN head USING (n)
  ), line AS (
    INSERT INTO outbound.sales_order_line (sales_order_id, line, owner_id, item_id, site_id,
      quantity, unit_price, discount, tax)
    SELECT sales_order_id, line, owner_id, item_id, asked_site_id, asked, unit_price, discount, tax
    FROM row WHERE part = 1
  )
  INSERT INTO outbound.line_part (sales_order_id, line, part, owner_id, item_id, channel_id,
    site_id, quantity, state, journal, reservation_seq, priority, ordered_at)
  SELECT sales_order_id, line, part, owner_id, item_id, channel_id, site_id, quantity, state,
    journal, seq, priority, ordered_at FROM row`;

/** The lines and parts of sales orders as columns. */
function lineColumns(orders: readonly NewOrder[]): unknown[] {
  const rows = orders.flatMap((order, i) => {
    const lines = new Map(order.resolved.lines.map((line) => [line.line, line]));
    return order.parts.map((part) => ({ n: i + 1, part, line: lines.get(part.line)! }));
  });
  return [
    plainArray(orders.map(({ orderId }) => orderId)),
    plainArray(orders.map(({ resolved }) => resolved.owner.ownerId)),
    plainArray(orders.map(({ resolved }) => resolved.channel.channelId)),
    plainArray(orders.map(({ priority }) => priority)),
    plainArray(orders.map(({ answer }) => answer.createdAt)),
    plainArray(rows.map(({ n }) => n)),
    plainArray(rows.map(({ part }) => part.line)),
    plainArray(rows.map(({ part }) => part.part)),
    plainArray(rows.map(({ part }) => part.itemId)),
    plainArray(rows.map(({ line }) => line.site?.siteId ?? null)),
    plainArray(rows.map(({ line }) => line.quantity)),
    plainArray(rows.map(({ line }) => line.unitPrice)),
    plainArray(rows.map(({ line }) => line.discount)),
    plainArray(rows.map(({ line }) => line.tax)),
    plainArray(rows.map(({ part }) => part.siteId)),
    plainArray(rows.map(({ part }) => part.quantity)),
    plainArray(rows.map(({ part }) => part.state)),
    plainArray(rows.map(({ part }) => part.journal)),
    plainArray(rows.map(({ part }) => part.seq)),
  ];
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/**
 * The array literal of values that need no quoting: numbers, codes of our own, UUIDs, base64. The
 * driver would look for characters to escape in each of them, which costs more than all the rest.
 */
function plainArray(values: readonly (number | bigint | string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

const INSERT_HOLDS = `INSERT INTO outbound.sales_order_hold (sales_order_id, hold, owner_id, kind,
    placed_by, placed_at)
  SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::integer[],
    $6::timestamptz[])`;

/** Everything below the heads of sales orders, and the first entry of their history. */
function writeRest(tx: Tx, orders: readonly NewOrder[]): Promise<unknown>[] {
  if (orders.length === 0) return [];
  const holds = orders.flatMap((order) =>
    order.holds.map((kind, i) => ({ order, kind, hold: i + 1 })),
  );
  const writes: Promise<unknown>[] = [tx.query(INSERT_LINES, lineColumns(orders))];
  if (holds.length > 0) {
    const columns = [
      holds.map(({ order }) => order.orderId),
      holds.map(({ hold }) => hold),
      holds.map(({ order }) => order.resolved.owner.ownerId),
      holds.map(({ kind }) => kind),
      holds.map(({ order }) => order.actorId),
      holds.map(({ order }) => order.at),
    ];
    writes.push(tx.query(INSERT_HOLDS, columns));
  }
  const byActor = new Map<number, NewOrder[]>();
  for (const order of orders) {
    byActor.set(order.actorId, [...(byActor.get(order.actorId) ?? []), order]);
  }
  for (const [actorId, own] of byActor) {
    writes.push(recordHistory(tx, own.map(toHistory), { actorId, at: own[0]!.at }));
  }
  return writes;
}

function toHistory(order: NewOrder): HistoryEntry {
  const { explanation, promise } = order;
  return {
    ownerId: order.resolved.owner.ownerId,
    document: { type: 'sales_order', number: order.number },
    action: 'captured',
    toState: order.state,
    ...(explanation || promise ? { details: { sourcing: explanation, promise } } : {}),
  };
}

/**
 * Writes sales orders, in a constant number of statements and one round trip. One that another
 * request has captured meanwhile, or whose number or reference is taken, is left out.
 * @returns the ids of those that were written.
 */
export async function insertOrders(tx: Tx, orders: readonly NewOrder[]): Promise<Set<string>> {
  // Sorted, so that two processes that write the same ids wait for each other in one order.
  const sorted = [...orders].sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
  const columns = orderColumns(sorted);
  try {
    // To ask for conflicts costs a look into each unique index a row, and there are hardly any.
    await Promise.all([
      tx.query('SAVEPOINT heads'),
      tx.query(INSERT_ORDERS, columns),
      ...writeRest(tx, sorted),
      tx.query('RELEASE SAVEPOINT heads'),
    ]);
    return new Set(orders.map(({ orderId }) => orderId));
  } catch (error) {
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT heads');
  }
  const text = `${INSERT_ORDERS} ON CONFLICT DO NOTHING RETURNING sales_order_id`;
  const { rows } = await tx.query<{ sales_order_id: string }>(text, columns);
  const written = new Set(rows.map((row) => row.sales_order_id));
  await Promise.all(
    writeRest(
      tx,
      sorted.filter(({ orderId }) => written.has(orderId)),
    ),
  );
  return written;
}
