-- Money of returns: refunds, what is taken back of them, and refusals.

CREATE TABLE returns.refund (
  refund_id uuid PRIMARY KEY,
  rma_id integer NOT NULL REFERENCES returns.rma,
  refund integer NOT NULL CHECK (refund > 0),
  owner_id integer NOT NULL,
  -- refund: money goes back; claw_back: the goods never came; refusal: no money, with a reason.
  kind text NOT NULL CHECK (kind IN ('refund', 'claw_back', 'refusal')),
  currency text NOT NULL,
  -- Minor units, none negative: `kind` tells the direction.
  net bigint NOT NULL CHECK (net >= 0),
  tax bigint NOT NULL CHECK (tax >= 0),
  shipping bigint NOT NULL CHECK (shipping >= 0),
  -- Kept back: restocking fees, and the part that was withheld.
  fee bigint NOT NULL CHECK (fee >= 0),
  withheld bigint NOT NULL CHECK (withheld >= 0),
  -- The sales order that the goods were exchanged for.
  exchange_order text,
  exchange jsonb,
  note text,
  booking_id uuid,
  actor_id integer NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (rma_id, refund)
);
CREATE INDEX refund_created ON returns.refund (created_at);
COMMENT ON TABLE returns.refund IS 'Money given back, taken back or refused for a return';

CREATE TABLE returns.refund_line (
  refund_id uuid NOT NULL REFERENCES returns.refund,
  rma_line integer NOT NULL,
  owner_id integer NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 0),
  net bigint NOT NULL CHECK (net >= 0),
  tax bigint NOT NULL CHECK (tax >= 0),
  fee_net bigint NOT NULL CHECK (fee_net >= 0),
  fee_tax bigint NOT NULL CHECK (fee_tax >= 0),
  withheld_net bigint NOT NULL CHECK (withheld_net >= 0),
  withheld_tax bigint NOT NULL CHECK (withheld_tax >= 0),
  house_net bigint NOT NULL,
  house_tax bigint NOT NULL,
  PRIMARY KEY (refund_id, rma_line)
);
COMMENT ON TABLE returns.refund_line IS 'The share of a refund that one line has';

-- A refund is a fact: what was wrong with it is taken back by another one.
GRANT SELECT ON returns.refund, returns.refund_line TO onhand_reader, onhand_writer;
GRANT INSERT ON returns.refund, returns.refund_line TO onhand_writer;

ALTER TABLE returns.refund ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_rows ON returns.refund TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
ALTER TABLE returns.refund_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_rows ON returns.refund_line TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
