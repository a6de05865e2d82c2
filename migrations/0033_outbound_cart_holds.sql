-- Units that wait for somebody who is about to buy them: reservations that expire.

CREATE TABLE outbound.cart_hold (
  -- Follows from the Idempotency-Key.
  cart_hold_id uuid PRIMARY KEY,
  owner_id integer NOT NULL,
  channel_id integer NOT NULL REFERENCES outbound.channel,
  -- An active hold has run out when its instant has passed, whatever the row says.
  state text NOT NULL CHECK (state IN ('active', 'converting', 'converted', 'released',
    'expired')),
  -- The sales order that it is turned into.
  sales_order_id uuid,
  group_id uuid NOT NULL,
  request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
  version integer NOT NULL DEFAULT 1,
  actor_id integer NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((state IN ('converting', 'converted')) = (sales_order_id IS NOT NULL))
);
CREATE INDEX cart_hold_due ON outbound.cart_hold (expires_at)
  WHERE state IN ('active', 'converting');
CREATE INDEX cart_hold_created ON outbound.cart_hold (created_at, cart_hold_id);

CREATE TABLE outbound.cart_hold_line (
  cart_hold_id uuid NOT NULL REFERENCES outbound.cart_hold,
  line integer NOT NULL CHECK (line > 0),
  owner_id integer NOT NULL,
  channel_id integer NOT NULL,
  item_id integer NOT NULL,
  site_id integer NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  journal integer NOT NULL,
  reservation_seq bigint NOT NULL,
  PRIMARY KEY (cart_hold_id, line)
);
CREATE INDEX cart_hold_line_item ON outbound.cart_hold_line (item_id, site_id);

GRANT SELECT ON outbound.cart_hold, outbound.cart_hold_line TO onhand_reader;
GRANT SELECT, INSERT, UPDATE ON outbound.cart_hold TO onhand_writer, onhand_poster;
GRANT SELECT, INSERT ON outbound.cart_hold_line TO onhand_writer, onhand_poster;

ALTER TABLE outbound.cart_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbound.cart_hold_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_rows ON outbound.cart_hold TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON outbound.cart_hold TO onhand_poster USING (true) WITH CHECK (true);
CREATE POLICY owner_rows ON outbound.cart_hold_line TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON outbound.cart_hold_line TO onhand_poster
  USING (true) WITH CHECK (true);
