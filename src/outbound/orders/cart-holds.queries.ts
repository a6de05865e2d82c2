import type { Queryable, Tx } from '../../platform/database.ts';

export const CART_HOLD_STATES = [
  'active',
  'converting',
  'converted',
  'released',
  'expired',
] as const;
export type CartHoldState = (typeof CART_HOLD_STATES)[number];

/** A cart hold, its codes joined. */
export interface CartHoldRow {
  readonly cartHoldId: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly channelId: number;
  readonly channel: string;
  /** What the row says; one whose time is over has expired, whatever that is. */
  readonly state: CartHoldState;
  readonly salesOrderId: string | null;
  readonly requestHash: Buffer;
  readonly version: number;
  readonly expiresAt: Date;
  readonly createdAt: Date;
}

/** Units that a cart hold keeps at one site. */
export interface CartHoldLine {
  readonly cartHoldId: string;
  readonly line: number;
  readonly itemId: number;
  readonly item: string;
  readonly quantityScale: number;
  readonly siteId: number;
  readonly site: string;
  readonly quantity: bigint;
  readonly journal: number;
  readonly seq: number;
}

const COLUMNS = `h.cart_hold_id AS "cartHoldId", h.owner_id AS "ownerId", w.code AS owner,
  h.channel_id AS "channelId", c.code AS channel, h.state, h.sales_order_id AS "salesOrderId",
  h.request_hash AS "requestHash", h.version, h.expires_at AS "expiresAt",
  h.created_at AS "createdAt"`;
const FROM = `outbound.cart_hold h JOIN sellers.owner w ON w.owner_id = h.owner_id
  JOIN outbound.channel c ON c.channel_id = h.channel_id`;

/** The cart hold with this id, if the transaction may see it. */
export async function findCartHold(tx: Queryable, id: string): Promise<CartHoldRow | undefined> {
  const { rows } = await tx.query<CartHoldRow>(
    `SELECT ${COLUMNS} FROM ${FROM} WHERE h.cart_hold_id = $1`,
    [id],
  );
  return rows[0];
}

/** A page of cart holds, the newest first. */
export async function listCartHolds(
  tx: Tx,
  query: { state: string | undefined; channel: string | undefined; now: Date; limit: number },
  after: readonly [string, string] | undefined,
): Promise<CartHoldRow[]> {
  const { rows } = await tx.query<CartHoldRow>(
    `SELECT ${COLUMNS} FROM ${FROM}
     WHERE ($1::text IS NULL OR c.code = $1)
       AND ($2::text IS NULL OR $2 =
         CASE WHEN h.state = 'active' AND h.expires_at <= $3 THEN 'expired' ELSE h.state END)
       AND ($4::timestamptz IS NULL OR (h.created_at, h.cart_hold_id) < ($4, $5::uuid))
     ORDER BY h.created_at DESC, h.cart_hold_id DESC LIMIT $6`,
    [
      query.channel ?? null,
      query.state ?? null,
      query.now,
      after?.[0] ?? null,
      after?.[1] ?? null,
      query.limit,
    ],
  );
  return rows;
}

/** Lines of cart holds, in order. */
export async function loadCartLines(tx: Queryable, ids: readonly string[]) {
  const { rows } = await tx.query<Omit<CartHoldLine, 'seq'> & { seq: bigint }>(
    `SELECT l.cart_hold_id AS "cartHoldId", l.line, l.item_id AS "itemId", i.sku AS item,
       i.quantity_scale AS "quantityScale", l.site_id AS "siteId", s.code AS site, l.quantity,
       l.journal, l.reservation_seq AS seq
     FROM outbound.cart_hold_line l JOIN catalog.item i ON i.item_id = l.item_id
     JOIN network.site s ON s.site_id = l.site_id
     WHERE l.cart_hold_id = ANY($1) ORDER BY l.cart_hold_id, l.line`,
    [ids],
  );
  return rows.map((row): CartHoldLine => ({ ...row, seq: Number(row.seq) }));
}

interface NewCartHold {
  readonly cartHoldId: string;
  readonly ownerId: number;
  readonly channelId: number;
  readonly groupId: string;
  readonly requestHash: Buffer;
  readonly actorId: number;
  readonly expiresAt: Date;
  readonly lines: readonly {
    itemId: number;
    siteId: number;
    quantity: bigint;
    journal: number;
    seq: number;
  }[];
}

/** Writes a cart hold; false where another request has written it already. */
export async function insertCartHold(tx: Tx, hold: NewCartHold, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO outbound.cart_hold (cart_hold_id, owner_id, channel_id, state, group_id,
       request_hash, actor_id, expires_at, created_at, updated_at)
     VALUES ($1, $2, $3, 'active', $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING`,
    [
      hold.cartHoldId,
      hold.ownerId,
      hold.channelId,
      hold.groupId,
      hold.requestHash,
      hold.actorId,
      hold.expiresAt,
      at,
    ],
  );
  if (rowCount === 0) return false;
  await tx.query(
    `INSERT INTO outbound.cart_hold_line (cart_hold_id, line, owner_id, channel_id, item_id,
       site_id, quantity, journal, reservation_seq)
     SELECT $1, k.line, $2, $3, k.item_id, k.site_id, k.quantity, k.journal, k.seq
     FROM unnest($4::integer[], $5::integer[], $6::bigint[], $7::integer[], $8::bigint[])
       WITH ORDINALITY AS k(item_id, site_id, quantity, journal, seq, line)`,
    [
      hold.cartHoldId,
      hold.ownerId,
      hold.channelId,
      hold.lines.map(({ itemId }) => itemId),
      hold.lines.map(({ siteId }) => siteId),
      hold.lines.map(({ quantity }) => quantity),
      hold.lines.map(({ journal }) => journal),
      hold.lines.map(({ seq }) => seq),
    ],
  );
  return true;
}

/** What a cart hold changes into; undefined where it is not in the state that it must be in. */
export async function setCartHold(
  tx: Queryable,
  id: string,
  change: {
    from: readonly CartHoldState[];
    to: CartHoldState;
    salesOrderId?: string | null;
    expiresAt?: Date;
    /** Only one that has not run out by then. */
    notExpiredAt?: Date;
  },
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE outbound.cart_hold SET state = $3, sales_order_id = $4, updated_at = $7,
       expires_at = coalesce($5, expires_at), version = version + 1
     WHERE cart_hold_id = $1 AND state = ANY($2) AND ($6::timestamptz IS NULL OR expires_at > $6)
       AND (state <> 'converting' OR sales_order_id IS NOT DISTINCT FROM $8)`,
    [
      id,
      change.from,
      change.to,
      change.to === 'converting' || change.to === 'converted' ? change.salesOrderId : null,
      change.expiresAt ?? null,
      change.notExpiredAt ?? null,
      at,
      change.salesOrderId ?? null,
    ],
  );
  return rowCount === 1;
}
