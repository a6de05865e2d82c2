-- What keeps a valuation as of any past instant quick: figures written down every so many seqs.
-- Facts never change, so neither do these rows; any process may make them, and verify them.

CREATE SCHEMA IF NOT EXISTS accounting;
GRANT USAGE ON SCHEMA accounting TO onhand_poster, onhand_writer, onhand_reader;

-- A stretch of a journal that is written down: it ends at `last_seq` and begins after the one
-- before it.
CREATE TABLE accounting.valuation_bucket (
  last_seq     bigint      NOT NULL,
  -- The latest occurred_at of everything up to last_seq: by occurred time, what comes later and
  -- occurred earlier than this is late.
  occurred_max timestamptz NOT NULL,
  journal      integer     NOT NULL,
  PRIMARY KEY (journal, last_seq)
);
COMMENT ON TABLE accounting.valuation_bucket IS
  'Seqs up to which pools, cells and late facts are written down; derived from the ledger';

-- Quantity and value of a cost pool up to a seq; a row only where the stretch changed the pool.
CREATE TABLE accounting.valuation_pool (
  cost_pool_id bigint  NOT NULL,
  last_seq     bigint  NOT NULL,
  quantity     bigint  NOT NULL,
  value        bigint  NOT NULL,
  journal      integer NOT NULL,
  PRIMARY KEY (journal, cost_pool_id, last_seq) INCLUDE (quantity, value)
);
COMMENT ON TABLE accounting.valuation_pool IS 'Cost pools as of some seqs; derived from the ledger';

-- Quantity of a pool's units by where they lie and of which lot (0: none).
CREATE TABLE accounting.valuation_cell (
  cost_pool_id bigint  NOT NULL,
  lot_id       bigint  NOT NULL,
  last_seq     bigint  NOT NULL,
  quantity     bigint  NOT NULL,
  journal      integer NOT NULL,
  site_id      integer NOT NULL,
  in_transit   boolean NOT NULL,
  PRIMARY KEY (journal, cost_pool_id, site_id, in_transit, lot_id, last_seq) INCLUDE (quantity)
);
COMMENT ON TABLE accounting.valuation_cell IS
  'Units of cost pools by site and lot as of some seqs; derived from the ledger';

-- The cells there are: those of a later stretch than any written down are not here yet.
CREATE TABLE accounting.valuation_place (
  cost_pool_id bigint  NOT NULL,
  lot_id       bigint  NOT NULL,
  journal      integer NOT NULL,
  site_id      integer NOT NULL,
  in_transit   boolean NOT NULL,
  PRIMARY KEY (journal, cost_pool_id, site_id, in_transit, lot_id)
);
COMMENT ON TABLE accounting.valuation_place IS 'Where units of each pool ever lay; derived';

-- Facts that occurred before something that was recorded in an earlier stretch.
CREATE TABLE accounting.valuation_late (
  seq          bigint      NOT NULL,
  cost_pool_id bigint      NOT NULL,
  lot_id       bigint      NOT NULL,
  quantity     bigint      NOT NULL,
  value        bigint      NOT NULL,
  occurred_at  timestamptz NOT NULL,
  journal      integer     NOT NULL,
  site_id      integer     NOT NULL,
  in_transit   boolean     NOT NULL,
  PRIMARY KEY (journal, seq, cost_pool_id, site_id, in_transit, lot_id)
);
COMMENT ON TABLE accounting.valuation_late IS
  'Changes of cost pools that were recorded late; derived from the ledger';

GRANT SELECT ON accounting.valuation_bucket, accounting.valuation_pool, accounting.valuation_cell,
  accounting.valuation_place, accounting.valuation_late TO onhand_poster, onhand_reader;
GRANT INSERT ON accounting.valuation_bucket, accounting.valuation_pool, accounting.valuation_cell,
  accounting.valuation_place, accounting.valuation_late TO onhand_poster;

ALTER TABLE accounting.valuation_bucket ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.valuation_pool ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.valuation_cell ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.valuation_place ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.valuation_late ENABLE ROW LEVEL SECURITY;
CREATE POLICY house_rows ON accounting.valuation_bucket FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_writes ON accounting.valuation_bucket TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.valuation_pool FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_writes ON accounting.valuation_pool TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.valuation_cell FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_writes ON accounting.valuation_cell TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.valuation_late FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_writes ON accounting.valuation_late TO onhand_poster
  USING (true) WITH CHECK (true);
CREATE POLICY house_rows ON accounting.valuation_place FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) = '*');
CREATE POLICY poster_writes ON accounting.valuation_place TO onhand_poster
  USING (true) WITH CHECK (true);
