-- Every move of a container, by the command that asked for it: an old request that comes again
-- must not move the container back. A cancelled move frees its id.
CREATE TABLE ledger.handling_unit_move (
  command_id       uuid        PRIMARY KEY,
  handling_unit_id integer     NOT NULL REFERENCES ledger.handling_unit,
  to_location_id   integer     NOT NULL,
  owner_id         integer     NOT NULL,
  is_cancelled     boolean     NOT NULL DEFAULT false,
  begun_at         timestamptz NOT NULL
);
CREATE INDEX handling_unit_move_unit ON ledger.handling_unit_move (handling_unit_id);

GRANT SELECT, INSERT, UPDATE ON ledger.handling_unit_move TO onhand_poster;
GRANT SELECT ON ledger.handling_unit_move TO onhand_reader;
ALTER TABLE ledger.handling_unit_move ENABLE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON ledger.handling_unit_move FOR SELECT TO onhand_reader
  USING (current_setting('onhand.owner', true) IN ('*', owner_id::text));
CREATE POLICY poster_posts ON ledger.handling_unit_move TO onhand_poster
  USING (true) WITH CHECK (true);
