-- Placements: where stock should lie before a peak, with the flows that bring it there.

CREATE SEQUENCE planning.placement_number;
CREATE TABLE planning.placement (
  placement_id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'accepted', 'rejected')),
  request jsonb NOT NULL,
  result jsonb NOT NULL,
  -- What was made of it: transfer orders and purchase orders, as drafts.
  documents jsonb NOT NULL DEFAULT '[]',
  reason text,
  actor_id integer NOT NULL,
  decided_by integer,
  created_at timestamptz NOT NULL,
  decided_at timestamptz
);
CREATE INDEX placement_newest ON planning.placement (created_at DESC, placement_id DESC);
COMMENT ON TABLE planning.placement IS 'Plans of where stock should lie before a peak';

GRANT SELECT ON planning.placement TO onhand_reader, onhand_writer;
GRANT INSERT, UPDATE ON planning.placement TO onhand_writer;
GRANT USAGE ON SEQUENCE planning.placement_number TO onhand_writer;

ALTER TABLE planning.placement ENABLE ROW LEVEL SECURITY;
CREATE POLICY house_rows ON planning.placement TO onhand_reader, onhand_writer
  USING (current_setting('onhand.owner', true) = '*')
  WITH CHECK (current_setting('onhand.owner', true) = '*');
