-- Which shipment a customer return brings back, as a fact beside its movement: what came back of a
-- shipment follows from here, so that no more can come back than went out. Part of the batch's
-- digest like the movement itself.
CREATE TABLE ledger.movement_return (
  seq          bigint  NOT NULL,
  shipment_seq bigint  NOT NULL,
  journal      integer NOT NULL,
  owner_id     integer NOT NULL,
  PRIMARY KEY (journal, seq),
  CHECK (shipment_seq < seq)
);
CREATE INDEX movement_return_shipment ON ledger.movement_return (journal, shipment_seq);

-- Movements that brought units into a cost pool when nobody knew what they cost: the accountant's
-- list of what to look up. Nothing is taken off it; a later value entry or a reversal settles it.
CREATE TABLE ledger.unknown_cost (
  seq      bigint  NOT NULL,
  journal  integer NOT NULL,
  owner_id integer NOT NULL,
  PRIMARY KEY (journal, seq)
);

GRANT SELECT, INSERT ON ledger.movement_return, ledger.unknown_cost TO onhand_poster;
GRANT SELECT ON ledger.movement_return, ledger.unknown_cost TO onhand_reader;
ALTER TABLE ledger.movement_return ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.unknown_cost ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON ledger.movement_return FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.movement_return TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON ledger.unknown_cost FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.unknown_cost TO onhand_poster USING (true) WITH CHECK (true);
