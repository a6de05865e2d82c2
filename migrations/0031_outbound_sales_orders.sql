-- Sales orders: what a customer asked for, and where each unit of it will come from.
--
-- Capturing writes seven rows for three lines, thousands of times a second, so these tables have
-- the indexes that somebody reads by and no foreign keys: each would be a query a row. Rows are
-- never deleted, and all of an order's are written by one statement after the other, from ids
-- that were looked up.

CREATE SEQUENCE outbound.sales_order_number;

CREATE TABLE outbound.sales_order (
  -- Follows from the Idempotency-Key: the same request cannot be captured twice.
  sales_order_id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  owner_id integer NOT NULL,
  channel_id integer NOT NULL,
  customer text,
  customer_reference text,
  channel_reference text,
  -- Follows from the parts of its lines; kept for lists.
  state text NOT NULL CHECK (state IN ('backordered', 'open', 'in_fulfilment', 'partly_shipped',
    'shipped', 'cancelled')),
  is_held boolean NOT NULL,
  priority integer NOT NULL CHECK (priority BETWEEN 0 AND 100),
  service_level text NOT NULL,
  shipment_policy text NOT NULL CHECK (shipment_policy IN ('partial', 'complete')),
  backorder text NOT NULL CHECK (backorder IN ('allow', 'refuse')),
  ship_to jsonb NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  -- House currency for one unit of the currency when it was recorded; null where the goods are
  -- not the house's and so no money of ours.
  rate numeric(20, 10) CHECK (rate > 0),
  shipping_charge bigint NOT NULL CHECK (shipping_charge >= 0),
  requested_at timestamptz,
  promised_at timestamptz,
  notes text,
  attachments jsonb NOT NULL,
  request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
  -- The answer of the capture, given again whenever the request is repeated.
  captured text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  actor_id integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX sales_order_channel_reference
  ON outbound.sales_order (owner_id, channel_id, channel_reference)
  WHERE channel_reference IS NOT NULL;
CREATE UNIQUE INDEX sales_order_customer_reference
  ON outbound.sales_order (owner_id, channel_id, customer, customer_reference) NULLS NOT DISTINCT
  WHERE customer_reference IS NOT NULL;
CREATE INDEX sales_order_created ON outbound.sales_order (created_at, sales_order_id);
CREATE INDEX sales_order_customer ON outbound.sales_order (customer, created_at)
  WHERE customer IS NOT NULL;

CREATE TABLE outbound.sales_order_line (
  sales_order_id uuid NOT NULL,
  line integer NOT NULL CHECK (line > 0),
  owner_id integer NOT NULL,
  item_id integer NOT NULL,
  -- The site the customer asked for; null: any that serves the channel.
  site_id integer,
  quantity bigint NOT NULL CHECK (quantity > 0),
  -- Order currency: minor units x 10^4 for one whole base unit, before tax.
  unit_price bigint NOT NULL CHECK (unit_price >= 0),
  -- Minor units of the order currency for the whole line.
  discount bigint NOT NULL CHECK (discount >= 0),
  tax bigint NOT NULL CHECK (tax >= 0),
  PRIMARY KEY (sales_order_id, line)
);
CREATE INDEX sales_order_line_item ON outbound.sales_order_line (item_id, sales_order_id);

-- The units of a line that share one fate: one site, one reservation, one state.
CREATE TABLE outbound.line_part (
  sales_order_id uuid NOT NULL,
  line integer NOT NULL,
  part integer NOT NULL CHECK (part > 0),
  owner_id integer NOT NULL,
  item_id integer NOT NULL,
  channel_id integer NOT NULL,
  -- Where it ships from; of a backorder the only site it waits at, null where any will do.
  site_id integer,
  quantity bigint NOT NULL CHECK (quantity > 0),
  state text NOT NULL CHECK (state IN ('backordered', 'reserved', 'released', 'accepted',
    'shipping', 'shipped', 'cancelled')),
  journal integer,
  reservation_seq bigint,
  fulfilment_request_id bigint,
  shipment_id uuid,
  -- Sites that found themselves short of it, and when; cleared for a site that receives some.
  avoided_site_ids integer[] NOT NULL DEFAULT '{}',
  avoided_at timestamptz,
  -- The place in the queue of a backorder.
  priority integer NOT NULL,
  ordered_at timestamptz NOT NULL,
  PRIMARY KEY (sales_order_id, line, part),
  CHECK ((journal IS NULL) = (reservation_seq IS NULL)),
  CHECK (state NOT IN ('reserved', 'released', 'accepted', 'shipping') OR site_id IS NOT NULL),
  CHECK ((state IN ('released', 'accepted', 'shipping')) <= (fulfilment_request_id IS NOT NULL)),
  CHECK (state NOT IN ('reserved', 'released', 'accepted', 'shipping')
    OR reservation_seq IS NOT NULL)
);
CREATE INDEX line_part_waiting
  ON outbound.line_part (item_id, priority DESC, ordered_at, sales_order_id, line, part)
  WHERE state = 'backordered';
-- What channels hold, counted against their ring-fences.
CREATE INDEX line_part_held ON outbound.line_part (item_id, site_id, channel_id)
  WHERE state IN ('reserved', 'released', 'accepted', 'shipping');
CREATE INDEX line_part_request ON outbound.line_part (fulfilment_request_id)
  WHERE fulfilment_request_id IS NOT NULL;
COMMENT ON TABLE outbound.line_part IS
  'Units of a sales order line that share a site, a reservation and a state';

CREATE TABLE outbound.sales_order_hold (
  sales_order_id uuid NOT NULL REFERENCES outbound.sales_order,
  hold integer NOT NULL CHECK (hold > 0),
  owner_id integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('payment', 'fraud', 'address', 'manual')),
  note text,
  placed_by integer NOT NULL,
  placed_at timestamptz NOT NULL,
  released_by integer,
  released_at timestamptz,
  release_note text,
  PRIMARY KEY (sales_order_id, hold),
  CHECK ((released_by IS NULL) = (released_at IS NULL))
);
CREATE UNIQUE INDEX sales_order_hold_open ON outbound.sales_order_hold (sales_order_id, kind)
  WHERE released_at IS NULL;

-- What a document change still has to do in the ledger, written before or with the change. A
-- process that dies in between leaves it behind, and the next sweep finishes it.
CREATE TABLE outbound.ledger_step (
  step_id uuid PRIMARY KEY,
  owner_id integer NOT NULL,
  -- reserve: its group is named by the step, and is given back unless the change commits.
  -- release: units of a reservation that the document has let go of.
  kind text NOT NULL CHECK (kind IN ('reserve', 'release')),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'abandoned')),
  document_number text NOT NULL,
  journal integer,
  reservation_seq bigint,
  -- Null: whatever is open.
  quantity bigint CHECK (quantity > 0),
  created_at timestamptz NOT NULL,
  CHECK ((kind = 'release') = (reservation_seq IS NOT NULL))
);
CREATE INDEX ledger_step_created ON outbound.ledger_step (created_at);

GRANT USAGE ON SEQUENCE outbound.sales_order_number TO onhand_poster;
GRANT SELECT ON outbound.sales_order, outbound.sales_order_line, outbound.line_part,
  outbound.sales_order_hold, outbound.ledger_step TO onhand_reader;
GRANT SELECT, INSERT, UPDATE ON outbound.sales_order, outbound.sales_order_line,
  outbound.line_part, outbound.sales_order_hold TO onhand_writer, onhand_poster;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbound.ledger_step TO onhand_writer, onhand_poster;

ALTER TABLE outbound.sales_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbound.sales_order_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbound.line_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbound.sales_order_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbound.ledger_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_rows ON outbound.sales_order TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON outbound.sales_order TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY owner_rows ON outbound.sales_order_line TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON outbound.sales_order_line TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY owner_rows ON outbound.line_part TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON outbound.line_part TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY owner_rows ON outbound.sales_order_hold TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON outbound.sales_order_hold TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY owner_rows ON outbound.ledger_step TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON outbound.ledger_step TO onhand_poster
  USING (true) WITH CHECK (true);
