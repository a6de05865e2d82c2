-- Demand history: what was asked for of each item at each site on each day.

CREATE SCHEMA IF NOT EXISTS planning;
GRANT USAGE ON SCHEMA planning TO onhand_reader, onhand_writer, onhand_poster;

-- Documents name other documents by a column `code`; an item's is called `sku`.
CREATE OR REPLACE VIEW planning.item_code WITH (security_invoker = true) AS
  SELECT item_id, sku AS code FROM catalog.item;
GRANT SELECT ON planning.item_code TO onhand_reader, onhand_writer;

-- One row a series and year. Each source of facts has a column of its own, so that each is added
-- to without reading the others; see docs/concepts/demand-history.md for the packed form.
CREATE TABLE planning.demand (
  item_id integer NOT NULL,
  site_id integer NOT NULL,
  owner_id integer NOT NULL,
  year smallint NOT NULL,
  -- Digits after the point of the item's quantities; fixed when the item was made.
  scale smallint NOT NULL,
  -- Sales order lines, by the day they were captured.
  orders bytea,
  -- Issues to customers that belong to no sales order of this system.
  issues bytea,
  -- What came back of the day's sales soon enough to count.
  returns bytea,
  -- History from before this system.
  imported bytea,
  -- Change of what was available, by day.
  available bytea,
  PRIMARY KEY (item_id, site_id, owner_id, year)
);
COMMENT ON TABLE planning.demand IS 'Demand of an item at a site by day, a year a row, packed';

GRANT SELECT ON planning.demand TO onhand_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON planning.demand TO onhand_writer, onhand_poster;
ALTER TABLE planning.demand ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_rows ON planning.demand TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text))
  WITH CHECK (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_writes ON planning.demand TO onhand_poster USING (true) WITH CHECK (true);
